/*
 * reports_days - settings of a report about what came late: by how many days, why,
 * and which columns say so instead of counting.
 */
#include <string.h>

#include "reports.h"

enum { EXPLAINED_EVENT, EXPLAINED_RULE, EXPLAINED_KEYS };
static const struct cfg_key explained_keys[EXPLAINED_KEYS] = {
        [EXPLAINED_EVENT] = {"event", CFG_TEXT, CFG_REQUIRED}, [EXPLAINED_RULE] = {"rule", CFG_TEXT, CFG_REQUIRED}};

enum { DAYS_FROM, DAYS_UNTIL, DAYS_KEYS };
static const struct cfg_key days_keys[DAYS_KEYS] = {
        [DAYS_FROM] = {"from", CFG_INT, 0}, [DAYS_UNTIL] = {"until", CFG_INT, 0}};

/* ---- why ---- */

/* The field that names the rule, or NULL after reporting. */
static const struct field *rule_field(const struct report_reading *reading, const struct cfg_node *node,
                                      const struct event_type *event)
{
        struct build *build = reading->build;
        struct arena_mark mark = arena_mark(&build->scratch);
        uint16_t index = vocabulary_field(event, cfg_text(node));
        const char **names = build_scratch(build, event->field_count, sizeof *names);
        char hint[CFG_HINT_SIZE];

        for (size_t i = 0; names != NULL && i < event->field_count; i++)
                names[i] = event->fields[i].name;
        if (names != NULL && index == VOCABULARY_NONE)
                cfg_error(reading->file, node, "the event \"%s\" has no field \"%s\"%s", event->name, cfg_text(node),
                          build_hint(build, cfg_text(node), names, event->field_count, hint));
        arena_rewind(&build->scratch, mark);
        if (index == VOCABULARY_NONE)
                return NULL;
        if (event->fields[index].kind == VALUE_ENUM)
                return &event->fields[index];
        cfg_error(reading->file, node, "\"%s\" lists no words, and \"rule\" takes a field whose words are rules",
                  event->fields[index].name);
        return NULL;
}

/* By rule of the table, the bit of its name among the words of the field. */
static const uint64_t *rule_bits(const struct report_reading *reading, const struct cfg_node *node,
                                 const struct report_table *table, const struct field *field)
{
        uint64_t *bits = build_array(reading->build, table->rule_count, sizeof *bits);
        char hint[CFG_HINT_SIZE];

        for (size_t i = 0; bits != NULL && i < table->rule_count; i++) {
                const char *id = reading->build->rule_list[table->rules[i]].id;
                int word = vocabulary_word(field->values, field->value_count, id);

                if (word < 0)
                        cfg_error(reading->file, node, "\"%s\" cannot name the rule \"%s\"%s", field->name, id,
                                  build_hint(reading->build, id, field->values, field->value_count, hint));
                else
                        bits[i] = VALUE_BIT(word);
        }
        return bits;
}

bool explained_read(const struct report_reading *reading, const struct cfg_node *node, struct report_table *table)
{
        struct build *build = reading->build;
        const struct cfg_node *found[EXPLAINED_KEYS];

        if (node == NULL)
                return true;
        if (!cfg_group(reading->file, node, explained_keys, EXPLAINED_KEYS, found))
                return false;
        uint16_t index = build_find(build, reading->file, found[EXPLAINED_EVENT], &build->events, "event");
        if (index == VOCABULARY_NONE)
                return false;
        const struct event_type *event = &build->event_list[index];
        const struct field *field =
                build->event_marks[index].broken ? NULL : rule_field(reading, found[EXPLAINED_RULE], event);
        if (field == NULL)
                return false;
        table->explained = (struct report_explained){index, (uint16_t)(field - event->fields),
                                                     rule_bits(reading, found[EXPLAINED_RULE], table, field)};
        return table->explained.rules != NULL;
}

/* ---- by how much ---- */

bool band_days_read(const struct report_reading *reading, const struct cfg_node *node, struct report_band *band)
{
        const struct cfg_node *found[DAYS_KEYS];

        if (node == NULL || !cfg_group(reading->file, node, days_keys, DAYS_KEYS, found))
                return node == NULL;
        if (found[DAYS_FROM] == NULL && found[DAYS_UNTIL] == NULL) {
                cfg_error(reading->file, node, "\"days\" states \"from\", \"until\" or both");
                return false;
        }
        if (found[DAYS_FROM] != NULL && !cfg_int(reading->file, found[DAYS_FROM], 0, 100000, &band->days_from))
                return false;
        if (found[DAYS_UNTIL] != NULL && !cfg_int(reading->file, found[DAYS_UNTIL], 0, 100000, &band->days_until))
                return false;
        if (band->days_from <= band->days_until)
                return true;
        cfg_error(reading->file, node, "no number of days is from %d until %d", (int)band->days_from,
                  (int)band->days_until);
        return false;
}

void measures_check(const struct report_reading *reading, const struct cfg_node *node)
{
        const struct report *report = reading->report;
        size_t total = 0;

        for (size_t t = 0; t < report->table_count; t++) {
                const struct report_table *table = &report->tables[t];
                size_t times = 2 + (table->trended ? report->trend_quarters : 0); /* the period, the one before */

                total += times * (table->column_count - table->counted) * (table->row_count + 1);
        }
        if (total > REPORT_MEASURED_MAX)
                cfg_error(reading->file, node,
                          "the measures of this report tell %zu rows apart, those of sums, of the period before and of "
                          "each quarter of its trends included; at most %d are possible",
                          total, REPORT_MEASURED_MAX);
}

bool column_counts(const struct report_reading *reading, const struct cfg_node *node, const struct report_table *table,
                   int column)
{
        if (column < 0 || column == REPORT_ALL || (size_t)column < table->counted)
                return true;
        cfg_error(reading->file, node, "\"%s\" measures days and counts nothing", table->columns[column].name);
        return false;
}
