/*
 * check - what is well formed and yet cannot be meant.
 *
 * The loader refuses what has no meaning; this warns of what has one that nobody
 * wants. It works on the finished rule set, so that it sees what the engine sees.
 */
#include "check.h"

#include <stdarg.h>
#include <stdlib.h>

/* A step is one attribute looked at in one supposed state, a few nanoseconds; ten million are less than a tenth of
 * a second. Beyond them a condition is taken to be possible. */
#define CHECK_BUDGET UINT64_C(10000000)

void check_warn(struct check *check, const char *file, int line, const char *format, ...)
{
        char sentence[DIAGNOSTIC_SENTENCE_MAX + 1];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(sentence, sizeof(sentence), format, arguments);
        va_end(arguments);
        diagnostics_add(check->diagnostics, DIAGNOSTIC_WARNING, file, line, "%s", sentence);
}

double check_days(struct period period)
{
        switch (period.unit) {
        case PERIOD_DAYS:
                return period.count;
        case PERIOD_WEEKS:
                return 7.0 * period.count;
        case PERIOD_MONTHS:
                return 30.44 * period.count;
        case PERIOD_YEARS:
                return 365.25 * period.count;
        case PERIOD_WORKING_DAYS:
                return 1.42 * period.count;
        }
        return 0;
}

/* The second period is longer than the first and both count alike. */
static bool surely_longer(struct period first, struct period second)
{
        return first.unit == second.unit && first.phrase == second.phrase && first.count > second.count;
}

static void check_constraints(struct check *check)
{
        static const struct condition none = {NULL, 0};

        for (size_t i = 0; i < check->ruleset->constraint_count; i++) {
                const struct constraint *constraint = &check->ruleset->constraints[i];

                if (constraint->kind == CONSTRAINT_NEVER && !reach_possible(check, &constraint->never, &none, &none))
                        check_warn(check, constraint->file, constraint->line,
                                   "\"%s\" can never be broken: no case comes into that state", constraint->id);
                if (constraint->kind == CONSTRAINT_BETWEEN && constraint->at_most.count > 0 &&
                    surely_longer(constraint->at_least, constraint->at_most))
                        check_warn(check, constraint->file, constraint->line,
                                   "\"%s\" is always broken: \"at-least\" is longer than \"at-most\"", constraint->id);
        }
}

enum status rulefile_check(const struct ruleset *ruleset, struct diagnostics *diagnostics)
{
        struct check check = {
                .ruleset = ruleset, .diagnostics = diagnostics, .status = STATUS_OK, .budget = CHECK_BUDGET};
        size_t count = ruleset->vocabulary.attribute_count;

        arena_init(&check.arena, malloc, free);
        check.reachable = arena_array(&check.arena, count, sizeof(*check.reachable));
        check.may = arena_array(&check.arena, count, sizeof(*check.may));
        check.involved = arena_array(&check.arena, count, sizeof(*check.involved));
        if (check.reachable == NULL || check.may == NULL || check.involved == NULL) {
                check.status = STATUS_NO_MEMORY;
                goto out;
        }
        reach_learn(&check);
        check_words(&check);
        check_tables(&check);
        check_constraints(&check);
        check_events(&check);
        check_rules(&check);
out:
        arena_fini(&check.arena);
        return check.status;
}
