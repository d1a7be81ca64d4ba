/*
 * suite - tests of rules as data: a history, days, and what must then be owed.
 *
 * Reads *.test files (docs/rule-language.md, "Testing rules") against a rule set
 * and says everything that is wrong with them in one pass. What a test expects
 * becomes plain values; running a test, and comparing, is the caller's.
 */
#ifndef MAPPAD_SUITE_H
#define MAPPAD_SUITE_H

#include "mappad/diagnostics.h"
#include "mappad/obligation.h"
#include "mappad/rulefile.h"

#define SUITE_FILES_MAX 1000            /* test files of one run */
#define SUITE_NONE CIVIL_NONE           /* "none": what is expected is that there is no value */

/* The fields of an obligation that a test may name, in the order of the contract; case, rule and
 * item say which obligation is meant and stand apart. */
enum suite_field {
        SUITE_TITLE, SUITE_STATE, SUITE_STARTED, SUITE_OPENS, SUITE_DUE, SUITE_PLAN_BY, SUITE_PROVISIONAL,
        SUITE_MET_ON, SUITE_ENDED_ON, SUITE_BOOKED, SUITE_BOOKED_LATE, SUITE_PAUSED, SUITE_USED_DAYS,
        SUITE_LIMIT_DAYS, SUITE_DAYS_LEFT, SUITE_VERSION, SUITE_STRENGTH, SUITE_MISSING, SUITE_DONE, SUITE_NEEDED,
        SUITE_FIELD_COUNT
};

/* How the number that stands for a field is to be read. */
enum suite_kind { SUITE_KIND_TEXT, SUITE_KIND_DATE, SUITE_KIND_NUMBER, SUITE_KIND_TRUTH, SUITE_KIND_STATE,
                  SUITE_KIND_STRENGTH, SUITE_KIND_ATTRIBUTE };

/* One entry of a history: an event, or the retraction of one. */
struct suite_fact {
        int line;
        bool is_retraction;
        const char *case_ref;           /* NULL for a retraction */
        struct record record;           /* fact without seq; recorded_at and refers are the caller's */
        const char *id;                 /* NULL without */
        bool force;
        const char *target_id;          /* what is retracted or replaced; NULL: nothing */
        const char *why;                /* NULL without */
        const char *recorded_at;        /* as written: an instant or a day; NULL without */
};

/* A stage that an expected obligation must have. */
struct suite_stage {
        int line;
        const char *at;                 /* as the rule writes it */
        int32_t repeat;
        int32_t day;                    /* CIVIL_NONE: not compared */
        bool reached;
        bool quiet, quiet_named;
        const char *const *to; size_t to_count;
        bool to_named;
};

/* An obligation that must be there. */
struct suite_expectation {
        int line;
        const char *case_ref;
        uint16_t rule;
        const char *item;               /* NULL: none */
        bool item_named;
        uint32_t named;                 /* bit n: enum suite_field n is compared */
        int32_t values[SUITE_FIELD_COUNT];
        const char *title;
        const struct suite_stage *stages; size_t stage_count;
        bool stages_named;              /* reached stages beyond those listed are then refused */
};

/* A day that is asked about. */
struct suite_day {
        int line;
        int32_t on;
        const char *known_at;           /* as written; NULL: everything is known */
        bool open_only;                 /* closed obligations are not compared */
        const struct suite_expectation *expectations; size_t expectation_count;
};

/* An entry that must be refused, or recorded with a warning. */
struct suite_refusal {
        int line;
        size_t entry;                   /* index in the history */
        const char *code;               /* NULL: any */
        const struct constraint *constraint;    /* NULL: any */
        const char *says;               /* must stand in the sentence; NULL: anything */
};

struct suite_test {
        const char *file; int line;
        const char *name;
        const uint16_t *rules; size_t rule_count;       /* only these are compared; none: all */
        const uint16_t *enable; size_t enable_count;    /* shipped disabled, switched on here; ascending */
        const struct suite_fact *history; size_t history_count;
        const struct suite_day *days; size_t day_count;
        const struct suite_refusal *refused; size_t refused_count;
        const struct suite_refusal *flagged; size_t flagged_count;
};

/* What no test can reach, with the reason: coverage does not ask for it. */
struct suite_exclusion {
        const char *file; int line;
        uint16_t rule;                  /* VOCABULARY_NONE for a row of a decision table */
        int state;                      /* an ending, or -1 */
        const char *stage;              /* or a stage, or NULL */
        uint16_t attribute;             /* or a row of a derived attribute, VOCABULARY_NONE without */
        int32_t row;                    /* from 1 */
        const char *why;
};

struct suite {
        const struct suite_test *tests; size_t test_count;
        const struct suite_exclusion *exclusions; size_t exclusion_count;
        size_t file_count;
        struct arena arena;             /* owns everything above */
};

/* Purpose: read test files. Each path is a file, or a directory whose *.test files (hidden ones left out)
 * are read in byte order of their names. Shape: the rule set outlives the suite.
 * Owns: *ret_suite, to be given to suite_free.
 * Errors: STATUS_INVALID, *ret_suite untouched, when the diagnostics hold an error; STATUS_NO_MEMORY. */
MUST_CHECK enum status suite_load(const char *const *paths, size_t count, const struct ruleset *ruleset,
                                  struct diagnostics *diagnostics, struct suite **ret_suite);
/* Purpose: the same from texts in memory. */
MUST_CHECK enum status suite_load_text(const struct rulefile_text *texts, size_t count, const struct ruleset *ruleset,
                                       struct diagnostics *diagnostics, struct suite **ret_suite);
/* Purpose: release a suite with everything in it. NULL is nothing. */
void suite_free(struct suite *suite);

/* Purpose: the same rule set with some rules switched on. Owns: *ret_ruleset, freed by suite_variant_free;
 * it shares everything else with the base, which must outlive it. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status suite_variant(const struct ruleset *base, const uint16_t *rules, size_t count,
                                     struct ruleset **ret_ruleset);
void suite_variant_free(struct ruleset *ruleset);

/* Purpose: the name of a field as a test file writes it ("plan-by"), and how its number is read. */
const char *suite_field_name(enum suite_field field);
enum suite_kind suite_field_kind(enum suite_field field);
/* Purpose: the number that stands for a field of an obligation as of a day; SUITE_NONE when it has no
 * value. 0 for SUITE_TITLE, which is a text. */
int32_t suite_field_value(const struct obligation *obligation, enum suite_field field, int32_t as_of);
/* Purpose: the word for a strength. */
const char *suite_strength_word(enum strength strength);

#define SUITE_VALUE_SIZE 72
/* Purpose: a field's number as a test file would write it. */
void suite_value_format(const struct ruleset *ruleset, enum suite_field field, int32_t value,
                        char text[static SUITE_VALUE_SIZE]);

/* Purpose: whether an obligation of a version can ever close so: what its clock allows, and what its
 * conditions and the vocabulary allow as far as can be told cheaply. "False" is certain.
 * Shape: state is a closing state. */
bool suite_ending_possible(const struct ruleset *ruleset, const struct rule_version *version,
                           enum obligation_state state);

#endif
