/*
 * sorter - records in the order of their keys, however many there are.
 *
 * What fits into the memory it is given is sorted there; more is written out in
 * sorted runs, which are merged as they are read. The order can be read again and
 * again. Keys are bytes, compared as such; no two are the same.
 */
#ifndef MAPPACTL_SORTER_H
#define MAPPACTL_SORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sorter;

struct sorter_record {
        const char *key; size_t key_length;
        const char *value; size_t length;
};

/* Purpose: an empty one that takes about so many bytes of memory. Errors: NULL without memory. */
struct sorter *sorter_new(size_t memory);
void sorter_free(struct sorter *sorter);
/* Purpose: whether nothing was added. */
bool sorter_empty(const struct sorter *sorter);
/* Purpose: keep a copy of a record. Shape: not after sorter_begin. Errors: false, errno set. */
bool sorter_add(struct sorter *sorter, const struct sorter_record *record);

/* Purpose: go to the first record. Errors: false, errno set. */
bool sorter_begin(struct sorter *sorter);
/* Purpose: the next record; valid until the next call. False after the last, and when something failed: then
 * sorter_error is the errno, otherwise 0. */
bool sorter_next(struct sorter *sorter, struct sorter_record *ret_record);
int sorter_error(const struct sorter *sorter);

#endif
