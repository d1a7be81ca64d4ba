/*
 * A check of everything: what is kept beside the record follows from it, and
 * where it does not, the case is named. The chains have tests of their own.
 */
#include "world.h"

#include <sqlite3.h>

#include "mappad/app_verify.h"

#define LINES 1100
#define LAID(reference, on) "{'case':'" reference "','event':'buoy-laid','item':'B1','on':'" on "'}\n"

/* What a check of the application finds, a line each. */
static const char *found(struct world *world)
{
        struct app_verify *verify = NULL;
        struct wire_problem problem;
        struct app_finding finding;
        enum app_row kind = APP_WORKING;
        bool wait = false;

        assert_int_equal(app_verify_begin(world->app, world->now, &(struct app_verify_heads){.events = NULL}, &verify, &problem),
                         STATUS_OK);
        world->used = 0;
        world->text[0] = '\0';
        while (kind != APP_END) {
                assert_int_equal(app_verify_next(verify, &kind, &finding, &wait), STATUS_OK);
                if (kind == APP_ROW)
                        world_say(world, "%s %llu: %s\n", finding.table, (unsigned long long)finding.row, finding.what);
                if (wait)
                        app_verify_wait(verify);
        }
        assert_true(app_verify_totals(verify)->derived);
        app_verify_free(verify);
        return world->text;
}

/* Past the application, which has the file to itself but for those who read. */
static void past(struct world *world, const char *sql, int changes)
{
        char path[128];
        sqlite3 *db = NULL;

        snprintf(path, sizeof path, "%s/mappad.db", world->directory);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_changes(db), changes);
        sqlite3_close(db);
}

/* The buoy of case 1 is due on Thursday 12 January: on the 13th, before the sweep, its breach waits to be raised. */
static void a_case_that_waits_and_is_not_said_to_is_found(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_recorded(&world, LAID("C-2", "2023-01-01"));
        world_live(&world, "2023-01-12");
        assert_string_equal(found(&world), "");
        world_at(&world, "2023-01-13", 3);
        assert_string_equal(found(&world), "");
        past(&world, "DELETE FROM raising WHERE case_id = 1", 1);
        assert_string_equal(found(&world), "casefile 1: stages of this case wait to be raised, and no sweep looks for them\n");
        past(&world, "INSERT INTO raising (case_id) VALUES (1)", 1);
        past(&world, "INSERT INTO raising (case_id) VALUES (2)", 1); /* which costs a look, and is no harm */
        assert_string_equal(found(&world), "");
        world_sweep(&world, "2023-01-13");
        assert_string_equal(found(&world), "");
        world_fini(&world);
}

/* A sweep made up for in the small hours leaves what is of the new day, and the case goes on waiting. */
static void what_a_late_sweep_leaves_still_waits(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_live(&world, "2023-01-11");
        world_at(&world, "2023-01-13", 3);
        assert_int_equal(world_try_sweep(&world, world_day("2023-01-12")), STATUS_OK);
        assert_string_equal(found(&world), "");
        past(&world, "DELETE FROM raising WHERE case_id = 1", 1);
        assert_string_equal(found(&world), "casefile 1: stages of this case wait to be raised, and no sweep looks for them\n");
        world_fini(&world);
}

/* Closed before anybody could look at it: a quota that was missed waits to be told, too. */
static void a_miss_that_waits_is_found(void **state)
{
        static const char law[] = "rules = (" WORLD_RULE(
                "rounds", "applies = { lamp = \"set\"; }; at-least = 1; in-each = \"quarter\"; met-by = { event = \"visited\"; };"
                          " alerts = ( { at = \"overdue\"; to = \"unit\"; } );") ");";
        struct world world;

        (void)state;
        world_init(&world, law, "2023-01-01");
        world_recorded(&world, "{'case':'L-1','event':'lit','on':'2023-01-01'}\n");
        world_live(&world, "2023-03-31");
        world_at(&world, "2023-04-01", 3);
        assert_string_equal(found(&world), "");
        past(&world, "DELETE FROM raising WHERE case_id = 1", 1);
        assert_string_equal(found(&world), "casefile 1: stages of this case wait to be raised, and no sweep looks for them\n");
        world_fini(&world);
}

static uint64_t count_rows(struct app_verify *verify)
{
        struct app_finding finding;
        enum app_row kind = APP_WORKING;
        bool wait = false;
        uint64_t rows = 0;

        for (; kind != APP_END; rows += kind == APP_ROW) {
                assert_int_equal(app_verify_next(verify, &kind, &finding, &wait), STATUS_OK);
                if (wait)
                        app_verify_wait(verify);
        }
        return rows;
}

/* All of it is counted, and the first thousand are named, however many of them lie beside each other. */
static void the_first_thousand_findings_are_named(void **state)
{
        struct app_verify *verify = NULL;
        struct wire_problem problem;
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        for (int i = 0; i < LINES / 100; i++) {
                char lines[8000] = "";
                for (int line = 0; line < 100; line++)
                        snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "{'case':'L-1','event':'noted','on':'2023-01-02'}\n");
                world_recorded(&world, lines);
        }
        past(&world, "DROP TRIGGER event_no_update; UPDATE event SET recorded_ms = recorded_ms + 1", LINES);
        assert_int_equal(app_verify_begin(world.app, world.now, &(struct app_verify_heads){.events = NULL}, &verify, &problem), STATUS_OK);
        assert_int_equal(count_rows(verify), 1000);
        assert_in_range(app_verify_totals(verify)->findings, LINES, LINES + 2); /* with the guard that is gone */
        app_verify_free(verify);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_case_that_waits_and_is_not_said_to_is_found),
                cmocka_unit_test(what_a_late_sweep_leaves_still_waits),
                cmocka_unit_test(a_miss_that_waits_is_found),
                cmocka_unit_test(the_first_thousand_findings_are_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
