/*
 * seal - sealed reports: adding, finding, reading (store_seal.h).
 *
 * The parts of a seal's canonical text: hash before, number, report, period,
 * version, content, salt, whole, rules, number and hash of the record's last line,
 * when it was counted and when sealed, uid, user, forced, why.
 */
#include "seal.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "hasher.h"
#include "mappad/ensure.h"

enum status store_seal_digest(const char *content, char ret_digest[static STORE_DIGEST_SIZE])
{
        unsigned char hash[EVP_MAX_MD_SIZE];

        if (EVP_Digest(content, strlen(content), hash, NULL, EVP_sha256(), NULL) != 1)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < STORE_HASH_SIZE; i++)
                (void)snprintf(ret_digest + 2 * i, 3, "%02x", hash[i]);
        return STATUS_OK;
}

enum status seal_hash(struct store *store, const uint8_t before[static STORE_HASH_SIZE], const struct store_seal *seal,
                      uint8_t ret_hash[static STORE_HASH_SIZE])
{
        struct hasher hasher;

        if (!hasher_begin(&hasher, store))
                return STATUS_NO_MEMORY;
        hash_part(&hasher, before, STORE_HASH_SIZE);
        hash_number(&hasher, (int64_t)seal->seq);
        hash_text(&hasher, seal->report);
        hash_text(&hasher, seal->period);
        hash_number(&hasher, seal->version);
        hash_text(&hasher, seal->content);
        hash_part(&hasher, seal->salt, STORE_SALT_SIZE);
        hash_text(&hasher, seal->whole);
        hash_text(&hasher, seal->rules);
        hash_number(&hasher, (int64_t)seal->head.seq);
        hash_part(&hasher, seal->head.hash, STORE_HASH_SIZE);
        hash_number(&hasher, seal->known_ms);
        hash_number(&hasher, seal->at_ms);
        hash_number(&hasher, seal->uid);
        hash_text(&hasher, seal->user);
        hash_number(&hasher, seal->forced);
        hash_text(&hasher, seal->why);
        return hasher_end(&hasher, ret_hash);
}

/* ---- adding ---- */

static enum status insert(struct store *store, const struct store_seal *seal, const uint8_t hash[STORE_HASH_SIZE])
{
        struct query query = query_begin(store, SQL_SEAL_ADD);

        query_int(&query, (int64_t)seal->seq);
        query_text(&query, seal->report);
        query_text(&query, seal->period);
        query_int(&query, seal->version);
        query_text(&query, seal->digest);
        query_text(&query, seal->content);
        query_blob(&query, seal->salt, STORE_SALT_SIZE);
        query_text(&query, seal->whole);
        query_text(&query, seal->rules);
        query_int(&query, (int64_t)seal->head.seq);
        query_blob(&query, seal->head.hash, STORE_HASH_SIZE);
        query_int(&query, seal->known_ms);
        query_int(&query, seal->at_ms);
        query_id(&query, seal->person);
        query_int(&query, seal->forced);
        query_text(&query, seal->why);
        query_blob(&query, hash, STORE_HASH_SIZE);
        return query_run(&query);
}

enum status store_seal_add(struct store *store, const struct store_seal *seal, uint64_t *ret_seq)
{
        struct store_seal numbered = *seal;
        uint8_t salt[STORE_SALT_SIZE], hash[STORE_HASH_SIZE];
        char digest[STORE_DIGEST_SIZE];
        uint64_t versions = 0;

        ENSURE(store_in_transaction(store));
        sqlite3_randomness(sizeof salt, salt);
        numbered.salt = seal->whole == NULL ? NULL : salt;
        numbered.seq = store->tail.next_seal;
        enum status status = store_seal_versions(store, seal->report, seal->period, &versions);
        if (status == STATUS_OK)
                status = store_seal_digest(seal->content, digest);
        numbered.version = (uint32_t)versions + 1;
        numbered.digest = digest;
        if (status == STATUS_OK)
                status = seal_hash(store, store->tail.seal_head, &numbered, hash);
        if (status == STATUS_OK)
                status = insert(store, &numbered, hash);
        if (status != STATUS_OK)
                return status;
        store->tail.next_seal++;
        memcpy(store->tail.seal_head, hash, sizeof hash);
        *ret_seq = numbered.seq;
        return STATUS_OK;
}

/* ---- reading ---- */

struct store_seal seal_read(const struct query *query)
{
        struct store_seal seal = {
                .seq = column_id(query, 0),
                .report = column_text(query, 1),
                .period = column_text(query, 2),
                .version = (uint32_t)column_id(query, 3),
                .digest = column_text(query, 4),
                .rules = column_text(query, 5),
                .head = {.seq = column_id(query, 6)},
                .known_ms = column_int(query, 8),
                .at_ms = column_int(query, 9),
                .uid = (uint32_t)column_id(query, 11),
                .user = column_text(query, 12),
                .forced = column_int(query, SEAL_COLUMN_FORCED) != 0,
                .why = column_text(query, 14),
                .hides = column_int(query, 16) != 0,
                .content = column_text(query, 17),
                .whole = column_text(query, 19),
        };

        if (sqlite3_column_bytes(query->stmt, 7) == STORE_HASH_SIZE)
                memcpy(seal.head.hash, sqlite3_column_blob(query->stmt, 7), STORE_HASH_SIZE);
        if (sqlite3_column_bytes(query->stmt, SEAL_COLUMN_HASH) == STORE_HASH_SIZE)
                seal.hash = sqlite3_column_blob(query->stmt, SEAL_COLUMN_HASH);
        if (sqlite3_column_bytes(query->stmt, 18) == STORE_SALT_SIZE)
                seal.salt = sqlite3_column_blob(query->stmt, 18);
        return seal;
}

static enum status give(struct query *query, store_seal_fn sink, void *context, bool *ret_any)
{
        bool row = false;
        enum status status = query_step(query, &row);

        *ret_any = row;
        while (status == STATUS_OK && row) {
                struct store_seal seal = seal_read(query);
                status = sink(context, &seal);
                if (status == STATUS_OK)
                        status = query_step(query, &row);
                else
                        query_end(query);
        }
        return status;
}

enum status store_seal_get(struct store *store, uint64_t seq, store_seal_fn sink, void *context, bool *ret_found)
{
        struct query query = query_begin(store, SQL_SEAL_GET);

        query_int(&query, seq > INT64_MAX ? 0 : (int64_t)seq);
        return give(&query, sink, context, ret_found);
}

enum status store_seals(struct store *store, uint64_t before, uint64_t limit, store_seal_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_SEALS);
        bool any = false;

        query_int(&query, before > INT64_MAX ? INT64_MAX : (int64_t)before);
        query_int(&query, (int64_t)limit);
        return give(&query, sink, context, &any);
}

/* The hash of the seal before, zeroes before the first; false: there is none. */
static enum status hash_before(struct store *store, uint64_t seq, uint8_t ret_hash[static STORE_HASH_SIZE],
                               bool *ret_found)
{
        struct query query = query_begin(store, SQL_SEAL_HASH);
        bool row = false;
        enum status status;

        memset(ret_hash, 0, STORE_HASH_SIZE);
        query_int(&query, (int64_t)seq - 1);
        status = query_step(&query, &row);
        *ret_found = seq == 1;
        if (status != STATUS_OK || !row)
                return status;
        *ret_found = sqlite3_column_bytes(query.stmt, 0) == STORE_HASH_SIZE;
        if (*ret_found)
                memcpy(ret_hash, sqlite3_column_blob(query.stmt, 0), STORE_HASH_SIZE);
        query_end(&query);
        return STATUS_OK;
}

enum status store_seal_sound(struct store *store, const struct store_seal *seal, bool *ret_sound)
{
        char digest[STORE_DIGEST_SIZE];
        uint8_t before[STORE_HASH_SIZE], hash[STORE_HASH_SIZE];
        bool found = false;

        *ret_sound = false;
        if (seal->content == NULL || seal->digest == NULL || seal->report == NULL || seal->period == NULL ||
            seal->hash == NULL)
                return STATUS_OK;
        enum status status = store_seal_digest(seal->content, digest);
        if (status == STATUS_OK)
                status = hash_before(store, seal->seq, before, &found);
        if (status == STATUS_OK)
                status = seal_hash(store, before, seal, hash);
        if (status == STATUS_OK)
                *ret_sound = found && strcmp(digest, seal->digest) == 0 && memcmp(hash, seal->hash, sizeof hash) == 0;
        return status;
}

/* ---- finding ---- */

static enum status one_number(struct query *query, uint64_t *ret_number)
{
        int64_t number = 0;
        enum status status = query_one_number(query, 0, &number);

        if (status == STATUS_OK)
                *ret_number = number < 0 ? 0 : (uint64_t)number;
        return status;
}

enum status store_seal_versions(struct store *store, const char *report, const char *period, uint64_t *ret_count)
{
        struct query query = query_begin(store, SQL_SEAL_VERSION);

        query_text(&query, report);
        query_text(&query, period);
        return one_number(&query, ret_count);
}

enum status store_seal_of(struct store *store, const char *report, const char *period, uint64_t version,
                          uint64_t *ret_seq)
{
        struct query query = query_begin(store, SQL_SEAL_OF);

        query_text(&query, report);
        query_text(&query, period);
        query_int(&query, version > INT64_MAX ? 0 : (int64_t)version);
        return one_number(&query, ret_seq);
}

enum status store_seal_latest(struct store *store, const char *report, uint64_t *ret_seq)
{
        struct query query = query_begin(store, SQL_SEAL_LATEST);

        query_text(&query, report);
        return one_number(&query, ret_seq);
}

enum status store_seal_find(struct store *store, const char *beginning, uint64_t ret_seqs[static 2])
{
        struct query query = query_begin(store, SQL_SEAL_DIGEST);
        bool row = false;
        enum status status;

        ret_seqs[0] = ret_seqs[1] = 0;
        query_text(&query, beginning);
        status = query_step(&query, &row);
        for (size_t i = 0; status == STATUS_OK && row; i++) {
                if (i < 2)
                        ret_seqs[i] = column_id(&query, 0);
                status = query_step(&query, &row);
        }
        return status;
}
