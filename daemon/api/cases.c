/*
 * cases - the caseload by reference, and one case whole.
 */
#include <stdlib.h>
#include <string.h>

#include "mappad/retention.h"
#include "listing.h"
#include "mappad/app_ack.h"

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

static void put_attributes(struct wire_buffer *buffer, const struct app_attribute *attributes, size_t count)
{
        wire_put_key(buffer, "attributes");
        wire_put_text(buffer, "{");
        for (size_t i = 0; i < count; i++)
                put_attribute(buffer, &attributes[i]);
        wire_put_text(buffer, "}");
}

static void put_items(struct wire_buffer *buffer, const struct app_case *casefile)
{
        wire_put_key(buffer, "items");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < casefile->item_count; i++) {
                const struct app_case_item *item = &casefile->items[i];

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_text(buffer, "item", item->key);
                api_put_text(buffer, "kind", item->kind);
                api_put_date(buffer, "since", item->since);
                put_attributes(buffer, item->attributes, item->attribute_count);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

/* The members of a case, without the braces. */
static void put_case(struct wire_buffer *buffer, const struct app_case *casefile)
{
        api_put_text(buffer, "case", casefile->ref);
        api_put_date(buffer, "since", casefile->since);
        api_put_number(buffer, "events", (int64_t)casefile->events);
        api_put_seq(buffer, "last_seq", casefile->last_seq);
        put_attributes(buffer, casefile->attributes, casefile->attribute_count);
        api_put_open32(buffer, casefile->open);
}

/* The list of cases as it is being written. */
struct caseload {
        struct app_cases *cases;
        bool idle; /* what has to be said of cases that may be due to be erased */
        int64_t known_at;
        uint64_t rows;
        char last[CASE_REF_MAX + 1];
};

static void put_head(void *context, struct wire_buffer *buffer)
{
        struct caseload *caseload = context;

        wire_put_text(buffer, "{");
        api_put_axes(buffer, app_cases_as_of(caseload->cases), caseload->known_at, app_cases_ruleset(caseload->cases));
        wire_put_key(buffer, "cases");
        wire_put_text(buffer, "[");
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct caseload *caseload = context;
        struct app_case casefile;
        enum status status = app_cases_next(caseload->cases, ret_kind, &casefile);

        if (status != STATUS_OK)
                return status;
        if (*ret_kind == APP_ROW) {
                wire_put_text(buffer, caseload->rows++ == 0 ? "{" : ",{");
                put_case(buffer, &casefile);
                if (caseload->idle) {
                        api_put_date(buffer, "last_on", casefile.last_on);
                        api_put_date(buffer, "due_on", casefile.due_on);
                        api_put_text(buffer, "class", casefile.class == NULL ? NULL : casefile.class->id);
                        api_put_text(buffer, "source", casefile.class == NULL ? NULL : casefile.class->source);
                        api_put_text(buffer, "missing", casefile.missing);
                }
                wire_put_text(buffer, "}");
                memcpy(caseload->last, casefile.ref, strnlen(casefile.ref, CASE_REF_MAX) + 1);
        } else if (*ret_kind == APP_END) {
                wire_put_text(buffer, "]");
                api_put_text(buffer, "next", app_cases_more(caseload->cases) ? caseload->last : NULL);
                wire_put_text(buffer, "}");
        }
        return STATUS_OK;
}

static void release(void *context)
{
        struct caseload *caseload = context;

        app_cases_free(caseload->cases);
        free(caseload);
}

/* Attributes of cases that are asked for by name. */
struct wanted {
        struct app_attribute_filter filters[APP_FILTERS_MAX];
        size_t count;
};

/* Parameters of the route; "idle" is one of retention alone, and may be an attribute elsewhere. */
static bool is_own(const char *name, bool idle)
{
        static const char *const own[] = {"as-of", "known-at", "rules", "limit", "cursor"};

        if (idle && strcmp(name, "idle") == 0)
                return true;
        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
                if (strcmp(name, own[i]) == 0)
                        return true;
        return false;
}

/* Every parameter that is none of the routes' own is an attribute: the table let nothing else pass. */
static bool take_wanted(const struct api_call *call, bool idle, struct wanted *ret_wanted,
                        struct wire_problem *ret_problem)
{
        *ret_wanted = (struct wanted){0};
        for (size_t i = 0; i < call->query->count; i++) {
                const char *name = call->query->items[i].name;
                if (is_own(name, idle))
                        continue;
                if (ret_wanted->count == APP_FILTERS_MAX) {
                        wire_problem_set(ret_problem, "bad-query", "", "at most %d attributes may be asked for",
                                         APP_FILTERS_MAX);
                        return false;
                }
                struct app_attribute_filter *filter = &ret_wanted->filters[ret_wanted->count++];
                *filter = (struct app_attribute_filter){.name = name};
                if (!query_take_list(call->query, name, &filter->values, ret_problem))
                        return false;
        }
        return true;
}

/* What is asked of the caseload besides its page: those that are idle, those whose attributes fit. */
static enum status narrow(const struct api_call *call, struct app_cases *cases, const struct wanted *wanted, bool idle,
                          struct wire_problem *ret_problem)
{
        enum status status = idle ? app_cases_idle(cases, query_value(call->query, "idle"), ret_problem) : STATUS_OK;

        return status != STATUS_OK ? status : app_cases_where(cases, wanted->filters, wanted->count, ret_problem);
}

static void list_cases(const struct api_call *call, bool idle)
{
        struct app_axes axes;
        struct wanted wanted;
        struct wire_problem problem = {.code = ""};
        uint64_t limit = API_CASES_LIMIT;
        const char *after = query_value(call->query, "cursor");

        if (!query_take_limit(call->query, APP_LIMIT_MAX, &limit, &problem) || !api_take_axes(call, &axes, &problem) ||
            !take_wanted(call, idle, &wanted, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        if (after != NULL && !casefile_reference_valid(after)) {
                api_error(call->request, (struct api_fault){400, "bad-cursor", "cursor"},
                          "\"cursor\" is not one that an answer gave");
                return;
        }
        struct caseload *caseload = calloc(1, sizeof *caseload);
        struct app_page page = {after == NULL ? "" : after, limit};
        enum status status = caseload == NULL
                                     ? STATUS_NO_MEMORY
                                     : app_cases_begin(call->api->app, call->now, &axes, &page, &caseload->cases);
        if (status == STATUS_OK)
                status = narrow(call, caseload->cases, &wanted, idle, &problem);
        if (status != STATUS_OK) {
                if (caseload != NULL)
                        release(caseload);
                api_failed(call->request, status, &problem);
                return;
        }
        caseload->known_at = axes.known_at;
        caseload->idle = idle;
        listing_begin(call, (struct listing_maker){put_head, next, release, NULL}, caseload);
}

void api_cases(const struct api_call *call)
{
        list_cases(call, false);
}

void api_retention(const struct api_call *call)
{
        list_cases(call, true);
}

/* ---- one case ---- */

/* The record of a case as it grows. */
struct page {
        struct wire_buffer *buffer;
        uint64_t rows;
        bool both_times; /* also when, and by whom, a line was undone */
};

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
        struct wire_buffer *buffer = page->buffer;

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
        if (page->both_times) {
                bool undone = event->undone_by != 0;
                api_put_text(buffer, "undone_how", !undone ? NULL : event->undone_replaced ? "replaced" : "retracted");
                api_put_instant(buffer, "undone_at", undone ? event->undone_at : INSTANT_ALWAYS, INSTANT_ALWAYS);
                api_put_text(buffer, "undone_user", event->undone_user);
        }
        api_put_text(buffer, "hash", event->hash);
        wire_put_text(buffer, "}");
}

/* One case has few obligations, so that they are read in one go. */
static enum status put_obligations(const struct api_call *call, const struct app_axes *axes, struct wire_buffer *buffer,
                                   struct wire_problem *ret_problem)
{
        struct app_query *query = NULL;
        enum app_row kind = APP_WORKING;
        uint64_t rows = 0;
        enum status status =
                app_query_case_obligations(call->api->app, call->now, axes, call->parameter, &query, ret_problem);

        if (status != STATUS_OK)
                return status;
        api_put_axes(buffer, app_query_as_of(query), axes->known_at, app_query_ruleset(query));
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

bool api_take_case(const struct api_call *call, struct app_axes *ret_axes)
{
        struct wire_problem problem = {.code = ""};

        if (!casefile_reference_valid(call->parameter)) {
                api_error(call->request, (struct api_fault){400, "bad-case", "case"},
                          "the path names no case: a reference is 2 to 32 capital letters, digits and hyphens");
                return false;
        }
        if (api_take_axes(call, ret_axes, &problem))
                return true;
        api_refuse(call->request, 400, &problem);
        return false;
}

static enum status put_record(const struct api_call *call, int64_t known_at, struct page *page)
{
        struct app_event_sink sink = {record_line, page};
        bool found = false;

        wire_put_key(page->buffer, "record");
        wire_put_text(page->buffer, "[");
        enum status status = app_case_events(call->api->app, call->parameter, known_at, &sink, &found);
        wire_put_text(page->buffer, "]");
        return status;
}

/* Acknowledgements of a case that were given by an instant. */
struct acks {
        struct page *page;
        int64_t known_at;
        uint64_t count;
};

static void put_ack(void *context, const struct app_ack *ack)
{
        struct acks *acks = context;

        if (ack->at_ms > acks->known_at)
                return;
        wire_put_text(acks->page->buffer, acks->count++ == 0 ? "" : ",");
        api_put_ack(acks->page->buffer, ack);
}

static enum status put_acks(const struct api_call *call, int64_t known_at, struct page *page)
{
        struct acks acks = {page, known_at, 0};

        wire_put_key(page->buffer, "acks");
        wire_put_text(page->buffer, "[");
        enum status status = app_case_acks(call->api->app, call->now, call->parameter, put_ack, &acks);
        wire_put_text(page->buffer, "]");
        return status;
}

void api_answer_case(const struct api_call *call, enum status status, const struct wire_problem *problem,
                     struct wire_buffer *buffer)
{
        wire_put_text(buffer, "}");
        if (status == STATUS_OK)
                api_show(call, &(struct api_shown){.case_ref = call->parameter, .rows = 1}, buffer);
        else
                api_failed_about(call, status, problem, call->parameter);
        wire_buffer_fini(buffer);
}

static enum status find_case(const struct api_call *call, const struct app_axes *axes, struct app_case *casefile,
                             struct wire_problem *problem)
{
        enum status status = app_case_one(call->api->app, call->now, axes, call->parameter, casefile);

        if (status != STATUS_OK || casefile->ref != NULL)
                return status;
        wire_problem_set(problem, "unknown-case", "case", "nothing was ever recorded of this case");
        return STATUS_INVALID;
}

enum status api_put_case(const struct api_call *call, const struct app_axes *axes, bool both_times,
                         struct wire_buffer *buffer, struct wire_problem *ret_problem)
{
        struct page page = {.buffer = buffer, .both_times = both_times};
        struct app_case casefile;
        enum status status = find_case(call, axes, &casefile, ret_problem);

        if (status == STATUS_OK) {
                put_case(buffer, &casefile);
                put_items(buffer, &casefile);
                status = put_obligations(call, axes, buffer, ret_problem);
        }
        if (status == STATUS_OK)
                status = put_record(call, axes->known_at, &page);
        return status == STATUS_OK ? put_acks(call, axes->known_at, &page) : status;
}

void api_case(const struct api_call *call)
{
        struct wire_buffer buffer;
        struct wire_problem problem = {.code = ""};
        struct app_axes axes;

        if (!api_take_case(call, &axes))
                return;
        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{");
        enum status status = api_put_case(call, &axes, false, &buffer, &problem);
        api_answer_case(call, status, &problem, &buffer);
}

void api_case_history(const struct api_call *call)
{
        struct wire_buffer buffer;
        struct page page = {.buffer = &buffer, .both_times = true};
        struct wire_problem problem = {.code = ""};
        struct app_axes axes;
        struct app_case casefile;

        if (!api_take_case(call, &axes))
                return;
        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{");
        api_put_text(&buffer, "case", call->parameter);
        api_put_instant(&buffer, "known_at", axes.known_at, INSTANT_LATEST);
        enum status status = find_case(call, &axes, &casefile, &problem);
        if (status == STATUS_OK)
                status = put_record(call, axes.known_at, &page);
        api_answer_case(call, status, &problem, &buffer);
}
