/*
 * owed - an obligation from its authority to its state, in the order in which a
 * person would tell it.
 */
#include <string.h>

#include "room.h"

static int32_t days_between(int32_t first, int32_t second)
{
        return second - first;
}

/* ---- how it began ---- */

static void tell_item(struct explainer *explainer)
{
        const struct item *item = explainer->subject.item;

        if (item == NULL)
                return;
        for (size_t i = 0; i < explainer->casefile.fact_count; i++) {
                const struct fact *fact = &explainer->casefile.facts[i];
                const struct event_type *type = &explainer->vocabulary->events[fact->type];
                if (type->item_use != ITEM_USE_BEGINS || fact->on != item->begins || fact->position != item->position)
                        continue;
                step_begin(explainer, STEP_FACT);
                say(explainer, "%s %s begins: ", explainer->vocabulary->items[item->kind].name, item->key);
                say_event(explainer, fact->seq);
                return;
        }
}

static void tell_change(struct explainer *explainer, const struct obligation *obligation)
{
        uint16_t attribute = obligation->version->change;
        struct attribute_origin origin;
        enum status status =
                attribute_trace(&explainer->subject, attribute, obligation->started, explainer->arena, &origin);

        if (status != STATUS_OK) {
                explainer->status = status;
                return;
        }
        step_begin(explainer, STEP_FACT);
        say(explainer, "Set going on %s: %s changed from ", day_text(obligation->started).text,
            explainer->vocabulary->attributes[attribute].name);
        say_value(explainer, attribute, origin.before);
        say(explainer, " to ");
        say_value(explainer, attribute, origin.value);
        if (origin.fact != NULL) {
                say(explainer, " by ");
                say_event(explainer, origin.fact->seq);
        }
        step_date(explainer, obligation->started);
}

static void tell_began_applying(struct explainer *explainer, const struct obligation *obligation)
{
        const struct rule_version *version = obligation->version;

        step_begin(explainer, STEP_FACT);
        if (version->in_force_from == obligation->started)
                say(explainer, "It began on %s, the day on which the rule came into force",
                    day_text(obligation->started).text);
        else
                say(explainer, "It began on %s, the first day of the rule applying %s",
                    day_text(obligation->started).text,
                    version->clock != CLOCK_BY_DATE ? "and no other being open"
                    : obligation->due == CIVIL_NONE ? "without a date"
                                                    : "with this date");
        step_date(explainer, obligation->started);
}

static void tell_beginning(struct explainer *explainer, const struct trace *trace)
{
        const struct obligation *obligation = trace->obligation;

        switch (trace->start) {
        case TRACE_APPLIES:
                tell_began_applying(explainer, obligation);
                return;
        case TRACE_AFTER_MET:
        case TRACE_EVENT:
                step_begin(explainer, STEP_FACT);
                say(explainer, trace->start == TRACE_EVENT ? "Set going by " : "Counted from ");
                if (trace->begun_by != NULL)
                        say_event(explainer, trace->begun_by->seq);
                if (trace->start == TRACE_AFTER_MET)
                        say(explainer, ", which met the one before");
                step_date(explainer, obligation->started);
                return;
        case TRACE_CHANGE:
                tell_change(explainer, obligation);
                return;
        case TRACE_DATE:
                if (obligation->due != CIVIL_NONE)
                        tell_attribute(explainer, obligation->version->by_date, obligation->started);
                tell_began_applying(explainer, obligation);
                return;
        case TRACE_PERIOD:
                step_begin(explainer, STEP_FACT);
                say(explainer, "Its %s began on %s, and the rule applied on that day",
                    obligation->version->clock == CLOCK_QUOTA ? "period" : "window",
                    day_text(obligation->started).text);
                step_date(explainer, obligation->started);
                return;
        }
}

/* ---- what happened on the way ---- */

/* Why an `unless` does not exclude: the first of its words that is not so. */
/* A day on which the version's conditions held: what is no obligation may have begun under an earlier version. */
static int32_t conditions_day(const struct obligation *obligation)
{
        int32_t from = obligation->version->in_force_from;

        return obligation->due == CIVIL_NONE && obligation->started < from ? from : obligation->started;
}

static void tell_not_excluded(struct explainer *explainer, const struct obligation *obligation)
{
        const struct condition unless = obligation->version->applies_unless;
        int32_t day = conditions_day(obligation);

        for (size_t i = 0; i < unless.count; i++) {
                const struct term *term = &unless.terms[i];
                struct attribute_origin origin;
                enum status status =
                        attribute_trace(&explainer->subject, term->subject, day, explainer->arena, &origin);
                if (status != STATUS_OK) {
                        explainer->status = status;
                        return;
                }
                if ((origin.value.bits & term->mask) != 0)
                        continue;
                tell_condition(explainer, (struct condition){term, 1}, day);
                say(explainer, "; so nothing excludes it");
                return;
        }
}

/* Which row of a period table fitted on the day it began, and the facts behind it. */
static void tell_table_row(struct explainer *explainer, const struct trace *trace)
{
        const struct rule_version *version = trace->obligation->version;
        int32_t started = trace->obligation->started;

        if (!trace->has_clock || !version->period_is_table)
                return;
        const struct value *values = casefile_state(explainer->ruleset, &explainer->casefile, explainer->subject.item,
                                                    started, explainer->arena);
        if (values == NULL) {
                explainer->status = STATUS_NO_MEMORY;
                return;
        }
        for (size_t i = 0; i < version->period_count; i++) {
                const struct period_row *row = &version->periods[i];
                if (started < row->in_force_from || started > row->in_force_until ||
                    !condition_holds(row->when, values) || condition_excludes(row->unless, values))
                        continue;
                char text[PERIOD_TEXT_SIZE];
                period_format(row->is, text);
                step_begin(explainer, STEP_FACT);
                say(explainer, "Row %zu of the period table fits, %s", i + 1, text);
                say(explainer, row->when.count > 0 ? ", because " : ", which asks for nothing");
                say_condition(explainer, row->when);
                tell_condition(explainer, row->when, started);
                return;
        }
}

static void tell_taken_over(struct explainer *explainer, const struct trace *trace)
{
        for (size_t i = 0; i < trace->heritage_count; i++) {
                const struct trace_heritage *from = &trace->heritage[i];
                step_begin(explainer, STEP_FACT);
                say(explainer, "%s had run since %s and ended on %s without being met; ",
                    explainer->ruleset->rules[from->rule].id, day_text(from->started).text, day_text(from->ended).text);
                say_count(explainer, from->used, "day", "days");
                say(explainer, " used%s%s", from->overdue ? ", and overdue" : "",
                    trace->has_clock && !trace->reckoning.inherits ? "; a pause has ended the inheritance" : "");
        }
}

static void tell_origin_of(struct explainer *explainer, uint16_t attribute, int32_t day)
{
        struct attribute_origin origin;
        enum status status = attribute_trace(&explainer->subject, attribute, day, explainer->arena, &origin);

        if (status != STATUS_OK) {
                explainer->status = status;
                return;
        }
        if (origin.fact != NULL && origin.since == day) {
                say(explainer, ": ");
                say_event(explainer, origin.fact->seq);
        }
}

static void tell_pauses(struct explainer *explainer, const struct trace *trace)
{
        for (size_t i = 0; i < trace->pause_count; i++) {
                const struct trace_pause *pause = &trace->pauses[i];
                if (pause->attribute == VOCABULARY_NONE)
                        continue;
                step_begin(explainer, STEP_FACT);
                say(explainer, "The clock does not run from %s, %s being ", day_text(pause->first).text,
                    explainer->vocabulary->attributes[pause->attribute].name);
                say_value(explainer, pause->attribute, pause->found);
                tell_origin_of(explainer, pause->attribute, pause->first);
                step_date(explainer, pause->first);
                if (pause->last == CIVIL_NONE)
                        continue;
                step_begin(explainer, STEP_FACT);
                say(explainer, "It runs again from %s", day_text(pause->last + 1).text);
                tell_origin_of(explainer, pause->attribute, pause->last + 1);
                step_date(explainer, pause->last + 1);
        }
}

static void tell_sooner_fact(struct explainer *explainer, const struct trace *trace)
{
        if (trace->has_clock && trace->reckoning.sooner != CIVIL_NONE)
                tell_attribute(explainer, trace->obligation->version->sooner, trace->reckoning.asked);
}

/* ---- booking, missing facts ---- */

static void tell_booking(struct explainer *explainer, const struct obligation *obligation)
{
        uint16_t attribute = obligation->version->booked_by;
        struct attribute_origin origin;

        if (attribute == VOCABULARY_NONE || obligation_state_closed(obligation->state) || obligation->due == CIVIL_NONE)
                return;
        enum status status =
                attribute_trace(&explainer->subject, attribute, explainer->question->as_of, explainer->arena, &origin);
        if (status != STATUS_OK) {
                explainer->status = status;
                return;
        }
        bool set = (origin.value.bits & VALUE_UNSET) == 0;
        step_begin(explainer, STEP_FACT);
        if (!set)
                say(explainer, "Nothing is booked: %s is not set", explainer->vocabulary->attributes[attribute].name);
        else if (obligation->booked != CIVIL_NONE)
                say(explainer, "Booked for %s, %s: ", day_text(obligation->booked).text,
                    obligation->booked_late ? "too late" : "in time");
        else
                say(explainer, "The booking for %s does not count, %s: ", day_text(origin.value.day).text,
                    origin.value.day < explainer->question->as_of ? "its day has passed"
                                                                  : "it comes before the window opens");
        if (set && origin.fact != NULL)
                say_event(explainer, origin.fact->seq);
        step_date(explainer, set ? origin.value.day : CIVIL_NONE);
}

static void tell_missing(struct explainer *explainer, const struct obligation *obligation)
{
        if (obligation->missing != VOCABULARY_NONE)
                tell_attribute(explainer, obligation->missing, explainer->question->as_of);
}

/* ---- how it closed ---- */

static const struct term *first_unfit(struct condition condition, const struct value *values)
{
        for (size_t i = 0; i < condition.count; i++)
                if ((values[condition.terms[i].subject].bits & condition.terms[i].mask) == 0)
                        return condition.terms + i;
        return NULL;
}

static void tell_ending(struct explainer *explainer, const struct obligation *obligation)
{
        const struct rule_version *version = obligation->version;
        const struct value *values = casefile_state(explainer->ruleset, &explainer->casefile, explainer->subject.item,
                                                    obligation->ended_on, explainer->arena);

        if (values == NULL) {
                explainer->status = STATUS_NO_MEMORY;
                return;
        }
        const struct term *term = first_unfit(version->applies, values);
        if (term != NULL) {
                step_begin(explainer, STEP_FACT);
                say(explainer, "It ended on %s, when it was no longer so that ", day_text(obligation->ended_on).text);
                say_term(explainer, term);
                tell_attribute(explainer, term->subject, obligation->ended_on);
        } else if (condition_excludes(version->applies_unless, values)) {
                step_begin(explainer, STEP_FACT);
                say(explainer, "It ended on %s, excluded because ", day_text(obligation->ended_on).text);
                say_condition(explainer, version->applies_unless);
                tell_condition(explainer, version->applies_unless, obligation->ended_on);
        } else if (version->clock == CLOCK_BY_DATE) {
                tell_attribute(explainer, version->by_date, obligation->ended_on);
        } else {
                step_begin(explainer, STEP_FACT);
                say(explainer, "It ended on %s, when %s", day_text(obligation->ended_on).text,
                    version->clock == CLOCK_QUOTA ? "its period was over" : "the next one opened");
        }
        if (version->missed_if.count > 0 && condition_holds(version->missed_if, values)) {
                step_begin(explainer, STEP_FACT);
                say(explainer, "Ending so counts as missed, whatever the date: ");
                say_condition(explainer, version->missed_if);
        }
}

static void tell_closing(struct explainer *explainer, const struct trace *trace)
{
        const struct obligation *obligation = trace->obligation;

        if (trace->met_by != NULL) {
                step_begin(explainer, STEP_FACT);
                say(explainer, "Met by ");
                say_event(explainer, trace->met_by->seq);
                step_date(explainer, obligation->met_on);
        } else if (obligation->ended_on != CIVIL_NONE && obligation->state != OBLIGATION_REACHED) {
                tell_ending(explainer, obligation);
        }
}

/* ---- the conclusion ---- */

struct soon {
        int32_t day;
};

static void find_soon(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        struct soon *soon = context;

        (void)obligation;
        if (stage->stage->kind == STAGE_BEFORE && stage->repeat == 0 &&
            (soon->day == CIVIL_NONE || stage->day < soon->day))
                soon->day = stage->day;
}

static void say_soon(struct explainer *explainer, const struct obligation *obligation)
{
        struct soon soon = {CIVIL_NONE};

        ladder_stages(explainer->ruleset, obligation, explainer->question->as_of, find_soon, &soon);
        if (soon.day == CIVIL_NONE)
                say(explainer, "; due soon from %s, 28 days before",
                    day_text(civil_add_days(obligation->due, -28)).text);
        else
                say(explainer, "; due soon from %s, the day of its first warning", day_text(soon.day).text);
}

static void say_open(struct explainer *explainer, const struct obligation *obligation)
{
        int32_t left = days_between(explainer->question->as_of, obligation->due);

        switch (obligation->state) {
        case OBLIGATION_PENDING:
                say(explainer, "Pending: the window opens on %s; due on %s", day_text(obligation->opens).text,
                    day_text(obligation->due).text);
                return;
        case OBLIGATION_PAUSED:
                say(explainer, "Paused: if the clock ran again from the day after, it would be due on %s",
                    day_text(obligation->due).text);
                return;
        case OBLIGATION_OVERDUE:
                say(explainer, "Overdue: %s was the last day, ", day_text(obligation->due).text);
                say_count(explainer, -left, "day ago", "days ago");
                return;
        case OBLIGATION_OPEN:
        case OBLIGATION_DUE_SOON:
                say(explainer, "%s: due on %s, ", obligation->state == OBLIGATION_OPEN ? "Open" : "Due soon",
                    day_text(obligation->due).text);
                say_count(explainer, left, "day left", "days left");
                say_soon(explainer, obligation);
                return;
        case OBLIGATION_UNEVALUABLE:
        case OBLIGATION_MET:
        case OBLIGATION_MET_LATE:
        case OBLIGATION_MISSED:
        case OBLIGATION_LAPSED:
        case OBLIGATION_MOVED:
        case OBLIGATION_REACHED:
                return;
        }
}

static void say_unevaluable(struct explainer *explainer, const struct obligation *obligation)
{
        const char *name = explainer->vocabulary->attributes[obligation->missing].name;

        if (obligation->due == CIVIL_NONE)
                say(explainer, "Cannot be evaluated: %s is missing, and without it there is no date", name);
        else if (obligation->version->tentative && explainer->question->as_of > obligation->due)
                say(explainer, "Cannot be evaluated: the planned date, %s, has passed and was not corrected", name);
        else
                say(explainer, "Cannot be evaluated: %s is missing; with what is known it would be due on %s", name,
                    day_text(obligation->due).text);
}

static void say_closed(struct explainer *explainer, const struct obligation *obligation)
{
        int32_t early = obligation->met_on == CIVIL_NONE ? 0 : days_between(obligation->met_on, obligation->due);
        struct day_text due = day_text(obligation->due);

        switch (obligation->state) {
        case OBLIGATION_MET:
                say(explainer, "Met on %s: ", day_text(obligation->met_on).text);
                if (early > 0)
                        say_count(explainer, early, "day before", "days before");
                else
                        say(explainer, early == 0 ? "on" : "after");
                say(explainer, " the last day, %s", due.text);
                return;
        case OBLIGATION_MET_LATE:
                say(explainer, "Met late, on %s: the last day had been %s, ", day_text(obligation->met_on).text,
                    due.text);
                say_count(explainer, -early, "day before", "days before");
                return;
        case OBLIGATION_MISSED:
                say(explainer, "Missed: it ended on %s without having been met; the last day %s %s",
                    day_text(obligation->ended_on).text,
                    obligation->ended_on > obligation->due ? "was" : "would have been", due.text);
                return;
        case OBLIGATION_LAPSED:
                say(explainer, "Lapsed: it ended on %s unmet, and not late by then; the last day would have been %s",
                    day_text(obligation->ended_on).text, due.text);
                return;
        case OBLIGATION_MOVED:
                say(explainer, "Moved: on %s another date took the place of %s", day_text(obligation->ended_on).text,
                    due.text);
                return;
        case OBLIGATION_REACHED:
                say(explainer, "Reached on %s", day_text(obligation->ended_on).text);
                return;
        case OBLIGATION_PENDING:
        case OBLIGATION_OPEN:
        case OBLIGATION_DUE_SOON:
        case OBLIGATION_PAUSED:
        case OBLIGATION_OVERDUE:
        case OBLIGATION_UNEVALUABLE:
                return;
        }
}

static void tell_conclusion(struct explainer *explainer, const struct obligation *obligation)
{
        const struct calendar *calendar = &explainer->ruleset->calendar;

        step_begin(explainer, STEP_CONCLUSION);
        if (obligation->state == OBLIGATION_UNEVALUABLE)
                say_unevaluable(explainer, obligation);
        else if (obligation_state_closed(obligation->state))
                say_closed(explainer, obligation);
        else
                say_open(explainer, obligation);
        if (obligation->provisional)
                say(explainer, ". Provisional: holidays are known from %s until %s only",
                    day_text(calendar->covers_from).text, day_text(calendar->covers_until).text);
        say(explainer, ".");
        step_date(explainer, obligation->due);
}

void tell_owed(struct explainer *explainer, const struct trace *trace)
{
        const struct obligation *obligation = trace->obligation;
        const struct rule_version *version = obligation->version;

        tell_law(explainer, version, trace->period);
        tell_item(explainer);
        tell_condition(explainer, version->applies, conditions_day(obligation));
        tell_not_excluded(explainer, obligation);
        tell_beginning(explainer, trace);
        tell_table_row(explainer, trace);
        tell_taken_over(explainer, trace);
        tell_pauses(explainer, trace);
        tell_sooner_fact(explainer, trace);
        tell_arithmetic(explainer, trace);
        tell_near_misses(explainer, trace);
        tell_undone(explainer, version);
        tell_booking(explainer, obligation);
        tell_missing(explainer, obligation);
        tell_closing(explainer, trace);
        tell_conclusion(explainer, obligation);
}
