/*
 * erase - takes the content of a case out of every table (store_erase.h).
 *
 * What will be left is hashed first, then the erasure is written, which opens
 * the guards of the tables for this one case; only then is anything changed.
 */
#include "erase.h"

#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "mappad/ensure.h"

enum status store_erase_look(struct store *store, uint64_t case_id, struct store_erase_view *ret_view)
{
        struct erased_lines lines;
        struct query query;
        bool row = false;
        enum status status = erased_digest(store, case_id, &lines);

        if (status != STATUS_OK)
                return status;
        query = query_begin(store, SQL_ERASE_COUNTS);
        query_int(&query, (int64_t)case_id);
        status = query_step(&query, &row);
        if (status != STATUS_OK || !row)
                return status == STATUS_OK ? STATUS_CORRUPT : status;
        *ret_view = (struct store_erase_view){.lines = lines.lines,
                                              .first = lines.first,
                                              .last = lines.last,
                                              .first_ms = lines.first_ms,
                                              .last_ms = lines.last_ms,
                                              .alerts = column_id(&query, 0),
                                              .acks = column_id(&query, 1),
                                              .messages = column_id(&query, 2),
                                              .dates = column_id(&query, 3),
                                              .accesses = column_id(&query, 4),
                                              .waiting = column_id(&query, 5)};
        memcpy(ret_view->digest, lines.digest, STORE_HASH_SIZE);
        query_end(&query);
        return STATUS_OK;
}

/* ---- the reference in the log of accesses ---- */

static bool is_of_reference(char character)
{
        return (character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9') || character == '-';
}

/* Where a reference stands as a whole word in a stretch of text, from a place on; NULL: nowhere. */
struct stretch {
        const char *text;
        size_t length;
};

static bool is_hex(char character)
{
        return character != '\0' && strchr("0123456789ABCDEFabcdef", character) != NULL;
}

/* Whether a word begins at a place: questions are logged as they came, where what stands before it may be "%2C". */
static bool begins_word(const struct stretch *stretch, const char *at)
{
        if (at == stretch->text || !is_of_reference(at[-1]))
                return true;
        return at - stretch->text >= 3 && at[-3] == '%' && is_hex(at[-2]) && is_hex(at[-1]);
}

static const char *find_reference(const struct stretch *stretch, const char *from, const char *ref)
{
        const char *end = stretch->text + stretch->length;
        size_t size = strlen(ref);

        for (const char *at = from; (size_t)(end - at) >= size; at++)
                if (memcmp(at, ref, size) == 0 && begins_word(stretch, at) &&
                    (at + size == end || !is_of_reference(at[size])))
                        return at;
        return NULL;
}

bool store_names_case(const char *text, size_t length, const char *ref)
{
        return find_reference(&(struct stretch){text, length}, text, ref) != NULL;
}

/* A copy of a text with another word in the place of a reference; NULL, and *ret_failed, when memory ran out. Owns: the
 * caller frees it. */
static char *put_in_place(const char *text, const char *ref, const char *word, bool *ret_failed)
{
        size_t size = strlen(ref), length = strlen(word), used = 0;
        char *copy;

        if (text == NULL)
                return NULL;
        copy = malloc((strlen(text) / size + 1) * length + strlen(text) + 1);
        *ret_failed = *ret_failed || copy == NULL;
        if (copy == NULL)
                return NULL;
        const struct stretch whole = {text, strlen(text)};
        const char *from = text;
        for (const char *at = find_reference(&whole, text, ref); at != NULL; at = find_reference(&whole, from, ref)) {
                memcpy(copy + used, from, (size_t)(at - from));
                used += (size_t)(at - from);
                memcpy(copy + used, word, length);
                used += length;
                from = at + size;
        }
        memcpy(copy + used, from, strlen(from) + 1);
        return copy;
}

/* A line of the log of accesses as it will read. */
struct redaction {
        uint64_t seq;
        bool changed;
        char *detail, *purpose;
        uint8_t hash[STORE_HASH_SIZE];
};
struct redactions {
        struct redaction *list;
        size_t count, capacity;
};

static void redactions_fini(struct redactions *redactions)
{
        for (size_t i = 0; i < redactions->count; i++) {
                free(redactions->list[i].detail);
                free(redactions->list[i].purpose);
        }
        free(redactions->list);
}

static enum status add_numbers(struct query *query, struct redactions *redactions)
{
        bool row = false;
        enum status status = query_step(query, &row);

        while (status == STATUS_OK && row) {
                if (redactions->count == redactions->capacity) {
                        size_t capacity = redactions->capacity == 0 ? 64 : redactions->capacity * 2;
                        struct redaction *list = realloc(redactions->list, capacity * sizeof *list);
                        if (list == NULL) {
                                query_end(query);
                                return STATUS_NO_MEMORY;
                        }
                        redactions->list = list;
                        redactions->capacity = capacity;
                }
                redactions->list[redactions->count++] = (struct redaction){.seq = column_id(query, 0)};
                status = query_step(query, &row);
        }
        return status;
}

static int by_number(const void *a, const void *b)
{
        const struct redaction *x = a, *y = b;

        return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Lines about the case, and those that name it in their question or purpose; each once, in order. */
static enum status find_accesses(struct store *store, const struct store_erasure *erasure,
                                 struct redactions *redactions)
{
        struct query query = query_begin(store, SQL_ERASE_ACCESSES);
        enum status status;
        size_t kept = 0;

        query_int(&query, (int64_t)erasure->case_id);
        status = add_numbers(&query, redactions);
        if (status != STATUS_OK)
                return status;
        query = query_begin(store, SQL_ERASE_NAMED);
        query_text(&query, erasure->ref);
        status = add_numbers(&query, redactions);
        if (status != STATUS_OK || redactions->count == 0)
                return status;
        qsort(redactions->list, redactions->count, sizeof *redactions->list, by_number);
        for (size_t i = 1; i < redactions->count; i++)
                if (redactions->list[i].seq != redactions->list[kept].seq)
                        redactions->list[++kept] = redactions->list[i];
        redactions->count = kept + 1;
        return STATUS_OK;
}

/* What a line will read, and its hash: after the hash that stands there, since that of the line before may be gone. */
static enum status redact(struct store *store, const struct store_erasure *erasure, struct redaction *redaction)
{
        char word[STORE_ERASED_SIZE];
        uint8_t stored[STORE_HASH_SIZE] = {0};
        struct query query = query_begin(store, SQL_ACCESS_GET);
        bool row = false, failed = false;
        enum status status;

        erased_ref(erasure->seq, word);
        query_int(&query, (int64_t)redaction->seq);
        status = query_step(&query, &row);
        if (status != STATUS_OK || !row)
                return status == STATUS_OK ? STATUS_CORRUPT : status;
        struct store_access access = access_read(&query);
        if (sqlite3_column_bytes(query.stmt, 12) == STORE_HASH_SIZE)
                memcpy(stored, sqlite3_column_blob(query.stmt, 12), STORE_HASH_SIZE);
        redaction->detail = put_in_place(access.detail, erasure->ref, word, &failed);
        redaction->purpose = put_in_place(access.purpose, erasure->ref, word, &failed);
        redaction->changed = access.case_id == erasure->case_id ||
                             (!failed && access.detail != NULL && strcmp(access.detail, redaction->detail) != 0) ||
                             (!failed && access.purpose != NULL && strcmp(access.purpose, redaction->purpose) != 0);
        access.detail = redaction->detail;
        access.purpose = redaction->purpose;
        if (access.case_id == erasure->case_id)
                access.ref = word;
        status = failed ? STATUS_NO_MEMORY : access_hash(store, stored, &access, redaction->hash);
        query_end(&query);
        return status;
}

static enum status plan_redactions(struct store *store, struct store_erasure *erasure, struct redactions *redactions)
{
        struct redacted_digest digest = {.count = 0};
        enum status status = find_accesses(store, erasure, redactions);

        for (size_t i = 0; status == STATUS_OK && i < redactions->count; i++) {
                status = redact(store, erasure, &redactions->list[i]);
                if (status == STATUS_OK && redactions->list[i].changed)
                        status = redacted_add(store, &digest, redactions->list[i].seq, redactions->list[i].hash);
        }
        erasure->accesses = digest.count;
        memcpy(erasure->access_digest, digest.digest, STORE_HASH_SIZE);
        return status;
}

static enum status write_redactions(struct store *store, const struct store_erasure *erasure,
                                    const struct redactions *redactions)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < redactions->count; i++) {
                const struct redaction *redaction = &redactions->list[i];
                if (!redaction->changed)
                        continue;
                struct query query = query_begin(store, SQL_REDACTED_ADD);
                query_int(&query, (int64_t)redaction->seq);
                query_int(&query, (int64_t)erasure->seq);
                query_blob(&query, redaction->hash, STORE_HASH_SIZE);
                status = query_run(&query);
                if (status != STATUS_OK)
                        return status;
                query = query_begin(store, SQL_REDACT);
                query_int(&query, (int64_t)redaction->seq);
                query_text(&query, redaction->detail);
                query_text(&query, redaction->purpose);
                status = query_run(&query);
        }
        return status;
}

/* ---- the erasure ---- */

static enum status number_erasure(struct store *store, struct store_erasure *erasure)
{
        uint8_t before[STORE_HASH_SIZE] = {0};
        struct query query = query_begin(store, SQL_ERASURE_LAST);
        bool row = false;
        enum status status = query_step(&query, &row);

        if (status != STATUS_OK)
                return status;
        erasure->seq = row ? column_id(&query, 0) + 1 : 1;
        if (row && sqlite3_column_bytes(query.stmt, 1) == STORE_HASH_SIZE)
                memcpy(before, sqlite3_column_blob(query.stmt, 1), STORE_HASH_SIZE);
        if (row)
                query_end(&query);
        memcpy(erasure->hash, before, STORE_HASH_SIZE); /* until it has its own */
        return STATUS_OK;
}

static enum status write_erasure(struct store *store, const struct store_erasure *erasure)
{
        struct query query = query_begin(store, SQL_ERASURE_ADD);

        query_int(&query, (int64_t)erasure->seq);
        query_int(&query, erasure->at_ms);
        query_int(&query, erasure->person);
        query_text(&query, erasure->why);
        query_int(&query, (int64_t)erasure->case_id);
        query_int(&query, (int64_t)erasure->lines);
        query_int(&query, (int64_t)erasure->first);
        query_int(&query, (int64_t)erasure->last);
        query_int(&query, (int64_t)erasure->accesses);
        query_blob(&query, erasure->digest, STORE_HASH_SIZE);
        query_blob(&query, erasure->access_digest, STORE_HASH_SIZE);
        query_blob(&query, erasure->hash, STORE_HASH_SIZE);
        return query_run(&query);
}

static enum status rename_case(struct store *store, const struct store_erasure *erasure)
{
        struct query query = query_begin(store, SQL_ERASE_REF);
        char ref[STORE_ERASED_SIZE];

        erased_ref(erasure->seq, ref);
        query_int(&query, (int64_t)erasure->case_id);
        query_text(&query, ref);
        return query_run(&query);
}

static enum status blank_lines(struct store *store, uint64_t case_id)
{
        uint32_t word = 0;
        enum status status = store_intern(store, STORE_ERASED_WORD, &word);

        if (status != STATUS_OK)
                return status;
        struct query query = query_begin(store, SQL_ERASE_EVENTS);
        query_int(&query, (int64_t)case_id);
        query_int(&query, word);
        return query_run(&query);
}

/* Marks come last of those: they lead to the alerts, and alerts to the messages. */
static enum status blank_rest(struct store *store, uint64_t case_id)
{
        static const enum sql each[] = {SQL_ERASE_ROUTES, SQL_ERASE_ALERTS, SQL_ERASE_CARRIED,
                                        SQL_ERASE_SHOWN,  SQL_ERASE_MARKS,  SQL_ERASE_ACKS,
                                        SQL_ERASE_COPIES, SQL_ERASE_DIARY,  SQL_RAISING_REMOVE};
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < sizeof each / sizeof *each; i++) {
                struct query query = query_begin(store, each[i]);
                query_int(&query, (int64_t)case_id);
                status = query_run(&query);
        }
        return status;
}

static enum status log_erasure(struct store *store, const struct store_erasure *erasure)
{
        char ref[STORE_ERASED_SIZE], detail[ERASED_DETAIL_SIZE];

        erased_ref(erasure->seq, ref);
        erased_detail(erasure, detail);
        return store_access_add(store, &(struct store_access){.at_ms = erasure->at_ms,
                                                              .person = erasure->person,
                                                              .uid = erasure->uid,
                                                              .user = erasure->user,
                                                              .what = "erase",
                                                              .case_id = erasure->case_id,
                                                              .ref = ref,
                                                              .detail = detail,
                                                              .rows = (int64_t)erasure->lines,
                                                              .purpose = erasure->purpose});
}

static enum status plan(struct store *store, struct store_erasure *erasure, struct redactions *redactions)
{
        struct erased_lines lines;
        enum status status = number_erasure(store, erasure);

        if (status == STATUS_OK)
                status = erased_digest(store, erasure->case_id, &lines);
        if (status == STATUS_OK) {
                erasure->lines = lines.lines;
                erasure->first = lines.first;
                erasure->last = lines.last;
                memcpy(erasure->digest, lines.digest, STORE_HASH_SIZE);
                status = plan_redactions(store, erasure, redactions);
        }
        return status == STATUS_OK ? erasure_hash(store, erasure->hash, erasure, erasure->hash) : status;
}

enum status store_erase(struct store *store, struct store_erasure *erasure)
{
        struct redactions redactions = {.list = NULL};
        enum status status;

        ENSURE(store_in_transaction(store));
        status = plan(store, erasure, &redactions);
        if (status == STATUS_OK)
                status = write_erasure(store, erasure);
        if (status == STATUS_OK)
                status = rename_case(store, erasure);
        if (status == STATUS_OK)
                status = blank_lines(store, erasure->case_id);
        if (status == STATUS_OK)
                status = blank_rest(store, erasure->case_id);
        if (status == STATUS_OK)
                status = write_redactions(store, erasure, &redactions);
        if (status == STATUS_OK)
                status = log_erasure(store, erasure);
        redactions_fini(&redactions);
        return status;
}

enum status store_scrub(struct store *store, bool *ret_done)
{
        int log = 0, copied = 0;
        int rc;

        *ret_done = false;
        checkpoint_wait(store);
        if (store_doubted(store))
                return STATUS_OK;
        rc = sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, &log, &copied);

        *ret_done = rc == SQLITE_OK;
        store_note_doubt(store, rc);
        return rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY ? STATUS_OK : store_failed(store, rc, "scrub");
}
