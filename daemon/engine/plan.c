/*
 * plan - see plan.h.
 */
#include "plan.h"

/* Inserts a day into a rising list without repeats; days at the ends of time bound nothing. */
static size_t insert_day(int32_t *days, size_t count, int32_t day)
{
        if (day <= CIVIL_MIN)
                return count;
        size_t at = count;
        while (at > 0 && days[at - 1] > day)
                at--;
        if (at > 0 && days[at - 1] == day)
                return count;
        for (size_t i = count; i > at; i--)
                days[i] = days[i - 1];
        days[at] = day;
        return count + 1;
}

static size_t insert_span(int32_t *days, size_t count, int32_t from, int32_t until)
{
        count = insert_day(days, count, from);
        return until < CIVIL_MAX ? insert_day(days, count, until + 1) : count;
}

static size_t span_count(const struct ruleset *ruleset)
{
        size_t count = 0;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                for (size_t v = 0; v < ruleset->rules[i].version_count; v++)
                        count += 1 + ruleset->rules[i].versions[v].period_count;
        return count;
}

static bool plan_boundaries(struct ruleset *ruleset, struct plan *plan)
{
        int32_t *days = arena_array(&ruleset->arena, 2 * span_count(ruleset), sizeof *days);
        size_t count = 0;
        if (days == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++) {
                for (size_t v = 0; v < ruleset->rules[i].version_count; v++) {
                        const struct rule_version *version = &ruleset->rules[i].versions[v];
                        if (!version->enabled)
                                continue;
                        count = insert_span(days, count, version->in_force_from, version->in_force_until);
                        for (size_t p = 0; p < version->period_count; p++)
                                count = insert_span(days, count, version->periods[p].in_force_from,
                                                    version->periods[p].in_force_until);
                }
        }
        plan->boundaries = days;
        plan->boundary_count = count;
        return true;
}

static bool row_timed(const struct derived_row *row)
{
        return row->threshold != THRESHOLD_NONE || row->in_force_from > CIVIL_MIN || row->in_force_until < CIVIL_MAX;
}

static uint64_t subjects(struct condition condition)
{
        uint64_t bits = 0;
        for (size_t i = 0; i < condition.count; i++)
                bits |= ATTRIBUTE_BIT(condition.terms[i].subject);
        return bits;
}

static struct plan_derived plan_table(const struct attribute *attribute, size_t index)
{
        struct plan_derived derived = {.index = (uint16_t)index};
        for (size_t r = 0; r < attribute->row_count; r++) {
                const struct derived_row *row = &attribute->rows[r];
                derived.timed = derived.timed || row_timed(row);
                derived.reads |= subjects(row->when) | subjects(row->unless);
                if (row->threshold != THRESHOLD_NONE)
                        derived.reads |= ATTRIBUTE_BIT(row->threshold_date);
                if (row->count.event != VOCABULARY_NONE)
                        derived.counts |= TYPE_BIT(row->count.event);
        }
        return derived;
}

static bool plan_attributes(struct ruleset *ruleset, struct plan *plan)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        struct plan_derived *derived = arena_array(&ruleset->arena, vocabulary->attribute_count, sizeof *derived);
        uint64_t *touches = arena_array(&ruleset->arena, vocabulary->event_count, sizeof *touches);
        if (derived == NULL || touches == NULL)
                return false;
        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                plan->attributes |= ATTRIBUTE_BIT(i);
                if (!vocabulary->attributes[i].derived)
                        continue;
                derived[plan->derived_count] = plan_table(&vocabulary->attributes[i], i);
                plan->reads |= derived[plan->derived_count].reads;
                plan->counts |= derived[plan->derived_count++].counts;
        }
        for (size_t i = 0; i < vocabulary->event_count; i++)
                for (size_t e = 0; e < vocabulary->events[i].effect_count; e++)
                        touches[i] |= ATTRIBUTE_BIT(vocabulary->events[i].effects[e].attribute);
        plan->derived = derived;
        plan->touches = touches;
        return true;
}

/* Whether a rule's open obligations can be found without its past; whether others inherit is asked separately. */
static bool stands_alone(const struct rule *rule)
{
        const struct rule_version *version = rule->versions;
        if (rule->version_count != 1 || !version->enabled || version->in_force_from > CIVIL_MIN ||
            version->in_force_until < CIVIL_MAX || version->follow_count > 0)
                return false;
        if (version->clock == CLOCK_BY_DATE)
                return true;
        const struct period_row *row = version->periods;
        return (version->clock == CLOCK_EVERY || version->clock == CLOCK_WITHIN) && version->period_count == 1 &&
               row->when.count == 0 && row->unless.count == 0 && row->in_force_from == CIVIL_MIN &&
               row->in_force_until == CIVIL_MAX;
}

static bool plan_shortcuts(struct ruleset *ruleset, struct plan *plan)
{
        bool *plain = arena_array(&ruleset->arena, ruleset->rule_count, sizeof *plain);
        if (plain == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                plain[i] = !plan->followed[i] && stands_alone(&ruleset->rules[i]);
        plan->plain = plain;
        return true;
}

static bool plan_rules(struct ruleset *ruleset, struct plan *plan)
{
        bool *wanted = arena_array(&ruleset->arena, ruleset->vocabulary.item_count, sizeof *wanted);
        uint8_t *clocks = arena_array(&ruleset->arena, ruleset->rule_count, sizeof *clocks);
        bool *followed = arena_array(&ruleset->arena, ruleset->rule_count, sizeof *followed);
        if (wanted == NULL || clocks == NULL || followed == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++) {
                const struct rule *rule = &ruleset->rules[i];
                if (rule->per != VOCABULARY_NONE)
                        wanted[rule->per] = true;
                for (size_t v = 0; v < rule->version_count; v++) {
                        const struct rule_version *version = &rule->versions[v];
                        if (version->enabled)
                                clocks[i] |= (uint8_t)CLOCK_BIT(version->clock);
                        for (size_t f = 0; f < version->follow_count; f++)
                                followed[version->follows[f]] = true;
                }
        }
        plan->wanted = wanted;
        plan->clocks = clocks;
        plan->followed = followed;
        return true;
}

/* The rules that a derivation goes through. */
static bool plan_lists(struct ruleset *ruleset, struct plan *plan)
{
        uint16_t *asked = arena_array(&ruleset->arena, ruleset->rule_count, sizeof *asked);
        uint16_t *recurring = arena_array(&ruleset->arena, ruleset->rule_count, sizeof *recurring);
        if (asked == NULL || recurring == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++) {
                if (plan->clocks[i] != 0)
                        asked[plan->asked_count++] = (uint16_t)i;
                if ((plan->clocks[i] & CLOCK_BIT(CLOCK_EVERY)) != 0)
                        recurring[plan->recurring_count++] = (uint16_t)i;
        }
        plan->asked = asked;
        plan->recurring = recurring;
        return true;
}

enum status ruleset_prepare(struct ruleset *ruleset)
{
        struct plan *plan = arena_alloc(&ruleset->arena, sizeof *plan);
        if (plan == NULL || !plan_boundaries(ruleset, plan) || !plan_attributes(ruleset, plan) ||
            !plan_rules(ruleset, plan) || !plan_lists(ruleset, plan) || !plan_shortcuts(ruleset, plan))
                return STATUS_NO_MEMORY;
        ruleset->plan = plan;
        return STATUS_OK;
}
