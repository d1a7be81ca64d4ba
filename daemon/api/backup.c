/*
 * backup - a copy of the record, made in steps and sent to whoever asked.
 *
 * The daemon writes it nowhere but beside the record: whoever asks keeps it
 * where he may and the daemon may not, so that whoever gets hold of the daemon
 * does not get hold of the backups.
 */
#include "mappad/app_backup.h"

#include <stdlib.h>
#include <sys/time.h>

#include <event2/event.h>

#include "room.h"

#define PIECE_SIZE ((size_t)256 * 1024)

struct api_backing {
        struct api *api;
        struct http_request *request;
        struct app_backup *backup;
        struct event *again;
        bool copied, streaming;
        char piece[PIECE_SIZE];
};

static void backing_free(struct api_backing *backing)
{
        backing->api->backing = NULL;
        app_access_forget(backing->api->app, backing);
        app_backup_free(backing->backup);
        if (backing->again != NULL)
                event_free(backing->again);
        free(backing);
}

void api_backup_close(struct api *api)
{
        if (api->backing != NULL)
                backing_free(api->backing);
}

static void client_left(void *context)
{
        backing_free(context);
}

static void fail(struct api_backing *backing, enum status status)
{
        struct http_request *request = backing->request;

        if (backing->streaming) {
                http_stream_abort(request);
        } else {
                http_request_watch(request, NULL, NULL);
                api_failed(request, status, NULL);
        }
        backing_free(backing);
}

static void later(struct api_backing *backing)
{
        struct timeval at_once = {0};

        if (event_add(backing->again, &at_once) != 0)
                fail(backing, STATUS_NO_MEMORY);
}

/* The piece before was taken. */
static void send_next(void *context)
{
        struct api_backing *backing = context;
        size_t length = 0;
        enum status status = app_backup_read(backing->backup, backing->piece, PIECE_SIZE, &length);

        if (status != STATUS_OK) {
                fail(backing, status);
                return;
        }
        if (length == 0) {
                http_request_watch(backing->request, NULL, NULL);
                http_stream_end(backing->request);
                backing_free(backing);
                return;
        }
        if (!http_stream_send(backing->request, backing->piece, length))
                fail(backing, STATUS_NO_MEMORY);
}

static void logged(void *context, enum status status)
{
        struct api_backing *backing = context;

        if (status != STATUS_OK) {
                fail(backing, status);
                return;
        }
        http_stream_begin(backing->request, HTTP_STREAM_ANSWER, "application/vnd.sqlite3", send_next, backing);
        backing->streaming = true;
        send_next(backing);
}

static void woken(evutil_socket_t fd, short what, void *arg)
{
        struct api_backing *backing = arg;
        struct api_call call = {.api = backing->api, .request = backing->request, .shows = "backup"};
        enum status status;

        (void)fd;
        (void)what;
        status = app_backup_step(backing->backup, &backing->copied);
        if (status == STATUS_OK && backing->copied)
                status = api_log(&call, &(struct api_shown){.rows = -1}, logged, backing);
        if (status != STATUS_OK)
                fail(backing, status);
        else if (!backing->copied)
                later(backing);
}

void api_backup(const struct api_call *call)
{
        struct api *api = call->api;
        struct api_backing *backing;
        enum status status = STATUS_NO_MEMORY;

        if (api->backing != NULL) {
                api_error(call->request, (struct api_fault){409, "busy", NULL}, "a backup is being made");
                return;
        }
        backing = calloc(1, sizeof *backing);
        if (backing == NULL) {
                api_failed(call->request, status, NULL);
                return;
        }
        backing->api = api;
        backing->request = call->request;
        api->backing = backing;
        backing->again = evtimer_new(api->base, woken, backing);
        http_request_watch(call->request, client_left, backing);
        if (backing->again != NULL)
                status = app_backup_begin(api->app, call->now, &backing->backup);
        if (status != STATUS_OK)
                fail(backing, status);
        else
                later(backing);
}
