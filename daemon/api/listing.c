/*
 * listing - a long answer, as long as it may be.
 *
 * Rows come from their maker one at a time and leave in pieces: memory does not
 * grow with the list, and a slow reader slows down himself alone. A list that
 * fits into one piece is answered with its length.
 */
#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

/* A piece holds about 150 obligations of 420 bytes. Three fit into a socket: the next is there before whoever reads has
 * to wait for it, and is made while they read. Of twice the size one filled it, and both waited in turns. */
#define PIECE_SIZE ((size_t)64 * 1024)

/* A list whose snapshot was taken late is made within one turn, in one piece: no longer than this, as a page is. */
#define LATE_SIZE ((size_t)1024 * 1024)
#define LATE_US 20000
/* Long answers of one user that are being made or taken at a time: each holds one of 16 snapshots, and others are to
 * have some. */
#define OF_A_USER_MAX 12
/* How long in all a client may leave its socket full where that is in the way of others, half of it with each length
 * that the log grows further; and where they cannot go on at all. */
#define PATIENCE_PRESSED_US 5000000
#define PATIENCE_CHOKED_US 100000

struct api_listing {
        struct api *api;
        struct http_request *request;
        struct listing_maker maker;
        listing_answer_fn answer; /* NULL: what the maker wrote is the answer */
        void *context;
        const char *content_type; /* NULL: JSON, which ends with a line feed */
        struct event *again;      /* goes on in another turn */
        struct wire_buffer buffer;
        bool streaming;
        bool late;            /* its snapshot is (app_query.h) */
        struct api_call call; /* for the log; what it points at beside request and app is gone */
        char ref[CASE_REF_MAX + 1], detail[API_DETAIL_SIZE];
        struct api_trace trace;
        uint64_t rows;
        int64_t stalls_us; /* since when its client takes nothing, as far as was looked; 0: it does */
        int64_t lost_us;   /* how long that was, in all */
        enum { LOG_NOT_YET, LOG_WAITING, LOG_DONE } log;
        bool ended; /* while the log is waited for: all of it is there */
        struct api_listing *previous, *next;
};

static void release_maker(struct api_listing *listing)
{
        if (listing->context != NULL)
                listing->maker.release(listing->context);
        listing->context = NULL;
}

static void listing_free(struct api_listing *listing)
{
        if (listing->previous != NULL)
                listing->previous->next = listing->next;
        else if (listing->api->listings == listing)
                listing->api->listings = listing->next;
        if (listing->next != NULL)
                listing->next->previous = listing->previous;
        app_access_forget(listing->api->app, listing);
        release_maker(listing);
        wire_buffer_fini(&listing->buffer);
        if (listing->again != NULL)
                event_free(listing->again);
        free(listing);
}

void api_listings_close(struct api *api)
{
        for (struct api_listing *listing = api->listings, *next = NULL; listing != NULL; listing = next) {
                next = listing->next;
                listing_free(listing);
        }
}

/* A list that left in pieces was logged before it was counted: a second line says how far it came. */
static void log_end(struct api_listing *listing)
{
        struct api_shown shown = {.what = "list-end", .rows = (int64_t)listing->rows};

        if (listing->streaming && listing->call.shows != NULL)
                api_log_end(listing->api, &listing->trace, &shown);
}

static void client_left(void *context)
{
        struct api_listing *listing = context;

        log_end(listing);
        listing_free(listing);
}

/* The world failed: said in the answer if none has begun, else the connection is cut. */
static void listing_fail(struct api_listing *listing, enum status status)
{
        struct http_request *request = listing->request;

        if (listing->streaming) {
                http_stream_abort(request);
        } else {
                http_request_watch(request, NULL, NULL);
                api_failed(request, status, NULL);
        }
        listing_free(listing);
}

static void reply_whole(struct api_listing *listing)
{
        const struct wire_buffer *buffer = &listing->buffer;

        if (listing->content_type == NULL)
                api_reply(listing->request, 200, &listing->buffer);
        else
                http_reply(listing->request, 200, listing->content_type, buffer->data, buffer->length);
}

static void listing_finish(struct api_listing *listing)
{
        struct http_request *request = listing->request;

        if (listing->buffer.failed) {
                listing_fail(listing, STATUS_NO_MEMORY);
                return;
        }
        http_request_watch(request, NULL, NULL);
        log_end(listing);
        if (!listing->streaming) {
                reply_whole(listing);
        } else {
                if (listing->content_type == NULL)
                        wire_put_text(&listing->buffer, "\n");
                if (!listing->buffer.failed && http_stream_send(request, listing->buffer.data, listing->buffer.length))
                        http_stream_end(request);
                else
                        http_stream_abort(request);
        }
        listing_free(listing);
}

static int64_t stopwatch(const struct api *api)
{
        return api->host.stopwatch_us == NULL ? 0 : api->host.stopwatch_us();
}

static void listing_taken(void *context);

static void listing_later(struct api_listing *listing)
{
        uint32_t ms = listing->maker.pause_ms == NULL ? 0 : listing->maker.pause_ms(listing->context);
        struct timeval later = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};

        if (event_add(listing->again, &later) != 0)
                listing_fail(listing, STATUS_NO_MEMORY);
}

/* A piece is full: it leaves, and the next is made when it has been taken. */
static void listing_send(struct api_listing *listing)
{
        if (!listing->streaming) {
                const char *type = listing->content_type;

                http_stream_begin(listing->request, HTTP_STREAM_ANSWER, type == NULL ? "application/json" : type,
                                  listing_taken, listing);
                listing->streaming = true;
        }
        if (listing->buffer.failed ||
            !http_stream_send(listing->request, listing->buffer.data, listing->buffer.length)) {
                listing_fail(listing, STATUS_NO_MEMORY);
                return;
        }
        wire_buffer_reset(&listing->buffer);
}

static void listing_logged(void *context, enum status status)
{
        struct api_listing *listing = context;

        listing->log = LOG_DONE;
        if (status != STATUS_OK)
                listing_fail(listing, status);
        else if (listing->ended)
                listing_finish(listing);
        else
                listing_send(listing);
}

/* Nothing leaves before its line is in the log. */
static void listing_leave(struct api_listing *listing, bool ended)
{
        struct api_shown shown = {.case_ref = listing->ref[0] == '\0' ? NULL : listing->ref,
                                  .rows = ended ? (int64_t)listing->rows : -1};
        enum status status;

        listing->ended = ended;
        /* What was read lets go of its snapshot before the log is written: while one is held the store's log cannot
         * begin anew. */
        if (ended)
                release_maker(listing);
        if (listing->call.shows == NULL || listing->log == LOG_DONE) {
                listing_logged(listing, STATUS_OK);
                return;
        }
        status = api_log(&listing->call, &shown, listing_logged, listing);
        listing->log = LOG_WAITING;
        if (status != STATUS_OK)
                listing_fail(listing, status);
}

/* Nothing was written: the answer is made by whoever asked for it. */
static void listing_hand_over(struct api_listing *listing)
{
        http_request_watch(listing->request, NULL, NULL);
        listing->answer(listing->context, listing->request);
        listing_free(listing);
}

static void listing_go_on(struct api_listing *listing)
{
        int64_t began_us = stopwatch(listing->api);

        while (listing->buffer.length < (listing->late ? LATE_SIZE : PIECE_SIZE) && !listing->buffer.failed) {
                enum app_row kind;
                enum status status = listing->maker.next(listing->context, &listing->buffer, &kind);

                if (status != STATUS_OK) {
                        listing_fail(listing, status);
                        return;
                }
                switch (kind) {
                case APP_ROW:
                        listing->rows++;
                        break;
                case APP_WORKING:
                        if (listing->late && stopwatch(listing->api) - began_us < LATE_US)
                                break;
                        if (listing->late)
                                listing_fail(listing, STATUS_LIMIT);
                        else
                                listing_later(listing);
                        return;
                case APP_END:
                        if (listing->answer != NULL)
                                listing_hand_over(listing);
                        else
                                listing_leave(listing, true);
                        return;
                }
        }
        if (listing->late)
                listing_fail(listing, STATUS_LIMIT);
        else
                listing_leave(listing, false);
}

static void listing_taken(void *context)
{
        struct api_listing *listing = context;
        struct http_server *server = listing->api->server;

        listing->stalls_us = 0;
        http_work_begins(server);
        listing_go_on(listing);
        http_work_ends(server);
}

/* What lies between two looks at which the socket was full is the client's; whatever keeps the daemon is not. */
static void look_at(struct api_listing *listing, int64_t now_us)
{
        bool stalls = listing->streaming && http_stream_stalls(listing->request);

        if (stalls && listing->stalls_us != 0)
                listing->lost_us += now_us - listing->stalls_us;
        listing->stalls_us = stalls ? now_us : 0;
}

/* Of those that stand still for their client, the one that has for longest, if that is too long. */
static struct api_listing *find_slowest(const struct api *api, int64_t most_us)
{
        struct api_listing *slowest = NULL;
        int64_t now_us = stopwatch(api);

        for (struct api_listing *listing = api->listings; listing != NULL; listing = listing->next) {
                look_at(listing, now_us);
                if (listing->stalls_us == 0 || listing->lost_us <= most_us)
                        continue;
                most_us = listing->lost_us;
                slowest = listing;
        }
        return slowest;
}

static int64_t patience_us(const struct api *api, enum app_room room)
{
        return room == APP_ROOM_CHOKED ? PATIENCE_CHOKED_US : PATIENCE_PRESSED_US >> app_snapshot_haste(api->app);
}

void api_turn(struct api *api)
{
        enum app_room room = api->listings == NULL ? APP_ROOM_FREE : app_snapshot_room(api->app);
        struct api_listing *listing;

        if (room == APP_ROOM_FREE)
                return;
        listing = find_slowest(api, patience_us(api, room));
        if (listing == NULL)
                return;
        api->host.log(api->host.log_context, LOG_LEVEL_NOTICE, (struct log_field[]){{"USER", listing->trace.user}}, 1,
                      "a long answer was taken so slowly that others could not be served, and was broken off");
        log_end(listing);
        listing_fail(listing, STATUS_LIMIT);
}

/* What is long in the making is made for somebody who still waits. */
static void listing_woken(evutil_socket_t fd, short what, void *arg)
{
        struct api_listing *listing = arg;
        struct http_server *server = listing->api->server;

        (void)fd;
        (void)what;
        http_work_begins(server);
        if (http_request_left(listing->request)) {
                log_end(listing);
                listing_fail(listing, STATUS_IO); /* which nobody reads; the connection ends by it */
        } else {
                listing_go_on(listing);
        }
        http_work_ends(server);
}

/* Whether one user has so many long answers on their way that others might have none. */
static bool user_has_enough(const struct api *api, uid_t uid)
{
        size_t count = 0;

        for (const struct api_listing *listing = api->listings; listing != NULL; listing = listing->next)
                count += listing->context != NULL && listing->trace.uid == uid;
        return count >= OF_A_USER_MAX;
}

/* What becomes of the list. */
struct form {
        const char *content_type; /* NULL: JSON */
        listing_answer_fn answer; /* NULL: it is the answer */
};

static void begin(const struct api_call *call, struct form form, struct listing_maker maker, void *context)
{
        struct api *api = call->api;
        bool enough = user_has_enough(api, http_request_peer(call->request)->uid);
        struct api_listing *listing = enough ? NULL : calloc(1, sizeof *listing);
        const char *ref = query_value(call->query, "case");

        if (listing == NULL) {
                maker.release(context);
                api_failed(call->request, enough ? STATUS_LIMIT : STATUS_NO_MEMORY, NULL);
                return;
        }
        listing->api = api;
        listing->request = call->request;
        listing->maker = maker;
        listing->answer = form.answer;
        listing->context = context;
        listing->content_type = form.content_type;
        listing->late = app_snapshot_late(api->app);
        listing->call = (struct api_call){.api = api, .request = call->request, .shows = call->shows};
        if (call->detail != NULL) {
                snprintf(listing->detail, sizeof listing->detail, "%s", call->detail);
                listing->call.detail = listing->detail;
        }
        api_trace(call, &listing->trace);
        if (ref != NULL && strlen(ref) <= CASE_REF_MAX)
                memcpy(listing->ref, ref, strlen(ref) + 1);
        wire_buffer_init(&listing->buffer);
        listing->next = api->listings;
        if (listing->next != NULL)
                listing->next->previous = listing;
        api->listings = listing;
        listing->again = evtimer_new(api->base, listing_woken, listing);
        http_request_watch(call->request, client_left, listing);
        if (listing->again == NULL) {
                listing_fail(listing, STATUS_NO_MEMORY);
                return;
        }
        maker.head(context, &listing->buffer);
        listing_go_on(listing);
}

void listing_begin(const struct api_call *call, struct listing_maker maker, void *context)
{
        begin(call, (struct form){NULL, NULL}, maker, context);
}

void listing_begin_as(const struct api_call *call, const char *content_type, struct listing_maker maker, void *context)
{
        begin(call, (struct form){content_type, NULL}, maker, context);
}

void listing_gather(const struct api_call *call, struct listing_maker maker, listing_answer_fn answer, void *context)
{
        begin(call, (struct form){NULL, answer}, maker, context);
}
