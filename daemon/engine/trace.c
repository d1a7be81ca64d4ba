/*
 * trace - the ingredients of an answer (mappad/trace.h).
 *
 * Runs the ordinary derivation with a sink that looks at the clock and the
 * course behind each answer, so that an explanation can never tell another
 * story than the answer itself.
 */
#include "mappad/trace.h"

#include <string.h>

#include "course.h"
#include "mappad/ensure.h"

/* Which answers are wanted, and where their traces go. */
struct tracer {
        struct outlet *outlet;
        uint16_t rule;
        const struct item *item;
        trace_fn sink;
        void *context;
        bool failed; /* memory ran out */
};

static struct value value_at(const struct view *view, size_t segment, uint16_t attribute)
{
        return state_value(view_state(view, segment), attribute);
}

static struct trace_pause pause_from(const struct lens *lens, size_t segment, int32_t first)
{
        struct trace_pause pause = {first, CIVIL_NONE, VOCABULARY_NONE, {VALUE_UNSET, CIVIL_NONE, NULL}};
        struct condition runs = lens->version->runs;
        if ((lens->flags[segment] & LENS_APPLIES) == 0)
                return pause;
        size_t unfit = 0;
        while ((value_at(lens->view, segment, runs.terms[unfit].subject).bits & runs.terms[unfit].mask) != 0) {
                unfit++;
                ENSURE(unfit < runs.count);
        }
        pause.attribute = runs.terms[unfit].subject;
        pause.found = value_at(lens->view, segment, pause.attribute);
        return pause;
}

/* Lists the stretches that did not run, from the start to the last day looked at. */
static bool trace_pauses(struct tracer *tracer, struct trace *trace)
{
        const struct clock *clock = tracer->outlet->clock;
        const struct view *view = clock->lens->view;
        int32_t until = trace->use.until > tracer->outlet->asked ? trace->use.until : tracer->outlet->asked;
        struct trace_pause *pauses = arena_array(tracer->outlet->arena, view->segment_count, sizeof *pauses);
        if (pauses == NULL)
                return false;
        bool pausing = false;
        for (size_t i = view_segment(view, clock->anchor); i < view->segment_count && view->segments[i].first <= until;
             i++) {
                bool runs = (clock->lens->flags[i] & LENS_RUNNING) != 0;
                int32_t first = view->segments[i].first > clock->anchor ? view->segments[i].first : clock->anchor;
                if (runs && pausing)
                        pauses[trace->pause_count - 1].last = first - 1;
                if (!runs && !pausing)
                        pauses[trace->pause_count++] = pause_from(clock->lens, i, first);
                pausing = !runs;
        }
        trace->pauses = pauses;
        return true;
}

static bool trace_heritage(struct tracer *tracer, struct trace *trace)
{
        const struct clock *clock = tracer->outlet->clock;
        struct trace_heritage *heritage = arena_array(tracer->outlet->arena, clock->inherited_count, sizeof *heritage);
        if (heritage == NULL)
                return false;
        for (size_t i = 0; i < clock->inherited_count; i++) {
                const struct inheritance *from = &clock->inherited[i];
                heritage[i] = (struct trace_heritage){.rule = from->rule,
                                                      .started = from->started,
                                                      .ended = from->ended,
                                                      .used = from->used,
                                                      .total = from->total,
                                                      .overdue = from->overdue,
                                                      .due = clock_inherited(clock, from, trace->reckoning.asked)};
        }
        trace->heritage = heritage;
        trace->heritage_count = clock->inherited_count;
        return true;
}

static bool trace_clock(struct tracer *tracer, struct trace *trace)
{
        const struct outlet *outlet = tracer->outlet;
        const struct clock *clock = outlet->clock;
        trace->has_clock = clock != NULL;
        if (clock == NULL)
                return true;
        trace->period = clock->period;
        clock_reckon(clock, outlet->asked, &trace->reckoning);
        trace->use = clock_use(clock, clock_read(clock, outlet->asked), outlet->used_until);
        return trace_pauses(tracer, trace) && trace_heritage(tracer, trace);
}

static enum trace_start start_of(const struct tracer *tracer, const struct obligation *obligation)
{
        const struct course *course = tracer->outlet->course;
        const struct rule_version *version = obligation->version;
        int32_t started = obligation->started;
        switch (version->clock) {
        case CLOCK_EVERY:
                break;
        case CLOCK_WITHIN:
                if (version->trigger == TRIGGER_EVENT)
                        return TRACE_EVENT;
                return version->trigger == TRIGGER_CHANGE ? TRACE_CHANGE : TRACE_APPLIES;
        case CLOCK_BY_DATE:
                return TRACE_DATE;
        case CLOCK_BY_DAY:
        case CLOCK_QUOTA:
                return TRACE_PERIOD;
        }
        bool began = started == course->view->segments[0].first || course_version(course, started - 1) < 0;
        bool met = met_between(course->view, version, started, started, NULL) != CIVIL_NONE;
        return met && !began ? TRACE_AFTER_MET : TRACE_APPLIES;
}

/* The first event of a day that meets an obligation; there is one. */
static const struct fact *fact_of_day(const struct course *course, const struct rule_version *version, int32_t day,
                                      const struct fact *except)
{
        const struct view *view = course->view;
        size_t i = facts_from(view, day);
        while (view->facts[i] == except || !version_met_by(version, view->facts[i])) {
                i++;
                ENSURE(i < view->fact_count && view->facts[i]->on == day);
        }
        return view->facts[i];
}

static const struct fact *trigger_of(const struct course *course, const struct obligation *obligation)
{
        const struct view *view = course->view;
        size_t i = facts_from(view, obligation->started);
        while (!match_fits(&obligation->version->from, view->facts[i])) {
                i++;
                ENSURE(i < view->fact_count && view->facts[i]->on == obligation->started);
        }
        return view->facts[i];
}

static bool of_subject(const struct tracer *tracer, const struct obligation *obligation)
{
        if (obligation->rule != tracer->rule)
                return false;
        if (tracer->item == NULL || obligation->item == NULL)
                return tracer->item == obligation->item;
        return strcmp(tracer->item->key, obligation->item->key) == 0;
}

static void trace_sink(void *context, const struct obligation *obligation)
{
        struct tracer *tracer = context;
        if (tracer->failed || !of_subject(tracer, obligation))
                return;
        const struct course *course = tracer->outlet->course;
        struct trace trace = {
                .obligation = obligation, .start = start_of(tracer, obligation), .date = tracer->outlet->date};
        if (trace.start == TRACE_EVENT)
                trace.begun_by = trigger_of(course, obligation);
        else if (trace.start == TRACE_AFTER_MET)
                trace.begun_by = fact_of_day(course, obligation->version, obligation->started, NULL);
        if (obligation->met_on != CIVIL_NONE)
                trace.met_by = fact_of_day(course, obligation->version, obligation->met_on,
                                           trace.start == TRACE_EVENT ? trace.begun_by : NULL);
        if (!trace_clock(tracer, &trace)) {
                tracer->failed = true;
                return;
        }
        tracer->sink(tracer->context, &trace);
}

enum status obligation_trace(const struct trace_subject *subject, uint16_t rule, int32_t as_of, struct arena *arena,
                             trace_fn sink, void *context)
{
        struct outlet outlet = {
                .ruleset = subject->ruleset, .as_of = as_of, .arena = arena, .sink = trace_sink, .wake = CIVIL_MAX + 1};
        struct tracer tracer = {
                .outlet = &outlet, .rule = rule, .item = subject->item, .sink = sink, .context = context};
        outlet.context = &tracer;
        enum status status = derive_into(&outlet, subject->casefile);
        return tracer.failed ? STATUS_NO_MEMORY : status;
}
