/*
 * scan - reads the one shape of JSON that comes in on a line: a flat object
 * whose values are strings, lists of strings, numbers, true, false or null.
 *
 * Nothing is copied: what is found are slices of the text. Strings were checked
 * (UTF-8, escapes, no NUL), so that decoding one later cannot fail.
 */
#ifndef MAPPAD_WIRE_SCAN_H
#define MAPPAD_WIRE_SCAN_H

#include <string.h>

#include "mappad/wire.h"

/* The bytes between the quotes of a string. */
struct scan_text {
        const char *raw;
        size_t length;
        bool escaped;           /* holds a backslash, so that it must be decoded */
};

enum scan_kind { SCAN_STRING, SCAN_LIST, SCAN_NUMBER, SCAN_TRUE, SCAN_FALSE, SCAN_NULL };

struct scan_member {
        struct scan_text key;
        enum scan_kind kind;
        struct scan_text text;  /* a string; of a list what is between its brackets; a number's digits */
};

struct scan_object {
        struct scan_member members[WIRE_MEMBERS_MAX];
        size_t count;
};

/* Purpose: read one object and nothing after it but white space. No key occurs twice.
 * Errors: STATUS_INVALID with *ret_problem filled. */
MUST_CHECK enum status scan_object(const char *text, size_t length, struct scan_object *ret_object,
                                   struct wire_problem *ret_problem);

/* Purpose: the next string of a list; *offset begins at 0. False at the end. */
bool scan_list_next(struct scan_text list, size_t *offset, struct scan_text *ret_text);

/* Purpose: decode into arena, NUL-terminated. NULL when memory ran out. */
const char *scan_decode(struct scan_text text, struct arena *arena);

/* Purpose: whether a string is this word. Most that a text is held against differ in their first byte. */
static inline bool scan_equals(struct scan_text text, const char *word)
{
        return (text.length == 0 || text.raw[0] == word[0]) && strncmp(text.raw, word, text.length) == 0 &&
               word[text.length] == '\0';
}

#endif
