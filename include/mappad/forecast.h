/*
 * forecast - which appointments of a case fall due, if every one of them is held.
 *
 * What can be booked is an appointment here. One after another they are taken as held, on
 * the day they are booked for or else on the last working day in time, and the case is
 * derived anew after each: so a recurring duty gives its next ones, and what ends by
 * itself meanwhile is not counted. Events may be supposed, and days taken out on
 * which nobody can meet. Nothing of it is kept.
 */
#ifndef MAPPAD_FORECAST_H
#define MAPPAD_FORECAST_H

#include "mappad/obligation.h"

#define FORECAST_APPOINTMENTS_MAX 600       /* of one case; five a week for two years and more */
#define FORECAST_GAPS_MAX 16

/* Days on which nobody can meet, both included. */
struct forecast_gap { int32_t first, last; };

struct forecast_question {
        const struct ruleset *ruleset;
        int64_t known_at;
        int32_t first, last;            /* today, as it is asked about, and the last day looked at */
        const struct forecast_gap *gaps; size_t gap_count;
};

/* What is recorded of a case, and what is supposed besides: its days may lie ahead. */
struct forecast_history {
        const struct record *records; size_t count;
        const struct record *supposed; size_t supposed_count;   /* events alone, in their order */
};

enum forecast_kind {
        FORECAST_OWED,                  /* it is owed today and falls due by the last day */
        FORECAST_PROJECTED,             /* it is not owed yet: it follows from appointments taken as held, or from what
                                           is supposed */
        FORECAST_OVERDUE,               /* its day has passed already */
        FORECAST_LATER,                 /* it is owed today and falls due after the last day */
        FORECAST_PAUSED,                /* its clock stands still, today or by what is supposed: nobody can say when */
        FORECAST_UNEVALUABLE            /* a fact is missing that says when */
};
#define FORECAST_KINDS 6

struct forecast_entry {
        enum forecast_kind kind;
        uint16_t rule;
        const char *item;               /* key, or NULL */
        int32_t started, due;
        int32_t plan_by;                /* last working day in time */
        int32_t held;                   /* the day on which it is taken as held; CIVIL_NONE: not by the last day */
        int32_t booked;                 /* CIVIL_NONE: it is not */
        bool booked_late;               /* for a day after it is due */
        bool moved;                     /* the days taken out let it be held on another day than without them */
        bool too_late;                  /* they leave no day in time */
};

/* Purpose: receive one entry; it is valid during the call only. */
typedef void (*forecast_fn)(void *context, const struct forecast_entry *entry);

/* Purpose: whether appointments that meet a rule can be booked. */
bool forecast_rule(const struct rule *rule);

/* Where the work is done, both wound back, and to whom entries are given. */
struct forecast_outlet { struct arena *work, *rows; forecast_fn sink; void *context; };

/* Purpose: give every appointment of a case to the sink, once each; *ret_cut: there are more than
 * FORECAST_APPOINTMENTS_MAX and the rest was left out. Errors: STATUS_NO_MEMORY, after which nothing given to the sink
 * counts.
 * Cost: one derivation, and two for each appointment that falls due by the last day. */
MUST_CHECK enum status forecast_case(const struct forecast_question *question, const struct forecast_history *history,
                                     const struct forecast_outlet *outlet, bool *ret_cut);

#endif
