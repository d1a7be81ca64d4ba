/*
 * store_alert - alerts, who hears of them, the messages that carry them, and
 * the ledgers of sweeps and downtime.
 *
 * Alerts and marks are append-only. A mark says that a stage was raised (with
 * its alert) or passed (without); its key makes raising twice impossible.
 */
#ifndef MAPPAD_STORE_ALERT_H
#define MAPPAD_STORE_ALERT_H

#include "mappad/store.h"

/* Key of a mark; case 0, rule 0: not about a case, not about a rule. */
struct store_mark {
        uint64_t case_id;
        uint32_t rule;                  /* word, or 0 */
        const char *item;               /* "": none */
        int32_t started;                /* CIVIL_NONE: none */
        uint32_t stage;                 /* word */
        int64_t repeat;
        int32_t due;                    /* CIVIL_NONE: none */
        int32_t nominal;                /* not part of the key */
        uint64_t alert;                 /* 0: passed; not part of the key */
};
/* Purpose: marks of one obligation (case, rule, item, started of key), any stage. */
typedef enum status (*store_mark_fn)(void *context, const struct store_mark *mark);
MUST_CHECK enum status store_marks_of(struct store *store, const struct store_mark *key, store_mark_fn sink,
                                      void *context);
/* Purpose: whether exactly this key is marked. */
MUST_CHECK enum status store_marked(struct store *store, const struct store_mark *key, bool *ret_marked);
/* Purpose: add a mark; add marks. A key that is there stays as it is. */
MUST_CHECK enum status store_mark_add(struct store *store, const struct store_mark *mark);
MUST_CHECK enum status store_marks_add(struct store *store, const struct store_mark *marks, size_t count);
/* Purpose: walk the marks of cases that wait for a sweep, with ids after one up to another, case by case. Shape: the
 * text lives until the next step; marks of a case that was passed may be added meanwhile. End it always. */
MUST_CHECK enum status store_marks_raising(struct store *store, uint64_t after, uint64_t last);
MUST_CHECK enum status store_marks_next(struct store *store, struct store_mark *ret_mark, bool *ret_row);
void store_marks_end(struct store *store);

struct store_alert {
        uint64_t id;                    /* given by store_alert_add, or to store_alerts_add */
        int kind;
        int64_t raised_ms;
        uint64_t case_id;               /* 0: none */
        const char *ref;                /* read only */
        uint32_t rule;                  /* word, or 0 */
        const char *item;               /* "": none */
        int32_t started, due, old_due, plan_by, booked, day;
        uint32_t stage;                 /* word, or 0 */
        int32_t repeat;
        int32_t state;
        bool urgent, provisional;
        const char *says, *subject_id, *to;     /* NULL: none */
        uint64_t seq;
        uint64_t scope;                 /* read only: of its case, as of now; 0 without one */
};
/* Purpose: write an alert and give its id; the highest id, 0 when there is none. */
MUST_CHECK enum status store_alert_add(struct store *store, const struct store_alert *alert, uint64_t *ret_id);
MUST_CHECK enum status store_alert_last(struct store *store, uint64_t *ret_id);
/* Purpose: write alerts whose ids the caller counts, from the highest one on. */
MUST_CHECK enum status store_alerts_add(struct store *store, const struct store_alert *alerts, size_t count);
/* Purpose: alerts with ids above after, rising; below before, falling. Texts live during the call of sink; it
 * stops the walk by setting *stop. Sink must not read alerts. */
typedef enum status (*store_alert_fn)(void *context, const struct store_alert *alert, bool *stop);
MUST_CHECK enum status store_alerts_after(struct store *store, uint64_t after, store_alert_fn sink, void *context);
MUST_CHECK enum status store_alerts_before(struct store *store, uint64_t before, store_alert_fn sink, void *context);
MUST_CHECK enum status store_alert_get(struct store *store, uint64_t id, store_alert_fn sink, void *context,
                                       bool *ret_found);

/* ---- routes: who hears of an alert ---- */

enum store_pending { STORE_TOLD, STORE_WAITS /* for the next digest */, STORE_AT_ONCE };
struct store_route {
        int kind;
        char name[65];
        enum store_pending pending;     /* read only */
};
/* Purpose: note that whoever a route leads to is to hear of an alert; a route named twice counts once. */
MUST_CHECK enum status store_route_add(struct store *store, uint64_t alert, const struct store_route *route,
                                       enum store_pending pending);
/* Purpose: the same of several. */
struct store_routing { uint64_t alert; struct store_route route; enum store_pending pending; };
MUST_CHECK enum status store_routes_add(struct store *store, const struct store_routing *routings, size_t count);
#define STORE_ID_PAGE 500
struct store_id_page { uint64_t after; uint64_t ids[STORE_ID_PAGE]; size_t count; };
/* Purpose: the next route with something pending, by kind and name, after *route, which moves on (kind -1: the first);
 * the next page of alerts pending on one of them (ids above page->after, which moves on; count 0: no more). Cost: an
 * index probe, however much is pending; the rows of the page. */
MUST_CHECK enum status store_route_next(struct store *store, enum store_pending pending, struct store_route *route,
                                        bool *ret_found);
MUST_CHECK enum status store_route_alerts(struct store *store, const struct store_route *route,
                                          enum store_pending pending, struct store_id_page *page);
/* Purpose: the routes of one alert, told or not, up to capacity. Cost: one probe of the primary key. */
MUST_CHECK enum status store_routes_of(struct store *store, uint64_t alert, struct store_route *ret_routes,
                                       size_t capacity, size_t *ret_count);
/* Purpose: what is pending on one route is told now; one alert on it waits for the next digest. */
MUST_CHECK enum status store_route_told(struct store *store, const struct store_route *route,
                                        enum store_pending pending);
MUST_CHECK enum status store_route_waits(struct store *store, uint64_t alert, const struct store_route *route);

/* ---- outbox ---- */

enum store_message_state { STORE_MESSAGE_WAITING, STORE_MESSAGE_SENT, STORE_MESSAGE_FAILED };
struct store_message {
        uint64_t id;                    /* given by store_message_add */
        int state;
        const char *recipient, *message_id, *subject, *text;
        const char *html, *calendar, *answer;   /* NULL: none */
        int64_t created_ms, next_ms, done_ms;   /* done 0: not yet */
        uint32_t attempts, failures;    /* failures: in a row */
        bool ambiguous, urgent;
};
/* Purpose: put a message into the outbox. Owns: texts are copied. */
MUST_CHECK enum status store_message_add(struct store *store, const struct store_message *message, uint64_t *ret_id);
/* Purpose: the number of the latest message, 0 before the first. Numbers rise and are never used again. */
MUST_CHECK enum status store_message_last(struct store *store, uint64_t *ret_id);
/* Purpose: note that a message carries alerts. */
MUST_CHECK enum status store_message_carries(struct store *store, uint64_t message, const uint64_t *alerts,
                                             size_t count);
/* Purpose: note that a message tells of a case, beside those of the alerts that it carries. */
MUST_CHECK enum status store_message_shows(struct store *store, uint64_t message, uint64_t case_id);
/* Purpose: the cases that a message tells of; one may come more than once. */
typedef enum status (*store_case_id_fn)(void *context, uint64_t case_id);
MUST_CHECK enum status store_message_cases(struct store *store, uint64_t message, store_case_id_fn sink, void *context);
/* Purpose: messages whose attempt is due, by the time it is due and id, above (after_ms, after); one. Shape: without
 * text, html and calendar, which are NULL (store_letter_get). Cost: the rows of the page, however many are due. */
typedef enum status (*store_message_fn)(void *context, const struct store_message *message);
struct store_message_page { int64_t now_ms, after_ms; uint64_t after; uint64_t limit; };
MUST_CHECK enum status store_messages_due(struct store *store, const struct store_message_page *page,
                                          store_message_fn sink, void *context);
MUST_CHECK enum status store_message_get(struct store *store, uint64_t id, store_message_fn sink, void *context,
                                         bool *ret_found);
/* Purpose: mark a message that waits as one that may have been taken. */
MUST_CHECK enum status store_message_under_way(struct store *store, uint64_t id);
/* Purpose: write state, attempts, failures, ambiguous, next, done and answer of a message. */
MUST_CHECK enum status store_message_update(struct store *store, const struct store_message *message);
/* Purpose: messages with ids below before, falling, without their texts; unsent: only those that wait or were given up.
 * The sink stops the walk by setting *stop, and must not walk itself. */
typedef enum status (*store_message_walk_fn)(void *context, const struct store_message *message, bool *stop);
MUST_CHECK enum status store_messages_before(struct store *store, uint64_t before, bool unsent,
                                             store_message_walk_fn sink, void *context);
/* Purpose: which messages carry an alert that one of them carries, itself included, by message and alert. Texts live
 * during the call of the sink. Cost: a walk through what was written since the first of those alerts was raised. */
struct store_told { uint64_t message, alert; const char *recipient; };
typedef enum status (*store_told_fn)(void *context, const struct store_told *told);
MUST_CHECK enum status store_message_told(struct store *store, uint64_t message, store_told_fn sink, void *context);
/* Purpose: what waits for a later time is due now: the clock was wrong. */
MUST_CHECK enum status store_messages_hasten(struct store *store, int64_t now_ms);
/* Purpose: how full the outbox is; oldest: of those that wait, when the first was written (INT64_MAX: none waits).
 * Cost: an index range as long as what was given up; the first time all that wait. */
struct store_outbox_counts { uint64_t waiting, ambiguous; int64_t oldest_ms; };
MUST_CHECK enum status store_outbox_count(struct store *store, struct store_outbox_counts *ret_counts);
/* Purpose: the recipient of each message that was given up. Cost: an index probe for each. */
MUST_CHECK enum status store_outbox_failed(struct store *store, void (*sink)(void *context, const char *recipient),
                                           void *context);
/* Purpose: the next attempt of all; INT64_MAX: none waits. Cost: one index probe. */
MUST_CHECK enum status store_outbox_next(struct store *store, int64_t *ret_ms);

/* ---- ledgers ---- */

/* A sweep: the slot it was for, when it was done, what came of it. */
struct store_sweep {
        int32_t day, minute;
        int64_t at_ms;
        uint64_t raised, messages;
        bool quiet;                     /* only breaches were told */
};
/* Purpose: note that a sweep was completed. */
MUST_CHECK enum status store_sweep_add(struct store *store, const struct store_sweep *sweep);
/* Purpose: the latest sweep by day and minute; day CIVIL_NONE: none yet. */
MUST_CHECK enum status store_sweep_last(struct store *store, struct store_sweep *ret_sweep);
/* Purpose: the day of the latest sweep in no quiet time; CIVIL_NONE: none yet. */
MUST_CHECK enum status store_sweep_spoken(struct store *store, int32_t *ret_day);
/* Purpose: forget sweeps of days after one: the clock was wrong, they have not been. */
MUST_CHECK enum status store_sweeps_forget(struct store *store, int32_t day);

/* A time in which nobody watched. */
struct store_downtime { int64_t from_ms, until_ms; bool orderly, told; };
/* Purpose: write a time in which nobody watched into the ledger. */
MUST_CHECK enum status store_downtime_add(struct store *store, const struct store_downtime *downtime);
/* Purpose: the latest, newest first; note that all were told. */
MUST_CHECK enum status store_downtime_latest(struct store *store, struct store_downtime *ret_rows, size_t capacity,
                                             size_t *ret_count);
MUST_CHECK enum status store_downtime_told(struct store *store);
/* Purpose: those not told of that lasted for least_ms or longer, the oldest first, up to capacity. */
MUST_CHECK enum status store_downtime_untold(struct store *store, int64_t least_ms, struct store_downtime *ret_rows,
                                             size_t capacity, size_t *ret_count);

#endif
