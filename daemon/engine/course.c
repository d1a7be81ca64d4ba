/*
 * course - which version of a rule applies when, and which events meet it
 * (course.h).
 */
#include "course.h"
#include "mappad/ensure.h"

#include <string.h>

/* Whether a version's condition could hold in some segment, by what its attributes ever were. */
static bool conceivable(const struct view *view, const struct rule_version *version)
{
        return version->enabled && bits_hold(version->applies, view->seen);
}

/* Whether a version that applies could have an answer: a trigger happened, a date was there, or its lack is to be
 * told. */
static bool answerable(const struct view *view, const struct rule_version *version)
{
        switch (version->clock) {
        case CLOCK_WITHIN:
                return version->trigger != TRIGGER_EVENT || view->latest[version->from.event].number != 0;
        case CLOCK_BY_DATE:
                return (state_bits(view->seen, version->by_date) & VALUE_ANY_SET) != 0 ||
                       version_needs(version, version->by_date);
        case CLOCK_EVERY:
        case CLOCK_BY_DAY:
        case CLOCK_QUOTA:
                break;
        }
        return true;
}

/* Notes where a version is in force and applies. */
static void mark_version(struct course *course, int16_t *versions, size_t index)
{
        const struct rule_version *version = &course->rule->versions[index];
        const struct lens *lens = &course->lenses[index];
        for (size_t i = 0; i < course->view->segment_count; i++) {
                int32_t first = course->view->segments[i].first;
                if ((lens->flags[i] & LENS_APPLIES) == 0 || first < version->in_force_from ||
                    first > version->in_force_until)
                        continue;
                versions[i] = (int16_t)index;
                course->ever = true;
        }
}

/* The last day with an event that fits a match, if it is later than a day; else that day. */
static int32_t last_fitting(const struct view *view, const struct event_match *match, int32_t day)
{
        uint32_t i = view->latest[match->event].number;
        for (; i > 0 && view->facts[i - 1]->on > day; i = view->previous[i - 1])
                if (condition_holds(match->where, view->facts[i - 1]->fields))
                        return view->facts[i - 1]->on;
        return day;
}

static inline int32_t later(int32_t a, int32_t b)
{
        return a > b ? a : b;
}

/* The last day with an event that meets a version; CIVIL_NONE without. */
static int32_t last_met(const struct view *view, const struct rule_version *version, const struct plan_version *plan)
{
        const struct latest *latest = view->latest;
        int32_t last = CIVIL_NONE;
        for (size_t i = 0; i < plan->met_by_count; i += MET_BY_STEP) {
                const uint16_t *met_by = &plan->met_by[i];
                int32_t first_two = later(latest[met_by[0]].on, latest[met_by[1]].on);
                int32_t second_two = later(latest[met_by[2]].on, latest[met_by[3]].on);
                last = later(last, later(first_two, second_two));
        }
        for (size_t i = 0; plan->met_by_asks && i < version->met_by_count; i++)
                if (version->met_by[i].where.count > 0)
                        last = last_fitting(view, &version->met_by[i], last);
        return last;
}

/* The first day, not before a day, with an event that fits a match; CIVIL_NONE without. */
static int32_t first_fitting(const struct view *view, const struct event_match *match, int32_t day)
{
        int32_t first = CIVIL_NONE;
        uint32_t i = view->latest[match->event].on >= day ? view->latest[match->event].number : 0;
        for (; i > 0 && view->facts[i - 1]->on >= day; i = view->previous[i - 1])
                if (condition_holds(match->where, view->facts[i - 1]->fields))
                        first = view->facts[i - 1]->on;
        return first;
}

/* Finds the first day that counts for what a version has open, if it was met last on a day: what came before is closed,
 * save for a date's. false: nothing can be open. */
static bool opens_from(const struct view *view, const struct rule_version *version, int32_t met, int32_t *ret_day)
{
        *ret_day = version->clock == CLOCK_BY_DATE ? CIVIL_NONE : met;
        if (version->clock != CLOCK_WITHIN || version->trigger != TRIGGER_EVENT)
                return true;
        *ret_day = first_fitting(view, &version->from, met);
        return *ret_day != CIVIL_NONE;
}

/* Whether an obligation of `every` that is open may have taken over days from one of an earlier run. One that an event
 * of the same day met, or that began with one, takes over nothing. */
static bool may_inherit(const struct rule_version *version, bool earlier, bool met)
{
        return version->clock == CLOCK_EVERY && period_days(version->periods->is) > 0 && earlier && !met;
}

/* Whether the due dates of a version hang on the days between: on those that run, or on a date set on one. */
static bool may_pause(const struct rule_version *version)
{
        return version->has_runs || version->sooner != VOCABULARY_NONE;
}

/* The first segment of the last unbroken run of those in which a version applies, followed back to no state before that
 * of a day; as many as there are if it does not apply now. */
static size_t last_run(const struct view *view, const struct guard *applies, int32_t day)
{
        const struct segment *segments = view->segments;
        size_t first = view->segment_count;
        while (guard_holds(applies, segments[first - 1].words)) {
                first = segments[first - 1].since;
                if (first == 0 || segments[first].first <= day)
                        break;
        }
        return first;
}

/* Holds a plain rule over the last days on which it applied without a break. Only what began there can be open.
 * *ret_enough: false if an earlier run counts. */
static bool hold_last_run(struct course *course, struct arena *arena, bool *ret_enough)
{
        const struct view *view = course->view;
        const struct rule_version *version = course->rule->versions;
        *ret_enough = true;
        int32_t met = last_met(view, version, view->ruleset->plan->rules[course->index].versions), from;
        course->met_last = met;
        if (!opens_from(view, version, met, &from))
                return true;
        lens_begin(&course->last, view, course->index, 0);
        course->lenses = &course->last;
        course->first = last_run(view, &course->last.asks->applies, from);
        ENSURE(course->first < view->segment_count); /* nobody asks of a rule that does not apply on the last day */
        if (may_pause(version) && !lens_init_from(&course->last, course->first, arena))
                return false;
        int32_t began = view->segments[course->first].first;
        *ret_enough = !may_inherit(version, course->first > 0, met >= began);
        course->since = from > began ? from : began;
        course->ever = true;
        return true;
}

static bool hold_all(struct course *course, struct arena *arena)
{
        const struct view *view = course->view;
        const struct rule *rule = course->rule;
        bool possible = false;
        for (size_t i = 0; i < rule->version_count && !possible; i++)
                possible = conceivable(view, &rule->versions[i]) && answerable(view, &rule->versions[i]);
        if (!possible)
                return true;
        struct lens *lenses = arena_array(arena, rule->version_count, sizeof *lenses);
        int16_t *versions = arena_array(arena, view->segment_count, sizeof *versions);
        if (lenses == NULL || versions == NULL)
                return false;
        memset(versions, -1, view->segment_count * sizeof *versions);
        course->lenses = lenses;
        course->versions = versions;
        for (size_t i = 0; i < rule->version_count; i++) {
                if (!conceivable(view, &rule->versions[i]))
                        continue;
                lens_begin(&lenses[i], view, course->index, i);
                if (!lens_init(&lenses[i], arena))
                        return false;
                mark_version(course, versions, i);
        }
        return true;
}

bool course_init(struct course *course, const struct view *view, uint16_t rule_index, bool open_only,
                 struct arena *arena)
{
        bool enough = false;
        course->view = view;
        course->rule = &view->ruleset->rules[rule_index];
        course->index = rule_index;
        course->lenses = NULL;
        course->versions = NULL;
        course->ever = false;
        course->last_only = open_only && view->ruleset->plan->rules[rule_index].plain;
        if (course->last_only && !hold_last_run(course, arena, &enough))
                return false;
        if (enough)
                return true;
        course->ever = false;
        course->last_only = false;
        course->first = 0;
        course->since = view->segments[0].first;
        course->met_last = CIVIL_MAX;
        return hold_all(course, arena);
}

int course_version(const struct course *course, int32_t day)
{
        return course_holds(course, view_segment(course->view, day));
}

int32_t course_next(const struct course *course, int32_t day)
{
        size_t next = view_segment(course->view, day) + 1;
        return next < course->view->segment_count ? course->view->segments[next].first : CIVIL_NONE;
}

int32_t course_run_start(const struct course *course, int32_t day)
{
        if (course->last_only)
                return course->view->segments[course->first].first;
        size_t segment = view_segment(course->view, day);
        while (segment > 0 && course_holds(course, segment - 1) >= 0)
                segment--;
        return course->view->segments[segment].first;
}

struct state course_state(const struct course *course, int32_t day)
{
        return view_state(course->view, view_segment(course->view, day));
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

int32_t met_from(const struct view *view, const struct rule_version *version, size_t from, int32_t last,
                 const struct fact *except)
{
        for (size_t i = from; i < view->fact_count && view->facts[i]->on <= last; i++)
                if (view->facts[i] != except && version_met_by(version, view->facts[i]))
                        return view->facts[i]->on;
        return CIVIL_NONE;
}

int32_t met_between(const struct view *view, const struct rule_version *version, int32_t first, int32_t last,
                    const struct fact *except)
{
        return met_from(view, version, facts_from(view, first), last, except);
}

bool version_needs(const struct rule_version *version, uint16_t attribute)
{
        for (size_t i = 0; i < version->need_count; i++)
                if (version->needs[i] == attribute)
                        return true;
        return false;
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
                if (state_bits(state, attribute) == VALUE_UNSET && (!of_table || table_reads(version, attribute)))
                        return attribute;
        }
        return VOCABULARY_NONE;
}

enum period_lookup period_on(const struct course *course, const struct rule_version *version, int32_t day,
                             struct period *ret_period)
{
        if (course->last_only) {
                *ret_period = version->periods->is;
                return PERIOD_FOUND;
        }
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
