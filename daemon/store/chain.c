/*
 * chain - the SHA-256 that ties each line of the record to the one before.
 *
 * Hashed is a canonical text: the parts of a line, each as "length:bytes,"
 * ("-," when there is none), with words and people by their texts. It does not
 * depend on how rows are laid out, so it survives any change of the tables.
 * Parts: hash before, number, case, instant, uid, user, forced, client id, refers,
 * why, type, day, item, then of each field: name, kind, values.
 */
#include "hasher.h"

#include <stdio.h>
#include <string.h>

#include "mappad/store_record.h"
#include "mappad/store_verify.h"

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

enum status chain_hash(struct store *store, const uint8_t before[static STORE_HASH_SIZE], const struct store_line *line,
                       const struct store_origin *origin, uint8_t ret_hash[static STORE_HASH_SIZE])
{
        struct hasher hasher;

        if (!hasher_begin(&hasher, store))
                return STATUS_NO_MEMORY;
        hash_part(&hasher, before, STORE_HASH_SIZE);
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
        return hasher_end(&hasher, ret_hash);
}

static enum status load_last(struct store *store, enum sql sql, uint64_t *ret_next, uint8_t *ret_head)
{
        struct query query = query_begin(store, sql);
        bool row = false;
        enum status status = query_step(&query, &row);

        *ret_next = 1;
        memset(ret_head, 0, STORE_HASH_SIZE);
        if (status != STATUS_OK || !row)
                return status;
        if (sqlite3_column_bytes(query.stmt, 1) != STORE_HASH_SIZE) {
                query_end(&query);
                return STATUS_CORRUPT;
        }
        *ret_next = column_id(&query, 0) + 1;
        memcpy(ret_head, sqlite3_column_blob(query.stmt, 1), STORE_HASH_SIZE);
        query_end(&query);
        return STATUS_OK;
}

enum status chain_load(struct store *store)
{
        enum status status = load_last(store, SQL_LINE_LAST, &store->tail.next_seq, store->tail.head);

        if (status == STATUS_OK && store->version >= SCHEMA_ACCESS)
                status = load_last(store, SQL_ACCESS_LAST, &store->tail.next_access, store->tail.access_head);
        if (status == STATUS_OK && store->version >= SCHEMA_SEAL)
                status = load_last(store, SQL_SEAL_LAST, &store->tail.next_seal, store->tail.seal_head);
        return status;
}

enum status store_last_line(struct store *store, struct store_head *ret_head)
{
        uint64_t next = 0;
        enum status status = load_last(store, SQL_LINE_LAST, &next, ret_head->hash);

        if (status == STATUS_OK)
                ret_head->seq = next - 1;
        return status;
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
