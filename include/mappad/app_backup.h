/*
 * app_backup - a copy of the record, made while it is served.
 *
 * The copy holds everything that was acknowledged before it began, and what
 * was while it was being made. It lies beside the record under no name and is
 * read by its descriptor, so that none is left behind whatever happens.
 */
#ifndef MAPPAD_APP_BACKUP_H
#define MAPPAD_APP_BACKUP_H

#include "mappad/app.h"

struct app_backup;

/* Purpose: begin a copy. Owns: the caller frees it, before the app is closed.
 * Errors: of the store; STATUS_DISK_FULL. */
MUST_CHECK enum status app_backup_begin(struct app *app, struct moment moment, struct app_backup **ret_backup);
/* Purpose: copy a bounded piece (1 MiB); *ret_done: all of it is there and on the disk. Errors: as begin. */
MUST_CHECK enum status app_backup_step(struct app_backup *backup, bool *ret_done);
/* Purpose: once done: read the next bytes of the copy; *ret_length 0 at its end. */
MUST_CHECK enum status app_backup_read(struct app_backup *backup, char *bytes, size_t size, size_t *ret_length);
/* Purpose: forget it, wherever it is. NULL is nothing. */
void app_backup_free(struct app_backup *backup);

#endif
