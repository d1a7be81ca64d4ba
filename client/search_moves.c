/*
 * search_moves - which events, with which fields, can have to do with a rule.
 *
 * A field is varied only if the rule can come to feel it: through an attribute,
 * a condition of the event, the trigger or a count. Dates are tried absent, far
 * ahead, near and past; the rule's own date attribute takes the value asked for.
 */
#include <stdio.h>
#include <string.h>

#include "search_parts.h"
#include "mappad/ensure.h"

#define VARIANTS_MAX 96 /* of one event: the shipped ones have at most 60 that matter */
#define CHOICES_MAX 70  /* of one field: every value, and none */

static void mark_terms(struct search *search, const struct condition *condition)
{
        for (size_t i = 0; i < condition->count; i++)
                search->relevant[condition->terms[i].subject] = true;
}

static void mark_rule(struct search *search)
{
        const struct rule_version *version = search->goal->version;
        mark_terms(search, &version->applies);
        mark_terms(search, &version->applies_unless);
        if (version->has_runs)
                mark_terms(search, &version->runs);
        for (size_t i = 0; i < version->need_count; i++)
                search->relevant[version->needs[i]] = true;
        for (size_t i = 0; i < version->period_count; i++) {
                mark_terms(search, &version->periods[i].when);
                mark_terms(search, &version->periods[i].unless);
        }
        if (version->clock == CLOCK_BY_DATE)
                search->relevant[version->by_date] = true;
        if (version->clock == CLOCK_WITHIN && version->trigger == TRIGGER_CHANGE)
                search->relevant[version->change] = true;
        if (version->clock == CLOCK_WITHIN && version->trigger == TRIGGER_EVENT)
                search->wanted[version->from.event] = search->counted[version->from.event] = true;
}

/* What decision tables of relevant attributes look at. */
static void mark_tables(struct search *search)
{
        const struct vocabulary *vocabulary = &search->goal->ruleset->vocabulary;
        for (size_t i = vocabulary->attribute_count; i-- > 0;) {
                const struct attribute *attribute = &vocabulary->attributes[i];
                for (size_t r = 0; search->relevant[i] && r < attribute->row_count; r++) {
                        const struct derived_row *row = &attribute->rows[r];
                        mark_terms(search, &row->when);
                        mark_terms(search, &row->unless);
                        if (row->threshold != THRESHOLD_NONE)
                                search->relevant[row->threshold_date] = true;
                        if (row->count.event != VOCABULARY_NONE)
                                search->wanted[row->count.event] = search->counted[row->count.event] = true;
                }
        }
}

static bool touches(const struct search *search, const struct event_type *event)
{
        for (size_t i = 0; i < event->effect_count; i++)
                if (search->relevant[event->effects[i].attribute])
                        return true;
        return false;
}

/* Events that touch what is relevant, that begin the items they name, and what those require. True if anything
 * was added. */
static bool mark_events(struct search *search)
{
        const struct vocabulary *vocabulary = &search->goal->ruleset->vocabulary;
        uint16_t per = search->goal->ruleset->rules[search->goal->rule].per;
        bool grew = false;
        for (size_t i = 0; i < vocabulary->event_count; i++) {
                const struct event_type *event = &vocabulary->events[i];
                bool begins = event->item_use == ITEM_USE_BEGINS && event->item_kind == per;
                for (size_t j = 0; !begins && event->item_use == ITEM_USE_BEGINS && j < vocabulary->event_count; j++)
                        begins = search->wanted[j] && vocabulary->events[j].item_use == ITEM_USE_NAMES &&
                                 vocabulary->events[j].item_kind == event->item_kind;
                if (!search->wanted[i] && (begins || touches(search, event)))
                        search->wanted[i] = grew = true;
                if (!search->wanted[i])
                        continue;
                for (size_t t = 0; t < event->needs.count; t++)
                        if (!search->relevant[event->needs.terms[t].subject])
                                search->relevant[event->needs.terms[t].subject] = grew = true;
        }
        return grew;
}

/* Whether the rule can come to feel what a field holds. */
static bool felt(const struct search *search, const struct event_type *event, size_t field)
{
        if (event->fields[field].attribute != VOCABULARY_NONE && search->relevant[event->fields[field].attribute])
                return true;
        if (search->counted[event - search->goal->ruleset->vocabulary.events])
                return true;
        for (size_t i = 0; i < event->effect_count; i++) {
                const struct effect *effect = &event->effects[i];
                if (!search->relevant[effect->attribute])
                        continue;
                if (effect->from_field == field)
                        return true;
                for (size_t t = 0; t < effect->when.count; t++)
                        if (effect->when.terms[t].subject == field)
                                return true;
        }
        return false;
}

static size_t date_choices(const struct search *search, const struct event_type *event, size_t field,
                           struct value *choices)
{
        const struct search_goal *goal = search->goal;
        uint16_t carried = event->fields[field].attribute;
        for (size_t i = 0; i < event->effect_count; i++)
                if (event->effects[i].from_field == field && goal->version->clock == CLOCK_BY_DATE &&
                    event->effects[i].attribute == goal->version->by_date)
                        carried = goal->version->by_date;
        if (goal->target != CIVIL_NONE && carried == goal->version->by_date) {
                choices[0] = (struct value){VALUE_BIT(0), goal->target, NULL};
                return 1;
        }
        choices[0] = (struct value){VALUE_BIT(0), civil_add_months(goal->day, 120), NULL};
        choices[1] = (struct value){VALUE_BIT(0), civil_add_months(goal->day, 36), NULL};
        choices[2] = (struct value){VALUE_BIT(0), civil_add_days(goal->day, -1), NULL};
        return 3;
}

/* The values that are tried for a field; the first is taken where it does not matter. */
static size_t field_choices(const struct search *search, const struct event_type *event, size_t index,
                            struct value choices[static CHOICES_MAX])
{
        const struct field *field = &event->fields[index];
        struct value absent = {VALUE_UNSET, CIVIL_NONE, NULL};
        bool matters = felt(search, event, index);
        size_t count = 0;
        if (!field->required)
                choices[count++] = absent;
        if (!matters && count > 0)
                return count;
        switch (field->kind) {
        case VALUE_ENUM:
        case VALUE_SET:
                for (size_t i = 0; i < field->value_count; i++)
                        choices[count++] = (struct value){VALUE_BIT(i), CIVIL_NONE, NULL};
                break;
        case VALUE_DATE:
                count += date_choices(search, event, index, choices + count);
                break;
        case VALUE_TOKEN:
                choices[count++] = (struct value){VALUE_BIT(0), CIVIL_NONE, "T1"};
                break;
        }
        return matters ? count : 1;
}

const char *search_key(struct search *search, uint16_t kind)
{
        char text[ITEM_KEY_MAX + 1];
        snprintf(text, sizeof(text), "I%u", (unsigned int)kind + 1);
        const char *key = arena_copy(&search->arena, text, strlen(text));
        search->failed |= key == NULL;
        return key;
}

static bool add_move(struct search *search, uint16_t type, const struct value *fields)
{
        const struct event_type *event = &search->goal->ruleset->vocabulary.events[type];
        uint16_t per = search->goal->ruleset->rules[search->goal->rule].per;
        struct fact *fact;
        if (search->move_count == search->move_capacity) {
                struct fact *larger = arena_array(&search->arena, search->move_capacity * 2 + 64, sizeof(*larger));
                if (larger == NULL)
                        return false;
                if (search->move_count > 0)
                        memcpy(larger, search->moves, search->move_count * sizeof(*larger));
                search->moves = larger;
                search->move_capacity = search->move_capacity * 2 + 64;
        }
        fact = &search->moves[search->move_count++];
        *fact = (struct fact){.type = type, .on = search->goal->day, .fields = event->field_count > 0 ? fields : NULL};
        bool names = event->item_use == ITEM_USE_BEGINS || event->item_use == ITEM_USE_NAMES ||
                     (event->item_use == ITEM_USE_MAY_NAME && event->item_kind == per);
        if (names)
                fact->item = search_key(search, event->item_kind);
        return !search->failed;
}

/* Every combination of the choices of an event's fields, up to a limit. */
static bool add_moves(struct search *search, uint16_t type)
{
        const struct event_type *event = &search->goal->ruleset->vocabulary.events[type];
        struct value choices[CHOICES_MAX];
        bool all = false;
        for (size_t number = 0; !all && number < VARIANTS_MAX; number++) {
                struct value *fields = arena_array(&search->arena, event->field_count, sizeof(*fields));
                size_t rest = number;
                if (fields == NULL)
                        return false;
                for (size_t i = 0; i < event->field_count; i++) {
                        size_t count = field_choices(search, event, i, choices);
                        ENSURE(count > 0); /* a field may at least be left out or take its first value */
                        fields[i] = choices[rest % count];
                        rest /= count;
                }
                all = rest > 0;
                if (!all && !add_move(search, type, fields))
                        return false;
        }
        return true;
}

bool search_learn(struct search *search)
{
        const struct vocabulary *vocabulary = &search->goal->ruleset->vocabulary;
        search->relevant = arena_array(&search->arena, vocabulary->attribute_count, sizeof(bool));
        search->counted = arena_array(&search->arena, vocabulary->event_count, sizeof(bool));
        search->wanted = arena_array(&search->arena, vocabulary->event_count, sizeof(bool));
        if (search->relevant == NULL || search->counted == NULL || search->wanted == NULL)
                return false;
        mark_rule(search);
        do
                mark_tables(search);
        while (mark_events(search));
        for (size_t i = 0; i < vocabulary->event_count; i++)
                if (search->wanted[i] && !add_moves(search, (uint16_t)i))
                        return false;
        return true;
}
