/*
 * cases - the caseload by reference, and one case whole.
 */
#include <string.h>

#include "room.h"

static void put_attribute(struct wire_buffer *buffer, const struct app_attribute *attribute)
{
        wire_put_key(buffer, attribute->name);
        switch (attribute->kind) {
        case VALUE_DATE:
                wire_put_date(buffer, attribute->day);
                break;
        case VALUE_ENUM:
        case VALUE_TOKEN:
                wire_put_string(buffer, attribute->value_count == 0 ? NULL : attribute->values[0]);
                break;
        case VALUE_SET:
                wire_put_text(buffer, "[");
                for (size_t i = 0; i < attribute->value_count; i++) {
                        if (i > 0)
                                wire_put_text(buffer, ",");
                        wire_put_string(buffer, attribute->values[i]);
                }
                wire_put_text(buffer, "]");
                break;
        }
}

/* The members of a case, without the braces. */
static void put_case(struct wire_buffer *buffer, const struct app_case *casefile)
{
        api_put_text(buffer, "case", casefile->ref);
        api_put_date(buffer, "since", casefile->since);
        api_put_number(buffer, "events", (int64_t)casefile->events);
        api_put_seq(buffer, "last_seq", casefile->last_seq);
        wire_put_key(buffer, "attributes");
        wire_put_text(buffer, "{");
        for (size_t i = 0; i < casefile->attribute_count; i++)
                put_attribute(buffer, &casefile->attributes[i]);
        wire_put_text(buffer, "}");
        api_put_open32(buffer, casefile->open);
}

/* A page as it grows. */
struct page {
        struct wire_buffer buffer;
        uint64_t rows;
        char last[CASE_REF_MAX + 1];
};

static void page_case(void *context, const struct app_case *casefile)
{
        struct page *page = context;

        wire_put_text(&page->buffer, page->rows++ == 0 ? "{" : ",{");
        put_case(&page->buffer, casefile);
        wire_put_text(&page->buffer, "}");
        if (strlen(casefile->ref) < sizeof page->last)
                memcpy(page->last, casefile->ref, strlen(casefile->ref) + 1);
}

void api_cases(const struct api_call *call)
{
        struct page page = {.rows = 0};
        struct wire_problem problem;
        uint64_t limit = API_CASES_LIMIT;
        const char *after = query_value(call->query, "cursor");
        bool more = false;

        if (!query_take_limit(call->query, APP_LIMIT_MAX, &limit, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        if (after != NULL && !casefile_reference_valid(after)) {
                api_error(call->request, (struct api_fault){400, "bad-cursor", "cursor"},
                          "\"cursor\" is not one that an answer gave");
                return;
        }
        wire_buffer_init(&page.buffer);
        wire_put_text(&page.buffer, "{\"cases\":[");
        enum status status =
                app_cases(call->api->app, call->now, after == NULL ? "" : after, limit, page_case, &page, &more);
        if (status != STATUS_OK) {
                api_failed(call->request, status, NULL);
        } else {
                wire_put_text(&page.buffer, "]");
                api_put_text(&page.buffer, "next", more ? page.last : NULL);
                wire_put_text(&page.buffer, "}");
                api_show(call, &(struct api_shown){.rows = (int64_t)page.rows}, &page.buffer);
        }
        wire_buffer_fini(&page.buffer);
}

static void one_case(void *context, const struct app_case *casefile)
{
        put_case(context, casefile);
}

static void put_fields(struct wire_buffer *buffer, const struct app_event *event)
{
        wire_put_key(buffer, "fields");
        if (event->event_type != NULL)
                wire_fields_write(buffer, event->event_type, event->fields);
        else
                wire_put_text(buffer, "null");
        api_put_text(buffer, "raw", event->event_type != NULL || event->is_retraction ? NULL : event->raw_fields);
}

static void record_line(void *context, const struct app_event *event)
{
        struct page *page = context;
        struct wire_buffer *buffer = &page->buffer;

        wire_put_text(buffer, page->rows++ == 0 ? "{" : ",{");
        api_put_number(buffer, "seq", (int64_t)event->seq);
        api_put_text(buffer, "event", event->type);
        api_put_date(buffer, "on", event->on);
        api_put_text(buffer, "item", event->item);
        put_fields(buffer, event);
        api_put_text(buffer, "id", event->id);
        api_put_instant(buffer, "recorded_at", event->recorded_at, INSTANT_ALWAYS);
        api_put_number(buffer, "uid", event->uid);
        api_put_text(buffer, "user", event->user);
        api_put_bool(buffer, "forced", event->forced);
        api_put_text(buffer, "why", event->why);
        api_put_seq(buffer, "retracts", event->is_retraction ? event->refers : 0);
        api_put_seq(buffer, "replaces", event->is_retraction ? 0 : event->refers);
        api_put_seq(buffer, "undone_by", event->undone_by);
        api_put_text(buffer, "undone_why", event->undone_why);
        api_put_text(buffer, "hash", event->hash);
        wire_put_text(buffer, "}");
}

/* One case has few obligations, so that they are read in one go. */
static enum status put_obligations(const struct api_call *call, int32_t as_of, int64_t known_at,
                                   struct wire_buffer *buffer, struct wire_problem *ret_problem)
{
        struct app_query *query = NULL;
        enum app_row kind = APP_WORKING;
        uint64_t rows = 0;
        enum status status = app_query_case_obligations(call->api->app, call->now, call->parameter, as_of, known_at,
                                                        &query, ret_problem);

        if (status != STATUS_OK)
                return status;
        api_put_date(buffer, "as_of", app_query_as_of(query));
        wire_put_key(buffer, "obligations");
        wire_put_text(buffer, "[");
        while (status == STATUS_OK && kind != APP_END) {
                struct app_obligation row;

                status = app_query_next(query, &kind, &row);
                if (status != STATUS_OK || kind != APP_ROW)
                        continue;
                if (rows++ > 0)
                        wire_put_text(buffer, ",");
                wire_obligation_write(buffer, app_query_ruleset(query), row.case_ref, &row.obligation, row.as_of);
        }
        wire_put_text(buffer, "]");
        app_query_free(query);
        return status;
}

static bool take_when(const struct api_call *call, int32_t *ret_as_of, int64_t *ret_known_at)
{
        struct wire_problem problem;

        if (!casefile_reference_valid(call->parameter)) {
                api_error(call->request, (struct api_fault){400, "bad-case", "case"},
                          "the path names no case: a reference is 2 to 32 capital letters, digits and hyphens");
                return false;
        }
        if (!query_take_day(call->query, "as-of", ret_as_of, &problem) ||
            !query_take_instant(call->query, "known-at", ret_known_at, &problem)) {
                api_refuse(call->request, 400, &problem);
                return false;
        }
        return true;
}

void api_case(const struct api_call *call)
{
        struct page page = {.rows = 0};
        struct wire_problem problem = {.code = "unknown-case"};
        int32_t as_of = call->now.today;
        int64_t known_at = INSTANT_LATEST;
        bool found = false;

        if (!take_when(call, &as_of, &known_at))
                return;
        wire_buffer_init(&page.buffer);
        wire_put_text(&page.buffer, "{");
        enum status status = app_case_one(call->api->app, call->now, call->parameter, one_case, &page.buffer, &found);
        if (status == STATUS_OK && !found) {
                wire_problem_set(&problem, "unknown-case", "case", "nothing was ever recorded of this case");
                status = STATUS_INVALID;
        }
        if (status == STATUS_OK)
                status = put_obligations(call, as_of, known_at, &page.buffer, &problem);
        if (status == STATUS_OK) {
                wire_put_key(&page.buffer, "record");
                wire_put_text(&page.buffer, "[");
                status = app_case_events(call->api->app, call->parameter, record_line, &page, &found);
                wire_put_text(&page.buffer, "]}");
        }
        if (status == STATUS_OK)
                api_show(call, &(struct api_shown){.case_ref = call->parameter, .rows = 1}, &page.buffer);
        else
                api_failed(call->request, status, &problem);
        wire_buffer_fini(&page.buffer);
}
