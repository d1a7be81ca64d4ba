/*
 * calendar - which days are working days.
 *
 * A working week, a sorted list of holidays and the span of days for which that
 * list is published. Outside the span only the working week is known, and what
 * depended on such a day is provisional.
 */
#ifndef MAPPAD_CALENDAR_H
#define MAPPAD_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/civil.h"

struct holiday {
        int32_t on;
        const char *name;       /* never NULL; outlives the calendar */
        int32_t lost;           /* days of the working week that the holidays up to this one take; calendar_settle */
};

#define CALENDAR_MARKS 16               /* words of 64: a mark for 1,024 days, after which they come round */

struct calendar {
        const char *name;
        uint8_t working_week;           /* bit n set: weekday n (enum weekday) is worked; never 0 */
        int32_t covers_from;            /* span of days, both included; from <= until */
        int32_t covers_until;
        const struct holiday *holidays; /* by day, no day twice; given by calendar_settle */
        size_t holiday_count;
        uint64_t marks[CALENDAR_MARKS]; /* bit n set: some holiday's day is n modulo 1,024, so that most days are told
                                           to be none without a search; given by calendar_settle */
};

/* Purpose: Monday to Friday, no holidays, and a span that holds every day: where no file
 * states a span nothing is provisional. What holds when no file declares a calendar. */
extern const struct calendar calendar_plain;

/* Purpose: give a calendar, whose working week is known, its holidays: by day, no day twice. Their sums and
 * marks are filled. */
void calendar_settle(struct calendar *calendar, struct holiday *holidays, size_t count);

/* Purpose: whether a day is worked. Cost: a binary search of the holidays, of a day in eight. */
bool calendar_works(const struct calendar *calendar, int32_t day);
/* Purpose: the holiday on a day, or NULL. */
const struct holiday *calendar_holiday(const struct calendar *calendar, int32_t day);
/* Purpose: whether a day lies inside the published span. */
static inline bool calendar_covers(const struct calendar *calendar, int32_t day)
{
        return day >= calendar->covers_from && day <= calendar->covers_until;
}

/* Purpose: the nth (n >= 1) working day after a day, that day excluded. Saturates.
 * Example: England and Wales, 5th after Wed 2023-04-05 is Fri 2023-04-14. */
int32_t calendar_nth_after(const struct calendar *calendar, int32_t day, int32_t n);
/* Purpose: the nth (n >= 1) working day before a day, that day excluded. Saturates. */
int32_t calendar_nth_before(const struct calendar *calendar, int32_t day, int32_t n);
/* Purpose: how many working days lie in first .. last, both included; 0 if last < first.
 * Cost: two binary searches, no walk over the days. */
int32_t calendar_count(const struct calendar *calendar, int32_t first, int32_t last);
/* Purpose: the last working day on or before a day. Saturates. Cost: a binary search of the holidays for each of them
 * that it passes, and of a day in eight besides. */
int32_t calendar_on_or_before(const struct calendar *calendar, int32_t day);

#endif
