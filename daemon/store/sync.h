/*
 * sync - the thread that brings the write-ahead log to the disk (store_sync.h). Private to the room.
 */
#ifndef STORE_SYNC_H
#define STORE_SYNC_H

#include "db.h"

/* Purpose: end the thread, once the sync in hand is over. */
void sync_stop(struct store *store);

#endif
