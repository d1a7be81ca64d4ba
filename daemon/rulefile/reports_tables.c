/*
 * reports_tables - a table of a report: what it counts, its rows and its columns.
 */
#include <stdio.h>
#include <string.h>

#include "reports.h"

enum {
        T_NAME,
        T_TITLE,
        T_NOTES,
        T_COUNTS,
        T_ON,
        T_STATE,
        T_ONCE,
        T_TOTALS,
        T_WHEN,
        T_UNLESS,
        T_EVENTS,
        T_ITEM,
        T_BEGUN,
        T_RULES,
        T_OUTCOMES,
        T_EXPLAINED,
        T_ROWS,
        T_COLUMNS,
        T_NEVER,
        T_KEYS
};
static const struct cfg_key table_keys[T_KEYS] = {
        [T_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [T_TITLE] = {"title", CFG_TEXT, CFG_REQUIRED},
        [T_NOTES] = {"notes", CFG_TEXTS, 0},
        [T_COUNTS] = {"counts", CFG_TEXT, CFG_REQUIRED},
        [T_ON] = {"on", CFG_TEXT, 0},
        [T_STATE] = {"state-of", CFG_TEXT, 0},
        [T_ONCE] = {"once-a-case", CFG_BOOL, 0},
        [T_TOTALS] = {"totals", CFG_BOOL, 0},
        [T_WHEN] = {"when", CFG_GROUP, 0},
        [T_UNLESS] = {"unless", CFG_GROUP, 0},
        [T_EVENTS] = {"events", CFG_GROUPS, 0},
        [T_ITEM] = {"item", CFG_TEXT, 0},
        [T_BEGUN] = {"begun-within", CFG_BOOL, 0},
        [T_RULES] = {"rules", CFG_TEXTS, 0},
        [T_OUTCOMES] = {"outcomes", CFG_TEXTS, 0},
        [T_EXPLAINED] = {"explained", CFG_GROUP, 0},
        [T_ROWS] = {"rows", CFG_GROUPS, 0},
        [T_COLUMNS] = {"columns", CFG_GROUPS, 0},
        [T_NEVER] = {"never", CFG_GROUPS, 0},
};

enum { B_NAME, B_LABEL, B_NOTES, B_WHEN, B_UNLESS, B_WHERE, B_RULES, B_OUTCOMES, B_DAYS, B_MEASURE, B_PART, B_KEYS };
static const struct cfg_key band_keys[B_KEYS] = {
        [B_NAME] = {"name", CFG_TEXT, CFG_REQUIRED}, [B_LABEL] = {"label", CFG_TEXT, CFG_REQUIRED},
        [B_NOTES] = {"notes", CFG_TEXTS, 0},         [B_WHEN] = {"when", CFG_GROUP, 0},
        [B_UNLESS] = {"unless", CFG_GROUP, 0},       [B_WHERE] = {"where", CFG_GROUP, 0},
        [B_RULES] = {"rules", CFG_TEXTS, 0},         [B_OUTCOMES] = {"outcomes", CFG_TEXTS, 0},
        [B_DAYS] = {"days", CFG_GROUP, 0},           [B_MEASURE] = {"measure", CFG_TEXT, 0},
        [B_PART] = {"part-of", CFG_TEXT, 0},
};

enum { NEVER_ROW, NEVER_COLUMN, NEVER_KEYS };
static const struct cfg_key never_keys[NEVER_KEYS] = {
        [NEVER_ROW] = {"row", CFG_TEXT, CFG_REQUIRED}, [NEVER_COLUMN] = {"column", CFG_TEXT, CFG_REQUIRED}};

/* One table while it is read. */
struct table_reading {
        struct report_reading *report;
        struct report_table *table;
        struct view view; /* what its conditions see: the case, or an item too */
        const struct cfg_node *found[T_KEYS];
};

/* One list of rows or columns. */
struct band_list {
        const char *what; /* "row" */
        struct report_band *bands;
        size_t count;
};

/* What a row or column is that sets nothing. */
static const struct report_band band_of_all = {.name = "all",
                                               .label = "",
                                               .days_from = INT32_MIN,
                                               .days_until = INT32_MAX,
                                               .rules = UINT64_MAX,
                                               .outcomes = UINT32_MAX,
                                               .part_of = REPORT_ALL};

static const char *band_name(const void *list, size_t index)
{
        return ((const struct report_band *)list)[index].name;
}

static const char *table_name(const void *list, size_t index)
{
        return ((const struct report_table *)list)[index].name;
}

static const char *put_of(const struct report_table *table, char *of)
{
        snprintf(of, CFG_HINT_SIZE, "of the table \"%s\"", table->name == NULL ? "" : table->name);
        return of;
}

struct named named_rows(const struct report_table *table, char of[static CFG_HINT_SIZE])
{
        return (struct named){"row", put_of(table, of), band_name, table->rows, table->row_count};
}

struct named named_columns(const struct report_table *table, char of[static CFG_HINT_SIZE])
{
        return (struct named){"column", put_of(table, of), band_name, table->columns, table->column_count};
}

/* ---- rows and columns ---- */

/* The event whose fields `where` asks about: the one that explains, or the only one that the table counts. */
static const struct event_type *only_event(const struct table_reading *reading)
{
        const struct report_table *table = reading->table;

        if (table->explained.event != VOCABULARY_NONE)
                return &reading->report->build->event_list[table->explained.event];
        for (size_t i = 1; i < table->event_count; i++)
                if (table->events[i].event != table->events[0].event)
                        return NULL;
        return table->event_count == 0 ? NULL : &reading->report->build->event_list[table->events[0].event];
}

static bool where_read(const struct table_reading *reading, const struct cfg_node *node, struct report_band *band)
{
        struct build *build = reading->report->build;
        const struct event_type *event = only_event(reading);
        bool obligations = reading->table->counts == REPORT_OBLIGATIONS;
        struct view view = {.event = event, .only_possible = !obligations}; /* of none that explains all is unset */

        if (node == NULL)
                return true;
        if (event == NULL) {
                cfg_error(reading->report->file, node, "\"where\" asks about the fields of an event; this table %s",
                          obligations ? "names none by \"explained\"" : "does not count events of one kind");
                return false;
        }
        view.event_broken = build->event_marks[event - build->event_list].broken;
        return condition_read(build, reading->report->file, node, &view, &band->where);
}

static bool band_rules_read(const struct table_reading *reading, const struct cfg_node *node, struct report_band *band)
{
        struct build *build = reading->report->build;
        const struct report_table *table = reading->table;
        bool clean = true;

        if (node == NULL)
                return true;
        band->rules = 0;
        for (size_t i = 0; i < cfg_count(node); i++) {
                const struct cfg_node *element = cfg_element(node, i);
                uint16_t rule = build_find(build, reading->report->file, element, &build->rules, "rule");
                size_t at = 0;

                while (at < table->rule_count && table->rules[at] != rule)
                        at++;
                if (rule != VOCABULARY_NONE && at == table->rule_count)
                        cfg_error(reading->report->file, element, "this table does not count obligations of \"%s\"",
                                  cfg_text(element));
                clean &= at < table->rule_count;
                if (at < table->rule_count)
                        band->rules |= UINT64_C(1) << at;
        }
        return clean;
}

static bool outcomes_read(const struct table_reading *reading, const struct cfg_node *node, uint32_t *ret_outcomes)
{
        const char *words[OBLIGATION_STATE_COUNT];
        struct value_words allowed = {"outcomes", words, OBLIGATION_STATE_COUNT, false};
        uint64_t bits = 0;

        if (node == NULL)
                return true;
        for (unsigned i = 0; i < OBLIGATION_STATE_COUNT; i++)
                words[i] = obligation_state_word((enum obligation_state)i);
        if (!values_read(reading->report->file, node, &allowed, &bits))
                return false;
        *ret_outcomes = (uint32_t)(bits >> 1); /* VALUE_BIT(0) is the second bit */
        return true;
}

static void part_read(const struct table_reading *reading, const struct cfg_node *node, const struct band_list *list,
                      struct report_band *band)
{
        struct named before = {list->what, "above this one", band_name, list->bands, list->count};
        int whole;

        if (node == NULL)
                return;
        if (strcmp(list->what, "row") != 0) {
                cfg_error(reading->report->file, node, "\"part-of\" is for rows: columns add up to their total");
                return;
        }
        whole = named_find(reading->report, node, &before);
        if (whole < 0)
                return;
        band->part_of = (uint8_t)whole;
        if (list->bands[whole].part_of != REPORT_ALL)
                cfg_error(reading->report->file, node, "\"%s\" is itself a part of another row", cfg_text(node));
}

static void measure_read(const struct table_reading *reading, const struct cfg_node *node, const struct band_list *list,
                         struct report_band *band)
{
        static const char *const measures[] = {"median", "worst"};
        int measure;

        if (node == NULL)
                return;
        measure = build_choice(reading->report->file, node, measures, 2);
        if (measure >= 0)
                band->measure = (enum report_measure)(REPORT_MEDIAN + measure);
        if (strcmp(list->what, "row") == 0)
                cfg_error(reading->report->file, node, "\"measure\" is for columns: a row is what is measured");
}

static void band_read(const struct table_reading *reading, const struct cfg_node *node, const struct band_list *list,
                      struct report_band *band)
{
        enum { EVENTS = 1 << REPORT_EVENTS, OBLIGATIONS = 1 << REPORT_OBLIGATIONS, ITEMS = 1 << REPORT_ITEMS_ON_DAY };
        static const struct {
                int key;
                unsigned with;
                const char *what;
        } companions[] = {{B_WHERE, EVENTS | OBLIGATIONS, "events"},
                          {B_RULES, OBLIGATIONS, "obligations"},
                          {B_OUTCOMES, OBLIGATIONS, "obligations"},
                          {B_DAYS, OBLIGATIONS | ITEMS, "obligations or items"},
                          {B_MEASURE, OBLIGATIONS, "obligations"}};
        struct report_reading *report = reading->report;
        const struct cfg_node *found[B_KEYS];
        struct named before = {list->what, "", band_name, list->bands, list->count};
        struct view view = reading->view;

        *band = band_of_all;
        cfg_group(report->file, node, band_keys, B_KEYS, found);
        for (size_t i = 0; i < sizeof companions / sizeof *companions; i++)
                if (found[companions[i].key] != NULL && ((companions[i].with >> reading->table->counts) & 1) == 0) {
                        cfg_error(report->file, found[companions[i].key], "\"%s\" is for tables that count %s",
                                  cfg_name(found[companions[i].key]), companions[i].what);
                        found[companions[i].key] = NULL;
                }
        band->name = named_read(report, found[B_NAME], &before);
        band->label = build_text(report->build, found[B_LABEL]);
        notes_read(report, found[B_NOTES], &band->notes);
        condition_read(report->build, report->file, found[B_WHEN], &view, &band->when);
        view.only_possible = false;
        condition_read(report->build, report->file, found[B_UNLESS], &view, &band->unless);
        where_read(reading, found[B_WHERE], band);
        band_rules_read(reading, found[B_RULES], band);
        outcomes_read(reading, found[B_OUTCOMES], &band->outcomes);
        band_days_read(report, found[B_DAYS], band);
        measure_read(reading, found[B_MEASURE], list, band);
        part_read(reading, found[B_PART], list, band);
}

/* Without a list there is one band that takes all. */
static bool bands_read(const struct table_reading *reading, const struct cfg_node *node, struct band_list *list)
{
        list->bands = node == NULL ? build_array(reading->report->build, 1, sizeof *list->bands)
                                   : report_list(reading->report, node, REPORT_BANDS_MAX, sizeof *list->bands);
        if (list->bands == NULL)
                return false;
        if (node == NULL)
                list->bands[list->count++] = band_of_all;
        for (size_t i = 0; node != NULL && i < cfg_count(node); i++) {
                band_read(reading, cfg_element(node, i), list, &list->bands[i]);
                list->count = i + 1;
        }
        return true;
}

/* Columns that count, and then the measures. */
static void columns_part(const struct table_reading *reading, const struct cfg_node *node)
{
        struct report_table *table = reading->table;

        table->counted = 0;
        while (table->counted < table->column_count && table->columns[table->counted].measure == REPORT_COUNT)
                table->counted++;
        if (table->counted == 0)
                cfg_error(reading->report->file, node, "this table has measures and no column that counts");
        for (size_t i = table->counted; i < table->column_count; i++)
                if (table->columns[i].measure == REPORT_COUNT)
                        cfg_error(reading->report->file, cfg_element(node, i),
                                  "columns that count come before those with a \"measure\"");
}

/* ---- what is counted ---- */

/* Settings that go with some ways of counting only, and those that a way needs. */
static void check_companions(const struct table_reading *reading, const struct cfg_node *node)
{
        enum {
                DAY = 1 << REPORT_CASES_ON_DAY,
                EVENTS = 1 << REPORT_EVENTS,
                OBLIGATIONS = 1 << REPORT_OBLIGATIONS,
                ITEMS = 1 << REPORT_ITEMS_ON_DAY
        };
        static const struct {
                int key;
                unsigned with;
                const char *what;
                bool needed;
        } companions[] = {{T_ON, DAY, "cases on a day", false},
                          {T_STATE, EVENTS | OBLIGATIONS, "events or obligations", false},
                          {T_ONCE, EVENTS | OBLIGATIONS, "events or obligations", false},
                          {T_EVENTS, EVENTS, "events", true},
                          {T_ITEM, ITEMS | OBLIGATIONS, "items or obligations", false},
                          {T_BEGUN, ITEMS, "items", false},
                          {T_RULES, OBLIGATIONS, "obligations", true},
                          {T_OUTCOMES, OBLIGATIONS, "obligations", false},
                          {T_EXPLAINED, OBLIGATIONS, "obligations", false}};
        unsigned counts = 1u << reading->table->counts;

        for (size_t i = 0; i < sizeof companions / sizeof *companions; i++) {
                const struct cfg_node *found = reading->found[companions[i].key];

                if (found != NULL && (companions[i].with & counts) == 0)
                        cfg_error(reading->report->file, found, "\"%s\" is for tables that count %s", cfg_name(found),
                                  companions[i].what);
                if (found == NULL && companions[i].needed && (companions[i].with & counts) != 0)
                        cfg_error(reading->report->file, node, "this table counts %s and needs \"%s\"",
                                  companions[i].what, table_keys[companions[i].key].name);
        }
        if (counts == ITEMS && reading->found[T_ITEM] == NULL)
                cfg_error(reading->report->file, node, "this table counts items and needs \"item\"");
}

static bool events_read(const struct table_reading *reading, const struct cfg_node *node)
{
        struct event_match *events = report_list(reading->report, node, REPORT_NAMED_MAX, sizeof *events);
        bool clean = true;

        if (node == NULL || events == NULL)
                return node == NULL;
        for (size_t i = 0; i < cfg_count(node); i++)
                clean &= match_read(reading->report->build, reading->report->file, cfg_element(node, i),
                                    VOCABULARY_NONE, &events[i]);
        reading->table->events = events;
        reading->table->event_count = clean ? cfg_count(node) : 0;
        return clean;
}

static bool rules_read(const struct table_reading *reading, const struct cfg_node *node)
{
        struct build *build = reading->report->build;
        uint16_t *rules = report_list(reading->report, node, REPORT_RULES_MAX, sizeof *rules);
        size_t count = 0;

        if (node == NULL || rules == NULL)
                return node == NULL;
        for (size_t i = 0; i < cfg_count(node); i++) {
                rules[count] = build_find(build, reading->report->file, cfg_element(node, i), &build->rules, "rule");
                for (size_t j = 0; j < count; j++)
                        if (rules[j] == rules[count])
                                cfg_error(reading->report->file, cfg_element(node, i), "\"%s\" is listed twice",
                                          cfg_text_at(node, i));
                count += rules[count] != VOCABULARY_NONE;
        }
        reading->table->rules = rules;
        reading->table->rule_count = count;
        return count == cfg_count(node);
}

/* An obligation without the item that the conditions see would be in no row. */
static void rules_are_per(const struct table_reading *reading, const struct cfg_node *node)
{
        const struct build *build = reading->report->build;
        const struct report_table *table = reading->table;

        for (size_t i = 0; table->item != VOCABULARY_NONE && i < table->rule_count; i++)
                if (build->rule_list[table->rules[i]].per != table->item && !rule_per_lost(build, table->rules[i]))
                        cfg_error(reading->report->file, cfg_element(node, i),
                                  "\"%s\" is not per \"%s\", which this table is about",
                                  build->rule_list[table->rules[i]].id, build->item_list[table->item].name);
}

static void item_read(struct table_reading *reading, const struct cfg_node *node)
{
        struct build *build = reading->report->build;

        reading->view = reading->report->view;
        reading->table->item = VOCABULARY_NONE;
        if (node == NULL)
                return;
        reading->table->item = build_find(build, reading->report->file, node, &build->items, "item kind");
        reading->view.scope = reading->table->item;
        reading->view.any_scope = reading->table->item == VOCABULARY_NONE;
        reading->view.sees = "this table";
}

static bool counts_read(const struct table_reading *reading, const struct cfg_node *node)
{
        static const char *const ways[] = {[REPORT_CASES_ON_DAY] = "cases-on-day",
                                           [REPORT_CASES_WITHIN] = "cases-within",
                                           [REPORT_EVENTS] = "events",
                                           [REPORT_OBLIGATIONS] = "obligations",
                                           [REPORT_ITEMS_ON_DAY] = "items-on-day"};
        static const char *const days[] = {"last-day", "first-day"}, *const states[] = {"day", "eve"};
        const struct cfg_file *file = reading->report->file;
        struct report_table *table = reading->table;
        int way = reading->found[T_COUNTS] == NULL ? -1 : build_choice(file, reading->found[T_COUNTS], ways, 5);

        if (way < 0)
                return false;
        table->counts = (enum report_counts)way;
        check_companions(reading, node);
        if (reading->found[T_ON] != NULL)
                table->first_day = build_choice(file, reading->found[T_ON], days, 2) == 1;
        if (reading->found[T_STATE] != NULL)
                table->eve = build_choice(file, reading->found[T_STATE], states, 2) == 1;
        table->each_case = table->counts == REPORT_CASES_WITHIN || cfg_bool(reading->found[T_ONCE], false);
        table->outcomes = UINT32_MAX;
        outcomes_read(reading, reading->found[T_OUTCOMES], &table->outcomes);
        table->begun_within = cfg_bool(reading->found[T_BEGUN], false);
        bool events = events_read(reading, reading->found[T_EVENTS]);
        if (!rules_read(reading, reading->found[T_RULES]) || !events)
                return false;
        rules_are_per(reading, reading->found[T_RULES]);
        return explained_read(reading->report, reading->found[T_EXPLAINED], table);
}

static void never_read(const struct table_reading *reading, const struct cfg_node *node)
{
        struct report_table *table = reading->table;
        uint32_t *never = build_array(reading->report->build, table->row_count, sizeof *never);
        char of[CFG_HINT_SIZE];

        table->never = never;
        for (size_t i = 0; never != NULL && i < cfg_count(node); i++) {
                const struct cfg_node *found[NEVER_KEYS];
                int row, column;

                if (!cfg_group(reading->report->file, cfg_element(node, i), never_keys, NEVER_KEYS, found))
                        continue;
                struct named rows = named_rows(table, of);
                row = named_find(reading->report, found[NEVER_ROW], &rows);
                struct named columns = named_columns(table, of);
                column = named_find(reading->report, found[NEVER_COLUMN], &columns);
                if (row >= 0 && column >= 0 && column_counts(reading->report, found[NEVER_COLUMN], table, column))
                        never[row] |= UINT32_C(1) << column;
        }
}

static void table_read(struct report_reading *report, const struct cfg_node *node, const struct named *before,
                       struct report_table *table)
{
        struct table_reading reading = {.report = report, .table = table};
        struct band_list rows = {.what = "row"}, columns = {.what = "column"};

        cfg_group(report->file, node, table_keys, T_KEYS, reading.found);
        table->file = report->file->name;
        table->line = cfg_line(node);
        table->name = named_read(report, reading.found[T_NAME], before);
        table->title = build_text(report->build, reading.found[T_TITLE]);
        table->totals = cfg_bool(reading.found[T_TOTALS], true);
        notes_read(report, reading.found[T_NOTES], &table->notes);
        table->explained.event = VOCABULARY_NONE;
        item_read(&reading, reading.found[T_ITEM]);
        struct view view = reading.view;
        condition_read(report->build, report->file, reading.found[T_WHEN], &view, &table->when);
        view.only_possible = false;
        condition_read(report->build, report->file, reading.found[T_UNLESS], &view, &table->unless);
        if (!counts_read(&reading, node))
                return;
        if (!bands_read(&reading, reading.found[T_ROWS], &rows) ||
            !bands_read(&reading, reading.found[T_COLUMNS], &columns))
                return;
        table->rows = rows.bands;
        table->row_count = rows.count;
        table->columns = columns.bands;
        table->column_count = columns.count;
        columns_part(&reading, reading.found[T_COLUMNS]);
        never_read(&reading, reading.found[T_NEVER]);
}

void report_tables_read(struct report_reading *reading, const struct cfg_node *node)
{
        struct report_table *tables = report_list(reading, node, REPORT_NAMED_MAX, sizeof *tables);
        struct named before = {"table", "", table_name, tables, 0};

        for (; tables != NULL && before.count < cfg_count(node); before.count++)
                table_read(reading, cfg_element(node, before.count), &before, &tables[before.count]);
        reading->tables = tables;
        reading->report->tables = tables;
        reading->report->table_count = before.count;
}
