/*
 * origin - where an attribute's value of a day comes from (mappad/trace.h).
 *
 * Looks at the same segments that the derivation looks at; nothing here has an
 * opinion of its own on what an event does.
 */
#include <string.h>

#include "course.h"

static const struct value nothing = {VALUE_UNSET, CIVIL_NONE, NULL};

static bool same_in(struct state a, struct state b, uint16_t attribute)
{
        return state_bits(a, attribute) == state_bits(b, attribute) &&
               state_day(a, attribute) == state_day(b, attribute);
}

/* Whether an event sets, adds to, takes from or clears an attribute. */
static bool acts_on(const struct vocabulary *vocabulary, const struct fact *fact, uint16_t attribute)
{
        const struct event_type *type = &vocabulary->events[fact->type];
        for (size_t i = 0; i < type->effect_count; i++) {
                const struct effect *effect = &type->effects[i];
                if (effect->attribute != attribute || !condition_holds(effect->when, fact->fields))
                        continue;
                if (effect->from_field == VOCABULARY_NONE || fact->fields[effect->from_field].bits != VALUE_UNSET)
                        return true;
        }
        return false;
}

static const struct fact *last_acting(const struct trace_subject *subject, const struct item *item, uint16_t attribute,
                                      int32_t day)
{
        const struct vocabulary *vocabulary = &subject->ruleset->vocabulary;
        const struct casefile *casefile = subject->casefile;
        const struct fact *found = NULL;
        for (size_t i = 0; i < casefile->fact_count && casefile->facts[i].on <= day; i++) {
                const struct fact *fact = &casefile->facts[i];
                if (fact->on == day && acts_on(vocabulary, fact, attribute) &&
                    (item == NULL || fact_of_item(vocabulary, fact, item)))
                        found = fact;
        }
        return found;
}

static void fill_origin(const struct trace_subject *subject, const struct view *view, uint16_t attribute,
                        struct attribute_origin *origin)
{
        const struct segment *segments = view->segments;
        size_t last = view->segment_count - 1, first = last;
        while (first > 0 && same_in(view_state(view, first - 1), view_state(view, last), attribute))
                first--;
        struct state before = first > 0 ? view_state(view, first - 1) : view->before;
        origin->value = state_value(view_state(view, last), attribute);
        origin->before = state_value(before, attribute);
        origin->since = segments[first].first;
        origin->always = first == 0 && same_in(before, view_state(view, 0), attribute);
        if (!origin->always)
                origin->fact = last_acting(subject, view->item, attribute, origin->since);
        struct derivation derivation = {
                .ruleset = subject->ruleset, .item = view->item, .facts = subject->casefile->facts, .day = view->as_of};
        while (derivation.fact_count < subject->casefile->fact_count &&
               derivation.facts[derivation.fact_count].on <= view->as_of)
                derivation.fact_count++;
        if (subject->ruleset->vocabulary.attributes[attribute].derived) {
                int32_t row = state_row(view_state(view, last), &derivation, attribute);
                origin->row = row < 0 ? NULL : &subject->ruleset->vocabulary.attributes[attribute].rows[row];
        }
}

enum status attribute_trace(const struct trace_subject *subject, uint16_t attribute, int32_t day, struct arena *arena,
                            struct attribute_origin *ret_origin)
{
        bool of_case = subject->ruleset->vocabulary.attributes[attribute].scope == VOCABULARY_NONE;
        struct attribute_origin origin = {.value = nothing, .before = nothing, .since = CIVIL_NONE, .always = true};
        struct arena_mark mark = arena_mark(arena);
        struct view view;
        enum status status =
                view_build(subject->ruleset, subject->casefile, of_case ? NULL : subject->item, day, arena, &view);
        if (status == STATUS_OK && view.segment_count > 0)
                fill_origin(subject, &view, attribute, &origin);
        arena_rewind(arena, mark);
        if (status == STATUS_OK)
                *ret_origin = origin;
        return status;
}
