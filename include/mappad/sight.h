/*
 * sight - which cases somebody sees.
 *
 * A scope is a condition on the state of a case, declared beside the roles and
 * never here: a compartment, whose cases nobody outside of it sees, or what
 * concerns one agency. Of each case a bit for each scope that it lies in is kept
 * with what is derived of it. Whoever asks has a sight: which bits they must find
 * and which they must not. So "may this be shown" is two masks, whatever the
 * scopes mean.
 */
#ifndef MAPPAD_SIGHT_H
#define MAPPAD_SIGHT_H

#include "mappad/vocabulary.h"

#define SIGHT_SCOPES_MAX 62             /* bits of a kept number that is never negative; one is left */

/* Zeroed: sees everything. */
struct sight {
        uint64_t within;                /* 0: not limited; else a case is seen only if it has one of these bits */
        uint64_t hidden;                /* cases with one of these are not seen */
        uint64_t uncounted;             /* nor are they counted; some of hidden */
};

/* Purpose: whether what has these bits is seen, and counted. */
static inline bool sight_sees(struct sight sight, uint64_t bits)
{
        return (bits & sight.hidden) == 0 && (sight.within == 0 || (bits & sight.within) != 0);
}
static inline bool sight_counts(struct sight sight, uint64_t bits)
{
        return (bits & sight.uncounted) == 0 && (sight.within == 0 || (bits & sight.within) != 0);
}
/* Purpose: whether every case is seen; whether every case is counted. */
static inline bool sight_whole(struct sight sight)
{
        return sight.within == 0 && sight.hidden == 0;
}
static inline bool sight_counts_all(struct sight sight)
{
        return sight.within == 0 && sight.uncounted == 0;
}

/* Purpose: the one bit that everything seen has, 0 if there is none such: lists are kept by it. */
static inline uint64_t sight_one(struct sight sight)
{
        return (sight.within & (sight.within - 1)) == 0 ? sight.within : 0;
}

/* One scope over the attributes of a rule set. A case lies in it if `all` holds, or one of `any` does; an item if one
 * of `items` does. */
struct scope {
        const char *name;               /* by which it is told of: of the compartment's group, of the agency */
        struct condition all;           /* on the case; empty and any empty: no case lies in it */
        const struct term *any; size_t any_count;
        const struct term *items; size_t item_count;
};
struct scopes {
        const struct scope *list; size_t count;
        char digest[65];                /* of what they ask for, whatever the rules are; "" without any */
        bool items;                     /* some scope has items */
};

/* Purpose: the bits of a case in a state; those of one of its items, whose state the values are. scopes NULL: none.
 * Cost: one load and test a term. Pure. */
uint64_t sight_of_case(const struct scopes *scopes, const struct value *state);
uint64_t sight_of_item(const struct scopes *scopes, const struct value *state);

#endif
