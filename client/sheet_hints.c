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
#define DIGITS "0123456789"
static const struct civil serial_zero = {.year = 1899, .month = 12, .day = 30};

static bool is_serial(const char *text)
{
        return strlen(text) == SERIAL_DIGITS && strspn(text, DIGITS) == SERIAL_DIGITS;
}

void sheet_formats_text(const struct mapping_formats *formats, char text[static SHEET_FORMATS_SIZE])
{
        size_t length = 0;
        text[0] = '\0';
        for (size_t i = 0; i < formats->count && length < SHEET_FORMATS_SIZE; i++)
                length += (size_t)snprintf(text + length, SHEET_FORMATS_SIZE - length, "%s%s", i > 0 ? " or " : "",
                                           formats->list[i]);
}

/* A common format that reads the text and may stand beside those that the column has; NULL: none does. */
static const char *other_format(const char *text, const struct mapping_formats *formats)
{
        static const char *const common[] = {
                "D/M/YYYY",
                "D/M/YY",
                "D.M.YYYY",
                "D.M.YY",
                "D-M-YYYY",
                "D-M-YY",
                "YYYY-MM-DD",
                "D MON YYYY",
                "D MON YY",
                "D-MON-YYYY",
                "D-MON-YY",
                "MON D, YYYY",
                "D/M/YYYY hh:mm",
                "D/M/YYYY hh:mm:ss",
                "D/M/YY hh:mm",
                "YYYY-MM-DD hh:mm",
                "YYYY-MM-DD hh:mm:ss",
                "YYYY-MM-DDThh:mm:ss",
                "D-MON-YYYY hh:mm",
                "D MON YYYY hh:mm",
        };
        for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++) {
                int32_t day;
                bool fits = mapping_read_date(common[i], text, &day) <= MAPPING_DATE_BOTH;
                for (size_t k = 0; k < formats->count; k++)
                        fits = fits && mapping_formats_agree(formats->list[k], common[i]);
                if (fits)
                        return common[i];
        }
        return NULL;
}

/* The day that a date is when its day and month are exchanged, both of which are one of the first twelve. */
static int32_t exchange(int32_t day)
{
        struct civil date = civil_to_date(day);
        return civil_from_date((struct civil){.year = date.year, .month = date.day, .day = date.month});
}

/* What the text would be by the format: both days, if it could be two. */
static void hint_format(const char *text, const char *format, char hint[static SHEET_HINT_SIZE])
{
        char one[CIVIL_TEXT_SIZE], other[CIVIL_TEXT_SIZE];
        int32_t day;
        if (mapping_read_date(format, text, &day) != MAPPING_DATE_BOTH) {
                snprintf(hint, SHEET_HINT_SIZE, "; it is one as %s: a column may have several formats", format);
                return;
        }
        civil_format(day, one);
        civil_format(exchange(day), other);
        snprintf(hint, SHEET_HINT_SIZE,
                 "; as %s it is %s, but with day and month exchanged %s: find out what was meant", format, one, other);
}

void sheet_date_hint(const char *text, const struct mapping_formats *formats, int32_t other_way,
                     char hint[static SHEET_HINT_SIZE])
{
        char day[CIVIL_TEXT_SIZE];
        const char *format = other_format(text, formats);
        hint[0] = '\0';
        if (other_way != CIVIL_NONE) {
                civil_format(other_way, day);
                snprintf(hint, SHEET_HINT_SIZE, "; with day and month exchanged it would be %s", day);
        } else if (format != NULL) {
                hint_format(text, format, hint);
        } else if (is_serial(text)) {
                civil_format(civil_from_date(serial_zero) + (int32_t)strtol(text, NULL, 10), day);
                snprintf(hint, SHEET_HINT_SIZE,
                         "; as a spreadsheet's number it is %s: give the column a format of dates", day);
        } else if (text[0] == '#') {
                snprintf(hint, SHEET_HINT_SIZE, "; it looks like a formula that failed in the sheet");
        } else if (strpbrk(text, DIGITS) == NULL) {
                snprintf(hint, SHEET_HINT_SIZE, "; a cell that has no date is left empty");
        }
}

/* Two codes that the text states alike, which is why it is none of them. */
static bool hint_two(const char *text, const struct mapping_codes *codes, char hint[static SHEET_HINT_SIZE])
{
        const struct mapping_code *first = NULL;
        for (size_t i = 0; i < codes->count; i++) {
                const struct mapping_code *code = &codes->list[i];
                if (!mapping_states_code(text, code))
                        continue;
                if (first == NULL) {
                        first = code;
                } else if (strcmp(first->is, code->is) != 0) {
                        snprintf(hint, SHEET_HINT_SIZE, "; it could be \"%.40s\" or \"%.40s\", which are not the same",
                                 first->code, code->code);
                        return true;
                }
        }
        return false;
}

void sheet_code_hint(const char *text, const struct mapping_codes *codes, char hint[static SHEET_HINT_SIZE])
{
        hint[0] = '\0';
        if (hint_two(text, codes, hint))
                return;
        const char **names = calloc(codes->count + 1, sizeof(*names));
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
