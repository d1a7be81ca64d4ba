/*
 * report - tables of counts, as rule files declare them, and how one case after
 * another is counted into them.
 *
 * The rule-file layer fills the definitions; the engine counts. What is counted
 * is a moment: a case on a day, an event, an obligation. A table's filter and the
 * conditions of its rows and columns are asked of the state of the case at that
 * moment; the bits of the rows and of the columns that fit say which cells it
 * falls into. Sums are counted by a way of their own, so that they can disagree;
 * where a case counts once in a cell they are those of the cells.
 */
#ifndef MAPPAD_REPORT_H
#define MAPPAD_REPORT_H

#include "mappad/obligation.h"

#define REPORT_BANDS_MAX 32             /* rows of a table, and columns */
#define REPORT_RULES_MAX 64             /* rules whose obligations one table counts */
#define REPORT_NAMED_MAX 1000           /* tables, notes, inputs, rates, invariants of one report */
#define REPORT_ALL UINT8_MAX            /* of a cell: every row, every column; of part_of: no other row */
#define REPORT_TREND_MAX 40             /* quarters of a trend */
#define REPORT_DAYS_MAX 4095            /* days that a measure tells apart: ten years and more */
#define REPORT_MEASURED_MAX 4096        /* rows that the measures of a report tell apart, all told */
#define REPORT_PERIOD_MAX 3653          /* days of a period that may be asked for: ten years */

/* Names of notes, in the order of writing. */
struct report_notes { const char *const *names; size_t count; };

/* What a column says of its row instead of counting. */
enum report_measure { REPORT_COUNT, REPORT_MEDIAN /* of an even number the later of the two in the middle */,
                      REPORT_WORST };

/* A row or a column. */
struct report_band {
        const char *name, *label;
        struct report_notes notes;
        struct condition when, unless;  /* on the state of the case, with the table's item that of the item */
        struct condition where;         /* on the fields of the event, or of the one that explains an obligation */
        int32_t days_from, days_until;  /* how many days late an obligation is, or old an item; all: INT32_MIN, _MAX */
        enum report_measure measure;    /* columns of tables of obligations: of their days late */
        uint64_t rules;                 /* bits of the table's rules; obligations only, else all */
        uint32_t outcomes;              /* bits of enum obligation_state; obligations only, else all */
        uint8_t part_of;                /* the row of which this one is a part: it adds to no sum; or REPORT_ALL */
};

enum report_counts {
        REPORT_CASES_ON_DAY,            /* cases, by their state at the end of a day */
        REPORT_CASES_WITHIN,            /* cases that fitted on some day of the period, once in each cell */
        REPORT_EVENTS,                  /* events of the period */
        REPORT_OBLIGATIONS,             /* obligations that fall due in the period, by their state on its last day */
        REPORT_ITEMS_ON_DAY             /* items of a kind, by their state at the end of the last day */
};

/* The events that say why an obligation came out as it did. One explains that of its rule which fell due last before
 * its own day; of several the last counts. */
struct report_explained {
        uint16_t event;                 /* VOCABULARY_NONE: nothing does */
        uint16_t field;                 /* names the rule */
        const uint64_t *rules;          /* by the table's rules: the field's bit */
};

struct report_table {
        const char *name, *title;
        struct report_notes notes;
        enum report_counts counts;
        bool first_day;                 /* CASES_ON_DAY: the first day of the period, not the last */
        bool eve;                       /* EVENTS, OBLIGATIONS: the state on the day before, not on the day itself */
        bool each_case;                 /* a case counts once in a cell, however often it falls into it */
        bool totals;                    /* there is a line of sums below the rows */
        struct condition when, unless;
        const struct event_match *events; size_t event_count;   /* EVENTS, >= 1 */
        uint16_t item;                  /* ITEMS_ON_DAY, OBLIGATIONS: the kind that is seen, or VOCABULARY_NONE */
        bool begun_within;              /* ITEMS_ON_DAY: those alone that the period saw begin */
        const uint16_t *rules; size_t rule_count;       /* OBLIGATIONS */
        struct report_explained explained;              /* OBLIGATIONS */
        uint32_t outcomes;              /* OBLIGATIONS: bits of the states that count */
        const struct report_band *rows; size_t row_count;       /* >= 1 */
        const struct report_band *columns; size_t column_count; /* >= 1 */
        size_t counted;                 /* columns that count, >= 1; the measures come after them */
        bool trended;                   /* a trend is made of it */
        const uint32_t *never;          /* by row: bits of columns whose cells cannot be other than empty */
        const char *file; int line;
};

/* A cell, a sum of a row or column (REPORT_ALL for the other), or the sum of all. */
struct report_cell { uint16_t table; uint8_t row, column; };

/* A figure for so many of a stated whole. */
struct report_rate {
        const char *name, *label;
        struct report_notes notes;
        struct report_cell of;
        bool by_input;                  /* the whole is an input, otherwise a cell */
        uint16_t input;
        struct report_cell over;
        int32_t per;                    /* 100, 100000 */
};

/* No cell of a part is more than that of the whole. Whole tables are compared row by row and column by column of
 * the same names. */
struct report_invariant {
        const char *name, *says;
        struct report_cell part, whole;
        const char *file; int line;
};

/* A figure, or so many of a whole, over the quarters of a trend. */
struct report_trend {
        const char *name, *label;
        struct report_notes notes;
        struct report_cell of;          /* may be a measure */
        struct report_cell over;        /* with per alone */
        int32_t per;                    /* 0: the figure itself */
};

struct report_input { const char *name, *label; };
struct report_note { const char *name, *text; };

struct report {
        const char *name, *title, *source, *basis;
        uint8_t year_month, year_day;   /* first day of its year */
        bool quarterly;                 /* asked for by the quarter unless something else is said */
        uint32_t trend_quarters;        /* 0: there are no trends */
        uint64_t suppress_below;        /* smaller numbers than this are not given out; 0: all are */
        const struct report_input *inputs; size_t input_count;
        const struct report_note *notes; size_t note_count;
        const struct report_table *tables; size_t table_count;
        const struct report_rate *rates; size_t rate_count;
        const struct report_trend *trends; size_t trend_count;
        const struct report_invariant *invariants; size_t invariant_count;
        const char *file; int line;
};

/* Purpose: index of a name, or VOCABULARY_NONE. Cost: linear. */
uint16_t report_find(const struct ruleset *ruleset, const char *name);
uint16_t report_input(const struct report *report, const char *name);

/* ---- figures ---- */

/* What was counted into one table. */
struct report_sums {
        uint64_t *cells;                /* row * column_count + column */
        uint64_t *rows, *columns;       /* their sums, counted apart from the cells unless each_case */
        uint64_t total;
        uint64_t outside;               /* what fits the filter and falls into no cell */
        uint32_t *days;                 /* by measure, row (all of them last) and days: how many; NULL without */
};

/* Purpose: sums of zero for every table, or for those of which trends are made. NULL when memory ran out. Owns:
 * arena. Cost: 16 KiB a measure and row. */
struct report_sums *report_sums_new(const struct report *report, bool trended, struct arena *arena);
/* Purpose: what was counted into a cell, or a sum, or the days of a measure. */
uint64_t report_figure(const struct report *report, const struct report_sums *sums, struct report_cell cell);
/* Purpose: of how many a cell speaks: its figure, or how many were measured. 0 of a measure: it says nothing. */
uint64_t report_measured(const struct report *report, const struct report_sums *sums, struct report_cell cell);

/* Other days of which trends are made, and what is counted of them. */
struct report_span { int32_t first, last; struct report_sums *sums; };

/* What is counted, and over which days. Everything is seen from its last day, the spans too: an obligation of an
 * earlier quarter counts by how it came out since. */
struct report_period {
        const struct ruleset *ruleset;
        const struct report *report;
        int32_t first, last;
        const struct report_span *spans; size_t span_count;     /* each ends by last */
};

/* Something falls into a cell; row and column are REPORT_ALL where it falls into none. */
struct report_hit { struct report_cell cell; int32_t day; };
typedef void (*report_hit_fn)(void *context, const struct report_hit *hit);

/* Purpose: count one case into the sums. sink (NULL: nobody) hears of every cell it falls into.
 * Shape: casefile stood with last_day = period->last. Errors: STATUS_NO_MEMORY, after which the sums are void.
 * Cost: a view of the case; for each moment of a table one test a row and one a column. Tables whose filter fits no
 * state that the case ever had cost one test. With tables of obligations one derivation. */
MUST_CHECK enum status report_count(const struct report_period *period, const struct casefile *casefile,
                                    struct arena *arena, struct report_sums *sums, report_hit_fn sink, void *context);

/* ---- checks ---- */

enum report_fault {
        REPORT_FAULT_SUM,               /* a sum is not that of its cells */
        REPORT_FAULT_OUTSIDE,           /* something counted is in no cell */
        REPORT_FAULT_NEVER,             /* a cell that cannot be other than empty is not */
        REPORT_FAULT_PART,              /* a row is more than the one it is a part of */
        REPORT_FAULT_INVARIANT          /* a declared one does not hold */
};

/* What does not come out. */
struct report_problem {
        enum report_fault fault;
        struct report_cell cell;        /* PART, INVARIANT: the part */
        struct report_cell whole;       /* PART, INVARIANT */
        uint64_t found, expected;       /* found should be expected; PART, INVARIANT: at most that; NEVER, OUTSIDE: 0 */
        const struct report_invariant *invariant;       /* INVARIANT */
};
typedef void (*report_problem_fn)(void *context, const struct report_problem *problem);

/* Purpose: everything that does not come out in figures, counted here or printed by anybody. Shape: sums of every
 * table. Source: the errors of the published report, a total of 5 over 1, 2 and 0 and a yearly 0 below a 1 on its last
 * day, which the tests feed it. */
void report_check(const struct report *report, const struct report_sums *sums, report_problem_fn sink, void *context);

/* ---- small numbers ---- */

/* Which figures of a table are not to be given out: bits of columns by row; bit and row REPORT_BANDS_MAX are the
 * sums. */
struct report_hidden { uint64_t rows[REPORT_BANDS_MAX + 1]; };

/* The figures of one period that are given out together with those of others. */
struct report_shown {
        int32_t first, last;            /* days counted */
        const struct report_sums *sums; /* by table; those of which nothing was counted are not given out */
        struct report_hidden *hidden;   /* by table; zero before, filled in when all is done */
};

struct report_hiding;

/* Purpose: begin to hide every figure from 1 to below - 1, and what else it takes so that none of them can be worked
 * out by sums, by other tables that count the same or a part of it, by other periods, or by parts and invariants. As
 * far as all that goes a hidden figure may have as many values as there are small ones, all of them from 1 on; a 0 is
 * never hidden. Shape: vocabulary is that of the report's rules; below 0 hides nothing; with 2 two values are left.
 * NULL: no memory. Owns: arena; vocabulary, report, periods and sums outlive it. Cost: 4 KiB a table and period, 300
 * bytes a figure. */
struct report_hiding *report_hide_begin(const struct vocabulary *vocabulary, const struct report *report,
                                        const struct report_shown *periods, size_t count, uint64_t below,
                                        struct arena *arena);
/* Purpose: a bounded piece of the work. Errors: STATUS_NO_MEMORY. Source: complementary suppression by moves that leave
 * every known sum as it is: Cox, Suppression methodology and statistical disclosure control (1980); the hypercube
 * method of tau-ARGUS looks for the same along the axes of a table. */
MUST_CHECK enum status report_hide_next(struct report_hiding *hiding, bool *ret_done);
/* Purpose: whether a cell, or a sum, is hidden. */
bool report_is_hidden(const struct report_hidden *hidden, struct report_cell cell);
/* Purpose: whether a table has a column, or a line, of sums beside its cells. */
bool report_has_row_sums(const struct report_table *table);
bool report_has_column_sums(const struct report_table *table);

#endif
