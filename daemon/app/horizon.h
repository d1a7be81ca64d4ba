/*
 * horizon - how far a page of a list by due date can reach.
 *
 * A page of a derived list is known when the last case has been seen. Of the due
 * days seen so far the earliest are remembered, as many as the page has rows; what
 * is due later than the latest of these cannot be on the page and need not be kept.
 */
#ifndef APP_HORIZON_H
#define APP_HORIZON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct horizon {
        int32_t *days;                  /* a heap, the latest first; CIVIL_NONE counts as latest of all */
        size_t count, room;             /* room 0: there is no limit, and everything can be on the page */
};

/* Purpose: a page of so many rows, 0: no limit. false: no memory. */
bool horizon_init(struct horizon *horizon, size_t rows);
void horizon_fini(struct horizon *horizon);
/* Purpose: whether a row due then can be on the page. */
bool horizon_reaches(const struct horizon *horizon, int32_t due);
/* Purpose: take note of a row that fits. */
void horizon_note(struct horizon *horizon, int32_t due);

#endif
