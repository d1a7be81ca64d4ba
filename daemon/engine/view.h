/*
 * view - what a rule sees: the states of a case, or of one of its items, as a
 * short list of segments of days on which nothing changes.
 *
 * Everything later is arithmetic on segments, so that cost grows with events
 * and not with days. Segments start on event days and on days on which a
 * derived attribute changes by itself; the last one ends on the as-of day.
 */
#ifndef MAPPAD_ENGINE_VIEW_H
#define MAPPAD_ENGINE_VIEW_H

#include "mappad/casefile.h"
#include "plan.h"

/* Attribute values side by side; days[] matters for dates only. */
struct state {
        uint64_t *bits;
        int32_t *days;
};

struct segment {
        int32_t first;                  /* until the day before the next segment's first */
        struct state state;
};

struct view {
        const struct ruleset *ruleset;
        const struct item *item;        /* NULL: the case itself */
        const struct fact *const *facts;        /* those a rule may see, by on, then position */
        size_t fact_count;
        uint64_t types;                 /* TYPE_BIT of each type: where the bit is not, there is no such fact */
        const int32_t *last_on;         /* by type of event: the last day with one; CIVIL_NONE without */
        const struct segment *segments; /* at least one unless nothing exists by as_of */
        size_t segment_count;
        struct state before;            /* on the day before the first segment */
        const uint64_t *seen;           /* by attribute: all bits it had in any segment */
        int32_t as_of;
        int32_t next_change;            /* first day after as_of on which a derived attribute may change by itself */
        size_t *hint;                   /* segment found last; questions come in runs of neighbouring days */
};

/* Purpose: set every attribute unset. */
void state_clear(struct state state, size_t attribute_count);
/* Purpose: room for a state. false: no memory. */
bool state_new(struct arena *arena, size_t attribute_count, struct state *ret_state);
/* Purpose: let an event's effects on the case and, if of_item, on its item change a state. */
void state_apply(struct state state, const struct vocabulary *vocabulary, const struct fact *fact, bool of_item);
/* Purpose: whether a condition holds over bits by attribute. */
static inline bool bits_hold(struct condition condition, const uint64_t *bits)
{
        for (size_t i = 0; i < condition.count; i++)
                if ((bits[condition.terms[i].subject] & condition.terms[i].mask) == 0)
                        return false;
        return true;
}

/* Purpose: whether a condition holds in a state; an empty unless excludes nothing. */
static inline bool state_fits(struct condition condition, struct condition unless, struct state state)
{
        return bits_hold(condition, state.bits) && (unless.count == 0 || !bits_hold(unless, state.bits));
}

/* What derived attributes are computed from. */
struct derivation {
        const struct ruleset *ruleset;
        const struct item *item;        /* NULL: attributes with a scope stay unset */
        const struct fact *facts;       /* of the whole case, in order */
        size_t fact_count;              /* those that have happened */
        int32_t day;
};

/* What has happened since the derived attributes of a state were right. */
struct staleness {
        uint64_t touched;               /* ATTRIBUTE_BIT of each attribute that may have changed */
        uint64_t happened;              /* TYPE_BIT of each event */
        int32_t *next;                  /* by derived attribute: the next day on which it may change by itself */
        int32_t soonest;                /* of these */
};

/* Purpose: fill the derived attributes of a state for a day, those that may have changed, and note which did; without
 * staleness (NULL) all. The next day after it on which one may change by itself, or CIVIL_MAX + 1. */
int32_t state_derive(struct state state, const struct derivation *derivation, struct staleness *stale);
/* Purpose: the row that decides a derived attribute in a state whose derived attributes are filled, or -1. */
int32_t state_row(struct state state, const struct derivation *derivation, uint16_t index);

/* Purpose: whether an event belongs to an item: it names its key and its kind, and the item existed. */
bool fact_of_item(const struct vocabulary *vocabulary, const struct fact *fact, const struct item *item);

MUST_CHECK enum status view_build(const struct ruleset *ruleset, const struct casefile *casefile,
                                  const struct item *item, int32_t as_of, struct arena *arena, struct view *ret_view);

/* Purpose: index of the segment that holds a day in first segment's day .. as_of. Cost: a binary search,
 * unless it is the segment asked for last or the one after it. */
size_t view_segment_search(const struct view *view, int32_t day);

static inline size_t view_segment(const struct view *view, int32_t day)
{
        const struct segment *segments = view->segments;
        for (size_t i = *view->hint; i < *view->hint + 2 && i < view->segment_count; i++)
                if (segments[i].first <= day && (i + 1 == view->segment_count || segments[i + 1].first > day))
                        return *view->hint = i;
        return view_segment_search(view, day);
}

/* Purpose: last day of a segment. */
int32_t view_segment_last(const struct view *view, size_t index);

#endif
