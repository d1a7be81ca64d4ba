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

/* The text on its way: a line has about 200 bytes in forty pieces, and each call costs more than its bytes. */
struct hasher {
        EVP_MD_CTX *context;
        bool failed;
        size_t used;
        char text[512];
};

static void hash_flush(struct hasher *hasher)
{
        if (!hasher->failed && EVP_DigestUpdate(hasher->context, hasher->text, hasher->used) != 1)
                hasher->failed = true;
        hasher->used = 0;
}

static void hash_bytes(struct hasher *hasher, const void *bytes, size_t length)
{
        if (length > sizeof hasher->text - hasher->used)
                hash_flush(hasher);
        if (length > sizeof hasher->text) {
                if (!hasher->failed && EVP_DigestUpdate(hasher->context, bytes, length) != 1)
                        hasher->failed = true;
                return;
        }
        memcpy(hasher->text + hasher->used, bytes, length);
        hasher->used += length;
}

/* The digits of a number at the end of a text; the first of them. */
#define DIGITS_MAX 20
static char *write_digits(uint64_t number, char text[static DIGITS_MAX])
{
        char *first = text + DIGITS_MAX;

        do {
                *--first = (char)('0' + number % 10);
                number /= 10;
        } while (number > 0);
        return first;
}

static void hash_part(struct hasher *hasher, const void *bytes, size_t length)
{
        char text[DIGITS_MAX];

        if (bytes == NULL) {
                hash_bytes(hasher, "-,", 2);
                return;
        }
        const char *digits = write_digits(length, text);
        hash_bytes(hasher, digits, (size_t)(text + sizeof text - digits));
        hash_bytes(hasher, ":", 1);
        hash_bytes(hasher, bytes, length);
        hash_bytes(hasher, ",", 1);
}

static void hash_text(struct hasher *hasher, const char *text)
{
        hash_part(hasher, text, text == NULL ? 0 : strlen(text));
}

static void hash_number(struct hasher *hasher, int64_t number)
{
        char text[1 + DIGITS_MAX];
        char *first = write_digits(number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number, text + 1);

        if (number < 0)
                *--first = '-';
        hash_part(hasher, first, (size_t)(text + sizeof text - first));
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

/* Looking up the algorithm costs as much as hashing a line: the context keeps it from the first line on. */
static bool hash_begin(struct store *store)
{
        EVP_MD_CTX *context = store->digest;

        if (context != NULL)
                return EVP_DigestInit_ex(context, NULL, NULL) == 1;
        context = EVP_MD_CTX_new();
        if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
                EVP_MD_CTX_free(context);
                return false;
        }
        store->digest = context;
        return true;
}

enum status chain_hash(struct store *store, const struct store_line *line, const struct store_origin *origin,
                       uint8_t ret_hash[static STORE_HASH_SIZE])
{
        struct hasher hasher;

        if (!hash_begin(store))
                return STATUS_NO_MEMORY;
        hasher.context = store->digest;
        hasher.failed = false;
        hasher.used = 0;
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
        hash_flush(&hasher);
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
