/*
 * What a turn of the loop does where time counts: whoever only reads is answered
 * first, batches are run for a while and committed, the rest waits for the next
 * turn; steps of long work end early and come to the same end. And a rest.
 */
#include "mappad/app_access.h"
#include "mappad/app_turn.h"
#include "world.h"

/* A stopwatch on which each look takes so long. */
static int64_t now_us, look_us;

static int64_t stopwatch(void)
{
        now_us += look_us;
        return now_us;
}

static void timed_world(struct world *world, int64_t us)
{
        world_init(world, WORLD_LAW, "2023-01-02");
        world_crash(world);
        world->settings.stopwatch_us = stopwatch;
        world->settings.aside = true;
        look_us = us;
        world_open(world);
}

/* Who was answered, in order. */
static char answered[256];

static void batch_done(void *context, const struct app_outcome *outcome)
{
        const char *name = context;

        assert_int_equal(outcome->status, STATUS_OK);
        assert_int_equal(outcome->recorded, 1);
        strncat(answered, name, sizeof answered - strlen(answered) - 1);
}

static void long_done(void *context, const struct app_outcome *outcome)
{
        (void)context;
        assert_int_equal(outcome->status, STATUS_OK);
        strncat(answered, "L", sizeof answered - strlen(answered) - 1);
}

static void access_done(void *context, enum status status)
{
        (void)context;
        assert_int_equal(status, STATUS_OK);
        strncat(answered, "R", sizeof answered - strlen(answered) - 1);
}

static void submit(struct world *world, const char *name)
{
        char line[96];

        snprintf(line, sizeof line, "{'case':'L-%s','event':'lit','on':'2023-01-02'}\n", name);
        app_submit(world->app, world_batch(world, line, false), batch_done, (void *)(uintptr_t)name);
}

static void read_something(struct world *world)
{
        struct app_access access = {.actor = {.uid = 1000, .name = "clerk"}, .what = "cases", .rows = 1};

        assert_int_equal(app_access(world->app, &access, access_done, NULL), STATUS_OK);
}

static const char *turn(struct world *world)
{
        answered[0] = '\0';
        app_turn(world->app, world->now);
        return answered;
}

static void a_turn_records_for_a_while_and_goes_on_in_the_next(void **state)
{
        static const char *const names[] = {"1", "2", "3", "4", "5", "6", "7"};
        struct world world;
        struct app_status status;

        (void)state;
        timed_world(&world, 400);
        for (size_t i = 0; i < 7; i++)
                submit(&world, names[i]);
        /* 400 us a look: three batches in the millisecond that a turn has; the commit between its looks takes 400. */
        assert_string_equal(turn(&world), "123");
        assert_int_equal(app_status(world.app, world.now, &status), STATUS_OK);
        assert_int_equal(status.events, 3);
        assert_true(app_waiting(world.app));
        /* Whoever only reads is answered first, whoever came later is last. */
        read_something(&world);
        submit(&world, "8");
        assert_string_equal(turn(&world), "R456");
        assert_string_equal(turn(&world), "78");
        assert_false(app_waiting(world.app));
        assert_string_equal(turn(&world), "");
        /* Where nobody may be left over, nobody is. */
        for (size_t i = 0; i < 7; i++)
                submit(&world, names[i]);
        answered[0] = '\0';
        app_flush(world.app, world.now);
        assert_string_equal(answered, "1234567");
        world_fini(&world);
}

/* It is recorded as a whole: whoever waits for it waits for nobody else besides. */
static void a_long_batch_has_a_turn_of_its_own(void **state)
{
        static char lines[8000];
        struct world world;
        size_t used = 0;

        (void)state;
        timed_world(&world, 10);
        for (int i = 0; i < 100; i++)
                used += (size_t)snprintf(lines + used, sizeof lines - used, "{'case':'L-A%d','event':'lit','on':'2023-01-02'}\n", i);
        submit(&world, "1");
        app_submit(world.app, world_batch(&world, lines, false), long_done, NULL);
        submit(&world, "2");
        assert_string_equal(turn(&world), "1");
        assert_string_equal(turn(&world), "L2");
        world_fini(&world);
}

/* A commit takes as long as a look; the next turn has twice as long, but no more than 50 ms. */
static void a_slow_disk_has_more_share_a_commit(void **state)
{
        static const char *const names[] = {"1", "2", "3", "4", "5", "6"};
        struct world world;

        (void)state;
        timed_world(&world, 20000);
        submit(&world, "0");
        assert_string_equal(turn(&world), "0");
        for (size_t i = 0; i < 6; i++)
                submit(&world, names[i]);
        assert_string_equal(turn(&world), "12"); /* two looks of 20 ms */
        look_us = 60000;
        assert_string_equal(turn(&world), "3");
        assert_string_equal(turn(&world), "4"); /* 120 ms would be two */
        app_flush(world.app, world.now);
        world_fini(&world);
}

static void without_a_stopwatch_all_that_wait_share_a_turn(void **state)
{
        static const char *const names[] = {"1", "2", "3", "4", "5"};
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        read_something(&world);
        for (size_t i = 0; i < 5; i++)
                submit(&world, names[i]);
        assert_string_equal(turn(&world), "R12345");
        world_fini(&world);
}

/* A record of 40 cases that are late from 1 February on, which somebody is served of meanwhile. */
static const char *told_by_the_sweep(struct world *world)
{
        char line[96];
        int32_t day = world_day("2023-02-28");

        for (int i = 0; i < 40; i++) {
                snprintf(line, sizeof line, "{'case':'L-%d','event':'licensed','licence-ends':'2023-02-27','on':'2023-01-02'}\n", i);
                world_recorded(world, line);
        }
        world_at(world, "2023-02-28", 9);
        struct app_sweep_result result = {.more = true};
        uint64_t raised = 0;
        while (result.more) {
                assert_int_equal(app_sweep(world->app, world->now, (struct sweep_slot){day, 450}, &result), STATUS_OK);
                raised += result.raised;
        }
        assert_int_equal(raised, 40);
        return world_heard(world);
}

static void steps_that_end_early_come_to_the_same_end(void **state)
{
        static char expected[WORLD_TEXT];
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        snprintf(expected, sizeof expected, "%s", told_by_the_sweep(&world));
        world_fini(&world);
        for (int64_t us = 1000; us <= 64000; us *= 4) {
                timed_world(&world, us);
                submit(&world, "9999");
                (void)turn(&world);
                assert_string_equal(told_by_the_sweep(&world), expected);
                world_fini(&world);
        }
}

/* Six buoys that are overdue on the day, which is urgent; each step raises one, and something happens in between. */
static const char *told_in_steps(struct world *world, bool crashes)
{
        static const char *const names[] = {"31", "32", "33", "34", "35", "36", "37", "38"};
        struct app_sweep_result result = {.more = true};
        size_t steps = 0;

        for (int i = 0; i < 6; i++) {
                char line[96];
                snprintf(line, sizeof line, "{'case':'C-%d','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n", i);
                world_recorded(world, line);
        }
        world_at(world, "2023-01-13", 9);
        while (result.more) {
                assert_true(steps < sizeof names / sizeof *names);
                submit(world, names[steps++]);
                (void)turn(world);
                if (crashes) {
                        world_crash(world);
                        world_open(world);
                }
                assert_int_equal(app_sweep(world->app, world->now, (struct sweep_slot){world->now.today, 540}, &result), STATUS_OK);
        }
        assert_true(steps >= 6);
        return world_post(world);
}

static void a_sweep_in_steps_speaks_once_whatever_happens_between_them(void **state)
{
        struct world world;

        (void)state;
        timed_world(&world, 64000);
        assert_string_equal(told_in_steps(&world, false), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 6 overdue\n");
        world_fini(&world);
        timed_world(&world, 64000);
        assert_string_equal(told_in_steps(&world, true), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 6 overdue\n");
        world_fini(&world);
}

static void after_a_rest_everything_goes_on(void **state)
{
        struct world world;

        (void)state;
        timed_world(&world, 1);
        assert_true(app_stirred(world.app));
        assert_false(app_stirred(world.app));
        world_recorded(&world, WORLD_LIT);
        assert_true(app_stirred(world.app));
        (void)app_rest(world.app);
        assert_false(app_stirred(world.app));
        world_live(&world, "2023-02-13");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"4 weeks before\" > unit\n"
                             "stage L-1 inspection due 2023-02-27 \"2 weeks before\" > unit, north\n");
        (void)app_rest(world.app);
        world_recorded(&world, "{'case':'L-1','event':'visited','on':'2023-02-13'}\n");
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_turn_records_for_a_while_and_goes_on_in_the_next),
                cmocka_unit_test(a_long_batch_has_a_turn_of_its_own),
                cmocka_unit_test(a_slow_disk_has_more_share_a_commit),
                cmocka_unit_test(without_a_stopwatch_all_that_wait_share_a_turn),
                cmocka_unit_test(steps_that_end_early_come_to_the_same_end),
                cmocka_unit_test(a_sweep_in_steps_speaks_once_whatever_happens_between_them),
                cmocka_unit_test(after_a_rest_everything_goes_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
