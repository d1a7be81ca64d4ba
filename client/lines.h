/*
 * lines - a file line by line, however long its lines are.
 */
#ifndef MAPPACTL_LINES_H
#define MAPPACTL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/wire.h"

#define LINES_BUFFER_SIZE (4 * WIRE_LINE_MAX)

struct lines {
        int fd;
        bool owned;             /* the descriptor is closed with the reader */
        bool at_end;
        int error;              /* errno of a failed read, or 0 */
        size_t start, end;      /* what of the buffer is still to be given out */
        uint64_t number;        /* of the line given last, from 1 */
        bool in_long;           /* the rest of a line that was too long is being skipped */
        char *buffer;
};

/* Purpose: open a file ("-": standard input). Errors: false, errno set. */
bool lines_open(struct lines *lines, const char *path);
void lines_close(struct lines *lines);
/* Purpose: the next line without its line feed; of one longer than WIRE_LINE_MAX only the first
 * WIRE_LINE_MAX + 1 bytes. Valid until the next call. False at the end (then ask lines->error). */
bool lines_next(struct lines *lines, const char **ret_text, size_t *ret_length);
/* Purpose: whether a line holds nothing but white space. */
bool line_blank(const char *text, size_t length);

#endif
