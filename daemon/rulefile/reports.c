/*
 * reports - what a report consists of besides its tables: notes, inputs, rates,
 * invariants. The tables are read by reports_tables.c.
 *
 * A report with a mistake refuses the rule set as a whole, like any other mistake,
 * so what is left half read by one is never seen.
 */
#include "reports.h"

#include <stdio.h>
#include <string.h>

enum {
        R_NAME,
        R_TITLE,
        R_YEAR,
        R_PERIOD,
        R_SOURCE,
        R_BASIS,
        R_SUPPRESS,
        R_INPUTS,
        R_NOTES,
        R_TABLES,
        R_RATES,
        R_TREND_QUARTERS,
        R_TRENDS,
        R_INVARIANTS,
        R_KEYS
};
static const struct cfg_key report_keys[R_KEYS] = {
        [R_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [R_TITLE] = {"title", CFG_TEXT, CFG_REQUIRED},
        [R_YEAR] = {"year-starts", CFG_TEXT, 0},
        [R_PERIOD] = {"period", CFG_TEXT, 0},
        [R_SOURCE] = {"source", CFG_TEXT, CFG_REQUIRED},
        [R_BASIS] = {"basis", CFG_TEXT, CFG_REQUIRED},
        [R_SUPPRESS] = {"suppress-below", CFG_INT, 0},
        [R_INPUTS] = {"inputs", CFG_GROUPS, 0},
        [R_NOTES] = {"notes", CFG_GROUPS, 0},
        [R_TABLES] = {"tables", CFG_GROUPS, CFG_REQUIRED},
        [R_RATES] = {"rates", CFG_GROUPS, 0},
        [R_TREND_QUARTERS] = {"trend-quarters", CFG_INT, 0},
        [R_TRENDS] = {"trends", CFG_GROUPS, 0},
        [R_INVARIANTS] = {"invariants", CFG_GROUPS, 0},
};

enum { PAIR_NAME, PAIR_SAYS, PAIR_KEYS };

enum { CELL_TABLE, CELL_ROW, CELL_COLUMN, CELL_KEYS };
static const struct cfg_key cell_keys[CELL_KEYS] = {
        [CELL_TABLE] = {"table", CFG_TEXT, CFG_REQUIRED},
        [CELL_ROW] = {"row", CFG_TEXT, 0},
        [CELL_COLUMN] = {"column", CFG_TEXT, 0},
};

enum { RATE_NAME, RATE_LABEL, RATE_NOTES, RATE_OF, RATE_OVER, RATE_INPUT, RATE_PER, RATE_KEYS };
static const struct cfg_key rate_keys[RATE_KEYS] = {
        [RATE_NAME] = {"name", CFG_TEXT, CFG_REQUIRED}, [RATE_LABEL] = {"label", CFG_TEXT, CFG_REQUIRED},
        [RATE_NOTES] = {"notes", CFG_TEXTS, 0},         [RATE_OF] = {"of", CFG_GROUP, CFG_REQUIRED},
        [RATE_OVER] = {"over", CFG_GROUP, 0},           [RATE_INPUT] = {"input", CFG_TEXT, 0},
        [RATE_PER] = {"per", CFG_INT, CFG_REQUIRED},
};

enum { INVARIANT_NAME, INVARIANT_SAYS, INVARIANT_PART, INVARIANT_WHOLE, INVARIANT_KEYS };
static const struct cfg_key invariant_keys[INVARIANT_KEYS] = {
        [INVARIANT_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [INVARIANT_SAYS] = {"says", CFG_TEXT, CFG_REQUIRED},
        [INVARIANT_PART] = {"part", CFG_GROUP, CFG_REQUIRED},
        [INVARIANT_WHOLE] = {"whole", CFG_GROUP, CFG_REQUIRED},
};

/* ---- names ---- */

static const char *input_name(const void *list, size_t index)
{
        return ((const struct report_input *)list)[index].name;
}

static const char *note_name(const void *list, size_t index)
{
        return ((const struct report_note *)list)[index].name;
}

static const char *table_name(const void *list, size_t index)
{
        return ((const struct report_table *)list)[index].name;
}

static const char *rate_name(const void *list, size_t index)
{
        return ((const struct report_rate *)list)[index].name;
}

static const char *invariant_name(const void *list, size_t index)
{
        return ((const struct report_invariant *)list)[index].name;
}

static const char *report_name(const void *list, size_t index)
{
        return ((const struct report *)list)[index].name;
}

char *named_read(const struct report_reading *reading, const struct cfg_node *node, const struct named *before)
{
        char what[64];

        if (node == NULL)
                return NULL;
        snprintf(what, sizeof what, "name of a %s", before->what);
        if (!build_word(reading->file, node, what, cfg_text(node), true))
                return NULL;
        for (size_t i = 0; i < before->count; i++) {
                const char *name = before->get(before->list, i);

                if (name == NULL || strcmp(name, cfg_text(node)) != 0)
                        continue;
                cfg_error(reading->file, node, "there are two %ss called \"%s\"", before->what, name);
                return NULL;
        }
        return build_text(reading->build, node);
}

int named_find(const struct report_reading *reading, const struct cfg_node *node, const struct named *among)
{
        struct build *build = reading->build;
        struct arena_mark mark = arena_mark(&build->scratch);
        const char **names = build_scratch(build, among->count, sizeof *names);
        const char *text = cfg_text(node);
        char hint[CFG_HINT_SIZE];
        size_t count = 0;
        bool lost = false;

        for (size_t i = 0; names != NULL && i < among->count; i++) {
                const char *name = among->get(among->list, i);

                lost = lost || name == NULL;
                if (name == NULL)
                        continue;
                if (strcmp(name, text) == 0) {
                        arena_rewind(&build->scratch, mark);
                        return (int)i;
                }
                names[count++] = name;
        }
        if (lost) /* the name may be one of this report's that could not be read */
                build_hold_back(build, reading->report->file, reading->report->line);
        else if (names != NULL)
                cfg_error(reading->file, node, "no %s%s%s is called \"%s\"%s", among->what,
                          among->of[0] != '\0' ? " " : "", among->of, text,
                          build_hint(build, text, names, count, hint));
        arena_rewind(&build->scratch, mark);
        return -1;
}

bool notes_read(const struct report_reading *reading, const struct cfg_node *node, struct report_notes *ret_notes)
{
        const struct report *report = reading->report;
        struct named notes = {"note", "", note_name, report->notes, report->note_count};
        const char **names;
        bool clean = true;

        *ret_notes = (struct report_notes){NULL, 0};
        if (node == NULL)
                return true;
        names = build_array(reading->build, cfg_count(node), sizeof *names);
        if (names == NULL)
                return false;
        for (size_t i = 0; i < cfg_count(node); i++) {
                int found = named_find(reading, cfg_element(node, i), &notes);

                clean &= found >= 0;
                names[i] = found < 0 ? "" : report->notes[found].name;
        }
        *ret_notes = (struct report_notes){names, cfg_count(node)};
        return clean;
}

void *report_list(const struct report_reading *reading, const struct cfg_node *node, size_t most, size_t size)
{
        if (node == NULL)
                return NULL;
        if (cfg_count(node) == 0 || cfg_count(node) > most) {
                cfg_error(reading->file, node, "\"%s\" lists %zu; 1 to %zu are possible", cfg_name(node),
                          cfg_count(node), most);
                return NULL;
        }
        return build_array(reading->build, cfg_count(node), size);
}

/* ---- what a report consists of ---- */

/* A name and a text beside it; says is what that setting is called. */
static bool pair_read(const struct report_reading *reading, const struct cfg_node *node, const struct named *before,
                      const char *says, const char *ret_pair[static PAIR_KEYS])
{
        const struct cfg_key keys[PAIR_KEYS] = {
                [PAIR_NAME] = {"name", CFG_TEXT, CFG_REQUIRED}, [PAIR_SAYS] = {says, CFG_TEXT, CFG_REQUIRED}};
        const struct cfg_node *found[PAIR_KEYS];
        bool clean = cfg_group(reading->file, node, keys, PAIR_KEYS, found);

        ret_pair[PAIR_NAME] = named_read(reading, found[PAIR_NAME], before);
        ret_pair[PAIR_SAYS] = build_text(reading->build, found[PAIR_SAYS]);
        return clean && ret_pair[PAIR_NAME] != NULL;
}

static void inputs_read(struct report_reading *reading, const struct cfg_node *node)
{
        struct report_input *inputs = report_list(reading, node, REPORT_NAMED_MAX, sizeof *inputs);
        struct named before = {"input", "", input_name, inputs, 0};
        const char *pair[PAIR_KEYS];

        for (size_t i = 0; inputs != NULL && i < cfg_count(node); i++) {
                pair_read(reading, cfg_element(node, i), &before, "label", pair);
                inputs[i] = (struct report_input){pair[PAIR_NAME], pair[PAIR_SAYS]};
                before.count = i + 1;
        }
        reading->report->inputs = inputs;
        reading->report->input_count = before.count;
}

static void note_list_read(struct report_reading *reading, const struct cfg_node *node)
{
        struct report_note *notes = report_list(reading, node, REPORT_NAMED_MAX, sizeof *notes);
        struct named before = {"note", "", note_name, notes, 0};
        const char *pair[PAIR_KEYS];

        for (size_t i = 0; notes != NULL && i < cfg_count(node); i++) {
                pair_read(reading, cfg_element(node, i), &before, "text", pair);
                notes[i] = (struct report_note){pair[PAIR_NAME], pair[PAIR_SAYS]};
                before.count = i + 1;
        }
        reading->report->notes = notes;
        reading->report->note_count = before.count;
}

bool cell_read(const struct report_reading *reading, const struct cfg_node *node, bool measured,
               struct report_cell *ret_cell)
{
        const struct report *report = reading->report;
        struct named tables = {"table", "", table_name, report->tables, report->table_count};
        const struct cfg_node *found[CELL_KEYS];
        char of[CFG_HINT_SIZE];
        int table, row = REPORT_ALL, column = REPORT_ALL;

        if (node == NULL || !cfg_group(reading->file, node, cell_keys, CELL_KEYS, found))
                return false;
        table = named_find(reading, found[CELL_TABLE], &tables);
        if (table < 0 || report->tables[table].row_count == 0) /* a table with a mistake has none */
                return false;
        struct named rows = named_rows(&report->tables[table], of);
        if (found[CELL_ROW] != NULL)
                row = named_find(reading, found[CELL_ROW], &rows);
        struct named columns = named_columns(&report->tables[table], of);
        if (found[CELL_COLUMN] != NULL)
                column = named_find(reading, found[CELL_COLUMN], &columns);
        if (row < 0 || column < 0 ||
            (!measured && !column_counts(reading, found[CELL_COLUMN], &report->tables[table], column)))
                return false;
        *ret_cell = (struct report_cell){(uint16_t)table, (uint8_t)row, (uint8_t)column};
        return true;
}

static void rate_read(const struct report_reading *reading, const struct cfg_node *node, const struct named *before,
                      struct report_rate *rate)
{
        const struct report *report = reading->report;
        struct named inputs = {"input", "", input_name, report->inputs, report->input_count};
        const struct cfg_node *found[RATE_KEYS];

        cfg_group(reading->file, node, rate_keys, RATE_KEYS, found);
        rate->name = named_read(reading, found[RATE_NAME], before);
        rate->label = build_text(reading->build, found[RATE_LABEL]);
        notes_read(reading, found[RATE_NOTES], &rate->notes);
        cell_read(reading, found[RATE_OF], false, &rate->of);
        if (found[RATE_PER] != NULL)
                cfg_int(reading->file, found[RATE_PER], 1, 100000000, &rate->per);
        if ((found[RATE_OVER] == NULL) == (found[RATE_INPUT] == NULL)) {
                cfg_error(reading->file, node,
                          "a rate states its denominator by \"over\", a cell, or by \"input\": one of them");
                return;
        }
        rate->by_input = found[RATE_INPUT] != NULL;
        if (rate->by_input) {
                int input = named_find(reading, found[RATE_INPUT], &inputs);
                rate->input = input < 0 ? 0 : (uint16_t)input;
                return;
        }
        cell_read(reading, found[RATE_OVER], false, &rate->over);
}

static void rates_read(struct report_reading *reading, const struct cfg_node *node)
{
        struct report_rate *rates = report_list(reading, node, REPORT_NAMED_MAX, sizeof *rates);
        struct named before = {"rate", "", rate_name, rates, 0};

        for (; rates != NULL && before.count < cfg_count(node); before.count++)
                rate_read(reading, cfg_element(node, before.count), &before, &rates[before.count]);
        reading->report->rates = rates;
        reading->report->rate_count = before.count;
}

static bool is_table(struct report_cell cell)
{
        return cell.row == REPORT_ALL && cell.column == REPORT_ALL;
}

/* Whether two tables have a cell in common to be compared. */
static bool tables_meet(const struct report_table *part, const struct report_table *whole)
{
        bool rows = false, columns = false;

        for (size_t i = 0; i < part->row_count; i++)
                for (size_t j = 0; part->rows[i].name != NULL && j < whole->row_count; j++)
                        rows |= whole->rows[j].name != NULL && strcmp(part->rows[i].name, whole->rows[j].name) == 0;
        for (size_t i = 0; i < part->column_count; i++)
                for (size_t j = 0; part->columns[i].name != NULL && j < whole->column_count; j++)
                        columns |= whole->columns[j].name != NULL &&
                                   strcmp(part->columns[i].name, whole->columns[j].name) == 0;
        return rows && columns;
}

static void invariant_read(const struct report_reading *reading, const struct cfg_node *node,
                           const struct named *before, struct report_invariant *invariant)
{
        const struct report_table *tables = reading->report->tables;
        const struct cfg_node *found[INVARIANT_KEYS];

        cfg_group(reading->file, node, invariant_keys, INVARIANT_KEYS, found);
        invariant->file = reading->file->name;
        invariant->line = cfg_line(node);
        invariant->name = named_read(reading, found[INVARIANT_NAME], before);
        invariant->says = build_text(reading->build, found[INVARIANT_SAYS]);
        bool part = cell_read(reading, found[INVARIANT_PART], false, &invariant->part);
        bool whole = cell_read(reading, found[INVARIANT_WHOLE], false, &invariant->whole);
        if (!part || !whole)
                return;
        if (is_table(invariant->part) && is_table(invariant->whole) &&
            !tables_meet(&tables[invariant->part.table], &tables[invariant->whole.table]))
                cfg_error(
                        reading->file, node,
                        "the tables \"%s\" and \"%s\" have no row and column of the same names, so nothing is compared",
                        tables[invariant->part.table].name, tables[invariant->whole.table].name);
}

static void invariants_read(struct report_reading *reading, const struct cfg_node *node)
{
        struct report_invariant *invariants = report_list(reading, node, REPORT_NAMED_MAX, sizeof *invariants);
        struct named before = {"invariant", "", invariant_name, invariants, 0};

        for (; invariants != NULL && before.count < cfg_count(node); before.count++)
                invariant_read(reading, cfg_element(node, before.count), &before, &invariants[before.count]);
        reading->report->invariants = invariants;
        reading->report->invariant_count = before.count;
}

static void year_read(const struct report_reading *reading, const struct cfg_node *node)
{
        struct report *report = reading->report;

        report->year_month = report->year_day = 1;
        if (node == NULL || !build_day_of_year(reading->file, node, &report->year_month, &report->year_day))
                return;
        if (report->year_day > 28)
                cfg_error(reading->file, node, "\"year-starts\" must be a day that every month has: at most the 28th");
}

/* Reports come from several files, so that it is said where the first of a name is. */
static bool is_new(const struct report_reading *reading, const struct cfg_node *node)
{
        const struct ruleset *ruleset = reading->build->ruleset;

        for (size_t i = 0; node != NULL && i < ruleset->report_count; i++) {
                const struct report *first = &reading->build->report_list[i];

                if (first->name == NULL || strcmp(first->name, cfg_text(node)) != 0)
                        continue;
                if (first->file == reading->file->name)
                        cfg_error(reading->file, node, "there are two reports called \"%s\"; the first is on line %d",
                                  first->name, first->line);
                else
                        cfg_error(reading->file, node, "there are two reports called \"%s\"; the first is at %s:%d",
                                  first->name, first->file, first->line);
                return false;
        }
        return true;
}

static void report_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node)
{
        struct ruleset *ruleset = build->ruleset;
        struct report *report = &build->report_list[ruleset->report_count];
        static const char *const periods[] = {"year", "quarter"};
        struct report_reading reading = {.build = build,
                                         .file = file,
                                         .report = report,
                                         .view = {.scope = VOCABULARY_NONE,
                                                  .limit = (uint16_t)build->attributes.count,
                                                  .only_possible = true,
                                                  .sees = "a report"}};
        struct named before = {"report", "", report_name, build->report_list, ruleset->report_count};
        const struct cfg_node *found[R_KEYS];
        int32_t below = 0;

        cfg_group(file, node, report_keys, R_KEYS, found);
        report->file = file->name;
        report->line = cfg_line(node);
        report->name = is_new(&reading, found[R_NAME]) ? named_read(&reading, found[R_NAME], &before) : NULL;
        if (report->name != NULL && (strcmp(report->name, "certificate") == 0 || strcmp(report->name, "forecast") == 0))
                cfg_error(file, found[R_NAME], "\"%s\" cannot be the name of a report: there is one already",
                          report->name);
        report->title = build_text(build, found[R_TITLE]);
        report->source = build_text(build, found[R_SOURCE]);
        report->basis = build_text(build, found[R_BASIS]);
        year_read(&reading, found[R_YEAR]);
        if (found[R_PERIOD] != NULL)
                report->quarterly = build_choice(file, found[R_PERIOD], periods, 2) == 1;
        if (found[R_SUPPRESS] != NULL && cfg_int(file, found[R_SUPPRESS], 0, 1000000, &below))
                report->suppress_below = (uint64_t)below;
        note_list_read(&reading, found[R_NOTES]);
        inputs_read(&reading, found[R_INPUTS]);
        report_tables_read(&reading, found[R_TABLES]);
        rates_read(&reading, found[R_RATES]);
        trends_read(&reading, found[R_TRENDS], found[R_TREND_QUARTERS]);
        measures_check(&reading, node);
        invariants_read(&reading, found[R_INVARIANTS]);
        ruleset->report_count++;
}

void resolve_reports(struct build *build)
{
        size_t total = build_total(build, TOP_REPORTS);

        if (total > REPORT_NAMED_MAX) {
                diagnostics_add(build->diagnostics, DIAGNOSTIC_ERROR, NULL, 0,
                                "there are %zu reports; at most %d are possible", total, REPORT_NAMED_MAX);
                return;
        }
        build->report_list = build_array(build, total, sizeof *build->report_list);
        if (build->report_list == NULL)
                return;
        build->ruleset->reports = build->report_list;
        build_each(build, TOP_REPORTS, report_read);
}
