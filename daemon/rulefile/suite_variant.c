/*
 * suite_variant - a rule set with shipped-disabled rules switched on, and which
 * endings a rule can have at all.
 */
#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"
#include "suite_read.h"

static bool switch_on(struct ruleset *variant, struct rule *rule)
{
        struct rule_version *versions = arena_array(&variant->arena, rule->version_count, sizeof(*versions));
        if (versions == NULL)
                return false;
        memcpy(versions, rule->versions, rule->version_count * sizeof(*versions));
        for (size_t i = 0; i < rule->version_count; i++)
                versions[i].enabled = true;
        rule->versions = versions;
        return true;
}

enum status suite_variant(const struct ruleset *base, const uint16_t *rules, size_t count, struct ruleset **ret_ruleset)
{
        struct ruleset *variant = malloc(sizeof(*variant));
        if (variant == NULL)
                return STATUS_NO_MEMORY;
        *variant = *base;
        arena_init(&variant->arena, malloc, free);
        struct rule *list = arena_array(&variant->arena, base->rule_count, sizeof(*list));
        bool room = list != NULL;
        if (room && base->rule_count > 0)
                memcpy(list, base->rules, base->rule_count * sizeof(*list));
        for (size_t i = 0; room && i < count; i++)
                room = switch_on(variant, &list[rules[i]]);
        variant->rules = list;
        if (!room || ruleset_prepare(variant) != STATUS_OK) {
                suite_variant_free(variant);
                return STATUS_NO_MEMORY;
        }
        *ret_ruleset = variant;
        return STATUS_OK;
}

void suite_variant_free(struct ruleset *ruleset)
{
        if (ruleset == NULL)
                return;
        arena_fini(&ruleset->arena);
        free(ruleset);
}

/* Whether some event can move an attribute out of what a mask allows. A derived one can always, since
 * dates pass and counts rise. */
static bool may_leave(const struct ruleset *ruleset, const struct term *term)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        const struct attribute *attribute = &vocabulary->attributes[term->subject];
        if (attribute->derived)
                return true;
        for (size_t i = 0; i < vocabulary->event_count; i++) {
                const struct event_type *event = &vocabulary->events[i];
                for (size_t j = 0; j < event->effect_count; j++) {
                        const struct effect *effect = &event->effects[j];
                        uint64_t bits = effect->constant.bits;
                        if (effect->attribute != term->subject ||
                            (attribute->scope != VOCABULARY_NONE && event->item_use == ITEM_USE_BEGINS))
                                continue;
                        if (effect->kind == EFFECT_CLEAR || effect->kind == EFFECT_REMOVE)
                                bits = VALUE_UNSET;
                        else if (effect->from_field != VOCABULARY_NONE)
                                bits = attribute->kind == VALUE_DATE
                                               ? VALUE_BIT(0)
                                               : VALUE_BIT(attribute->value_count) - 1 - VALUE_UNSET;
                        if ((bits & ~term->mask) != 0)
                                return true;
                }
        }
        return false;
}

/* Whether a rule that applies can cease to. */
static bool may_cease(const struct ruleset *ruleset, const struct rule_version *version)
{
        for (size_t i = 0; i < version->applies.count; i++)
                if (may_leave(ruleset, &version->applies.terms[i]))
                        return true;
        return version->applies_unless.count > 0;
}

/* Whether an event that does something to a date can come after the date was first set. */
static bool date_can(const struct ruleset *ruleset, uint16_t date, bool clear)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        bool of_item = vocabulary->attributes[date].scope != VOCABULARY_NONE;
        for (size_t i = 0; i < vocabulary->event_count; i++) {
                const struct event_type *event = &vocabulary->events[i];
                if (of_item && event->item_use == ITEM_USE_BEGINS)
                        continue;
                for (size_t j = 0; j < event->effect_count; j++)
                        if (event->effects[j].attribute == date && (event->effects[j].kind == EFFECT_CLEAR) == clear)
                                return true;
        }
        return false;
}

/* Whether every due date is the day it started: nothing can then end before it. */
static bool due_at_once(const struct rule_version *version)
{
        if (version->clock != CLOCK_WITHIN || version->has_runs)
                return false;
        for (size_t i = 0; i < version->period_count; i++) {
                const struct period *period = &version->periods[i].is;
                if (period->count != 1 || period->unit != PERIOD_DAYS || period->phrase != PERIOD_BEGINNING_WITH)
                        return false;
        }
        return true;
}

static bool by_date_possible(const struct ruleset *ruleset, const struct rule_version *version,
                             enum obligation_state state)
{
        bool ends = may_cease(ruleset, version) || date_can(ruleset, version->by_date, true);
        if (state == OBLIGATION_MOVED)
                return date_can(ruleset, version->by_date, false);
        if (state == OBLIGATION_LAPSED)
                return ends;
        if (state == OBLIGATION_MET_LATE)
                return !version->tentative && !version->milestone;
        if (version->milestone)
                return false;
        if (version->tentative)
                return version->missed_if.count > 0 && ends;
        return ends || date_can(ruleset, version->by_date, false);
}

static bool by_day_possible(const struct ruleset *ruleset, const struct rule_version *version,
                            enum obligation_state state)
{
        if (state == OBLIGATION_LAPSED)
                return may_cease(ruleset, version);
        if (state == OBLIGATION_MET_LATE) /* without a window the next one opens the day after */
                return !version->milestone && (version->opens.count > 0 || version->lead.count > 0);
        return state == OBLIGATION_MISSED && !version->milestone;
}

bool suite_ending_possible(const struct ruleset *ruleset, const struct rule_version *version,
                           enum obligation_state state)
{
        ENSURE(obligation_state_closed(state));
        if (state == OBLIGATION_REACHED || state == OBLIGATION_MET)
                return (state == OBLIGATION_REACHED) == version->milestone;
        switch (version->clock) {
        case CLOCK_EVERY:
        case CLOCK_WITHIN:
                if (state == OBLIGATION_MOVED)
                        return false;
                if (state == OBLIGATION_MET_LATE)
                        return !version->milestone;
                if (state == OBLIGATION_MISSED)
                        return !version->milestone && may_cease(ruleset, version);
                return may_cease(ruleset, version) && !due_at_once(version);
        case CLOCK_BY_DATE:
                return by_date_possible(ruleset, version, state);
        case CLOCK_BY_DAY:
                return by_day_possible(ruleset, version, state);
        case CLOCK_QUOTA:
                return state == OBLIGATION_MISSED || (state == OBLIGATION_LAPSED && may_cease(ruleset, version));
        }
        ENSURE(false);
}
