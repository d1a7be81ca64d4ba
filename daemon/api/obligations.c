/*
 * obligations - the list that everything else is for.
 */
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "pages.h"

#define LIMIT_MAX 1000000
#define DERIVED_MAX 10000 /* rows of a page of what has to be derived; 0.7 MiB, several times that while it is made */

/* A list of obligations as it is being written. */
struct roll {
        struct app_query *query;
        uint64_t rows;
        struct api *api;
        struct page_key key; /* under which it is kept when it is whole */
        size_t head;         /* bytes before the first row ... */
        size_t written;      /* ... and of all that was written: if the buffer has fewer, a piece has left */
};

static void put_beginning(struct wire_buffer *buffer, const struct ruleset *ruleset, int32_t as_of, int64_t known_at)
{
        wire_put_text(buffer, "{");
        api_put_axes(buffer, as_of, known_at, ruleset);
        wire_put_key(buffer, "obligations");
        wire_put_text(buffer, "[");
}

static void put_head(void *context, struct wire_buffer *buffer)
{
        struct roll *roll = context;

        put_beginning(buffer, app_query_ruleset(roll->query), app_query_as_of(roll->query),
                      app_query_known_at(roll->query));
        roll->head = roll->written = buffer->length;
}

static void put_row(struct roll *roll, struct wire_buffer *buffer, const struct app_obligation *row)
{
        if (roll->rows++ > 0)
                wire_put_text(buffer, ",");
        wire_obligation_write(buffer, app_query_ruleset(roll->query), row->case_ref, &row->obligation, row->as_of);
}

static void put_tail(struct roll *roll, struct wire_buffer *buffer)
{
        const char *cursor = app_query_cursor(roll->query);

        wire_put_text(buffer, "]");
        api_put_text(buffer, "next", cursor[0] == '\0' ? NULL : cursor);
        wire_put_text(buffer, "}");
}

static void keep(struct roll *roll, const struct wire_buffer *buffer)
{
        if (app_query_kept(roll->query) && buffer->length == roll->written && !buffer->failed)
                pages_keep(roll->api, &roll->key,
                           (struct page_rows){buffer->data + roll->head, buffer->length - roll->head, roll->rows});
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct roll *roll = context;
        struct app_obligation row;
        size_t before = buffer->length;
        enum status status = app_query_next(roll->query, ret_kind, &row);

        if (status == STATUS_OK && *ret_kind == APP_ROW)
                put_row(roll, buffer, &row);
        else if (status == STATUS_OK && *ret_kind == APP_END)
                put_tail(roll, buffer);
        roll->written += buffer->length - before;
        if (status == STATUS_OK && *ret_kind == APP_END)
                keep(roll, buffer);
        return status;
}

static void release(void *context)
{
        struct roll *roll = context;

        app_query_free(roll->query);
        free(roll);
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
        static const char *const own[] = {"state", "rule",     "case",  "due-before", "due-after", "booked",
                                          "as-of", "known-at", "rules", "limit",      "cursor",    "role"};
        const struct vocabulary *vocabulary = &app_law_ruleset(call->api->app, call->law)->vocabulary;

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
                struct app_attribute_filter *wanted = &filter->attributes[filter->attribute_count++];
                *wanted = (struct app_attribute_filter){.name = item->name};
                if (!query_take_list(call->query, item->name, &wanted->values, problem))
                        return false;
        }
        return true;
}

bool api_take_filter(const struct api_call *call, struct app_obligation_filter *filter, struct wire_problem *problem)
{
        const struct query *query = call->query;

        *filter = app_obligation_filter_all();
        filter->law = call->law;
        filter->sight = api_sight(call);
        filter->derived_limit = DERIVED_MAX;
        filter->case_ref = query_value(query, "case");
        filter->cursor = query_value(query, "cursor");
        if (!query_take_list(query, "state", &filter->states, problem) ||
            !query_take_list(query, "rule", &filter->rule, problem) ||
            !query_take_day(query, "due-before", &filter->due_before, problem) ||
            !query_take_day(query, "due-after", &filter->due_after, problem) ||
            !query_take_day(query, "as-of", &filter->as_of, problem) ||
            !query_take_instant(query, "known-at", &filter->known_at, problem) ||
            !query_take_limit(query, LIMIT_MAX, &filter->limit, problem) ||
            !take_booked(query, &filter->booked, problem) || !take_attributes(call, filter, problem))
                return false;
        if (filter->case_ref != NULL && !casefile_reference_valid(filter->case_ref)) {
                wire_problem_set(problem, "bad-case", "case",
                                 "\"case\" is no reference: 2 to 32 capital letters, digits and hyphens");
                return false;
        }
        return true;
}

/* What the page does not hold is what the whole answer is about. */
static void show_page(const struct api_call *call, const struct page_key *key, struct page_text *text)
{
        struct wire_buffer beginning;

        wire_buffer_init(&beginning);
        put_beginning(&beginning, app_ruleset(call->api->app), key->stamp.day, INSTANT_LATEST);
        api_show_page(call, text, &beginning);
        wire_buffer_fini(&beginning);
}

static void begin_list(const struct api_call *call, const struct page_key *key)
{
        struct app_obligation_filter filter;
        struct wire_problem problem = {.code = "internal"};

        if (!api_take_filter(call, &filter, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        struct roll *roll = calloc(1, sizeof *roll);
        enum status status =
                roll == NULL ? STATUS_NO_MEMORY
                             : app_query_obligations(call->api->app, call->now, &filter, &roll->query, &problem);
        if (status != STATUS_OK) {
                free(roll);
                api_failed(call->request, status, &problem);
                return;
        }
        roll->api = call->api;
        roll->key = *key;
        api_note_case(call, filter.case_ref);
        listing_begin(call, (struct listing_maker){put_head, next, release, NULL}, roll);
}

void api_obligations(const struct api_call *call)
{
        struct page_key key;

        pages_key(call, &key);
        struct page_text *text = pages_find(call->api, &key);
        if (text != NULL)
                show_page(call, &key, text);
        else
                begin_list(call, &key);
}
