/*
 * trial - one test of rules, run: its history admitted, its days derived, and
 * what came out held against what was expected.
 *
 * Everything that does not agree is a difference; what nobody expected is one
 * too. Differences live until the next test.
 */
#ifndef MAPPACTL_TRIAL_H
#define MAPPACTL_TRIAL_H

#include "coverage.h"
#include "mappad/suite.h"
#include "roll.h"

enum difference_kind {
        DIFFERENCE_FIELD,       /* an expected obligation is there, a field of it or a stage differs */
        DIFFERENCE_MISSING,     /* an expected obligation is not there */
        DIFFERENCE_UNEXPECTED,  /* an obligation that nobody expected */
        DIFFERENCE_ENTRY        /* an entry of the history was refused, recorded or warned of, against expectation */
};

struct difference {
        struct difference *next;
        enum difference_kind kind;
        int line;               /* of the expectation; of the day or the entry where there is none */
        int32_t on;             /* the day asked about; CIVIL_NONE for entries */
        const char *case_ref, *rule, *item;     /* of the obligation; NULL without */
        const char *field;      /* what differs; NULL for a whole obligation */
        const char *expected;   /* as a test file would write it; NULL: nothing */
        const char *actual;     /* NULL: nothing */
};

struct trial {
        const struct ruleset *base;             /* as the rule files say */
        const struct ruleset *ruleset;          /* of the test in hand: the base, or the variant */
        struct ruleset *variant;                /* with the rules that the last test enabled */
        const uint16_t *enabled; size_t enabled_count;
        struct coverage *coverage;              /* NULL: not asked for */
        struct arena arena;                     /* of one test: differences and what they say */
        struct arena scratch;                   /* of one day */
        struct difference *differences, **tail;
        uint64_t assertions;                    /* of all tests */
        enum status status;
        /* the day in hand */
        const struct suite_test *test;
        const struct suite_day *day;
        const char *case_ref;
        const struct casefile *casefile;
        struct owed { struct obligation obligation; const char *case_ref; bool claimed; } *owed;
        size_t owed_count, owed_capacity;
};

/* Purpose: make ready for tests against a rule set, which outlives it; give everything back. */
void trial_init(struct trial *trial, const struct ruleset *ruleset, struct coverage *coverage);
void trial_fini(struct trial *trial);

/* Purpose: say which instants of a suite cannot be read. Errors: none; the diagnostics hold them. */
void trial_check_instants(const struct suite *suite, struct diagnostics *diagnostics);

/* Purpose: run a test. trial->differences then holds what does not agree, NULL: it passed. Owns: the
 * list, until the next test. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status trial_run(struct trial *trial, const struct suite_test *test);

#endif
