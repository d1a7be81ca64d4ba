/*
 * trace - what an answer was made of, so that it can explain itself.
 *
 * The same derivation as obligation.h, told with its ingredients: the event or
 * condition that began it, the period, every pause, what was taken over from an
 * earlier duty, the event that closed it; and for a rule that is not owed, the
 * word that does not fit. Words and sentences are made by the caller.
 */
#ifndef MAPPAD_TRACE_H
#define MAPPAD_TRACE_H

#include "mappad/obligation.h"

/* A stretch of days within an obligation's life on which its clock did not run. */
struct trace_pause {
        int32_t first;
        int32_t last;                   /* CIVIL_NONE: it lasts on the day asked about */
        uint16_t attribute;             /* of `runs`: the first that did not fit */
        struct value found;             /* what it was then */
};

/* Days taken over from an obligation that ended shortly before. */
struct trace_heritage {
        uint16_t rule;
        int32_t started, ended;
        int32_t used;                   /* running days it had used */
        int32_t total;                  /* days after which this one is due */
        bool overdue;                   /* it was overdue on the evening before it ended */
};

enum trace_start {
        TRACE_APPLIES,                  /* the rule began to apply, or came into force */
        TRACE_AFTER_MET,                /* the event that met the one before */
        TRACE_EVENT,                    /* a trigger event */
        TRACE_CHANGE,                   /* an attribute changed */
        TRACE_DATE,                     /* a date attribute took this value */
        TRACE_PERIOD                    /* a year's or a quarter's window began */
};

struct trace {
        const struct obligation *obligation;
        enum trace_start start;
        const struct fact *const *start_facts; size_t start_fact_count; /* events of the day it started */
        struct period period;           /* every, within: of the table's row that fitted; else count 0 */
        int32_t reckoned;               /* every, within: the date that period gives from the anchor; else the date
                                           attribute or day of the year; else CIVIL_NONE */
        int32_t running_from;           /* first running day, moved on by a restart; CIVIL_NONE without clock */
        bool inherits;                  /* false once a restart ended what was taken over */
        const struct trace_pause *pauses; size_t pause_count;
        const struct trace_heritage *heritage; size_t heritage_count;
        int32_t sooner;                 /* the earlier date that holds, CIVIL_NONE without */
        const struct fact *met_by;      /* the qualifying event, NULL without */
};
/* Purpose: hear one answer. */
typedef void (*trace_fn)(void *context, const struct trace *trace);

/* Purpose: give every answer of one rule over a case (item NULL) or one of its items, in order
 * of its beginning. Shape, errors: as obligation_derive. What the trace points to is valid during the call. */
MUST_CHECK enum status obligation_trace(const struct ruleset *ruleset, const struct casefile *casefile, int32_t as_of,
                                        uint16_t rule, const struct item *item, struct arena *arena, trace_fn sink,
                                        void *context);

enum applicability {
        APPLICABILITY_APPLIES,
        APPLICABILITY_NO_CASE,          /* nothing of the case, or the item, exists yet */
        APPLICABILITY_DISABLED,         /* every version is switched off */
        APPLICABILITY_NOT_IN_FORCE,     /* no enabled version is in force on the day */
        APPLICABILITY_CONDITION,        /* `applies` does not hold: attribute and found say why */
        APPLICABILITY_UNLESS            /* `unless` excludes: attribute and found of its first word */
};
struct applicability_answer {
        enum applicability applicability;
        const struct rule_version *version;     /* in force on the day; NULL without */
        uint16_t attribute;             /* VOCABULARY_NONE without */
        struct value found;
};

/* Purpose: whether a rule applies on a day and, if not, why. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status rule_applicability(const struct ruleset *ruleset, const struct casefile *casefile,
                                          uint16_t rule, const struct item *item, int32_t day, struct arena *arena,
                                          struct applicability_answer *ret_answer);

#endif
