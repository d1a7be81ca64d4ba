/*
 * course - one rule over one view, and what the derivations of the clock kinds
 * share: which version applies when, which events count, how an answer is
 * finished and given out.
 */
#ifndef MAPPAD_ENGINE_COURSE_H
#define MAPPAD_ENGINE_COURSE_H

#include "clock.h"
#include "mappad/obligation.h"

struct course {
        const struct view *view;
        const struct rule *rule;
        uint16_t index;                 /* of the rule in the rule set */
        const struct lens *lenses;      /* one per version; those of disabled versions never apply */
        const int16_t *versions;        /* by segment: the version in force and applying, or -1; NULL if last_only */
        bool ever;                      /* some version applies in some segment and may have an answer */
        bool last_only;                 /* the rule is plain (plan.h) and has applied on every day from `since` on; what
                                           began before is closed, what is open inherited nothing. Its lens has no
                                           flags if no day can be paused */
        struct lens last;               /* that lens; a course of the kind is not copied */
        size_t first;                   /* the first segment looked at */
        int32_t since;                  /* the first day looked at */
        int32_t met_last;               /* no event after this day meets the rule; CIVIL_MAX: that was not asked */
};

/* Where answers go, and the first day on which one of them changes. */
struct outlet {
        const struct ruleset *ruleset;
        int32_t as_of;
        struct arena *arena;
        obligation_fn sink;
        void *context;
        bool wants_wake;
        bool open_only;                 /* closed answers are not wanted */
        const bool *rules;              /* those whose answers are wanted; NULL: all */
        const struct clock *clock;      /* of the answer being given; NULL without. For traces */
        const struct course *course;    /* likewise */
        int32_t asked;                  /* the day the clock was read on */
        int32_t used_until;             /* the last day whose use was counted */
        int32_t date;                   /* the date that a `by` rule hangs on; CIVIL_NONE without */
        int32_t wake;                   /* CIVIL_MAX + 1: never */
};

/* Purpose: hold a rule over a view; only as far back as open obligations need, if nothing else is wanted and the rule
 * is plain. false: no memory. */
bool course_init(struct course *course, const struct view *view, uint16_t rule, bool open_only, struct arena *arena);
/* Purpose: the version in force and applying in a segment, or -1. */
static inline int course_holds(const struct course *course, size_t segment)
{
        if (course->versions != NULL)
                return course->versions[segment];
        return segment >= course->first ? 0 : -1;
}

/* Purpose: the version in force and applying on a day, or -1. */
int course_version(const struct course *course, int32_t day);
/* Purpose: the first day of the next segment; CIVIL_NONE after the last. Nothing changes in between. */
int32_t course_next(const struct course *course, int32_t day);
/* Purpose: the first day of the unbroken run of days up to a day on which the rule applies. */
int32_t course_run_start(const struct course *course, int32_t day);

/* Purpose: the state of a day that lies in the view. */
struct state course_state(const struct course *course, int32_t day);

/* Purpose: whether an event fits a match; whether it meets a version. */
bool match_fits(const struct event_match *match, const struct fact *fact);
bool version_met_by(const struct rule_version *version, const struct fact *fact);
/* Purpose: index of the first fact of a view on or after a day. Cost: binary search. */
size_t facts_from(const struct view *view, int32_t day);
/* Purpose: the day of the first qualifying event up to a last day, from the fact with an index on, except one fact;
 * CIVIL_NONE without. */
int32_t met_from(const struct view *view, const struct rule_version *version, size_t from, int32_t last,
                 const struct fact *except);
/* Purpose: the day of the first qualifying event in first .. last, except one fact; CIVIL_NONE without. */
int32_t met_between(const struct view *view, const struct rule_version *version, int32_t first, int32_t last,
                    const struct fact *except);

/* Purpose: the same for a version of a course, where it may be known that there is none. */
static inline int32_t course_met(const struct course *course, const struct rule_version *version, int32_t first,
                                 int32_t last, const struct fact *except)
{
        return first > course->met_last ? CIVIL_NONE : met_between(course->view, version, first, last, except);
}

/* Purpose: the first day after a day on which a version of a course does not apply; CIVIL_NONE without. */
static inline int32_t course_ends(const struct course *course, const struct lens *lens, int32_t day)
{
        return course->last_only ? CIVIL_NONE : lens_ends(lens, day);
}

enum period_lookup { PERIOD_FOUND, PERIOD_UNMATCHED, PERIOD_UNEVALUABLE };
/* Purpose: the period of a version on an anchor's day. PERIOD_UNEVALUABLE: no row
 * matches and an attribute that the table reads is needed and unset. */
enum period_lookup period_on(const struct course *course, const struct rule_version *version, int32_t day,
                             struct period *ret_period);

/* Purpose: whether an attribute is among a version's `needs`. */
bool version_needs(const struct rule_version *version, uint16_t attribute);
/* Purpose: the first needed attribute that is unset on a day; of those that its period table reads, if asked. */
uint16_t missing_on(const struct course *course, const struct rule_version *version, int32_t day, bool of_table);
/* Purpose: an obligation with nothing known but its rule, version and first days. */
struct obligation answer_new(struct outlet *outlet, const struct course *course, const struct rule_version *version,
                             int32_t started);
/* Purpose: finish and give an open obligation. date: the tentative date of a `by` rule, or CIVIL_NONE. */
void answer_open(struct outlet *outlet, const struct course *course, struct obligation *obligation, int32_t date);
/* Purpose: finish and give a closed one; state, met_on and ended_on are set. */
void answer_closed(struct outlet *outlet, struct obligation *obligation);
/* Purpose: close as ended on a day and give: missed or lapsed. */
void answer_ended(struct outlet *outlet, const struct course *course, struct obligation *obligation, int32_t ended);
/* Purpose: give the answer "unevaluable" where there is no obligation. */
void answer_unevaluable(struct outlet *outlet, const struct course *course, const struct rule_version *version,
                        int32_t started, uint16_t missing);
/* Purpose: fill due, nominal, used and limit days from a clock: a reading asked on a day, days
 * used at the end of another. */
void answer_clock(struct outlet *outlet, struct obligation *obligation, const struct clock *clock, int32_t asked,
                  int32_t used_until);
/* Purpose: note a day on which something changes. */
void outlet_wake(struct outlet *outlet, int32_t day);

/* Purpose: the derivations, one per clock kind; each gives the answers of versions of its kind. */
struct every_series;
struct every_series *every_build(const struct course *course, struct arena *arena);
bool every_resolve(struct every_series *const *series, const struct plan *plan, struct arena *arena);
void every_answer(struct outlet *outlet, const struct every_series *series);
/* Purpose: the answers of a rule that is plain, without those of others. false: no memory. */
bool every_answer_alone(struct outlet *outlet, const struct course *course);
void within_answer(struct outlet *outlet, const struct course *course);
void by_date_answer(struct outlet *outlet, const struct course *course);
bool by_day_answer(struct outlet *outlet, const struct course *course);
void quota_answer(struct outlet *outlet, const struct course *course);

/* Purpose: whether any day has a trigger of a `within` version that applied on it. */
bool within_triggered(const struct course *course);
/* Purpose: derive a case into an outlet; what the public entries share. */
MUST_CHECK enum status derive_into(struct outlet *outlet, const struct casefile *casefile);

#endif
