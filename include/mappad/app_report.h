/*
 * app_report - what the application tells of itself: why a date is what it is,
 * and a certificate that nothing was left out.
 *
 * An explanation is of one case and is made in one go. A certificate goes through
 * every case of the record as it stood when it began, a bounded piece at a time;
 * its memory does not grow with the number of cases.
 */
#ifndef MAPPAD_APP_REPORT_H
#define MAPPAD_APP_REPORT_H

#include "mappad/app_law.h"
#include "mappad/app_query.h"
#include "mappad/survey.h"

/* ---- why ---- */

struct app_explain_question {
        const char *case_ref;
        const char *rule;
        const char *item;               /* key, or NULL */
        int32_t started;                /* CIVIL_NONE: the most urgent obligation */
        int32_t as_of;                  /* CIVIL_NONE: today */
        int64_t known_at;               /* INSTANT_LATEST: everything */
        struct book *law;               /* NULL: the rules in force (app_law.h) */
        struct sight sight;             /* a case out of it is unknown */
};

/* Purpose: append the explanation of one answer, a JSON object (explain.h). The reading of one case by
 * whoever asks.
 * Errors: STATUS_INVALID with *ret_problem: "unknown-case", "unknown-value" (rule) and those of explain.h; nothing was
 * appended. Otherwise of the store, STATUS_NO_MEMORY. */
MUST_CHECK enum status app_explain(struct app *app, struct moment moment, const struct app_explain_question *question,
                                   struct wire_buffer *out, struct wire_problem *ret_problem);

/* ---- the certificate ---- */

#define APP_NOT_APPLICABLE OBLIGATION_STATE_COUNT       /* the answer besides the states of an obligation */
#define APP_ANSWERS (OBLIGATION_STATE_COUNT + 1)

/* Purpose: an answer's word: that of a state, or "not-applicable". */
const char *app_answer_word(unsigned answer);

struct app_certificate_question {
        int32_t as_of;                  /* CIVIL_NONE: today */
        int64_t known_at;
        struct book *law;               /* NULL: the rules in force (app_law.h) */
        const char *answers;            /* comma list of those to be listed, "all" or "none"; NULL: unevaluable */
        struct sight sight;             /* the certificate is of the cases in it, and counts no others */
};

/* One answer: of a case, a rule and, where the rule is per a kind, an item. */
struct app_certificate_row {
        const char *case_ref;
        unsigned answer;
        struct survey_row survey;
};

/* What was counted of one rule. */
struct app_certificate_rule {
        uint64_t rows;
        uint64_t answers[APP_ANSWERS];
        uint64_t reasons[ABSENCE_COUNT];        /* of those that are not applicable */
};

struct app_certificate_totals {
        uint64_t cases;                 /* that exist on the day */
        uint64_t not_begun;             /* recorded, but nothing of them stands by that day */
        uint64_t rules;
        uint64_t pairs;                 /* cases x rules */
        uint64_t more_items;            /* answers beyond one a pair, for items after the first */
        uint64_t rows;                  /* pairs + more_items */
        uint64_t answers[APP_ANSWERS];
        uint64_t unknown_lines;         /* recorded lines whose words the rules do not know: they count for nothing */
        const struct app_certificate_rule *by_rule;     /* one a rule, in the order of the rule set */
        char problem[APP_PROBLEM_SIZE]; /* which sum does not come out; "" when all do */
};

struct app_certificate;

/* Purpose: begin a certificate. Owns: the caller frees it. Errors: as app_query_obligations. */
MUST_CHECK enum status app_certificate_begin(struct app *app, struct moment moment,
                                             const struct app_certificate_question *question,
                                             struct app_certificate **ret_certificate,
                                             struct wire_problem *ret_problem);
/* Purpose: the next answer that is to be listed, by case, rule, item. APP_WORKING: a bounded number of cases was
 * looked at, call again in another turn; APP_END: the totals are complete. A row lives until the next call. */
MUST_CHECK enum status app_certificate_next(struct app_certificate *certificate, enum app_row *ret_kind,
                                            struct app_certificate_row *ret_row);
/* Purpose: the rules, the day and the instant that it is about. */
const struct ruleset *app_certificate_ruleset(const struct app_certificate *certificate);
int32_t app_certificate_as_of(const struct app_certificate *certificate);
int64_t app_certificate_known_at(const struct app_certificate *certificate);
/* Purpose: after APP_END: the totals, checked against each other. A problem is a fault of this program. */
const struct app_certificate_totals *app_certificate_totals(const struct app_certificate *certificate);
/* Purpose: release it. NULL is nothing. */
void app_certificate_free(struct app_certificate *certificate);

#endif
