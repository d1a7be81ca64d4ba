/*
 * app_law - under which rules a question is asked: those in force, those of
 * another day, or ones that only somebody has written.
 *
 * Rules that were ever in force are in the record by digest and are read again
 * when somebody asks under them. Rules that were handed over are kept in memory.
 * A few of either stay on a shelf, the least lately asked for makes room.
 */
#ifndef MAPPAD_APP_LAW_H
#define MAPPAD_APP_LAW_H

#include "mappad/app.h"

/* Rules with what it takes to read the record by them. Where a question has one, NULL means those in force. */
struct book;

#define APP_SHELF_MAX 4                 /* rule sets kept besides those in force; some 2 MiB each at most */
#define APP_LAW_DIGITS_MIN 8            /* digits of a digest that name rules */

/* Purpose: the rules of a digest: those in force, on the shelf or in the record. Shape: lower-case hex, at least
 * APP_LAW_DIGITS_MIN digits of the digest of rules, or all of a seal.
 * Owns: *ret_book is let go of by app_law_drop. Errors: STATUS_INVALID with *ret_problem ("bad-digest",
 * "unknown-digest", "ambiguous-digest"); STATUS_NO_MEMORY; of the store.
 * Cost: rules that are not on the shelf are read anew: milliseconds. */
MUST_CHECK enum status app_law_find(struct app *app, const char *digest, struct book **ret_book,
                                    struct wire_problem *ret_problem);
/* Purpose: the rules that were in force at an instant; before the first, the first. Errors: as app_law_find. */
MUST_CHECK enum status app_law_then(struct app *app, int64_t instant, struct book **ret_book,
                                    struct wire_problem *ret_problem);
/* Purpose: put rules on the shelf, to be asked under by their digest. Nothing is recorded.
 * Owns: on STATUS_OK rules belong to the app, else they remain the caller's. */
MUST_CHECK enum status app_law_hand_over(struct app *app, struct app_rules rules);
/* Purpose: the rule set; let go. NULL is those in force, and nothing to let go. */
const struct ruleset *app_law_ruleset(const struct app *app, const struct book *book);
void app_law_drop(struct book *book);

#endif
