/*
 * cfg_scan - a look at the source before libconfig parses it.
 *
 * libconfig 1.5 names only the first mistake, calls every one "syntax error", puts
 * an unclosed bracket at the end of the file, wraps numbers and follows @include.
 * This reads the same grammar with its own eyes, so that the sentence names the
 * bracket's own line, a setting given twice names both, and nothing libconfig
 * would misread gets to it. The first mistake in the grammar ends the scan.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cfg.h"
#include "text.h"

enum token { T_END, T_NAME, T_EQUALS, T_COMMA, T_SEMICOLON, T_OPEN, T_CLOSE, T_STRING, T_NUMBER, T_BOOLEAN, T_BAD };

enum expect {
        EXPECT_SETTING, /* in a group: a name or its end */
        EXPECT_EQUALS,
        EXPECT_VALUE,
        EXPECT_SEPARATOR, /* in a group, after a value: ; or the next name or the end */
        EXPECT_FIRST,     /* in a list, after its bracket: a value or the end */
        EXPECT_ELEMENT,   /* in a list, after a comma: a value */
        EXPECT_COMMA      /* in a list, after a value: a comma or the end */
};

struct name {
        const char *start;
        size_t length;
        int line;
};

struct frame {
        char open; /* '{' '(' '[', or 0 for the file itself */
        int line;
        enum expect expect;
        bool after_text; /* the value before was a text: another one beside it joins on */
        enum token sort; /* of the first value; in [ ] all are of that */
        size_t names;    /* where its names begin */
};

struct scan {
        const struct cfg_file *file;
        const char *at, *end;
        int line; /* of at */
        enum token token;
        const char *start; /* of the token */
        int start_line;
        bool sound;
        bool runaway; /* the text before holds what stands between settings: it may lack its closing quote */
        struct frame frames[CFG_DEPTH_MAX + 1];
        size_t depth;
        struct name names[(CFG_DEPTH_MAX + 1) * CFG_NAMES_MAX];
        size_t name_count;
};

__attribute__((format(printf, 3, 4))) static void complain(struct scan *scan, int line, const char *format, ...)
{
        char sentence[DIAGNOSTIC_SENTENCE_MAX + 1];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(sentence, sizeof(sentence), format, arguments);
        va_end(arguments);
        diagnostics_add(scan->file->diagnostics, DIAGNOSTIC_ERROR, scan->file->name, line, "%s", sentence);
        scan->sound = false;
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(char c)
{
        return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '*';
}

/* Skips to the end of a line or of a block; true unless the block is never closed. */
static bool skip_comment(struct scan *scan)
{
        int line = scan->line;

        if (*scan->at == '#' || scan->at[1] == '/') {
                while (scan->at < scan->end && *scan->at != '\n')
                        scan->at++;
                return true;
        }
        for (scan->at += 2; scan->at < scan->end; scan->at++) {
                if (scan->at[0] == '*' && scan->at[1] == '/') {
                        scan->at += 2;
                        return true;
                }
                scan->line += *scan->at == '\n';
        }
        complain(scan, line, "this comment is never closed: \"*/\" is missing");
        return false;
}

static bool skip_blank(struct scan *scan)
{
        while (scan->at < scan->end) {
                char c = *scan->at;

                if (c == '#' || (c == '/' && (scan->at[1] == '/' || scan->at[1] == '*'))) {
                        if (!skip_comment(scan))
                                return false;
                        continue;
                }
                if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f')
                        return true;
                scan->line += c == '\n';
                scan->at++;
        }
        return true;
}

/* Whether a text reads like settings: "level; values = [" begins where the quote of "level was forgotten. */
static bool holds_settings(const char *text, const char *end)
{
        bool equals = false, stop = false;

        for (; text < end; text++) {
                equals = equals || *text == '=';
                stop = stop || *text == ';' || *text == ',';
        }
        return equals && stop;
}

/* A text runs to its quote. One that runs past its line was almost always left open. */
static enum token scan_string(struct scan *scan)
{
        for (scan->at++; scan->at < scan->end; scan->at++) {
                if (*scan->at == '"') {
                        scan->runaway = holds_settings(scan->start, scan->at);
                        scan->at++;
                        return T_STRING;
                }
                if (*scan->at == '\n')
                        break;
                if (*scan->at != '\\')
                        continue;
                scan->at++;
                if (*scan->at == '\0' || strchr("nrtf\\\"", *scan->at) == NULL) {
                        complain(scan, scan->line,
                                 "a \\ in a text stands before n, r, t, f, \\ or \" and nothing else");
                        return T_BAD;
                }
        }
        complain(scan, scan->line, "this text is not closed on its line: a \" is missing");
        return T_BAD;
}

/* Only plain decimal numbers of 32 bits pass. */
static enum token scan_number(struct scan *scan)
{
        const char *start = scan->at;
        int64_t value = 0;
        const char *digits = start + (*start == '-' || *start == '+');

        for (scan->at = digits; is_digit(*scan->at); scan->at++)
                value = value > INT32_MAX ? value : 10 * value + (*scan->at - '0');
        if (scan->at == digits || is_name(*scan->at) || *scan->at == '.' || (*digits == '0' && scan->at - digits > 1)) {
                while (is_name(*scan->at) || *scan->at == '.' || *scan->at == '+')
                        scan->at++;
                complain(scan, scan->line, "\"%.*s\" is no plain whole number", (int)(scan->at - start), start);
                return T_BAD;
        }
        if (value > INT32_MAX) {
                complain(scan, scan->line, "the number %.*s is out of range: %d to %d is possible",
                         (int)(scan->at - start > 40 ? 40 : scan->at - start), start, -INT32_MAX, INT32_MAX);
                return T_BAD;
        }
        return T_NUMBER;
}

static enum token scan_name(struct scan *scan)
{
        size_t length;

        while (is_name(*scan->at))
                scan->at++;
        length = (size_t)(scan->at - scan->start);
        if ((length == 4 && strncasecmp(scan->start, "true", 4) == 0) ||
            (length == 5 && strncasecmp(scan->start, "false", 5) == 0))
                return T_BOOLEAN;
        return T_NAME;
}

static enum token scan_token(struct scan *scan)
{
        size_t length;

        if (!skip_blank(scan))
                return T_BAD;
        scan->start = scan->at;
        scan->start_line = scan->line;
        if (scan->at == scan->end)
                return T_END;
        if (is_letter(*scan->at) || *scan->at == '*')
                return scan_name(scan);
        if (is_digit(*scan->at) || *scan->at == '-' || *scan->at == '+' || *scan->at == '.')
                return scan_number(scan);
        switch (*scan->at) {
        case '"':
                return scan_string(scan);
        case '=':
        case ':':
                scan->at++;
                return T_EQUALS;
        case ',':
                scan->at++;
                return T_COMMA;
        case ';':
                scan->at++;
                return T_SEMICOLON;
        case '{':
        case '(':
        case '[':
                scan->at++;
                return T_OPEN;
        case '}':
        case ')':
        case ']':
                scan->at++;
                return T_CLOSE;
        case '@':
                complain(scan, scan->line, "@include is refused: every file stands alone");
                return T_BAD;
        case '\'':
                complain(scan, scan->line, "a text stands in double quotes: \"...\"");
                return T_BAD;
        default:
                length = text_character(scan->at, (size_t)(scan->end - scan->at));
                if (length == 3 && memcmp(scan->at, "\xe2\x80", 2) == 0 && strchr("\x98\x99\x9c\x9d\x9e", scan->at[2]))
                        complain(scan, scan->line, "a text stands in straight quotes, \"...\", not in \"%.3s\"",
                                 scan->at);
                else
                        complain(scan, scan->line, "\"%.*s\" means nothing here", (int)(length > 0 ? length : 1),
                                 scan->at);
                return T_BAD;
        }
}

static char closing(char open)
{
        return open == '{' ? '}' : open == '(' ? ')' : ']';
}

/* How far a token is quoted in a sentence. */
static int quoted(const struct scan *scan)
{
        ptrdiff_t length = scan->at - scan->start;

        return (int)(length > 40 ? 40 : length);
}

static void unexpected(struct scan *scan, const char *wanted)
{
        const struct frame *frame = &scan->frames[scan->depth];

        if (scan->token == T_END && frame->open != '\0') {
                complain(scan, frame->line, "this \"%c\" is never closed: \"%c\" is missing", frame->open,
                         closing(frame->open));
                return;
        }
        if (scan->token == T_END) {
                complain(scan, scan->start_line, "%s is missing at the end of the file", wanted);
                return;
        }
        complain(scan, scan->start_line, "%s should stand here, not %s%.*s%s%s", wanted,
                 scan->token == T_STRING ? "" : "\"", quoted(scan), scan->start, scan->token == T_STRING ? "" : "\"",
                 scan->runaway ? "; the text before it may lack its closing quote" : "");
}

static bool remember_name(struct scan *scan)
{
        struct frame *frame = &scan->frames[scan->depth];
        size_t length = (size_t)(scan->at - scan->start);

        for (size_t i = frame->names; i < scan->name_count; i++) {
                if (scan->names[i].length != length || memcmp(scan->names[i].start, scan->start, length) != 0)
                        continue;
                complain(scan, scan->start_line, "\"%.*s\" is given twice; the first is on line %d", quoted(scan),
                         scan->start, scan->names[i].line);
                return true;
        }
        if (scan->name_count - frame->names == CFG_NAMES_MAX) {
                complain(scan, scan->start_line, "a group holds at most %d settings", CFG_NAMES_MAX);
                return false;
        }
        scan->names[scan->name_count++] = (struct name){scan->start, length, scan->start_line};
        return true;
}

static bool push(struct scan *scan)
{
        if (scan->depth == CFG_DEPTH_MAX) {
                complain(scan, scan->start_line, "groups and lists stand at most %d deep within each other",
                         CFG_DEPTH_MAX);
                return false;
        }
        scan->frames[++scan->depth] = (struct frame){
                .open = *scan->start,
                .line = scan->start_line,
                .names = scan->name_count,
                .expect = *scan->start == '{' ? EXPECT_SETTING : EXPECT_FIRST,
        };
        return true;
}

static bool pop(struct scan *scan)
{
        struct frame *frame = &scan->frames[scan->depth];

        if (frame->open == '\0') {
                complain(scan, scan->start_line, "this \"%c\" closes nothing", *scan->start);
                return false;
        }
        if (closing(frame->open) != *scan->start) {
                complain(scan, scan->start_line,
                         "\"%c\" should stand here, not \"%c\": it closes the \"%c\" of line %d", closing(frame->open),
                         *scan->start, frame->open, frame->line);
                return false;
        }
        scan->name_count = frame->names;
        scan->depth--;
        return true;
}

/* Takes a value that may begin here; next is what its frame expects after it. */
static bool take_value(struct scan *scan, const char *wanted)
{
        struct frame *frame = &scan->frames[scan->depth];
        bool scalar = scan->token == T_STRING || scan->token == T_NUMBER || scan->token == T_BOOLEAN;

        if (!scalar && scan->token != T_OPEN) {
                if (scan->token == T_NAME)
                        complain(scan, scan->start_line, "the text %.*s needs its quotes: \"%.*s\"", quoted(scan),
                                 scan->start, quoted(scan), scan->start);
                else
                        unexpected(scan, wanted);
                return false;
        }
        if (scan->token == T_OPEN && frame->open == '[') {
                complain(scan, scan->start_line, "[ ] holds plain values; a list of groups stands in ( )");
                return false;
        }
        if (frame->open == '[' && frame->expect == EXPECT_ELEMENT && scan->token != frame->sort) {
                complain(scan, scan->start_line,
                         "[ ] holds values of one sort; %.*s is not of the sort of those before it", quoted(scan),
                         scan->start);
                return false;
        }
        frame->sort = scan->token;
        frame->expect = frame->open == '(' || frame->open == '[' ? EXPECT_COMMA : EXPECT_SEPARATOR;
        frame->after_text = scan->token == T_STRING;
        return scalar || push(scan);
}

/* In a group, where a setting or the end may come. */
static bool take_setting(struct scan *scan)
{
        struct frame *frame = &scan->frames[scan->depth];

        if (scan->token == T_NAME || scan->token == T_BOOLEAN) {
                frame->expect = EXPECT_EQUALS;
                if (scan->token == T_NAME)
                        return remember_name(scan);
                complain(scan, scan->start_line, "a setting cannot be called \"%.*s\"", quoted(scan), scan->start);
                return false;
        }
        if (scan->token == T_CLOSE)
                return pop(scan);
        unexpected(scan, "the name of a setting");
        return false;
}

static bool take(struct scan *scan)
{
        struct frame *frame = &scan->frames[scan->depth];

        switch (frame->expect) {
        case EXPECT_SETTING:
                return take_setting(scan);
        case EXPECT_EQUALS:
                frame->expect = EXPECT_VALUE;
                if (scan->token == T_EQUALS)
                        return true;
                unexpected(scan, "\"=\"");
                return false;
        case EXPECT_VALUE:
                return take_value(scan, "a value");
        case EXPECT_SEPARATOR:
                if (scan->token == T_STRING && frame->after_text)
                        return true;
                frame->expect = EXPECT_SETTING;
                if (scan->token == T_SEMICOLON || scan->token == T_COMMA)
                        return true;
                if (scan->token == T_NAME || scan->token == T_CLOSE)
                        return take_setting(scan);
                unexpected(scan, "\";\"");
                return false;
        case EXPECT_FIRST:
                return scan->token == T_CLOSE ? pop(scan) : take_value(scan, "a value");
        case EXPECT_ELEMENT:
                if (scan->token == T_CLOSE) {
                        complain(scan, scan->start_line, "no comma stands before \"%c\"", *scan->start);
                        return false;
                }
                return take_value(scan, "a value");
        case EXPECT_COMMA:
                if (scan->token == T_STRING && frame->after_text) {
                        complain(scan, scan->start_line, "a comma is missing before %.*s", quoted(scan), scan->start);
                        return false;
                }
                frame->expect = EXPECT_ELEMENT;
                if (scan->token == T_COMMA)
                        return true;
                if (scan->token == T_CLOSE)
                        return pop(scan);
                unexpected(scan, frame->open == '[' ? "\",\" or \"]\"" : "\",\" or \")\"");
                return false;
        }
        return false;
}

/* Bytes first: a byte order mark, NUL, control characters and ill-formed UTF-8, each with its line. */
static bool bytes_sound(struct scan *scan)
{
        size_t length = (size_t)(scan->end - scan->at);
        int line = 1;
        size_t step;

        if (length >= 3 && memcmp(scan->at, "\xef\xbb\xbf", 3) == 0) {
                complain(scan, 1, "the file begins with a byte order mark; save it as UTF-8 without one");
                return false;
        }
        for (size_t i = 0; i < length; i += step) {
                char c = scan->at[i];

                step = 1;
                if (c >= ' ' && c <= '~') /* nearly all there is */
                        continue;
                line += c == '\n';
                if (c == '\n' || c == '\t' || c == '\r' || c == '\f')
                        continue;
                step = text_printable(scan->at + i, length - i);
                if (step > 0)
                        continue;
                complain(scan, line,
                         text_character(scan->at + i, length - i) > 0 ? "byte %zu of the file is a control character"
                                                                      : "byte %zu of the file is no valid UTF-8",
                         i + 1);
                return false;
        }
        return true;
}

static void scan_file(struct scan *scan)
{
        if (!bytes_sound(scan))
                return;
        do {
                scan->token = scan_token(scan);
                if (scan->token == T_BAD)
                        return;
                if (scan->token == T_END && scan->depth == 0 &&
                    (scan->frames[0].expect == EXPECT_SETTING || scan->frames[0].expect == EXPECT_SEPARATOR))
                        return;
        } while (take(scan));
}

enum status cfg_scan(const struct cfg_file *file, bool *ret_sound)
{
        struct scan *scan = calloc(1, sizeof(*scan));

        if (scan == NULL)
                return STATUS_NO_MEMORY;
        scan->file = file;
        scan->at = file->text;
        scan->end = file->text + file->length;
        scan->line = 1;
        scan->sound = true;
        scan_file(scan);
        *ret_sound = scan->sound;
        free(scan);
        return STATUS_OK;
}
