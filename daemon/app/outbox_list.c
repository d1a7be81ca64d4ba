/*
 * outbox_list - what became of messages, for people, and trying them again by
 * hand (app_alert.h).
 *
 * A message that the server took is never sent again: whoever got it would be
 * told twice. One that was given up, or that waits, may be tried at once.
 */
#include "inside.h"

#include <stdio.h>

static const char *const state_words[] = {
        [OUTBOX_WAITING] = "waiting",
        [OUTBOX_SENT] = "sent",
        [OUTBOX_FAILED] = "failed",
        [OUTBOX_AMBIGUOUS] = "ambiguous",
};

const char *outbox_state_word(enum outbox_state state)
{
        return state_words[state];
}

struct listing {
        const struct app_outbox_filter *filter;
        app_outbox_fn sink;
        void *context;
        uint64_t count;
        bool more;
};

static enum outbox_state state_of(const struct store_message *row)
{
        switch ((enum store_message_state)row->state) {
        case STORE_MESSAGE_SENT:
                return OUTBOX_SENT;
        case STORE_MESSAGE_FAILED:
                return OUTBOX_FAILED;
        case STORE_MESSAGE_WAITING:
                break;
        }
        return row->ambiguous ? OUTBOX_AMBIGUOUS : OUTBOX_WAITING;
}

static enum status list_message(void *context, const struct store_message *row, bool *stop)
{
        struct listing *listing = context;
        struct app_outbox_row to = {.id = row->id,
                                    .state = state_of(row),
                                    .recipient = row->recipient,
                                    .message_id = row->message_id,
                                    .subject = row->subject,
                                    .last_answer = row->answer,
                                    .created_ms = row->created_ms,
                                    .next_ms = row->next_ms,
                                    .done_ms = row->done_ms,
                                    .attempts = row->attempts,
                                    .ambiguous = row->ambiguous,
                                    .urgent = row->urgent};

        if ((listing->filter->states & (1U << to.state)) == 0)
                return STATUS_OK;
        if (listing->count == listing->filter->limit) {
                listing->more = *stop = true;
                return STATUS_OK;
        }
        listing->count++;
        listing->sink(listing->context, &to);
        return STATUS_OK;
}

enum status app_outbox_list(struct app *app, const struct app_outbox_filter *filter, app_outbox_fn sink, void *context,
                            bool *ret_more)
{
        struct listing listing = {.filter = filter, .sink = sink, .context = context};
        bool unsent = (filter->states & (1U << OUTBOX_SENT)) == 0;
        uint64_t before = filter->before == 0 ? INT64_MAX : filter->before;
        enum status status = store_messages_before(app->store, before, unsent, list_message, &listing);

        *ret_more = listing.more;
        return status;
}

/* ---- by hand ---- */

/* A message being made due. Of its texts only the answer is written back. */
struct retrying {
        struct store_message message;
        char answer[256];
};

static enum status take_message(void *context, const struct store_message *row)
{
        struct retrying *retrying = context;

        retrying->message = *row;
        if (row->answer != NULL)
                snprintf(retrying->answer, sizeof retrying->answer, "%s", row->answer);
        retrying->message.answer = row->answer == NULL ? NULL : retrying->answer;
        return STATUS_OK;
}

/* Of a message that was given up, failures are counted from the start. */
static enum status make_due(struct app *app, struct moment moment, struct store_message *message)
{
        if (message->state == STORE_MESSAGE_FAILED) {
                message->state = STORE_MESSAGE_WAITING;
                message->next_ms = moment.ms;
                message->failures = 0;
                message->done_ms = 0;
        }
        if (message->next_ms > moment.ms)
                message->next_ms = moment.ms;
        return store_message_update(app->store, message);
}

static enum status retry_one(struct app *app, struct moment moment, uint64_t id, struct wire_problem *problem)
{
        struct retrying retrying = {.answer = ""};
        bool found = false;
        enum status status = store_message_get(app->store, id, take_message, &retrying, &found);

        if (status != STATUS_OK)
                return status;
        if (!found) {
                wire_problem_set(problem, "unknown-message", "id", "there is no message %llu", (unsigned long long)id);
                return STATUS_INVALID;
        }
        if (retrying.message.state == STORE_MESSAGE_SENT) {
                wire_problem_set(problem, "sent", "id", "message %llu was sent; sending it again would tell twice",
                                 (unsigned long long)id);
                return STATUS_INVALID;
        }
        return make_due(app, moment, &retrying.message);
}

enum status app_outbox_retry(struct app *app, struct moment moment, uint64_t id, struct wire_problem *ret_problem)
{
        enum status status;

        app_flush(app, moment); /* what the mail room has reported counts */
        status = app_begin(app);
        if (status == STATUS_OK)
                status = retry_one(app, moment, id, ret_problem);
        return status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
}

enum status app_outbox_retry_failed(struct app *app, struct moment moment, uint64_t *ret_count)
{
        enum status status;

        app_flush(app, moment);
        status = app_begin(app);
        if (status == STATUS_OK)
                status = store_messages_retry_failed(app->store, moment.ms, ret_count);
        return status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
}
