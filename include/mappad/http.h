/*
 * http - HTTP/1.1 on a UNIX socket, with every known weakness of evhttp held shut.
 *
 * Connections are capped in all and per user, identified when they are made, and
 * each of their phases has an end: waiting, sending a request, taking an answer.
 * Input and output are bounded, whatever a client does. What evhttp itself
 * refuses is answered in JSON like everything else. Above this door nobody
 * sees libevent.
 */
#ifndef MAPPAD_HTTP_H
#define MAPPAD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/role.h"
#include "mappad/status.h"
#include "mappad/telling.h"

#define HTTP_OUTPUT_MAX ((size_t)1 << 20)       /* bytes that may wait for a reader of a stream */

struct event_base;
struct http_server;
struct http_request;

struct http_limits {
        uint32_t connections;           /* of all; admins may have 4 more */
        uint32_t per_user;
        size_t body_size_max;
        size_t header_size_max;
        uint64_t idle_ms;               /* a connection on which nothing happens */
        uint64_t request_ms;            /* from the first byte of a request to its last; the same for each 64 KiB of an
                                           answer */
};

/* How often something took how long. Units: processor time of the loop, in which there is no waiting. */
#define HTTP_TIME_BOUNDS 14
struct http_times {
        uint64_t counts[HTTP_TIME_BOUNDS + 1];  /* up to each bound and beyond the one before; longer than all */
        int64_t total_us;
};
/* Purpose: the nth bound: 200 us, 500 us, 1 ms, ..., 1 s. Shape: index < HTTP_TIME_BOUNDS. */
int64_t http_time_bound_us(size_t index);
void http_times_add(struct http_times *times, int64_t took_us);

/* How memory is, of libevent; zeroed: there is always enough. */
struct http_memory {
        bool (*scarce)(void);           /* so scarce that nobody else should be let in */
        uint64_t (*refusals)(void);     /* how often there was none */
};

struct http_config {
        struct http_limits limits;
        /* A clock that goes on, and the processor time of the loop; NULL, both: nobody goes first, turns serve all that
         * has come, and nothing is counted. */
        int64_t (*stopwatch_us)(void);
        int64_t (*worked_us)(void);
        /* Says who is at the other end of a connection; a failure counts as no role. */
        enum status (*identify)(void *context, int fd, struct peer *ret_peer);
        /* Receives every whole request, and sees to it that it is answered, now or later. */
        void (*handle)(void *context, struct http_request *request);
        void *context;
        struct http_memory memory;
        log_fn log;
        void *log_context;
};

/* Purpose: make a server on a base. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status http_new(struct event_base *base, const struct http_config *config,
                                struct http_server **ret_server);
/* Purpose: release it, with the listening socket and all connections; whoever waits for an answer is told `gone`. */
void http_free(struct http_server *server);
/* Purpose: accept connections from a listening socket that does not block. Owns: fd, on success. */
MUST_CHECK enum status http_listen(struct http_server *server, int fd);
/* Purpose: a turn of the loop has ended, in which what was served is answered. */
void http_turn(struct http_server *server);
/* Purpose: around a piece of work on an answer that takes longer than its turn: that one ends when it has lasted for a
 * millisecond, so that others are looked after between two such pieces. */
void http_work_begins(struct http_server *server);
void http_work_ends(struct http_server *server);
/* Purpose: what answers took from the last look at the sockets at which their requests had not come: of those who ask
 * now and then, or as fast as they are answered. */
const struct http_times *http_answer_times(const struct http_server *server, bool patient);
/* Purpose: use other limits from now on; connections that exist keep their time limits. */
void http_limit(struct http_server *server, const struct http_limits *limits);
/* Purpose: accept no more; whether anybody still waits for an answer or is taking one. */
void http_quiesce(struct http_server *server);
bool http_busy(const struct http_server *server);
/* Purpose: ask again who everybody is, since the answer hangs on a policy that has changed; streams of those
 * who have no role any more are cut. */
void http_identify(struct http_server *server);
/* Purpose: the limit for connections on which nothing happens. */
uint64_t http_idle_ms(const struct http_server *server);
/* Purpose: connections at present. */
uint32_t http_connections(const struct http_server *server);
/* Purpose: the longest body of a request, in bytes. */
size_t http_body_limit(const struct http_server *server);

/* ---- a request: valid until answered, or until `gone` was called ---- */

enum http_method { HTTP_OTHER, HTTP_GET, HTTP_HEAD, HTTP_POST };

/* Purpose: the method; every other than these three is HTTP_OTHER. */
enum http_method http_request_method(const struct http_request *request);
/* Purpose: the path as sent, escapes not decoded, at most header_size_max bytes; and what follows the
 * question mark, NULL without one. */
const char *http_request_path(const struct http_request *request);
const char *http_request_query(const struct http_request *request);
/* Purpose: a header's first value, or NULL. */
const char *http_request_header(const struct http_request *request, const char *name);
/* Purpose: the body; never NULL. */
const char *http_request_body(struct http_request *request, size_t *ret_length);
const struct peer *http_request_peer(const struct http_request *request);
/* Purpose: be told that the connection ended before the request was answered: it is no more when gone returns.
 * At most one at a time; NULL: not told. While nothing is written a client that leaves is not noticed: ask
 * http_request_left. */
typedef void (*http_gone_fn)(void *context);
void http_request_watch(struct http_request *request, http_gone_fn gone, void *context);
/* Purpose: whether the client has closed both ways, so that nobody will read an answer; one that has only said all
 * that it wants to has not. The request still has to be answered. Cost: a system call. */
bool http_request_left(const struct http_request *request);

/* A header to be sent along; value is ours, never a client's. */
struct http_header {
        const char *name;
        const char *value;
};

/* Purpose: add a header to the answer to come. */
void http_request_add_header(struct http_request *request, struct http_header header);
/* Purpose: answer and be done with the request. The bytes are copied. */
void http_reply(struct http_request *request, int code, const char *content_type, const char *body, size_t length);
/* Some bytes of a body that are not copied, and what is called with them, once, when they have left or will not. */
typedef void (*http_left_fn)(const void *bytes, size_t length, void *context);
struct http_piece {
        const char *bytes;
        size_t length;
        http_left_fn left;
        void *context;
};
/* Purpose: the same with a body of pieces. */
void http_reply_pieces(struct http_request *request, int code, const char *content_type,
                       const struct http_piece *pieces, size_t count);

/* ---- an answer in pieces ---- */

/* What becomes of a stream. */
enum http_stream_kind {
        HTTP_STREAM_ANSWER,     /* a long answer: each piece must be taken within request_ms */
        HTTP_STREAM_EVENTS      /* goes on for ever; the client sends nothing more; silence is no fault */
};
/* Purpose: answer 200 and go on in pieces. drained is called each time all that was sent has been taken
 * (NULL: not called). From here on http_stream_end or http_stream_abort takes the place of http_reply. */
typedef void (*http_drained_fn)(void *context);
void http_stream_begin(struct http_request *request, enum http_stream_kind kind, const char *content_type,
                       http_drained_fn drained, void *context);
/* Purpose: send a piece; nothing is sent for length 0. False: more than HTTP_OUTPUT_MAX would wait, or the client
 * is gone; the caller ends the stream by http_stream_abort. */
bool http_stream_send(struct http_request *request, const char *bytes, size_t length);
/* Purpose: the same of bytes that are not copied: piece->left is called when they have left or will not, also if this
 * says false. */
bool http_stream_give(struct http_request *request, const struct http_piece *piece);
/* Purpose: bytes that were sent and not yet taken. */
size_t http_stream_waiting(const struct http_request *request);
/* Purpose: whether some of it waits because the client takes nothing: its socket is full. Cost: a system call. */
bool http_stream_stalls(const struct http_request *request);
/* Purpose: all was sent. Or: it cannot be completed, and the connection is cut so that the client sees it. */
void http_stream_end(struct http_request *request);
void http_stream_abort(struct http_request *request);

#endif
