/*
 * store_backup - copying a database in steps while it is written to.
 */
#ifndef MAPPAD_STORE_BACKUP_H
#define MAPPAD_STORE_BACKUP_H

#include "mappad/store.h"

struct store_backup;

/* Purpose: begin a copy into a new file at path, which must not be there. What the store itself writes meanwhile goes
 * into the copy as well. Owns: the caller frees it before the store. Errors: STATUS_IO, STATUS_DISK_FULL,
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status store_backup_begin(struct store *store, const char *path, struct store_backup **ret_backup);
/* Purpose: copy so many pages; *ret_done: the copy is complete and on the disk. Shape: in no transaction. */
MUST_CHECK enum status store_backup_step(struct store_backup *backup, int pages, bool *ret_done);
/* Purpose: end it, complete or not; the file stays. NULL is nothing. */
void store_backup_free(struct store_backup *backup);

#endif
