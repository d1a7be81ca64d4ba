/*
 * every - recurring obligations: one open at the end of every day on which the
 * rule applies.
 *
 * Beginnings and ends depend on events and conditions alone, never on due dates,
 * so they are found first. Then, in order of their beginnings across all rules
 * of the view, each obligation takes over the days that one which ended shortly
 * before had used.
 */
#include "course.h"

#include <string.h>

#include "mappad/ensure.h"

/* One obligation of a series. */
struct span {
        uint16_t version;
        int32_t started;
        int32_t closed; /* CIVIL_NONE: open */
        bool met;       /* closed by a qualifying event; otherwise it ended */
        struct period period;
        struct inheritance *inherited;
        size_t inherited_count;
};

struct every_series {
        struct course course;
        struct span *spans;
        size_t count, capacity;
        size_t resolved;      /* spans whose inheritance is known */
        int32_t asking_since; /* the table has no answer for want of a fact; CIVIL_NONE: it has */
        int asking_version;
};

/* The next beginning on or after a day. Notes since when a period table lacks a fact. */
static int32_t next_start(struct every_series *series, int32_t day, struct period *ret_period)
{
        const struct course *course = &series->course;
        series->asking_since = CIVIL_NONE;
        while (day != CIVIL_NONE) {
                int index = course_version(course, day);
                bool asking = false;
                if (index >= 0 && course->rule->versions[index].clock == CLOCK_EVERY) {
                        const struct rule_version *version = &course->rule->versions[index];
                        enum period_lookup lookup = period_on(course, version, day, ret_period);
                        if (lookup == PERIOD_FOUND) {
                                series->asking_since = CIVIL_NONE;
                                return day;
                        }
                        asking = lookup == PERIOD_UNEVALUABLE;
                }
                if (!asking)
                        series->asking_since = CIVIL_NONE;
                else if (series->asking_since == CIVIL_NONE)
                        series->asking_since = day;
                series->asking_version = index;
                day = course_next(course, day);
        }
        return CIVIL_NONE;
}

static struct span *add_span(struct every_series *series, struct arena *arena)
{
        if (series->count == series->capacity) {
                size_t capacity = series->capacity == 0 ? 8 : series->capacity * 2;
                struct span *spans = arena_array(arena, capacity, sizeof *spans);
                if (spans == NULL)
                        return NULL;
                if (series->count > 0)
                        memcpy(spans, series->spans, series->count * sizeof *spans);
                series->spans = spans;
                series->capacity = capacity;
        }
        return &series->spans[series->count++];
}

static void close_span(const struct course *course, struct span *span)
{
        const struct lens *lens = &course->lenses[span->version];
        int32_t ends = course_ends(course, lens, span->started);
        int32_t last = ends != CIVIL_NONE ? ends : course->view->as_of;
        int32_t met = course_met(course, lens->version, span->started + 1, last, NULL);
        span->met = met != CIVIL_NONE;
        span->closed = span->met ? met : ends;
}

struct every_series *every_build(const struct course *course, struct arena *arena)
{
        struct every_series *series = arena_alloc(arena, sizeof *series);
        if (series == NULL)
                return NULL;
        *series = (struct every_series){.course = *course, .asking_since = CIVIL_NONE};
        struct period period;
        int32_t start = next_start(series, course->since, &period);
        while (start != CIVIL_NONE) {
                struct span *span = add_span(series, arena);
                if (span == NULL)
                        return NULL;
                *span = (struct span){
                        .version = (uint16_t)course_version(course, start), .started = start, .period = period};
                close_span(course, span);
                if (span->closed == CIVIL_NONE)
                        break;
                start = next_start(series, span->closed, &period);
        }
        return series;
}

static struct clock span_clock(const struct every_series *series, const struct span *span)
{
        return (struct clock){.lens = &series->course.lenses[span->version],
                              .anchor = span->started,
                              .period = span->period,
                              .inherited = span->inherited,
                              .inherited_count = span->inherited_count};
}

/* The last span of a series that started before a day, or NULL. */
static const struct span *last_before(const struct every_series *series, int32_t day)
{
        size_t low = 0, high = series->count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (series->spans[middle].started < day)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low > 0 ? &series->spans[low - 1] : NULL;
}

/* What a new span takes over from another series (or its own); false: nothing. */
static bool inherit_from(const struct every_series *series, const struct span *span, const struct every_series *other,
                         struct inheritance *ret_inheritance)
{
        const struct span *old = last_before(other, span->started);
        if (old == NULL || old->met || old->closed == CIVIL_NONE || old->closed > span->started)
                return false;
        int32_t own_days = period_days(span->period), old_days = period_days(old->period);
        if (old_days == 0 || old->closed < span->started - old_days)
                return false;
        const struct view *view = series->course.view;
        const struct rule_version *mine = series->course.lenses[span->version].version;
        const struct rule_version *theirs = other->course.lenses[old->version].version;
        if (met_between(view, mine, old->closed, span->started, NULL) != CIVIL_NONE ||
            met_between(view, theirs, old->closed, span->started, NULL) != CIVIL_NONE)
                return false;
        struct clock clock = span_clock(other, old);
        int32_t eve = old->closed - 1;
        struct reading reading = clock_read(&clock, eve);
        *ret_inheritance = (struct inheritance){.used = clock_used(&clock, reading, eve, eve),
                                                .total = own_days > old_days ? own_days : old_days,
                                                .overdue = reading.due < eve,
                                                .rule = other->course.index,
                                                .started = old->started,
                                                .ended = old->closed};
        return true;
}

static bool met_on_start(const struct every_series *series, const struct span *span)
{
        return span > series->spans && span[-1].met && span[-1].closed == span->started;
}

static bool resolve_span(struct every_series *const *all, struct every_series *series, struct span *span,
                         struct arena *arena)
{
        const struct rule_version *version = series->course.lenses[span->version].version;
        if (period_days(span->period) == 0 || met_on_start(series, span))
                return true;
        struct inheritance *inherited = arena_array(arena, version->follow_count + 1, sizeof *inherited);
        if (inherited == NULL)
                return false;
        size_t count = 0;
        count += inherit_from(series, span, series, &inherited[count]);
        for (size_t i = 0; i < version->follow_count; i++) {
                ENSURE(all != NULL); /* what is asked alone follows none */
                const struct every_series *other = all[version->follows[i]];
                if (other != NULL)
                        count += inherit_from(series, span, other, &inherited[count]);
        }
        span->inherited = inherited;
        span->inherited_count = count;
        return true;
}

/* The series whose next unresolved span starts first, or NULL. */
static struct every_series *earliest(struct every_series *const *all, const struct plan *plan)
{
        struct every_series *first = NULL;
        for (size_t i = 0; i < plan->recurring_count; i++) {
                struct every_series *series = all[plan->recurring[i]];
                if (series == NULL || series->resolved == series->count)
                        continue;
                if (first == NULL || series->spans[series->resolved].started < first->spans[first->resolved].started)
                        first = series;
        }
        return first;
}

bool every_resolve(struct every_series *const *all, const struct plan *plan, struct arena *arena)
{
        struct every_series *series;
        while ((series = earliest(all, plan)) != NULL)
                if (!resolve_span(all, series, &series->spans[series->resolved++], arena))
                        return false;
        return true;
}

static void answer_span(struct outlet *outlet, const struct every_series *series, const struct span *span)
{
        const struct course *course = &series->course;
        struct obligation obligation = answer_new(outlet, course, course->lenses[span->version].version, span->started);
        struct clock clock = span_clock(series, span);
        if (span->closed == CIVIL_NONE) {
                answer_clock(outlet, &obligation, &clock, outlet->as_of, outlet->as_of);
                answer_open(outlet, course, &obligation, CIVIL_NONE);
                return;
        }
        int32_t eve = span->closed - 1;
        answer_clock(outlet, &obligation, &clock, eve, span->met ? span->closed : eve);
        if (!span->met) {
                answer_ended(outlet, course, &obligation, span->closed);
                return;
        }
        obligation.met_on = span->closed;
        obligation.state = span->closed <= obligation.due ? OBLIGATION_MET : OBLIGATION_MET_LATE;
        answer_closed(outlet, &obligation);
}

/* What is open of a rule's last run: nothing that could have closed or moved it came after its beginning. */
static void answer_last(struct outlet *outlet, const struct course *course)
{
        const struct rule_version *version = course->lenses->version;
        struct obligation obligation = answer_new(outlet, course, version, course->since);
        struct clock clock = {.lens = course->lenses, .anchor = course->since, .period = version->periods->is};
        answer_clock(outlet, &obligation, &clock, outlet->as_of, outlet->as_of);
        answer_open(outlet, course, &obligation, CIVIL_NONE);
}

bool every_answer_alone(struct outlet *outlet, const struct course *course)
{
        if (course->last_only) {
                answer_last(outlet, course);
                return true;
        }
        struct every_series *series = every_build(course, outlet->arena);
        if (series == NULL)
                return false;
        while (series->resolved < series->count)
                if (!resolve_span(NULL, series, &series->spans[series->resolved++], outlet->arena))
                        return false;
        every_answer(outlet, series);
        return true;
}

void every_answer(struct outlet *outlet, const struct every_series *series)
{
        bool open = series->count > 0 && series->spans[series->count - 1].closed == CIVIL_NONE;
        size_t first = !outlet->open_only ? 0 : open ? series->count - 1 : series->count;
        for (size_t i = first; i < series->count; i++)
                answer_span(outlet, series, &series->spans[i]);
        if (!open && series->asking_since != CIVIL_NONE) {
                const struct rule_version *version = &series->course.rule->versions[series->asking_version];
                answer_unevaluable(outlet, &series->course, version, series->asking_since,
                                   missing_on(&series->course, version, outlet->as_of, true));
        }
}
