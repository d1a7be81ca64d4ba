/*
 * store - the database: rows in, rows out, nothing of their meaning.
 *
 * SQLite in WAL mode, one writing connection and any number of reading ones
 * with a snapshot each. Texts that recur (types, fields, values, rules, stages)
 * are words: small numbers of a dictionary that only grows. Days are kept as
 * day numbers (civil.h), instants as milliseconds since 1970 UTC. Tables come
 * in more doors: store_record.h (the record, append-only and chained), store_access.h (who
 * read it, likewise),
 * store_cache.h (what is derived from it), store_alert.h (alerts, outbox, ledgers),
 * store_change.h (what was in force when, and as it stood), store_seal.h (reports that were sealed, chained as well).
 */
#ifndef MAPPAD_STORE_H
#define MAPPAD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/status.h"

#define STORE_SCHEMA 11                 /* version that this program writes */
#define STORE_HASH_SIZE 32
#define STORE_PROBLEM_SIZE 512
#define STORE_TALLIES 16                /* counters kept in step with the rows; their meaning is the caller's */

struct store;

/* Purpose: open (or create) a database file for writing, alone: a second opener is refused.
 * Errors: a sentence in ret_problem. STATUS_INVALID: a newer schema, or no database of ours;
 * STATUS_CORRUPT; STATUS_IO, also when another process has it; STATUS_DISK_FULL; STATUS_NO_MEMORY. */
MUST_CHECK enum status store_open(const char *path, struct store **ret_store,
                                  char ret_problem[static STORE_PROBLEM_SIZE]);
/* Purpose: close; a transaction in hand is rolled back. NULL is nothing. */
void store_close(struct store *store);

/* Purpose: a reading connection with a snapshot of what is committed now. Shape: closed before its
 * writer. Cost: opening a file and reading the schema. */
MUST_CHECK enum status store_reader_open(struct store *writer, struct store **ret_reader);
/* Purpose: let go of the snapshot, and take a new one; so a reader can be kept. */
MUST_CHECK enum status store_reader_begin(struct store *reader);
void store_reader_end(struct store *reader);
/* Purpose: whether the write-ahead log is about to be copied back and begun anew: a snapshot that is held prevents it,
 * and each commit tries again. Cost: nothing. */
bool store_log_full(const struct store *store);
/* Purpose: how many times as long as that it is; 3 is 48 MB on a disk with room, 8 two thirds of what a small one has.
 * It is written faster than it is copied back, or a snapshot is held. Cost: nothing. */
int store_log_times(const struct store *store);
/* Purpose: whether who would write should wait, since the log is that long and is being copied back; what waits for no
 * disk may go on. Looks for at most two milliseconds; after five seconds of looks it waits to the end, so that a disk
 * that does not answer stops its caller. */
bool store_log_await(struct store *store);
/* Purpose: whether the disk had no room to copy the log back when the file was opened, so that it may hold what was
 * erased (store_scrub). */
bool store_log_stays(const struct store *store);

/* Purpose: from now on have the write-ahead log copied back by a thread, beside the commits of this connection, until
 * it is closed. Without it each 4,000 pages, fewer on a small disk, are copied within a commit. Errors: of opening
 * another connection. */
MUST_CHECK enum status store_checkpoint_aside(struct store *store);

/* Purpose: give back memory that pages of the file take, as far as nobody is using them, and a piece of what the log
 * had grown to. Returns whether there is more of that: some milliseconds of work for each call. */
bool store_rest(struct store *store);

/* Purpose: what went wrong last, for a log line; never NULL. It names tables and codes, never content. */
const char *store_problem(const struct store *store);

/* ---- transactions ---- */

/* Purpose: begin, commit, roll back. A commit that fails has rolled back: nothing of it remains, reads go on.
 * Errors: STATUS_DISK_FULL when there is no room; the next transaction may succeed. */
MUST_CHECK enum status store_begin(struct store *store);
/* Purpose: begin one whose commit does not wait until it is on the disk. It is in the write-ahead log all the same: it
 * outlives this process, and a later one that waits, or store_sync, brings it to the disk. */
MUST_CHECK enum status store_begin_lightly(struct store *store);
MUST_CHECK enum status store_commit(struct store *store);
void store_rollback(struct store *store);
MUST_CHECK enum status store_sync(struct store *store);
/* Purpose: whether a sync of the log has failed, within a commit or by itself, since store_make_sure: of what was
 * committed before it nobody knows whether it is on the disk. */
bool store_doubted(const struct store *store);
/* Purpose: have all that is committed on the disk, whatever became of the log: it is written once more and synced.
 * Until that has succeeded nothing of it is copied into the file. Shape: no transaction is in hand. Errors: of the
 * disk; STATUS_IO also when the log in memory is not what was written, which only a new start mends. Cost: in
 * proportion to the log, and a sync. */
MUST_CHECK enum status store_make_sure(struct store *store);
/* Purpose: whether a transaction is in hand. After an error SQLite may have ended it by itself. */
bool store_in_transaction(const struct store *store);
/* Purpose: one level of savepoint inside a transaction, kept or undone. Counters, chain head and
 * next number are undone with the rows. */
MUST_CHECK enum status store_savepoint(struct store *store);
MUST_CHECK enum status store_release(struct store *store);
MUST_CHECK enum status store_undo(struct store *store);

/* Purpose: a number that stays the same as long as nothing was written but lines of the log of accesses: what was read
 * under it would be read again. Shape: never 0 but in a transaction. What was undone counts as well. Cost: nothing. */
uint64_t store_written(const struct store *store);

/* ---- words ---- */

/* Purpose: the number of a word, made if it is new. Shape: inside a transaction.
 * Errors: of the store. Words interned in a transaction that is undone are forgotten with it. */
MUST_CHECK enum status store_intern(struct store *store, const char *text, uint32_t *ret_word);
/* Purpose: the number of a word, or 0. Cost: a hash probe. */
uint32_t store_word(const struct store *store, const char *text);
/* Purpose: the text of a word; "" for a number that is none. Lives as long as the store. */
const char *store_text(const struct store *store, uint32_t word);
/* Purpose: highest word number. */
uint32_t store_word_count(const struct store *store);

/* ---- the one row about everything ---- */

struct store_meta {
        int64_t created_ms;
        bool test_clock;
        int32_t as_of;                  /* day up to which the cache was brought; CIVIL_NONE: never */
        char rules_digest[65];          /* under which it was derived; "" never */
        char contacts_digest[65];
        int64_t seen_ms;                /* last moment known to be watched */
        bool orderly;                   /* the service ended by itself after seen_ms */
};
/* Purpose: read it; *ret_found false in a new database. Write it (inside a transaction). */
MUST_CHECK enum status store_meta_get(struct store *store, struct store_meta *ret_meta, bool *ret_found);
MUST_CHECK enum status store_meta_put(struct store *store, const struct store_meta *meta);

/* Purpose: the digest of the scopes by which the bits of cases were found ("" without any), and writing it (inside a
 * transaction, when meta has been written). */
MUST_CHECK enum status store_scopes_get(struct store *store, char ret_digest[static 65]);
MUST_CHECK enum status store_scopes_put(struct store *store, const char *digest);

/* Purpose: a counter, and adding to it; written with the commit. Shape: which < STORE_TALLIES. */
int64_t store_tally(const struct store *store, unsigned which);
void store_tally_add(struct store *store, unsigned which, int64_t count);

/* Purpose: bytes of the database file and its log. */
int64_t store_bytes(struct store *store);

/* Purpose: give every statement that this room ever runs and each line of its query plan. For the test
 * that none of them walks through a large table. */
typedef void (*store_plan_fn)(void *context, const char *sql, const char *detail);
MUST_CHECK enum status store_plans(struct store *store, store_plan_fn sink, void *context);

#endif
