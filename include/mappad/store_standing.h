/*
 * store_standing - open obligations of which something was raised, and what that was.
 */
#ifndef MAPPAD_STORE_STANDING_H
#define MAPPAD_STORE_STANDING_H

#include "mappad/store_alert.h"
#include "mappad/store_cache.h"

struct store_standing {
        struct store *store;
        struct store_obligation row;    /* in hand */
        bool begins;                    /* with this mark */
        struct store_mark mark;         /* its alert is not 0; item lives as long as the row */
};
/* Purpose: walk the open obligations of cases from one id to another, by case, rule's word, item and started: a mark at
 * a time, those of one obligation one after another. Shape: one walk at a time and store, nothing of these cases is
 * written meanwhile. End it always, also after a failure. Cost: the obligations of the cases, for each a probe of its
 * marks, and its row if something was raised of it. */
MUST_CHECK enum status store_standing_begin(struct store *store, uint64_t first, uint64_t last,
                                            struct store_standing *ret_standing);
/* Purpose: go on to the next mark. *ret_found false: there is none, and what is in hand stays. */
MUST_CHECK enum status store_standing_next(struct store_standing *standing, bool *ret_found);
void store_standing_end(struct store_standing *standing);

#endif
