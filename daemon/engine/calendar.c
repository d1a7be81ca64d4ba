/*
 * calendar - working days without walking over days.
 *
 * The working week repeats every seven days, so whole weeks are one
 * multiplication; holidays are a sorted list with running sums, so those inside
 * a span are counted by two binary searches. A holiday on a day that is not worked
 * anyway takes nothing away. What a loop passes is at most one week or, where the end of
 * the span is what is asked for, the holidays of the span.
 */
#include "mappad/calendar.h"

#include <string.h>

#include "mappad/civil.h"
#include "mappad/ensure.h"

#define WEEK_MASK 0x7fU
#define MONDAY_TO_FRIDAY 0x1fU

const struct calendar calendar_plain = {
        .name = "plain",
        .working_week = MONDAY_TO_FRIDAY,
        .covers_from = CIVIL_MIN,
        .covers_until = CIVIL_MAX,
};

/* Worked days of a week; the compiler's own bit count may call a library. */
static unsigned week_length(const struct calendar *calendar)
{
        unsigned length = 0;

        for (unsigned bits = calendar->working_week & WEEK_MASK; bits; bits &= bits - 1)
                length++;
        ENSURE(length > 0);
        return length;
}

static bool weekday_works(const struct calendar *calendar, unsigned weekday)
{
        return calendar->working_week >> weekday & 1U;
}

/* The mark of a day; days before 1970 have theirs, too. */
static inline uint64_t mark_of(int32_t day, size_t *ret_word)
{
        *ret_word = (uint32_t)day / 64 % CALENDAR_MARKS;
        return UINT64_C(1) << ((uint32_t)day % 64);
}

void calendar_settle(struct calendar *calendar, struct holiday *holidays, size_t count)
{
        int32_t lost = 0;
        size_t word;

        memset(calendar->marks, 0, sizeof calendar->marks);
        for (size_t i = 0; i < count; i++) {
                uint64_t mark = mark_of(holidays[i].on, &word);

                calendar->marks[word] |= mark;
                lost += weekday_works(calendar, civil_weekday(holidays[i].on));
                holidays[i].lost = lost;
        }
        calendar->holidays = holidays;
        calendar->holiday_count = count;
}

/* The working days that the first so many holidays take. */
static int32_t lost_before(const struct calendar *calendar, size_t count)
{
        return count > 0 ? calendar->holidays[count - 1].lost : 0;
}

/* The position of the first holiday on or after a day. Which half it lies in cannot be foreseen, and is not worth a
 * branch. */
static size_t holiday_from(const struct calendar *calendar, int32_t day)
{
        const struct holiday *from = calendar->holidays;
        size_t left = calendar->holiday_count, half;

        if (left == 0)
                return 0;
        for (; left > 1; left -= half) {
                half = left / 2;
                from += (from[half - 1].on < day) * half;
        }
        return (size_t)(from - calendar->holidays) + (from->on < day);
}

static inline const struct holiday *holiday_on(const struct calendar *calendar, int32_t day)
{
        size_t at, word;
        uint64_t mark = mark_of(day, &word);

        if ((calendar->marks[word] & mark) == 0)
                return NULL;
        at = holiday_from(calendar, day);
        if (at == calendar->holiday_count || calendar->holidays[at].on != day)
                return NULL;
        return &calendar->holidays[at];
}

const struct holiday *calendar_holiday(const struct calendar *calendar, int32_t day)
{
        return holiday_on(calendar, day);
}

bool calendar_works(const struct calendar *calendar, int32_t day)
{
        return weekday_works(calendar, civil_weekday(day)) && !calendar_holiday(calendar, day);
}

/* How many days lie between a day of that weekday and the nth (n >= 1) worked
 * weekday after it, the last one counted; step -1 counts back. Holidays do not exist here. */
static int64_t week_distance(const struct calendar *calendar, unsigned weekday, int64_t n, int step)
{
        int64_t length = week_length(calendar);
        int64_t distance = (n - 1) / length * 7;
        int64_t rest = (n - 1) % length + 1;

        while (rest > 0) {
                weekday = (weekday + 7 + (unsigned)step) % 7;
                distance++;
                rest -= weekday_works(calendar, weekday);
        }
        return distance;
}

int32_t calendar_nth_after(const struct calendar *calendar, int32_t day, int32_t n)
{
        int32_t found;

        ENSURE(n >= 1);
        found = civil_add_days(day, week_distance(calendar, civil_weekday(day), n, 1));
        /* Each worked day lost to a holiday moves the answer one worked weekday on. */
        for (size_t i = holiday_from(calendar, civil_add_days(day, 1));
             i < calendar->holiday_count && calendar->holidays[i].on <= found; i++)
                if (calendar->holidays[i].on > day && weekday_works(calendar, civil_weekday(calendar->holidays[i].on)))
                        found = civil_add_days(found, week_distance(calendar, civil_weekday(found), 1, 1));
        return found;
}

int32_t calendar_nth_before(const struct calendar *calendar, int32_t day, int32_t n)
{
        int32_t found;

        ENSURE(n >= 1);
        found = civil_add_days(day, -week_distance(calendar, civil_weekday(day), n, -1));
        for (size_t i = holiday_from(calendar, day); i > 0 && calendar->holidays[i - 1].on >= found; i--)
                if (weekday_works(calendar, civil_weekday(calendar->holidays[i - 1].on)))
                        found = civil_add_days(found, -week_distance(calendar, civil_weekday(found), 1, -1));
        return found;
}

int32_t calendar_count(const struct calendar *calendar, int32_t first, int32_t last)
{
        int32_t days, count;

        if (last < first)
                return 0;
        days = last - first + 1;
        count = days / 7 * (int32_t)week_length(calendar);
        for (unsigned i = 0, weekday = civil_weekday(first); i < (unsigned)(days % 7); i++)
                count += weekday_works(calendar, (weekday + i) % 7);
        return count - lost_before(calendar, holiday_from(calendar, last + 1)) +
               lost_before(calendar, holiday_from(calendar, first));
}

/* The last day of the working week on or before a day. Holidays do not exist here. */
static int32_t last_worked(const struct calendar *calendar, int32_t day)
{
        unsigned week = calendar->working_week & WEEK_MASK, weekday = civil_weekday(day);
        /* That week behind the one before: of the bits up to the day's own the last that is set. */
        unsigned worked = (week << 7 | week) & ((UINT32_C(2) << (weekday + 7)) - 1);

        ENSURE(week != 0);
        return civil_add_days(day, 31 - __builtin_clz(worked) - (int)(weekday + 7));
}

int32_t calendar_on_or_before(const struct calendar *calendar, int32_t day)
{
        for (;; day--) {
                day = last_worked(calendar, day);
                if (day == CIVIL_MIN || !holiday_on(calendar, day))
                        return day;
        }
}
