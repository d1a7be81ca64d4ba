/*
 * output - standard output through one buffer whose failures are noticed.
 */
#ifndef MAPPACTL_OUTPUT_H
#define MAPPACTL_OUTPUT_H

#include "command.h"
#include "mappad/wire.h"

#define OUTPUT_PIECE 65536      /* bytes gathered before they are written */

/* Purpose: write out what the buffer holds if there is much of it (or everything), and empty it.
 * Errors: false when standard output takes no more, or memory had run out. */
bool output_drain(struct wire_buffer *buffer, bool everything);

/* Purpose: say that memory ran out. */
enum outcome out_of_memory(void);

/* Purpose: write out all of an answer and release the buffer. good: whether it was gathered.
 * Errors: of memory, said; OUTCOME_REFUSED when standard output takes no more. */
enum outcome output_end(struct wire_buffer *buffer, bool good);

#endif
