/*
 * report_hide - small numbers that are not to be given out (report.h).
 *
 * All figures of an answer are looked at together: those of every table, of the year
 * before, and of the quarters of its trends. What a reader knows of how they hang
 * together is in report_known, what has to be hidden besides in report_guard.
 */
#include "report_days.h"
#include "report_known.h"

#define SUMS REPORT_BANDS_MAX /* the row, and the column, of sums */
#define HIDDEN_A_STEP 8       /* figures hidden: some 2 ms where there are thousands */

struct report_hiding {
        const struct report *report;
        const struct report_shown *periods;
        size_t period_count;
        uint64_t below;
        struct guard guard;
        struct known known;
        bool related;
        uint32_t next; /* number that is looked at */
};

bool report_has_row_sums(const struct report_table *table)
{
        return table->counted > 1;
}

bool report_has_column_sums(const struct report_table *table)
{
        return table->totals && table->row_count > 1;
}

bool report_is_hidden(const struct report_hidden *hidden, struct report_cell cell)
{
        size_t row = cell.row == REPORT_ALL ? SUMS : cell.row;
        size_t column = cell.column == REPORT_ALL ? SUMS : cell.column;

        return ((hidden->rows[row] >> column) & 1) != 0;
}

struct report_hiding *report_hide_begin(const struct vocabulary *vocabulary, const struct report *report,
                                        const struct report_shown *periods, size_t count, uint64_t below,
                                        struct arena *arena)
{
        struct report_hiding *hiding = arena_alloc(arena, sizeof *hiding);

        if (hiding == NULL)
                return NULL;
        *hiding = (struct report_hiding){
                .report = report, .periods = periods, .period_count = count, .below = below, .related = below == 0};
        guard_init(&hiding->guard, arena);
        if (below > 0 && !known_begin(&hiding->known, vocabulary, report, periods, count, &hiding->guard))
                return NULL;
        return hiding;
}

/* ---- what was found, table by table ---- */

/* Bits of a line's figures: those that count, and their sum. */
static uint64_t hidden_line(const struct report_hiding *hiding, size_t period, uint16_t table, uint8_t row)
{
        uint64_t bits = 0;

        for (size_t c = 0; c <= hiding->report->tables[table].counted; c++) {
                bool sum = c == hiding->report->tables[table].counted;
                struct report_cell cell = {table, row, sum ? REPORT_ALL : (uint8_t)c};

                if (hiding->guard.numbers[known_number(&hiding->known, period, cell)].hidden)
                        bits |= UINT64_C(1) << (sum ? SUMS : c);
        }
        return bits;
}

/* A measure of too few is hidden, and one of a line that hides a figure: whether there is one says something of it.
 * That of all rows goes with that of any: the worst of all is the worst of one. */
static void hide_measures(const struct report_hiding *hiding, const struct report_shown *shown, uint16_t index)
{
        const struct report_table *table = &hiding->report->tables[index];
        struct report_hidden *hidden = &shown->hidden[index];

        for (size_t column = table->counted; column < table->column_count; column++) {
                uint64_t bit = UINT64_C(1) << column;

                for (size_t r = 0; r <= table->row_count; r++) {
                        bool all = r == table->row_count;
                        uint64_t *line = &hidden->rows[all ? SUMS : r];
                        uint64_t count =
                                days_count(table, &shown->sums[index], all ? REPORT_ALL : (uint8_t)r, (uint8_t)column);

                        if (*line != 0 || (count > 0 && count < hiding->below))
                                *line |= bit;
                        hidden->rows[SUMS] |= *line & bit;
                }
        }
}

static void write_period(const struct report_hiding *hiding, size_t period)
{
        const struct report_shown *shown = &hiding->periods[period];

        for (uint16_t t = 0; t < hiding->report->table_count; t++) {
                const struct report_table *table = &hiding->report->tables[t];

                if (shown->sums[t].cells == NULL) /* of a quarter only what trends are made of is counted */
                        continue;
                for (size_t r = 0; r < table->row_count; r++)
                        shown->hidden[t].rows[r] = hidden_line(hiding, period, t, (uint8_t)r);
                shown->hidden[t].rows[SUMS] = hidden_line(hiding, period, t, REPORT_ALL);
                hide_measures(hiding, shown, t);
        }
}

/* ---- step by step ---- */

/* A hidden figure is to leave as many values open as there are small ones. */
static uint64_t others_of(uint64_t below)
{
        return below > 2 ? below - 2 : 1;
}

static void hide_some(struct report_hiding *hiding)
{
        struct guard *guard = &hiding->guard;

        for (size_t count = 0; hiding->next < guard->number_count && count < HIDDEN_A_STEP; hiding->next++) {
                const struct guard_number *number = &guard->numbers[hiding->next];

                if (!number->seen || number->value == 0 || number->value >= hiding->below)
                        continue;
                guard_hide(guard, hiding->next, others_of(hiding->below));
                count++;
        }
}

enum status report_hide_next(struct report_hiding *hiding, bool *ret_done)
{
        *ret_done = false;
        if (hiding->related && hiding->next == hiding->guard.number_count) {
                for (size_t p = 0; hiding->below > 0 && p < hiding->period_count; p++)
                        write_period(hiding, p);
                *ret_done = true;
        } else if (hiding->related) {
                hide_some(hiding);
        } else {
                hiding->related = !known_next(&hiding->known);
                if (hiding->related && !guard_close(&hiding->guard))
                        return STATUS_NO_MEMORY;
        }
        return STATUS_OK;
}
