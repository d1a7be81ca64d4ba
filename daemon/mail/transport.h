/*
 * transport - one message to one mailbox over SMTP: libcurl's multi interface connects on the event loop, the dialogue
 * goes over its connections, several at once and one message after another. Private to daemon/mail.
 */
#ifndef MAIL_TRANSPORT_H
#define MAIL_TRANSPORT_H

#include "dialogue.h"
#include "octets.h"
#include "relay.h"
#include "verdict.h"

#define TRANSPORT_ANSWER_SIZE DIALOGUE_ANSWER_SIZE

struct transport;
struct transfer;

/* Purpose: receive the end of a transfer, which is gone when this returns. answer: the server's last words, else
 * libcurl's, in printable ASCII. Called from the event loop, never from within a call of this door. */
typedef void (*transport_done_fn)(void *context, struct attempt_end end, const char *answer);

/* Purpose: make one. Nothing connects. Shape: relay and base outlive it. Errors: NULL without memory. */
struct transport *transport_new(const struct relay *relay, struct event_base *base);
/* Purpose: release, closing connections at once. Every transfer was ended or cut before. NULL is nothing. */
void transport_free(struct transport *transport);

/* Purpose: begin to send message to recipient, a valid mailbox. Owns: message's bytes pass over on success.
 * Errors: NULL without memory. */
struct transfer *transport_send(struct transport *transport, const char *recipient, struct octets *message,
                                transport_done_fn done, void *context);
/* Purpose: cut a transfer; done is not called. Returns how far it had come. */
enum smtp_phase transport_cut(struct transfer *transfer);
/* Purpose: take leave of the relay: close connections kept for reuse, with QUIT but without waiting for
 * an answer. Shape: no transfer is under way. */
void transport_rest(struct transport *transport);

#endif
