/*
 * The clock of the machine is set while the daemon lives: years ahead, years
 * behind, back over midnight. Nothing sleeps for ever and nothing is undone.
 */
#include "../unit/app/world.h"

static void a_clock_that_was_years_ahead_stops_no_sweep(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_sweep(&world, "2023-01-02");
        world_sweep(&world, "2031-01-02");
        (void)world_heard(&world); /* what was told under the wrong clock stays told */
        world_at(&world, "2023-01-03", 9);
        world_recorded(&world, "{'case':'L-2','event':'classed','class':'2','keeper':'south','on':'2023-01-03'}\n"
                               "{'case':'L-2','event':'lit','on':'2023-01-03'}");
        assert_int_equal(app_last_sweep(world.app).day, world_day("2023-01-02"));
        world_obligations(&world, "inspection");
        assert_string_equal(world.text, "L-1 inspection open 2023-02-27\nL-2 inspection open 2023-02-28\n");
        world_live(&world, "2023-01-31");
        assert_heard(&world, "stage L-2 inspection due 2023-02-28 \"4 weeks before\" > unit\n");
        world_fini(&world);
}

/* L-1 is due eight weeks after 2 January, on 27 February: four weeks before is 30 January. */
static void a_clock_that_was_years_behind_leaves_nobody_asleep(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_sweep(&world, "2023-01-02");
        world_sweep(&world, "2021-03-01");
        world_obligations(&world, "inspection");
        assert_string_equal(world.text, "");
        world_recorded(&world, "{'case':'L-1','event':'noted','on':'2021-03-01'}");
        assert_heard(&world, "");
        world_sweep(&world, "2023-01-30");
        world_obligations(&world, "inspection");
        assert_string_equal(world.text, "L-1 inspection due-soon 2023-02-27\n");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"4 weeks before\" > unit\n");
        world_fini(&world);
}

static void a_clock_that_steps_back_over_midnight_undoes_nothing(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-01-30");
        (void)world_heard(&world);
        world_at(&world, "2023-01-29", 23);
        world_recorded(&world, "{'case':'L-1','event':'noted','on':'2023-01-30'}");
        assert_heard(&world, "");
        assert_int_equal(app_last_sweep(world.app).day, world_day("2023-01-30"));
        world_fini(&world);
}

/* The same morning once more, and then the hour that was lost. */
static void a_clock_that_steps_by_minutes_tells_nothing_twice_and_leaves_nothing_out(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-01-30");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"4 weeks before\" > unit\n");
        world.now.ms -= 100 * 60000; /* before the hour of the sweep */
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        assert_heard(&world, "");
        world.now.ms += 200 * 60000;
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        assert_heard(&world, "");
        assert_int_equal(app_last_sweep(world.app).day, world_day("2023-01-30"));
        world_live(&world, "2023-02-13");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"2 weeks before\" > unit, north\n");
        world_fini(&world);
}

static void count_message(void *context, const struct app_message *message)
{
        (void)message;
        (*(size_t *)context)++;
}

static size_t messages_due(struct world *world)
{
        size_t count = 0;

        assert_int_equal(app_outbox_due(world->app, world->now, NULL, 100, count_message, &count), STATUS_OK);
        return count;
}

/* What was written in a year that is not yet, or was to be tried again in it, does not wait for that year. */
static void a_message_does_not_wait_for_a_time_that_the_clock_has_left(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-01-30");
        size_t waiting = messages_due(&world);
        assert_true(waiting > 0);
        world_at(&world, "2022-01-30", 9);
        assert_int_equal(messages_due(&world), 0);
        world_obligations(&world, "inspection");
        assert_int_equal(messages_due(&world), waiting);
        world_fini(&world);
}

/* Recorded a year late by the wrong clock, the feast of 10 January is old; by the right one it was yesterday, and no sweep
 * of a day that has been has told of it. */
static void what_was_reached_since_the_last_sweep_that_has_been_is_told(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_sweep(&world, "2023-01-02");
        world_sweep(&world, "2024-01-02");
        (void)world_heard(&world);
        world_recorded(&world, "{'case':'L-2','event':'feast-set','feast':'2023-01-10','on':'2023-01-03'}");
        world_sweep(&world, "2024-01-03");
        assert_heard(&world, "");
        world_at(&world, "2023-01-11", 7);
        world_obligations(&world, "inspection");
        world_sweep(&world, "2023-01-11");
        assert_heard(&world, "stage L-2 feast due 2023-01-10 \"due\" > unit\n");
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_clock_that_was_years_ahead_stops_no_sweep),
                cmocka_unit_test(a_clock_that_was_years_behind_leaves_nobody_asleep),
                cmocka_unit_test(a_clock_that_steps_back_over_midnight_undoes_nothing),
                cmocka_unit_test(a_clock_that_steps_by_minutes_tells_nothing_twice_and_leaves_nothing_out),
                cmocka_unit_test(what_was_reached_since_the_last_sweep_that_has_been_is_told),
                cmocka_unit_test(a_message_does_not_wait_for_a_time_that_the_clock_has_left),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
