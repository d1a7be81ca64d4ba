/*
 * clock - when an obligation of `every` or `within` is due, pauses counted.
 *
 * A lens is one version of a rule held over a view: which segments it applies
 * and runs on. All questions name the day they are asked on; days after it
 * count as running, which is how a due date is projected.
 */
#ifndef MAPPAD_ENGINE_CLOCK_H
#define MAPPAD_ENGINE_CLOCK_H

#include "mappad/trace.h"
#include "view.h"

#define LENS_APPLIES 1u
#define LENS_RUNNING 2u         /* applies, and `runs` holds */

struct lens {
        const struct view *view;
        const struct rule_version *version;
        const struct plan_version *asks;        /* what the version asks of a state */
        const uint8_t *flags;           /* one per segment; NULL: the version applies nowhere */
};

/* Purpose: hold a version of a rule over a view, without flags yet. */
static inline void lens_begin(struct lens *lens, const struct view *view, uint16_t rule, size_t version)
{
        lens->view = view;
        lens->version = &view->ruleset->rules[rule].versions[version];
        lens->asks = &view->ruleset->plan->rules[rule].versions[version];
        lens->flags = NULL;
}

/* Purpose: fill the flags of a lens. false: no memory. */
bool lens_init(struct lens *lens, struct arena *arena);
/* Purpose: fill the flags of a lens from a segment on, in each of which its version applies; it counts as applying
 * nowhere before. false: no memory. */
bool lens_init_from(struct lens *lens, size_t first, struct arena *arena);
/* Purpose: whether the version's conditions hold on a day (in-force is not asked). */
bool lens_applies(const struct lens *lens, int32_t day);
/* Purpose: the first day after a day, not after as_of, on which they do not; CIVIL_NONE without. */
int32_t lens_ends(const struct lens *lens, int32_t day);
/* Purpose: whether a day that has come runs. */
bool lens_running(const struct lens *lens, int32_t day);
/* Purpose: the first running day on or after a day. */
int32_t lens_first_running(const struct lens *lens, int32_t day, int32_t asked);
/* Purpose: how many days of first .. last run; 0 if last < first. */
int32_t lens_count_running(const struct lens *lens, int32_t first, int32_t last, int32_t asked);

/* What an obligation took over from one that ended shortly before it. */
struct inheritance {
        int32_t used;                   /* running days the old one had used */
        int32_t total;                  /* days after which this is due: the longer of both periods */
        bool overdue;                   /* the old one was overdue: due at once */
        uint16_t rule;                  /* whose it was, and when; for explanations */
        int32_t started, ended;
};

/* An obligation's clock. */
struct clock {
        const struct lens *lens;
        int32_t anchor;                 /* the day it started */
        struct period period;
        const struct inheritance *inherited;
        size_t inherited_count;
};

/* What a clock shows on a day. */
struct reading {
        int32_t due;
        int32_t running_from;           /* a*: the anchor, moved past an initial wait and restarts */
        bool inherits;                  /* false once a restart ended the inheritance */
};

/* Purpose: whether no pause, inheritance or earlier date can move it: the due date follows from the anchor alone. */
bool clock_plain(const struct clock *clock);
/* Purpose: read a clock on a day >= anchor and <= as_of. */
struct reading clock_read(const struct clock *clock, int32_t asked);
/* Purpose: the first day in anchor .. last that lies on or after the due date read on it; CIVIL_NONE if there is none.
 * *ret_due is that due date; `sooner` may have set it to an earlier day. */
int32_t clock_reached(const struct clock *clock, int32_t last, int32_t *ret_due);
/* Purpose: days used at the end of a day, by a reading asked on a day; a day later than both is
 * projected. For periods in days or weeks. */
int32_t clock_used(const struct clock *clock, struct reading reading, int32_t day, int32_t asked);

/* What an obligation shows of its clock. */
struct showing {
        int32_t due;
        int32_t nominal;                /* the due date had no day been paused */
        int32_t used, limit;            /* -1 where the period is not in days or weeks */
};

/* Purpose: read a clock on a day, and count the days used at the end of another and of the due date. */
struct showing clock_show(const struct clock *clock, int32_t asked, int32_t used_until);
/* Purpose: the date in the `sooner` attribute on a day, if it is later than the start; else CIVIL_NONE. */
int32_t clock_sooner(const struct clock *clock, int32_t asked);
/* Purpose: every number on the way to the due date that clock_read shows on a day; heritage is left alone. */
void clock_reckon(const struct clock *clock, int32_t asked, struct trace_reckoning *ret_reckoning);
/* Purpose: which days clock_used counts, by a reading, up to the end of a day. */
struct trace_use clock_use(const struct clock *clock, struct reading reading, int32_t day);
/* Purpose: the second due date that follows from something taken over, read on a day. */
int32_t clock_inherited(const struct clock *clock, const struct inheritance *inherited, int32_t asked);

#endif
