/*
 * scratch - see scratch.h.
 */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

static const char *folder(void)
{
        const char *named = getenv("TMPDIR");

        return named != NULL && named[0] != '\0' ? named : "/tmp";
}

/* A file without a name; where a file system cannot make one, a name is given and taken away. */
static int open_nameless(void)
{
        char path[4096];
        int file = open(folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

        if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
                return file;
        if (snprintf(path, sizeof(path), "%s/mappactl.XXXXXX", folder()) >= (int)sizeof(path)) {
                errno = ENAMETOOLONG;
                return -1;
        }
        file = mkostemp(path, O_CLOEXEC);
        if (file >= 0)
                (void)unlink(path);
        return file;
}

void scratch_init(struct scratch *scratch, size_t piece)
{
        *scratch = (struct scratch){.piece = piece, .file = -1};
        wire_buffer_init(&scratch->tail);
}

void scratch_fini(struct scratch *scratch)
{
        if (scratch->file >= 0)
                (void)close(scratch->file);
        wire_buffer_fini(&scratch->tail);
        scratch->file = -1;
        scratch->written = 0;
}

void scratch_clear(struct scratch *scratch)
{
        size_t piece = scratch->piece;

        scratch_fini(scratch);
        scratch_init(scratch, piece);
}

static bool write_all(int file, const char *bytes, size_t length, uint64_t offset)
{
        while (length > 0) {
                ssize_t done = pwrite(file, bytes, length, (off_t)offset);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done <= 0)
                        return false;
                bytes += done;
                length -= (size_t)done;
                offset += (uint64_t)done;
        }
        return true;
}

static bool read_all(int file, char *bytes, size_t length, uint64_t offset)
{
        while (length > 0) {
                ssize_t done = pread(file, bytes, length, (off_t)offset);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done == 0)
                        errno = EIO;
                if (done <= 0)
                        return false;
                bytes += done;
                length -= (size_t)done;
                offset += (uint64_t)done;
        }
        return true;
}

bool scratch_put(struct scratch *scratch, const void *bytes, size_t length)
{
        wire_put(&scratch->tail, bytes, length);
        if (scratch->tail.failed) {
                errno = ENOMEM;
                return false;
        }
        if (scratch->tail.length < scratch->piece)
                return true;
        if (scratch->file < 0)
                scratch->file = open_nameless();
        if (scratch->file < 0 || !write_all(scratch->file, scratch->tail.data, scratch->tail.length, scratch->written))
                return false;
        scratch->written += scratch->tail.length;
        wire_buffer_reset(&scratch->tail);
        return true;
}

uint64_t scratch_size(const struct scratch *scratch)
{
        return scratch->written + scratch->tail.length;
}

/* How many bytes of a stretch lie in the file; the others are in memory. */
static size_t in_file(const struct scratch *scratch, uint64_t offset, size_t length)
{
        if (offset >= scratch->written)
                return 0;
        return scratch->written - offset < length ? (size_t)(scratch->written - offset) : length;
}

bool scratch_get(const struct scratch *scratch, uint64_t offset, void *ret_bytes, size_t length)
{
        size_t stored = in_file(scratch, offset, length);
        char *bytes = ret_bytes;

        if (stored > 0 && !read_all(scratch->file, bytes, stored, offset))
                return false;
        if (stored < length)
                memcpy(bytes + stored, scratch->tail.data + (offset + stored - scratch->written), length - stored);
        return true;
}

bool scratch_set(struct scratch *scratch, uint64_t offset, const void *bytes, size_t length)
{
        size_t stored = in_file(scratch, offset, length);
        const char *from = bytes;

        if (stored > 0 && !write_all(scratch->file, from, stored, offset))
                return false;
        if (stored < length)
                memcpy(scratch->tail.data + (offset + stored - scratch->written), from + stored, length - stored);
        return true;
}

/* ---- reading in order ---- */

void scratch_read(struct scratch_reader *reader, const struct scratch *scratch, uint64_t offset, uint64_t end,
                  size_t size)
{
        *reader = (struct scratch_reader){.scratch = scratch, .offset = offset, .end = end};
        reader->capacity = size;
        reader->bytes = malloc(size);
        reader->error = reader->bytes == NULL ? ENOMEM : 0;
}

void scratch_read_end(struct scratch_reader *reader)
{
        free(reader->bytes);
        *reader = (struct scratch_reader){.scratch = NULL};
}

/* Room for so many bytes from the start of the buffer on. */
static bool make_room(struct scratch_reader *reader, size_t length)
{
        if (reader->length > 0)
                memmove(reader->bytes, reader->bytes + reader->start, reader->length);
        reader->start = 0;
        if (length <= reader->capacity)
                return true;
        char *bytes = realloc(reader->bytes, length);

        if (bytes == NULL) {
                reader->error = ENOMEM;
                return false;
        }
        reader->bytes = bytes;
        reader->capacity = length;
        return true;
}

const char *scratch_peek(struct scratch_reader *reader, size_t length)
{
        if (reader->error != 0 || reader->end - reader->offset + reader->length < length)
                return NULL;
        if (reader->length < length) {
                if (!make_room(reader, length))
                        return NULL;
                size_t room = reader->capacity - reader->length;
                size_t size = reader->end - reader->offset < room ? (size_t)(reader->end - reader->offset) : room;

                if (!scratch_get(reader->scratch, reader->offset, reader->bytes + reader->length, size)) {
                        reader->error = errno;
                        return NULL;
                }
                reader->length += size;
                reader->offset += size;
        }
        return reader->bytes + reader->start;
}

void scratch_skip(struct scratch_reader *reader, size_t length)
{
        reader->start += length;
        reader->length -= length;
}

enum outcome scratch_failed(void)
{
        if (errno == ENOMEM)
                return out_of_memory();
        complain("a temporary file in %s: %s; TMPDIR names another folder", folder(), strerror(errno));
        return OUTCOME_REFUSED;
}
