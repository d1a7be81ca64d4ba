/*
 * keep - a value that one file is read into, and the memory that its texts and lists live in. Private to rulefile.
 *
 * For files that stand alone: configuration, contacts, mapping. Rules and tests are read from several at once.
 */
#ifndef RULEFILE_KEEP_H
#define RULEFILE_KEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "cfg.h"
#include "mappad/arena.h"

struct keep {
        struct arena arena;
        bool out_of_memory;     /* something was not kept */
        max_align_t value[];
};

/* Where a value is read from: the file of a path, or, if text is given, that in its place. */
struct keep_source {
        const char *path;
        const struct rulefile_text *text;
        struct diagnostics *diagnostics;
};

/* Reads a file into keep->value, which is zeroed; what is wrong goes into the diagnostics, and reading goes on. */
typedef void keep_read_fn(struct keep *keep, const struct cfg_file *file, void *context);

/* Purpose: read a value of so many bytes. Owns: *ret_value, by keep_free(); unset unless STATUS_OK. Errors:
 * STATUS_INVALID with a diagnostic for each mistake; STATUS_NO_MEMORY. */
MUST_CHECK enum status keep_load(const struct keep_source *source, size_t size, keep_read_fn *read, void *context,
                                 void **ret_value);

/* Purpose: room for a list that lives as long as the value, cleared; NULL, which is noted, without memory. */
void *keep_room(struct keep *keep, size_t count, size_t size);
/* Purpose: a copy of a text likewise. NULL of NULL, which is nothing to note. */
const char *keep_text(struct keep *keep, const char *text);

/* Purpose: release a value that keep_load() gave, and all that was kept with it. NULL is left alone. */
void keep_free(void *value);

#endif
