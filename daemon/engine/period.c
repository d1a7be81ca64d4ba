/*
 * period - the phrases of the law that turn a day into another.
 *
 * A phrase says whether the anchor's own day counts; nothing is guessed, and no
 * answer ever rolls because of a weekend. Every date is counted from its
 * anchor: 31 August less six months is 28 February, and nobody comes back from
 * there to 31 August.
 */
#include "mappad/period.h"
#include "mappad/civil.h"
#include "mappad/ensure.h"

#include <string.h>

#define MONTHS_A_YEAR 12

/* By enum period_unit; the singular comes by leaving out the last letter. */
static const char *const unit_words[] = {"days", "weeks", "months", "years", "working days"};
static const char *const refused_words[] = {"hour", "hours", "minute", "minutes", "second", "seconds"};

#define UNIT_COUNT (sizeof(unit_words) / sizeof(unit_words[0]))
#define REFUSED_COUNT (sizeof(refused_words) / sizeof(refused_words[0]))

/* Whether text begins with word of length bytes and the word ends there. */
static bool word_fits(const char *text, const char *word, size_t length)
{
        return strncmp(text, word, length) == 0 && (text[length] == ' ' || text[length] == '\0');
}

/* Steps over a word and the space behind it. */
static const char *word_behind(const char *text, size_t length)
{
        return text[length] == ' ' ? text + length + 1 : text + length;
}

static enum period_problem count_parse(const char **text, int32_t *ret_count)
{
        const char *at = *text;
        int32_t count = 0;

        if (*at == '0' && at[1] >= '0' && at[1] <= '9')
                return PERIOD_NOT_A_NUMBER;
        for (; *at >= '0' && *at <= '9'; at++)
                if (count <= PERIOD_COUNT_MAX)
                        count = count * 10 + (*at - '0');
        if (at == *text || (*at != ' ' && *at != '\0'))
                return PERIOD_NOT_A_NUMBER;
        if (count < 1 || count > PERIOD_COUNT_MAX)
                return PERIOD_OUT_OF_RANGE;
        *text = word_behind(at, 0);
        *ret_count = count;
        return PERIOD_FINE;
}

static enum period_problem unit_parse(const char **text, enum period_unit *ret_unit)
{
        for (size_t i = 0; i < UNIT_COUNT; i++) {
                size_t length = strlen(unit_words[i]);

                if (!word_fits(*text, unit_words[i], length))
                        length--;
                if (!word_fits(*text, unit_words[i], length))
                        continue;
                *text += length;
                *ret_unit = (enum period_unit)i;
                return PERIOD_FINE;
        }
        for (size_t i = 0; i < REFUSED_COUNT; i++)
                if (word_fits(*text, refused_words[i], strlen(refused_words[i])))
                        return PERIOD_HOURS_REFUSED;
        return PERIOD_UNKNOWN_UNIT;
}

/* text is what stands behind the unit, its space included. */
static enum period_problem phrase_parse(const char *text, bool clear, enum period_phrase *ret_phrase)
{
        if (clear) {
                *ret_phrase = PERIOD_CLEAR_BEFORE;
                return strcmp(text, " before") == 0 ? PERIOD_FINE : PERIOD_UNKNOWN_PHRASE;
        }
        *ret_phrase = PERIOD_BARE;
        if (*text == '\0')
                return PERIOD_NO_PHRASE;
        if (strcmp(text, " after") == 0)
                *ret_phrase = PERIOD_AFTER;
        else if (strcmp(text, " beginning with") == 0)
                *ret_phrase = PERIOD_BEGINNING_WITH;
        else if (strcmp(text, " before") == 0)
                *ret_phrase = PERIOD_BEFORE;
        else
                return PERIOD_UNKNOWN_PHRASE;
        return PERIOD_FINE;
}

enum period_problem period_parse(const char *text, struct period *ret_period)
{
        struct period period;
        enum period_problem problem;
        bool clear;

        problem = count_parse(&text, &period.count);
        if (problem != PERIOD_FINE)
                return problem;
        clear = word_fits(text, "clear", 5);
        if (clear)
                text = word_behind(text, 5);
        problem = unit_parse(&text, &period.unit);
        if (problem != PERIOD_FINE)
                return problem;
        if (clear && (period.unit == PERIOD_MONTHS || period.unit == PERIOD_YEARS))
                return PERIOD_CLEAR_NEEDS_DAYS;
        problem = phrase_parse(text, clear, &period.phrase);
        if (problem == PERIOD_FINE || problem == PERIOD_NO_PHRASE)
                *ret_period = period;
        return problem;
}

const char *period_problem_sentence(enum period_problem problem)
{
        switch (problem) {
        case PERIOD_FINE:
                return "the period is fine";
        case PERIOD_NOT_A_NUMBER:
                return "a period begins with a whole number, without sign or leading zero";
        case PERIOD_OUT_OF_RANGE:
                return "the number of a period is between 1 and 100000";
        case PERIOD_UNKNOWN_UNIT:
                return "the unit is one of days, weeks, months, years, working days";
        case PERIOD_HOURS_REFUSED:
                return "hours are refused: the law counts days";
        case PERIOD_NO_PHRASE:
                return "a period says how it counts: after, beginning with, before";
        case PERIOD_UNKNOWN_PHRASE:
                return "behind the unit stands after, beginning with or before; a clear period is always before";
        case PERIOD_CLEAR_NEEDS_DAYS:
                return "only days, weeks and working days can be clear";
        }
        ENSURE(false);
}

static size_t put(char *text, size_t at, const char *word)
{
        size_t length = strlen(word);

        ENSURE(at + length < PERIOD_TEXT_SIZE);
        memcpy(text + at, word, length + 1);
        return at + length;
}

static size_t put_count(char *text, int32_t count)
{
        char digits[11];
        size_t at = sizeof(digits) - 1;

        digits[at] = '\0';
        do {
                digits[--at] = (char)('0' + count % 10);
                count /= 10;
        } while (count > 0);
        return put(text, 0, digits + at);
}

static const char *phrase_word(enum period_phrase phrase)
{
        switch (phrase) {
        case PERIOD_AFTER:
                return " after";
        case PERIOD_BEGINNING_WITH:
                return " beginning with";
        case PERIOD_BEFORE:
        case PERIOD_CLEAR_BEFORE:
                return " before";
        case PERIOD_BARE:
                return "";
        }
        ENSURE(false);
}

void period_format(struct period period, char text[static PERIOD_TEXT_SIZE])
{
        size_t at;

        ENSURE(period.count >= 0);
        at = put_count(text, period.count);
        at = put(text, at, period.phrase == PERIOD_CLEAR_BEFORE ? " clear " : " ");
        at = put(text, at, unit_words[period.unit]);
        if (period.count == 1)
                text[--at] = '\0';
        put(text, at, phrase_word(period.phrase));
}

static int64_t period_months(struct period period)
{
        return period.unit == PERIOD_YEARS ? (int64_t)period.count * MONTHS_A_YEAR : period.count;
}

static int32_t from_days(struct period period, int32_t anchor)
{
        int64_t days = period_days(period);

        switch (period.phrase) {
        case PERIOD_AFTER:
        case PERIOD_BARE:
                return civil_add_days(anchor, days);
        case PERIOD_BEGINNING_WITH:
                return civil_add_days(anchor, days - 1);
        case PERIOD_BEFORE:
                return civil_add_days(anchor, -days);
        case PERIOD_CLEAR_BEFORE:
                return civil_add_days(anchor, -days - 1);
        }
        ENSURE(false);
}

static int32_t from_months(struct period period, int32_t anchor)
{
        bool missing;
        int32_t day;

        switch (period.phrase) {
        case PERIOD_AFTER:
        case PERIOD_BARE:
                return civil_add_months(anchor, period_months(period));
        case PERIOD_BEGINNING_WITH:
                day = civil_add_months_exact(anchor, period_months(period), &missing);
                return missing ? day : day - 1;
        case PERIOD_BEFORE:
        case PERIOD_CLEAR_BEFORE: /* the parser refuses it for months */
                return civil_add_months(anchor, -period_months(period));
        }
        ENSURE(false);
}

static int32_t from_working_days(struct period period, const struct calendar *calendar, int32_t anchor)
{
        int32_t rest = period.count;

        switch (period.phrase) {
        case PERIOD_AFTER:
        case PERIOD_BARE:
                return calendar_nth_after(calendar, anchor, rest);
        case PERIOD_BEGINNING_WITH:
                rest -= calendar_works(calendar, anchor);
                return rest > 0 ? calendar_nth_after(calendar, anchor, rest) : anchor;
        case PERIOD_BEFORE:
                return calendar_nth_before(calendar, anchor, rest);
        case PERIOD_CLEAR_BEFORE:
                return calendar_nth_before(calendar, anchor, rest + 1);
        }
        ENSURE(false);
}

int32_t period_from(struct period period, const struct calendar *calendar, int32_t anchor)
{
        ENSURE(period.count >= 1 && period.count <= PERIOD_COUNT_MAX);
        switch (period.unit) {
        case PERIOD_DAYS:
        case PERIOD_WEEKS:
                return from_days(period, anchor);
        case PERIOD_MONTHS:
        case PERIOD_YEARS:
                return from_months(period, anchor);
        case PERIOD_WORKING_DAYS:
                return from_working_days(period, calendar, anchor);
        }
        ENSURE(false);
}

int32_t period_repeated(struct period period, const struct calendar *calendar, int32_t anchor, int32_t times)
{
        int64_t count;

        if (times == 0)
                return anchor;
        ENSURE(period.phrase == PERIOD_AFTER || period.phrase == PERIOD_BARE);
        ENSURE(times > 0 && period.count >= 1);
        count = (int64_t)period.count * times;
        switch (period.unit) {
        case PERIOD_DAYS:
                return civil_add_days(anchor, count);
        case PERIOD_WEEKS:
                return civil_add_days(anchor, count * PERIOD_DAYS_A_WEEK);
        case PERIOD_MONTHS:
                return civil_add_months(anchor, count);
        case PERIOD_YEARS:
                return civil_add_months(anchor, count * MONTHS_A_YEAR);
        case PERIOD_WORKING_DAYS:
                return calendar_nth_after(calendar, anchor, count > INT32_MAX ? INT32_MAX : (int32_t)count);
        }
        ENSURE(false);
}

bool period_ambiguous(struct period period, int32_t anchor, int32_t *ret_other)
{
        bool back = period.phrase == PERIOD_BEFORE || period.phrase == PERIOD_CLEAR_BEFORE;
        int64_t months = period_months(period);
        int32_t last, other;
        bool missing;

        if (period.unit != PERIOD_MONTHS && period.unit != PERIOD_YEARS)
                return false;
        last = civil_add_months_exact(anchor, back ? -months : months, &missing);
        if (!missing || last == CIVIL_MIN || last == CIVIL_MAX)
                return false;
        if (back)
                other = last + 1;
        else
                other = last + civil_to_date(anchor).day - civil_to_date(last).day;
        if (period.phrase == PERIOD_BEGINNING_WITH)
                other--;
        if (other == last)
                return false;
        *ret_other = other;
        return true;
}
