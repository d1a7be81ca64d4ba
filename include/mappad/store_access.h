/*
 * store_access - who read what, and who was written to.
 *
 * A log of its own beside the record: numbered 1, 2, 3 ..., append-only,
 * and chained like it. A line is written in the transaction that comes before
 * the answer, so that nothing is shown of which there is no line.
 */
#ifndef MAPPAD_STORE_ACCESS_H
#define MAPPAD_STORE_ACCESS_H

#include "mappad/store.h"

struct store_access {
        uint64_t seq;                   /* given by the store */
        int64_t at_ms;
        uint32_t person;                /* of store_person; 0: the service itself */
        uint32_t uid;                   /* of that person */
        const char *user;               /* NULL for the service */
        const char *what;               /* a word of the caller's */
        uint64_t case_id;               /* 0: not about one case */
        const char *ref;                /* of that case, or NULL */
        const char *detail;             /* which filter, which message; or NULL */
        int64_t rows;                   /* shown; -1: not known when the answer began */
        const char *purpose;            /* as whoever asked gave it, or NULL */
        const char *recipients;         /* or NULL */
};

/* Purpose: write a line. Shape: in a transaction; seq is ignored. */
MUST_CHECK enum status store_access_add(struct store *store, const struct store_access *access);

/* Purpose: lines with numbers below before (UINT64_MAX: all), newest first, at most limit; of one case (case_id not 0)
 * or of all. Texts live during the call of the sink. Cost: an index probe and the rows. */
struct store_access_page { uint64_t before, limit, case_id; };
typedef enum status (*store_access_fn)(void *context, const struct store_access *access);
MUST_CHECK enum status store_accesses(struct store *store, const struct store_access_page *page, store_access_fn sink,
                                      void *context);


#endif
