/*
 * app_change - what other rules would do, what was in force when, and what may
 * come into force.
 *
 * Rules, calendar and contacts together are named by their seal (rulefile_seal).
 * A preview changes nothing and reads a snapshot, a bounded number of cases at a
 * time. Putting rules in force is app_reload, of app.h.
 */
#ifndef MAPPAD_APP_CHANGE_H
#define MAPPAD_APP_CHANGE_H

#include "mappad/app.h"
#include "mappad/difference.h"

/* Purpose: the seal of what is in force; valid until the next app_reload. */
const char *app_seal(const struct app *app);

/* Purpose: the seal of what is to come into force, derived beside it in steps; NULL: nothing is. Valid as app_seal. */
const char *app_coming(const struct app *app);

/* Rules that come into force in steps. */
struct app_turnover {
        bool under_way;
        bool settles;                   /* they are in force: moved dates are told, what was is removed */
        uint64_t cases, all;            /* looked at so far, of all */
        int64_t since_ms;
        const char *before, *after;     /* digests of rules; the same: what was derived for others is removed */
        const char *seal;               /* of what is to come; NULL: nothing is */
};
/* Purpose: how far it is. Owns: texts are valid as app_seal. */
MUST_CHECK enum status app_turnover_now(struct app *app, struct app_turnover *ret_turnover);

/* Purpose: note that a seal may come into force without being asked about, once; whether it still may.
 * Errors: of the store. */
MUST_CHECK enum status app_accept(struct app *app, struct moment moment, const char *seal, struct app_actor actor);
MUST_CHECK enum status app_accepted(struct app *app, const char *seal, bool *ret_accepted);

/* ---- preview ---- */

struct app_preview;

/* What is to be compared. Of each side rules or contacts that are NULL are those in force. */
struct app_preview_request {
        struct app_rules before, after;
        int32_t as_of;                  /* CIVIL_NONE: today */
};
/* What a preview tells of the rules themselves, and in the end of the cases. Lives as long as the preview. */
struct app_comparison {
        int32_t as_of;
        const char *before, *after;     /* seals */
        const struct amendments *amendments;
        const struct readdressed_list *readdressed;
        const struct difference_tally *tally;
};
/* Purpose: begin a preview. Owns: the caller frees it; on STATUS_OK what the request gives belongs to it, on any
 * other status it remains the caller's. Errors: STATUS_LIMIT when too many queries are open; STATUS_NO_MEMORY; of the
 * store. */
MUST_CHECK enum status app_preview_new(struct app *app, struct moment moment, const struct app_preview_request *request,
                                       struct app_preview **ret_preview);
void app_preview_free(struct app_preview *preview);
const struct app_comparison *app_preview_comparison(const struct app_preview *preview);

/* Purpose: go on with up to so many cases, by reference, and give what differs to sink; *ret_done when none is left.
 * Errors: of the store; the preview is of no more use. Cost: two derivations a case; memory does not grow with them. */
typedef void (*app_difference_fn)(void *context, const char *case_ref, const struct difference *difference);
struct app_difference_sink { app_difference_fn sink; void *context; };
MUST_CHECK enum status app_preview_step(struct app_preview *preview, size_t cases,
                                        const struct app_difference_sink *sink, bool *ret_done);

/* ---- the ledger ---- */

/* One change of what is in force. */
struct app_change {
        uint64_t id;
        int64_t at_ms;
        const char *before, *after;     /* seals; before NULL: there was nothing */
        const char *rules, *contacts;   /* digests; contacts "" without */
        enum app_way way;
        bool has_person; uint32_t uid; const char *user;        /* who asked for it, if somebody did */
        bool accepted;                  /* its effect had been seen */
        const char *effect;             /* counts as a JSON object; NULL: the rules before were not known */
};
typedef void (*app_change_fn)(void *context, const struct app_change *change);
/* Purpose: up to limit (1 .. 1000) changes, newest first. */
MUST_CHECK enum status app_changes(struct app *app, uint64_t limit, app_change_fn sink, void *context);
/* Purpose: the word: "first", "start", "reload", "signal". */
const char *app_way_word(enum app_way way);

/* Something kept as it stood: kind "rules" (text as ruleset->text) or "contacts". */
struct app_edition { const char *kind, *digest, *text; };
typedef void (*app_edition_fn)(void *context, const struct app_edition *edition);
#define APP_DIGEST_BEGINNING_MIN 8      /* digits */
/* Purpose: what a digest names: rules, contacts, or, for a seal, both. Shape: lower-case hex, at least
 * APP_DIGEST_BEGINNING_MIN digits of it for rules and contacts, all of it for a seal. Of a beginning that
 * several share, none is given (*ret_ambiguous). */
MUST_CHECK enum status app_editions(struct app *app, const char *digest, app_edition_fn sink, void *context,
                                    bool *ret_ambiguous);

#endif
