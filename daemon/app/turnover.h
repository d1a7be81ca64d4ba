/*
 * turnover - other rules that come into force in steps: what turnover.c and
 * beside.c share. Private to daemon/app.
 *
 * While what is to come is derived beside what is in force, everybody is answered
 * under the rules in force, and whatever changes of a case that was derived already
 * is derived again. Then both change places, in one short transaction. What lies
 * beside from then on is what was; of each case it is held against what is, so that
 * dates which moved are told, and removed: in steps, and before anything else is
 * done with the case.
 */
#ifndef APP_TURNOVER_H
#define APP_TURNOVER_H

#include "inside.h"
#include "mappad/store_beside.h"

#define TURNOVER_AT_ONCE 4000   /* up to so many cases rules come into force within the call: some 0.3 s */

struct turnover {
        struct store_beside beside;     /* as committed */
        struct book *next;              /* comes into force when everything is derived under it; NULL: nothing does */
        char by[256];                   /* the name of who asked for it */
        struct book *sides[2];          /* what was and what is in force, once both have changed places; else NULL */
        struct amending amending;       /* from what is in force to next; or from what was to what is */
        bool compared;                  /* amending was begun */
        uint64_t at;                    /* the last case that was looked at */
        uint64_t last, touched;         /* cases that there were at the last step, 0: none was taken; since then derived
                                           ones changed so often */
        int64_t since_ms;
};

/* ---- turnover.c ---- */

/* Purpose: read what lies beside, of a record that was opened. Errors: of the store, STATUS_NO_MEMORY. */
MUST_CHECK enum status turnover_recall(struct app *app, struct moment moment);
/* Purpose: in the transaction of the start, before rules come into force that are others than those that changed
 * places last: finish with what lies beside. */
MUST_CHECK enum status turnover_before_start(struct app *app, struct moment moment);
/* Purpose: in the transaction of the start: if the files have other rules than those in force and there are many cases,
 * have them come into force in steps. Shape: app->book is that of the files; then it is that of the rules in force. */
MUST_CHECK enum status turnover_at_start(struct app *app, struct moment moment, bool *ret_in_steps);
/* Purpose: the start has failed: app->book is that of the files again. */
void turnover_give_back(struct app *app);
/* Purpose: once it has opened, be ready to say why dates moved. */
MUST_CHECK enum status turnover_take_up(struct app *app, struct moment moment);
void turnover_free(struct app *app);
/* Purpose: whether rules have to come into force in steps: there are many cases, or something lies beside. Other scopes
 * never do, nor what comes with them: a right that was withdrawn does not wait. */
MUST_CHECK enum status turnover_needed(struct app *app, const struct app_rules *rules, bool *ret_needed);
/* Purpose: have rules come into force in steps, in the place of whatever was to come. Owns: on STATUS_OK they are the
 * app's. */
MUST_CHECK enum status turnover_begin(struct app *app, struct moment moment, struct app_rules rules);
/* Purpose: nothing is to come any more. */
void turnover_abandon(struct app *app);
/* Purpose: what was derived of what is to come is worth nothing: the clock went back. */
void turnover_again(struct app *app);
/* Purpose: whether moved dates of the last change are still being told: nothing else is raised for the mornings until
 * they are. */
bool turnover_settles(const struct app *app);

/* ---- beside.c: one case ---- */

/* Purpose: derive a case under turnover->next, beside what is in force. Owns: work and rows are reset. */
MUST_CHECK enum status beside_derive(struct app *app, struct moment moment, uint64_t case_id);
/* Purpose: if what lies beside of a case is what was, tell which dates moved, and remove it. Shape: before anything
 * else changes of the case; dossier->records as the rows in force were derived from them. Owns: work and rows. */
MUST_CHECK enum status beside_settle(struct app *app, struct moment moment, const struct dossier *dossier);
/* Purpose: the same of a case whose record was not read. Owns: work and rows are reset. */
MUST_CHECK enum status beside_settle_by_id(struct app *app, struct moment moment, uint64_t case_id);
/* Purpose: note that a case changed: if it was derived beside it has to be again. */
MUST_CHECK enum status beside_touch(struct app *app, uint64_t case_id);
/* Purpose: remove whatever lies beside of a case, without a word. */
MUST_CHECK enum status beside_forget(struct app *app, uint64_t case_id);

#endif
