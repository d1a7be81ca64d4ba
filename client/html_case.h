/*
 * html_case - what the files of a case's pages share.
 */
#ifndef MAPPACTL_HTML_CASE_H
#define MAPPACTL_HTML_CASE_H

#include "html_pages.h"

#define CASE_TOP 44     /* where the first bar begins: below the legend and the ticks */

/* The time that is drawn: days as units from a left edge. today CIVIL_NONE: none is marked. */
struct case_span { int32_t first, last, today; int left, length; };
/* Purpose: where a day begins; days outside stand at the edges. */
int case_at(const struct case_span *span, int32_t day);
/* Purpose: months or years as lines down to the bottom, with what they are called below. */
void case_axis(struct html *page, const struct case_span *span, int bottom);

/* Purpose: a day of a row, CIVIL_NONE without. */
int32_t case_day(const json_t *row, const char *key);
/* Purpose: the last day of a duty's bar: its end, or while it is open the day asked about. */
int32_t case_until(const json_t *answer, const json_t *row);
/* Purpose: how many duties are drawn: the last of those with a beginning; how many of these are passed over first. */
size_t case_drawn(const json_t *obligations, size_t *ret_skip);

#endif
