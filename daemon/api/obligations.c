/*
 * obligations - the list that everything else is for, as long as it may be.
 *
 * Rows come from the application one at a time and leave in pieces: memory does
 * not grow with the list, and a slow reader slows down himself alone. A list
 * that fits into one piece is answered with its length.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "room.h"

/* A piece holds about 250 obligations of 520 bytes. */
#define PIECE_SIZE ((size_t)128 * 1024)
#define LIMIT_MAX 1000000

/* A list on its way to a client. */
struct api_listing {
        struct api *api;
        struct http_request *request;
        struct app_query *query;
        struct event *again; /* goes on in another turn */
        struct wire_buffer buffer;
        uint64_t rows;
        bool streaming;
        struct api_listing *previous, *next;
};

static void listing_free(struct api_listing *listing)
{
        if (listing->previous != NULL)
                listing->previous->next = listing->next;
        else if (listing->api->listings == listing)
                listing->api->listings = listing->next;
        if (listing->next != NULL)
                listing->next->previous = listing->previous;
        app_query_free(listing->query);
        wire_buffer_fini(&listing->buffer);
        if (listing->again != NULL)
                event_free(listing->again);
        free(listing);
}

void api_listings_close(struct api *api)
{
        for (struct api_listing *listing = api->listings, *next = NULL; listing != NULL; listing = next) {
                next = listing->next;
                listing_free(listing);
        }
}

static void client_left(void *context)
{
        listing_free(context);
}

/* The world failed: said in the answer if none has begun, else the connection is cut. */
static void listing_fail(struct api_listing *listing, enum status status)
{
        struct http_request *request = listing->request;

        if (listing->streaming) {
                http_stream_abort(request);
        } else {
                http_request_watch(request, NULL, NULL);
                api_failed(request, status, NULL);
        }
        listing_free(listing);
}

static void listing_write_end(struct api_listing *listing)
{
        const char *cursor = app_query_cursor(listing->query);

        wire_put_text(&listing->buffer, "]");
        api_put_text(&listing->buffer, "next", cursor[0] == '\0' ? NULL : cursor);
        wire_put_text(&listing->buffer, "}");
}

static void listing_finish(struct api_listing *listing)
{
        struct http_request *request = listing->request;

        listing_write_end(listing);
        if (listing->buffer.failed) {
                listing_fail(listing, STATUS_NO_MEMORY);
                return;
        }
        http_request_watch(request, NULL, NULL);
        if (!listing->streaming) {
                api_reply(request, 200, &listing->buffer);
        } else {
                wire_put_text(&listing->buffer, "\n");
                if (!listing->buffer.failed && http_stream_send(request, listing->buffer.data, listing->buffer.length))
                        http_stream_end(request);
                else
                        http_stream_abort(request);
        }
        listing_free(listing);
}

static void listing_go_on(void *context);

static void listing_later(struct api_listing *listing)
{
        struct timeval at_once = {0};

        if (event_add(listing->again, &at_once) != 0)
                listing_fail(listing, STATUS_NO_MEMORY);
}

/* A piece is full: it leaves, and the next is made when it has been taken. */
static void listing_send(struct api_listing *listing)
{
        if (!listing->streaming) {
                http_stream_begin(listing->request, HTTP_STREAM_ANSWER, "application/json", listing_go_on, listing);
                listing->streaming = true;
        }
        if (listing->buffer.failed ||
            !http_stream_send(listing->request, listing->buffer.data, listing->buffer.length)) {
                listing_fail(listing, STATUS_NO_MEMORY);
                return;
        }
        wire_buffer_reset(&listing->buffer);
}

static void listing_put(struct api_listing *listing, const struct app_obligation *row)
{
        if (listing->rows++ > 0)
                wire_put_text(&listing->buffer, ",");
        wire_obligation_write(&listing->buffer, app_query_ruleset(listing->query), row->case_ref, &row->obligation,
                              row->as_of);
}

static void listing_go_on(void *context)
{
        struct api_listing *listing = context;

        while (listing->buffer.length < PIECE_SIZE && !listing->buffer.failed) {
                struct app_obligation row;
                enum app_row kind;
                enum status status = app_query_next(listing->query, &kind, &row);

                if (status != STATUS_OK) {
                        listing_fail(listing, status);
                        return;
                }
                switch (kind) {
                case APP_ROW:
                        listing_put(listing, &row);
                        break;
                case APP_WORKING:
                        listing_later(listing);
                        return;
                case APP_END:
                        listing_finish(listing);
                        return;
                }
        }
        listing_send(listing);
}

static void listing_woken(evutil_socket_t fd, short what, void *arg)
{
        (void)fd;
        (void)what;
        listing_go_on(arg);
}

/* Owns the query from here on, also when it fails. */
static void listing_begin(const struct api_call *call, struct app_query *query)
{
        struct api *api = call->api;
        struct api_listing *listing = calloc(1, sizeof *listing);

        if (listing == NULL) {
                app_query_free(query);
                api_failed(call->request, STATUS_NO_MEMORY, NULL);
                return;
        }
        listing->api = api;
        listing->request = call->request;
        listing->query = query;
        wire_buffer_init(&listing->buffer);
        listing->next = api->listings;
        if (listing->next != NULL)
                listing->next->previous = listing;
        api->listings = listing;
        listing->again = evtimer_new(api->base, listing_woken, listing);
        http_request_watch(call->request, client_left, listing);
        if (listing->again == NULL) {
                listing_fail(listing, STATUS_NO_MEMORY);
                return;
        }
        wire_put_text(&listing->buffer, "{");
        api_put_date(&listing->buffer, "as_of", app_query_as_of(query));
        wire_put_key(&listing->buffer, "obligations");
        wire_put_text(&listing->buffer, "[");
        listing_go_on(listing);
}

static bool take_booked(const struct query *query, int *ret_booked, struct wire_problem *problem)
{
        static const char *const words[] = {"false", "true", NULL};
        size_t word = 2;

        if (!query_take_word(query, "booked", words, &word, problem))
                return false;
        *ret_booked = word == 2 ? -1 : (int)word;
        return true;
}

static bool is_attribute(const struct vocabulary *vocabulary, const char *name)
{
        return strcmp(name, "agency") == 0 || vocabulary_attribute(vocabulary, name) != VOCABULARY_NONE;
}

/* Every parameter that the route does not know by name is an attribute: the table let nothing else pass. A
 * rule set may call an attribute "state" or "case"; those names mean the list's own. */
static bool take_attributes(const struct api_call *call, struct app_obligation_filter *filter,
                            struct wire_problem *problem)
{
        static const char *const own[] = {"state",  "rule",  "case",     "due-before", "due-after",
                                          "booked", "as-of", "known-at", "limit",      "cursor"};
        const struct vocabulary *vocabulary = &app_ruleset(call->api->app)->vocabulary;

        for (size_t i = 0; i < call->query->count; i++) {
                const struct query_item *item = &call->query->items[i];
                bool is_own = false;

                for (size_t k = 0; k < sizeof own / sizeof own[0]; k++)
                        is_own = is_own || strcmp(item->name, own[k]) == 0;
                if (is_own || !is_attribute(vocabulary, item->name))
                        continue;
                if (filter->attribute_count == APP_FILTERS_MAX) {
                        wire_problem_set(problem, "bad-query", "", "at most %d attributes may be asked for",
                                         APP_FILTERS_MAX);
                        return false;
                }
                filter->attributes[filter->attribute_count++] =
                        (struct app_attribute_filter){.name = item->name, .values = item->value};
        }
        return true;
}

static bool take_filter(const struct api_call *call, struct app_obligation_filter *filter, struct wire_problem *problem)
{
        const struct query *query = call->query;

        *filter = app_obligation_filter_all();
        filter->states = query_value(query, "state");
        filter->rule = query_value(query, "rule");
        filter->case_ref = query_value(query, "case");
        filter->cursor = query_value(query, "cursor");
        if (!query_take_day(query, "due-before", &filter->due_before, problem) ||
            !query_take_day(query, "due-after", &filter->due_after, problem) ||
            !query_take_day(query, "as-of", &filter->as_of, problem) ||
            !query_take_instant(query, "known-at", &filter->known_at, problem) ||
            !query_take_number(query, "limit", LIMIT_MAX, &filter->limit, problem) ||
            !take_booked(query, &filter->booked, problem) || !take_attributes(call, filter, problem))
                return false;
        if (filter->limit == 0 && query_value(query, "limit") != NULL) {
                wire_problem_set(problem, "bad-number", "limit", "\"limit\" must be at least 1");
                return false;
        }
        return true;
}

void api_obligations(const struct api_call *call)
{
        struct app_obligation_filter filter;
        struct app_query *query = NULL;
        struct wire_problem problem = {.code = "internal"};

        if (!take_filter(call, &filter, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        enum status status = app_query_obligations(call->api->app, call->now, &filter, &query, &problem);
        if (status != STATUS_OK)
                api_failed(call->request, status, &problem);
        else
                listing_begin(call, query);
}
