/*
 * view - builds the segments of a case or an item (view.h).
 *
 * One pass over the events; between two event days, further segments where a
 * decision table passes a date. States before the item (or the case) exists are
 * computed but not kept, save the last, which `change` triggers look at.
 */
#include "view.h"

#include <string.h>

#include "mappad/ensure.h"

/* A view under construction. */
struct builder {
        const struct ruleset *ruleset;
        const struct casefile *casefile;
        const struct item *item;
        int32_t begins, as_of;
        struct arena *arena;
        struct state now;       /* after the events applied so far; derived attributes as of the last segment */
        struct staleness stale; /* since the last segment was added */
        struct segment *segments;
        size_t count, capacity;
        uint64_t *seen;
        size_t boundary; /* next boundary of the plan not yet passed */
        int32_t next_change;
};

/* Makes room for twice as many segments. */
static bool segments_reserve(struct builder *builder)
{
        size_t capacity = builder->capacity * 2 + 8;
        struct segment *segments = arena_array(builder->arena, capacity, sizeof *segments);
        if (segments == NULL)
                return false;
        if (builder->count > 0)
                memcpy(segments, builder->segments, builder->count * sizeof *segments);
        builder->segments = segments;
        builder->capacity = capacity;
        return true;
}

static bool segments_grow(struct builder *builder)
{
        return builder->count < builder->capacity || segments_reserve(builder);
}

static void copy_now(const struct builder *builder, struct state to)
{
        size_t count = builder->ruleset->vocabulary.attribute_count;
        memcpy(to.bits, builder->now.bits, count * sizeof *to.bits);
        memcpy(to.days, builder->now.days, count * sizeof *to.days);
}

static void apply_fact(struct builder *builder, const struct fact *fact)
{
        const struct vocabulary *vocabulary = &builder->ruleset->vocabulary;
        state_apply(builder->now, vocabulary, fact, fact_of_item(vocabulary, fact, builder->item));
        builder->stale.touched |= builder->ruleset->plan->touches[fact->type];
        builder->stale.happened |= TYPE_BIT(fact->type);
}

/* Notes the values that attributes have now, of those that changed. */
static void note_seen(struct builder *builder)
{
        size_t attributes = builder->ruleset->vocabulary.attribute_count;
        for (uint64_t bits = builder->stale.touched; bits != 0; bits &= bits - 1)
                for (size_t i = (size_t)__builtin_ctzll(bits); i < attributes; i += 64)
                        builder->seen[i] |= builder->now.bits[i];
}

/* Fills the state of the segment added last. Where nothing has changed it is that of the one before. */
static bool fill_segment(struct builder *builder, const struct derivation *derivation)
{
        struct segment *segment = &builder->segments[builder->count - 1];
        builder->next_change = state_derive(builder->now, derivation, &builder->stale);
        builder->stale.happened = 0;
        if (builder->stale.touched == 0 && builder->count > 1) {
                segment->state = segment[-1].state;
                return true;
        }
        if (!state_new(builder->arena, builder->ruleset->vocabulary.attribute_count, &segment->state))
                return false;
        copy_now(builder, segment->state);
        note_seen(builder);
        builder->stale.touched = 0;
        return true;
}

/* The next day after a day on which a rule comes into or goes out of force. */
static int32_t next_boundary(struct builder *builder, int32_t day)
{
        const struct plan *plan = builder->ruleset->plan;
        while (builder->boundary < plan->boundary_count && plan->boundaries[builder->boundary] <= day)
                builder->boundary++;
        return builder->boundary < plan->boundary_count ? plan->boundaries[builder->boundary] : CIVIL_MAX + 1;
}

/* Adds the segments of first .. last, on which the same events have happened. */
static bool add_segments(struct builder *builder, int32_t first, int32_t last, size_t facts)
{
        struct derivation derivation = {.ruleset = builder->ruleset,
                                        .item = builder->item,
                                        .facts = builder->casefile->facts,
                                        .fact_count = facts};
        int32_t day = first;
        while (day <= last) {
                if (!segments_grow(builder))
                        return false;
                builder->segments[builder->count++].first = day;
                derivation.day = day;
                if (!fill_segment(builder, &derivation))
                        return false;
                int32_t boundary = next_boundary(builder, day);
                if (boundary < builder->next_change)
                        builder->next_change = boundary;
                day = builder->next_change;
        }
        return true;
}

/* The state on the eve of an item: the case's, while the item has nothing yet. */
static bool note_eve(struct builder *builder, size_t facts, struct state *ret_before)
{
        const struct vocabulary *vocabulary = &builder->ruleset->vocabulary;
        if (!state_new(builder->arena, vocabulary->attribute_count, ret_before))
                return false;
        copy_now(builder, *ret_before);
        for (size_t i = 0; i < vocabulary->attribute_count; i++)
                if (vocabulary->attributes[i].scope != VOCABULARY_NONE) {
                        ret_before->bits[i] = VALUE_UNSET;
                        ret_before->days[i] = CIVIL_NONE;
                }
        struct derivation derivation = {.ruleset = builder->ruleset,
                                        .facts = builder->casefile->facts,
                                        .fact_count = facts,
                                        .day = builder->begins - 1};
        if (builder->casefile->fact_count > 0 && builder->casefile->facts[0].on < builder->begins)
                (void)state_derive(*ret_before, &derivation, NULL);
        return true;
}

static bool collect_facts(struct builder *builder, struct view *view)
{
        const struct casefile *casefile = builder->casefile;
        const struct fact **facts = arena_array(builder->arena, casefile->fact_count, sizeof *facts);
        size_t types = builder->ruleset->vocabulary.event_count;
        int32_t *last_on = arena_array(builder->arena, types, sizeof *last_on);
        if (facts == NULL || last_on == NULL)
                return false;
        for (size_t i = 0; i < types; i++)
                last_on[i] = CIVIL_NONE;
        size_t count = 0;
        for (size_t i = 0; i < casefile->fact_count; i++) {
                const struct fact *fact = &casefile->facts[i];
                if (fact->on > builder->as_of)
                        break;
                if (builder->item != NULL && !fact_of_item(&builder->ruleset->vocabulary, fact, builder->item))
                        continue;
                facts[count++] = fact;
                view->types |= TYPE_BIT(fact->type);
                last_on[fact->type] = fact->on;
        }
        view->last_on = last_on;
        view->facts = facts;
        view->fact_count = count;
        return true;
}

static bool walk_facts(struct builder *builder, struct view *view)
{
        const struct fact *facts = builder->casefile->facts;
        size_t count = builder->casefile->fact_count, i = 0;
        while (i < count && facts[i].on < builder->begins)
                apply_fact(builder, &facts[i++]);
        if (!note_eve(builder, i, &view->before))
                return false;
        int32_t day = builder->begins;
        while (day <= builder->as_of) {
                while (i < count && facts[i].on <= day)
                        apply_fact(builder, &facts[i++]);
                int32_t next = i < count && facts[i].on <= builder->as_of ? facts[i].on : builder->as_of + 1;
                if (!add_segments(builder, day, next - 1, i))
                        return false;
                day = next;
        }
        return true;
}

enum status view_build(const struct ruleset *ruleset, const struct casefile *casefile, const struct item *item,
                       int32_t as_of, struct arena *arena, struct view *ret_view)
{
        size_t attributes = ruleset->vocabulary.attribute_count;
        struct view view = {.ruleset = ruleset, .item = item, .as_of = as_of, .next_change = CIVIL_MAX + 1};
        struct builder builder = {.ruleset = ruleset,
                                  .casefile = casefile,
                                  .item = item,
                                  .as_of = as_of,
                                  .arena = arena,
                                  .next_change = CIVIL_MAX + 1};
        builder.begins = item != NULL ? item->begins : casefile->fact_count > 0 ? casefile->facts[0].on : CIVIL_MAX + 1;
        builder.capacity = casefile->fact_count / 2;
        builder.seen = arena_array(arena, attributes, sizeof *builder.seen);
        builder.stale =
                (struct staleness){.touched = ruleset->plan->attributes, .happened = UINT64_MAX, .soonest = CIVIL_MIN};
        builder.stale.next = arena_array(arena, ruleset->plan->derived_count, sizeof *builder.stale.next);
        view.hint = arena_alloc(arena, sizeof *view.hint);
        if (builder.seen == NULL || builder.stale.next == NULL || view.hint == NULL ||
            !state_new(arena, attributes, &builder.now) || !segments_reserve(&builder) ||
            !collect_facts(&builder, &view))
                return STATUS_NO_MEMORY;
        state_clear(builder.now, attributes);
        /* Of what hangs on nothing but the day, too, nothing is known yet. */
        for (size_t i = 0; i < ruleset->plan->derived_count; i++)
                builder.stale.next[i] = CIVIL_MIN;
        if (!walk_facts(&builder, &view))
                return STATUS_NO_MEMORY;
        view.segments = builder.segments;
        view.segment_count = builder.count;
        view.seen = builder.seen;
        view.next_change = builder.next_change;
        *ret_view = view;
        return STATUS_OK;
}

size_t view_segment_search(const struct view *view, int32_t day)
{
        ENSURE(view->segment_count > 0 && day >= view->segments[0].first);
        size_t low = 0, high = view->segment_count;
        while (high - low > 1) {
                size_t middle = low + (high - low) / 2;
                if (view->segments[middle].first <= day)
                        low = middle;
                else
                        high = middle;
        }
        *view->hint = low;
        return low;
}

int32_t view_segment_last(const struct view *view, size_t index)
{
        return index + 1 < view->segment_count ? view->segments[index + 1].first - 1 : view->as_of;
}
