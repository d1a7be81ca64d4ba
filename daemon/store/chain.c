/*
 * chain - the SHA-256 that ties each line of the record to the one before.
 *
 * Hashed is a canonical text: the parts of a line, each as "length:bytes,"
 * ("-," when there is none), with words and people by their texts. It does not
 * depend on how rows are laid out, so it survives any change of the tables.
 * Parts: hash before, number, case, instant, uid, user, forced, client id, refers,
 * why, type, day, item, then of each field: name, kind, values.
 */
#include "db.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "mappad/store_record.h"

struct hasher {
        EVP_MD_CTX *context;
        bool failed;
};

static void hash_bytes(struct hasher *hasher, const void *bytes, size_t length)
{
        if (!hasher->failed && EVP_DigestUpdate(hasher->context, bytes, length) != 1)
                hasher->failed = true;
}

static void hash_part(struct hasher *hasher, const void *bytes, size_t length)
{
        char head[24];
        int size;

        if (bytes == NULL) {
                hash_bytes(hasher, "-,", 2);
                return;
        }
        size = snprintf(head, sizeof head, "%zu:", length);
        hash_bytes(hasher, head, (size_t)size);
        hash_bytes(hasher, bytes, length);
        hash_bytes(hasher, ",", 1);
}

static void hash_text(struct hasher *hasher, const char *text)
{
        hash_part(hasher, text, text == NULL ? 0 : strlen(text));
}

static void hash_number(struct hasher *hasher, int64_t number)
{
        char text[24];

        (void)snprintf(text, sizeof text, "%lld", (long long)number);
        hash_text(hasher, text);
}

static void hash_day(struct hasher *hasher, int32_t day)
{
        char text[CIVIL_TEXT_SIZE];

        if (day == CIVIL_NONE) {
                hash_text(hasher, NULL);
                return;
        }
        civil_format(day, text);
        hash_text(hasher, text);
}

static void hash_fields(struct hasher *hasher, const struct store *store, const uint8_t *bytes, size_t size)
{
        struct store_field field;
        size_t at = 0;

        while (at < size) {
                size_t length = store_field_unpack(bytes + at, size - at, &field);
                if (length == 0) {
                        hash_part(hasher, bytes + at, size - at); /* damaged: hashed as it is, will not fit */
                        return;
                }
                at += length;
                hash_text(hasher, store_text(store, field.name));
                hash_number(hasher, field.kind);
                hash_number(hasher, (int64_t)field.word_count);
                for (size_t i = 0; i < field.word_count; i++)
                        hash_text(hasher, store_text(store, field.words[i]));
                if (field.kind == STORE_DAY)
                        hash_day(hasher, field.day);
                if (field.kind == STORE_TOKEN)
                        hash_text(hasher, field.token);
        }
}

enum status chain_hash(struct store *store, const struct store_line *line, const struct store_origin *origin,
                       uint8_t ret_hash[static STORE_HASH_SIZE])
{
        struct hasher hasher = {0};

        if (store->digest == NULL)
                store->digest = EVP_MD_CTX_new();
        if (store->digest == NULL)
                return STATUS_NO_MEMORY;
        hasher.context = store->digest;
        if (EVP_DigestInit_ex(hasher.context, EVP_sha256(), NULL) != 1)
                return STATUS_NO_MEMORY;
        hash_part(&hasher, store->tail.head, STORE_HASH_SIZE);
        hash_number(&hasher, (int64_t)line->seq);
        hash_text(&hasher, origin->ref);
        hash_number(&hasher, line->recorded_ms);
        hash_number(&hasher, origin->uid);
        hash_text(&hasher, origin->user);
        hash_number(&hasher, line->forced);
        hash_text(&hasher, line->client);
        hash_number(&hasher, (int64_t)line->refers);
        hash_text(&hasher, line->why);
        hash_text(&hasher, line->type == 0 ? NULL : store_text(store, line->type));
        hash_day(&hasher, line->on);
        hash_text(&hasher, line->item);
        hash_fields(&hasher, store, line->fields, line->fields_size);
        if (hasher.failed || EVP_DigestFinal_ex(hasher.context, ret_hash, NULL) != 1)
                return STATUS_NO_MEMORY;
        return STATUS_OK;
}

void chain_free(struct store *store)
{
        EVP_MD_CTX_free(store->digest);
        store->digest = NULL;
}

enum status chain_load(struct store *store)
{
        struct query query = query_begin(store, SQL_LINE_LAST);
        bool row = false;
        enum status status = query_step(&query, &row);

        store->tail.next_seq = 1;
        memset(store->tail.head, 0, STORE_HASH_SIZE);
        if (status != STATUS_OK || !row)
                return status;
        if (sqlite3_column_bytes(query.stmt, 1) != STORE_HASH_SIZE) {
                query_end(&query);
                return STATUS_CORRUPT;
        }
        store->tail.next_seq = column_id(&query, 0) + 1;
        memcpy(store->tail.head, sqlite3_column_blob(query.stmt, 1), STORE_HASH_SIZE);
        query_end(&query);
        return STATUS_OK;
}

uint64_t store_next_seq(const struct store *store)
{
        return store->tail.next_seq;
}

void store_chain_head(const struct store *store, char ret_hex[static 65])
{
        for (size_t i = 0; i < STORE_HASH_SIZE; i++)
                (void)snprintf(ret_hex + 2 * i, 3, "%02x", store->tail.head[i]);
}

static struct store_line chain_row(const struct query *query)
{
        struct store_line line = {
                .case_id = column_id(query, 0),
                .seq = column_id(query, 1),
                .type = (uint32_t)column_id(query, 2),
                .on = column_day(query, 3),
                .item = column_text(query, 4),
                .fields = sqlite3_column_blob(query->stmt, 5),
                .fields_size = (size_t)sqlite3_column_bytes(query->stmt, 5),
                .refers = column_id(query, 6),
                .recorded_ms = column_int(query, 7),
                .forced = column_int(query, 9) != 0,
                .client = column_text(query, 10),
                .why = column_text(query, 11),
                .hash = sqlite3_column_blob(query->stmt, 12),
        };

        if (sqlite3_column_bytes(query->stmt, 12) != STORE_HASH_SIZE)
                line.hash = NULL;
        return line;
}

enum status store_chain_verify(struct store *store, uint64_t *ret_bad)
{
        struct tail kept = store->tail;
        struct query query = query_begin(store, SQL_WALK_CHAIN);
        bool row = false;
        uint64_t expected = 1;
        uint64_t bad = 0;
        enum status status = query_step(&query, &row);

        memset(store->tail.head, 0, STORE_HASH_SIZE);
        for (; status == STATUS_OK && row && bad == 0; expected++) {
                struct store_line line = chain_row(&query);
                struct store_origin origin = {.ref = column_text(&query, 13),
                                              .uid = (uint32_t)column_id(&query, 14),
                                              .user = column_text(&query, 15)};
                uint8_t hash[STORE_HASH_SIZE];

                status = chain_hash(store, &line, &origin, hash);
                if (line.seq != expected || line.hash == NULL || memcmp(hash, line.hash, STORE_HASH_SIZE) != 0)
                        bad = expected;
                memcpy(store->tail.head, hash, STORE_HASH_SIZE);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
        }
        query_end(&query);
        if (bad == 0 && expected != kept.next_seq)
                bad = expected;
        store->tail = kept;
        if (status == STATUS_OK)
                *ret_bad = bad;
        return status;
}
