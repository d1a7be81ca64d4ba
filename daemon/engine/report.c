/*
 * report - counting one case into the cells of a report (report.h).
 *
 * Rows and columns that fit a moment are two sets of bits; their product is the
 * cells. `hit` remembers the cells of the moment in hand, or, where a case counts
 * once, of all its moments so far.
 */
#include "mappad/report.h"

#include <string.h>

#include "mappad/ensure.h"
#include "report_days.h"
#include "view.h"

/* A moment of a case: what the conditions of a table are asked of. */
struct instance {
        struct state state;
        const struct value *fields; /* of the event, or of the one that explains; NULL without: all are unset */
        size_t rule;                /* position in the table's rules */
        unsigned outcome;
        int32_t day;
        int32_t days; /* how late, or how old */
};

/* One table while a case is counted into it. */
struct tally {
        const struct report_table *table;
        struct report_sums *sums;
        int32_t first, last; /* days that count */
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
        const struct casefile *casefile;
        const struct view *view;
        struct view *items; /* one an item of the case; no segments where none is wanted */
        struct tally *tallies;
        size_t tally_count;
        struct obligation waiting; /* for the next of its rule to say until when it can be explained */
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

struct report_sums *report_sums_new(const struct report *report, bool trended, struct arena *arena)
{
        struct report_sums *sums = arena_array(arena, report->table_count, sizeof *sums);

        for (size_t t = 0; sums != NULL && t < report->table_count; t++) {
                const struct report_table *table = &report->tables[t];

                if (trended && !table->trended)
                        continue;
                sums[t].cells = arena_array(arena, table->row_count * table->column_count, sizeof *sums->cells);
                sums[t].rows = arena_array(arena, table->row_count, sizeof *sums->rows);
                sums[t].columns = arena_array(arena, table->column_count, sizeof *sums->columns);
                if (sums[t].cells == NULL || sums[t].rows == NULL || sums[t].columns == NULL ||
                    !days_new(table, arena, &sums[t]))
                        return NULL;
        }
        return sums;
}

static bool is_measure(const struct report_table *table, uint8_t column)
{
        return column != REPORT_ALL && column >= table->counted;
}

uint64_t report_figure(const struct report *report, const struct report_sums *sums, struct report_cell cell)
{
        const struct report_table *table = &report->tables[cell.table];
        const struct report_sums *of = &sums[cell.table];

        if (is_measure(table, cell.column))
                return days_figure(table, of, cell.row, cell.column);
        if (cell.row == REPORT_ALL)
                return cell.column == REPORT_ALL ? of->total : of->columns[cell.column];
        if (cell.column == REPORT_ALL)
                return of->rows[cell.row];
        return of->cells[cell.row * table->column_count + cell.column];
}

uint64_t report_measured(const struct report *report, const struct report_sums *sums, struct report_cell cell)
{
        const struct report_table *table = &report->tables[cell.table];

        return is_measure(table, cell.column) ? days_count(table, &sums[cell.table], cell.row, cell.column)
                                              : report_figure(report, sums, cell);
}

static bool fields_fit(struct condition where, const struct value *fields)
{
        if (fields != NULL)
                return condition_holds(where, fields);
        for (size_t i = 0; i < where.count; i++)
                if ((where.terms[i].mask & VALUE_UNSET) == 0)
                        return false;
        return true;
}

static bool band_fits(const struct report_band *band, const struct instance *instance)
{
        if (((band->rules >> instance->rule) & 1) == 0 || ((band->outcomes >> instance->outcome) & 1) == 0)
                return false;
        if (instance->days < band->days_from || instance->days > band->days_until)
                return false;
        if (!fields_fit(band->where, instance->fields))
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
        for (size_t column = 0; column < table->counted; column++) {
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
        for (size_t column = 0; whole != 0 && column < table->counted; column++)
                tally->sums->columns[column] += (columns >> column) & 1;
        tally->sums->total += whole;
}

/* What the measures of a table say of its rows, and of all of them. */
static void measure(struct tally *tally, uint32_t rows, uint32_t columns, int32_t days)
{
        const struct report_table *table = tally->table;

        for (size_t column = table->counted; column < table->column_count; column++) {
                bool whole = false;

                if (((columns >> column) & 1) == 0)
                        continue;
                for (size_t row = 0; row < table->row_count; row++) {
                        if (((rows >> row) & 1) == 0)
                                continue;
                        days_add(table, tally->sums, (uint8_t)row, (uint8_t)column, days);
                        whole |= table->rows[row].part_of == REPORT_ALL;
                }
                if (whole)
                        days_add(table, tally->sums, REPORT_ALL, (uint8_t)column, days);
        }
}

static void take(struct tally *tally, const struct instance *instance)
{
        const struct report_table *table = tally->table;

        if (!state_fits(table->when, table->unless, instance->state))
                return;
        uint32_t rows = bands_that_fit(table->rows, table->row_count, instance);
        uint32_t fitting = bands_that_fit(table->columns, table->column_count, instance);
        uint32_t columns = fitting & (uint32_t)((UINT64_C(1) << table->counted) - 1);
        if (table->counted < table->column_count)
                measure(tally, rows, fitting, instance->days);
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
        if (day < view->segments[0].first)
                return view->before;
        return view_state(view, view_segment(view, day));
}

static void count_day(const struct counting *counting, struct tally *tally)
{
        int32_t day = tally->table->first_day ? tally->first : tally->last;
        struct instance instance = {.day = day};

        if (day < counting->view->segments[0].first)
                return;
        instance.state = state_on(counting->view, day);
        take(tally, &instance);
}

static void count_days(const struct counting *counting, struct tally *tally)
{
        const struct view *view = counting->view;

        for (size_t i = 0; i < view->segment_count && view->segments[i].first <= tally->last; i++) {
                struct instance instance = {.state = view_state(view, i), .day = view->segments[i].first};

                if (view_segment_last(view, i) < tally->first)
                        continue;
                if (instance.day < tally->first)
                        instance.day = tally->first;
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

                if (fact->on < tally->first || fact->on > tally->last || !is_counted(tally->table, fact))
                        continue;
                struct instance instance = {.fields = fact->fields, .day = fact->on};
                instance.state = state_on(view, fact->on - tally->table->eve);
                take(tally, &instance);
        }
}

static void count_items(const struct counting *counting, struct tally *tally)
{
        for (size_t i = 0; i < counting->casefile->item_count; i++) {
                const struct item *item = &counting->casefile->items[i];

                if (item->kind != tally->table->item || item->begins > tally->last ||
                    (tally->table->begun_within && item->begins < tally->first))
                        continue;
                struct instance instance = {.day = tally->last, .days = tally->last - item->begins};
                instance.state = state_on(&counting->items[i], tally->last);
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
        case REPORT_ITEMS_ON_DAY:
                count_items(counting, tally);
                break;
        case REPORT_OBLIGATIONS:
                break;
        }
}

/* ---- obligations ---- */

/* Days between the due day and the one that closed it late, or the last that counts while nothing has. */
static int32_t days_late(const struct obligation *obligation, int32_t last)
{
        int32_t until = obligation->state == OBLIGATION_MET_LATE  ? obligation->met_on
                        : obligation->state == OBLIGATION_MISSED  ? obligation->ended_on
                        : obligation->state == OBLIGATION_OVERDUE ? last
                                                                  : CIVIL_NONE;

        return until < obligation->due ? 0 : until - obligation->due;
}

/* The fields of the last event that explains an obligation, dated after its due day and up to a last day. */
static const struct value *explanation(const struct counting *counting, const struct report_table *table, size_t rule,
                                       int32_t last)
{
        const struct view *view = counting->view;
        const struct obligation *obligation = &counting->waiting;

        if (table->explained.event == VOCABULARY_NONE || (view->types & TYPE_BIT(table->explained.event)) == 0)
                return NULL;
        for (size_t i = view->fact_count; i > 0 && view->facts[i - 1]->on > obligation->due; i--) {
                const struct fact *fact = view->facts[i - 1];

                if (fact->type != table->explained.event || fact->on > last ||
                    (fact->fields[table->explained.field].bits & table->explained.rules[rule]) == 0)
                        continue;
                if (obligation->item == NULL || fact->item == NULL ||
                    fact_of_item(&view->ruleset->vocabulary, fact, obligation->item))
                        return fact->fields;
        }
        return NULL;
}

/* What the conditions of a table see of an obligation: the case, or the item it is about from its first day on. */
static struct state state_of(const struct counting *counting, const struct report_table *table)
{
        const struct obligation *obligation = &counting->waiting;
        int32_t day = obligation->due - table->eve;

        if (table->item == VOCABULARY_NONE)
                return state_on(counting->view, day);
        ENSURE(obligation->item != NULL); /* a table about items has rules about them alone */
        return state_on(&counting->items[obligation->item - counting->casefile->items],
                        day < obligation->item->begins ? obligation->item->begins : day);
}

static size_t rule_of(const struct report_table *table, uint16_t rule)
{
        size_t at = 0;

        while (at < table->rule_count && table->rules[at] != rule)
                at++;
        return at;
}

/* The obligation that waits, for each table that counts its rule; until is the last day that can explain it. */
static void count_waiting(struct counting *counting, int32_t until)
{
        const struct obligation *obligation = &counting->waiting;

        if (obligation->due == CIVIL_NONE)
                return;
        for (size_t t = 0; t < counting->tally_count; t++) {
                struct tally *tally = &counting->tallies[t];
                const struct report_table *table = tally->table;
                struct instance instance = {.outcome = obligation->state, .day = obligation->due};

                if (table->counts != REPORT_OBLIGATIONS || obligation->due < tally->first ||
                    obligation->due > tally->last || ((table->outcomes >> instance.outcome) & 1) == 0)
                        continue;
                instance.rule = rule_of(table, obligation->rule);
                if (instance.rule == table->rule_count)
                        continue;
                instance.state = state_of(counting, table);
                instance.fields = explanation(counting, table, instance.rule, until);
                instance.days = days_late(obligation, counting->period->last);
                take(tally, &instance);
        }
}

static void take_obligation(void *context, const struct obligation *obligation)
{
        struct counting *counting = context;
        bool same = obligation->rule == counting->waiting.rule && obligation->item == counting->waiting.item;

        if (obligation->due == CIVIL_NONE)
                return;
        count_waiting(counting, same && obligation->due > counting->waiting.due ? obligation->due : CIVIL_MAX);
        counting->waiting = *obligation;
}

/* ---- one case ---- */

/* Views of the items that some table looks at; they are empty where it looks at none. */
static enum status view_items(struct counting *counting, struct arena *arena)
{
        const struct report_period *period = counting->period;
        const struct casefile *casefile = counting->casefile;
        enum status status = STATUS_OK;

        counting->items = arena_array(arena, casefile->item_count, sizeof *counting->items);
        if (counting->items == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; status == STATUS_OK && i < casefile->item_count; i++) {
                bool wanted = false;

                for (size_t t = 0; t < period->report->table_count; t++)
                        wanted |= period->report->tables[t].item == casefile->items[i].kind;
                if (wanted)
                        status = view_build(period->ruleset, casefile, &casefile->items[i], period->last, arena,
                                            &counting->items[i]);
        }
        return status;
}

/* Tables that count states, events, items and days; whether any counts obligations. */
static bool count_tables(const struct counting *counting)
{
        bool obligations = false;

        for (size_t t = 0; t < counting->tally_count; t++) {
                const struct report_table *table = counting->tallies[t].table;

                obligations |= table->counts == REPORT_OBLIGATIONS;
                if (table->eve || table->item != VOCABULARY_NONE || bits_hold(table->when, counting->view->seen))
                        count_table(counting, &counting->tallies[t]);
        }
        return obligations;
}

/* A case that counts once and fell into no cell is outside once. */
static void close_tallies(const struct counting *counting)
{
        for (size_t t = 0; t < counting->tally_count; t++) {
                struct tally *tally = &counting->tallies[t];

                if (!tally->table->each_case || !tally->fitted || tally->placed)
                        continue;
                tally->sums->outside++;
                tell(tally, REPORT_ALL, REPORT_ALL, tally->day);
        }
}

/* One a table of the period, and one a table of which trends are made and span. */
static bool tallies_new(struct counting *counting, struct report_sums *sums, struct arena *arena)
{
        const struct report_period *period = counting->period;
        size_t count = period->report->table_count;

        counting->tallies = arena_array(arena, count * (1 + period->span_count), sizeof *counting->tallies);
        for (size_t s = 0; counting->tallies != NULL && s <= period->span_count; s++) {
                const struct report_span whole = {period->first, period->last, sums};
                const struct report_span *span = s == 0 ? &whole : &period->spans[s - 1];

                for (size_t t = 0; t < count; t++)
                        if (s == 0 || period->report->tables[t].trended)
                                counting->tallies[counting->tally_count++] =
                                        (struct tally){.table = &period->report->tables[t],
                                                       .sums = &span->sums[t],
                                                       .first = span->first,
                                                       .last = span->last,
                                                       .index = (uint16_t)t};
        }
        return counting->tallies != NULL;
}

/* The rules whose obligations some table counts. NULL: no memory. */
static const bool *wanted_rules(const struct report_period *period, struct arena *arena)
{
        bool *rules = arena_array(arena, period->ruleset->rule_count, sizeof *rules);

        for (size_t t = 0; rules != NULL && t < period->report->table_count; t++)
                for (size_t i = 0; i < period->report->tables[t].rule_count; i++)
                        rules[period->report->tables[t].rules[i]] = true;
        return rules;
}

static enum status count_case(struct counting *counting, struct arena *arena)
{
        const struct report_period *period = counting->period;
        const struct obligation_wish wish = {period->last, false, wanted_rules(period, arena)};
        enum status status = wish.rules == NULL ? STATUS_NO_MEMORY : view_items(counting, arena);

        if (status == STATUS_OK && counting->view->segment_count > 0 && count_tables(counting)) {
                status = obligation_derive_some(period->ruleset, counting->casefile, &wish, arena, take_obligation,
                                                counting);
                count_waiting(counting, CIVIL_MAX);
        }
        if (status == STATUS_OK)
                close_tallies(counting);
        return status;
}

enum status report_count(const struct report_period *period, const struct casefile *casefile, struct arena *arena,
                         struct report_sums *sums, report_hit_fn sink, void *context)
{
        struct arena_mark mark = arena_mark(arena);
        struct view view;
        struct counting counting = {
                .period = period, .casefile = casefile, .view = &view, .waiting = {.due = CIVIL_NONE}};

        if (casefile->fact_count == 0)
                return STATUS_OK;
        if (!tallies_new(&counting, sums, arena))
                return STATUS_NO_MEMORY;
        for (size_t t = 0; t < period->report->table_count; t++) {
                counting.tallies[t].sink = sink;
                counting.tallies[t].context = context;
        }
        enum status status = view_build(period->ruleset, casefile, NULL, period->last, arena, &view);
        if (status != STATUS_OK)
                return status;
        status = count_case(&counting, arena);
        arena_rewind(arena, mark);
        return status;
}
