/*
 * access - what is shown is logged first, and the log as whoever may see it sees it.
 *
 * An answer that tells of cases is held back until its line in the log of
 * accesses is durable. If that cannot be written the answer is thrown away and
 * the request refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "mappad/app_access.h"
#include "pages.h"

#define PURPOSE_HEADER "Mappad-Purpose"

/* An answer that waits for its line. */
struct held {
        struct api *api;
        struct http_request *request;
        struct wire_buffer buffer;
        struct page_text *page; /* that the buffer is the beginning of, or NULL */
        int code;
};

bool api_purpose_good(struct http_request *request)
{
        const char *purpose = http_request_header(request, PURPOSE_HEADER);

        if (purpose == NULL || wire_is_line(purpose, APP_PURPOSE_MAX))
                return true;
        api_error(request, (struct api_fault){400, "bad-purpose", PURPOSE_HEADER},
                  "a purpose is 1 to %d bytes of text without control characters", APP_PURPOSE_MAX);
        return false;
}

enum status api_log(const struct api_call *call, const struct api_shown *shown, app_access_done_fn done, void *context)
{
        const char *query = http_request_query(call->request);
        char plain[APP_ACCESS_TEXT_MAX + 8]; /* so much more than is kept that it shows that there was more */

        query_plain(query == NULL ? "" : query, plain, sizeof plain);
        return app_access(
                call->api->app,
                &(struct app_access){.actor = api_actor(call),
                                     .at_ms = call->api->host.now(call->api->host.context).ms,
                                     .what = shown->what != NULL ? shown->what : call->shows,
                                     .case_ref = shown->case_ref,
                                     .detail = call->detail != NULL ? call->detail : (query == NULL ? NULL : plain),
                                     .rows = shown->rows,
                                     .purpose = http_request_header(call->request, PURPOSE_HEADER)},
                done, context);
}

void api_trace(const struct api_call *call, struct api_trace *ret_trace)
{
        const struct app_actor actor = api_actor(call);
        const char *purpose = http_request_header(call->request, PURPOSE_HEADER);

        ret_trace->uid = actor.uid;
        snprintf(ret_trace->user, sizeof ret_trace->user, "%s", actor.name);
        snprintf(ret_trace->purpose, sizeof ret_trace->purpose, "%s", purpose == NULL ? "" : purpose);
}

void api_log_end(struct api *api, const struct api_trace *trace, const struct api_shown *shown)
{
        struct app_access access = {.actor = {.uid = trace->uid, .name = trace->user},
                                    .at_ms = api->host.now(api->host.context).ms,
                                    .what = shown->what,
                                    .case_ref = shown->case_ref,
                                    .rows = shown->rows,
                                    .purpose = trace->purpose[0] == '\0' ? NULL : trace->purpose};

        if (app_access(api->app, &access, NULL, NULL) != STATUS_OK)
                api->host.log(api->host.log_context, LOG_LEVEL_ERROR, NULL, 0,
                              "the end of a long answer could not be logged for want of memory");
}

static void held_free(struct held *held)
{
        wire_buffer_fini(&held->buffer);
        page_text_drop(held->page);
        free(held);
}

static void client_left(void *context)
{
        struct held *held = context;

        app_access_forget(held->api->app, held);
        held_free(held);
}

static void logged(void *context, enum status status)
{
        struct held *held = context;

        http_request_watch(held->request, NULL, NULL);
        if (status != STATUS_OK)
                api_failed(held->request, status, NULL);
        else if (held->page != NULL)
                api_reply_page(held->request, &held->buffer, page_text_hold(held->page));
        else
                api_reply(held->request, held->code, &held->buffer);
        held_free(held);
}

/* Holds an answer back until its line is there: a buffer, or the beginning of a page. */
static void hold(const struct api_call *call, const struct api_shown *shown, struct wire_buffer *buffer,
                 struct page_text *page)
{
        struct held *held = calloc(1, sizeof *held);
        enum status status = STATUS_NO_MEMORY;

        if (held != NULL && !buffer->failed) {
                *held = (struct held){.api = call->api,
                                      .request = call->request,
                                      .code = shown->code != 0 ? shown->code : 200,
                                      .buffer = *buffer,
                                      .page = page};
                status = api_log(call, shown, logged, held);
        }
        if (status != STATUS_OK) {
                free(held);
                api_failed(call->request, status, NULL);
                return;
        }
        if (page != NULL)
                (void)page_text_hold(page);
        wire_buffer_init(buffer); /* what it held is held now */
        http_request_watch(call->request, client_left, held);
}

void api_show(const struct api_call *call, const struct api_shown *shown, struct wire_buffer *buffer)
{
        hold(call, shown, buffer, NULL);
}

void api_show_page(const struct api_call *call, struct page_text *text, struct wire_buffer *beginning)
{
        hold(call, &(struct api_shown){.rows = (int64_t)text->rows}, beginning, text);
}

/* ---- the log itself ---- */

struct log_page {
        struct app *app;
        struct app_access_walk walk;
        uint64_t rows, limit;
        char ref[CASE_REF_MAX + 1], user[64];
        struct wire_buffer *buffer;
};

static void put_head(void *context, struct wire_buffer *buffer)
{
        (void)context;
        wire_put_text(buffer, "{\"accesses\":[");
}

void api_put_access(struct wire_buffer *buffer, const struct app_access_line *line)
{
        api_put_seq(buffer, "seq", line->seq);
        api_put_instant(buffer, "at", line->at_ms, INT64_MIN);
        wire_put_key(buffer, "uid");
        if (line->by_service)
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, line->uid);
        api_put_text(buffer, "user", line->user);
        api_put_text(buffer, "what", line->what);
        api_put_text(buffer, "case", line->case_ref);
        api_put_text(buffer, "detail", line->detail);
        wire_put_key(buffer, "rows");
        if (line->rows < 0)
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, line->rows);
        api_put_text(buffer, "purpose", line->purpose);
        api_put_text(buffer, "recipients", line->recipients);
}

static void put_line(void *context, const struct app_access_line *line)
{
        struct log_page *page = context;

        wire_put_text(page->buffer, page->rows++ == 0 ? "{" : ",{");
        api_put_access(page->buffer, line);
        wire_put_text(page->buffer, "}");
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct log_page *page = context;
        enum status status = STATUS_OK;

        page->buffer = buffer;
        *ret_kind = APP_END;
        if (page->rows < page->limit)
                status = app_access_next(page->app, &page->walk, put_line, page, ret_kind);
        if (status == STATUS_OK && *ret_kind == APP_END) {
                wire_put_text(buffer, "]");
                api_put_seq(buffer, "next", page->rows == page->limit ? page->walk.before : 0);
                wire_put_text(buffer, "}");
        }
        return status;
}

static bool take_log(const struct api_call *call, struct log_page *page, struct wire_problem *ret_problem)
{
        const char *ref = query_value(call->query, "case"), *user = query_value(call->query, "user");

        page->app = call->api->app;
        page->limit = API_CASES_LIMIT;
        page->walk.before = INT64_MAX;
        if (!query_take_number(call->query, "before", INT64_MAX, &page->walk.before, ret_problem) ||
            !query_take_limit(call->query, APP_LIMIT_MAX, &page->limit, ret_problem))
                return false;
        if (ref != NULL && !casefile_reference_valid(ref)) {
                wire_problem_set(ret_problem, "bad-case", "case",
                                 "\"case\" is no reference: 2 to 32 capital letters, digits and hyphens");
                return false;
        }
        if (user != NULL && (user[0] == '\0' || strlen(user) >= sizeof page->user)) {
                wire_problem_set(ret_problem, "bad-user", "user", "\"user\" is a login name or a number");
                return false;
        }
        if (ref != NULL)
                page->walk.case_ref = memcpy(page->ref, ref, strlen(ref) + 1);
        if (user != NULL)
                page->walk.user = memcpy(page->user, user, strlen(user) + 1);
        return true;
}

void api_access_log(const struct api_call *call)
{
        struct wire_problem problem;
        struct log_page *page = calloc(1, sizeof *page);

        if (page == NULL) {
                api_failed(call->request, STATUS_NO_MEMORY, NULL);
        } else if (!take_log(call, page, &problem)) {
                free(page);
                api_refuse(call->request, 400, &problem);
        } else {
                listing_begin(call, (struct listing_maker){put_head, next, free, NULL}, page);
        }
}
