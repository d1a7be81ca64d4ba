/*
 * admission - whether a record may join those before it (casefile.h).
 *
 * Asked against the state just before the event, at its place in the order of
 * its day, and for constraints just after it. Nothing that came after a
 * back-dated event is asked again.
 */
#include "mappad/obligation.h"
#include "mappad/ensure.h"

#include <string.h>

#include "standing.h"
#include "view.h"

/* One question and what it needs. */
struct hearing {
        const struct ruleset *ruleset;
        const struct record *candidate;
        struct fact fact;        /* the candidate at its position */
        struct casefile others;  /* what stands without it, and without what it replaces */
        size_t before;           /* how many of the others come before it */
        const struct item *item; /* its item, NULL without one */
        struct item begun;       /* storage of that item when the candidate begins it */
        bool force;
        struct arena *arena;
};

static bool out_of_memory(struct admission *admission)
{
        admission->code = REFUSAL_NO_MEMORY;
        return false;
}

static bool find_place(struct hearing *hearing, const struct record *records, size_t count, struct admission *admission)
{
        const struct record *candidate = hearing->candidate;
        hearing->fact = candidate->fact;
        hearing->fact.position = candidate->fact.seq;
        if (candidate->refers == 0)
                return true;
        struct standing standing;
        if (!standing_mark(records, count, INSTANT_LATEST, hearing->arena, &standing))
                return out_of_memory(admission);
        size_t target = standing_find(records, count, candidate->refers);
        if (target == count || !standing.stands[target]) {
                admission->code = REFUSAL_NOT_STANDING;
                return false;
        }
        hearing->fact.position = standing.positions[target];
        return true;
}

/* The others: everything that stands, less the event that the candidate replaces. */
static bool gather_others(struct hearing *hearing, const struct record *records, size_t count,
                          struct admission *admission)
{
        if (casefile_stand(hearing->ruleset, records, count, INSTANT_LATEST, CIVIL_MAX, hearing->arena,
                           &hearing->others) != STATUS_OK)
                return out_of_memory(admission);
        uint64_t replaced = hearing->candidate->refers;
        if (replaced != 0) {
                struct fact *facts = arena_array(hearing->arena, hearing->others.fact_count, sizeof *facts);
                if (facts == NULL)
                        return out_of_memory(admission);
                size_t kept = 0;
                for (size_t i = 0; i < hearing->others.fact_count; i++)
                        if (hearing->others.facts[i].seq != replaced)
                                facts[kept++] = hearing->others.facts[i];
                hearing->others.facts = facts;
                hearing->others.fact_count = kept;
        }
        size_t before = 0;
        while (before < hearing->others.fact_count && fact_before(&hearing->others.facts[before], &hearing->fact))
                before++;
        hearing->before = before;
        return true;
}

/* The fact among the first limit others that begins an item key, or NULL. */
static const struct fact *beginning_of(const struct hearing *hearing, size_t limit)
{
        const struct vocabulary *vocabulary = &hearing->ruleset->vocabulary;
        for (size_t i = 0; i < limit; i++) {
                const struct fact *fact = &hearing->others.facts[i];
                if (vocabulary->events[fact->type].item_use == ITEM_USE_BEGINS &&
                    strcmp(fact->item, hearing->fact.item) == 0)
                        return fact;
        }
        return NULL;
}

static bool check_item(struct hearing *hearing, struct admission *admission)
{
        const struct vocabulary *vocabulary = &hearing->ruleset->vocabulary;
        const struct event_type *type = &vocabulary->events[hearing->fact.type];
        if (hearing->fact.item == NULL)
                return true;
        hearing->begun = (struct item){hearing->fact.item, type->item_kind, hearing->fact.on, hearing->fact.position};
        if (type->item_use == ITEM_USE_BEGINS) {
                if (beginning_of(hearing, hearing->others.fact_count) != NULL) {
                        admission->code = REFUSAL_ITEM_TAKEN;
                        return false;
                }
                hearing->item = &hearing->begun;
                return true;
        }
        const struct fact *beginning = beginning_of(hearing, hearing->before);
        if (beginning == NULL) {
                admission->code = REFUSAL_ITEM_UNKNOWN;
                return false;
        }
        if (vocabulary->events[beginning->type].item_kind != type->item_kind) {
                admission->code = REFUSAL_ITEM_KIND;
                return false;
        }
        hearing->begun.begins = beginning->on;
        hearing->begun.position = beginning->position;
        hearing->item = &hearing->begun;
        return true;
}

/* The state after the first count facts of a list, derived for the candidate's day. */
static bool state_after(const struct hearing *hearing, const struct fact *facts, size_t count, struct state *ret_state)
{
        if (!state_new(hearing->arena, hearing->ruleset->plan, ret_state))
                return false;
        state_clear(hearing->ruleset->plan, *ret_state);
        for (size_t i = 0; i < count; i++)
                state_apply(*ret_state, hearing->ruleset, &facts[i], hearing->item);
        struct derivation derivation = {.ruleset = hearing->ruleset,
                                        .item = hearing->item,
                                        .facts = facts,
                                        .fact_count = count,
                                        .day = hearing->fact.on};
        state_derive_all(*ret_state, &derivation);
        return true;
}

/* The attribute of `requires` that does not fit first; of an `unless`, its first. */
static uint16_t unfit_attribute(const struct event_type *type, struct state state)
{
        for (size_t i = 0; i < type->needs.count; i++)
                if ((state_bits(state, type->needs.terms[i].subject) & type->needs.terms[i].mask) == 0)
                        return type->needs.terms[i].subject;
        return type->unless.terms[0].subject;
}

static bool check_requires(struct hearing *hearing, struct admission *admission)
{
        const struct event_type *type = &hearing->ruleset->vocabulary.events[hearing->fact.type];
        if (type->needs.count == 0 && type->unless.count == 0)
                return true;
        struct state state;
        if (!state_after(hearing, hearing->others.facts, hearing->before, &state))
                return out_of_memory(admission);
        if (state_fits(type->needs, type->unless, state))
                return true;
        if (hearing->force) {
                admission->forced = true;
                return true;
        }
        admission->code = REFUSAL_STATE;
        admission->attribute = unfit_attribute(type, state);
        admission->found = state_value(state, admission->attribute);
        return false;
}

/* What stands up to and including the candidate, in order. */
static const struct fact *facts_with(const struct hearing *hearing)
{
        struct fact *facts = arena_array(hearing->arena, hearing->before + 1, sizeof *facts);
        if (facts == NULL)
                return NULL;
        memcpy(facts, hearing->others.facts, hearing->before * sizeof *facts);
        facts[hearing->before] = hearing->fact;
        return facts;
}

static int32_t attribute_day(struct state state, uint16_t attribute)
{
        return attribute == VOCABULARY_NONE || state_bits(state, attribute) == VALUE_UNSET
                       ? CIVIL_NONE
                       : state_day(state, attribute);
}

/* One end of `between`: a field that is absent leaves the attribute it would carry. */
static int32_t source_day(const struct hearing *hearing, struct date_source source, struct state after)
{
        const struct event_type *type = &hearing->ruleset->vocabulary.events[hearing->fact.type];
        const struct value *value;
        switch (source.kind) {
        case DATE_ON:
                return hearing->fact.on;
        case DATE_FIELD:
                value = &hearing->fact.fields[source.index];
                if (value->bits != VALUE_UNSET)
                        return value->day;
                return attribute_day(after, type->fields[source.index].attribute);
        case DATE_ATTRIBUTE:
                return attribute_day(after, source.index);
        }
        ENSURE(false);
}

static bool between_kept(const struct hearing *hearing, const struct constraint *constraint, struct state after)
{
        int32_t from = source_day(hearing, constraint->from, after);
        int32_t until = source_day(hearing, constraint->until, after);
        const struct calendar *calendar = &hearing->ruleset->calendar;
        if (from == CIVIL_NONE || until == CIVIL_NONE)
                return true;
        if (constraint->at_least.count > 0 && until < period_from(constraint->at_least, calendar, from))
                return false;
        return constraint->at_most.count == 0 || until <= period_from(constraint->at_most, calendar, from);
}

/* Searches the open obligations of a constraint's rules for the earliest due date before a day. */
struct due_search {
        const struct hearing *hearing;
        const struct constraint *constraint;
        int32_t date;
        int32_t due;
};

static void look_at_due(void *context, const struct obligation *obligation)
{
        struct due_search *search = context;
        if (obligation_state_closed(obligation->state) || obligation->due == CIVIL_NONE ||
            search->date <= obligation->due)
                return;
        const struct item *item = search->hearing->item;
        if (obligation->item != NULL && (item == NULL || strcmp(obligation->item->key, item->key) != 0))
                return;
        for (size_t i = 0; i < search->constraint->rule_count; i++)
                if (search->constraint->rules[i] == obligation->rule &&
                    (search->due == CIVIL_NONE || obligation->due < search->due))
                        search->due = obligation->due;
}

static bool due_kept(struct hearing *hearing, const struct constraint *constraint, struct admission *admission)
{
        const struct value *value = &hearing->fact.fields[constraint->date_field];
        if (value->bits == VALUE_UNSET)
                return true;
        size_t count = 0;
        while (count < hearing->others.fact_count && hearing->others.facts[count].on <= hearing->fact.on)
                count++;
        struct casefile others = hearing->others;
        others.fact_count = count;
        if (!standing_items(hearing->ruleset, hearing->arena, &others))
                return out_of_memory(admission);
        struct due_search search = {hearing, constraint, value->day, CIVIL_NONE};
        if (obligation_derive(hearing->ruleset, &others, hearing->fact.on, hearing->arena, look_at_due, &search) !=
            STATUS_OK)
                return out_of_memory(admission);
        if (search.due != CIVIL_NONE)
                admission->due = search.due;
        return search.due == CIVIL_NONE;
}

static bool constraint_kept(struct hearing *hearing, const struct constraint *constraint, struct state after,
                            struct admission *admission)
{
        switch (constraint->kind) {
        case CONSTRAINT_NEVER:
                return !state_fits(constraint->never, (struct condition){NULL, 0}, after);
        case CONSTRAINT_BETWEEN:
                return between_kept(hearing, constraint, after);
        case CONSTRAINT_NOT_AFTER_DUE:
                return due_kept(hearing, constraint, admission);
        }
        ENSURE(false);
}

/* A `never` over an item's attributes is asked only of an event that names such an item. */
static bool constraint_asked(const struct hearing *hearing, const struct constraint *constraint)
{
        const struct vocabulary *vocabulary = &hearing->ruleset->vocabulary;
        if (constraint->event != VOCABULARY_NONE && constraint->event != hearing->fact.type)
                return false;
        if (constraint->event != VOCABULARY_NONE && !condition_holds(constraint->where, hearing->fact.fields))
                return false;
        for (size_t i = 0; i < constraint->never.count; i++) {
                uint16_t scope = vocabulary->attributes[constraint->never.terms[i].subject].scope;
                if (scope != VOCABULARY_NONE && (hearing->item == NULL || hearing->item->kind != scope))
                        return false;
        }
        return true;
}

/* Notes a broken constraint; false when it refuses the event. */
static bool note_broken(const struct hearing *hearing, const struct constraint *constraint, struct admission *admission)
{
        if (constraint->severity == SEVERITY_REFUSE && !hearing->force) {
                admission->code = REFUSAL_CONSTRAINT;
                admission->constraint = constraint;
                return false;
        }
        if (constraint->severity == SEVERITY_REFUSE)
                admission->forced = true;
        if (admission->flag_count < ADMISSION_FLAGS_MAX)
                admission->flags[admission->flag_count++] = constraint;
        return true;
}

static bool check_constraints(struct hearing *hearing, struct admission *admission)
{
        const struct ruleset *ruleset = hearing->ruleset;
        struct state after = {NULL, NULL};
        for (size_t i = 0; i < ruleset->constraint_count; i++) {
                const struct constraint *constraint = &ruleset->constraints[i];
                if (!constraint_asked(hearing, constraint))
                        continue;
                if (after.words == NULL) {
                        const struct fact *facts = facts_with(hearing);
                        if (facts == NULL || !state_after(hearing, facts, hearing->before + 1, &after))
                                return out_of_memory(admission);
                }
                bool kept = constraint_kept(hearing, constraint, after, admission);
                if (admission->code == REFUSAL_NO_MEMORY)
                        return false;
                if (!kept && !note_broken(hearing, constraint, admission))
                        return false;
        }
        return true;
}

struct admission casefile_admit(const struct ruleset *ruleset, const struct record *records, size_t count,
                                const struct record *candidate, bool force, struct arena *arena)
{
        struct admission admission = {.code = REFUSAL_NONE, .attribute = VOCABULARY_NONE, .due = CIVIL_NONE};
        struct hearing hearing = {.ruleset = ruleset, .candidate = candidate, .force = force, .arena = arena};
        struct arena_mark mark = arena_mark(arena);
        bool placed = find_place(&hearing, records, count, &admission);
        if (placed && !candidate->is_retraction && gather_others(&hearing, records, count, &admission) &&
            check_item(&hearing, &admission) && check_requires(&hearing, &admission))
                (void)check_constraints(&hearing, &admission);
        arena_rewind(arena, mark);
        return admission;
}
