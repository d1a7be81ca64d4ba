/*
 * app_access - the log of who was shown what, and who was written to.
 *
 * A line waits in the queue like a write does and is written with the next
 * flush; whoever asked is answered after that, so that nothing is shown of which
 * the log does not tell. It outlives the process at once, and a power cut after
 * a second at most. It is append-only and chained like the record.
 */
#ifndef MAPPAD_APP_ACCESS_H
#define MAPPAD_APP_ACCESS_H

#include "mappad/app_query.h"

#define APP_ACCESS_TEXT_MAX 500         /* bytes of detail that are kept; a longer one ends in "..." */
#define APP_PURPOSE_MAX 200             /* bytes of a purpose; longer ones are to be refused before */

/* What is shown to whom. Texts are copied. */
struct app_access {
        struct app_actor actor;
        int64_t at_ms;
        const char *what;               /* a word: "case", "list", ... */
        const char *case_ref;           /* the one case that it is about; NULL: not about one */
        const char *detail;             /* the question as it was asked; NULL: nothing more to say. What was out of the
                                           actor's sight is kept before it: "[outside a; only b] limit=50" */
        int64_t rows;                   /* -1: not known yet */
        const char *purpose;            /* NULL: none was given */
};

/* Purpose: queue a line, and hear whether it is written: on any other status nothing may be shown. done NULL: not
 * heard. Errors: STATUS_NO_MEMORY: nothing was queued. */
typedef void (*app_access_done_fn)(void *context, enum status status);
MUST_CHECK enum status app_access(struct app *app, const struct app_access *access, app_access_done_fn done,
                                  void *context);
/* Purpose: bring lines that were written to the disk when it is time (app_wake.sync_ms). Errors: of the store; then
 * lines wait for the disk until it takes them again. */
MUST_CHECK enum status app_sync(struct app *app, struct moment moment);
/* Purpose: whoever waits with this context has gone; the line is written all the same. */
void app_access_forget(struct app *app, const void *context);

/* A line as it is kept. Texts live during the call of the sink; what has no value is NULL. */
struct app_access_line {
        uint64_t seq;
        int64_t at_ms;
        bool by_service;                /* nobody asked: a message that was sent */
        uint32_t uid;
        const char *user, *what, *case_ref, *detail, *purpose, *recipients;
        int64_t rows;                   /* -1: not known */
};
typedef void (*app_access_fn)(void *context, const struct app_access_line *line);

/* Where a walk through the log is. Begin with before UINT64_MAX or the last line seen. */
struct app_access_walk {
        uint64_t before;
        const char *case_ref;           /* lines about one case only; NULL: any */
        const char *user;               /* of one person only, by name or number; NULL: any */
};
/* Purpose: the next line, newest first, that is asked for. APP_WORKING: a bounded number was looked at, call again;
 * APP_END: there is no more. Cost: an index probe for lines of a case; of a person every line is looked at. */
MUST_CHECK enum status app_access_next(struct app *app, struct app_access_walk *walk, app_access_fn sink, void *context,
                                       enum app_row *ret_kind);

#endif
