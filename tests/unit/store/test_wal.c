/*
 * The log in long pieces: a commit is one write, and is there for whoever else
 * reads the file as soon as the store says so, whatever came before it. What
 * cannot be written is lost with its transaction, and never without it.
 */
#include "shelf.h"

#include "../../../daemon/store/db.h"
#include "../../../daemon/store/wal.h"
#include "../../fault/faulty.h"

#define MANY 1000000

/* Lines of a case in the transaction in hand. */
static void add_lines(struct shelf *shelf, size_t count)
{
        struct store_line line = {.on = 19000, .recorded_ms = 1, .case_id = 1, .person = 1};
        char why[301];

        memset(why, 'y', sizeof why - 1);
        why[sizeof why - 1] = '\0';
        line.why = why;
        assert_int_equal(store_intern(shelf->store, "lit", &line.type), STATUS_OK);
        for (size_t i = 0; i < count; i++)
                assert_int_equal(store_line_add(shelf->store, &line, &(struct store_origin){"L-1", 1000, "clerk"}), STATUS_OK);
}

/* How often the file system is called to write for a commit. */
static long writes_of_commit(struct shelf *shelf, bool lightly)
{
        assert_int_equal(lightly ? store_begin_lightly(shelf->store) : store_begin(shelf->store), STATUS_OK);
        add_lines(shelf, 20);
        faulty_arm(FAULTY_WRITE, MANY, false);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
        long count = MANY - faulty.countdown;
        faulty_mend();
        return count;
}

static void a_commit_is_written_with_one_call(void **state)
{
        struct shelf shelf;

        (void)state;
        faulty_begin();
        shelf_init(&shelf);
        shelf_record(&shelf, "L-1", NULL);
        assert_int_equal(writes_of_commit(&shelf, true), 1);
        assert_int_equal(writes_of_commit(&shelf, false), 2); /* and a sync */
        shelf_fini(&shelf);
}

/* What a connection of somebody else finds: lines, and no damage. */
static uint64_t lines_seen(sqlite3 *other)
{
        sqlite3_stmt *stmt = NULL;

        assert_int_equal(sqlite3_prepare_v2(other, "SELECT count(*) FROM event", -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        uint64_t count = (uint64_t)sqlite3_column_int64(stmt, 0);
        assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
        return count;
}

static void assert_sound(sqlite3 *other)
{
        sqlite3_stmt *stmt = NULL;

        assert_int_equal(sqlite3_prepare_v2(other, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
        assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
}

/* With a small cache pages are written before their transaction ends, read back, and written again where they lie. */
static void others_see_each_commit_and_nothing_else(void **state)
{
        struct shelf shelf;
        sqlite3 *other = NULL;
        uint64_t expected = 1, bad = 1;

        (void)state;
        shelf_init(&shelf);
        shelf_record(&shelf, "L-1", NULL);
        assert_int_equal(sqlite3_exec(shelf.store->db, "PRAGMA cache_size = 12", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_open(shelf.path, &other), SQLITE_OK);
        for (size_t turn = 0; turn < 400; turn++) {
                size_t count = turn * 7919 % 131;
                assert_int_equal(turn % 3 == 0 ? store_begin_lightly(shelf.store) : store_begin(shelf.store), STATUS_OK);
                add_lines(&shelf, count);
                if (turn % 5 == 4) {
                        store_rollback(shelf.store);
                } else {
                        assert_int_equal(store_commit(shelf.store), STATUS_OK);
                        expected += count;
                }
                assert_int_equal(lines_seen(other), expected);
                if (turn % 40 == 0)
                        assert_sound(other);
        }
        assert_sound(other);
        assert_int_equal(sqlite3_close(other), SQLITE_OK);
        assert_int_equal(shelf_verify(&shelf, &bad), STATUS_OK);
        assert_int_equal(bad, 0);
        shelf_fini(&shelf);
}

/* ---- SQLite by itself, over the file system ---- */

static int run(sqlite3 *db, const char *script)
{
        return sqlite3_exec(db, script, NULL, NULL, NULL);
}

static sqlite3 *open_log(const struct shelf *shelf, const char *vfs)
{
        sqlite3 *db = NULL;

        assert_int_equal(sqlite3_open_v2(shelf->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), SQLITE_OK);
        assert_int_equal(run(db, "PRAGMA journal_mode = WAL; PRAGMA cache_size = 10; PRAGMA temp_store = MEMORY"), SQLITE_OK);
        return db;
}

#define MANY_ROWS "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200) "

/* SQLite undoes a statement that the disk was too full for, and no more. What the transaction wrote before it stays. */
static void a_statement_that_fails_takes_no_other_with_it(void **state)
{
        static const char *const failing[] = {
                "SELECT sum(length(body)) FROM event",
                "UPDATE event SET body = zeroblob(1200) WHERE id % 3 = 0",
                "INSERT INTO event (body) SELECT body FROM event",
                "DELETE FROM event WHERE length(body) = 3",
        };

        (void)state;
        faulty_begin();
        for (int n = 1; n <= 160; n++) {
                struct shelf shelf;
                int rc;

                shelf_directory(&shelf);
                sqlite3 *db = open_log(&shelf, wal_vfs()), *other = open_log(&shelf, NULL);
                assert_int_equal(run(db, "CREATE TABLE event (id INTEGER PRIMARY KEY, body)"), SQLITE_OK);
                assert_int_equal(run(db, "BEGIN; " MANY_ROWS "INSERT INTO event (body) SELECT zeroblob(1000) FROM n"), SQLITE_OK);
                faulty_arm(FAULTY_DISK_FULL, n / 8 + 1, n % 2 == 0);
                rc = run(db, failing[n % 4]);
                assert_true(rc == SQLITE_OK || faulty.fired);
                faulty_mend();
                bool goes_on = sqlite3_get_autocommit(db) == 0;
                if (goes_on) {
                        assert_int_equal(run(db, "INSERT INTO event (body) VALUES ('after')"), SQLITE_OK);
                        assert_int_equal(run(db, "COMMIT"), SQLITE_OK);
                }
                assert_sound(db);
                assert_sound(other);
                if (goes_on)
                        assert_true(lines_seen(other) == (rc == SQLITE_OK && n % 4 == 2 ? 401 : 201));
                else
                        assert_int_equal(lines_seen(other), 0);
                /* and whoever comes after a crash finds the same */
                assert_int_equal(run(db, "INSERT INTO event (body) VALUES ('last')"), SQLITE_OK);
                assert_sound(other);
                assert_int_equal(sqlite3_close(db), SQLITE_OK);
                assert_int_equal(sqlite3_close(other), SQLITE_OK);
                shelf_fini(&shelf);
        }
}

/* A library that makes itself the usual file system leaves SQLite's list of them in order. */
static void another_usual_file_system_is_stood_before(void **state)
{
        const char *before = wal_vfs();

        (void)state;
        assert_non_null(before);
        (void)alarm(20); /* a list that is a ring has no end */
        faulty_begin();
        assert_string_equal(wal_vfs(), before);
        assert_string_equal(wal_vfs(), before);
        assert_ptr_equal(sqlite3_vfs_find(NULL), &faulty.vfs);
        assert_non_null(sqlite3_vfs_find(before));
        assert_null(sqlite3_vfs_find("none of this name"));
        (void)alarm(0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(another_usual_file_system_is_stood_before),
                cmocka_unit_test(a_commit_is_written_with_one_call),
                cmocka_unit_test(others_see_each_commit_and_nothing_else),
                cmocka_unit_test(a_statement_that_fails_takes_no_other_with_it),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
