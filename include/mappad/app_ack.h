/*
 * app_ack - who has seen an alert and why it need not be repeated to them.
 *
 * An acknowledgement speaks for one role or agency that the alert was told to.
 * Until its last day it keeps further repeats of that very stage, of that due
 * date, from them; every other stage, every other date and everybody else are
 * told as before, so that nobody can switch off an escalation. It is on the record
 * for ever, with who gave it and why.
 */
#ifndef MAPPAD_APP_ACK_H
#define MAPPAD_APP_ACK_H

#include "mappad/app.h"

/* Texts live during the call that gives it. */
struct app_ack {
        uint64_t id, alert;
        const char *role;               /* name of a role or agency */
        int64_t at_ms;
        int32_t until;                  /* the last day on which it holds */
        bool in_force;                  /* that day has not gone by */
        uint32_t uid; const char *user;
        const char *why;
};
typedef void (*app_ack_fn)(void *context, const struct app_ack *ack);

struct app_ack_request {
        uint64_t alert;
        const char *role;               /* whom it speaks for; NULL: the only one for whom this person may */
        const char *why;                /* 1 .. WIRE_WHY_MAX bytes of plain text */
        int32_t until;                  /* CIVIL_NONE: as long as is usual */
        struct app_actor by;
        /* Whether that person is in a Unix group that the contacts name. */
        bool (*member)(void *context, const char *group);
        void *context;
};
/* Purpose: acknowledge an alert. Durable on return; what was raised before is told all the same, repeats raised from
 * now on are not. Without contacts whoever may ask may acknowledge; with them, a member of a Unix group that the entry
 * of the role names (acknowledged-by), and for the role that watches, if it names none, whoever may ask.
 * Errors: STATUS_INVALID with code "unknown-alert", "forbidden", "closed" (what it told of is settled or its date
 * moved), "already-acknowledged", or that of a field: "missing-field", "unknown-value", "bad-why", "bad-date"; of the
 * store. */
MUST_CHECK enum status app_acknowledge(struct app *app, struct moment moment, const struct app_ack_request *request,
                                       uint64_t *ret_id, struct wire_problem *ret_problem);

/* Purpose: one, by number; all of a case, by number. */
MUST_CHECK enum status app_ack_one(struct app *app, struct moment moment, uint64_t id, app_ack_fn sink, void *context);
MUST_CHECK enum status app_case_acks(struct app *app, struct moment moment, const char *ref, app_ack_fn sink,
                                     void *context);

#endif
