/*
 * app_changed - how much of what a batch changes is wanted, and its sum; what becomes of lines that would change what
 * was recorded.
 *
 * A body of a megabyte changes tens of thousands of obligations: whoever imports
 * wants to know how many, and the trial of an import not even that.
 */
#ifndef MAPPAD_APP_CHANGED_H
#define MAPPAD_APP_CHANGED_H

#include "mappad/obligation.h"

#include <stddef.h>
#include <stdint.h>

struct app_batch;

/* ROWS: each obligation that changes; COUNTS: how many; NONE: neither, so that a dry run derives nothing. */
enum app_changed { APP_CHANGED_ROWS, APP_CHANGED_COUNTS, APP_CHANGED_NONE };

/* Obligations that a batch changes; all 0 if that was not wanted. */
struct app_changed_sum {
        size_t all;                                     /* those that vanished included */
        int64_t states[OBLIGATION_STATE_COUNT];         /* by the state that they are in now */
        int64_t vanished;                               /* that no longer exist at all */
        const char *case_ref;                           /* the one that they are all of; NULL: several, or none */
};

/* A line that was skipped because its id was recorded before, though not with what it says. */
struct app_conflict {
        uint64_t line;                  /* from 1 */
        uint64_t seq;                   /* of the line that has the id */
        const char *field;              /* the first thing that differs: "case", "event", "on", "item", a field of the
                                           event, "replaces", "retract" */
};

#define APP_CONFLICTS_MAX 100           /* kept of one batch; all are counted */

/* Purpose: say how much is wanted, before the batch is submitted; else it is APP_CHANGED_ROWS. */
void app_batch_want(struct app_batch *batch, enum app_changed wanted);
/* Purpose: have a batch refused ("id-conflict") if a line has a known id and says something else than what has it, in
 * the place of skipping the line and saying so (struct app_conflict). */
void app_batch_refuse_conflicts(struct app_batch *batch);

#endif
