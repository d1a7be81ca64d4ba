/*
 * transfer - a connection to the relay, and the message that goes over it. Private to
 * the transport.
 */
#ifndef MAIL_TRANSFER_H
#define MAIL_TRANSFER_H

#include <curl/curl.h>
#include <stdint.h>

#include "mappad/mailbox.h"
#include "transport.h"

#define SOCKETS_MAX (4 * MAIL_CONNECTIONS_MAX)  /* two address families tried at once, and closing ones */

struct transport {
        const struct relay *relay;
        struct event_base *base;
        struct event *timer;
        CURLM *multi;             /* NULL at rest */
        int sockets[SOCKETS_MAX]; /* every open socket, -1 for a free place */
        struct transfer *idle;    /* connected, and nothing is being sent */
};

/* A connection, and the message that goes over it. */
struct transfer {
        struct transfer *next; /* idle */
        struct transport *transport;
        CURL *easy;
        curl_socket_t socket;
        bool connected;
        bool reused; /* it has carried a message before this one */
        struct dialogue_offers offers;
        /* until it is connected: */
        bool greeting; /* what is heard answers EHLO */
        bool named;    /* the first line of that, the relay's name, was heard */
        bool quitting; /* QUIT went out: replies are no longer to us */
        int reply;
        char answer[TRANSPORT_ANSWER_SIZE];
        char error[CURL_ERROR_SIZE];
        struct octets message;
        char recipient[MAILBOX_MAX + 1];
        /* after that: */
        struct event *io, *deadline;
        short watched;                  /* what io waits for */
        struct dialogue dialogue;
        transport_done_fn done;
        void *context;
};

/* Purpose: make what it waits with. Errors: false without memory. */
bool transfer_arm(struct transfer *transfer);
/* Purpose: begin with a message over a connection that is there; it ends within left_ms. Owns: the bytes of message
 * pass over. Errors: false without memory, and nothing was said. */
bool transfer_open(struct transfer *transfer, const char *recipient, struct octets *message, int64_t left_ms);
/* Purpose: tell the end of its dialogue; the connection is idle afterwards, or gone. */
void transfer_finish(struct transfer *transfer);
/* Purpose: close an idle connection: at once, or with QUIT but without waiting for an answer. */
void transfer_drop_idle(struct transfer *transfer);
void transfer_leave(struct transfer *transfer);
/* Purpose: close the connection, whatever it is in, and release everything. Nothing more goes out. */
void transfer_free(struct transfer *transfer);

#endif
