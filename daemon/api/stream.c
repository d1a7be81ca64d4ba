/*
 * stream - alerts as they become durable, to whoever listens.
 *
 * Each listener has a number: the last alert that was sent to it. What it has
 * not had is read from the record, a bounded batch at a time and only when the
 * batch before was taken, so a listener costs the same whether it comes back
 * after a second or a year. One that takes nothing is dropped; its number lets
 * it come back without a gap. Of many listeners some are told in each turn of
 * the loop, in a circle, so that nobody else waits until all of them were; the
 * same holds for the sign of life that each is sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <event2/event.h>

#include "mappad/app_turn.h"
#include "room.h"

/* So few that a thousand who take theirs slowly, each somewhere else, hold 16 MB. */
#define BATCH_ALERTS 25
#define BEAT_MS_MAX 15000
/* In about a millisecond. */
#define TOLD_A_TURN 50
#define TOLD_BYTES_A_TURN (512 * 1024)
#define BEATS_PER_IDLE 4 /* a connection is never silent for longer than its limit */
/* Beats that a listener may leave untaken. */
#define SILENT_BEATS_MAX 2
/* Lines of the log for alerts of one commit, or of all pieces of an import; the first sweep after long downtime raises
 * thousands. */
#define LOGGED_ALERTS_MAX 200
#define ALERT_LINE_SIZE 320 /* stage, rule, case, item and day, each at its longest, and the words between */

struct api_listener {
        struct api *api;
        struct http_request *request;
        uint64_t last; /* number of the last alert sent */
        bool behind;   /* there may be more to send once the batch was taken */
        int silent_beats;
        bool begun;    /* logged, and in the list of listeners */
        uint64_t sent; /* alerts */
        struct api_trace trace;
        struct api_listener *previous, *next;
};

static void listener_free(struct api *api, struct api_listener *listener)
{
        app_access_forget(api->app, listener);
        if (api->listeners == listener)
                api->listeners = listener->next;
        else if (listener->previous != NULL)
                listener->previous->next = listener->next;
        if (listener->next != NULL)
                listener->next->previous = listener->previous;
        if (api->next_told == listener)
                api->next_told = listener->next;
        if (api->next_beaten == listener)
                api->next_beaten = listener->next;
        api->listener_count -= listener->begun;
        free(listener);
        if (api->listeners == NULL)
                (void)event_del(api->beat);
}

/* What is shown of a stream is known when it ends. */
static void log_end(const struct api_listener *listener)
{
        struct api_shown shown = {.what = "stream-end", .rows = (int64_t)listener->sent};

        if (listener->begun)
                api_log_end(listener->api, &listener->trace, &shown);
}

static void client_left(void *context)
{
        struct api_listener *listener = context;

        log_end(listener);
        listener_free(listener->api, listener);
}

static void listener_drop(struct api *api, struct api_listener *listener, const char *why)
{
        const struct peer *peer = http_request_peer(listener->request);
        struct log_field fields[] = {{"USER", peer->name}};

        api->host.log(api->host.log_context, LOG_LEVEL_NOTICE, fields, 1, why);
        log_end(listener);
        http_stream_abort(listener->request);
        listener_free(api, listener);
}

/* What listeners are sent: one text for all that get the same, which lives until the last of them has taken it. */
struct text {
        struct wire_buffer buffer;
        size_t holders;
};

static void text_drop(struct text *text)
{
        if (text == NULL || --text->holders > 0)
                return;
        wire_buffer_fini(&text->buffer);
        free(text);
}

static void text_left(const void *bytes, size_t length, void *context)
{
        (void)bytes;
        (void)length;
        text_drop(context);
}

/* A batch as it is written: the alerts after one, up to another. Listeners that are equally far, and see the same
 * cases, get the same. */
struct batch {
        struct text *text; /* NULL: none is written */
        struct sight sight;
        uint64_t after, last, count;
        bool more; /* there are others behind them */
};

static void batch_alert(void *context, const struct app_alert *alert)
{
        struct batch *batch = context;
        struct wire_buffer *buffer = &batch->text->buffer;

        wire_put_text(buffer, "id: ");
        wire_put_number(buffer, (int64_t)alert->id);
        wire_put_text(buffer, "\nevent: alert\ndata: ");
        api_put_alert(buffer, alert);
        wire_put_text(buffer, "\n\n");
        batch->last = alert->id;
        batch->count++;
}

static bool text_begin(struct batch *batch)
{
        text_drop(batch->text);
        batch->text = calloc(1, sizeof *batch->text);
        if (batch->text == NULL)
                return false;
        batch->text->holders = 1;
        wire_buffer_init(&batch->text->buffer);
        return true;
}

/* Writes the batch after a number, unless that is the one that it holds. What is out of sight is passed over. */
static bool batch_write(struct batch *batch, struct app *app, uint64_t after, struct sight sight)
{
        uint64_t looked = 0;
        struct app_alert_filter filter = {.after = after, .sight = sight, .limit = BATCH_ALERTS, .ret_last = &looked};

        if (batch->text != NULL && batch->after == after && memcmp(&batch->sight, &sight, sizeof sight) == 0)
                return true;
        if (!text_begin(batch))
                return false;
        batch->after = batch->last = after;
        batch->sight = sight;
        batch->count = 0;
        batch->more = false;
        if (app_alerts(app, &filter, batch_alert, batch, &batch->more) != STATUS_OK || batch->text->buffer.failed) {
                text_drop(batch->text);
                batch->text = NULL;
                return false;
        }
        if (looked > batch->last)
                batch->last = looked;
        /* Something has to be taken before what follows is asked for. */
        if (batch->more && batch->count == 0)
                wire_put_text(&batch->text->buffer, ": others\n\n");
        return true;
}

static bool send_text(struct http_request *request, struct text *text)
{
        text->holders++;
        return http_stream_give(request, &(struct http_piece){text->buffer.data, text->buffer.length, text_left, text});
}

/* Sends the next batch. Shape: the one before was taken. */
static void listener_pump(struct api *api, struct api_listener *listener, struct batch *batch)
{
        if (!batch_write(batch, api->app, listener->last, http_request_peer(listener->request)->sight)) {
                listener_drop(api, listener, "a listener for alerts was dropped because they could not be read");
        } else if (!send_text(listener->request, batch->text)) {
                listener_drop(api, listener, "a listener for alerts was dropped because it reads too slowly");
        } else {
                listener->last = batch->last;
                listener->sent += batch->count;
                listener->behind = batch->more;
        }
}

/* Goes round until somebody has to wait: nobody further on is behind, or enough was sent in this turn. */
static void tell_some(evutil_socket_t fd, short what, void *arg)
{
        static const struct timeval next_turn = {0};
        struct api *api = arg;
        struct batch batch = {.text = NULL};
        size_t told = 0, bytes = 0;

        (void)fd;
        (void)what;
        while (api->untold > 0 && api->listeners != NULL && told < TOLD_A_TURN && bytes < TOLD_BYTES_A_TURN) {
                struct api_listener *listener = api->next_told != NULL ? api->next_told : api->listeners;

                api->next_told = listener->next;
                api->untold--;
                if (!listener->behind || http_stream_waiting(listener->request) > 0)
                        continue;
                listener_pump(api, listener, &batch);
                bytes += batch.text == NULL ? 0 : batch.text->buffer.length;
                told++;
        }
        text_drop(batch.text);
        if (api->untold > 0 && api->listeners != NULL)
                (void)event_add(api->telling, &next_turn);
}

/* A round begins: all that are behind are told. Whoever was told in the one under way has another coming. */
static void tell_round(struct api *api, bool at_once)
{
        static const struct timeval next_turn = {0};

        api->untold = api->listener_count;
        if (event_pending(api->telling, EV_TIMEOUT, NULL) != 0)
                return;
        if (at_once)
                tell_some(-1, 0, api);
        else
                (void)event_add(api->telling, &next_turn);
}

static void listener_drained(void *context)
{
        struct api_listener *listener = context;

        listener->silent_beats = 0;
        if (listener->behind)
                tell_round(listener->api, false);
}

static const char *or_empty(const char *text)
{
        return text != NULL ? text : "";
}

/* The sentence of an alert, for whoever reads the journal without its fields: identifiers and a date, as in these. */
static void describe_alert(const struct app_alert *alert, const char *due, char *line, size_t size)
{
        snprintf(line, size, "alert %llu was raised: %s%s%s%s%s%s%s%s%s", (unsigned long long)alert->id,
                 alert->stage != NULL ? alert->stage : alert_kind_word(alert->kind), alert->rule != NULL ? " of " : "",
                 or_empty(alert->rule), alert->case_ref != NULL ? " about " : "", or_empty(alert->case_ref),
                 alert->item != NULL ? ", item " : "", or_empty(alert->item), alert->due != CIVIL_NONE ? ", due " : "",
                 alert->due != CIVIL_NONE ? due : "");
}

/* A line for each alert, by which the journal can be asked about a case. */
static void log_alert(void *context, const struct app_alert *alert)
{
        struct api *api = context;
        char id[24], due[CIVIL_TEXT_SIZE] = "none", line[ALERT_LINE_SIZE];
        struct log_field fields[LOG_FIELDS_MAX] = {{"ALERT", id}, {"KIND", alert_kind_word(alert->kind)}};
        size_t count = 2;

        snprintf(id, sizeof id, "%llu", (unsigned long long)alert->id);
        if (alert->due != CIVIL_NONE)
                civil_format(alert->due, due);
        fields[count++] = (struct log_field){"DUE", due};
        if (alert->case_ref != NULL)
                fields[count++] = (struct log_field){"CASE", alert->case_ref};
        if (alert->rule != NULL)
                fields[count++] = (struct log_field){"RULE", alert->rule};
        if (alert->item != NULL)
                fields[count++] = (struct log_field){"ITEM", alert->item};
        if (alert->stage != NULL)
                fields[count++] = (struct log_field){"STAGE", alert->stage};
        describe_alert(alert, due, line, sizeof line);
        api->host.log(api->host.log_context, LOG_LEVEL_NOTICE, fields, count, line);
        api->alerts_logged++;
}

/* A line each as long as there are not too many, and of the rest up to which number there are. Pieces that others
 * follow have as many together as one commit has by itself. */
static void log_alerts(struct api *api, uint64_t first, uint64_t last)
{
        if (!app_more_follows(api->app))
                api->alerts_logged = 0;
        struct app_alert_filter filter = {
                .after = first - 1, .before = last + 1, .limit = LOGGED_ALERTS_MAX - api->alerts_logged};
        char line[64];
        bool more = filter.limit == 0;
        enum status status = more ? STATUS_OK : app_alerts(api->app, &filter, log_alert, api, &more);

        if (!app_more_follows(api->app))
                api->alerts_logged = 0;
        if (status != STATUS_OK || !more)
                return;
        snprintf(line, sizeof line, "alerts up to number %llu were raised", (unsigned long long)last);
        api->host.log(api->host.log_context, LOG_LEVEL_NOTICE, NULL, 0, line);
}

static void alerts_committed(void *context, uint64_t first, uint64_t last)
{
        struct api *api = context;

        log_alerts(api, first, last);
        for (struct api_listener *listener = api->listeners; listener != NULL; listener = listener->next)
                listener->behind = true;
        tell_round(api, true);
}

static void listener_beat(struct api *api, struct api_listener *listener)
{
        static const char comment[] = ": alive\n\n";

        if (http_stream_waiting(listener->request) == 0)
                listener->silent_beats = 0;
        else if (++listener->silent_beats >= SILENT_BEATS_MAX) {
                listener_drop(api, listener, "a listener for alerts was dropped because it takes nothing");
                return;
        }
        if (!http_stream_send(listener->request, comment, sizeof comment - 1))
                listener_drop(api, listener, "a listener for alerts was dropped because it reads too slowly");
}

/* Whoever comes meanwhile is put before the first and has been told something. */
static void beat_some(evutil_socket_t fd, short what, void *arg)
{
        static const struct timeval next_turn = {0};
        struct api *api = arg;

        (void)fd;
        (void)what;
        for (size_t told = 0; told < TOLD_A_TURN && api->next_beaten != NULL; told++) {
                struct api_listener *listener = api->next_beaten;

                api->next_beaten = listener->next;
                listener_beat(api, listener);
        }
        if (api->next_beaten != NULL)
                (void)event_add(api->beating, &next_turn);
}

/* A round that is not over is not begun anew; nobody is silent for two intervals then, half of what an idle connection
 * may be. */
static void beat(evutil_socket_t fd, short what, void *arg)
{
        struct api *api = arg;

        if (api->next_beaten != NULL)
                return;
        api->next_beaten = api->listeners;
        beat_some(fd, what, api);
}

/* From where on: the header, else the parameter, else from now. A number that no alert has yet, that of a
 * record since replaced by an older one, say, is taken for the newest: whoever came with it would else be
 * told nothing until the numbers have caught up. */
static bool take_last(const struct api_call *call, uint64_t *ret_last)
{
        const char *header = http_request_header(call->request, "Last-Event-ID");
        struct wire_problem problem;
        uint64_t newest = 0;
        enum status answer = app_last_alert(call->api->app, &newest);

        if (answer != STATUS_OK) {
                api_failed(call->request, answer, NULL);
                return false;
        }
        uint64_t last = newest;
        if (header != NULL && !query_number(header, &last)) {
                api_error(call->request, (struct api_fault){400, "bad-number", "Last-Event-ID"},
                          "\"Last-Event-ID\" is not the number of an alert");
                return false;
        }
        if (header == NULL && !query_take_number(call->query, "after", INT64_MAX, &last, &problem)) {
                api_refuse(call->request, 400, &problem);
                return false;
        }
        *ret_last = last < newest ? last : newest;
        return true;
}

static struct timeval beat_interval(const struct api *api)
{
        uint64_t ms = http_idle_ms(api->server) / BEATS_PER_IDLE;

        ms = ms > BEAT_MS_MAX ? BEAT_MS_MAX : ms;
        return (struct timeval){.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000) * 1000};
}

static void begin(struct api_listener *listener)
{
        static const char hello[] = "retry: 2000\n\n";
        struct api *api = listener->api;
        struct timeval interval = beat_interval(api);

        listener->behind = true;
        listener->begun = true;
        listener->next = api->listeners;
        if (listener->next != NULL)
                listener->next->previous = listener;
        else
                (void)event_add(api->beat, &interval);
        api->listeners = listener;
        api->listener_count++;
        http_stream_begin(listener->request, HTTP_STREAM_EVENTS, "text/event-stream", listener_drained, listener);
        /* What it missed follows when this was taken. */
        if (!http_stream_send(listener->request, hello, sizeof hello - 1))
                listener_drop(api, listener, "a listener for alerts was dropped because there is no memory for it");
}

static void stream_logged(void *context, enum status status)
{
        struct api_listener *listener = context;

        if (status == STATUS_OK) {
                begin(listener);
                return;
        }
        http_request_watch(listener->request, NULL, NULL);
        api_failed(listener->request, status, NULL);
        free(listener);
}

void api_alert_stream(const struct api_call *call)
{
        struct api_shown shown = {.rows = -1};
        uint64_t last = 0;

        if (!take_last(call, &last))
                return;
        struct api_listener *listener = calloc(1, sizeof *listener);
        enum status status = listener == NULL ? STATUS_NO_MEMORY : api_log(call, &shown, stream_logged, listener);
        if (status != STATUS_OK) {
                free(listener);
                api_failed(call->request, status, NULL);
                return;
        }
        listener->api = call->api;
        listener->request = call->request;
        api_trace(call, &listener->trace);
        listener->last = last;
        http_request_watch(call->request, client_left, listener);
}

enum status api_streams_open(struct api *api)
{
        api->beat = event_new(api->base, -1, EV_PERSIST, beat, api);
        api->telling = event_new(api->base, -1, 0, tell_some, api);
        api->beating = event_new(api->base, -1, 0, beat_some, api);
        if (api->beat == NULL || api->telling == NULL || api->beating == NULL)
                return STATUS_NO_MEMORY;
        app_listen(api->app, alerts_committed, api);
        return STATUS_OK;
}

void api_streams_close(struct api *api)
{
        for (struct api_listener *listener = api->listeners, *next = NULL; listener != NULL; listener = next) {
                next = listener->next;
                listener_free(api, listener);
        }
        app_listen(api->app, NULL, NULL);
        if (api->beat != NULL)
                event_free(api->beat);
        if (api->telling != NULL)
                event_free(api->telling);
        if (api->beating != NULL)
                event_free(api->beating);
        api->beat = api->telling = api->beating = NULL;
        api->next_beaten = NULL;
}
