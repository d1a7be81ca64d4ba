/*
 * Periods: how they are written, how they are refused, and every worked date of
 * the reference, one sentence a row.
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
#include "mappad/period.h"

static const struct {
        const char *why, *from, *period, *gives;
} worked[] = {
        /* Weeks after. */
        {"four weeks of a sentence end on a bank holiday and stay there", "2023-04-03", "4 weeks after", "2023-05-01"},
        {"sixteen weeks of a meeting", "2022-12-06", "16 weeks after", "2023-03-28"},
        {"sixteen weeks end on Boxing Day", "2022-09-05", "16 weeks after", "2022-12-26"},
        {"eight weeks end on Easter Monday", "2023-02-13", "8 weeks after", "2023-04-10"},
        {"eight weeks end on Boxing Day", "2022-10-31", "8 weeks after", "2022-12-26"},
        /* Six months before release. */
        {"there is no 31 February", "2023-08-31", "6 months before", "2023-02-28"},
        {"in a leap year the window opens on 29 February", "2024-08-31", "6 months before", "2024-02-29"},
        {"30 August gives the same day as 31 August", "2023-08-30", "6 months before", "2023-02-28"},
        {"there is no 31 September", "2023-03-31", "6 months before", "2022-09-30"},
        {"there is no 31 June", "2023-12-31", "6 months before", "2023-06-30"},
        {"an ordinary release date", "2023-07-15", "6 months before", "2023-01-15"},
        /* Beginning with. */
        {"three days beginning with a conviction end two days later", "2023-03-31", "3 days beginning with",
         "2023-04-02"},
        {"and run over Easter", "2023-04-06", "3 days beginning with", "2023-04-08"},
        {"ten years end the day before", "2020-06-15", "10 years beginning with", "2030-06-14"},
        {"ten years from a leap day", "2024-02-29", "10 years beginning with", "2034-02-28"},
        {"half of seven years", "2020-06-15", "42 months beginning with", "2023-12-14"},
        {"half of five years, with no corresponding date", "2021-08-31", "30 months beginning with", "2024-02-29"},
        {"half of two years: the twelve months of a youth caution", "2020-06-15", "1 year beginning with",
         "2021-06-14"},
        {"a prevention order of five years", "2022-11-09", "5 years beginning with", "2027-11-08"},
        {"fifteen years of notification", "2008-05-03", "15 years beginning with", "2023-05-02"},
        {"a review may be sought the day after them", "2008-05-03", "15 years after", "2023-05-03"},
        {"one week beginning with a Monday ends on Sunday", "2023-04-03", "1 week beginning with", "2023-04-09"},
        {"a month beginning with the first ends with the month", "2023-01-01", "1 month beginning with", "2023-01-31"},
        {"the day itself", "2023-04-03", "1 day beginning with", "2023-04-03"},
        /* Years after. */
        {"within one year after a notification", "2023-03-14", "1 year after", "2024-03-14"},
        {"within one year after a leap day", "2024-02-29", "1 year after", "2025-02-28"},
        {"four months of 30 September", "1980-09-30", "4 months after", "1981-01-30"},
        /* Working days. */
        {"five working days over Easter", "2023-04-05", "5 working days after", "2023-04-14"},
        {"ten working days over Easter", "2023-04-05", "10 working days after", "2023-04-21"},
        {"five working days over Christmas", "2022-12-20", "5 working days after", "2022-12-29"},
        {"ten working days over the new year", "2022-12-20", "10 working days after", "2023-01-06"},
        {"five working days over a state funeral", "2022-09-13", "5 working days after", "2022-09-21"},
        {"ten working days over a coronation", "2023-05-03", "10 working days after", "2023-05-18"},
        {"a working day counts as the first", "2023-04-05", "2 working days beginning with", "2023-04-06"},
        {"a holiday does not", "2023-04-07", "2 working days beginning with", "2023-04-12"},
        {"one working day beginning with a working day is that day", "2023-04-05", "1 working day beginning with",
         "2023-04-05"},
        {"one working day before Easter Tuesday", "2023-04-11", "1 working day before", "2023-04-06"},
        /* Clear days. */
        {"seven clear days before a departure", "2023-07-15", "7 clear days before", "2023-07-07"},
        {"seven days before it are a day more", "2023-07-15", "7 days before", "2023-07-08"},
        {"three clear working days before a Friday leave out the weekend", "2023-10-20", "3 clear working days before",
         "2023-10-16"},
        {"two clear weeks before", "2023-07-15", "2 clear weeks before", "2023-06-30"},
        {"a bare period counts as after", "2023-04-03", "2 weeks", "2023-04-17"},
};

static struct period read_period(const char *text)
{
        struct period period = {.count = 0};
        enum period_problem problem = period_parse(text, &period);

        if (problem != PERIOD_FINE && problem != PERIOD_NO_PHRASE)
                fail_msg("\"%s\": %s", text, period_problem_sentence(problem));
        return period;
}

static void worked_dates_of_the_reference(void **state)
{
        struct calendar calendar = england_and_wales();

        (void)state;
        for (size_t i = 0; i < sizeof worked / sizeof worked[0]; i++) {
                int32_t day = period_from(read_period(worked[i].period), &calendar, on(worked[i].from));
                char text[CIVIL_TEXT_SIZE];

                civil_format(day, text);
                if (strcmp(text, worked[i].gives) != 0)
                        fail_msg("%s: %s of %s is %s, not %s", worked[i].why, worked[i].period, worked[i].from,
                                 worked[i].gives, text);
        }
}

static void every_phrase_is_written_as_it_is_read(void **state)
{
        static const char *const units[] = {"day", "week", "month", "year", "working day"};
        static const char *const phrases[] = {" after", " beginning with", " before", ""};
        uint64_t seed = seeded("period texts");

        (void)state;
        for (int i = 0; i < 4000; i++) {
                int32_t count = i % 4 == 0 ? 1 : (int32_t)(chance(&seed) % PERIOD_COUNT_MAX) + 1;
                size_t unit = chance(&seed) % 5, phrase = chance(&seed) % 4;
                bool clear = phrase == 2 && unit != 2 && unit != 3 && chance(&seed) % 2;
                char text[PERIOD_TEXT_SIZE], written[PERIOD_TEXT_SIZE];
                struct period period;

                snprintf(text, sizeof text, "%d %s%s%s%s", count, clear ? "clear " : "", units[unit],
                         count == 1 ? "" : "s", phrases[phrase]);
                period = read_period(text);
                assert_int_equal(period.count, count);
                assert_int_equal(period.unit, unit);
                period_format(period, written);
                assert_string_equal(written, text);
        }
}

static void the_longest_text_fits(void **state)
{
        char text[PERIOD_TEXT_SIZE];

        (void)state;
        period_format((struct period){PERIOD_COUNT_MAX, PERIOD_WORKING_DAYS, PERIOD_BEGINNING_WITH}, text);
        assert_string_equal(text, "100000 working days beginning with");
        period_format((struct period){PERIOD_COUNT_MAX, PERIOD_WORKING_DAYS, PERIOD_CLEAR_BEFORE}, text);
        assert_string_equal(text, "100000 clear working days before");
}

static const struct {
        const char *text;
        enum period_problem problem;
} refused[] = {
        {"", PERIOD_NOT_A_NUMBER},
        {"weeks after", PERIOD_NOT_A_NUMBER},
        {"-1 week after", PERIOD_NOT_A_NUMBER},
        {"+1 week after", PERIOD_NOT_A_NUMBER},
        {" 1 week after", PERIOD_NOT_A_NUMBER},
        {"1.5 weeks after", PERIOD_NOT_A_NUMBER},
        {"016 weeks after", PERIOD_NOT_A_NUMBER},
        {"16weeks after", PERIOD_NOT_A_NUMBER},
        {"a week after", PERIOD_NOT_A_NUMBER},
        {"0 weeks after", PERIOD_OUT_OF_RANGE},
        {"100001 days after", PERIOD_OUT_OF_RANGE},
        {"99999999999999999999 days after", PERIOD_OUT_OF_RANGE},
        {"16", PERIOD_UNKNOWN_UNIT},
        {"16 ", PERIOD_UNKNOWN_UNIT},
        {"16 wks after", PERIOD_UNKNOWN_UNIT},
        {"16  weeks after", PERIOD_UNKNOWN_UNIT},
        {"16 Weeks after", PERIOD_UNKNOWN_UNIT},
        {"2 working weeks after", PERIOD_UNKNOWN_UNIT},
        {"2 clear", PERIOD_UNKNOWN_UNIT},
        {"3 fortnights after", PERIOD_UNKNOWN_UNIT},
        {"72 hours after", PERIOD_HOURS_REFUSED},
        {"0x days after", PERIOD_NOT_A_NUMBER},
        {"1 hour after", PERIOD_HOURS_REFUSED},
        {"90 minutes", PERIOD_HOURS_REFUSED},
        {"16 weeks later", PERIOD_UNKNOWN_PHRASE},
        {"16 weeks  after", PERIOD_UNKNOWN_PHRASE},
        {"16 weeks after ", PERIOD_UNKNOWN_PHRASE},
        {"16 weeks beginning", PERIOD_UNKNOWN_PHRASE},
        {"16 weeks ", PERIOD_UNKNOWN_PHRASE},
        {"7 clear days after", PERIOD_UNKNOWN_PHRASE},
        {"7 clear days", PERIOD_UNKNOWN_PHRASE},
        {"2 clear months before", PERIOD_CLEAR_NEEDS_DAYS},
        {"1 clear year before", PERIOD_CLEAR_NEEDS_DAYS},
};

static void what_does_not_say_how_it_counts_is_refused(void **state)
{
        struct period period = {-7, PERIOD_YEARS, PERIOD_AFTER};

        (void)state;
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
                enum period_problem problem = period_parse(refused[i].text, &period);

                if (problem != refused[i].problem)
                        fail_msg("\"%s\": %s", refused[i].text, period_problem_sentence(problem));
                assert_int_equal(period.count, -7);
        }
        assert_int_equal(period_parse("1 week", &period), PERIOD_NO_PHRASE);
        assert_int_equal(period.phrase, PERIOD_BARE);
        assert_string_equal(period_problem_sentence(PERIOD_HOURS_REFUSED), "hours are refused: the law counts days");
        assert_string_equal(period_problem_sentence(PERIOD_FINE), "the period is fine");
        assert_string_equal(period_problem_sentence(PERIOD_NO_PHRASE), "a period says how it counts: after, beginning with, before");
}

static void repetitions_are_counted_from_the_anchor(void **state)
{
        struct calendar calendar = england_and_wales();

        (void)state;
        assert_int_equal(period_repeated(read_period("1 month"), &calendar, on("2023-01-31"), 2), on("2023-03-31"));
        assert_int_equal(period_repeated(read_period("1 week"), &calendar, on("2023-01-31"), 3), on("2023-02-21"));
        assert_int_equal(period_repeated(read_period("2 working days"), &calendar, on("2023-04-05"), 2),
                         on("2023-04-13"));
        assert_int_equal(period_repeated(read_period("1 year"), &calendar, on("2024-02-29"), 4), on("2028-02-29"));
        assert_int_equal(period_repeated((struct period){0}, &calendar, on("2023-01-31"), 0), on("2023-01-31"));
        assert_int_equal(period_repeated(read_period("100000 working days"), &calendar, 0, INT32_MAX), CIVIL_MAX);
        assert_int_equal(period_repeated(read_period("100000 years"), &calendar, 0, INT32_MAX), CIVIL_MAX);
}

static void only_days_and_weeks_have_a_length(void **state)
{
        (void)state;
        assert_int_equal(period_days(read_period("16 weeks after")), 112);
        assert_int_equal(period_days(read_period("3 days beginning with")), 3);
        assert_int_equal(period_days(read_period("6 months before")), 0);
        assert_int_equal(period_days(read_period("1 year after")), 0);
        assert_int_equal(period_days(read_period("5 working days after")), 0);
}

static const struct {
        const char *why, *from, *period, *other;
} ambiguous[] = {
        {"31 January and a month could be 3 March", "2023-01-31", "1 month after", "2023-03-03"},
        {"30 January too, by 2 March", "2023-01-30", "1 month after", "2023-03-02"},
        {"29 January in a leap year could not", "2024-01-29", "1 month after", NULL},
        {"six months before 31 August could begin on 1 March", "2023-08-31", "6 months before", "2023-03-01"},
        {"a leap day and a year could be 1 March", "2024-02-29", "1 year after", "2025-03-01"},
        {"ten years beginning with a leap day are sure", "2024-02-29", "10 years beginning with", NULL},
        {"thirty months beginning with 31 August are not", "2021-08-31", "30 months beginning with", "2024-03-01"},
        {"weeks are sure", "2023-01-31", "4 weeks after", NULL},
        {"and clear days", "2023-01-31", "4 clear days before", NULL},
        {"the beginning of the range is no month end", "1583-01-31", "2 months before", NULL},
        {"so are working days", "2023-01-31", "4 working days after", NULL},
        {"the end of the range is no month end", "9999-12-31", "1 month after", NULL},
};

static void a_month_without_the_day_is_ambiguous(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof ambiguous / sizeof ambiguous[0]; i++) {
                int32_t other = CIVIL_NONE;
                bool found = period_ambiguous(read_period(ambiguous[i].period), on(ambiguous[i].from), &other);

                if (found != (ambiguous[i].other != NULL) || other != (found ? on(ambiguous[i].other) : CIVIL_NONE))
                        fail_msg("%s", ambiguous[i].why);
        }
}

/* What must hold from any day, whatever the period. */
static void phrases_keep_their_relations(void **state)
{
        struct calendar calendar = england_and_wales();
        uint64_t seed = seeded("phrases");

        (void)state;
        for (int i = 0; i < 100000; i++) {
                int32_t day = (int32_t)(chance(&seed) % 40000) - 10000;
                struct period period = {(int32_t)(chance(&seed) % 200) + 1, (enum period_unit)(chance(&seed) % 5),
                                        PERIOD_AFTER};
                int32_t after = period_from(period, &calendar, day), begun;

                assert_true(after > day);
                period.phrase = PERIOD_BEGINNING_WITH;
                begun = period_from(period, &calendar, day);
                assert_true(begun <= after && begun >= day);
                if (period.unit == PERIOD_DAYS || period.unit == PERIOD_WEEKS) {
                        assert_int_equal(begun, after - 1);
                        assert_int_equal(after - day, period_days(period));
                }
                period.phrase = PERIOD_BEFORE;
                if (period_days(period) > 0)
                        assert_int_equal(period_from(period, &calendar, after), day);
                else
                        assert_true(period_from(period, &calendar, day) < day);
        }
}

static void no_period_leaves_the_range(void **state)
{
        struct calendar calendar = england_and_wales();

        (void)state;
        for (int unit = PERIOD_DAYS; unit <= PERIOD_WORKING_DAYS; unit++)
                for (int phrase = PERIOD_AFTER; phrase <= PERIOD_BARE; phrase++) {
                        struct period period = {PERIOD_COUNT_MAX, (enum period_unit)unit, (enum period_phrase)phrase};
                        bool back = phrase == PERIOD_BEFORE || phrase == PERIOD_CLEAR_BEFORE;

                        assert_int_equal(period_from(period, &calendar, back ? CIVIL_MIN : CIVIL_MAX),
                                         back ? CIVIL_MIN : CIVIL_MAX);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(worked_dates_of_the_reference),
                cmocka_unit_test(every_phrase_is_written_as_it_is_read),
                cmocka_unit_test(the_longest_text_fits),
                cmocka_unit_test(what_does_not_say_how_it_counts_is_refused),
                cmocka_unit_test(repetitions_are_counted_from_the_anchor),
                cmocka_unit_test(only_days_and_weeks_have_a_length),
                cmocka_unit_test(a_month_without_the_day_is_ambiguous),
                cmocka_unit_test(phrases_keep_their_relations),
                cmocka_unit_test(no_period_leaves_the_range),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
