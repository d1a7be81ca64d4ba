/*
 * exchange - the client's side of HTTP/1.1 over a UNIX socket, as little of it as
 * measuring needs: one request at a time, lengths and chunks understood.
 */
#ifndef BENCH_EXCHANGE_H
#define BENCH_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

struct exchange {
        int fd;
        char *in;                       /* the answer as it comes */
        size_t length, capacity;
        size_t body;                    /* where the body begins; 0: the head is not complete */
        size_t end;                     /* where the answer ends, known from its length; 0: chunked */
        size_t chunk;                   /* chunked: where the next size line begins */
        int status;
};

/* Purpose: connect. Exits when nobody listens. Close. */
void exchange_open(struct exchange *exchange, const char *socket_path);
void exchange_close(struct exchange *exchange);

/* Purpose: send a request (body NULL: a GET), all of it; the socket blocks. */
void exchange_send(struct exchange *exchange, const char *path, const char *body, size_t length);
/* Purpose: take what has come; whether the answer is complete. Exits when the other side has gone. */
bool exchange_take(struct exchange *exchange);
/* Purpose: send and wait for the whole answer; exits unless its status is the one expected. */
void exchange_ask(struct exchange *exchange, const char *path, const char *body, size_t length, int expected);
/* Purpose: the body without its chunks' sizes, in place; its length. Once an answer. */
size_t exchange_body(struct exchange *exchange, const char **ret_body);

#endif
