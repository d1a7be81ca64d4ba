/*
 * settle - commits that a thread brings to the disk, and who waits for that (app_turn.h).
 *
 * What is committed can be read at once; whoever recorded it is told when it is durable, and so is the listener of
 * alerts. Commits come to the disk in their order, so that one number says of all what is durable. A commit that waits
 * for the disk itself brings all before it there.
 *
 * Invariant: after a sync that failed nothing is promised, not even by a commit that waits, until all that was
 * committed before is known to be durable (settle_recover).
 */
#include "batch.h"
#include "inside.h"
#include "mappad/app_turn.h"
#include "mappad/store_sync.h"

enum status settle_open(struct app *app)
{
        return store_sync_aside(app->store, &app->settling.fd);
}

int app_settle_fd(const struct app *app)
{
        return app->settling.fd;
}

bool settle_ready(const struct app *app)
{
        return app->settling.fd >= 0 && !app->sync_failed;
}

bool settle_durable(const struct app *app)
{
        return app->settling.durable == app->settling.asked;
}

/* Those of the oldest commit wait for its sync, all later ones together for that of the last. */
static void note_raised(struct app *app, uint64_t settles)
{
        struct unheard *unheard = app->unheard.last == 0 ? &app->unheard : &app->unheard_later;

        if (app->raised_last == 0)
                return;
        if (unheard->last == 0)
                unheard->first = app->raised_first;
        unheard->last = app->raised_last;
        unheard->settles = settles;
}

void settle_committed(struct app *app)
{
        struct settling *settling = &app->settling;

        switch (app->commit_kind) {
        case COMMIT_WAITS:
                if (store_wrote(app->store) && !store_doubted(app->store))
                        settling->durable = settling->asked;
                break;
        case COMMIT_SETTLES:
                settling->asked = store_sync_ask(app->store);
                break;
        case COMMIT_ASIDE:
                break;
        }
        note_raised(app, settling->asked);
}

void settle_doubt(struct app *app)
{
        if (!store_doubted(app->store))
                return;
        app->sync_failed = true;
        app->sync_ms = 1; /* long due: app_sync looks after it in the next turn, and then each second */
}

uint64_t app_told_until(const struct app *app)
{
        return app->unheard.last == 0 ? UINT64_MAX : app->unheard.first - 1;
}

void app_tell(struct app *app)
{
        while (app->unheard.last != 0 && app->unheard.settles <= app->settling.durable) {
                struct unheard heard = app->unheard;

                app->unheard = app->unheard_later;
                app->unheard_later = (struct unheard){.last = 0};
                if (app->listener != NULL)
                        app->listener(app->listener_context, heard.first, heard.last);
        }
}

void settle_later(struct app *app, struct app_batch *batches)
{
        while (batches != NULL) {
                struct app_batch *batch = batches;

                batches = batch->next;
                batch->next = NULL;
                batch->settles = app->settling.asked;
                batch->book = book_hold(app->book);
                *app->settling.batches_end = batch;
                app->settling.batches_end = &batch->next;
        }
}

/* Tells the first that waits. */
static void tell_first(struct app *app, enum status status)
{
        struct app_batch *batch = app->settling.batches;

        app->settling.batches = batch->next;
        if (batch->next == NULL)
                app->settling.batches_end = &app->settling.batches;
        batch_tell(batch, status, batch->book->rules.ruleset);
        book_drop(batch->book);
        app_batch_free(batch);
}

void settle_tell(struct app *app)
{
        while (app->settling.batches != NULL && app->settling.batches->settles <= app->settling.durable)
                tell_first(app, STATUS_OK);
}

void settle_refuse(struct app *app, enum status status)
{
        while (app->settling.batches != NULL)
                tell_first(app, status);
}

void settle_forget(struct app *app, const void *context)
{
        struct app_batch **at = &app->settling.batches;

        while (*at != NULL) {
                struct app_batch *batch = *at;

                if (batch->context != context) {
                        at = &batch->next;
                        continue;
                }
                *at = batch->next;
                book_drop(batch->book);
                app_batch_free(batch);
        }
        app->settling.batches_end = at;
}

enum status settle_recover(struct app *app)
{
        enum status status;

        if (!app->sync_failed)
                return STATUS_OK;
        status = store_make_sure(app->store);
        if (status != STATUS_OK)
                return status;
        app->sync_failed = false;
        app->settling.durable = app->settling.asked;
        return STATUS_OK;
}

enum status settle_all(struct app *app)
{
        enum status status = STATUS_OK;

        if (settle_durable(app) && !app->sync_failed)
                return STATUS_OK;
        if (!app->sync_failed)
                status = store_sync(app->store);
        settle_doubt(app);
        if (app->sync_failed)
                status = settle_recover(app);
        if (status == STATUS_OK)
                app->settling.durable = app->settling.asked;
        return status;
}

void app_settle(struct app *app, struct moment moment)
{
        struct store_synced synced = store_synced(app->store);

        if (synced.number > app->settling.durable)
                app->settling.durable = synced.number;
        if (synced.failed && !app->sync_failed) {
                app->sync_failed = true;
                app->sync_ms = moment.ms; /* app_sync looks after it in this turn ... */
        }
        settle_tell(app);
        app_tell(app);
}
