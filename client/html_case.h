/*
 * html_case - what the files of a case's page share.
 */
#ifndef MAPPACTL_HTML_CASE_H
#define MAPPACTL_HTML_CASE_H

#include "html_pages.h"

/* Purpose: a day of a row, CIVIL_NONE without. */
int32_t case_day(const json_t *row, const char *key);
/* Purpose: the last day of a duty's bar: its end, or while it is open the day asked about. */
int32_t case_until(const json_t *answer, const json_t *row);
/* Purpose: how many duties are drawn: the last of those with a beginning; how many of these are passed over first. */
size_t case_drawn(const json_t *obligations, size_t *ret_skip);

#endif
