/*
 * What is committed and not on the disk yet, which lines of the log of accesses may be for a second: after a sync that
 * failed nothing is promised before all of it was made sure of, and neither a copy of the record nor heads of its chains
 * are given out before what they tell of is on the disk.
 */
#include "../failing_sync.h"
#include "mappad/app_access.h"
#include "mappad/app_backup.h"
#include "mappad/app_turn.h"
#include "mappad/app_verify.h"
#include "world.h"

static void begin(struct world *world)
{
        disk.fails = false;
        world_init(world, WORLD_LAW, "2023-01-02");
        /* A log that begins has its head brought to the disk by whatever is written first. */
        world_recorded(world, "{'case':'L-0','event':'lit','on':'2023-01-02'}\n");
        assert_int_equal(app_sync(world->app, world->now), STATUS_OK);
        disk.syncs = 0;
}

static enum status record(struct world *world)
{
        return world_record(world, "{'case':'L-1','event':'lit','on':'2023-01-02'}\n");
}

static void told(void *context, enum status status)
{
        *(enum status *)context = status;
}

/* Somebody reads, and is answered or refused. */
static enum status look(struct world *world)
{
        struct app_access access = {.actor = {.uid = 1000, .name = "clerk"}, .what = "cases", .rows = 1};
        enum status status = STATUS_CORRUPT;

        assert_int_equal(app_access(world->app, &access, told, &status), STATUS_OK);
        app_turn(world->app, world->now);
        return status;
}

static int64_t next_sync(struct world *world)
{
        struct app_wake wake;

        assert_int_equal(app_next_wake(world->app, &wake), STATUS_OK);
        return wake.sync_ms;
}

static void whoever_reads_waits_for_no_disk_and_is_on_it_within_a_second(void **state)
{
        struct world world;

        (void)state;
        begin(&world);
        assert_int_equal(look(&world), STATUS_OK);
        assert_int_equal(disk.syncs, 0);
        assert_int_equal(next_sync(&world), world.now.ms + 1000);
        world.now.ms += 999;
        assert_int_equal(app_sync(world.app, world.now), STATUS_OK);
        assert_int_equal(disk.syncs, 0);
        world.now.ms += 1;
        assert_int_equal(app_sync(world.app, world.now), STATUS_OK);
        assert_int_equal(disk.syncs, 1);
        assert_int_equal(next_sync(&world), INT64_MAX);
        world_fini(&world);
}

/* The error may be of lines that were written before, and is told once. */
static void a_commit_that_fails_has_what_was_written_before_made_sure_of(void **state)
{
        struct world world;

        (void)state;
        begin(&world);
        assert_int_equal(look(&world), STATUS_OK);
        disk.fails = true;
        assert_int_equal(record(&world), STATUS_IO);
        /* It is tried in the next turn, and from then on each second. */
        assert_true(next_sync(&world) <= world.now.ms);
        assert_int_equal(app_sync(world.app, world.now), STATUS_IO);
        assert_int_equal(next_sync(&world), world.now.ms + 1000);
        disk.fails = false;
        disk.syncs = 0;
        assert_int_equal(record(&world), STATUS_OK);
        assert_int_equal(disk.syncs, 2); /* the log as it was, and the commit */
        world_fini(&world);
}

static void after_a_sync_that_failed_nobody_is_promised_anything(void **state)
{
        struct world world;

        (void)state;
        begin(&world);
        assert_int_equal(look(&world), STATUS_OK);
        disk.fails = true;
        world.now.ms += 1000;
        assert_int_equal(app_sync(world.app, world.now), STATUS_IO);
        assert_int_equal(look(&world), STATUS_IO);
        assert_int_equal(record(&world), STATUS_IO);
        disk.fails = false;
        world.now.ms += 1000;
        assert_int_equal(app_sync(world.app, world.now), STATUS_OK);
        assert_int_equal(next_sync(&world), INT64_MAX);
        assert_int_equal(look(&world), STATUS_OK);
        assert_int_equal(record(&world), STATUS_OK);
        world_fini(&world);
}

/* Whoever compares the head with the record after a power cut would take it for one that was tampered with. */
static void heads_are_not_given_out_before_they_are_on_the_disk(void **state)
{
        struct world world;
        struct app_verify *verify = NULL;
        struct wire_problem problem;
        const struct app_verify_heads heads = {.events = NULL};

        (void)state;
        begin(&world);
        assert_int_equal(look(&world), STATUS_OK);
        disk.fails = true;
        assert_int_equal(app_verify_begin(world.app, world.now, &heads, &verify, &problem), STATUS_IO);
        assert_null(verify);
        disk.fails = false;
        disk.syncs = 0;
        assert_int_equal(app_verify_begin(world.app, world.now, &heads, &verify, &problem), STATUS_OK);
        assert_true(disk.syncs > 0);
        app_verify_free(verify);
        /* There is nothing to wait for. */
        disk.syncs = 0;
        assert_int_equal(app_verify_begin(world.app, world.now, &heads, &verify, &problem), STATUS_OK);
        assert_int_equal(disk.syncs, 0);
        app_verify_free(verify);
        world_fini(&world);
}

/* A copy holds what was written while it was made. */
static void a_copy_is_not_given_out_before_what_it_holds_is_on_the_disk(void **state)
{
        struct world world;
        struct app_backup *backup = NULL;
        bool done = false;

        (void)state;
        begin(&world);
        assert_int_equal(app_backup_begin(world.app, world.now, &backup), STATUS_OK);
        assert_int_equal(look(&world), STATUS_OK);
        assert_int_not_equal(next_sync(&world), INT64_MAX);
        while (!done)
                assert_int_equal(app_backup_step(backup, &done), STATUS_OK);
        assert_int_equal(next_sync(&world), INT64_MAX);
        app_backup_free(backup);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whoever_reads_waits_for_no_disk_and_is_on_it_within_a_second),
                cmocka_unit_test(a_commit_that_fails_has_what_was_written_before_made_sure_of),
                cmocka_unit_test(after_a_sync_that_failed_nobody_is_promised_anything),
                cmocka_unit_test(heads_are_not_given_out_before_they_are_on_the_disk),
                cmocka_unit_test(a_copy_is_not_given_out_before_what_it_holds_is_on_the_disk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
