/*
 * definition - attributes, events and constraints as texts, so that two rule
 * sets can be compared word by word (setting.h).
 *
 * Whatever of a definition can change what is derived or admitted is in its
 * text; labels are not.
 */
#include "phrase.h"
#include "setting.h"
#include "mappad/ensure.h"

static void put_count(struct phrase *phrase, const struct vocabulary *vocabulary, const struct event_count *count)
{
        const struct event_type *type;

        if (count->event == VOCABULARY_NONE)
                return;
        type = &vocabulary->events[count->event];
        phrase_put(phrase, " count ");
        phrase_put(phrase, type->name);
        if (count->latest != VOCABULARY_NONE) {
                phrase_put(phrase, " latest ");
                phrase_put(phrase, type->fields[count->latest].name);
        }
        if (count->where.count > 0) {
                phrase_put(phrase, " where ");
                phrase_put_where(phrase, type, count->where);
        }
        phrase_put(phrase, " at least ");
        phrase_put_number(phrase, count->at_least);
}

static void put_row(struct phrase *phrase, const struct vocabulary *vocabulary, const struct attribute *attribute,
                    const struct derived_row *row)
{
        phrase_put(phrase, attribute->values[row->is]);
        phrase_put_guard(phrase, vocabulary, row->when, row->unless);
        if (row->threshold != THRESHOLD_NONE) {
                phrase_put(phrase, row->threshold == THRESHOLD_AFTER ? " after " : " from ");
                phrase_put(phrase, vocabulary->attributes[row->threshold_date].name);
        }
        put_count(phrase, vocabulary, &row->count);
        if (row->in_force_from != CIVIL_MIN) {
                phrase_put(phrase, " in force from ");
                phrase_put_day(phrase, row->in_force_from);
        }
        if (row->in_force_until != CIVIL_MAX) {
                phrase_put(phrase, " in force until ");
                phrase_put_day(phrase, row->in_force_until);
        }
}

static const char *kind_word(enum value_kind kind)
{
        switch (kind) {
        case VALUE_ENUM:
                return "one of ";
        case VALUE_SET:
                return "any of ";
        case VALUE_DATE:
                return "date";
        case VALUE_TOKEN:
                return "token";
        }
        ENSURE(false);
}

const char *setting_attribute(const struct vocabulary *vocabulary, const struct attribute *attribute,
                              struct arena *arena)
{
        struct phrase phrase = phrase_begin(arena);

        phrase_put(&phrase, kind_word(attribute->kind));
        for (size_t i = 0; i < attribute->value_count; i++) {
                phrase_put(&phrase, i == 0 ? "" : "|");
                phrase_put(&phrase, attribute->values[i]);
        }
        if (attribute->scope != VOCABULARY_NONE) {
                phrase_put(&phrase, " of ");
                phrase_put(&phrase, vocabulary->items[attribute->scope].name);
        }
        for (size_t i = 0; i < attribute->row_count; i++) {
                phrase_put(&phrase, "; ");
                put_row(&phrase, vocabulary, attribute, &attribute->rows[i]);
        }
        return phrase_end(&phrase);
}

static void put_field(struct phrase *phrase, const struct field *field)
{
        phrase_put(phrase, field->name);
        phrase_put(phrase, field->required ? " required " : " ");
        phrase_put(phrase, kind_word(field->kind));
        for (size_t i = 0; i < field->value_count; i++) {
                phrase_put(phrase, i == 0 ? "" : "|");
                phrase_put(phrase, field->values[i]);
        }
}

static void put_effect(struct phrase *phrase, const struct vocabulary *vocabulary, const struct event_type *type,
                       const struct effect *effect)
{
        static const char *const words[] = {
                [EFFECT_CLEAR] = "clears ",
                [EFFECT_SET] = "sets ",
                [EFFECT_ADD] = "adds ",
                [EFFECT_REMOVE] = "removes ",
        };
        const struct attribute *attribute = &vocabulary->attributes[effect->attribute];

        phrase_put(phrase, words[effect->kind]);
        phrase_put(phrase, attribute->name);
        if (effect->kind != EFFECT_CLEAR) {
                phrase_put(phrase, " ");
                if (effect->from_field != VOCABULARY_NONE)
                        phrase_put(phrase, type->fields[effect->from_field].name);
                else if (attribute->kind == VALUE_DATE)
                        phrase_put_day(phrase, effect->constant.day);
                else
                        phrase_put_values(phrase, attribute->values, attribute->value_count, effect->constant.bits);
        }
        if (effect->when.count > 0) {
                phrase_put(phrase, " when ");
                phrase_put_where(phrase, type, effect->when);
        }
}

const char *setting_event(const struct vocabulary *vocabulary, const struct event_type *type, struct arena *arena)
{
        static const char *const uses[] = {
                [ITEM_USE_NONE] = "",
                [ITEM_USE_BEGINS] = "begins ",
                [ITEM_USE_NAMES] = "names ",
                [ITEM_USE_MAY_NAME] = "may name ",
        };
        struct phrase phrase = phrase_begin(arena);

        phrase_put(&phrase, uses[type->item_use]);
        if (type->item_use != ITEM_USE_NONE)
                phrase_put(&phrase, vocabulary->items[type->item_kind].name);
        for (size_t i = 0; i < type->field_count; i++) {
                phrase_join(&phrase, "; ", "");
                put_field(&phrase, &type->fields[i]);
        }
        for (size_t i = 0; i < type->effect_count; i++) {
                phrase_join(&phrase, "; ", "");
                put_effect(&phrase, vocabulary, type, &type->effects[i]);
        }
        phrase_put_guard(&phrase, vocabulary, type->needs, type->unless);
        return phrase_end(&phrase);
}

static void put_source(struct phrase *phrase, const struct ruleset *ruleset, const struct constraint *constraint,
                       const struct date_source *source)
{
        if (source->kind == DATE_ON)
                phrase_put(phrase, "on");
        else if (source->kind == DATE_ATTRIBUTE)
                phrase_put(phrase, ruleset->vocabulary.attributes[source->index].name);
        else
                phrase_put(phrase, ruleset->vocabulary.events[constraint->event].fields[source->index].name);
}

static void put_between(struct phrase *phrase, const struct ruleset *ruleset, const struct constraint *constraint)
{
        phrase_put(phrase, " between ");
        put_source(phrase, ruleset, constraint, &constraint->from);
        phrase_put(phrase, " and ");
        put_source(phrase, ruleset, constraint, &constraint->until);
        if (constraint->at_least.count > 0) {
                phrase_put(phrase, " at least ");
                phrase_put_period(phrase, constraint->at_least);
        }
        if (constraint->at_most.count > 0) {
                phrase_put(phrase, " at most ");
                phrase_put_period(phrase, constraint->at_most);
        }
}

static void put_not_after_due(struct phrase *phrase, const struct ruleset *ruleset, const struct constraint *constraint)
{
        phrase_put(phrase, " ");
        phrase_put(phrase, ruleset->vocabulary.events[constraint->event].fields[constraint->date_field].name);
        phrase_put(phrase, " not after due of ");
        for (size_t i = 0; i < constraint->rule_count; i++) {
                phrase_put(phrase, i == 0 ? "" : ", ");
                phrase_put(phrase, ruleset->rules[constraint->rules[i]].id);
        }
}

const char *setting_constraint(const struct ruleset *ruleset, const struct constraint *constraint, struct arena *arena)
{
        struct phrase phrase = phrase_begin(arena);

        phrase_put(&phrase, constraint->severity == SEVERITY_REFUSE ? "refuse" : "flag");
        if (constraint->event != VOCABULARY_NONE) {
                const struct event_type *type = &ruleset->vocabulary.events[constraint->event];

                phrase_put(&phrase, " ");
                phrase_put(&phrase, type->name);
                if (constraint->where.count > 0) {
                        phrase_put(&phrase, " where ");
                        phrase_put_where(&phrase, type, constraint->where);
                }
        }
        switch (constraint->kind) {
        case CONSTRAINT_NEVER:
                phrase_put(&phrase, " never ");
                phrase_put_condition(&phrase, &ruleset->vocabulary, constraint->never);
                break;
        case CONSTRAINT_BETWEEN:
                put_between(&phrase, ruleset, constraint);
                break;
        case CONSTRAINT_NOT_AFTER_DUE:
                put_not_after_due(&phrase, ruleset, constraint);
                break;
        }
        return phrase_end(&phrase);
}
