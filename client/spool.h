/*
 * spool - the events of a file of any size, kept so that those of a case come back
 * together and memory does not grow with the file.
 *
 * Events go to parts by a hash of their case; a small file is one part in memory, a
 * large one many in temporary files that have no name. A retraction belongs to the
 * case of the event that it names, and joins it when its part is read.
 */
#ifndef MAPPACTL_SPOOL_H
#define MAPPACTL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/wire.h"

struct spool;

#define SPOOL_NAME_SIZE 16

/* One event, or a retraction. */
struct spool_line {
        uint64_t number;                /* of the line or row it came from */
        uint32_t event;                 /* which event of the row, for whoever knows columns */
        const char *case_ref;           /* "" for a retraction */
        const char *id;                 /* "": it has none; of a retraction the one that it names */
        const char *text; size_t length;        /* JSON */
        bool retraction;
        bool has_id;                    /* the text says its own id, whatever it is, or can be given none */
        uint8_t name[SPOOL_NAME_SIZE];  /* what it is known by if it has no id, whoever calls knows how */
        uint32_t place;                 /* of its case among all cases: the spool's own */
};

/* Purpose: an empty one for a file of so many bytes (0: not known, and one part until it is large).
 * Errors: NULL without memory. */
struct spool *spool_new(uint64_t bytes);
void spool_free(struct spool *spool);
/* Purpose: keep a line; texts are copied. Errors: false, errno set. */
bool spool_add(struct spool *spool, const struct spool_line *line);

/* Purpose: where a case has its place among all that there could be; parts come in that order. The same for ever, since
 * ids are made of it. */
uint32_t spool_place(const char *case_ref);
/* Purpose: how two lines follow each other in their file, for qsort. */
int spool_order(const struct spool_line *x, const struct spool_line *y);
/* Purpose: whether all of it is one part; lines in all. */
bool spool_is_one(const struct spool *spool);
uint64_t spool_lines(const struct spool *spool);

/* Lines of one part by number, NULL if it is none; texts live until the part is released. */
struct spool_part {
        struct spool_line *lines;
        size_t count;
        char *bytes;
};
/* Purpose: begin with the first part; read the next, whose lines are NULL when there is none. Shape: nothing is added
 * once reading has begun. The last part holds the retractions of events that are not in the file, each for itself.
 * Errors: false, errno set. Cost: some 16 MiB, or the largest case; what is larger is divided when it is come to. */
void spool_rewind(struct spool *spool);
bool spool_next(struct spool *spool, struct spool_part *ret_part);
void spool_part_free(struct spool_part *part);

#endif
