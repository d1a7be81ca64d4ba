/*
 * rows - an answer with a long list in it, row by row as it comes, so that memory
 * does not grow with the list.
 */
#ifndef MAPPACTL_ROWS_H
#define MAPPACTL_ROWS_H

#include <jansson.h>

#include "command.h"
#include "mappad/wire.h"

/* What is done with a row. False: stop. */
typedef bool (*rows_fn)(void *context, const json_t *row);

struct rows {
        const char *name;               /* of the list, a member of the answer */
        rows_fn take; void *context;
        struct wire_buffer rest;        /* the answer without its rows */
        struct wire_buffer row;         /* the one that is coming */
        size_t depth;                   /* of brackets that are open */
        bool in_text, escaped, in_list;
        bool failed;                    /* it was said why, or the sink stopped */
};

void rows_init(struct rows *rows, const char *name, rows_fn take, void *context);
void rows_fini(struct rows *rows);
/* Purpose: take a piece of the answer; a stream_fn. */
bool rows_take(void *rows, const char *bytes, size_t length);
/* Purpose: the answer so far, its list empty: as it stands before the first row, or when all has come.
 * Errors: NULL when it is not understood, or memory ran out. */
json_t *rows_answer(const struct rows *rows);

#endif
