/*
 * course - which version of a rule applies when, and which events meet it
 * (course.h).
 */
#include "course.h"

bool course_init(struct course *course, const struct view *view, uint16_t rule_index, struct arena *arena)
{
        const struct rule *rule = &view->ruleset->rules[rule_index];
        struct lens *lenses = arena_array(arena, rule->version_count, sizeof *lenses);
        if (lenses == NULL)
                return false;
        *course = (struct course){.view = view, .rule = rule, .index = rule_index, .lenses = lenses};
        for (size_t i = 0; i < rule->version_count; i++) {
                lenses[i] = (struct lens){.view = view, .version = &rule->versions[i]};
                if (!rule->versions[i].enabled)
                        continue;
                if (!lens_init(&lenses[i], view, &rule->versions[i], arena))
                        return false;
                course->ever = course->ever || lenses[i].ever;
        }
        return true;
}

int course_version(const struct course *course, int32_t day)
{
        for (size_t i = 0; i < course->rule->version_count; i++) {
                const struct rule_version *version = &course->rule->versions[i];
                if (day < version->in_force_from || day > version->in_force_until || !course->lenses[i].ever)
                        continue;
                if (lens_applies(&course->lenses[i], day))
                        return (int)i;
        }
        return -1;
}

static void nearest_after(int32_t candidate, int32_t day, int32_t *next)
{
        if (candidate > day && candidate < *next)
                *next = candidate;
}

static void next_in_force(int32_t from, int32_t until, int32_t day, int32_t *next)
{
        nearest_after(from, day, next);
        if (until < CIVIL_MAX)
                nearest_after(until + 1, day, next);
}

int32_t course_next(const struct course *course, int32_t day)
{
        const struct view *view = course->view;
        int32_t next = CIVIL_MAX + 1;
        size_t segment = day < view->segments[0].first ? 0 : view_segment(view, day) + 1;
        if (segment < view->segment_count)
                next = view->segments[segment].first;
        for (size_t i = 0; i < course->rule->version_count; i++) {
                const struct rule_version *version = &course->rule->versions[i];
                next_in_force(version->in_force_from, version->in_force_until, day, &next);
                for (size_t p = 0; p < version->period_count; p++)
                        next_in_force(version->periods[p].in_force_from, version->periods[p].in_force_until, day, &next);
        }
        return next <= view->as_of ? next : CIVIL_NONE;
}

int32_t course_applies_from(const struct course *course, int32_t day, enum clock_kind kind)
{
        while (day != CIVIL_NONE) {
                int version = course_version(course, day);
                if (version >= 0 && course->rule->versions[version].clock == kind)
                        return day;
                day = course_next(course, day);
        }
        return CIVIL_NONE;
}

/* The day before the present stretch in which applicability cannot change; CIVIL_NONE at the beginning. */
static int32_t stretch_start(const struct course *course, int32_t day)
{
        const struct view *view = course->view;
        int32_t start = view->segments[view_segment(view, day)].first;
        for (size_t i = 0; i < course->rule->version_count; i++) {
                const struct rule_version *version = &course->rule->versions[i];
                if (version->in_force_from <= day && version->in_force_from > start)
                        start = version->in_force_from;
                if (version->in_force_until < day && version->in_force_until + 1 > start)
                        start = version->in_force_until + 1;
        }
        return start;
}

int32_t course_run_start(const struct course *course, int32_t day)
{
        int32_t first = course->view->segments[0].first;
        int32_t start = stretch_start(course, day);
        while (start > first && course_version(course, start - 1) >= 0)
                start = stretch_start(course, start - 1);
        return start;
}

struct state course_state(const struct course *course, int32_t day)
{
        return course->view->segments[view_segment(course->view, day)].state;
}

bool match_fits(const struct event_match *match, const struct fact *fact)
{
        return match->event == fact->type && condition_holds(match->where, fact->fields);
}

bool version_met_by(const struct rule_version *version, const struct fact *fact)
{
        for (size_t i = 0; i < version->met_by_count; i++)
                if (match_fits(&version->met_by[i], fact))
                        return true;
        return false;
}

size_t facts_from(const struct view *view, int32_t day)
{
        size_t low = 0, high = view->fact_count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (view->facts[middle]->on < day)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

int32_t met_between(const struct view *view, const struct rule_version *version, int32_t first, int32_t last,
                    const struct fact *except)
{
        for (size_t i = facts_from(view, first); i < view->fact_count && view->facts[i]->on <= last; i++)
                if (view->facts[i] != except && version_met_by(version, view->facts[i]))
                        return view->facts[i]->on;
        return CIVIL_NONE;
}

static bool reads(struct condition condition, uint16_t attribute)
{
        for (size_t i = 0; i < condition.count; i++)
                if (condition.terms[i].subject == attribute)
                        return true;
        return false;
}

static bool table_reads(const struct rule_version *version, uint16_t attribute)
{
        for (size_t i = 0; i < version->period_count; i++)
                if (reads(version->periods[i].when, attribute) || reads(version->periods[i].unless, attribute))
                        return true;
        return false;
}

uint16_t missing_on(const struct course *course, const struct rule_version *version, int32_t day, bool of_table)
{
        struct state state = course_state(course, day);
        for (size_t i = 0; i < version->need_count; i++) {
                uint16_t attribute = version->needs[i];
                if (state.bits[attribute] == VALUE_UNSET && (!of_table || table_reads(version, attribute)))
                        return attribute;
        }
        return VOCABULARY_NONE;
}

enum period_lookup period_on(const struct course *course, const struct rule_version *version, int32_t day,
                             struct period *ret_period)
{
        struct state state = course_state(course, day);
        for (size_t i = 0; i < version->period_count; i++) {
                const struct period_row *row = &version->periods[i];
                if (day >= row->in_force_from && day <= row->in_force_until &&
                    state_fits(row->when, row->unless, state)) {
                        *ret_period = row->is;
                        return PERIOD_FOUND;
                }
        }
        return missing_on(course, version, day, true) != VOCABULARY_NONE ? PERIOD_UNEVALUABLE : PERIOD_UNMATCHED;
}
