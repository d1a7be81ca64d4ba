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

/* What a question about one case, or one of its items, is asked of. */
struct trace_subject {
        const struct ruleset *ruleset;
        const struct casefile *casefile;        /* stood with last_day at or after the days asked about */
        const struct item *item;        /* NULL: the case itself */
};

/* A stretch of days within an obligation's life on which its clock did not run. */
struct trace_pause {
        int32_t first;
        int32_t last;                   /* CIVIL_NONE: it goes on after the last day looked at */
        uint16_t attribute;             /* the first of `runs` that did not fit; NONE: the rule did not apply */
        struct value found;             /* what it was then */
};

/* Days taken over from an obligation that ended shortly before. */
struct trace_heritage {
        uint16_t rule;
        int32_t started, ended;
        int32_t used;                   /* running days it had used */
        int32_t total;                  /* days after which this one is due */
        bool overdue;                   /* it was overdue on the evening before it ended */
        int32_t due;                    /* the second due date that follows */
};

/* Every number on the way to the due date of `every` and `within`. CIVIL_NONE for a step that does not occur. */
struct trace_reckoning {
        int32_t asked;                  /* days after it are taken as running */
        bool held;                      /* the date passed; what came after `asked` no longer moves it later */
        int32_t running_from;           /* first running day, moved on by a restart; with `carry` the anchor */
        bool inherits;                  /* false once a restart ended what was taken over */
        int32_t base;                   /* what the period gives from running_from, as if no day were paused */
        int32_t carried;                /* `carry`: the first running day on or after base */
        int32_t fresh;                  /* base, pauses made good; or carried, with its grace */
        int32_t floor;                  /* with heritage: the due date is never earlier */
        int32_t sooner, sooner_due;     /* the date set by hand, and the first running day on or after it */
        int32_t due;
};

/* What used_days counts. */
struct trace_use {
        int32_t from, until;            /* days counted, both included; until < from: none */
        int32_t inherited;              /* days taken over */
        bool all;                       /* every day counts, paused or not */
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
        const struct fact *begun_by;    /* TRACE_EVENT, TRACE_AFTER_MET: that event; else NULL */
        bool has_clock;                 /* every, within with a due date: the next five say how */
        struct period period;           /* of the table's row that fitted */
        struct trace_reckoning reckoning;
        struct trace_use use;
        const struct trace_pause *pauses; size_t pause_count;   /* up to the last day read or counted */
        const struct trace_heritage *heritage; size_t heritage_count;
        int32_t date;                   /* by: the date attribute's value, or the day of the year; else CIVIL_NONE */
        const struct fact *met_by;      /* the qualifying event, NULL without */
};
/* Purpose: hear one answer. */
typedef void (*trace_fn)(void *context, const struct trace *trace);

/* Purpose: give every answer of one rule over a case or one of its items, in order of its beginning.
 * Shape, errors: as obligation_derive. What the trace points to is valid during the call. */
MUST_CHECK enum status obligation_trace(const struct trace_subject *subject, uint16_t rule, int32_t as_of,
                                        struct arena *arena, trace_fn sink, void *context);

/* Where an attribute's value of a day comes from. */
struct attribute_origin {
        struct value value;             /* on the day */
        struct value before;            /* on the day before `since`; as value if it never was another */
        int32_t since;                  /* first day of the unbroken run of days with this value */
        bool always;                    /* nothing ever changed it: it has been so from the first day */
        const struct fact *fact;        /* the last event of that day that acts on it; NULL: none, or derived */
        const struct derived_row *row;  /* derived: the row of its table that fits on the day; NULL: none */
};

/* Purpose: since when an attribute of a case (or of an item) has had its value of a day, and what made it so.
 * Of a day before the case, or the item, exists: unset, since CIVIL_NONE. Owns: nothing; fact is the casefile's.
 * Errors: STATUS_NO_MEMORY. Cost: one view of the case. */
MUST_CHECK enum status attribute_trace(const struct trace_subject *subject, uint16_t attribute, int32_t day,
                                       struct arena *arena, struct attribute_origin *ret_origin);

#endif
