/*
 * app_sealed - reports as they stood when somebody sealed them.
 *
 * What is sealed is a text of the caller's making, and it is given back as it
 * was, whatever is recorded, corrected or erased later. A seal is never altered: to
 * seal the same again makes a further version, and somebody says why. (app_seal of
 * app_change.h is another thing: the name of rules and contacts together.)
 */
#ifndef MAPPAD_APP_SEALED_H
#define MAPPAD_APP_SEALED_H

#include "mappad/app.h"
#include "mappad/store_seal.h"

#define APP_SEALED_DIGITS_MIN 8         /* digits of its hash that name a seal */

struct app_sealing {
        const char *report, *period;
        const char *content;            /* what may be shown to every reader: canonical JSON */
        const char *whole;              /* the same with nothing hidden; NULL: nothing is */
        const char *rules;              /* digest of the rules that it was made under */
        struct store_head head;         /* the last line of the record that was counted */
        int64_t known_ms;               /* when it was counted */
        bool adds_up;
        bool force;                     /* seal also what does not add up */
        const char *why;                /* NULL: not said; else 1 .. WIRE_WHY_MAX bytes of plain text */
        struct app_actor by;
};
/* Purpose: seal a report; its number. Durable on return.
 * Errors: STATUS_INVALID with code "already-sealed" (the period was sealed before and no why is given),
 * "does-not-add-up" (without force), "missing-field" (force without why), "bad-why"; of the store. */
MUST_CHECK enum status app_seal_report(struct app *app, struct moment moment, const struct app_sealing *sealing,
                                       uint64_t *ret_seq, struct wire_problem *ret_problem);

/* Purpose: find a seal by name: "REPORT" (the last one), "REPORT:PERIOD" (its last version), "REPORT:PERIOD:v2", or at
 * least APP_SEALED_DIGITS_MIN digits of its hash. sink hears of it once it was seen that it has its hash.
 * Errors: STATUS_INVALID with code "unknown-seal", "ambiguous-seal", "bad-seal" (no such name), "damaged-seal"; of the
 * store and of sink. */
MUST_CHECK enum status app_sealed_find(struct app *app, const char *name, store_seal_fn sink, void *context,
                                       struct wire_problem *ret_problem);
/* Purpose: a seal by its number, as app_seal_report gave it; without its texts, seals below a number, newest first. */
MUST_CHECK enum status app_sealed_get(struct app *app, uint64_t seq, store_seal_fn sink, void *context);
MUST_CHECK enum status app_sealed_list(struct app *app, uint64_t before, uint64_t limit, store_seal_fn sink,
                                       void *context);

#endif
