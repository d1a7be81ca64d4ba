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
#define RELATED_A_STEP 32                 /* figures whose parts are looked for: some 2 ms where there are thousands */

/* ---- figures as numbers ---- */

static bool is_counted(const struct known *known, size_t period, uint16_t table)
{
        return known->periods[period].sums[table].cells != NULL;
}

/* The numbers of a row of a table; that of sums comes last, and so does the sum in it. */
static uint32_t *line_of(const struct known *known, size_t period, uint16_t table, uint8_t row)
{
        const struct report_table *of = &known->report->tables[table];

        return known->sheets[period * known->report->table_count + table] +
               (row == REPORT_ALL ? of->row_count : row) * (of->counted + 1);
}

static uint32_t *place_of(const struct known *known, size_t period, struct report_cell cell)
{
        const struct report_table *table = &known->report->tables[cell.table];

        return line_of(known, period, cell.table, cell.row) +
               (cell.column == REPORT_ALL ? table->counted : cell.column);
}

uint32_t known_number(const struct known *known, size_t period, struct report_cell cell)
{
        return *place_of(known, period, cell);
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

static uint64_t value_of(const struct known *known, const struct known_figure *figure)
{
        return known->guard->numbers[figure->number].value;
}

static uint32_t *head_of(struct known *known, const struct box *box)
{
        return &known->heads[box->population % KNOWN_HEADS];
}

/* The number of a figure that counts the same and is the same; GUARD_NONE: there is none yet. */
static uint32_t find_same(struct known *known, const struct box *box, uint64_t value)
{
        for (uint32_t i = *head_of(known, box); i != 0; i = known->figures[i - 1].next)
                if (value_of(known, &known->figures[i - 1]) == value && box_same(&known->figures[i - 1].box, box))
                        return known->figures[i - 1].number;
        return GUARD_NONE;
}

/* A figure gets its number. */
static void take_figure(struct known *known, size_t period, struct report_cell cell)
{
        const struct report_shown *shown = &known->periods[period];
        struct box box = box_of(known->vocabulary, known->report, cell, shown->first, shown->last);
        uint64_t value = report_figure(known->report, shown->sums, cell);
        uint32_t number = find_same(known, &box, value), *head = head_of(known, &box);
        bool seen = is_seen(known->report, cell);

        if (number == GUARD_NONE) {
                number = guard_add(known->guard, value, seen);
                if (number == GUARD_NONE)
                        return;
                known->figures[known->figure_count++] =
                        (struct known_figure){box, number, *head, (uint16_t)period, cell.table};
                *head = (uint32_t)known->figure_count;
        }
        known->guard->numbers[number].seen |= seen;
        *place_of(known, period, cell) = number;
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

static void know_row(struct known *known, size_t period, uint16_t index, uint8_t row)
{
        const uint32_t *line = line_of(known, period, index, row);
        size_t counted = known->report->tables[index].counted;

        guard_equal(known->guard, line[counted], line, counted);
}

static void know_column(struct known *known, size_t period, uint16_t index, size_t column)
{
        const struct report_table *table = &known->report->tables[index];
        uint32_t parts[REPORT_BANDS_MAX];
        size_t count = 0;

        for (size_t row = 0; row < table->row_count; row++)
                if (table->rows[row].part_of == REPORT_ALL)
                        parts[count++] = line_of(known, period, index, (uint8_t)row)[column];
        guard_equal(known->guard, line_of(known, period, index, REPORT_ALL)[column], parts, count);
}

static void know_part(struct known *known, size_t part_period, struct report_cell part, size_t whole_period,
                      struct report_cell whole)
{
        guard_at_most(known->guard, known_number(known, whole_period, whole), place_of(known, part_period, part), 1);
}

static void know_table(struct known *known, size_t period, uint16_t index)
{
        const struct report_table *table = &known->report->tables[index];

        for (size_t row = 0; row < table->row_count; row++)
                know_row(known, period, index, (uint8_t)row);
        know_row(known, period, index, REPORT_ALL);
        for (size_t column = 0; column <= table->counted; column++)
                know_column(known, period, index, column);
        for (uint8_t row = 0; row < table->row_count; row++)
                for (uint8_t column = 0; table->rows[row].part_of != REPORT_ALL && column < table->counted; column++)
                        know_part(known, period, (struct report_cell){index, row, column}, period,
                                  (struct report_cell){index, table->rows[row].part_of, column});
}

/* ---- what invariants say ---- */

static void know_tables(struct known *known, size_t part_period, struct report_cell part, size_t whole_period,
                        struct report_cell whole)
{
        const struct report_table *parts = &known->report->tables[part.table];
        const struct report_table *wholes = &known->report->tables[whole.table];

        for (uint8_t pr = 0; pr < parts->row_count; pr++)
                for (uint8_t wr = 0; wr < wholes->row_count; wr++)
                        for (uint8_t pc = 0; pc < parts->counted; pc++)
                                for (uint8_t wc = 0; wc < wholes->counted; wc++)
                                        if (strcmp(parts->rows[pr].name, wholes->rows[wr].name) == 0 &&
                                            strcmp(parts->columns[pc].name, wholes->columns[wc].name) == 0)
                                                know_part(known, part_period, (struct report_cell){part.table, pr, pc},
                                                          whole_period, (struct report_cell){whole.table, wr, wc});
}

/* Whether what is said of a part and a whole of one period is as good as said of those of two. Who was there on a day
 * was there in every period that has the day, and, but for an event of the very day between, in one that begins on the
 * next or ended on the one before. */
static bool reaches(const struct known *known, const struct report_invariant *invariant, size_t part, size_t whole)
{
        const struct report_table *parts = &known->report->tables[invariant->part.table];
        const struct report_table *wholes = &known->report->tables[invariant->whole.table];
        int32_t day = parts->first_day ? known->periods[part].first : known->periods[part].last;

        if (part == whole)
                return true;
        return parts->counts == REPORT_CASES_ON_DAY && wholes->counts == REPORT_CASES_WITHIN &&
               day >= known->periods[whole].first - 1 && day <= known->periods[whole].last + 1;
}

static void know_invariant(struct known *known, const struct report_invariant *invariant, size_t part_period,
                           size_t whole_period)
{
        struct report_cell part = invariant->part, whole = invariant->whole;

        if (!is_counted(known, part_period, part.table) || !is_counted(known, whole_period, whole.table) ||
            !reaches(known, invariant, part_period, whole_period))
                return;
        if (part.row == REPORT_ALL && part.column == REPORT_ALL && whole.row == REPORT_ALL &&
            whole.column == REPORT_ALL)
                know_tables(known, part_period, part, whole_period, whole);
        else
                know_part(known, part_period, part, whole_period, whole);
}

/* What invariants say of a period and of all others. */
static void know_invariants(struct known *known, size_t period)
{
        for (size_t i = 0; i < known->report->invariant_count; i++)
                for (size_t whole = 0; whole < known->period_count; whole++)
                        know_invariant(known, &known->report->invariants[i], period, whole);
}

/* ---- what other tables and times say ---- */

/* The figures inside one, each narrower in one way. A 0 is no secret and moves nothing. */
static size_t find_parts(struct known *known, const struct known_figure *whole)
{
        size_t count = 0;

        for (uint32_t i = *head_of(known, &whole->box); i != 0; i = known->figures[i - 1].next) {
                const struct known_figure *figure = &known->figures[i - 1];
                struct known_part *part = &known->parts[count];

                if (value_of(known, figure) == 0 || !box_within(&whole->box, &figure->box, &part->axis))
                        continue;
                part->figure = i - 1;
                part->taken = figure->table == whole->table && figure->period == whole->period &&
                              !box_axis_overlaps(part->axis); /* a line of its own */
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
 * after it that fit beside it, and those before it that do. One that makes them more than the whole has something in
 * common with them after all, and is left to a family of its own: what is true of it alone must not be lost. */
static void know_family(struct known *known, const struct known_figure *whole, size_t count, size_t first)
{
        uint32_t numbers[FAMILY_MAX];
        size_t family[FAMILY_MAX], size = 0, most = whole->box.adds_up ? FAMILY_MAX : 1;
        uint64_t left = value_of(known, whole);

        for (size_t i = 0; i < count && size < most; i++) {
                size_t at = (first + i) % count;
                struct known_part *part = &known->parts[at];
                const struct known_figure *figure = &known->figures[part->figure];

                if (part->axis != known->parts[first].axis || !is_apart(known, part, family, size) ||
                    value_of(known, figure) > left)
                        continue;
                left -= value_of(known, figure);
                part->taken = true;
                numbers[size] = figure->number;
                family[size++] = at;
        }
        guard_at_most(known->guard, whole->number, numbers, size);
}

/* The figure that counts the same up to a day, or beyond it, and not all of the days of one; NULL: there is none. */
static const struct known_figure *find_cover(struct known *known, const struct known_figure *whole, int32_t day)
{
        for (uint32_t i = *head_of(known, &whole->box); i != 0; i = known->figures[i - 1].next) {
                const struct box *box = &known->figures[i - 1].box;

                if (box->first <= day && day <= box->last &&
                    (box->first > whole->box.first || box->last < whole->box.last) &&
                    box_same_but_days(box, &whole->box))
                        return &known->figures[i - 1];
        }
        return NULL;
}

/* Quarters that have all days of a figure among theirs count no less, whatever they count once. */
static void know_cover(struct known *known, const struct known_figure *whole)
{
        uint32_t numbers[REPORT_TREND_MAX];
        int32_t day = whole->box.last;
        size_t count = 0;

        while (day >= whole->box.first && count < REPORT_TREND_MAX) {
                const struct known_figure *cover = find_cover(known, whole, day);

                if (cover == NULL)
                        return;
                numbers[count++] = cover->number;
                day = cover->box.first - 1;
        }
        if (day < whole->box.first)
                guard_at_least(known->guard, whole->number, numbers, count);
}

static void relate(struct known *known, const struct known_figure *whole)
{
        size_t count = value_of(known, whole) == 0 ? 0 : find_parts(known, whole);

        if (whole->box.first < whole->box.last && value_of(known, whole) > 0)
                know_cover(known, whole);

        for (size_t i = 0; i < count; i++)
                if (!known->parts[i].taken)
                        know_family(known, whole, count, i);
}

/* ---- step by step ---- */

bool known_begin(struct known *known, const struct vocabulary *vocabulary, const struct report *report,
                 const struct report_shown *periods, size_t count, struct guard *guard)
{
        size_t figures = 0;

        *known = (struct known){
                .vocabulary = vocabulary, .report = report, .periods = periods, .period_count = count, .guard = guard};
        known->sheets = arena_array(guard->arena, count * report->table_count, sizeof *known->sheets);
        for (size_t p = 0; known->sheets != NULL && p < count; p++)
                for (uint16_t t = 0; t < report->table_count; t++) {
                        size_t size = (report->tables[t].row_count + 1) * (report->tables[t].counted + 1);
                        uint32_t **sheet = &known->sheets[p * report->table_count + t];

                        if (!is_counted(known, p, t))
                                continue;
                        *sheet = arena_array(guard->arena, size, sizeof **sheet);
                        if (*sheet == NULL)
                                return false;
                        figures += size;
                }
        known->figures = arena_array(guard->arena, figures, sizeof *known->figures);
        known->parts = arena_array(guard->arena, figures + 1, sizeof *known->parts);
        return known->sheets != NULL && known->figures != NULL && known->parts != NULL;
}

/* The next sheet, by its place among all; whether it is counted. */
static bool find_sheet(const struct known *known, size_t place, size_t *ret_period, uint16_t *ret_table)
{
        *ret_period = place / known->report->table_count;
        *ret_table = (uint16_t)(place % known->report->table_count);
        return is_counted(known, *ret_period, *ret_table);
}

bool known_next(struct known *known)
{
        const struct report *report = known->report;
        size_t sheets = known->period_count * report->table_count, period;
        uint16_t table;

        if (known->taken < sheets) {
                if (find_sheet(known, known->taken++, &period, &table))
                        take_table(known, period, table);
                return true;
        }
        if (known->told < sheets && !known->guard->failed) {
                if (find_sheet(known, known->told++, &period, &table))
                        know_table(known, period, table);
                if (table == 0)
                        know_invariants(known, period);
                return true;
        }
        for (size_t i = 0; i < RELATED_A_STEP && known->related < known->figure_count; i++)
                relate(known, &known->figures[known->related++]);
        return known->related < known->figure_count && !known->guard->failed;
}
