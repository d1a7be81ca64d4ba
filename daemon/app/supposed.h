/*
 * supposed - events that are laid over the record without being recorded. Private to daemon/app.
 */
#ifndef APP_SUPPOSED_H
#define APP_SUPPOSED_H

#include "inside.h"
#include "mappad/app_forecast.h"

/* Those of one case, in their order. */
struct supposed_case {
        char ref[CASE_REF_MAX + 1];
        struct record *records;
        size_t count;
        bool seen; /* the walk over the record has come by it */
};

struct supposed {
        struct supposed_case cases[APP_FORECAST_SUPPOSED_MAX];
        size_t case_count, count;
};

struct supposing {
        struct store *reader;
        const struct lexicon *lexicon;
        struct arena *arena, *work;     /* events live in arena */
        struct sight sight;             /* a case out of it is as one that there is not */
};

/* Purpose: read lines and see whether each could be recorded, in their order. Errors: STATUS_INVALID with
 * *ret_refusal. */
MUST_CHECK enum status supposed_read(const struct supposing *supposing, const char *text, size_t length,
                                     struct supposed *ret_supposed, struct app_forecast_refusal *ret_refusal);
/* Purpose: what is supposed of a case, or NULL. */
struct supposed_case *supposed_of(struct supposed *supposed, const char *ref);

#endif
