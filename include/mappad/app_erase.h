/*
 * app_erase - taking the content of a case out of the record.
 *
 * In two steps, so that nobody erases what they have not seen: a look says what
 * there is and gives a word that names it; erasing takes that word, and is refused
 * when the record of the case is not the same any more.
 */
#ifndef MAPPAD_APP_ERASE_H
#define MAPPAD_APP_ERASE_H

#include "mappad/app_query.h"

#define APP_CONFIRM_SIZE 17             /* 16 hex digits and NUL */

struct app_erase_request {
        const char *ref;
        const char *why;                /* WIRE_WHY_MAX bytes at most; NULL: look only */
        const char *confirm;            /* NULL: look only */
        const char *purpose;            /* for the log of accesses; NULL: none */
        bool force;                     /* although a duty that is a "must" is open */
        struct app_actor by;
};
struct app_erase_view {
        char confirm[APP_CONFIRM_SIZE];
        uint64_t events, first_seq, last_seq;
        int64_t first_ms, last_ms;      /* when these were recorded */
        uint64_t alerts, acks, messages, dates, accesses;
        uint32_t open[APP_OPEN_STATES]; /* open obligations */
        uint32_t must;                  /* of these, duties that are a "must" */
        uint64_t waiting;               /* messages about it that are not sent yet */
        uint64_t erasure;               /* its number; 0: it was looked at only */
        bool scrubbed;                  /* nothing of it is left in the files either; else that is tried again */
};
/* Purpose: look at what would be erased, or erase it; durable on return, and in the log of accesses.
 * Errors: STATUS_INVALID with *ret_problem: "unknown-case"; "bad-why" (also where it, or the purpose, names the case);
 * "duties-open", "messages-waiting", "changed": nothing was erased. Of the store.
 * Cost: what there is of the case, one walk through the log of accesses, and writing back the write-ahead log. */
MUST_CHECK enum status app_erase(struct app *app, struct moment moment, const struct app_erase_request *request,
                                 struct app_erase_view *ret_view, struct wire_problem *ret_problem);

/* An erasure as the log has it. Texts live during the call of the sink. */
struct app_erasure {
        uint64_t seq;
        int64_t at_ms;
        uint32_t uid;
        const char *user, *why;
        uint64_t events, first_seq, last_seq, accesses;
        char hash[65];
};
typedef void (*app_erasure_fn)(void *context, const struct app_erasure *erasure);
/* Purpose: erasures with numbers below before (0: all), newest first, at most limit. */
MUST_CHECK enum status app_erasures(struct app *app, uint64_t before, uint64_t limit, app_erasure_fn sink,
                                    void *context);
/* Purpose: one erasure, and what is left of each line that it took, by number. *ret_found false: there is none. */
struct app_erased_line { uint64_t seq; int64_t recorded_ms; uint32_t uid; const char *user; char hash[65]; };
typedef void (*app_erased_line_fn)(void *context, const struct app_erased_line *line);
struct app_erasure_sink { app_erasure_fn erasure; app_erased_line_fn line; void *context; };
MUST_CHECK enum status app_erasure_lines(struct app *app, uint64_t seq, const struct app_erasure_sink *sink,
                                         bool *ret_found);

#endif
