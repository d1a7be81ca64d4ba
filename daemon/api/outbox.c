/*
 * outbox - messages, what became of them, and trying again by hand. It names
 * mailboxes and never shows what a message says.
 */
#include <jansson.h>
#include <string.h>

#include "mappad/nearest.h"
#include "room.h"

#define OUTBOX_LIMIT 100
#define OUTBOX_LIMIT_MAX 1000
#define UNSENT (1U << OUTBOX_WAITING | 1U << OUTBOX_AMBIGUOUS | 1U << OUTBOX_FAILED)
#define ANY_STATE (UNSENT | 1U << OUTBOX_SENT)
#define STATES 4

struct outbox_page {
        struct wire_buffer buffer;
        size_t rows;
};

void api_put_message(struct wire_buffer *buffer, const struct app_outbox_row *row)
{
        bool waits = row->state == OUTBOX_WAITING || row->state == OUTBOX_AMBIGUOUS;

        api_put_number(buffer, "id", (int64_t)row->id);
        api_put_text(buffer, "state", outbox_state_word(row->state));
        api_put_text(buffer, "recipient", row->recipient);
        api_put_text(buffer, "message_id", row->message_id);
        api_put_text(buffer, "subject", row->subject);
        api_put_instant(buffer, "created_at", row->created_ms, INSTANT_ALWAYS);
        api_put_number(buffer, "attempts", row->attempts);
        api_put_text(buffer, "last_answer", row->last_answer);
        api_put_instant(buffer, "next_at", waits ? row->next_ms : INSTANT_ALWAYS, INSTANT_ALWAYS);
        api_put_instant(buffer, "done_at", waits ? INSTANT_ALWAYS : row->done_ms, INSTANT_ALWAYS);
        api_put_bool(buffer, "ambiguous", row->ambiguous);
        api_put_bool(buffer, "urgent", row->urgent);
}

static void put_row(void *context, const struct app_outbox_row *row)
{
        struct outbox_page *page = context;

        wire_put_text(&page->buffer, page->rows++ == 0 ? "{" : ",{");
        api_put_message(&page->buffer, row);
        wire_put_text(&page->buffer, "}");
}

/* One word of the list of states. */
static bool take_state(const char *word, size_t length, unsigned *states, struct wire_problem *problem)
{
        const char *words[STATES + 1];
        char shown[40];

        for (size_t i = 0; i < STATES; i++) {
                words[i] = outbox_state_word((enum outbox_state)i);
                if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0) {
                        *states |= 1U << i;
                        return true;
                }
        }
        if (length == 3 && memcmp(word, "all", 3) == 0) {
                *states |= ANY_STATE;
                return true;
        }
        words[STATES] = "all";
        wire_clean(word, length < sizeof shown ? length : sizeof shown - 1, shown, sizeof shown);
        wire_problem_set(problem, "unknown-value", "state", "a message has no state \"%s\"", shown);
        problem->nearest = nearest_word(shown, words, STATES + 1);
        return false;
}

static bool take_filter(const struct query *query, struct app_outbox_filter *filter, struct wire_problem *problem)
{
        const char *list = NULL;

        *filter = (struct app_outbox_filter){.limit = OUTBOX_LIMIT};
        if (!query_take_list(query, "state", &list, problem) ||
            !query_take_number(query, "before", INT64_MAX, &filter->before, problem) ||
            !query_take_limit(query, OUTBOX_LIMIT_MAX, &filter->limit, problem))
                return false;
        while (list != NULL && *list != '\0') {
                size_t length = strcspn(list, ",");
                if (!take_state(list, length, &filter->states, problem))
                        return false;
                list += length + (list[length] == ',' ? 1 : 0);
        }
        if (filter->states == 0)
                filter->states = UNSENT;
        return true;
}

void api_outbox(const struct api_call *call)
{
        struct outbox_page page = {.rows = 0};
        struct app_outbox_filter filter;
        struct wire_problem problem;
        bool more = false;

        if (!take_filter(call->query, &filter, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        wire_buffer_init(&page.buffer);
        wire_put_text(&page.buffer, "{\"messages\":[");
        enum status status = app_outbox_list(call->api->app, &filter, put_row, &page, &more);
        wire_put_text(&page.buffer, "]");
        api_put_bool(&page.buffer, "more", more);
        wire_put_text(&page.buffer, "}");
        if (status == STATUS_OK)
                api_reply(call->request, 200, &page.buffer);
        else
                api_failed(call->request, status, NULL);
        wire_buffer_fini(&page.buffer);
}

static void answer(const struct api_call *call, const struct app_retried *retried)
{
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{");
        api_put_number(&buffer, "retried", (int64_t)retried->due);
        api_put_number(&buffer, "written", (int64_t)retried->written);
        wire_put_text(&buffer, "}");
        api_reply(call->request, 200, &buffer);
        wire_buffer_fini(&buffer);
}

void api_outbox_retry(const struct api_call *call)
{
        struct app_retried retried;
        struct wire_problem problem;
        uint64_t id = 0;
        json_t *root = api_read_body(call, NULL, 0);

        if (root == NULL)
                return;
        json_decref(root);
        if (!query_number(call->parameter, &id) || id == 0 || id > INT64_MAX) {
                api_error(call->request, (struct api_fault){400, "bad-number", "id"},
                          "the path names no message: its number is expected there");
                return;
        }
        enum status status = app_outbox_retry(call->api->app, call->now, id, &retried, &problem);
        if (status == STATUS_OK)
                answer(call, &retried);
        else if (status == STATUS_INVALID)
                api_refuse(call->request, strcmp(problem.code, "unknown-message") == 0 ? 404 : 409, &problem);
        else
                api_failed(call->request, status, NULL);
}

void api_outbox_retry_failed(const struct api_call *call)
{
        struct app_retried retried;
        json_t *root = api_read_body(call, NULL, 0);

        if (root == NULL)
                return;
        json_decref(root);
        enum status status = app_outbox_retry_failed(call->api->app, call->now, &retried);
        if (status == STATUS_OK)
                answer(call, &retried);
        else
                api_failed(call->request, status, NULL);
}
