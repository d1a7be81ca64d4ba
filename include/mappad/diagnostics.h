/*
 * diagnostics - what is wrong with a file, said so that a person can mend it.
 *
 * Readers of rule files, contacts and settings report every mistake of every
 * file here instead of stopping at the first. The list is bounded; the counts
 * are not. Whether an error was found is asked of the counts, so that a
 * diagnostic that found no memory still refuses the file.
 */
#ifndef MAPPAD_DIAGNOSTICS_H
#define MAPPAD_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define DIAGNOSTICS_KEPT_MAX 500        /* entries kept; later ones are counted only */
#define DIAGNOSTIC_SENTENCE_MAX 480     /* bytes of one sentence; longer ones are cut */

enum diagnostic_severity { DIAGNOSTIC_ERROR, DIAGNOSTIC_WARNING };

struct diagnostic {
        enum diagnostic_severity severity;
        char *file;             /* as it was named by whoever asked; "" when no file is to blame */
        int line;               /* from 1; 0: the file as a whole */
        char *sentence;         /* no line break, no control byte, no full stop at its end */
};

/* Shape: a zeroed struct is an empty list. Fields may be read, not written. */
struct diagnostics {
        struct diagnostic *entries;
        size_t count;           /* entries kept, at most DIAGNOSTICS_KEPT_MAX */
        size_t capacity;
        size_t error_count;     /* all errors, kept or not */
        size_t warning_count;
};

/* Purpose: make an empty list. */
void diagnostics_init(struct diagnostics *diagnostics);
/* Purpose: release everything; the list is empty again. */
void diagnostics_fini(struct diagnostics *diagnostics);

/* Purpose: add one. Bytes that are no printable text are written as "\xNN", so that untrusted
 * text reaches neither terminal nor log raw.
 * Errors: none; without memory, or when the list is full, it is counted all the same. */
__attribute__((format(printf, 5, 6)))
void diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_severity severity, const char *file, int line,
                     const char *format, ...);

/* Purpose: whether another diagnostic would still be kept; callers ask before costly work for a sentence. */
bool diagnostics_has_room(const struct diagnostics *diagnostics);

/* Purpose: order by file, line, then as they were added. Files keep the order in which they first appeared. */
void diagnostics_sort(struct diagnostics *diagnostics);

/* Purpose: print one line each, in order, then how many more there were, if any.
 * Example: "rules/a.cfg:12: error: no attribute is called "levle"; did you mean "level"?" */
void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream);

#endif
