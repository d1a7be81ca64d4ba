/*
 * mapping_date - dates as spreadsheets write them, by a format that is given.
 */
#include <string.h>
#include <strings.h>

#include "mappad/civil.h"
#include "mappad/mapping.h"

static const char months[12][4] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

/* What a part of a format is, and how long. */
enum part { PART_LITERAL, PART_DAY, PART_MONTH, PART_NAME, PART_YEAR, PART_COUNT };
struct token {
        enum part part;
        size_t length;
        size_t least, most; /* digits */
};

static struct token next_token(const char *format)
{
        static const struct {
                const char *text;
                struct token token;
        } tokens[] = {
                {"YYYY", {PART_YEAR, 4, 4, 4}}, {"MON", {PART_NAME, 3, 0, 0}}, {"MM", {PART_MONTH, 2, 2, 2}},
                {"M", {PART_MONTH, 1, 1, 2}},   {"DD", {PART_DAY, 2, 2, 2}},   {"D", {PART_DAY, 1, 1, 2}},
        };

        for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
                if (strncmp(format, tokens[i].text, strlen(tokens[i].text)) == 0)
                        return tokens[i].token;
        return (struct token){PART_LITERAL, 1, 0, 0};
}

bool mapping_format_valid(const char *format)
{
        size_t seen[PART_COUNT] = {0};

        if (strlen(format) > MAPPING_FORMAT_MAX)
                return false;
        while (*format != '\0') {
                struct token token = next_token(format);
                seen[token.part]++;
                format += token.length;
        }
        return seen[PART_DAY] == 1 && seen[PART_MONTH] + seen[PART_NAME] == 1 && seen[PART_YEAR] == 1;
}

static bool read_number(const char **text, const struct token *token, int *ret_number)
{
        size_t digits = 0;

        *ret_number = 0;
        while (digits < token->most && (*text)[digits] >= '0' && (*text)[digits] <= '9')
                *ret_number = *ret_number * 10 + ((*text)[digits++] - '0');
        *text += digits;
        return digits >= token->least;
}

static bool read_name(const char **text, int *ret_month)
{
        for (int i = 0; i < 12; i++) {
                if (strncasecmp(*text, months[i], 3) != 0)
                        continue;
                *text += 3;
                *ret_month = i + 1;
                return true;
        }
        return false;
}

static bool read_parts(const char *format, const char *text, int parts[PART_COUNT])
{
        while (*format != '\0') {
                struct token token = next_token(format);
                bool good = token.part == PART_LITERAL ? *text++ == *format
                            : token.part == PART_NAME  ? read_name(&text, &parts[PART_MONTH])
                                                       : read_number(&text, &token, &parts[token.part]);
                if (!good)
                        return false;
                format += token.length;
        }
        return *text == '\0';
}

static bool to_day(int year, int month, int day, int32_t *ret_day)
{
        struct civil date = {.year = year, .month = month, .day = day};

        if (!civil_exists(date))
                return false;
        *ret_day = civil_from_date(date);
        return true;
}

enum mapping_reading mapping_read_date(const char *format, const char *text, int32_t *ret_day)
{
        int parts[PART_COUNT] = {0};
        int32_t other;

        if (!read_parts(format, text, parts))
                return MAPPING_NO_DATE;
        bool exchanged =
                strstr(format, "MON") == NULL && to_day(parts[PART_YEAR], parts[PART_DAY], parts[PART_MONTH], &other);
        if (to_day(parts[PART_YEAR], parts[PART_MONTH], parts[PART_DAY], ret_day))
                return exchanged && other != *ret_day ? MAPPING_DATE_BOTH : MAPPING_DATE;
        if (!exchanged)
                return MAPPING_NO_DATE;
        *ret_day = other;
        return MAPPING_OTHER_WAY;
}
