/*
 * view - builds the segments of a case or an item (view.h).
 *
 * One pass over the events; between two event days, further segments where a
 * decision table passes a date. An item begins with what its case had on the eve.
 */
#include "view.h"

#include <string.h>

#include "mappad/ensure.h"

/* The facts that a rule may see, as they come. */
struct listing {
        const struct fact **facts;
        uint32_t *previous, count;
        struct latest *latest;
        uint64_t types;
};

/* A view under construction. */
struct builder {
        const struct ruleset *ruleset;
        const struct casefile *casefile;
        const struct item *item;
        int32_t begins, as_of;
        struct arena *arena;
        /* what follows is begun by builder_init */
        struct state now;       /* after the events applied so far; derived attributes as of the last segment */
        struct staleness stale; /* since the last segment was added */
        struct listing listing;
        struct segment *segments;
        size_t count, capacity;
        uint64_t *room; /* for the states of further segments */
        size_t left;    /* of them */
        struct state seen;
        size_t boundary; /* next boundary of the plan not yet passed */
        int32_t cut;     /* the next day on which something may change without an event, or CIVIL_MAX + 1 */
};

/* Makes room for twice as many segments. */
static bool segments_reserve(struct builder *builder)
{
        size_t capacity = builder->capacity * 2 + 8;
        struct segment *segments = arena_room(builder->arena, capacity, sizeof *segments);
        if (segments == NULL)
                return false;
        if (builder->count > 0)
                memcpy(segments, builder->segments, builder->count * sizeof *segments);
        builder->segments = segments;
        builder->capacity = capacity;
        return true;
}

/* A further segment, or NULL without memory. */
static struct segment *add_segment(struct builder *builder, int32_t first)
{
        if (builder->count == builder->capacity && !segments_reserve(builder))
                return NULL;
        struct segment *segment = &builder->segments[builder->count++];
        segment->first = first;
        return segment;
}

/* A copy of the state as it is now, noted as seen. Room is got for several. */
static uint64_t *keep_now(struct builder *builder)
{
        const struct packing *packing = &builder->ruleset->plan->packing;
        const uint64_t *now = builder->now.words;
        uint64_t *seen = builder->seen.words;
        size_t words = packing->words, bit_words = packing->bit_words;
        if (builder->left == 0) {
                builder->left = builder->capacity / 2;
                builder->room = arena_room(builder->arena, builder->left * words, sizeof *builder->room);
                if (builder->room == NULL)
                        return NULL;
        }
        uint64_t *kept = builder->room;
        builder->room = kept + words;
        builder->left--;
        for (size_t i = 0; i < words; i++)
                kept[i] = now[i];
        for (size_t i = 0; i < bit_words; i++)
                seen[i] |= now[i];
        return kept;
}

/* The next day after a day on which a rule comes into or goes out of force. */
static int32_t next_boundary(struct builder *builder, int32_t day)
{
        const struct plan *plan = builder->ruleset->plan;
        while (builder->boundary < plan->boundary_count && plan->boundaries[builder->boundary] <= day)
                builder->boundary++;
        return builder->boundary < plan->boundary_count ? plan->boundaries[builder->boundary] : CIVIL_MAX + 1;
}

/* Whether a state may differ on a day from that of the last segment. Of the first segment all does. */
static bool is_stale(const struct builder *builder, int32_t day)
{
        return builder->stale.changed || builder->stale.tables != 0 || day >= builder->cut;
}

/* Gives a segment the state of the one before. */
static void share_state(struct segment *segment)
{
        segment->words = segment[-1].words;
        segment->since = segment[-1].since;
}

/* Fills derived attributes for a day on which the facts before one have happened, where one may have changed, and finds
 * the next day on which something may change without an event. */
static void derive_day(struct builder *builder, int32_t day, const struct fact *end)
{
        struct staleness *stale = &builder->stale;
        if (stale->tables != 0 || day >= stale->soonest) {
                struct derivation derivation = {.ruleset = builder->ruleset,
                                                .item = builder->item,
                                                .facts = builder->casefile->facts,
                                                .fact_count = (size_t)(end - builder->casefile->facts),
                                                .day = day};
                state_derive(builder->now, &derivation, stale);
        }
        int32_t boundary = next_boundary(builder, day);
        builder->cut = boundary < stale->soonest ? boundary : stale->soonest;
}

/* Finds the state of the segment added last, of a day on which the facts before one have happened. */
static bool fill_segment(struct builder *builder, struct segment *segment, const struct fact *end)
{
        derive_day(builder, segment->first, end);
        if (!builder->stale.changed) {
                share_state(segment);
                return true;
        }
        builder->stale.changed = false;
        segment->since = (uint32_t)(segment - builder->segments);
        segment->words = keep_now(builder);
        return segment->words != NULL;
}

/* Adds the segments of first .. last, on which the same facts have happened. Where nothing has changed the state is
 * that of the segment before. */
static bool add_segments(struct builder *builder, int32_t first, int32_t last, const struct fact *end)
{
        int32_t day = first;
        do {
                struct segment *segment = add_segment(builder, day);
                if (segment == NULL)
                        return false;
                if (!is_stale(builder, day))
                        share_state(segment);
                else if (!fill_segment(builder, segment, end))
                        return false;
                day = builder->cut;
        } while (day <= last);
        return true;
}

/* Lists a fact that a rule may see, with the one of its type before it. type: its TYPE_BIT. */
static inline void list_fact(struct listing *listing, const struct fact *fact, uint64_t type)
{
        struct latest *latest = &listing->latest[fact->type];
        listing->facts[listing->count] = fact;
        listing->previous[listing->count] = latest->number;
        *latest = (struct latest){fact->on, ++listing->count};
        listing->types |= type;
}

/* Lets a fact change the state, likewise. */
static inline void apply_fact(struct builder *builder, const struct plan *plan, const struct fact *fact, uint64_t type)
{
        if ((type & plan->stirring) == 0)
                return;
        state_apply(builder->now, builder->ruleset, fact, builder->item);
        builder->stale.changed |= (type & plan->changing) != 0;
        builder->stale.tables |= plan->outdates[fact->type];
}

/* Takes the facts from one on, day by day. Of an item those before it are none of its own. */
static bool walk_facts(struct builder *builder, size_t from)
{
        const struct ruleset *ruleset = builder->ruleset;
        const struct item *item = builder->item;
        const struct fact *facts = builder->casefile->facts, *fact = &facts[from];
        const struct fact *end = &facts[builder->casefile->fact_count];
        struct listing listing = builder->listing;
        int32_t day = builder->begins, after = builder->as_of + 1;
        while (day < after) {
                for (; fact < end && fact->on <= day; fact++) {
                        uint64_t type = TYPE_BIT(fact->type);
                        if (item == NULL || fact_of_item(&ruleset->vocabulary, fact, item))
                                list_fact(&listing, fact, type);
                        apply_fact(builder, ruleset->plan, fact, type);
                }
                int32_t next = fact < end && fact->on < after ? fact->on : after;
                if (!add_segments(builder, day, next - 1, fact))
                        return false;
                day = next;
        }
        builder->listing = listing;
        return true;
}

/* Room for the lists of facts. */
static bool listing_init(struct listing *listing, const struct builder *builder)
{
        size_t count = builder->casefile->fact_count, types = builder->ruleset->vocabulary.event_count + 1;
        listing->facts = arena_room(builder->arena, count, sizeof(const struct fact *));
        listing->previous = arena_room(builder->arena, count, sizeof *listing->previous);
        listing->latest = arena_room(builder->arena, types, sizeof *listing->latest);
        if (listing->facts == NULL || listing->previous == NULL || listing->latest == NULL)
                return false;
        memcpy(listing->latest, builder->ruleset->plan->never, types * sizeof *listing->latest);
        listing->count = 0;
        listing->types = 0;
        return true;
}

/* Begins with the words of a state in which some derived attributes, by TABLE_BIT, are not those of any day yet. */
static bool builder_init(struct builder *builder, const uint64_t *before, uint64_t tables)
{
        const struct plan *plan = builder->ruleset->plan;
        size_t count = plan->packing.words;
        uint64_t *words = arena_room(builder->arena, 2 * count, sizeof *words);
        builder->stale.changed = true;
        builder->stale.tables = tables;
        builder->stale.soonest = tables != 0 ? CIVIL_MIN : CIVIL_MAX + 1;
        builder->stale.next = arena_room(builder->arena, plan->derived_count, sizeof *builder->stale.next);
        builder->cut = CIVIL_MAX + 1;
        builder->boundary = 0;
        builder->count = 0;
        builder->left = 0;
        builder->capacity = builder->casefile->fact_count / 2;
        if (words == NULL || builder->stale.next == NULL || !segments_reserve(builder))
                return false;
        for (size_t i = 0; i < count; i++) {
                words[i] = before[i];
                words[count + i] = 0;
        }
        builder->now = (struct state){plan->packing.berths, words};
        builder->seen = (struct state){plan->packing.berths, words + count};
        /* While no date is set, only what is not known yet can change by itself. */
        for (size_t i = 0; i < plan->derived_count; i++)
                builder->stale.next[i] = (tables & TABLE_BIT(i)) != 0 ? CIVIL_MIN : CIVIL_MAX + 1;
        return true;
}

/* Begins with what a case is while nothing has happened, or with what an item's case was on the eve. */
static bool begin(struct builder *builder, struct state before)
{
        const struct plan *plan = builder->ruleset->plan;
        if (builder->item == NULL)
                return builder_init(builder, plan->blank, plan->dated);
        return builder_init(builder, before.words, plan->derived_count > 0 ? UINT64_MAX : 0);
}

/* Builds a view from a state on the eve of its first day, that of some facts. */
static enum status build(struct builder *builder, struct state before, size_t facts, struct view *ret_view)
{
        size_t *hint = arena_room(builder->arena, 1, sizeof *hint);
        if (hint == NULL || !begin(builder, before) || !listing_init(&builder->listing, builder) ||
            !walk_facts(builder, facts))
                return STATUS_NO_MEMORY;
        *hint = 0;
        ret_view->ruleset = builder->ruleset;
        ret_view->casefile = builder->casefile;
        ret_view->item = builder->item;
        ret_view->berths = builder->ruleset->plan->packing.berths;
        ret_view->before = before;
        ret_view->facts = builder->listing.facts;
        ret_view->fact_count = builder->listing.count;
        ret_view->types = builder->listing.types;
        ret_view->latest = builder->listing.latest;
        ret_view->previous = builder->listing.previous;
        ret_view->as_of = builder->as_of;
        ret_view->hint = hint;
        ret_view->segments = builder->segments;
        ret_view->segment_count = builder->count;
        ret_view->seen = builder->seen;
        ret_view->next_change = builder->cut;
        return STATUS_OK;
}

enum status view_build_item(const struct view *whole, const struct item *item, int32_t as_of, struct arena *arena,
                            struct view *ret_view)
{
        const struct casefile *casefile = whole->casefile;
        struct builder builder;
        builder.ruleset = whole->ruleset;
        builder.casefile = casefile;
        builder.item = item;
        builder.begins = item->begins;
        builder.as_of = as_of;
        builder.arena = arena;
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
        struct builder builder;
        builder.ruleset = ruleset;
        builder.casefile = casefile;
        builder.item = NULL;
        builder.begins = casefile->fact_count > 0 ? casefile->facts[0].on : CIVIL_MAX + 1;
        builder.as_of = item != NULL ? item->begins - 1 : as_of;
        builder.arena = arena;
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
