/*
 * What a reader knows of figures on paper: which of them hang together, and which do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../daemon/engine/report_known.h"

#define BAND_WHEN(word, ...) \
        {.name = word, .label = word, .part_of = REPORT_ALL, .days_from = INT32_MIN, .days_until = INT32_MAX, __VA_ARGS__}
#define BAND(word) BAND_WHEN(word, .when = {NULL, 0})
#define PERIODS_MAX (REPORT_TREND_MAX + 2)
#define TABLES_MAX 4
#define CELLS 4 /* of a table: two rows of two columns, or fewer */

enum { LEVEL, PLACE, MARKS };
static const struct attribute attributes[] = {[MARKS] = {.kind = VALUE_SET}};
static const struct vocabulary words = {.attributes = attributes, .attribute_count = MARKS + 1};
static const struct report_band one[] = {BAND("all")};

/* All that is known of some periods, in each of which every table has the same figures. */
struct paper {
        struct arena arena;
        struct guard guard;
        struct known known;
        uint64_t cells[TABLES_MAX][CELLS], rows[TABLES_MAX][2], columns[TABLES_MAX][2];
        struct report_sums sums[TABLES_MAX];
        struct report_shown periods[PERIODS_MAX];
        size_t period_count;
};

static int begin(void **state)
{
        struct paper *paper = calloc(1, sizeof *paper);

        *state = paper;
        return paper == NULL ? -1 : 0;
}

static int end(void **state)
{
        free(*state);
        return 0;
}

static void add_period(struct paper *paper, int32_t first, int32_t last)
{
        assert_true(paper->period_count < PERIODS_MAX);
        paper->periods[paper->period_count++] = (struct report_shown){first, last, paper->sums, NULL};
}

/* Each cell of a table counts so many. */
static void fill(struct paper *paper, const struct report *report, uint16_t index, uint64_t number)
{
        const struct report_table *table = &report->tables[index];

        for (size_t i = 0; i < CELLS; i++)
                paper->cells[index][i] = number;
        for (size_t i = 0; i < 2; i++) {
                paper->rows[index][i] = number * table->counted;
                paper->columns[index][i] = number * table->row_count;
        }
        paper->sums[index] = (struct report_sums){paper->cells[index],   paper->rows[index],
                                                  paper->columns[index], number * table->row_count * table->counted,
                                                  0,                     NULL};
}

/* Looks at all periods anew; forget gives the memory back. */
static void learn(struct paper *paper, const struct report *report)
{
        arena_init(&paper->arena, malloc, free);
        guard_init(&paper->guard, &paper->arena);
        assert_true(known_begin(&paper->known, &words, report, paper->periods, paper->period_count, &paper->guard));
        while (known_next(&paper->known))
                ;
        assert_false(paper->guard.failed);
}

static void forget(struct paper *paper)
{
        arena_fini(&paper->arena);
        paper->period_count = 0;
}

static bool has_term(const struct guard *guard, const struct guard_relation *relation, uint32_t number, int8_t sign)
{
        for (uint32_t i = 0; i < relation->count; i++) {
                const struct guard_term *term = &guard->terms[relation->first + i];

                if (term->number == number && term->sign == sign)
                        return true;
        }
        return false;
}

/* Whether one relation has a whole and both of these among its parts, which may be the same. */
static bool hang_together(const struct paper *paper, uint32_t whole, uint32_t part, uint32_t other)
{
        const struct guard *guard = &paper->guard;

        for (size_t i = 0; i < guard->relation_count; i++)
                if (has_term(guard, &guard->relations[i], whole, -1) && has_term(guard, &guard->relations[i], part, 1) &&
                    has_term(guard, &guard->relations[i], other, 1))
                        return true;
        return false;
}

static bool is_part(const struct paper *paper, uint32_t part, uint32_t whole)
{
        return hang_together(paper, whole, part, part);
}

/* Whether a relation has a whole and a part of it, and another part is in none of its terms. */
static bool is_part_without(const struct paper *paper, uint32_t part, uint32_t whole, uint32_t other)
{
        const struct guard *guard = &paper->guard;

        for (size_t i = 0; i < guard->relation_count; i++)
                if (has_term(guard, &guard->relations[i], whole, -1) && has_term(guard, &guard->relations[i], part, 1) &&
                    !has_term(guard, &guard->relations[i], other, 1))
                        return true;
        return false;
}

/* ---- invariants ---- */

/* Whether who is counted in the second period, on a day of it, is known to be among those of the first, 0 to 99. */
static bool reaches(struct paper *paper, struct report_table part, struct report_table whole, int32_t first, int32_t last)
{
        const struct report_cell cells[] = {{0, 0, 0}, {1, 0, 0}};
        const struct report_invariant invariant = {.name = "held", .says = "so it is", .part = cells[0], .whole = cells[1]};
        struct report_table tables[] = {part, whole};
        struct report report = {.tables = tables, .table_count = 2, .invariants = &invariant, .invariant_count = 1};
        bool found;

        for (size_t i = 0; i < 2; i++) {
                tables[i].rows = tables[i].columns = one;
                tables[i].row_count = tables[i].column_count = tables[i].counted = 1;
        }
        fill(paper, &report, 0, 2);
        fill(paper, &report, 1, 5);
        add_period(paper, 0, 99);
        add_period(paper, first, last);
        learn(paper, &report);
        for (size_t i = 0; i < 2; i++) /* of one and the same period it always is */
                assert_true(is_part(paper, known_number(&paper->known, i, cells[0]), known_number(&paper->known, i, cells[1])));
        found = is_part(paper, known_number(&paper->known, 1, cells[0]), known_number(&paper->known, 0, cells[1]));
        forget(paper);
        return found;
}

/* On a day of the first period, the day after it, the day before it, and one day further. */
static void who_is_there_on_a_day_was_there_in_every_period_about_it(void **state)
{
        struct report_table on_last = {.counts = REPORT_CASES_ON_DAY}, within = {.counts = REPORT_CASES_WITHIN};
        struct report_table on_first = {.counts = REPORT_CASES_ON_DAY, .first_day = true};
        const struct event_match any = {.event = 0};
        struct report_table events = {.counts = REPORT_EVENTS, .events = &any, .event_count = 1};

        assert_true(reaches(*state, on_last, within, -50, 50));
        assert_true(reaches(*state, on_last, within, 50, 100));
        assert_false(reaches(*state, on_last, within, 50, 101));
        assert_true(reaches(*state, on_last, within, -50, -1));
        assert_false(reaches(*state, on_last, within, -50, -2));
        assert_true(reaches(*state, on_first, within, 50, 150));
        assert_true(reaches(*state, on_first, within, 100, 150));
        assert_false(reaches(*state, on_first, within, 101, 150));
        assert_true(reaches(*state, on_first, within, -1, 150));
        assert_false(reaches(*state, on_first, within, -2, 150));
        assert_false(reaches(*state, on_last, events, -50, 50));
        assert_false(reaches(*state, events, within, -50, 50));
        assert_false(reaches(*state, events, on_last, -50, 50));
}

/* Rows "b" and columns "x" are in both tables. */
static const struct report_band part_rows[] = {BAND("a"), BAND("b")}, whole_rows[] = {BAND("b"), BAND("c")};
static const struct report_band part_columns[] = {BAND("x"), BAND("y")}, whole_columns[] = {BAND("z"), BAND("x")};
static const struct report_table pair[] = {
        {.name = "part", .each_case = true, .rows = part_rows, .row_count = 2, .columns = part_columns, .column_count = 2,
         .counted = 2},
        {.name = "whole", .each_case = true, .rows = whole_rows, .row_count = 2, .columns = whole_columns, .column_count = 2,
         .counted = 2}};

/* In one period: what an invariant says, and whether it says it cell by cell. */
static void expect_said(struct paper *paper, struct report_cell part, struct report_cell whole, bool by_cells)
{
        const struct report_invariant invariant = {.name = "held", .says = "so it is", .part = part, .whole = whole};
        struct report report = {.tables = pair, .table_count = 2, .invariants = &invariant, .invariant_count = 1};
        const struct known *known = &paper->known;

        fill(paper, &report, 0, 1);
        fill(paper, &report, 1, 5);
        add_period(paper, 0, 99);
        learn(paper, &report);
        assert_int_equal(is_part(paper, known_number(known, 0, part), known_number(known, 0, whole)), !by_cells);
        for (uint8_t pr = 0; pr < 2; pr++)
                for (uint8_t pc = 0; pc < 2; pc++)
                        for (uint8_t wr = 0; wr < 2; wr++)
                                for (uint8_t wc = 0; wc < 2; wc++)
                                        assert_int_equal(is_part(paper, known_number(known, 0, (struct report_cell){0, pr, pc}),
                                                                 known_number(known, 0, (struct report_cell){1, wr, wc})),
                                                         by_cells && pr == 1 && pc == 0 && wr == 0 && wc == 1);
        forget(paper);
}

/* Only two whole tables are compared by their names; of a sum and a whole table the sums are. */
static void tables_are_compared_by_names_and_sums_as_sums(void **state)
{
        const struct report_cell all_of_part = {0, REPORT_ALL, REPORT_ALL}, all_of_whole = {1, REPORT_ALL, REPORT_ALL};

        expect_said(*state, all_of_part, all_of_whole, true);
        expect_said(*state, (struct report_cell){0, 0, REPORT_ALL}, all_of_whole, false);
        expect_said(*state, (struct report_cell){0, REPORT_ALL, 0}, all_of_whole, false);
        expect_said(*state, all_of_part, (struct report_cell){1, 1, REPORT_ALL}, false);
        expect_said(*state, all_of_part, (struct report_cell){1, REPORT_ALL, 1}, false);
}

/* ---- what is printed ---- */

static const struct report_table unsummed[] = {{.name = "unsummed", .each_case = true, .rows = part_rows, .row_count = 2,
                                                .columns = one, .column_count = 1, .counted = 1}};
static const struct report_cell sum = {0, REPORT_ALL, 0}, cell = {0, 0, 0};

/* Whether the sum of a column is printed in a table that has no line of sums. */
static bool sum_is_printed(struct paper *paper, struct report_rate rate, struct report_trend trend)
{
        struct report report = {.tables = unsummed, .table_count = 1, .rates = &rate, .rate_count = 1, .trends = &trend, .trend_count = 1};
        bool printed;

        fill(paper, &report, 0, 3);
        add_period(paper, 0, 99);
        learn(paper, &report);
        printed = paper->guard.numbers[known_number(&paper->known, 0, sum)].seen;
        assert_true(paper->guard.numbers[known_number(&paper->known, 0, cell)].seen);
        assert_false(paper->guard.numbers[known_number(&paper->known, 0, (struct report_cell){0, REPORT_ALL, REPORT_ALL})].seen);
        forget(paper);
        return printed;
}

static void a_sum_is_printed_where_a_rate_or_a_trend_shows_it(void **state)
{
        const struct report_rate rate = {.of = cell, .over = cell}, by_input = {.of = cell, .by_input = true, .over = sum};
        const struct report_trend trend = {.of = cell, .over = cell, .per = 100};

        assert_false(sum_is_printed(*state, rate, trend));
        assert_true(sum_is_printed(*state, (struct report_rate){.of = sum, .over = cell}, trend));
        assert_true(sum_is_printed(*state, (struct report_rate){.of = cell, .over = sum}, trend));
        assert_false(sum_is_printed(*state, by_input, trend)); /* what is over is not asked there */
        assert_true(sum_is_printed(*state, rate, (struct report_trend){.of = sum, .over = cell, .per = 100}));
        assert_true(sum_is_printed(*state, rate, (struct report_trend){.of = cell, .over = sum, .per = 100}));
        assert_false(sum_is_printed(*state, rate, (struct report_trend){.of = cell, .over = sum, .per = 0})); /* likewise */
}

/* ---- periods that cover another ---- */

static const struct report_table cases[] = {{.name = "cases", .counts = REPORT_CASES_WITHIN, .each_case = true, .rows = one,
                                             .row_count = 1, .columns = one, .column_count = 1, .counted = 1}};
static const struct report people = {.tables = cases, .table_count = 1};

/* Whether all cases of some days are known to be among those of each of them; the missing day is not counted. */
static bool days_cover(struct paper *paper, int32_t days, int32_t missing)
{
        uint32_t whole, last;
        bool found;

        fill(paper, &people, 0, 3);
        add_period(paper, 0, days - 1);
        for (int32_t i = 0; i < days; i++)
                if (i != missing)
                        add_period(paper, i, i);
        learn(paper, &people);
        whole = known_number(&paper->known, 0, cell);
        last = known_number(&paper->known, paper->period_count - 1, cell);
        found = hang_together(paper, whole, last, known_number(&paper->known, 1, cell));
        assert_int_equal(hang_together(paper, whole, last, known_number(&paper->known, paper->period_count - 2, cell)), found);
        forget(paper);
        return found;
}

/* As many periods as a trend can have are put together to cover a longer one, if none is missing. */
static void a_period_is_covered_by_as_many_as_a_trend_can_have(void **state)
{
        assert_true(days_cover(*state, 4, -1));
        assert_false(days_cover(*state, 4, 2));
        assert_true(days_cover(*state, REPORT_TREND_MAX, -1));
        assert_false(days_cover(*state, REPORT_TREND_MAX + 1, -1));
}

/* 4 in one half of a year and 3 in the other may be 4 people: each half is a part, and both are not known to be 7 of 10. */
static void who_is_counted_once_may_be_in_both_halves_of_a_year(void **state)
{
        struct paper *paper = *state;
        uint64_t four = 4, ten = 10;
        const struct report_sums half = {&four, &four, &four, four, 0, NULL}, year = {&ten, &ten, &ten, ten, 0, NULL};
        uint32_t number[3];

        fill(paper, &people, 0, 3);
        add_period(paper, 0, 99);
        add_period(paper, 0, 49);
        add_period(paper, 50, 99);
        paper->periods[0].sums = &year;
        paper->periods[1].sums = &half;
        learn(paper, &people);
        for (size_t i = 0; i < 3; i++)
                number[i] = known_number(&paper->known, i, cell);
        assert_true(is_part(paper, number[1], number[0]) && is_part(paper, number[2], number[0]));
        assert_false(hang_together(paper, number[0], number[1], number[2]));
        forget(paper);
}

/* ---- parts of a whole ---- */

#define A VALUE_BIT(0)
#define B VALUE_BIT(1)

/* How many of all fit a term. */
struct share { struct term term; uint64_t number; };

/* Learns the shares of a whole, each from a table of its own; ret_numbers: that of the whole, then theirs. forget comes after. */
static void learn_shares(struct paper *paper, uint64_t whole, const struct share shares[static 3], uint32_t ret_numbers[static 4])
{
        struct report_table tables[4];
        struct report report = {.tables = tables, .table_count = 4};

        for (uint16_t i = 0; i < 4; i++) {
                tables[i] = (struct report_table){.counts = REPORT_CASES_ON_DAY, .rows = one, .row_count = 1,
                                                  .columns = one, .column_count = 1, .counted = 1};
                if (i > 0)
                        tables[i].when = (struct condition){&shares[i - 1].term, 1};
                fill(paper, &report, i, i == 0 ? whole : shares[i - 1].number);
        }
        add_period(paper, 0, 99);
        learn(paper, &report);
        for (uint16_t i = 0; i < 4; i++)
                ret_numbers[i] = known_number(&paper->known, 0, (struct report_cell){i, 0, 0});
}

/* Of 10 at a level 3 are at A and 4 at B, which are 7 together; and 2 are in one place, whatever their level. */
static void parts_that_have_nothing_in_common_add_up_to_no_more_than_the_whole(void **state)
{
        const struct share levels[] = {{{LEVEL, A}, 3}, {{LEVEL, B}, 4}, {{LEVEL, A | B}, 7}};
        const struct share others[] = {{{LEVEL, A}, 3}, {{LEVEL, B}, 4}, {{PLACE, A}, 2}};
        uint32_t number[4];

        learn_shares(*state, 10, levels, number);
        assert_true(hang_together(*state, number[0], number[1], number[2]));
        assert_true(hang_together(*state, number[3], number[1], number[2]));
        assert_false(hang_together(*state, number[0], number[1], number[3]));
        assert_false(hang_together(*state, number[0], number[2], number[3]));
        assert_true(is_part(*state, number[3], number[0]));
        forget(*state);
        learn_shares(*state, 10, others, number);
        assert_true(hang_together(*state, number[0], number[1], number[2]));
        assert_false(hang_together(*state, number[0], number[1], number[3]));
        assert_true(is_part(*state, number[3], number[0]));
        forget(*state);
}

/* 6 at A and 5 at B of 10 cannot be: each is a part, and both together are not known to be. Who has mark A may have B. */
static void parts_that_may_have_something_in_common_are_parts_one_by_one(void **state)
{
        const struct share levels[] = {{{LEVEL, A}, 6}, {{LEVEL, B}, 5}, {{PLACE, A}, 2}};
        const struct share marks[] = {{{MARKS, A}, 3}, {{MARKS, B}, 4}, {{PLACE, A}, 2}};
        uint32_t number[4];

        for (size_t i = 0; i < 2; i++) {
                learn_shares(*state, 10, i == 0 ? levels : marks, number);
                assert_false(hang_together(*state, number[0], number[1], number[2]));
                for (size_t part = 1; part < 4; part++)
                        assert_true(is_part(*state, number[part], number[0]));
                forget(*state);
        }
}

/* Of a table whose rows ask for marks that one may have together, each row is a part of those that have any. */
static void rows_of_one_table_that_overlap_are_parts_one_by_one(void **state)
{
        const struct term a = {MARKS, A}, b = {MARKS, B}, any = {MARKS, VALUE_ANY_SET};
        const struct report_band rows[] = {BAND_WHEN("a", .when = {&a, 1}), BAND_WHEN("b", .when = {&b, 1})};
        const struct report_table table = {.counts = REPORT_CASES_ON_DAY, .when = {&any, 1}, .rows = rows, .row_count = 2,
                                           .columns = one, .column_count = 1, .counted = 1};
        const struct report report = {.tables = &table, .table_count = 1};
        struct paper *paper = *state;
        uint32_t whole, parts[2];

        fill(paper, &report, 0, 3);
        add_period(paper, 0, 99);
        learn(paper, &report);
        whole = known_number(&paper->known, 0, (struct report_cell){0, REPORT_ALL, REPORT_ALL});
        for (uint8_t row = 0; row < 2; row++)
                parts[row] = known_number(&paper->known, 0, (struct report_cell){0, row, 0});
        assert_true(is_part_without(paper, parts[0], whole, parts[1]));
        assert_true(is_part_without(paper, parts[1], whole, parts[0]));
        forget(paper);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(who_is_there_on_a_day_was_there_in_every_period_about_it, begin, end),
                cmocka_unit_test_setup_teardown(tables_are_compared_by_names_and_sums_as_sums, begin, end),
                cmocka_unit_test_setup_teardown(a_sum_is_printed_where_a_rate_or_a_trend_shows_it, begin, end),
                cmocka_unit_test_setup_teardown(parts_that_have_nothing_in_common_add_up_to_no_more_than_the_whole, begin, end),
                cmocka_unit_test_setup_teardown(parts_that_may_have_something_in_common_are_parts_one_by_one, begin, end),
                cmocka_unit_test_setup_teardown(rows_of_one_table_that_overlap_are_parts_one_by_one, begin, end),
                cmocka_unit_test_setup_teardown(who_is_counted_once_may_be_in_both_halves_of_a_year, begin, end),
                cmocka_unit_test_setup_teardown(a_period_is_covered_by_as_many_as_a_trend_can_have, begin, end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
