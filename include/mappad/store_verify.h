/*
 * store_verify - whether what is kept is what was recorded.
 *
 * Reads a database and changes nothing: the chains are computed again from the
 * first line on, every column of every line is looked at, and SQLite is asked
 * whether its pages, indexes, checks and references are sound. What is wrong is
 * named by table and row, never by content.
 */
#ifndef MAPPAD_STORE_VERIFY_H
#define MAPPAD_STORE_VERIFY_H

#include "mappad/store.h"

/* A line of a chain: its number and hash. Number 0: none. */
struct store_head {
        uint64_t seq;
        uint8_t hash[STORE_HASH_SIZE];
};

/* Purpose: the last line of the record as a reader sees it; of none the number is 0 and the hash zeroes. */
MUST_CHECK enum status store_last_line(struct store *store, struct store_head *ret_head);

/* Something that is not as it should be. Texts live during the call of the sink. */
struct store_finding {
        const char *table;
        uint64_t row;                   /* of a chained table: the line's number; 0: about no one row */
        const char *what;               /* a sentence without the row */
};
typedef void (*store_finding_fn)(void *context, const struct store_finding *finding);

/* Purpose: open a file that need not be served by anybody, for reading alone: nothing is written, not even a file
 * beside it unless its log has to be read.
 * Errors: a sentence in ret_problem. STATUS_INVALID: not ours, or of a newer program; STATUS_CORRUPT; STATUS_IO. */
MUST_CHECK enum status store_inspect(const char *path, struct store **ret_store,
                                     char ret_problem[static STORE_PROBLEM_SIZE]);
/* Purpose: how many steps of the schema a file has gone; STORE_SCHEMA at most. */
int store_version(const struct store *store);

/* Purpose: a counter as it is written, of a reader. */
MUST_CHECK enum status store_tally_kept(struct store *store, unsigned which, int64_t *ret_amount);

/* ---- chains ---- */

/* What is to be found in the chains: heads noted earlier, seq 0 where there is none; and how much it may keep in
 * memory. */
struct store_verify_known {
        struct store_head events, accesses, seals;
        uint64_t window;                /* lines whose hashes are noted at a time; 0: 1,048,576 */
};

/* What was found so far. */
struct store_verify_result {
        uint64_t erased;                /* lines that are linked alone, since their case was erased */
        uint64_t lines, accesses, seals;        /* looked at */
        struct store_head events_head, accesses_head, seals_head;       /* the last lines, as they are stored */
        bool events_known, accesses_known, seals_known; /* the known head was met: all up to it is as it was then */
        uint64_t findings;
};

struct store_verify;
/* Purpose: begin to check the chains as a reader, or an inspected file, sees them. Owns: the caller frees it before
 * the store. Cost: 33 bytes of memory for each line, at most 33 MiB; two walks through the table of events for each
 * 1,048,576 lines, one through that of accesses and that of seals. */
MUST_CHECK enum status store_verify_new(struct store *store, const struct store_verify_known *known,
                                        store_finding_fn sink, void *context, struct store_verify **ret_verify);
/* Purpose: go on for a number of rows; *ret_more false: all chains have been checked.
 * Errors: STATUS_CORRUPT when rows cannot be read; of the store; STATUS_NO_MEMORY. */
MUST_CHECK enum status store_verify_step(struct store_verify *verify, unsigned rows, bool *ret_more);
const struct store_verify_result *store_verify_result(const struct store_verify *verify);
void store_verify_free(struct store_verify *verify);

/* ---- pages, indexes, references ---- */

struct store_check;
/* Purpose: have SQLite check the whole file, in a thread and over a connection of its own, since that cannot be divided
 * into steps. Shape: the store stays open until store_check_free. Errors: STATUS_NO_MEMORY, STATUS_IO. */
MUST_CHECK enum status store_check_start(struct store *store, struct store_check **ret_check);
/* Purpose: whether it is done; give what it found, once it is. */
bool store_check_done(const struct store_check *check);
MUST_CHECK enum status store_check_tell(struct store_check *check, store_finding_fn sink, void *context);
/* Purpose: wait until it is done; break it off and release it. NULL is nothing. */
void store_check_wait(struct store_check *check);
void store_check_free(struct store_check *check);

#endif
