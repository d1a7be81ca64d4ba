/*
 * verify - the record checked while it is served, and what was found.
 */
#include <stdlib.h>

#include "listing.h"
#include "mappad/app_verify.h"

#define WAIT_MS 20 /* between two looks at whether the database's own check is done */

struct verifying {
        struct api *api;
        struct app_verify *verify;
        uint64_t rows;
        bool wait;
};

static void put_head(void *context, struct wire_buffer *buffer)
{
        (void)context;
        wire_put_text(buffer, "{");
        wire_put_key(buffer, "findings");
        wire_put_text(buffer, "[");
}

static void put_finding(struct verifying *verifying, struct wire_buffer *buffer, const struct app_finding *finding)
{
        wire_put_text(buffer, verifying->rows++ == 0 ? "{" : ",{");
        api_put_text(buffer, "table", finding->table);
        api_put_seq(buffer, "row", finding->row);
        api_put_text(buffer, "what", finding->what);
        wire_put_text(buffer, "}");
}

static void put_tail(const struct app_verify_totals *totals, struct wire_buffer *buffer)
{
        wire_put_text(buffer, "]");
        api_put_number(buffer, "found", (int64_t)totals->findings);
        api_put_number(buffer, "events", (int64_t)totals->lines);
        api_put_number(buffer, "erased", (int64_t)totals->erased);
        api_put_text(buffer, "head", totals->events_head[0] == '\0' ? NULL : totals->events_head);
        api_put_number(buffer, "accesses", (int64_t)totals->accesses);
        api_put_text(buffer, "access_head", totals->accesses_head[0] == '\0' ? NULL : totals->accesses_head);
        api_put_number(buffer, "seals", (int64_t)totals->seals);
        api_put_text(buffer, "seal_head", totals->seals_head[0] == '\0' ? NULL : totals->seals_head);
        api_put_date(buffer, "as_of", totals->as_of);
        api_put_bool(buffer, "derived", totals->derived);
        api_put_number(buffer, "cases", (int64_t)totals->cases);
        api_put_number(buffer, "obligations", (int64_t)totals->obligations);
        api_put_bool(buffer, "verified", totals->findings == 0);
        wire_put_text(buffer, "}");
}

static void tell(const struct api *api, uint64_t findings)
{
        if (findings > 0)
                api->host.log(api->host.log_context, LOG_LEVEL_ERROR, NULL, 0,
                              "a check of the record found what is not as it was recorded or derived");
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct verifying *verifying = context;
        struct app_finding finding;
        enum status status = app_verify_next(verifying->verify, ret_kind, &finding, &verifying->wait);

        if (status == STATUS_OK && *ret_kind == APP_ROW) {
                put_finding(verifying, buffer, &finding);
        } else if (status == STATUS_OK && *ret_kind == APP_END) {
                put_tail(app_verify_totals(verifying->verify), buffer);
                tell(verifying->api, app_verify_totals(verifying->verify)->findings);
        }
        return status;
}

static uint32_t pause_ms(const void *context)
{
        const struct verifying *verifying = context;

        return verifying->wait ? WAIT_MS : 0;
}

static void release(void *context)
{
        struct verifying *verifying = context;

        verifying->api->verifying = false;
        app_verify_free(verifying->verify);
        free(verifying);
}

void api_verify(const struct api_call *call)
{
        struct wire_problem problem = {.code = "internal"};
        struct app_verify_heads heads = {.events = query_value(call->query, "head"),
                                         .accesses = query_value(call->query, "access-head"),
                                         .seals = query_value(call->query, "seal-head")};
        struct verifying *verifying;
        enum status status = STATUS_NO_MEMORY;

        if (call->api->verifying) {
                api_error(call->request, (struct api_fault){409, "busy", NULL}, "a check of the record is running");
                return;
        }
        verifying = calloc(1, sizeof *verifying);
        if (verifying != NULL)
                status = app_verify_begin(call->api->app, call->now, &heads, &verifying->verify, &problem);
        if (status != STATUS_OK) {
                free(verifying);
                api_failed(call->request, status, &problem);
                return;
        }
        verifying->api = call->api;
        call->api->verifying = true;
        listing_begin(call, (struct listing_maker){put_head, next, release, pause_ms}, verifying);
}
