/*
 * Commits that a thread brings to the disk: whoever recorded something is told when it is there and not before, in the
 * order in which it was recorded, and so is the listener of alerts; whoever only reads waits for none of it. What could not
 * be brought there is told of to nobody until it was made up for.
 */
#include "../held_sync.h"
#include "mappad/app_access.h"
#include "mappad/app_backup.h"
#include "mappad/app_turn.h"
#include "mappad/app_verify.h"
#include "world.h"

static int64_t now_us;

/* Each look takes so long that a turn has time for one batch, or two. */
static int64_t stopwatch(void)
{
        now_us += 400;
        return now_us;
}

static char answered[256];

static void say(const char *what)
{
        strncat(answered, what, sizeof answered - strlen(answered) - 1);
}

static void batch_done(void *context, const struct app_outcome *outcome)
{
        say(outcome->status == STATUS_OK ? context : outcome->status == STATUS_IO ? "!" : "?");
}

static void access_done(void *context, enum status status)
{
        (void)context;
        say(status == STATUS_OK ? "R" : "r");
}

static void alerts_heard(void *context, uint64_t first, uint64_t last)
{
        char text[64];

        (void)context;
        snprintf(text, sizeof text, "(%d-%d)", (int)first, (int)last);
        say(text);
}

static void begin(struct world *world)
{
        disk_set(false, false);
        disk.begun = disk.ended = 0;
        now_us = 0;
        world_init(world, WORLD_LAW, "2023-01-02");
        world_crash(world);
        world->settings.stopwatch_us = stopwatch;
        world->settings.aside = true;
        world->settings.settles_aside = true;
        world_open(world);
        app_listen(world->app, alerts_heard, NULL);
        /* A log that begins has its head brought to the disk by the commit itself. */
        world_recorded(world, "{'case':'L-0','event':'lit','on':'2023-01-02'}\n");
        answered[0] = '\0';
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

static const char *heard(void)
{
        static char last[sizeof answered];

        snprintf(last, sizeof last, "%s", answered);
        answered[0] = '\0';
        return last;
}

static const char *turn(struct world *world)
{
        app_turn(world->app, world->now);
        return heard();
}

/* The thread has come to the end of something. */
static const char *settle(struct world *world)
{
        assert_true(disk_await_told(app_settle_fd(world->app)));
        app_settle(world->app, world->now);
        return heard();
}

static uint64_t events(struct world *world)
{
        struct app_status status;

        assert_int_equal(app_status(world->app, world->now, &status), STATUS_OK);
        return status.events;
}

static void whoever_recorded_is_told_when_it_is_on_the_disk(void **state)
{
        struct world world;

        (void)state;
        begin(&world);
        disk_set(true, false);
        submit(&world, "1");
        submit(&world, "2");
        submit(&world, "3");
        submit(&world, "4");
        assert_string_equal(turn(&world), "");
        assert_int_equal(events(&world), 4); /* three in a millisecond, and the one of before */
        disk_await_begun(1);
        assert_string_equal(turn(&world), "");
        assert_int_equal(events(&world), 5); /* it can be read */
        app_settle(world.app, world.now);
        assert_string_equal(heard(), "");
        /* Whoever reads does not wait for that disk. */
        read_something(&world);
        assert_string_equal(turn(&world), "R");
        disk_set(false, false);
        char all[sizeof answered] = "";
        while (strchr(all, '4') == NULL)
                strncat(all, settle(&world), sizeof all - strlen(all) - 1);
        assert_string_equal(all, "1234");
        world_fini(&world);
}

/* Two batches are committed, and the thread is held while it brings them to the disk. */
static void two_wait(struct world *world)
{
        begin(world);
        disk_set(true, false);
        submit(world, "1");
        submit(world, "2");
        assert_string_equal(turn(world), "");
        disk_await_begun(1);
}

static void whoever_is_alone_waits_in_the_loop(void **state)
{
        struct world world;

        (void)state;
        begin(&world);
        submit(&world, "1");
        assert_string_equal(turn(&world), "1");
        assert_int_equal(disk.begun, 0);
        /* Not where somebody has read within the last second. */
        read_something(&world);
        assert_string_equal(turn(&world), "R");
        submit(&world, "2");
        assert_string_equal(turn(&world), "");
        assert_string_equal(settle(&world), "2");
        now_us += 1000000;
        submit(&world, "3");
        assert_string_equal(turn(&world), "3");
        world_fini(&world);
}

static void a_commit_that_waits_brings_all_before_it_to_the_disk(void **state)
{
        struct world world;

        (void)state;
        two_wait(&world);
        submit(&world, "3");
        app_flush(world.app, world.now);
        assert_string_equal(heard(), "123");
        submit(&world, "4");
        submit(&world, "5");
        assert_string_equal(turn(&world), "");
        app_flush(world.app, world.now); /* nothing else waits */
        assert_string_equal(heard(), "45");
        disk_set(false, false);
        world_fini(&world);
}

/* SQLite ends a commit that wrote nothing before it comes to the disk: it has brought nothing there. */
static void a_commit_that_writes_nothing_makes_nothing_durable(void **state)
{
        struct world world;

        (void)state;
        two_wait(&world);
        disk.own = 0;
        /* A dry run alone, for which nobody waits in the loop ... */
        app_submit(world.app, world_batch(&world, "{'case':'L-9','event':'lit','on':'2023-01-02'}\n", true),
                   batch_done, (void *)(uintptr_t) "D");
        now_us += 1000000;
        assert_string_equal(turn(&world), "");
        assert_int_equal(disk.own, 0);
        /* ... and one with a flush, which syncs. */
        app_submit(world.app, world_batch(&world, "{'case':'L-9','event':'lit','on':'2023-01-02'}\n", true),
                   batch_done, (void *)(uintptr_t) "E");
        app_flush(world.app, world.now);
        assert_string_equal(heard(), "12DE");
        assert_int_equal(disk.own, 1);
        disk_set(false, false);
        world_fini(&world);
}

/* Whoever says again what is not on the disk yet is not told that it is recorded. */
static void a_repeat_waits_for_what_it_repeats(void **state)
{
        struct world world;
        struct app_sweep_result result = {.more = true};
        uint64_t before = 0;

        (void)state;
        begin(&world);
        world_recorded(&world, "{'id':'x','case':'L-1','event':'licensed','licence-ends':'2023-02-27','on':'2023-01-02'}\n");
        (void)heard();
        assert_int_equal(app_last_alert(world.app, &before), STATUS_OK);
        disk_set(true, false);
        world_at(&world, "2023-02-28", 9);
        while (result.more)
                assert_int_equal(app_sweep(world.app, world.now, (struct sweep_slot){world.now.today, 450}, &result), STATUS_OK);
        disk_await_begun(1);
        disk.own = 0;
        now_us += 1000000;
        app_submit(world.app,
                   world_batch(&world, "{'id':'x','case':'L-1','event':'licensed','licence-ends':'2023-02-27','on':'2023-01-02'}\n", false),
                   batch_done, (void *)(uintptr_t) "P");
        assert_string_equal(turn(&world), "");
        assert_int_equal(disk.own, 0);
        assert_int_equal(app_told_until(world.app), before);
        disk_set(false, false);
        char all[sizeof answered] = "";
        while (strchr(all, 'P') == NULL)
                strncat(all, settle(&world), sizeof all - strlen(all) - 1);
        assert_non_null(strchr(all, '('));
        world_fini(&world);
}

static void mail_that_has_nothing_to_say_makes_nothing_durable(void **state)
{
        static const char *const lines[] = {"{'case':'L-1','event':'lit','on':'2023-01-02'}\n",
                                            "{'case':'L-2','event':'lit','on':'2023-01-02'}\n"};
        struct world world;

        (void)state;
        begin(&world);
        disk_set(true, false);
        for (size_t i = 0; i < 2; i++) {
                struct app_batch *batch = world_batch(&world, lines[i], false);
                app_batch_more(batch);
                app_submit(world.app, batch, batch_done, (void *)(uintptr_t)(i == 0 ? "1" : "2"));
        }
        assert_string_equal(turn(&world), "");
        disk_await_begun(1);
        world.now.ms += APP_MORE_MS + 1000;
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        app_settle(world.app, world.now);
        assert_string_equal(heard(), "");
        disk_set(false, false);
        assert_string_equal(settle(&world), "12");
        world_fini(&world);
}

/* Three cases are late from 27 February on. */
static void alerts_are_heard_of_when_they_are_on_the_disk(void **state)
{
        struct world world;
        struct app_sweep_result result = {.more = true};
        char line[128], first[16], end[16];
        uint64_t before = 0;

        (void)state;
        begin(&world);
        for (int i = 1; i <= 3; i++) {
                snprintf(line, sizeof line,
                         "{'case':'L-%d','event':'licensed','licence-ends':'2023-02-27','on':'2023-01-02'}\n", i);
                world_recorded(&world, line);
        }
        (void)heard();
        assert_int_equal(app_last_alert(world.app, &before), STATUS_OK);
        snprintf(first, sizeof first, "(%d-", (int)before + 1);
        snprintf(end, sizeof end, "-%d)", (int)before + 3);
        disk_set(true, false);
        world_at(&world, "2023-02-28", 9);
        while (result.more)
                assert_int_equal(app_sweep(world.app, world.now, (struct sweep_slot){world.now.today, 450}, &result),
                                 STATUS_OK);
        assert_string_equal(heard(), "");
        assert_int_equal(app_told_until(world.app), before);
        disk_await_begun(1);
        disk_set(false, false);
        char all[sizeof answered] = "";
        while (app_told_until(world.app) != UINT64_MAX)
                strncat(all, settle(&world), sizeof all - strlen(all) - 1);
        /* The first step by itself, all that came while it waited together. */
        assert_ptr_equal(strstr(all, first), all);
        assert_non_null(strstr(all, end));
        world_fini(&world);
}

static void a_sync_that_fails_is_made_up_for_before_anybody_is_told(void **state)
{
        struct world world;

        (void)state;
        begin(&world);
        disk_set(false, true);
        submit(&world, "1");
        submit(&world, "2");
        assert_string_equal(turn(&world), "");
        assert_string_equal(settle(&world), "");
        /* Nothing else is promised: not by a commit that waits, nor is a line of the log that is to be on the disk. */
        submit(&world, "3");
        read_something(&world);
        assert_string_equal(turn(&world), "!r");
        assert_int_equal(app_sync(world.app, world.now), STATUS_IO);
        assert_int_equal(events(&world), 3);
        /* The disk works again: all of it is copied, and then they are told. */
        disk_set(false, false);
        world.now.ms += 1000;
        assert_int_equal(app_sync(world.app, world.now), STATUS_OK);
        assert_string_equal(settle(&world), "12");
        submit(&world, "4");
        read_something(&world);
        assert_string_equal(turn(&world), "R");
        assert_string_equal(settle(&world), "4");
        world_fini(&world);
}

static void the_next_who_records_makes_up_for_it_too(void **state)
{
        struct world world;

        (void)state;
        begin(&world);
        disk_set(false, true);
        submit(&world, "1");
        submit(&world, "2");
        assert_string_equal(turn(&world), "");
        assert_string_equal(settle(&world), "");
        disk_set(false, false);
        submit(&world, "3");
        assert_string_equal(turn(&world), "123");
        world_fini(&world);
}

/* The error may be of what the others wait for, and is told once. */
static void a_commit_that_fails_has_those_before_it_made_sure_of(void **state)
{
        struct world world;

        (void)state;
        two_wait(&world);
        disk_set(true, true);
        assert_int_equal(app_unwatched(world.app, world.now.ms, world.now), STATUS_IO);
        disk_set(true, false);
        disk.own = 0;
        submit(&world, "3");
        assert_string_equal(turn(&world), "123");
        assert_int_equal(disk.own, 2); /* the log as it was, and the commit */
        disk_set(false, false);
        world_fini(&world);
}

/* ... and so are lines of the log of accesses, which waited for nobody. */
static void a_commit_that_fails_alone_has_what_was_written_before_made_sure_of(void **state)
{
        struct world world;
        struct app_wake wake;

        (void)state;
        begin(&world);
        read_something(&world);
        assert_string_equal(turn(&world), "R");
        now_us += 1000000;
        disk_set(false, true);
        submit(&world, "1");
        assert_string_equal(turn(&world), "!");
        /* It is tried in the next turn, and from then on each second. */
        assert_int_equal(app_next_wake(world.app, &wake), STATUS_OK);
        assert_true(wake.sync_ms <= world.now.ms);
        assert_int_equal(app_sync(world.app, world.now), STATUS_IO);
        assert_int_equal(app_next_wake(world.app, &wake), STATUS_OK);
        assert_int_equal(wake.sync_ms, world.now.ms + 1000);
        disk_set(false, false);
        disk.own = 0;
        submit(&world, "2");
        app_flush(world.app, world.now);
        assert_string_equal(heard(), "2");
        assert_int_equal(disk.own, 2);
        world_fini(&world);
}

/* A flush that cannot wait for the thread's sync is tried again like any other. */
static void a_flush_that_fails_is_made_up_for_each_second(void **state)
{
        struct world world;
        struct app_wake wake;

        (void)state;
        two_wait(&world);
        disk_set(true, true);
        app_flush(world.app, world.now);
        assert_string_equal(heard(), "");
        assert_int_equal(app_next_wake(world.app, &wake), STATUS_OK);
        assert_true(wake.sync_ms <= world.now.ms);
        assert_int_equal(app_sync(world.app, world.now), STATUS_IO);
        disk_set(false, false);
        world.now.ms += 1000;
        assert_int_equal(app_sync(world.app, world.now), STATUS_OK);
        assert_string_equal(settle(&world), "12");
        world_fini(&world);
}

/* A copy, or heads that an auditor notes, are not to know of more than the disk; nor does mail leave. */
static void nothing_goes_out_that_is_not_on_the_disk(void **state)
{
        struct world world;
        struct app_backup *backup = NULL;
        struct app_verify *verify = NULL;
        struct wire_problem problem;
        const struct app_verify_heads heads = {.events = NULL};

        (void)state;
        two_wait(&world);
        disk_set(true, true);
        assert_int_equal(app_backup_begin(world.app, world.now, &backup), STATUS_IO);
        assert_int_equal(app_verify_begin(world.app, world.now, &heads, &verify, &problem), STATUS_IO);
        assert_int_equal(app_outbox_due(world.app, world.now, NULL, 10, NULL, NULL), STATUS_IO);
        assert_int_equal(app_outbox_report(world.app, (struct app_report){.id = 1, .verdict = VERDICT_UNDER_WAY}), STATUS_OK);
        assert_false(app_outbox_may_go(world.app));
        disk_set(false, false);
        assert_true(app_outbox_may_go(world.app));
        assert_int_equal(app_verify_begin(world.app, world.now, &heads, &verify, &problem), STATUS_OK);
        assert_string_equal(heard(), "12");
        app_verify_free(verify);
        world_fini(&world);
}

static void whoever_has_gone_is_not_told_and_a_crash_promises_nothing(void **state)
{
        static char gone[] = "1";
        struct world world;

        (void)state;
        begin(&world);
        disk_set(true, false);
        app_submit(world.app, world_batch(&world, "{'case':'L-1','event':'lit','on':'2023-01-02'}\n", false), batch_done, gone);
        submit(&world, "2");
        assert_string_equal(turn(&world), "");
        app_forget(world.app, gone);
        disk_set(false, false);
        assert_string_equal(settle(&world), "2");
        disk_set(true, false);
        submit(&world, "3");
        submit(&world, "4");
        assert_string_equal(turn(&world), "");
        disk_await_begun(2);
        disk_set(false, false);
        world_crash(&world);
        assert_string_equal(heard(), "!!");
        world_open(&world);
        assert_int_equal(events(&world), 5); /* it outlives the process all the same */
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whoever_recorded_is_told_when_it_is_on_the_disk),
                cmocka_unit_test(whoever_is_alone_waits_in_the_loop),
                cmocka_unit_test(a_commit_that_waits_brings_all_before_it_to_the_disk),
                cmocka_unit_test(a_commit_that_writes_nothing_makes_nothing_durable),
                cmocka_unit_test(a_repeat_waits_for_what_it_repeats),
                cmocka_unit_test(mail_that_has_nothing_to_say_makes_nothing_durable),
                cmocka_unit_test(alerts_are_heard_of_when_they_are_on_the_disk),
                cmocka_unit_test(a_sync_that_fails_is_made_up_for_before_anybody_is_told),
                cmocka_unit_test(the_next_who_records_makes_up_for_it_too),
                cmocka_unit_test(a_commit_that_fails_has_those_before_it_made_sure_of),
                cmocka_unit_test(a_commit_that_fails_alone_has_what_was_written_before_made_sure_of),
                cmocka_unit_test(a_flush_that_fails_is_made_up_for_each_second),
                cmocka_unit_test(nothing_goes_out_that_is_not_on_the_disk),
                cmocka_unit_test(whoever_has_gone_is_not_told_and_a_crash_promises_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
