/*
 * What is kept of answers is kept under store_written: the number moves with
 * whatever is written, by whomever, and stands still for lines of the log of
 * accesses alone. Shown for every table there is and every kind of writing there is.
 */
#include "shelf.h"

#include "../../../daemon/store/db.h"
#include "mappad/store_access.h"

/* The number after a transaction has ended; it is never 0 then. */
static uint64_t written(const struct shelf *shelf)
{
        uint64_t number = store_written(shelf->store);

        assert_int_not_equal(number, 0);
        return number;
}

/* Runs a script over the store's own connection, in a transaction as whoever writes has one. */
static void run(struct shelf *shelf, const char *script)
{
        char *message = NULL;

        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        if (sqlite3_exec(shelf->store->db, script, NULL, NULL, &message) != SQLITE_OK)
                fail_msg("%s: %s", script, message);
        assert_int_equal(store_written(shelf->store), 0); /* what others see meanwhile has no number */
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

/* "INSERT INTO t VALUES (...)" with a value of the right type for each column. */
static void make_row(sqlite3 *db, const char *table, char *ret_sql, size_t size)
{
        sqlite3_stmt *columns = NULL;
        size_t length = (size_t)snprintf(ret_sql, size, "INSERT INTO %s VALUES (", table);
        const char *comma = "";

        assert_int_equal(sqlite3_prepare_v2(db, "SELECT type FROM pragma_table_info(?)", -1, &columns, NULL), SQLITE_OK);
        sqlite3_bind_text(columns, 1, table, -1, SQLITE_STATIC);
        while (sqlite3_step(columns) == SQLITE_ROW) {
                const char *type = (const char *)sqlite3_column_text(columns, 0);
                const char *value = strcmp(type, "TEXT") == 0 ? "'x'" : strcmp(type, "BLOB") == 0 ? "x'00'" : "7";
                length += (size_t)snprintf(ret_sql + length, size - length, "%s%s", comma, value);
                comma = ", ";
        }
        sqlite3_finalize(columns);
        snprintf(ret_sql + length, size - length, ")");
}

/* The names in the schema of one type, one after another. */
static size_t names(sqlite3 *db, const char *type, char ret_names[][64], size_t capacity)
{
        sqlite3_stmt *stmt = NULL;
        size_t count = 0;

        assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite_%'", -1, &stmt,
                                            NULL),
                         SQLITE_OK);
        sqlite3_bind_text(stmt, 1, type, -1, SQLITE_STATIC);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
                assert_true(count < capacity);
                snprintf(ret_names[count++], 64, "%s", (const char *)sqlite3_column_text(stmt, 0));
        }
        sqlite3_finalize(stmt);
        return count;
}

static void whatever_is_written_to_any_table_moves_the_number(void **state)
{
        char tables[64][64], triggers[64][64], sql[512], first[96], column[64];
        struct shelf shelf;

        (void)state;
        shelf_init(&shelf);
        sqlite3 *db = shelf.store->db;
        size_t guards = names(db, "trigger", triggers, 64), count = names(db, "table", tables, 64);
        for (size_t i = 0; i < guards; i++) {
                snprintf(sql, sizeof sql, "DROP TRIGGER %s", triggers[i]);
                assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        }
        assert_int_equal(sqlite3_exec(db, "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON", NULL, NULL, NULL), SQLITE_OK);
        assert_true(count > 20);
        for (size_t i = 0; i < count; i++) {
                sqlite3_stmt *stmt = NULL;
                snprintf(first, sizeof first, "SELECT name FROM pragma_table_info('%s')", tables[i]);
                assert_int_equal(sqlite3_prepare_v2(db, first, -1, &stmt, NULL), SQLITE_OK);
                assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
                snprintf(column, sizeof column, "%s", (const char *)sqlite3_column_text(stmt, 0));
                sqlite3_finalize(stmt);
                uint64_t before = written(&shelf);
                make_row(db, tables[i], sql, sizeof sql);
                run(&shelf, sql);
                uint64_t inserted = written(&shelf);
                snprintf(sql, sizeof sql, "UPDATE %s SET %s = %s", tables[i], column, column);
                run(&shelf, sql);
                uint64_t updated = written(&shelf);
                snprintf(sql, sizeof sql, "DELETE FROM %s", tables[i]);
                run(&shelf, sql);
                if (inserted == before || updated == inserted || written(&shelf) == updated)
                        fail_msg("something was written to %s and the number stood still", tables[i]);
        }
        shelf_fini(&shelf);
}

/* No statement of the store writes in a way that SQLite does not count by rows. */
static void every_statement_that_writes_is_of_a_kind_that_is_counted(void **state)
{
        struct shelf shelf;
        int writing = 0;

        (void)state;
        shelf_init(&shelf);
        for (int sql = 0; sql < SQL_COUNT; sql++) {
                const char *text = sql_text((enum sql)sql);
                sqlite3_stmt *stmt = NULL;
                if (strncmp(text, "SELECT ", 7) == 0) /* writes nothing; some are for files of older schemas */
                        continue;
                if (sqlite3_prepare_v2(shelf.store->db, text, -1, &stmt, NULL) != SQLITE_OK)
                        fail_msg("%s: %s", text, sqlite3_errmsg(shelf.store->db));
                bool writes = !sqlite3_stmt_readonly(stmt);
                sqlite3_finalize(stmt);
                if (!writes || strncmp(text, "BEGIN", 5) == 0)
                        continue;
                writing++;
                if (strncmp(text, "INSERT INTO ", 12) != 0 && strncmp(text, "UPDATE ", 7) != 0 && strncmp(text, "DELETE FROM ", 12) != 0)
                        fail_msg("not counted by rows: %s", text);
        }
        assert_true(writing > 40);
        shelf_fini(&shelf);
}

static uint32_t clerk(struct shelf *shelf)
{
        uint32_t person = 0;

        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_person(shelf->store, 1000, "clerk", &person), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
        return person;
}

static void add_access(struct shelf *shelf, uint32_t person)
{
        struct store_access line = {.at_ms = 5, .person = person, .uid = 1000, .user = "clerk", .what = "obligations", .rows = 50};

        assert_int_equal(store_access_add(shelf->store, &line), STATUS_OK);
}

static void lines_of_the_log_of_accesses_leave_the_number_alone(void **state)
{
        struct shelf shelf;
        uint32_t person;

        (void)state;
        shelf_init(&shelf);
        person = clerk(&shelf);
        uint64_t before = written(&shelf);
        for (int way = 0; way < 6; way++) {
                assert_int_equal((way & 1) != 0 ? store_begin_lightly(shelf.store) : store_begin(shelf.store), STATUS_OK);
                for (int i = 0; i <= way; i++)
                        add_access(&shelf, person);
                assert_int_equal(store_written(shelf.store), 0);
                if (way == 4)
                        store_rollback(shelf.store);
                else
                        assert_int_equal(store_commit(shelf.store), STATUS_OK);
                assert_int_equal(written(&shelf), before);
        }
        shelf_fini(&shelf);
}

static void what_is_written_beside_such_a_line_moves_it(void **state)
{
        struct shelf shelf;
        uint64_t before, id = 0;
        uint32_t person = 0;

        (void)state;
        shelf_init(&shelf);
        person = clerk(&shelf);
        before = written(&shelf);
        assert_int_equal(store_begin_lightly(shelf.store), STATUS_OK);
        add_access(&shelf, person);
        assert_int_equal(store_case_id(shelf.store, "C-1", true, &id), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_not_equal(written(&shelf), before);
        before = written(&shelf);
        assert_int_equal(store_begin_lightly(shelf.store), STATUS_OK);
        assert_int_equal(store_person(shelf.store, 1001, "other", &person), STATUS_OK); /* known from now on */
        add_access(&shelf, person);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_not_equal(written(&shelf), before);
        before = written(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        store_tally_add(shelf.store, 0, 1); /* written with the commit */
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_not_equal(written(&shelf), before);
        before = written(&shelf);
        shelf_record(&shelf, "C-1", "a");
        assert_int_not_equal(written(&shelf), before);
        shelf_fini(&shelf);
}

/* The store has the last person in mind: whoever is looked for after an undoing was not added by what is undone. */
static void whoever_was_added_by_what_is_undone_is_added_again(void **state)
{
        struct shelf shelf;
        uint32_t first = 0, second = 0, uid = 0;
        const char *name = NULL;

        (void)state;
        shelf_init(&shelf);
        clerk(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_person(shelf.store, 7, "new", &first), STATUS_OK);
        assert_int_equal(store_person(shelf.store, 7, "new", &second), STATUS_OK);
        assert_int_equal(first, second);
        store_rollback(shelf.store);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_savepoint(shelf.store), STATUS_OK);
        assert_int_equal(store_person(shelf.store, 7, "new", &second), STATUS_OK);
        assert_int_equal(store_undo(shelf.store), STATUS_OK);
        assert_int_equal(store_person(shelf.store, 7, "new", &second), STATUS_OK);
        assert_int_equal(store_person(shelf.store, 8, "new", &first), STATUS_OK); /* another of the same name */
        assert_int_not_equal(first, second);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_equal(store_person_get(shelf.store, second, &uid, &name), STATUS_OK);
        assert_int_equal(uid, 7);
        assert_string_equal(name, "new");
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whatever_is_written_to_any_table_moves_the_number),
                cmocka_unit_test(every_statement_that_writes_is_of_a_kind_that_is_counted),
                cmocka_unit_test(lines_of_the_log_of_accesses_leave_the_number_alone),
                cmocka_unit_test(what_is_written_beside_such_a_line_moves_it),
                cmocka_unit_test(whoever_was_added_by_what_is_undone_is_added_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
