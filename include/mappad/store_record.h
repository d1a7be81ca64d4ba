/*
 * store_record - the record: cases and the lines recorded of them.
 *
 * Lines are numbered 1, 2, 3 ... over the whole database, never changed, never
 * removed (triggers refuse both), and chained: the hash of a line is the SHA-256
 * of the hash before it and of the line in a canonical text form, so that no
 * line can be altered, dropped, added or moved unnoticed.
 */
#ifndef MAPPAD_STORE_RECORD_H
#define MAPPAD_STORE_RECORD_H

#include "mappad/store.h"

/* Purpose: the id of a case, made if new and make is asked; 0 if there is none. */
MUST_CHECK enum status store_case_id(struct store *store, const char *ref, bool make, uint64_t *ret_id);

/* A case: its id and reference. */
struct store_case {
        uint64_t id;
        char ref[33];
        uint64_t scope;                 /* a bit for each scope that it lies in (sight.h) */
};
/* What the type of an erased line is: no word of a vocabulary. */
#define STORE_ERASED_WORD "(erased)"
/* Purpose: up to capacity cases, erased ones left out, with references (byte order) after one ("": from the start), the
 * same by id after one; the case of an id (*ret_found), erased or not. */
MUST_CHECK enum status store_cases_by_ref(struct store *store, const char *after, struct store_case *ret_cases,
                                          size_t capacity, size_t *ret_count);
/* Purpose: the same by reference of those that lie in one scope, given by its bit. Cost: theirs alone. */
MUST_CHECK enum status store_cases_within(struct store *store, uint64_t bit, const char *after,
                                          struct store_case *ret_cases, size_t capacity, size_t *ret_count);
MUST_CHECK enum status store_cases_by_id(struct store *store, uint64_t after, struct store_case *ret_cases,
                                         size_t capacity, size_t *ret_count);
MUST_CHECK enum status store_case_get(struct store *store, uint64_t id, struct store_case *ret_case, bool *ret_found);
/* Purpose: the case of a reference; its id is 0 when there is none. */
MUST_CHECK enum status store_case_find(struct store *store, const char *ref, struct store_case *ret_case);
/* Purpose: how many cases there are; the highest id, which is more where some were erased. Cost: two probes. */
MUST_CHECK enum status store_case_count(struct store *store, uint64_t *ret_count);
MUST_CHECK enum status store_case_last(struct store *store, uint64_t *ret_id);
/* Purpose: whether a case was erased: what is left of it is found by its id alone. */
bool store_case_erased(const struct store_case *casefile);

/* Purpose: the number of a person, made if new. Shape: in a transaction. */
MUST_CHECK enum status store_person(struct store *store, uint32_t uid, const char *name, uint32_t *ret_person);
/* Purpose: who that is. Texts live until the next call. */
MUST_CHECK enum status store_person_get(struct store *store, uint32_t person, uint32_t *ret_uid, const char **ret_name);

/* ---- fields of an event, packed ---- */

enum store_kind { STORE_WORD, STORE_WORDS, STORE_DAY, STORE_TOKEN };

struct store_field {
        uint32_t name;                  /* word */
        enum store_kind kind;
        uint32_t words[64]; size_t word_count;  /* WORD: one */
        int32_t day;
        char token[33];
};
#define STORE_FIELD_PACKED_MAX 400      /* header 6 + 63 words of 6 bytes, the longest field */

/* Purpose: append a packed field at bytes, which has STORE_FIELD_PACKED_MAX of room; gives the length. */
size_t store_field_pack(const struct store_field *field, uint8_t *bytes);
/* Purpose: unpack the field at bytes. Gives the length, or 0 when the bytes are not what was packed. */
size_t store_field_unpack(const uint8_t *bytes, size_t length, struct store_field *ret_field);

/* ---- lines ---- */

#define STORE_CLIENT_SIZE 65            /* of a client's id, with its end */

struct store_line {
        uint64_t case_id;
        uint64_t seq;
        uint32_t type;                  /* word; 0: a retraction */
        int32_t on;                     /* CIVIL_NONE: a retraction */
        const char *item;               /* or NULL */
        const uint8_t *fields; size_t fields_size;
        uint64_t refers;                /* 0: nothing */
        int64_t recorded_ms;
        /* the rest is filled by store_lines_full only */
        uint32_t person;
        bool forced;
        const char *client;             /* or NULL */
        const char *why;                /* or NULL */
        const uint8_t *hash;            /* STORE_HASH_SIZE bytes; ignored when recording */
};

/* Purpose: the number that the next line gets; the hash of the last one. */
uint64_t store_next_seq(const struct store *store);
void store_chain_head(const struct store *store, char ret_hex[static 65]);
/* Purpose: record a line under store_next_seq. Shape: in a transaction; ref is that of case_id, uid and user of person.
 * Errors: STATUS_INVALID when the client's id is taken. */
struct store_origin { const char *ref; uint32_t uid; const char *user; };
MUST_CHECK enum status store_line_add(struct store *store, const struct store_line *line,
                                      const struct store_origin *origin);
/* Purpose: record lines one after another, as store_line_add does. Shape: as many origins. Cost: a quarter less for
 * each of 32 than by itself. */
MUST_CHECK enum status store_lines_add(struct store *store, const struct store_line *lines,
                                       const struct store_origin *origins, size_t count);

/* Purpose: walk lines. Shape: one walk of a kind at a time; the row lives until the next step; end it
 * always. What a walk gives: of one case by number. */
MUST_CHECK enum status store_walk_case(struct store *store, uint64_t case_id, bool full);
/* Purpose: the same of the whole record by number, after one; full. */
MUST_CHECK enum status store_walk_lines(struct store *store, uint64_t after);
/* Purpose: the same of the cases that wait for a sweep with ids after one up to another, case by case. What waits is
 * not written meanwhile. */
MUST_CHECK enum status store_walk_raising(struct store *store, uint64_t after, uint64_t last);
enum store_walk { STORE_WALK_CASE, STORE_WALK_FULL, STORE_WALK_LINES, STORE_WALK_RAISING };
MUST_CHECK enum status store_walk_next(struct store *store, enum store_walk walk, struct store_line *ret_line,
                                       bool *ret_row);
void store_walk_end(struct store *store, enum store_walk walk);

/* Purpose: hand over the lines of the cases with ids after one, case by case, each by number, until the sink says
 * false. Shape: not while another such walk of this store goes on; a line lives during the call. Errors: of the store.
 * Cost: three quarters of a walk from row to row. */
typedef bool (*store_line_fn)(void *context, const struct store_line *line);
MUST_CHECK enum status store_lines_each(struct store *store, uint64_t after_case, store_line_fn sink, void *context);

/* Purpose: where a line is: its case by number or by client's id; 0 when there is none. */
MUST_CHECK enum status store_find_seq(struct store *store, uint64_t seq, uint64_t *ret_case_id);
/* Purpose: a stretch of ids of which the record had none when it was looked at, so that whoever asks for many that lie
 * there side by side has one looked up and not each. Shape: all zero: none; in byte order from an id, that included, up
 * to the next of the record, "" if none comes; it holds as long as nothing is recorded. */
struct store_gap { char from[STORE_CLIENT_SIZE], until[STORE_CLIENT_SIZE]; };
MUST_CHECK enum status store_find_client(struct store *store, const char *client, struct store_gap *gap,
                                         uint64_t *ret_case_id, uint64_t *ret_seq);

/* Purpose: by what a line is known: its case (0: there is no such line), its client's id ("": none), its hash. */
struct store_identity { uint64_t case_id; char client[STORE_CLIENT_SIZE]; uint8_t hash[STORE_HASH_SIZE]; };
MUST_CHECK enum status store_identity_get(struct store *store, uint64_t seq, struct store_identity *ret_identity);

#endif
