/*
 * comparison - what a change of rules does, for people and for programs.
 *
 * Takes the lines of a comparison one by one (wire_difference.h) and writes them
 * as they come, so that its memory does not grow with the caseload.
 */
#ifndef MAPPACTL_COMPARISON_H
#define MAPPACTL_COMPARISON_H

#include "table.h"

struct comparison;

/* Purpose: begin; lines go to standard output in a format. Errors: NULL when memory ran out. */
struct comparison *comparison_new(enum format format);
void comparison_free(struct comparison *comparison);
/* Purpose: take bytes that hold lines, whole or in pieces; a stream_fn. False: stop, output or memory failed. */
bool comparison_take(void *context, const char *bytes, size_t length);
/* Purpose: all lines were given. OUTCOME_UNREACHABLE, after saying so, when the last one did not come. */
enum outcome comparison_end(struct comparison *comparison);
/* Purpose: after the end: the digest of what was looked at, and whether it is what is in force already. */
const char *comparison_digest(const struct comparison *comparison);
bool comparison_same(const struct comparison *comparison);

/* Purpose: append the sentence and the table of counts, for people. tally has "counts" and "rules". */
bool comparison_put_counts(const json_t *tally, struct wire_buffer *out);

#endif
