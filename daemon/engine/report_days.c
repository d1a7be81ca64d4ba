/*
 * report_days - see report_days.h.
 */
#include "report_days.h"

#include "mappad/ensure.h"

#define DAYS (REPORT_DAYS_MAX + 1)

bool days_new(const struct report_table *table, struct arena *arena, struct report_sums *sums)
{
        size_t measures = table->column_count - table->counted;

        if (measures == 0)
                return true;
        sums->days = arena_array(arena, measures * (table->row_count + 1) * DAYS, sizeof *sums->days);
        return sums->days != NULL;
}

/* The counters of a row; those of all rows come last. */
static uint32_t *line_of(const struct report_table *table, const struct report_sums *sums, uint8_t row, uint8_t column)
{
        size_t line = row == REPORT_ALL ? table->row_count : row;

        return sums->days + ((column - table->counted) * (table->row_count + 1) + line) * DAYS;
}

void days_add(const struct report_table *table, struct report_sums *sums, uint8_t row, uint8_t column, int32_t days)
{
        int32_t at = days > REPORT_DAYS_MAX ? REPORT_DAYS_MAX : days;

        ENSURE(days >= 0);
        line_of(table, sums, row, column)[at]++;
}

uint64_t days_count(const struct report_table *table, const struct report_sums *sums, uint8_t row, uint8_t column)
{
        const uint32_t *days = line_of(table, sums, row, column);
        uint64_t count = 0;

        for (size_t i = 0; i < DAYS; i++)
                count += days[i];
        return count;
}

uint64_t days_figure(const struct report_table *table, const struct report_sums *sums, uint8_t row, uint8_t column)
{
        const uint32_t *days = line_of(table, sums, row, column);
        uint64_t count = days_count(table, sums, row, column), before = 0;
        uint64_t wanted = table->columns[column].measure == REPORT_MEDIAN ? count / 2 : count - 1;
        size_t at = 0;

        if (count == 0)
                return 0;
        while (before + days[at] <= wanted)
                before += days[at++];
        return at;
}
