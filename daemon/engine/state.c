/*
 * state - how events and decision tables make the attributes of a day.
 *
 * Order within one event is fixed by the vocabulary: clears, sets, adds,
 * removes, carried fields. Derived attributes are computed in the order of
 * their declaration, after the last event of the day.
 */
#include "view.h"

#include <string.h>

void state_clear(const struct plan *plan, struct state state)
{
        memcpy(state.words, plan->nothing, plan->packing.words * sizeof *state.words);
}

bool state_new(struct arena *arena, const struct plan *plan, struct state *ret_state)
{
        uint64_t *words = arena_array(arena, plan->packing.words, sizeof *words);
        if (words == NULL)
                return false;
        *ret_state = (struct state){plan->packing.berths, words};
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
        if ((state_bits(state, row->threshold_date) & VALUE_UNSET) != 0)
                return CIVIL_MAX + 1;
        int32_t date = state_day(state, row->threshold_date);
        return row->threshold == THRESHOLD_AFTER ? date + 1 : date;
}

static void sooner_of(int32_t *next, int32_t candidate, int32_t day)
{
        if (candidate > day && candidate < *next)
                *next = candidate;
}

/* Whether the day itself lets a row fit. */
static bool row_in_time(const struct derived_row *row, struct state state, int32_t day)
{
        return day >= row->in_force_from && day <= row->in_force_until &&
               (row->threshold == THRESHOLD_NONE || day >= threshold_day(row, state));
}

static bool row_fits(const struct plan_row *row, struct state state, const struct derivation *derivation, bool scoped)
{
        return guard_holds(&row->guard, state.words) &&
               (!row->timed || row_in_time(row->row, state, derivation->day)) &&
               (!row->counts || count_reached(derivation, &row->row->count, scoped));
}

/* The first row that fits, or as many as there are. */
static size_t fitting_row(const struct plan_derived *derived, struct state state, const struct derivation *derivation)
{
        bool scoped = derived->scope != VOCABULARY_NONE;
        size_t r = 0;
        if (scoped && (derivation->item == NULL || derivation->item->kind != derived->scope))
                return derived->row_count;
        while (r < derived->row_count && !row_fits(&derived->rows[r], state, derivation, scoped))
                r++;
        return r;
}

static void note_changes(const struct derived_row *row, struct state state, int32_t day, int32_t *next)
{
        sooner_of(next, row->in_force_from, day);
        if (row->in_force_until < CIVIL_MAX)
                sooner_of(next, row->in_force_until + 1, day);
        if (row->threshold != THRESHOLD_NONE)
                sooner_of(next, threshold_day(row, state), day);
}

/* The next day on which a derived attribute may change by itself. Rows after the one that fits have days, too. */
static int32_t next_change(const struct plan_derived *derived, struct state state, const struct derivation *derivation)
{
        int32_t next = CIVIL_MAX + 1;
        if (derived->scope != VOCABULARY_NONE && (derivation->item == NULL || derivation->item->kind != derived->scope))
                return next;
        for (size_t r = 0; r < derived->timed_count; r++)
                note_changes(derived->timed[r], state, derivation->day, &next);
        return next;
}

int32_t state_row(struct state state, const struct derivation *derivation, uint16_t index)
{
        const struct plan *plan = derivation->ruleset->plan;
        for (size_t i = 0; i < plan->derived_count; i++) {
                if (plan->derived[i].index != index)
                        continue;
                size_t row = fitting_row(&plan->derived[i], state, derivation);
                return row < plan->derived[i].row_count ? (int32_t)row : -1;
        }
        return -1;
}

/* Computes one derived attribute. Whether it changed. */
static bool derive_one(struct state state, const struct derivation *derivation, const struct plan_derived *derived)
{
        size_t row = fitting_row(derived, state, derivation);
        uint64_t bits = row < derived->row_count ? derived->rows[row].is : derived->unset;
        uint64_t *word = &state.words[derived->word], before = *word;
        *word = (before & ~derived->mask) | bits;
        return *word != before;
}

void state_derive(struct state state, const struct derivation *derivation, struct staleness *stale)
{
        const struct plan *plan = derivation->ruleset->plan;
        int32_t day = derivation->day;
        stale->soonest = CIVIL_MAX + 1;
        for (size_t i = 0; i < plan->derived_count; i++) {
                const struct plan_derived *derived = &plan->derived[i];
                if ((stale->tables & TABLE_BIT(i)) != 0 || day >= stale->next[i]) {
                        if (derive_one(state, derivation, derived)) {
                                stale->changed = true;
                                stale->tables |= derived->outdates;
                        }
                        stale->next[i] =
                                derived->timed_count > 0 ? next_change(derived, state, derivation) : CIVIL_MAX + 1;
                }
                stale->soonest = stale->next[i] < stale->soonest ? stale->next[i] : stale->soonest;
        }
        stale->tables = 0;
}

void state_derive_all(struct state state, const struct derivation *derivation)
{
        const struct plan *plan = derivation->ruleset->plan;
        for (size_t i = 0; i < plan->derived_count; i++)
                (void)derive_one(state, derivation, &plan->derived[i]);
}
