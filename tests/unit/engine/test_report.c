/*
 * Figures of reports on paper: the tables that the annual report of 2022-23
 * printed, with its two errors; sums that are given away by their neighbours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/report.h"

#define BAND(word) {.name = word, .label = word, .part_of = REPORT_ALL}

static const struct report_band levels[] = {BAND("level-1"), BAND("level-2"), BAND("level-3")};
static const struct report_band higher[] = {BAND("level-2"), BAND("level-3")};
static const struct report_band categories[] = {BAND("category-1"), BAND("category-2"), BAND("category-3")};
static const struct report_band orders[] = {
        BAND("prevention"), {.name = "travel", .label = "travel", .part_of = 0}, BAND("notification")};
static const struct report_band all[] = {BAND("all")};
static const uint32_t level_1_has_no_category_3[] = {1u << 2, 0, 0}, none[3];

enum { SNAPSHOT, YEARLY, ORDERS, TABLES };
static const struct report_table tables[TABLES] = {
        [SNAPSHOT] = {.name = "snapshot", .totals = true, .rows = levels, .row_count = 3, .columns = categories,
                      .column_count = 3, .counted = 3, .never = level_1_has_no_category_3},
        [YEARLY] = {.name = "yearly", .totals = true, .rows = higher, .row_count = 2, .columns = categories,
                    .column_count = 3, .counted = 3, .never = none},
        [ORDERS] = {.name = "orders", .rows = orders, .row_count = 3, .columns = all, .column_count = 1,
                    .counted = 1, .never = none},
};
static const struct report_invariant invariants[] = {{.name = "year-holds-its-last-day",
                                                      .says = "so it is",
                                                      .part = {SNAPSHOT, REPORT_ALL, REPORT_ALL},
                                                      .whole = {YEARLY, REPORT_ALL, REPORT_ALL}}};
static const struct report annual = {
        .name = "annual", .tables = tables, .table_count = TABLES, .invariants = invariants, .invariant_count = 1};

/* What stands in a report: cells, row sums, column sums, the total of each table. */
struct page {
        uint64_t snapshot[9], snapshot_rows[3], snapshot_columns[3], snapshot_total;
        uint64_t yearly[6], yearly_rows[2], yearly_columns[3], yearly_total;
        uint64_t orders[3], orders_columns[1], orders_total;
        uint64_t outside;
};

/* As printed on page 14 of the report; the totals of the column of level 1 and of the orders are worked out. */
static const struct page printed = {
        .snapshot = {1278, 339, 0, 3, 5, 2, 1, 0, 0},
        .snapshot_rows = {1617, 10, 1},
        .snapshot_columns = {1282, 344, 5},
        .snapshot_total = 1628,
        .yearly = {8, 12, 15, 0, 1, 1},
        .yearly_rows = {35, 2},
        .yearly_columns = {8, 13, 16},
        .yearly_total = 37,
        .orders = {110, 0, 0},
        .orders_columns = {110},
        .orders_total = 110,
};

#define FOUND_MAX 16
struct found { struct report_problem problems[FOUND_MAX]; size_t count; };

static void keep(void *context, const struct report_problem *problem)
{
        struct found *found = context;

        assert_true(found->count < FOUND_MAX);
        found->problems[found->count++] = *problem;
}

static struct found examine(struct page page)
{
        struct report_sums sums[TABLES] = {
                [SNAPSHOT] = {page.snapshot, page.snapshot_rows, page.snapshot_columns, page.snapshot_total,
                              page.outside, NULL},
                [YEARLY] = {page.yearly, page.yearly_rows, page.yearly_columns, page.yearly_total, 0, NULL},
                [ORDERS] = {page.orders, page.orders, page.orders_columns, page.orders_total, 0, NULL}};
        struct found found = {.count = 0};

        report_check(&annual, sums, keep, &found);
        return found;
}

static void both_errors_of_the_published_tables_are_found_and_nothing_else(void **state)
{
        struct found found = examine(printed);

        (void)state;
        assert_int_equal(found.count, 2);
        assert_int_equal(found.problems[0].fault, REPORT_FAULT_SUM);
        assert_int_equal(found.problems[0].cell.table, SNAPSHOT);
        assert_int_equal(found.problems[0].cell.row, REPORT_ALL);
        assert_int_equal(found.problems[0].cell.column, 2);
        assert_int_equal(found.problems[0].found, 5);
        assert_int_equal(found.problems[0].expected, 2);
        assert_int_equal(found.problems[1].fault, REPORT_FAULT_INVARIANT);
        assert_int_equal(found.problems[1].cell.row, 2);
        assert_int_equal(found.problems[1].whole.row, 1);
        assert_int_equal(found.problems[1].cell.column, 0);
        assert_int_equal(found.problems[1].found, 1);
        assert_int_equal(found.problems[1].expected, 0);
        assert_ptr_equal(found.problems[1].invariant, &invariants[0]);
}

static struct page corrected(void)
{
        struct page page = printed;

        page.snapshot_columns[2] = 2;
        page.yearly[3] = 1;
        page.yearly_rows[1] = 3;
        page.yearly_columns[0] = 9;
        page.yearly_total = 38;
        return page;
}

static void each_check_finds_what_is_broken_on_purpose(void **state)
{
        struct page page = corrected();

        (void)state;
        assert_int_equal(examine(page).count, 0);
        page.snapshot_rows[1] = 11; /* a row */
        assert_int_equal(examine(page).problems[0].fault, REPORT_FAULT_SUM);
        page = corrected();
        page.snapshot_total = 1631; /* the whole, as if the wrong column had been added up */
        assert_int_equal(examine(page).problems[0].expected, 1628);
        page = corrected();
        page.outside = 1;
        assert_int_equal(examine(page).problems[0].fault, REPORT_FAULT_OUTSIDE);
        page = corrected();
        page.orders[1] = 111; /* more with a limit on travel than there are orders */
        assert_int_equal(examine(page).count, 1);
        assert_int_equal(examine(page).problems[0].fault, REPORT_FAULT_PART);
        page = corrected();
        page.snapshot[2] = 1; /* category 3 at level 1 */
        page.snapshot_rows[0]++;
        page.snapshot_columns[2]++;
        page.snapshot_total++;
        assert_int_equal(examine(page).count, 1);
        assert_int_equal(examine(page).problems[0].fault, REPORT_FAULT_NEVER);
}

static bool hidden_at(struct report_hidden hidden, uint8_t row, uint8_t column)
{
        return report_is_hidden(&hidden, (struct report_cell){0, row, column});
}

/*
 *                 1   2   3  total
 *      level 1  1278 339   -  1617
 *      level 2     3   5   2    10      3 and 2 are below 5; with 5 shown, their sum is known and neither of them
 *      level 3     1   0   0     1      1 is hidden with its total
 *      total    1282 344   2  1628      2 gives away the cell above it: it is below 5 as well, and hidden with it
 */
static void small_numbers_are_hidden_and_what_would_give_them_away(void **state)
{
        struct page page = corrected();
        struct report_sums sums = {page.snapshot, page.snapshot_rows, page.snapshot_columns, page.snapshot_total, 0, NULL};
        struct report_hidden hidden = report_hide(&tables[SNAPSHOT], &sums, 5);

        (void)state;
        assert_true(hidden_at(hidden, 1, 0));
        assert_true(hidden_at(hidden, 1, 2));
        assert_true(hidden_at(hidden, 2, 0));
        assert_true(hidden_at(hidden, 2, REPORT_ALL));
        assert_true(hidden_at(hidden, REPORT_ALL, 2));
        assert_false(hidden_at(hidden, 0, 0));
        assert_false(hidden_at(hidden, 2, 1));
        hidden = report_hide(&tables[SNAPSHOT], &sums, 0);
        assert_false(hidden_at(hidden, 2, 0));
}

/* Every line of a table of many numbers hides nothing or at least two, if it has two that are not 0. */
static void no_line_hides_one_figure_alone(void **state)
{
        uint32_t seed = 20230331;

        (void)state;
        for (int round = 0; round < 2000; round++) {
                struct page page = {.outside = 0};

                for (size_t i = 0; i < 9; i++) {
                        seed = seed * 1664525u + 1013904223u;
                        uint64_t number = (seed >> 16) % 9;
                        page.snapshot[i] = number;
                        page.snapshot_rows[i / 3] += number;
                        page.snapshot_columns[i % 3] += number;
                        page.snapshot_total += number;
                }
                struct report_sums sums = {page.snapshot, page.snapshot_rows, page.snapshot_columns,
                                           page.snapshot_total, 0, NULL};
                struct report_hidden hidden = report_hide(&tables[SNAPSHOT], &sums, 4);
                for (uint8_t row = 0; row < 3; row++) {
                        size_t count = hidden_at(hidden, row, REPORT_ALL), others = page.snapshot_rows[row] > 0;
                        for (uint8_t column = 0; column < 3; column++) {
                                uint64_t number = page.snapshot[row * 3 + column];
                                count += hidden_at(hidden, row, column);
                                others += number > 0;
                                if (number > 0 && number < 4)
                                        assert_true(hidden_at(hidden, row, column));
                        }
                        assert_true(count != 1 || others < 2);
                }
        }
}

/* Figures that somebody printed need not add up: where there is nothing else to hide, one stays hidden alone. */
static void a_line_with_nothing_else_hides_one_alone(void **state)
{
        struct page page = {.snapshot = {1}};
        struct report_sums sums = {.cells = page.snapshot, .rows = page.snapshot_rows, .columns = page.snapshot_columns};
        struct report_hidden hidden = report_hide(&tables[SNAPSHOT], &sums, 5);

        (void)state;
        assert_true(hidden_at(hidden, 0, 0));
        assert_false(hidden_at(hidden, 0, 1));
        assert_false(hidden_at(hidden, 1, 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(both_errors_of_the_published_tables_are_found_and_nothing_else),
                cmocka_unit_test(each_check_finds_what_is_broken_on_purpose),
                cmocka_unit_test(small_numbers_are_hidden_and_what_would_give_them_away),
                cmocka_unit_test(no_line_hides_one_figure_alone),
                cmocka_unit_test(a_line_with_nothing_else_hides_one_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
