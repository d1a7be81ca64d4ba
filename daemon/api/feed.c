/*
 * feed - open obligations for programs that show dates.
 */
#include <stdlib.h>

#include "listing.h"
#include "mappad/app_feed.h"

#define CALENDAR_TYPE "text/calendar; charset=utf-8"

static void put_head(void *context, struct wire_buffer *buffer)
{
        app_feed_head(context, buffer);
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        return app_feed_next(context, buffer, ret_kind);
}

static void release(void *context)
{
        app_feed_free(context);
}

void api_feed(const struct api_call *call)
{
        struct app_feed_question question = {.role = query_value(call->query, "role")};
        struct app_feed *calendar = NULL;
        struct wire_problem problem = {.code = "internal"};

        if (!api_take_filter(call, &question.filter, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        enum status status = app_feed_begin(call->api->app, call->now, &question, &calendar, &problem);
        if (status != STATUS_OK) {
                api_failed(call->request, status, &problem);
                return;
        }
        api_note_case(call, question.filter.case_ref);
        listing_begin_as(call, CALENDAR_TYPE, (struct listing_maker){put_head, next, release, NULL}, calendar);
}
