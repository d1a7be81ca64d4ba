/* twenty - see twenty.h. Each line of a rule is a line of the list in docs/performance.md. */
#include "twenty.h"

#include <stdbool.h>

#include "mappad/civil.h"

/* What a case comes down to. */
struct facts {
        int32_t last[LOAD_KINDS]; /* day of the last event of a kind; LOAD_NO_DATE, the least number: none */
        bool exited, placed, community;
        enum load_kind via;
        int32_t since;
        int level;
        int32_t level_since;
        int32_t start;      /* max of the two */
        int32_t release;    /* planned, as long as it counts; else LOAD_NO_DATE */
        int32_t order_ends; /* LOAD_NO_DATE: none */
};

/* The list being made. */
struct output {
        struct answers *answers;
        uint32_t casefile;
        int32_t today;
};

static void owe(const struct output *out, int rule, int32_t due)
{
        answers_add(out->answers, (struct answer){.casefile = out->casefile,
                                                  .rule = (uint8_t)rule,
                                                  .due = due,
                                                  .state = answer_state(due, out->today)});
}

static int32_t later(int32_t a, int32_t b)
{
        return a > b ? a : b;
}

static struct facts read_facts(const struct load_event *event, const struct load_event *end, int32_t today)
{
        struct facts facts = {.release = LOAD_NO_DATE, .order_ends = LOAD_NO_DATE};
        int32_t release_on = LOAD_NO_DATE;

        for (int kind = 0; kind < LOAD_KINDS; kind++)
                facts.last[kind] = LOAD_NO_DATE;
        for (; event < end && event->on <= today; event++) {
                facts.last[event->kind] = event->on;
                switch ((enum load_kind)event->kind) {
                case LOAD_CUSTODY:
                case LOAD_COMMUNITY:
                case LOAD_RELEASE:
                case LOAD_RECALL:
                        facts.placed = true;
                        facts.via = event->kind;
                        facts.since = event->on;
                        break;
                case LOAD_LEVEL:
                        facts.level = event->value;
                        facts.level_since = event->on;
                        break;
                case LOAD_RELDATE:
                        facts.release = event->date;
                        release_on = event->on;
                        break;
                case LOAD_ORDER:
                        facts.order_ends = event->date;
                        break;
                case LOAD_EXIT:
                        facts.exited = true;
                        break;
                case LOAD_MEETING:
                case LOAD_PLANMEET:
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
                        break;
                }
        }
        facts.community = facts.placed && (facts.via == LOAD_COMMUNITY || facts.via == LOAD_RELEASE);
        facts.start = later(facts.since, facts.level_since);
        if (!facts.placed || facts.community || release_on < facts.since)
                facts.release = LOAD_NO_DATE;
        return facts;
}

static void community_rules(const struct facts *f, const struct load_case *one, const struct output *out)
{
        const int32_t *last = f->last;
        bool notified = last[LOAD_NOTIFY] >= f->since;

        if (f->level == 3)
                owe(out, 1, later(last[LOAD_MEETING], f->start) + 56);
        if (f->level == 2)
                owe(out, 2, later(last[LOAD_MEETING], f->start) + 112);
        if (f->level == 1)
                owe(out, 3, civil_add_months(later(last[LOAD_REVIEW], f->start), 12));
        if (f->via == LOAD_COMMUNITY && f->level >= 2 && last[LOAD_MEETING] < f->since)
                owe(out, 4, f->since + 28);
        if (one->category == 1)
                owe(out, 8, civil_add_months(later(last[LOAD_NOTIFY], f->since), 12));
        if (one->category == 1 && !notified)
                owe(out, 9, f->since + 3);
        if (one->category == 1 && last[LOAD_ADDRESS] != LOAD_NO_DATE && last[LOAD_NOTIFY] < last[LOAD_ADDRESS])
                owe(out, 10, last[LOAD_ADDRESS] + 3);
        if (last[LOAD_ASSESS] < f->since)
                owe(out, 12, f->since + 15);
        if (f->level == 3)
                owe(out, 15, later(last[LOAD_VISIT], f->start) + 28);
        if (f->level == 2)
                owe(out, 16, civil_add_months(later(last[LOAD_VISIT], f->start), 3));
}

static void release_rules(const struct facts *f, const struct output *out)
{
        int32_t six = civil_add_months(f->release, -6), three = civil_add_months(f->release, -3);

        if (f->level >= 2 && out->today >= six && f->last[LOAD_PLANMEET] < six)
                owe(out, 5, f->release);
        if (out->today >= civil_add_months(f->release, -8) && f->last[LOAD_LEVEL] < f->since)
                owe(out, 6, six);
        if (out->today >= three && f->last[LOAD_VICTIM] < three)
                owe(out, 17, f->release - 28);
}

static void other_rules(const struct facts *f, const struct load_case *one, const struct output *out)
{
        const int32_t *last = f->last;
        int32_t of_age = civil_add_months(one->born, 216), window = civil_add_months(one->born, 210);

        if (f->placed && f->via == LOAD_RECALL && last[LOAD_MEETING] < f->since)
                owe(out, 7, f->since + 28);
        if (f->order_ends != LOAD_NO_DATE) {
                int32_t opens = civil_add_months(f->order_ends, -3);
                if (out->today >= opens && last[LOAD_ORDREVIEW] < opens)
                        owe(out, 11, f->order_ends - 28);
        }
        if (f->placed && f->level >= 2)
                owe(out, 13, civil_add_months(later(last[LOAD_ASSESS], f->start), 6));
        if (last[LOAD_MEETING] != LOAD_NO_DATE && last[LOAD_MINUTES] < last[LOAD_MEETING])
                owe(out, 14, last[LOAD_MEETING] + 20);
        if (last[LOAD_REFERRAL] != LOAD_NO_DATE && last[LOAD_LEVEL] < last[LOAD_REFERRAL])
                owe(out, 18, last[LOAD_REFERRAL] + 10);
        if (last[LOAD_BREACH] != LOAD_NO_DATE && last[LOAD_MEETING] < last[LOAD_BREACH] &&
            last[LOAD_RECALL] < last[LOAD_BREACH])
                owe(out, 19, last[LOAD_BREACH] + 5);
        if (of_age >= one->opened && out->today >= window && last[LOAD_TRANSFER] < window)
                owe(out, 20, of_age);
}

void twenty_run(const struct caseload *caseload, int32_t today, struct answers *answers)
{
        answers_clear(answers);
        for (size_t i = 0; i < caseload->count; i++) {
                const struct load_event *events = caseload->events;
                struct output out = {.answers = answers, .casefile = (uint32_t)i, .today = today};
                struct facts facts = read_facts(&events[caseload->first[i]], &events[caseload->first[i + 1]], today);

                if (facts.exited)
                        continue;
                if (facts.community)
                        community_rules(&facts, &caseload->cases[i], &out);
                if (facts.release != LOAD_NO_DATE)
                        release_rules(&facts, &out);
                other_rules(&facts, &caseload->cases[i], &out);
        }
}
