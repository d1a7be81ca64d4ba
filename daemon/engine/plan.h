/*
 * plan - what every derivation needs to know about a rule set as a whole,
 * found once when the rule set is complete.
 */
#ifndef MAPPAD_ENGINE_PLAN_H
#define MAPPAD_ENGINE_PLAN_H

#include "mappad/rule.h"

#define CLOCK_BIT(kind) (1u << (kind))
#define TYPE_BIT(type) (UINT64_C(1) << ((type) % 64))    /* several types of events share one where there are more */

struct plan {
        /* Days on which some version of a rule, or row of a period table, comes into or goes out of
         * force; rising. Views are cut there, so that applicability is one answer a segment. */
        const int32_t *boundaries;
        size_t boundary_count;
        const uint16_t *derived;        /* derived attributes, in order */
        size_t derived_count;
        const bool *timed;              /* by attribute: whether a row hangs on the day itself */
        bool steady;                    /* derived attributes change only with others: none is timed or counts events */
        const bool *wanted;             /* by item kind: whether some rule is per that kind */
        const uint8_t *clocks;          /* by rule: CLOCK_BIT of each kind of clock that its enabled versions have */
        const bool *followed;           /* by rule: whether another rule inherits from it */
        const bool *plain;              /* by rule: one version, in force on every day and with one period, that neither
                                           takes over from another rule nor hands on to one. What is open then depends
                                           on nothing before the last days on which it applied without a break */
};

#endif
