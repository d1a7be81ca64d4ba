/*
 * app_figures - the reports that rule files declare, counted over the record.
 *
 * Every case is looked at once, a bounded number at a time; the figures of the
 * year before are counted beside those of the year. Memory is that of the cells
 * and of one case, however many there are.
 */
#ifndef MAPPAD_APP_FIGURES_H
#define MAPPAD_APP_FIGURES_H

#include "mappad/app_query.h"
#include "mappad/report.h"
#include "mappad/store_verify.h"

#define APP_YEAR_SIZE 24                /* "2022-10-01..2022-12-31" and its NUL */
#define APP_FIGURES_PROBLEMS 100        /* sentences kept; all are counted */

struct app_figures_question {
        const char *report;
        const char *year;               /* "2022-23", or "2022" of a year that begins on 1 January; "2022-23-Q3" or
                                           "2022-Q3" for its third quarter; NULL: the last year, of some reports the
                                           last quarter, that is over on the day asked about */
        int32_t from, to;               /* other days in place of a year; CIVIL_NONE: none */
        const char *inputs;             /* "population:942000,other:12", or NULL */
        bool cases;                     /* who is in each cell; then nothing is hidden */
        bool later;                     /* whom lines with numbers above since moved; not with cases */
        uint64_t since;
        uint64_t suppress_below;        /* smaller figures are hidden; 0: as the report says */
        struct app_axes axes;           /* as_of: later days of the year do not count; sight: with cases, those that are
                                           seen count, else those that are counted */
};

/* How often a case is in a cell without the later lines, and with them; of the year, or of the one before. */
struct app_figures_change { struct report_cell cell; bool before; uint32_t then, now; };

/* What later lines changed of a case, and all of its lines, of which those from first on are the later ones. */
struct app_figures_later {
        const struct app_figures_change *changes; size_t change_count;  /* >= 1 */
        const struct record *records; size_t record_count, first;       /* by number */
};

/* A case in a cell; row and column are REPORT_ALL where it is counted and in no cell. Where later lines are asked for:
 * a case with what they changed, and no cell of its own. */
struct app_figures_row {
        const char *case_ref;
        struct report_cell cell;
        int32_t day;
        const struct app_figures_later *later;
};

/* A year of a report, a quarter of it, or other days. */
struct app_figures_year {
        char year[APP_YEAR_SIZE];
        int32_t first, last;            /* days counted */
        int32_t until;                  /* the year's last day; after `last` it is not over */
        uint64_t cases;                 /* that had begun by `last` */
        const struct report_sums *sums; /* by table */
        const struct report_hidden *hidden;     /* by table */
};

struct app_figures_input { bool given; uint64_t number; };

struct app_figures_answer {
        const struct report *report;
        struct app_figures_year now, before;
        const struct app_figures_year *trend;   /* quarters up to that of the last day counted, seen from it */
        size_t trend_count;
        const struct app_figures_input *inputs; /* one an input of the report */
        uint64_t suppressed_below;      /* 0: nothing is hidden */
        uint64_t unknown_lines;         /* recorded lines whose words the rules do not know: they count for nothing */
        const char *const *problems; size_t problem_count;      /* what does not come out, as sentences */
        uint64_t problems_found;        /* kept or not */
};

struct app_figures;

/* Purpose: begin a report. Owns: the caller frees it; texts of the question need not outlive the call.
 * Errors: STATUS_INVALID with *ret_problem: "unknown-report" and "unknown-value" with the nearest word, "bad-year",
 * "bad-input", "contradiction" (cases, and small numbers hidden; a year, and other days); else as
 * app_query_obligations. */
MUST_CHECK enum status app_figures_begin(struct app *app, struct moment moment,
                                         const struct app_figures_question *question,
                                         struct app_figures **ret_figures, struct wire_problem *ret_problem);
/* Purpose: the next case of a cell, by case. APP_WORKING: a bounded number of cases was counted, call again in
 * another turn; APP_END: the figures are complete. A row lives until the next call. */
MUST_CHECK enum status app_figures_next(struct app_figures *figures, enum app_row *ret_kind,
                                        struct app_figures_row *ret_row);
/* Purpose: the report, its year and its axes; after APP_END with every figure. */
const struct app_figures_answer *app_figures_answer(const struct app_figures *figures);
const struct ruleset *app_figures_ruleset(const struct app_figures *figures);
int64_t app_figures_known_at(const struct app_figures *figures);
/* Purpose: the last line of the record that is counted. */
const struct store_head *app_figures_head(const struct app_figures *figures);
/* Purpose: hide nothing of figures that are complete. */
void app_figures_unhide(struct app_figures *figures);
/* Purpose: release it. NULL is nothing. */
void app_figures_free(struct app_figures *figures);

/* Purpose: append what does not come out as a sentence. */
void app_figures_sentence(const struct report *report, const struct report_problem *problem, struct wire_buffer *out);

#endif
