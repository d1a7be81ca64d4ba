/*
 * conn - a connection from accept to close, around evhttp's own.
 *
 * evhttp 2.1 has no deadline for a request, no cap on connections and no word of
 * its errors. So each connection is watched through its two buffers: what
 * arrives moves it from phase to phase, and each phase has a time limit of its
 * own. What evhttp writes while no handler has the request is an error page, and
 * is replaced before it leaves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "mappad/ensure.h"
#include "order.h"

#define MS_PER_SECOND 1000
/* evhttp waits for the whole body in the input buffer: the mark lies above header, body and a read. */
#define INPUT_SLACK ((size_t)32 * 1024)
#define RAW_ANSWER_MAX 512
#define STATUS_LINE_MAX 47 /* "HTTP/-2147483648.-2147483648 400 " fits, and that it may go on with its blank line */
/* libevent's own 16 KiB would send a page of fifty rows in two turns of the loop, and take a body in seventy. */
#define PIECE_AT_ONCE ((size_t)128 * 1024)
/* An answer's time limit begins anew with each piece of this size that the client took. */
#define TAKEN_STEP ((size_t)64 * 1024)
/* Places kept for admins when all others are taken, so that somebody can look what is going on. */
#define ADMIN_PLACES 4
/* A client that is turned away writes its request before it reads why; to so many at a time that is granted. */
#define LINGERING_MAX 16
#define LINGER_MS 1000

const char *conn_reason(int code)
{
        static const struct {
                int code;
                const char *reason;
        } reasons[] = {
                {200, "OK"},
                {201, "Created"},
                {400, "Bad Request"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {405, "Method Not Allowed"},
                {408, "Request Timeout"},
                {413, "Payload Too Large"},
                {417, "Expectation Failed"},
                {422, "Unprocessable Entity"},
                {500, "Internal Server Error"},
                {501, "Not Implemented"},
                {503, "Service Unavailable"},
                {507, "Insufficient Storage"},
        };

        for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
                if (reasons[i].code == code)
                        return reasons[i].reason;
        return "Unknown";
}

void conn_log(const struct conn *conn, enum log_level level, const char *message)
{
        char uid[16], pid[16];
        struct log_field fields[] = {{"UID", uid}, {"PID", pid}, {"USER", conn->peer.name}};

        snprintf(uid, sizeof uid, "%u", (unsigned int)conn->peer.uid);
        snprintf(pid, sizeof pid, "%d", (int)conn->peer.pid);
        conn->server->config.log(conn->server->config.log_context, level, fields, sizeof fields / sizeof fields[0],
                                 message);
}

uint64_t conn_refusals(const struct conn *conn)
{
        const struct http_memory *memory = &conn->server->config.memory;

        return memory->refusals == NULL ? 0 : memory->refusals();
}

static uint64_t phase_limit_ms(const struct conn *conn, enum conn_phase phase)
{
        const struct http_limits *limits = &conn->server->config.limits;

        switch (phase) {
        case CONN_IDLE:
        case CONN_NEW:
                return limits->idle_ms;
        case CONN_READING:
        case CONN_WRITING:
                return limits->request_ms;
        case CONN_TURNED_AWAY:
                return LINGER_MS;
        case CONN_HANDLING:
        case CONN_EVENTS:
        case CONN_ENDING:
                return 0;
        }
        return 0;
}

void conn_enter(struct conn *conn, enum conn_phase phase)
{
        uint64_t ms = phase_limit_ms(conn, phase);
        struct timeval limit = {.tv_sec = (time_t)(ms / MS_PER_SECOND),
                                .tv_usec = (suseconds_t)(ms % MS_PER_SECOND) * MS_PER_SECOND};

        conn->server->lingering += (phase == CONN_TURNED_AWAY) - (conn->phase == CONN_TURNED_AWAY);
        if (phase == CONN_READING)
                conn->refusals = conn_refusals(conn);
        conn->phase = phase;
        conn->taken = 0;
        if (ms == 0)
                (void)event_del(conn->timer);
        else if (event_add(conn->timer, &limit) != 0)
                conn_cut(conn);
}

void conn_cut(struct conn *conn)
{
        bool reading_allowed = conn->phase != CONN_HANDLING;

        conn->server->lingering -= conn->phase == CONN_TURNED_AWAY;
        conn->phase = CONN_ENDING;
        (void)event_del(conn->timer);
        (void)shutdown(bufferevent_getfd(conn->bev), SHUT_RDWR);
        /* What the client sent before is read up to the end, which evhttp would else never see; no more can follow. */
        bufferevent_setwatermark(conn->bev, EV_READ, 0, 0);
        /* While a handler has the request evhttp must not read; it finds out when it writes. */
        if (reading_allowed)
                bufferevent_enable(conn->bev, EV_READ);
}

/* Writes an answer past evhttp, which has none to give. */
static void answer_raw(struct conn *conn, const char *status_line, const char *code, const char *message)
{
        char body[RAW_ANSWER_MAX / 2], text[RAW_ANSWER_MAX];
        int length = snprintf(body, sizeof body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n", code, message);
        int size = snprintf(
                text, sizeof text,
                "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
                status_line, length, body);

        /* If the client takes not even this, cutting says it all. */
        ssize_t sent = send(bufferevent_getfd(conn->bev), text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)sent;
}

static void answer_no_memory(struct conn *conn)
{
        answer_raw(conn, "503 Service Unavailable", "no-memory", "there is not enough memory for this request");
}

void conn_starve(struct conn *conn)
{
        answer_no_memory(conn);
        conn_cut(conn);
}

static void conn_expired(evutil_socket_t fd, short what, void *arg)
{
        struct conn *conn = arg;

        (void)fd;
        (void)what;
        switch (conn->phase) {
        case CONN_READING:
                /* What evhttp had no memory for it may wait for, though it has come. */
                if (conn_refusals(conn) != conn->refusals)
                        answer_no_memory(conn);
                else
                        answer_raw(conn, "408 Request Timeout", "too-slow", "the request did not arrive in time");
                conn_cut(conn);
                break;
        case CONN_WRITING:
                conn_log(conn, LOG_LEVEL_NOTICE, "a client did not take its answer in time and was cut off");
                conn_cut(conn);
                break;
        case CONN_NEW:
        case CONN_IDLE:
        case CONN_HANDLING:
        case CONN_EVENTS:
        case CONN_TURNED_AWAY:
        case CONN_ENDING:
                conn_cut(conn);
                break;
        }
}

/* Whether there is a NUL among the bytes that came last. */
static bool nul_came(struct evbuffer *buffer, size_t count)
{
        struct evbuffer_ptr from;

        return evbuffer_ptr_set(buffer, &from, evbuffer_get_length(buffer) - count, EVBUFFER_PTR_SET) == 0 &&
               evbuffer_search(buffer, "", 1, &from).pos >= 0;
}

static void input_grew(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
        struct conn *conn = arg;

        if (info->n_added == 0)
                return;
        conn->sent_nul = conn->sent_nul || nul_came(buffer, info->n_added);
        if (conn->phase == CONN_IDLE || conn->phase == CONN_NEW)
                conn_enter(conn, CONN_READING);
        else if (conn->phase == CONN_READING)
                order_long(conn); /* what comes in pieces goes before nobody */
        else if (conn->phase == CONN_EVENTS)
                conn_cut(conn);
}

/* The client took some of its answer: slowly is allowed, not at all is not. */
static void output_taken(struct conn *conn, size_t length)
{
        if (conn->phase != CONN_WRITING)
                return;
        conn->taken += length;
        if (conn->taken >= TAKEN_STEP)
                conn_enter(conn, CONN_WRITING);
}

static void output_changed(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
        struct conn *conn = arg;

        (void)buffer;
        output_taken(conn, info->n_deleted);
        if (info->n_added == 0 || (conn->phase != CONN_READING && conn->phase != CONN_IDLE))
                return;
        conn->answered_itself = true;
        event_active(conn->settle, EV_TIMEOUT, 1);
}

/* Connections that were let in, and those of one user among them. */
static uint32_t count_let_in(const struct http_server *server, uid_t uid, uint32_t *ret_of_user)
{
        uint32_t count = 0;

        *ret_of_user = 0;
        for (const struct conn *conn = server->conns; conn != NULL; conn = conn->next) {
                if (conn->phase == CONN_NEW || conn->phase >= CONN_TURNED_AWAY)
                        continue;
                count++;
                *ret_of_user += conn->peer.uid == uid;
        }
        return count;
}

void conn_identify(struct conn *conn)
{
        const struct http_config *config = &conn->server->config;

        if (config->identify(config->context, bufferevent_getfd(conn->bev), &conn->peer) != STATUS_OK)
                conn->peer = (struct peer){.uid = (uid_t)-1, .role = ROLE_NONE, .name = "unknown"};
}

static void turn_away(struct conn *conn, const char *message)
{
        struct http_server *server = conn->server;
        struct timeval pause = {.tv_sec = QUIET_SECONDS};
        char line[128];

        server->turned_away++;
        if (!server->quiet) {
                snprintf(line, sizeof line, "%s (%u since the last such line)", message, server->turned_away);
                conn_log(conn, LOG_LEVEL_WARNING, line);
                server->turned_away = 0;
                server->quiet = event_add(server->speak, &pause) == 0;
        }
        answer_raw(conn, "503 Service Unavailable", "too-many-connections", message);
        if (server->lingering >= LINGERING_MAX) {
                conn_cut(conn);
                return;
        }
        conn_enter(conn, CONN_TURNED_AWAY);
        (void)shutdown(bufferevent_getfd(conn->bev), SHUT_WR);
}

/* evhttp leaves without a word whom it has no memory to read; what they said is unread then. */
static bool left_unread(const struct conn *conn)
{
        char byte;

        return (conn->phase == CONN_IDLE || conn->phase == CONN_READING) && conn_refusals(conn) != conn->refusals &&
               recv(bufferevent_getfd(conn->bev), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void conn_closed(struct evhttp_connection *evcon, void *arg)
{
        struct conn *conn = arg;

        (void)evcon;
        if (left_unread(conn))
                answer_no_memory(conn);
        conn_release(conn);
}

/* evhttp has made its connection by now: find it, and decide whether it may stay. */
static void conn_admit(struct conn *conn)
{
        const struct http_server *server = conn->server;
        const struct http_limits *limits = &server->config.limits;
        bufferevent_event_cb on_event = NULL;
        void *evcon = NULL;

        bufferevent_getcb(conn->bev, NULL, NULL, &on_event, &evcon);
        bool alive = on_event != NULL && evcon != NULL;
        if (!alive) {
                bufferevent_decref(conn->bev);
                conn_release(conn);
                return;
        }
        bufferevent_decref(conn->bev);
        conn->evcon = evcon;
        evhttp_connection_set_closecb(conn->evcon, conn_closed, conn);
        conn_identify(conn);
        uint32_t of_user = 0;
        uint32_t all = count_let_in(server, conn->peer.uid, &of_user);
        if (conn->phase == CONN_NEW)
                conn_enter(conn, CONN_IDLE);
        if (all >= limits->connections + (conn->peer.role == ROLE_ADMIN ? ADMIN_PLACES : 0))
                turn_away(conn, "there are too many connections");
        else if (of_user >= limits->per_user)
                turn_away(conn, "this user has too many connections");
}

static const char *own_error(int code, const char **ret_code)
{
        switch (code) {
        case 413:
                *ret_code = "too-large";
                return "the body of the request is longer than limits.body of mappad.conf allows, or its chunks "
                       "are not well formed (extensions are not taken)";
        case 417:
                *ret_code = "bad-expectation";
                return "nothing but 100-continue can be expected";
        case 501:
                *ret_code = "unknown-method";
                return "this method is not known here";
        case 503:
                *ret_code = "overloaded";
                return "the daemon cannot take requests at the moment";
        case 500:
                *ret_code = "internal";
                return "the daemon failed to answer";
        default:
                *ret_code = "bad-request";
                return "this is not a well-formed HTTP/1.1 request, its end can be read in two ways, or its header is "
                       "larger than is allowed";
        }
}

/* The status of the page that evhttp wrote; 0 if there is none. That the client may go on can stand before it. */
static int own_status(struct evbuffer *output)
{
        char start[2 * STATUS_LINE_MAX + 1] = {0};

        /* The start of the output is frozen outside of writing, and cannot even be read then. */
        evbuffer_unfreeze(output, 1);
        (void)evbuffer_copyout(output, start, sizeof start - 1);
        evbuffer_freeze(output, 1);
        const char *line = start;
        for (int lines = 0; lines < 2 && strncmp(line, "HTTP/", 5) == 0; lines++) {
                /* It has the version of the request, whatever that was. */
                long code = strtol(line + strcspn(line, " "), NULL, 10);
                const char *end = strstr(line, "\r\n\r\n");

                if (code >= 200 && code <= 599)
                        return (int)code;
                if (code != 100 || end == NULL)
                        return 0;
                line = end + 4;
        }
        return 0;
}

/* Puts our form in the place of a page that evhttp wrote; nothing of it has left yet. */
static void replace_answer(struct conn *conn)
{
        struct evbuffer *output = bufferevent_get_output(conn->bev);
        const char *word, *message;
        char body[RAW_ANSWER_MAX / 2];

        conn->answered_itself = false;
        /* evhttp takes what it had no memory for for a mistake of the client, and leaves out lines of its answer. */
        if (conn_refusals(conn) != conn->refusals) {
                conn_starve(conn);
                return;
        }
        int code = own_status(output);
        if (code == 0)
                return;
        conn_enter(conn, CONN_WRITING);
        message = own_error(code, &word);
        int length = snprintf(body, sizeof body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n", word, message);
        evbuffer_unfreeze(output, 1);
        evbuffer_drain(output, evbuffer_get_length(output));
        evbuffer_freeze(output, 1);
        if (evbuffer_add_printf(output,
                                "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                                "Connection: close\r\n\r\n%s",
                                code, conn_reason(code), length, body) < 0)
                conn_starve(conn);
}

static void conn_settle(evutil_socket_t fd, short what, void *arg)
{
        struct conn *conn = arg;

        (void)fd;
        (void)what;
        if (conn->evcon == NULL)
                conn_admit(conn);
        else if (conn->answered_itself)
                replace_answer(conn);
}

static void conn_link(struct conn *conn)
{
        struct http_server *server = conn->server;

        conn->next = server->conns;
        if (conn->next != NULL)
                conn->next->previous = conn;
        server->conns = conn;
        server->count++;
}

/* evhttp would serve a connection that we do not make as it likes: without limits. So one is at hand. */
static struct conn *conn_new(struct http_server *server)
{
        struct conn *conn = calloc(1, sizeof *conn);

        if (conn == NULL) {
                conn = server->spare;
                server->spare = NULL;
        }
        if (http_scarce(server))
                http_pause(server, "memory is scarce: nobody else is let in until it is not");
        return conn;
}

struct bufferevent *conn_begin(struct event_base *base, void *arg)
{
        struct http_server *server = arg;
        const struct http_limits *limits = &server->config.limits;
        struct conn *conn = conn_new(server);

        if (conn == NULL)
                return NULL;
        conn->server = server;
        conn->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
        conn->timer = evtimer_new(base, conn_expired, conn);
        conn->settle = event_new(base, -1, 0, conn_settle, conn);
        if (conn->bev == NULL || conn->timer == NULL || conn->settle == NULL ||
            evbuffer_add_cb(bufferevent_get_input(conn->bev), input_grew, conn) == NULL ||
            evbuffer_add_cb(bufferevent_get_output(conn->bev), output_changed, conn) == NULL) {
                if (conn->bev != NULL)
                        bufferevent_free(conn->bev);
                if (conn->timer != NULL)
                        event_free(conn->timer);
                if (conn->settle != NULL)
                        event_free(conn->settle);
                free(conn);
                return NULL;
        }
        bufferevent_setwatermark(conn->bev, EV_READ, 0, limits->body_size_max + limits->header_size_max + INPUT_SLACK);
        (void)bufferevent_set_max_single_read(conn->bev, PIECE_AT_ONCE);
        (void)bufferevent_set_max_single_write(conn->bev, PIECE_AT_ONCE);
        /* Until it is settled the bufferevent must outlive whatever evhttp does with it. */
        bufferevent_incref(conn->bev);
        conn_link(conn);
        event_active(conn->settle, EV_TIMEOUT, 1);
        return conn->bev;
}

/* The client has gone, or the server ends: whoever works on the request hears of it once. */
static void request_gone(struct http_request *request)
{
        /* A request that evhttp has let go of is ours to free; one it still has dies with the connection. */
        if (evhttp_request_get_connection(request->req) == NULL)
                evhttp_request_free(request->req);
        if (request->gone != NULL)
                request->gone(request->gone_context);
        free(request);
}

void conn_release(struct conn *conn)
{
        struct http_server *server = conn->server;

        if (conn->previous != NULL)
                conn->previous->next = conn->next;
        else
                server->conns = conn->next;
        if (conn->next != NULL)
                conn->next->previous = conn->previous;
        server->count--;
        server->lingering -= conn->phase == CONN_TURNED_AWAY;
        order_forget(conn);
        struct http_request *request = conn->request;
        event_free(conn->timer);
        event_free(conn->settle);
        free(conn);
        if (request != NULL)
                request_gone(request);
}
