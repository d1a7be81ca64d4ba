/*
 * report - counting one case into the cells of a report (report.h).
 *
 * Rows and columns that fit a moment are two sets of bits; their product is the
 * cells. `hit` remembers the cells of the moment in hand, or, where a case counts
 * once, of all its moments so far.
 */
#include "mappad/report.h"

#include <string.h>

#include "view.h"

/* A moment of a case: what the conditions of a table are asked of. */
struct instance {
        struct state state;
        const struct value *fields; /* of the event; NULL without */
        size_t rule;                /* position in the table's rules */
        unsigned outcome;
        int32_t day;
};

/* One table while a case is counted into it. */
struct tally {
        const struct report_table *table;
        struct report_sums *sums;
        uint16_t index;
        uint32_t hit[REPORT_BANDS_MAX];
        bool fitted, placed;
        int32_t day; /* of the first moment that fitted */
        report_hit_fn sink;
        void *context;
};

/* A case with everything that its tables need. */
struct counting {
        const struct report_period *period;
        const struct view *view;
        struct tally *tallies;
};

uint16_t report_find(const struct ruleset *ruleset, const char *name)
{
        for (size_t i = 0; i < ruleset->report_count; i++)
                if (strcmp(ruleset->reports[i].name, name) == 0)
                        return (uint16_t)i;
        return VOCABULARY_NONE;
}

uint16_t report_input(const struct report *report, const char *name)
{
        for (size_t i = 0; i < report->input_count; i++)
                if (strcmp(report->inputs[i].name, name) == 0)
                        return (uint16_t)i;
        return VOCABULARY_NONE;
}

struct report_sums *report_sums_new(const struct report *report, struct arena *arena)
{
        struct report_sums *sums = arena_array(arena, report->table_count, sizeof *sums);

        for (size_t t = 0; sums != NULL && t < report->table_count; t++) {
                const struct report_table *table = &report->tables[t];

                sums[t].cells = arena_array(arena, table->row_count * table->column_count, sizeof *sums->cells);
                sums[t].rows = arena_array(arena, table->row_count, sizeof *sums->rows);
                sums[t].columns = arena_array(arena, table->column_count, sizeof *sums->columns);
                if (sums[t].cells == NULL || sums[t].rows == NULL || sums[t].columns == NULL)
                        return NULL;
        }
        return sums;
}

uint64_t report_figure(const struct report *report, const struct report_sums *sums, struct report_cell cell)
{
        const struct report_sums *of = &sums[cell.table];

        if (cell.row == REPORT_ALL)
                return cell.column == REPORT_ALL ? of->total : of->columns[cell.column];
        if (cell.column == REPORT_ALL)
                return of->rows[cell.row];
        return of->cells[cell.row * report->tables[cell.table].column_count + cell.column];
}

static bool band_fits(const struct report_band *band, const struct instance *instance)
{
        if (((band->rules >> instance->rule) & 1) == 0 || ((band->outcomes >> instance->outcome) & 1) == 0)
                return false;
        if (band->where.count > 0 && !condition_holds(band->where, instance->fields))
                return false;
        return state_fits(band->when, band->unless, instance->state);
}

static uint32_t bands_that_fit(const struct report_band *bands, size_t count, const struct instance *instance)
{
        uint32_t bits = 0;

        for (size_t i = 0; i < count; i++)
                if (band_fits(&bands[i], instance))
                        bits |= UINT32_C(1) << i;
        return bits;
}

static void tell(const struct tally *tally, uint8_t row, uint8_t column, int32_t day)
{
        struct report_hit hit = {{tally->index, row, column}, day};

        if (tally->sink != NULL)
                tally->sink(tally->context, &hit);
}

/* A row's cells that are new; where a case counts once, the sums grow with them. */
static void count_row(struct tally *tally, size_t row, uint32_t columns, int32_t day)
{
        const struct report_table *table = tally->table;
        struct report_sums *sums = tally->sums;
        uint32_t fresh = columns & ~tally->hit[row];

        tally->hit[row] |= columns;
        for (size_t column = 0; column < table->column_count; column++) {
                if (((fresh >> column) & 1) == 0)
                        continue;
                sums->cells[row * table->column_count + column]++;
                tell(tally, (uint8_t)row, (uint8_t)column, day);
                if (!table->each_case)
                        continue;
                sums->rows[row]++;
                if (table->rows[row].part_of != REPORT_ALL)
                        continue;
                sums->columns[column]++;
                sums->total++;
        }
}

/* The sums of a table whose moments count one by one, by rows and by columns and not by cells. */
static void count_sums(struct tally *tally, uint32_t rows, uint32_t columns)
{
        const struct report_table *table = tally->table;
        uint32_t whole = 0;

        for (size_t row = 0; columns != 0 && row < table->row_count; row++)
                if (((rows >> row) & 1) != 0) {
                        tally->sums->rows[row]++;
                        whole |= table->rows[row].part_of == REPORT_ALL;
                }
        for (size_t column = 0; whole != 0 && column < table->column_count; column++)
                tally->sums->columns[column] += (columns >> column) & 1;
        tally->sums->total += whole;
}

static void take(struct tally *tally, const struct instance *instance)
{
        const struct report_table *table = tally->table;

        if (!state_fits(table->when, table->unless, instance->state))
                return;
        uint32_t rows = bands_that_fit(table->rows, table->row_count, instance);
        uint32_t columns = bands_that_fit(table->columns, table->column_count, instance);
        if (!tally->fitted)
                tally->day = instance->day;
        tally->fitted = true;
        tally->placed |= rows != 0 && columns != 0;
        if (!table->each_case) {
                memset(tally->hit, 0, sizeof tally->hit);
                count_sums(tally, rows, columns);
        }
        for (size_t row = 0; row < table->row_count; row++)
                if (((rows >> row) & 1) != 0)
                        count_row(tally, row, columns, instance->day);
        if (!table->each_case && (rows == 0 || columns == 0)) {
                tally->sums->outside++;
                tell(tally, REPORT_ALL, REPORT_ALL, instance->day);
        }
}

/* The state at the end of a day; before the first there is the eve of the case. */
static struct state state_on(const struct view *view, int32_t day)
{
        if (view->segment_count == 0 || day < view->segments[0].first)
                return view->before;
        return view->segments[view_segment(view, day)].state;
}

static void count_day(const struct counting *counting, struct tally *tally)
{
        int32_t day = tally->table->first_day ? counting->period->first : counting->period->last;
        struct instance instance = {.day = day};

        if (day < counting->view->segments[0].first)
                return;
        instance.state = state_on(counting->view, day);
        take(tally, &instance);
}

static void count_days(const struct counting *counting, struct tally *tally)
{
        const struct view *view = counting->view;

        for (size_t i = 0; i < view->segment_count; i++) {
                struct instance instance = {.state = view->segments[i].state, .day = view->segments[i].first};

                if (view_segment_last(view, i) < counting->period->first)
                        continue;
                if (instance.day < counting->period->first)
                        instance.day = counting->period->first;
                take(tally, &instance);
        }
}

static bool is_counted(const struct report_table *table, const struct fact *fact)
{
        for (size_t i = 0; i < table->event_count; i++)
                if (table->events[i].event == fact->type && condition_holds(table->events[i].where, fact->fields))
                        return true;
        return false;
}

static void count_events(const struct counting *counting, struct tally *tally)
{
        const struct view *view = counting->view;
        uint64_t types = 0;

        for (size_t i = 0; i < tally->table->event_count; i++)
                types |= TYPE_BIT(tally->table->events[i].event);
        for (size_t i = 0; (types & view->types) != 0 && i < view->fact_count; i++) {
                const struct fact *fact = view->facts[i];

                if (fact->on < counting->period->first || !is_counted(tally->table, fact))
                        continue;
                struct instance instance = {.fields = fact->fields, .day = fact->on};
                instance.state = state_on(view, fact->on - tally->table->eve);
                take(tally, &instance);
        }
}

static void count_table(const struct counting *counting, struct tally *tally)
{
        switch (tally->table->counts) {
        case REPORT_CASES_ON_DAY:
                count_day(counting, tally);
                break;
        case REPORT_CASES_WITHIN:
                count_days(counting, tally);
                break;
        case REPORT_EVENTS:
                count_events(counting, tally);
                break;
        case REPORT_OBLIGATIONS:
                break;
        }
}

/* One obligation, for each table that counts its rule. */
static void take_obligation(void *context, const struct obligation *obligation)
{
        const struct counting *counting = context;
        const struct report *report = counting->period->report;

        if (obligation->due == CIVIL_NONE || obligation->due < counting->period->first ||
            obligation->due > counting->period->last)
                return;
        for (size_t t = 0; t < report->table_count; t++) {
                struct tally *tally = &counting->tallies[t];
                struct instance instance = {.outcome = obligation->state, .day = obligation->due};

                while (instance.rule < tally->table->rule_count &&
                       tally->table->rules[instance.rule] != obligation->rule)
                        instance.rule++;
                if (instance.rule == tally->table->rule_count ||
                    ((tally->table->outcomes >> instance.outcome) & 1) == 0)
                        continue;
                instance.state = state_on(counting->view, obligation->due - tally->table->eve);
                take(tally, &instance);
        }
}

/* Tables that count states, events and days; whether any counts obligations. */
static bool count_tables(const struct counting *counting)
{
        const struct report *report = counting->period->report;
        bool obligations = false;

        for (size_t t = 0; t < report->table_count; t++) {
                obligations |= report->tables[t].counts == REPORT_OBLIGATIONS;
                if (report->tables[t].eve || bits_hold(report->tables[t].when, counting->view->seen))
                        count_table(counting, &counting->tallies[t]);
        }
        return obligations;
}

/* A case that counts once and fell into no cell is outside once. */
static void close_tallies(const struct counting *counting)
{
        for (size_t t = 0; t < counting->period->report->table_count; t++) {
                struct tally *tally = &counting->tallies[t];

                if (!tally->table->each_case || !tally->fitted || tally->placed)
                        continue;
                tally->sums->outside++;
                tell(tally, REPORT_ALL, REPORT_ALL, tally->day);
        }
}

enum status report_count(const struct report_period *period, const struct casefile *casefile, struct arena *arena,
                         struct report_sums *sums, report_hit_fn sink, void *context)
{
        const struct report *report = period->report;
        struct arena_mark mark = arena_mark(arena);
        struct view view;
        struct counting counting = {.period = period, .view = &view};
        enum status status = STATUS_OK;

        if (casefile->fact_count == 0)
                return STATUS_OK;
        counting.tallies = arena_array(arena, report->table_count, sizeof *counting.tallies);
        if (counting.tallies == NULL)
                return STATUS_NO_MEMORY;
        for (size_t t = 0; t < report->table_count; t++)
                counting.tallies[t] = (struct tally){.table = &report->tables[t],
                                                     .sums = &sums[t],
                                                     .index = (uint16_t)t,
                                                     .sink = sink,
                                                     .context = context};
        status = view_build(period->ruleset, casefile, NULL, period->last, arena, &view);
        if (status != STATUS_OK)
                return status;
        if (view.segment_count > 0 && count_tables(&counting))
                status = obligation_derive(period->ruleset, casefile, period->last, arena, take_obligation, &counting);
        if (status == STATUS_OK)
                close_tallies(&counting);
        arena_rewind(arena, mark);
        return status;
}
