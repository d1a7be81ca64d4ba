/*
 * check_words - words of the vocabulary that nothing uses, and values that never
 * come up.
 */
#include "check.h"

#include "mappad/civil.h"
#include "mappad/ensure.h"
#include "mappad/report.h"
#include "mappad/retention.h"

struct usage {
        bool *attributes_read;
        bool *attributes_written;
        bool *events;
        bool *items;
};

static void read_condition(struct usage *usage, const struct condition *condition)
{
        for (size_t i = 0; i < condition->count; i++)
                usage->attributes_read[condition->terms[i].subject] = true;
}

static void read_attribute(struct usage *usage, uint16_t attribute)
{
        if (attribute != VOCABULARY_NONE)
                usage->attributes_read[attribute] = true;
}

/* A condition on fields asks about the attributes that those fields carry. */
static void read_fields(struct usage *usage, const struct event_type *event, const struct condition *condition)
{
        for (size_t i = 0; i < condition->count; i++)
                read_attribute(usage, event->fields[condition->terms[i].subject].attribute);
}

static void use_match(struct usage *usage, const struct vocabulary *vocabulary, const struct event_match *match)
{
        usage->events[match->event] = true;
        read_fields(usage, &vocabulary->events[match->event], &match->where);
}

static void use_vocabulary(struct usage *usage, const struct vocabulary *vocabulary)
{
        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                const struct attribute *attribute = &vocabulary->attributes[i];

                for (size_t j = 0; j < attribute->row_count; j++) {
                        read_condition(usage, &attribute->rows[j].when);
                        read_condition(usage, &attribute->rows[j].unless);
                        if (attribute->rows[j].threshold != THRESHOLD_NONE)
                                read_attribute(usage, attribute->rows[j].threshold_date);
                        if (attribute->rows[j].count.event != VOCABULARY_NONE) {
                                struct event_match match = {attribute->rows[j].count.event,
                                                            attribute->rows[j].count.where};

                                use_match(usage, vocabulary, &match);
                        }
                }
                usage->attributes_written[i] = attribute->derived;
        }
        for (size_t i = 0; i < vocabulary->event_count; i++) {
                const struct event_type *event = &vocabulary->events[i];

                read_condition(usage, &event->needs);
                read_condition(usage, &event->unless);
                if (event->item_use == ITEM_USE_BEGINS)
                        usage->items[event->item_kind] = true;
                usage->events[i] |= event->item_use == ITEM_USE_BEGINS || event->effect_count > 0;
                for (size_t j = 0; j < event->effect_count; j++)
                        if (event->effects[j].kind != EFFECT_CLEAR)
                                usage->attributes_written[event->effects[j].attribute] = true;
        }
}

/* The attribute a route names, read from its words: stages keep routes as they were written. */
static void use_routes(struct usage *usage, const struct vocabulary *vocabulary, const struct rule_version *version)
{
        for (size_t i = 0; i < version->stage_count; i++)
                for (size_t j = 0; j < version->stages[i].to_count; j++)
                        if (version->stages[i].to[j][0] == '$')
                                read_attribute(usage, vocabulary_attribute(vocabulary, version->stages[i].to[j] + 1));
}

static void use_version(struct usage *usage, const struct vocabulary *vocabulary, const struct rule_version *version)
{
        const struct condition *conditions[] = {&version->applies, &version->applies_unless, &version->runs,
                                                &version->missed_if};

        for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++)
                read_condition(usage, conditions[i]);
        for (size_t i = 0; i < version->need_count; i++)
                read_attribute(usage, version->needs[i]);
        for (size_t i = 0; i < version->period_count; i++) {
                read_condition(usage, &version->periods[i].when);
                read_condition(usage, &version->periods[i].unless);
        }
        if (version->clock == CLOCK_WITHIN && version->trigger == TRIGGER_EVENT)
                use_match(usage, vocabulary, &version->from);
        if (version->clock == CLOCK_WITHIN && version->trigger == TRIGGER_CHANGE)
                read_attribute(usage, version->change);
        if (version->clock == CLOCK_BY_DATE)
                read_attribute(usage, version->by_date);
        read_attribute(usage, version->booked_by);
        read_attribute(usage, version->sooner);
        for (size_t i = 0; i < version->met_by_count; i++)
                use_match(usage, vocabulary, &version->met_by[i]);
        use_routes(usage, vocabulary, version);
}

/* What a report counts is used by it. */
static void use_bands(struct usage *usage, const struct vocabulary *vocabulary, const struct report_table *table,
                      const struct report_band *bands, size_t count)
{
        uint16_t event = table->event_count > 0 ? table->events[0].event : table->explained.event;

        for (size_t i = 0; i < count; i++) {
                read_condition(usage, &bands[i].when);
                read_condition(usage, &bands[i].unless);
                if (bands[i].where.count > 0)
                        read_fields(usage, &vocabulary->events[event], &bands[i].where);
        }
}

static void use_report(struct usage *usage, const struct vocabulary *vocabulary, const struct report *report)
{
        for (size_t t = 0; t < report->table_count; t++) {
                const struct report_table *table = &report->tables[t];

                read_condition(usage, &table->when);
                read_condition(usage, &table->unless);
                for (size_t i = 0; i < table->event_count; i++)
                        use_match(usage, vocabulary, &table->events[i]);
                if (table->explained.event != VOCABULARY_NONE)
                        usage->events[table->explained.event] = true;
                use_bands(usage, vocabulary, table, table->rows, table->row_count);
                use_bands(usage, vocabulary, table, table->columns, table->column_count);
        }
}

static void use_date(struct usage *usage, const struct event_type *event, struct date_source source)
{
        if (source.kind == DATE_ATTRIBUTE)
                read_attribute(usage, source.index);
        if (source.kind != DATE_FIELD)
                return;
        ENSURE(event != NULL); /* the loader lets fields be named only beside an event */
        read_attribute(usage, event->fields[source.index].attribute);
}

static void use_constraints(struct usage *usage, const struct ruleset *ruleset)
{
        for (size_t i = 0; i < ruleset->constraint_count; i++) {
                const struct constraint *constraint = &ruleset->constraints[i];

                const struct event_type *event = NULL;

                if (constraint->event != VOCABULARY_NONE) {
                        event = &ruleset->vocabulary.events[constraint->event];
                        usage->events[constraint->event] = true;
                        read_fields(usage, event, &constraint->where);
                }
                read_condition(usage, &constraint->never);
                if (constraint->kind == CONSTRAINT_BETWEEN) {
                        use_date(usage, event, constraint->from);
                        use_date(usage, event, constraint->until);
                }
                if (constraint->kind == CONSTRAINT_NOT_AFTER_DUE)
                        use_date(usage, event, (struct date_source){DATE_FIELD, constraint->date_field});
        }
}

static void use_retention(struct usage *usage, const struct ruleset *ruleset)
{
        for (size_t i = 0; i < ruleset->retention_count; i++) {
                read_condition(usage, &ruleset->retention[i].applies);
                read_condition(usage, &ruleset->retention[i].unless);
                read_attribute(usage, ruleset->retention[i].from);
        }
}

static void report_words(struct check *check, const struct usage *usage)
{
        const struct vocabulary *vocabulary = &check->ruleset->vocabulary;

        for (size_t i = 0; i < vocabulary->item_count; i++)
                if (!usage->items[i])
                        check_warn(check, NULL, 0, "no event begins an item of kind \"%s\"", vocabulary->items[i].name);
        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                const struct attribute *attribute = &vocabulary->attributes[i];

                if (!usage->attributes_written[i])
                        check_warn(check, attribute->file, attribute->line, "no event sets \"%s\"", attribute->name);
                else if (!usage->attributes_read[i])
                        check_warn(check, attribute->file, attribute->line, "nothing asks about \"%s\"",
                                   attribute->name);
        }
        for (size_t i = 0; i < vocabulary->event_count; i++)
                if (!usage->events[i])
                        check_warn(check, vocabulary->events[i].file, vocabulary->events[i].line,
                                   "the event \"%s\" changes nothing and no rule asks for it",
                                   vocabulary->events[i].name);
}

static void report_values(struct check *check)
{
        const struct vocabulary *vocabulary = &check->ruleset->vocabulary;

        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                const struct attribute *attribute = &vocabulary->attributes[i];

                for (size_t j = 0; check->reachable[i] != VALUE_UNSET && j < attribute->value_count; j++)
                        if ((check->reachable[i] & VALUE_BIT(j)) == 0)
                                check_warn(check, attribute->file, attribute->line,
                                           "\"%s\" is never \"%s\": no %s makes it so", attribute->name,
                                           attribute->values[j], attribute->derived ? "row" : "event");
        }
}

void check_words(struct check *check)
{
        const struct ruleset *ruleset = check->ruleset;
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        struct usage usage = {
                .attributes_read = arena_array(&check->arena, vocabulary->attribute_count, sizeof(bool)),
                .attributes_written = arena_array(&check->arena, vocabulary->attribute_count, sizeof(bool)),
                .events = arena_array(&check->arena, vocabulary->event_count, sizeof(bool)),
                .items = arena_array(&check->arena, vocabulary->item_count, sizeof(bool)),
        };

        if (usage.attributes_read == NULL || usage.attributes_written == NULL || usage.events == NULL ||
            usage.items == NULL) {
                check->status = STATUS_NO_MEMORY;
                return;
        }
        use_vocabulary(&usage, vocabulary);
        use_constraints(&usage, ruleset);
        use_retention(&usage, ruleset);
        for (size_t i = 0; i < ruleset->report_count; i++)
                use_report(&usage, vocabulary, &ruleset->reports[i]);
        for (size_t i = 0; i < ruleset->rule_count; i++)
                for (size_t j = 0; j < ruleset->rules[i].version_count; j++)
                        use_version(&usage, vocabulary, &ruleset->rules[i].versions[j]);
        report_words(check, &usage);
        report_values(check);
}
