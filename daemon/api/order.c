/*
 * order - who goes first among those who ask (fair.h says by what rule).
 *
 * libevent serves what has a higher priority as long as there is any, and timers, signals and new connections have the
 * usual one. So nobody gets the higher one by having waited in the queue: it is looked whether a question was there
 * already some time after the last answer had been taken. And it is given to nobody while none of the others is served.
 */
#include <poll.h>

#include <event2/bufferevent.h>

#include "order.h"

#define GOES_FIRST 0
#define GOES_AS_USUAL 1
/* Looked at in a turn; a call of the system for all of them. */
#define LOOKS_MOST 64

static int64_t stopwatch(const struct http_server *server)
{
        return server->config.stopwatch_us == NULL ? INT64_MIN : server->config.stopwatch_us();
}

/* The event that is being handled can be given another priority, one that waits to be cannot. */
static void set_patient(struct conn *conn, bool patient)
{
        if (conn->patient != patient && bufferevent_priority_set(conn->bev, patient ? GOES_FIRST : GOES_AS_USUAL) == 0)
                conn->patient = patient;
}

void order_forget(struct conn *conn)
{
        struct http_server *server = conn->server;

        if (!conn->unseen)
                return;
        conn->unseen = false;
        if (conn->unseen_before != NULL)
                conn->unseen_before->unseen_after = conn->unseen_after;
        else
                server->unseen_first = conn->unseen_after;
        if (conn->unseen_after != NULL)
                conn->unseen_after->unseen_before = conn->unseen_before;
        else
                server->unseen_last = conn->unseen_before;
}

void order_taken(struct conn *conn)
{
        struct http_server *server = conn->server;

        if (server->config.stopwatch_us == NULL)
                return;
        set_patient(conn, false);
        order_forget(conn);
        conn->taken_us = stopwatch(server);
        conn->unseen = true;
        conn->unseen_after = NULL;
        conn->unseen_before = server->unseen_last;
        if (server->unseen_last != NULL)
                server->unseen_last->unseen_after = conn;
        else
                server->unseen_first = conn;
        server->unseen_last = conn;
}

void order_long(struct conn *conn)
{
        set_patient(conn, false);
}

bool order_serve(struct conn *conn)
{
        struct http_server *server = conn->server;

        if (server->config.stopwatch_us == NULL)
                return false;
        order_forget(conn);
        fair_serve(&server->turn, stopwatch(server));
        if (!conn->patient)
                server->usual_us = stopwatch(server);
        return conn->patient;
}

void order_served(struct http_server *server, bool patient)
{
        if (server->config.stopwatch_us != NULL && fair_served(&server->turn, stopwatch(server), patient))
                (void)event_base_loopbreak(server->base);
}

void http_work_begins(struct http_server *server)
{
        if (server->config.stopwatch_us == NULL)
                return;
        server->usual_us = stopwatch(server);
        fair_serve(&server->turn, server->usual_us);
}

void http_work_ends(struct http_server *server)
{
        order_served(server, false);
}

/* Those whose answer was taken long enough ago, the first of them first. */
static size_t gather(struct http_server *server, int64_t now_us, struct pollfd *ret_looks)
{
        size_t count = 0;

        for (struct conn *conn = server->unseen_first; conn != NULL && count < LOOKS_MOST; conn = conn->unseen_after) {
                if (!fair_is_patient(conn->taken_us, now_us))
                        break;
                ret_looks[count++] = (struct pollfd){.fd = bufferevent_getfd(conn->bev), .events = POLLIN};
        }
        return count;
}

void order_turn(struct http_server *server)
{
        int64_t now_us = stopwatch(server);
        struct pollfd looks[LOOKS_MOST];
        size_t count = 0;

        server->turn = fair_turn_begin();
        if (server->unseen_first != NULL && !fair_starves(server->usual_us, now_us))
                count = gather(server, now_us, looks);
        if (count == 0 || poll(looks, count, 0) < 0)
                return;
        for (size_t i = 0; i < count; i++) {
                struct conn *conn = server->unseen_first;

                order_forget(conn);
                set_patient(conn, conn->phase == CONN_IDLE && looks[i].revents == 0);
        }
}
