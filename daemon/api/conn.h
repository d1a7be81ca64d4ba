/*
 * conn - one client's connection. Private to daemon/api.
 */
#ifndef API_CONN_H
#define API_CONN_H

#include <event2/event.h>
#include <event2/http.h>

#include "fair.h"
#include "mappad/http.h"

/* A flood of refusals is told about once in this time, with its number. */
#define QUIET_SECONDS 10

/* What a connection is doing; each phase but HANDLING and EVENTS has a time limit. */
enum conn_phase {
        CONN_NEW,               /* accepted, not yet looked at */
        CONN_IDLE,              /* between requests */
        CONN_READING,           /* a request is coming in */
        CONN_HANDLING,          /* a request is with the handler */
        CONN_WRITING,           /* an answer is going out */
        CONN_EVENTS,            /* a stream without end is going out */
        CONN_TURNED_AWAY,       /* was told so; may still say what it wanted, and is not listened to */
        CONN_ENDING             /* shut down; evhttp has still to find out */
};

struct conn {
        struct http_server *server;
        struct bufferevent *bev;
        struct event *timer;
        struct event *settle;           /* runs in the same turn, before anything is written */
        struct evhttp_connection *evcon;        /* NULL while CONN_NEW */
        struct http_request *request;   /* NULL unless HANDLING, streaming */
        enum conn_phase phase;
        bool answered_itself;           /* evhttp wrote an answer of its own */
        bool sent_nul;                  /* at any time: no request has one, and evhttp takes a line to end at it */
        uint64_t refusals;              /* of memory, when the request that comes began to */
        size_t taken;                   /* bytes of an answer that the client took since the time limit last began */
        struct peer peer;
        bool patient;                   /* goes first */
        int64_t taken_us;               /* when its last answer was taken */
        bool unseen;                    /* it has not been looked since whether it asks on: */
        struct conn *unseen_before, *unseen_after;      /* its neighbours in the list of those */
        struct conn *previous, *next;
};

struct http_request {
        struct conn *conn;              /* NULL when the client has gone */
        struct evhttp_request *req;
        http_gone_fn gone;
        void *gone_context;
        http_drained_fn drained;
        void *drained_context;
        bool streaming;
        bool spoilt;                    /* there was no memory for a part of the answer */
};

struct http_server {
        struct event_base *base;
        struct evhttp *http;
        struct evhttp_bound_socket *bound;
        struct event *resume;           /* accepts again after descriptors ran out */
        struct http_config config;
        struct conn *conns;
        struct conn *spare;             /* for whoever is accepted when there is no memory; NULL while it is used */
        uint32_t count;
        uint32_t lingering;             /* connections that are CONN_TURNED_AWAY */
        uint32_t turned_away;           /* connections refused since the last line about it */
        bool quiet;                     /* a line about refusals was written and the pause has not ended */
        struct event *speak;            /* ends that pause */
        struct fair_turn turn;          /* that is under way */
        struct conn *unseen_first, *unseen_last;        /* by when their answer was taken */
        int64_t usual_us;               /* when somebody who does not go first was last served */
        int64_t looked_us, looked_before_us;    /* processor time at the last look at the sockets, and the one before */
        struct http_times answers[2];   /* of those who ask on and on; of those who go first */
        struct http_server *next_server;        /* of all that there are */
};

/* Purpose: whether memory is too scarce for another connection. */
bool http_scarce(struct http_server *server);
/* Purpose: accept nobody for a moment, and say why, unless something was said a short time ago. */
void http_pause(struct http_server *server, const char *message);
/* Purpose: evhttp asks for a bufferevent when it accepts; the connection begins here. */
struct bufferevent *conn_begin(struct event_base *base, void *server);
/* Purpose: change phase and start the phase's time limit. */
void conn_enter(struct conn *conn, enum conn_phase phase);
/* Purpose: cut a connection; evhttp releases it in a later turn. */
void conn_cut(struct conn *conn);
/* Purpose: whether there is one way alone to read where a request ends (RFC 9112, section 6). evhttp takes the first
 * of two lengths, prefers chunks to a length, reads nothing for a coding that it does not know or a name with a blank,
 * takes what a HEAD brings along for the next request, and ends a line at a NUL. It has read the sizes of chunks by
 * then, as strtoll does: "0x5" and "+5" are 5, as is a 5 with blanks before it, or with one and anything else behind
 * it, and a chunk need not end with a line. Against a middleman who reads such sizes otherwise this is no guard. */
bool conn_request_clear(const struct conn *conn, const struct evhttp_request *req);
/* Purpose: how often libevent got no memory so far. What evhttp makes of a request or an answer while that grows is not
 * to be relied on: it goes on with what it has. */
uint64_t conn_refusals(const struct conn *conn);
/* Purpose: say that there is no memory for what was asked, past evhttp, and cut the connection, so that nothing else
 * that waits on it is read or leaves. Shape: nothing of an answer has left yet. */
void conn_starve(struct conn *conn);
/* Purpose: release a connection that evhttp no longer knows. */
void conn_release(struct conn *conn);
/* Purpose: find out (again) who is at the other end. */
void conn_identify(struct conn *conn);
/* Purpose: the reason phrase of a status code. */
const char *conn_reason(int code);
/* Purpose: log about a peer. */
void conn_log(const struct conn *conn, enum log_level level, const char *message);

#endif
