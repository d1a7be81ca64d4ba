/*
 * Civil dates: every day of the range against a walk that only knows how long
 * months are, month addition against a model that steps month by month, and the
 * cases on which date libraries differ.
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
#include "mappad/civil.h"

static int model_length(int year, int month)
{
        static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return month == 2 && leap ? 29 : lengths[month - 1];
}

/* The next day, by counting on. */
static struct civil model_next(struct civil date)
{
        if (date.day < model_length(date.year, date.month))
                return (struct civil){date.year, date.month, date.day + 1};
        if (date.month < 12)
                return (struct civil){date.year, date.month + 1, 1};
        return (struct civil){date.year + 1, 1, 1};
}

static void every_day_comes_back_from_its_date_and_follows_the_day_before(void **state)
{
        struct civil expected = {1583, 1, 1};
        unsigned weekday = WEEKDAY_SAT;

        (void)state;
        for (int32_t day = CIVIL_MIN; day <= CIVIL_MAX; day++) {
                struct civil date = civil_to_date(day);

                if (memcmp(&date, &expected, sizeof date) != 0 || civil_from_date(date) != day ||
                    civil_weekday(day) != weekday)
                        fail_msg("day %d is %d-%d-%d", day, date.year, date.month, date.day);
                expected = model_next(expected);
                weekday = (weekday + 1) % 7;
        }
        assert_int_equal(expected.year, 10000);
}

static void every_day_is_read_back_from_its_text(void **state)
{
        (void)state;
        for (int32_t day = CIVIL_MIN; day <= CIVIL_MAX; day++) {
                char text[CIVIL_TEXT_SIZE];
                int32_t read = CIVIL_NONE;

                civil_format(day, text);
                if (strlen(text) != 10 || !civil_parse(text, 10, &read) || read != day)
                        fail_msg("day %d is written %s and read as %d", day, text, read);
        }
}

static void known_days_have_known_numbers(void **state)
{
        static const struct {
                const char *text;
                int32_t day;
                enum weekday weekday;
        } known[] = {
                {"1970-01-01", 0, WEEKDAY_THU},         {"2000-03-01", 11017, WEEKDAY_WED},
                {"1583-01-01", CIVIL_MIN, WEEKDAY_SAT}, {"9999-12-31", CIVIL_MAX, WEEKDAY_FRI},
                {"2022-12-26", 19352, WEEKDAY_MON},     {"1969-12-31", -1, WEEKDAY_WED},
                {"2023-03-31", 19447, WEEKDAY_FRI},     {"2024-02-29", 19782, WEEKDAY_THU},
                {"1900-03-01", -25508, WEEKDAY_THU},
        };

        (void)state;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
                assert_int_equal(on(known[i].text), known[i].day);
                assert_int_equal(civil_weekday(known[i].day), known[i].weekday);
        }
}

static void what_is_no_date_is_not_read(void **state)
{
        static const char *const refused[] = {
                "2023-02-29",
                "2023-02:28",
                "2023:02-28",
                "1900-02-29",
                "2100-02-29",
                "2023-04-31",
                "2023-00-10",
                "2023-13-01",
                "2023-01-00",
                "2023-01-32",
                "1582-12-31",
                "0000-01-01",
                "2023-1-01",
                "2023-01-1",
                "2023/01/01",
                " 2023-01-01",
                "2023-01-01 ",
                "+023-01-01",
                "-023-01-01",
                "20x3-01-01",
                "2023-0a-01",
                "2023-01-0:",
                "",
                "2023",
                "10000-01-01",
                "20230101",
                "2023-01-01T00:00:00Z",
                "2023-01--1",
                "202\xd9\xa3-01-01",
        };
        int32_t day = 77;

        (void)state;
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
                if (civil_parse(refused[i], strlen(refused[i]), &day))
                        fail_msg("\"%s\" was read as a date", refused[i]);
        assert_false(civil_parse("2023-01-01\n", 11, &day));
        assert_false(civil_parse("2023-01-\0001", 10, &day));
        assert_int_equal(day, 77);
        assert_true(civil_parse("2024-02-29", 10, &day));
        assert_true(civil_parse("2000-02-29", 10, &day));
        assert_true(civil_parse("2023-01-01xyz", 10, &day));
}

static void only_dates_in_range_exist(void **state)
{
        static const struct civil none[] = {{1582, 12, 31}, {10000, 1, 1}, {2023, 0, 1},
                                            {2023, 13, 1},  {2023, 1, 0},  {2023, 2, 29},
                                            {2023, -1, 1},  {-1, 1, 1},    {2023, 1, INT32_MAX}};

        (void)state;
        for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
                assert_false(civil_exists(none[i]));
        assert_true(civil_exists((struct civil){2024, 2, 29}));
}

static void months_have_their_lengths(void **state)
{
        (void)state;
        for (int year = 1583; year <= 9999; year++)
                for (int month = 1; month <= 12; month++)
                        assert_int_equal(civil_month_length(year, month), model_length(year, month));
}

static const struct {
        const char *why, *from;
        int months;
        const char *gives;
        bool clamped;
} month_table[] = {
        {"no 31 February: its last day", "2023-08-31", -6, "2023-02-28", true},
        {"a leap year has a 29 February", "2024-08-31", -6, "2024-02-29", true},
        {"30 August falls on the same day as 31 August", "2023-08-30", -6, "2023-02-28", true},
        {"no 31 September", "2023-03-31", -6, "2022-09-30", true},
        {"no 31 June", "2023-12-31", -6, "2023-06-30", true},
        {"an ordinary day corresponds", "2023-07-15", -6, "2023-01-15", false},
        {"30 September and four months: 30 January, not 31", "1980-09-30", 4, "1981-01-30", false},
        {"and back is another matter: 28 February gives 28 August", "2023-02-28", 6, "2023-08-28", false},
        {"a leap day and a year", "2024-02-29", 12, "2025-02-28", true},
        {"a leap day and four years", "2024-02-29", 48, "2028-02-29", false},
        {"no leap day in 2100", "2096-02-29", 48, "2100-02-28", true},
        {"a leap day in 2000", "1996-02-29", 48, "2000-02-29", false},
        {"December to January", "2022-12-15", 1, "2023-01-15", false},
        {"January to December", "2023-01-31", -1, "2022-12-31", false},
        {"nothing added", "2023-01-31", 0, "2023-01-31", false},
        {"the last month of the range", "9999-11-30", 1, "9999-12-30", false},
        {"a day behind the range: its last day, and no corresponding date", "9999-12-01", 1, "9999-12-31", true},
        {"a day before the range: its first day", "1583-01-31", -1, "1583-01-01", true},
};

static void months_give_the_corresponding_date_or_the_last_day(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof month_table / sizeof month_table[0]; i++) {
                bool clamped = false;
                int32_t day = civil_add_months_exact(on(month_table[i].from), month_table[i].months, &clamped);

                if (day != on(month_table[i].gives) || clamped != month_table[i].clamped)
                        fail_msg("%s", month_table[i].why);
                assert_int_equal(civil_add_months(on(month_table[i].from), month_table[i].months), day);
        }
}

/* From every day of the range, a step of a few months by going month by month. */
static void month_addition_agrees_with_stepping(void **state)
{
        uint64_t seed = seeded("month addition");

        (void)state;
        for (int32_t day = CIVIL_MIN; day <= CIVIL_MAX; day++) {
                struct civil date = civil_to_date(day);
                int months = (int)(chance(&seed) % 61) - 30;
                struct civil model = date;

                for (int i = months; i > 0; i--)
                        model = (struct civil){model.year + (model.month == 12), model.month % 12 + 1, 1};
                for (int i = months; i < 0; i++)
                        model = (struct civil){model.year - (model.month == 1), (model.month + 10) % 12 + 1, 1};
                if (model.year < 1583 || model.year > 9999)
                        continue;
                model.day = model_length(model.year, model.month) < date.day ? model_length(model.year, model.month)
                                                                             : date.day;
                if (civil_add_months(day, months) != civil_from_date(model))
                        fail_msg("%d-%d-%d and %d months", date.year, date.month, date.day, months);
        }
}

static void sums_stop_at_the_ends_of_the_range(void **state)
{
        static const int64_t counts[] = {INT64_MAX, INT64_MAX - 1, INT32_MAX, 120000, (int64_t)4 * CIVIL_MAX};
        static const int32_t days[] = {CIVIL_MIN, -1, 0, 1, CIVIL_MAX};

        (void)state;
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
                for (size_t j = 0; j < sizeof days / sizeof days[0]; j++) {
                        assert_int_equal(civil_add_months(days[j], counts[i]), CIVIL_MAX);
                        assert_int_equal(civil_add_months(days[j], -counts[i] - 1), CIVIL_MIN);
                        if (counts[i] < CIVIL_MAX - CIVIL_MIN)
                                continue;
                        assert_int_equal(civil_add_days(days[j], counts[i]), CIVIL_MAX);
                        assert_int_equal(civil_add_days(days[j], -counts[i] - 1), CIVIL_MIN);
                }
        assert_int_equal(civil_add_days(CIVIL_MAX - 1, 1), CIVIL_MAX);
        assert_int_equal(civil_add_days(CIVIL_MIN + 1, -1), CIVIL_MIN);
        assert_int_equal(civil_add_days(CIVIL_MIN, (int64_t)CIVIL_MAX - CIVIL_MIN), CIVIL_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_day_comes_back_from_its_date_and_follows_the_day_before),
                cmocka_unit_test(every_day_is_read_back_from_its_text),
                cmocka_unit_test(known_days_have_known_numbers),
                cmocka_unit_test(what_is_no_date_is_not_read),
                cmocka_unit_test(only_dates_in_range_exist),
                cmocka_unit_test(months_have_their_lengths),
                cmocka_unit_test(months_give_the_corresponding_date_or_the_last_day),
                cmocka_unit_test(month_addition_agrees_with_stepping),
                cmocka_unit_test(sums_stop_at_the_ends_of_the_range),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
