/*
 * by - obligations tied to a date: an attribute's, or a day of every year.
 */
#include "course.h"

#define YEAR_FIRST 1583 /* whole years of civil.h */
#define YEAR_LAST 9999

static int32_t date_of(const struct course *course, uint16_t attribute, int32_t day)
{
        struct state state = course_state(course, day);
        return state_bits(state, attribute) == VALUE_UNSET ? CIVIL_NONE : state_day(state, attribute);
}

/* One run of days on which a version applies and its date attribute holds one value. */
struct run {
        const struct rule_version *version;
        int32_t first;
        int32_t date;
        int32_t ended; /* first day after it, CIVIL_NONE while it goes on */
        bool moved;    /* ended by another date while the rule went on applying */
};

static struct run run_from(const struct course *course, const struct lens *lens, int32_t first, int32_t date)
{
        const struct view *view = course->view;
        uint16_t attribute = lens->version->by_date;
        struct run run = {.version = lens->version, .first = first, .date = date, .ended = CIVIL_NONE};
        for (size_t i = view_segment(view, first) + 1; i < view->segment_count; i++) {
                struct state state = view_state(view, i);
                bool applies = (lens->flags[i] & LENS_APPLIES) != 0;
                bool set = state_bits(state, attribute) != VALUE_UNSET;
                if (applies && set && state_day(state, attribute) == date)
                        continue;
                run.ended = view->segments[i].first;
                run.moved = applies && set;
                break;
        }
        return run;
}

static bool provisional_lead(const struct ruleset *ruleset, struct period lead, int32_t date)
{
        return lead.count > 0 && lead.unit == PERIOD_WORKING_DAYS && !calendar_covers(&ruleset->calendar, date);
}

/* The first day whose events count for a run. */
static int32_t counts_from(const struct course *course, const struct run *run, int32_t opens)
{
        if (run->version->opens.count == 0)
                return run->first + 1;
        int32_t applied_since = course_run_start(course, run->first);
        return opens > applied_since ? opens : applied_since;
}

static void answer_moved(struct outlet *outlet, const struct run *run, struct obligation *obligation)
{
        bool missed = !run->version->tentative && run->ended > obligation->due;
        obligation->ended_on = run->ended;
        obligation->state = missed ? OBLIGATION_MISSED : OBLIGATION_MOVED;
        answer_closed(outlet, obligation);
}

/* A milestone's closing day, if the run lasted until then. */
static int32_t milestone_day(const struct outlet *outlet, const struct run *run, const struct obligation *obligation)
{
        int32_t day = obligation->due > run->first ? obligation->due : run->first;
        int32_t last = run->ended != CIVIL_NONE ? run->ended - 1 : outlet->as_of;
        return run->version->milestone && day <= last ? day : CIVIL_NONE;
}

static void answer_run(struct outlet *outlet, const struct course *course, const struct run *run)
{
        const struct rule_version *version = run->version;
        if (outlet->open_only && run->ended != CIVIL_NONE)
                return;
        const struct calendar *calendar = &outlet->ruleset->calendar;
        struct obligation obligation = answer_new(outlet, course, version, run->first);
        outlet->date = run->date;
        obligation.due = version->lead.count > 0 ? period_from(version->lead, calendar, run->date) : run->date;
        obligation.nominal = obligation.due;
        if (version->opens.count > 0)
                obligation.opens = period_from(version->opens, calendar, run->date);
        obligation.provisional = provisional_lead(outlet->ruleset, version->lead, run->date);
        int32_t met = course_met(course, version, counts_from(course, run, obligation.opens),
                                 run->ended != CIVIL_NONE ? run->ended : outlet->as_of, NULL);
        int32_t reached = milestone_day(outlet, run, &obligation);
        if (met != CIVIL_NONE) {
                obligation.met_on = met;
                obligation.state = met <= obligation.due || version->tentative ? OBLIGATION_MET : OBLIGATION_MET_LATE;
                answer_closed(outlet, &obligation);
        } else if (reached != CIVIL_NONE) {
                obligation.ended_on = reached;
                obligation.state = OBLIGATION_REACHED;
                answer_closed(outlet, &obligation);
        } else if (run->ended == CIVIL_NONE) {
                answer_open(outlet, course, &obligation, run->date);
        } else if (run->moved) {
                answer_moved(outlet, run, &obligation);
        } else {
                answer_ended(outlet, course, &obligation, run->ended);
        }
}

static void answer_lack(struct outlet *outlet, const struct course *course, const struct rule_version *version,
                        int32_t lacking)
{
        if (version_needs(version, version->by_date))
                answer_unevaluable(outlet, course, version, lacking, missing_on(course, version, outlet->as_of, false));
}

/* Of a plain rule: the last days on which its date held one value, or was not there. */
static void answer_last(struct outlet *outlet, const struct course *course)
{
        const struct view *view = course->view;
        const struct rule_version *version = course->lenses->version;
        uint16_t attribute = version->by_date;
        size_t first = view->segments[view->segment_count - 1].since;
        struct value last = state_value(view_state(view, first), attribute);
        while (first > course->first && state_is(view_state(view, first - 1), attribute, last))
                first = view->segments[first - 1].since;
        struct run run = {
                .version = version, .first = view->segments[first].first, .date = last.day, .ended = CIVIL_NONE};
        if (last.bits != VALUE_UNSET)
                answer_run(outlet, course, &run);
        else
                answer_lack(outlet, course, version, run.first);
}

/* Walks the days on which something may change, giving each run once; since when the rule has been without its date,
 * whatever the version, is kept for the answer at the end. */
void by_date_answer(struct outlet *outlet, const struct course *course)
{
        int32_t day = course->since, lacking = CIVIL_NONE;
        int last = -1;
        if (course->last_only) {
                answer_last(outlet, course);
                return;
        }
        while (day != CIVIL_NONE) {
                int index = course_version(course, day);
                bool by = index >= 0 && course->rule->versions[index].clock == CLOCK_BY_DATE;
                int32_t date = by ? date_of(course, course->rule->versions[index].by_date, day) : CIVIL_NONE;
                if (date != CIVIL_NONE) {
                        struct run run = run_from(course, &course->lenses[index], day, date);
                        answer_run(outlet, course, &run);
                        lacking = CIVIL_NONE;
                        day = run.ended;
                        continue;
                }
                lacking = !by ? CIVIL_NONE : lacking == CIVIL_NONE ? day : lacking;
                last = index;
                day = course_next(course, day);
        }
        if (lacking != CIVIL_NONE)
                answer_lack(outlet, course, &course->rule->versions[last], lacking);
}

/* One year's obligation of a "MM-DD" rule. */
struct yearly {
        const struct lens *lens;
        int32_t started;
        int32_t date;
        int32_t due;
};

static int32_t year_date(const struct rule_version *version, int year)
{
        struct civil date = {year, version->by_month, version->by_day};
        if (year < YEAR_FIRST)
                return CIVIL_MIN;
        return year > YEAR_LAST ? CIVIL_MAX : civil_from_date(date);
}

static int32_t year_due(const struct ruleset *ruleset, const struct rule_version *version, int year)
{
        int32_t date = year_date(version, year);
        return version->lead.count > 0 ? period_from(version->lead, &ruleset->calendar, date) : date;
}

static struct yearly yearly_of(const struct course *course, const struct lens *lens, int year)
{
        const struct ruleset *ruleset = course->view->ruleset;
        const struct rule_version *version = lens->version;
        struct yearly yearly = {
                .lens = lens, .date = year_date(version, year), .due = year_due(ruleset, version, year)};
        yearly.started = version->opens.count > 0 ? period_from(version->opens, &ruleset->calendar, yearly.date)
                                                  : civil_add_days(year_due(ruleset, version, year - 1), 1);
        return yearly;
}

/* next: the day on which a next one opens, whatever its version. It closes this one, be its due date yet to come: no
 * event serves two years. */
static void answer_yearly(struct outlet *outlet, const struct course *course, const struct yearly *yearly, int32_t next)
{
        const struct rule_version *version = yearly->lens->version;
        struct obligation obligation = answer_new(outlet, course, version, yearly->started);
        outlet->date = yearly->date;
        obligation.due = yearly->due;
        obligation.nominal = yearly->due;
        obligation.provisional = provisional_lead(outlet->ruleset, version->lead, yearly->date);
        int32_t ends = lens_ends(yearly->lens, yearly->started);
        int32_t last = ends != CIVIL_NONE ? ends : outlet->as_of;
        if (next != CIVIL_NONE && last >= next)
                last = next - 1;
        int32_t met = met_between(course->view, version, yearly->started, last, NULL);
        int32_t reached = obligation.due > yearly->started ? obligation.due : yearly->started;
        int32_t ended = ends != CIVIL_NONE && (next == CIVIL_NONE || ends < next) ? ends : next;
        if (met != CIVIL_NONE) {
                obligation.met_on = met;
                obligation.state = met <= obligation.due ? OBLIGATION_MET : OBLIGATION_MET_LATE;
                answer_closed(outlet, &obligation);
        } else if (version->milestone && reached <= outlet->as_of && (ended == CIVIL_NONE || reached < ended)) {
                obligation.ended_on = reached;
                obligation.state = OBLIGATION_REACHED;
                answer_closed(outlet, &obligation);
        } else if (ended == CIVIL_NONE) {
                answer_open(outlet, course, &obligation, CIVIL_NONE);
        } else if (ended == next) {
                obligation.ended_on = next;
                obligation.state = OBLIGATION_MISSED;
                answer_closed(outlet, &obligation);
        } else {
                answer_ended(outlet, course, &obligation, ended);
        }
}

/* Collects the years on whose opening day a version is in force and applies; versions come in order, as years do. */
static size_t collect_years(struct outlet *outlet, const struct course *course, const struct lens *lens,
                            struct yearly *years, size_t count)
{
        int32_t first = course->view->segments[0].first;
        int year = civil_to_date(first).year - 1;
        if (year < YEAR_FIRST)
                year = YEAR_FIRST;
        for (;; year++) {
                struct yearly yearly = yearly_of(course, lens, year);
                if (yearly.started > outlet->as_of || year > YEAR_LAST) {
                        if (lens_applies(lens, outlet->as_of))
                                outlet_wake(outlet, yearly.started);
                        return count;
                }
                if (yearly.started < first || yearly.started < lens->version->in_force_from ||
                    yearly.started > lens->version->in_force_until || !lens_applies(lens, yearly.started))
                        continue;
                years[count++] = yearly;
        }
}

bool by_day_answer(struct outlet *outlet, const struct course *course)
{
        int span = civil_to_date(outlet->as_of).year - civil_to_date(course->view->segments[0].first).year + 4;
        struct yearly *years = arena_array(outlet->arena, (size_t)span * course->rule->version_count, sizeof *years);
        size_t count = 0;
        if (years == NULL)
                return false;
        for (size_t i = 0; i < course->rule->version_count; i++)
                if (course->lenses[i].flags != NULL && course->rule->versions[i].clock == CLOCK_BY_DAY)
                        count = collect_years(outlet, course, &course->lenses[i], years, count);
        for (size_t i = 0; i < count; i++)
                answer_yearly(outlet, course, &years[i], i + 1 < count ? years[i + 1].started : CIVIL_NONE);
        return true;
}
