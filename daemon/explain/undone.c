/*
 * undone - events that somebody may have expected to count: of the right type
 * with other fields, on a day that does not count, retracted, or replaced.
 */
#include <string.h>

#include "room.h"

#define TOLD_MAX 10 /* of each sort; a reader who wants all of them reads the record */

static bool type_meets(const struct rule_version *version, uint16_t type)
{
        for (size_t i = 0; i < version->met_by_count; i++)
                if (version->met_by[i].event == type)
                        return true;
        return false;
}

static void say_wanted(struct explainer *explainer, const struct rule_version *version, uint16_t type)
{
        bool first = true;

        for (size_t i = 0; i < version->met_by_count; i++) {
                if (version->met_by[i].event != type)
                        continue;
                say(explainer, "%s", first ? "" : " or ");
                say_match(explainer, &version->met_by[i]);
                first = false;
        }
}

/* The days whose events can meet an obligation, as far as they are looked at. */
struct window {
        int32_t first, last;
        int32_t counts_from;
};

static struct window window_of(const struct explainer *explainer, const struct obligation *obligation)
{
        struct window window = {obligation->started, explainer->question->as_of, obligation->started};

        if (obligation->met_on != CIVIL_NONE)
                window.last = obligation->met_on;
        else if (obligation->ended_on != CIVIL_NONE)
                window.last = obligation->ended_on;
        switch (obligation->version->clock) {
        case CLOCK_EVERY:
                window.counts_from++;
                break;
        case CLOCK_BY_DATE:
                if (obligation->version->opens.count == 0)
                        window.counts_from++;
                else if (obligation->opens > window.counts_from)
                        window.counts_from = obligation->opens;
                break;
        case CLOCK_WITHIN:
        case CLOCK_BY_DAY:
        case CLOCK_QUOTA:
                break;
        }
        return window;
}

/* Why an event that would meet the rule does not; NULL: it does, or is told of elsewhere. */
static const char *why_idle(const struct trace *trace, const struct fact *fact, struct window window)
{
        const struct obligation *obligation = trace->obligation;

        if (trace->start == TRACE_EVENT && trace->begun_by != NULL && fact->seq == trace->begun_by->seq)
                return "it set the clock going and cannot meet it as well";
        if (fact->on >= window.counts_from)
                return NULL;
        if (trace->begun_by != NULL && fact->seq == trace->begun_by->seq)
                return NULL;
        if (obligation->version->clock == CLOCK_EVERY)
                return "an event on the day that it begins changes nothing";
        if (obligation->version->opens.count > 0)
                return "it came before the window opened";
        return "only events after the day on which the date was set count";
}

void tell_near_misses(struct explainer *explainer, const struct trace *trace)
{
        const struct rule_version *version = trace->obligation->version;
        struct window window = window_of(explainer, trace->obligation);
        int told = 0;

        for (size_t i = 0; i < explainer->casefile.fact_count && told < TOLD_MAX; i++) {
                const struct fact *fact = &explainer->casefile.facts[i];
                if (fact->on < window.first || fact->on > window.last || !type_meets(version, fact->type) ||
                    !fact_of_subject(explainer, fact))
                        continue;
                bool meets = fact_meets(version, fact);
                const char *why = meets ? why_idle(trace, fact, window) : NULL;
                if (meets && why == NULL)
                        continue;
                told++;
                step_begin(explainer, STEP_FACT);
                say(explainer, "Does not count: ");
                say_event(explainer, fact->seq);
                if (meets) {
                        say(explainer, "; %s", why);
                } else {
                        say(explainer, "; what counts is ");
                        say_wanted(explainer, version, fact->type);
                }
        }
}

/* ---- triggers ---- */

static void say_not_applying(struct explainer *explainer, int32_t day)
{
        struct absence_answer why;
        uint16_t rule = explainer->question->rule;
        enum status status = rule_absence(&explainer->subject, rule, day, explainer->arena, &why);

        if (status != STATUS_OK) {
                explainer->status = status;
                return;
        }
        if (why.absence == ABSENCE_CONDITION || why.absence == ABSENCE_UNLESS) {
                say(explainer, "; the rule did not apply on that day: %s was ",
                    explainer->vocabulary->attributes[why.attribute].name);
                say_value(explainer, why.attribute, why.found);
        } else if (why.absence == ABSENCE_NOT_IN_FORCE) {
                say(explainer, "; the rule was not in force on that day");
        } else {
                say(explainer, "; the rule did not start by it on that day");
        }
}

void tell_idle_triggers(struct explainer *explainer, const struct rule_version *version)
{
        int told = 0;

        if (version->clock != CLOCK_WITHIN || version->trigger != TRIGGER_EVENT)
                return;
        for (size_t i = 0; i < explainer->casefile.fact_count && told < TOLD_MAX; i++) {
                const struct fact *fact = &explainer->casefile.facts[i];
                if (fact->type != version->from.event || !fact_of_subject(explainer, fact))
                        continue;
                told++;
                step_begin(explainer, STEP_FACT);
                say(explainer, "Does not start it: ");
                say_event(explainer, fact->seq);
                if (fact_fits(&version->from, fact)) {
                        say_not_applying(explainer, fact->on);
                } else {
                        say(explainer, "; what does is ");
                        say_match(explainer, &version->from);
                }
        }
}

/* ---- retracted and replaced ---- */

static bool condition_reads(struct condition condition, uint16_t attribute)
{
        for (size_t i = 0; i < condition.count; i++)
                if (condition.terms[i].subject == attribute)
                        return true;
        return false;
}

static bool version_reads(const struct rule_version *version, uint16_t attribute)
{
        if (condition_reads(version->applies, attribute) || condition_reads(version->applies_unless, attribute) ||
            condition_reads(version->runs, attribute) || condition_reads(version->missed_if, attribute))
                return true;
        for (size_t i = 0; i < version->period_count; i++)
                if (condition_reads(version->periods[i].when, attribute))
                        return true;
        return (version->clock == CLOCK_BY_DATE && version->by_date == attribute) || version->sooner == attribute ||
               version->booked_by == attribute ||
               (version->clock == CLOCK_WITHIN && version->trigger == TRIGGER_CHANGE && version->change == attribute);
}

/* Whether an event would have had a part in what the version says. */
static bool would_matter(const struct explainer *explainer, const struct rule_version *version, const struct fact *fact)
{
        const struct event_type *type = &explainer->vocabulary->events[fact->type];

        if (explainer->subject.item != NULL && fact->item != NULL &&
            strcmp(fact->item, explainer->subject.item->key) != 0)
                return false;
        if (type_meets(version, fact->type))
                return true;
        if (version->clock == CLOCK_WITHIN && version->trigger == TRIGGER_EVENT && version->from.event == fact->type)
                return true;
        for (size_t i = 0; i < type->effect_count; i++)
                if (version_reads(version, type->effects[i].attribute))
                        return true;
        return explainer->rule->per != VOCABULARY_NONE && type->item_use == ITEM_USE_BEGINS &&
               type->item_kind == explainer->rule->per;
}

static void tell_one_undone(struct explainer *explainer, const struct record *undone, const struct record *by)
{
        step_begin(explainer, STEP_FACT);
        say(explainer, "Does not count: ");
        if (by->is_retraction) {
                say_event(explainer, undone->fact.seq);
                say(explainer, ", retracted ");
                say_event(explainer, by->fact.seq);
        } else {
                say_event(explainer, undone->fact.seq);
                say(explainer, ", replaced by ");
                say_event(explainer, by->fact.seq);
        }
        step_event(explainer, undone->fact.seq);
}

void tell_undone(struct explainer *explainer, const struct rule_version *version)
{
        const struct explain_question *question = explainer->question;
        int told = 0;

        for (size_t i = 0; i < question->count && told < TOLD_MAX; i++) {
                const struct record *by = &question->records[i];
                if (by->refers == 0 || by->recorded_at > question->known_at)
                        continue;
                const struct record *undone = record_of(explainer, by->refers);
                if (undone == NULL || undone->is_retraction || undone->recorded_at > question->known_at ||
                    undone->fact.on > question->as_of || !would_matter(explainer, version, &undone->fact))
                        continue;
                told++;
                tell_one_undone(explainer, undone, by);
        }
}
