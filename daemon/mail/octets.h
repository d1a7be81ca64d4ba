/*
 * octets - bytes that grow on the heap. Private to daemon/mail.
 */
#ifndef MAIL_OCTETS_H
#define MAIL_OCTETS_H

#include <stdbool.h>
#include <stddef.h>

/* Shape: zeroed is empty. Once memory ran out failed is set and nothing more is added. */
struct octets {
        char *bytes;
        size_t used, room;
        bool failed;
};

/* Purpose: add bytes; add a NUL-terminated text; release. */
void octets_add(struct octets *octets, const char *bytes, size_t length);
void octets_text(struct octets *octets, const char *text);
void octets_fini(struct octets *octets);

#endif
