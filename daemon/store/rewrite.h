/*
 * rewrite - the write-ahead log is written once more, where it is. Private to the room.
 */
#ifndef STORE_REWRITE_H
#define STORE_REWRITE_H

#include "db.h"

/* Purpose: write all that is committed to the log again as it is in memory, and sync. Shape: no transaction is in hand,
 * something was read. Errors: of the disk; STATUS_IO when it is not in memory as it was written. */
MUST_CHECK enum status rewrite_log(struct store *store);

#endif
