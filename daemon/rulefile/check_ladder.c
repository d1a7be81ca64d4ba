/*
 * check_ladder - stages that nobody will ever hear of, or hear of in the wrong order.
 */
#include "check.h"

#include "mappad/civil.h"

/* Where a stage stands beside the due date, in days, near enough to compare. */
static double offset(const struct stage *stage, const struct rule_version *version)
{
        switch (stage->kind) {
        case STAGE_OPENS:
                return version->opens.count > 0 ? check_days(version->lead) - check_days(version->opens) - 0.5 : -1e9;
        case STAGE_BEFORE:
                return -check_days(stage->period);
        case STAGE_DUE:
                return 0;
        case STAGE_OVERDUE:
                return 1;
        case STAGE_AFTER:
                return check_days(stage->period);
        }
        return 0;
}

/* Lengths in different units are near enough to be taken as equal within a tenth. */
static bool clearly_before(double first, double second)
{
        double slack = (first < 0 ? -first : first) / 10;

        return first < second - slack;
}

static void check_order(struct check *check, const struct rule_version *version)
{
        for (size_t i = 1; i < version->stage_count; i++) {
                const struct stage *before = &version->stages[i - 1], *stage = &version->stages[i];
                bool alike = before->period.unit == stage->period.unit && before->kind == stage->kind;
                double first = offset(before, version), second = offset(stage, version);

                if (alike ? second < first : clearly_before(second, first))
                        check_warn(check, stage->file, stage->line,
                                   "the ladder is out of order: \"%s\" comes before \"%s\"", stage->at, before->at);
        }
}

/* The longest that an obligation can be open before its due date; 0 when it depends. */
static double longest_wait(const struct rule_version *version)
{
        double longest = 0;

        if (version->clock == CLOCK_BY_DATE || version->clock == CLOCK_BY_DAY)
                return version->opens.count == 0 ? 0 : check_days(version->opens) - check_days(version->lead);
        if (version->clock == CLOCK_QUOTA)
                return version->quota_period == QUOTA_YEAR ? 366 : 92;
        if (version->has_runs)
                return 0;
        for (size_t i = 0; i < version->period_count; i++)
                if (check_days(version->periods[i].is) > longest)
                        longest = check_days(version->periods[i].is);
        return longest;
}

/* The least time after which an unmet obligation closes by itself; 0 when it does not. */
static double closes_after(const struct rule_version *version)
{
        if (version->milestone || version->clock == CLOCK_QUOTA)
                return 1;
        if (version->clock != CLOCK_BY_DAY)
                return 0;
        return 366 - (check_days(version->opens) - check_days(version->lead));
}

/* Days by which a "before" stage may come sooner than its period says, since it falls on a working day. */
#define ROLL_DAYS 14

/* A milestone that begins after its day has what it closes with, though nothing of it is ever open: so no stage of it
 * is out of reach. */
static void check_closing(struct check *check, const struct rule *rule, const struct rule_version *version,
                          const struct stage *stage)
{
        double closing = closes_after(version), day = offset(stage, version);
        bool late = stage->kind == STAGE_OVERDUE || stage->kind == STAGE_AFTER;
        double again = day + check_days(stage->again) - (stage->kind == STAGE_BEFORE ? ROLL_DAYS : 0);
        const char *what = NULL;

        if (closing > 0 && late && day >= closing)
                what = "reached";
        else if (closing > 0 && stage->again.count > 0 && stage->kind != STAGE_OPENS && again >= closing)
                what = "repeated";
        if (what != NULL && version->milestone)
                check_warn(check, stage->file, stage->line,
                           "the stage \"%s\" is %s only where its day was past when \"%s\" began: that closes on its "
                           "due date",
                           stage->at, what, rule->id);
        else if (what != NULL)
                check_warn(check, stage->file, stage->line, "the stage \"%s\" is never %s: \"%s\" is closed by then",
                           stage->at, what, rule->id);
}

/* Whether a stage lies before anything is open, in any calendar: working days are as many days as it has none. */
static bool is_too_early(const struct stage *stage, const struct rule_version *version)
{
        bool by = version->clock == CLOCK_BY_DATE || version->clock == CLOCK_BY_DAY;
        bool working = by && (version->opens.unit == PERIOD_WORKING_DAYS || version->lead.unit == PERIOD_WORKING_DAYS);
        double least = stage->period.unit == PERIOD_WORKING_DAYS ? stage->period.count : check_days(stage->period);
        double wait = longest_wait(version);

        for (size_t i = 0; !by && i < version->period_count; i++)
                working = working || version->periods[i].is.unit == PERIOD_WORKING_DAYS;
        return wait > 0 && least > (working ? 7 * wait + ROLL_DAYS : 1.05 * wait);
}

static void check_stage(struct check *check, const struct rule *rule, const struct rule_version *version,
                        const struct stage *stage)
{
        if (stage->to_count == 0)
                check_warn(check, stage->file, stage->line, "the stage \"%s\" of \"%s\" tells nobody", stage->at,
                           rule->id);
        if (stage->kind == STAGE_BEFORE && is_too_early(stage, version))
                check_warn(check, stage->file, stage->line,
                           "the stage \"%s\" lies before anything of \"%s\" is open; it is reached at once when that "
                           "begins",
                           stage->at, rule->id);
        check_closing(check, rule, version, stage);
        if ((stage->kind == STAGE_OVERDUE || stage->kind == STAGE_AFTER) && version->tentative &&
            offset(stage, version) > check_days(version->lead))
                check_warn(check, stage->file, stage->line,
                           "the stage \"%s\" of \"%s\" comes when nothing is late: a tentative date that has passed is "
                           "only asked for",
                           stage->at, rule->id);
}

/* Whether a stage, or a repetition of it, comes when the obligation is late. Of a quota, which closes as missed on that
 * very day, everybody hears whom its ladder names. */
static bool tells_of_lateness(const struct stage *stage, const struct rule_version *version)
{
        if (version->clock == CLOCK_QUOTA || stage->kind == STAGE_OVERDUE || stage->kind == STAGE_AFTER)
                return true;
        return stage->again.count > 0 && offset(stage, version) + stage->times * check_days(stage->again) > 0;
}

/* What must be done and is not is a breach; one that nobody hears of stands in the list of what is overdue alone. A
 * stage that tells nobody has been told of, and a tentative date that passes is asked for. */
static void check_lateness(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        bool tentative = version->tentative && version->lead.count == 0;

        if (version->strength != STRENGTH_MUST || !version->enabled || version->milestone || tentative)
                return;
        for (size_t i = 0; i < version->stage_count; i++)
                if (tells_of_lateness(&version->stages[i], version))
                        return;
        check_warn(check, version->file, version->line,
                   "\"%s\" must be done, and nobody is told when it is overdue: %s; add a stage such as { at = \"%s\"; "
                   "to = [\"unit\"]; }",
                   rule->id,
                   version->stage_count == 0 ? "\"alerts\" has no stage" : "every stage of \"alerts\" is past by then",
                   version->clock == CLOCK_QUOTA ? "due" : "overdue");
}

void check_ladder(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        check_lateness(check, rule, version);
        for (size_t i = 0; i < version->stage_count; i++)
                check_stage(check, rule, version, &version->stages[i]);
        check_order(check, version);
}
