/*
 * suite_read - what the readers of test files share. Private to daemon/rulefile.
 */
#ifndef RULEFILE_SUITE_READ_H
#define RULEFILE_SUITE_READ_H

#include "build.h"
#include "mappad/suite.h"

/* One reading. Allocation failure is sticky: whoever gets NULL returns at once, the top looks at the status. */
struct suite_reader {
        const struct ruleset *ruleset;
        struct arena *arena;            /* the suite's */
        struct diagnostics *diagnostics;
        const struct cfg_file *file;    /* the one in hand */
        enum status status;
        const char **rule_names;        /* for hints, made when first needed */
        const char **event_names;
        const char **attribute_names;
        const char **constraint_names;
        size_t comparisons;             /* words compared for hints so far */
        bool rules_broken;              /* the rules of the test in hand were named wrongly: no follow-up about it */
};

/* Purpose: what suite_load and suite_load_text do; tests give a grow that fails. */
MUST_CHECK enum status suite_read(const struct rulefile_input *input, const struct ruleset *ruleset,
                                  struct diagnostics *diagnostics, arena_grow_fn grow, struct suite **ret_suite);

/* Purpose: zeroed storage, and a copy of a text, in the suite's arena. NULL without memory. */
void *suite_array(struct suite_reader *reader, size_t count, size_t size);
const char *suite_copy(struct suite_reader *reader, const char *text);
/* Purpose: a copy of a text setting; NULL for NULL. */
const char *suite_text(struct suite_reader *reader, const struct cfg_node *node);

/* Purpose: say that no WHAT has the name that a node holds, with the nearest one. */
void suite_unknown(struct suite_reader *reader, const struct cfg_node *node, const char *what, const char *const *names,
                   size_t count);
/* Purpose: the index of a rule, event, attribute named by a node; VOCABULARY_NONE after saying that there is none. */
uint16_t suite_rule(struct suite_reader *reader, const struct cfg_node *node);
uint16_t suite_event(struct suite_reader *reader, const struct cfg_node *node);
uint16_t suite_attribute(struct suite_reader *reader, const struct cfg_node *node);
/* Purpose: the constraint named by a node; NULL after saying that there is none. */
const struct constraint *suite_constraint(struct suite_reader *reader, const struct cfg_node *node);
/* Purpose: read a date. false after saying what is wrong. */
bool suite_day(struct suite_reader *reader, const struct cfg_node *node, int32_t *ret_day);
/* Purpose: read a case reference. NULL after saying what is wrong. */
const char *suite_case(struct suite_reader *reader, const struct cfg_node *node);
/* Purpose: read an item key. NULL after saying what is wrong. */
const char *suite_item(struct suite_reader *reader, const struct cfg_node *node);

/* Purpose: read the history of a test (suite_history.c); case_ref is that of entries that name none. */
void suite_read_history(struct suite_reader *reader, const struct cfg_node *node, const char *case_ref,
                        struct suite_test *test);
/* Purpose: read the lists of expected refusals and warnings, once the history is known. */
void suite_read_refusals(struct suite_reader *reader, const struct cfg_node *node, struct suite_test *test);
void suite_read_flags(struct suite_reader *reader, const struct cfg_node *node, struct suite_test *test);
/* Purpose: read the days of a test (suite_expect.c). */
void suite_read_days(struct suite_reader *reader, const struct cfg_node *node, const char *case_ref,
                     struct suite_test *test);
/* Purpose: read one `unreachable` entry; false after saying what is wrong. */
bool suite_read_exclusion(struct suite_reader *reader, const struct cfg_node *node, struct suite_exclusion *exclusion);

/* Purpose: a closing state's or any state's index by its word, or -1. */
int suite_state(const char *word);

#endif
