/*
 * text - which bytes are printable text.
 *
 * Rule files and contacts travel on into terminals, logs and e-mails, so what may
 * stand in them is decided here, once, and strictly: well-formed UTF-8 without
 * controls and without the characters that make a line look like another.
 */
#include "text.h"

#include <stdint.h>
#include <string.h>

/* The lead byte's share of the value and the number of continuation bytes, or -1. */
static int lead(unsigned char byte, uint32_t *ret_value)
{
        if (byte < 0x80) {
                *ret_value = byte;
                return 0;
        }
        if (byte >= 0xc2 && byte <= 0xdf) {
                *ret_value = byte & 0x1fU;
                return 1;
        }
        if ((byte & 0xf0) == 0xe0) {
                *ret_value = byte & 0x0fU;
                return 2;
        }
        if (byte >= 0xf0 && byte <= 0xf4) {
                *ret_value = byte & 0x07U;
                return 3;
        }
        return -1;
}

static size_t decode(const char *text, size_t length, uint32_t *ret_value)
{
        static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
        uint32_t value = 0;
        int more = lead((unsigned char)text[0], &value);

        if (more < 0 || (size_t)more >= length)
                return 0;
        for (int i = 1; i <= more; i++) {
                if (((unsigned char)text[i] & 0xc0) != 0x80)
                        return 0;
                value = value << 6 | ((unsigned char)text[i] & 0x3fU);
        }
        if (value < smallest[more] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
                return 0;
        *ret_value = value;
        return (size_t)more + 1;
}

size_t text_character(const char *text, size_t length)
{
        uint32_t value;

        return decode(text, length, &value);
}

size_t text_printable(const char *text, size_t length)
{
        uint32_t value = 0;
        size_t step = decode(text, length, &value);

        if (step == 0 || value < 0x20 || (value >= 0x7f && value < 0xa0))
                return 0;
        if ((value >= 0x2028 && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069) || value == 0xfeff)
                return 0;
        return step;
}

bool text_word(const char *text, bool digit_first)
{
        char before = '-';
        size_t length = 0;

        for (; text[length] != '\0'; length++) {
                char c = text[length];
                bool letter = c >= 'a' && c <= 'z';
                bool digit = c >= '0' && c <= '9';

                if (!letter && !digit && !(c == '-' && before != '-'))
                        return false;
                if (length == 0 && digit && !digit_first)
                        return false;
                before = c;
        }
        return length > 0 && length <= TEXT_WORD_MAX && before != '-';
}
