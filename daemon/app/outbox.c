/*
 * outbox - messages on their way, and what became of them (app_alert.h).
 *
 * Reports wait in the queue like batches and become durable with the next
 * flush; what was reported and not yet written is not offered again.
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAILURES_TOLD 5 /* failures in a row after which the unit hears of it */

struct offer {
        struct app *app;
        app_message_fn sink;
        void *context;
};

static bool reported(const struct app *app, uint64_t id)
{
        for (const struct app_mail_report *report = app->reports; report != NULL; report = report->next)
                if (report->report.id == id)
                        return true;
        return false;
}

static enum status offer_message(void *context, const struct store_message *row)
{
        struct offer *offer = context;
        struct app_message message = {.id = row->id,
                                      .recipient = row->recipient,
                                      .message_id = row->message_id,
                                      .subject = row->subject,
                                      .text = row->text,
                                      .html = row->html,
                                      .calendar = row->calendar,
                                      .created_ms = row->created_ms,
                                      .attempts = row->attempts,
                                      .ambiguous = row->ambiguous,
                                      .urgent = row->urgent};

        if (!reported(offer->app, row->id))
                offer->sink(offer->context, &message);
        return STATUS_OK;
}

enum status app_outbox_due(struct app *app, struct moment moment, uint64_t after, uint64_t limit, app_message_fn sink,
                           void *context)
{
        struct store_message_page page = {.now_ms = moment.ms, .after = after, .limit = limit};

        return store_messages_due(app->store, &page, offer_message, &(struct offer){app, sink, context});
}

enum status app_outbox_report(struct app *app, struct app_report report)
{
        struct app_mail_report *entry = calloc(1, sizeof *entry);

        if (entry == NULL)
                return STATUS_NO_MEMORY;
        entry->report = report;
        if (report.answer != NULL)
                wire_clean(report.answer, strlen(report.answer), entry->answer, 201);
        entry->report.answer = entry->answer;
        *app->reports_end = entry;
        app->reports_end = &entry->next;
        return STATUS_OK;
}

/* A report being applied to its message. */
struct application {
        struct app *app;
        struct moment moment;
        const struct app_mail_report *report;
        struct store_message message;
        char recipient[256], message_id[256];
};

static void judge(struct application *application)
{
        const struct app_report *report = &application->report->report;
        struct store_message *message = &application->message;

        message->attempts++;
        message->answer = application->report->answer[0] != '\0' ? application->report->answer : NULL;
        switch (report->verdict) {
        case VERDICT_SENT:
                message->state = STORE_MESSAGE_SENT;
                message->done_ms = application->moment.ms;
                message->failures = 0;
                return;
        case VERDICT_AMBIGUOUS:
                message->ambiguous = true;
                break;
        case VERDICT_RETRY:
                break;
        case VERDICT_PERMANENT:
                message->state = STORE_MESSAGE_FAILED;
                message->done_ms = application->moment.ms;
                break;
        }
        message->failures++;
        message->next_ms = report->retry_ms;
}

static enum status take_message(void *context, const struct store_message *row)
{
        struct application *application = context;

        application->message = *row;
        snprintf(application->recipient, sizeof application->recipient, "%s", row->recipient);
        snprintf(application->message_id, sizeof application->message_id, "%s", row->message_id);
        return STATUS_OK;
}

static enum status apply_report(struct app *app, struct moment moment, const struct app_mail_report *report)
{
        struct application application = {.app = app, .moment = moment, .report = report};
        bool found = false;
        enum status status = store_message_get(app->store, report->report.id, take_message, &application, &found);

        if (status != STATUS_OK || !found || application.message.state != STORE_MESSAGE_WAITING)
                return status;
        judge(&application);
        status = store_message_update(app->store, &application.message);
        if (status == STATUS_OK &&
            (report->report.verdict == VERDICT_SENT || report->report.verdict == VERDICT_AMBIGUOUS))
                status = access_message(
                        app, moment,
                        &(struct sent_message){.id = report->report.id,
                                               .recipient = application.recipient,
                                               .message_id = application.message_id,
                                               .ambiguous = report->report.verdict == VERDICT_AMBIGUOUS});
        bool failed = application.message.state == STORE_MESSAGE_FAILED;
        if (status != STATUS_OK || !(failed || application.message.failures == FAILURES_TOLD))
                return status;
        return raise_service(app, moment,
                             &(struct service_alert){.kind = ALERT_DELIVERY,
                                                     .word = WORD_DELIVERY,
                                                     .about = application.recipient,
                                                     .repeat = (int64_t)(report->report.id * 2 + (failed ? 1 : 0)),
                                                     .due = CIVIL_NONE});
}

enum status outbox_apply(struct app *app, struct moment moment)
{
        enum status status = STATUS_OK;

        for (const struct app_mail_report *report = app->reports; status == STATUS_OK && report != NULL;
             report = report->next)
                status = apply_report(app, moment, report);
        return status;
}

struct listing {
        app_outbox_fn sink;
        void *context;
};

static enum status list_message(void *context, const struct store_message *row)
{
        struct listing *listing = context;
        struct app_outbox_row to = {.id = row->id,
                                    .state = (enum outbox_state)row->state,
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

        listing->sink(listing->context, &to);
        return STATUS_OK;
}

enum status app_outbox_list(struct app *app, uint64_t after, uint64_t limit, app_outbox_fn sink, void *context)
{
        struct store_message_page page = {.after = after, .limit = limit};

        return store_messages_after(app->store, &page, list_message, &(struct listing){sink, context});
}

enum status app_outbox_retry(struct app *app, struct moment moment, bool failed_too, uint64_t *ret_count)
{
        enum status status = app_begin(app);

        if (status == STATUS_OK)
                status = store_messages_retry(app->store, moment.ms, failed_too, ret_count);
        return status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
}
