/*
 * A full disk, memory that is refused, or a death at any write, while what stands is gathered in steps and told: what
 * was gathered is kept while there is no room, nothing says that there is, a change that fails fails as a whole, and
 * nobody is told twice or not at all.
 */
#include "../unit/app/sound.h"
#include "../unit/app/sundays.h"
#include "faulty.h"

#include "mappad/app_erase.h"

#define BUOYS 9

/* SQLite's memory: the call that is refused; 0, none is. */
static sqlite3_mem_methods usual;
static long until_refused;
static bool refused;

static bool refuses(void)
{
        if (until_refused == 0 || --until_refused > 0)
                return false;
        refused = true;
        return true;
}

static void *give(int size)
{
        return refuses() ? NULL : usual.xMalloc(size);
}

static void *give_anew(void *block, int size)
{
        return refuses() ? NULL : usual.xRealloc(block, size);
}

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

/* ---- changes between the steps that fail ---- */

static enum status record_one(struct world *world, long call)
{
        until_refused = call;
        return world_record(world, "{'case':'C-004','event':'buoy-laid','item':'B2','on':'2023-01-01'}\n");
}

static enum status erase_one(struct world *world, long call)
{
        struct app_erase_request request = {.ref = "C-003", .force = true, .by = {.uid = 1000, .name = "clerk"}};
        struct app_erase_view view;
        struct wire_problem problem;

        assert_int_equal(app_erase(world->app, world->now, &request, &view, &problem), STATUS_OK);
        request.why = "no longer needed";
        request.confirm = view.confirm;
        until_refused = call;
        return app_erase(world->app, world->now, &request, &view, &problem);
}

/* SQLite takes a transaction back by itself when it has no memory, and what is written after that is written for good: what of
 * a case is taken out of what was gathered is read within the transaction that changes it. */
static void fail_as_a_whole(enum status (*deed)(struct world *world, long call))
{
        bool again = true;

        for (long call = 1; again; call += 1 + call / 4) { /* hundreds in all */
                struct world world;
                bool more = true;
                enum status status;

                begin_sunday(&world);
                for (unsigned i = 0; i < BUOYS - 2; i++)
                        assert_int_equal(a_step(&world, &more), STATUS_OK);
                assert_true(gathered(&world).cases > 4);
                (void)world_post(&world);
                refused = false;
                status = deed(&world, call);
                until_refused = 0;
                again = refused;
                if (status != STATUS_OK)
                        assert_null(strstr(world_post(&world), "urgent"));
                assert_sound(&world);
                for (more = true; more;)
                        assert_int_equal(a_step(&world, &more), STATUS_OK);
                assert_sound(&world);
                assert_true(call < 5000 && (again || call > 20));
                world_fini(&world);
        }
}

static void what_is_recorded_between_steps_fails_as_a_whole(void **state)
{
        (void)state;
        fail_as_a_whole(record_one);
}

static void what_is_erased_between_steps_fails_as_a_whole(void **state)
{
        (void)state;
        fail_as_a_whole(erase_one);
}

static int set_up(void **state)
{
        sqlite3_mem_methods methods;

        (void)state;
        if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual) != SQLITE_OK)
                return 1;
        methods = usual;
        methods.xMalloc = give;
        methods.xRealloc = give_anew;
        if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK)
                return 1;
        faulty_begin();
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_full_disk_keeps_what_was_gathered),
                cmocka_unit_test(whoever_dies_at_any_write_tells_once),
                cmocka_unit_test(what_is_recorded_between_steps_fails_as_a_whole),
                cmocka_unit_test(what_is_erased_between_steps_fails_as_a_whole),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
