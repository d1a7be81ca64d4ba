/*
 * A sync of the log that fails is made up for by writing the log once more, and nothing is said to be kept before that.
 * What a power cut leaves is in tests/fault/test_power_disk.c.
 */
#include "shelf.h"

#include <fcntl.h>

#include "../failing_sync.h"
#include "mappad/store_erase.h"

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

static void begin(struct shelf *shelf)
{
        disk.fails = false;
        shelf_init(shelf);
        shelf_record(shelf, "L-1", NULL);
        added = 1;
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

static void after_a_sync_that_failed_all_is_doubted_until_the_log_was_written_again(void **state)
{
        struct shelf shelf;

        (void)state;
        begin(&shelf);
        disk.fails = true;
        commit_lightly(&shelf);
        assert_false(store_doubted(shelf.store));
        assert_int_equal(store_sync(shelf.store), STATUS_IO);
        assert_true(store_doubted(shelf.store));
        /* The disk works again: a sync that succeeds says nothing of what the other should have brought there. */
        disk.fails = false;
        commit_lightly(&shelf);
        assert_int_equal(store_sync(shelf.store), STATUS_OK);
        assert_true(store_doubted(shelf.store));
        assert_int_equal(store_make_sure(shelf.store), STATUS_OK);
        assert_false(store_doubted(shelf.store));
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
        begin(&shelf);
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
        begin(&shelf);
        commit_lightly(&shelf);
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(shelf.path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint(PASSIVE)", NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        disk.fails = true;
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        uint32_t word;
        assert_int_equal(store_intern(shelf.store, "dark", &word), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_IO);
        assert_true(store_doubted(shelf.store));
        assert_int_equal(store_scrub(shelf.store, &done), STATUS_OK);
        assert_false(done);
        disk.fails = false;
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
        begin(&shelf);
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
        begin(&shelf);
        commit_lightly(&shelf);
        disk.fails = true;
        assert_int_equal(store_make_sure(shelf.store), STATUS_IO);
        disk.fails = false;
        assert_int_equal(store_make_sure(shelf.store), STATUS_OK);
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(after_a_sync_that_failed_all_is_doubted_until_the_log_was_written_again),
                cmocka_unit_test(a_log_that_is_not_what_was_written_is_not_made_sure_of),
                cmocka_unit_test(a_log_that_began_anew_for_a_commit_that_failed_holds_nothing),
                cmocka_unit_test(a_log_that_somebody_reads_is_made_sure_of),
                cmocka_unit_test(a_disk_that_refuses_is_told_of),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
