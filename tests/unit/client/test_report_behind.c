/*
 * The cases behind the figures of a report: each comes at its cell, and one that is
 * in none keeps none of those behind it back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../client/report_behind.h"

#define REPORT                                                                                                         \
        "{\"tables\":[{\"table\":\"t1\",\"rows\":[{\"row\":\"r1\"},{\"row\":\"r2\"}],"                                 \
        "\"columns\":[{\"column\":\"c1\"},{\"column\":\"c2\"}]},"                                                      \
        "{\"table\":\"t2\",\"rows\":[{\"row\":\"r1\"}],\"columns\":[{\"column\":\"c1\"}]}]}"

static void take(struct report_behind *behind, const char *table, const char *row, const char *column, const char *ref)
{
        json_t *hit = json_pack("{s:s,s:s,s:s,s:s,s:s}", "table", table, "row", row, "column", column, "case", ref,
                                "on", "2023-01-02");

        assert_non_null(hit);
        assert_true(report_behind_take(behind, hit));
        json_decref(hit);
}

static void put_cell(struct report_behind *behind, struct report_place place, char *seen, size_t size)
{
        struct report_hit hit;
        size_t used = strlen(seen);

        while (report_behind_of_cell(behind, place, &hit))
                used += (size_t)snprintf(seen + used, size - used, "%s ", hit.case_ref);
        snprintf(seen + used, size - used, "|");
}

static void what_is_in_no_cell_comes_behind_the_cells_of_its_table(void **state)
{
        static const struct report_place places[] = {{0, 0, 0},
                                                     {0, 0, 1},
                                                     {0, 1, 0},
                                                     {0, 1, 1},
                                                     {0, REPORT_IN_NO_CELL, REPORT_IN_NO_CELL},
                                                     {1, 0, 0},
                                                     {1, REPORT_IN_NO_CELL, REPORT_IN_NO_CELL}};
        struct report_behind *behind = report_behind_new();
        json_t *report = json_loads(REPORT, 0, NULL);
        char seen[200] = "";

        (void)state;
        assert_non_null(behind);
        assert_non_null(report);
        take(behind, "t2", "r1", "c1", "A-6");
        take(behind, "t1", "r1", "odd", "A-4");
        take(behind, "t1", "odd", "c1", "A-5");
        take(behind, "t1", "r2", "c1", "A-3");
        take(behind, "t1", "r1", "c2", "A-2");
        take(behind, "t1", "r1", "c1", "A-1");
        assert_true(report_behind_sort(behind, report, true));
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
                put_cell(behind, places[i], seen, sizeof seen);
        assert_string_equal(seen, "A-1 |A-2 |A-3 ||A-4 A-5 |A-6 ||");
        assert_int_equal(report_behind_error(behind), 0);
        json_decref(report);
        report_behind_free(behind);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_in_no_cell_comes_behind_the_cells_of_its_table),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
