/*
 * heartbeat - what stands for everybody whom the contacts name. Private to daemon/app.
 *
 * Of many cases it is gathered in steps, before the transaction that tells it, and is that of
 * the record as it stands after each of them: whatever is about to change of a case that was
 * looked at takes away first what stood of it (heartbeat_leave in inside.h), and the case is
 * looked at again. So what is said is of one moment, that of the letters.
 */
#ifndef APP_HEARTBEAT_H
#define APP_HEARTBEAT_H

#include "letter.h"

#define HEARTBEAT_AT_ONCE 2000  /* up to so many cases it is gathered by the transaction that tells it: some 40 ms */

/* What one mailbox is told. */
struct heartbeat_part {
        const char *mailbox;
        struct digest_row *rows; size_t count;  /* standing: the most urgent, at most DIGEST_ROWS_SHOWN, and those about
                                                   no obligation */
        size_t left_out[DIGEST_GROUP_COUNT];    /* standing, and no room for them */
};
struct heartbeat;
/* Parts of mailboxes, and whatever they were made of. */
struct heartbeat_telling { const struct heartbeat *heartbeat; struct heartbeat *own; struct heartbeat_part *parts; };

/* Purpose: whether there are so many cases that it is gathered in steps. */
MUST_CHECK enum status heartbeat_needs_steps(struct app *app, bool *ret_needs);
/* Purpose: one step, outside a transaction. What was gathered on another day, under other rules or contacts, or in
 * vain, is gathered anew, three times for one sweep and then no more. Shape: every case up to the day, there are
 * contacts. *ret_more false: nothing is left to do, as long as no case changes. Cost: as a step of other long work.
 * Errors: of the store, STATUS_NO_MEMORY; then nothing is in hand. */
MUST_CHECK enum status heartbeat_step(struct app *app, struct moment moment, bool *ret_more);
/* Purpose: in the transaction that writes the letters, before any alert that waits for the morning is told: every open
 * obligation of which something was raised for a role or an agency that means a mailbox today, unless an alert of it
 * waits for that mailbox and so comes as new; and for whoever watches, what is wrong with contacts, calendar and
 * words. Owns: heartbeat_told, also after a failure. Cost: if it was gathered in steps, the rows; else one look at
 * every case. Errors: of the store, STATUS_NO_MEMORY. */
MUST_CHECK enum status heartbeat_tell(struct app *app, struct moment moment, struct arena *arena,
                                      struct heartbeat_telling *ret_telling);
/* Purpose: what a mailbox is told; NULL: it means nobody today, or nothing of the kind is told. */
const struct heartbeat_part *heartbeat_part(const struct heartbeat_telling *telling, const char *mailbox);
void heartbeat_told(struct heartbeat_telling *telling);

#endif
