/*
 * difference - what other rules, another calendar or other contacts do to one
 * case: dates that move, duties that appear or vanish, people who hear.
 *
 * Pure: two lists of obligations of the same record, under two rule sets, are
 * laid side by side. An obligation is the same on both sides if rule, item and
 * the day it started agree; an open one left over on each side of one rule and
 * item is taken for the same one that began on another day.
 */
#ifndef MAPPAD_DIFFERENCE_H
#define MAPPAD_DIFFERENCE_H

#include "mappad/amendment.h"
#include "mappad/obligation.h"

/* What differs; several may at once. */
enum change {
        CHANGE_APPEARS,                 /* open, and not owed before */
        CHANGE_VANISHES,                /* was open, and is owed no more */
        CHANGE_DUE,                     /* the due date moves */
        CHANGE_PLAN_BY,                 /* the last working day for it moves and the due date does not */
        CHANGE_OVERDUE,                 /* becomes overdue */
        CHANGE_NOT_OVERDUE,             /* stops being overdue */
        CHANGE_STATE,                   /* any other difference of an open one */
        CHANGE_RECIPIENTS,              /* others hear of a stage */
        CHANGE_HISTORY                  /* closed on both sides, and otherwise than before */
};
#define CHANGE_COUNT 9
#define CHANGE_BIT(change) (1U << (change))
/* Purpose: its word for programs: "due", "appears", "no-longer-overdue". */
const char *change_word(enum change change);

/* A role or an agency whose mailboxes differ between two contacts files. */
struct readdressed {
        bool agency;
        const char *name;
        int32_t from;                   /* the first day on which they differ, no earlier than the day asked about */
        const char *before, *after;     /* mailboxes on that day, by comma; "" nobody */
};

struct readdressed_list { const struct readdressed *list; size_t count; };

/* Who hears of one stage. */
struct difference_stage {
        const char *at;                 /* as written */
        const char *before, *after;     /* roles and agencies by name, by comma; "" nobody */
        bool readdressed;               /* the mailboxes of one of them differ */
};

struct difference {
        const char *rule, *item, *title;        /* item NULL without */
        unsigned changes;               /* CHANGE_BIT; never 0 */
        const struct obligation *before, *after;        /* NULL: not owed on that side */
        const struct difference_stage *stages; size_t stage_count;     /* those that differ; RECIPIENTS only */
};

/* One case under one rule set. */
struct difference_side {
        const struct ruleset *ruleset;
        const struct casefile *casefile;
        const struct obligation *const *list; size_t count;     /* by rule id, item, started */
};
struct difference_question {
        struct difference_side before, after;
        int32_t as_of;
        bool words;                     /* some word differs: amendments.words */
        struct readdressed_list readdressed;
};

/* Purpose: give every difference of a case to sink, by rule id, item, started; valid during the call.
 * Owns: scratch in arena, which the caller resets. Errors: STATUS_NO_MEMORY, after which nothing given counts.
 * Cost: linear in the obligations; the state of a case only where routes may differ. */
typedef void (*difference_fn)(void *context, const struct difference *difference);
MUST_CHECK enum status difference_find(const struct difference_question *question, struct arena *arena,
                                       difference_fn sink, void *context);

/* Purpose: derive one side as of a day, closed obligations included. Shape: ret_side->ruleset and casefile set.
 * Owns: list in rows, scratch in work. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status difference_derive(struct difference_side *ret_side, int32_t as_of, struct arena *work,
                                         struct arena *rows);

/* ---- counting ---- */

struct difference_counts {
        uint64_t cases, cases_changed;
        uint64_t open_before, open_after, overdue_before, overdue_after;
        uint64_t unreadable;            /* recorded lines with words not known any more; counted by the caller */
        uint64_t changes[CHANGE_COUNT];
};
/* Counts of one rule. */
struct difference_rule { const char *id, *title; uint64_t changes[CHANGE_COUNT]; };
struct difference_tally {
        struct difference_counts counts;
        struct difference_rule *rules; size_t rule_count;       /* of both rule sets, by id */
};
/* Purpose: begin counting; count the sides of a case; count one difference of it. Owns: arena.
 * Errors: STATUS_NO_MEMORY. Cost: a binary search a difference. */
MUST_CHECK enum status difference_tally_init(struct difference_tally *tally, const struct ruleset *before,
                                             const struct ruleset *after, struct arena *arena);
void difference_tally_case(struct difference_tally *tally, const struct difference_question *question);
void difference_tally_add(struct difference_tally *tally, const struct difference *difference);
/* Purpose: all of it for one case: find, count, pass on to sink (NULL: count alone). As difference_find. */
struct difference_sink { difference_fn sink; void *context; };
MUST_CHECK enum status difference_count(struct difference_tally *tally, const struct difference_question *question,
                                        struct arena *arena, const struct difference_sink *sink);

#endif
