/*
 * outbox_list - what became of messages, for people, and trying them again by
 * hand (app_alert.h).
 *
 * A message that the server took is never sent again: whoever got it would be
 * told twice. One that was given up, or that waits, may be tried at once; what was
 * given up for a mailbox that the contacts name no more is told to whoever is meant now.
 */
#include <stdio.h>

#include "letter.h"
#include "mappad/mailbox.h"

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

struct app_outbox_row outbox_row(const struct store_message *row)
{
        return (struct app_outbox_row){.id = row->id,
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
}

static enum status list_message(void *context, const struct store_message *row, bool *stop)
{
        struct listing *listing = context;
        struct app_outbox_row to = outbox_row(row);

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

#define WITHDRAWN "withdrawn: the contacts name this mailbox no more"

/* A message being made due. Of its texts these are copied. */
struct retrying {
        struct store_message message;
        char answer[256], recipient[MAILBOX_MAX + 1];
};

static enum status take_message(void *context, const struct store_message *row)
{
        struct retrying *retrying = context;

        retrying->message = *row;
        (void)snprintf(retrying->recipient, sizeof retrying->recipient, "%s", row->recipient);
        if (row->answer != NULL)
                (void)snprintf(retrying->answer, sizeof retrying->answer, "%s", row->answer);
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

/* Tries a message again; one that was given up and whose mailbox the contacts name no more is told to whoever is meant
 * now in its place. Nothing is done, and nothing counted, if all of them know it. */
static enum status try_again(struct app *app, struct moment moment, struct retrying *retrying,
                             struct app_retried *retried)
{
        const struct contacts *contacts = app_contacts(app);
        uint64_t letters = 0;

        if (retrying->message.state != STORE_MESSAGE_FAILED || contacts == NULL ||
            contacts_name_mailbox(contacts, retrying->recipient)) {
                retried->due++;
                return make_due(app, moment, &retrying->message);
        }
        enum status status = retell(app, moment, &retrying->message, &letters);
        retried->written += letters;
        retrying->message.answer = WITHDRAWN;
        return status == STATUS_OK && letters > 0 ? store_message_update(app->store, &retrying->message) : status;
}

static enum status retry_one(struct app *app, struct moment moment, uint64_t id, struct app_retried *retried,
                             struct wire_problem *problem)
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
        status = try_again(app, moment, &retrying, retried);
        if (status != STATUS_OK || retried->due + retried->written > 0)
                return status;
        wire_problem_set(
                problem, "told", "id",
                "the contacts name the mailbox of message %llu no more, and nobody whom they name now lacks it",
                (unsigned long long)id);
        return STATUS_INVALID;
}

/* What is written says how the cases stand today. */
static enum status begin(struct app *app, struct moment moment)
{
        app_flush(app, moment); /* what the mail room has reported counts */
        enum status status = advance_all(app, moment);

        return status == STATUS_OK ? app_begin(app) : status;
}

enum status app_outbox_retry(struct app *app, struct moment moment, uint64_t id, struct app_retried *ret_retried,
                             struct wire_problem *ret_problem)
{
        struct app_retried retried = {0, 0};
        enum status status = begin(app, moment);

        if (status == STATUS_OK)
                status = retry_one(app, moment, id, &retried, ret_problem);
        *ret_retried = retried;
        return status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
}

/* The next message that was given up, below a number. */
static enum status take_failed(void *context, const struct store_message *row, bool *stop)
{
        *stop = row->state == STORE_MESSAGE_FAILED;
        return *stop ? take_message(context, row) : STATUS_OK;
}

enum status app_outbox_retry_failed(struct app *app, struct moment moment, struct app_retried *ret_retried)
{
        struct app_retried retried = {0, 0};
        enum status status = begin(app, moment);
        uint64_t before = INT64_MAX;

        while (status == STATUS_OK && before > 0) {
                struct retrying retrying = {.answer = ""};
                status = store_messages_before(app->store, before, true, take_failed, &retrying);
                before = retrying.message.id;
                if (status == STATUS_OK && before > 0)
                        status = try_again(app, moment, &retrying, &retried);
        }
        *ret_retried = retried;
        return status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
}
