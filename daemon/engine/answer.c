/*
 * answer - the state of an obligation on the day asked about, and everything
 * that is shown beside it (course.h).
 */
#include "course.h"

static const char *const state_words[OBLIGATION_STATE_COUNT] = {
        [OBLIGATION_PENDING] = "pending", [OBLIGATION_OPEN] = "open",         [OBLIGATION_DUE_SOON] = "due-soon",
        [OBLIGATION_PAUSED] = "paused",   [OBLIGATION_OVERDUE] = "overdue",   [OBLIGATION_UNEVALUABLE] = "unevaluable",
        [OBLIGATION_MET] = "met",         [OBLIGATION_MET_LATE] = "met-late", [OBLIGATION_MISSED] = "missed",
        [OBLIGATION_LAPSED] = "lapsed",   [OBLIGATION_MOVED] = "moved",       [OBLIGATION_REACHED] = "reached",
};

const char *obligation_state_word(enum obligation_state state)
{
        return state_words[state];
}

bool obligation_state_closed(enum obligation_state state)
{
        return state >= OBLIGATION_MET;
}

void outlet_wake(struct outlet *outlet, int32_t day)
{
        if (day > outlet->as_of && day < outlet->wake && day < CIVIL_MAX)
                outlet->wake = day;
}

struct obligation answer_new(struct outlet *outlet, const struct course *course, const struct rule_version *version,
                             int32_t started)
{
        outlet->course = course;
        outlet->clock = NULL;
        outlet->date = CIVIL_NONE;
        return (struct obligation){.rule = course->index,
                                   .version = version,
                                   .item = course->view->item,
                                   .state = OBLIGATION_PENDING,
                                   .started = started,
                                   .opens = started,
                                   .due = CIVIL_NONE,
                                   .nominal = CIVIL_NONE,
                                   .plan_by = CIVIL_NONE,
                                   .provisional = false,
                                   .met_on = CIVIL_NONE,
                                   .ended_on = CIVIL_NONE,
                                   .booked = CIVIL_NONE,
                                   .booked_late = false,
                                   .paused = false,
                                   .used_days = -1,
                                   .limit_days = -1,
                                   .missing = VOCABULARY_NONE,
                                   .done = -1,
                                   .needed = -1,
                                   .counting = false};
}

static void fill_plan(const struct ruleset *ruleset, struct obligation *obligation)
{
        const struct calendar *calendar = &ruleset->calendar;
        obligation->plan_by = calendar_on_or_before(calendar, obligation->due);
        if (obligation->plan_by < obligation->opens)
                obligation->plan_by = obligation->due;
        if (!calendar_covers(calendar, obligation->due) || !calendar_covers(calendar, obligation->plan_by))
                obligation->provisional = true;
}

void answer_clock(struct outlet *outlet, struct obligation *obligation, const struct clock *clock, int32_t asked,
                  int32_t used_until)
{
        outlet->clock = clock;
        outlet->asked = asked;
        outlet->used_until = used_until;
        const struct rule_version *version = clock->lens->version;
        struct showing showing = clock_show(clock, asked, used_until);
        obligation->due = showing.due;
        obligation->nominal = showing.nominal;
        obligation->used_days = showing.used;
        obligation->limit_days = showing.limit;
        if (clock->period.unit == PERIOD_WORKING_DAYS &&
            !calendar_covers(&clock->lens->view->ruleset->calendar, clock->anchor))
                obligation->provisional = true;
        obligation->counting = obligation->used_days >= 0 && (!version->has_runs || version->on_pause == PAUSE_CARRY ||
                                                              lens_running(clock->lens, used_until));
}

static uint16_t first_missing(const struct course *course, const struct rule_version *version)
{
        if (version->need_count == 0)
                return VOCABULARY_NONE;
        return missing_on(course, version, course->view->as_of, false);
}

static void fill_booking(const struct course *course, struct obligation *obligation)
{
        uint16_t attribute = obligation->version->booked_by;
        if (attribute == VOCABULARY_NONE)
                return;
        int32_t as_of = course->view->as_of;
        struct state state = course_state(course, as_of);
        if (state_bits(state, attribute) == VALUE_UNSET)
                return;
        int32_t date = state_day(state, attribute);
        if (date < as_of || date < obligation->opens)
                return;
        obligation->booked = date;
        obligation->booked_late = date > obligation->due;
}

/* From when on an obligation is due soon: the first of its "before" stages, moved back to a working day as each is. */
static int32_t soon_day(const struct ruleset *ruleset, const struct obligation *obligation)
{
        int32_t soon = CIVIL_NONE;
        for (size_t i = 0; i < obligation->version->stage_count; i++) {
                const struct stage *stage = &obligation->version->stages[i];
                if (stage->kind != STAGE_BEFORE)
                        continue;
                int32_t day = period_from(stage->period, &ruleset->calendar, obligation->due);
                if (soon == CIVIL_NONE || day < soon)
                        soon = day;
        }
        return soon != CIVIL_NONE ? calendar_on_or_before(&ruleset->calendar, soon)
                                  : civil_add_days(obligation->due, -28);
}

static enum obligation_state open_state(const struct course *course, const struct obligation *obligation,
                                        bool tentative_passed)
{
        int32_t as_of = course->view->as_of;
        if (as_of < obligation->opens)
                return OBLIGATION_PENDING;
        if (tentative_passed)
                return OBLIGATION_UNEVALUABLE;
        if (as_of > obligation->due)
                return OBLIGATION_OVERDUE;
        if (first_missing(course, obligation->version) != VOCABULARY_NONE)
                return OBLIGATION_UNEVALUABLE;
        if (obligation->paused)
                return OBLIGATION_PAUSED;
        return as_of >= soon_day(course->view->ruleset, obligation) ? OBLIGATION_DUE_SOON : OBLIGATION_OPEN;
}

static void wake_at_stage(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        (void)obligation;
        outlet_wake(context, stage->day);
}

/* Every day on which this answer changes if nothing is recorded. */
static void wake_for(struct outlet *outlet, const struct obligation *obligation, int32_t date)
{
        outlet_wake(outlet, obligation->opens);
        outlet_wake(outlet, soon_day(outlet->ruleset, obligation));
        outlet_wake(outlet, obligation->due);
        outlet_wake(outlet, civil_add_days(obligation->due, 1));
        if (obligation->booked != CIVIL_NONE)
                outlet_wake(outlet, civil_add_days(obligation->booked, 1));
        if (date != CIVIL_NONE)
                outlet_wake(outlet, civil_add_days(date, 1));
        if (obligation->paused)
                outlet_wake(outlet, civil_add_days(outlet->as_of, 1));
        ladder_stages(outlet->ruleset, obligation, outlet->as_of, wake_at_stage, outlet);
}

void answer_open(struct outlet *outlet, const struct course *course, struct obligation *obligation, int32_t date)
{
        const struct rule_version *version = obligation->version;
        int32_t as_of = outlet->as_of;
        bool tentative_passed = version->tentative && as_of > date;
        if (version->has_runs) {
                const struct lens *lens = &course->lenses[version - course->rule->versions];
                obligation->paused = !lens_running(lens, as_of);
        }
        fill_plan(outlet->ruleset, obligation);
        fill_booking(course, obligation);
        obligation->state = open_state(course, obligation, tentative_passed);
        if (obligation->state == OBLIGATION_UNEVALUABLE)
                obligation->missing = tentative_passed ? version->by_date : first_missing(course, version);
        if (outlet->wants_wake)
                wake_for(outlet, obligation, version->tentative ? date : CIVIL_NONE);
        outlet->sink(outlet->context, obligation);
}

void answer_closed(struct outlet *outlet, struct obligation *obligation)
{
        if (outlet->open_only)
                return;
        fill_plan(outlet->ruleset, obligation);
        obligation->counting = false;
        outlet->sink(outlet->context, obligation);
}

void answer_ended(struct outlet *outlet, const struct course *course, struct obligation *obligation, int32_t ended)
{
        const struct rule_version *version = obligation->version;
        bool missed = !version->tentative && ended > obligation->due;
        if (version->missed_if.count > 0 &&
            state_fits(version->missed_if, (struct condition){NULL, 0}, course_state(course, ended)))
                missed = true;
        obligation->ended_on = ended;
        obligation->state = missed ? OBLIGATION_MISSED : OBLIGATION_LAPSED;
        answer_closed(outlet, obligation);
}

void answer_unevaluable(struct outlet *outlet, const struct course *course, const struct rule_version *version,
                        int32_t started, uint16_t missing)
{
        struct obligation obligation = answer_new(outlet, course, version, started);
        obligation.state = OBLIGATION_UNEVALUABLE;
        obligation.missing = missing;
        if (version->clock == CLOCK_BY_DATE)
                obligation.opens = CIVIL_NONE;
        outlet->sink(outlet->context, &obligation);
}
