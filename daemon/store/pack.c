/*
 * pack - numbers and texts as bytes. See pack.h; the fields of an event use it too.
 */
#include "pack.h"

#include <string.h>

#include "mappad/civil.h"
#include "mappad/ensure.h"
#include "mappad/store_record.h"

size_t pack_number(uint8_t *bytes, uint64_t number)
{
        size_t length = 0;

        for (; number >= 0x80; number >>= 7)
                bytes[length++] = (uint8_t)(number | 0x80);
        bytes[length++] = (uint8_t)number;
        return length;
}

size_t pack_signed(uint8_t *bytes, int64_t number)
{
        uint64_t folded = number < 0 ? ~((uint64_t)number << 1) : (uint64_t)number << 1;

        return pack_number(bytes, folded);
}

size_t pack_text(uint8_t *bytes, const char *text)
{
        size_t length = strlen(text);
        size_t head = pack_number(bytes, length);

        memcpy(bytes + head, text, length);
        return head + length;
}

uint64_t unpack_long_number(struct pack_reader *reader)
{
        uint64_t number = 0;

        for (unsigned shift = 0; shift < 64 && !reader->failed; shift += 7) {
                if (reader->at >= reader->length)
                        break;
                number |= (uint64_t)(reader->bytes[reader->at] & 0x7f) << shift;
                if ((reader->bytes[reader->at++] & 0x80) == 0)
                        return number;
        }
        reader->failed = true;
        return 0;
}

int64_t unpack_signed(struct pack_reader *reader)
{
        uint64_t folded = unpack_number(reader);

        return (folded & 1) != 0 ? (int64_t) ~(folded >> 1) : (int64_t)(folded >> 1);
}

int32_t unpack_int(struct pack_reader *reader)
{
        int64_t number = unpack_signed(reader);

        if (number < INT32_MIN || number > INT32_MAX) {
                reader->failed = true;
                return 0;
        }
        return (int32_t)number;
}

void unpack_text(struct pack_reader *reader, char *ret_text, size_t size)
{
        uint64_t length = unpack_number(reader);

        ret_text[0] = '\0';
        if (reader->failed || length >= size || length > reader->length - reader->at) {
                reader->failed = true;
                return;
        }
        memcpy(ret_text, reader->bytes + reader->at, length);
        ret_text[length] = '\0';
        reader->at += length;
}

size_t store_field_pack(const struct store_field *field, uint8_t *bytes)
{
        size_t length = pack_number(bytes, (uint64_t)field->name << 2 | (uint64_t)field->kind);

        ENSURE(field->word_count <= sizeof field->words / sizeof *field->words);
        switch (field->kind) {
        case STORE_WORD:
                return length + pack_number(bytes + length, field->words[0]);
        case STORE_WORDS:
                length += pack_number(bytes + length, field->word_count);
                for (size_t i = 0; i < field->word_count; i++)
                        length += pack_number(bytes + length, field->words[i]);
                return length;
        case STORE_DAY:
                return length + pack_signed(bytes + length, field->day);
        case STORE_TOKEN:
                return length + pack_text(bytes + length, field->token);
        }
        return length;
}

static void unpack_words(struct pack_reader *reader, uint64_t count, struct store_field *field)
{
        field->word_count = 0;
        if (count > sizeof field->words / sizeof *field->words) {
                reader->failed = true;
                return;
        }
        for (uint64_t i = 0; i < count; i++)
                field->words[field->word_count++] = (uint32_t)unpack_number(reader);
}

size_t store_field_unpack(const uint8_t *bytes, size_t length, struct store_field *ret_field)
{
        struct pack_reader reader = {.bytes = bytes, .length = length};
        uint64_t head = unpack_number(&reader);

        ret_field->name = (uint32_t)(head >> 2);
        ret_field->kind = (enum store_kind)(head & 3);
        ret_field->word_count = 0;
        ret_field->day = CIVIL_NONE;
        switch (ret_field->kind) {
        case STORE_WORD:
                unpack_words(&reader, 1, ret_field);
                break;
        case STORE_WORDS:
                unpack_words(&reader, unpack_number(&reader), ret_field);
                break;
        case STORE_DAY:
                ret_field->day = unpack_int(&reader);
                if (ret_field->day < CIVIL_MIN || ret_field->day > CIVIL_MAX)
                        reader.failed = true;
                break;
        case STORE_TOKEN:
                unpack_text(&reader, ret_field->token, sizeof ret_field->token);
                break;
        }
        return reader.failed || head >> 34 != 0 ? 0 : reader.at;
}
