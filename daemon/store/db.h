/*
 * db - the inside of the room: the connection, its statements, and the small
 * helpers through which every statement is bound, stepped and read.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>

#include "mappad/civil.h"
#include "mappad/store.h"
#include "sql.h"

#define STORE_NO_DAY (CIVIL_MAX + 1)    /* "none" in columns that take part in a key or an order */

#define STORE_LISTS 6                   /* states that lists are kept of */

struct each;

/* The dictionary: texts by number, and numbers by a hash of the text. */
struct words {
        char **texts;                   /* texts[id]; texts[0] is NULL */
        uint32_t count;                 /* highest id */
        uint32_t capacity;
        uint32_t *slots;                /* open addressing; 0: empty */
        uint32_t slot_count;            /* a power of two, or 0 */
};

/* How many messages wait: counted when first asked for, and kept from then on. */
struct waiting {
        bool known;
        uint64_t messages, ambiguous;
};

/* What moves with the rows of a transaction and must go back with them. */
struct tail {
        uint64_t next_seq;
        uint8_t head[STORE_HASH_SIZE];
        uint64_t next_access;           /* the same of the log of accesses */
        uint8_t access_head[STORE_HASH_SIZE];
        uint64_t next_seal;             /* and of the sealed reports */
        uint8_t seal_head[STORE_HASH_SIZE];
        int64_t tally[STORE_TALLIES];
        struct waiting waiting;
        bool raising;                   /* a case may wait for a sweep; false: none does */
        uint32_t word_count;
};

/* A person as they were looked for. Most lines of the log are of whoever was there before. */
struct person_met {
        uint32_t id, uid;
        char name[64];
};

/* From the beginning, from a place on, or from a place on in one scope. */
enum list_kind { LIST_ALL, LIST_FROM, LIST_WITHIN };

struct store {
        sqlite3 *db;
        sqlite3_stmt *statements[SQL_COUNT];
        enum list_kind list_kind[STORE_LISTS];  /* how the list of a state began */
        struct store *writer;           /* of a reader: whose words it uses; else NULL */
        struct words words;
        struct tail tail;
        struct tail committed;          /* as of the beginning of the transaction */
        struct tail saved;              /* as of the savepoint */
        void *digest, *digest_kind;     /* libcrypto's context, made when first needed */
        int version;                    /* steps of the schema that the file has gone */
        bool inspected;                 /* opened by store_inspect: nothing is written */
        bool unmoving;                  /* nobody writes to the file, and it has no log */
        bool lightly;                   /* commits do not wait for the disk */
        struct each *each;              /* lines that are being handed over, or NULL */
        int log_pages;                  /* in the write-ahead log after the last commit */
        bool doubted;                   /* a sync of it failed: what of it is on the disk is not known */
        bool log_stays;                 /* there was no room to copy it back when the file was opened */
        int log_limit;                  /* pages at which it is copied back; 0: nothing was committed yet */
        int log_kept;                   /* pages that its file keeps, however short it is; 0: not known yet */
        sqlite3_int64 aside;            /* rows that were changed and that store_written leaves out */
        struct checkpoint *checkpoint;  /* who copies it back; NULL: the writer itself */
        char *path;
        char person[256];               /* name that store_person_get gave last */
        struct person_met met;          /* whom store_person gave last; id 0: nobody */
        int lock;                       /* descriptor of the lock file, or -1 */
        char problem[STORE_PROBLEM_SIZE];
};

/* A statement being bound or walked. Errors while binding appear at the first step. */
struct query {
        struct store *store;
        sqlite3_stmt *stmt;
        int index;
        int rc;
};

struct query query_begin(struct store *store, enum sql sql);
void query_int(struct query *query, int64_t value);
void query_text(struct query *query, const char *text);                 /* NULL: null */
void query_blob(struct query *query, const void *bytes, size_t size);   /* NULL: null */
void query_day(struct query *query, int32_t day);                       /* CIVIL_NONE: null */
void query_key_day(struct query *query, int32_t day);                   /* CIVIL_NONE: STORE_NO_DAY */
void query_id(struct query *query, uint64_t id);                        /* 0: null */
/* Purpose: one row, or none. After an error or the last row the query has ended. */
MUST_CHECK enum status query_step(struct query *query, bool *ret_row);
/* Purpose: the number, or the day, that a question has as its one answer, and its end; without a row, or with a null in
 * it: what stands for that, for a day CIVIL_NONE. */
MUST_CHECK enum status query_one_number(struct query *query, int64_t without, int64_t *ret_number);
MUST_CHECK enum status query_one_day(struct query *query, int32_t *ret_day);
/* Purpose: run to the end and end; rows are not expected. */
MUST_CHECK enum status query_run(struct query *query);
/* Purpose: the same of a line of the log of accesses and of the number of these: what store_written leaves out. */
MUST_CHECK enum status query_run_aside(struct query *query);
/* Purpose: one row at most: *ret_row tells; the caller ends the query. */
void query_end(struct query *query);

int64_t column_int(const struct query *query, int column);
uint64_t column_id(const struct query *query, int column);              /* null: 0 */
const char *column_text(const struct query *query, int column);         /* null: NULL */
int32_t column_day(const struct query *query, int column);              /* null, out of range: CIVIL_NONE */
int32_t column_known_day(const struct query *query, int column);        /* never null; out of range: CIVIL_NONE */
int32_t column_key_day(const struct query *query, int column);
void column_copy(const struct query *query, int column, char *ret_text, size_t size);

/* Purpose: note a failed call and say which kind of trouble it is. */
enum status store_failed(struct store *store, int rc, const char *what);

/* Purpose: note how a call has ended: an error of the disk that it was told of may be of what was committed. */
void store_note_doubt(struct store *store, int rc);

/* Purpose: prepare what ends a transaction while there is memory for it, so that going back never fails. */
MUST_CHECK enum status transaction_prepare(struct store *store);

/* each.c: the function that SQL_LINES_EACH calls, on a connection just made. */
MUST_CHECK enum status each_register(struct store *store);

/* words.c */
MUST_CHECK enum status words_load(struct store *store);
void words_truncate(struct words *words, uint32_t count);
void words_free(struct words *words);

/* cache.c: whether a case waits for a sweep. */
MUST_CHECK enum status raising_load(struct store *store);

/* query.c: write rows, STORE_TOGETHER by a statement as long as there are as many, the others one by one; bind binds
 * the values of the row at a place. */
typedef void (*row_bind_fn)(struct query *query, const void *rows, size_t at);
struct rows_sql { enum sql one, together; };
MUST_CHECK enum status rows_add(struct store *store, const struct rows_sql *sql, size_t count, row_bind_fn bind,
                                const void *rows);

/* alert.c: stage, repeat, due, nominal and alert of a mark, from a column on. */
struct store_mark;
void mark_read(const struct query *query, int column, struct store_mark *ret_mark);

/* schema is brought up to date by store.c; chain.c computes hashes */
struct store_line;
struct store_origin;
MUST_CHECK enum status chain_hash(struct store *store, const uint8_t before[static STORE_HASH_SIZE],
                                  const struct store_line *line, const struct store_origin *origin,
                                  uint8_t ret_hash[static STORE_HASH_SIZE]);
MUST_CHECK enum status chain_load(struct store *store);

/* Which rows of the tally are the store's own: how many lines each chain has, so that a last one that is gone shows. */
enum { TALLY_LINES = 100, TALLY_ACCESSES = 101, TALLY_SEALS = 102 };

/* store.c: opening a file for reading, by its path as a URI. */
MUST_CHECK enum status store_connect_reader(struct store *store, const struct store *of);

#endif
