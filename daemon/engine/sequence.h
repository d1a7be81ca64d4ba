/*
 * sequence - the answers of a rule whose versions have different clocks, in the
 * order of their beginnings.
 *
 * Each clock gives its own in that order. They are held until all have come, and
 * then given on, so that whoever takes them finds the outlet as it was.
 */
#ifndef MAPPAD_ENGINE_SEQUENCE_H
#define MAPPAD_ENGINE_SEQUENCE_H

#include "course.h"

struct held;

struct sequence {
        struct outlet *outlet;
        obligation_fn sink;             /* the outlet's own */
        void *context;
        struct held *first, *latest;    /* by started; the one put in last */
        bool failed;                    /* memory ran out */
};

/* Purpose: hold back what an outlet is given from now on. Owns: the outlet's arena. */
void sequence_begin(struct sequence *sequence, struct outlet *outlet);
/* Purpose: give the outlet what was held, by started; of one day answers that are no obligation first. false: no
 * memory. */
bool sequence_end(struct sequence *sequence);

#endif
