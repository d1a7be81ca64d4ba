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
        struct state state = view->segments[segment].state;
        return (struct value){state.bits[attribute], state.days[attribute], NULL};
}

static uint16_t first_unfit(struct condition condition, struct state state)
{
        for (size_t i = 0; i < condition.count; i++)
                if ((state.bits[condition.terms[i].subject] & condition.terms[i].mask) == 0)
                        return condition.terms[i].subject;
        return VOCABULARY_NONE;
}

/* Lists the stretches that did not run from the start to the day the clock was read on. */
static bool trace_pauses(struct tracer *tracer, struct trace *trace)
{
        const struct clock *clock = tracer->outlet->clock;
        const struct view *view = clock->lens->view;
        struct trace_pause *pauses = arena_array(tracer->outlet->arena, view->segment_count, sizeof *pauses);
        if (pauses == NULL)
                return false;
        bool pausing = false;
        for (size_t i = view_segment(view, clock->anchor);
             i < view->segment_count && view->segments[i].first <= tracer->outlet->asked; i++) {
                bool runs = (clock->lens->flags[i] & LENS_RUNNING) != 0;
                int32_t first = view->segments[i].first > clock->anchor ? view->segments[i].first : clock->anchor;
                if (runs && pausing)
                        pauses[trace->pause_count - 1].last = first - 1;
                if (!runs && !pausing) {
                        uint16_t attribute = first_unfit(clock->lens->version->runs, view->segments[i].state);
                        pauses[trace->pause_count++] = (struct trace_pause){
                                first, CIVIL_NONE, attribute,
                                attribute != VOCABULARY_NONE ? value_at(view, i, attribute)
                                                             : (struct value){VALUE_UNSET, CIVIL_NONE, NULL}};
                }
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
                                                      .overdue = from->overdue};
        }
        trace->heritage = heritage;
        trace->heritage_count = clock->inherited_count;
        return true;
}

static bool trace_clock(struct tracer *tracer, struct trace *trace)
{
        const struct clock *clock = tracer->outlet->clock;
        if (clock == NULL)
                return true;
        struct reading reading = clock_read(clock, tracer->outlet->asked);
        trace->period = clock->period;
        trace->reckoned = period_from(clock->period, &tracer->outlet->ruleset->calendar, clock->anchor);
        trace->running_from = reading.running_from;
        trace->inherits = reading.inherits;
        trace->sooner = clock_sooner(clock, tracer->outlet->asked);
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

static const struct fact *met_fact(const struct course *course, const struct obligation *obligation)
{
        const struct view *view = course->view;
        if (obligation->met_on == CIVIL_NONE)
                return NULL;
        for (size_t i = facts_from(view, obligation->met_on);
             i < view->fact_count && view->facts[i]->on == obligation->met_on; i++)
                if (version_met_by(obligation->version, view->facts[i]))
                        return view->facts[i];
        return NULL;
}

static void trace_sink(void *context, const struct obligation *obligation)
{
        struct tracer *tracer = context;
        if (obligation->rule != tracer->rule || tracer->failed)
                return;
        bool same_item = tracer->item == NULL || obligation->item == NULL
                                 ? tracer->item == obligation->item
                                 : strcmp(tracer->item->key, obligation->item->key) == 0;
        if (!same_item)
                return;
        const struct course *course = tracer->outlet->course;
        const struct view *view = course->view;
        struct trace trace = {.obligation = obligation,
                              .start = start_of(tracer, obligation),
                              .reckoned = CIVIL_NONE,
                              .running_from = CIVIL_NONE,
                              .sooner = CIVIL_NONE,
                              .met_by = met_fact(course, obligation)};
        size_t first = facts_from(view, obligation->started), last = first;
        while (last < view->fact_count && view->facts[last]->on == obligation->started)
                last++;
        trace.start_facts = &view->facts[first];
        trace.start_fact_count = last - first;
        if (obligation->version->clock == CLOCK_BY_DATE && obligation->due != CIVIL_NONE)
                trace.reckoned = course_state(course, obligation->started).days[obligation->version->by_date];
        if (!trace_clock(tracer, &trace)) {
                tracer->failed = true;
                return;
        }
        tracer->sink(tracer->context, &trace);
}

enum status obligation_trace(const struct ruleset *ruleset, const struct casefile *casefile, int32_t as_of,
                             uint16_t rule, const struct item *item, struct arena *arena, trace_fn sink, void *context)
{
        struct outlet outlet = {
                .ruleset = ruleset, .as_of = as_of, .arena = arena, .sink = trace_sink, .wake = CIVIL_MAX + 1};
        struct tracer tracer = {.outlet = &outlet, .rule = rule, .item = item, .sink = sink, .context = context};
        outlet.context = &tracer;
        enum status status = derive_into(&outlet, casefile);
        return tracer.failed ? STATUS_NO_MEMORY : status;
}

static bool any_enabled(const struct rule *rule)
{
        for (size_t i = 0; i < rule->version_count; i++)
                if (rule->versions[i].enabled)
                        return true;
        return false;
}

static const struct rule_version *version_in_force(const struct rule *rule, int32_t day)
{
        for (size_t i = 0; i < rule->version_count; i++) {
                const struct rule_version *version = &rule->versions[i];
                if (version->enabled && day >= version->in_force_from && day <= version->in_force_until)
                        return version;
        }
        return NULL;
}

static void judge(const struct view *view, const struct rule_version *version, struct applicability_answer *answer)
{
        size_t segment = view->segment_count - 1;
        struct state state = view->segments[segment].state;
        answer->attribute = first_unfit(version->applies, state);
        answer->applicability = APPLICABILITY_CONDITION;
        if (answer->attribute == VOCABULARY_NONE) {
                if (state_fits(version->applies, version->applies_unless, state)) {
                        answer->applicability = APPLICABILITY_APPLIES;
                        return;
                }
                answer->applicability = APPLICABILITY_UNLESS;
                answer->attribute = version->applies_unless.terms[0].subject;
        }
        answer->found = value_at(view, segment, answer->attribute);
}

enum status rule_applicability(const struct ruleset *ruleset, const struct casefile *casefile, uint16_t rule,
                               const struct item *item, int32_t day, struct arena *arena,
                               struct applicability_answer *ret_answer)
{
        struct applicability_answer answer = {.attribute = VOCABULARY_NONE, .found = {VALUE_UNSET, CIVIL_NONE, NULL}};
        struct arena_mark mark = arena_mark(arena);
        struct view view;
        enum status status = view_build(ruleset, casefile, item, day, arena, &view);
        if (status != STATUS_OK) {
                arena_rewind(arena, mark);
                return status;
        }
        answer.version = version_in_force(&ruleset->rules[rule], day);
        if (view.segment_count == 0)
                answer.applicability = APPLICABILITY_NO_CASE;
        else if (!any_enabled(&ruleset->rules[rule]))
                answer.applicability = APPLICABILITY_DISABLED;
        else if (answer.version == NULL)
                answer.applicability = APPLICABILITY_NOT_IN_FORCE;
        else
                judge(&view, answer.version, &answer);
        arena_rewind(arena, mark);
        *ret_answer = answer;
        return STATUS_OK;
}
