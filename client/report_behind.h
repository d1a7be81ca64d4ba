/*
 * report_behind - the cases behind the figures of a report, in the order of its
 * tables, however many there are.
 *
 * They come case by case and before the tables, and are read table by table: what
 * does not fit into a little memory is sorted on disk.
 */
#ifndef MAPPACTL_REPORT_BEHIND_H
#define MAPPACTL_REPORT_BEHIND_H

#include "list.h"

struct report_behind;

/* Where a case is counted, by the places of table, row and column in the answer. */
#define REPORT_IN_NO_CELL UINT16_MAX    /* for a row and its column: it is counted, and in no cell */
struct report_place { uint16_t table, row, column; };

struct report_hit { struct report_place place; const char *case_ref, *on; };

/* Purpose: an empty one. Errors: NULL without memory. */
struct report_behind *report_behind_new(void);
void report_behind_free(struct report_behind *behind);
/* Purpose: take in a row of the list; a rows_fn. Errors: false, errno set. */
bool report_behind_take(void *behind, const json_t *row);
/* Purpose: all have come: put them in the order of the tables of an answer, and of a table's cells or else as they
 * came. Errors: false, errno set. */
bool report_behind_sort(struct report_behind *behind, const json_t *report, bool by_cell);
/* Purpose: the next one if it is of this table; of this cell. Shape: asked for in order. Owns: valid until the next
 * call. */
bool report_behind_of_table(struct report_behind *behind, uint16_t table, struct report_hit *ret_hit);
bool report_behind_of_cell(struct report_behind *behind, struct report_place place, struct report_hit *ret_hit);
/* Purpose: errno of what failed while they were read, or 0. */
int report_behind_error(const struct report_behind *behind);

#endif
