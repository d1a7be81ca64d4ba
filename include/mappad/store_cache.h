/*
 * store_cache - what is derived from the record and kept for quick answers:
 * open obligations, the day on which each case next changes.
 *
 * Everything here can be deleted and made anew. Closed obligations are not
 * kept; they are derived when asked for.
 */
#ifndef MAPPAD_STORE_CACHE_H
#define MAPPAD_STORE_CACHE_H

#include "mappad/store.h"

/* An obligation as a row: words for names, days as numbers (CIVIL_NONE: none). */
struct store_obligation {
        uint64_t case_id;
        char ref[33];
        uint32_t rule;                  /* word */
        char item[33];                  /* "": none */
        int32_t started;
        int32_t state;
        int32_t due;
        int32_t opens, nominal, plan_by, met_on, ended_on, booked, version;
        int32_t used_days, limit_days, done, needed;
        uint32_t missing;               /* word; 0: none */
        int32_t as_of;                  /* the day it was derived for */
        bool provisional, booked_late, paused, counting;
        uint64_t scope;                 /* a bit for each scope that its case lies in, or its item (sight.h) */
};
#define STORE_OBLIGATION_PACKED_MAX 256 /* 4 texts and lengths 70, 20 numbers of at most 6 bytes 120, case 10 */

/* Purpose: a whole row as bytes (for answers), and back: length, or 0 when they are not that. case_id and scope are
 * left out. */
size_t store_obligation_pack(const struct store_obligation *row, uint8_t *bytes);
size_t store_obligation_unpack(const uint8_t *bytes, size_t length, struct store_obligation *ret_row);

/* Purpose: write (insert, or replace the old one) and remove one row, by case, rule, item, started. Shape: old is the
 * row as it is kept, NULL if none is; a row that is removed is as it is kept. */
MUST_CHECK enum status store_obligation_put(struct store *store, const struct store_obligation *row,
                                            const struct store_obligation *old);
MUST_CHECK enum status store_obligation_remove(struct store *store, const struct store_obligation *row);

/* Purpose: one row, by its key (case_id, rule, item, started of key); *ret_found false if there is none. */
MUST_CHECK enum status store_obligation_get(struct store *store, const struct store_obligation *key,
                                            struct store_obligation *ret_row, bool *ret_found);
/* Purpose: the rows of one case, by rule's word, item, started. */
typedef enum status (*store_obligation_fn)(void *context, const struct store_obligation *row);
MUST_CHECK enum status store_obligations_of(struct store *store, uint64_t case_id, store_obligation_fn sink,
                                            void *context);

/* Purpose: rule and state of every row of some cases, in no order that matters. Cost: a walk along a part of one index,
 * without the rows. */
struct store_cases { uint64_t first, last; };
typedef enum status (*store_kind_fn)(void *context, uint32_t rule, int32_t state);
MUST_CHECK enum status store_obligation_kinds(struct store *store, const struct store_cases *cases, store_kind_fn sink,
                                              void *context);

/* A place in the list of one state, by due (none last), reference. */
struct store_place {
        int32_t due;                    /* CIVIL_NONE: without a due date, after all that have one */
        char ref[33];
        uint64_t within;                /* one bit of a scope: rows that have it, and no others; 0: all */
};
/* Purpose: list rows of a state from a place on, that place included. Shape: one list per state at a time
 * and connection; state 0 .. 5. */
MUST_CHECK enum status store_list_begin(struct store *store, int state, const struct store_place *from);
MUST_CHECK enum status store_list_next(struct store *store, int state, struct store_obligation *ret_row,
                                       bool *ret_found);
void store_list_end(struct store *store, int state);

/* ---- scopes ---- */

/* Purpose: note which scopes a case lies in, a bit each. Nothing is written if that is what is noted. */
MUST_CHECK enum status store_case_scope(struct store *store, uint64_t case_id, uint64_t scope);
/* Purpose: whether the list of one of its scopes lacks a row. */
MUST_CHECK enum status store_scoped_missing(struct store *store, const struct store_obligation *row, bool *ret_missing);
/* Purpose: whether the list of cases of one of some scopes lacks a case. */
MUST_CHECK enum status store_scoped_case_missing(struct store *store, const char *ref, uint64_t scope,
                                                 bool *ret_missing);

/* ---- wakes ---- */

/* What is noted of a case. */
struct store_waking {
        int32_t wake;                   /* the day on which it next changes by itself; CIVIL_NONE: never */
        bool waits;                     /* stages of it wait for a sweep */
};
/* Purpose: note it, where it is not what is noted; what is noted. */
MUST_CHECK enum status store_case_wake(struct store *store, uint64_t case_id, struct store_waking waking);
MUST_CHECK enum status store_case_waking(struct store *store, uint64_t case_id, struct store_waking *ret_waking);
/* Purpose: ids of up to capacity cases whose wake is on or before a day. Cost: one index probe and the rows. */
MUST_CHECK enum status store_waking(struct store *store, int32_t day, uint64_t *ret_ids, size_t capacity,
                                    size_t *ret_count);
/* Cases that wait for a sweep, by their ids. */
struct store_raising {
        uint64_t after;                 /* those after this one ... */
        uint64_t last;                  /* ... up to this one, included */
        size_t count;
};
/* Purpose: find up to limit of them after raising->after: their last one and how many there are. Their lines are walked
 * by store_walk_raising, their marks by store_marks_raising. Cost: one probe at most, and their keys. */
MUST_CHECK enum status store_raising(struct store *store, struct store_raising *raising, size_t limit);
/* Purpose: note that none of those waits any more; that a case waits. */
MUST_CHECK enum status store_raised(struct store *store, const struct store_raising *raising);
MUST_CHECK enum status store_raising_add(struct store *store, uint64_t case_id);
/* Purpose: the earliest wake of all; CIVIL_NONE: none. Cost: one index probe. */
MUST_CHECK enum status store_first_wake(struct store *store, int32_t *ret_day);

#endif
