/*
 * check_events - what an event itself makes of the case it happens to, and what
 * can therefore never follow from it.
 *
 * An event sets some attributes whatever was before. A trigger whose own event
 * takes the case out of the rule starts nothing, and a constraint on an event
 * that rules the forbidden state out is never broken.
 */
#include "check.h"

static const struct condition none = {NULL, 0};

/* Every bit that a field may have in an event that fits `where`; UNSET if it may be absent. */
static uint64_t field_bits(const struct event_type *event, uint16_t field, const struct condition *where)
{
        uint64_t bits = event->fields[field].required ? VALUE_ANY_SET : VALUE_ANY_SET | VALUE_UNSET;

        for (size_t i = 0; i < where->count; i++)
                if (where->terms[i].subject == field)
                        bits &= where->terms[i].mask;
        return bits;
}

static bool surely_applies(const struct event_type *event, const struct effect *effect, const struct condition *where)
{
        for (size_t i = 0; i < effect->when.count; i++)
                if ((field_bits(event, effect->when.terms[i].subject, where) & ~effect->when.terms[i].mask) != 0)
                        return false;
        return true;
}

static bool never_applies(const struct event_type *event, const struct effect *effect, const struct condition *where)
{
        for (size_t i = 0; i < effect->when.count; i++)
                if ((field_bits(event, effect->when.terms[i].subject, where) & effect->when.terms[i].mask) == 0)
                        return true;
        return false;
}

/* Every bit that an attribute with one value may have just after an event that fits `where`. */
static uint64_t bits_after(const struct event_type *event, uint16_t attribute, const struct condition *where)
{
        uint64_t bits = ~UINT64_C(0);

        for (size_t i = 0; i < event->effect_count; i++) {
                const struct effect *effect = &event->effects[i];
                bool sure = surely_applies(event, effect, where);
                uint64_t made = effect->kind == EFFECT_CLEAR ? VALUE_UNSET : effect->constant.bits;

                if (effect->attribute != attribute || never_applies(event, effect, where))
                        continue;
                if (effect->from_field != VOCABULARY_NONE) {
                        made = field_bits(event, effect->from_field, where);
                        sure &= (made & VALUE_UNSET) == 0;
                        made &= VALUE_ANY_SET;
                }
                bits = sure ? made : bits | made;
        }
        return bits;
}

/* The state that an event leaves, as a condition; `terms` has room for one a attribute. */
static struct condition state_after(const struct check *check, const struct event_match *match, struct term *terms)
{
        const struct vocabulary *vocabulary = &check->ruleset->vocabulary;
        struct condition after = {terms, 0};

        for (uint16_t i = 0; i < vocabulary->attribute_count; i++) {
                uint64_t bits = ~UINT64_C(0);

                if (vocabulary->attributes[i].kind != VALUE_SET)
                        bits = bits_after(&vocabulary->events[match->event], i, &match->where);
                if (bits != ~UINT64_C(0))
                        terms[after.count++] = (struct term){i, bits};
        }
        return after;
}

static void check_trigger(struct check *check, const struct rule *rule, const struct rule_version *version,
                          struct term *terms)
{
        struct condition after;

        if (version->clock != CLOCK_WITHIN || version->trigger != TRIGGER_EVENT)
                return;
        after = state_after(check, &version->from, terms);
        if (reach_possible(check, &version->applies, &version->applies_unless, &none) &&
            !reach_possible(check, &version->applies, &version->applies_unless, &after))
                check_warn(check, version->file, version->line,
                           "\"%s\" starts nothing: after \"%s\" the case is in a state in which the rule does not "
                           "apply",
                           rule->id, check->ruleset->vocabulary.events[version->from.event].name);
}

static void check_constraint(struct check *check, const struct constraint *constraint, struct term *terms)
{
        struct event_match match = {constraint->event, constraint->where};
        struct condition after;

        if (constraint->kind != CONSTRAINT_NEVER || constraint->event == VOCABULARY_NONE ||
            !reach_possible(check, &constraint->never, &none, &none))
                return;
        after = state_after(check, &match, terms);
        if (!reach_possible(check, &constraint->never, &none, &after))
                check_warn(check, constraint->file, constraint->line,
                           "\"%s\" can never be broken: \"%s\" itself leaves no case in that state", constraint->id,
                           check->ruleset->vocabulary.events[constraint->event].name);
}

static void check_requirement(struct check *check, const struct event_type *event)
{
        if (!reach_possible(check, &event->needs, &event->unless, &none))
                check_warn(check, event->file, event->line,
                           "\"%s\" is always refused: no case comes into the state that it requires", event->name);
        else if (event->unless.count > 0 && !reach_possible(check, &event->needs, &none, &event->unless))
                check_warn(check, event->file, event->line, "the \"unless\" of \"%s\" never excludes anything",
                           event->name);
}

void check_events(struct check *check)
{
        const struct ruleset *ruleset = check->ruleset;
        struct term *terms = arena_array(&check->arena, ruleset->vocabulary.attribute_count, sizeof(*terms));

        if (terms == NULL) {
                check->status = STATUS_NO_MEMORY;
                return;
        }
        for (size_t i = 0; i < ruleset->vocabulary.event_count; i++)
                check_requirement(check, &ruleset->vocabulary.events[i]);
        for (size_t i = 0; i < ruleset->constraint_count; i++)
                check_constraint(check, &ruleset->constraints[i], terms);
        for (size_t i = 0; i < ruleset->rule_count; i++)
                for (size_t j = 0; j < ruleset->rules[i].version_count; j++)
                        check_trigger(check, &ruleset->rules[i], &ruleset->rules[i].versions[j], terms);
}
