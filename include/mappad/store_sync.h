/*
 * store_sync - commits that a thread brings to the disk, while the loop goes on.
 *
 * A commit begun by store_begin_lightly is in the write-ahead log, whose order is that of the commits: what outlives a
 * power cut is all of them up to one. The thread syncs the log and says up to which it has come. Whoever was promised
 * that something is kept is told after that, and not before.
 *
 * When a sync has failed nobody knows what of the log is on the disk, and a later one that succeeds does not say so:
 * Linux reports a page that could not be written once. So nothing counts as durable until the log as it is in memory
 * was written once more, and that was synced (store_make_sure).
 */
#ifndef MAPPAD_STORE_SYNC_H
#define MAPPAD_STORE_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "mappad/status.h"

struct store;

/* Purpose: begin the thread; it ends with the store. *ret_fd can be read from whenever store_synced has something new
 * to say. Owns: the store's. Errors: STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status store_sync_aside(struct store *store, int *ret_fd);
/* Purpose: have all that is committed brought to the disk, and give that a number, from 1 on and rising. Nobody waits;
 * what is asked during a sync shares the next one. Shape: the thread was begun, no transaction is in hand. */
uint64_t store_sync_ask(struct store *store);

/* How far it has come. */
struct store_synced {
        uint64_t number;                /* all that was asked for up to this one is on the disk */
        bool failed;                    /* a sync failed since the last store_make_sure: number stays as it is */
};
struct store_synced store_synced(struct store *store);

#endif
