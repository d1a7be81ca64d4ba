/*
 * report_check - what does not come out in the figures of a report (report.h).
 *
 * Works on any figures: those counted here, and those that somebody printed.
 */
#include <string.h>

#include "mappad/report.h"

/* Figures under examination. */
struct examination {
        const struct report *report;
        const struct report_sums *sums;
        report_problem_fn sink;
        void *context;
};

static void expect_sum(const struct examination *examination, struct report_cell cell, uint64_t expected)
{
        struct report_problem problem = {.fault = REPORT_FAULT_SUM,
                                         .cell = cell,
                                         .found = report_figure(examination->report, examination->sums, cell),
                                         .expected = expected};

        if (problem.found != expected)
                examination->sink(examination->context, &problem);
}

static uint64_t column_sum(const struct examination *examination, uint16_t index, uint8_t column)
{
        const struct report_table *table = &examination->report->tables[index];
        uint64_t sum = 0;

        for (size_t row = 0; row < table->row_count; row++)
                if (table->rows[row].part_of == REPORT_ALL)
                        sum += examination->sums[index].cells[row * table->column_count + column];
        return sum;
}

/* Rows, columns and the whole; the whole by its cells, so that a wrong column is not blamed on it. */
static void check_sums(const struct examination *examination, uint16_t index)
{
        const struct report_table *table = &examination->report->tables[index];
        const struct report_sums *sums = &examination->sums[index];
        uint64_t total = 0;

        for (size_t row = 0; row < table->row_count; row++) {
                uint64_t sum = 0;

                for (size_t column = 0; column < table->counted; column++)
                        sum += sums->cells[row * table->column_count + column];
                expect_sum(examination, (struct report_cell){index, (uint8_t)row, REPORT_ALL}, sum);
        }
        for (size_t column = 0; column < table->counted; column++) {
                uint64_t sum = column_sum(examination, index, (uint8_t)column);

                total += sum;
                expect_sum(examination, (struct report_cell){index, REPORT_ALL, (uint8_t)column}, sum);
        }
        expect_sum(examination, (struct report_cell){index, REPORT_ALL, REPORT_ALL}, total);
}

static void check_empty(const struct examination *examination, uint16_t index)
{
        const struct report_table *table = &examination->report->tables[index];
        struct report_problem problem = {.fault = REPORT_FAULT_OUTSIDE,
                                         .cell = {index, REPORT_ALL, REPORT_ALL},
                                         .found = examination->sums[index].outside};

        if (problem.found != 0)
                examination->sink(examination->context, &problem);
        problem.fault = REPORT_FAULT_NEVER;
        for (size_t row = 0; row < table->row_count; row++)
                for (size_t column = 0; column < table->counted; column++) {
                        if (((table->never[row] >> column) & 1) == 0)
                                continue;
                        problem.cell = (struct report_cell){index, (uint8_t)row, (uint8_t)column};
                        problem.found = report_figure(examination->report, examination->sums, problem.cell);
                        if (problem.found != 0)
                                examination->sink(examination->context, &problem);
                }
}

/* That one figure is no more than another. */
static void compare(const struct examination *examination, struct report_problem problem)
{
        problem.found = report_figure(examination->report, examination->sums, problem.cell);
        problem.expected = report_figure(examination->report, examination->sums, problem.whole);
        if (problem.found > problem.expected)
                examination->sink(examination->context, &problem);
}

static void check_parts(const struct examination *examination, uint16_t index)
{
        const struct report_table *table = &examination->report->tables[index];

        for (size_t row = 0; row < table->row_count; row++)
                for (size_t column = 0; table->rows[row].part_of != REPORT_ALL && column < table->counted; column++)
                        compare(examination,
                                (struct report_problem){.fault = REPORT_FAULT_PART,
                                                        .cell = {index, (uint8_t)row, (uint8_t)column},
                                                        .whole = {index, table->rows[row].part_of, (uint8_t)column}});
}

/* The band of the same name, or REPORT_ALL. */
static uint8_t same_band(const struct report_band *bands, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(bands[i].name, name) == 0)
                        return (uint8_t)i;
        return REPORT_ALL;
}

/* Table against table: every cell that both have. */
static void compare_tables(const struct examination *examination, struct report_problem problem)
{
        const struct report_table *part = &examination->report->tables[problem.cell.table];
        const struct report_table *whole = &examination->report->tables[problem.whole.table];

        for (size_t row = 0; row < part->row_count; row++) {
                problem.cell.row = (uint8_t)row;
                problem.whole.row = same_band(whole->rows, whole->row_count, part->rows[row].name);
                for (size_t column = 0; problem.whole.row != REPORT_ALL && column < part->counted; column++) {
                        problem.cell.column = (uint8_t)column;
                        problem.whole.column = same_band(whole->columns, whole->counted, part->columns[column].name);
                        if (problem.whole.column != REPORT_ALL)
                                compare(examination, problem);
                }
        }
}

static bool is_whole_table(struct report_cell cell)
{
        return cell.row == REPORT_ALL && cell.column == REPORT_ALL;
}

void report_check(const struct report *report, const struct report_sums *sums, report_problem_fn sink, void *context)
{
        struct examination examination = {report, sums, sink, context};

        for (size_t t = 0; t < report->table_count; t++) {
                check_sums(&examination, (uint16_t)t);
                check_empty(&examination, (uint16_t)t);
                check_parts(&examination, (uint16_t)t);
        }
        for (size_t i = 0; i < report->invariant_count; i++) {
                const struct report_invariant *invariant = &report->invariants[i];
                struct report_problem problem = {.fault = REPORT_FAULT_INVARIANT,
                                                 .cell = invariant->part,
                                                 .whole = invariant->whole,
                                                 .invariant = invariant};

                if (is_whole_table(invariant->part) && is_whole_table(invariant->whole))
                        compare_tables(&examination, problem);
                else
                        compare(&examination, problem);
        }
}
