/*
 * state - how events and decision tables make the attributes of a day.
 *
 * Order within one event is fixed by the vocabulary: clears, sets, adds,
 * removes, carried fields. Derived attributes are computed in the order of
 * their declaration, after the last event of the day.
 */
#include "view.h"

#include <string.h>

void state_clear(struct state state, size_t attribute_count)
{
        for (size_t i = 0; i < attribute_count; i++) {
                state.bits[i] = VALUE_UNSET;
                state.days[i] = CIVIL_NONE;
        }
}

bool state_new(struct arena *arena, size_t attribute_count, struct state *ret_state)
{
        uint64_t *bits = arena_array(arena, attribute_count, sizeof *bits + sizeof *ret_state->days);
        if (bits == NULL)
                return false;
        *ret_state = (struct state){bits, (int32_t *)(bits + attribute_count)};
        return true;
}

bool fact_of_item(const struct vocabulary *vocabulary, const struct fact *fact, const struct item *item)
{
        const struct event_type *type = &vocabulary->events[fact->type];
        if (item == NULL || fact->item == NULL || type->item_kind != item->kind)
                return false;
        if (fact->on < item->begins || (fact->on == item->begins && fact->position < item->position))
                return false;
        return strcmp(fact->item, item->key) == 0;
}

static void add_to_set(uint64_t *bits, uint64_t values)
{
        if (values != 0)
                *bits = (*bits | values) & ~VALUE_UNSET;
}

static void remove_from_set(uint64_t *bits, uint64_t values)
{
        *bits &= ~values;
        if (*bits == 0)
                *bits = VALUE_UNSET;
}

static void apply_effect(struct state state, const struct effect *effect, const struct fact *fact)
{
        const struct value *value = &effect->constant;
        if (effect->from_field != VOCABULARY_NONE) {
                value = &fact->fields[effect->from_field];
                if (value->bits == VALUE_UNSET)
                        return;
        }
        uint64_t *bits = &state.bits[effect->attribute];
        switch (effect->kind) {
        case EFFECT_CLEAR:
                *bits = VALUE_UNSET;
                state.days[effect->attribute] = CIVIL_NONE;
                return;
        case EFFECT_SET:
                *bits = value->bits != 0 ? value->bits : VALUE_UNSET; /* an empty list unsets */
                state.days[effect->attribute] = value->day;
                return;
        case EFFECT_ADD:
                add_to_set(bits, value->bits & ~VALUE_UNSET);
                return;
        case EFFECT_REMOVE:
                remove_from_set(bits, value->bits & ~VALUE_UNSET);
                return;
        }
}

void state_apply(struct state state, const struct vocabulary *vocabulary, const struct fact *fact, bool of_item)
{
        const struct event_type *type = &vocabulary->events[fact->type];
        for (size_t i = 0; i < type->effect_count; i++) {
                const struct effect *effect = &type->effects[i];
                if (vocabulary->attributes[effect->attribute].scope != VOCABULARY_NONE && !of_item)
                        continue;
                if (condition_holds(effect->when, fact->fields))
                        apply_effect(state, effect, fact);
        }
}

static bool same_value(const struct value *a, const struct value *b)
{
        if (a->bits != b->bits || a->day != b->day)
                return false;
        return a->token == NULL || strcmp(a->token, b->token) == 0;
}

static bool counted_fact(const struct derivation *derivation, const struct fact *fact, uint16_t event, bool scoped)
{
        if (fact->type != event)
                return false;
        return !scoped || fact_of_item(&derivation->ruleset->vocabulary, fact, derivation->item);
}

/* Whether a later event of the same kind carries the same value in the field `latest`. */
static bool superseded(const struct derivation *derivation, size_t index, const struct event_count *count, bool scoped)
{
        const struct value *mine = &derivation->facts[index].fields[count->latest];
        for (size_t i = index + 1; i < derivation->fact_count; i++) {
                const struct fact *fact = &derivation->facts[i];
                if (counted_fact(derivation, fact, count->event, scoped) &&
                    same_value(&fact->fields[count->latest], mine))
                        return true;
        }
        return false;
}

static bool count_reached(const struct derivation *derivation, const struct event_count *count, bool scoped)
{
        uint32_t found = 0;
        for (size_t i = 0; i < derivation->fact_count && found < count->at_least; i++) {
                const struct fact *fact = &derivation->facts[i];
                if (!counted_fact(derivation, fact, count->event, scoped))
                        continue;
                if (count->latest != VOCABULARY_NONE && superseded(derivation, i, count, scoped))
                        continue;
                if (condition_holds(count->where, fact->fields))
                        found++;
        }
        return found >= count->at_least;
}

/* The first day on which a row's threshold is passed; CIVIL_MAX + 1 while its date is unset. */
static int32_t threshold_day(const struct derived_row *row, struct state state)
{
        if ((state.bits[row->threshold_date] & VALUE_UNSET) != 0)
                return CIVIL_MAX + 1;
        int32_t date = state.days[row->threshold_date];
        return row->threshold == THRESHOLD_AFTER ? date + 1 : date;
}

static void sooner_of(int32_t *next, int32_t candidate, int32_t day)
{
        if (candidate > day && candidate < *next)
                *next = candidate;
}

static bool row_fits(const struct derived_row *row, struct state state, const struct derivation *derivation,
                     bool scoped)
{
        int32_t day = derivation->day;
        if (day < row->in_force_from || day > row->in_force_until)
                return false;
        if (row->threshold != THRESHOLD_NONE && day < threshold_day(row, state))
                return false;
        if (!state_fits(row->when, row->unless, state))
                return false;
        return row->count.event == VOCABULARY_NONE || count_reached(derivation, &row->count, scoped);
}

static void note_changes(const struct derived_row *row, struct state state, int32_t day, int32_t *next)
{
        sooner_of(next, row->in_force_from, day);
        if (row->in_force_until < CIVIL_MAX)
                sooner_of(next, row->in_force_until + 1, day);
        if (row->threshold != THRESHOLD_NONE)
                sooner_of(next, threshold_day(row, state), day);
}

/* The value of one derived attribute; rows after the one that fits are looked at only for their days. */
static uint64_t derive_attribute(struct state state, const struct derivation *derivation,
                                 const struct plan_derived *derived, int32_t *next)
{
        const struct attribute *attribute = &derivation->ruleset->vocabulary.attributes[derived->index];
        bool scoped = attribute->scope != VOCABULARY_NONE;
        uint64_t decided = VALUE_UNSET;
        if (scoped && (derivation->item == NULL || derivation->item->kind != attribute->scope))
                return VALUE_UNSET;
        for (size_t r = 0; r < attribute->row_count && (derived->timed || decided == VALUE_UNSET); r++) {
                const struct derived_row *row = &attribute->rows[r];
                if (derived->timed)
                        note_changes(row, state, derivation->day, next);
                if (decided == VALUE_UNSET && row_fits(row, state, derivation, scoped))
                        decided = VALUE_BIT(row->is);
        }
        return decided;
}

int32_t state_row(struct state state, const struct derivation *derivation, uint16_t index)
{
        const struct attribute *attribute = &derivation->ruleset->vocabulary.attributes[index];
        bool scoped = attribute->scope != VOCABULARY_NONE;
        if (scoped && (derivation->item == NULL || derivation->item->kind != attribute->scope))
                return -1;
        for (size_t r = 0; r < attribute->row_count; r++)
                if (row_fits(&attribute->rows[r], state, derivation, scoped))
                        return (int32_t)r;
        return -1;
}

static bool is_stale(const struct plan_derived *derived, const struct staleness *stale, size_t index, int32_t day)
{
        return (derived->reads & stale->touched) != 0 || (derived->counts & stale->happened) != 0 ||
               day >= stale->next[index];
}

int32_t state_derive(struct state state, const struct derivation *derivation, struct staleness *stale)
{
        const struct plan *plan = derivation->ruleset->plan;
        int32_t next = CIVIL_MAX + 1;
        if (stale != NULL && (plan->reads & stale->touched) == 0 && (plan->counts & stale->happened) == 0 &&
            derivation->day < stale->soonest)
                return stale->soonest;
        for (size_t i = 0; i < plan->derived_count; i++) {
                const struct plan_derived *derived = &plan->derived[i];
                int32_t own_next = CIVIL_MAX + 1;
                if (stale == NULL || is_stale(derived, stale, i, derivation->day)) {
                        uint64_t bits = derive_attribute(state, derivation, derived, &own_next);
                        if (stale != NULL && bits != state.bits[derived->index])
                                stale->touched |= ATTRIBUTE_BIT(derived->index);
                        if (stale != NULL)
                                stale->next[i] = own_next;
                        state.bits[derived->index] = bits;
                } else {
                        own_next = stale->next[i];
                }
                next = own_next < next ? own_next : next;
        }
        if (stale != NULL)
                stale->soonest = next;
        return next;
}
