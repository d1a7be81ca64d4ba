/*
 * app_query - questions to the application.
 *
 * A query sees the record as it stood when it began, whatever is recorded
 * meanwhile, and is asked for one row at a time, so that its memory does not
 * grow with its answer. Texts of a row live until the next call on the query.
 */
#ifndef MAPPAD_APP_QUERY_H
#define MAPPAD_APP_QUERY_H

#include "mappad/app_law.h"

#define APP_CURSOR_SIZE 160             /* text of a cursor and its NUL */
#define APP_FILTERS_MAX 16
#define APP_OPEN_STATES 6               /* pending .. unevaluable, the first of enum obligation_state */
#define APP_LIMIT_MAX 1000              /* cases of a page */

enum app_row { APP_ROW, APP_WORKING, APP_END };

/* The three axes of a question: the day it is about, what of the record counts, and the law; and who asks: whatever
 * they are, a case is in sight as it stands today. */
struct app_axes {
        int32_t as_of;                  /* CIVIL_NONE: today. Events of later days do not count */
        int64_t known_at;               /* lines recorded later do not count; INSTANT_LATEST: all do */
        struct book *law;               /* NULL: the rules in force, whatever the other axes say (app_law.h) */
        struct sight sight;             /* cases out of sight are as if there were none */
};

/* One "name=value,value" of the question; a row fits if the attribute holds one of them. */
struct app_attribute_filter {
        const char *name;               /* an attribute; "agency": any attribute whose values are
                                           routes */
        const char *values;             /* comma list, "unset" and "set" included */
};

struct app_obligation_filter {
        const char *states;             /* comma list of state words, "open" meaning every open one ("all": all); NULL:
                                           open ones */
        const char *rule;               /* comma list of rule ids, or NULL */
        const char *case_ref;           /* or NULL */
        struct app_attribute_filter attributes[APP_FILTERS_MAX];
        size_t attribute_count;
        int32_t due_before, due_after;  /* strictly before, strictly after; CIVIL_NONE: no limit. Rows without due do
                                           not fit either */
        int booked;                     /* -1: whichever; 0, 1 */
        int32_t as_of;                  /* CIVIL_NONE: today. Any other day is derived from the record */
        int64_t known_at;               /* INSTANT_LATEST: everything */
        struct book *law;               /* NULL: the rules in force */
        struct sight sight;             /* of cases, and in the list of today of what is owed for an item in sight */
        uint64_t limit;                 /* rows; 0: no limit */
        uint64_t derived_limit;         /* the same for an answer that is not kept and has to be derived */
        const char *cursor;             /* from app_query_cursor, or NULL */
};

struct app_query;

/* What answers from the rows kept of today stand on, beside the question and the sight. */
struct app_stamp {
        uint64_t written;               /* of the record and all that is kept with it; 0: no stamp */
        uint64_t book;                  /* the rules in force */
        int32_t day;
};
/* Purpose: the stamp of a question that is asked now: cases are brought up to the day first. Two answers to one
 * question for one sight that were both taken from kept rows (app_query_kept) under the same stamp are the same. It
 * changes with every transaction that wrote more than lines of the log of accesses, with every reload and with the day.
 * Errors: of the store. Cost: nothing. */
MUST_CHECK enum status app_stamp(struct app *app, struct moment moment, struct app_stamp *ret_stamp);

/* Purpose: a filter that asks for every open obligation today. */
struct app_obligation_filter app_obligation_filter_all(void);

/* Purpose: begin a list of obligations by due (none last), case, rule, item (none first), started.
 * Shape: filter texts need not outlive the call.
 * Owns: the caller frees the query. Errors: STATUS_INVALID with *ret_problem (code, message, field = the
 * filter's name, nearest); STATUS_LIMIT when too many queries are open; STATUS_NO_MEMORY; of the store.
 * Cost: rows of open states today come from an index, in order; closed states, other days, other rules and known-at
 * are derived, one pass over the cases for each page. Of these the rows that can be on the page are in memory: its
 * limit times some (1 + ln(rows / limit)), 72 bytes each, and 36 bytes a case. */
MUST_CHECK enum status app_query_obligations(struct app *app, struct moment moment,
                                             const struct app_obligation_filter *filter,
                                             struct app_query **ret_query, struct wire_problem *ret_problem);
/* Purpose: every obligation of one case, closed ones included, by rule, item, started; on any axes.
 * Errors: as above; STATUS_INVALID "unknown-case". */
MUST_CHECK enum status app_query_case_obligations(struct app *app, struct moment moment, const struct app_axes *axes,
                                                  const char *case_ref, struct app_query **ret_query,
                                                  struct wire_problem *ret_problem);
/* Purpose: the next row. APP_WORKING: a bounded piece of work was done, call again (in another turn of
 * the loop); APP_END: no more rows. */
MUST_CHECK enum status app_query_next(struct app_query *query, enum app_row *ret_row,
                                      struct app_obligation *ret_obligation);
/* Purpose: whether all that is given comes from kept rows of today under the rules in force. */
bool app_query_kept(const struct app_query *query);
/* Purpose: after APP_END: the cursor of the next page, or "" when the list is complete. */
const char *app_query_cursor(const struct app_query *query);
/* Purpose: the rules and the day under which rows are to be read. */
const struct ruleset *app_query_ruleset(const struct app_query *query);
int32_t app_query_as_of(const struct app_query *query);
int64_t app_query_known_at(const struct app_query *query);
void app_query_free(struct app_query *query);

/* ---- cases ---- */
struct app_attribute {
        const char *name;
        enum value_kind kind;
        const char *const *values; size_t value_count;  /* the words it holds (enumeration: one); none when unset */
        int32_t day;                    /* dates; else CIVIL_NONE */
        bool derived;
};

/* An item of a case: the name of its kind, the day of the event that began it, set attributes of its own. */
struct app_case_item {
        const char *key, *kind; int32_t since;
        const struct app_attribute *attributes; size_t attribute_count;
};

struct retention;                       /* retention.h */
struct app_case {
        const char *ref;
        int32_t since;                  /* day of its earliest standing event; CIVIL_NONE when none stands */
        uint64_t events;                /* lines recorded, retractions included */
        uint64_t last_seq;
        const struct app_attribute *attributes; size_t attribute_count; /* of the case, set ones, in order of
                                                                           declaration */
        const struct app_case_item *items; size_t item_count;   /* of app_case_one, by key; none in a list */
        uint32_t open[APP_OPEN_STATES]; /* open obligations by state (enum obligation_state) */
        int32_t last_on;                /* day of its latest standing event; CIVIL_NONE when none stands */
        int32_t due_on;                 /* with app_cases_idle: the day from which on it fits; CIVIL_NONE: not known */
        const struct retention *class;  /* with app_cases_idle and no period: by which the rules say so; else NULL */
        const char *missing;            /* the date on which that hangs and which is unset; NULL: none */
};

struct app_cases;
/* A page of the list: after a reference ("": from the first), at most limit (1 .. APP_LIMIT_MAX) cases. */
struct app_page { const char *after; uint64_t limit; };
/* Purpose: begin a list of cases by reference. A case is in it if it had begun by then: an event of it, standing or
 * not, is of no later day and was recorded.
 * Owns: the caller frees it. Errors: as app_query_obligations.
 * Cost: a bounded number of cases at a time; open obligations are counted from the cache today, else derived. */
MUST_CHECK enum status app_cases_begin(struct app *app, struct moment moment, const struct app_axes *axes,
                                       const struct app_page *page, struct app_cases **ret_cases);
/* Purpose: of these only cases of which nothing has happened for a period ("6 years after" the latest standing event),
 * or without a period (NULL) those that are due by their class of retention (retention.h) or whose class lacks its
 * date. Shape: before the first case; texts need not outlive the call. Errors: STATUS_INVALID. */
MUST_CHECK enum status app_cases_idle(struct app_cases *cases, const char *period, struct wire_problem *ret_problem);
/* Purpose: of these only cases whose attributes fit, at most APP_FILTERS_MAX of them. Shape, Errors: the same. */
MUST_CHECK enum status app_cases_where(struct app_cases *cases, const struct app_attribute_filter *filters,
                                       size_t count, struct wire_problem *ret_problem);
/* Purpose: the next case, which lives until the next call; APP_WORKING: call again in another turn. */
MUST_CHECK enum status app_cases_next(struct app_cases *cases, enum app_row *ret_kind, struct app_case *ret_case);
/* Purpose: after APP_END: whether there are others; the day and the rules of the answer. */
bool app_cases_more(const struct app_cases *cases);
int32_t app_cases_as_of(const struct app_cases *cases);
const struct ruleset *app_cases_ruleset(const struct app_cases *cases);
void app_cases_free(struct app_cases *cases);
/* Purpose: one case; its ref is NULL when nothing was ever recorded of it, or it is out of sight. Of one that had not
 * begun, since is CIVIL_NONE and nothing is open. Owns: ret_case lives until the next question to app. */
MUST_CHECK enum status app_case_one(struct app *app, struct moment moment, const struct app_axes *axes,
                                    const char *ref, struct app_case *ret_case);
/* Purpose: whether there is a case and it is out of sight: for the log, since whoever asked is not to know. */
MUST_CHECK enum status app_case_hidden(struct app *app, const char *ref, struct sight sight, bool *ret_hidden);

/* One line of the record as it stands. */
struct app_event {
        uint64_t seq;
        const char *case_ref;
        bool is_retraction;
        const char *type;               /* word of the event, also when the rules no longer know it; NULL for a
                                           retraction */
        const struct event_type *event_type;    /* NULL when the rules do not know it (or a field, or a value) */
        const struct value *fields;     /* with event_type only: for wire_fields_write */
        const char *raw_fields;         /* without event_type: "name=value name=value" as recorded */
        int32_t on;                     /* CIVIL_NONE for a retraction */
        const char *item;
        const char *id;                 /* client's, or NULL */
        int64_t recorded_at;
        uint32_t uid; const char *user;
        bool forced;
        const char *why;
        uint64_t refers;                /* what it retracts or replaces; 0: nothing */
        uint64_t undone_by;             /* what retracted or replaced it; 0: it stands */
        const char *undone_why;
        bool undone_replaced;           /* it was replaced */
        int64_t undone_at; uint32_t undone_uid; const char *undone_user;        /* when undone: when, and by whom */
        char hash[65];                  /* of the chain, hex */
};
typedef void (*app_event_fn)(void *context, const struct app_event *event);
/* Purpose: every line of a case that was known at an instant (INSTANT_LATEST: all), in the order of recording, with
 * what had been undone by then. *ret_found: whether there is such a case. */
struct app_event_sink { app_event_fn sink; void *context; };
MUST_CHECK enum status app_case_events(struct app *app, const char *ref, int64_t known_at,
                                       const struct app_event_sink *sink, bool *ret_found);

/* ---- status ---- */

struct app_downtime { int64_t from_ms, until_ms; bool orderly; };

/* What stands, gathered in steps for a heartbeat. */
struct app_gathering { bool under_way; uint64_t cases, all; /* looked at so far, of all */ int64_t since_ms; };

/* An import in pieces: so much was recorded of it so far, and more of it was said to follow within the last
 * APP_MORE_MS. */
struct app_importing { bool under_way; uint64_t events, repeated; int64_t since_ms; };

struct app_status {
        int32_t as_of;                  /* the day up to which obligations are brought */
        uint64_t cases, events, last_seq;
        uint64_t open[APP_OPEN_STATES]; /* obligations by open state */
        uint64_t unknown_events;        /* lines whose words the rules do not know */
        uint64_t alerts, last_alert_id;
        uint64_t outbox_waiting, outbox_ambiguous;
        uint64_t outbox_failed;         /* given up, to mailboxes that the contacts still name */
        int64_t outbox_oldest_ms;       /* INT64_MAX: none waits */
        struct sweep_slot last_sweep; int64_t last_sweep_ms;
        struct app_gathering gathering;
        struct app_importing importing;
        int64_t created_ms;
        bool test_clock;
        bool disk_full;                 /* the last write was refused for want of space */
        char chain_head[65];
        int64_t database_bytes;
        struct app_downtime downtime[8]; size_t downtime_count; /* the latest, newest first */
};
/* Purpose: where everything stands; also when the day cannot begin for want of space: as_of stays behind then.
 * Cost: kept counters and index probes; no walk over cases. */
MUST_CHECK enum status app_status(struct app *app, struct moment moment, struct app_status *ret_status);

/* Purpose: how much snapshots of the record are in the way of others. Pressed: as many are held as may be, or the
 * store's log, which one that is held keeps from being begun anew, is three times as long as it should be. Choked:
 * eight times, or there was no room on the disk. Cost: nothing. */
enum app_room { APP_ROOM_FREE, APP_ROOM_PRESSED, APP_ROOM_CHOKED };
enum app_room app_snapshot_room(const struct app *app);
/* Purpose: how far the log is on its way from pressed to choked, in lengths that it should have: 0 to 5.
 * Cost: nothing. */
int app_snapshot_haste(const struct app *app);
/* Purpose: whether a snapshot is out that was taken while others choked the log: it has to be given back before the
 * turn ends, since snapshots that overlap keep the log from beginning anew for ever, however short each is held. */
bool app_snapshot_late(const struct app *app);

/* Purpose: receive the open obligations of a rule, by state. */
struct app_rule_count { const char *rule; uint64_t open[APP_OPEN_STATES]; };
typedef void (*app_census_fn)(void *context, const struct app_rule_count *row);
/* Purpose: count open obligations by rule, if they are not: some cases in a call, a turn each; *ret_counted: all are.
 * Cost: the first time after the start, and after other rules came into force, a walk
 * along an index of all open obligations, in steps; then nothing. */
MUST_CHECK enum status app_census_count(struct app *app, struct moment moment, bool *ret_counted);
/* Purpose: open obligations by state for each rule in force, those without any included, in the rules' order; nothing
 * while they are not counted. Cost: kept counters. */
void app_census(const struct app *app, app_census_fn sink, void *context);

#endif
