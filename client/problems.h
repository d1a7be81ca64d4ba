/*
 * problems - what is wrong with a file that is to be imported: the first of it by
 * place, in whatever order it is found, all of it counted.
 */
#ifndef MAPPACTL_PROBLEMS_H
#define MAPPACTL_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBLEMS_SHOWN_MAX 100
#define PROBLEMS_TEXT_SIZE 800

/* One that is to be said, and the line or row where it is. */
struct problem { uint64_t number; char text[PROBLEMS_TEXT_SIZE]; };

struct problems {
        const char *path;               /* of the file, as it was named */
        bool rows;                      /* places are rows of a spreadsheet, else lines */
        uint64_t count;
        char last[PROBLEMS_TEXT_SIZE];  /* place and sentence of the one before */
        struct problem kept[PROBLEMS_SHOWN_MAX]; size_t kept_count;     /* the first ones, by number */
};

/* A place: number of the line or row (0: the file), column from 0 (PROBLEMS_NO_COLUMN) and its heading (or NULL). */
#define PROBLEMS_NO_COLUMN SIZE_MAX
struct problems_place { uint64_t number; size_t column; const char *heading; };

/* Purpose: keep one, as long as it is among the first; count it. What says the same of the same place
 * as the one before is no other: a cell that three events take, or each letter behind a quote. */
void problems_add(struct problems *problems, struct problems_place place, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* Purpose: say on standard error those that are kept, each once, and how many there are if these are not all. */
void problems_say(struct problems *problems);

#endif
