/*
 * plan - what every derivation needs to know about a rule set as a whole,
 * found once when the rule set is complete.
 */
#ifndef MAPPAD_ENGINE_PLAN_H
#define MAPPAD_ENGINE_PLAN_H

#include "packing.h"
#include "sieve.h"

#define CLOCK_BIT(kind) (1u << (kind))
#define TYPE_BITS 64u
#define TYPE_BIT(type) (UINT64_C(1) << ((type) % TYPE_BITS)) /* types of events share one where there are more */
#define TABLE_BIT(index) (UINT64_C(1) << ((index) % 64)) /* likewise derived attributes, by their number among them */

/* A row of a decision table. */
struct plan_row {
        const struct derived_row *row;
        uint64_t is;                    /* the value's bit, where it lies in the word of the attribute */
        struct guard guard;             /* its `when` and `unless` */
        bool timed;                     /* it hangs on the day itself */
        bool counts;                    /* it counts events */
};

/* A derived attribute. */
struct plan_derived {
        uint16_t index, scope;
        uint16_t word;                  /* of a state */
        uint64_t mask, unset;           /* its bits in that word, and that of "unset" */
        const struct plan_row *rows;
        size_t row_count;
        const struct derived_row *const *timed; /* those of them that hang on the day itself */
        size_t timed_count;
        uint64_t outdates;              /* TABLE_BIT of each one that looks at it */
};

/* What a version of a rule asks of a state. */
struct plan_version {
        struct guard applies;           /* its `applies` and `unless` */
        struct guard open;              /* those, and the date that it hangs on unless its lack is to be told */
        struct guard runs;
        /* Types of events that meet it whatever they carry, by fours: the last are filled up with a type that never
         * happens, the one after all others, so that nearly every version asks the same number of times. */
        const uint16_t *met_by;
        size_t met_by_count;
        bool met_by_asks;               /* others meet it, too, by what they carry */
};

#define MET_BY_STEP 4u

struct plan_rule {
        const struct plan_version *versions;    /* one per version */
        size_t version_count;
        unsigned clocks;                /* CLOCK_BIT of each kind of clock that its enabled versions have */
        bool plain;                     /* one version, in force on every day and with one period, that neither takes
                                           over from another rule nor hands on to one. What is open then depends on
                                           nothing before the last days on which it applied without a break */
};

/* The last fact of a type. */
struct latest {
        int32_t on;                     /* CIVIL_NONE: there is none */
        uint32_t number;                /* of the fact among those of a view, from 1; 0 without */
};

struct plan {
        struct packing packing;
        uint64_t *nothing;              /* the words of a state in which nothing is set; never written to */
        uint64_t *blank;                /* likewise, but for what derived attributes are while nothing has happened */
        uint64_t dated;                 /* TABLE_BIT of each derived attribute of which the day itself decides that */
        const struct latest *never;     /* by type of event, and of one type more: as if none had happened */
        /* Days on which some version of a rule, or row of a period table, comes into or goes out of
         * force; rising. Views are cut there, so that applicability is one answer a segment. */
        const int32_t *boundaries;
        size_t boundary_count;
        const struct plan_derived *derived;     /* derived attributes, in order */
        size_t derived_count;
        uint64_t stirring;              /* TYPE_BIT of each type that may change an attribute */
        uint64_t changing;              /* likewise, but for those that only derived ones hang on */
        uint64_t beginnings;            /* TYPE_BIT of each type that begins an item */
        const uint64_t *outdates;       /* by type of event: TABLE_BIT of each derived attribute that looks at what it
                                           may change, or counts it */
        const struct plan_rule *rules;  /* by rule */
        const uint64_t *alone;          /* a set, as of the sieve: the plain rules about the case */
        struct sieve sieve;
        const uint16_t *recurring;      /* rules with an enabled version of the clock `every`: those that are not plain,
                                           then those that are, each in order */
        size_t related_count;           /* as many are not */
        size_t recurring_count;
        const uint64_t *about;          /* by item kind a set, as of the sieve: the rules about it, disabled ones too */
        const uint64_t *heirs;          /* by rule a set, as of the sieve: itself and whatever may inherit from it */
};

#endif
