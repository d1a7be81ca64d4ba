/*
 * lines - reads a file in large pieces and gives out its lines (lines.h).
 */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool lines_open(struct lines *lines, const char *path)
{
        *lines = (struct lines){.fd = STDIN_FILENO};
        lines->buffer = malloc(LINES_BUFFER_SIZE);
        if (lines->buffer == NULL) {
                errno = ENOMEM;
                return false;
        }
        if (strcmp(path, "-") == 0)
                return true;
        lines->fd = open(path, O_RDONLY | O_CLOEXEC);
        lines->owned = lines->fd >= 0;
        if (lines->owned)
                return true;
        int error = errno;
        free(lines->buffer);
        lines->buffer = NULL;
        errno = error;
        return false;
}

void lines_close(struct lines *lines)
{
        if (lines->owned)
                close(lines->fd);
        free(lines->buffer);
        *lines = (struct lines){.fd = -1};
}

/* Read more behind what is left. */
static void fill(struct lines *lines)
{
        if (lines->start > 0) {
                memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
                lines->end -= lines->start;
                lines->start = 0;
        }
        ssize_t got;
        do
                got = read(lines->fd, lines->buffer + lines->end, LINES_BUFFER_SIZE - lines->end);
        while (got < 0 && errno == EINTR);
        if (got < 0)
                lines->error = errno;
        if (got <= 0)
                lines->at_end = true;
        else
                lines->end += (size_t)got;
}

/* One piece that ends with a line feed, the file, or the longest line that is accepted. */
static bool next_piece(struct lines *lines, const char **ret_text, size_t *ret_length, bool *ret_whole)
{
        size_t searched = 0;
        for (;;) {
                const char *text = lines->buffer + lines->start;
                size_t left = lines->end - lines->start;
                size_t most = left < WIRE_LINE_MAX + 1 ? left : WIRE_LINE_MAX + 1;
                const char *feed = most > searched ? memchr(text + searched, '\n', most - searched) : NULL;
                searched = most;
                bool ends = feed != NULL || (lines->at_end && left <= WIRE_LINE_MAX);
                if (ends || left > WIRE_LINE_MAX) {
                        *ret_length = feed != NULL ? (size_t)(feed - text) : most;
                        *ret_text = text;
                        *ret_whole = ends;
                        lines->start += *ret_length + (feed != NULL);
                        return left > 0;
                }
                fill(lines);
        }
}

bool lines_next(struct lines *lines, const char **ret_text, size_t *ret_length)
{
        for (;;) {
                bool whole, rest = lines->in_long;
                if (!next_piece(lines, ret_text, ret_length, &whole))
                        return false;
                lines->in_long = !whole;
                if (!rest) {
                        lines->number++;
                        return true;
                }
        }
}

bool line_blank(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
                        return false;
        return true;
}
