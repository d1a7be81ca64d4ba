/*
 * coverage - what of a rule set the tests reached: rules and their versions,
 * stages, endings, rows of period tables and of decision tables, constraints.
 */
#ifndef MAPPACTL_COVERAGE_H
#define MAPPACTL_COVERAGE_H

#include "mappad/suite.h"
#include "mappad/wire.h"

struct coverage;

/* Purpose: nothing reached yet. Shape: the rule set outlives it. Errors: NULL when memory ran out. */
struct coverage *coverage_new(const struct ruleset *ruleset);
void coverage_free(struct coverage *coverage);

/* Purpose: an expected obligation was there, of the nth version of its rule; if state_named, in the
 * state it was expected in. row: the row of its period table, or -1. */
void coverage_obligation(struct coverage *coverage, const struct obligation *obligation, size_t version,
                         bool state_named, int32_t row);
/* Purpose: a stage of it was reached on the day on which it was expected. */
void coverage_stage(struct coverage *coverage, const struct obligation *obligation, size_t version,
                    const struct stage *stage);
/* Purpose: a row of a decision table decided on a day that a test asked about. */
void coverage_row(struct coverage *coverage, size_t attribute, int32_t row);

/* Purpose: a constraint refused an event, or warned of one, as a test expected. */
void coverage_constraint(struct coverage *coverage, const struct constraint *constraint);

enum coverage_kind { COVERAGE_RULES, COVERAGE_VERSIONS, COVERAGE_STAGES, COVERAGE_ENDINGS, COVERAGE_PERIOD_ROWS,
                     COVERAGE_DECISION_ROWS, COVERAGE_CONSTRAINTS, COVERAGE_KIND_COUNT };

/* One thing that no test reached, or that one reached though it was declared unreachable. */
struct coverage_gap {
        const char *file; int line;
        const char *subject;            /* rule, derived attribute or constraint */
        enum coverage_kind kind;
        const char *what;               /* "ending lapsed", 'stage "due"', "row 2" */
        bool contradicted;              /* declared unreachable and reached all the same */
};
typedef void (*coverage_gap_fn)(void *context, const struct coverage_gap *gap);

struct coverage_sum {
        size_t covered[COVERAGE_KIND_COUNT], all[COVERAGE_KIND_COUNT];
        size_t excluded;                /* declared unreachable, and left out of both */
        size_t contradicted;
};

/* Purpose: count, and give every gap to sink in order of the rules, tables after them. */
void coverage_report(const struct coverage *coverage, const struct suite *suite, coverage_gap_fn sink, void *context,
                     struct coverage_sum *ret_sum);

/* Purpose: "rules", "period rows" ...; the same for programs, "period_rows"; the share of everything
 * that was reached, in tenths of a percent, rounded down. */
const char *coverage_kind_word(enum coverage_kind kind);
const char *coverage_kind_key(enum coverage_kind kind);
unsigned int coverage_permille(const struct coverage_sum *sum);

#endif
