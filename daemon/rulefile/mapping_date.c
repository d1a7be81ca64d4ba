/*
 * mapping_date - dates as spreadsheets write them, by formats that are given.
 */
#include <string.h>
#include <strings.h>

#include "mappad/civil.h"
#include "mappad/mapping.h"

#define SHORT_NAME 3 /* letters by which months are told apart */
static const char *const months[12] = {"january", "february", "march",     "april",   "may",      "june",
                                       "july",    "august",   "september", "october", "november", "december"};

/* Two digits are of the year from 1969 to 2068 that ends in them, as POSIX has it. */
#define CENTURY 100
#define LAST_OF_THIS_CENTURY 68

/* What a part of a format is, and how long. */
enum part { PART_LITERAL, PART_DAY, PART_MONTH, PART_NAME, PART_YEAR, PART_SHORT_YEAR, PART_TIME, PART_COUNT };
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
                {"YYYY", {PART_YEAR, 4, 4, 4}}, {"YY", {PART_SHORT_YEAR, 2, 2, 2}}, {"MON", {PART_NAME, 3, 0, 0}},
                {"MM", {PART_MONTH, 2, 2, 2}},  {"M", {PART_MONTH, 1, 1, 2}},       {"DD", {PART_DAY, 2, 2, 2}},
                {"D", {PART_DAY, 1, 1, 2}},     {"hh", {PART_TIME, 2, 1, 2}},       {"mm", {PART_TIME, 2, 2, 2}},
                {"ss", {PART_TIME, 2, 2, 2}},
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
                if (token.part == PART_LITERAL && *format == 'Y') /* of a year that has one too many */
                        return false;
                seen[token.part]++;
                format += token.length;
        }
        return seen[PART_DAY] == 1 && seen[PART_MONTH] + seen[PART_NAME] == 1 &&
               seen[PART_YEAR] + seen[PART_SHORT_YEAR] == 1;
}

/* Day, month and year as a format orders them. */
static void read_order(const char *format, enum part order[3])
{
        size_t count = 0;

        while (*format != '\0' && count < 3) {
                struct token token = next_token(format);
                if (token.part != PART_LITERAL && token.part != PART_TIME)
                        order[count++] = token.part;
                format += token.length;
        }
}

static bool are_years(enum part one, enum part other)
{
        return (one == PART_YEAR || one == PART_SHORT_YEAR) && (other == PART_YEAR || other == PART_SHORT_YEAR);
}

static bool has_name(const enum part order[3])
{
        return order[0] == PART_NAME || order[1] == PART_NAME || order[2] == PART_NAME;
}

enum mapping_order mapping_order_of(const char *format)
{
        enum part order[3] = {PART_LITERAL};

        read_order(format, order);
        if (has_name(order))
                return MAPPING_BY_NAME;
        return order[0] == PART_YEAR || order[0] == PART_SHORT_YEAR ? MAPPING_YEAR_FIRST : MAPPING_YEAR_LATER;
}

/* Whether day, month and year stand in an order in which one is not taken for another. */
static bool orders_agree(const char *one, const char *other)
{
        enum part a[3] = {PART_LITERAL}, b[3] = {PART_LITERAL};

        read_order(one, a);
        read_order(other, b);
        if (has_name(a) != has_name(b))
                return true;
        /* A year of four digits is taken for no day, and a name for neither. */
        if (a[0] != b[0] && (a[0] == PART_YEAR || b[0] == PART_YEAR || a[0] == PART_NAME || b[0] == PART_NAME))
                return true;
        for (size_t i = 0; i < 3; i++)
                if (a[i] != b[i] && !are_years(a[i], b[i]))
                        return false;
        return true;
}

/* What is seen of a format in a text: how many numbers there are, and what stands between them. */
struct shape {
        enum part numbers[MAPPING_FORMAT_MAX + 1];
        size_t count;
        char between[MAPPING_FORMAT_MAX + 1];
        bool touching; /* a number directly behind another, but for two of a time: where it begins is not seen */
};

#define A_NUMBER '\1'
#define A_NAME '\2'

static bool is_number(const char *format, enum part part)
{
        return part == PART_LITERAL ? *format >= '0' && *format <= '9' : part != PART_NAME;
}

static struct shape shape_of(const char *format)
{
        struct shape shape = {0};
        size_t length = 0;
        bool behind_number = false;

        for (struct token token; *format != '\0'; format += token.length) {
                token = next_token(format);
                bool number = is_number(format, token.part);
                if (number && behind_number) {
                        shape.touching |= token.part != PART_TIME || shape.numbers[shape.count - 1] != PART_TIME;
                } else if (number) {
                        shape.between[length++] = A_NUMBER;
                        shape.numbers[shape.count++] = token.part;
                } else {
                        shape.between[length++] = token.part == PART_NAME ? A_NAME : *format;
                }
                behind_number = number;
        }
        return shape;
}

/* Part by part. Years of two and of four digits make texts of other lengths, so that no text is read by both. */
static bool same_but_for_the_year(const char *one, const char *other)
{
        while (*one != '\0' && *other != '\0') {
                struct token a = next_token(one), b = next_token(other);
                if (!are_years(a.part, b.part) && (a.part != b.part || (a.part == PART_LITERAL && *one != *other)))
                        return false;
                one += a.length;
                other += b.length;
        }
        return *one == *other;
}

bool mapping_formats_agree(const char *one, const char *other)
{
        struct shape a = shape_of(one), b = shape_of(other);

        if (!orders_agree(one, other))
                return false;
        if (strcmp(a.between, b.between) != 0)
                return true;
        if (a.touching || b.touching)
                return same_but_for_the_year(one, other);
        /* Only a year has four digits. */
        for (size_t i = 0; i < a.count; i++)
                if ((a.numbers[i] == PART_YEAR) != (b.numbers[i] == PART_YEAR))
                        return true;
        return memcmp(a.numbers, b.numbers, sizeof a.numbers) == 0;
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

/* Jan, January, and whatever stands between the two, such as Sept. */
static bool read_name(const char **text, int *ret_month)
{
        for (int i = 0; i < 12; i++) {
                size_t length = 0;
                while (months[i][length] != '\0' && strncasecmp(*text + length, months[i] + length, 1) == 0)
                        length++;
                if (length < SHORT_NAME)
                        continue;
                *text += length;
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

static int year_of(const char *format, const int parts[PART_COUNT])
{
        int year = parts[PART_SHORT_YEAR];

        if (strstr(format, "YYYY") != NULL)
                return parts[PART_YEAR];
        return year <= LAST_OF_THIS_CENTURY ? 20 * CENTURY + year : 19 * CENTURY + year;
}

enum mapping_reading mapping_read_date(const char *format, const char *text, int32_t *ret_day)
{
        int parts[PART_COUNT] = {0};
        int32_t other;

        if (!read_parts(format, text, parts))
                return MAPPING_NO_DATE;
        int year = year_of(format, parts);
        bool exchanged = strstr(format, "MON") == NULL && to_day(year, parts[PART_DAY], parts[PART_MONTH], &other);
        if (to_day(year, parts[PART_MONTH], parts[PART_DAY], ret_day))
                return exchanged && other != *ret_day ? MAPPING_DATE_BOTH : MAPPING_DATE;
        if (!exchanged)
                return MAPPING_NO_DATE;
        *ret_day = other;
        return MAPPING_OTHER_WAY;
}

enum mapping_reading mapping_read_any(const struct mapping_formats *formats, const char *text, int32_t *ret_day,
                                      const char **ret_format)
{
        enum mapping_reading best = MAPPING_NO_DATE;
        int32_t day = CIVIL_NONE;

        for (size_t i = 0; i < formats->count; i++) {
                enum mapping_reading reading = mapping_read_date(formats->list[i], text, &day);
                if (reading >= best)
                        continue;
                best = reading;
                *ret_day = day;
                *ret_format = formats->list[i];
        }
        return best;
}
