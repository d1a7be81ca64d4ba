/*
 * hasher - parts of a line, as one text, through SHA-256 (hasher.h).
 */
#include "hasher.h"

#include <openssl/evp.h>
#include <string.h>

bool hasher_begin(struct hasher *hasher, struct store *store)
{
        if (store->digest_kind == NULL)
                store->digest_kind = EVP_MD_fetch(NULL, "SHA256", NULL);
        if (store->digest == NULL)
                store->digest = EVP_MD_CTX_new();
        if (store->digest == NULL || store->digest_kind == NULL)
                return false;
        hasher->context = store->digest;
        hasher->length = 0;
        hasher->failed = EVP_DigestInit_ex2(store->digest, store->digest_kind, NULL) != 1;
        return !hasher->failed;
}

static void flush(struct hasher *hasher)
{
        if (!hasher->failed && EVP_DigestUpdate(hasher->context, hasher->bytes, hasher->length) != 1)
                hasher->failed = true;
        hasher->length = 0;
}

static void put(struct hasher *hasher, const void *bytes, size_t length)
{
        if (length > sizeof hasher->bytes - hasher->length)
                flush(hasher);
        if (length > sizeof hasher->bytes) {
                if (!hasher->failed && EVP_DigestUpdate(hasher->context, bytes, length) != 1)
                        hasher->failed = true;
                return;
        }
        memcpy(hasher->bytes + hasher->length, bytes, length);
        hasher->length += length;
}

/* The decimal digits of a number, at the end of space; gives where they begin. */
static size_t digits(char space[static 24], uint64_t number)
{
        size_t at = 24;

        do {
                space[--at] = (char)('0' + number % 10);
                number /= 10;
        } while (number != 0);
        return at;
}

void hash_part(struct hasher *hasher, const void *bytes, size_t length)
{
        char space[24];
        size_t at;

        if (bytes == NULL) {
                put(hasher, "-,", 2);
                return;
        }
        at = digits(space, length);
        put(hasher, space + at, sizeof space - at);
        put(hasher, ":", 1);
        put(hasher, bytes, length);
        put(hasher, ",", 1);
}

void hash_text(struct hasher *hasher, const char *text)
{
        hash_part(hasher, text, text == NULL ? 0 : strlen(text));
}

void hash_number(struct hasher *hasher, int64_t number)
{
        char space[24];
        size_t at = digits(space, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);

        if (number < 0)
                space[--at] = '-';
        hash_part(hasher, space + at, sizeof space - at);
}

void hash_day(struct hasher *hasher, int32_t day)
{
        char text[CIVIL_TEXT_SIZE];

        if (day == CIVIL_NONE) {
                hash_text(hasher, NULL);
                return;
        }
        civil_format(day, text);
        hash_text(hasher, text);
}

enum status hasher_end(struct hasher *hasher, uint8_t ret_hash[static STORE_HASH_SIZE])
{
        flush(hasher);
        if (hasher->failed || EVP_DigestFinal_ex(hasher->context, ret_hash, NULL) != 1)
                return STATUS_NO_MEMORY;
        return STATUS_OK;
}

void hasher_free(struct store *store)
{
        EVP_MD_CTX_free(store->digest);
        EVP_MD_free(store->digest_kind);
        store->digest = NULL;
        store->digest_kind = NULL;
}
