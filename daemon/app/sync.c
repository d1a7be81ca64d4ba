/*
 * sync - what is committed and may not be on the disk yet (app_access.h).
 *
 * Commits wait for the disk; lines of the log of accesses do not, and are brought there within a second. A sync that
 * fails leaves open what of the write-ahead log is on the disk, these lines and whatever was committed behind them.
 *
 * Invariant: after a sync that failed nothing is promised until all that was committed before is known to be on the
 * disk; and what somebody may hold against the record later, a copy of it or the heads of its chains, does not leave
 * before what it tells of is there.
 */
#include "inside.h"
#include "mappad/app_access.h"

#define SYNC_MS 1000 /* after which a line that was written is on the disk */

void sync_later(struct app *app, struct moment moment)
{
        if (app->sync_ms == 0)
                app->sync_ms = moment.ms + SYNC_MS;
}

void sync_doubt(struct app *app)
{
        if (!store_doubted(app->store))
                return;
        app->sync_failed = true;
        app->sync_ms = 1; /* long due: app_sync looks after it in the next turn, and then each second */
}

enum status sync_recover(struct app *app)
{
        enum status status = app->sync_failed ? store_make_sure(app->store) : STATUS_OK;

        if (status == STATUS_OK)
                app->sync_failed = false;
        return status;
}

enum status sync_all(struct app *app)
{
        enum status status;

        if (app->sync_ms == 0)
                return STATUS_OK;
        status = sync_recover(app);
        if (status == STATUS_OK)
                status = store_sync(app->store);
        if (status == STATUS_OK)
                app->sync_ms = 0;
        sync_doubt(app);
        return status;
}

static enum status sync_when_due(struct app *app, struct moment moment)
{
        enum status status;

        if (moment.ms < app->sync_ms && moment.ms >= app->sync_ms - SYNC_MS)
                return STATUS_OK;
        status = sync_all(app);
        if (status != STATUS_OK)
                app->sync_ms = moment.ms + SYNC_MS;
        return status;
}

/* Lines of the log wait for nothing: what an erasure left in the files may be there as long as the disk is full. */
enum status app_sync(struct app *app, struct moment moment)
{
        enum status status = sync_when_due(app, moment), scrubbed = erase_scrub(app);

        return status == STATUS_OK ? scrubbed : status;
}
