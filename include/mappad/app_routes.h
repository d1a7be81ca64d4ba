/*
 * app_routes - who would hear of a stage, and why.
 *
 * Asked of one case, one rule and one stage as of a day: the state of the case
 * names agencies, the contacts of that day name mailboxes. Every row says which
 * entry it comes from, or why somebody else hears instead.
 */
#ifndef MAPPAD_APP_ROUTES_H
#define MAPPAD_APP_ROUTES_H

#include "mappad/app.h"

struct app_route_question {
        const char *case_ref, *rule, *stage;    /* the stage as written: "2 weeks before" */
        const char *item;               /* key; NULL: the only one there is, or that is owed */
        int32_t day;                    /* CIVIL_NONE: today */
        struct sight sight;             /* a case out of it is unknown */
};

/* What is asked about. Texts live during the call. */
struct app_route_head {
        const char *rule, *title, *stage;
        const char *item;               /* NULL: none */
        int32_t day;                    /* as of which was asked */
        bool owed;                      /* an obligation of the rule is open then; what follows is of the most urgent */
        enum obligation_state state;
        int32_t due, stage_day;         /* CIVIL_NONE: none */
        bool quiet;                     /* booked in time: this stage is not raised */
        bool urgent;
        bool mail;                      /* false: no mail is configured, and no mailbox is told */
};

/* How somebody comes to hear. */
enum app_route_how {
        APP_ROUTE_NAMED,                /* the stage leads to them */
        APP_ROUTE_UNSET,                /* the attribute is unset, so whoever watches */
        APP_ROUTE_UNKNOWN,              /* the contacts have nobody of this name, so whoever watches */
        APP_ROUTE_GONE                  /* no entry of this name holds on the day, so whoever watches */
};
/* Purpose: the word: "named", "unset", "unknown", "gone". */
const char *app_route_how_word(enum app_route_how how);

struct app_route_row {
        const char *to;                 /* word of the stage, as written: "unit", "$agency" */
        const char *name;               /* the role or agency that it means; NULL: UNSET */
        enum contact_kind kind;         /* of name */
        enum app_route_how how;
        const struct contact_step *step;        /* the mailbox and its entry; NULL: nobody at all */
        uint64_t ack;                   /* keeps repeats of this stage from that name until a day; 0: none */
        int32_t ack_until;
};
/* Whoever wants to know: the head comes once, before any row. */
struct app_route_sink {
        void (*head)(void *context, const struct app_route_head *head);
        void (*row)(void *context, const struct app_route_row *row);
        void *context;
};
/* Purpose: give the head, then a row for each mailbox, in the order of the stage's `to`. Nothing is raised.
 * Errors: STATUS_INVALID with code "unknown-case", "unknown-value" (rule, stage, item) or "missing-field" (item: the
 * case has several). Of the store. Cost: one derivation. */
MUST_CHECK enum status app_routes(struct app *app, struct moment moment, const struct app_route_question *question,
                                  const struct app_route_sink *sink, struct wire_problem *ret_problem);

#endif
