/*
 * fingerprint - a short name for a text, the same whenever and wherever it is taken.
 */
#ifndef MAPPAD_FINGERPRINT_H
#define MAPPAD_FINGERPRINT_H

#include "mappad/status.h"

#include <stddef.h>

#define FINGERPRINT_SIZE 33             /* 32 hex digits and a NUL */

/* Purpose: the first 128 bits of the SHA-256 of a text: two of ten million texts share one with a chance of 1 in
 * 10^24. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status fingerprint(const char *text, size_t length, char ret_hex[static FINGERPRINT_SIZE]);

#endif
