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

struct segment {
        int32_t first;                  /* until the day before the next segment's first */
        uint32_t since;                 /* the first of those in an unbroken run that share its state */
        uint64_t *words;                /* of its state; shared with the one before if they are the same */
};

struct view {
        const struct ruleset *ruleset;
        const struct casefile *casefile;
        const struct item *item;        /* NULL: the case itself */
        const struct fact *const *facts;        /* those a rule may see, by on, then position */
        size_t fact_count;
        uint64_t types;                 /* TYPE_BIT of each type: where the bit is not, there is no such fact */
        const struct latest *latest;    /* by type of event */
        const uint32_t *previous;       /* by fact: the number of the one of its type before it, from 1; 0 without */
        const struct segment *segments; /* at least one unless nothing exists by as_of */
        size_t segment_count;
        const struct berth *berths;       /* of all states */
        struct state before;            /* on the day before the first segment */
        struct state seen;              /* of each attribute all bits it had in any segment; no days */
        int32_t as_of;
        int32_t next_change;            /* first day after as_of on which a derived attribute may change by itself */
        size_t *hint;                   /* segment found last; questions come in runs of neighbouring days */
};

/* Purpose: set every attribute unset. */
void state_clear(const struct plan *plan, struct state state);
/* Purpose: room for a state. false: no memory. */
bool state_new(struct arena *arena, const struct plan *plan, struct state *ret_state);

/* Purpose: whether an event belongs to an item: it names its key and its kind, and the item existed. */
bool fact_of_item(const struct vocabulary *vocabulary, const struct fact *fact, const struct item *item);

/* Purpose: let an event's effects on the case and, if it is the item's, on the item change a state. */
static inline void state_apply(struct state state, const struct ruleset *ruleset, const struct fact *fact,
                               const struct item *item)
{
        const struct changes *changes = &ruleset->plan->packing.changes[fact->type];
        bool of_item = changes->scoped && fact_of_item(&ruleset->vocabulary, fact, item);
        for (size_t i = 0; i < changes->count; i++) {
                const struct change *change = &changes->list[i];
                if (change->always ||
                    ((!change->scoped || of_item) && condition_holds(change->effect->when, fact->fields)))
                        change_apply(state, change, fact);
        }
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
        bool changed;                   /* some attribute may have changed */
        uint64_t tables;                /* TABLE_BIT of each derived attribute that has to be computed anew */
        int32_t *next;                  /* by derived attribute: the next day on which it may change by itself */
        int32_t soonest;                /* of these */
};

/* Purpose: fill the derived attributes of a state for a day, those that may have changed, and note if one did. When one
 * may next change by itself is in stale->soonest: a day after it, or CIVIL_MAX + 1. */
void state_derive(struct state state, const struct derivation *derivation, struct staleness *stale);
/* Purpose: fill all of them. */
void state_derive_all(struct state state, const struct derivation *derivation);
/* Purpose: the row that decides a derived attribute in a state whose derived attributes are filled, or -1. */
int32_t state_row(struct state state, const struct derivation *derivation, uint16_t index);

/* Purpose: hold a case, or an item of it, as of a day. */
MUST_CHECK enum status view_build(const struct ruleset *ruleset, const struct casefile *casefile,
                                  const struct item *item, int32_t as_of, struct arena *arena, struct view *ret_view);

/* Purpose: the same of an item, where the view of its case as of the eve of the item, or a later day, is there. */
MUST_CHECK enum status view_build_item(const struct view *whole, const struct item *item, int32_t as_of,
                                       struct arena *arena, struct view *ret_view);

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

/* Purpose: the state in a segment. */
static inline struct state view_state(const struct view *view, size_t index)
{
        return (struct state){view->berths, view->segments[index].words};
}

/* Purpose: last day of a segment. */
int32_t view_segment_last(const struct view *view, size_t index);

#endif
