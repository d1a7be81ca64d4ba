/*
 * progress - how far long work is, how fast, and how long it will take: on a
 * terminal, and nowhere else.
 */
#ifndef MAPPACTL_PROGRESS_H
#define MAPPACTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
        const char *doing;              /* "reading" */
        const char *unit;               /* "rows", "events" */
        uint64_t all;                   /* 0: not known */
        uint64_t done;
        int64_t begun_ms, said_ms;
        bool shown;                     /* something stands on the line */
};

/* Purpose: begin a piece of work. */
struct progress progress_begin(const char *doing, const char *unit, uint64_t all);
/* Purpose: so much is done. Cost: a clock is read; said five times a second at most. */
void progress_to(struct progress *progress, uint64_t done);
/* Purpose: clear the line, before anything else is written and in the end. */
void progress_clear(struct progress *progress);

/* Purpose: append the words: "reading: 12,000 of 45,000 rows, 8,500 a second, 4 s left". */
void progress_words(const struct progress *progress, int64_t now_ms, char *text, unsigned int size);

#endif
