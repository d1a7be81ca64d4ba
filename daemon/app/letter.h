/*
 * letter - what a letter says of the alerts it carries. Private to daemon/app.
 */
#ifndef APP_LETTER_H
#define APP_LETTER_H

#include "inside.h"
#include "mappad/digest.h"

/* Purpose: the rows of a letter that carries some alerts. Shape: in a transaction, every case up to the day. One row
 * for each obligation, however many alerts of it wait; it says what is true now, not what was when the alert was
 * raised. Owns: arena. */
struct letter_alerts { const uint64_t *ids; size_t count; };
MUST_CHECK enum status letter_rows(struct app *app, struct letter_alerts alerts, struct arena *arena,
                                   struct digest_row **ret_rows, size_t *ret_count);

#endif
