/*
 * csv - rows of a CSV file (RFC 4180), however the program wrote it that it comes
 * from: CRLF, LF or CR, a BOM, line ends within quotes.
 *
 * Rows are numbered as a spreadsheet numbers them, from 1, empty ones included. Memory
 * holds one row. What is wrong with a row is said with row and column, and the
 * reader goes on with the next; only a quote that is never closed ends it.
 */
#ifndef MAPPACTL_CSV_H
#define MAPPACTL_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/wire.h"

#define CSV_COLUMNS_MAX 1024
#define CSV_ROW_MAX ((size_t)1 << 20)   /* bytes of one row */
#define CSV_BUFFER_SIZE ((size_t)64 << 10)

/* Purpose: read up to size bytes; the number, 0 at the end, negative (errno set) on failure. */
typedef int64_t (*csv_read_fn)(void *context, char *bytes, size_t size);
/* Purpose: hear of something wrong: column from 0, CSV_COLUMNS_MAX: none. */
typedef void (*csv_trouble_fn)(void *context, uint64_t row, size_t column, const char *sentence);

struct csv_source {
        csv_read_fn read;
        csv_trouble_fn trouble;
        void *context;
        char separator;
        bool windows_1252;              /* else UTF-8 */
};

struct csv {
        struct csv_source source;
        char *buffer;
        size_t at, end;
        uint64_t taken;                 /* bytes read so far */
        uint64_t row;                   /* number of the row given last */
        struct wire_buffer text;        /* cells of the row, each with a NUL */
        size_t *starts;                 /* where each begins */
        const char **cells;
        size_t count;
        int error;                      /* errno of a failed reading, or 0 */
        bool bad;                       /* something was wrong with the row */
        bool over;
};

enum csv_answer { CSV_ROW, CSV_END, CSV_BROKEN, CSV_NO_MEMORY };

/* Purpose: begin; csv_fini whatever comes back. Errors: false without memory. */
bool csv_init(struct csv *csv, const struct csv_source *source);
void csv_fini(struct csv *csv);
/* Purpose: the next row in cells[0 .. count); of an empty one count is 0. Cells are UTF-8 without blanks around them
 * and live until the next call. CSV_BROKEN: reading failed (error) or the file cannot be read on; it was said. */
enum csv_answer csv_next(struct csv *csv);

#endif
