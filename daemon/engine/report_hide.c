/*
 * report_hide - small numbers that are not to be given out (report.h).
 *
 * A hidden figure is given away by its line if it is the only one hidden there,
 * since a line adds up. So lines are gone over until every one of them hides
 * nothing or at least two; each round hides at least one figure more.
 */
#include "report_days.h"

#define SUMS REPORT_BANDS_MAX /* the row, and the column, of sums */

/* A table with its sums as one more row and column. */
struct sheet {
        const struct report_table *table;
        const struct report_sums *sums;
        struct report_hidden hidden;
};

bool report_has_row_sums(const struct report_table *table)
{
        return table->counted > 1;
}

bool report_has_column_sums(const struct report_table *table)
{
        return table->totals && table->row_count > 1;
}

static bool is_there(const struct sheet *sheet, size_t row, size_t column)
{
        if (row == SUMS && !report_has_column_sums(sheet->table))
                return false;
        if (column == SUMS && !report_has_row_sums(sheet->table))
                return false;
        return (row == SUMS || row < sheet->table->row_count) && (column == SUMS || column < sheet->table->counted);
}

static uint64_t figure(const struct sheet *sheet, size_t row, size_t column)
{
        if (row == SUMS)
                return column == SUMS ? sheet->sums->total : sheet->sums->columns[column];
        if (column == SUMS)
                return sheet->sums->rows[row];
        return sheet->sums->cells[row * sheet->table->column_count + column];
}

static bool hides(const struct sheet *sheet, size_t row, size_t column)
{
        return ((sheet->hidden.rows[row] >> column) & 1) != 0;
}

/* Whether a figure takes part in the sum of its line: parts of other rows do not add up downwards. */
static bool adds_up(const struct sheet *sheet, size_t row, bool downwards)
{
        return !downwards || row == SUMS || sheet->table->rows[row].part_of == REPORT_ALL;
}

/* Hides the smallest figure that is left in a line which hides one alone; whether it did. */
static bool mend_line(struct sheet *sheet, size_t line, bool downwards)
{
        size_t hidden = 0, best = SUMS + 1;
        uint64_t least = UINT64_MAX;

        for (size_t i = 0; i <= SUMS; i++) {
                size_t row = downwards ? i : line, column = downwards ? line : i;

                if (!is_there(sheet, row, column) || !adds_up(sheet, row, downwards))
                        continue;
                uint64_t number = figure(sheet, row, column);
                if (hides(sheet, row, column))
                        hidden++;
                else if (number > 0 && number < least) {
                        least = number;
                        best = i;
                }
        }
        if (hidden != 1 || best > SUMS)
                return false;
        if (downwards)
                sheet->hidden.rows[best] |= UINT64_C(1) << line;
        else
                sheet->hidden.rows[line] |= UINT64_C(1) << best;
        return true;
}

/* One round over all lines that have a sum; whether anything was hidden. */
static bool mend(struct sheet *sheet)
{
        bool changed = false;

        for (size_t row = 0; row <= SUMS && report_has_row_sums(sheet->table); row++)
                changed |= is_there(sheet, row, SUMS) && mend_line(sheet, row, false);
        for (size_t column = 0; column <= SUMS && report_has_column_sums(sheet->table); column++)
                changed |= is_there(sheet, SUMS, column) && mend_line(sheet, column, true);
        return changed;
}

/* A measure of too few is hidden; it adds up to nothing that could give it away. */
static void hide_measures(struct sheet *sheet, uint64_t below)
{
        const struct report_table *table = sheet->table;

        for (size_t row = 0; row <= SUMS; row++) {
                uint8_t line = row == SUMS ? REPORT_ALL : (uint8_t)row;

                for (size_t column = table->counted; column < table->column_count; column++) {
                        if (row >= table->row_count && row != SUMS)
                                continue;
                        uint64_t count = days_count(table, sheet->sums, line, (uint8_t)column);
                        if (count > 0 && count < below)
                                sheet->hidden.rows[row] |= UINT64_C(1) << column;
                }
        }
}

struct report_hidden report_hide(const struct report_table *table, const struct report_sums *sums, uint64_t below)
{
        struct sheet sheet = {.table = table, .sums = sums};
        bool changed = below > 0;

        for (size_t row = 0; row <= SUMS; row++)
                for (size_t column = 0; column <= SUMS; column++)
                        if (is_there(&sheet, row, column) && figure(&sheet, row, column) > 0 &&
                            figure(&sheet, row, column) < below)
                                sheet.hidden.rows[row] |= UINT64_C(1) << column;
        while (changed)
                changed = mend(&sheet);
        if (below > 0)
                hide_measures(&sheet, below);
        return sheet.hidden;
}

bool report_is_hidden(const struct report_hidden *hidden, struct report_cell cell)
{
        size_t row = cell.row == REPORT_ALL ? SUMS : cell.row, column = cell.column == REPORT_ALL ? SUMS : cell.column;

        return ((hidden->rows[row] >> column) & 1) != 0;
}
