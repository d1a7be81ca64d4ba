/*
 * civil - dates of the Gregorian calendar as day numbers, and nothing smaller.
 *
 * A day is an int32_t: days since 1970-01-01. Time of day, zones and clocks do
 * not exist here. Results are kept inside 1583-01-01 .. 9999-12-31 by
 * saturation, so that no sum of a date and a period is ever undefined.
 */
#ifndef MAPPAD_CIVIL_H
#define MAPPAD_CIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/ensure.h"

#define CIVIL_MIN (-141349)             /* 1583-01-01, a Saturday */
#define CIVIL_MAX 2932896               /* 9999-12-31, a Friday */
#define CIVIL_NONE INT32_MIN            /* no date; smaller than every date */
#define CIVIL_TEXT_SIZE 11              /* "YYYY-MM-DD" and its NUL */
#define CIVIL_WEEK_OFFSET 141354        /* makes every day positive and a Monday a multiple of 7 */

struct civil {
        int year;       /* 1583 .. 9999 */
        int month;      /* 1 .. 12 */
        int day;        /* 1 .. 31 */
};

/* Purpose: days of the week, Monday first, as bit numbers of a working week. */
enum weekday { WEEKDAY_MON, WEEKDAY_TUE, WEEKDAY_WED, WEEKDAY_THU, WEEKDAY_FRI, WEEKDAY_SAT, WEEKDAY_SUN };

/* Purpose: days in a month, leap years counted. Shape: month 1 .. 12. */
int civil_month_length(int year, int month);
/* Purpose: the day number of a date that exists. Errors: ENSURE if it does not. */
int32_t civil_from_date(struct civil date);
/* Purpose: the date of a day number in CIVIL_MIN .. CIVIL_MAX. */
struct civil civil_to_date(int32_t day);
/* Purpose: whether year, month, day name a date in range. */
bool civil_exists(struct civil date);
/* Purpose: read exactly "YYYY-MM-DD" (10 bytes, no space, no sign).
 * Errors: false, *ret_day untouched, when it is not that or no such date. */
bool civil_parse(const char *text, size_t length, int32_t *ret_day);
/* Purpose: write "YYYY-MM-DD" and a NUL. Shape: day in range. Example: 0 gives 1970-01-01. */
void civil_format(int32_t day, char text[static CIVIL_TEXT_SIZE]);
/* Purpose: the day of the week. Example: 2022-12-26 is WEEKDAY_MON. */
static inline enum weekday civil_weekday(int32_t day)
{
        ENSURE(day >= CIVIL_MIN && day <= CIVIL_MAX);
        return (enum weekday)((unsigned)(day + CIVIL_WEEK_OFFSET) % 7);
}

/* Purpose: day plus count days, saturated to the range. */
static inline int32_t civil_add_days(int32_t day, int64_t count)
{
        if (count > (int64_t)CIVIL_MAX - day)
                return CIVIL_MAX;
        if (count < (int64_t)CIVIL_MIN - day)
                return CIVIL_MIN;
        return (int32_t)(day + count);
}

/* Purpose: the corresponding date count months on (or back when negative), or the
 * last day of that month where there is none; saturated to the range.
 * Source: Dodds v Walker [1981] 1 WLR 1027 (the corresponding date rule).
 * Example: 2023-08-31 less 6 months is 2023-02-28. */
int32_t civil_add_months(int32_t day, int64_t count);
/* Purpose: as civil_add_months, and whether the corresponding date was missing. */
int32_t civil_add_months_exact(int32_t day, int64_t count, bool *ret_clamped);

#endif
