/*
 * civil - Gregorian dates as day numbers.
 *
 * The conversions are Howard Hinnant's days_from_civil and civil_from_days
 * ("chrono-Compatible Low-Level Date Algorithms"): years begin on 1 March, so
 * that the leap day is the last day of a year and month lengths follow one
 * linear formula. All of our years are positive, which spares his branches for
 * negative eras. No loop and no table; nothing outside the range comes out.
 */
#include "mappad/civil.h"
#include "mappad/ensure.h"

#define YEAR_MIN 1583
#define YEAR_MAX 9999
#define ERA_DAYS 146097     /* days of 400 years */
#define EPOCH_OFFSET 719468 /* days from 0000-03-01 to 1970-01-01 */
#define SHORTEST_MONTH 28
#define MONTH_FIRST ((int64_t)YEAR_MIN * 12)
#define MONTH_LAST ((int64_t)YEAR_MAX * 12 + 11)

static bool leap(unsigned year)
{
        return year % 4 == 0 && (year % 100 != 0 || year % 16 == 0);
}

int civil_month_length(int year, int month)
{
        unsigned m = (unsigned)month;

        ENSURE(month >= 1 && month <= 12);
        if (m == 2)
                return leap((unsigned)year) ? 29 : 28;
        return (int)(30 + ((m + (m >> 3)) & 1));
}

/* The date must exist. */
static inline int32_t day_number(unsigned year, unsigned month, unsigned day)
{
        unsigned y = year - (month <= 2);
        unsigned century = y / 100;
        unsigned day_of_year = (153 * (month + (month <= 2 ? 9 : -3)) + 2) / 5 + day - 1;

        return (int32_t)(y * 365 + y / 4 - century + century / 4 + day_of_year) - EPOCH_OFFSET;
}

bool civil_exists(struct civil date)
{
        return date.year >= YEAR_MIN && date.year <= YEAR_MAX && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
               date.day <= civil_month_length(date.year, date.month);
}

int32_t civil_from_date(struct civil date)
{
        ENSURE(civil_exists(date));
        return day_number((unsigned)date.year, (unsigned)date.month, (unsigned)date.day);
}

static inline struct civil date_of(int32_t day)
{
        unsigned quarters, century, day_of_year, year, month_and_day, january;
        uint64_t year_and_day;

        ENSURE(day >= CIVIL_MIN && day <= CIVIL_MAX);
        /* Years begin in March. Four times the days, over the 146,097 of four centuries: the century. */
        quarters = 4 * (unsigned)(day + EPOCH_OFFSET) + 3;
        century = quarters / ERA_DAYS;
        /* Four times the days of the century, over the 1,461 of four years: 2,939,745 is 2^32 / 1,461, so that the high
         * half of the product is the year and the low one, divided again, four times the day of it. */
        year_and_day = (uint64_t)2939745 * (quarters % ERA_DAYS | 3);
        year = 100 * century + (unsigned)(year_and_day >> 32);
        day_of_year = (uint32_t)year_and_day / 2939745 / 4;
        /* 2,141 is 65,536 over the 30.6 days of a month, likewise. */
        month_and_day = 2141 * day_of_year + 197913;
        january = day_of_year >= 306;
        return (struct civil){
                .year = (int)(year + january),
                .month = (int)((month_and_day >> 16) - 12 * january),
                .day = (int)((month_and_day & 0xffff) / 2141 + 1),
        };
}

struct civil civil_to_date(int32_t day)
{
        return date_of(day);
}

/* count digits as a number, or -1 when one of them is none. */
static int digits(const char *text, size_t count)
{
        int value = 0;

        for (size_t i = 0; i < count; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return -1;
                value = value * 10 + (text[i] - '0');
        }
        return value;
}

bool civil_parse(const char *text, size_t length, int32_t *ret_day)
{
        struct civil date;

        if (length != CIVIL_TEXT_SIZE - 1 || text[4] != '-' || text[7] != '-')
                return false;
        date = (struct civil){.year = digits(text, 4), .month = digits(text + 5, 2), .day = digits(text + 8, 2)};
        if (!civil_exists(date))
                return false;
        *ret_day = civil_from_date(date);
        return true;
}

static void two_digits(char *text, unsigned number)
{
        unsigned tens = number * 103 >> 10; /* exact below 179 */

        text[0] = (char)('0' + tens);
        text[1] = (char)('0' + number - 10 * tens);
}

void civil_format(int32_t day, char text[static CIVIL_TEXT_SIZE])
{
        struct civil date = civil_to_date(day);
        unsigned century = (unsigned)date.year / 100;

        two_digits(text, century);
        two_digits(text + 2, (unsigned)date.year - 100 * century);
        text[4] = '-';
        two_digits(text + 5, (unsigned)date.month);
        text[7] = '-';
        two_digits(text + 8, (unsigned)date.day);
        text[10] = '\0';
}

static inline int32_t add_months(int32_t day, int64_t count, bool *ret_clamped)
{
        struct civil date = date_of(day);
        int64_t month = (int64_t)date.year * 12 + date.month - 1;

        /* A corresponding date that the range does not hold is missing too. */
        *ret_clamped = true;
        if (count > MONTH_LAST - month)
                return CIVIL_MAX;
        if (count < MONTH_FIRST - month)
                return CIVIL_MIN;
        month += count;
        date.year = (int)((unsigned)month / 12);
        date.month = (int)((unsigned)month % 12) + 1;
        *ret_clamped = date.day > SHORTEST_MONTH && date.day > civil_month_length(date.year, date.month);
        if (*ret_clamped)
                date.day = civil_month_length(date.year, date.month);
        return day_number((unsigned)date.year, (unsigned)date.month, (unsigned)date.day);
}

int32_t civil_add_months(int32_t day, int64_t count)
{
        bool clamped;

        return add_months(day, count, &clamped);
}

int32_t civil_add_months_exact(int32_t day, int64_t count, bool *ret_clamped)
{
        return add_months(day, count, ret_clamped);
}
