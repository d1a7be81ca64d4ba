/*
 * buffer - a text that grows, and the JSON writing that every form shares.
 *
 * Writing never fails in the middle: a buffer that ran out of memory takes
 * nothing more and says so once, at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"
#include "mappad/wire.h"
#include "pen.h"

#define FIRST_CAPACITY 4096

void wire_buffer_init(struct wire_buffer *buffer)
{
        *buffer = (struct wire_buffer){0};
}

void wire_buffer_fini(struct wire_buffer *buffer)
{
        free(buffer->data);
        wire_buffer_init(buffer);
}

void wire_buffer_reset(struct wire_buffer *buffer)
{
        buffer->length = 0;
        buffer->failed = false;
}

static bool make_room(struct wire_buffer *buffer, size_t length)
{
        if (buffer->failed)
                return false;
        if (length <= buffer->capacity - buffer->length)
                return true;
        size_t capacity = buffer->capacity > 0 ? buffer->capacity : FIRST_CAPACITY;
        while (capacity - buffer->length < length && capacity <= SIZE_MAX / 2)
                capacity *= 2;
        char *data = capacity - buffer->length < length ? NULL : realloc(buffer->data, capacity);
        if (data == NULL) {
                buffer->failed = true;
                return false;
        }
        buffer->data = data;
        buffer->capacity = capacity;
        return true;
}

/* Where length more bytes go, or NULL. Each piece of a list of a hundred thousand rows comes through here. */
static inline char *room_for(struct wire_buffer *buffer, size_t length)
{
        bool there = !buffer->failed && length <= buffer->capacity - buffer->length;
        if (!there && !make_room(buffer, length))
                return NULL;
        char *to = buffer->data + buffer->length;
        buffer->length += length;
        return to;
}

void wire_put(struct wire_buffer *buffer, const char *bytes, size_t length)
{
        char *to = length > 0 ? room_for(buffer, length) : NULL;
        if (to != NULL)
                memcpy(to, bytes, length);
}

void wire_put_text(struct wire_buffer *buffer, const char *text)
{
        wire_put(buffer, text, strlen(text));
}

struct pen pen_begin(struct wire_buffer *buffer, size_t size)
{
        char *at = room_for(buffer, size);

        return (struct pen){at, at == NULL ? NULL : at + size};
}

void pen_end(struct wire_buffer *buffer, struct pen pen)
{
        if (pen.at == NULL)
                return;
        ENSURE(pen.at <= pen.end);
        buffer->length -= (size_t)(pen.end - pen.at);
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* The high bit of some byte is set when one of eight is 0: exact when all are below 0x80. */
static uint64_t zeroes(uint64_t bytes)
{
        return bytes - EACH_BYTE(1);
}

/* Whether eight bytes are ASCII that is written as it is. */
static bool eight_plain(const char *text)
{
        uint64_t bytes;

        memcpy(&bytes, text, sizeof bytes);
        uint64_t odd = bytes | (bytes - EACH_BYTE(0x20)) | zeroes(bytes ^ EACH_BYTE('"')) |
                       zeroes(bytes ^ EACH_BYTE('\\')) | zeroes(bytes ^ EACH_BYTE(0x7F));
        return (odd & EACH_BYTE(0x80)) == 0;
}

/* How many bytes at text can be written as they are. */
static size_t plain_length(const char *text, size_t length)
{
        size_t plain = 0;
        while (plain + 8 <= length && eight_plain(text + plain))
                plain += 8;
        if (plain > 0 && plain + 8 > length && eight_plain(text + length - 8))
                return length;
        while (plain < length) {
                unsigned char c = (unsigned char)text[plain];
                uint32_t code;
                if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F)
                        break;
                if (c < 0x80) {
                        plain++;
                        continue;
                }
                size_t step = wire_utf8_length(text + plain, length - plain, &code);
                if (step == 0)
                        break;
                plain += step;
        }
        return plain;
}

/* A byte that cannot be written as it is; to has room for six. Gives how many it takes. */
static size_t escape(unsigned char c, char *to)
{
        static const char hex[] = "0123456789abcdef";

        if (c >= 0x80) {
                memcpy(to, "\xEF\xBF\xBD", 3);
                return 3;
        }
        to[0] = '\\';
        if (c == '"' || c == '\\') {
                to[1] = (char)c;
                return 2;
        }
        memcpy(to + 1, "u00", 3);
        to[4] = hex[c >> 4];
        to[5] = hex[c & 15];
        return 6;
}

void pen_string(struct pen *pen, const char *text, size_t length)
{
        size_t at = plain_length(text, length);

        if (pen->at == NULL)
                return;
        *pen->at++ = '"';
        pen_put(pen, text, at);
        while (at < length) {
                pen->at += escape((unsigned char)text[at++], pen->at);
                size_t plain = plain_length(text + at, length - at);
                pen_put(pen, text + at, plain);
                at += plain;
        }
        *pen->at++ = '"';
}

void wire_put_string(struct wire_buffer *buffer, const char *text)
{
        if (text == NULL) {
                wire_put(buffer, "null", 4);
                return;
        }
        size_t length = strlen(text);
        struct pen pen = pen_begin(buffer, PEN_STRING_MAX(length));
        pen_string(&pen, text, length);
        pen_end(buffer, pen);
}

void wire_put_key(struct wire_buffer *buffer, const char *key)
{
        bool first = buffer->length == 0 || buffer->data[buffer->length - 1] == '{' ||
                     buffer->data[buffer->length - 1] == '[';
        size_t length = strlen(key);
        char *to = room_for(buffer, length + (first ? 3 : 4));
        if (to == NULL)
                return;
        if (!first)
                *to++ = ',';
        *to++ = '"';
        memcpy(to, key, length);
        to[length] = '"';
        to[length + 1] = ':';
}

void pen_number(struct pen *pen, int64_t number)
{
        uint64_t rest = number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number;
        size_t length = 1;
        if (pen->at == NULL)
                return;
        for (uint64_t above = 10; length < PEN_NUMBER_MAX - 1 && above <= rest; above *= 10)
                length++;
        if (number < 0)
                *pen->at++ = '-';
        for (size_t at = length; at > 0; rest /= 10)
                pen->at[--at] = (char)('0' + rest % 10);
        pen->at += length;
}

void wire_put_number(struct wire_buffer *buffer, int64_t number)
{
        struct pen pen = pen_begin(buffer, PEN_NUMBER_MAX);

        pen_number(&pen, number);
        pen_end(buffer, pen);
}

void wire_put_bool(struct wire_buffer *buffer, bool truth)
{
        wire_put_text(buffer, truth ? "true" : "false");
}

void wire_put_date(struct wire_buffer *buffer, int32_t day)
{
        char text[CIVIL_TEXT_SIZE + 2];
        if (day == CIVIL_NONE) {
                wire_put(buffer, "null", 4);
                return;
        }
        text[0] = '"';
        civil_format(day, text + 1);
        text[CIVIL_TEXT_SIZE] = '"';
        wire_put(buffer, text, CIVIL_TEXT_SIZE + 1);
}

void wire_put_instant(struct wire_buffer *buffer, int64_t ms)
{
        if (ms == INSTANT_ALWAYS) {
                wire_put(buffer, "null", 4);
                return;
        }
        char text[WIRE_INSTANT_SIZE];
        wire_instant_format(ms, text);
        wire_put(buffer, "\"", 1);
        wire_put(buffer, text, WIRE_INSTANT_SIZE - 1);
        wire_put(buffer, "\"", 1);
}
