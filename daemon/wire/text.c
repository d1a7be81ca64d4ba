/*
 * text - problems, UTF-8, and making foreign bytes fit for a message.
 *
 * Whatever somebody sends may end up on a terminal or in a log: nothing leaves
 * here that could move a cursor or turn the direction of writing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mappad/nearest.h"
#include "mappad/wire.h"

#define POSSIBLE_MAX 10 /* more words than these help nobody */

size_t wire_utf8_length(const char *bytes, size_t length, uint32_t *ret_code)
{
        if (length == 0)
                return 0;
        const unsigned char *u = (const unsigned char *)bytes;
        if (u[0] < 0x80) {
                *ret_code = u[0];
                return 1;
        }
        size_t size = u[0] >= 0xF0 ? 4 : u[0] >= 0xE0 ? 3 : 2;
        if (u[0] < 0xC2 || u[0] > 0xF4 || length < size)
                return 0;
        uint32_t code = u[0] & (0x7Fu >> size);
        for (size_t i = 1; i < size; i++) {
                if ((u[i] & 0xC0u) != 0x80u)
                        return 0;
                code = (code << 6) | (u[i] & 0x3Fu);
        }
        /* The shortest form only, no surrogates, and nothing beyond Unicode. */
        bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
        if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF)
                return 0;
        *ret_code = code;
        return size;
}

bool wire_code_harmless(uint32_t code)
{
        bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
        bool direction = code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
                         (code >= 0x2066 && code <= 0x2069);
        bool invisible = code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE0FFF);
        return !control && !direction && !invisible;
}

void wire_clean(const char *bytes, size_t length, char *ret_text, size_t size)
{
        size_t out = 0;
        for (size_t in = 0; in < length;) {
                uint32_t code = 0;
                size_t step = wire_utf8_length(bytes + in, length - in, &code);
                bool keep = step > 0 && wire_code_harmless(code);
                size_t needed = keep ? step : 1;
                if (out + needed + 1 > size)
                        break;
                if (keep)
                        memcpy(ret_text + out, bytes + in, step);
                else
                        ret_text[out] = '?';
                out += needed;
                in += step > 0 ? step : 1;
        }
        ret_text[out] = '\0';
}

void wire_problem_set(struct wire_problem *ret_problem, const char *code, const char *field, const char *format, ...)
{
        char message[WIRE_MESSAGE_SIZE];
        va_list arguments;
        va_start(arguments, format);
        int length = vsnprintf(message, sizeof(message), format, arguments);
        va_end(arguments);
        if (length < 0)
                message[0] = '\0';
        ret_problem->code = code;
        ret_problem->nearest = NULL;
        wire_clean(message, strlen(message), ret_problem->message, sizeof(ret_problem->message));
        wire_clean(field, strlen(field), ret_problem->field, sizeof(ret_problem->field));
}

void wire_possible(const char *const *words, size_t count, char *text, size_t size)
{
        size_t used = 0;
        for (size_t i = 0; i < count && count <= POSSIBLE_MAX && used < size; i++) {
                const char *before = i > 0 ? "," : count == 1 ? "; possible is" : "; possible are";
                used += (size_t)snprintf(text + used, size - used, "%s \"%s\"", before, words[i]);
        }
        if (used == 0 || used >= size)
                text[0] = '\0';
}

void wire_problem_suggest(struct wire_problem *problem, const char *word, const char *const *words, size_t count)
{
        size_t length = strlen(problem->message);
        problem->nearest = nearest_word(word, words, count);
        if (problem->nearest == NULL)
                wire_possible(words, count, problem->message + length, sizeof(problem->message) - length);
}

bool wire_is_line(const char *text, size_t most)
{
        size_t length = strnlen(text, most + 1), step = 1;

        for (size_t at = 0; at < length && step > 0; at += step) {
                uint32_t code = 0;

                step = wire_utf8_length(text + at, length - at, &code);
                if (code < ' ' || code == 0x7f)
                        return false;
        }
        return length > 0 && length <= most && step > 0;
}

bool wire_reason_check(const char *why, struct wire_problem *ret_problem)
{
        size_t length = strlen(why);
        char cleaned[WIRE_WHY_MAX + 1];

        wire_clean(why, length, cleaned, sizeof cleaned);
        if (strspn(why, " ") < length && strcmp(cleaned, why) == 0)
                return true;
        wire_problem_set(ret_problem, "bad-why", "why",
                         "\"why\" must be a reason of 1 to %d bytes without control characters", WIRE_WHY_MAX);
        return false;
}
