/*
 * header.c - text into message headers.
 *
 * libcurl and mail servers pass on whatever they are given; a line break in a
 * value would begin a header of the sender's choice. Here every value is first
 * made harmless and then written, either plain or in encoded words, and no
 * other file writes a value that it did not make itself.
 */
#include "header.h"

#include <string.h>

#define LINE_MAX_COLUMNS 76 /* RFC 2047 2: of a line that holds an encoded word; a good bound for all */
#define ENCODED_WORD_MAX 75 /* RFC 2047 2 */
#define CLEAN_SIZE (HEADER_VALUE_MAX + 1)

static bool continues(char c)
{
        return ((unsigned char)c & 0xc0) == 0x80;
}

size_t header_character(const char *text)
{
        const unsigned char first = (unsigned char)text[0];
        unsigned long value;
        size_t length;

        if (first < 0x80)
                return first == 0 ? 0 : 1;
        if (first < 0xc2 || first > 0xf4)
                return 0;
        length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        value = first & (0x7fU >> length);
        for (size_t i = 1; i < length; i++) {
                if (!continues(text[i]))
                        return 0;
                value = value << 6 | ((unsigned char)text[i] & 0x3f);
        }
        if ((length == 3 && value < 0x800) || (length == 4 && (value < 0x10000 || value > 0x10ffff)))
                return 0;
        return value >= 0xd800 && value <= 0xdfff ? 0 : length;
}

/* C1 controls (U+0080 to U+009F) and the two separators end lines in some programs. */
static bool is_control(const char *text, size_t length)
{
        const unsigned char *bytes = (const unsigned char *)text;

        if (length == 1)
                return bytes[0] < ' ' || bytes[0] == 0x7f;
        if (length == 2)
                return bytes[0] == 0xc2 && bytes[1] < 0xa0;
        return length == 3 && bytes[0] == 0xe2 && bytes[1] == 0x80 && (bytes[2] == 0xa8 || bytes[2] == 0xa9);
}

/* A copy in which every byte is printable text; true if it is all ASCII. */
static bool clean(const char *value, char ret_clean[static CLEAN_SIZE])
{
        bool ascii = true;
        size_t used = 0;

        while (*value != '\0') {
                size_t length = header_character(value);
                bool bad = length == 0 || is_control(value, length);
                size_t step = length == 0 ? 1 : length;

                if (used + (bad ? 1 : length) > HEADER_VALUE_MAX)
                        break;
                memcpy(ret_clean + used, bad ? "?" : value, bad ? 1 : length);
                used += bad ? 1 : length;
                ascii = ascii && (bad || length == 1);
                value += step;
        }
        ret_clean[used] = '\0';
        return ascii;
}

/* The bytes that stand for themselves in a Q word everywhere, also within a display name (RFC 2047 5.3). */
static bool plain_in_word(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t encode_byte(char c, char code[static 3])
{
        static const char digits[] = "0123456789ABCDEF";

        if (c == ' ' || plain_in_word(c)) {
                code[0] = c == ' ' ? '_' : c;
                return 1;
        }
        code[0] = '=';
        code[1] = digits[(unsigned char)c >> 4];
        code[2] = digits[(unsigned char)c & 15];
        return 3;
}

/* Writes encoded words, each of whole characters, beginning new lines as needed. Returns the column reached. */
static size_t put_encoded(struct octets *octets, const char *text, size_t column)
{
        static const char open[] = "=?utf-8?Q?", close[] = "?=";
        size_t word = 0;

        while (*text != '\0') {
                size_t length = header_character(text), coded = 0;
                char code[12];

                for (size_t i = 0; i < length; i++)
                        coded += encode_byte(text[i], code + coded);
                if (word > 0 &&
                    (word + coded + sizeof(close) - 1 > ENCODED_WORD_MAX || column + coded + 2 > LINE_MAX_COLUMNS)) {
                        octets_text(octets, close);
                        octets_text(octets, "\r\n ");
                        word = 0;
                        column = 1;
                }
                if (word == 0) {
                        octets_text(octets, open);
                        word = sizeof(open) - 1;
                        column += word;
                }
                octets_add(octets, code, coded);
                word += coded;
                column += coded;
                text += length;
        }
        if (word > 0)
                octets_text(octets, close);
        return column + 2;
}

/* Writes plain words; a line is folded before a space, and the space begins the next line. */
static void put_plain(struct octets *octets, const char *text, size_t column)
{
        while (*text != '\0') {
                size_t spaces = strspn(text, " "), length = strcspn(text + spaces, " ");

                if (spaces > 0 && length > 0 && column > 1 && column + spaces + length > LINE_MAX_COLUMNS) {
                        octets_text(octets, "\r\n");
                        column = 0;
                }
                octets_add(octets, text, spaces + length);
                column += spaces + length;
                text += spaces + length;
        }
}

/* Spaces at the ends would be lost, or leave a line of spaces alone, which RFC 5322 forbids. */
static bool plain_survives(const char *text, bool ascii)
{
        size_t length = strlen(text);

        return ascii && strstr(text, "=?") == NULL && (length == 0 || (text[0] != ' ' && text[length - 1] != ' '));
}

void header_text(struct octets *octets, const char *name, const char *value)
{
        char text[CLEAN_SIZE];
        bool ascii = clean(value, text);
        size_t column = strlen(name) + 2;

        octets_text(octets, name);
        octets_text(octets, ": ");
        if (plain_survives(text, ascii))
                put_plain(octets, text, column);
        else
                put_encoded(octets, text, column);
        octets_text(octets, "\r\n");
}

static void put_quoted(struct octets *octets, const char *text)
{
        octets_text(octets, "\"");
        for (; *text != '\0'; text++) {
                if (*text == '"' || *text == '\\')
                        octets_text(octets, "\\");
                octets_add(octets, text, 1);
        }
        octets_text(octets, "\"");
}

void header_mailbox(struct octets *octets, const char *name, const char *display, const char *mailbox)
{
        char text[CLEAN_SIZE] = "";
        bool ascii = display == NULL || clean(display, text);
        size_t column = strlen(name) + 2;

        octets_text(octets, name);
        octets_text(octets, ": ");
        if (text[0] != '\0') {
                if (plain_survives(text, ascii) && strlen(text) < LINE_MAX_COLUMNS / 2) {
                        put_quoted(octets, text);
                        column += strlen(text) + 2;
                } else {
                        column = put_encoded(octets, text, column);
                }
                octets_text(octets, column + strlen(mailbox) + 3 > LINE_MAX_COLUMNS ? "\r\n <" : " <");
                octets_text(octets, mailbox);
                octets_text(octets, ">");
        } else {
                octets_text(octets, mailbox);
        }
        octets_text(octets, "\r\n");
}
