/*
 * ambiguity - every rule and day whose answer hangs on the month-end convention.
 *
 * About one addition of months in eighty has no corresponding date. Each such day
 * is shown with both answers, so that an author sees what was decided.
 */
#include "mappad/civil.h"
#include "mappad/rulefile.h"

struct sweep {
        const struct ruleset *ruleset;
        const struct rule *rule; /* NULL for a constraint */
        const struct rule_version *version;
        int32_t from, until;
        ambiguity_fn sink;
        void *context;
};

static void sweep_period(const struct sweep *sweep, const char *setting, struct period period)
{
        int32_t other;

        if (period.count == 0 || (period.unit != PERIOD_MONTHS && period.unit != PERIOD_YEARS))
                return;
        for (int32_t day = sweep->from; day <= sweep->until; day++) {
                struct ambiguity ambiguity = {.rule = sweep->rule,
                                              .version = sweep->version,
                                              .period = period,
                                              .setting = setting,
                                              .anchor = day};

                if (!period_ambiguous(period, day, &other))
                        continue;
                ambiguity.day = period_from(period, &sweep->ruleset->calendar, day);
                ambiguity.other = other;
                sweep->sink(sweep->context, &ambiguity);
        }
}

static void sweep_version(const struct sweep *sweep)
{
        const struct rule_version *version = sweep->version;

        for (size_t i = 0; i < version->period_count; i++)
                sweep_period(sweep, version->clock == CLOCK_EVERY ? "every" : "within", version->periods[i].is);
        sweep_period(sweep, "grace", version->grace);
        sweep_period(sweep, "lead", version->lead);
        sweep_period(sweep, "opens", version->opens);
        for (size_t i = 0; i < version->stage_count; i++) {
                sweep_period(sweep, "at", version->stages[i].period);
                sweep_period(sweep, "again", version->stages[i].again);
        }
}

void rulefile_ambiguities(const struct ruleset *ruleset, int32_t from, int32_t until, ambiguity_fn sink, void *context)
{
        struct sweep sweep = {.ruleset = ruleset, .from = from, .until = until, .sink = sink, .context = context};

        for (size_t i = 0; i < ruleset->rule_count; i++) {
                sweep.rule = &ruleset->rules[i];
                for (size_t j = 0; j < sweep.rule->version_count; j++) {
                        sweep.version = &sweep.rule->versions[j];
                        sweep_version(&sweep);
                }
        }
        sweep.rule = NULL;
        sweep.version = NULL;
        for (size_t i = 0; i < ruleset->constraint_count; i++) {
                sweep_period(&sweep, "at-least", ruleset->constraints[i].at_least);
                sweep_period(&sweep, "at-most", ruleset->constraints[i].at_most);
        }
}
