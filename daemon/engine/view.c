/*
 * view - builds the segments of a case or an item (view.h).
 *
 * One pass over the events; between two event days, further segments where a
 * decision table passes a date. An item begins with what its case had on the eve.
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
        uint64_t *room; /* for the states of further segments */
        size_t left;    /* of them */
        struct state seen;
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

/* A copy of the state as it is now. Room is got for several. */
static uint64_t *keep_now(struct builder *builder)
{
        size_t words = builder->ruleset->plan->packing.words;
        if (builder->left == 0) {
                builder->left = builder->capacity / 2;
                builder->room = arena_array(builder->arena, builder->left * words, sizeof *builder->room);
                if (builder->room == NULL)
                        return NULL;
        }
        uint64_t *kept = builder->room;
        memcpy(kept, builder->now.words, words * sizeof *kept);
        builder->room += words;
        builder->left--;
        return kept;
}

static void apply_fact(struct builder *builder, const struct fact *fact)
{
        state_apply(builder->now, builder->ruleset, fact, builder->item);
        builder->stale.changed |= builder->ruleset->plan->packing.changes[fact->type].count > 0;
        builder->stale.tables |= builder->ruleset->plan->outdates[fact->type];
}

/* Notes the values that attributes have now. */
static void note_seen(struct builder *builder)
{
        for (size_t i = 0; i < builder->ruleset->plan->packing.bit_words; i++)
                builder->seen.words[i] |= builder->now.words[i];
}

/* Fills the state of the segment added last. Where nothing has changed it is that of the one before. */
static bool fill_segment(struct builder *builder, const struct derivation *derivation)
{
        struct segment *segment = &builder->segments[builder->count - 1];
        builder->next_change = state_derive(builder->now, derivation, &builder->stale);
        if (!builder->stale.changed) { /* of the first everything has */
                segment->words = segment[-1].words;
                return true;
        }
        segment->words = keep_now(builder);
        if (segment->words == NULL)
                return false;
        note_seen(builder);
        builder->stale.changed = false;
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

/* Lists the facts that a rule may see, each with the one of its type before it. */
static bool collect_facts(const struct builder *builder, struct view *view)
{
        const struct casefile *casefile = builder->casefile;
        const struct fact **facts = arena_array(builder->arena, casefile->fact_count, sizeof *facts);
        uint32_t *previous = arena_array(builder->arena, casefile->fact_count, sizeof *previous);
        uint32_t *last = arena_array(builder->arena, builder->ruleset->vocabulary.event_count, sizeof *last);
        if (facts == NULL || previous == NULL || last == NULL)
                return false;
        uint32_t count = 0;
        for (size_t i = 0; i < casefile->fact_count; i++) {
                const struct fact *fact = &casefile->facts[i];
                if (fact->on > builder->as_of)
                        break;
                if (builder->item != NULL && !fact_of_item(&builder->ruleset->vocabulary, fact, builder->item))
                        continue;
                facts[count] = fact;
                previous[count] = last[fact->type];
                last[fact->type] = ++count;
                view->types |= TYPE_BIT(fact->type);
        }
        view->facts = facts;
        view->fact_count = count;
        view->previous = previous;
        view->last = last;
        return true;
}

/* Applies the facts from one on, day by day. */
static bool walk_facts(struct builder *builder, size_t i)
{
        const struct fact *facts = builder->casefile->facts;
        size_t count = builder->casefile->fact_count;
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

static bool builder_init(struct builder *builder)
{
        const struct plan *plan = builder->ruleset->plan;
        uint64_t *words = arena_array(builder->arena, 2 * plan->packing.words, sizeof *words);
        builder->stale = (struct staleness){.changed = true, .tables = UINT64_MAX, .soonest = CIVIL_MIN};
        builder->stale.next = arena_array(builder->arena, plan->derived_count, sizeof *builder->stale.next);
        builder->next_change = CIVIL_MAX + 1;
        builder->capacity = builder->casefile->fact_count / 2;
        if (words == NULL || builder->stale.next == NULL || !segments_reserve(builder))
                return false;
        builder->now = (struct state){plan->packing.berths, words};
        builder->seen = (struct state){plan->packing.berths, words + plan->packing.words};
        /* Of what hangs on nothing but the day, too, nothing is known yet. */
        for (size_t i = 0; i < plan->derived_count; i++)
                builder->stale.next[i] = CIVIL_MIN;
        return true;
}

/* Builds a view from a state on the eve of its first day, that of some facts. */
static enum status build(struct builder *builder, struct state before, size_t facts, struct view *ret_view)
{
        struct view view = {.ruleset = builder->ruleset,
                            .casefile = builder->casefile,
                            .item = builder->item,
                            .berths = builder->ruleset->plan->packing.berths,
                            .before = before,
                            .as_of = builder->as_of};
        view.hint = arena_alloc(builder->arena, sizeof *view.hint);
        if (view.hint == NULL || !builder_init(builder) || !collect_facts(builder, &view))
                return STATUS_NO_MEMORY;
        memcpy(builder->now.words, before.words, builder->ruleset->plan->packing.words * sizeof *before.words);
        if (!walk_facts(builder, facts))
                return STATUS_NO_MEMORY;
        view.segments = builder->segments;
        view.segment_count = builder->count;
        view.seen = builder->seen;
        view.next_change = builder->next_change;
        *ret_view = view;
        return STATUS_OK;
}

enum status view_build_item(const struct view *whole, const struct item *item, int32_t as_of, struct arena *arena,
                            struct view *ret_view)
{
        const struct casefile *casefile = whole->casefile;
        struct builder builder = {.ruleset = whole->ruleset,
                                  .casefile = casefile,
                                  .item = item,
                                  .begins = item->begins,
                                  .as_of = as_of,
                                  .arena = arena};
        struct state before = whole->before;
        size_t facts = 0;
        for (size_t i = 0; i < casefile->fact_count; i++)
                facts += casefile->facts[i].on < item->begins;
        if (facts > 0)
                before = view_state(whole, view_segment(whole, item->begins - 1));
        return build(&builder, before, facts, ret_view);
}

enum status view_build(const struct ruleset *ruleset, const struct casefile *casefile, const struct item *item,
                       int32_t as_of, struct arena *arena, struct view *ret_view)
{
        struct builder builder = {.ruleset = ruleset,
                                  .casefile = casefile,
                                  .begins = casefile->fact_count > 0 ? casefile->facts[0].on : CIVIL_MAX + 1,
                                  .as_of = item != NULL ? item->begins - 1 : as_of,
                                  .arena = arena};
        struct state nothing = {ruleset->plan->packing.berths, ruleset->plan->nothing};
        enum status status = build(&builder, nothing, 0, ret_view);
        if (item == NULL || status != STATUS_OK)
                return status;
        struct view whole = *ret_view;
        return view_build_item(&whole, item, as_of, arena, ret_view);
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
