/*
 * quota - at least so many events in each year or quarter.
 */
#include "course.h"

/* One period of a quota. */
struct quota_period_days {
        int32_t first;
        int32_t last;
};

static struct quota_period_days period_number(const struct rule_version *version, int year, int quarter)
{
        struct civil start = {year, version->year_month, version->year_day};
        int32_t year_first = civil_from_date(start);
        int months = version->quota_period == QUOTA_YEAR ? 12 : 3;
        int32_t first = civil_add_months(year_first, (int64_t)quarter * months);
        int32_t next = civil_add_months(year_first, ((int64_t)quarter + 1) * months);
        return (struct quota_period_days){first, next - 1};
}

/* How many qualifying events fall in first .. last; *ret_day is the day of the nth, or CIVIL_NONE. */
static int32_t count_events(const struct view *view, const struct rule_version *version, int32_t first, int32_t last,
                            int32_t *ret_day)
{
        int32_t count = 0;
        *ret_day = CIVIL_NONE;
        for (size_t i = facts_from(view, first); i < view->fact_count && view->facts[i]->on <= last; i++) {
                if (!version_met_by(version, view->facts[i]))
                        continue;
                if (++count == version->quota)
                        *ret_day = view->facts[i]->on;
        }
        return count;
}

static int32_t earliest_of(int32_t a, int32_t b)
{
        return a < b ? a : b;
}

static void answer_period(struct outlet *outlet, const struct course *course, const struct lens *lens,
                          struct quota_period_days days)
{
        const struct rule_version *version = lens->version;
        struct obligation obligation = answer_new(outlet, course, version, days.first);
        obligation.due = days.last;
        obligation.nominal = days.last;
        obligation.needed = version->quota;
        int32_t ends = lens_ends(lens, days.first);
        int32_t after = days.last < outlet->as_of ? days.last + 1 : CIVIL_NONE;
        int32_t ended = ends != CIVIL_NONE && (after == CIVIL_NONE || ends < after) ? ends : after;
        int32_t last = earliest_of(days.last, ended != CIVIL_NONE ? ended : outlet->as_of), met;
        obligation.done = count_events(course->view, version, days.first, last, &met);
        if (met != CIVIL_NONE) {
                int32_t other;
                obligation.done = count_events(course->view, version, days.first, met, &other);
                obligation.met_on = met;
                obligation.state = OBLIGATION_MET;
                answer_closed(outlet, &obligation);
        } else if (ended != CIVIL_NONE) {
                answer_ended(outlet, course, &obligation, ended);
        } else {
                answer_open(outlet, course, &obligation, CIVIL_NONE);
        }
}

static void answer_version(struct outlet *outlet, const struct course *course, const struct lens *lens)
{
        const struct rule_version *version = lens->version;
        int32_t begins = course->view->segments[0].first;
        int quarters = version->quota_period == QUOTA_YEAR ? 1 : 4;
        int year = civil_to_date(begins).year - 1;
        if (year < 1583)
                year = 1583;
        for (; year < 9999; year++) {
                for (int quarter = 0; quarter < quarters; quarter++) {
                        struct quota_period_days days = period_number(version, year, quarter);
                        if (days.first > outlet->as_of) {
                                if (lens_applies(lens, outlet->as_of))
                                        outlet_wake(outlet, days.first);
                                return;
                        }
                        if (days.first >= begins && days.first >= version->in_force_from &&
                            days.first <= version->in_force_until && lens_applies(lens, days.first))
                                answer_period(outlet, course, lens, days);
                }
        }
}

void quota_answer(struct outlet *outlet, const struct course *course)
{
        for (size_t i = 0; i < course->rule->version_count; i++)
                if (course->lenses[i].flags != NULL && course->rule->versions[i].clock == CLOCK_QUOTA)
                        answer_version(outlet, course, &course->lenses[i]);
}
