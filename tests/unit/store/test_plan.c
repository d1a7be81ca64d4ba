/*
 * Every statement that the store runs is answered from a key or an index, so
 * that nothing grows dearer with the caseload. SQLite is asked for its plan.
 */
#include "shelf.h"

#include "mappad/store_beside.h"

/* The statements that read a whole table, because it is small or because all of it is asked for. */
static const char *const whole_tables[] = {
        "SELECT which, amount FROM tally",       /* some rows, once at the start */
        "SELECT id, text FROM word ORDER BY id", /* the dictionary, once at the start */
        "DELETE FROM obligation",                /* the whole cache is forgotten */
        "SELECT sum(lines) FROM unread_beside", /* cases with lines that the rules to come do not read, once for each change */
        "SELECT id, uid, name FROM person ORDER BY id", /* everybody who ever recorded, for a check of it all */
        "SELECT seq, hash FROM event",                  /* likewise */
        /* texts that name a case, of a log in which they have no place of their own: once for each erasure */
        "SELECT seq FROM access WHERE instr(detail, ?1) > 0 OR instr(purpose, ?1) > 0",
};

/* Its rows are those of one message: each case once costs a tree of as many. */
static const char each_once[] = "SELECT a.case_id FROM carried k";

/* Rows of several alerts may mend what an earlier row of the statement left amiss, which is looked for by those who refer to
 * alerts: only after such a row, and that one ends the statement. */
static const char several_alerts[] = "INSERT INTO alert ";

struct findings {
        int statements, lines, wrong;
        const char *last;
};

/* What a check of everything reads; its beginnings, since the columns stand in sql.c. */
static const char *const checks[] = {"SELECT case_id, seq, type, on_day, item", "SELECT a.seq, a.at_ms, a.person",
                                     "SELECT s.seq, s.report, s.period"};

static bool listed(const char *sql)
{
        for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
                if (strncmp(sql, checks[i], strlen(checks[i])) == 0 && strstr(sql, "WHERE") == NULL)
                        return true;
        for (size_t i = 0; i < sizeof whole_tables / sizeof *whole_tables; i++)
                if (strcmp(whole_tables[i], sql) == 0)
                        return true;
        return false;
}

/* A walk along an index or the primary key in its order, bounded by a LIMIT or wanted in full, is no search through a table. */
static bool bounded(const char *sql, const char *detail)
{
        return strstr(detail, "USING INDEX") != NULL || strstr(detail, "USING COVERING INDEX") != NULL || strstr(sql, "max(") != NULL ||
               strstr(sql, "LIMIT") != NULL || listed(sql);
}

static void look(void *context, const char *sql, const char *detail)
{
        struct findings *findings = context;
        bool wrong = false;

        findings->statements += findings->last != sql;
        findings->last = sql;
        findings->lines++;
        if (strncmp(detail, "SCAN", 4) == 0 && strstr(detail, " CONSTANT ROW") == NULL)
                wrong = !bounded(sql, detail) && strncmp(sql, several_alerts, sizeof several_alerts - 1) != 0;
        if (strstr(detail, "TEMP B-TREE") != NULL && strncmp(sql, each_once, sizeof each_once - 1) != 0)
                wrong = true;
        if (strstr(detail, "AUTOMATIC") != NULL)
                wrong = true;
        if (wrong) {
                print_error("%.200s\n    %s\n", sql, detail);
                findings->wrong++;
        }
}

static void no_statement_walks_through_a_table(void **state)
{
        struct shelf shelf;
        struct findings findings = {.last = NULL};

        (void)state;
        shelf_init(&shelf);
        assert_int_equal(store_plans(shelf.store, look, &findings), STATUS_OK);
        assert_true(findings.statements > 50);
        assert_int_equal(findings.wrong, 0);
        /* What lies beside has indexes with other names. */
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_beside_change_places(shelf.store), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_equal(store_plans(shelf.store, look, &findings), STATUS_OK);
        assert_int_equal(findings.wrong, 0);
        shelf_fini(&shelf);
}

/* The look is worth something: it objects to a table without an index. */
static void a_walk_would_be_found(void **state)
{
        struct shelf shelf;
        struct findings findings = {.last = NULL};

        (void)state;
        shelf_init(&shelf);
        look(&findings, "SELECT id FROM alert WHERE kind = 3", "SCAN alert");
        assert_int_equal(findings.wrong, 1);
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_statement_walks_through_a_table),
                cmocka_unit_test(a_walk_would_be_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
