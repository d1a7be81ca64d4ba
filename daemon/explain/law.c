/*
 * law - what a rule states and on whose authority, and how its clock counts.
 */
#include "room.h"

static void tell_authority(struct explainer *explainer, const struct rule_version *version)
{
        step_begin(explainer, STEP_AUTHORITY);
        step_authority(explainer, version);
        say(explainer, "%s (%s): %s", version->title, wire_strength_word(version->strength), version->basis);
        if (version->source != NULL && version->source[0] != '\0')
                say(explainer, " Source: %s", version->source);
        else
                say(explainer, " No source is given");
        if (version->authority != NULL)
                say(explainer, ", %s", version->authority);
        say(explainer, ".");
        if (version->dated && version->in_force_from != CIVIL_MIN)
                say(explainer, " In force from %s.", day_text(version->in_force_from).text);
        if (version->dated && version->in_force_until != CIVIL_MAX)
                say(explainer, " In force until %s.", day_text(version->in_force_until).text);
}

static void say_period(struct explainer *explainer, const struct rule_version *version, struct period period)
{
        char text[PERIOD_TEXT_SIZE];

        if (period.count == 0 && version->period_is_table) {
                say(explainer, "a period from a table after");
                return;
        }
        if (period.count == 0)
                period = version->periods[0].is;
        period_format(period, text);
        say(explainer, "%s%s", text, version->period_is_table ? " (a row of its table)" : "");
}

static void say_trigger(struct explainer *explainer, const struct rule_version *version)
{
        switch (version->trigger) {
        case TRIGGER_EVENT:
                say(explainer, " each ");
                say_match(explainer, &version->from);
                return;
        case TRIGGER_CHANGE:
                say(explainer, " each change of %s", explainer->vocabulary->attributes[version->change].name);
                return;
        case TRIGGER_START:
                say(explainer, " the day it begins to apply");
                return;
        }
}

static void say_by(struct explainer *explainer, const struct rule_version *version)
{
        char text[PERIOD_TEXT_SIZE];

        if (version->clock == CLOCK_BY_DATE)
                say(explainer, "By %s", explainer->vocabulary->attributes[version->by_date].name);
        else
                say(explainer, "Every year by %u/%u (day/month)", version->by_day, version->by_month);
        if (version->lead.count > 0) {
                period_format(version->lead, text);
                say(explainer, ", due %s it", text);
        }
        if (version->opens.count > 0) {
                period_format(version->opens, text);
                say(explainer, ", the window opens %s it", text);
        }
        if (version->tentative)
                say(explainer, "; the date is a plan, late for nobody");
}

static void say_clock(struct explainer *explainer, const struct rule_version *version, struct period period)
{
        switch (version->clock) {
        case CLOCK_EVERY:
                say(explainer, "No more than ");
                say_period(explainer, version, period);
                say(explainer, " the last one, again and again");
                return;
        case CLOCK_WITHIN:
                say(explainer, "Once, ");
                say_period(explainer, version, period);
                say_trigger(explainer, version);
                return;
        case CLOCK_BY_DATE:
        case CLOCK_BY_DAY:
                say_by(explainer, version);
                return;
        case CLOCK_QUOTA:
                say(explainer, "At least %d in each %s", version->quota,
                    version->quota_period == QUOTA_YEAR ? "year" : "quarter");
                if (version->year_month != 1 || version->year_day != 1)
                        say(explainer, ", years beginning on %u/%u (day/month)", version->year_day,
                            version->year_month);
                return;
        }
}

static void say_pause(struct explainer *explainer, const struct rule_version *version)
{
        char text[PERIOD_TEXT_SIZE];

        if (!version->has_runs)
                return;
        say(explainer, "; it runs while ");
        say_condition(explainer, version->runs);
        switch (version->on_pause) {
        case PAUSE_CONTINUE:
                say(explainer, ", stops otherwise and goes on where it stopped");
                return;
        case PAUSE_RESTART:
                say(explainer, ", and a pause begins it anew");
                return;
        case PAUSE_CARRY:
                say(explainer, "; days otherwise count too, but it falls due on none of them");
                if (version->grace.count > 0) {
                        period_format(version->grace, text);
                        say(explainer, " and then %s", text);
                }
                return;
        }
}

static void tell_counting(struct explainer *explainer, const struct rule_version *version, struct period period)
{
        step_begin(explainer, STEP_AUTHORITY);
        say_clock(explainer, version, period);
        say_pause(explainer, version);
        if (version->milestone)
                say(explainer, "; a date to be told of, that nothing has to meet");
        for (size_t i = 0; i < version->met_by_count; i++) {
                say(explainer, i == 0 ? "; met by " : " or ");
                say_match(explainer, &version->met_by[i]);
        }
        say(explainer, ".");
}

void tell_law(struct explainer *explainer, const struct rule_version *version, struct period period)
{
        tell_authority(explainer, version);
        tell_counting(explainer, version, period);
}
