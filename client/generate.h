/*
 * generate - boundary tests of a rule, written as a test file.
 */
#ifndef MAPPACTL_GENERATE_H
#define MAPPACTL_GENERATE_H

#include "command.h"
#include "mappad/rule.h"

/* Purpose: write the boundary tests of a rule to standard output. The dates in them are our own
 * answers and prove nothing until a person has checked them; the file says so.
 * Errors: OUTCOME_REFUSED after saying what could not be brought about, or that there is no such rule. */
enum outcome generate_tests(const struct ruleset *ruleset, const char *rule);

/* Purpose: the command "rules test" (rules_test.c). */
enum outcome run_rules_test(const struct arguments *arguments);

#endif
