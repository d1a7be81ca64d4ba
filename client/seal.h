/*
 * seal - reports that were sealed.
 */
#ifndef MAPPACTL_SEAL_H
#define MAPPACTL_SEAL_H

#include "list.h"

/* Purpose: carry out --seal, --as-sealed and --against-sealed of the command `report`. Shape: one of them was given. */
enum outcome seal_run(const struct arguments *arguments, enum format format);
bool seal_asked(const struct arguments *arguments);

/* Purpose: what differs between a sealed report and the figures now, each difference with the cases and later records
 * behind it. NULL: no memory. Shape: sealed is an answer of /v1/seals/{seal}, now one of its changes.
 * Owns: the caller, json_decref. */
json_t *seal_compare(const json_t *sealed, const json_t *now);
/* Purpose: append it as text; as CSV, a line a later record behind a figure. False: no memory. */
bool seal_compared_text(const json_t *compared, struct wire_buffer *out);
bool seal_compared_csv(const json_t *compared, struct wire_buffer *out);

#endif
