/*
 * app_verify - a check of everything that is kept, a bounded piece at a time.
 *
 * The chains are computed again, what is derived is derived again and compared,
 * and the database checks itself. It reads the record as it stood when the
 * check began, of the running application or of a file that nobody serves.
 */
#ifndef MAPPAD_APP_VERIFY_H
#define MAPPAD_APP_VERIFY_H

#include "mappad/app_query.h"

/* Heads noted earlier, "NUMBER:64 hex digits" of a line of the record, of the log of accesses, of the sealed reports;
 * NULL: none. */
struct app_verify_heads { const char *events, *accesses, *seals; };

/* Something that is not as it should be. Lives until the next call. */
struct app_finding {
        char table[64];
        uint64_t row;                   /* 0: about no one row */
        char what[200];
};

#define APP_HEAD_SIZE 96                /* of a head as text */

/* What was looked at, after APP_END. */
struct app_verify_totals {
        uint64_t lines, accesses, seals, cases, obligations;
        uint64_t erased;                /* of the lines: linked, and covered by an erasure; not computed again */
        char events_head[APP_HEAD_SIZE], accesses_head[APP_HEAD_SIZE];  /* to be noted elsewhere; "" without a line */
        char seals_head[APP_HEAD_SIZE];
        bool derived;                   /* obligations were compared: the rules that they are of were kept and can
                                           be read */
        int32_t as_of;                  /* the day that they are of */
        uint64_t findings;              /* all of them, of which the first 1,000 are given out */
};

struct app_verify;

/* Purpose: begin a check of the running application, or of a file (which is not written to). Owns: the caller frees it,
 * of an application before that is closed.
 * Errors: STATUS_INVALID with a problem: a head is not of that form; of a file also with a sentence in ret_problem when
 * it is not ours or of a newer program; STATUS_CORRUPT; STATUS_LIMIT: too many readers; of the store. */
MUST_CHECK enum status app_verify_begin(struct app *app, struct moment moment, const struct app_verify_heads *heads,
                                        struct app_verify **ret_verify, struct wire_problem *ret_problem);
MUST_CHECK enum status app_verify_file(const char *path, const struct app_verify_heads *heads,
                                       struct app_verify **ret_verify, char ret_problem[static APP_PROBLEM_SIZE]);
/* Purpose: the next finding (APP_ROW). APP_WORKING: a bounded piece was done, call again; *ret_wait: nothing is left
 * but to wait for the database's own check, so not at once. APP_END: the totals are complete. */
MUST_CHECK enum status app_verify_next(struct app_verify *verify, enum app_row *ret_kind,
                                       struct app_finding *ret_finding, bool *ret_wait);
const struct app_verify_totals *app_verify_totals(const struct app_verify *verify);
/* Purpose: wait for the database's own check, where nobody else is served. */
void app_verify_wait(struct app_verify *verify);
/* Purpose: release it; what still runs is broken off. NULL is nothing. */
void app_verify_free(struct app_verify *verify);

#endif
