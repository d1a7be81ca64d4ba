/*
 * erase - the content of a case taken out of the record, in two steps; and what was.
 */
#include "mappad/app_erase.h"

#include <jansson.h>
#include <string.h>

#include "room.h"

#define ERASURES_LIMIT 100
#define ERASURES_LIMIT_MAX 1000

static void put_view(struct wire_buffer *buffer, const char *ref, const struct app_erase_view *view)
{
        bool erased = view->erasure != 0;

        wire_put_text(buffer, "{");
        api_put_text(buffer, "case", ref);
        api_put_bool(buffer, "erased", erased);
        api_put_seq(buffer, "erasure", view->erasure);
        api_put_text(buffer, "confirm", view->confirm);
        api_put_number(buffer, "events", (int64_t)view->events);
        api_put_seq(buffer, "first_seq", view->first_seq);
        api_put_seq(buffer, "last_seq", view->last_seq);
        api_put_instant(buffer, "first_recorded_at", view->first_ms, INSTANT_ALWAYS);
        api_put_instant(buffer, "last_recorded_at", view->last_ms, INSTANT_ALWAYS);
        api_put_number(buffer, "alerts", (int64_t)view->alerts);
        api_put_number(buffer, "acks", (int64_t)view->acks);
        api_put_number(buffer, "messages", (int64_t)view->messages);
        api_put_number(buffer, "dates", (int64_t)view->dates);
        api_put_number(buffer, "accesses", (int64_t)view->accesses);
        api_put_open32(buffer, view->open);
        api_put_number(buffer, "must", view->must);
        api_put_number(buffer, "waiting", (int64_t)view->waiting);
        wire_put_key(buffer, "scrubbed");
        if (erased)
                wire_put_bool(buffer, view->scrubbed);
        else
                wire_put_text(buffer, "null");
        wire_put_text(buffer, "}");
}

static bool take_text(const json_t *root, const char *name, const char **ret_text, struct wire_problem *problem)
{
        const json_t *value = json_object_get(root, name);

        *ret_text = json_string_value(value);
        if (value == NULL || *ret_text != NULL)
                return true;
        wire_problem_set(problem, "wrong-type", name, "\"%s\" must be a text", name);
        return false;
}

static bool take_request(const json_t *root, struct app_erase_request *request, struct wire_problem *problem)
{
        const json_t *force = json_object_get(root, "force");

        if (!take_text(root, "why", &request->why, problem) || !take_text(root, "confirm", &request->confirm, problem))
                return false;
        if (force != NULL && !json_is_boolean(force)) {
                wire_problem_set(problem, "wrong-type", "force", "\"force\" must be true or false");
                return false;
        }
        request->force = json_is_true(force);
        if (request->confirm == NULL || request->why != NULL)
                return true;
        wire_problem_set(problem, "missing-field", "why", "erasing must have \"why\"");
        return false;
}

static const struct api_word_code codes[] = {
        {"unknown-case", 404}, {"changed", 409}, {"duties-open", 409}, {"messages-waiting", 409}, {NULL, 422}};

/* What was looked at is logged as shown; what was erased is in the log already. */
static void answer(const struct api_call *call, const struct app_erase_view *view)
{
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        put_view(&buffer, call->parameter, view);
        if (view->erasure != 0)
                api_reply(call->request, 200, &buffer);
        else
                api_show(call, &(struct api_shown){.case_ref = call->parameter, .rows = 1}, &buffer);
        wire_buffer_fini(&buffer);
}

static void ask(const struct api_call *call, struct app_erase_request *request)
{
        struct wire_problem problem = {.code = ""};
        struct app_erase_view view = {.erasure = 0};
        enum status status = app_erase(call->api->app, call->now, request, &view, &problem);

        if (status != STATUS_OK && view.erasure == 0) {
                if (status == STATUS_INVALID)
                        api_refuse(call->request, api_code_of(&problem, codes), &problem);
                else
                        api_failed(call->request, status, NULL);
                return;
        }
        if (view.erasure != 0)
                call->api->host.log(call->api->host.log_context, LOG_LEVEL_NOTICE, NULL, 0,
                                    "a case was erased; the log of accesses tells who asked for it");
        answer(call, &view);
}

void api_erase(const struct api_call *call)
{
        static const char *const names[] = {"why", "confirm", "force"};
        struct api_trace trace;
        struct wire_problem problem;
        struct app_erase_request request = {.ref = call->parameter, .by = api_actor(call)};
        struct app_axes axes;

        if (!api_take_case(call, &axes))
                return;
        json_t *root = api_read_body(call, names, sizeof names / sizeof names[0]);
        if (root == NULL)
                return;
        api_trace(call, &trace);
        request.purpose = trace.purpose[0] == '\0' ? NULL : trace.purpose;
        if (take_request(root, &request, &problem))
                ask(call, &request);
        else
                api_refuse(call->request, 422, &problem);
        json_decref(root);
}

/* ---- the log ---- */

struct erasures {
        struct wire_buffer buffer;
        uint64_t rows, last;
};

/* Its members, after "{". */
static void put_members(struct wire_buffer *buffer, const struct app_erasure *erasure)
{
        api_put_seq(buffer, "seq", erasure->seq);
        api_put_instant(buffer, "at", erasure->at_ms, INSTANT_ALWAYS);
        api_put_number(buffer, "uid", erasure->uid);
        api_put_text(buffer, "user", erasure->user);
        api_put_text(buffer, "why", erasure->why);
        api_put_number(buffer, "events", (int64_t)erasure->events);
        api_put_seq(buffer, "first_seq", erasure->first_seq);
        api_put_seq(buffer, "last_seq", erasure->last_seq);
        api_put_number(buffer, "accesses", (int64_t)erasure->accesses);
        api_put_text(buffer, "hash", erasure->hash);
}

static void put_erasure(void *context, const struct app_erasure *erasure)
{
        struct erasures *erasures = context;

        wire_put_text(&erasures->buffer, erasures->rows++ == 0 ? "{" : ",{");
        put_members(&erasures->buffer, erasure);
        wire_put_text(&erasures->buffer, "}");
        erasures->last = erasure->seq;
}

void api_erasures(const struct api_call *call)
{
        struct erasures erasures = {.rows = 0};
        struct wire_problem problem;
        uint64_t before = 0, limit = ERASURES_LIMIT;

        if (!query_take_number(call->query, "before", INT64_MAX, &before, &problem) ||
            !query_take_limit(call->query, ERASURES_LIMIT_MAX, &limit, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        wire_buffer_init(&erasures.buffer);
        wire_put_text(&erasures.buffer, "{\"erasures\":[");
        enum status status = app_erasures(call->api->app, before, limit, put_erasure, &erasures);
        wire_put_text(&erasures.buffer, "]");
        api_put_seq(&erasures.buffer, "next", erasures.rows == limit && erasures.last > 1 ? erasures.last : 0);
        wire_put_text(&erasures.buffer, "}");
        if (status == STATUS_OK)
                api_reply(call->request, 200, &erasures.buffer);
        else
                api_failed(call->request, status, NULL);
        wire_buffer_fini(&erasures.buffer);
}

/* ---- one of them, and what is left ---- */

static void put_one(void *context, const struct app_erasure *erasure)
{
        struct erasures *erasures = context;

        put_members(&erasures->buffer, erasure);
        wire_put_key(&erasures->buffer, "lines");
        wire_put_text(&erasures->buffer, "[");
}

static void put_line(void *context, const struct app_erased_line *line)
{
        struct erasures *erasures = context;
        struct wire_buffer *buffer = &erasures->buffer;

        wire_put_text(buffer, erasures->rows++ == 0 ? "{" : ",{");
        api_put_seq(buffer, "seq", line->seq);
        api_put_instant(buffer, "recorded_at", line->recorded_ms, INSTANT_ALWAYS);
        api_put_number(buffer, "uid", line->uid);
        api_put_text(buffer, "user", line->user);
        api_put_text(buffer, "hash", line->hash);
        wire_put_text(buffer, "}");
}

void api_erasure(const struct api_call *call)
{
        struct erasures erasures = {.rows = 0};
        const struct app_erasure_sink sink = {put_one, put_line, &erasures};
        uint64_t seq = 0;
        bool found = false;

        if (!query_number(call->parameter, &seq) || seq == 0 || seq >= INT64_MAX) {
                api_error(call->request, (struct api_fault){400, "bad-number", "seq"},
                          "the path names no erasure: its number is expected there");
                return;
        }
        wire_buffer_init(&erasures.buffer);
        wire_put_text(&erasures.buffer, "{");
        enum status status = app_erasure_lines(call->api->app, seq, &sink, &found);
        wire_put_text(&erasures.buffer, "]}");
        if (status != STATUS_OK)
                api_failed(call->request, status, NULL);
        else if (!found)
                api_error(call->request, (struct api_fault){404, "unknown-erasure", "seq"},
                          "there is no erasure of this number");
        else
                api_reply(call->request, 200, &erasures.buffer);
        wire_buffer_fini(&erasures.buffer);
}
