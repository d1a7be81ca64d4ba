/*
 * batches - the events of a part of a spool on their way to the daemon.
 *
 * A batch is one request and never divides a case, so that what the lines of a
 * case say to each other is decided within a batch, and a trial of all batches
 * finds what recording them would refuse.
 */
#ifndef MAPPACTL_BATCHES_H
#define MAPPACTL_BATCHES_H

#include "http.h"
#include "problems.h"
#include "progress.h"
#include "sheet.h"
#include "spool.h"

/* What a run of batches found. */
struct batches_sums {
        uint64_t recorded, repeated, warnings;
        json_t *changed;                /* obligations by state, and "vanished" */
};

struct batches {
        struct http *http;
        struct problems *problems;
        const struct sheet *sheet;      /* NULL: lines of JSON */
        const struct mapping *mapping;  /* of the sheet */
        size_t body_max;                /* bytes that the daemon takes at once */
        bool trial;                     /* nothing is recorded, and everything that is wrong is said */
        bool whole;                     /* it is all there is, and is recorded as one if it fits into one request */
        struct progress *progress;
        struct batches_sums sums;
        uint64_t done;                  /* lines sent */

        struct batch_entry *entries;    /* of the part in hand */
        size_t count;
};

/* Purpose: take the lines of a part: give those without an id one, find those that say the same, order them by case.
 * Errors: said; problems are counted. Owns: texts of the part until batches_drop. */
enum outcome batches_take(struct batches *batches, const struct spool_part *part);
void batches_drop(struct batches *batches);
/* Purpose: whether what was taken fits into one request. */
bool batches_fit_one(const struct batches *batches);
/* Purpose: send what was taken. Errors: said; OUTCOME_REFUSED (of a trial when all was sent), OUTCOME_UNREACHABLE. */
enum outcome batches_send(struct batches *batches);

#endif
