/*
 * watchfile - a small file that says when the last sweep was done.
 *
 * For whoever watches the daemon by looking at files: its first line is the
 * instant, and its time of change is when it was written. It is always whole.
 */
#ifndef MAPPAD_WATCHFILE_H
#define MAPPAD_WATCHFILE_H

#include <stdint.h>

#include "mappad/status.h"

#define WATCHFILE_PATH_MAX 4096

/* Purpose: put an instant (milliseconds since 1970 UTC) into a file, in the place of what it held: readers see the old
 * text or the new one. Everybody may read it.
 * Errors: STATUS_INVALID where a file lies that is not empty and holds something else than an instant, or at the path
 * and ".new" something else than what a crash may leave of one; STATUS_IO, STATUS_DISK_FULL, STATUS_LIMIT for a name
 * that is too long; what lay there stays then.
 * Cost: one synced write. Example: "2026-03-30T07:30:00.250Z\n". */
MUST_CHECK enum status watchfile_write(const char *path, int64_t ms);

#endif
