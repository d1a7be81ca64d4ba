/*
 * figures_period - the days that a report is about: a year of its own, a quarter of
 * it, or whatever days are asked for.
 *
 * A year is named by the calendar years it lies in, and a quarter by its year: the
 * third of 2022-23 is from October to December of 2022 where years begin in April.
 */
#include <stdio.h>
#include <string.h>

#include "figures.h"

#define QUARTERS 4
#define YEAR_LEAST 1600
#define YEAR_MOST 9900

/* Whether a report's year is that of the calendar, and so has one number. */
static bool is_calendar_year(const struct report *report)
{
        return report->year_month == 1 && report->year_day == 1;
}

/* ---- days ---- */

/* A year, or the quarter 1 .. 4 of it. */
static void name_days(const struct report *report, int year, int quarter, struct app_figures_year *ret_year)
{
        int32_t begins = civil_from_date((struct civil){year, report->year_month, report->year_day});
        int32_t months = quarter == 0 ? 0 : 3 * (quarter - 1);
        int used;

        ret_year->first = civil_add_months(begins, months);
        ret_year->until = civil_add_days(civil_add_months(begins, quarter == 0 ? 12 : months + 3), -1);
        ret_year->last = ret_year->until;
        used = is_calendar_year(report) ? snprintf(ret_year->year, APP_YEAR_SIZE, "%04u", (unsigned)year % 10000u)
                                        : snprintf(ret_year->year, APP_YEAR_SIZE, "%04u-%02u", (unsigned)year % 10000u,
                                                   ((unsigned)year + 1u) % 100u);
        if (quarter > 0)
                snprintf(ret_year->year + used, APP_YEAR_SIZE - (size_t)used, "-Q%u", (unsigned)quarter % 10u);
}

static void name_span(int32_t first, int32_t last, struct app_figures_year *ret_year)
{
        char from[CIVIL_TEXT_SIZE], to[CIVIL_TEXT_SIZE];

        civil_format(first, from);
        civil_format(last, to);
        ret_year->first = first;
        ret_year->until = ret_year->last = last;
        snprintf(ret_year->year, APP_YEAR_SIZE, "%.10s..%.10s", from, to);
}

/* The number of the year, or of the quarter counted from year 0 on, that holds a day. */
static int number_of(const struct report *report, int32_t day, bool quarterly)
{
        int year = civil_to_date(day).year, quarter = 1;

        if (civil_from_date((struct civil){year, report->year_month, report->year_day}) > day)
                year--;
        int32_t begins = civil_from_date((struct civil){year, report->year_month, report->year_day});
        while (quarter < QUARTERS && civil_add_months(begins, 3 * quarter) <= day)
                quarter++;
        return quarterly ? year * QUARTERS + quarter - 1 : year;
}

static void name_number(const struct report *report, int number, bool quarterly, struct app_figures_year *ret_year)
{
        if (quarterly)
                name_days(report, number / QUARTERS, number % QUARTERS + 1, ret_year);
        else
                name_days(report, number, 0, ret_year);
}

void figures_trend(const struct report *report, int32_t day, struct app_figures_year *ret_quarters)
{
        int newest = number_of(report, day, true), count = (int)report->trend_quarters;

        for (int i = 0; i < count; i++)
                name_number(report, newest - count + 1 + i, true, &ret_quarters[i]);
        if (count > 0 && ret_quarters[count - 1].last > day)
                ret_quarters[count - 1].last = day;
}

/* ---- words ---- */

static bool digits(const char *text, size_t count, int *ret_number)
{
        int number = 0;

        for (size_t i = 0; i < count; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                number = number * 10 + (text[i] - '0');
        }
        *ret_number = number;
        return true;
}

/* "-Q3" at the end of a text; 0 without. *length becomes that of what is before it. */
static int quarter_at_end(const char *text, size_t *length)
{
        const char *end = text + *length;

        if (*length < 3 || end[-3] != '-' || (end[-2] != 'Q' && end[-2] != 'q') || end[-1] < '1' || end[-1] > '4')
                return 0;
        *length -= 3;
        return end[-1] - '0';
}

static bool year_parse(const struct report *report, const char *text, int *ret_year, int *ret_quarter)
{
        size_t length = strlen(text);
        int year = 0, next = 0, quarter = quarter_at_end(text, &length);

        if (length < 4 || !digits(text, 4, &year) || year < YEAR_LEAST || year > YEAR_MOST)
                return false;
        bool whole = !is_calendar_year(report) && length == 7 && text[4] == '-' && digits(text + 5, 2, &next) &&
                     next == (year + 1) % 100;
        if (!whole && (length != 4 || (quarter == 0 && !is_calendar_year(report))))
                return false;
        *ret_year = year;
        *ret_quarter = quarter;
        return true;
}

static void before_span(int32_t from, int32_t to, struct app_figures_year *ret_year)
{
        name_span(civil_add_days(from, from - to - 1), civil_add_days(from, -1), ret_year);
}

static bool take_span(const struct app_figures_question *question, struct app_figures_answer *answer,
                      struct wire_problem *problem)
{
        if (question->year != NULL) {
                wire_problem_set(problem, "contradiction", "from", "a year is asked for, and other days: ask for one");
                return false;
        }
        if (question->from == CIVIL_NONE || question->to == CIVIL_NONE) {
                wire_problem_set(problem, "bad-year", question->from == CIVIL_NONE ? "from" : "to",
                                 "\"from\" and \"to\" are asked for together");
                return false;
        }
        if (question->from > question->to || question->to - question->from >= REPORT_PERIOD_MAX ||
            question->from < CIVIL_MIN + 2 * REPORT_PERIOD_MAX) {
                wire_problem_set(problem, "bad-year", "to", "\"to\" is no earlier than \"from\" and at most %d days on",
                                 REPORT_PERIOD_MAX - 1);
                return false;
        }
        name_span(question->from, question->to, &answer->now);
        before_span(question->from, question->to, &answer->before);
        return true;
}

static bool take_year(const struct report *report, const char *text, struct app_figures_answer *answer,
                      struct wire_problem *problem)
{
        int year = 0, quarter = 0;

        if (!year_parse(report, text, &year, &quarter)) {
                wire_problem_set(problem, "bad-year", "year", "\"%s\" is no year of this report: write %s", text,
                                 is_calendar_year(report) ? "YYYY, such as 2022, or YYYY-Qn for a quarter"
                                                          : "YYYY-YY, such as 2022-23, or YYYY-YY-Qn for a quarter");
                return false;
        }
        name_days(report, year, quarter, &answer->now);
        if (quarter > 0)
                name_number(report, year * QUARTERS + quarter - 2, true, &answer->before);
        else
                name_days(report, year - 1, 0, &answer->before);
        return true;
}

/* The last that was over at the end of a day. */
static void take_last(const struct report *report, int32_t day, struct app_figures_answer *answer)
{
        int number = number_of(report, day, report->quarterly);

        name_number(report, number, report->quarterly, &answer->now);
        if (answer->now.until > day)
                name_number(report, --number, report->quarterly, &answer->now);
        name_number(report, number - 1, report->quarterly, &answer->before);
}

bool figures_period(const struct app_figures_question *question, int32_t day, struct app_figures_answer *answer,
                    struct wire_problem *problem)
{
        int asked = civil_to_date(day).year;
        bool good = true;

        if (asked < YEAR_LEAST || asked > YEAR_MOST) {
                wire_problem_set(problem, "bad-year", "as-of", "reports are of the years %d to %d", YEAR_LEAST,
                                 YEAR_MOST);
                return false;
        }
        if (question->from != CIVIL_NONE || question->to != CIVIL_NONE)
                good = take_span(question, answer, problem);
        else if (question->year != NULL)
                good = take_year(answer->report, question->year, answer, problem);
        else
                take_last(answer->report, day, answer);
        if (!good)
                return false;
        if (day < answer->now.first) {
                wire_problem_set(problem, "bad-year", "year", "%s has not begun on the day asked about",
                                 answer->now.year);
                return false;
        }
        if (day < answer->now.until)
                answer->now.last = day;
        return true;
}
