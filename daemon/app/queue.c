/*
 * queue - what waits to be written, and turns in which it is (app.h, app_turn.h).
 *
 * Whoever submitted something hears of it after the commit that holds it, which waits
 * for the disk. In a turn of the loop nobody waits long for others: whoever only reads
 * is answered first, and batches are run for a while and not to their end.
 */
#include <stdlib.h>

#include "batch.h"
#include "mappad/app_turn.h"
#include "turnover.h"

void app_submit(struct app *app, struct app_batch *batch, app_done_fn done, void *context)
{
        batch->done = done;
        batch->context = context;
        batch->next = NULL;
        *app->queue_end = batch;
        app->queue_end = &batch->next;
}

void app_forget(struct app *app, const void *context)
{
        for (struct app_batch *batch = app->queue; batch != NULL; batch = batch->next)
                if (batch->context == context)
                        batch->done = NULL;
}

bool app_waiting(const struct app *app)
{
        return app->queue != NULL || app->reports != NULL || app->accesses != NULL;
}

void app_listen(struct app *app, app_alerts_committed_fn listener, void *context)
{
        app->listener = listener;
        app->listener_context = context;
}

/* How long batches are run before they are committed and answered: others wait meanwhile. Where commits take long more
 * batches share one, so that the disk does not decide how many are recorded; but nobody waits for ever. */
#define RUN_US_MIN 1000
#define RUN_US_MAX 50000
/* A batch of so many lines takes a turn of its own: it is recorded as a whole, and nobody is to wait for others
 * besides. */
#define LONG_LINES 100

/* Until when batches are run. */
static int64_t run_until(const struct app *app)
{
        int64_t us = 2 * app->commit_us;

        if (app->settings.stopwatch_us == NULL)
                return INT64_MAX;
        us = us < RUN_US_MIN ? RUN_US_MIN : us > RUN_US_MAX ? RUN_US_MAX : us;
        return app_stopwatch(app) + us;
}

/* Runs batches of the queue, one at least. */
static enum status run_batches(struct app *app, struct moment moment, int64_t until_us, struct app_batch **ret_rest)
{
        struct app_batch *batch = app->queue;
        enum status status = STATUS_OK;

        while (status == STATUS_OK && batch != NULL) {
                status = record_batch(app, batch, moment);
                batch = batch->next;
                if (until_us == INT64_MAX)
                        continue;
                if (app_stopwatch(app) >= until_us || (batch != NULL && batch->line_count >= LONG_LINES))
                        break;
        }
        *ret_rest = batch;
        return status;
}

/* Since when something urgent has waited, if what is run now is to wait as well. */
static int64_t held_since(const struct app *app, struct moment moment)
{
        return app->held_ms != 0 && app->held_ms <= moment.ms ? app->held_ms : moment.ms;
}

/* Until when what is urgent may wait for what follows the batches that were run; 0: it does not. */
static int64_t speak_until(const struct app *app, struct moment moment, const struct app_batch *rest)
{
        int64_t until_ms = speaks_later(app, moment) ? app->speak_ms : 0;
        int64_t most_ms = held_since(app, moment) + APP_MORE_MOST_MS;

        for (const struct app_batch *batch = app->queue; batch != rest; batch = batch->next) {
                if (batch->dry_run)
                        continue;
                if (!batch->more)
                        return 0;
                until_ms = moment.ms + APP_MORE_MS;
        }
        until_ms = until_ms < most_ms ? until_ms : most_ms;
        return until_ms > moment.ms ? until_ms : 0;
}

/* Writes what is urgent; a sweep in hand, or rules that come into force, do so at their end, else one message would
 * become one for each step. */
static enum status speak(struct app *app, struct moment moment)
{
        uint64_t messages = 0;

        return sweep_raises(app) || turnover_settles(app)
                       ? STATUS_OK
                       : deliver(app, &(struct delivery){.moment = moment, .pending = STORE_AT_ONCE}, &messages);
}

/* How far an import in pieces is: those of the person who sent its last one, until one after which no other follows.
 * Of two people who import at once the one whose piece came last is shown. */
static void note_piece(struct app *app, struct moment moment, const struct app_batch *batch)
{
        bool goes_on = import_now(app, moment).under_way && app->importer.uid == batch->actor.uid;

        if (!batch->more) {
                app->importing.under_way = app->importing.under_way && !goes_on;
                return;
        }
        if (!goes_on)
                app->importing = (struct app_importing){.under_way = true, .since_ms = moment.ms};
        /* When all were there before it is said what they were the first time. */
        app->importing.events += batch->repeated < batch->line_count ? batch->recorded : 0;
        app->importing.repeated += batch->repeated;
        app->importer.uid = batch->actor.uid;
        app->importer.until_ms = moment.ms + APP_MORE_MS;
}

struct app_importing import_now(const struct app *app, struct moment moment)
{
        int64_t left_ms = app->importer.until_ms - moment.ms;

        /* One that lies far ahead is of a clock that was set back. */
        if (!app->importing.under_way || left_ms <= 0 || left_ms > APP_MORE_MS)
                return (struct app_importing){.under_way = false};
        return app->importing;
}

/* Runs reports and batches in one transaction; urgent alerts go to the outbox with them. */
static enum status run_queue(struct app *app, struct moment moment, int64_t until_us, struct app_batch **ret_rest)
{
        int64_t speak_ms = 0;
        enum status status = advance_all(app, moment);

        if (status == STATUS_OK)
                status = app_begin(app);
        if (status == STATUS_OK)
                status = outbox_apply(app, moment);
        if (status == STATUS_OK)
                status = run_batches(app, moment, until_us, ret_rest);
        if (status == STATUS_OK) {
                speak_ms = speak_until(app, moment, *ret_rest);
                status = speak_ms != 0 ? STATUS_OK : speak(app, moment);
        }
        if (status == STATUS_OK)
                status = access_apply(app);
        if (status != STATUS_OK)
                return status;
        int64_t began_us = app_stopwatch(app);
        status = app_commit(app);
        app->commit_us = app_stopwatch(app) - began_us;
        if (status != STATUS_OK)
                return status;
        app->held_ms = speak_ms == 0 ? 0 : held_since(app, moment);
        app->speak_ms = speak_ms;
        app->more_follows = speak_ms != 0 && app->queue != *ret_rest;
        for (const struct app_batch *batch = app->queue; batch != *ret_rest; batch = batch->next)
                if (!batch->dry_run)
                        note_piece(app, moment, batch);
        return STATUS_OK;
}

/* Whatever waits, in one transaction. What only reads waits for its line in the log and for nothing else, also when
 * what is written beside it cannot be. A failure is told to all that waited. */
static enum status run_all(struct app *app, struct moment moment, int64_t until_us, struct app_batch **ret_rest,
                           enum status *ret_logged)
{
        enum status status;

        if (app->queue == NULL && app->reports == NULL) {
                *ret_logged = access_alone(app, moment);
                return STATUS_OK;
        }
        status = run_queue(app, moment, until_us, ret_rest);
        *ret_logged = status;
        if (status == STATUS_OK)
                return status;
        *ret_rest = NULL;
        status = app_rollback(app, status);
        if (app->accesses != NULL)
                *ret_logged = access_alone(app, moment);
        app->disk_full = status == STATUS_DISK_FULL;
        return status;
}

/* Takes from the queue what comes before rest. */
static struct app_batch *take_until(struct app *app, struct app_batch *rest)
{
        struct app_batch *taken = app->queue, **end = &taken;

        while (*end != rest)
                end = &(*end)->next;
        *end = NULL;
        app->queue = rest;
        if (rest == NULL)
                app->queue_end = &app->queue;
        return taken;
}

static void forget_reports(struct app *app)
{
        struct app_mail_report *reports = app->reports;

        app->reports = NULL;
        app->reports_end = &app->reports;
        while (reports != NULL) {
                struct app_mail_report *report = reports;
                reports = report->next;
                free(report);
        }
}

static void tell_all(struct app *app, struct app_batch *batches, enum status status)
{
        while (batches != NULL) {
                struct app_batch *batch = batches;

                batches = batch->next;
                batch_tell(batch, status, app->book->rules.ruleset);
                app_batch_free(batch);
        }
}

static void flush_until(struct app *app, struct moment moment, int64_t until_us)
{
        struct app_batch *rest = NULL;
        enum status status, logged = STATUS_OK;

        status = run_all(app, moment, until_us, &rest, &logged);
        access_take(app);
        struct app_batch *done = take_until(app, rest);
        if (status == STATUS_OK)
                forget_reports(app);
        tell_all(app, done, status);
        access_tell(app, logged);
        app_tell(app);
}

void app_flush(struct app *app, struct moment moment)
{
        if (app_waiting(app))
                flush_until(app, moment, INT64_MAX);
}

/* A line of the log waits for no disk (access_alone), the writes would have it wait for theirs. */
static void answer_readers(struct app *app, struct moment moment)
{
        enum status logged = access_alone(app, moment);

        access_take(app);
        access_tell(app, logged);
}

void app_turn(struct app *app, struct moment moment)
{
        bool writes = app->queue != NULL || app->reports != NULL;

        if (!app_waiting(app))
                return;
        app->called_us = app_stopwatch(app);
        if (app->accesses != NULL && (!writes || !app->sync_failed))
                answer_readers(app, moment);
        /* Whoever writes waits for the disk; whoever reads does not wait with them. */
        if (app_waiting(app) && !(writes && store_log_await(app->store)))
                flush_until(app, moment, run_until(app));
}
