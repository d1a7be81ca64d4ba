/*
 * verify - what the files that check chains share. Private to daemon/store.
 */
#ifndef STORE_VERIFY_ROOM_H
#define STORE_VERIFY_ROOM_H

#include "db.h"
#include "mappad/store_record.h"
#include "mappad/store_verify.h"

#define VERIFY_MISFITS_MAX 128  /* lines that do not fit and are settled exactly; more are named as they come */

struct verify_person {
        int64_t id, uid;
        char *name;
};

struct verify_misfit {
        uint64_t seq;
        uint8_t hash[STORE_HASH_SIZE];  /* as it ought to be */
};

/* A chain whose lines lie in the order of their numbers, so that one walk is enough. */
struct verify_chain {
        const char *table;
        enum sql walk;                  /* all of its lines, by number */
        int64_t counted;                /* lines that there should be, -1: not known */
        struct store_head last;         /* the last one that was looked at */
        bool walking, gap, misfit;
        uint8_t ought[STORE_HASH_SIZE]; /* the hash that the last one ought to have */
};

struct store_verify {
        struct store *store;
        struct store_verify_known known;
        store_finding_fn sink;
        void *context;
        struct store_verify_result result;

        struct verify_person *people;
        size_t person_count;

        uint64_t last;                  /* lines that there should be */
        uint64_t base, size, windows;   /* of the window in hand; those done */
        uint8_t *hashes, *there;        /* by number in the window */
        uint8_t edge[STORE_HASH_SIZE];  /* the hash before the window */
        bool edge_there;
        bool walking, noted;
        struct verify_misfit misfits[VERIFY_MISFITS_MAX];
        size_t misfit_count;

        uint64_t case_id, cases;        /* in hand; seen */
        bool case_seen, cases_done;
        char ref[33];

        struct verify_chain accesses, seals;
        bool accesses_done;

        struct store_head erasure;      /* the last one that was looked at */
        bool erasures_done;
        uint64_t *covered;              /* ids of cases whose erasure is sound, in order */
        size_t covered_count, covered_capacity;
        bool case_covered;              /* the case in hand is one of them */
        uint32_t erased;                /* the type of an erased line; 0: there is none */
};

/* Purpose: say what is wrong. */
void verify_find(struct store_verify *verify, const char *table, uint64_t row, const char *what);
/* Purpose: what is wrong with a text beside what its hash covers, or NULL. */
const char *verify_text_problem(const struct query *query, int column);

/* ---- chain_verify.c: chains that lie in order ---- */

/* Purpose: whether a line is the one that was noted. */
bool verify_head_met(const struct store_head *known, uint64_t seq, const uint8_t *hash);
/* Purpose: look at some more lines of a chain; look is called for each. *ret_more false: that was the last, and what is
 * missing at the end has been found. */
typedef enum status (*verify_look_fn)(struct store_verify *verify, const struct query *query);
MUST_CHECK enum status verify_chain_walk(struct store_verify *verify, struct verify_chain *chain, unsigned rows,
                                         verify_look_fn look, bool *ret_more);
/* Purpose: fit a line to those before it, and find what is missing between or does not fit. A line after one whose own
 * hash was altered is also tried after what that ought to be. */
typedef enum status (*verify_hash_fn)(struct store *store, const uint8_t before[static STORE_HASH_SIZE],
                                      const void *line, uint8_t ret_hash[static STORE_HASH_SIZE]);
struct verify_link {
        int64_t seq;
        const uint8_t *hash;            /* as it is stored; NULL: it is none */
        const void *line;
        verify_hash_fn hash_after;
};
MUST_CHECK enum status verify_chain_fit(struct store_verify *verify, struct verify_chain *chain,
                                        const struct verify_link *link);
/* Purpose: the hash of a chained row in a column; NULL: it is none. */
const uint8_t *verify_hash_of(const struct query *query, int column);

/* erase_verify.c: check some more erasures, until erasures_done; whether a case has one that is sound; whether nothing
 * is left of a line but what an erasure leaves. */
MUST_CHECK enum status erasures_verify_step(struct store_verify *verify);
bool erasure_covers(const struct store_verify *verify, uint64_t case_id);
bool line_is_erased(const struct store_verify *verify, const struct store_line *line);

/* access_verify.c, seal_verify.c */
MUST_CHECK enum status access_verify_step(struct store_verify *verify, unsigned rows, bool *ret_more);
MUST_CHECK enum status seal_verify_step(struct store_verify *verify, unsigned rows, bool *ret_more);

#endif
