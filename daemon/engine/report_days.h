/*
 * report_days - days late, counted one by one, so that the median of any number
 * of obligations needs no more memory than there are days. Private to daemon/engine.
 */
#ifndef ENGINE_REPORT_DAYS_H
#define ENGINE_REPORT_DAYS_H

#include "mappad/report.h"

/* Purpose: room for the measures of a table; nothing where it has none. false: no memory. */
bool days_new(const struct report_table *table, struct arena *arena, struct report_sums *sums);
/* Purpose: one more in a row (REPORT_ALL: in all of them) that is so many days late. Shape: column is a measure. */
void days_add(const struct report_table *table, struct report_sums *sums, uint8_t row, uint8_t column, int32_t days);
/* Purpose: how many were measured, and what they say. */
uint64_t days_count(const struct report_table *table, const struct report_sums *sums, uint8_t row, uint8_t column);
uint64_t days_figure(const struct report_table *table, const struct report_sums *sums, uint8_t row, uint8_t column);

#endif
