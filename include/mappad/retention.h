/*
 * retention - how long a class of case is kept, as rule files state it.
 *
 * Nothing is erased by it. A class says until when, in the words of the
 * controllers' schedule; that a case is due is told to whoever asks.
 */
#ifndef MAPPAD_RETENTION_H
#define MAPPAD_RETENTION_H

#include "mappad/rule.h"

struct retention {
        const char *id, *title, *source, *basis;
        struct condition applies, unless;       /* in the state of the day asked about */
        struct period keep;                     /* counted "after" or "beginning with" */
        uint16_t from;                          /* a date attribute; VOCABULARY_NONE: the latest event that stands */
        bool enabled;
        const char *file; int line;
};

/* What the rules say of a case. */
struct retention_answer {
        const struct retention *class;  /* NULL: no class fits, and nothing is said */
        int32_t until;                  /* the day from which on it is due; CIVIL_NONE: not known */
        uint16_t missing;               /* the date attribute that is unset, or VOCABULARY_NONE */
};

/* Purpose: the first class that is enabled and fits, and what follows from it. Shape: state has a value for each
 * attribute; last_on is the day of the latest event that stands, CIVIL_NONE: none does.
 * Example: "10 years after" the latest event on 2013-03-04: due from 2023-03-04 on. */
struct retention_answer retention_of(const struct ruleset *ruleset, const struct value *state, int32_t last_on);

#endif
