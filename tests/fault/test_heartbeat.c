/*
 * A full disk, or a death at any write, while what stands is gathered in steps and told: what was gathered is kept
 * while there is no room, nothing says that there is, and nobody is told twice or not at all.
 */
#include "../unit/app/sundays.h"
#include "faulty.h"

#define BUOYS 9

static bool full(struct world *world)
{
        struct app_status status;

        assert_int_equal(app_status(world->app, world->now, &status), STATUS_OK);
        return status.disk_full;
}

/* Sunday has begun; nothing is to be raised on it. */
static void begin_sunday(struct world *world)
{
        bool more = true;

        begin(world, "2023-01-05");
        lay(world, BUOYS);
        next_day(world, "2023-01-14");
        while (more)
                assert_int_equal(app_advance(world->app, world->now, &more), STATUS_OK);
}

static void assert_told_once(struct world *world)
{
        struct letters letters = {.hash = 0};

        assert_int_equal(world_letters(world->app, world->now, 5000, take, &letters), STATUS_OK);
        assert_int_equal(letters.count, 4);
        assert_unit_told(letters, "nothing new; still 9 due soon");
}

static void a_full_disk_keeps_what_was_gathered(void **state)
{
        struct world world;
        bool more = true;

        (void)state;
        begin_sunday(&world);
        faulty_arm(FAULTY_DISK_FULL, 1, true);
        assert_int_equal(world_record(&world, "{'case':'D-1','event':'buoy-laid','item':'B1','on':'2023-01-15'}\n"), STATUS_DISK_FULL);
        for (unsigned i = 0; i < BUOYS - 1; i++) {
                assert_int_equal(a_step(&world, &more), STATUS_OK);
                assert_true(more);
                assert_true(full(&world));
                assert_int_equal(gathered(&world).cases, i + 1);
        }
        for (unsigned tries = 0; tries < 5; tries++) {
                assert_int_equal(a_step(&world, &more), STATUS_DISK_FULL);
                assert_true(full(&world));
                assert_int_equal(gathered(&world).cases, BUOYS);
        }
        faulty_mend();
        assert_int_equal(a_step(&world, &more), STATUS_OK);
        assert_false(more);
        assert_false(gathered(&world).under_way);
        assert_told_once(&world);
        world_fini(&world);
}

static void die(struct world *world)
{
        faulty.dead = true;
        world_crash(world);
        faulty.dead = false;
        faulty_mend();
        world_open(world);
}

static void whoever_dies_at_any_write_tells_once(void **state)
{
        bool fired = true;

        (void)state;
        for (long n = 1; fired; n++) {
                struct world world;
                bool more = true;

                begin_sunday(&world);
                faulty_arm(FAULTY_WRITE, n, true);
                while (more && !faulty.fired)
                        if (a_step(&world, &more) != STATUS_OK)
                                assert_true(faulty.fired);
                fired = faulty.fired;
                if (fired)
                        die(&world);
                faulty_mend();
                for (more = true; more;)
                        assert_int_equal(a_step(&world, &more), STATUS_OK);
                assert_told_once(&world);
                world_fini(&world);
                assert_true(n < 1000 && (fired || n > 2));
        }
}

static int set_up(void **state)
{
        (void)state;
        faulty_begin();
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_full_disk_keeps_what_was_gathered),
                cmocka_unit_test(whoever_dies_at_any_write_tells_once),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
