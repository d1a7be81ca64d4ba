/*
 * http - the server and its answers, over evhttp; request.c reads what was asked.
 *
 * A request that is with a handler belongs to struct http_request until it is
 * answered; evhttp's own request lives as long as evhttp says, which conn.c
 * keeps track of. A request's body and headers are read where evhttp holds them.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "mappad/ensure.h"
#include "order.h"

#define MS_PER_SECOND 1000
/* evhttp's own timeout restarts with every byte and cuts silent streams: it is put out of the way. */
#define EVHTTP_TIMEOUT_SECONDS (365 * 86400)
#define RESUME_MS 500
#define METHODS_ALL                                                                                                    \
        (EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |                     \
         EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH)

/* The answer has left; the connection waits for the next request, which may be there already. */
static void answer_taken(struct evhttp_request *req, void *arg)
{
        struct conn *conn = arg;

        (void)req;
        if (conn->phase != CONN_WRITING)
                return;
        bool more = evbuffer_get_length(bufferevent_get_input(conn->bev)) > 0;
        conn_enter(conn, more ? CONN_READING : CONN_IDLE);
        order_taken(conn);
}

/* ---- how long it takes ---- */

int64_t http_time_bound_us(size_t index)
{
        static const int64_t bounds_us[HTTP_TIME_BOUNDS] = {200,  500,   1000,  2000,  3000,   4000,   5000,
                                                            7500, 10000, 20000, 50000, 100000, 200000, 1000000};

        ENSURE(index < HTTP_TIME_BOUNDS);
        return bounds_us[index];
}

void http_times_add(struct http_times *times, int64_t took_us)
{
        size_t bound = 0;

        while (bound < HTTP_TIME_BOUNDS && took_us > http_time_bound_us(bound))
                bound++;
        times->counts[bound]++;
        times->total_us += took_us;
}

const struct http_times *http_answer_times(const struct http_server *server, bool patient)
{
        return &server->answers[patient];
}

void http_turn(struct http_server *server)
{
        order_turn(server);
        if (server->config.worked_us == NULL)
                return;
        server->looked_before_us = server->looked_us;
        server->looked_us = server->config.worked_us();
}

/* The request was not there at the look before the last one, or it would have been served in the turn after it. */
static void note_answered(struct conn *conn)
{
        struct http_server *server = conn->server;

        if (server->config.worked_us == NULL)
                return;
        http_times_add(&server->answers[conn->patient], server->config.worked_us() - server->looked_before_us);
}

/* ---- requests that come ---- */

static struct conn *conn_of(struct http_server *server, struct evhttp_request *req)
{
        const struct evhttp_connection *evcon = evhttp_request_get_connection(req);

        for (struct conn *conn = server->conns; conn != NULL; conn = conn->next)
                if (conn->evcon == evcon)
                        return conn;
        return NULL;
}

/* Whether the body is here as a whole, and in one piece. Where there was no memory for it evhttp hands on the beginning
 * that it had some for, and takes what is left for the next request. */
static bool body_whole(struct evhttp_request *req)
{
        struct evbuffer *input = evhttp_request_get_input_buffer(req);
        size_t length = evbuffer_get_length(input);

        return length == req->body_size && (length == 0 || evbuffer_pullup(input, -1) != NULL);
}

/* NULL: the connection is on its way out, or is now, for want of memory for the request. What is left of a request that
 * was not read as a whole must not be taken for another one. */
static struct http_request *request_new(struct conn *conn, struct evhttp_request *req)
{
        struct http_request *request = NULL;

        if (conn == NULL || conn->phase >= CONN_TURNED_AWAY)
                return NULL;
        if (conn_refusals(conn) == conn->refusals && body_whole(req))
                request = calloc(1, sizeof *request);
        if (request == NULL)
                conn_starve(conn);
        return request;
}

static void request_arrived(struct evhttp_request *req, void *arg)
{
        struct http_server *server = arg;
        struct conn *conn = conn_of(server, req);
        struct http_request *request = request_new(conn, req);

        /* evhttp takes HTTP/0.0 for a version and would answer in kind; we speak HTTP/1 alone. */
        if (request == NULL || req->major != 1 || !conn_request_clear(conn, req)) {
                int code = request == NULL ? 503 : 400;

                free(request);
                req->major = 1;
                evhttp_send_error(req, code, NULL);
                return;
        }
        req->minor = req->minor == 0 ? 0 : 1; /* the answer says what we speak, not what was asked for */
        request->conn = conn;
        request->req = req;
        conn->request = request;
        conn_enter(conn, CONN_HANDLING);
        evhttp_request_set_on_complete_cb(req, answer_taken, conn);
        bool patient = order_serve(conn);
        server->config.handle(server->config.context, request);
        order_served(server, patient); /* the connection may be gone */
}

/* The listener of evhttp calls back with evhttp's own pointer and has no place for ours, so that the way
 * from the one to the other is kept here. */
static struct http_server *servers;

static struct http_server *server_of(const void *http)
{
        struct http_server *server = servers;

        while (server != NULL && server->http != http)
                server = server->next_server;
        return server;
}

static void server_forget(struct http_server *server)
{
        struct http_server **place = &servers;

        while (*place != NULL && *place != server)
                place = &(*place)->next_server;
        if (*place != NULL)
                *place = server->next_server;
}

void http_pause(struct http_server *server, const char *message)
{
        struct timeval pause = {.tv_usec = RESUME_MS * MS_PER_SECOND}, quiet = {.tv_sec = QUIET_SECONDS};

        /* Without an end there is no pause. */
        if (event_add(server->resume, &pause) == 0)
                evconnlistener_disable(evhttp_bound_socket_get_listener(server->bound));
        if (!server->quiet) {
                server->config.log(server->config.log_context, LOG_LEVEL_ERROR, NULL, 0, message);
                server->quiet = event_add(server->speak, &quiet) == 0;
        }
}

static void descriptors_ran_out(struct evconnlistener *listener, void *arg)
{
        struct http_server *server = server_of(arg);

        (void)listener;
        ENSURE(server != NULL);
        http_pause(server, "a connection could not be accepted; accepting pauses for half a second");
}

static void resume_accepting(evutil_socket_t fd, short what, void *arg)
{
        struct http_server *server = arg;
        struct timeval pause = {.tv_usec = RESUME_MS * MS_PER_SECOND};

        (void)fd;
        (void)what;
        if (http_scarce(server) && event_add(server->resume, &pause) == 0)
                return;
        if (server->bound != NULL)
                evconnlistener_enable(evhttp_bound_socket_get_listener(server->bound));
}

bool http_scarce(struct http_server *server)
{
        if (server->spare == NULL)
                server->spare = calloc(1, sizeof *server->spare);
        return server->spare == NULL || (server->config.memory.scarce != NULL && server->config.memory.scarce());
}

static void speak_again(evutil_socket_t fd, short what, void *arg)
{
        struct http_server *server = arg;

        (void)fd;
        (void)what;
        server->quiet = false;
}

void http_limit(struct http_server *server, const struct http_limits *limits)
{
        server->config.limits = *limits;
        evhttp_set_max_headers_size(server->http, (ev_ssize_t)limits->header_size_max);
        evhttp_set_max_body_size(server->http, (ev_ssize_t)limits->body_size_max);
}

enum status http_new(struct event_base *base, const struct http_config *config, struct http_server **ret_server)
{
        struct http_server *server = calloc(1, sizeof *server);

        if (server == NULL)
                return STATUS_NO_MEMORY;
        server->base = base;
        server->config = *config;
        server->turn = fair_turn_begin();
        server->http = evhttp_new(base);
        server->resume = evtimer_new(base, resume_accepting, server);
        server->speak = evtimer_new(base, speak_again, server);
        if (server->http == NULL || server->resume == NULL || server->speak == NULL || http_scarce(server)) {
                http_free(server);
                return STATUS_NO_MEMORY;
        }
        evhttp_set_timeout(server->http, EVHTTP_TIMEOUT_SECONDS);
        evhttp_set_allowed_methods(server->http, METHODS_ALL);
        evhttp_set_default_content_type(server->http, NULL);
        (void)evhttp_set_flags(server->http, EVHTTP_SERVER_LINGERING_CLOSE);
        evhttp_set_bevcb(server->http, conn_begin, server);
        evhttp_set_gencb(server->http, request_arrived, server);
        http_limit(server, &config->limits);
        server->next_server = servers;
        servers = server;
        *ret_server = server;
        return STATUS_OK;
}

void http_free(struct http_server *server)
{
        if (server == NULL)
                return;
        server_forget(server);
        /* Tells of each connection it closes, but for those that were never settled. */
        if (server->http != NULL)
                evhttp_free(server->http);
        while (server->conns != NULL) {
                bufferevent_decref(server->conns->bev);
                conn_release(server->conns);
        }
        if (server->resume != NULL)
                event_free(server->resume);
        if (server->speak != NULL)
                event_free(server->speak);
        free(server->spare);
        free(server);
}

enum status http_listen(struct http_server *server, int fd)
{
        /* It listens already: a backlog of 0 says so. */
        struct evconnlistener *listener =
                evconnlistener_new(server->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);

        if (listener == NULL)
                return STATUS_NO_MEMORY;
        server->bound = evhttp_bind_listener(server->http, listener);
        if (server->bound == NULL) {
                evconnlistener_free(listener);
                return STATUS_NO_MEMORY;
        }
        evconnlistener_set_error_cb(listener, descriptors_ran_out);
        return STATUS_OK;
}

void http_quiesce(struct http_server *server)
{
        (void)event_del(server->resume);
        if (server->bound != NULL)
                evconnlistener_disable(evhttp_bound_socket_get_listener(server->bound));
}

bool http_busy(const struct http_server *server)
{
        for (const struct conn *conn = server->conns; conn != NULL; conn = conn->next)
                if (conn->phase == CONN_HANDLING || conn->phase == CONN_WRITING)
                        return true;
        return false;
}

void http_identify(struct http_server *server)
{
        for (struct conn *conn = server->conns; conn != NULL; conn = conn->next) {
                if (conn->phase == CONN_NEW || conn->phase >= CONN_TURNED_AWAY)
                        continue;
                conn_identify(conn);
                if (conn->phase == CONN_EVENTS && conn->peer.role == ROLE_NONE) {
                        conn_log(conn, LOG_LEVEL_NOTICE, "a stream was ended because its reader has no role any more");
                        conn_cut(conn);
                }
        }
}

uint64_t http_idle_ms(const struct http_server *server)
{
        return server->config.limits.idle_ms;
}

uint32_t http_connections(const struct http_server *server)
{
        return server->count;
}

size_t http_body_limit(const struct http_server *server)
{
        return server->config.limits.body_size_max;
}

/* ---- an answer ---- */

/* What fits into the socket leaves at once: asking the loop whether it may costs an answer another turn. Whether all of
 * it has left: evhttp has heard of it then, and the connection may be gone. */
static bool write_now(const struct conn *conn)
{
        struct evbuffer *output = bufferevent_get_output(conn->bev);

        /* The start of the output is frozen but while it is being written. */
        evbuffer_unfreeze(output, 1);
        int written = evbuffer_write(output, bufferevent_getfd(conn->bev));
        evbuffer_freeze(output, 1);
        if (written <= 0 || evbuffer_get_length(output) > 0)
                return false;
        bufferevent_trigger(conn->bev, EV_WRITE, 0);
        return true;
}

/* Nobody gets half an answer. Who asked for a change and may have it hears nothing: that it was refused would not be
 * true, and whoever sends it again under its ids has it once. */
static void spoil(struct conn *conn, bool done)
{
        if (done)
                conn_cut(conn);
        else
                conn_starve(conn);
}

/* The answer leaves, and the request is done with. buffer NULL: there was no memory for it. */
static void reply_with(struct http_request *request, int code, const char *content_type, struct evbuffer *buffer)
{
        struct conn *conn = request->conn;
        bool done = code < 400 && http_request_method(request) == HTTP_POST;
        uint64_t refusals = conn_refusals(conn);

        ENSURE(!request->streaming);
        note_answered(conn);
        http_request_add_header(request, (struct http_header){"Content-Type", content_type});
        http_request_add_header(request, (struct http_header){"Cache-Control", "no-store"});
        conn->request = NULL;
        conn_enter(conn, CONN_WRITING);
        evhttp_send_reply(request->req, code, conn_reason(code), buffer);
        bool whole = buffer != NULL && !request->spoilt && conn_refusals(conn) == refusals;
        if (buffer != NULL)
                evbuffer_free(buffer);
        free(request);
        if (!whole)
                spoil(conn, done);
        /* A client that has said all it wants to may close its side: that is not the end while we write. */
        if (conn->phase == CONN_WRITING && !write_now(conn))
                bufferevent_disable(conn->bev, EV_READ);
}

static bool has_body(const struct http_request *request, size_t length)
{
        return length > 0 && http_request_method(request) != HTTP_HEAD;
}

void http_reply(struct http_request *request, int code, const char *content_type, const char *body, size_t length)
{
        struct evbuffer *buffer = evbuffer_new();

        if (buffer != NULL && has_body(request, length) && evbuffer_add(buffer, body, length) != 0) {
                evbuffer_free(buffer);
                buffer = NULL;
        }
        reply_with(request, code, content_type, buffer);
}

void http_reply_pieces(struct http_request *request, int code, const char *content_type,
                       const struct http_piece *pieces, size_t count)
{
        struct evbuffer *buffer = evbuffer_new();
        bool failed = buffer == NULL;

        for (size_t i = 0; i < count; i++) {
                const struct http_piece *piece = &pieces[i];
                bool given = !failed && has_body(request, piece->length);

                if (given &&
                    evbuffer_add_reference(buffer, piece->bytes, piece->length, piece->left, piece->context) != 0) {
                        failed = true;
                        given = false;
                }
                if (!given)
                        piece->left(piece->bytes, piece->length, piece->context);
        }
        if (failed && buffer != NULL) {
                evbuffer_free(buffer);
                buffer = NULL;
        }
        reply_with(request, code, content_type, buffer);
}

/* ---- an answer in pieces ---- */

static void stream_drained(struct evhttp_connection *evcon, void *arg)
{
        struct http_request *request = arg;

        (void)evcon;
        if (request->conn->phase == CONN_WRITING)
                conn_enter(request->conn, CONN_WRITING);
        if (request->drained != NULL)
                request->drained(request->drained_context);
}

void http_stream_begin(struct http_request *request, enum http_stream_kind kind, const char *content_type,
                       http_drained_fn drained, void *context)
{
        struct conn *conn = request->conn;
        uint64_t refusals = conn_refusals(conn);

        http_request_add_header(request, (struct http_header){"Content-Type", content_type});
        http_request_add_header(request, (struct http_header){"Cache-Control", "no-store"});
        request->streaming = true;
        request->drained = drained;
        request->drained_context = context;
        note_answered(conn);
        order_long(conn);
        conn_enter(conn, kind == HTTP_STREAM_EVENTS ? CONN_EVENTS : CONN_WRITING);
        evhttp_send_reply_start(request->req, 200, conn_reason(200));
        if (request->spoilt || conn_refusals(conn) != refusals)
                conn_starve(conn);
        else if (kind == HTTP_STREAM_ANSWER)
                bufferevent_disable(conn->bev, EV_READ);
}

size_t http_stream_waiting(const struct http_request *request)
{
        return evbuffer_get_length(bufferevent_get_output(request->conn->bev));
}

bool http_stream_stalls(const struct http_request *request)
{
        struct pollfd look = {.fd = bufferevent_getfd(request->conn->bev), .events = POLLOUT};

        return http_stream_waiting(request) > 0 && poll(&look, 1, 0) == 0;
}

static bool has_room(const struct http_request *request, size_t length)
{
        return request->conn->phase != CONN_ENDING && http_stream_waiting(request) + length <= HTTP_OUTPUT_MAX;
}

/* False: there was no memory for what goes before and after the bytes. */
static bool send_chunk(struct http_request *request, struct evbuffer *buffer)
{
        struct conn *conn = request->conn;
        uint64_t refusals = conn_refusals(conn);

        evhttp_send_reply_chunk_with_cb(request->req, buffer, stream_drained, request);
        if (conn->phase == CONN_WRITING) {
                conn_enter(conn, CONN_WRITING);
                bufferevent_disable(conn->bev, EV_READ);
        }
        return conn_refusals(conn) == refusals;
}

bool http_stream_send(struct http_request *request, const char *bytes, size_t length)
{
        if (!has_room(request, length))
                return false;
        if (length == 0)
                return true;
        struct evbuffer *buffer = evbuffer_new();
        bool sent = buffer != NULL && evbuffer_add(buffer, bytes, length) == 0;
        if (sent)
                sent = send_chunk(request, buffer);
        if (buffer != NULL)
                evbuffer_free(buffer);
        return sent;
}

bool http_stream_give(struct http_request *request, const struct http_piece *piece)
{
        struct evbuffer *buffer = NULL;
        bool room = has_room(request, piece->length), sent = false;

        if (room && piece->length > 0)
                buffer = evbuffer_new();
        if (buffer != NULL)
                sent = evbuffer_add_reference(buffer, piece->bytes, piece->length, piece->left, piece->context) == 0;
        if (sent)
                sent = send_chunk(request, buffer);
        else
                piece->left(piece->bytes, piece->length, piece->context);
        if (buffer != NULL)
                evbuffer_free(buffer);
        return sent || (room && piece->length == 0);
}

static bool conn_exists(const struct http_server *server, const struct conn *wanted)
{
        for (const struct conn *conn = server->conns; conn != NULL; conn = conn->next)
                if (conn == wanted)
                        return true;
        return false;
}

void http_stream_end(struct http_request *request)
{
        struct conn *conn = request->conn;
        struct http_server *server = conn->server;
        uint64_t refusals = conn_refusals(conn);

        conn->request = NULL;
        conn_enter(conn, CONN_WRITING);
        evhttp_send_reply_end(request->req);
        /* To a client of HTTP/1.0 everything may have gone out by now, and the connection with it. */
        bool exists = conn_exists(server, conn);
        if (exists && conn_refusals(conn) != refusals)
                conn_cut(conn);
        else if (exists && conn->phase == CONN_WRITING)
                bufferevent_disable(conn->bev, EV_READ);
        free(request);
}

void http_stream_abort(struct http_request *request)
{
        request->gone = NULL;
        request->drained = NULL;
        conn_cut(request->conn);
}
