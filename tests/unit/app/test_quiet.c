/*
 * Quiet hours, days that are not worked, and the rest of an import: what can wait does, a breach does not wait for a
 * morning, and nothing that waited is lost or told twice.
 */
#include "world.h"

#include <sqlite3.h>

#include "mappad/app_turn.h"

#define LAID(reference, on) "{'case':'" reference "','event':'buoy-laid','item':'B1','on':'" on "'}\n"
static void begin(struct world *world, const char *day, struct app_quiet quiet)
{
        world_init(world, WORLD_LAW, day);
        world_crash(world);
        world->settings.quiet = quiet;
        world_open(world);
}

static void at(struct world *world, const char *day, int hour)
{
        world_at(world, day, hour);
        world->now.minute = hour * 60;
}

static void sweep(struct world *world, const char *day, int hour)
{
        at(world, day, hour);
        assert_int_equal(app_sweep(world->app, world->now, (struct sweep_slot){world->now.today, hour * 60}, &(struct app_sweep_result){0}),
                         STATUS_OK);
}

/* Laid on 31 December, recorded on Saturday 7 January: due on Tuesday the 10th, told of from Friday the 6th on. */
static void a_digest_waits_for_the_next_working_day(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-01-02", (struct app_quiet){.working_days = true});
        sweep(&world, "2023-01-06", 9);
        at(&world, "2023-01-07", 8);
        world_recorded(&world, LAID("C-1", "2022-12-31"));
        sweep(&world, "2023-01-07", 9);
        sweep(&world, "2023-01-08", 9);
        assert_string_equal(world_post(&world), "");
        sweep(&world, "2023-01-09", 9);
        assert_non_null(strstr(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 due soon\n"));
        sweep(&world, "2023-01-10", 9);
        assert_string_equal(world_post(&world), "");
        world_fini(&world);
}

static void a_breach_does_not_wait_and_takes_along_what_does(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-01-02", (struct app_quiet){.working_days = true});
        world_recorded(&world, WORLD_LIT);
        sweep(&world, "2023-02-17", 9); /* a Friday; due in ten days */
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 due soon\n"
                                                "north@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 due soon\n");
        at(&world, "2023-02-24", 9);
        world_recorded(&world, LAID("C-9", "2023-02-15")); /* due on Saturday 25 February, told of at once but not urgent */
        sweep(&world, "2023-02-26", 9);                    /* a Sunday: the buoy is overdue, which is urgent as well */
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue\n");
        world_fini(&world);
}

static void quiet_hours_run_over_midnight(void **state)
{
        static const struct {
                int minute;
                bool quiet;
        } table[] = {{19 * 60 - 1, false}, {19 * 60, true}, {0, true}, {7 * 60 - 1, true}, {7 * 60, false}, {12 * 60, false}};

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                struct world world;

                begin(&world, "2023-01-02", (struct app_quiet){.from = 19 * 60, .until = 7 * 60});
                world_recorded(&world, LAID("C-1", "2023-01-02"));
                at(&world, "2023-01-09", 0);
                world.now.minute = table[i].minute;
                assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
                assert_string_equal(world_post(&world),
                                    table[i].quiet ? "" : "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 due soon\n");
                world_fini(&world);
        }
}

static const char urgent_law[] = "rules = (" WORLD_RULE(
        "buoy-check", "per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; };"
                      " met-by = { event = \"buoy-checked\"; }; urgent = true; alerts = ( { at = \"3 days before\"; to = \"unit\"; } );") ");";

static void what_is_urgent_goes_when_the_quiet_hours_end(void **state)
{
        struct world world;
        struct app_wake wake;

        (void)state;
        world_init(&world, urgent_law, "2023-01-02");
        world_crash(&world);
        world.settings.quiet = (struct app_quiet){.from = 19 * 60, .until = 7 * 60};
        world_open(&world);
        at(&world, "2023-01-09", 22);
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        assert_string_equal(world_post(&world), "");
        assert_int_equal(app_next_wake(world.app, &wake), STATUS_OK);
        assert_true(wake.withheld);
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), "");
        world_crash(&world); /* what waits is known from the record, not remembered */
        world_open(&world);
        at(&world, "2023-01-10", 7);
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 due soon\n");
        assert_int_equal(app_next_wake(world.app, &wake), STATUS_OK);
        assert_false(wake.withheld);
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), "");
        world_fini(&world);
}

/* ---- what waits for the rest of an import ---- */

#define THREE_URGENT "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 3 due soon\n"
#define TWO_URGENT "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 2 due soon\n"

static void submit_piece(struct world *world, const char *lines, bool dry_run)
{
        struct app_batch *batch = world_batch(world, lines, dry_run);

        app_batch_more(batch);
        app_submit(world->app, batch, world_done, world);
        app_flush(world->app, world->now);
        assert_int_equal(world->status, STATUS_OK);
}

/* Two pieces of an import on 9 January, each with a buoy that is due on the 12th and urgent since the 9th. */
static void begin_import(struct world *world)
{
        world_init(world, urgent_law, "2023-01-02");
        at(world, "2023-01-09", 10);
        submit_piece(world, LAID("C-1", "2023-01-02"), false);
        submit_piece(world, LAID("C-2", "2023-01-02"), false);
        assert_string_equal(world_post(world), "");
}

static int64_t speaks_at(struct world *world)
{
        struct app_wake wake;

        assert_int_equal(app_next_wake(world->app, &wake), STATUS_OK);
        return wake.speak_ms;
}

static void the_pieces_of_an_import_bring_one_message(void **state)
{
        struct world world;

        (void)state;
        begin_import(&world);
        app_submit(world.app, world_batch(&world, LAID("C-3", "2023-01-02"), true), world_done, &world);
        app_flush(world.app, world.now); /* a trial is nothing that is recorded */
        assert_string_equal(world_post(&world), "");
        world_recorded(&world, LAID("C-3", "2023-01-02"));
        assert_string_equal(world_post(&world), THREE_URGENT);
        assert_true(speaks_at(&world) == INT64_MAX);
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), "");
        world_fini(&world);
}

static struct app_importing importing(struct world *world)
{
        struct app_status status;

        assert_int_equal(app_status(world->app, world->now, &status), STATUS_OK);
        return status.importing;
}

static void record_as(struct world *world, uint32_t uid, const char *line)
{
        const struct app_actor actor = {.uid = uid, .name = "somebody"};
        struct app_batch *batch = NULL;

        assert_int_equal(app_batch_new(world->app, world->now, actor, false, &batch), STATUS_OK);
        assert_int_equal(app_batch_add_body(batch, line, strlen(line)), STATUS_OK);
        app_submit(world->app, batch, world_done, world);
        app_flush(world->app, world->now);
        assert_int_equal(world->status, STATUS_OK);
}

/* Until its last piece was recorded, whatever others do, or until nothing followed for half a minute. */
static void the_status_says_how_far_an_import_is(void **state)
{
        struct world world;
        int64_t since_ms;

        (void)state;
        begin_import(&world);
        since_ms = world.now.ms;
        assert_true(importing(&world).under_way);
        assert_int_equal(importing(&world).events, 2);
        world.now.ms += APP_MORE_MS - 1;
        record_as(&world, 2000, "{\"case\":\"D-1\",\"event\":\"lit\",\"on\":\"2023-01-02\"}\n");
        submit_piece(&world, LAID("C-9", "2023-01-02"), true); /* a trial */
        assert_true(importing(&world).under_way);
        submit_piece(&world, "{'id':'again','case':'C-3','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n", false);
        submit_piece(&world, "{'id':'again','case':'C-3','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n", false);
        assert_int_equal(importing(&world).events, 3);
        assert_int_equal(importing(&world).repeated, 1);
        assert_true(importing(&world).since_ms == since_ms);
        world_recorded(&world, LAID("C-4", "2023-01-02"));
        assert_false(importing(&world).under_way);
        world.now.ms++;
        submit_piece(&world, LAID("C-5", "2023-01-02"), false);
        assert_int_equal(importing(&world).events, 1);
        assert_true(importing(&world).since_ms == world.now.ms);
        world.now.ms += APP_MORE_MS;
        assert_false(importing(&world).under_way);
        submit_piece(&world, LAID("C-6", "2023-01-02"), false);
        assert_int_equal(importing(&world).events, 1); /* another one */
        world.now.ms -= DAY_MS;
        assert_false(importing(&world).under_way); /* the clock was set back */
        world_fini(&world);
}

static void what_does_not_follow_is_not_waited_for(void **state)
{
        struct world world;

        (void)state;
        begin_import(&world);
        assert_true(speaks_at(&world) == world.now.ms + APP_MORE_MS);
        world.now.ms += APP_MORE_MS - 1;
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), "");
        world.now.ms++;
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), TWO_URGENT);
        assert_true(speaks_at(&world) == INT64_MAX);
        world_fini(&world);
}

/* Pieces that follow each other for ever, in 20 seconds each: what waits since the first is written after five minutes, and
 * so is what waits since the next one. */
static void pieces_without_an_end_hold_nothing_for_long(void **state)
{
        struct world world;
        char line[120], due[120];
        unsigned pieces = 2, number = 2;

        (void)state;
        begin_import(&world);
        for (unsigned turn = 0; turn < 2; turn++) {
                int64_t began_ms = world.now.ms;

                while (world.now.ms < began_ms + 5 * 60000) {
                        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
                        assert_string_equal(world_post(&world), "");
                        assert_true(speaks_at(&world) <= began_ms + 5 * 60000);
                        world.now.ms += 20000;
                        snprintf(line, sizeof line, LAID("C-%u", "2023-01-02"), ++number);
                        submit_piece(&world, line, false);
                        pieces++;
                }
                snprintf(due, sizeof due, "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: %u due soon\n", pieces);
                assert_string_equal(world_post(&world), due);
                assert_true(speaks_at(&world) == INT64_MAX);
                snprintf(line, sizeof line, LAID("C-%u", "2023-01-02"), ++number);
                submit_piece(&world, line, false);
                pieces = 1;
        }
        world_fini(&world);
}

static void a_clock_that_is_set_back_makes_nobody_wait(void **state)
{
        struct world world;

        (void)state;
        begin_import(&world);
        world.now.ms -= 3600000;
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), TWO_URGENT);
        world_fini(&world);
}

static void a_kill_in_an_import_silences_nothing(void **state)
{
        struct world world;

        (void)state;
        begin_import(&world);
        world_crash(&world);
        world_open(&world);
        assert_true(speaks_at(&world) <= world.now.ms);
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), TWO_URGENT);
        assert_true(speaks_at(&world) == INT64_MAX);
        world_fini(&world);
}

static void an_urgent_booking_after_the_date_is_a_breach(void **state)
{
        struct world world;

        (void)state;
        world_init(&world,
                   "rules = (" WORLD_RULE("inspection",
                                          "applies = { class = \"2\"; }; every = \"8 weeks after\"; met-by = { event = \"visited\"; };"
                                          " booked-by = \"next-visit\"; urgent = true; alerts = ( { at = \"2 weeks before\"; to = \"unit\"; } );") ");",
                   "2023-01-02");
        world_crash(&world);
        world.settings.quiet = (struct app_quiet){.from = 19 * 60, .until = 7 * 60};
        world_open(&world);
        world_recorded(&world, "{'case':'L-1','event':'classed','class':'2','on':'2023-01-02'}\n");
        at(&world, "2023-02-01", 23);
        world_recorded(&world, "{'case':'L-1','event':'visit-booked','next-visit':'2023-03-09','on':'2023-02-01'}\n");
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 booked late\n");
        world_fini(&world);
}

/* Heartbeats are on Sundays here, which is no working day: Monday makes up for it, once. */
static void a_heartbeat_of_a_quiet_day_is_made_up_for_once(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-01-02", (struct app_quiet){.working_days = true});
        for (int day = 3; day <= 8; day++) {
                char text[24];
                snprintf(text, sizeof text, "2023-01-%02d", day);
                sweep(&world, text, 9);
                assert_string_equal(world_post(&world), "");
        }
        world_crash(&world);
        world_open(&world);
        sweep(&world, "2023-01-09", 9);
        assert_non_null(strstr(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: nothing due\n"));
        sweep(&world, "2023-01-10", 9);
        assert_string_equal(world_post(&world), "");
        world_fini(&world);
}

static struct world *begin_nights(struct world *world, const char *law, const char *contacts)
{
        world_init(world, law, "2023-01-02");
        world_crash(world);
        world->settings.quiet = (struct app_quiet){.from = 19 * 60, .until = 7 * 60};
        world->contacts = contacts;
        world_open(world);
        return world;
}

#define OFFICE(mailboxes)                                                                                                                \
        "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"                                                              \
        "agencies = ( { name = \"north\"; spoc = [\"north@sea.example\"]; }, { name = \"south\"; spoc = [\"south@sea.example\"]; } );\n"   \
        "roles = ( { name = \"unit\"; mailboxes = [" mailboxes "]; }, { name = \"chair\"; mailboxes = [\"chair@sea.example\"]; } );\n"

static void refuse_first(void *context, const struct app_message *message)
{
        struct world *world = context;
        bool refused = strcmp(message->recipient, "first@sea.example") == 0;
        struct app_report report = {.id = message->id, .verdict = refused ? VERDICT_PERMANENT : VERDICT_SENT};

        assert_int_equal(app_outbox_report(world->app, report), STATUS_OK);
}

/* A mailbox of the unit is refused at night, so that the other one shall hear of it in the morning; by then there is no
 * other one. The word about it is in no letter and so not told: the next digest has it, whomever the unit means then. */
static void what_no_letter_carries_is_not_told(void **state)
{
        static const char both[] = OFFICE("\"first@sea.example\", \"second@sea.example\"");
        static const char *const later[] = {OFFICE("\"first@sea.example\""), OFFICE("\"third@sea.example\"")};
        static const char *const told[] = {"first@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 to check in the record\n",
                                           "third@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 to check in the record\n"};
        struct world world;

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                begin_nights(&world, urgent_law, both);
                sweep(&world, "2023-01-08", 9); /* a Sunday: everybody is written to */
                at(&world, "2023-01-08", 22);
                assert_int_equal(app_outbox_due(world.app, world.now, 0, 100, refuse_first, &world), STATUS_OK);
                app_flush(world.app, world.now);
                assert_heard(&world, "delivery first@sea.example > unit\n");
                assert_int_equal(app_reload(world.app, world.now, world_rules(&world, urgent_law, later[0]), world.problem), STATUS_OK);
                at(&world, "2023-01-09", 7);
                assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
                assert_string_equal(world_post(&world), "");
                if (i == 1)
                        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, urgent_law, later[1]), world.problem),
                                         STATUS_OK);
                sweep(&world, "2023-01-09", 9);
                assert_string_equal(world_post(&world), told[i]);
                sweep(&world, "2023-01-10", 9);
                assert_string_equal(world_post(&world), "");
                world_fini(&world);
        }
}

/* Past the application, which has the file to itself but for those who read. */
static void past(struct world *world, const char *sql)
{
        char path[128], *problem = NULL;
        sqlite3 *db = NULL;

        snprintf(path, sizeof path, "%s/mappad.db", world->directory);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        if (sqlite3_exec(db, sql, NULL, NULL, &problem) != SQLITE_OK)
                fail_msg("%s", problem);
        sqlite3_close(db);
}

static const char warning_law[] = "rules = (" WORLD_RULE(
        "buoy-check", "per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; };"
                      " met-by = { event = \"buoy-checked\"; }; urgent = true;"
                      " alerts = ( { at = \"3 days before\"; to = \"unit\"; }, { at = \"overdue\"; to = \"unit\"; } );") ");";

/* Alert 1 warns of a buoy, urgently, and waits for the morning. */
static void warn_at_night(struct world *world)
{
        begin_nights(world, warning_law, world_contacts);
        at(world, "2023-01-09", 22);
        world_recorded(world, LAID("C-1", "2023-01-02"));
        assert_heard(world, "stage C-1 buoy-check/B1 due 2023-01-12 \"3 days before\" > unit\n");
        assert_string_equal(world_post(world), "");
}

#define OVERDUE_NOW "{'case':'C-2','event':'buoy-laid','item':'B1','on':'2022-12-20'}\n"

/* More routes than anybody has, all of them withheld, before the one on which there is a breach. */
static void a_breach_is_found_behind_any_number_of_routes(void **state)
{
        static const char ghosts[] = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)"
                                     " INSERT INTO route (alert, kind, name, pending) SELECT 1, (SELECT kind FROM route WHERE name = 'unit'),"
                                     " printf('ghost-%d', i), 2 FROM n";
        struct world world;

        (void)state;
        warn_at_night(&world);
        past(&world, ghosts);
        world_recorded(&world, OVERDUE_NOW);
        assert_heard(&world, "stage C-2 buoy-check/B1 due 2022-12-30 \"overdue\" > unit\n");
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue, 1 due soon\n");
        world_fini(&world);
}

/* An alert never changes: were it looked at again, the change that is made to it here past the application would show. */
static void what_waits_is_looked_at_once(void **state)
{
        struct world world;

        (void)state;
        warn_at_night(&world);
        past(&world, "DROP TRIGGER alert_no_update; UPDATE alert SET state = 4 WHERE id = 1"); /* OBLIGATION_OVERDUE */
        world_recorded(&world, "{'case':'C-3','event':'lit','on':'2023-01-09'}\n");
        assert_string_equal(world_post(&world), "");
        world_recorded(&world, OVERDUE_NOW); /* a breach takes along what waits, looked at or not */
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue, 1 due soon\n");
        world_fini(&world);
}

/* A breach that led to nobody, not even to a watch, is tried again each time, whatever is known of what waits beside it. */
static void a_breach_that_led_to_nobody_is_not_taken_for_known(void **state)
{
        static const char none[] = "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
                                   "agencies = ( { name = \"north\"; spoc = [\"north@sea.example\"]; }, { name = \"south\"; spoc = [\"south@sea.example\"]; } );\n"
                                   "roles = ( { name = \"unit\"; mailboxes = [\"unit@sea.example\"]; until = \"2022-12-31\"; },\n"
                                   "  { name = \"chair\"; mailboxes = [\"chair@sea.example\"]; } );\n";
        struct world world;

        (void)state;
        warn_at_night(&world);
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, world.law, none), world.problem), STATUS_OK);
        world_recorded(&world, OVERDUE_NOW);
        assert_string_equal(world_post(&world), "");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, world.law, world_contacts), world.problem), STATUS_OK);
        world_recorded(&world, "{'case':'C-3','event':'lit','on':'2023-01-09'}\n");
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue, 1 due soon\n");
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_digest_waits_for_the_next_working_day),
                cmocka_unit_test(a_breach_does_not_wait_and_takes_along_what_does),
                cmocka_unit_test(quiet_hours_run_over_midnight),
                cmocka_unit_test(what_is_urgent_goes_when_the_quiet_hours_end),
                cmocka_unit_test(the_pieces_of_an_import_bring_one_message),
                cmocka_unit_test(the_status_says_how_far_an_import_is),
                cmocka_unit_test(what_does_not_follow_is_not_waited_for),
                cmocka_unit_test(pieces_without_an_end_hold_nothing_for_long),
                cmocka_unit_test(a_clock_that_is_set_back_makes_nobody_wait),
                cmocka_unit_test(a_kill_in_an_import_silences_nothing),
                cmocka_unit_test(an_urgent_booking_after_the_date_is_a_breach),
                cmocka_unit_test(a_heartbeat_of_a_quiet_day_is_made_up_for_once),
                cmocka_unit_test(what_no_letter_carries_is_not_told),
                cmocka_unit_test(a_breach_is_found_behind_any_number_of_routes),
                cmocka_unit_test(what_waits_is_looked_at_once),
                cmocka_unit_test(a_breach_that_led_to_nobody_is_not_taken_for_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
