/*
 * query - the parts of a request target that are ours to understand. Private to daemon/api.
 */
#ifndef API_QUERY_H
#define API_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/wire.h"

#define QUERY_SIZE_MAX 16384            /* bytes of a query string or path; the header limit is usually lower */
#define QUERY_ITEMS_MAX 32
#define QUERY_SEGMENTS_MAX 8

/* A name and a value, decoded. */
struct query_item {
        const char *name;
        const char *value;
};

struct query {
        struct query_item items[QUERY_ITEMS_MAX];
        size_t count;
        char text[QUERY_SIZE_MAX + 1];  /* what the items point into */
};

/* Purpose: take a query string apart (NULL: an empty one). "+" is a plus sign, as RFC 3986 has it.
 * Errors: false with *ret_problem: a broken or forbidden escape, a control byte, bytes that are no UTF-8, a
 * parameter without name or given twice, too many of them. */
bool query_parse(struct query *query, const char *text, struct wire_problem *ret_problem);
/* Purpose: a parameter's value, or NULL. */
const char *query_value(const struct query *query, const char *name);

/* Purpose: a query string in the one spelling of its letters, digits and "-._~", which need no escapes (RFC 3986,
 * 6.2.2.2), so that what it names is found by its name; cut off at size. */
void query_plain(const char *text, char *ret_text, size_t size);

/* Segments of a path, decoded. */
struct query_path {
        const char *segments[QUERY_SEGMENTS_MAX];
        size_t count;
        char text[QUERY_SIZE_MAX + 1];
};
/* Purpose: take a path apart: "/v1/cases" has the segments v1 and cases. False when it is no path of ours:
 * not absolute, an empty segment, too many, broken escapes, an escaped slash. */
bool query_path_parse(struct query_path *path, const char *text);

/* Purpose: read a decimal number of at most 19 digits without sign or leading zero. */
bool query_number(const char *text, uint64_t *ret_number);

/* Purpose: parameters by meaning. Each leaves *ret_value as it was when the parameter is absent, and is false with
 * *ret_problem when it is wrong. */
bool query_take_day(const struct query *query, const char *name, int32_t *ret_value,
                    struct wire_problem *ret_problem);
bool query_take_instant(const struct query *query, const char *name, int64_t *ret_value,
                        struct wire_problem *ret_problem);
bool query_take_number(const struct query *query, const char *name, uint64_t max, uint64_t *ret_value,
                       struct wire_problem *ret_problem);
/* Purpose: the parameter "limit": 1 to max. */
bool query_take_limit(const struct query *query, uint64_t max, uint64_t *ret_value, struct wire_problem *ret_problem);
/* Purpose: a comma list; no word of it may be missing. The words themselves are not looked at. */
bool query_take_list(const struct query *query, const char *name, const char **ret_value,
                     struct wire_problem *ret_problem);
/* Purpose: which of count words it is. */
bool query_take_word(const struct query *query, const char *name, const char *const *words, size_t *ret_value,
                     struct wire_problem *ret_problem);

#endif
