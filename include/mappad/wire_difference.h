/*
 * wire_difference - the JSON forms of what a change of rules does.
 *
 * A comparison is a list of lines: one object about the rules themselves, one
 * for each obligation that differs, and one with the counts. Client and daemon
 * write it with the same functions, so that both answer alike.
 */
#ifndef MAPPAD_WIRE_DIFFERENCE_H
#define MAPPAD_WIRE_DIFFERENCE_H

#include "mappad/difference.h"
#include "mappad/wire.h"

/* What the first line tells. */
struct wire_comparison {
        int32_t as_of;
        const char *before, *after;     /* digests of rules, calendar and contacts together */
        const struct amendments *amendments;
        const struct readdressed_list *readdressed;
};

/* Purpose: append the first line without its closing brace: "as_of", "before", "after", "amendments", "readdressed". */
void wire_comparison_open(struct wire_buffer *buffer, const struct wire_comparison *comparison);
/* Purpose: append one obligation that differs: case, rule, item, title, changes, before, after, stages. */
void wire_difference_write(struct wire_buffer *buffer, const char *case_ref, const struct difference *difference);
/* Purpose: append the object of counts: cases, cases_changed, open_before, ..., and each change by its word. */
void wire_counts_write(struct wire_buffer *buffer, const struct difference_counts *counts);
/* Purpose: append "counts" and "rules" (those of them that differ) as members of an object that the caller has open. */
void wire_tally_append(struct wire_buffer *buffer, const struct difference_tally *tally);

#endif
