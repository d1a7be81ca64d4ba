/*
 * sheet_hints - what whoever saved a spreadsheet probably has to change
 * (sheet_hints.h). Nothing is read by these guesses: they are only said.
 */
#include "sheet_hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/civil.h"
#include "mappad/nearest.h"
#include "mappad/wire.h"

/* Spreadsheets number their days from 30 December 1899. Five digits are the days from 1927 to 2173; what is no date but
 * a number has rarely as many. */
#define SERIAL_DIGITS 5
static const struct civil serial_zero = {.year = 1899, .month = 12, .day = 30};

static bool is_serial(const char *text)
{
        return strlen(text) == SERIAL_DIGITS && strspn(text, "0123456789") == SERIAL_DIGITS;
}

/* "03/04/22" where four digits of the year are asked for last. */
static bool is_short_year(const char *text, const char *format)
{
        const char *digits = "0123456789";
        size_t length = strlen(text), asked = strlen(format);
        if (asked < 4 || strcmp(format + asked - 4, "YYYY") != 0 || length < 6)
                return false;
        return strspn(text + length - 2, digits) == 2 && strchr(digits, text[length - 3]) == NULL;
}

void sheet_date_hint(const char *text, const char *format, int32_t other_way, char hint[static SHEET_HINT_SIZE])
{
        char day[CIVIL_TEXT_SIZE];
        hint[0] = '\0';
        if (other_way != CIVIL_NONE) {
                civil_format(other_way, day);
                snprintf(hint, SHEET_HINT_SIZE, "; with day and month exchanged it would be %s", day);
        } else if (is_serial(text)) {
                civil_format(civil_from_date(serial_zero) + (int32_t)strtol(text, NULL, 10), day);
                snprintf(hint, SHEET_HINT_SIZE,
                         "; as a spreadsheet's number it is %s: give the column a format of dates", day);
        } else if (is_short_year(text, format)) {
                snprintf(hint, SHEET_HINT_SIZE, "; a year has four digits here: give the column such a format");
        } else if (text[0] == '#') {
                snprintf(hint, SHEET_HINT_SIZE, "; it looks like a formula that failed in the sheet");
        }
}

void sheet_code_hint(const char *text, const struct mapping_codes *codes, char hint[static SHEET_HINT_SIZE])
{
        const char **names = calloc(codes->count + 1, sizeof(*names));
        hint[0] = '\0';
        if (names == NULL)
                return;
        for (size_t i = 0; i < codes->count; i++)
                names[i] = codes->list[i].code;
        const char *nearest = nearest_word(text, names, codes->count);
        if (nearest != NULL)
                snprintf(hint, SHEET_HINT_SIZE, "; did you mean \"%s\"?", nearest);
        else
                wire_possible(names, codes->count, hint, SHEET_HINT_SIZE);
        free(names);
}
