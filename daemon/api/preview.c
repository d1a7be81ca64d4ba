/*
 * preview - a comparison on its way to a client, a few cases in each turn of the
 * loop, so that the daemon goes on meanwhile.
 *
 * As lines it leaves in pieces, and a slow reader slows down himself alone. As a
 * refusal to reload it is counted first and answered then.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "mappad/app_change.h"
#include "mappad/wire_difference.h"
#include "room.h"

#define CASES_A_TURN 32                 /* some milliseconds */
#define PIECE_SIZE ((size_t)128 * 1024) /* gathered before it is sent; sent at most so much at a time */

struct api_previewing {
        struct api *api;
        struct http_request *request;
        struct app_preview *preview;
        struct event *again; /* goes on in another turn */
        struct wire_buffer buffer;
        struct wire_buffer problems;
        enum api_preview_form form;
        uint64_t limit, shown, left_out;
        size_t sent; /* of the buffer */
        bool streaming, counted, outdated;
        struct api_previewing *previous, *next;
};

static void previewing_free(struct api_previewing *one)
{
        app_access_forget(one->api->app, one);
        if (one->previous != NULL)
                one->previous->next = one->next;
        else if (one->api->previews == one)
                one->api->previews = one->next;
        if (one->next != NULL)
                one->next->previous = one->previous;
        app_preview_free(one->preview);
        wire_buffer_fini(&one->buffer);
        wire_buffer_fini(&one->problems);
        if (one->again != NULL)
                event_free(one->again);
        free(one);
}

void api_previews_close(struct api *api)
{
        for (struct api_previewing *one = api->previews, *next = NULL; one != NULL; one = next) {
                next = one->next;
                previewing_free(one);
        }
}

static void client_left(void *context)
{
        previewing_free(context);
}

/* The world failed: said in the answer if none has begun, else the connection is cut. */
static void fail(struct api_previewing *one, enum status status)
{
        if (one->streaming) {
                http_stream_abort(one->request);
        } else {
                http_request_watch(one->request, NULL, NULL);
                api_failed(one->request, status, NULL);
        }
        previewing_free(one);
}

/* ---- what is said ---- */

static void put_head(struct api_previewing *one)
{
        const struct app_comparison *comparison = app_preview_comparison(one->preview);
        struct wire_comparison head = {.as_of = comparison->as_of,
                                       .before = comparison->before,
                                       .after = comparison->after,
                                       .amendments = comparison->amendments,
                                       .readdressed = comparison->readdressed};

        wire_comparison_open(&one->buffer, &head);
        wire_put_text(&one->buffer, ",");
        wire_put(&one->buffer, one->problems.data, one->problems.length);
        wire_put_text(&one->buffer, "}\n");
}

static void put_difference(void *context, const char *case_ref, const struct difference *difference)
{
        struct api_previewing *one = context;

        if (one->form == API_PREVIEW_REFUSAL)
                return;
        if (one->limit != 0 && one->shown == one->limit) {
                one->left_out++;
                return;
        }
        one->shown++;
        wire_difference_write(&one->buffer, case_ref, difference);
        wire_put_text(&one->buffer, "\n");
}

static void put_end(struct api_previewing *one)
{
        const struct app_comparison *comparison = app_preview_comparison(one->preview);

        api_put_text(&one->buffer, "digest", comparison->after);
        api_put_bool(&one->buffer, "in_force", strcmp(comparison->after, app_seal(one->api->app)) == 0);
        api_put_number(&one->buffer, "left_out", (int64_t)one->left_out);
        wire_tally_append(&one->buffer, comparison->tally);
}

static void put_refusal(struct api_previewing *one)
{
        struct wire_problem problem;

        wire_problem_set(&problem, "not-accepted", "accept", "%s",
                         one->outdated ? "the files do not say what was accepted: their digest is another"
                                       : "rules, calendar or contacts have changed; what that does must be seen and "
                                         "its digest accepted");
        wire_put_text(&one->buffer, "{\"error\":");
        wire_problem_write(&one->buffer, &problem, 0);
        put_end(one);
        wire_put_text(&one->buffer, ",");
        wire_put(&one->buffer, one->problems.data, one->problems.length);
        wire_put_text(&one->buffer, "}");
}

/* ---- on its way ---- */

static void go_on(void *context);

static void later(struct api_previewing *one)
{
        struct timeval at_once = {0};

        if (event_add(one->again, &at_once) != 0)
                fail(one, STATUS_NO_MEMORY);
}

/* Sends the next piece. What is left of the buffer waits until it has been taken. */
static void send_piece(struct api_previewing *one)
{
        size_t size = one->buffer.length - one->sent;

        if (one->buffer.failed) {
                fail(one, STATUS_NO_MEMORY);
                return;
        }
        if (!one->streaming) {
                http_stream_begin(one->request, HTTP_STREAM_ANSWER, "application/x-ndjson", go_on, one);
                one->streaming = true;
        }
        size = size > PIECE_SIZE ? PIECE_SIZE : size;
        one->sent += size;
        const char *piece = one->buffer.data + one->sent - size;
        if (!http_stream_send(one->request, piece, size)) {
                fail(one, STATUS_NO_MEMORY);
                return;
        }
        if (one->sent == one->buffer.length) {
                wire_buffer_reset(&one->buffer);
                one->sent = 0;
        }
}

static void finish(struct api_previewing *one)
{
        http_request_watch(one->request, NULL, NULL);
        if (one->form == API_PREVIEW_REFUSAL) {
                put_refusal(one);
                api_reply(one->request, 409, &one->buffer);
        } else {
                http_stream_end(one->request);
        }
        previewing_free(one);
}

static enum status step(struct api_previewing *one)
{
        struct app_difference_sink sink = {put_difference, one};
        enum status status = app_preview_step(one->preview, CASES_A_TURN, &sink, &one->counted);

        if (status != STATUS_OK || !one->counted || one->form == API_PREVIEW_REFUSAL)
                return status;
        wire_put_text(&one->buffer, "{");
        put_end(one);
        wire_put_text(&one->buffer, "}\n");
        return status;
}

static void logged(void *context, enum status status)
{
        if (status == STATUS_OK)
                later(context);
        else
                fail(context, status);
}

static void go_on(void *context)
{
        struct api_previewing *one = context;
        enum status status;

        if (one->sent == 0 && !one->counted && one->buffer.length < PIECE_SIZE) {
                status = step(one);
                if (status != STATUS_OK)
                        fail(one, status);
                else if (one->form == API_PREVIEW_REFUSAL && one->counted)
                        finish(one);
                else
                        later(one);
                return;
        }
        if (one->buffer.length > 0)
                send_piece(one);
        else
                finish(one);
}

static void woken(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        go_on(arg);
}

static struct api_previewing *previewing_new(const struct api_call *call, struct app_preview *preview,
                                             struct api_preview_order *order)
{
        struct api *api = call->api;
        struct api_previewing *one = calloc(1, sizeof *one);

        if (one == NULL)
                return NULL;
        one->api = api;
        one->request = call->request;
        one->preview = preview;
        one->form = order->form;
        one->limit = order->limit;
        one->outdated = order->outdated;
        one->problems = order->problems;
        wire_buffer_init(&order->problems);
        wire_buffer_init(&one->buffer);
        one->next = api->previews;
        if (one->next != NULL)
                one->next->previous = one;
        api->previews = one;
        one->again = evtimer_new(api->base, woken, one);
        http_request_watch(call->request, client_left, one);
        return one;
}

void api_preview(const struct api_call *call, struct app_preview_request *request, struct api_preview_order *order)
{
        struct app_preview *preview = NULL;
        struct api_previewing *one = NULL;
        enum status status = app_preview_new(call->api->app, call->now, request, &preview);

        if (status != STATUS_OK) {
                api_release(&request->before);
                api_release(&request->after);
        } else {
                one = previewing_new(call, preview, order);
                status = one == NULL ? STATUS_NO_MEMORY : STATUS_OK;
                if (one == NULL)
                        app_preview_free(preview);
        }
        wire_buffer_fini(&order->problems);
        if (one == NULL) {
                api_failed(call->request, status, NULL);
                return;
        }
        if (one->again == NULL || one->problems.failed) {
                fail(one, STATUS_NO_MEMORY);
                return;
        }
        if (one->form == API_PREVIEW_LINES)
                put_head(one);
        if (call->shows == NULL) {
                later(one);
                return;
        }
        status = api_log(call, &(struct api_shown){.rows = -1}, logged, one);
        if (status != STATUS_OK)
                fail(one, status);
}
