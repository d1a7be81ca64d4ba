/*
 * sheet - the rows of a spreadsheet as events, by a mapping.
 */
#ifndef MAPPACTL_SHEET_H
#define MAPPACTL_SHEET_H

#include "csv.h"
#include "mappad/mapping.h"
#include "problems.h"
#include "spool.h"

struct sheet;

/* Purpose: take one event of a row, its members in byte order of their names. False stops the reading. */
typedef bool (*sheet_fn)(void *context, const struct spool_line *line);
struct sheet_order {
        const struct mapping *mapping;
        struct problems *problems;
        csv_read_fn read; void *read_context;
        sheet_fn sink; void *context;
};

/* Purpose: be ready to read. Errors: NULL without memory. */
struct sheet *sheet_new(const struct sheet_order *order);
void sheet_free(struct sheet *sheet);
/* Purpose: read every row. What is wrong goes to the problems; a row with a problem gives no event.
 * Errors: false when reading, memory or the sink failed: errno, 0 if that was said already. */
bool sheet_read(struct sheet *sheet);
/* Purpose: say which columns nothing was taken from, and of which every date could
 * be read with day and month exchanged as well. */
void sheet_say_remarks(const struct sheet *sheet);
/* Purpose: the column that a member of an event of a row comes from; PROBLEMS_NO_COLUMN: none. */
struct problems_place sheet_place(const struct sheet *sheet, uint64_t row, uint32_t event, const char *member);

#endif
