/*
 * message - a message of the outbox as the bytes that go over the wire. Private to daemon/mail.
 */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include "mappad/app_alert.h"
#include "octets.h"

#define MESSAGE_ID_MAX 200

struct message_sender {
        const char *mailbox;
        const char *display;            /* or NULL */
};

/* Purpose: whether text may stand between the angle brackets of a Message-ID: 1 to 200 bytes of the
 * mailbox grammar's atoms and dots with one "@" between them. */
bool message_id_valid(const char *text);

/* Purpose: write a message: headers, then the text alone, or text and HTML as alternatives, and the calendar attached
 * to either.
 * The same input gives the same bytes at every attempt; its date is when it was put into the outbox.
 * Shape: recipient and sender are valid mailboxes, message_id is valid. Lines end in CRLF and have at most 76 columns
 * in bodies that hold anything but short ASCII lines. Errors: ret_octets->failed. */
void message_write(const struct app_message *message, struct message_sender sender, struct octets *ret_octets);

#endif
