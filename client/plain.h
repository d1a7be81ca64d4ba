/*
 * plain - a line of JSON that is an object of plain texts and nothing else, read
 * and written without making objects of it.
 *
 * Nearly every line of a file of events is one. Whatever is not (a list, a number, an escape,
 * a letter beyond ASCII, a mistake) is not plain, and left to a parser.
 */
#ifndef MAPPACTL_PLAIN_H
#define MAPPACTL_PLAIN_H

#include "mappad/wire.h"

#define PLAIN_MEMBERS_MAX 32

/* The bytes between two quotes, printable ASCII without quote and backslash. */
struct plain_text { const char *at; size_t length; };
struct plain_member { struct plain_text key, value; };
struct plain {
        struct plain_member members[PLAIN_MEMBERS_MAX]; /* in byte order of their keys, no two alike */
        size_t count;
};

/* Purpose: read a line; its texts stay where they are. False: it is not plain. */
bool plain_read(const char *text, size_t length, struct plain *ret_plain);
/* Purpose: the value of a member; NULL: there is none. */
const struct plain_text *plain_find(const struct plain *plain, const char *key);
/* Purpose: append the object, its members in order and nothing between them: as json_dumps writes it with
 * JSON_SORT_KEYS and JSON_COMPACT. */
void plain_write(const struct plain *plain, struct wire_buffer *to);

#endif
