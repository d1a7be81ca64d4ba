/*
 * deeds - what happens in the simulation: events and corrections, sweeps, other
 * laws, mail, crashes, disks that fill, days without service.
 *
 * A deed is tried until it is done. When the process dies on the way, the
 * application is opened again and asked what it knows: only then is the model
 * told that it happened.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What this file system remembers is the simulation's. */
#define malloc own_malloc
#define calloc own_calloc
#define free own_free
#include "../fault/faulty.h"
#undef malloc
#undef calloc
#undef free
#include "mappad/app_change.h"

#define BATCH_MAX 60
#define LINE_SIZE 400

/* ---- chance of trouble ---- */

static struct sim *dice; /* whose chance decides what a power cut leaves */

static uint32_t random_below(uint32_t below)
{
        return sim_chance(dice, below);
}

/* A disk that is full for a moment, or a process that dies at some write; usually nothing. */
void sim_tempt_fate(struct sim *sim, uint32_t writes)
{
        faulty_begin();
        faulty.remember = true;
        if (sim->draining)
                return;
        if (sim_one_in(sim, 25))
                faulty_arm(FAULTY_WRITE, 1 + (long)sim_chance(sim, writes), true);
        else if (sim_one_in(sim, 25))
                faulty_arm(FAULTY_DISK_FULL, 1 + (long)sim_chance(sim, writes), false);
}

bool sim_dying(void)
{
        return faulty.fired && faulty.lasting;
}

/* Whether the process died of it. A disk that was full is not any more. */
bool sim_died(struct sim *sim)
{
        bool dead = sim_dying();

        if (dead)
                sim_crash(sim);
        faulty_mend();
        return dead;
}

/* ---- life ---- */

static enum status open_app(struct sim *sim)
{
        char problem[APP_PROBLEM_SIZE];
        struct app_rules rules = {.ruleset = sim->laws[sim->law], .contacts = sim->contacts};
        enum status status = app_open(&sim->settings, rules, sim->now, &sim->app, problem);

        if (status == STATUS_INVALID && sim->stepping && sim->model.as_of > sim->now.today + 1) { /* and put right */
                sim->starts_refused++;
                sim->astray += sim->model.as_of - sim->now.today;
                sim->now.ms += (sim->model.as_of - sim->now.today) * DAY_MS;
                sim->now.today = sim->model.as_of;
                status = app_open(&sim->settings, rules, sim->now, &sim->app, problem);
        }
        if (status != STATUS_OK && !sim_dying())
                sim_fail(sim, "not opened: %s", problem);
        return status;
}

/* The process is dead, sometimes with the machine: then of what was not synced only a part is there. */
static void die(struct sim *sim)
{
        char path[128];
        bool power = sim_one_in(sim, 2);

        sim->crashes++;
        sim_log(sim, power ? "power fails" : "the process dies");
        sim_look_away(sim);
        faulty.dead = true;
        app_abandon(sim->app);
        sim->app = NULL;
        faulty.dead = false;
        faulty_mend();
        dice = sim;
        if (power)
                faulty_lose(random_below);
        snprintf(path, sizeof path, "%s/mappad.db-shm", sim->directory);
        if (power)
                (void)unlink(path);
        sim_weigh_rest(sim);
}

/* A start writes the log once more before anything else; at any of its writes it may die as well. */
enum status sim_open(struct sim *sim)
{
        enum status status;

        sim->coming = -1; /* whatever was on its way is not what the files say */
        sim->starts++;
        faulty_begin();
        faulty.remember = true;
        if (!sim->draining && sim_one_in(sim, 3))
                faulty_arm(FAULTY_WRITE, 1 + (long)sim_chance(sim, 40), true);
        status = open_app(sim);
        if (sim_dying()) {
                sim->starts_died++;
                die(sim);
                status = open_app(sim);
        }
        faulty_mend();
        if (status == STATUS_OK && app_coming(sim->app) != NULL)
                sim_expect(sim, sim->law); /* those of the files come in steps */
        return status;
}

void sim_crash(struct sim *sim)
{
        die(sim);
        (void)sim_open(sim);
}

int32_t sim_today(const struct sim *sim)
{
        return sim->model.as_of == sim->now.today + 1 ? sim->model.as_of : sim->now.today;
}

/* ---- lines ---- */

static const char *a_day(struct sim *sim, int32_t from, uint32_t span)
{
        static char texts[4][CIVIL_TEXT_SIZE];
        static unsigned turn;
        char *text = texts[turn++ % 4];

        civil_format(sim->now.today + from + (int32_t)sim_chance(sim, span), text);
        return text;
}

static const struct sim_item *an_item(struct sim *sim, bool order)
{
        for (int tries = 0; tries < 8 && sim->item_count > 0; tries++) {
                const struct sim_item *item = &sim->items[sim_chance(sim, (uint32_t)sim->item_count)];
                if (item->order == order)
                        return item;
        }
        return NULL;
}

static const char *a_new_item(struct sim *sim, const char *ref, bool order)
{
        struct sim_item *item = &sim->items[sim->item_count++ % (sizeof sim->items / sizeof *sim->items)];

        *item = (struct sim_item){.order = order};
        snprintf(item->ref, sizeof item->ref, "%s", ref);
        snprintf(item->key, sizeof item->key, "I%zu", sim->item_count);
        return item->key;
}

/* The event and its fields; *ref may change to the case of the item that it is about. */
static void a_deed(struct sim *sim, const char **ref, char text[static LINE_SIZE])
{
        static const char *const plain[] = {"lit",      "darkened",   "lit",    "renewed",  "struck",
                                            "reported", "unlicensed", "closed", "reopened", "lit"};
        bool order = sim_one_in(sim, 2);
        const struct sim_item *item;

        switch (sim_chance(sim, 12)) {
        case 0:
        case 1:
                snprintf(text, LINE_SIZE, "\"classed\",\"class\":\"%u\",\"keeper\":\"%s\"", 1 + sim_chance(sim, 3),
                         sim_one_in(sim, 2) ? "north" : "south");
                return;
        case 2:
        case 3:
                snprintf(text, LINE_SIZE, sim_one_in(sim, 4) ? "\"visited\",\"sooner-by\":\"%s\"" : "\"visited\"", a_day(sim, 1, 40));
                return;
        case 4:
                snprintf(text, LINE_SIZE, "\"visit-booked\",\"next-visit\":\"%s\"", a_day(sim, -3, 90));
                return;
        case 5:
                snprintf(text, LINE_SIZE, "\"licensed\",\"licence-ends\":\"%s\"", a_day(sim, -5, 150));
                return;
        case 6:
                snprintf(text, LINE_SIZE, "\"feast-set\",\"feast\":\"%s\"", a_day(sim, -3, 40));
                return;
        case 7:
                snprintf(text, LINE_SIZE,
                         order ? "\"order-made\",\"item\":\"%s\",\"order-ends\":\"%s\"" : "\"buoy-laid\",\"item\":\"%s\"",
                         a_new_item(sim, *ref, order), a_day(sim, 5, 120));
                return;
        case 8:
                item = an_item(sim, order);
                if (item == NULL)
                        break;
                *ref = item->ref;
                if (order && sim_one_in(sim, 2))
                        snprintf(text, LINE_SIZE, "\"order-varied\",\"item\":\"%s\",\"order-ends\":\"%s\"", item->key,
                                 a_day(sim, -5, 120));
                else
                        snprintf(text, LINE_SIZE, "\"%s\",\"item\":\"%s\"", order ? "order-served" : "buoy-checked", item->key);
                return;
        default:
                break;
        }
        snprintf(text, LINE_SIZE, "\"%s\"", plain[sim_chance(sim, sizeof plain / sizeof *plain)]);
}

static const struct sim_event *an_old_event(struct sim *sim)
{
        size_t back = sim_chance(sim, 25);

        return back < sim->event_count ? &sim->events[sim->event_count - 1 - back] : NULL;
}

static void make_line(struct sim *sim, int32_t back, char text[static LINE_SIZE])
{
        const struct sim_event *old = sim_one_in(sim, 9) ? an_old_event(sim) : NULL;
        char name[33], deed[LINE_SIZE], replaces[80] = "", on[CIVIL_TEXT_SIZE];
        const char *ref = name;

        snprintf(name, sizeof name, "S-%u", 1 + sim_chance(sim, sim->temper->cases));
        sim->lines_made++;
        if (old != NULL && sim_one_in(sim, 2)) {
                snprintf(text, LINE_SIZE, "{\"retract\":\"%s\",\"why\":\"a mistake\"}", old->id);
                return;
        }
        if (old != NULL) {
                ref = old->ref;
                snprintf(replaces, sizeof replaces, ",\"replaces\":\"%s\",\"why\":\"a mistake\"", old->id);
        }
        a_deed(sim, &ref, deed);
        civil_format(sim->now.today - (sim_one_in(sim, 3) ? (int32_t)sim_chance(sim, sim_one_in(sim, 4) ? 70 : 8) : 0) - back, on);
        snprintf(text, LINE_SIZE, "{\"id\":\"e%llu\",\"case\":\"%s\",\"on\":\"%s\",\"event\":%.260s%s}",
                 (unsigned long long)sim->lines_made, ref, on, deed, replaces);
}

/* ---- recording ---- */

static void answered(void *context, const struct app_outcome *outcome)
{
        struct sim *sim = context;

        if (sim->answer.told)
                sim->told_twice++;
        sim->answer = (struct sim_answer){outcome->status, true, outcome->recorded, outcome->repeated};
}

static void submit(struct sim *sim, char lines[][LINE_SIZE], size_t count, bool dry_run)
{
        struct app_batch *batch = NULL;
        enum status status = app_batch_new(sim->app, sim->now, (struct app_actor){.uid = 1000, .name = "clerk"}, dry_run, &batch);

        for (size_t i = 0; status == STATUS_OK && i < count; i++)
                status = app_batch_add(batch, lines[i], strlen(lines[i]));
        if (status != STATUS_OK)
                sim_fail(sim, "no batch: %s", status_phrase(status));
        sim->answer = (struct sim_answer){.told = false};
        app_submit(sim->app, batch, answered, sim);
}

static const struct sim_event *find_event(const struct sim *sim, const char *id)
{
        for (size_t i = 0; id != NULL && i < sim->event_count; i++)
                if (strcmp(sim->events[i].id, id) == 0)
                        return &sim->events[i];
        return NULL;
}

static void keep_event(struct sim *sim, const char *id, const char *ref)
{
        if (sim->event_count == sim->event_capacity) {
                sim->event_capacity = sim->event_capacity == 0 ? 256 : sim->event_capacity * 2;
                sim->events = own_realloc(sim->events, sim->event_capacity * sizeof *sim->events);
                if (sim->events == NULL)
                        exit(2);
        }
        struct sim_event *event = &sim->events[sim->event_count++];
        *event = (struct sim_event){.seq = sim->event_count};
        snprintf(event->id, sizeof event->id, "%s", id == NULL ? "" : id);
        snprintf(event->ref, sizeof event->ref, "%s", ref);
}

/* The batch is in the record: the model is told. */
static void happened(struct sim *sim, char lines[][LINE_SIZE], size_t count)
{
        struct wire_reader reader = {.ruleset = sim->laws[sim->law], .last_day = CIVIL_MAX};
        char touched[BATCH_MAX][33];
        size_t touched_count = 0;

        for (size_t i = 0; i < count; i++) {
                struct wire_line line;
                struct wire_problem problem;
                size_t length = strlen(lines[i]), t = 0;
                if (wire_event_parse(&reader, lines[i], length, &sim->texts, &line, &problem) != STATUS_OK) {
                        sim_fail(sim, "recorded, though it cannot be read: %s", lines[i]);
                        return;
                }
                const struct sim_event *target = find_event(sim, line.target_id);
                const char *ref = line.is_retraction && target != NULL ? target->ref : line.case_ref;
                line.record.fact.seq = sim->event_count + 1;
                line.record.refers = target == NULL ? 0 : target->seq;
                line.record.recorded_at = sim->now.ms;
                model_add(model_case_of(&sim->model, ref), &line.record);
                while (t < touched_count && strcmp(touched[t], ref) != 0)
                        t++;
                if (t == touched_count)
                        snprintf(touched[touched_count++], sizeof touched[0], "%s", ref);
                keep_event(sim, line.id, ref);
        }
        for (size_t t = 0; t < touched_count; t++)
                model_recorded(&sim->model, model_case_of(&sim->model, touched[t]));
}

static uint64_t events_there(struct sim *sim)
{
        struct app_status status = {.events = 0};

        if (app_status(sim->app, sim->now, &status) != STATUS_OK)
                sim_fail(sim, "no status");
        return status.events;
}

/* Hands a batch over until it is answered, as a client would that tries again after a crash. */
static void record(struct sim *sim, char lines[][LINE_SIZE], size_t count)
{
        bool done = false;

        for (size_t i = 0; i < count; i++)
                sim_log(sim, "    %s", lines[i]);
        for (int tries = 0; !done && !sim->failed && tries < 5; tries++) {
                submit(sim, lines, count, false);
                if (tries == 0)
                        sim_tempt_fate(sim, 40);
                app_flush(sim->app, sim->now);
                if (!sim->answer.told)
                        sim_fail(sim, "the batch was not answered");
                enum status status = sim->answer.status;
                if (sim_died(sim) && !sim->failed) {
                        uint64_t there = events_there(sim);
                        if (status == STATUS_OK && there != sim->event_count + count)
                                sim_fail(sim, "answered, then lost: %llu of %zu events", (unsigned long long)there,
                                         sim->event_count + count);
                        status = there > sim->event_count ? STATUS_OK : status == STATUS_INVALID ? STATUS_INVALID : STATUS_IO;
                }
                model_advance(&sim->model, sim_today(sim));
                if (status == STATUS_OK)
                        happened(sim, lines, count);
                sim->refused += status == STATUS_INVALID;
                done = status == STATUS_OK || status == STATUS_INVALID;
        }
        if (!done)
                sim_fail(sim, "a batch is never recorded: %s", status_phrase(sim->answer.status));
        sim_compare(sim);
}

void sim_record(struct sim *sim, size_t line_count)
{
        char lines[BATCH_MAX][LINE_SIZE];

        for (size_t i = 0; i < line_count; i++)
                make_line(sim, 0, lines[i]);
        sim_log(sim, "  recording");
        if (sim_one_in(sim, 15)) { /* first as a question */
                submit(sim, lines, line_count, true);
                app_flush(sim->app, sim->now);
                model_advance(&sim->model, sim_today(sim));
                sim_compare(sim);
        }
        record(sim, lines, line_count);
}

/* Years of history in one batch; what is refused of it by itself is left out beforehand. */
void sim_import(struct sim *sim)
{
        char lines[BATCH_MAX][LINE_SIZE];

        sim_log(sim, "  import");
        for (int i = 0; i < 12; i++) {
                size_t count = 1 + sim_chance(sim, 8);
                for (size_t l = 0; l < count; l++)
                        make_line(sim, 900 - 75 * i, lines[l]);
                record(sim, lines, count);
        }
}

/* ---- time ---- */

void sim_sweep(struct sim *sim, int32_t day, int32_t minute)
{
        struct app_sweep_result result = {.more = true};
        struct sweep_slot slot = {day, minute};
        struct sweep_slot before = app_last_sweep(sim->app);
        bool again = before.day != CIVIL_NONE && (day < before.day || (day == before.day && minute <= before.minute)), done = false;

        sim_log(sim, again ? "  no sweep: it has been" : "  sweep");
        for (int tries = 0; !done && !sim->failed && tries < 5; tries++) {
                enum status status = STATUS_OK;
                result.more = true;
                if (tries == 0)
                        sim_tempt_fate(sim, 60);
                while (status == STATUS_OK && result.more && !sim->failed) {
                        status = app_sweep(sim->app, sim->now, slot, &result);
                        if (status == STATUS_OK && result.ran && result.more)
                                sim_meanwhile(sim, day);
                }
                if (sim_died(sim) && !sim->failed) {
                        struct sweep_slot last = app_last_sweep(sim->app);
                        bool there = last.day == day && last.minute == minute;
                        if (status == STATUS_OK && !there)
                                sim_fail(sim, "a sweep was done, then lost");
                        status = there ? STATUS_OK : STATUS_IO;
                }
                done = status == STATUS_OK;
        }
        if (!done)
                sim_fail(sim, "a sweep is never done");
        model_advance(&sim->model, sim_today(sim));
        if (!again)
                model_swept(&sim->model, day);
        sim_compare(sim);
        sim_compare_diaries(sim);
        if (!again)
                sim_compare_heartbeats(sim, day);
}

/* Days without service, ended by a start that may be under another law. */
void sim_outage(struct sim *sim)
{
        int32_t days = 1 + (int32_t)sim_chance(sim, sim_one_in(sim, 4) ? 40 : 6);
        bool orderly = sim_one_in(sim, 2);

        sim_log(sim, "  no service for %d days", days);
        if (orderly) {
                sim_look_away(sim);
                app_close(sim->app, sim->now);
                sim->app = NULL;
                sim_weigh_rest(sim);
        }
        sim->now.today += days;
        sim->now.ms += days * DAY_MS;
        if (sim_one_in(sim, 4))
                sim->law = (sim->law + 1) % SIM_LAWS;
        if (!orderly)
                sim_crash(sim);
        else
                (void)sim_open(sim);
        if (sim->failed)
                return;
        if (sim->model.ruleset != sim->laws[sim->law])
                model_ruled(&sim->model, sim->laws[sim->law], sim_today(sim));
        else
                model_advance(&sim->model, sim_today(sim));
        sim_compare(sim);
}

void sim_sleep(struct sim *sim)
{
        int32_t days = 1 + (int32_t)sim_chance(sim, sim_one_in(sim, 3) ? 10 : sim->temper->slept);

        sim_log(sim, "  the machine sleeps for %d days", days);
        sim->now.today += days;
}

/* ---- mail ---- */

void sim_post(struct sim *sim)
{
        size_t before = sim->letter_count;

        sim_begin_day(sim);
        if (app_outbox_due(sim->app, sim->now, 0, 100, sim_open_letter, sim) != STATUS_OK)
                sim_fail(sim, "the outbox cannot be asked");
        sim_tempt_fate(sim, 20);
        app_flush(sim->app, sim->now);
        if (sim_died(sim)) {
                for (size_t i = 0; i < sim->letter_count; i++)
                        sim->letters[i].done = false; /* nobody knows which reports were written down */
                sim_begin_day(sim);
        } else if (app_waiting(sim->app))
                app_flush(sim->app, sim->now);
        if (before != sim->letter_count)
                sim_log(sim, "  %zu letters", sim->letter_count - before);
        model_advance(&sim->model, sim_today(sim));
        sim_compare(sim);
}

/* ---- acknowledgements ---- */

static bool everybody(void *context, const char *group)
{
        (void)context;
        return strcmp(group, "crew") == 0;
}

static void count_ack(void *context, const struct app_ack *ack)
{
        size_t *count = context;

        (void)ack;
        (*count)++;
}

static size_t acks_there(struct sim *sim, const char *ref)
{
        size_t count = 0;

        if (app_case_acks(sim->app, sim->now, ref, count_ack, &count) != STATUS_OK)
                sim_fail(sim, "acknowledgements cannot be read");
        return count;
}

/* One attempt: "" when it was given, the code of its refusal, NULL when the world failed. */
static const char *attempt(struct sim *sim, const struct sim_told *told, const struct model_ack *ack)
{
        size_t before = acks_there(sim, ack->ref);
        struct app_ack_request request = {.alert = told->id,
                                          .role = ack->role,
                                          .why = "seen",
                                          .until = ack->until,
                                          .by = {.uid = 1000, .name = "clerk"},
                                          .member = everybody};
        struct wire_problem problem = {.code = "?"};
        uint64_t id = 0;
        enum status status;

        sim_tempt_fate(sim, 12);
        status = app_acknowledge(sim->app, sim->now, &request, &id, &problem);
        if (sim_died(sim) && !sim->failed) {
                bool there = acks_there(sim, ack->ref) > before;
                if (status == STATUS_OK && !there)
                        sim_fail(sim, "acknowledged, then lost");
                status = there ? STATUS_OK : STATUS_IO;
        }
        return status == STATUS_OK ? "" : status == STATUS_INVALID ? problem.code : NULL;
}

/* One of the stages told lately; breaches, which are repeated, rather than others. */
static const struct sim_told *something_told(struct sim *sim)
{
        size_t kept = sizeof sim->told / sizeof *sim->told, count = sim->told_count < kept ? sim->told_count : kept;
        const struct sim_told *told = NULL;

        for (int tries = 0; count > 0 && tries < 4 && (told == NULL || !told->breach); tries++)
                told = &sim->told[(sim->told_count - 1 - sim_chance(sim, (uint32_t)(count < 12 ? count : 12))) % kept];
        return told;
}

/* Somebody has seen something that was told lately, for one of those whom it was for. */
void sim_acknowledge(struct sim *sim)
{
        const struct sim_told *told = something_told(sim);
        struct model_ack ack;
        const char *answer = NULL, *expected;

        if (told == NULL || told->role_count == 0)
                return;
        ack = told->as;
        snprintf(ack.role, sizeof ack.role, "%s", told->roles[sim_chance(sim, (uint32_t)told->role_count)]);
        ack.until = sim->now.today + (int32_t)sim_chance(sim, 29);
        if (sim_today(sim) > sim->now.today)
                return; /* the clock stepped back: what is today is not what it seems */
        for (int tries = 0; answer == NULL && !sim->failed && tries < 5; tries++)
                answer = attempt(sim, told, &ack);
        model_advance(&sim->model, sim_today(sim));
        sim_compare(sim);
        expected = model_may_acknowledge(&sim->model, &ack, told->breach, told->reached);
        sim_log(sim, "  acknowledged %llu for %s: %s", (unsigned long long)told->id, ack.role, answer == NULL ? "never" : answer);
        if (answer == NULL || strcmp(answer, expected) != 0)
                sim_fail(sim, "%s %s \"%s\" of %llu for %s: answered \"%s\", not \"%s\"", ack.ref, ack.rule, ack.what,
                         (unsigned long long)told->id, ack.role, answer == NULL ? "never" : answer, expected);
        if (answer != NULL && answer[0] == '\0') {
                sim->acks++;
                model_acknowledged(&sim->model, &ack);
        }
}
