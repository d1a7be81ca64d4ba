/*
 * access - what reading, writing and checking the log of accesses share. Private to daemon/store.
 */
#ifndef STORE_ACCESS_ROOM_H
#define STORE_ACCESS_ROOM_H

#include "db.h"
#include "mappad/store_access.h"

/* Purpose: a row as ACCESS_COLUMNS of sql.c give it. */
struct store_access access_read(const struct query *query);
/* Purpose: the hash of a line that stands after another. */
MUST_CHECK enum status access_hash(struct store *store, const uint8_t before[static STORE_HASH_SIZE],
                                   const struct store_access *access, uint8_t ret_hash[static STORE_HASH_SIZE]);

#endif
