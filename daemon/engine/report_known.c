/*
 * report_known - see report_known.h.
 *
 * Every figure is given a number: the same one where two figures count the same and
 * are the same. A relation that is not always so, and is here, is taken in: it hides
 * more and gives nothing away.
 */
#include "report_known.h"

#include <string.h>

#define FAMILY_MAX (2 * REPORT_BANDS_MAX) /* parts of a whole that are looked at together */

/* ---- figures as numbers ---- */

static struct known_sheet *sheet_of(const struct known *known, size_t period, uint16_t table)
{
        return &known->sheets[period * known->report->table_count + table];
}

static bool is_counted(const struct known *known, size_t period, uint16_t table)
{
        return known->periods[period].sums[table].cells != NULL;
}

static size_t place_of(uint8_t band)
{
        return band == REPORT_ALL ? KNOWN_SUMS : band;
}

uint32_t known_number(const struct known *known, size_t period, struct report_cell cell)
{
        return sheet_of(known, period, cell.table)->numbers[place_of(cell.row)][place_of(cell.column)];
}

static bool same_cell(struct report_cell a, struct report_cell b)
{
        return a.table == b.table && a.row == b.row && a.column == b.column;
}

/* Whether a rate or a trend shows a figure. */
static bool is_quoted(const struct report *report, struct report_cell cell)
{
        for (size_t i = 0; i < report->rate_count; i++)
                if (same_cell(report->rates[i].of, cell) ||
                    (!report->rates[i].by_input && same_cell(report->rates[i].over, cell)))
                        return true;
        for (size_t i = 0; i < report->trend_count; i++)
                if (same_cell(report->trends[i].of, cell) ||
                    (report->trends[i].per > 0 && same_cell(report->trends[i].over, cell)))
                        return true;
        return false;
}

/* Sums that a table does not print are known by what they add up, and may be printed elsewhere. */
static bool is_seen(const struct report *report, struct report_cell cell)
{
        const struct report_table *table = &report->tables[cell.table];
        bool printed = (cell.row != REPORT_ALL || report_has_column_sums(table)) &&
                       (cell.column != REPORT_ALL || report_has_row_sums(table));

        return printed || is_quoted(report, cell);
}

/* The number of a figure that counts the same and is the same; GUARD_NONE: there is none yet. */
static uint32_t find_same(const struct known *known, const struct box *box, uint64_t value)
{
        for (size_t i = 0; i < known->figure_count; i++)
                if (known->guard->numbers[known->figures[i].number].value == value &&
                    box_same(&known->figures[i].box, box))
                        return known->figures[i].number;
        return GUARD_NONE;
}

/* A figure gets its number. */
static void take_figure(struct known *known, size_t period, struct report_cell cell)
{
        const struct report_shown *shown = &known->periods[period];
        struct box box = box_of(known->report, cell, shown->first, shown->last);
        uint64_t value = report_figure(known->report, shown->sums, cell);
        uint32_t number = find_same(known, &box, value);
        bool seen = is_seen(known->report, cell);

        if (number == GUARD_NONE) {
                number = guard_add(known->guard, value, seen);
                if (number == GUARD_NONE)
                        return;
                known->figures[known->figure_count++] = (struct known_figure){box, number, (uint16_t)period, cell.table};
        }
        known->guard->numbers[number].seen |= seen;
        sheet_of(known, period, cell.table)->numbers[place_of(cell.row)][place_of(cell.column)] = number;
}

/* Each row with its sum, then the sums: those of the columns, and of all. */
static void take_table(struct known *known, size_t period, uint16_t index)
{
        const struct report_table *table = &known->report->tables[index];

        for (size_t r = 0; r <= table->row_count; r++)
                for (size_t c = 0; c <= table->counted; c++)
                        take_figure(known, period,
                                    (struct report_cell){index, r == table->row_count ? REPORT_ALL : (uint8_t)r,
                                                         c == table->counted ? REPORT_ALL : (uint8_t)c});
}

/* ---- what is known within a table ---- */

static void know_row(struct known *known, const struct known_sheet *sheet, const struct report_table *table, size_t row)
{
        guard_equal(known->guard, sheet->numbers[row][KNOWN_SUMS], sheet->numbers[row], table->counted);
}

static void know_column(struct known *known, const struct known_sheet *sheet, const struct report_table *table,
                        size_t column)
{
        uint32_t parts[REPORT_BANDS_MAX];
        size_t count = 0;

        for (size_t row = 0; row < table->row_count; row++)
                if (table->rows[row].part_of == REPORT_ALL)
                        parts[count++] = sheet->numbers[row][column];
        guard_equal(known->guard, sheet->numbers[KNOWN_SUMS][column], parts, count);
}

static void know_table(struct known *known, size_t period, uint16_t index)
{
        const struct report_table *table = &known->report->tables[index];
        const struct known_sheet *sheet = sheet_of(known, period, index);

        for (size_t row = 0; row < table->row_count; row++)
                know_row(known, sheet, table, row);
        know_row(known, sheet, table, KNOWN_SUMS);
        for (size_t column = 0; column < table->counted; column++)
                know_column(known, sheet, table, column);
        know_column(known, sheet, table, KNOWN_SUMS);
        for (size_t row = 0; row < table->row_count; row++)
                for (size_t column = 0; table->rows[row].part_of != REPORT_ALL && column < table->counted; column++)
                        guard_at_most(known->guard, sheet->numbers[table->rows[row].part_of][column],
                                      &sheet->numbers[row][column], 1);
}

/* ---- what invariants say ---- */

static void know_part(struct known *known, size_t period, struct report_cell part, struct report_cell whole)
{
        uint32_t number = known_number(known, period, part);

        guard_at_most(known->guard, known_number(known, period, whole), &number, 1);
}

static void know_tables(struct known *known, size_t period, struct report_cell part, struct report_cell whole)
{
        const struct report_table *parts = &known->report->tables[part.table];
        const struct report_table *wholes = &known->report->tables[whole.table];

        for (uint8_t pr = 0; pr < parts->row_count; pr++)
                for (uint8_t wr = 0; wr < wholes->row_count; wr++)
                        for (uint8_t pc = 0; pc < parts->counted; pc++)
                                for (uint8_t wc = 0; wc < wholes->counted; wc++)
                                        if (strcmp(parts->rows[pr].name, wholes->rows[wr].name) == 0 &&
                                            strcmp(parts->columns[pc].name, wholes->columns[wc].name) == 0)
                                                know_part(known, period, (struct report_cell){part.table, pr, pc},
                                                          (struct report_cell){whole.table, wr, wc});
}

static void know_invariant(struct known *known, size_t period, const struct report_invariant *invariant)
{
        struct report_cell part = invariant->part, whole = invariant->whole;

        if (!is_counted(known, period, part.table) || !is_counted(known, period, whole.table))
                return;
        if (part.row == REPORT_ALL && part.column == REPORT_ALL && whole.row == REPORT_ALL && whole.column == REPORT_ALL)
                know_tables(known, period, part, whole);
        else
                know_part(known, period, part, whole);
}

/* ---- what other tables and times say ---- */

static uint64_t value_of(const struct known *known, const struct known_figure *figure)
{
        return known->guard->numbers[figure->number].value;
}

/* The figures inside one, each narrower in one way. A 0 is no secret and moves nothing. */
static size_t find_parts(struct known *known, const struct known_figure *whole)
{
        size_t count = 0;

        for (uint32_t i = 0; i < known->figure_count; i++) {
                const struct known_figure *figure = &known->figures[i];
                struct known_part *part = &known->parts[count];

                if (value_of(known, figure) == 0 || !box_within(&whole->box, &figure->box, &part->axis))
                        continue;
                part->figure = i;
                part->taken = figure->table == whole->table && figure->period == whole->period; /* a line of its own */
                count++;
        }
        return count;
}

/* Whether a part has nothing in common with those of a family. */
static bool is_apart(const struct known *known, const struct known_part *part, const size_t *family, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (!box_apart(&known->figures[known->parts[family[i]].figure].box, &known->figures[part->figure].box,
                               part->axis))
                        return false;
        return true;
}

/* Parts that have nothing in common with each other, so that they add up to no more than the whole: the first, those
 * after it that fit beside it, and those before it that do. */
static void know_family(struct known *known, const struct known_figure *whole, size_t count, size_t first)
{
        uint32_t numbers[FAMILY_MAX];
        size_t family[FAMILY_MAX], size = 0, most = whole->box.adds_up ? FAMILY_MAX : 1;

        for (size_t i = 0; i < count && size < most; i++) {
                size_t at = (first + i) % count;
                struct known_part *part = &known->parts[at];

                if (part->axis != known->parts[first].axis || !is_apart(known, part, family, size))
                        continue;
                part->taken = true;
                numbers[size] = known->figures[part->figure].number;
                family[size++] = at;
        }
        guard_at_most(known->guard, whole->number, numbers, size);
}

bool known_relate(struct known *known)
{
        if (known->related == known->figure_count)
                return false;
        const struct known_figure *whole = &known->figures[known->related++];
        size_t count = value_of(known, whole) == 0 ? 0 : find_parts(known, whole);

        for (size_t i = 0; i < count; i++)
                if (!known->parts[i].taken)
                        know_family(known, whole, count, i);
        return true;
}

/* ---- the whole ---- */

static bool make_room(struct known *known)
{
        const struct report *report = known->report;
        struct arena *arena = known->guard->arena;
        size_t figures = 0;

        for (size_t p = 0; p < known->period_count; p++)
                for (uint16_t t = 0; t < report->table_count; t++)
                        if (is_counted(known, p, t))
                                figures += (report->tables[t].row_count + 1) * (report->tables[t].counted + 1);
        known->sheets = arena_array(arena, known->period_count * report->table_count, sizeof *known->sheets);
        known->figures = arena_array(arena, figures, sizeof *known->figures);
        known->parts = arena_array(arena, figures + 1, sizeof *known->parts);
        return known->sheets != NULL && known->figures != NULL && known->parts != NULL;
}

bool known_begin(struct known *known, const struct report *report, const struct report_shown *periods, size_t count,
                 struct guard *guard)
{
        *known = (struct known){.report = report, .periods = periods, .period_count = count, .guard = guard};
        if (!make_room(known))
                return false;
        for (size_t p = 0; p < count; p++)
                for (uint16_t t = 0; t < report->table_count; t++)
                        if (is_counted(known, p, t))
                                take_table(known, p, t);
        if (guard->failed)
                return false;
        for (size_t p = 0; p < count; p++) {
                for (uint16_t t = 0; t < report->table_count; t++)
                        if (is_counted(known, p, t))
                                know_table(known, p, t);
                for (size_t i = 0; i < report->invariant_count; i++)
                        know_invariant(known, p, &report->invariants[i]);
        }
        return !guard->failed;
}
