/*
 * ambiguity - every rule and day whose answer hangs on the month-end convention.
 *
 * About one addition of months in eighty has no corresponding date. Each such day
 * is shown with both answers, so that an author sees what was decided. A period
 * that is only ever counted from a fixed day of the year is asked about that day.
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

/* Which days a period can be counted from: any, or those of a fixed calendar. */
enum anchors { ANCHORS_ANY, ANCHORS_STARTS /* days on which an obligation may start */, ANCHORS_BY, ANCHORS_DUE };

static bool falls_on(int32_t day, int month, int of_month)
{
        struct civil date = civil_to_date(day);

        return date.month == month && date.day == of_month;
}

/* A quota is due on the last day of its year or quarter: the day after begins one. */
static bool ends_quota(const struct rule_version *version, int32_t day)
{
        struct civil next = civil_to_date(civil_add_days(day, 1));
        int months = next.month - version->year_month;

        return next.day == version->year_day && months % (version->quota_period == QUOTA_YEAR ? 12 : 3) == 0;
}

static bool is_due(const struct sweep *sweep, int32_t day)
{
        const struct rule_version *version = sweep->version;
        int year = civil_to_date(day).year;

        if (version->clock == CLOCK_QUOTA)
                return ends_quota(version, day);
        if (version->clock != CLOCK_BY_DAY)
                return true;
        for (int i = year; i <= year + (version->lead.count > 0); i++) {
                int32_t by = civil_from_date((struct civil){i, version->by_month, version->by_day});

                if (version->lead.count > 0)
                        by = period_from(version->lead, &sweep->ruleset->calendar, by);
                if (by == day)
                        return true;
        }
        return false;
}

static bool counts_from(const struct sweep *sweep, enum anchors anchors, int32_t day)
{
        const struct rule_version *version = sweep->version;

        switch (anchors) {
        case ANCHORS_ANY:
                return true;
        case ANCHORS_STARTS:
                return day >= version->in_force_from;
        case ANCHORS_BY:
                return version->clock != CLOCK_BY_DAY || falls_on(day, version->by_month, version->by_day);
        case ANCHORS_DUE:
                return is_due(sweep, day);
        }
        return true;
}

static void sweep_period(const struct sweep *sweep, const char *setting, struct period period, enum anchors anchors)
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

                if (!period_ambiguous(period, day, &other) || !counts_from(sweep, anchors, day))
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
                sweep_period(sweep, version->clock == CLOCK_EVERY ? "every" : "within", version->periods[i].is,
                             ANCHORS_STARTS);
        sweep_period(sweep, "grace", version->grace, ANCHORS_ANY);
        sweep_period(sweep, "lead", version->lead, ANCHORS_BY);
        sweep_period(sweep, "opens", version->opens, ANCHORS_BY);
        for (size_t i = 0; i < version->stage_count; i++) {
                sweep_period(sweep, "at", version->stages[i].period, ANCHORS_DUE);
                sweep_period(sweep, "again", version->stages[i].again, ANCHORS_ANY);
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
                sweep_period(&sweep, "at-least", ruleset->constraints[i].at_least, ANCHORS_ANY);
                sweep_period(&sweep, "at-most", ruleset->constraints[i].at_most, ANCHORS_ANY);
        }
}
