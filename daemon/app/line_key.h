/*
 * line_key - by what a line of the record is named outside of it: the id that a
 * client gave it, or its number and the beginning of its hash.
 */
#ifndef APP_LINE_KEY_H
#define APP_LINE_KEY_H

#include "mappad/store_record.h"
#include "mappad/wire.h"

#define LINE_KEY_SIZE (EVENT_ID_MAX + 1)

/* Purpose: the key of a line. Shape: client may be NULL, hash has STORE_HASH_SIZE bytes. */
void line_key(uint64_t seq, const char *client, const uint8_t *hash, char ret_key[static LINE_KEY_SIZE]);
/* Purpose: the line of a key: by client's id, or by number if the hash begins so. 0 when there is none. The gap is that
 * of store_find_client. Errors: of the store. */
MUST_CHECK enum status line_find(struct store *store, const char *key, struct store_gap *gap, uint64_t *ret_case_id,
                                 uint64_t *ret_seq);

#endif
