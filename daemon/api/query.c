/*
 * query - query strings and paths.
 *
 * Everything a client can put into a request target ends here as a bounded,
 * decoded, printable text, or as a refusal. Nothing is guessed and nothing
 * unknown is passed over.
 */
#include <stdio.h>
#include <string.h>

#include "mappad/civil.h"
#include "mappad/nearest.h"
#include "query.h"

#define NUMBER_DIGITS_MAX 19

static int hex_value(char digit)
{
        if (digit >= '0' && digit <= '9')
                return digit - '0';
        if (digit >= 'a' && digit <= 'f')
                return digit - 'a' + 10;
        if (digit >= 'A' && digit <= 'F')
                return digit - 'A' + 10;
        return -1;
}

/* Decodes escapes in place of at most length bytes; false when one is broken or gives a control byte. */
static bool decode(const char *text, size_t length, char *ret_text, size_t *ret_length)
{
        size_t used = 0;

        for (size_t i = 0; i < length; i++) {
                unsigned char byte = (unsigned char)text[i];

                if (byte == '%') {
                        bool whole = length - i > 2;
                        int high = whole ? hex_value(text[i + 1]) : -1;
                        int low = whole ? hex_value(text[i + 2]) : -1;

                        if (high < 0 || low < 0)
                                return false;
                        byte = (unsigned char)(high * 16 + low);
                        i += 2;
                }
                if (byte < 0x20 || byte == 0x7f)
                        return false;
                ret_text[used++] = (char)byte;
        }
        ret_text[used] = '\0';
        *ret_length = used;
        return true;
}

static bool is_utf8(const char *text, size_t length)
{
        uint32_t code;

        for (size_t at = 0; at < length;) {
                size_t bytes = wire_utf8_length(text + at, length - at, &code);

                if (bytes == 0)
                        return false;
                at += bytes;
        }
        return true;
}

static bool refuse(struct wire_problem *problem, const char *field, const char *sentence)
{
        wire_problem_set(problem, "bad-query", field, "%s", sentence);
        return false;
}

/* One "name=value"; its decoded form goes to `room`, which has space for it and two NULs. */
static bool take_item(struct query *query, const char *text, size_t length, char **room, struct wire_problem *problem)
{
        const char *equals = memchr(text, '=', length);
        size_t name_length = equals == NULL ? length : (size_t)(equals - text);
        size_t value_length = equals == NULL ? 0 : length - name_length - 1;
        char *name = *room;
        size_t used;

        if (!decode(text, name_length, name, &used) || used == 0 || !is_utf8(name, used))
                return refuse(problem, "", "a parameter of the query has no name, or one that is no text");
        char *value = name + used + 1;
        if (!decode(equals == NULL ? "" : equals + 1, value_length, value, &used) || !is_utf8(value, used))
                return refuse(problem, name, "the parameter's value is no text, or has a broken escape");
        if (query_value(query, name) != NULL)
                return refuse(problem, name, "the parameter is given twice");
        if (query->count == QUERY_ITEMS_MAX)
                return refuse(problem, name, "there are too many parameters");
        query->items[query->count++] = (struct query_item){.name = name, .value = value};
        *room = value + used + 1;
        return true;
}

bool query_parse(struct query *query, const char *text, struct wire_problem *ret_problem)
{
        char *room = query->text;

        query->count = 0;
        if (text == NULL || text[0] == '\0')
                return true;
        /* An item of n bytes needs at most n + 2, and one byte between two items is not copied. */
        if (strlen(text) > QUERY_SIZE_MAX - QUERY_ITEMS_MAX - 1)
                return refuse(ret_problem, "", "the query is too long");
        for (;;) {
                size_t length = strcspn(text, "&");

                if (!take_item(query, text, length, &room, ret_problem))
                        return false;
                if (text[length] == '\0')
                        return true;
                text += length + 1;
        }
}

const char *query_value(const struct query *query, const char *name)
{
        for (size_t i = 0; i < query->count; i++)
                if (strcmp(query->items[i].name, name) == 0)
                        return query->items[i].value;
        return NULL;
}

static bool needs_no_escape(int code)
{
        return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9') ||
               code == '-' || code == '.' || code == '_' || code == '~';
}

void query_plain(const char *text, char *ret_text, size_t size)
{
        size_t used = 0;

        while (*text != '\0' && used + 1 < size) {
                int high = text[0] == '%' ? hex_value(text[1]) : -1;
                int low = high >= 0 ? hex_value(text[2]) : -1;
                bool plain = low >= 0 && needs_no_escape(high * 16 + low);

                ret_text[used++] = plain ? (char)(high * 16 + low) : *text;
                text += plain ? 3 : 1;
        }
        ret_text[used] = '\0';
}

bool query_path_parse(struct query_path *path, const char *text)
{
        char *room = path->text;

        path->count = 0;
        if (strlen(text) > QUERY_SIZE_MAX - QUERY_SEGMENTS_MAX - 1)
                return false;
        while (*text == '/') {
                size_t length = strcspn(++text, "/"), used;

                if (path->count == QUERY_SEGMENTS_MAX || !decode(text, length, room, &used))
                        return false;
                if (used == 0 || !is_utf8(room, used) || strchr(room, '/') != NULL)
                        return false;
                path->segments[path->count++] = room;
                room += used + 1;
                text += length;
        }
        return *text == '\0' && path->count > 0;
}

bool query_number(const char *text, uint64_t *ret_number)
{
        uint64_t number = 0;
        size_t length = strspn(text, "0123456789");

        if (length == 0 || length > NUMBER_DIGITS_MAX || text[length] != '\0' || (text[0] == '0' && length > 1))
                return false;
        for (size_t i = 0; i < length; i++)
                number = number * 10 + (uint64_t)(text[i] - '0');
        *ret_number = number;
        return true;
}

/* What a client sent may be long and strange: shown cleaned and cut. */
static bool refuse_value(struct wire_problem *problem, const char *code, const char *name, const char *value,
                         const char *wanted)
{
        char shown[80];

        wire_clean(value, strlen(value), shown, sizeof shown);
        wire_problem_set(problem, code, name, "\"%s\" is not %s", shown, wanted);
        return false;
}

bool query_take_day(const struct query *query, const char *name, int32_t *ret_value, struct wire_problem *ret_problem)
{
        const char *value = query_value(query, name);

        if (value == NULL || civil_parse(value, strlen(value), ret_value))
                return true;
        return refuse_value(ret_problem, "bad-date", name, value, "a date; write YYYY-MM-DD");
}

bool query_take_instant(const struct query *query, const char *name, int64_t *ret_value,
                        struct wire_problem *ret_problem)
{
        const char *value = query_value(query, name);

        if (value == NULL || wire_instant_parse(value, strlen(value), ret_value))
                return true;
        return refuse_value(ret_problem, "bad-instant", name, value, "an instant; write it as 2026-03-30T07:30:00Z");
}

bool query_take_number(const struct query *query, const char *name, uint64_t max, uint64_t *ret_value,
                       struct wire_problem *ret_problem)
{
        const char *value = query_value(query, name);
        uint64_t number;

        if (value == NULL)
                return true;
        if (!query_number(value, &number) || number > max) {
                char wanted[64];

                snprintf(wanted, sizeof wanted, "a whole number up to %llu", (unsigned long long)max);
                return refuse_value(ret_problem, "bad-number", name, value, wanted);
        }
        *ret_value = number;
        return true;
}

bool query_take_limit(const struct query *query, uint64_t max, uint64_t *ret_value, struct wire_problem *ret_problem)
{
        uint64_t limit = 1;

        if (!query_take_number(query, "limit", max, &limit, ret_problem))
                return false;
        if (limit == 0) {
                wire_problem_set(ret_problem, "bad-number", "limit", "\"limit\" must be at least 1");
                return false;
        }
        if (query_value(query, "limit") != NULL)
                *ret_value = limit;
        return true;
}

bool query_take_list(const struct query *query, const char *name, const char **ret_value,
                     struct wire_problem *ret_problem)
{
        const char *value = query_value(query, name);

        if (value == NULL)
                return true;
        size_t length = strlen(value);
        if (length == 0 || value[0] == ',' || value[length - 1] == ',' || strstr(value, ",,") != NULL)
                return refuse_value(ret_problem, "bad-list", name, value, "a list of words with commas between them");
        *ret_value = value;
        return true;
}

bool query_take_word(const struct query *query, const char *name, const char *const *words, size_t *ret_value,
                     struct wire_problem *ret_problem)
{
        const char *value = query_value(query, name);
        char wanted[96] = "";
        size_t count = 0;

        if (value == NULL)
                return true;
        for (; words[count] != NULL; count++) {
                size_t used = strlen(wanted);

                if (strcmp(value, words[count]) == 0) {
                        *ret_value = count;
                        return true;
                }
                snprintf(wanted + used, sizeof wanted - used, "%s\"%s\"", count > 0 ? " or " : "", words[count]);
        }
        (void)refuse_value(ret_problem, "unknown-value", name, value, wanted);
        ret_problem->nearest = nearest_word(value, words, count);
        return false;
}
