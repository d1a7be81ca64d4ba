/* line_key - see line_key.h. */
#include "line_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_BYTES 8 /* of the hash in a key */

void line_key(uint64_t seq, const char *client, const uint8_t *hash, char ret_key[static LINE_KEY_SIZE])
{
        int used;

        if (client != NULL) {
                snprintf(ret_key, LINE_KEY_SIZE, "%s", client);
                return;
        }
        used = snprintf(ret_key, LINE_KEY_SIZE, "line-%llu-", (unsigned long long)seq);
        for (int i = 0; i < HASH_BYTES; i++)
                used += snprintf(ret_key + used, LINE_KEY_SIZE - (size_t)used, "%02x", hash[i]);
}

/* The number in a key of a line without an id; 0 for any other text. */
static uint64_t number_of(const char *key)
{
        char *end = NULL;

        if (strncmp(key, "line-", 5) != 0 || key[5] < '1' || key[5] > '9' || strlen(key) > 5 + 18 + 1 + 2 * HASH_BYTES)
                return 0;
        unsigned long long number = strtoull(key + 5, &end, 10);
        return *end == '-' && number <= INT64_MAX ? number : 0;
}

enum status line_find(struct store *store, const char *key, struct store_gap *gap, uint64_t *ret_case_id,
                      uint64_t *ret_seq)
{
        struct store_identity identity;
        char own[LINE_KEY_SIZE];
        uint64_t number = number_of(key);
        enum status status = store_find_client(store, key, gap, ret_case_id, ret_seq);

        if (status != STATUS_OK || *ret_seq != 0 || number == 0)
                return status;
        status = store_identity_get(store, number, &identity);
        if (status != STATUS_OK || identity.case_id == 0)
                return status;
        line_key(number, NULL, identity.hash, own);
        if (identity.client[0] == '\0' && strcmp(own, key) == 0) {
                *ret_case_id = identity.case_id;
                *ret_seq = number;
        }
        return STATUS_OK;
}
