/*
 * header - the one way in which text gets into a message header. Private to daemon/mail.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "octets.h"

#define HEADER_VALUE_MAX 900    /* bytes of a value that are written; later ones are cut between characters */

/* Purpose: add "Name: value" and CRLF, folded so that lines have at most 76 columns unless a single
 * word is longer (and never more than the 998 of RFC 5322 2.1.1).
 * Shape: value is any bytes. CR, LF, NUL (which ends it), other controls and bytes that are no UTF-8
 * become "?"; with anything beyond ASCII, or that could be taken for an encoded word, the value is
 * written as encoded words. So no value ends a header or begins another.
 * Source: RFC 5322 2.2.3, RFC 2047 2. */
void header_text(struct octets *octets, const char *name, const char *value);

/* Purpose: add "Name: display name <mailbox>", or the mailbox alone without a display name.
 * Shape: mailbox is valid by mailbox.h. */
void header_mailbox(struct octets *octets, const char *name, const char *display, const char *mailbox);

/* Purpose: length of the UTF-8 character at text, 0 if there is none well formed. Shape: NUL-terminated. */
size_t header_character(const char *text);

#endif
