/*
 * app_forecast - the appointments that fall due in the weeks to come, over the record.
 *
 * Counted per week and per rule, a bounded number of cases at a time. What is
 * supposed is laid over the record in memory and recorded nowhere.
 */
#ifndef MAPPAD_APP_FORECAST_H
#define MAPPAD_APP_FORECAST_H

#include "mappad/app_query.h"
#include "mappad/forecast.h"

#define APP_FORECAST_WEEKS 26           /* when no number is asked for */
#define APP_FORECAST_WEEKS_MAX 104
#define APP_FORECAST_SUPPOSED_MAX 100   /* events */

struct app_forecast_question {
        uint64_t weeks;                 /* 1 .. APP_FORECAST_WEEKS_MAX; the first is that of the day */
        const char *closed;             /* "2026-08-01..2026-08-31", comma list; NULL: none */
        const char *supposed;           /* events, one a line, as they are recorded; NULL: none */
        size_t supposed_length;
        bool cases;                     /* give out each appointment; those of cases that are supposed are anyway */
        struct app_axes axes;
};

struct app_forecast_counts {
        uint64_t due;                   /* the sum of the others */
        uint64_t booked, booked_late, unbooked, projected;
};

/* Monday to Sunday; of the first the days before today are past, and the last may be cut short by no day. */
struct app_forecast_week {
        int32_t first, last;
        struct app_forecast_counts counts;      /* by the day on which they fall due */
        uint64_t cases;                         /* that have one */
        uint64_t held;                          /* taken as held in it */
        uint64_t moved;                         /* of these, those that the days taken out let be held here */
};

/* The same of one rule, and what no week counts. */
struct app_forecast_rule {
        uint16_t rule;
        struct app_forecast_counts counts;
        uint64_t overdue, later, paused, unevaluable;
};

struct app_forecast_answer {
        int32_t first, last;            /* today, and the last day of the last week */
        struct app_forecast_week weeks[APP_FORECAST_WEEKS_MAX]; size_t week_count;
        struct app_forecast_rule *rules; size_t rule_count;     /* those whose appointments can be booked */
        struct forecast_gap gaps[FORECAST_GAPS_MAX]; size_t gap_count;
        uint64_t supposed;              /* events */
        uint64_t kinds[FORECAST_KINDS];
        uint64_t overdue_booked;        /* of the overdue */
        uint64_t moved, too_late;       /* by the days taken out */
        uint64_t cases;                 /* looked at */
        uint64_t cut;                   /* of these, with more appointments than were projected */
        uint64_t unknown_lines;
};

/* One appointment of a case. */
struct app_forecast_row { const char *case_ref; const struct forecast_entry *entry; };

/* A refusal, and the line of what is supposed that it is about (0: none). */
struct app_forecast_refusal {
        struct wire_problem problem;
        uint64_t line;
        char out_of_sight[CASE_REF_MAX + 1];    /* refused or not: a case of the lines that there is and that is out of
                                           sight, for the log; "" without */
};

struct app_forecast;

/* Purpose: begin a forecast. Owns: the caller frees it; texts of the question need not outlive the call.
 * Errors: STATUS_INVALID with *ret_refusal: what is wrong with a line, as if it were to be recorded, "not-supposed" for
 * a retraction, "too-many-lines", "bad-days"; else as app_query_obligations. */
MUST_CHECK enum status app_forecast_begin(struct app *app, struct moment moment,
                                          const struct app_forecast_question *question,
                                          struct app_forecast **ret_forecast,
                                          struct app_forecast_refusal *ret_refusal);
/* Purpose: the next appointment that is given out, by case. APP_WORKING: call again in another turn; APP_END: the
 * counts are complete. A row lives until the next call. */
MUST_CHECK enum status app_forecast_next(struct app_forecast *forecast, enum app_row *ret_kind,
                                         struct app_forecast_row *ret_row);
const struct app_forecast_answer *app_forecast_answer(const struct app_forecast *forecast);
const struct ruleset *app_forecast_ruleset(const struct app_forecast *forecast);
int64_t app_forecast_known_at(const struct app_forecast *forecast);
/* Purpose: the nth thing that is assumed, as a sentence; false after the last. */
bool app_forecast_assumption(const struct app_forecast *forecast, size_t n, struct wire_buffer *out);
/* Purpose: release it. NULL is nothing. */
void app_forecast_free(struct app_forecast *forecast);

#endif
