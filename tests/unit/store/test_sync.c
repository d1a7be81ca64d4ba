/*
 * The log is brought to the disk by a thread: what it says is on the disk was synced after it was committed, a sync that
 * fails is made up for by writing the log once more, and nothing is said to be kept before that. What a power cut leaves
 * is in tests/fault/test_power_aside.c.
 */
#include "shelf.h"

#include <fcntl.h>

#include "../held_sync.h"
#include "mappad/store_erase.h"
#include "mappad/store_sync.h"

static uint64_t added;

static void commit_lightly(struct shelf *shelf)
{
        struct store_line line = {.on = 19000, .recorded_ms = 1, .case_id = 1, .person = 1};

        assert_int_equal(store_begin_lightly(shelf->store), STATUS_OK);
        assert_int_equal(store_intern(shelf->store, "lit", &line.type), STATUS_OK);
        assert_int_equal(store_line_add(shelf->store, &line, &(struct store_origin){"L-1", 1000, "clerk"}), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
        added++;
}

static int begin(struct shelf *shelf)
{
        int told = -1;

        disk_set(false, false);
        disk.begun = disk.ended = 0;
        shelf_init(shelf);
        shelf_record(shelf, "L-1", NULL);
        added = 1;
        assert_int_equal(store_sync_aside(shelf->store, &told), STATUS_OK);
        return told;
}

/* Lines in the record as somebody else reads it. */
static int64_t lines(const struct shelf *shelf)
{
        sqlite3 *db = NULL;
        sqlite3_stmt *stmt = NULL;

        assert_int_equal(sqlite3_open(shelf->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM event", -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        int64_t count = sqlite3_column_int64(stmt, 0);
        sqlite3_finalize(stmt);
        sqlite3_close(db);
        return count;
}

static void a_number_is_reached_by_a_sync_that_began_after_it(void **state)
{
        struct shelf shelf;
        int told = begin(&shelf);

        (void)state;
        assert_int_equal(store_synced(shelf.store).number, 0);
        disk_set(true, false);
        commit_lightly(&shelf);
        assert_int_equal(store_sync_ask(shelf.store), 1);
        disk_await_begun(1);
        /* What is asked for while it is under way shares the next one. */
        commit_lightly(&shelf);
        assert_int_equal(store_sync_ask(shelf.store), 2);
        commit_lightly(&shelf);
        assert_int_equal(store_sync_ask(shelf.store), 3);
        assert_int_equal(store_synced(shelf.store).number, 0);
        disk_set(false, false);
        while (store_synced(shelf.store).number < 3)
                assert_true(disk_await_told(told));
        assert_int_equal(disk.ended, 2);
        assert_false(store_synced(shelf.store).failed);
        shelf_fini(&shelf);
}

static void after_a_sync_that_failed_none_counts_until_the_log_was_written_again(void **state)
{
        struct shelf shelf;
        int told = begin(&shelf);

        (void)state;
        disk_set(false, true);
        commit_lightly(&shelf);
        assert_int_equal(store_sync_ask(shelf.store), 1);
        while (!store_synced(shelf.store).failed)
                assert_true(disk_await_told(told));
        assert_int_equal(store_synced(shelf.store).number, 0);
        /* The disk works again: a sync that succeeds says nothing of what the other should have brought there. */
        disk_set(false, false);
        commit_lightly(&shelf);
        assert_int_equal(store_sync_ask(shelf.store), 2);
        disk_await_begun(2);
        assert_true(disk_await_told(told));
        assert_true(store_synced(shelf.store).failed);
        assert_int_equal(store_synced(shelf.store).number, 0);
        assert_int_equal(store_make_sure(shelf.store), STATUS_OK);
        assert_false(store_synced(shelf.store).failed);
        assert_int_equal(store_synced(shelf.store).number, 2);
        assert_int_equal(lines(&shelf), added);
        shelf_fini(&shelf);
}

/* What a page of the log was dropped from memory for, and read back as the disk has it, is not called kept. */
static void a_log_that_is_not_what_was_written_is_not_made_sure_of(void **state)
{
        struct shelf shelf;
        char path[160];
        off_t before, after;

        (void)state;
        (void)begin(&shelf);
        snprintf(path, sizeof path, "%s-wal", shelf.path);
        int log = open(path, O_RDWR);
        before = lseek(log, 0, SEEK_END);
        commit_lightly(&shelf);
        after = lseek(log, 0, SEEK_END);
        assert_true(after > before);
        for (off_t at = before; at < after; at += 1031) {
                unsigned char was, now;
                assert_int_equal(pread(log, &was, 1, at), 1);
                now = was ^ 4;
                assert_int_equal(pwrite(log, &now, 1, at), 1);
                assert_int_equal(store_make_sure(shelf.store), STATUS_IO);
                assert_int_equal(pwrite(log, &was, 1, at), 1);
                assert_int_equal(store_make_sure(shelf.store), STATUS_OK);
        }
        close(log);
        shelf_fini(&shelf);
}

/* A log whose content is all in the file begins anew with the next commit: if that fails nothing of it is missed. */
static void a_log_that_began_anew_for_a_commit_that_failed_holds_nothing(void **state)
{
        struct shelf shelf;
        bool done = false;

        (void)state;
        (void)begin(&shelf);
        commit_lightly(&shelf);
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(shelf.path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint(PASSIVE)", NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        disk_set(false, true);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        uint32_t word;
        assert_int_equal(store_intern(shelf.store, "dark", &word), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_IO);
        assert_true(store_doubted(shelf.store));
        assert_int_equal(store_scrub(shelf.store, &done), STATUS_OK);
        assert_false(done);
        disk_set(false, false);
        assert_int_equal(store_make_sure(shelf.store), STATUS_OK);
        assert_false(store_doubted(shelf.store));
        commit_lightly(&shelf);
        assert_int_equal(store_make_sure(shelf.store), STATUS_OK);
        assert_int_equal(lines(&shelf), added);
        shelf_fini(&shelf);
}

/* A reader does not stand in the way. */
static void a_log_that_somebody_reads_is_made_sure_of(void **state)
{
        struct shelf shelf;
        struct store *reader = NULL;

        (void)state;
        (void)begin(&shelf);
        assert_int_equal(store_reader_open(shelf.store, &reader), STATUS_OK);
        commit_lightly(&shelf);
        assert_int_equal(store_make_sure(shelf.store), STATUS_OK);
        store_close(reader);
        assert_int_equal(lines(&shelf), added);
        shelf_fini(&shelf);
}

static void a_disk_that_refuses_is_told_of(void **state)
{
        struct shelf shelf;

        (void)state;
        (void)begin(&shelf);
        commit_lightly(&shelf);
        disk_set(false, true);
        assert_int_equal(store_make_sure(shelf.store), STATUS_IO);
        disk_set(false, false);
        assert_int_equal(store_make_sure(shelf.store), STATUS_OK);
        shelf_fini(&shelf);
}

/* Nothing is lost by an end that comes while something was asked for: the log is whole. */
static void the_end_waits_for_the_thread(void **state)
{
        struct shelf shelf;

        (void)state;
        for (int i = 0; i < 50; i++) {
                (void)begin(&shelf);
                commit_lightly(&shelf);
                (void)store_sync_ask(shelf.store);
                shelf_close(&shelf);
                shelf_open(&shelf);
                assert_int_equal(lines(&shelf), added);
                shelf_fini(&shelf);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_number_is_reached_by_a_sync_that_began_after_it),
                cmocka_unit_test(after_a_sync_that_failed_none_counts_until_the_log_was_written_again),
                cmocka_unit_test(a_log_that_is_not_what_was_written_is_not_made_sure_of),
                cmocka_unit_test(a_log_that_began_anew_for_a_commit_that_failed_holds_nothing),
                cmocka_unit_test(a_log_that_somebody_reads_is_made_sure_of),
                cmocka_unit_test(a_disk_that_refuses_is_told_of),
                cmocka_unit_test(the_end_waits_for_the_thread),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
