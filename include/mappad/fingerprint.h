/*
 * fingerprint - a short name for a text, the same whenever and wherever it is taken.
 */
#ifndef MAPPAD_FINGERPRINT_H
#define MAPPAD_FINGERPRINT_H

#include "mappad/status.h"

#include <stddef.h>
#include <stdint.h>

#define FINGERPRINT_SIZE 16             /* bytes */

/* What takes them, one after another: to get it ready costs more than a fingerprint. */
struct fingerprinter { void *kind, *context; };

/* Purpose: get ready; fingerprinter_fini whatever comes back. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status fingerprinter_init(struct fingerprinter *fingerprinter);
void fingerprinter_fini(struct fingerprinter *fingerprinter);

/* Purpose: the first 128 bits of the SHA-256 of a text: two of ten million texts share one with a chance of 1 in
 * 10^24. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status fingerprint(struct fingerprinter *fingerprinter, const char *text, size_t length,
                                   uint8_t ret_bytes[static FINGERPRINT_SIZE]);

#endif
