/*
 * status - how a call tells that the world failed.
 *
 * Three kinds of trouble have three mechanisms (ARCHITECTURE.md, "Trouble"):
 * our own mistake is an ENSURE; a failing world is an enum status that must be
 * looked at; an answer ("not found", "does not apply", "refused") is a value
 * in the result and never a status.
 */
#ifndef MAPPAD_STATUS_H
#define MAPPAD_STATUS_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum status {
        STATUS_OK = 0,
        STATUS_NO_MEMORY,   /* an allocation failed, or a caller's arena is too small */
        STATUS_IO,          /* reading or writing a file or a socket failed */
        STATUS_DISK_FULL,   /* the store has no room; writes may succeed later */
        STATUS_CORRUPT,     /* stored bytes are not what was written */
        STATUS_INVALID,     /* refused input; the diagnostics say what and where */
        STATUS_LIMIT        /* a named limit of this program was reached */
};

/* Purpose: a short lower-case phrase for a log line.
 * Owns: static storage. Errors: none; an unknown value gives "unknown". */
const char *status_phrase(enum status status);

#endif
