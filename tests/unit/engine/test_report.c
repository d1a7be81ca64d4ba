/*
 * Figures of reports on paper: the tables that the annual report of 2022-23
 * printed, with its two errors; sums that are given away by their neighbours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Conditions are not looked at here: each_case says that the tables have nothing to do with each other. */
enum { SNAPSHOT, YEARLY, ORDERS, TABLES };
static const struct report_table tables[TABLES] = {
        [SNAPSHOT] = {.name = "snapshot", .each_case = true, .totals = true, .rows = levels, .row_count = 3, .columns = categories,
                      .column_count = 3, .counted = 3, .never = level_1_has_no_category_3},
        [YEARLY] = {.name = "yearly", .each_case = true, .totals = true, .rows = higher, .row_count = 2, .columns = categories,
                    .column_count = 3, .counted = 3, .never = none},
        [ORDERS] = {.name = "orders", .each_case = true, .rows = orders, .row_count = 3, .columns = all, .column_count = 1,
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

static void take_sums(struct page *page, struct report_sums sums[static TABLES])
{
        sums[SNAPSHOT] = (struct report_sums){page->snapshot, page->snapshot_rows, page->snapshot_columns,
                                              page->snapshot_total, page->outside, NULL};
        sums[YEARLY] = (struct report_sums){page->yearly, page->yearly_rows, page->yearly_columns, page->yearly_total, 0, NULL};
        sums[ORDERS] = (struct report_sums){page->orders, page->orders, page->orders_columns, page->orders_total, 0, NULL};
}

static struct found examine(struct page page)
{
        struct report_sums sums[TABLES];
        struct found found = {.count = 0};

        take_sums(&page, sums);
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

/* ---- small numbers ---- */

struct years { struct page page[2]; struct report_hidden hidden[2][TABLES]; };

/* Hides what is too small in the pages of two years, looked at together. */
static void hide(struct years *years, uint64_t below)
{
        struct report_sums sums[2][TABLES];
        struct report_shown shown[2];
        const struct vocabulary words = {0};
        struct arena arena;
        bool done = false;

        arena_init(&arena, malloc, free);
        for (size_t i = 0; i < 2; i++) {
                struct page *page = &years->page[i];

                take_sums(page, sums[i]);
                shown[i] = (struct report_shown){(int32_t)(365 * i), (int32_t)(365 * i + 364), sums[i], years->hidden[i]};
        }
        memset(years->hidden, 0, sizeof years->hidden);
        struct report_hiding *hiding = report_hide_begin(&words, &annual, shown, 2, below, &arena);
        assert_non_null(hiding);
        while (!done)
                assert_int_equal(report_hide_next(hiding, &done), STATUS_OK);
        arena_fini(&arena);
}

static bool hidden_at(const struct years *years, uint16_t table, uint8_t row, uint8_t column)
{
        return report_is_hidden(&years->hidden[0][table], (struct report_cell){table, row, column});
}

/*
 *                 1   2   3  total
 *      level 1  1278 339   -  1617
 *      level 2     3   5   2    10      3 and 2 are below 5, and 2 alone in its column and that one's sum: 5 goes with it
 *      level 3     1   0   0     1      1 is hidden with its total
 *      total    1282 344   2  1628      and 344, which the 5 would be worked out by
 */
static void small_numbers_are_hidden_and_what_would_give_them_away(void **state)
{
        struct years years = {.page = {corrected(), corrected()}};

        (void)state;
        hide(&years, 5);
        assert_true(hidden_at(&years, SNAPSHOT, 1, 0));
        assert_true(hidden_at(&years, SNAPSHOT, 1, 2));
        assert_true(hidden_at(&years, SNAPSHOT, 2, 0));
        assert_true(hidden_at(&years, SNAPSHOT, 2, REPORT_ALL));
        assert_true(hidden_at(&years, SNAPSHOT, REPORT_ALL, 2));
        assert_false(hidden_at(&years, SNAPSHOT, 0, 0));
        assert_false(hidden_at(&years, SNAPSHOT, 2, 1)); /* nobody is a secret to nobody */
        hide(&years, 0);
        assert_false(hidden_at(&years, SNAPSHOT, 2, 0));
}

/* Every line of a table of many numbers hides nothing or at least two, of those that are not 0. */
static void no_line_hides_one_figure_alone(void **state)
{
        uint32_t seed = 20230331;

        (void)state;
        for (int round = 0; round < 2000; round++) {
                struct years years = {.page = {{.outside = 0}}};
                struct page *page = &years.page[0];

                for (size_t i = 0; i < 9; i++) {
                        seed = seed * 1664525u + 1013904223u;
                        uint64_t number = (seed >> 16) % 9;
                        page->snapshot[i] = number;
                        page->snapshot_rows[i / 3] += number;
                        page->snapshot_columns[i % 3] += number;
                        page->snapshot_total += number;
                }
                hide(&years, 4);
                for (uint8_t row = 0; row < 3; row++) {
                        size_t count = hidden_at(&years, SNAPSHOT, row, REPORT_ALL);

                        for (uint8_t column = 0; column < 3; column++) {
                                uint64_t number = page->snapshot[row * 3 + column];

                                count += hidden_at(&years, SNAPSHOT, row, column);
                                if (number > 0 && number < 4)
                                        assert_true(hidden_at(&years, SNAPSHOT, row, column));
                                if (number == 0)
                                        assert_false(hidden_at(&years, SNAPSHOT, row, column));
                        }
                        assert_int_not_equal(count, 1);
                }
        }
}

/*
 * Two on the last day, of level 3 and category 1, and two in the year there: whoever reads that nobody was there but
 * they knows both. What is hidden of one table leaves the other as open.
 *
 * Orders: 9, of which 7 with a limit on travel, and 3 of the other kind; the 3 are hidden, and as no sum is printed
 * nothing else is.
 */
static void a_part_is_not_given_away_by_its_whole(void **state)
{
        struct years years = {.page = {corrected(), corrected()}};
        struct page *page = &years.page[0];

        (void)state;
        page->orders[0] = 9;
        page->orders[1] = 7;
        page->orders[2] = 3;
        page->orders_columns[0] = page->orders_total = 12;
        hide(&years, 5);
        assert_true(hidden_at(&years, YEARLY, 1, 0)); /* 1, as on the last day */
        assert_true(hidden_at(&years, YEARLY, 1, REPORT_ALL));
        assert_true(hidden_at(&years, ORDERS, 2, 0));
        assert_false(hidden_at(&years, ORDERS, 0, 0));
        assert_false(hidden_at(&years, ORDERS, 1, 0));
}

/*
 *            all  worst     Of row a two were late, of b seven, of c none: below 5 the worst of the two is hidden although
 *      a      10   of 2     their row is not, and that of all rows with it, which may be theirs. Of nobody there is nothing
 *      b      12   of 7     to hide.
 *      c      11   of 0
 */
static void a_measure_of_too_few_is_hidden_in_a_row_that_is_not(void **state)
{
        enum { ALL, WORST };
        static uint32_t days[4][REPORT_DAYS_MAX + 1] = {[0] = {[30] = 2}, [1] = {[3] = 7}, [3] = {[3] = 7, [30] = 2}};
        static const struct report_band rows[] = {BAND("a"), BAND("b"), BAND("c")};
        static const struct report_band columns[] = {BAND("all"),
                                                     {.name = "worst", .label = "Worst", .part_of = REPORT_ALL, .measure = REPORT_WORST}};
        static const struct report_table late[] = {{.name = "late", .each_case = true, .totals = true, .rows = rows, .row_count = 3,
                                                    .columns = columns, .column_count = 2, .counted = 1}};
        static const struct report report = {.name = "lateness", .tables = late, .table_count = 1};
        uint64_t cells[] = {10, 0, 12, 0, 11, 0}, row_sums[] = {10, 12, 11}, column_sums[] = {33, 0};
        const struct report_sums sums = {cells, row_sums, column_sums, 33, 0, days[0]};
        struct report_hidden hidden = {{0}};
        const struct report_shown shown = {0, 364, &sums, &hidden};
        const struct vocabulary words = {0};
        struct arena arena;

        (void)state;
        arena_init(&arena, malloc, free);
        struct report_hiding *hiding = report_hide_begin(&words, &report, &shown, 1, 5, &arena);
        assert_non_null(hiding);
        for (bool done = false; !done;)
                assert_int_equal(report_hide_next(hiding, &done), STATUS_OK);
        arena_fini(&arena);
        assert_true(report_is_hidden(&hidden, (struct report_cell){0, 0, WORST}));
        assert_false(report_is_hidden(&hidden, (struct report_cell){0, 1, WORST}));
        assert_false(report_is_hidden(&hidden, (struct report_cell){0, 2, WORST}));
        assert_true(report_is_hidden(&hidden, (struct report_cell){0, REPORT_ALL, WORST}));
        for (uint8_t row = 0; row < 3; row++)
                assert_false(report_is_hidden(&hidden, (struct report_cell){0, row, ALL}));
        assert_false(report_is_hidden(&hidden, (struct report_cell){0, REPORT_ALL, ALL}));
}

/* Figures that somebody printed need not add up: what can be done is done, and it comes to an end. */
static void figures_that_do_not_add_up_are_hidden_all_the_same(void **state)
{
        struct years years = {.page = {{.snapshot = {1}}, printed}};

        (void)state;
        hide(&years, 5);
        assert_true(hidden_at(&years, SNAPSHOT, 0, 0));
        assert_false(hidden_at(&years, SNAPSHOT, 0, 1));
        assert_false(hidden_at(&years, SNAPSHOT, 1, 0));
        assert_true(report_is_hidden(&years.hidden[1][SNAPSHOT], (struct report_cell){SNAPSHOT, 2, 0}));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(both_errors_of_the_published_tables_are_found_and_nothing_else),
                cmocka_unit_test(each_check_finds_what_is_broken_on_purpose),
                cmocka_unit_test(small_numbers_are_hidden_and_what_would_give_them_away),
                cmocka_unit_test(no_line_hides_one_figure_alone),
                cmocka_unit_test(a_part_is_not_given_away_by_its_whole),
                cmocka_unit_test(a_measure_of_too_few_is_hidden_in_a_row_that_is_not),
                cmocka_unit_test(figures_that_do_not_add_up_are_hidden_all_the_same),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
