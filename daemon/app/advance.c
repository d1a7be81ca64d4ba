/*
 * advance - days that begin, and rules that change: cases are brought up to date.
 *
 * On a new day only cases whose wake has come are touched; when none has, it
 * costs one probe of an index. The day counts as begun when all of them are done.
 */
#include "turnover.h"

/* Brings up to APP_STEP_CASES cases up to date in one transaction, fewer if they take long; *ret_more: there may be
 * others. */
static enum status advance_step(struct app *app, struct moment moment, bool bounded, bool *ret_more)
{
        uint64_t ids[APP_STEP_CASES];
        struct store_meta meta = app->meta;
        int32_t day = app_day(app, moment);
        int64_t began_us = app_stopwatch(app);
        size_t count = 0, done = 0;
        enum status status = store_waking(app->store, day, ids, APP_STEP_CASES, &count);

        *ret_more = false;
        if (status != STATUS_OK || (count == 0 && app->meta.as_of == day))
                return status;
        status = app_begin(app);
        while (status == STATUS_OK && done < count && (done == 0 || !bounded || !app_step_over(app, began_us)))
                status = refresh_by_id(app, moment, ids[done++]);
        *ret_more = count == APP_STEP_CASES || done < count;
        if (status == STATUS_OK && !*ret_more) {
                meta.as_of = day;
                meta.seen_ms = moment.ms;
                status = app_put_meta(app, &meta);
        }
        if (status != STATUS_OK)
                return app_rollback(app, status);
        return app_commit(app);
}

void advance_keep_unknown(struct app *app)
{
        store_tally_add(app->store, TALLY_UNKNOWN, (int64_t)app->unknown - store_tally(app->store, TALLY_UNKNOWN));
}

enum status advance_rebuild(struct app *app, struct moment moment)
{
        uint64_t count = 0;
        enum status status = store_case_last(app->store, &count);

        app->unknown = 0;
        for (uint64_t id = 1; status == STATUS_OK && id <= count; id++) {
                status = refresh_by_id(app, moment, id);
                if (app->settings.progress != NULL && id % APP_STEP_CASES == 0)
                        app->settings.progress(app->settings.progress_context, id, count);
        }
        advance_keep_unknown(app);
        return status;
}

/* The clock went back by more than a day: sweeps of days that have not been are forgotten, else none would come until
 * then, nor would a message that was to be tried then; what was derived for later days is derived again, and waits for
 * a sweep if no sweep that is left can have told of it. What was told stays told. */
static enum status turn_back(struct app *app, struct moment moment)
{
        struct store_meta meta = app->meta;
        int32_t told_until = app->told_until, spoken_until = app->spoken_until;
        enum status status;

        sweep_forget(app);
        status = app_begin(app);
        meta.as_of = moment.today;
        if (status == STATUS_OK)
                status = store_sweeps_forget(app->store, moment.today);
        if (status == STATUS_OK)
                status = sweep_recall(app);
        if (status == STATUS_OK)
                status = advance_rebuild(app, moment);
        if (status == STATUS_OK)
                status = store_messages_hasten(app->store, moment.ms);
        if (status == STATUS_OK)
                status = app_put_meta(app, &meta);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status == STATUS_OK) {
                turnover_again(app);
                return STATUS_OK;
        }
        app->told_until = told_until;
        app->spoken_until = spoken_until;
        return status;
}

static enum status advance(struct app *app, struct moment moment, bool bounded, bool *ret_more)
{
        enum status status;

        *ret_more = false;
        sweep_look_back(app, moment);
        status = app_note_start(app, moment);
        if (status != STATUS_OK || app_day(app, moment) == app->meta.as_of)
                return status;
        heartbeat_drop(app); /* of another day it is gathered anew */
        if (app->meta.as_of != CIVIL_NONE && app_day(app, moment) < app->meta.as_of)
                status = turn_back(app, moment);
        else
                status = advance_step(app, moment, bounded, ret_more);
        app_tell(app);
        return status;
}

enum status app_advance(struct app *app, struct moment moment, bool *ret_more)
{
        return advance(app, moment, true, ret_more);
}

/* Nobody is served between these steps: each has all the cases that it may. */
enum status advance_all(struct app *app, struct moment moment)
{
        bool more = true;
        enum status status = STATUS_OK;

        while (status == STATUS_OK && more) {
                status = advance(app, moment, false, &more);
                if (more && app->settings.progress != NULL)
                        app->settings.progress(app->settings.progress_context, 0, 0);
        }
        return status;
}
