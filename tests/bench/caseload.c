/* caseload - see caseload.h. */
#include "caseload.h"

#include <stdbool.h>
#include <stdlib.h>

#include "mappad/civil.h"

static const char *const words[LOAD_KINDS] = {
        "custody", "community", "release",  "recall", "level",     "meeting", "planmeet",
        "review",  "notify",    "address",  "order",  "ordreview", "assess",  "minutes",
        "visit",   "victim",    "referral", "breach", "transfer",  "reldate", "exit",
};

/* What may happen on a day, as often as it is listed. */
static const uint8_t in_community[] = {
        LOAD_MEETING, LOAD_MEETING, LOAD_MEETING, LOAD_MEETING, LOAD_MINUTES,  LOAD_MINUTES,   LOAD_MINUTES,
        LOAD_REVIEW,  LOAD_NOTIFY,  LOAD_NOTIFY,  LOAD_ADDRESS, LOAD_ORDER,    LOAD_ORDREVIEW, LOAD_ASSESS,
        LOAD_ASSESS,  LOAD_VISIT,   LOAD_VISIT,   LOAD_VISIT,   LOAD_REFERRAL, LOAD_BREACH,    LOAD_TRANSFER,
        LOAD_LEVEL,   LOAD_LEVEL,   LOAD_RECALL,  LOAD_RECALL,  LOAD_CUSTODY,
};
static const uint8_t in_custody[] = {
        LOAD_MEETING, LOAD_MEETING,  LOAD_MINUTES, LOAD_PLANMEET,  LOAD_PLANMEET,  LOAD_ASSESS,
        LOAD_VICTIM,  LOAD_REFERRAL, LOAD_ORDER,   LOAD_ORDREVIEW, LOAD_TRANSFER,  LOAD_RELDATE,
        LOAD_LEVEL,   LOAD_RELEASE,  LOAD_RELEASE, LOAD_RELEASE,   LOAD_COMMUNITY,
};

/* A history in the making. */
struct history {
        uint64_t *random;
        struct load_event *events;
        size_t count;
        const struct load_case *of;
        bool custody;
        int level;
        bool level_moved; /* into or out of {2, 3} */
};

static uint64_t next_random(uint64_t *state)
{
        uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        return x ^ (x >> 31);
}

static int32_t between(uint64_t *state, int32_t low, int32_t high)
{
        return low + (int32_t)(next_random(state) % (uint64_t)(high - low + 1));
}

static bool one_in(uint64_t *state, unsigned n)
{
        return next_random(state) % n == 0;
}

static void add(struct history *history, enum load_kind kind, int32_t on)
{
        history->events[history->count++] = (struct load_event){.on = on, .kind = (uint8_t)kind, .date = LOAD_NO_DATE};
}

static void add_release_date(struct history *history, int32_t on)
{
        add(history, LOAD_RELDATE, on);
        history->events[history->count - 1].date = on + between(history->random, 20, 500);
}

static void add_level(struct history *history, int32_t on)
{
        add(history, LOAD_LEVEL, on);
        history->events[history->count - 1].value = (uint8_t)history->level;
}

static void add_order(struct history *history, int32_t on)
{
        int months = between(history->random, 2, 24);
        add(history, LOAD_ORDER, on);
        history->events[history->count - 1].value = (uint8_t)months;
        history->events[history->count - 1].date = civil_add_months(on, months);
}

/* In the community a level is set at a meeting; in custody it is confirmed. */
static void set_level(struct history *history, int32_t on)
{
        int level = between(history->random, 1, 3);
        bool moves = (level == 1) != (history->level == 1);
        if (!history->custody && (!moves || !history->level_moved)) {
                history->level = level;
                history->level_moved = history->level_moved || moves;
        }
        if (!history->custody)
                add(history, LOAD_MEETING, on);
        add_level(history, on);
}

/* Custody or community begins, with what is said on that day. */
static void move(struct history *history, enum load_kind kind, int32_t on)
{
        add(history, kind, on);
        history->custody = kind == LOAD_CUSTODY || kind == LOAD_RECALL;
        if (!history->custody)
                add(history, LOAD_ADDRESS, on);
        else if (!one_in(history->random, 6))
                add_release_date(history, on);
}

static void happen(struct history *history, enum load_kind kind, int32_t on)
{
        switch (kind) {
        case LOAD_CUSTODY:
        case LOAD_COMMUNITY:
        case LOAD_RELEASE:
        case LOAD_RECALL:
                move(history, kind, on);
                return;
        case LOAD_LEVEL:
                set_level(history, on);
                return;
        case LOAD_ORDER:
                add_order(history, on);
                return;
        case LOAD_RELDATE:
                add_release_date(history, on);
                return;
        case LOAD_PLANMEET:
                add(history, history->level == 1 ? LOAD_ASSESS : kind, on);
                return;
        case LOAD_MEETING:
        case LOAD_REVIEW:
        case LOAD_NOTIFY:
        case LOAD_ADDRESS:
        case LOAD_ORDREVIEW:
        case LOAD_ASSESS:
        case LOAD_MINUTES:
        case LOAD_VISIT:
        case LOAD_VICTIM:
        case LOAD_REFERRAL:
        case LOAD_BREACH:
        case LOAD_TRANSFER:
        case LOAD_EXIT:
                add(history, kind, on);
        }
}

static struct load_case make_case(uint64_t *random, int32_t today)
{
        struct load_case one = {.category = (uint8_t)between(random, 1, 3),
                                .opened = today - between(random, 150, 900)};
        one.born = one_in(random, 10) ? civil_add_months(one.opened, -216) + between(random, -200, 700)
                                      : one.opened - between(random, 7000, 25000);
        struct civil date = civil_to_date(one.born);
        if (date.month == 2 && date.day == 29)
                one.born--; /* coming of age less six months must not clamp twice */
        return one;
}

static size_t make_history(struct load_event *events, const struct load_case *one, uint64_t *random, int32_t today)
{
        struct history history = {.random = random, .events = events, .of = one, .level = between(random, 1, 3)};
        size_t wanted = (size_t)between(random, 8, 16);
        int32_t gap = (today - one->opened) * 14 / (5 * (int32_t)wanted);
        int32_t day = one->opened;

        add_level(&history, day);
        day += between(random, 1, 5);
        move(&history, one_in(random, 2) ? LOAD_CUSTODY : LOAD_COMMUNITY, day);
        while (history.count < wanted) {
                day += between(random, 1, gap);
                if (day > today && one_in(random, 3))
                        break;
                if (day > today + 80)
                        break;
                size_t choices = history.custody ? sizeof in_custody : sizeof in_community;
                const uint8_t *kinds = history.custody ? in_custody : in_community;
                happen(&history, kinds[next_random(random) % choices], day);
        }
        if (one_in(random, 20) && day < today)
                add(&history, LOAD_EXIT, day + 1);
        return history.count;
}

/* Numbers the events of a case as they were recorded: now and then one is late. Those of one day stay in order. */
static void number(struct load_event *events, size_t count, uint32_t first, uint64_t *random)
{
        for (size_t i = 0; i < count; i++)
                events[i].eid = first + (uint32_t)i;
        for (size_t i = 1; i + 2 < count; i++) {
                bool alone = events[i - 1].on < events[i].on && events[i].on < events[i + 1].on &&
                             events[i + 1].on < events[i + 2].on;
                if (!alone || !one_in(random, 16))
                        continue;
                events[i].eid++;
                events[i + 1].eid--;
                i++;
        }
}

struct caseload caseload_make(size_t count, uint64_t seed, int32_t today)
{
        struct caseload caseload = {.count = count};
        uint64_t random = seed;
        uint32_t used = 0;

        caseload.cases = malloc((count + 1) * sizeof *caseload.cases);
        caseload.first = malloc((count + 1) * sizeof *caseload.first);
        caseload.events = malloc((count + 1) * LOAD_EVENTS_MAX * sizeof *caseload.events);
        if (caseload.cases == NULL || caseload.first == NULL || caseload.events == NULL) {
                fprintf(stderr, "bench: no memory for %zu cases\n", count);
                exit(1);
        }
        for (size_t i = 0; i < count; i++) {
                caseload.cases[i] = make_case(&random, today);
                caseload.first[i] = used;
                size_t events = make_history(&caseload.events[used], &caseload.cases[i], &random, today);
                number(&caseload.events[used], events, used + 1, &random);
                used += (uint32_t)events;
        }
        caseload.first[count] = used;
        return caseload;
}

void caseload_free(struct caseload *caseload)
{
        free(caseload->cases);
        free(caseload->first);
        free(caseload->events);
        *caseload = (struct caseload){0};
}

void caseload_ref(size_t index, char ret_ref[static LOAD_REF_SIZE])
{
        snprintf(ret_ref, LOAD_REF_SIZE, "B-%07zu", index % 10000000);
}

const char *caseload_word(enum load_kind kind)
{
        return words[kind];
}

int32_t caseload_of_age(const struct load_case *one)
{
        int32_t day = civil_add_months(one->born, 216);
        return day >= one->opened ? day : LOAD_NO_DATE;
}

/* ---- as mappad takes it ---- */

static void write_opening(const struct caseload *caseload, size_t index, const char *ref, FILE *file)
{
        const struct load_case *one = &caseload->cases[index];
        char on[CIVIL_TEXT_SIZE], of_age[CIVIL_TEXT_SIZE];

        civil_format(one->opened, on);
        fprintf(file, "{\"case\":\"%s\",\"event\":\"opened\",\"on\":\"%s\",\"category\":\"%d\"", ref, on,
                one->category);
        if (caseload_of_age(one) != LOAD_NO_DATE) {
                civil_format(caseload_of_age(one), of_age);
                fprintf(file, ",\"of-age-on\":\"%s\"", of_age);
        }
        fputs("}\n", file);
}

static void write_event(const struct load_event *event, const char *ref, FILE *file)
{
        char on[CIVIL_TEXT_SIZE], date[CIVIL_TEXT_SIZE];

        civil_format(event->on, on);
        fprintf(file, "{\"case\":\"%s\",\"event\":\"%s\",\"on\":\"%s\"", ref, words[event->kind], on);
        if (event->date != LOAD_NO_DATE)
                civil_format(event->date, date);
        if (event->kind == LOAD_LEVEL)
                fprintf(file, ",\"level\":\"%d\"", event->value);
        else if (event->kind == LOAD_RELDATE)
                fprintf(file, ",\"release-date\":\"%s\"", date);
        else if (event->kind == LOAD_ORDER)
                fprintf(file, ",\"order-ends\":\"%s\"", date);
        fputs("}\n", file);
}

void caseload_write_lines(const struct caseload *caseload, FILE *file)
{
        for (size_t i = 0; i < caseload->count; i++) {
                char ref[LOAD_REF_SIZE];
                const struct load_event *events = &caseload->events[caseload->first[i]];
                size_t count = caseload->first[i + 1] - caseload->first[i];

                caseload_ref(i, ref);
                write_opening(caseload, i, ref, file);
                for (uint32_t n = 0; n < count; n++) { /* by number: at most a neighbour away */
                        size_t at = n;
                        while (events[at].eid != caseload->first[i] + 1 + n)
                                at = at == n ? n + 1 : n - 1;
                        write_event(&events[at], ref, file);
                }
        }
}
