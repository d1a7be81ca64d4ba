/*
 * span - the arithmetic of one period, of a date and of a quota.
 *
 * Each step carries what it was made of, so that anybody can do the sum again.
 * Every result is the engine's own; what is worked out here is only told.
 */
#include "room.h"

#define SKIPPED_MAX 16 /* holidays named in one step; all are counted */

static int32_t later(int32_t a, int32_t b)
{
        return a > b ? a : b;
}

/* ---- working days ---- */

void tell_skipped(struct explainer *explainer, int32_t first, int32_t last)
{
        const struct calendar *calendar = &explainer->ruleset->calendar;
        int64_t found = 0;

        wire_put_key(&explainer->operands, "skipped");
        wire_put_text(&explainer->operands, "[");
        for (size_t i = 0; i < calendar->holiday_count; i++) {
                const struct holiday *holiday = &calendar->holidays[i];
                bool weekday = (calendar->working_week >> civil_weekday(holiday->on) & 1u) != 0;
                if (holiday->on < first || holiday->on > last || !weekday)
                        continue;
                if (++found > SKIPPED_MAX)
                        continue;
                say(explainer, "%s%s %s", found == 1 ? "; not worked: " : ", ", day_text(holiday->on).text,
                    holiday->name);
                wire_put_text(&explainer->operands, found == 1 ? "" : ",");
                wire_put_date(&explainer->operands, holiday->on);
        }
        wire_put_text(&explainer->operands, "]");
        operand_number(explainer, "skipped_count", found);
        if (found > SKIPPED_MAX)
                say(explainer, " and %lld more", (long long)(found - SKIPPED_MAX));
}

/* ---- one period ---- */

static const char *unit_word(struct period period)
{
        static const char *const one[] = {"day", "week", "month", "year", "working day"};
        static const char *const many[] = {"days", "weeks", "months", "years", "working days"};

        return period.count == 1 ? one[period.unit] : many[period.unit];
}

/* "112 days": weeks are said in days, as they are counted. */
static void say_length(struct explainer *explainer, struct period period)
{
        if (period_days(period) > 0)
                say_count(explainer, period_days(period), "day", "days");
        else
                say(explainer, "%d %s", period.count, unit_word(period));
}

void say_sum(struct explainer *explainer, struct period period, int32_t from)
{
        switch (period.phrase) {
        case PERIOD_AFTER:
        case PERIOD_BARE:
                say(explainer, "%s + ", day_text(from).text);
                say_length(explainer, period);
                return;
        case PERIOD_BEGINNING_WITH:
                say(explainer, "%s + ", day_text(from).text);
                say_length(explainer, period);
                say(explainer, ", that day being the first");
                return;
        case PERIOD_BEFORE:
                say(explainer, "%s - ", day_text(from).text);
                say_length(explainer, period);
                return;
        case PERIOD_CLEAR_BEFORE:
                say(explainer, "%s - ", day_text(from).text);
                say_length(explainer, period);
                say(explainer, " clear, neither end counting");
                return;
        }
}

bool period_clamps(struct period period, int32_t from, int32_t *ret_last)
{
        int64_t months = period.unit == PERIOD_YEARS ? INT64_C(12) * period.count : period.count;
        bool missing = false;

        if (period.unit != PERIOD_MONTHS && period.unit != PERIOD_YEARS)
                return false;
        *ret_last = civil_add_months_exact(from, period.phrase == PERIOD_BEFORE ? -months : months, &missing);
        return missing;
}

void say_clamp(struct explainer *explainer, struct period period, int32_t from)
{
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        int32_t last;

        if (!period_clamps(period, from, &last))
                return;
        say(explainer, "; there is no %d %s, the month's last day stands for it", civil_to_date(from).day,
            months[civil_to_date(last).month - 1]);
}

int32_t tell_period(struct explainer *explainer, struct period period, int32_t from, const char *of)
{
        int32_t result = period_from(period, &explainer->ruleset->calendar, from);
        bool back = period.phrase == PERIOD_BEFORE || period.phrase == PERIOD_CLEAR_BEFORE;
        int32_t last;

        step_begin(explainer, STEP_ARITHMETIC);
        say_sum(explainer, period, from);
        say(explainer, " = ");
        say_result(explainer, result);
        operands_begin(explainer, "period", of);
        operand_day(explainer, "from", from);
        operand_period(explainer, "period", period);
        operand_flag(explainer, "clamped", period_clamps(period, from, &last));
        say_clamp(explainer, period, from);
        if (period.unit == PERIOD_WORKING_DAYS)
                tell_skipped(explainer, back ? result : from, back ? from : result);
        operand_day(explainer, "result", result);
        step_date(explainer, result);
        return result;
}

/* ---- by ---- */

void tell_date(struct explainer *explainer, const struct trace *trace)
{
        const struct rule_version *version = trace->obligation->version;
        const char *name = version->clock == CLOCK_BY_DATE ? explainer->vocabulary->attributes[version->by_date].name
                                                           : "the day of the year";

        if (version->opens.count > 0)
                (void)tell_period(explainer, version->opens, trace->date, "opens");
        if (version->opens.count > 0)
                say(explainer, ": the window opens");
        if (version->lead.count > 0) {
                (void)tell_period(explainer, version->lead, trace->date, "due");
                return;
        }
        step_begin(explainer, STEP_ARITHMETIC);
        say(explainer, "The last day is %s itself: ", name);
        say_result(explainer, trace->date);
        operands_begin(explainer, "date", "due");
        operand_day(explainer, "from", trace->date);
        operand_day(explainer, "result", trace->date);
        step_date(explainer, trace->date);
}

/* ---- quota ---- */

/* The events that count, as far as the obligation was open. */
static void tell_counted(struct explainer *explainer, const struct obligation *obligation, int32_t last)
{
        const struct casefile *casefile = &explainer->casefile;
        int32_t found = 0;

        step_begin(explainer, STEP_ARITHMETIC);
        operands_begin(explainer, "count", "done");
        operand_day(explainer, "from", obligation->started);
        operand_day(explainer, "until", last);
        operand_number(explainer, "needed", obligation->needed);
        wire_put_key(&explainer->operands, "counted");
        wire_put_text(&explainer->operands, "[");
        say(explainer, "%d of %d", obligation->done, obligation->needed);
        for (size_t i = 0; i < casefile->fact_count && casefile->facts[i].on <= last; i++) {
                const struct fact *fact = &casefile->facts[i];
                if (fact->on < obligation->started || !fact_meets(obligation->version, fact))
                        continue;
                if (!fact_of_subject(explainer, fact))
                        continue;
                wire_put_text(&explainer->operands, found == 0 ? "" : ",");
                wire_put_number(&explainer->operands, (int64_t)fact->seq);
                say(explainer, "%s%s (%s %llu)", found++ == 0 ? ": " : ", ", day_text(fact->on).text,
                    explainer->question->noun, (unsigned long long)fact->seq);
        }
        wire_put_text(&explainer->operands, "]");
        operand_number(explainer, "result", obligation->done);
}

void tell_quota(struct explainer *explainer, const struct trace *trace)
{
        const struct obligation *obligation = trace->obligation;
        const char *word = obligation->version->quota_period == QUOTA_YEAR ? "year" : "quarter";
        int32_t last = obligation->due;

        if (!obligation_state_closed(obligation->state))
                last = explainer->question->as_of;
        else if (obligation->met_on != CIVIL_NONE)
                last = obligation->met_on;
        else if (obligation->ended_on < last)
                last = obligation->ended_on;
        tell_counted(explainer, obligation, last);
        step_begin(explainer, STEP_ARITHMETIC);
        say(explainer, "The %s from %s ends on ", word, day_text(obligation->started).text);
        say_result(explainer, obligation->due);
        operands_begin(explainer, "period-end", "due");
        operand_day(explainer, "from", obligation->started);
        operand_text(explainer, "in_each", word);
        operand_day(explainer, "result", obligation->due);
        step_date(explainer, obligation->due);
}

/* ---- pauses ---- */

int32_t operand_pauses(struct explainer *explainer, struct pause_days pauses, int32_t first, int32_t last)
{
        int32_t days = 0;

        wire_put_key(&explainer->operands, "paused");
        wire_put_text(&explainer->operands, "[");
        for (size_t i = 0; i < pauses.trace->pause_count; i++) {
                const struct trace_pause *pause = &pauses.trace->pauses[i];
                int32_t from = later(pause->first, first);
                int32_t until = pause->last == CIVIL_NONE || pause->last > pauses.asked ? pauses.asked : pause->last;
                if (until > last)
                        until = last;
                if (from > until)
                        continue;
                wire_put_text(&explainer->operands, days == 0 ? "[" : ",[");
                wire_put_date(&explainer->operands, from);
                wire_put_text(&explainer->operands, ",");
                wire_put_date(&explainer->operands, until);
                wire_put_text(&explainer->operands, "]");
                days += until - from + 1;
        }
        wire_put_text(&explainer->operands, "]");
        return days;
}
