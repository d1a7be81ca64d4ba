/*
 * seal - what reading, writing and checking sealed reports share. Private to daemon/store.
 */
#ifndef STORE_SEAL_ROOM_H
#define STORE_SEAL_ROOM_H

#include "db.h"
#include "mappad/store_seal.h"

/* Where SEAL_COLUMNS of sql.c have what is looked at by itself. */
enum { SEAL_COLUMN_VERSION = 3, SEAL_COLUMN_PERSON = 10, SEAL_COLUMN_FORCED = 13, SEAL_COLUMN_HASH = 15 };

/* Purpose: a row as SEAL_COLUMNS of sql.c give it. */
struct store_seal seal_read(const struct query *query);
/* Purpose: the hash of a seal that stands after another. */
MUST_CHECK enum status seal_hash(struct store *store, const uint8_t before[static STORE_HASH_SIZE],
                                 const struct store_seal *seal, uint8_t ret_hash[static STORE_HASH_SIZE]);

#endif
