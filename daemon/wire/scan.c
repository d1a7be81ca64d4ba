/*
 * scan - the strict reader of flat JSON objects (scan.h).
 *
 * A library would build a tree on the heap for every line only to have it taken
 * apart again, and would not say which rule was broken. What is refused here and
 * allowed elsewhere: objects in objects, lists of anything but strings, NUL,
 * a key twice. tests/fuzz/fuzz_wire.c holds it against jansson.
 */
#include "scan.h"

#include <string.h>

#include "mappad/ensure.h"

struct scanner {
        const char *text;
        size_t length;
        size_t at;
        struct wire_problem *problem;
};

static enum status broken(struct scanner *scanner, const char *expected)
{
        if (scanner->at >= scanner->length)
                wire_problem_set(scanner->problem, "not-json", "", "this is not JSON: it ends where %s was expected",
                                 expected);
        else
                wire_problem_set(scanner->problem, "not-json", "", "this is not JSON: %s was expected at byte %zu",
                                 expected, scanner->at + 1);
        return STATUS_INVALID;
}

static void skip_space(struct scanner *scanner)
{
        while (scanner->at < scanner->length) {
                char c = scanner->text[scanner->at];
                if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
                        return;
                scanner->at++;
        }
}

static bool take(struct scanner *scanner, char wanted)
{
        if (scanner->at >= scanner->length || scanner->text[scanner->at] != wanted)
                return false;
        scanner->at++;
        return true;
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* Four hex digits, or -1. */
static int32_t hex_unit(const char *digits, size_t length)
{
        if (length < 4)
                return -1;
        int32_t unit = 0;
        for (size_t i = 0; i < 4; i++) {
                int digit = hex_digit(digits[i]);
                if (digit < 0)
                        return -1;
                unit = unit * 16 + digit;
        }
        return unit;
}

/* The character that an escape beginning after "\u" stands for, and its length in
 * bytes; 0 if it is none: half of a surrogate pair is no character. */
static size_t unicode_escape(const char *digits, size_t length, uint32_t *ret_code)
{
        int32_t first = hex_unit(digits, length);
        if (first < 0 || (first >= 0xDC00 && first <= 0xDFFF))
                return 0;
        *ret_code = (uint32_t)first;
        if (first < 0xD800 || first > 0xDBFF)
                return 4;
        if (length < 10 || digits[4] != '\\' || digits[5] != 'u')
                return 0;
        int32_t second = hex_unit(digits + 6, length - 6);
        if (second < 0xDC00 || second > 0xDFFF)
                return 0;
        *ret_code = 0x10000u + (((uint32_t)first - 0xD800u) << 10) + ((uint32_t)second - 0xDC00u);
        return 10;
}

/* The character of a one-letter escape, or 0. */
static char letter_escape(char letter)
{
        switch (letter) {
        case '"':
        case '\\':
        case '/':
                return letter;
        case 'b':
                return '\b';
        case 'f':
                return '\f';
        case 'n':
                return '\n';
        case 'r':
                return '\r';
        case 't':
                return '\t';
        default:
                return 0;
        }
}

/* Step over an escape; scanner->at is at its backslash. */
static enum status scan_escape(struct scanner *scanner)
{
        const char *rest = scanner->text + scanner->at + 1;
        size_t left = scanner->length - scanner->at - 1;
        if (left > 0 && letter_escape(rest[0]) != 0) {
                scanner->at += 2;
                return STATUS_OK;
        }
        uint32_t code = 0;
        size_t digits = left > 0 && rest[0] == 'u' ? unicode_escape(rest + 1, left - 1, &code) : 0;
        if (digits == 0)
                return broken(scanner, "a valid escape");
        if (code == 0) {
                wire_problem_set(scanner->problem, "not-json", "", "a text holds a NUL character at byte %zu",
                                 scanner->at + 1);
                return STATUS_INVALID;
        }
        scanner->at += 2 + digits;
        return STATUS_OK;
}

static bool plain(unsigned char c)
{
        return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Whether eight bytes are all plain. A byte that is less than what is taken from it borrows, and its top bit is set;
 * the borrow may set that of the next as well, which changes nothing in the answer. */
static bool eight_plain(const char *text)
{
        const uint64_t each = UINT64_C(0x0101010101010101);
        uint64_t bytes;
        memcpy(&bytes, text, sizeof(bytes));
        uint64_t quotes = bytes ^ (each * '"'), escapes = bytes ^ (each * '\\');
        return ((bytes | (bytes - each * 0x20) | (quotes - each) | (escapes - each)) & (each * 0x80)) == 0;
}

/* Nearly all bytes of a text stand for themselves. */
static void skip_plain(struct scanner *scanner)
{
        size_t at = scanner->at;
        while (scanner->length - at >= 8 && eight_plain(scanner->text + at))
                at += 8;
        while (at < scanner->length && plain((unsigned char)scanner->text[at]))
                at++;
        scanner->at = at;
}

/* A string; scanner->at is after its opening quote. */
static enum status scan_string(struct scanner *scanner, struct scan_text *ret_text)
{
        size_t start = scanner->at;
        bool escaped = false;
        for (skip_plain(scanner); scanner->at < scanner->length; skip_plain(scanner)) {
                unsigned char c = (unsigned char)scanner->text[scanner->at];
                if (c == '"') {
                        *ret_text = (struct scan_text){scanner->text + start, scanner->at - start, escaped};
                        scanner->at++;
                        return STATUS_OK;
                }
                if (c < 0x20)
                        return broken(scanner, "an escape instead of a control character");
                if (c == '\\') {
                        escaped = true;
                        enum status status = scan_escape(scanner);
                        if (status != STATUS_OK)
                                return status;
                } else {
                        uint32_t code;
                        size_t size =
                                wire_utf8_length(scanner->text + scanner->at, scanner->length - scanner->at, &code);
                        if (size == 0) {
                                wire_problem_set(scanner->problem, "not-utf8", "", "this is not UTF-8 at byte %zu",
                                                 scanner->at + 1);
                                return STATUS_INVALID;
                        }
                        scanner->at += size;
                }
        }
        return broken(scanner, "the closing quote of a text");
}

static size_t count_digits(const struct scanner *scanner)
{
        size_t count = 0;
        while (scanner->at + count < scanner->length && scanner->text[scanner->at + count] >= '0' &&
               scanner->text[scanner->at + count] <= '9')
                count++;
        return count;
}

static enum status scan_number(struct scanner *scanner, struct scan_text *ret_text)
{
        size_t start = scanner->at;
        take(scanner, '-');
        size_t digits = count_digits(scanner);
        if (digits == 0 || (digits > 1 && scanner->text[scanner->at] == '0'))
                return broken(scanner, "a value");
        scanner->at += digits;
        if (take(scanner, '.')) {
                digits = count_digits(scanner);
                if (digits == 0)
                        return broken(scanner, "a digit");
                scanner->at += digits;
        }
        if (take(scanner, 'e') || take(scanner, 'E')) {
                if (!take(scanner, '+'))
                        take(scanner, '-');
                digits = count_digits(scanner);
                if (digits == 0)
                        return broken(scanner, "a digit");
                scanner->at += digits;
        }
        *ret_text = (struct scan_text){scanner->text + start, scanner->at - start, false};
        return STATUS_OK;
}

/* A list of strings; scanner->at is after its opening bracket. */
static enum status scan_list(struct scanner *scanner, struct scan_text *ret_text)
{
        size_t start = scanner->at;
        skip_space(scanner);
        bool first = true;
        while (!take(scanner, ']')) {
                if (!first && !take(scanner, ','))
                        return broken(scanner, "a comma or the end of a list");
                first = false;
                skip_space(scanner);
                if (!take(scanner, '"'))
                        return broken(scanner, "a text in quotes (lists hold nothing else)");
                struct scan_text element;
                enum status status = scan_string(scanner, &element);
                if (status != STATUS_OK)
                        return status;
                skip_space(scanner);
        }
        *ret_text = (struct scan_text){scanner->text + start, scanner->at - 1 - start, false};
        return STATUS_OK;
}

static bool take_word(struct scanner *scanner, const char *word)
{
        size_t length = strlen(word);
        if (scanner->length - scanner->at < length || memcmp(scanner->text + scanner->at, word, length) != 0)
                return false;
        scanner->at += length;
        return true;
}

static enum status scan_value(struct scanner *scanner, struct scan_member *member)
{
        static const struct {
                const char *word;
                enum scan_kind kind;
        } words[] = {
                {"true", SCAN_TRUE},
                {"false", SCAN_FALSE},
                {"null", SCAN_NULL},
        };
        member->text = (struct scan_text){"", 0, false};
        if (take(scanner, '"')) {
                member->kind = SCAN_STRING;
                return scan_string(scanner, &member->text);
        }
        if (take(scanner, '[')) {
                member->kind = SCAN_LIST;
                return scan_list(scanner, &member->text);
        }
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                if (take_word(scanner, words[i].word)) {
                        member->kind = words[i].kind;
                        return STATUS_OK;
                }
        }
        if (scanner->at < scanner->length && scanner->text[scanner->at] == '{') {
                wire_problem_set(scanner->problem, "wrong-type", "",
                                 "an object inside the object is refused (byte %zu)", scanner->at + 1);
                return STATUS_INVALID;
        }
        member->kind = SCAN_NUMBER;
        return scan_number(scanner, &member->text);
}

static bool same_key(struct scan_text a, struct scan_text b)
{
        return a.length == b.length && memcmp(a.raw, b.raw, a.length) == 0;
}

/* No member's name needs an escape, so that one spelled with escapes is simply unknown;
 * it is refused here to keep a name from coming twice in two spellings. */
static enum status check_key(struct scanner *scanner, const struct scan_object *object, struct scan_text key)
{
        bool twice = false;
        for (size_t i = 0; i < object->count && !twice; i++)
                twice = same_key(object->members[i].key, key);
        if (key.escaped || twice) {
                char shown[WIRE_FIELD_SIZE];
                wire_clean(key.raw, key.length, shown, sizeof(shown));
                if (key.escaped)
                        wire_problem_set(scanner->problem, "unknown-field", shown, "there is no field \"%s\"", shown);
                else
                        wire_problem_set(scanner->problem, "duplicate-field", shown, "\"%s\" is given twice", shown);
                return STATUS_INVALID;
        }
        if (object->count >= WIRE_MEMBERS_MAX) {
                wire_problem_set(scanner->problem, "too-long", "", "the object has more than %d members",
                                 WIRE_MEMBERS_MAX);
                return STATUS_INVALID;
        }
        return STATUS_OK;
}

static enum status scan_member(struct scanner *scanner, struct scan_object *object)
{
        struct scan_text key;
        if (!take(scanner, '"'))
                return broken(scanner, "a field name in quotes");
        enum status status = scan_string(scanner, &key);
        if (status == STATUS_OK)
                status = check_key(scanner, object, key);
        if (status != STATUS_OK)
                return status;
        skip_space(scanner);
        if (!take(scanner, ':'))
                return broken(scanner, "a colon");
        skip_space(scanner);
        struct scan_member *member = &object->members[object->count];
        member->key = key;
        status = scan_value(scanner, member);
        if (status == STATUS_OK)
                object->count++;
        skip_space(scanner);
        return status;
}

static enum status scan_start(struct scanner *scanner)
{
        if (scanner->length > WIRE_LINE_MAX) {
                wire_problem_set(scanner->problem, "too-long", "", "the line is longer than %d bytes", WIRE_LINE_MAX);
                return STATUS_INVALID;
        }
        if (take_word(scanner, "\xEF\xBB\xBF")) {
                wire_problem_set(scanner->problem, "not-json", "",
                                 "this begins with a byte order mark: save the file as UTF-8 without one");
                return STATUS_INVALID;
        }
        skip_space(scanner);
        if (!take(scanner, '{'))
                return broken(scanner, "an object");
        skip_space(scanner);
        return STATUS_OK;
}

enum status scan_object(const char *text, size_t length, struct scan_object *ret_object,
                        struct wire_problem *ret_problem)
{
        struct scanner scanner = {text, length, 0, ret_problem};
        ret_object->count = 0;
        enum status status = scan_start(&scanner);
        if (status != STATUS_OK)
                return status;
        bool first = true;
        while (!take(&scanner, '}')) {
                if (!first && !take(&scanner, ','))
                        return broken(&scanner, "a comma or the end of the object");
                first = false;
                skip_space(&scanner);
                status = scan_member(&scanner, ret_object);
                if (status != STATUS_OK)
                        return status;
        }
        skip_space(&scanner);
        if (scanner.at != scanner.length)
                return broken(&scanner, "the end of the line");
        return STATUS_OK;
}

bool scan_list_next(struct scan_text list, size_t *offset, struct scan_text *ret_text)
{
        struct wire_problem unused;
        struct scanner scanner = {list.raw, list.length, *offset, &unused};
        while (scanner.at < list.length && list.raw[scanner.at] != '"')
                scanner.at++;
        if (!take(&scanner, '"'))
                return false;
        enum status status = scan_string(&scanner, ret_text);
        ENSURE(status == STATUS_OK);
        *offset = scanner.at;
        return true;
}

static size_t encode_utf8(uint32_t code, char *bytes)
{
        if (code < 0x80) {
                bytes[0] = (char)code;
                return 1;
        }
        size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
        for (size_t i = length - 1; i > 0; i--) {
                bytes[i] = (char)(0x80u | (code & 0x3Fu));
                code >>= 6;
        }
        bytes[0] = (char)(leads[length] | code);
        return length;
}

const char *scan_decode(struct scan_text text, struct arena *arena)
{
        char *copy = arena_copy(arena, text.raw, text.length);
        if (copy == NULL || !text.escaped)
                return copy;
        /* An escape is never shorter than what it stands for, so that decoding in place is safe. */
        size_t out = 0;
        for (size_t in = 0; in < text.length;) {
                if (text.raw[in] != '\\') {
                        copy[out++] = text.raw[in++];
                        continue;
                }
                char letter = text.raw[in + 1];
                uint32_t code = (uint32_t)(unsigned char)letter_escape(letter);
                size_t digits = 0;
                if (letter == 'u')
                        digits = unicode_escape(text.raw + in + 2, text.length - in - 2, &code);
                out += encode_utf8(code, copy + out);
                in += 2 + digits;
        }
        copy[out] = '\0';
        return copy;
}
