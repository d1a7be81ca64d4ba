/*
 * batches - the events of a part of a spool on their way to the daemon.
 *
 * A batch is one request and never divides a case, so that what the lines of a
 * case say to each other is decided within a batch, and a trial of all batches
 * finds what recording them would refuse. While the daemon is at one the next is
 * made ready, and it is sent once that is answered: they are recorded in order.
 * Of each but the last it is said that more follows, so that an import brings one
 * urgent message to whom it concerns and not one for each batch.
 */
#ifndef MAPPACTL_BATCHES_H
#define MAPPACTL_BATCHES_H

#include "http.h"
#include "problems.h"
#include "progress.h"
#include "sheet.h"
#include "spool.h"

#define WARNINGS_SHOWN_MAX 20

/* What a run of batches found. */
struct batches_sums {
        uint64_t recorded, repeated, warnings;
        json_t *changed;                /* obligations by state, and "vanished" */
};

/* One under way, one that waits until it is known whether more follows, and one being made. */
#define BATCHES_RING 3

/* A batch on its way. */
struct batch {
        struct wire_buffer body;
        struct batch_place *places; size_t sent, capacity;      /* of the lines that it has */
        size_t taken;                   /* lines, those that were left out included */
};

struct batches {
        struct http *http;
        struct problems *problems;
        const struct sheet *sheet;      /* NULL: lines of JSON */
        const struct mapping *mapping;  /* of the sheet */
        size_t body_max;                /* bytes that the daemon takes at once */
        bool trial;                     /* nothing is recorded, and everything that is wrong is said */
        bool dry;                       /* and what would change as well, since nothing follows */
        bool whole;                     /* it is all there is, and goes as one if it fits into one request */
        bool tells_warnings;            /* the first of them; of a trial and what it tries not both */
        struct progress *progress;
        struct batches_sums sums;
        uint64_t done;                  /* lines answered */
        struct batch ring[BATCHES_RING];
        size_t made, begun, heard;      /* how many so far */

        struct batch_entry *entries;    /* of the part in hand */
        size_t count;
};

/* Purpose: take the lines of a part: give those without an id one, find those that say the same, order them by case.
 * Errors: said; problems are counted. Owns: texts of the part until batches_drop. */
enum outcome batches_take(struct batches *batches, const struct spool_part *part);
void batches_drop(struct batches *batches);
/* Purpose: whether what was taken fits into one request. */
bool batches_fit_one(const struct batches *batches);
/* Purpose: send what was taken; the last batches may not be sent or answered yet, and need nothing that was taken.
 * Errors: said, of earlier batches as well; OUTCOME_REFUSED (of a trial when all was sent), OUTCOME_UNREACHABLE. */
enum outcome batches_send(struct batches *batches);
/* Purpose: send what is left, if all is to be sent, and hear what became of the last one. It must be called however
 * sending ended, and nothing may be sent afterwards. Errors: as batches_send. */
enum outcome batches_finish(struct batches *batches, bool all);

#endif
