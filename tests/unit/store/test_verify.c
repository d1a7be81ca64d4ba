/*
 * Checks of the chains: each line that is not as it was is named, whatever the
 * window in which it lies, and both chains end where a head says they did.
 */
#include "mappad/store_access.h"
#include "mappad/store_seal.h"
#include "mappad/store_verify.h"
#include "../../../daemon/store/sql.h"
#include "shelf.h"

#define LINES 40

struct seen {
        char text[4096];
        size_t used;
};

static void note(void *context, const struct store_finding *finding)
{
        struct seen *seen = context;

        seen->used += (size_t)snprintf(seen->text + seen->used, sizeof seen->text - seen->used, "%s %llu: %s\n", finding->table,
                                       (unsigned long long)finding->row, finding->what);
        assert_true(seen->used < sizeof seen->text);
}

/* What a check finds, a few rows a step. */
static const char *check(struct shelf *shelf, const struct store_verify_known *known, struct store_verify_result *ret_result)
{
        static struct seen seen;
        struct store_verify *verify = NULL;
        bool more = true;

        seen = (struct seen){.used = 0};
        assert_int_equal(store_verify_new(shelf->store, known, note, &seen, &verify), STATUS_OK);
        while (more)
                assert_int_equal(store_verify_step(verify, 3, &more), STATUS_OK);
        *ret_result = *store_verify_result(verify);
        store_verify_free(verify);
        return seen.text;
}

static void add_access(struct shelf *shelf, const char *what, const char *ref)
{
        struct store_access access = {.at_ms = 5, .uid = 1000, .user = "clerk", .what = what, .rows = 1, .ref = ref};

        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_person(shelf->store, 1000, "clerk", &access.person), STATUS_OK);
        assert_int_equal(store_case_id(shelf->store, ref, false, &access.case_id), STATUS_OK);
        assert_int_equal(store_access_add(shelf->store, &access), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

static void fill(struct shelf *shelf)
{
        shelf_init(shelf);
        for (int i = 0; i < LINES; i++)
                shelf_record(shelf, i % 3 == 0 ? "L-1" : i % 3 == 1 ? "L-2" : "L-3", NULL);
        for (int i = 0; i < 5; i++)
                add_access(shelf, "case", "L-2");
}

#define UNGUARDED "PRAGMA ignore_check_constraints = ON; DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete;" \
        " DROP TRIGGER access_no_update; DROP TRIGGER access_no_delete; "

static void each_line_is_named_in_every_window(void **state)
{
        static const struct {
                const char *script, *found;
        } rows[] = {
                {"", ""},
                {"UPDATE event SET on_day = on_day + 1 WHERE seq = 13", "event 13: this line is not what was recorded\n"},
                {"UPDATE event SET hash = zeroblob(32) WHERE seq = 14", "event 14: this line is not what was recorded\n"},
                {"UPDATE event SET hash = zeroblob(32) WHERE seq = 40", "event 40: this line is not what was recorded\n"},
                {"UPDATE event SET fields = zeroblob(0) WHERE seq = 7", "event 7: its fields are not as they are ever written\n"},
                {"UPDATE event SET refers = 0 WHERE seq = 8", "event 8: a value lies outside what is ever recorded\n"},
                {"DELETE FROM event WHERE seq = 7", "event 7: this line is gone\n"},
                {"DELETE FROM event WHERE seq BETWEEN 8 AND 9", "event 8: this line and those up to 9 are gone\n"},
                {"DELETE FROM event WHERE seq = 40", "event 40: this line is gone\n"},
                {"UPDATE tally SET amount = 39 WHERE which = 100", "event 40: this line was never counted as recorded\n"},
                {"DELETE FROM tally WHERE which = 100", "tally 0: the count of what was recorded is gone or cannot be\n"},
                {"UPDATE access SET rows = 2 WHERE seq = 3", "access 3: this line is not what was recorded\n"},
                {"UPDATE access SET hash = zeroblob(32) WHERE seq = 3", "access 3: this line is not what was recorded\n"},
                {"DELETE FROM access WHERE seq = 2", "access 2: this line is gone\n"},
                {"DELETE FROM access WHERE seq = 5", "access 5: this line is gone, or some after it are\n"},
        };
        static const uint64_t windows[] = {0, 1, 7, 13, 20, 39, 40};

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct shelf shelf;
                char script[512];

                fill(&shelf);
                snprintf(script, sizeof script, UNGUARDED "%s", rows[i].script);
                assert_string_equal(shelf_past(&shelf, script), "");
                for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
                        struct store_verify_known known = {.window = windows[w]};
                        struct store_verify_result result;
                        const char *found = check(&shelf, &known, &result);
                        /* Whether a hash was altered or its line shows beside the next one only in the same window, as gaps in a row do. */
                        bool whole = windows[w] == 0 || windows[w] == 40;
                        if (!whole && strstr(rows[i].script, "event SET hash") != NULL)
                                assert_non_null(strstr(found, rows[i].found));
                        else if (!whole && strstr(rows[i].script, "BETWEEN 8 AND 9") != NULL)
                                assert_memory_equal(found, rows[i].found, strlen("event 8: this line"));
                        else if (strcmp(found, rows[i].found) != 0)
                                fail_msg("%s, window %llu: %s", rows[i].script, (unsigned long long)windows[w], found);
                }
                shelf_fini(&shelf);
        }
}

static void a_head_is_met_or_named(void **state)
{
        struct shelf shelf;
        struct store_verify_result result, later;
        struct store_verify_known known = {.window = 16};

        (void)state;
        fill(&shelf);
        assert_string_equal(check(&shelf, &known, &result), "");
        assert_int_equal(result.lines, LINES);
        assert_int_equal(result.events_head.seq, LINES);
        assert_int_equal(result.accesses_head.seq, 5);
        shelf_record(&shelf, "L-1", NULL);
        add_access(&shelf, "explain", "L-1");
        known.events = result.events_head;
        known.accesses = result.accesses_head;
        assert_string_equal(check(&shelf, &known, &later), "");
        assert_true(later.events_known && later.accesses_known);
        assert_int_equal(later.events_head.seq, LINES + 1);
        known.events.hash[0] ^= 1;
        known.accesses.seq = 99;
        assert_string_equal(check(&shelf, &known, &later), "event 40: this line is not the one whose hash was noted\n"
                                                           "access 99: the chain ends before this line, whose hash was noted: "
                                                           "what came last is gone\n");
        known.events.seq = LINES + 2;
        known.accesses.seq = 0;
        assert_string_equal(check(&shelf, &known, &later),
                            "event 42: the chain ends before this line, whose hash was noted: what came last is gone\n");
        shelf_fini(&shelf);
}

static void an_empty_record_is_sound(void **state)
{
        struct shelf shelf;
        struct store_verify_known known = {.window = 0};
        struct store_verify_result result;

        (void)state;
        shelf_init(&shelf);
        assert_string_equal(check(&shelf, &known, &result), "");
        assert_int_equal(result.events_head.seq, 0);
        shelf_fini(&shelf);
}

static void run(sqlite3 *db, const char *script)
{
        char *message = NULL;

        if (sqlite3_exec(db, script, NULL, NULL, &message) != SQLITE_OK)
                fail_msg("%s: %s", script, message);
}

/* Makes of a file the one that the program of an earlier schema would have written: the same record, nobody who read it,
 * counted what that schema counts. */
static void take_back(struct shelf *shelf, int version)
{
        static const struct { const char *table, *columns; } record[] = {
                {"meta", "id, created_ms, test_clock, as_of, rules, contacts, seen_ms, orderly"},
                {"word", "*"}, {"person", "*"}, {"casefile", "id, ref, wake"}, {"event", "*"}};
        char path[sizeof shelf->path + 8], script[512];
        sqlite3 *db = NULL;

        snprintf(path, sizeof path, "%s-old", shelf->path);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        for (int step = 1; step <= version; step++)
                for (const char *const *part = schema_step(step); *part != NULL; part++)
                        run(db, *part);
        snprintf(script, sizeof script, "PRAGMA user_version = %d; PRAGMA application_id = %d; ATTACH '%s' AS later", version,
                 APPLICATION_ID, shelf->path);
        run(db, script);
        for (size_t i = 0; i < sizeof record / sizeof *record; i++) {
                const char *columns = record[i].columns;
                bool all = strcmp(columns, "*") == 0;
                snprintf(script, sizeof script, "INSERT INTO main.%s%s%s%s SELECT %s FROM later.%s", record[i].table, all ? "" : " (",
                         all ? "" : columns, all ? "" : ")", columns, record[i].table);
                run(db, script);
        }
        run(db, "INSERT OR REPLACE INTO main.tally SELECT * FROM later.tally WHERE which < 100 OR which IN (SELECT which FROM main.tally)");
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        assert_int_equal(rename(path, shelf->path), 0);
}

static void add_seal(struct shelf *shelf)
{
        struct store_seal seal = {.report = "annual", .period = "2022-23", .content = "abc", .rules = "abc", .uid = 1000, .user = "clerk"};
        uint64_t seq = 0;

        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_last_line(shelf->store, &seal.head), STATUS_OK);
        assert_int_equal(store_person(shelf->store, 1000, "clerk", &seal.person), STATUS_OK);
        assert_int_equal(store_seal_add(shelf->store, &seal, &seq), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

/* From each schema that there ever was. */
static void an_older_file_is_checked_as_it_is_and_brought_up_to_date(void **state)
{
        (void)state;
        for (int version = 1; version < STORE_SCHEMA; version++) {
                struct shelf shelf;
                struct store *old = NULL;
                struct store_verify_known known = {.window = 0};
                struct store_verify_result result;
                char problem[STORE_PROBLEM_SIZE];

                shelf_init(&shelf);
                for (int i = 0; i < 6; i++)
                        shelf_record(&shelf, "L-1", NULL);
                shelf_close(&shelf);
                take_back(&shelf, version);
                assert_int_equal(store_inspect(shelf.path, &old, problem), STATUS_OK);
                assert_int_equal(store_version(old), version);
                shelf.store = old;
                assert_string_equal(check(&shelf, &known, &result), "");
                assert_int_equal(result.lines, 6);
                shelf_close(&shelf);
                shelf_open(&shelf);
                assert_int_equal(store_version(shelf.store), STORE_SCHEMA);
                assert_string_equal(check(&shelf, &known, &result), "");
                add_access(&shelf, "case", "L-1");
                add_seal(&shelf);
                assert_string_equal(check(&shelf, &known, &result), "");
                assert_int_equal(result.accesses, 1);
                assert_int_equal(result.seals, 1);
                shelf_fini(&shelf);
        }
}

static void the_schema_and_the_file_are_checked_beside(void **state)
{
        struct shelf shelf;
        struct store_check *one = NULL;
        struct seen seen = {.used = 0};

        (void)state;
        fill(&shelf);
        assert_int_equal(store_check_start(shelf.store, &one), STATUS_OK);
        store_check_wait(one);
        assert_true(store_check_done(one));
        assert_int_equal(store_check_tell(one, note, &seen), STATUS_OK);
        assert_string_equal(seen.text, "");
        store_check_free(one);
        assert_string_equal(shelf_past(&shelf, "DROP TRIGGER event_no_delete; CREATE TABLE songs (title TEXT);"
                                               " INSERT INTO carried (message, alert) VALUES (8, 9)"),
                            "");
        assert_int_equal(store_check_start(shelf.store, &one), STATUS_OK);
        assert_int_equal(store_check_tell(one, note, &seen), STATUS_OK);
        assert_non_null(strstr(seen.text, "schema 0: event_no_delete is gone from the schema"));
        assert_non_null(strstr(seen.text, "schema 0: songs is no part of the schema"));
        assert_non_null(strstr(seen.text, "carried 0: it refers to a row of alert that is not there"));
        store_check_free(one);
        assert_int_equal(store_check_start(shelf.store, &one), STATUS_OK);
        store_check_free(one); /* broken off */
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_line_is_named_in_every_window),
                cmocka_unit_test(a_head_is_met_or_named),
                cmocka_unit_test(an_empty_record_is_sound),
                cmocka_unit_test(an_older_file_is_checked_as_it_is_and_brought_up_to_date),
                cmocka_unit_test(the_schema_and_the_file_are_checked_beside),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
