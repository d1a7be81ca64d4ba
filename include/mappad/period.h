/*
 * period - "16 weeks after": a length and how it is counted.
 *
 * A period says how it counts or it does not parse; hours are refused. The
 * phrase decides the date (design of the rule language, "Periods").
 */
#ifndef MAPPAD_PERIOD_H
#define MAPPAD_PERIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/calendar.h"

enum period_unit { PERIOD_DAYS, PERIOD_WEEKS, PERIOD_MONTHS, PERIOD_YEARS, PERIOD_WORKING_DAYS };
enum period_phrase { PERIOD_AFTER, PERIOD_BEGINNING_WITH, PERIOD_BEFORE, PERIOD_CLEAR_BEFORE,
                     PERIOD_BARE /* no phrase: only where a setting says so, such as `again` */ };

#define PERIOD_COUNT_MAX 100000
#define PERIOD_TEXT_SIZE 48
#define PERIOD_DAYS_A_WEEK 7

struct period {
        int32_t count;                  /* 1 .. PERIOD_COUNT_MAX; 0: there is no period */
        enum period_unit unit;
        enum period_phrase phrase;
};

/* Purpose: why a text is no period. */
enum period_problem { PERIOD_FINE, PERIOD_NOT_A_NUMBER, PERIOD_OUT_OF_RANGE, PERIOD_UNKNOWN_UNIT,
                      PERIOD_HOURS_REFUSED, PERIOD_NO_PHRASE, PERIOD_UNKNOWN_PHRASE, PERIOD_CLEAR_NEEDS_DAYS };

/* Purpose: read a period: "N days|weeks|months|years|working days", singular
 * too, then "after", "beginning with", "before", or "clear" before the unit and
 * "before" at the end ("7 clear days before", "3 clear working days before",
 * "2 clear weeks before"; clear months are refused). One space between words.
 * A text without a phrase gives PERIOD_NO_PHRASE and still fills *ret_period
 * with PERIOD_BARE, for the settings that want it so; any other problem leaves
 * *ret_period untouched. */
enum period_problem period_parse(const char *text, struct period *ret_period);
/* Purpose: a sentence for a problem. Example: "hours are refused: the law counts days". */
const char *period_problem_sentence(enum period_problem problem);
/* Purpose: write the period as it would be parsed. */
void period_format(struct period period, char text[static PERIOD_TEXT_SIZE]);
/* Purpose: the date a period gives from an anchor, saturated. A bare period counts
 * as "after". Source: domain rules D1 to D6.
 * Example: 10 years beginning with 2024-02-29 is 2034-02-28;
 *          7 clear days before 2023-07-15 is 2023-07-07. */
int32_t period_from(struct period period, const struct calendar *calendar, int32_t anchor);
/* Purpose: the date times repetitions of a bare or "after" period after an anchor, counted
 * from the anchor and never chained. Shape: times 0 gives the anchor. */
int32_t period_repeated(struct period period, const struct calendar *calendar, int32_t anchor, int32_t times);
/* Purpose: length in days of a period of days or weeks; 0 for any other unit. */
static inline int32_t period_days(struct period period)
{
        return period.count * ((period.unit == PERIOD_DAYS) + PERIOD_DAYS_A_WEEK * (period.unit == PERIOD_WEEKS));
}

/* Purpose: whether the answer from this anchor hangs on the month-end convention
 * (there is no corresponding date); *ret_other is then the answer of the other
 * reading, which carries the missing days over into the next month (or, counting
 * back, stops at the first day of the month after). */
bool period_ambiguous(struct period period, int32_t anchor, int32_t *ret_other);

#endif
