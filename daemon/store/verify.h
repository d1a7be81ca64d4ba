/*
 * verify - what the two files that check chains share. Private to daemon/store.
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

        int64_t counted_accesses;       /* lines of accesses that there should be, -1: not known */
        struct store_head access;       /* the last one that was looked at */
        bool access_walking, access_gap, access_misfit;
        uint8_t access_ought[STORE_HASH_SIZE];  /* the hash that it ought to have */
};

/* Purpose: say what is wrong. */
void verify_find(struct store_verify *verify, const char *table, uint64_t row, const char *what);
/* Purpose: what is wrong with a text beside what its hash covers, or NULL. */
const char *verify_text_problem(const struct query *query, int column);
/* Purpose: whether a line is the one that was noted. */
bool verify_head_met(const struct store_head *known, uint64_t seq, const uint8_t *hash);

/* access_verify.c */
MUST_CHECK enum status access_verify_step(struct store_verify *verify, unsigned rows, bool *ret_more);

#endif
