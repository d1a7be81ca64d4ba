/*
 * reckon - the arithmetic of `every` and `within`: the period with its pauses,
 * what was taken over, the date set by hand, and the days used.
 *
 * The steps of "due" follow one another; the last of them ends on the due date.
 */
#include <string.h>

#include "room.h"

/* Days that are looked at as having run or not. */
static struct pause_days pauses_until(const struct trace *trace)
{
        return (struct pause_days){trace, trace->reckoning.asked};
}

static void end_on(struct explainer *explainer, int32_t result)
{
        operand_day(explainer, "result", result);
        step_date(explainer, result);
}

/* ---- the first running day ---- */

static void tell_first_running(struct explainer *explainer, const struct trace *trace, int32_t from, int32_t result)
{
        step_begin(explainer, STEP_ARITHMETIC);
        if (from == result)
                say(explainer, "%s is a day that runs: ", day_text(from).text);
        else
                say(explainer, "%s does not run; the first day on or after it that does: ", day_text(from).text);
        say_result(explainer, result);
        operands_begin(explainer, "first-running", "due");
        operand_day(explainer, "from", from);
        (void)operand_pauses(explainer, pauses_until(trace), from, CIVIL_MAX);
        end_on(explainer, result);
}

/* The clock starts on another day than the obligation: it waited, or a pause began it anew. */
static void tell_start(struct explainer *explainer, const struct trace *trace)
{
        const struct obligation *obligation = trace->obligation;
        const struct trace_reckoning *reckoning = &trace->reckoning;
        int32_t anchor = obligation->started, from = reckoning->running_from;

        if (from == anchor)
                return;
        step_begin(explainer, STEP_ARITHMETIC);
        bool waited = trace->pause_count > 0 && trace->pauses[0].first == anchor &&
                      (trace->pauses[0].last == CIVIL_NONE || trace->pauses[0].last + 1 == from ||
                       trace->pauses[0].last > reckoning->asked);
        if (waited)
                say(explainer, "The clock does not run on %s; it starts on the first day that does: %s",
                    day_text(anchor).text, day_text(from).text);
        else
                say(explainer, "The pause began the clock anew: it counts from %s", day_text(from).text);
        if (from > reckoning->asked)
                say(explainer, ", if that day runs");
        operands_begin(explainer, waited ? "first-running" : "restart", "start");
        operand_day(explainer, "from", anchor);
        (void)operand_pauses(explainer, pauses_until(trace), anchor, CIVIL_MAX);
        operand_day(explainer, "result", from);
        step_date(explainer, from);
}

/* ---- the period ---- */

/* Days, weeks and working days with pauses left out. */
static void tell_days(struct explainer *explainer, const struct trace *trace)
{
        const struct trace_reckoning *reckoning = &trace->reckoning;
        struct period period = trace->period;
        int32_t start = reckoning->running_from;
        bool first_counts = period.phrase == PERIOD_BEGINNING_WITH;

        step_begin(explainer, STEP_ARITHMETIC);
        operands_begin(explainer, period.unit == PERIOD_WORKING_DAYS ? "running-working-days" : "running-days", "due");
        operand_day(explainer, "from", start);
        operand_period(explainer, "period", period);
        int32_t paused =
                operand_pauses(explainer, pauses_until(trace), first_counts ? start : start + 1, reckoning->fresh);
        say_sum(explainer, period, start);
        if (paused > 0) {
                say(explainer, ", ");
                say_count(explainer, paused, "paused day", "paused days");
                say(explainer, " left out");
        }
        say(explainer, " = ");
        say_result(explainer, reckoning->fresh);
        if (period.unit == PERIOD_WORKING_DAYS)
                tell_skipped(explainer, start, reckoning->fresh);
        end_on(explainer, reckoning->fresh);
}

/* Months and years: the paused days are made good after the corresponding date. */
static void tell_months(struct explainer *explainer, const struct trace *trace)
{
        const struct trace_reckoning *reckoning = &trace->reckoning;
        int32_t start = reckoning->running_from;

        (void)tell_period(explainer, trace->period, start, "due");
        if (reckoning->fresh == reckoning->base)
                return;
        step_begin(explainer, STEP_ARITHMETIC);
        operands_begin(explainer, "make-good", "due");
        operand_day(explainer, "start", start);
        operand_day(explainer, "from", reckoning->base);
        int32_t paused = operand_pauses(explainer, pauses_until(trace), start + 1, reckoning->fresh);
        say(explainer, "%s + ", day_text(reckoning->base).text);
        say_count(explainer, paused, "paused day made good", "paused days made good");
        say(explainer, " = ");
        say_result(explainer, reckoning->fresh);
        end_on(explainer, reckoning->fresh);
}

/* A clock that never stops, but is due on no day that does not run. */
static void tell_carry(struct explainer *explainer, const struct trace *trace, int32_t base)
{
        const struct trace_reckoning *reckoning = &trace->reckoning;
        const struct rule_version *version = trace->obligation->version;

        if (reckoning->carried == base)
                return;
        tell_first_running(explainer, trace, base, reckoning->carried);
        if (version->grace.count == 0)
                return;
        int32_t graced = tell_period(explainer, version->grace, reckoning->carried, "due");
        say(explainer, ": the grace");
        if (graced != reckoning->fresh)
                tell_first_running(explainer, trace, graced, reckoning->fresh);
}

static void tell_fresh(struct explainer *explainer, const struct trace *trace)
{
        bool months = trace->period.unit == PERIOD_MONTHS || trace->period.unit == PERIOD_YEARS;

        switch (trace->obligation->version->on_pause) {
        case PAUSE_CONTINUE:
                if (months)
                        tell_months(explainer, trace);
                else
                        tell_days(explainer, trace);
                return;
        case PAUSE_CARRY:
                (void)tell_period(explainer, trace->period, trace->reckoning.running_from, "due");
                tell_carry(explainer, trace, trace->reckoning.base);
                return;
        case PAUSE_RESTART:
                (void)tell_period(explainer, trace->period, trace->reckoning.running_from, "due");
                return;
        }
}

/* ---- what was taken over ---- */

static void tell_one_heritage(struct explainer *explainer, const struct trace *trace, const struct trace_heritage *from)
{
        const struct rule_version *version = trace->obligation->version;
        const char *id = explainer->ruleset->rules[from->rule].id;
        int32_t started = trace->obligation->started, rest = from->total - from->used;
        bool at_once = from->overdue || rest <= 0, carries = version->on_pause == PAUSE_CARRY;

        step_begin(explainer, STEP_ARITHMETIC);
        if (at_once) {
                say(explainer,
                    from->overdue ? "%s was overdue already: due at once, " : "%s had used all days: due at once, ",
                    id);
        } else {
                say(explainer, "%d - %d days used under %s = ", from->total, from->used, id);
                say_count(explainer, rest, "running day", "running days");
                say(explainer, ", %s being the first: ", day_text(started).text);
        }
        say_result(explainer, from->due);
        operands_begin(explainer, "inherit", "due");
        operand_number(explainer, "total", from->total);
        operand_number(explainer, "used", from->used);
        operand_flag(explainer, "overdue", from->overdue);
        operand_flag(explainer, "carry", carries);
        if (carries && version->grace.count > 0)
                operand_period(explainer, "grace", version->grace);
        operand_day(explainer, "from", started);
        (void)operand_pauses(explainer, pauses_until(trace), started, CIVIL_MAX);
        end_on(explainer, from->due);
}

static int32_t tell_heritage(struct explainer *explainer, const struct trace *trace)
{
        const struct trace_reckoning *reckoning = &trace->reckoning;
        int32_t due = reckoning->fresh;

        for (size_t i = 0; i < trace->heritage_count; i++) {
                tell_one_heritage(explainer, trace, &trace->heritage[i]);
                if (trace->heritage[i].due < due)
                        due = trace->heritage[i].due;
        }
        bool lifted = due < reckoning->floor;
        if (lifted)
                due = reckoning->floor;
        step_begin(explainer, STEP_ARITHMETIC);
        say(explainer,
            lifted ? "The earliest of these, but not before the first day that runs: " : "The earliest of these: ");
        say_result(explainer, due);
        operands_begin(explainer, "earliest", "due");
        wire_put_key(&explainer->operands, "dates");
        wire_put_text(&explainer->operands, "[");
        wire_put_date(&explainer->operands, reckoning->fresh);
        for (size_t i = 0; i < trace->heritage_count; i++) {
                wire_put_text(&explainer->operands, ",");
                wire_put_date(&explainer->operands, trace->heritage[i].due);
        }
        wire_put_text(&explainer->operands, "]");
        operand_day(explainer, "not_before", reckoning->floor);
        end_on(explainer, due);
        return due;
}

/* ---- a date set by hand ---- */

static void tell_sooner(struct explainer *explainer, const struct trace *trace, int32_t due)
{
        const struct trace_reckoning *reckoning = &trace->reckoning;
        const char *name = explainer->vocabulary->attributes[trace->obligation->version->sooner].name;

        if (reckoning->sooner_due != reckoning->sooner)
                tell_first_running(explainer, trace, reckoning->sooner, reckoning->sooner_due);
        step_begin(explainer, STEP_ARITHMETIC);
        bool earlier = reckoning->sooner_due < due;
        if (earlier)
                say(explainer, "%s asks for an earlier day: ", name);
        else
                say(explainer, "%s asks for %s, which is not earlier: ", name, day_text(reckoning->sooner).text);
        say_result(explainer, earlier ? reckoning->sooner_due : due);
        operands_begin(explainer, "earliest", "due");
        wire_put_key(&explainer->operands, "dates");
        wire_put_text(&explainer->operands, "[");
        wire_put_date(&explainer->operands, due);
        wire_put_text(&explainer->operands, ",");
        wire_put_date(&explainer->operands, reckoning->sooner_due);
        wire_put_text(&explainer->operands, "]");
        operand_day(explainer, "not_before", CIVIL_NONE);
        end_on(explainer, earlier ? reckoning->sooner_due : due);
}

/* ---- days used ---- */

/* "20 Mar to 3 Apr 2023": the first day that does not run, and the first that runs again. */
static void say_span(struct explainer *explainer, int32_t first, int32_t next)
{
        struct day_text from = day_text(first);

        if (civil_to_date(first).year == civil_to_date(next).year)
                from.text[strlen(from.text) - 5] = '\0';
        say(explainer, "%s to %s", from.text, day_text(next).text);
}

static void say_pauses(struct explainer *explainer, const struct trace *trace)
{
        bool first = true;

        for (size_t i = 0; i < trace->pause_count; i++) {
                const struct trace_pause *pause = &trace->pauses[i];
                if (pause->attribute == VOCABULARY_NONE || pause->first > trace->use.until)
                        continue;
                say(explainer, first ? "; paused " : ", ");
                first = false;
                if (pause->last == CIVIL_NONE || pause->last > trace->use.until) {
                        say(explainer, "since %s", day_text(pause->first).text);
                } else {
                        say_span(explainer, pause->first, pause->last + 1);
                        say(explainer, " (");
                        say_count(explainer, (int64_t)pause->last - pause->first + 1, "day", "days");
                        say(explainer, ")");
                }
                say(explainer, ", %s ", explainer->vocabulary->attributes[pause->attribute].name);
                say_value(explainer, pause->attribute, pause->found);
        }
}

static void tell_used(struct explainer *explainer, const struct trace *trace)
{
        const struct obligation *obligation = trace->obligation;

        if (obligation->used_days < 0)
                return;
        step_begin(explainer, STEP_ARITHMETIC);
        say(explainer, "%d of %d days used", obligation->used_days, obligation->limit_days);
        if (trace->use.inherited > 0)
                say(explainer, ", %d of them before %s", trace->use.inherited, day_text(obligation->started).text);
        if (!trace->use.all)
                say_pauses(explainer, trace);
        operands_begin(explainer, "days-used", "used");
        operand_day(explainer, "from", trace->use.from);
        operand_day(explainer, "until", trace->use.until);
        operand_number(explainer, "inherited", trace->use.inherited);
        if (trace->use.all)
                wire_put_text(&explainer->operands, ",\"paused\":[]");
        else
                (void)operand_pauses(explainer, (struct pause_days){trace, trace->use.until}, trace->use.from,
                                     trace->use.until);
        operand_number(explainer, "result", obligation->used_days);
}

/* ---- the whole ---- */

static void say_plan(struct explainer *explainer, const struct obligation *obligation)
{
        int32_t plan = obligation->plan_by;

        if (plan == obligation->due || plan == CIVIL_NONE)
                return;
        say(explainer, "; last working day before: %s", day_text(plan).text);
        operand_day(explainer, "plan_by", plan);
}

static void tell_clock(struct explainer *explainer, const struct trace *trace)
{
        const struct trace_reckoning *reckoning = &trace->reckoning;
        int32_t due = reckoning->fresh;

        tell_used(explainer, trace);
        if (trace->obligation->version->on_pause != PAUSE_CARRY)
                tell_start(explainer, trace);
        tell_fresh(explainer, trace);
        if (reckoning->inherits && trace->heritage_count > 0)
                due = tell_heritage(explainer, trace);
        if (reckoning->sooner != CIVIL_NONE)
                tell_sooner(explainer, trace, due);
        if (reckoning->held)
                say(explainer, "; that day passed, and what came later no longer moves it");
}

void tell_arithmetic(struct explainer *explainer, const struct trace *trace)
{
        const struct obligation *obligation = trace->obligation;

        if (obligation->due == CIVIL_NONE)
                return;
        switch (obligation->version->clock) {
        case CLOCK_EVERY:
        case CLOCK_WITHIN:
                tell_clock(explainer, trace);
                break;
        case CLOCK_BY_DATE:
        case CLOCK_BY_DAY:
                tell_date(explainer, trace);
                break;
        case CLOCK_QUOTA:
                tell_quota(explainer, trace);
                break;
        }
        say_plan(explainer, obligation);
}
