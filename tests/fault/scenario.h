/*
 * scenario - some weeks in the life of the application, as steps that can each
 * be tried again, and what is true at their end: the record, the obligations,
 * the alerts, the messages.
 *
 * Whatever went wrong on the way, the end is to be the same as if nothing had.
 */
#ifndef TEST_SCENARIO_H
#define TEST_SCENARIO_H

#include "course.h"
#include "faulty.h"
#include "mappad/app_access.h"
#include "mappad/app_erase.h"
#include "mappad/app_sealed.h"
#include "mappad/app_turn.h"
#include "mappad/app_verify.h"
#include "../unit/app/world.h"

static const char scenario_other_law[] = "rules = (" WORLD_RULE(
        "inspection",
        "applies = { class = [\"1\", \"2\"]; }; runs = { lamp = \"lit\"; }; on-pause = \"continue\";"
        " needs = [\"lamp\"]; every = \"9 weeks after\"; met-by = { event = \"visited\"; }; booked-by = \"next-visit\";"
        " alerts = ( { at = \"4 weeks before\"; to = \"unit\"; }, { at = \"overdue\"; to = [\"unit\", \"$keeper\"]; } );") "," WORLD_BUOY
                                                                                                                           "," WORLD_FEAST
                                                                                                                           ");";

/* What each step does; none of them, tried again, does anything twice. */
enum scenario_step {
        SCENARIO_OPEN,
        SCENARIO_FIRST,
        SCENARIO_SWEEP_1,
        SCENARIO_POST_1,
        SCENARIO_ACK,
        SCENARIO_LOOK_1,
        SCENARIO_SEAL,
        SCENARIO_SECOND,
        SCENARIO_RELOAD,
        SCENARIO_SWEEP_2,
        SCENARIO_POST_2,
        SCENARIO_ERASE,
        SCENARIO_LOOK_2,
        SCENARIO_CLOSE,
        SCENARIO_SWEEP_3,
        SCENARIO_POST_3,
        SCENARIO_STEPS
};

/* The case that is erased. */
#define SCENARIO_GONE "GONE-4711"

struct scenario {
        struct world world;
        enum scenario_step step;
        bool other_law;
        void (*arm)(void); /* begins to count what may fail, around calls of the application alone */
        void (*disarm)(void);
        char sent[8192]; /* messages that a mail server took, in order */
        size_t sent_used;
        unsigned looks; /* see scenario_looks */
        bool quietly;   /* findings are expected */
        bool hasty;     /* not everything is verified at the end */
        char end[WORLD_TEXT];
};

static inline void scenario_arm(struct scenario *scenario)
{
        if (scenario->arm != NULL)
                scenario->arm();
}

static inline void scenario_disarm(struct scenario *scenario)
{
        if (scenario->disarm != NULL)
                scenario->disarm();
}

static inline void scenario_init(struct scenario *scenario)
{
        memset(scenario, 0, sizeof *scenario);
        scenario->world = (struct world){.law = WORLD_LAW, .contacts = world_contacts};
        world_directory(scenario->world.directory);
        scenario->world.settings = (struct app_settings){.state_directory = scenario->world.directory,
                                                         .test_clock = true,
                                                         .sweeps = {{0, 450}},
                                                         .sweep_count = 1,
                                                         .mail_domain = "sea.example", .mail_from = "office@sea.example"};
#ifdef SCENARIO_IN_STEPS
        scenario->world.settings.change = (struct app_stepping){.at_once = 1, .step = 2};
#endif
        world_at(&scenario->world, "2023-01-02", 9);
}

static inline enum status scenario_open(struct scenario *scenario)
{
        struct world *world = &scenario->world;
        struct app_rules rules = world_rules(world, scenario->other_law ? scenario_other_law : WORLD_LAW, world_contacts);
        enum status status;

        scenario_arm(scenario);
        status = app_open(&world->settings, rules, world->now, &world->app, world->problem);
        scenario_disarm(scenario);
        if (status != STATUS_OK) {
                assert_string_not_equal(world->problem, "");
                world_release(rules);
        }
        return status;
}

static inline enum status scenario_record(struct scenario *scenario, const char *lines)
{
        struct world *world = &scenario->world;
        struct app_batch *batch = NULL;
        char text[4096];
        size_t length = strlen(lines);
        enum status status;

        for (size_t i = 0; i <= length; i++)
                text[i] = lines[i] == '\'' ? '"' : lines[i];
        world->status = STATUS_OK;
        world->recorded = UINT64_MAX; /* told exactly once */
        scenario_arm(scenario);
        status = app_batch_new(world->app, world->now, (struct app_actor){.uid = 1000, .name = "clerk"}, false, &batch);
        if (status == STATUS_OK)
                status = app_batch_add_body(batch, text, length);
        if (status == STATUS_OK) {
                app_submit(world->app, batch, world_done, world);
                app_flush(world->app, world->now);
                status = world->status;
        } else {
                app_batch_free(batch);
        }
        scenario_disarm(scenario);
        assert_int_not_equal(status, STATUS_INVALID); /* what is right is not refused because the world fails */
        return status;
}

static inline enum status scenario_sweep(struct scenario *scenario, const char *day)
{
        enum status status;

        world_at(&scenario->world, day, 9);
        scenario_arm(scenario);
        status = world_try_sweep(&scenario->world, scenario->world.now.today);
        scenario_disarm(scenario);
        return status;
}

/* What a calendar says without the names of its events, which are drawn anew for each record. */
static inline void scenario_take_dates(struct scenario *scenario, const char *calendar)
{
        static const char *const lines[] = {"SEQUENCE:", "STATUS:", "DTSTART"};

        for (const char *at = calendar; at != NULL && *at != '\0'; at += strcspn(at, "\n") + 1)
                for (size_t i = 0; i < 3; i++)
                        if (strncmp(at, lines[i], strlen(lines[i])) == 0)
                                scenario->sent_used += (size_t)snprintf(scenario->sent + scenario->sent_used,
                                                                        sizeof scenario->sent - scenario->sent_used, "  %.*s\n",
                                                                        (int)strcspn(at, "\n"), at);
}

static inline void scenario_take(void *context, const struct app_message *message)
{
        struct scenario *scenario = context;
        enum status status;

        scenario_disarm(scenario);
        if (strstr(scenario->sent, message->message_id) == NULL) { /* the same message again is no other message */
                scenario->sent_used += (size_t)snprintf(scenario->sent + scenario->sent_used, sizeof scenario->sent - scenario->sent_used,
                                                        "%s %s %s\n", message->message_id, message->recipient, message->subject);
                scenario_take_dates(scenario, message->calendar);
        }
        assert_true(scenario->sent_used < sizeof scenario->sent);
        scenario_arm(scenario);
        status = app_outbox_report(scenario->world.app,
                                   (struct app_report){.id = message->id, .verdict = VERDICT_SENT, .answer = "250 OK"});
        (void)status; /* a report that is lost makes the message come again */
}

static inline enum status scenario_post(struct scenario *scenario)
{
        struct world *world = &scenario->world;
        struct app_status told;
        enum status status;

        scenario_arm(scenario);
        status = world_letters(world->app, world->now, 100, scenario_take, scenario);
        app_flush(world->app, world->now);
        if (status == STATUS_OK)
                status = app_status(world->app, world->now, &told);
        scenario_disarm(scenario);
        if (status == STATUS_OK && told.outbox_waiting > 0)
                status = STATUS_IO;
        return status;
}

/* The first alert is acknowledged: once, however often it is tried. */
static inline enum status scenario_acknowledge(struct scenario *scenario)
{
        struct world *world = &scenario->world;
        struct app_ack_request request = {.alert = 1, .why = "seen", .until = CIVIL_NONE, .by = {.uid = 1000, .name = "clerk"}};
        struct wire_problem problem = {.code = ""};
        uint64_t id = 0;
        enum status status;

        scenario_arm(scenario);
        status = app_acknowledge(world->app, world->now, &request, &id, &problem);
        scenario_disarm(scenario);
        if (status == STATUS_INVALID)
                assert_string_equal(problem.code, "already-acknowledged"); /* it was committed before the world failed */
        return status == STATUS_INVALID ? STATUS_OK : status;
}

static inline void scenario_logged(void *context, enum status status)
{
        *(enum status *)context = status;
}

/* When what was written a moment ago has to be on the disk. */
static inline struct moment scenario_later(const struct scenario *scenario)
{
        struct moment later = scenario->world.now;

        later.ms += 2000;
        return later;
}

/* Somebody is shown a case: that is in the log before the answer, and on the disk a second later. */
static inline enum status scenario_look(struct scenario *scenario, const char *ref, const char *detail)
{
        struct world *world = &scenario->world;
        struct app_access access = {.actor = {.uid = 1000, .name = "clerk"}, .at_ms = world->now.ms, .what = "case", .case_ref = ref,
                                    .detail = detail, .rows = 1};
        enum status written = STATUS_IO, status;

        scenario_arm(scenario);
        status = app_access(world->app, &access, scenario_logged, &written);
        if (status == STATUS_OK) {
                app_flush(world->app, world->now);
                status = written;
        }
        if (status == STATUS_OK)
                status = app_sync(world->app, scenario_later(scenario));
        scenario_disarm(scenario);
        return status;
}

static inline void scenario_line(void *context, const struct app_access_line *line)
{
        struct scenario *scenario = context;

        for (int i = 0; i < 2 && line->detail != NULL; i++)
                if (strcmp(line->detail, i == 0 ? "look=1" : "look=2") == 0)
                        scenario->looks |= 1U << i;
}

/* Which of the two looks the log knows, as bits. */
static inline unsigned scenario_looks(struct scenario *scenario)
{
        struct app_access_walk walk = {.before = UINT64_MAX, .user = "clerk"};
        enum app_row kind = APP_WORKING;

        scenario->looks = 0;
        while (kind != APP_END)
                assert_int_equal(app_access_next(scenario->world.app, &walk, scenario_line, scenario, &kind), STATUS_OK);
        return scenario->looks;
}

/* A case is erased, in two steps, and nothing of it is left in the files. */
static inline enum status scenario_erase(struct scenario *scenario)
{
        struct world *world = &scenario->world;
        struct app_erase_request request = {.ref = SCENARIO_GONE, .by = {.uid = 1000, .name = "clerk"}};
        struct app_erase_view view;
        struct wire_problem problem = {.code = ""};
        char confirm[APP_CONFIRM_SIZE];
        enum status status;

        scenario_arm(scenario);
        status = app_erase(world->app, world->now, &request, &view, &problem);
        if (status == STATUS_OK) {
                memcpy(confirm, view.confirm, sizeof confirm);
                request.why = "its time has come";
                request.confirm = confirm;
                status = app_erase(world->app, world->now, &request, &view, &problem);
        }
        if (status == STATUS_INVALID) /* it was committed before the world failed */
                status = strcmp(problem.code, "unknown-case") == 0 ? STATUS_OK : status;
        if (status == STATUS_OK)
                status = app_sync(world->app, scenario_later(scenario));
        scenario_disarm(scenario);
        assert_int_not_equal(status, STATUS_INVALID);
        return status;
}

static inline void scenario_erased(void *context, const struct app_erasure *erasure)
{
        world_say(context, "erasure %llu: %llu lines, %s\n", (unsigned long long)erasure->seq, (unsigned long long)erasure->events,
                  erasure->why);
}

/* Whether bytes that were erased are in any file of the directory. */
static inline bool scenario_leaks(const struct scenario *scenario)
{
        static const char *const names[] = {"mappad.db", "mappad.db-wal"};
        static char bytes[1 << 22];
        bool found = false;

        for (size_t i = 0; i < 2; i++) {
                char path[128];
                snprintf(path, sizeof path, "%s/%s", scenario->world.directory, names[i]);
                FILE *file = fopen(path, "rb");
                size_t length = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);
                if (file != NULL)
                        fclose(file);
                assert_true(length < sizeof bytes);
                found = found || memmem(bytes, length, SCENARIO_GONE, strlen(SCENARIO_GONE)) != NULL ||
                        memmem(bytes, length, "forget-me", strlen("forget-me")) != NULL;
        }
        return found;
}

/* A report is sealed, once. */
static inline enum status scenario_seal(struct scenario *scenario)
{
        struct world *world = &scenario->world;
        struct app_sealing sealing = {.report = "yearly", .period = "2022", .content = "{}", .whole = "{\"lit\":2}", .rules = "none",
                                      .adds_up = true, .by = {.uid = 1000, .name = "clerk"}};
        struct wire_problem problem = {.code = ""};
        uint64_t seq = 0;
        enum status status;

        scenario_arm(scenario);
        status = app_seal_report(world->app, world->now, &sealing, &seq, &problem);
        scenario_disarm(scenario);
        if (status == STATUS_INVALID)
                assert_string_equal(problem.code, "already-sealed"); /* it was committed before the world failed */
        return status == STATUS_INVALID ? STATUS_OK : status;
}

static inline enum status scenario_sealed(void *context, const struct store_seal *seal)
{
        world_say(context, "seal %llu %s %s v%u %s %s by %s\n", (unsigned long long)seal->seq, seal->report, seal->period,
                  (unsigned)seal->version, seal->digest, seal->whole, seal->user);
        return STATUS_OK;
}

static inline void scenario_ack(void *context, const struct app_ack *ack)
{
        world_say(context, "alert %llu acknowledged for %s\n", (unsigned long long)ack->alert, ack->role);
}

static inline enum status scenario_reload(struct scenario *scenario)
{
        struct world *world = &scenario->world;
        struct app_rules rules = world_rules(world, scenario_other_law, world_contacts);
        enum status status, reloaded;
        bool more = true;

        scenario->other_law = true; /* whoever opens the record from now on finds other files */
        scenario_arm(scenario);
        status = reloaded = app_reload(world->app, world->now, rules, world->problem);
        while (status == STATUS_OK && more)
                status = app_turn_over(world->app, world->now, &more);
        scenario_disarm(scenario);
        if (reloaded != STATUS_OK)
                world_release(rules);
        return status;
}

/* An app that cannot close in good order closes all the same: what was answered is there when it is opened again. */
static inline enum status scenario_close(struct scenario *scenario)
{
        scenario_arm(scenario);
        app_close(scenario->world.app, scenario->world.now);
        scenario_disarm(scenario);
        scenario->world.app = NULL;
        return scenario_open(scenario);
}

static inline enum status scenario_try(struct scenario *scenario)
{
        if (scenario->world.app == NULL) { /* after a crash, or a close whose opening failed */
                enum status status = scenario_open(scenario);
                if (status != STATUS_OK || scenario->step == SCENARIO_OPEN || scenario->step == SCENARIO_CLOSE)
                        return status;
        }
        switch (scenario->step) {
        case SCENARIO_OPEN:
                return STATUS_OK;
        case SCENARIO_FIRST:
                return scenario_record(scenario,
                                       "{'id':'a1','case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02'}\n"
                                       "{'id':'a2','case':'L-1','event':'lit','on':'2023-01-02'}\n"
                                       "{'id':'a3','case':'L-2','event':'buoy-laid','item':'B1','on':'2023-01-01'}\n"
                                       "{'id':'a4','case':'L-3','event':'feast-set','feast':'2023-02-01','on':'2023-01-02'}\n"
                                       "{'id':'a5','case':'L-4','event':'classed','class':'1','keeper':'south','on':'2022-11-01'}\n"
                                       "{'id':'a6','case':'" SCENARIO_GONE "','event':'buoy-laid','item':'B9','on':'2023-01-01'}\n"
                                       "{'id':'a7','case':'" SCENARIO_GONE "','event':'noted','mark':'forget-me','on':'2023-01-02'}");
        case SCENARIO_SWEEP_1:
                return scenario_sweep(scenario, "2023-01-30");
        case SCENARIO_POST_1:
        case SCENARIO_POST_2:
        case SCENARIO_POST_3:
                return scenario_post(scenario);
        case SCENARIO_ACK:
                return scenario_acknowledge(scenario);
        case SCENARIO_LOOK_1:
                return scenario_look(scenario, SCENARIO_GONE, "look=1");
        case SCENARIO_LOOK_2:
                return scenario_look(scenario, "L-1", "look=2");
        case SCENARIO_ERASE:
                return scenario_erase(scenario);
        case SCENARIO_SEAL:
                return scenario_seal(scenario);
        case SCENARIO_SECOND:
                return scenario_record(
                        scenario,
                        "{'id':'b1','case':'L-1','event':'visit-booked','next-visit':'2023-03-15','on':'2023-01-30'}\n"
                        "{'id':'b2','case':'L-2','event':'buoy-checked','item':'B1','on':'2023-01-28'}\n"
                        "{'id':'b3','case':'L-4','event':'noted','on':'2022-11-01','replaces':'a5','why':'another lighthouse'}\n"
                        "{'id':'b4','case':'L-5','event':'lit','on':'2023-01-30'}\n"
                        "{'id':'b5','case':'" SCENARIO_GONE "','event':'buoy-checked','item':'B9','on':'2023-01-29'}");
        case SCENARIO_RELOAD:
                return scenario_reload(scenario);
        case SCENARIO_SWEEP_2:
                return scenario_sweep(scenario, "2023-02-01");
        case SCENARIO_CLOSE:
                return scenario_close(scenario);
        case SCENARIO_SWEEP_3:
                return scenario_sweep(scenario, "2023-03-16");
        case SCENARIO_STEPS:
                break;
        }
        return STATUS_OK;
}

static inline void scenario_event(void *context, const struct app_event *event)
{
        struct world *world = context;

        world_say(world, "%llu %s %s %s %s\n", (unsigned long long)event->seq, event->case_ref,
                  event->type == NULL ? "retracted" : event->type, event->id == NULL ? "-" : event->id, event->hash);
}

/* Everything is checked; the number of findings, which are printed. */
static inline unsigned scenario_findings(struct scenario *scenario)
{
        struct app_verify *verify = NULL;
        struct wire_problem problem;
        struct app_finding finding;
        enum app_row kind = APP_WORKING;
        unsigned count = 0;
        bool wait = false;

        enum status status = app_verify_begin(scenario->world.app, scenario->world.now, &(struct app_verify_heads){.events = NULL}, &verify,
                                              &problem);
        if (status == STATUS_CORRUPT)
                return 1; /* what it has to know first cannot be read: the answer says so */
        assert_int_equal(status, STATUS_OK);
        while (kind != APP_END && app_verify_next(verify, &kind, &finding, &wait) == STATUS_OK) {
                if (kind == APP_ROW && count++ == 0 && !scenario->quietly)
                        print_error("%s %llu: %s\n", finding.table, (unsigned long long)finding.row, finding.what);
                if (wait)
                        app_verify_wait(verify);
        }
        count += kind != APP_END; /* it could not be gone through */
        app_verify_free(verify);
        return count;
}

/* What is true now: also that everything is verified and that the counters agree with the rows. */
static inline const char *scenario_end(struct scenario *scenario)
{
        struct world *world = &scenario->world;
        struct app_status status;
        char obligations[4096];
        uint64_t open = 0, rows = 0;
        struct wire_problem problem;
        bool found;

        world_obligations(world, NULL);
        assert_true(world->used < sizeof obligations);
        memcpy(obligations, world->text, world->used + 1);
        for (const char *c = obligations; *c != '\0'; c++)
                rows += *c == '\n';
        world->heard = 0;
        (void)world_heard(world);
        for (int i = 1; i <= 5; i++) {
                char ref[16];
                snprintf(ref, sizeof ref, "L-%d", i);
                struct app_event_sink sink = {scenario_event, world};
                assert_int_equal(app_case_events(world->app, ref, INSTANT_LATEST, &sink, &found), STATUS_OK);
                assert_int_equal(app_case_acks(world->app, world->now, ref, scenario_ack, world), STATUS_OK);
        }
        assert_int_equal(app_sealed_find(world->app, "yearly", scenario_sealed, world, &problem), STATUS_OK);
        assert_int_equal(app_erasures(world->app, 0, 10, scenario_erased, world), STATUS_OK);
        world_say(world, "looks %u\n", scenario_looks(scenario));
        assert_false(scenario_leaks(scenario));
        if (!scenario->hasty)
                assert_int_equal(scenario_findings(scenario), 0);
        assert_int_equal(app_status(world->app, world->now, &status), STATUS_OK);
        for (int i = 0; i < APP_OPEN_STATES; i++)
                open += status.open[i];
        assert_int_equal(open, rows);
        assert_int_equal(status.outbox_waiting, 0);
        world_say(world, "%s%s%s\n%llu events, %llu alerts\n", obligations, scenario->sent, status.chain_head,
                  (unsigned long long)status.events, (unsigned long long)status.alerts);
        memcpy(scenario->end, world->text, world->used + 1);
        return scenario->end;
}

static inline void scenario_fini(struct scenario *scenario)
{
        if (scenario->world.app != NULL)
                app_close(scenario->world.app, scenario->world.now);
        scenario->world.app = NULL;
        world_remove(scenario->world.directory);
}

/* How it ends when nothing fails. */
static inline const char *scenario_undisturbed_with(void (*arm)(void), void (*disarm)(void))
{
        static struct scenario scenario;

        scenario_init(&scenario);
        scenario.arm = arm;
        scenario.disarm = disarm;
        for (; scenario.step < SCENARIO_STEPS; scenario.step++)
                assert_int_equal(scenario_try(&scenario), STATUS_OK);
        scenario_end(&scenario);
        assert_non_null(strstr(scenario.end, "alert 1 acknowledged for unit\n"));
        assert_non_null(strstr(scenario.end, "erasure 1: 3 lines, its time has come\nlooks 3\n"));
        scenario_fini(&scenario);
        return scenario.end;
}

static inline const char *scenario_undisturbed(void)
{
        return scenario_undisturbed_with(NULL, NULL);
}

/* Prints the lines of one text that the other does not have. */
static inline void scenario_print_lines(const char *sign, const char *text, const char *other)
{
        for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + (strchr(line, '\n') != NULL)) {
                char copy[512];
                snprintf(copy, sizeof copy, "%.*s\n", (int)strcspn(line, "\n"), line);
                if (strstr(other, copy) == NULL)
                        fprintf(stderr, "%s %s", sign, copy);
        }
}

static inline bool scenario_same(const char *expected, const char *end)
{
        if (strcmp(expected, end) == 0)
                return true;
        scenario_print_lines("undisturbed:", expected, end);
        scenario_print_lines("disturbed:  ", end, expected);
        return false;
}

static inline void assert_same_end(struct scenario *scenario, const char *expected, const char *what, long n)
{
        if (!scenario_same(expected, scenario_end(scenario)))
                fail_msg("%s, moment %ld: the end is another", what, n);
}

#endif
