/*
 * phrase - text that grows in an arena. See phrase.h.
 */
#include "phrase.h"

#include <string.h>

#define PHRASE_FIRST 96 /* most settings fit */

struct phrase phrase_begin(struct arena *arena)
{
        return (struct phrase){.arena = arena};
}

static bool make_room(struct phrase *phrase, size_t more)
{
        size_t room = phrase->room == 0 ? PHRASE_FIRST : phrase->room;
        char *bytes;

        if (phrase->failed || phrase->used + more + 1 <= phrase->room)
                return !phrase->failed;
        while (room < phrase->used + more + 1)
                room *= 2;
        bytes = arena_alloc(phrase->arena, room);
        if (bytes == NULL) {
                phrase->failed = true;
                return false;
        }
        if (phrase->used > 0)
                memcpy(bytes, phrase->bytes, phrase->used);
        phrase->bytes = bytes;
        phrase->room = room;
        return true;
}

void phrase_put(struct phrase *phrase, const char *text)
{
        size_t length = strlen(text);

        if (!make_room(phrase, length))
                return;
        memcpy(phrase->bytes + phrase->used, text, length);
        phrase->used += length;
}

void phrase_put_number(struct phrase *phrase, uint32_t number)
{
        char digits[12];
        size_t at = sizeof digits;

        digits[--at] = '\0';
        do {
                digits[--at] = (char)('0' + number % 10);
                number /= 10;
        } while (number > 0);
        phrase_put(phrase, digits + at);
}

void phrase_put_day(struct phrase *phrase, int32_t day)
{
        char text[CIVIL_TEXT_SIZE];

        civil_format(day, text);
        phrase_put(phrase, text);
}

void phrase_put_period(struct phrase *phrase, struct period period)
{
        char text[PERIOD_TEXT_SIZE];

        period_format(period, text);
        phrase_put(phrase, text);
}

void phrase_join(struct phrase *phrase, const char *separator, const char *text)
{
        if (phrase->used > 0)
                phrase_put(phrase, separator);
        phrase_put(phrase, text);
}

const char *phrase_end(struct phrase *phrase)
{
        if (!make_room(phrase, 0))
                return NULL;
        phrase->bytes[phrase->used] = '\0';
        return phrase->bytes;
}

void phrase_put_values(struct phrase *phrase, const char *const *values, size_t count, uint64_t mask)
{
        bool first = true;

        if (mask == VALUE_ANY_SET || mask == UINT64_MAX) {
                phrase_put(phrase, mask == UINT64_MAX ? "set|unset" : "set");
                return;
        }
        for (size_t i = 0; i < count; i++) {
                if ((mask & VALUE_BIT(i)) == 0)
                        continue;
                phrase_put(phrase, first ? "" : "|");
                phrase_put(phrase, values[i]);
                first = false;
        }
        if ((mask & VALUE_UNSET) != 0)
                phrase_put(phrase, first ? "unset" : "|unset");
}

void phrase_put_condition(struct phrase *phrase, const struct vocabulary *vocabulary, struct condition condition)
{
        for (size_t i = 0; i < condition.count; i++) {
                const struct attribute *attribute = &vocabulary->attributes[condition.terms[i].subject];

                phrase_put(phrase, i == 0 ? "" : ", ");
                phrase_put(phrase, attribute->name);
                phrase_put(phrase, " = ");
                phrase_put_values(phrase, attribute->values, attribute->value_count, condition.terms[i].mask);
        }
}

void phrase_put_where(struct phrase *phrase, const struct event_type *type, struct condition where)
{
        for (size_t i = 0; i < where.count; i++) {
                const struct field *field = &type->fields[where.terms[i].subject];

                phrase_put(phrase, i == 0 ? "" : ", ");
                phrase_put(phrase, field->name);
                phrase_put(phrase, " = ");
                phrase_put_values(phrase, field->values, field->value_count, where.terms[i].mask);
        }
}

void phrase_put_guard(struct phrase *phrase, const struct vocabulary *vocabulary, struct condition when,
                      struct condition unless)
{
        if (when.count > 0) {
                phrase_put(phrase, " when ");
                phrase_put_condition(phrase, vocabulary, when);
        }
        if (unless.count > 0) {
                phrase_put(phrase, " unless ");
                phrase_put_condition(phrase, vocabulary, unless);
        }
}
