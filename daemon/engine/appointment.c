/*
 * appointment - see appointment.h.
 *
 * What a rule asks of the fields of an event is a mask each. Those of the other
 * obligations are laid over them while something is left, and the first value that
 * is left is taken.
 */
#include "appointment.h"
#include "mappad/ensure.h"

/* The alternative that can be made up. */
static const struct event_match *match_of(const struct appointment *appointment, const struct obligation *obligation)
{
        const struct rule_version *version = obligation->version;

        for (size_t i = 0; i < version->met_by_count; i++)
                if (appointment->ruleset->vocabulary.events[version->met_by[i].event].item_use != ITEM_USE_BEGINS)
                        return &version->met_by[i];
        return NULL;
}

static bool fits(struct condition where, const uint64_t *masks)
{
        for (size_t i = 0; i < where.count; i++)
                if ((masks[where.terms[i].subject] & where.terms[i].mask) == 0)
                        return false;
        return true;
}

static void lay(struct condition where, uint64_t *masks)
{
        for (size_t i = 0; i < where.count; i++)
                masks[where.terms[i].subject] &= where.terms[i].mask;
}

/* The first value that is left; none where none is asked for. */
static struct value value_of(const struct field *field, uint64_t mask, int32_t day)
{
        size_t first = 0;

        if ((mask & VALUE_UNSET) != 0)
                return (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
        if (field->kind == VALUE_DATE)
                return (struct value){VALUE_BIT(0), day, NULL};
        if (field->kind == VALUE_TOKEN)
                return (struct value){VALUE_BIT(0), CIVIL_NONE, "forecast"};
        while ((mask & VALUE_BIT(first)) == 0) {
                first++;
                ENSURE(first < field->value_count); /* rules ask for what an event can carry */
        }
        return (struct value){VALUE_BIT(first), CIVIL_NONE, NULL};
}

/* Whether an event that meets the one could meet the other: of the same item, or of the case. */
static bool is_beside(const struct obligation *one, const struct obligation *other)
{
        return other->item == NULL || other->item == one->item;
}

bool appointment_make(const struct appointment *appointment, struct arena *arena, struct fact *ret_fact)
{
        const struct event_match *match = match_of(appointment, appointment->obligation);

        *ret_fact = (struct fact){.type = VOCABULARY_NONE, .on = appointment->day};
        if (match == NULL)
                return true;
        const struct event_type *type = &appointment->ruleset->vocabulary.events[match->event];
        uint64_t *masks = arena_array(arena, type->field_count, sizeof *masks);
        struct value *fields = arena_array(arena, type->field_count, sizeof *fields);
        if (masks == NULL || fields == NULL)
                return false;
        for (size_t i = 0; i < type->field_count; i++)
                masks[i] = type->fields[i].required ? VALUE_ANY_SET : UINT64_MAX;
        lay(match->where, masks);
        for (size_t i = 0; i < appointment->count; i++) {
                const struct event_match *other = match_of(appointment, &appointment->others[i]);

                if (is_beside(appointment->obligation, &appointment->others[i]) && other != NULL &&
                    other->event == match->event && fits(other->where, masks))
                        lay(other->where, masks);
        }
        for (size_t i = 0; i < type->field_count; i++)
                fields[i] = value_of(&type->fields[i], masks[i], appointment->day);
        ret_fact->type = match->event;
        ret_fact->fields = fields;
        if (appointment->obligation->item != NULL) /* what meets it names one */
                ret_fact->item = appointment->obligation->item->key;
        return true;
}
