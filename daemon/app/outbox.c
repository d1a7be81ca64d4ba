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

#include "mappad/mailbox.h"
#include "mappad/store_held.h"

#define FAILURES_TOLD 5 /* failures in a row after which the unit hears of it */
#define ATTEMPT_BITS 24 /* of the mark of a failure that is told; no message is tried 16 million times */

struct offer {
        struct app *app;
        app_message_fn sink;
        void *context;
        struct app_outbox_place last; /* row of the page */
        uint64_t rows, offered;
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
                                      .created_ms = row->created_ms,
                                      .next_ms = row->next_ms,
                                      .attempts = row->attempts,
                                      .ambiguous = row->ambiguous,
                                      .urgent = row->urgent};

        offer->rows++;
        offer->last = (struct app_outbox_place){row->next_ms, row->id};
        if (reported(offer->app, row->id))
                return STATUS_OK;
        offer->offered++;
        offer->sink(offer->context, &message);
        return STATUS_OK;
}

enum status app_outbox_due(struct app *app, struct moment moment, const struct app_outbox_place *after, uint64_t limit,
                           app_message_fn sink, void *context)
{
        struct offer offer = {.app = app, .sink = sink, .context = context};
        enum status status;

        /* What went now could not be marked, and would go once more at each start until there is room. */
        if (app->start_unnoted)
                return STATUS_DISK_FULL;
        if (after != NULL)
                offer.last = *after;
        /* A page of nothing but rows that were reported is not the end. */
        do {
                struct store_message_page page = {
                        .now_ms = moment.ms, .after_ms = offer.last.next_ms, .after = offer.last.id, .limit = limit};
                offer.rows = 0;
                status = store_messages_due(app->store, &page, offer_message, &offer);
        } while (status == STATUS_OK && offer.rows > 0 && offer.offered == 0);
        return status;
}

/* One letter to be read. */
struct opening {
        const struct app_message *message;
        app_message_fn sink;
        void *context;
        bool found;
};

static enum status open_letter(void *context, const struct store_letter *letter)
{
        struct opening *opening = context;
        struct app_message message = *opening->message;

        opening->found = true;
        message.text = letter->body;
        message.html = letter->html;
        message.calendar = letter->calendar;
        opening->sink(opening->context, &message);
        return STATUS_OK;
}

enum status app_outbox_letter(struct app *app, const struct app_message *message, app_message_fn sink, void *context)
{
        struct opening opening = {.message = message, .sink = sink, .context = context};
        enum status status = store_letter_get(app->store, message->id, open_letter, &opening);

        return status == STATUS_OK && !opening.found ? STATUS_CORRUPT : status;
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
        struct store_message message; /* of its texts, these three are copied */
        char recipient[256], message_id[256];
        char answer[204];
};

static void end_attempt(struct application *application)
{
        const struct app_report *report = &application->report->report;
        struct store_message *message = &application->message;

        message->attempts++;
        message->answer = application->report->answer[0] != '\0' ? application->report->answer : NULL;
        switch (report->verdict) {
        case VERDICT_UNDER_WAY:
        case VERDICT_UNTRIED:
                return;
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

static bool is_end(const struct app_report *report)
{
        return report->verdict != VERDICT_UNDER_WAY && report->verdict != VERDICT_UNTRIED;
}

/* A message that is under way carries the mark of one that may have been taken: should this process end now, nobody
 * could tell any more whether it was. The end of the attempt takes the mark back, unless it was there before. */
static void judge(struct application *application)
{
        const struct app_report *report = &application->report->report;

        if (report->clears)
                application->message.ambiguous = false;
        if (is_end(report))
                end_attempt(application);
}

/* Whether the unit can be told at once by another mailbox than the one that fails. News of news that could not be
 * delivered waits for the next digest, else two mailboxes that fail would tell each other for ever. */
static bool another_hears(struct app *app, struct moment moment, const struct application *application)
{
        const struct contacts *contacts = app_contacts(app);
        struct recipients watch = {.count = 0};

        if (contacts == NULL || application->message.urgent ||
            !contacts_resolve(contacts, CONTACT_ROLE, contacts_watch(contacts), app_day(app, moment), &watch))
                return false;
        for (size_t i = 0; i < watch.count; i++)
                if (!mailbox_same(watch.list[i].mailbox, application->recipient))
                        return true;
        return false;
}

static enum status take_message(void *context, const struct store_message *row)
{
        struct application *application = context;

        application->message = *row;
        snprintf(application->recipient, sizeof application->recipient, "%s", row->recipient);
        snprintf(application->message_id, sizeof application->message_id, "%s", row->message_id);
        snprintf(application->answer, sizeof application->answer, "%s", row->answer == NULL ? "" : row->answer);
        application->message.answer = row->answer == NULL ? NULL : application->answer;
        return STATUS_OK;
}

/* What has left, or may have, is in the log of accesses. That an attempt may have reached somebody is not known where
 * the process ended during it: then the last word on the message says so, if it is not that it was sent. */
static enum status log_attempt(const struct application *application)
{
        enum app_verdict verdict = application->report->report.verdict;
        struct sent_message sent = {.id = application->report->report.id,
                                    .recipient = application->recipient,
                                    .message_id = application->message_id,
                                    .ambiguous = verdict != VERDICT_SENT};

        if (verdict == VERDICT_SENT || verdict == VERDICT_AMBIGUOUS ||
            (verdict == VERDICT_PERMANENT && application->message.ambiguous))
                return access_message(application->app, application->moment, &sent);
        return STATUS_OK;
}

/* What makes the telling of this failure another than that of any other, of the same message taken up again, too. */
static int64_t mark_of(const struct application *application)
{
        return (int64_t)(application->message.id << ATTEMPT_BITS | application->message.attempts);
}

static enum status apply_report(struct app *app, struct moment moment, const struct app_mail_report *report)
{
        struct application application = {.app = app, .moment = moment, .report = report};
        bool found = false;

        if (report->report.verdict == VERDICT_UNDER_WAY)
                return store_message_under_way(app->store, report->report.id);
        enum status status = store_message_get(app->store, report->report.id, take_message, &application, &found);

        if (status != STATUS_OK || !found || application.message.state != STORE_MESSAGE_WAITING)
                return status;
        judge(&application);
        status = store_message_update(app->store, &application.message);
        bool failed = application.message.state == STORE_MESSAGE_FAILED;
        if (status == STATUS_OK)
                status = log_attempt(&application);
        if (status != STATUS_OK || !is_end(&report->report) ||
            !(failed || application.message.failures == FAILURES_TOLD))
                return status;
        return raise_service(app, moment,
                             &(struct service_alert){.kind = ALERT_DELIVERY,
                                                     .word = WORD_DELIVERY,
                                                     .about = application.recipient,
                                                     .repeat = mark_of(&application),
                                                     .due = CIVIL_NONE,
                                                     .urgent = failed && another_hears(app, moment, &application)});
}

enum status outbox_apply(struct app *app, struct moment moment)
{
        enum status status = STATUS_OK;

        for (const struct app_mail_report *report = app->reports; status == STATUS_OK && report != NULL;
             report = report->next)
                status = apply_report(app, moment, report);
        return status;
}
