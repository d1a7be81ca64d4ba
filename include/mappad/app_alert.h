/*
 * app_alert - what was raised, and the messages that carry it.
 *
 * Alerts are numbered in the order in which they became durable and never
 * change. A listener hears of new ones only after COMMIT. The outbox is for the
 * mail room: what is due, and what became of it.
 */
#ifndef MAPPAD_APP_ALERT_H
#define MAPPAD_APP_ALERT_H

#include "mappad/app.h"
#include "mappad/app_ack.h"

enum alert_kind {
        ALERT_STAGE,            /* a stage of a ladder was reached */
        ALERT_BOOKED_LATE,      /* a booking lies after the due date */
        ALERT_MOVED,            /* a due date that had been announced moved */
        ALERT_BOOKING_PASSED,   /* a booked day went by and nothing was recorded */
        ALERT_UNEVALUABLE,      /* a needed fact is missing */
        ALERT_CONSTRAINT,       /* a flagged (or forced) constraint */
        ALERT_UNKNOWN_WORD,     /* a recorded line has words that the rules no longer know */
        ALERT_CALENDAR,         /* less than 12 months of the calendar's span are left */
        ALERT_NO_CONTACT,       /* a route leads to nobody today */
        ALERT_DELIVERY,         /* a message could not be delivered */
        ALERT_RULES,            /* rules, calendar or contacts changed and nobody had seen the effect */
        ALERT_MISSED            /* an obligation closed as missed, and no stage had told that it was late */
};
/* Purpose: its word: "stage", "booked-late", "moved", "unevaluable", "constraint", ... */
const char *alert_kind_word(enum alert_kind kind);

/* Whom an acknowledgement of an earlier alert kept this one from. */
struct app_silenced {
        const char *role;
        uint64_t ack;
};

/* Days are CIVIL_NONE, texts NULL where there is none. */
struct app_alert {
        uint64_t id;
        enum alert_kind kind;
        int64_t raised_at;
        const char *case_ref;
        const char *rule;               /* id; title as in the rules in force, NULL if they have it no more */
        const char *title;
        const char *item;
        int32_t started;
        int32_t due;
        int32_t old_due;                /* MOVED */
        int32_t plan_by;
        int32_t booked;
        const char *stage;              /* as written: "6 weeks before"; NULL unless STAGE */
        int32_t repeat;
        int32_t day;                    /* the stage's day; else the day of raising */
        enum obligation_state state;    /* at raising; meaningless without rule */
        bool urgent;
        const char *says;               /* missing attribute, constraint's sentence, unknown word, address */
        const char *subject_id;         /* CONSTRAINT: its id; UNKNOWN_WORD: the word */
        uint64_t seq;                   /* the event that gave rise to it; 0 */
        const char *to;                 /* who hears of it: roles and agencies, by comma */
        const struct app_silenced *silenced; size_t silenced_count;     /* who would have, but for an acknowledgement */
        const struct app_ack *acks; size_t ack_count;   /* given to this alert, by number */
};
typedef void (*app_alert_fn)(void *context, const struct app_alert *alert);

#define APP_ALERTS_LOOKED 20000         /* rows of one look for those unacknowledged: some 100 ms */

struct app_alert_filter {
        uint64_t after;                 /* only ids above */
        const char *case_ref, *rule;    /* or NULL */
        bool unacknowledged;            /* only those that still stand and that nobody has acknowledged, or no longer:
                                           neither them nor another of the same stage and date. At most
                                           APP_ALERTS_LOOKED are looked at, so that a page may be short */
        bool newest_first;              /* then `after` is the lowest id that is left out */
        uint64_t before;                /* only ids below; 0: no limit */
        struct sight sight;             /* alerts of cases out of it are left out, those of no case if it is limited to
                                           some, and those about mail if not every case is counted; at most
                                           APP_ALERTS_LOOKED are looked at then, too */
        uint64_t limit;                 /* 1 .. 1000 */
        uint64_t *ret_last;             /* NULL, or where to put the id looked at last, when there are more */
};
/* Purpose: alerts, by id. Errors: of the store. Cost: an index range; with other filters the rows in between. */
MUST_CHECK enum status app_alerts(struct app *app, const struct app_alert_filter *filter, app_alert_fn sink,
                                  void *context, bool *ret_more);

/* Purpose: the number of the latest alert, 0 before the first. Cost: an index probe. */
MUST_CHECK enum status app_last_alert(struct app *app, uint64_t *ret_id);
/* Purpose: whether an alert is left out of a sight: for the log, since whoever asked is not to know. */
MUST_CHECK enum status app_alert_hidden(struct app *app, uint64_t id, struct sight sight, bool *ret_hidden);

/* Purpose: be told after a commit that alerts first .. last (ids, not all of them need exist) are
 * durable: read them with app_alerts(after). The listener must not submit or flush.
 * One listener; NULL removes it. */
typedef void (*app_alerts_committed_fn)(void *context, uint64_t first, uint64_t last);
void app_listen(struct app *app, app_alerts_committed_fn listener, void *context);

/* ---- outbox ---- */

enum outbox_state {
        OUTBOX_WAITING,
        OUTBOX_SENT,
        OUTBOX_FAILED,
        OUTBOX_AMBIGUOUS        /* waits, and an earlier attempt may have been delivered */
};

/* One message to one recipient. */
struct app_message {
        uint64_t id;
        const char *recipient;          /* mailbox */
        const char *message_id;         /* without angle brackets; the same at every attempt */
        const char *subject;
        const char *text;               /* this and the next two: given by app_outbox_letter alone */
        const char *html;               /* or NULL */
        const char *calendar;           /* text/calendar part, or NULL */
        int64_t created_ms, next_ms;    /* next: when the attempt was due */
        uint32_t attempts;              /* made so far */
        bool ambiguous;                 /* an earlier attempt may have been delivered */
        bool urgent;
};
typedef void (*app_message_fn)(void *context, const struct app_message *message);

/* A place in the order in which messages are due. */
struct app_outbox_place { int64_t next_ms; uint64_t id; };
/* Purpose: messages whose attempt is due at moment, the longest due first, those behind a place (NULL: all), at most
 * limit. What was reported and is not yet written is left out. The mail room keeps which ids are in its hands. */
MUST_CHECK enum status app_outbox_due(struct app *app, struct moment moment,
                                      const struct app_outbox_place *after, uint64_t limit, app_message_fn sink,
                                      void *context);
/* Purpose: give a message of app_outbox_due, once, with its texts; they live during the call of the sink. May be
 * asked within the sink of app_outbox_due. Errors: of the store; STATUS_CORRUPT: it has none. Cost: a row is read. */
MUST_CHECK enum status app_outbox_letter(struct app *app, const struct app_message *message, app_message_fn sink,
                                         void *context);

enum app_verdict {
        VERDICT_SENT,           /* the server took it */
        VERDICT_RETRY,          /* not taken; try again at retry_ms */
        VERDICT_AMBIGUOUS,      /* may have been taken (connection lost after DATA): try again at retry_ms, same
                                   Message-ID */
        VERDICT_PERMANENT,      /* will never be taken */
        /* Not the end of an attempt: */
        VERDICT_UNDER_WAY,      /* it is about to be handed over: until the end is reported it may have been taken,
                                   whatever becomes of this process */
        VERDICT_UNTRIED         /* it was not: as if it had never been under way */
};
#define APP_VERDICTS 4          /* those that are the end of an attempt */
struct app_report {
        uint64_t id;
        enum app_verdict verdict;
        int64_t retry_ms;
        const char *answer;             /* the server's words or libcurl's, cleaned, cut to 200 bytes; copied; may be
                                           NULL */
        bool clears;                    /* the mark of VERDICT_UNDER_WAY is taken back: it was not ambiguous before */
};
/* Purpose: report what became of a message. Queued like a batch: durable after the next app_flush (app_waiting
 * says so). A permanent failure, and the fifth failure in a row, raise an ALERT_DELIVERY to the unit.
 * Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status app_outbox_report(struct app *app, struct app_report report);

/* One message as it stands. */
struct app_outbox_row {
        uint64_t id;
        enum outbox_state state;
        const char *recipient, *message_id, *subject, *last_answer;
        int64_t created_ms, next_ms, done_ms;
        uint32_t attempts;
        bool ambiguous;                 /* also of one that was sent: it may have been delivered twice */
        bool urgent;
};
/* Purpose: the word: "waiting", "sent", "failed", "ambiguous". */
const char *outbox_state_word(enum outbox_state state);
struct app_outbox_filter {
        unsigned states;                /* bit n: enum outbox_state n */
        uint64_t before;                /* only ids below; 0: no limit */
        uint64_t limit;
};
/* Purpose: the outbox, newest first. Cost: what is not sent by an index of its own; with those that were sent, the rows
 * in between. */
typedef void (*app_outbox_fn)(void *context, const struct app_outbox_row *row);
MUST_CHECK enum status app_outbox_list(struct app *app, const struct app_outbox_filter *filter, app_outbox_fn sink,
                                       void *context, bool *ret_more);
/* What trying again came to: messages that are due now; letters written anew to whoever is meant now. */
struct app_retried { uint64_t due, written; };
/* Purpose: make a message that waits or was given up due now; all that were given up. One that was given up and whose
 * mailbox the contacts name no more is left as it is; its alerts are told to those whom their routes mean today and who
 * have not been told of them. Durable on return.
 * Errors: STATUS_INVALID, code "unknown-message", "sent", or "told": it is one of those, and nobody lacks it. */
MUST_CHECK enum status app_outbox_retry(struct app *app, struct moment moment, uint64_t id,
                                        struct app_retried *ret_retried, struct wire_problem *ret_problem);
MUST_CHECK enum status app_outbox_retry_failed(struct app *app, struct moment moment, struct app_retried *ret_retried);

#endif
