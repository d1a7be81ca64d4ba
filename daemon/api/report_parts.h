/*
 * report_parts - what the pieces of a report's answer share. Private to daemon/api.
 */
#ifndef API_REPORT_PARTS_H
#define API_REPORT_PARTS_H

#include "room.h"
#include "mappad/app_figures.h"

/* Purpose: append "12.3", so many for each `per` of a whole that is not 0. Half a tenth is rounded up. */
void report_put_quotient(struct wire_buffer *buffer, uint64_t of, uint64_t over, int32_t per);
/* Purpose: append the names of notes under "notes". */
void report_put_notes(struct wire_buffer *buffer, const struct report_notes *notes);
/* Purpose: append the trends of a complete report, or null where it has none. */
void report_put_trends(struct wire_buffer *buffer, const struct app_figures_answer *answer);

#endif
