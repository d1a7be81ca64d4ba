/*
 * survey - exactly one answer for every rule of a case.
 *
 * A list of obligations says what is owed; it cannot say that nothing was
 * forgotten. A survey does: for each rule, and each item of its kind, either the
 * most urgent obligation or the reason why there is none.
 */
#ifndef MAPPAD_SURVEY_H
#define MAPPAD_SURVEY_H

#include "mappad/trace.h"

/* Why a rule has no obligation, the first that fits. */
enum absence {
        ABSENCE_NONE,                   /* it has one */
        ABSENCE_NO_CASE,                /* nothing of the case, or the item, exists on the day */
        ABSENCE_NO_ITEM,                /* the case has no item of the rule's kind */
        ABSENCE_DISABLED,               /* every version is switched off */
        ABSENCE_NOT_IN_FORCE,           /* no enabled version is in force on the day */
        ABSENCE_CONDITION,              /* `applies` does not hold: attribute, found and wanted say why */
        ABSENCE_UNLESS,                 /* `unless` excludes: its first word */
        ABSENCE_NOT_TRIGGERED,          /* within: it applies, but nothing that it counts from has happened */
        ABSENCE_NO_DATE,                /* by: attribute is the date that is unset */
        ABSENCE_NO_PERIOD,              /* no row of its period table fits */
        ABSENCE_BEFORE_PERIOD           /* it did not apply yet when the present year's or quarter's window began */
};
#define ABSENCE_COUNT 11

struct absence_answer {
        enum absence absence;
        const struct rule_version *version;     /* enabled and in force on the day; NULL without */
        uint16_t attribute;             /* VOCABULARY_NONE without */
        struct value found;
        uint64_t wanted;                /* bits of the term that failed, or of the `unless` */
};

/* Purpose: the reason's word for programs: "not-triggered". ABSENCE_NONE gives "". */
const char *absence_word(enum absence absence);

/* Purpose: order two obligations of one case, rule and item by urgency, the more urgent first. Negative: a is.
 * Open before closed. Open: overdue, unevaluable, due-soon, open, paused, pending; within a state the earlier
 * due date. Closed: the one that closed last; of one day missed, met-late, lapsed, moved, met, reached. Then
 * the one that started later. Source: docs/rule-language.md, "One answer". */
int obligation_urgency(const struct obligation *a, const struct obligation *b);

/* The answer of one rule for a case, or one of its items. */
struct survey_row {
        uint16_t rule;
        const struct item *item;        /* NULL: of the case, or the case has no item of the kind */
        const struct obligation *obligation;    /* the most urgent; NULL: why not */
        uint64_t obligations;           /* how many there are, closed ones included */
        struct absence_answer why;
};
typedef void (*survey_fn)(void *context, const struct survey_row *row);

/* Purpose: give one row for each rule and item, by rule, item key; for a rule per a kind of which the case has
 * no item by the day, one row without item. Shape: as obligation_derive.
 * Errors: STATUS_NO_MEMORY, after which nothing given to sink counts.
 * Cost: one derivation, and a view of the case and of each item that rules look at. */
MUST_CHECK enum status case_survey(const struct ruleset *ruleset, const struct casefile *casefile, int32_t as_of,
                                   struct arena *arena, survey_fn sink, void *context);

/* Purpose: why a rule that has no obligation has none. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status rule_absence(const struct trace_subject *subject, uint16_t rule, int32_t day,
                                    struct arena *arena, struct absence_answer *ret_answer);

#endif
