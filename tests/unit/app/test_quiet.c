/*
 * Quiet hours and days that are not worked: what can wait does, a breach does not,
 * and nothing that waited is lost or told twice.
 */
#include "world.h"

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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_digest_waits_for_the_next_working_day),
                cmocka_unit_test(a_breach_does_not_wait_and_takes_along_what_does),
                cmocka_unit_test(quiet_hours_run_over_midnight),
                cmocka_unit_test(what_is_urgent_goes_when_the_quiet_hours_end),
                cmocka_unit_test(an_urgent_booking_after_the_date_is_a_breach),
                cmocka_unit_test(a_heartbeat_of_a_quiet_day_is_made_up_for_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
