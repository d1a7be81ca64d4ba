/*
 * problems - see problems.h.
 */
#include "problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

#define PLACE_SIZE 200

/* "A", "B" ... "Z", "AA": as a spreadsheet names its columns. */
static void name_column(size_t column, char name[static 8])
{
        char reversed[8];
        size_t length = 0;
        for (column++; column > 0 && length < sizeof(reversed); column = (column - 1) / 26)
                reversed[length++] = (char)('A' + (column - 1) % 26);
        for (size_t i = 0; i < length; i++)
                name[i] = reversed[length - 1 - i];
        name[length < 8 ? length : 7] = '\0';
}

static void put_place(const struct problems *problems, struct problems_place place, char text[static PLACE_SIZE])
{
        char column[8];
        int used = 0;
        text[0] = '\0';
        if (place.number == 0)
                return;
        used = snprintf(text, PLACE_SIZE, "%s %llu", problems->rows ? "row" : "line", (unsigned long long)place.number);
        if (place.column != PROBLEMS_NO_COLUMN) {
                name_column(place.column, column);
                used += snprintf(text + used, PLACE_SIZE - (size_t)used, ", column %s", column);
        }
        if (place.heading != NULL)
                used += snprintf(text + used, PLACE_SIZE - (size_t)used, " \"%.80s\"", place.heading);
        snprintf(text + used, PLACE_SIZE - (size_t)used, ": ");
}

/* Puts one behind those of its line and of lines before; beyond so many the last one falls out. */
static void keep(struct problems *problems, uint64_t number, const char *text)
{
        size_t at = problems->kept_count;
        while (at > 0 && problems->kept[at - 1].number > number)
                at--;
        if (at == PROBLEMS_SHOWN_MAX)
                return;
        problems->kept_count += problems->kept_count < PROBLEMS_SHOWN_MAX;
        struct problem *place = &problems->kept[at];
        memmove(place + 1, place, (problems->kept_count - at - 1) * sizeof(*place));
        place->number = number;
        snprintf(place->text, sizeof(place->text), "%s", text);
}

void problems_add(struct problems *problems, struct problems_place place, const char *format, ...)
{
        char text[PROBLEMS_TEXT_SIZE], where[PLACE_SIZE];
        va_list arguments;
        put_place(problems, place, where);
        int used = snprintf(text, sizeof(text), "%s", where);
        va_start(arguments, format);
        vsnprintf(text + used, sizeof(text) - (size_t)used, format, arguments);
        va_end(arguments);
        if (problems->count > 0 && strcmp(text, problems->last) == 0)
                return;
        memcpy(problems->last, text, sizeof(text));
        problems->count++;
        keep(problems, place.number, text);
}

void problems_say(struct problems *problems)
{
        for (size_t i = 0; i < problems->kept_count; i++)
                complain("%s: %s", problems->path, problems->kept[i].text);
        if (problems->kept_count > 0 && problems->count > PROBLEMS_SHOWN_MAX)
                complain("%s: %llu problems in all; the first %d are shown", problems->path,
                         (unsigned long long)problems->count, PROBLEMS_SHOWN_MAX);
        problems->kept_count = 0;
}
