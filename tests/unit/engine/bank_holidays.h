/*
 * bank_holidays - England and Wales, 2012 to 2028, as a calendar for tests.
 *
 * Restated from the published list so that the tests of the engine need no rule
 * file; that rules/90-calendar.cfg says the same is a test of the rule files.
 */
#ifndef TESTS_BANK_HOLIDAYS_H
#define TESTS_BANK_HOLIDAYS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/calendar.h"
#include "mappad/civil.h"

static const char *const bank_holidays[] = {
        "2012-01-02", "2012-04-06", "2012-04-09", "2012-05-07", "2012-06-04", "2012-06-05", "2012-08-27", "2012-12-25",
        "2012-12-26", "2013-01-01", "2013-03-29", "2013-04-01", "2013-05-06", "2013-05-27", "2013-08-26", "2013-12-25",
        "2013-12-26", "2014-01-01", "2014-04-18", "2014-04-21", "2014-05-05", "2014-05-26", "2014-08-25", "2014-12-25",
        "2014-12-26", "2015-01-01", "2015-04-03", "2015-04-06", "2015-05-04", "2015-05-25", "2015-08-31", "2015-12-25",
        "2015-12-28", "2016-01-01", "2016-03-25", "2016-03-28", "2016-05-02", "2016-05-30", "2016-08-29", "2016-12-26",
        "2016-12-27", "2017-01-02", "2017-04-14", "2017-04-17", "2017-05-01", "2017-05-29", "2017-08-28", "2017-12-25",
        "2017-12-26", "2018-01-01", "2018-03-30", "2018-04-02", "2018-05-07", "2018-05-28", "2018-08-27", "2018-12-25",
        "2018-12-26", "2019-01-01", "2019-04-19", "2019-04-22", "2019-05-06", "2019-05-27", "2019-08-26", "2019-12-25",
        "2019-12-26", "2020-01-01", "2020-04-10", "2020-04-13", "2020-05-08", "2020-05-25", "2020-08-31", "2020-12-25",
        "2020-12-28", "2021-01-01", "2021-04-02", "2021-04-05", "2021-05-03", "2021-05-31", "2021-08-30", "2021-12-27",
        "2021-12-28", "2022-01-03", "2022-04-15", "2022-04-18", "2022-05-02", "2022-06-02", "2022-06-03", "2022-08-29",
        "2022-09-19", "2022-12-26", "2022-12-27", "2023-01-02", "2023-04-07", "2023-04-10", "2023-05-01", "2023-05-08",
        "2023-05-29", "2023-08-28", "2023-12-25", "2023-12-26", "2024-01-01", "2024-03-29", "2024-04-01", "2024-05-06",
        "2024-05-27", "2024-08-26", "2024-12-25", "2024-12-26", "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05",
        "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04",
        "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28", "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03",
        "2027-05-31", "2027-08-30", "2027-12-27", "2027-12-28", "2028-01-03", "2028-04-14", "2028-04-17", "2028-05-01",
        "2028-05-29", "2028-08-28", "2028-12-25", "2028-12-26",
};

#define BANK_HOLIDAY_COUNT (sizeof(bank_holidays) / sizeof(bank_holidays[0]))

/* The day of a date that a test writes down; a typing error is 0. */
static inline int32_t on(const char *text)
{
        int32_t day = 0;

        return civil_parse(text, strlen(text), &day) ? day : 0;
}

static inline struct calendar england_and_wales(void)
{
        static struct holiday holidays[BANK_HOLIDAY_COUNT];

        for (size_t i = 0; i < BANK_HOLIDAY_COUNT; i++)
                holidays[i] = (struct holiday){.on = on(bank_holidays[i]), .name = "bank holiday"};
        struct calendar calendar = {
                .name = "England and Wales",
                .working_week = 0x1f,
                .covers_from = on("2012-01-01"),
                .covers_until = on("2028-12-31"),
        };
        calendar_settle(&calendar, holidays, BANK_HOLIDAY_COUNT);
        return calendar;
}

/* xorshift64*, so that a seed that was printed gives the same run again. */
static inline uint64_t chance(uint64_t *seed)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return *seed * UINT64_C(2685821657736338717);
}

/* The seed of a property, printed; the variable SEED repeats a run or tries another. */
static inline uint64_t seeded(const char *property)
{
        const char *text = getenv("SEED");
        uint64_t seed = text ? strtoull(text, NULL, 10) : 20230331;

        printf("%s: seed %llu\n", property, (unsigned long long)seed);
        return seed ? seed : 1;
}

#endif
