/*
 * rewrite - the write-ahead log is written once more, where it is. Private to the room.
 */
#ifndef STORE_REWRITE_H
#define STORE_REWRITE_H

#include "db.h"

/* Purpose: write all that is committed to the log again as it is in memory, and sync. Shape: no transaction is in hand,
 * something was read. Errors: of the disk; STATUS_IO when it is not in memory as it was written. */
MUST_CHECK enum status rewrite_log(struct store *store);

/* Purpose: how long the log is, by SQLite's index of it in memory: committed pages, and the bytes that its file has up
 * to the end of the last of them; what lies beyond is from an earlier log or of a commit that failed. Shape: no
 * transaction is in hand. Errors: -1, and *ret_pages as it was: the index cannot be looked at, or nothing was read. */
int64_t rewrite_log_bytes(const struct store *store, int *ret_pages);

#endif
