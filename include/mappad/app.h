/*
 * app - the application: record facts, bring obligations up to date, raise
 * alerts, write digests. What the edges (socket, mail, service) call.
 *
 * One thread, one writer. Writes wait in a queue until app_flush puts all of
 * them into one transaction; nobody hears a result before it is durable. Every
 * call that depends on the time takes a struct moment; the app reads no clock.
 * Questions are in app_query.h, alerts and mail in app_alert.h.
 */
#ifndef MAPPAD_APP_H
#define MAPPAD_APP_H

#include "mappad/app_changed.h"
#include "mappad/contacts.h"
#include "mappad/moment.h"
#include "mappad/obligation.h"
#include "mappad/sight.h"
#include "mappad/wire.h"

#define APP_PATH_MAX 4096
#define APP_PROBLEM_SIZE 512
#define APP_BATCH_LINES_MAX 100000      /* lines of one batch; a body of 1 MiB holds about 15,000 */
#define APP_PROBLEMS_MAX 100            /* refused lines kept of one batch; all are counted */
#define APP_SWEEPS_MAX 24               /* sweep hours a day */

struct app;

struct app_actor {
        uint32_t uid;
        const char *name;               /* login name; "" when the uid has none; copied */
        struct sight sight;             /* which cases they see: nothing else is recorded of, or acknowledged */
};

/* How rules came into force. FIRST is the app's own: of a new record. */
enum app_way { APP_WAY_START, APP_WAY_RELOAD, APP_WAY_SIGNAL, APP_WAY_FIRST };

/* What is in force: rules and contacts. Given away to the app, which calls release (if any) when the
 * last reader of them is done. */
struct app_rules {
        const struct ruleset *ruleset;
        const struct contacts *contacts;        /* NULL: nobody is told by mail */
        const struct scopes *scopes;    /* over the attributes of ruleset; NULL: none. Of rules in force alone */
        void (*release)(struct app_rules rules);
        /* Of a reload (NULL: none): they are in force, perhaps long after it, and nothing that was raised by them has
         * been told yet. Whoever keeps anybody's sight takes the new one now; it must not call the app. */
        void (*in_force)(void *context);
        void *context;
        /* For the ledger; zeroed: found at the start. */
        enum app_way way;
        struct app_actor by;            /* who asked for it; name NULL: nobody did; read during the call only */
        bool unseen;                    /* nobody had seen the effect: unless app_accept was called before, the
                                           role that watches is alerted */
};

/* A sweep: a minute of a day (0 .. 1439, local) at which stages reached are raised. */
struct sweep_slot { int32_t day, minute; };

/* How many days an acknowledgement holds if it does not say, and at most; 0: 14 and 28. */
struct app_ack_limits { int32_t days, days_max; };
/* When nothing is written but of a breach: of an obligation that is overdue, or of an urgent one booked late. */
struct app_quiet {
        int32_t from, until;            /* minutes of the local day, over midnight if until is less; equal: never */
        bool working_days;              /* nor on days that the calendar of the rules does not work */
};

/* With more than at_once cases (0: 4,000) rules come into force in steps, of step cases at most (0: as time allows); so
 * is what stands gathered for a heartbeat (0: 2,000). */
struct app_stepping { uint64_t at_once; uint32_t step; };
struct app_settings {
        const char *state_directory;    /* mappad.db is kept in it */
        bool test_clock;                /* a directory made under one refuses the other */
        struct sweep_slot sweeps[APP_SWEEPS_MAX];       /* only minute counts */
        size_t sweep_count;
        const char *mail_domain;        /* right-hand side of Message-IDs; NULL: "mappad.invalid" */
        const char *mail_from;          /* mailbox that messages come from; NULL: one that does not exist */
        struct app_quiet quiet;
        const char *marking;            /* of each message, as "OFFICIAL-SENSITIVE"; NULL or "": none */
        bool counts_only;               /* messages carry counts and no references */
        struct app_ack_limits acks;
        struct app_stepping change;     /* of rules */
        /* Called now and then in long work (rules changed, first sweep after long downtime), done of all
         * cases (all 0: not known), so that a watchdog can be fed; NULL: not called. */
        void (*progress)(void *context, uint64_t done, uint64_t all);
        void *progress_context;
        bool aside;                     /* a thread copies the write-ahead log back; false: commits do */
        /* Microseconds since any instant, to tell how long something took; NULL: nothing is bounded by time, so that
         * the same calls do the same. */
        int64_t (*stopwatch_us)(void);
};

/* Purpose: open (or make) the record. Derived data made under other rules is made anew; days gone by are
 * caught up; the time since the service was last seen goes to the downtime ledger.
 * Shape: texts of settings must outlive the app. Owns: on STATUS_OK rules belong to the app; else they remain the
 * caller's. Errors: with a sentence in ret_problem. STATUS_INVALID: the other kind of clock, a newer schema, today
 * before the last day lived through by more than one; STATUS_DISK_FULL, if rules, contacts or scopes are others
 * than last (else: app_start_unnoted); STATUS_CORRUPT; STATUS_IO; STATUS_NO_MEMORY.
 * Cost: nothing per case when rules and day are unchanged. */
MUST_CHECK enum status app_open(const struct app_settings *settings, struct app_rules rules, struct moment moment,
                                struct app **ret_app, char ret_problem[static APP_PROBLEM_SIZE]);
/* Purpose: write down that watching ends now and close. Whatever waits in the queue is flushed first.
 * NULL is nothing. */
void app_close(struct app *app, struct moment moment);
/* Purpose: close without writing anything, as a crash would; what waits is answered STATUS_IO. */
void app_abandon(struct app *app);

/* Purpose: the rules in force; valid until the next app_reload or app_turn_over. */
const struct ruleset *app_ruleset(const struct app *app);
const struct contacts *app_contacts(const struct app *app);

/* Purpose: put other rules and contacts in force. Flushes first, then derives every case anew in one transaction;
 * readers see the old answers until it is done. Of many cases (app_stepping) rules are only taken in, and come into
 * force by calls of app_turn_over. Due dates that move are alerted at once, with the reason; stages reached under the
 * new rules are raised at the next sweep. Change and effect go to the ledger, the texts are kept (app_change.h).
 * Owns: on STATUS_OK rules belong to the app; otherwise the old ones stay and rules remain the caller's.
 * Errors: as app_open. Cost: three derivations a case, unless the digest of the rules is the same. */
MUST_CHECK enum status app_reload(struct app *app, struct moment moment, struct app_rules rules,
                                  char ret_problem[static APP_PROBLEM_SIZE]);

/* Purpose: other limits for the acknowledgements to come. */
void app_ack_limits(struct app *app, struct app_ack_limits limits);

/* ---- recording ---- */

/* Lines that are recorded together or not at all. */
struct app_batch;

/* One obligation as of a day, and whose it is. */
struct app_obligation {
        const char *case_ref;
        struct obligation obligation;
        int32_t as_of;
        bool vanished;                  /* in `changed` only: this obligation no longer exists at all */
};

struct app_problem {
        uint64_t line;                  /* from 1 */
        struct wire_problem problem;
};

/* A constraint with severity "flag", or one let pass by force. */
struct app_warning {
        uint64_t line;
        uint64_t seq;
        const struct constraint *constraint;
        int32_t due;                    /* the due date that a booking passes, or CIVIL_NONE */
};

struct app_line_result {
        uint64_t seq;                   /* number in the record; of the first time if repeated */
        bool repeated;                  /* its id was recorded before: skipped */
        bool forced;                    /* something was let pass because of force */
};

/* What became of a batch. Everything in it lives during the completion call only. */
struct app_outcome {
        enum status status;             /* STATUS_OK: durable, or dry run done. STATUS_INVALID: refused, and why.
                                           STATUS_DISK_FULL, ...: nothing was recorded; it may be sent again */
        bool dry_run;
        const struct ruleset *ruleset;
        uint64_t recorded;              /* new lines; when every line was a repeat, as at the first time */
        uint64_t repeated;
        uint64_t first_seq, last_seq;   /* 0 when nothing; of repeats, their first numbers */
        const struct app_line_result *lines; size_t line_count;         /* in order; empty when refused */
        const struct app_obligation *changed; size_t changed_count;     /* by case, rule, item, started; if wanted */
        struct app_changed_sum sum;     /* of what changed */
        const struct app_warning *warnings; size_t warning_count;
        const struct app_conflict *conflicts; size_t conflict_count, conflict_total;    /* those kept, by line; all */
        const struct app_problem *problems; size_t problem_count, problem_total;        /* likewise */
        const char *out_of_sight;       /* a case out of sight, taken for one that there is not; NULL: none */
};

/* Purpose: hear what became of a batch. */
typedef void (*app_done_fn)(void *context, const struct app_outcome *outcome);

/* Purpose: begin a batch. Owns: the caller's until submitted; app_batch_free(NULL) is nothing.
 * Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status app_batch_new(struct app *app, struct moment moment, struct app_actor actor, bool dry_run,
                                     struct app_batch **ret_batch);
void app_batch_free(struct app_batch *batch);
/* Purpose: add one JSON text of an event or a retraction (wire.h) as the next line. A line that is not
 * understood is kept as a problem and refuses the batch when it is flushed; empty lines of NDJSON are added by
 * app_batch_skip, so that later problems name the right line. text is copied as far as needed.
 * Errors: STATUS_NO_MEMORY; STATUS_LIMIT after APP_BATCH_LINES_MAX. */
MUST_CHECK enum status app_batch_add(struct app_batch *batch, const char *text, size_t length);
void app_batch_skip(struct app_batch *batch);
/* Purpose: add every line of an NDJSON body, or the one event of a JSON body: a text that is one
 * object, however many lines it spans, counts as one line. */
MUST_CHECK enum status app_batch_add_body(struct app_batch *batch, const char *body, size_t length);
/* Purpose: add the retraction of an event by its number. Errors: as app_batch_add; a why that is empty,
 * too long or not plain text is a problem of the line. */
MUST_CHECK enum status app_batch_retract(struct app_batch *batch, uint64_t seq, const char *why);

/* Purpose: hand a batch over; done is called exactly once, when it is durable or refused (app_turn.h, app_flush). Owns:
 * the batch is the app's. app_forget: the client has gone; it may still be recorded, but nobody is told. */
void app_submit(struct app *app, struct app_batch *batch, app_done_fn done, void *context);
void app_forget(struct app *app, const void *context);
/* Purpose: whether anything waits to be written. */
bool app_waiting(const struct app *app);
/* Purpose: run whatever waits, in order, in one transaction that waits for the disk; then, or after everything was
 * rolled back, call the completions, then the listeners of new alerts.
 * A refused batch leaves nothing behind. Errors: go to the completions, not to the caller. */
void app_flush(struct app *app, struct moment moment);

/* ---- time ---- */

/* Purpose: bring cached obligations up to the day, at most some thousands of cases per call.
 * Questions of app_query.h do it by themselves; the loop calls it so that a new day begins without a pause.
 * Errors: STATUS_DISK_FULL, ...: the day has not begun; answers are refused until it has.
 * Cost: one index probe when no case wakes. */
MUST_CHECK enum status app_advance(struct app *app, struct moment moment, bool *ret_more);

struct app_sweep_result {
        bool ran;                       /* false: that sweep (or a later one) had been done before */
        bool more;                      /* not finished: call again with the same slot */
        uint64_t raised;                /* alerts */
        uint64_t messages;              /* put into the outbox */
};
/* Purpose: the sweep of a slot: raise what was reached, write one digest per recipient. The caller passes
 * the latest slot at or before now, at start too; a sweep that was done is not done again, and any number
 * of missed ones is caught up by this one.
 * Cost: one index probe when nothing is to be raised; proportional to what is. */
MUST_CHECK enum status app_sweep(struct app *app, struct moment moment, struct sweep_slot slot,
                                 struct app_sweep_result *ret_result);
/* Purpose: the last sweep that was completed; day CIVIL_NONE when there was none. */
struct sweep_slot app_last_sweep(struct app *app);

/* When the app next has something to do by itself. */
struct app_wake {
        int32_t day;                    /* first day on which a case changes; CIVIL_NONE: never */
        int64_t outbox_ms;              /* next attempt at a message; INT64_MAX: none waits */
        bool withheld;                  /* urgent alerts may wait for the end of a quiet time: then app_speak */
        int64_t sync_ms, speak_ms;      /* app_sync, app_speak has something to do; INT64_MAX: not */
};
MUST_CHECK enum status app_next_wake(struct app *app, struct app_wake *ret_wake);
/* Purpose: let the next of these two questions be put to the record itself. Cost: until then, and between two
 * transactions, they cost nothing. */
void app_look_again(struct app *app);

/* Purpose: write what was urgent and waited, for the end of a quiet time or for what was to follow (app_batch_more).
 * Shape: in any turn; nothing if nothing waits. Durable on return. Errors: of the store. */
MUST_CHECK enum status app_speak(struct app *app, struct moment moment);

/* Purpose: note that the service is watching at this moment; at each turn of the watchdog. Not a transaction
 * and not synced: a small file beside the database, so that after a kill the downtime ledger begins there. */
void app_watching(struct app *app, struct moment moment);
/* Purpose: write a time that went by while the process stood still (the machine slept, or its clock was wrong and was
 * set) into the downtime ledger. Errors: of the store. */
MUST_CHECK enum status app_unwatched(struct app *app, int64_t from_ms, struct moment until);

#endif
