/*
 * store_beside - what is derived a second time, beside what is in force: first
 * under rules that are to come, then, once both have changed places, what was.
 *
 * Nobody is answered from it. The lists of scopes (store_cache.h) are shared: an
 * entry is no more than a place where to look, and one too many tells nothing.
 */
#ifndef MAPPAD_STORE_BESIDE_H
#define MAPPAD_STORE_BESIDE_H

#include "mappad/store_cache.h"

enum store_lies { STORE_LIES_NOTHING, STORE_LIES_COMING, STORE_LIES_GONE };

/* What lies beside, and the digest of the rules that it was derived under ("" with nothing). */
struct store_beside { enum store_lies lies; char rules[65]; };
/* Purpose: what is noted of it; note it. Shape: meta has been written. */
MUST_CHECK enum status store_beside_get(struct store *store, struct store_beside *ret_beside);
MUST_CHECK enum status store_beside_set(struct store *store, const struct store_beside *beside);

/* ---- one case ---- */

/* What is kept of a case besides its rows. */
struct store_beside_case {
        int32_t wake;                   /* CIVIL_NONE: never */
        uint64_t scope;
        bool waits;
        uint64_t unread;                /* lines that the rules do not read */
};
/* Purpose: write a row; and the rest. Shape: nothing of the case lies beside, or store_beside_forget was called. */
MUST_CHECK enum status store_beside_put(struct store *store, const struct store_obligation *row);
MUST_CHECK enum status store_beside_case(struct store *store, uint64_t case_id, const struct store_beside_case *kept);
/* Purpose: the rows of a case that lie beside, as store_obligations_of. */
MUST_CHECK enum status store_beside_of(struct store *store, uint64_t case_id, store_obligation_fn sink, void *context);
/* Purpose: remove whatever lies beside of a case; its rows are given to sink. */
MUST_CHECK enum status store_beside_forget(struct store *store, uint64_t case_id, store_obligation_fn sink,
                                           void *context);
/* Purpose: note that a case has to be derived again whatever the day; up to capacity cases of which that is so, or that
 * wake on or before a day. Cost: one index probe and the rows. */
MUST_CHECK enum status store_beside_touch(struct store *store, uint64_t case_id);
MUST_CHECK enum status store_beside_waking(struct store *store, int32_t day, uint64_t *ret_ids, size_t capacity,
                                           size_t *ret_count);

/* ---- all of them ---- */

/* Purpose: the sum of lines that are not read. Cost: a walk over the cases that have some. */
MUST_CHECK enum status store_beside_unread(struct store *store, uint64_t *ret_lines);
/* Purpose: what lies beside and what is in force change places, in the transaction in hand. Cost: the same whatever the
 * number of cases. */
MUST_CHECK enum status store_beside_change_places(struct store *store);

#endif
