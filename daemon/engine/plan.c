/*
 * plan - see plan.h.
 */
#include "course.h"

#include <string.h>

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

static bool condition_reads(struct condition condition, uint16_t attribute)
{
        for (size_t i = 0; i < condition.count; i++)
                if (condition.terms[i].subject == attribute)
                        return true;
        return false;
}

static bool row_reads(const struct derived_row *row, uint16_t attribute)
{
        return condition_reads(row->when, attribute) || condition_reads(row->unless, attribute) ||
               (row->threshold != THRESHOLD_NONE && row->threshold_date == attribute);
}

static bool plan_packing(struct ruleset *ruleset, struct plan *plan)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        if (!packing_make(vocabulary, &ruleset->arena, &plan->packing))
                return false;
        uint64_t *nothing = arena_array(&ruleset->arena, plan->packing.words, sizeof *nothing);
        if (nothing == NULL)
                return false;
        for (uint16_t i = 0; i < vocabulary->attribute_count; i++)
                state_put((struct state){plan->packing.berths, nothing}, i, VALUE_UNSET, CIVIL_NONE);
        struct latest *never = arena_array(&ruleset->arena, vocabulary->event_count + 1, sizeof *never);
        if (never == NULL)
                return false;
        for (size_t i = 0; i <= vocabulary->event_count; i++)
                never[i].on = CIVIL_NONE;
        plan->nothing = nothing;
        plan->never = never;
        return true;
}

static bool plan_rows(struct ruleset *ruleset, const struct plan *plan, const struct attribute *attribute,
                      struct plan_derived *derived)
{
        struct plan_row *rows = arena_array(&ruleset->arena, attribute->row_count, sizeof *rows);
        const struct derived_row **timed = arena_array(&ruleset->arena, attribute->row_count, sizeof(void *));
        const struct berth *berth = &plan->packing.berths[derived->index];
        if (rows == NULL || timed == NULL)
                return false;
        for (size_t r = 0; r < attribute->row_count; r++) {
                const struct derived_row *row = &attribute->rows[r];
                rows[r] = (struct plan_row){.row = row,
                                            .is = VALUE_BIT(row->is) << berth->shift,
                                            .timed = row_timed(row),
                                            .counts = row->count.event != VOCABULARY_NONE};
                if (!guard_make(&plan->packing, row->when, row->unless, &ruleset->arena, &rows[r].guard))
                        return false;
        }
        for (size_t r = 0; r < attribute->row_count; r++)
                if (rows[r].timed)
                        timed[derived->timed_count++] = rows[r].row;
        derived->word = berth->word;
        derived->mask = berth->mask << berth->shift;
        derived->unset = VALUE_UNSET << berth->shift;
        derived->timed = timed;
        derived->rows = rows;
        derived->row_count = attribute->row_count;
        return true;
}

/* The derived attributes that look at an attribute. */
static uint64_t read_by(const struct plan *plan, uint16_t attribute)
{
        uint64_t tables = 0;
        for (size_t i = 0; i < plan->derived_count; i++)
                for (size_t r = 0; r < plan->derived[i].row_count; r++)
                        if (row_reads(plan->derived[i].rows[r].row, attribute))
                                tables |= TABLE_BIT(i);
        return tables;
}

/* Those that count events of a type. */
static uint64_t counted_by(const struct plan *plan, uint16_t type)
{
        uint64_t tables = 0;
        for (size_t i = 0; i < plan->derived_count; i++)
                for (size_t r = 0; r < plan->derived[i].row_count; r++)
                        if (plan->derived[i].rows[r].row->count.event == type)
                                tables |= TABLE_BIT(i);
        return tables;
}

static bool plan_tables(struct ruleset *ruleset, struct plan *plan)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        struct plan_derived *derived = arena_array(&ruleset->arena, vocabulary->attribute_count, sizeof *derived);
        if (derived == NULL)
                return false;
        plan->derived = derived;
        for (uint16_t i = 0; i < vocabulary->attribute_count; i++) {
                const struct attribute *attribute = &vocabulary->attributes[i];
                if (!attribute->derived)
                        continue;
                derived[plan->derived_count] = (struct plan_derived){.index = i, .scope = attribute->scope};
                if (!plan_rows(ruleset, plan, attribute, &derived[plan->derived_count++]))
                        return false;
        }
        for (size_t i = 0; i < plan->derived_count; i++)
                derived[i].outdates = read_by(plan, derived[i].index);
        return true;
}

static bool plan_outdates(struct ruleset *ruleset, struct plan *plan)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        uint64_t *outdates = arena_array(&ruleset->arena, vocabulary->event_count, sizeof *outdates);
        if (outdates == NULL)
                return false;
        for (uint16_t i = 0; i < vocabulary->event_count; i++) {
                if (vocabulary->events[i].item_use == ITEM_USE_BEGINS)
                        plan->beginnings |= TYPE_BIT(i);
                outdates[i] = counted_by(plan, i);
                for (size_t e = 0; e < vocabulary->events[i].effect_count; e++)
                        outdates[i] |= read_by(plan, vocabulary->events[i].effects[e].attribute);
                if (vocabulary->events[i].effect_count > 0)
                        plan->changing |= TYPE_BIT(i);
                if (vocabulary->events[i].effect_count > 0 || outdates[i] != 0)
                        plan->stirring |= TYPE_BIT(i);
        }
        plan->outdates = outdates;
        return true;
}

/* What holds on a day on which a version has something open. */
static bool plan_open(struct ruleset *ruleset, const struct plan *plan, const struct rule_version *version,
                      struct guard *ret_guard)
{
        struct condition applies = version->applies;
        struct term *terms = arena_array(&ruleset->arena, applies.count + 1, sizeof *terms);
        if (terms == NULL)
                return false;
        if (applies.count > 0)
                memcpy(terms, applies.terms, applies.count * sizeof *terms);
        if (version->clock == CLOCK_BY_DATE && !version_needs(version, version->by_date))
                terms[applies.count++] = (struct term){version->by_date, VALUE_ANY_SET};
        applies.terms = terms;
        return guard_make(&plan->packing, applies, version->applies_unless, &ruleset->arena, ret_guard);
}

/* Lists the types of events that meet a version. */
static bool plan_met_by(struct ruleset *ruleset, const struct rule_version *version, struct plan_version *ret_version)
{
        size_t room = (version->met_by_count + MET_BY_STEP - 1) / MET_BY_STEP * MET_BY_STEP, count = 0;
        uint16_t *met_by = arena_array(&ruleset->arena, room, sizeof *met_by);
        if (met_by == NULL)
                return false;
        for (size_t i = 0; i < version->met_by_count; i++) {
                if (version->met_by[i].where.count > 0)
                        ret_version->met_by_asks = true;
                else
                        met_by[count++] = version->met_by[i].event;
        }
        while (count % MET_BY_STEP != 0)
                met_by[count++] = (uint16_t)ruleset->vocabulary.event_count;
        ret_version->met_by = met_by;
        ret_version->met_by_count = count;
        return true;
}

static bool plan_version(struct ruleset *ruleset, const struct plan *plan, const struct rule_version *version,
                         struct plan_version *ret_version)
{
        static const struct condition nothing = {NULL, 0};
        return plan_open(ruleset, plan, version, &ret_version->open) && plan_met_by(ruleset, version, ret_version) &&
               guard_make(&plan->packing, version->applies, version->applies_unless, &ruleset->arena,
                          &ret_version->applies) &&
               guard_make(&plan->packing, version->has_runs ? version->runs : nothing, nothing, &ruleset->arena,
                          &ret_version->runs);
}

static bool plan_rule(struct ruleset *ruleset, const struct plan *plan, const struct rule *rule,
                      struct plan_rule *ret_rule)
{
        struct plan_version *versions = arena_array(&ruleset->arena, rule->version_count, sizeof *versions);
        if (versions == NULL)
                return false;
        for (size_t v = 0; v < rule->version_count; v++) {
                if (!plan_version(ruleset, plan, &rule->versions[v], &versions[v]))
                        return false;
                if (rule->versions[v].enabled)
                        ret_rule->clocks |= CLOCK_BIT(rule->versions[v].clock);
        }
        ret_rule->versions = versions;
        ret_rule->version_count = rule->version_count;
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

static bool plan_about(struct ruleset *ruleset, struct plan *plan)
{
        size_t words = plan->sieve.words;
        uint64_t *about = arena_array(&ruleset->arena, ruleset->vocabulary.item_count * words, sizeof *about);
        if (about == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                if (ruleset->rules[i].per != VOCABULARY_NONE)
                        about[ruleset->rules[i].per * words + RULE_WORD(i)] |= RULE_BIT(i);
        plan->about = about;
        return true;
}

/* Hands a rule's heirs on to the rule that it follows. Whether that had others before. */
static bool hand_on(uint64_t *heirs, size_t words, size_t rule, size_t followed)
{
        bool changed = false;
        for (size_t w = 0; w < words; w++) {
                uint64_t added = heirs[rule * words + w] & ~heirs[followed * words + w];
                heirs[followed * words + w] |= added;
                changed = changed || added != 0;
        }
        return changed;
}

/* What a rule takes over may have been taken over before. */
static bool plan_heirs(struct ruleset *ruleset, struct plan *plan)
{
        size_t words = plan->sieve.words;
        uint64_t *heirs = arena_array(&ruleset->arena, ruleset->rule_count * words, sizeof *heirs);
        if (heirs == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                heirs[i * words + RULE_WORD(i)] |= RULE_BIT(i);
        for (bool changed = true; changed;) {
                changed = false;
                for (size_t i = 0; i < ruleset->rule_count; i++)
                        for (size_t v = 0; v < ruleset->rules[i].version_count; v++)
                                for (size_t f = 0; f < ruleset->rules[i].versions[v].follow_count; f++)
                                        changed |= hand_on(heirs, words, i, ruleset->rules[i].versions[v].follows[f]);
        }
        plan->heirs = heirs;
        return true;
}

/* Whether another rule inherits from one. */
static bool is_followed(const struct plan *plan, size_t rule)
{
        const uint64_t *heirs = &plan->heirs[rule * plan->sieve.words];
        for (size_t w = 0; w < plan->sieve.words; w++)
                if ((heirs[w] & ~(w == RULE_WORD(rule) ? RULE_BIT(rule) : 0)) != 0)
                        return true;
        return false;
}

static bool plan_rules(struct ruleset *ruleset, struct plan *plan)
{
        struct plan_rule *rules = arena_array(&ruleset->arena, ruleset->rule_count, sizeof *rules);
        uint64_t *alone = arena_array(&ruleset->arena, plan->sieve.words, sizeof *alone);
        if (rules == NULL || alone == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++) {
                if (!plan_rule(ruleset, plan, &ruleset->rules[i], &rules[i]))
                        return false;
                rules[i].plain = !is_followed(plan, i) && stands_alone(&ruleset->rules[i]);
                if (rules[i].plain && ruleset->rules[i].per == VOCABULARY_NONE)
                        alone[RULE_WORD(i)] |= RULE_BIT(i);
        }
        plan->rules = rules;
        plan->alone = alone;
        return true;
}

static bool recurs(const struct plan_rule *rule)
{
        return (rule->clocks & CLOCK_BIT(CLOCK_EVERY)) != 0;
}

/* Those that stand in some relation first. */
static bool plan_recurring(struct ruleset *ruleset, struct plan *plan)
{
        uint16_t *recurring = arena_array(&ruleset->arena, ruleset->rule_count, sizeof *recurring);
        size_t count = 0;
        if (recurring == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                if (recurs(&plan->rules[i]) && !plan->rules[i].plain)
                        recurring[count++] = (uint16_t)i;
        plan->related_count = count;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                if (recurs(&plan->rules[i]) && plan->rules[i].plain)
                        recurring[count++] = (uint16_t)i;
        plan->recurring = recurring;
        plan->recurring_count = count;
        return true;
}

/* Whether the day itself decides between rows while no date is set. */
static bool is_dated(const struct plan_derived *derived)
{
        for (size_t i = 0; i < derived->timed_count; i++)
                if (derived->timed[i]->in_force_from > CIVIL_MIN || derived->timed[i]->in_force_until < CIVIL_MAX)
                        return true;
        return false;
}

/* Computes derived attributes where nothing has happened, of a plan that is complete but for that, so that the first
 * day of a case computes those alone on which its events bear. */
static bool plan_blank(struct ruleset *ruleset, struct plan *plan)
{
        struct derivation derivation = {.ruleset = ruleset, .day = CIVIL_MIN};
        plan->blank = arena_array(&ruleset->arena, plan->packing.words, sizeof *plan->blank);
        if (plan->blank == NULL)
                return false;
        state_clear(plan, (struct state){plan->packing.berths, plan->blank});
        state_derive_all((struct state){plan->packing.berths, plan->blank}, &derivation);
        for (size_t i = 0; i < plan->derived_count; i++)
                plan->dated |= is_dated(&plan->derived[i]) ? TABLE_BIT(i) : 0;
        return true;
}

enum status ruleset_prepare(struct ruleset *ruleset)
{
        struct plan *plan = arena_alloc(&ruleset->arena, sizeof *plan);
        if (plan == NULL || !plan_boundaries(ruleset, plan) || !plan_packing(ruleset, plan) ||
            !plan_tables(ruleset, plan) || !plan_outdates(ruleset, plan) ||
            !sieve_make(ruleset, &plan->packing, &plan->sieve) || !plan_about(ruleset, plan) ||
            !plan_heirs(ruleset, plan) || !plan_rules(ruleset, plan) || !plan_recurring(ruleset, plan))
                return STATUS_NO_MEMORY;
        ruleset->plan = plan;
        return plan_blank(ruleset, plan) ? STATUS_OK : STATUS_NO_MEMORY;
}
