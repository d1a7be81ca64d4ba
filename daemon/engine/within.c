/*
 * within - one obligation per trigger: an event, a change of an attribute, or
 * the rule beginning to apply.
 */
#include "course.h"
#include "mappad/ensure.h"

/* The first recorded trigger event of a day, or NULL. */
static const struct fact *trigger_fact(const struct view *view, const struct rule_version *version, int32_t day)
{
        for (size_t i = facts_from(view, day); i < view->fact_count && view->facts[i]->on == day; i++)
                if (match_fits(&version->from, view->facts[i]))
                        return view->facts[i];
        return NULL;
}

/* Whether an attribute differs on a segment's first day from the day before. */
static bool changed(const struct course *course, uint16_t attribute, size_t index)
{
        const struct view *view = course->view;
        struct state then = index > 0 ? view_state(view, index - 1) : view->before;
        return !state_is(then, attribute, state_value(view_state(view, index), attribute));
}

/* Whether the first day of a segment triggers a version. Events happen on no other day, and nothing changes on one. */
static bool triggered(const struct course *course, const struct rule_version *version, size_t index,
                      const struct fact **ret_trigger)
{
        switch (version->trigger) {
        case TRIGGER_EVENT:
                *ret_trigger = trigger_fact(course->view, version, course->view->segments[index].first);
                return *ret_trigger != NULL;
        case TRIGGER_CHANGE:
                return changed(course, version->change, index);
        case TRIGGER_START:
                return index == 0 || course_holds(course, index - 1) < 0;
        }
        ENSURE(false);
}

/* asked: the day on which the due date read on it, due, had come. */
static void answer_reached(struct outlet *outlet, const struct clock *clock, struct obligation *obligation,
                           int32_t asked, int32_t due)
{
        int32_t reached = due > obligation->started ? due : obligation->started;
        answer_clock(outlet, obligation, clock, asked, reached);
        obligation->ended_on = reached;
        obligation->state = OBLIGATION_REACHED;
        answer_closed(outlet, obligation);
}

static void answer_met(struct outlet *outlet, const struct clock *clock, struct obligation *obligation, int32_t met)
{
        answer_clock(outlet, obligation, clock, met == obligation->started ? met : met - 1, met);
        obligation->met_on = met;
        obligation->state = met <= obligation->due ? OBLIGATION_MET : OBLIGATION_MET_LATE;
        answer_closed(outlet, obligation);
}

/* Whether the rule has applied on every day since one, whatever the version. */
static bool applied_since(const struct course *course, int32_t day)
{
        int32_t as_of = course->view->as_of;
        return course_version(course, as_of) >= 0 && course_run_start(course, as_of) <= day;
}

/* Of what no event met: ends is the first day on which it no longer holds, or CIVIL_NONE. */
static void answer_unmet(struct outlet *outlet, const struct course *course, const struct clock *clock, int32_t ends)
{
        const struct rule_version *version = clock->lens->version;
        struct obligation obligation = answer_new(outlet, course, version, clock->anchor);
        int32_t last = ends != CIVIL_NONE ? ends - 1 : outlet->as_of, due = CIVIL_NONE;
        int32_t reached = version->milestone ? clock_reached(clock, last, &due) : CIVIL_NONE;
        if (reached != CIVIL_NONE) {
                answer_reached(outlet, clock, &obligation, reached, due);
                return;
        }
        answer_clock(outlet, &obligation, clock, last, last);
        if (ends != CIVIL_NONE)
                answer_ended(outlet, course, &obligation, ends);
        else
                answer_open(outlet, course, &obligation, CIVIL_NONE);
}

static void answer_one(struct outlet *outlet, const struct course *course, const struct lens *lens, int32_t day,
                       const struct fact *trigger)
{
        const struct rule_version *version = lens->version;
        struct clock clock = {.lens = lens, .anchor = day};
        switch (period_on(course, version, day, &clock.period)) {
        case PERIOD_UNMATCHED:
                return;
        case PERIOD_UNEVALUABLE:
                if (applied_since(course, day))
                        answer_unevaluable(outlet, course, version, day, missing_on(course, version, day, true));
                return;
        case PERIOD_FOUND:
                break;
        }
        int32_t ends = course_ends(course, lens, day);
        if (outlet->open_only && ends != CIVIL_NONE)
                return;
        int32_t met = course_met(course, version, day, ends != CIVIL_NONE ? ends : outlet->as_of, trigger);
        if (outlet->open_only && met != CIVIL_NONE)
                return;
        if (met == CIVIL_NONE) {
                answer_unmet(outlet, course, &clock, ends);
                return;
        }
        struct obligation obligation = answer_new(outlet, course, version, day);
        answer_met(outlet, &clock, &obligation, met);
}

/* Starts what the first day of a segment triggers under the version that applies on it. */
static void answer_segment(struct outlet *outlet, const struct course *course, size_t index)
{
        int version = course_holds(course, index);
        const struct fact *trigger = NULL;
        if (version >= 0 && course->rule->versions[version].clock == CLOCK_WITHIN &&
            triggered(course, &course->rule->versions[version], index, &trigger))
                answer_one(outlet, course, &course->lenses[version], course->view->segments[index].first, trigger);
}

static bool triggers(const struct rule *rule, const struct fact *fact)
{
        for (size_t i = 0; i < rule->version_count; i++)
                if (rule->versions[i].clock == CLOCK_WITHIN && match_fits(&rule->versions[i].from, fact))
                        return true;
        return false;
}

static bool only_events_trigger(const struct rule *rule)
{
        for (size_t i = 0; i < rule->version_count; i++)
                if (rule->versions[i].clock == CLOCK_WITHIN && rule->versions[i].trigger != TRIGGER_EVENT)
                        return false;
        return true;
}

/* Whether another event of its day meets what a fact began, given by its index. */
static bool met_at_once(const struct view *view, const struct rule_version *version, size_t index)
{
        const struct fact *began = view->facts[index];
        while (index > 0 && view->facts[index - 1]->on == began->on)
                index--;
        return met_from(view, version, index, began->on, began) != CIVIL_NONE;
}

/* Starts what an event triggers, with an index, of a plain rule that was met last no later than on its day. */
static void answer_trigger(struct outlet *outlet, const struct course *course, size_t index)
{
        const struct rule_version *version = course->lenses->version;
        int32_t day = course->view->facts[index]->on;
        struct clock clock = {.lens = course->lenses, .anchor = day, .period = version->periods->is};
        if (day > course->met_last || !met_at_once(course->view, version, index))
                answer_unmet(outlet, course, &clock, CIVIL_NONE);
}

/* Of a plain rule that an event triggers: each day with such an event since it was met. */
static void answer_triggers(struct outlet *outlet, const struct course *course)
{
        const struct view *view = course->view;
        const struct event_match *from = &course->rule->versions->from;
        uint32_t last = view->latest[from->event].number, first = last;
        int32_t asked = CIVIL_NONE;
        while (view->previous[first - 1] > 0 && view->facts[view->previous[first - 1] - 1]->on >= course->since)
                first = view->previous[first - 1];
        for (uint32_t i = first; i <= last; i++) {
                const struct fact *fact = view->facts[i - 1];
                if (fact->on == asked || fact->on < course->since || !match_fits(from, fact))
                        continue;
                asked = fact->on;
                answer_trigger(outlet, course, i - 1);
        }
}

/* Of a plain rule: what its last run has started since it was met. */
static void answer_last(struct outlet *outlet, const struct course *course)
{
        const struct view *view = course->view;
        switch (course->rule->versions->trigger) {
        case TRIGGER_EVENT:
                answer_triggers(outlet, course);
                return;
        case TRIGGER_CHANGE:
                for (size_t i = view_segment(view, course->since); i < view->segment_count; i++)
                        answer_segment(outlet, course, i);
                return;
        case TRIGGER_START:
                if (course->met_last < course->since)
                        answer_one(outlet, course, course->lenses, course->since, NULL);
                return;
        }
        ENSURE(false);
}

/* Where only events trigger, their days; otherwise every day on which a state or applicability may change. */
void within_answer(struct outlet *outlet, const struct course *course)
{
        const struct view *view = course->view;
        if (course->last_only) {
                answer_last(outlet, course);
                return;
        }
        if (!only_events_trigger(course->rule)) {
                for (size_t i = view_segment(view, course->since); i < view->segment_count; i++)
                        answer_segment(outlet, course, i);
                return;
        }
        int32_t asked = CIVIL_NONE;
        for (size_t i = facts_from(view, course->since); i < view->fact_count; i++) {
                if (view->facts[i]->on == asked || !triggers(course->rule, view->facts[i]))
                        continue;
                asked = view->facts[i]->on;
                answer_segment(outlet, course, view_segment(view, asked));
        }
}

bool within_triggered(const struct course *course)
{
        const struct view *view = course->view;
        for (size_t i = 0; i < view->segment_count; i++) {
                int index = course_holds(course, i);
                const struct fact *trigger;
                if (index >= 0 && course->rule->versions[index].clock == CLOCK_WITHIN &&
                    triggered(course, &course->rule->versions[index], i, &trigger))
                        return true;
        }
        return false;
}
