/* shipped_loop - see shipped_loop.h. */
#include "shipped_loop.h"

#include <stdbool.h>

#include "mappad/civil.h"

/* What the loop keeps of a case. */
struct now {
        uint8_t category, level, disposal, term;
        bool youth, closed, community, custody, hospital;
        int32_t category_on, level_on, placed_on, sentenced_on;
        int32_t registration_ends, sentence_ends, release, discharge; /* SHIPPED_NO_DATE: none */
        int32_t notified_first, last_meeting;
        int32_t anchor; /* of the review; SHIPPED_NO_DATE: none open */
        int32_t used;   /* running days of it up to since */
        int32_t since;  /* last day counted */
        int32_t due;    /* once the days are used up, else SHIPPED_NO_DATE */
        bool waiting;   /* the review has not begun to run */
};

/* The list being made. */
struct output {
        struct answers *answers;
        uint32_t casefile;
        int32_t today;
};

static void owe(const struct output *out, enum shipped_rule rule, int32_t due, uint8_t state)
{
        answers_add(out->answers,
                    (struct answer){.casefile = out->casefile, .rule = (uint8_t)rule, .due = due, .state = state});
}

static void owe_from(const struct output *out, enum shipped_rule rule, int32_t due, int32_t opens)
{
        owe(out, rule, due, out->today < opens ? SHIPPED_PENDING : answer_state(due, out->today));
}

static int32_t later(int32_t a, int32_t b)
{
        return a > b ? a : b;
}

static int32_t review_days(const struct now *now)
{
        return now->level == 2 ? 112 : 56;
}

static void count_up_to(struct now *now, int32_t day)
{
        if (now->anchor != SHIPPED_NO_DATE && now->community && day > now->since) {
                if (now->due == SHIPPED_NO_DATE && now->used + day - now->since >= review_days(now))
                        now->due = now->since + review_days(now) - now->used;
                now->used += day - now->since;
        }
        if (day > now->since)
                now->since = day;
}

/* Begun in custody a review waits for the first day in the community, which does not count. */
static void begin_review(struct now *now, int32_t on)
{
        now->anchor = on;
        now->used = 0;
        now->due = SHIPPED_NO_DATE;
        now->since = on;
        now->waiting = !now->community;
}

static void set_level(struct now *now, const struct shipped_event *event)
{
        if (event->value == now->level)
                return;
        now->level = event->value;
        now->level_on = event->on;
        now->anchor = SHIPPED_NO_DATE;
        if (now->level >= 2)
                begin_review(now, event->on);
}

static void sentence(struct now *now, const struct shipped_event *event)
{
        now->disposal = event->value;
        now->custody = event->value == DISPOSAL_CUSTODY;
        now->hospital = event->value == DISPOSAL_HOSPITAL;
        now->community = !now->custody && !now->hospital;
        now->sentenced_on = now->placed_on = event->on;
        now->sentence_ends = event->date;
}

static void place(struct now *now, const struct shipped_event *event, bool community)
{
        if (community && now->waiting)
                now->since = event->on;
        now->waiting = now->waiting && !community;
        now->community = community;
        now->custody = !community;
        now->placed_on = event->on;
        now->release = event->date;
}

static void meet(struct now *now, const struct shipped_event *event)
{
        now->last_meeting = event->on;
        if (now->anchor != SHIPPED_NO_DATE && event->on > now->anchor && event->value >= 2 && event->value >= now->level)
                begin_review(now, event->on);
}

static void step(struct now *now, const struct shipped_event *event)
{
        count_up_to(now, event->on - 1);
        switch ((enum shipped_kind)event->kind) {
        case SHIPPED_CATEGORY:
                now->category = event->value;
                now->category_on = event->on;
                break;
        case SHIPPED_LEVEL:
                set_level(now, event);
                break;
        case SHIPPED_SENTENCED:
                sentence(now, event);
                break;
        case SHIPPED_REGISTERED:
                now->term = event->value;
                now->youth = event->youth != 0;
                now->registration_ends = event->date;
                break;
        case SHIPPED_NOTIFIED_FIRST:
                now->notified_first = event->on;
                break;
        case SHIPPED_MEETING:
                meet(now, event);
                break;
        case SHIPPED_RELEASE_PLANNED:
                now->release = event->date;
                break;
        case SHIPPED_DISCHARGE_EXPECTED:
                now->discharge = event->date;
                break;
        case SHIPPED_RELEASED:
        case SHIPPED_RECALLED:
                place(now, event, event->kind == SHIPPED_RELEASED);
                break;
        case SHIPPED_CLOSED:
                now->closed = true;
                break;
        case SHIPPED_OTHER:
                break;
        }
}

static bool is_managed(const struct now *now, int32_t today)
{
        if (now->closed || now->category == 0)
                return false;
        if (now->category == 1 && now->term == TERM_FIXED && today > now->registration_ends)
                return false;
        return now->category != 2 || now->sentence_ends == SHIPPED_NO_DATE || today <= now->sentence_ends;
}

/* Due: the Nth running day after the anchor; while paused as if it ran again tomorrow. */
static int32_t review_due(const struct now *now, int32_t today)
{
        if (now->due != SHIPPED_NO_DATE)
                return now->due;
        return today + review_days(now) - now->used + (now->waiting ? 1 : 0);
}

static void window_rule(const struct now *now, enum shipped_rule rule, int32_t date, const struct output *out)
{
        int32_t opens = civil_add_months(date, -6);

        if (now->last_meeting < later(opens, now->placed_on))
                owe_from(out, rule, date, opens);
}

/* Before a category ends at level 2 or 3; setting the category anew decides it. */
static void decision_rule(const struct now *now, enum shipped_rule rule, int32_t date, const struct output *out)
{
        int32_t opens = civil_add_months(date, -6);

        if (now->level >= 2 && now->category_on < later(opens, later(now->level_on, now->category_on)))
                owe_from(out, rule, date, opens);
}

static void milestone(enum shipped_rule rule, int32_t date, const struct output *out)
{
        if (date > out->today)
                owe(out, rule, date, answer_state(date, out->today));
}

static void managed_rules(const struct now *now, const struct output *out)
{
        if (now->anchor != SHIPPED_NO_DATE)
                owe(out, now->level == 2 ? SHIPPED_LEVEL_2 : SHIPPED_LEVEL_3, review_due(now, out->today),
                    answer_state(review_due(now, out->today), out->today));
        if (now->custody && now->release == SHIPPED_NO_DATE)
                owe(out, SHIPPED_PRE_RELEASE, 0, SHIPPED_UNEVALUABLE);
        if (now->custody && now->release != SHIPPED_NO_DATE)
                window_rule(now, SHIPPED_PRE_RELEASE, now->release, out);
        if (now->hospital && now->discharge != SHIPPED_NO_DATE)
                window_rule(now, SHIPPED_PRE_DISCHARGE, now->discharge, out);
        if (now->category == 1 && now->term == TERM_FIXED) {
                milestone(SHIPPED_NOTIFICATION_END, now->registration_ends, out);
                milestone(SHIPPED_REGISTRATION_END, now->registration_ends, out);
                decision_rule(now, SHIPPED_REGISTRATION_DECISION, now->registration_ends, out);
        }
        if (now->category == 2 && now->sentence_ends != SHIPPED_NO_DATE) {
                milestone(SHIPPED_SENTENCE_END, now->sentence_ends, out);
                decision_rule(now, SHIPPED_SENTENCE_DECISION, now->sentence_ends, out);
        }
}

static void answer(const struct now *now, const struct output *out)
{
        bool managed = is_managed(now, out->today);

        if (now->disposal == DISPOSAL_COMMUNITY && (managed || now->category == 0) && now->last_meeting < now->sentenced_on)
                owe(out, SHIPPED_COMMUNITY_INITIAL, now->sentenced_on + 28, answer_state(now->sentenced_on + 28, out->today));
        if (managed)
                managed_rules(now, out);
        if (now->category == 1 && now->term == TERM_INDEFINITE && now->notified_first != SHIPPED_NO_DATE)
                milestone(SHIPPED_LIFETIME, civil_add_months(now->notified_first, now->youth ? 96 : 180), out);
}

void shipped_run(const struct shipped_load *load, int32_t today, struct answers *answers)
{
        static const struct now nothing = {.category_on = SHIPPED_NO_DATE,
                                           .registration_ends = SHIPPED_NO_DATE,
                                           .sentence_ends = SHIPPED_NO_DATE,
                                           .release = SHIPPED_NO_DATE,
                                           .discharge = SHIPPED_NO_DATE,
                                           .notified_first = SHIPPED_NO_DATE,
                                           .last_meeting = SHIPPED_NO_DATE,
                                           .anchor = SHIPPED_NO_DATE,
                                           .due = SHIPPED_NO_DATE};

        answers_clear(answers);
        for (size_t i = 0; i < load->count; i++) {
                struct now now = nothing;
                for (uint32_t e = load->first[i]; e < load->first[i + 1]; e++)
                        step(&now, &load->events[e]);
                count_up_to(&now, today);
                answer(&now, &(struct output){.answers = answers, .casefile = (uint32_t)i, .today = today});
        }
}
