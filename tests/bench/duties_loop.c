/* duties_loop - see duties_loop.h. */
#include "duties_loop.h"

#include <stdbool.h>

#include "mappad/civil.h"

void bare_add(struct bare_sum *sum, size_t casefile, enum bare_rule rule, int32_t due, int32_t today)
{
        enum bare_state state = due < today ? BARE_OVERDUE : due <= today + 28 ? BARE_SOON : BARE_LATER;
        sum->count[rule][state]++;
        sum->check += (uint64_t)((int64_t)(due - today) * (rule + 1) + (int64_t)casefile);
}

/* What the loop keeps of a case. */
struct bare_case {
        int level;
        bool community, in_custody;
        bool waiting; /* the review has not begun to run */
        bool exited;
        int32_t anchor;                /* of the review; WORK_NO_DATE: none open */
        int32_t used;                  /* running days of it up to since */
        int32_t since;                 /* last day counted */
        int32_t due;                   /* once the days are used up, else WORK_NO_DATE */
        int32_t initial;               /* start of the first-meeting duty, or WORK_NO_DATE */
        int32_t release, release_from; /* planned date and the day it was set; WORK_NO_DATE: none open */
        bool release_met;
        int32_t custody_from;
        int32_t last_meeting;
};

static void count_up_to(struct bare_case *now, int32_t day)
{
        int32_t period = now->level == 2 ? 112 : 56;
        if (now->anchor != WORK_NO_DATE && now->community && day > now->since) {
                if (now->due == WORK_NO_DATE && now->used + day - now->since >= period)
                        now->due = now->since + period - now->used;
                now->used += day - now->since;
        }
        if (day > now->since)
                now->since = day;
}

/* A review begins. Begun in custody it waits for the first day in the community, which does not count. */
static void begin_review(struct bare_case *now, int32_t on)
{
        now->anchor = on;
        now->used = 0;
        now->due = WORK_NO_DATE;
        now->since = on;
        now->waiting = !now->community;
}

static void set_release(struct bare_case *now, int32_t on, int32_t date)
{
        now->release = date;
        now->release_from = on;
        now->release_met = false;
        int32_t opens = date == WORK_NO_DATE ? 0 : civil_add_months(date, -6);
        int32_t from = opens > now->custody_from ? opens : now->custody_from;
        if (date != WORK_NO_DATE && now->last_meeting >= from)
                now->release_met = true;
}

static void meet(struct bare_case *now, int32_t on)
{
        now->last_meeting = on;
        if (now->anchor != WORK_NO_DATE && on > now->anchor)
                begin_review(now, on);
        if (now->initial != WORK_NO_DATE)
                now->initial = WORK_NO_DATE;
        if (now->release != WORK_NO_DATE) {
                int32_t opens = civil_add_months(now->release, -6);
                if (on >= (opens > now->custody_from ? opens : now->custody_from))
                        now->release_met = true;
        }
}

static void step(struct bare_case *now, const struct work_event *event)
{
        count_up_to(now, event->on - 1);
        switch ((enum work_kind)event->kind) {
        case WORK_SENTENCED:
                now->community = event->value == 2;
                now->in_custody = !now->community;
                now->custody_from = event->on;
                if (now->community)
                        now->initial = event->on;
                set_release(now, event->on, event->date);
                break;
        case WORK_LEVEL:
                now->level = event->value;
                begin_review(now, event->on);
                break;
        case WORK_RELEASED:
                if (now->waiting)
                        now->since = event->on;
                now->waiting = false;
                now->community = true;
                now->in_custody = false;
                now->release = WORK_NO_DATE;
                break;
        case WORK_RECALLED:
                now->community = false;
                now->in_custody = true;
                now->custody_from = event->on;
                set_release(now, event->on, event->date);
                break;
        case WORK_MEETING:
                meet(now, event->on);
                break;
        case WORK_EXITED:
                now->exited = true;
                break;
        }
}

/* Due: the Nth running day after the anchor; while paused as if it ran again tomorrow. */
static int32_t review_due(const struct bare_case *now, int32_t period, int32_t today)
{
        if (now->due != WORK_NO_DATE)
                return now->due;
        return today + period - now->used + (now->waiting ? 1 : 0);
}

static void answer(const struct bare_case *now, size_t casefile, int32_t today, struct bare_sum *sum)
{
        if (!now->exited && now->initial != WORK_NO_DATE)
                bare_add(sum, casefile, BARE_INITIAL, now->initial + 28, today);
        if (!now->exited && now->anchor != WORK_NO_DATE && now->level == 2)
                bare_add(sum, casefile, BARE_LEVEL_2, review_due(now, 112, today), today);
        if (!now->exited && now->anchor != WORK_NO_DATE && now->level == 3)
                bare_add(sum, casefile, BARE_LEVEL_3, review_due(now, 56, today), today);
        if (now->in_custody && now->release != WORK_NO_DATE && !now->release_met)
                bare_add(sum, casefile, BARE_RELEASE, now->release, today);
}

void bare_run(const struct workload *workload, int32_t today, struct bare_sum *ret_sum)
{
        struct bare_sum sum = {0};
        for (size_t i = 0; i < workload->case_count; i++) {
                struct bare_case now = {.anchor = WORK_NO_DATE,
                                        .initial = WORK_NO_DATE,
                                        .release = WORK_NO_DATE,
                                        .last_meeting = WORK_NO_DATE,
                                        .due = WORK_NO_DATE};
                for (uint32_t e = workload->first[i]; e < workload->first[i + 1]; e++)
                        step(&now, &workload->events[e]);
                count_up_to(&now, today);
                answer(&now, i, today, &sum);
        }
        *ret_sum = sum;
}
