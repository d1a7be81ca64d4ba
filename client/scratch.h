/*
 * scratch - bytes that are put away and come back, in a file without a name once
 * there are many.
 *
 * The file lies where TMPDIR says, /tmp otherwise, and is gone with the program
 * however it ends. What is small stays in memory and touches no disk.
 */
#ifndef MAPPACTL_SCRATCH_H
#define MAPPACTL_SCRATCH_H

#include "command.h"
#include "mappad/wire.h"

#define SCRATCH_PIECE ((size_t)256 << 10) /* bytes in memory, unless somebody needs another number */

struct scratch {
        struct wire_buffer tail;        /* what is not in the file yet */
        size_t piece;                   /* bytes gathered before they are written; SIZE_MAX: all stays in memory */
        uint64_t written;
        int file;                       /* -1: none yet */
};

/* Purpose: begin; nothing is opened before there is something to write. */
void scratch_init(struct scratch *scratch, size_t piece);
void scratch_fini(struct scratch *scratch);
/* Purpose: forget everything, and the file. */
void scratch_clear(struct scratch *scratch);

/* Purpose: append bytes. Errors: false, errno set. */
bool scratch_put(struct scratch *scratch, const void *bytes, size_t length);
uint64_t scratch_size(const struct scratch *scratch);
/* Purpose: read, or write over, bytes that were appended. Errors: false, errno set. */
bool scratch_get(const struct scratch *scratch, uint64_t offset, void *ret_bytes, size_t length);
bool scratch_set(struct scratch *scratch, uint64_t offset, const void *bytes, size_t length);

/* Reads a stretch from its beginning. Nothing may be appended meanwhile. */
struct scratch_reader {
        const struct scratch *scratch;
        uint64_t offset, end;           /* what was not fetched yet */
        char *bytes;
        size_t capacity, start, length; /* what was fetched and not given out: length bytes from start */
        int error;                      /* errno of what failed, or 0 */
};

/* Purpose: begin with bytes offset to end, fetched so many at a time. Errors: of memory, told by the first
 * scratch_take. */
void scratch_read(struct scratch_reader *reader, const struct scratch *scratch, uint64_t offset, uint64_t end,
                  size_t size);
void scratch_read_end(struct scratch_reader *reader);
/* Purpose: the next so many bytes, without going past them; going past some. Owns: valid until the next call.
 * Errors: NULL where fewer are left, or after one, which reader->error tells. */
const char *scratch_peek(struct scratch_reader *reader, size_t length);
void scratch_skip(struct scratch_reader *reader, size_t length);

/* Purpose: say what errno says of a scratch file, or that memory ran out. */
enum outcome scratch_failed(void);

#endif
