/*
 * Snapshots of the record and the store's log: who holds one is pressed the more, the longer the log has grown, and
 * where it is far too long one that is taken while another is out has to be given back at once.
 */
#include "world.h"

#include "../../../daemon/app/inside.h"
#include "mappad/app_query.h"

static int lengths; /* of the log, in lengths that it should have */

int __wrap_store_log_times(const struct store *store);

int __wrap_store_log_times(const struct store *store)
{
        (void)store;
        return lengths;
}

static void the_longer_the_log_the_less_patience(void **state)
{
        static const struct {
                int lengths;
                enum app_room room;
                int haste;
        } rows[] = {
                {0, APP_ROOM_FREE, 0},    {2, APP_ROOM_FREE, 0},    {3, APP_ROOM_PRESSED, 0}, {4, APP_ROOM_PRESSED, 1},
                {5, APP_ROOM_PRESSED, 2}, {7, APP_ROOM_PRESSED, 4}, {8, APP_ROOM_CHOKED, 5},  {90, APP_ROOM_CHOKED, 5},
        };
        struct world world;
        struct store *first = NULL, *second = NULL;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-01");
        lengths = 90;
        assert_int_equal(app_snapshot_room(world.app), APP_ROOM_FREE); /* nobody holds it up */
        assert_int_equal(reader_take(world.app, &first), STATUS_OK);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                lengths = rows[i].lengths;
                assert_int_equal(app_snapshot_room(world.app), rows[i].room);
                assert_int_equal(app_snapshot_haste(world.app), rows[i].haste);
                assert_int_equal(reader_take(world.app, &second), STATUS_OK);
                assert_int_equal(app_snapshot_late(world.app), rows[i].room == APP_ROOM_CHOKED);
                reader_give(world.app, second);
                assert_false(app_snapshot_late(world.app));
        }
        reader_give(world.app, first);
        assert_int_equal(app_snapshot_room(world.app), APP_ROOM_FREE);
        lengths = 8; /* the first of all, which holds up nobody yet, may last */
        assert_int_equal(reader_take(world.app, &first), STATUS_OK);
        assert_false(app_snapshot_late(world.app));
        reader_give(world.app, first);
        lengths = 0;
        world_fini(&world);
}

static void as_many_as_may_be_press_and_no_more_are_given(void **state)
{
        struct store *readers[APP_READERS_MAX], *more = NULL;
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-01");
        for (size_t i = 0; i < APP_READERS_MAX; i++) {
                assert_int_equal(app_snapshot_room(world.app), APP_ROOM_FREE);
                assert_int_equal(reader_take(world.app, &readers[i]), STATUS_OK);
        }
        assert_int_equal(app_snapshot_room(world.app), APP_ROOM_PRESSED);
        assert_int_equal(reader_take(world.app, &more), STATUS_LIMIT);
        for (size_t i = 0; i < APP_READERS_MAX; i++)
                reader_give(world.app, readers[i]);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_longer_the_log_the_less_patience),
                cmocka_unit_test(as_many_as_may_be_press_and_no_more_are_given),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
