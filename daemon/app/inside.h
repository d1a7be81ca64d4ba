/*
 * inside - the inside of the application: what its files share.
 *
 * A transaction is opened by app_begin and ended by app_commit or app_rollback;
 * what is remembered beside the rows (meta, alerts raised) moves with it.
 */
#ifndef APP_INSIDE_H
#define APP_INSIDE_H

#include "lexicon.h"
#include "mappad/app.h"
#include "mappad/app_alert.h"
#include "mappad/app_law.h"
#include "mappad/app_query.h"
#include "mappad/difference.h"
#include "mappad/store_alert.h"
#include "mappad/store_cache.h"
#include "mappad/store_change.h"
#include "mappad/store_record.h"

#define APP_STEP_CASES 500              /* cases of one transaction in long work: some 20 ms, some 100 KiB of log */
#define APP_READERS_MAX 16              /* queries open at a time; a page of cache each */
#define APP_READERS_KEPT 4              /* when nobody uses them: opening one costs more than a whole page of a list */

/* Counters kept by the store: open obligations by state (0 .. 5), then lines that the rules cannot read; then, by
 * state, what lies beside (turnover.h). */
enum { TALLY_UNKNOWN = APP_OPEN_STATES, TALLY_BESIDE };
_Static_assert(TALLY_BESIDE + APP_OPEN_STATES <= STORE_TALLIES, "a counter for each");

/* ---- census.c: open obligations by rule and state ---- */

#define CENSUS_WHOLE UINT64_MAX
struct census_change { size_t cell; int64_t by; };
struct census {
        uint64_t at;                    /* cases up to this one are counted; CENSUS_WHOLE: all, and those to come */
        int64_t *counts; size_t words;  /* by the rule's word and the state */
        struct census_change *journal; size_t length, capacity; /* of the transaction in hand ... */
        size_t saved;                   /* ... and its length at the savepoint */
};
/* Purpose: a row was written (1) or removed (-1). */
void census_note(struct census *census, const struct store_obligation *row, int64_t by);
/* Purpose: what the store does with the rows: a savepoint, back to it, back to the beginning, all is durable. */
void census_save(struct census *census);
void census_undo(struct census *census);
void census_rollback(struct census *census);
void census_commit(struct census *census);
void census_fini(struct census *census);

/* Rules in force, and who still reads them. */
struct book {
        struct app_rules rules;
        struct lexicon *lexicon;
        char seal[65];                  /* names rules, calendar and contacts together */
        uint64_t number;                /* of the books that this application made; 1, 2, 3 ... */
        unsigned holders;               /* the app, its shelf and open queries */
        struct book *base;              /* whose rules these are; NULL: its own */
};
struct book *book_hold(struct book *book);
void book_drop(struct book *book);
/* Purpose: make a book of rules. Shape: in a transaction; when that is undone, or in the end the rules stay with the
 * caller, the book is forgotten instead of dropped. NULL is nothing. */
MUST_CHECK enum status book_new(struct app *app, struct app_rules rules, struct book **ret_book);
void book_forget(struct book *book);

struct app_mail_report {
        struct app_report report;
        char answer[204];
        struct app_mail_report *next;
};

/* A connection that reads, and whether it has a view of the record, which then is the latest. */
struct idle_reader { struct store *reader; bool sees; };

/* What each turn of the loop asks, as of the last transaction. */
struct app_glance {
        bool known;
        struct sweep_slot sweep;
        struct app_wake wake;
};

struct app {
        struct app_settings settings;
        struct store *store;
        struct book *book;
        struct store_meta meta;         /* as committed */
        struct store_meta meta_next;    /* as written in the transaction in hand */
        bool meta_written;
        int watching;                   /* descriptor of the small file, or -1 */
        bool disk_full;
        bool start_unnoted;                 /* there was no room to note the start: nothing else is written before it */
        const struct amending *change;    /* other rules are being put in force; else NULL */
        struct turnover *turnover;      /* other rules that come into force in steps (turnover.h) */
        uint64_t recovered;             /* generation of rules; batches of an older one are refused */

        struct census census;
        struct heartbeat *heartbeat;    /* what stands, which a sweep in hand is to tell; NULL: nothing is gathered */
        struct app_batch *queue, **queue_end;
        int64_t commit_us;              /* how long the last commit of batches took */
        bool stirred;                   /* a transaction has begun */
        int64_t called_us;              /* when somebody was last served, by the stopwatch; 0: nobody was */
        struct app_mail_report *reports, **reports_end;
        struct app_access_wait *accesses, **accesses_end;       /* lines for the log of accesses */
        bool scrub;                     /* what was erased may still stand in the write-ahead log */
        int64_t sync_ms;                /* when lines that were written must be on the disk; 0: they are */
        bool sync_failed;               /* what of all that was committed is there is not known */
        struct app_access_wait *telling;        /* those whose lines are durable and who are being told */

        uint64_t raised_first, raised_last;     /* alert ids of the transaction in hand; 0: none */
        uint64_t saved_first, saved_last;       /* as of its savepoint */
        uint64_t unheard_first, unheard_last;   /* committed, and the listener has not been told of them; 0: none */
        app_alerts_committed_fn listener;
        void *listener_context;

        int32_t raise_until;            /* stages of later days wait for the sweep of their own day */
        bool raise_stays;               /* a stage of the case in hand waits so */
        struct sweep_slot sweep_slot;   /* the sweep in hand, when it takes several steps ... */
        uint64_t sweep_after;           /* ... the last case that it has looked at; 0: none yet, or all of them */
        uint64_t sweep_raised, sweep_messages;  /* ... what it raised and wrote so far */
        bool sweep_gathers;             /* ... whether that is all, and what stands is gathered for its letters */
        int64_t sweep_began_ms;         /* ... and since when it is in hand */
        bool sweep_in_hand;             /* ... until it is done or forgotten */
        unsigned heartbeats_begun, heartbeats_failed; /* how often that was begun for it, and failed besides */
        int32_t told_until;             /* day of the last sweep, CIVIL_NONE: none; milestones before it are past */
        int32_t spoken_until;           /* day of the last sweep in no quiet time, CIVIL_NONE: none; of heartbeats */
        bool withheld;                  /* urgent alerts may be waiting for the end of a quiet time ... */
        uint64_t looked_at;             /* ... of which those up to this one are no breaches */
        int64_t speak_ms;               /* until when urgent alerts may wait for what follows; 0: none does ... */
        int64_t held_ms;                /* ... and since when they do; 0: none does, or it is not known */
        bool more_follows;              /* what was committed last, which is a piece */
        struct app_importing importing; /* what was recorded of an import in pieces ... */
        struct { uint32_t uid; int64_t until_ms; } importer; /* ... who sends it, and when that is taken for its end */

        struct app_glance glance;
        struct idle_reader idle[APP_READERS_KEPT]; size_t idle_count;   /* kept for the next queries */
        bool undisturbed;               /* no transaction has begun since the first of the readers that are out was
                                           taken */
        unsigned readers;
        const struct store *late; /* the one of them that was taken late (app_query.h); NULL: none */
        uint64_t books;                 /* made so far */
        struct book *shelf[APP_SHELF_MAX];      /* other rules that were asked for, the last first */
        char scopes_kept[65];           /* digest of the scopes by which the bits of cases were found; "" none */
        uint64_t unknown;               /* lines that the rules cannot read, of cases refreshed since it was set to 0 */
        struct arena work;              /* one case at a time: engine, records */
        struct arena rows;              /* one case at a time: obligations */
        struct raised *raised;          /* what a step of a sweep raised; NULL: none is in hand */
        struct arena raised_texts;      /* of that */
};

/* ---- app.c ---- */

/* Purpose: the day that counts at a moment: a clock that stepped back over midnight does not undo a day, one that
 * steps back further was wrong before. */
int32_t app_day(const struct app *app, struct moment moment);
MUST_CHECK enum status app_begin(struct app *app);
/* Purpose: begin one that writes nothing but lines of the log of accesses, and does not wait for the disk. What was
 * looked up of the record stays true, and so do the views of those who read it. */
MUST_CHECK enum status app_begin_aside(struct app *app);
MUST_CHECK enum status app_commit(struct app *app);
/* Purpose: the stopwatch, 0 without one; and whether a step of long work that began then has taken long enough: a step
 * is shorter while there is somebody who may want something. */
int64_t app_stopwatch(const struct app *app);
bool app_step_over(const struct app *app, int64_t began_us);
/* Purpose: go back to what is committed, whatever became of the transaction in hand; why (not STATUS_OK) is
 * given back, and remembered if there is no room. */
enum status app_rollback(struct app *app, enum status why);
/* Purpose: tell the listener of alerts that are durable now. */
void app_tell(struct app *app);
/* Purpose: what the store said, unless it was not the store that failed. */
const char *app_failing(const struct app *app, enum status status);
/* Purpose: write meta in the transaction; it counts once committed. */
MUST_CHECK enum status app_put_meta(struct app *app, const struct store_meta *meta);

/* ---- dossier.c: the records of one case ---- */

struct unknown_line { uint64_t seq; uint32_t word; };
struct dossier {
        uint64_t case_id;
        const char *ref;
        struct record *records;
        size_t count, capacity;
        struct unknown_line *unknown;   /* lines that the rules cannot read */
        size_t unknown_count, unknown_capacity;
        struct arena *arena;
};
/* Purpose: read a case's lines. Shape: ret_dossier->arena set before. */
MUST_CHECK enum status dossier_load(struct store *store, const struct lexicon *lexicon, uint64_t case_id,
                                    struct dossier *ret_dossier);
/* Purpose: take in one line; append one record. */
MUST_CHECK enum status dossier_add_line(struct dossier *dossier, const struct lexicon *lexicon,
                                        const struct store_line *line);
MUST_CHECK enum status dossier_add(struct dossier *dossier, const struct record *record);

/* ---- derive.c: obligations of one case ---- */

struct duty {
        struct obligation obligation;   /* item, if any, points at the member below */
        struct item item;
        bool fresh;                     /* refresh_case found no row of it */
};
struct duties {
        struct casefile casefile;       /* in work */
        struct duty *list;              /* in rows; by rule, item, started */
        size_t count, capacity;
        int32_t as_of;
        int32_t wake;
        struct arena *rows;
        bool failed;
};
/* Purpose: derive a case as of a day. Owns: casefile in work, the list in rows. */
struct derive_input {
        const struct ruleset *ruleset;
        const struct dossier *dossier;
        int64_t known_at;
        int32_t as_of;
        bool open_only;                 /* closed ones are not wanted, nor the wake, which stays CIVIL_NONE */
};
MUST_CHECK enum status duties_derive(const struct derive_input *input, struct arena *work, struct arena *rows,
                                     struct duties *ret_duties);
/* Purpose: order by rule, item (none first), started; whether two say the same. */
int duty_order(const struct duty *a, const struct duty *b);
bool duty_same(const struct obligation *a, const struct obligation *b);
/* Purpose: the row that is kept of an obligation, and the obligation that a row tells of, as of a day. false: the
 * rules do not know its rule or version any more. */
void duty_to_row(const struct lexicon *lexicon, const struct dossier *dossier, const struct duty *duty, int32_t as_of,
                 struct store_obligation *ret_row);
bool duty_from_row(const struct lexicon *lexicon, const struct store_obligation *row, int32_t as_of,
                   struct duty *ret_duty);

/* ---- reader.c ---- */

/* Purpose: a connection that reads the record as of now, for reader_give. *ret_reader NULL before; it may be set
 * also when this fails. Shape: one that is taken late (app_query.h) is given back in the same turn.
 * Errors: STATUS_LIMIT when too many are out. */
MUST_CHECK enum status reader_take(struct app *app, struct store **ret_reader);
void reader_give(struct app *app, struct store *reader);
/* Purpose: what readers see is not the latest any more, since a transaction begins; or one that is kept must let go. */
void reader_disturb(struct app *app);
/* Purpose: close those that are kept but for some, and have these give back memory. */
void reader_keep(struct app *app, size_t count);

/* ---- law.c: other rules to ask under ---- */

/* Purpose: a rule set from what is kept of it; *ret_ruleset stays as it is when this program does not read it. */
MUST_CHECK enum status law_read(const struct store_edition *edition, struct ruleset **ret_ruleset);
/* Purpose: let go of every book on the shelf. */
void law_clear(struct app *app);

/* ---- scope.c: which scopes a case lies in ---- */

/* A case as it was derived, and what is asked of it. */
struct scope_subject {
        const struct scopes *scopes;    /* NULL: nothing */
        const struct ruleset *ruleset;
        const struct duties *duties;
};
/* Purpose: the bits of a case; those that an item of it adds ("": none). Owns: work. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status scope_of_case(const struct scope_subject *subject, struct arena *work, uint64_t *ret_bits);
MUST_CHECK enum status scope_of_item(const struct scope_subject *subject, const char *key, struct arena *work,
                                     uint64_t *ret_bits);
/* Purpose: whether bits are kept, or were. */
bool scope_matters(const struct app *app);
/* Purpose: the digest of scopes, "" of none; whether they are those that the record was kept under last. */
const char *scope_digest(const struct scopes *scopes);
bool scope_same(const struct app *app, const struct scopes *scopes);
/* Purpose: in the transaction that puts app->book in force: find the bits of every case anew if they were found by
 * other scopes; note by which, when meta has been written; and remember it once that is durable. */
MUST_CHECK enum status scope_settle(struct app *app, struct moment moment, struct store_meta *meta);
MUST_CHECK enum status scope_note(struct app *app);
void scope_committed(struct app *app);

/* Purpose: what somebody saw, for the log: "[outside a, b; only c]", or "" where nothing was out of their sight. */
void scope_describe(const struct app *app, struct sight sight, char *ret_text, size_t size);
/* Purpose: the next cases by reference that may be in sight: with one scope those that lie in it. */
MUST_CHECK enum status scope_cases(struct store *store, struct sight sight, const char *after,
                                   struct store_case *ret_cases, size_t capacity, size_t *ret_count);

/* ---- refresh.c: the cache of one case ---- */

struct known_marks {
        struct store_mark *list;
        size_t count, capacity;
        struct arena *arena;
};
/* Purpose: add a mark, whose text stays where it is. */
MUST_CHECK enum status known_marks_add(struct known_marks *known, const struct store_mark *mark);

enum refresh_mode {
        REFRESH_LOOK,           /* a new day, new rules: stages reached wait for the sweep */
        REFRESH_RAISE           /* an event, a sweep: they are raised */
};
struct refresh {
        struct app *app;
        struct moment moment;
        enum refresh_mode mode;
        const struct dossier *dossier;
        const struct duties *duties;
        const struct duties *before;    /* as they were without the lines that gave rise to it; NULL: none did */
        uint64_t seq;                   /* the last of those lines, or 0 */
        size_t lines_before;            /* records of the dossier that were there before those lines */
        const struct known_marks *known; /* the marks of the case; NULL: they are asked for where they are wanted */
};
/* Purpose: the lines that gave rise to it, in words: by number, type and day. Owns: work. NULL: no memory. Shape: there
 * is such a line. */
const char *cause_of(const struct refresh *refresh);
/* Purpose: bring rows, tallies and wake of a case in line with its duties, and raise or look. */
MUST_CHECK enum status refresh_case(const struct refresh *refresh);
/* The rows of a case, and which of them were met again. */
struct cached {
        struct store_obligation *list;
        bool *kept;
        size_t count, capacity;
        struct arena *arena;
};
/* Purpose: add a row (context: a struct cached); the place of one with the same key, count if there is none. */
MUST_CHECK enum status cached_take(void *context, const struct store_obligation *row);
size_t cached_find(const struct cached *cached, const struct store_obligation *key);
/* Purpose: remove every row of a case, without a word to anybody. Owns: rows. */
MUST_CHECK enum status refresh_forget(struct app *app, uint64_t case_id);
/* Purpose: whether a row that is kept says what a row derived anew says. */
bool refresh_same_row(const struct store_obligation *kept, const struct store_obligation *derived);
/* Purpose: load, derive and refresh a case by id, and look whether stages of it wait; arenas are reset. */
MUST_CHECK enum status refresh_by_id(struct app *app, struct moment moment, uint64_t case_id);

/* ---- raise.c ---- */

/* Purpose: raise what was reached and not raised; in REFRESH_LOOK only tell whether there is something. */
MUST_CHECK enum status raise_duties(const struct refresh *refresh, bool *ret_waits);
/* Purpose: whether what is announced under one due date counts as announced under another: it is the same date,
 * or the date moved later by paused days alone. */
struct announced_date { int32_t due, nominal; };
bool announced_for(struct announced_date before, struct announced_date now);
/* Purpose: a due date that had been announced moved: old is the row kept before. */
MUST_CHECK enum status raise_moved(const struct refresh *refresh, const struct store_obligation *old);
/* Purpose: a flagged constraint of a recorded line. */
MUST_CHECK enum status raise_constraint(const struct refresh *refresh, const struct constraint *constraint,
                                        int32_t due, uint64_t seq);
/* Purpose: an alert about the service itself, to the role that watches, once per (word, item, repeat, due). */
struct service_alert {
        enum alert_kind kind;
        enum alert_word word;
        const char *about;
        int64_t repeat;
        int32_t due;
        bool urgent;
};
MUST_CHECK enum status raise_service(struct app *app, struct moment moment, const struct service_alert *alert);

/* ---- announce.c: one alert and its routes ---- */

#define ANNOUNCEMENT_ROUTES 97          /* the last place is kept for whoever watches */

/* What keeps a repeat of one stage from those who acknowledged it. */
struct store_ack;
struct hush {
        const struct store_ack *list; size_t count;     /* given for the obligation, whether they hold or not */
        uint32_t stage;
        int64_t repeat;                 /* 0: no repeat, and nothing is kept from anybody */
        int32_t due, today;
};

struct announcement {
        struct app *app;
        struct store_alert alert;
        struct store_mark mark;
        struct store_route routes[ANNOUNCEMENT_ROUTES];
        size_t route_count;
        struct hush hush;               /* of the stage whose `to` is being added */
        const struct store_ack *silenced[ANNOUNCEMENT_ROUTES];  /* what kept it from whom */
        size_t silenced_count;
        bool watch;                     /* the role that watches hears of it, too */
        bool unmarked;                  /* its mark was looked for, and is not there */
};
/* Purpose: one that goes to nobody yet. Its lists, which are long, are left as they are beyond their counts. */
void announcement_begin(struct announcement *announcement, struct app *app);
/* Purpose: add the routes of a stage's `to`; a "$attribute" that names nobody goes to whoever watches. */
void announce_to(struct announcement *announcement, const struct stage *stage, const struct value *state);
/* Purpose: write alert, mark and routes. Nothing if the mark is there. */
MUST_CHECK enum status announce(struct announcement *announcement, bool *ret_raised);

/* ---- raised.c: alerts, marks and routes, written at once or, in a step of a sweep, together ---- */

/* Purpose: hold what is added from now on. Shape: in a transaction; until raised_end nothing else writes alerts, and
 * what is held is not read from the store. Errors: of the store, STATUS_NO_MEMORY. */
MUST_CHECK enum status raised_begin(struct app *app);
/* Purpose: write what is held, if anything is. */
MUST_CHECK enum status raised_write(struct app *app);
/* Purpose: write what is held and hold no more; status not STATUS_OK: forget it, and give that back. */
MUST_CHECK enum status raised_end(struct app *app, enum status status);
/* Purpose: add an alert and give its number; a mark; a route. Owns: texts are copied. */
MUST_CHECK enum status raised_alert(struct app *app, const struct store_alert *alert, uint64_t *ret_id);
MUST_CHECK enum status raised_mark(struct app *app, const struct store_mark *mark);
MUST_CHECK enum status raised_route(struct app *app, const struct store_routing *routing);

/* ---- raise_step.c ---- */

#define RAISE_STEP_CASES 2000           /* some 10 ms: each step waits for the disk */
/* Purpose: raise what waits of the next cases after raising->after, RAISE_STEP_CASES at most, in the transaction in
 * hand; *raising says which they were. *ret_more: there may be others. */
MUST_CHECK enum status raise_step(struct app *app, struct moment moment, struct store_raising *raising,
                                  bool *ret_more);

/* ---- gaps.c ---- */

/* Purpose: raise that a role or agency to whom a rule may lead means nobody today, unless a letter is about to find
 * out. */
MUST_CHECK enum status gaps_raise(struct app *app, struct moment moment);

/* ---- heartbeat.c ---- */

/* Purpose: a case is about to change in what may stand of it: its open obligations, its marks, what waits on routes of
 * its alerts, its acknowledgements. Shape: before the first of these is written, in the transaction in hand, which may
 * yet be undone; 0 is none. Errors: of reading and of memory, after which nothing more may be written in that
 * transaction. Cost: while something is gathered a look at the case, else nothing. */
MUST_CHECK enum status heartbeat_leave(struct app *app, uint64_t case_id);
/* Purpose: how far it is. */
struct app_gathering heartbeat_now(const struct app *app);
/* Purpose: forget what was gathered. */
void heartbeat_drop(struct app *app);

/* ---- queue.c ---- */

/* Purpose: how far the import in pieces is that is under way. */
struct app_importing import_now(const struct app *app, struct moment moment);

/* ---- deliver.c ---- */

/* Purpose: write messages for what is pending: one per mailbox. */
struct delivery { struct moment moment; enum store_pending pending; bool heartbeat; };
MUST_CHECK enum status deliver(struct app *app, const struct delivery *delivery, uint64_t *ret_messages);
/* Purpose: whether it is a quiet time, in which only breaches are told; whether there is ever one. */
bool quiet_ever(const struct app *app);
bool quiet_at(const struct app *app, struct moment moment);
/* Purpose: whether what is urgent waits for batches that are to follow (app_batch_more). */
bool speaks_later(const struct app *app, struct moment moment);

/* ---- outbox.c ---- */

MUST_CHECK enum status outbox_apply(struct app *app, struct moment moment);

/* ---- outbox_list.c, alerts.c: rows for those outside ---- */

/* Purpose: a message as it is listed. Texts are those of the row. */
struct app_outbox_row outbox_row(const struct store_message *row);
/* Purpose: one alert with its acknowledgements. */
MUST_CHECK enum status alert_give(struct app *app, uint64_t id, app_alert_fn sink, void *context);

/* ---- access.c ---- */

/* Purpose: write the lines that wait, in the transaction in hand, or in one of their own. */
MUST_CHECK enum status access_apply(struct app *app);
MUST_CHECK enum status access_alone(struct app *app, struct moment moment);
/* Purpose: set them aside, since whoever is told something may ask again and belongs to the next flush; tell them. */
void access_take(struct app *app);
void access_tell(struct app *app, enum status status);
/* Purpose: log, in the transaction in hand, that a message has left, or may have: a line for each case it tells of. */
struct sent_message { uint64_t id; const char *recipient, *message_id; bool ambiguous; };
MUST_CHECK enum status access_message(struct app *app, struct moment moment, const struct sent_message *message);

/* ---- sync.c: what is committed and may not be on the disk yet ---- */

/* Purpose: a line of the log of accesses was written and is to be on the disk soon. */
void sync_later(struct app *app, struct moment moment);
/* Purpose: note whether a sync has failed in what the store just did. */
void sync_doubt(struct app *app);
/* Purpose: after a sync that failed, make all that is committed durable before anything else is promised. */
MUST_CHECK enum status sync_recover(struct app *app);
/* Purpose: have all that is committed on the disk, the lines of the log of accesses too. Cost: a sync, where there is
 * anything to sync. */
MUST_CHECK enum status sync_all(struct app *app);

/* ---- erase.c ---- */

/* Purpose: have what was erased out of the files, if that is still to be done and nobody reads an older view. */
MUST_CHECK enum status erase_scrub(struct app *app);

/* ---- advance.c ---- */

/* Purpose: note the start if there was no room for that when it was. Errors: STATUS_DISK_FULL while there is none. */
MUST_CHECK enum status app_note_start(struct app *app, struct moment moment);
/* Purpose: bring every case up to the day, to the end. */
MUST_CHECK enum status advance_all(struct app *app, struct moment moment);
/* Purpose: keep how many lines the rules cannot read, as app->unknown was counted by a walk over all cases: only other
 * rules make a line unreadable, or readable again. */
void advance_keep_unknown(struct app *app);
/* Purpose: derive every case anew in the transaction in hand. */
MUST_CHECK enum status advance_rebuild(struct app *app, struct moment moment);

/* ---- sweep.c ---- */

/* Purpose: whether holidays are published for less than 12 months from a day on. */
bool calendar_short(const struct app *app, int32_t today);

/* Purpose: whether a sweep has raised something and not all that it will: what is urgent is told by its step that does,
 * and other rules wait for that. While what stands is gathered nobody waits. */
bool sweep_raises(const struct app *app);
/* Purpose: forget the sweep in hand, which begins anew if its hour has come; the same if the clock was set back before
 * that hour, since then nobody goes on with it, and what is urgent of it waits no longer. */
void sweep_forget(struct app *app);
/* Purpose: other rules are in force: the sweep in hand looks again for what is to be raised before it tells anybody
 * what stands. */
void sweep_raise_again(struct app *app);
void sweep_look_back(struct app *app, struct moment moment);
/* Purpose: remember the day of the last sweep that was done. */
MUST_CHECK enum status sweep_recall(struct app *app);

/* ---- explain.c ---- */

/* Purpose: say that no rule is called so, and which one was probably meant. Owns: work. Errors: STATUS_INVALID, which
 * is what is wanted; STATUS_NO_MEMORY. */
enum status refuse_rule(struct app *app, const struct ruleset *ruleset, const char *id,
                        struct wire_problem *problem);

/* ---- comparing.c: what other rules do to cases ---- */

struct comparing_sides {
        const struct lexicon *before, *after;
        const struct contacts *contacts_before, *contacts_after;        /* NULL: none */
};
struct comparing {
        struct comparing_sides sides;
        int32_t as_of;
        struct arena whole;             /* what follows */
        struct amendments amendments;
        struct readdressed_list readdressed;
        struct difference_tally tally;
        char seal_before[65], seal_after[65];
};
/* Purpose: compare the rules themselves and be ready for cases. Owns: comparing_end, also after a failure. */
MUST_CHECK enum status comparing_begin(struct comparing *comparing, const struct comparing_sides *sides, int32_t as_of);
void comparing_end(struct comparing *comparing);
/* Purpose: derive a case under both and count, and give to sink, what differs. Shape: work and rows are reset. */
struct comparing_place { struct store *store; struct arena *work, *rows; };
MUST_CHECK enum status comparing_case(struct comparing *comparing, const struct comparing_place *place,
                                      const struct store_case *casefile, const struct difference_sink *sink);

/* ---- change.c: other rules in the place of those in force ---- */

/* A change in hand. */
struct amending {
        struct comparing comparing;
        bool known;                     /* the rules before are known: comparing is of use */
};
/* Purpose: whether rules and contacts are those that were in force last. */
bool change_none(const struct app *app);
/* Purpose: of rules found at the start, put in force those of app->book: keep them, derive every case anew if they
 * are others than before, record the change and its effect in the ledger and in meta. */
MUST_CHECK enum status change_at_start(struct app *app, struct moment moment, struct store_meta *meta);
/* Purpose: count what the change does to a case. Owns: work and rows are reset. */
MUST_CHECK enum status change_compare(struct app *app, struct amending *change, uint64_t case_id);
/* Purpose: note in meta that a book is in force, and in the ledger that it is; keep its texts. */
MUST_CHECK enum status change_note(struct app *app, struct moment moment, struct book *book,
                                   const struct amending *change, struct store_meta *meta);
/* Purpose: why the due date of an obligation of a rule moved within a span of days. Owns: work. */
struct change_question { const char *rule; int32_t first, last; };
const char *change_reason(struct app *app, const struct change_question *question);

/* Purpose: the rules of a digest as they were kept; NULL if they were not, or this program reads them no more. */
MUST_CHECK enum status change_kept_rules(struct store *store, const char *digest, struct ruleset **ret_ruleset);

/* ---- record.c ---- */

/* Purpose: run one batch, inside a savepoint where it may be undone; what it says is kept in the batch until told. */
struct app_batch;
MUST_CHECK enum status record_batch(struct app *app, struct app_batch *batch, struct moment moment);

#endif
