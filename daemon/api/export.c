/*
 * export - the record line by line.
 */
#include <stdlib.h>

#include "listing.h"
#include "mappad/app_export.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 10000

struct lines {
        struct app_export *export;
        uint64_t rows;
};

static void put_head(void *context, struct wire_buffer *buffer)
{
        (void)context;
        wire_put_text(buffer, "{\"events\":[");
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct lines *lines = context;
        size_t before = buffer->length;

        /* What comes first of a piece has nothing before it in the buffer. */
        if (lines->rows > 0)
                wire_put_text(buffer, ",");
        enum status status = app_export_next(lines->export, buffer, ret_kind);
        if (status != STATUS_OK)
                return status;
        if (*ret_kind == APP_ROW) {
                lines->rows++;
                return STATUS_OK;
        }
        buffer->length = before;
        if (*ret_kind == APP_WORKING)
                return STATUS_OK;
        wire_put_text(buffer, "]");
        api_put_number(buffer, "erased", (int64_t)app_export_erased(lines->export));
        api_put_seq(buffer, "next", app_export_more(lines->export));
        wire_put_text(buffer, "}");
        return STATUS_OK;
}

static void release(void *context)
{
        struct lines *lines = context;

        app_export_free(lines->export);
        free(lines);
}

void api_export(const struct api_call *call)
{
        struct wire_problem problem;
        struct app_export_question question = {.limit = LIMIT_DEFAULT, .sight = api_sight(call)};

        if (!query_take_number(call->query, "after", INT64_MAX, &question.after, &problem) ||
            !query_take_limit(call->query, LIMIT_MAX, &question.limit, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        struct lines *lines = calloc(1, sizeof *lines);
        enum status status =
                lines == NULL ? STATUS_NO_MEMORY : app_export_begin(call->api->app, &question, &lines->export);
        if (status != STATUS_OK) {
                free(lines);
                api_failed(call->request, status, NULL);
                return;
        }
        listing_begin(call, (struct listing_maker){put_head, next, release, NULL}, lines);
}
