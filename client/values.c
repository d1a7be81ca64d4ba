/*
 * values - what a value on the command line has to be (values.h).
 *
 * Judged is what can be told from the value alone. Whether there is such a case, such an input or such a year is for
 * the daemon to say; whatever it would refuse whichever record and rules it has is a wrong call.
 */
#include "values.h"

#include <string.h>

#include "command.h"
#include "mappad/app_forecast.h"
#include "mappad/casefile.h"
#include "mappad/civil.h"
#include "mappad/period.h"
#include "mappad/wire.h"

#define NUMBER_DIGITS 18 /* of numbers that every program can hold */
#define INPUT_DIGITS 12  /* of an input of a report */
#define DIGEST_DIGITS 64
#define DIGEST_LEAST 8 /* digits of the beginning of a digest */
#define DAYS_LENGTH (10 + 2 + 10)

static bool is_date(const char *text)
{
        int32_t day;
        return civil_parse(text, strlen(text), &day);
}

static bool is_instant(const char *text)
{
        int64_t ms;
        return wire_instant_parse(text, strlen(text), &ms);
}

bool is_number(const char *text)
{
        size_t digits = strspn(text, "0123456789");
        return digits > 0 && digits <= NUMBER_DIGITS && text[digits] == '\0' && text[0] != '0';
}

static bool is_number_or_none(const char *text)
{
        return strcmp(text, "0") == 0 || is_number(text);
}

static bool is_weeks(const char *text)
{
        int weeks = 0;
        if (!is_number(text) || strlen(text) > 3)
                return false;
        for (const char *c = text; *c != '\0'; c++)
                weeks = weeks * 10 + (*c - '0');
        return weeks <= APP_FORECAST_WEEKS_MAX;
}

static bool is_days(const char *text)
{
        int32_t first, last;
        return strlen(text) == DAYS_LENGTH && memcmp(text + 10, "..", 2) == 0 && civil_parse(text, 10, &first) &&
               civil_parse(text + 12, 10, &last) && first <= last;
}

/* "after": nothing else says how long ago something was. */
static bool is_period(const char *text)
{
        struct period period;
        return period_parse(text, &period) == PERIOD_FINE && period.phrase == PERIOD_AFTER;
}

static int two_digits(const char *text)
{
        return (text[0] - '0') * 10 + (text[1] - '0');
}

/* "2022-23", "2022", and a quarter of either: which of them a report has is said by the rules. */
static bool is_year(const char *text)
{
        const char *rest = text + 4;
        if (strspn(text, "0123456789") != 4)
                return false;
        if (rest[0] == '-' && strspn(rest + 1, "0123456789") == 2) {
                if (two_digits(rest + 1) != (two_digits(text + 2) + 1) % 100)
                        return false;
                rest += 3;
        }
        if (rest[0] == '-' && (rest[1] == 'Q' || rest[1] == 'q') && rest[2] >= '1' && rest[2] <= '4')
                rest += 3;
        return *rest == '\0';
}

static bool is_input(const char *text)
{
        const char *number = strchr(text, '=');
        size_t digits = number != NULL ? strspn(number + 1, "0123456789") : 0;
        return number != NULL && number != text && memchr(text, ',', (size_t)(number - text)) == NULL && digits > 0 &&
               digits <= INPUT_DIGITS && number[1 + digits] == '\0' && strspn(number + 1, "0") < digits;
}

static bool is_digits(const char *text, size_t least)
{
        size_t digits = strspn(text, "0123456789abcdef");
        return text[digits] == '\0' && digits >= least && digits <= DIGEST_DIGITS;
}

static bool is_digest(const char *text)
{
        return is_digits(text, DIGEST_DIGITS);
}

static bool is_beginning(const char *text)
{
        return is_digits(text, DIGEST_LEAST);
}

static bool is_head(const char *text)
{
        size_t digits = strspn(text, "0123456789");
        return digits > 0 && digits <= NUMBER_DIGITS && strspn(text, "0") < digits && text[digits] == ':' &&
               is_digest(text + digits + 1);
}

_Static_assert(APP_FORECAST_WEEKS_MAX == 104, "the sentence says 104");
#define DIGITS_WANTED " digits 0-9 and a-f"

const struct value_form *value_form_find(const char *word)
{
        static const struct value_form kinds[] = {
                {"CASE", casefile_reference_valid,
                 "2 to 32 capital letters, digits and hyphens, not beginning with a hyphen"},
                {"DATE", is_date, "a date that exists, written YYYY-MM-DD"},
                {"INSTANT", is_instant, "an instant such as 2026-03-30T07:30:00Z"},
                {"N", is_number, "a whole number of at least 1"},
                {"NUMBER", is_number_or_none, "a whole number"},
                {"WEEKS", is_weeks, "a whole number from 1 to 104"},
                {"FROM..TO", is_days,
                 "two dates, the earlier first, as 2026-08-01..2026-08-31; of one day it is both, as "
                 "2026-08-01..2026-08-01"},
                {"PERIOD", is_period, "a period such as \"6 years after\" or \"18 months after\""},
                {"YEAR", is_year, "a year such as 2022-23 or 2022, or a quarter of it, 2022-23-Q3 or 2022-Q3"},
                {"NAME=NUMBER", is_input,
                 "a name and a whole number of 1 to 12 digits, not 0, such as population=942000"},
                {"DIGEST", is_digest, "the 64" DIGITS_WANTED " of a digest"},
                {"BEGINNING", is_beginning, "8 to 64" DIGITS_WANTED ": a digest, or its beginning"},
                {"NUMBER:HASH", is_head, "the number of a line, a colon and the 64" DIGITS_WANTED " of its hash"},
                {"ID", casefile_id_valid, "1 to 64 printable ASCII characters without a blank"},
                {"KEY", casefile_key_valid, "1 to 32 letters, digits and hyphens, not beginning with a hyphen"},
                {NULL, NULL, NULL}};
        const struct value_form *kind = kinds;
        while (kind->word != NULL && strcmp(kind->word, word) != 0)
                kind++;
        return kind->word != NULL ? kind : NULL;
}
