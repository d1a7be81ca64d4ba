/*
 * erasure - the log of erasures, and what is left of a case in hashes (store_erase.h).
 *
 * The parts of an erasure's canonical text: hash before, number, instant, uid,
 * user, why, lines, first, last, their digest, accesses, their digest. Of a line
 * that is left: number, instant, uid, user, hash.
 */
#include "erase.h"

#include <stdio.h>
#include <string.h>

#include "hasher.h"

void erased_ref(uint64_t seq, char ret_ref[static STORE_ERASED_SIZE])
{
        (void)snprintf(ret_ref, STORE_ERASED_SIZE, "erased-%llu", (unsigned long long)seq);
}

void erased_detail(const struct store_erasure *erasure, char ret_detail[static ERASED_DETAIL_SIZE])
{
        int at = snprintf(ret_detail, ERASED_DETAIL_SIZE, "erasure %llu ", (unsigned long long)erasure->seq);

        for (size_t i = 0; i < STORE_HASH_SIZE && at < ERASED_DETAIL_SIZE - 2; i++)
                at += snprintf(ret_detail + at, ERASED_DETAIL_SIZE - (size_t)at, "%02x", erasure->hash[i]);
}

static bool copy_hash(const struct query *query, int column, uint8_t ret_hash[static STORE_HASH_SIZE])
{
        const void *bytes = sqlite3_column_blob(query->stmt, column);
        bool whole = bytes != NULL && sqlite3_column_bytes(query->stmt, column) == STORE_HASH_SIZE;

        if (whole)
                memcpy(ret_hash, bytes, STORE_HASH_SIZE);
        return whole;
}

bool erasure_read(const struct query *query, struct store_erasure *ret_erasure)
{
        *ret_erasure = (struct store_erasure){
                .seq = column_id(query, 0),
                .at_ms = column_int(query, 1),
                .person = (uint32_t)column_id(query, 2),
                .uid = (uint32_t)column_id(query, 3),
                .user = column_text(query, 4),
                .why = column_text(query, 5),
                .case_id = column_id(query, 6),
                .lines = column_id(query, 7),
                .first = column_id(query, 8),
                .last = column_id(query, 9),
                .accesses = column_id(query, 10),
        };
        return copy_hash(query, 11, ret_erasure->digest) && copy_hash(query, 12, ret_erasure->access_digest) &&
               copy_hash(query, 13, ret_erasure->hash);
}

enum status erasure_hash(struct store *store, const uint8_t before[static STORE_HASH_SIZE],
                         const struct store_erasure *erasure, uint8_t ret_hash[static STORE_HASH_SIZE])
{
        struct hasher hasher;

        if (!hasher_begin(&hasher, store))
                return STATUS_NO_MEMORY;
        hash_part(&hasher, before, STORE_HASH_SIZE);
        hash_number(&hasher, (int64_t)erasure->seq);
        hash_number(&hasher, erasure->at_ms);
        hash_number(&hasher, erasure->uid);
        hash_text(&hasher, erasure->user);
        hash_text(&hasher, erasure->why);
        hash_number(&hasher, (int64_t)erasure->lines);
        hash_number(&hasher, (int64_t)erasure->first);
        hash_number(&hasher, (int64_t)erasure->last);
        hash_part(&hasher, erasure->digest, STORE_HASH_SIZE);
        hash_number(&hasher, (int64_t)erasure->accesses);
        hash_part(&hasher, erasure->access_digest, STORE_HASH_SIZE);
        return hasher_end(&hasher, ret_hash);
}

/* A digest of many is made a piece at a time: each piece is hashed after the hash of those before it. */
static enum status add_line(struct store *store, const struct query *query, struct erased_lines *lines)
{
        struct hasher hasher;
        uint8_t hash[STORE_HASH_SIZE] = {0};

        if (!hasher_begin(&hasher, store))
                return STATUS_NO_MEMORY;
        (void)copy_hash(query, 4, hash);
        hash_part(&hasher, lines->digest, STORE_HASH_SIZE);
        hash_number(&hasher, column_int(query, 0));
        hash_number(&hasher, column_int(query, 1));
        hash_number(&hasher, column_int(query, 2));
        hash_text(&hasher, column_text(query, 3));
        hash_part(&hasher, hash, STORE_HASH_SIZE);
        lines->last = column_id(query, 0);
        lines->last_ms = column_int(query, 1);
        if (lines->lines++ == 0) {
                lines->first = lines->last;
                lines->first_ms = lines->last_ms;
        }
        return hasher_end(&hasher, lines->digest);
}

enum status erased_digest(struct store *store, uint64_t case_id, struct erased_lines *ret_lines)
{
        struct query query = query_begin(store, SQL_ERASE_LINES);
        struct erased_lines lines = {.lines = 0};
        bool row = false;
        enum status status;

        query_int(&query, (int64_t)case_id);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                status = add_line(store, &query, &lines);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        *ret_lines = lines;
        return status;
}

enum status store_erased_lines(struct store *store, uint64_t case_id, store_erased_line_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_ERASE_LINES);
        bool row = false;

        query_int(&query, (int64_t)case_id);
        enum status status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                uint8_t hash[STORE_HASH_SIZE];
                struct store_erased_line line = {.seq = column_id(&query, 0),
                                                 .recorded_ms = column_int(&query, 1),
                                                 .uid = (uint32_t)column_id(&query, 2),
                                                 .user = column_text(&query, 3),
                                                 .hash = copy_hash(&query, 4, hash) ? hash : NULL};

                status = sink(context, &line);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        return status;
}

enum status redacted_add(struct store *store, struct redacted_digest *digest, uint64_t access,
                         const uint8_t hash[static STORE_HASH_SIZE])
{
        struct hasher hasher;

        if (!hasher_begin(&hasher, store))
                return STATUS_NO_MEMORY;
        hash_part(&hasher, digest->digest, STORE_HASH_SIZE);
        hash_number(&hasher, (int64_t)access);
        hash_part(&hasher, hash, STORE_HASH_SIZE);
        digest->count++;
        return hasher_end(&hasher, digest->digest);
}

enum status redacted_of(struct store *store, uint64_t erasure, struct redacted_digest *ret_digest)
{
        struct query query = query_begin(store, SQL_REDACTED_OF);
        struct redacted_digest digest = {.count = 0};
        bool row = false;
        enum status status;

        query_int(&query, (int64_t)erasure);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                uint8_t hash[STORE_HASH_SIZE] = {0};
                (void)copy_hash(&query, 1, hash);
                status = redacted_add(store, &digest, column_id(&query, 0), hash);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        *ret_digest = digest;
        return status;
}

enum status store_erasures(struct store *store, uint64_t before, uint64_t limit, store_erasure_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_ERASURES);
        bool row = false;
        enum status status;

        query_int(&query, before > INT64_MAX ? INT64_MAX : (int64_t)before);
        query_int(&query, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                struct store_erasure erasure;
                status = erasure_read(&query, &erasure) ? sink(context, &erasure) : STATUS_CORRUPT;
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        return status;
}
