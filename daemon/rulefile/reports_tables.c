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
        T_RULES,
        T_OUTCOMES,
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
        [T_RULES] = {"rules", CFG_TEXTS, 0},
        [T_OUTCOMES] = {"outcomes", CFG_TEXTS, 0},
        [T_ROWS] = {"rows", CFG_GROUPS, 0},
        [T_COLUMNS] = {"columns", CFG_GROUPS, 0},
        [T_NEVER] = {"never", CFG_GROUPS, 0},
};

enum { B_NAME, B_LABEL, B_NOTES, B_WHEN, B_UNLESS, B_WHERE, B_RULES, B_OUTCOMES, B_PART, B_KEYS };
static const struct cfg_key band_keys[B_KEYS] = {
        [B_NAME] = {"name", CFG_TEXT, CFG_REQUIRED}, [B_LABEL] = {"label", CFG_TEXT, CFG_REQUIRED},
        [B_NOTES] = {"notes", CFG_TEXTS, 0},         [B_WHEN] = {"when", CFG_GROUP, 0},
        [B_UNLESS] = {"unless", CFG_GROUP, 0},       [B_WHERE] = {"where", CFG_GROUP, 0},
        [B_RULES] = {"rules", CFG_TEXTS, 0},         [B_OUTCOMES] = {"outcomes", CFG_TEXTS, 0},
        [B_PART] = {"part-of", CFG_TEXT, 0},
};

enum { NEVER_ROW, NEVER_COLUMN, NEVER_KEYS };
static const struct cfg_key never_keys[NEVER_KEYS] = {
        [NEVER_ROW] = {"row", CFG_TEXT, CFG_REQUIRED}, [NEVER_COLUMN] = {"column", CFG_TEXT, CFG_REQUIRED}};

/* One table while it is read. */
struct table_reading {
        struct report_reading *report;
        struct report_table *table;
        const struct cfg_node *found[T_KEYS];
};

/* One list of rows or columns. */
struct band_list {
        const char *what; /* "row" */
        struct report_band *bands;
        size_t count;
};

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

/* The event whose fields `where` asks about: the only one that the table counts. */
static const struct event_type *only_event(const struct table_reading *reading)
{
        const struct report_table *table = reading->table;

        for (size_t i = 1; i < table->event_count; i++)
                if (table->events[i].event != table->events[0].event)
                        return NULL;
        return table->event_count == 0 ? NULL : &reading->report->build->event_list[table->events[0].event];
}

static bool where_read(const struct table_reading *reading, const struct cfg_node *node, struct report_band *band)
{
        struct build *build = reading->report->build;
        const struct event_type *event = only_event(reading);
        struct view view = {.event = event, .only_possible = true};

        if (node == NULL)
                return true;
        if (event == NULL) {
                cfg_error(reading->report->file, node,
                          "\"where\" asks about the fields of an event; this table does not count events of one kind");
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

static void band_read(const struct table_reading *reading, const struct cfg_node *node, const struct band_list *list,
                      struct report_band *band)
{
        static const struct {
                int key;
                enum report_counts counts;
                const char *what;
        } companions[] = {{B_WHERE, REPORT_EVENTS, "events"},
                          {B_RULES, REPORT_OBLIGATIONS, "obligations"},
                          {B_OUTCOMES, REPORT_OBLIGATIONS, "obligations"}};
        struct report_reading *report = reading->report;
        const struct cfg_node *found[B_KEYS];
        struct named before = {list->what, "", band_name, list->bands, list->count};
        struct view view = report->view;

        *band = (struct report_band){.rules = UINT64_MAX, .outcomes = UINT32_MAX, .part_of = REPORT_ALL};
        cfg_group(report->file, node, band_keys, B_KEYS, found);
        for (size_t i = 0; i < sizeof companions / sizeof *companions; i++)
                if (found[companions[i].key] != NULL && reading->table->counts != companions[i].counts) {
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
        part_read(reading, found[B_PART], list, band);
}

/* Without a list there is one band that takes all. */
static bool bands_read(const struct table_reading *reading, const struct cfg_node *node, struct band_list *list)
{
        static const struct report_band all = {
                .name = "all", .label = "", .rules = UINT64_MAX, .outcomes = UINT32_MAX, .part_of = REPORT_ALL};

        list->bands = node == NULL ? build_array(reading->report->build, 1, sizeof *list->bands)
                                   : report_list(reading->report, node, REPORT_BANDS_MAX, sizeof *list->bands);
        if (list->bands == NULL)
                return false;
        if (node == NULL)
                list->bands[list->count++] = all;
        for (size_t i = 0; node != NULL && i < cfg_count(node); i++) {
                band_read(reading, cfg_element(node, i), list, &list->bands[i]);
                list->count = i + 1;
        }
        return true;
}

/* ---- what is counted ---- */

/* Settings that go with some ways of counting only, and those that a way needs. */
static void check_companions(const struct table_reading *reading, const struct cfg_node *node)
{
        enum { DAY = 1 << REPORT_CASES_ON_DAY, EVENTS = 1 << REPORT_EVENTS, OBLIGATIONS = 1 << REPORT_OBLIGATIONS };
        static const struct {
                int key;
                unsigned with;
                const char *what;
                bool needed;
        } companions[] = {{T_ON, DAY, "cases on a day", false},
                          {T_STATE, EVENTS | OBLIGATIONS, "events or obligations", false},
                          {T_ONCE, EVENTS | OBLIGATIONS, "events or obligations", false},
                          {T_EVENTS, EVENTS, "events", true},
                          {T_RULES, OBLIGATIONS, "obligations", true},
                          {T_OUTCOMES, OBLIGATIONS, "obligations", false}};
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

static bool counts_read(const struct table_reading *reading, const struct cfg_node *node)
{
        static const char *const ways[] = {[REPORT_CASES_ON_DAY] = "cases-on-day",
                                           [REPORT_CASES_WITHIN] = "cases-within",
                                           [REPORT_EVENTS] = "events",
                                           [REPORT_OBLIGATIONS] = "obligations"};
        static const char *const days[] = {"last-day", "first-day"}, *const states[] = {"day", "eve"};
        const struct cfg_file *file = reading->report->file;
        struct report_table *table = reading->table;
        int way = reading->found[T_COUNTS] == NULL ? -1 : build_choice(file, reading->found[T_COUNTS], ways, 4);

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
        bool events = events_read(reading, reading->found[T_EVENTS]);
        return rules_read(reading, reading->found[T_RULES]) && events;
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
                if (row >= 0 && column >= 0)
                        never[row] |= UINT32_C(1) << column;
        }
}

static void table_read(struct report_reading *report, const struct cfg_node *node, const struct named *before,
                       struct report_table *table)
{
        struct table_reading reading = {.report = report, .table = table};
        struct band_list rows = {.what = "row"}, columns = {.what = "column"};
        struct view view = report->view;

        cfg_group(report->file, node, table_keys, T_KEYS, reading.found);
        table->file = report->file->name;
        table->line = cfg_line(node);
        table->name = named_read(report, reading.found[T_NAME], before);
        table->title = build_text(report->build, reading.found[T_TITLE]);
        table->totals = cfg_bool(reading.found[T_TOTALS], true);
        notes_read(report, reading.found[T_NOTES], &table->notes);
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
        never_read(&reading, reading.found[T_NEVER]);
}

void report_tables_read(struct report_reading *reading, const struct cfg_node *node)
{
        struct report_table *tables = report_list(reading, node, REPORT_NAMED_MAX, sizeof *tables);
        struct named before = {"table", "", table_name, tables, 0};

        for (; tables != NULL && before.count < cfg_count(node); before.count++)
                table_read(reading, cfg_element(node, before.count), &before, &tables[before.count]);
        reading->report->tables = tables;
        reading->report->table_count = before.count;
}
