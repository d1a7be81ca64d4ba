/*
 * generate
 */
#include "generate.h"
enum outcome generate_tests(const struct ruleset *ruleset, const char *rule)
{
        (void)ruleset;
        complain("no rule is called \"%s\"", rule);
        return OUTCOME_REFUSED;
}
