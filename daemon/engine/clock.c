/*
 * clock - due dates with pauses, inheritance, earlier dates and restarts.
 *
 * Three ways to treat a pause: `continue` stops and goes on, `carry` never
 * stops but is never due on a day that does not run, `restart` begins anew. A
 * date once overdue does not move later; only an earlier date set by hand
 * (`sooner`) and restarts make that depend on the days between, and only then
 * are the segments walked one by one.
 */
#include "clock.h"

#include "mappad/ensure.h"

static int32_t earlier(int32_t a, int32_t b)
{
        return a < b ? a : b;
}

static int32_t later(int32_t a, int32_t b)
{
        return a > b ? a : b;
}

/* The nth running day from a day on, that day included; n >= 1. */
static int32_t nth_running(const struct lens *lens, int32_t from, int32_t n, int32_t asked)
{
        const struct view *view = lens->view;
        if (from <= asked) {
                for (size_t i = view_segment(view, from); i < view->segment_count; i++) {
                        int32_t first = later(view->segments[i].first, from);
                        int32_t last = earlier(view_segment_last(view, i), asked);
                        if (first > asked)
                                break;
                        if ((lens->flags[i] & LENS_RUNNING) == 0)
                                continue;
                        if (last - first + 1 >= n)
                                return first + n - 1;
                        n -= last - first + 1;
                }
                from = civil_add_days(asked, 1);
        }
        return civil_add_days(from, (int64_t)n - 1);
}

/* The nth day from a day on that is both worked and running; n >= 1. */
static int32_t nth_working(const struct lens *lens, int32_t from, int32_t n, int32_t asked)
{
        const struct view *view = lens->view;
        const struct calendar *calendar = &view->ruleset->calendar;
        if (from <= asked) {
                for (size_t i = view_segment(view, from); i < view->segment_count; i++) {
                        int32_t first = later(view->segments[i].first, from);
                        int32_t last = earlier(view_segment_last(view, i), asked);
                        if (first > asked)
                                break;
                        if ((lens->flags[i] & LENS_RUNNING) == 0)
                                continue;
                        int32_t worked = calendar_count(calendar, first, last);
                        if (worked >= n)
                                return calendar_nth_after(calendar, first - 1, n);
                        n -= worked;
                }
                from = civil_add_days(asked, 1);
        }
        return calendar_nth_after(calendar, from - 1, n);
}

/* The clock that stops and goes on, from its first running day. */
static int32_t continued(const struct clock *clock, int32_t start, int32_t asked)
{
        const struct lens *lens = clock->lens;
        struct period period = clock->period;
        int32_t from = period.phrase == PERIOD_BEGINNING_WITH ? start : civil_add_days(start, 1);
        switch (period.unit) {
        case PERIOD_DAYS:
        case PERIOD_WEEKS:
                return nth_running(lens, from, period_days(period), asked);
        case PERIOD_WORKING_DAYS:
                return nth_working(lens, from, period.count, asked);
        case PERIOD_MONTHS:
        case PERIOD_YEARS:
                break;
        }
        int32_t base = period_from(period, &lens->view->ruleset->calendar, start);
        if (base <= start)
                return base;
        int32_t paused = base - start - lens_count_running(lens, start + 1, base, asked);
        return paused == 0 ? base : nth_running(lens, civil_add_days(base, 1), paused, asked);
}

/* A date of the clock that never stops, carried to a running day. */
static int32_t carried(const struct clock *clock, int32_t base, int32_t asked)
{
        const struct rule_version *version = clock->lens->version;
        int32_t day = lens_first_running(clock->lens, base, asked);
        if (day == base || version->grace.count == 0)
                return day;
        int32_t after_grace = period_from(version->grace, &clock->lens->view->ruleset->calendar, day);
        return lens_first_running(clock->lens, after_grace, asked);
}

static int32_t fresh_due(const struct clock *clock, int32_t start, int32_t asked)
{
        const struct calendar *calendar = &clock->lens->view->ruleset->calendar;
        switch (clock->lens->version->on_pause) {
        case PAUSE_CONTINUE:
                return continued(clock, start, asked);
        case PAUSE_CARRY:
                return carried(clock, period_from(clock->period, calendar, start), asked);
        case PAUSE_RESTART:
                return period_from(clock->period, calendar, start);
        }
        ENSURE(false);
}

int32_t clock_inherited(const struct clock *clock, const struct inheritance *inherited, int32_t asked)
{
        int32_t rest = inherited->total - inherited->used;
        if (inherited->overdue || rest <= 0)
                return clock->anchor;
        if (clock->lens->version->on_pause == PAUSE_CARRY)
                return carried(clock, civil_add_days(clock->anchor, (int64_t)rest - 1), asked);
        return nth_running(clock->lens, clock->anchor, rest, asked);
}

int32_t clock_sooner(const struct clock *clock, int32_t asked)
{
        const struct view *view = clock->lens->view;
        uint16_t attribute = clock->lens->version->sooner;
        if (attribute == VOCABULARY_NONE)
                return CIVIL_NONE;
        struct state state = view_state(view, view_segment(view, asked));
        if (state_bits(state, attribute) == VALUE_UNSET || state_day(state, attribute) <= clock->anchor)
                return CIVIL_NONE;
        return state_day(state, attribute);
}

/* The due date that follows from the days up to asked, whatever it was before. */
static int32_t raw_due(const struct clock *clock, int32_t start, bool inherits, int32_t asked)
{
        int32_t due = fresh_due(clock, start, asked);
        if (inherits) {
                for (size_t i = 0; i < clock->inherited_count; i++)
                        due = earlier(due, clock_inherited(clock, &clock->inherited[i], asked));
                due = later(due, lens_first_running(clock->lens, clock->anchor, asked));
        }
        int32_t date = clock_sooner(clock, asked);
        return date == CIVIL_NONE ? due : earlier(due, lens_first_running(clock->lens, date, asked));
}

/* The state of a walk over the segments of a clock's life. */
struct walk {
        const struct clock *clock;
        struct reading reading;
        bool overdue; /* on the morning after the day last read */
        bool ran;     /* some day of the clock has run */
        bool pausing; /* in a pause that restarts the clock */
};

/* A segment that does not run begins a pause; it restarts the clock unless the due date had passed. */
static void walk_pause(struct walk *walk, int32_t first)
{
        if (walk->ran && !walk->pausing && first <= walk->reading.due)
                walk->pausing = true;
}

static void walk_segment(struct walk *walk, size_t index, int32_t last)
{
        const struct clock *clock = walk->clock;
        const struct segment *segment = &clock->lens->view->segments[index];
        bool runs = (clock->lens->flags[index] & LENS_RUNNING) != 0;
        bool restarts = clock->lens->version->on_pause == PAUSE_RESTART;
        int32_t first = later(segment->first, clock->anchor);
        if (!runs && restarts && first > clock->anchor)
                walk_pause(walk, first);
        if (walk->pausing) {
                walk->reading.running_from = runs ? first : civil_add_days(last, 1);
                walk->reading.inherits = false;
                walk->pausing = !runs;
        } else if (!walk->ran && clock->lens->version->on_pause != PAUSE_CARRY) {
                walk->reading.running_from = runs ? first : civil_add_days(last, 1);
        }
        walk->ran = walk->ran || runs;
        int32_t due = raw_due(clock, walk->reading.running_from, walk->reading.inherits, last);
        walk->reading.due = walk->overdue ? earlier(walk->reading.due, due) : due;
        walk->overdue = walk->reading.due <= last;
}

static struct walk walk_start(const struct clock *clock)
{
        return (struct walk){.clock = clock, .reading = {CIVIL_NONE, clock->anchor, clock->inherited_count > 0}};
}

/* Whether the due date can depend on more than the days that have run. */
static bool needs_walk(const struct clock *clock)
{
        const struct rule_version *version = clock->lens->version;
        return version->sooner != VOCABULARY_NONE || (version->has_runs && version->on_pause == PAUSE_RESTART);
}

bool clock_plain(const struct clock *clock)
{
        const struct rule_version *version = clock->lens->version;
        return !version->has_runs && version->sooner == VOCABULARY_NONE && clock->inherited_count == 0;
}

struct reading clock_read(const struct clock *clock, int32_t asked)
{
        const struct view *view = clock->lens->view;
        ENSURE(asked >= clock->anchor && asked <= view->as_of);
        if (clock_plain(clock))
                return (struct reading){period_from(clock->period, &view->ruleset->calendar, clock->anchor),
                                        clock->anchor, false};
        if (!needs_walk(clock)) {
                int32_t start = clock->anchor;
                if (clock->lens->version->on_pause != PAUSE_CARRY)
                        start = lens_first_running(clock->lens, start, asked);
                bool inherits = clock->inherited_count > 0;
                return (struct reading){raw_due(clock, start, inherits, asked), start, inherits};
        }
        struct walk walk = walk_start(clock);
        for (size_t i = view_segment(view, clock->anchor); i < view->segment_count && view->segments[i].first <= asked;
             i++)
                walk_segment(&walk, i, earlier(view_segment_last(view, i), asked));
        return walk.reading;
}

int32_t clock_reached(const struct clock *clock, int32_t last, int32_t *ret_due)
{
        const struct view *view = clock->lens->view;
        if (clock_plain(clock)) {
                *ret_due = period_from(clock->period, &view->ruleset->calendar, clock->anchor);
                return *ret_due <= last ? later(*ret_due, clock->anchor) : CIVIL_NONE;
        }
        struct walk walk = walk_start(clock);
        for (size_t i = view_segment(view, clock->anchor); i < view->segment_count && view->segments[i].first <= last;
             i++) {
                int32_t until = earlier(view_segment_last(view, i), last);
                walk_segment(&walk, i, until);
                if (walk.reading.due <= until) {
                        int32_t first = later(view->segments[i].first, clock->anchor);
                        *ret_due = walk.reading.due;
                        return later(walk.reading.due, first);
                }
        }
        return CIVIL_NONE;
}

struct trace_use clock_use(const struct clock *clock, struct reading reading, int32_t day)
{
        const struct rule_version *version = clock->lens->version;
        struct trace_use use = {.until = day, .all = !version->has_runs || version->on_pause == PAUSE_CARRY};
        for (size_t i = 0; reading.inherits && i < clock->inherited_count; i++)
                use.inherited = later(use.inherited, clock->inherited[i].used);
        bool counts_start = reading.inherits || clock->period.phrase == PERIOD_BEGINNING_WITH;
        use.from = (use.all ? clock->anchor : reading.running_from) + (counts_start ? 0 : 1);
        return use;
}

static int32_t count_use(const struct clock *clock, struct trace_use use, int32_t day, int32_t asked)
{
        if (use.all)
                return use.inherited + later(0, day - use.from + 1);
        return use.inherited + lens_count_running(clock->lens, use.from, day, asked);
}

int32_t clock_used(const struct clock *clock, struct reading reading, int32_t day, int32_t asked)
{
        return count_use(clock, clock_use(clock, reading, day), day, asked);
}

static int32_t nominal_due(const struct clock *clock, int32_t asked)
{
        const struct calendar *calendar = &clock->lens->view->ruleset->calendar;
        int32_t due = period_from(clock->period, calendar, clock->anchor);
        for (size_t i = 0; i < clock->inherited_count; i++) {
                int32_t rest = clock->inherited[i].total - clock->inherited[i].used;
                if (clock->inherited[i].overdue || rest < 1)
                        rest = 1;
                due = earlier(due, civil_add_days(clock->anchor, (int64_t)rest - 1));
        }
        int32_t date = clock_sooner(clock, asked);
        return date == CIVIL_NONE ? due : earlier(due, date);
}

/* What a plain clock shows: every day counts, the anchor's own only if the period begins with it. */
static struct showing show_plain(const struct clock *clock, int32_t used_until)
{
        struct period period = clock->period;
        int32_t due = period_from(period, &clock->lens->view->ruleset->calendar, clock->anchor);
        int32_t eve = clock->anchor - (period.phrase == PERIOD_BEGINNING_WITH);
        if (period_days(period) == 0)
                return (struct showing){.due = due, .nominal = due, .used = -1, .limit = -1};
        return (struct showing){
                .due = due, .nominal = due, .used = later(0, used_until - eve), .limit = later(0, due - eve)};
}

struct showing clock_show(const struct clock *clock, int32_t asked, int32_t used_until)
{
        ENSURE(asked >= clock->anchor && asked <= clock->lens->view->as_of);
        if (clock_plain(clock))
                return show_plain(clock, used_until);
        struct reading reading = clock_read(clock, asked);
        struct showing showing = {.due = reading.due, .nominal = nominal_due(clock, asked), .used = -1, .limit = -1};
        if (period_days(clock->period) == 0)
                return showing;
        struct trace_use use = clock_use(clock, reading, used_until);
        showing.used = count_use(clock, use, used_until, later(used_until, asked));
        showing.limit = count_use(clock, use, reading.due, asked);
        return showing;
}

/* The last day up to asked whose days alone give the date read on asked: what came later would have moved it
 * on, and an overdue date does not move later. */
static int32_t stands_on(const struct clock *clock, int32_t asked, struct reading *ret_reading)
{
        const struct view *view = clock->lens->view;
        struct walk walk = walk_start(clock);
        int32_t day = asked;
        *ret_reading = clock_read(clock, asked);
        if (!needs_walk(clock))
                return asked;
        for (size_t i = view_segment(view, clock->anchor); i < view->segment_count && view->segments[i].first <= asked;
             i++) {
                int32_t last = earlier(view_segment_last(view, i), asked);
                walk_segment(&walk, i, last);
                if (raw_due(clock, walk.reading.running_from, walk.reading.inherits, last) != walk.reading.due)
                        continue;
                day = last;
                *ret_reading = walk.reading;
        }
        return day;
}

void clock_reckon(const struct clock *clock, int32_t asked, struct trace_reckoning *ret_reckoning)
{
        const struct lens *lens = clock->lens;
        struct reading reading;
        int32_t day = stands_on(clock, asked, &reading);
        struct trace_reckoning to = {.asked = day,
                                     .held = day < asked,
                                     .running_from = reading.running_from,
                                     .inherits = reading.inherits,
                                     .carried = CIVIL_NONE,
                                     .floor = CIVIL_NONE,
                                     .sooner = clock_sooner(clock, day),
                                     .sooner_due = CIVIL_NONE,
                                     .due = reading.due};
        to.base = period_from(clock->period, &lens->view->ruleset->calendar, reading.running_from);
        to.fresh = fresh_due(clock, reading.running_from, day);
        if (lens->version->on_pause == PAUSE_CARRY)
                to.carried = lens_first_running(lens, to.base, day);
        if (reading.inherits)
                to.floor = lens_first_running(lens, clock->anchor, day);
        if (to.sooner != CIVIL_NONE)
                to.sooner_due = lens_first_running(lens, to.sooner, day);
        *ret_reckoning = to;
}
