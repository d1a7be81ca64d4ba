/*
 * Working days: the worked dates of the reference, and every question against
 * walking day by day, with weeks of every shape and holidays in clusters, at
 * weekends and at the ends of the range.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bank_holidays.h"

#define CLUSTERED 400

static bool walk_works(const struct calendar *calendar, int32_t day)
{
        if (!(calendar->working_week >> civil_weekday(day) & 1))
                return false;
        for (size_t i = 0; i < calendar->holiday_count; i++)
                if (calendar->holidays[i].on == day)
                        return false;
        return true;
}

static int32_t walk(const struct calendar *calendar, int32_t day, int32_t n, int32_t step)
{
        while (n > 0) {
                if (day + step < CIVIL_MIN || day + step > CIVIL_MAX)
                        return day;
                day += step;
                n -= walk_works(calendar, day);
        }
        return day;
}

/* The last working day on or before a day, found by walking. */
static int32_t walk_back(const struct calendar *calendar, int32_t day)
{
        return walk_works(calendar, day) ? day : walk(calendar, day, 1, -1);
}

static const struct {
        const char *why, *from;
        int n;
        const char *gives;
} after_table[] = {
        {"Good Friday and Easter Monday do not count", "2023-04-05", 5, "2023-04-14"},
        {"nor do they in ten", "2023-04-05", 10, "2023-04-21"},
        {"Boxing Day and the substitute of Christmas do not count", "2022-12-20", 5, "2022-12-29"},
        {"nor does the substitute of New Year's Day", "2022-12-20", 10, "2023-01-06"},
        {"the one-off of 19 September 2022 does not count", "2022-09-13", 5, "2022-09-21"},
        {"nor in ten", "2022-09-13", 10, "2022-09-28"},
        {"the one-off of 8 May 2023 does not count", "2023-05-03", 5, "2023-05-11"},
        {"nor in ten", "2023-05-03", 10, "2023-05-18"},
        {"from a Saturday the first is Monday", "2023-06-10", 1, "2023-06-12"},
        {"from Maundy Thursday the first is Tuesday", "2023-04-06", 1, "2023-04-11"},
};

static void worked_dates_of_working_days(void **state)
{
        struct calendar calendar = england_and_wales();

        (void)state;
        for (size_t i = 0; i < sizeof after_table / sizeof after_table[0]; i++)
                if (calendar_nth_after(&calendar, on(after_table[i].from), after_table[i].n) !=
                    on(after_table[i].gives))
                        fail_msg("%s", after_table[i].why);
}

static const struct {
        const char *why, *due, *plan_by;
} plan_table[] = {
        {"Early May bank holiday: the Friday before", "2023-05-01", "2023-04-28"},
        {"an ordinary Tuesday stays", "2023-03-28", "2023-03-28"},
        {"Boxing Day: before the weekend of Christmas", "2022-12-26", "2022-12-23"},
        {"Easter Monday: before Good Friday", "2023-04-10", "2023-04-06"},
        {"a Saturday", "2023-07-15", "2023-07-14"},
};

static void the_last_working_day_on_or_before_a_due_date(void **state)
{
        struct calendar calendar = england_and_wales();

        (void)state;
        for (size_t i = 0; i < sizeof plan_table / sizeof plan_table[0]; i++)
                if (calendar_on_or_before(&calendar, on(plan_table[i].due)) != on(plan_table[i].plan_by))
                        fail_msg("%s", plan_table[i].why);
}

static void a_holiday_is_found_by_its_day(void **state)
{
        struct calendar calendar = england_and_wales();

        (void)state;
        assert_non_null(calendar_holiday(&calendar, on("2022-09-19")));
        assert_null(calendar_holiday(&calendar, on("2022-09-20")));
        assert_ptr_equal(calendar_holiday(&calendar, on("2012-01-02")), &calendar.holidays[0]);
        assert_int_equal(calendar_holiday(&calendar, on("2028-12-26"))->on, on("2028-12-26"));
        assert_null(calendar_holiday(&calendar, CIVIL_MIN));
        assert_null(calendar_holiday(&calendar, CIVIL_MAX));
        /* 1,024 days after 2 January 2012 and before 26 December 2028, a Wednesday and a Sunday: they share the marks. */
        assert_null(calendar_holiday(&calendar, on("2014-10-22")));
        assert_null(calendar_holiday(&calendar, on("2026-03-08")));
        assert_true(calendar_works(&calendar, on("2014-10-22")));
}

static void the_published_span_includes_both_its_ends(void **state)
{
        struct calendar calendar = england_and_wales();

        (void)state;
        assert_true(calendar_covers(&calendar, on("2012-01-01")));
        assert_true(calendar_covers(&calendar, on("2028-12-31")));
        assert_false(calendar_covers(&calendar, on("2011-12-31")));
        assert_false(calendar_covers(&calendar, on("2029-01-01")));
        for (int32_t day = CIVIL_MIN; day <= CIVIL_MAX; day += 97)
                assert_true(calendar_covers(&calendar_plain, day));
        assert_true(calendar_works(&calendar_plain, on("2023-12-25")));
        assert_false(calendar_works(&calendar_plain, on("2023-12-24")));
}

static void every_day_of_the_published_years_agrees_with_walking(void **state)
{
        struct calendar calendar = england_and_wales();

        (void)state;
        for (int32_t day = on("2011-12-01"); day <= on("2029-02-01"); day++) {
                assert_int_equal(calendar_works(&calendar, day), walk_works(&calendar, day));
                assert_int_equal(calendar_on_or_before(&calendar, day), walk_back(&calendar, day));
                for (int32_t n = 1; n <= 11; n += 5) {
                        assert_int_equal(calendar_nth_after(&calendar, day, n), walk(&calendar, day, n, 1));
                        assert_int_equal(calendar_nth_before(&calendar, day, n), walk(&calendar, day, n, -1));
                }
        }
}

/* Holidays in runs, on worked and on free days; any week but an empty one. */
static struct calendar generated(uint64_t *seed, struct holiday holidays[CLUSTERED], int32_t first)
{
        struct calendar calendar = {.name = "generated",
                                    .working_week = (uint8_t)(chance(seed) % 127 + 1),
                                    .covers_from = CIVIL_MIN,
                                    .covers_until = CIVIL_MAX};
        int32_t day = first;
        size_t count = 0;

        while (count < CLUSTERED && day <= CIVIL_MAX) {
                holidays[count++] = (struct holiday){.on = day, .name = "generated"};
                day += chance(seed) % 3 ? 1 : (int32_t)(chance(seed) % 40) + 1;
        }
        calendar_settle(&calendar, holidays, count);
        return calendar;
}

static void generated_calendars_agree_with_walking(void **state)
{
        uint64_t seed = seeded("working days");

        (void)state;
        for (int i = 0; i < 300; i++) {
                struct holiday holidays[CLUSTERED];
                int32_t first = i % 10 == 0   ? CIVIL_MIN
                                : i % 10 == 1 ? CIVIL_MAX - 900
                                              : (int32_t)(chance(&seed) % CIVIL_MAX);
                struct calendar calendar = generated(&seed, holidays, first);

                for (int j = 0; j < 40; j++) {
                        int32_t day = civil_add_days(first, (int32_t)(chance(&seed) % 3000) - 200);
                        int32_t n = (int32_t)(chance(&seed) % 60) + 1, walked = 0;
                        int32_t last = civil_add_days(day, (int32_t)(chance(&seed) % 200) - 10);
                        int32_t after = walk(&calendar, day, n, 1), before = walk(&calendar, day, n, -1);

                        for (int32_t d = day; d <= last; d++)
                                walked += walk_works(&calendar, d);
                        assert_int_equal(calendar_count(&calendar, day, last), walked);
                        assert_int_equal(calendar_nth_after(&calendar, day, n), after);
                        assert_int_equal(calendar_nth_before(&calendar, day, n), before);
                        assert_int_equal(calendar_on_or_before(&calendar, day), walk_back(&calendar, day));
                }
        }
}

static void counting_inverts_the_nth_working_day(void **state)
{
        struct calendar calendar = england_and_wales();
        uint64_t seed = seeded("counting");

        (void)state;
        for (int i = 0; i < 20000; i++) {
                int32_t day = on("2012-01-01") + (int32_t)(chance(&seed) % 6000);
                int32_t n = (int32_t)(chance(&seed) % 3000) + 1;

                assert_int_equal(calendar_count(&calendar, day + 1, calendar_nth_after(&calendar, day, n)), n);
                assert_int_equal(calendar_count(&calendar, calendar_nth_before(&calendar, day, n), day - 1), n);
        }
        assert_int_equal(calendar_count(&calendar, 10, 9), 0);
        assert_int_equal(calendar_count(&calendar, on("2023-04-07"), on("2023-04-10")), 0);
        assert_int_equal(calendar_count(&calendar_plain, CIVIL_MIN, CIVIL_MAX), 2195890);
}

static void no_count_leaves_the_range(void **state)
{
        struct calendar calendar = england_and_wales();

        (void)state;
        assert_int_equal(calendar_nth_after(&calendar, CIVIL_MIN, INT32_MAX), CIVIL_MAX);
        assert_int_equal(calendar_nth_after(&calendar, CIVIL_MAX, 1), CIVIL_MAX);
        assert_int_equal(calendar_nth_before(&calendar, CIVIL_MAX, INT32_MAX), CIVIL_MIN);
        assert_int_equal(calendar_nth_before(&calendar, CIVIL_MIN, 1), CIVIL_MIN);
        assert_int_equal(calendar_on_or_before(&calendar, CIVIL_MIN), CIVIL_MIN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(worked_dates_of_working_days),
                cmocka_unit_test(the_last_working_day_on_or_before_a_due_date),
                cmocka_unit_test(a_holiday_is_found_by_its_day),
                cmocka_unit_test(the_published_span_includes_both_its_ends),
                cmocka_unit_test(every_day_of_the_published_years_agrees_with_walking),
                cmocka_unit_test(generated_calendars_agree_with_walking),
                cmocka_unit_test(counting_inverts_the_nth_working_day),
                cmocka_unit_test(no_count_leaves_the_range),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
