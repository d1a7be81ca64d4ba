/*
 * sweep - the hours at which what was reached is raised and told.
 *
 * A sweep looks only at cases that wait for one, in steps, each a transaction of
 * its own that leaves everything consistent. Only the last step writes messages
 * and notes the sweep as done, so that a sweep cut short is taken up again.
 */
#include "mappad/app_turn.h"
#include "turnover.h"

#define HEARTBEATS_BACK 7 /* days looked back for a heartbeat that nobody was there to write */

enum status sweep_recall(struct app *app)
{
        struct store_sweep sweep = {.day = CIVIL_NONE};
        enum status status = store_sweep_last(app->store, &sweep);

        if (status == STATUS_OK)
                status = store_sweep_spoken(app->store, &app->spoken_until);
        if (status == STATUS_OK)
                app->told_until = sweep.day;
        return status;
}

bool calendar_short(const struct app *app, int32_t today)
{
        int32_t until = app_ruleset(app)->calendar.covers_until;

        return until < CIVIL_MAX && civil_add_months(today, 12) > until;
}

/* Less than a year of published holidays left: said once a month for each end of the span. */
static enum status watch_calendar(struct app *app, struct moment moment)
{
        int32_t until = app_ruleset(app)->calendar.covers_until, today = app_day(app, moment);
        struct civil date = civil_to_date(today);

        if (!calendar_short(app, today))
                return STATUS_OK;
        return raise_service(app, moment,
                             &(struct service_alert){.kind = ALERT_CALENDAR,
                                                     .word = WORD_CALENDAR,
                                                     .about = "calendar",
                                                     .repeat = (int64_t)date.year * 12 + date.month,
                                                     .due = until});
}

/* Whether everybody is written to: once for each such day, also when it went by unwatched or was quiet. */
static bool heartbeat_due(const struct app *app, int32_t day)
{
        int32_t first = app->spoken_until == CIVIL_NONE ? day : app->spoken_until + 1;

        if (app_contacts(app) == NULL)
                return false;
        if (first < day - HEARTBEATS_BACK)
                first = day - HEARTBEATS_BACK;
        for (int32_t d = first; d <= day; d++)
                if (contacts_heartbeat(app_contacts(app), d))
                        return true;
        return false;
}

/* The last step: urgent messages, then the morning's, then the ledger. */
static enum status finish(struct app *app, struct moment moment, struct sweep_slot slot,
                          struct app_sweep_result *result)
{
        uint64_t urgent = 0;
        bool heartbeat = !quiet_at(app, moment) && heartbeat_due(app, slot.day);
        enum status status = watch_calendar(app, moment);

        if (status == STATUS_OK)
                status = gaps_raise(app, moment);
        if (status == STATUS_OK)
                status = deliver(app, &(struct delivery){.moment = moment, .pending = STORE_AT_ONCE}, &urgent);
        if (status == STATUS_OK)
                status = deliver(app,
                                 &(struct delivery){.moment = moment, .pending = STORE_WAITS, .heartbeat = heartbeat},
                                 &result->messages);
        result->messages += urgent;
        return status;
}

/* One step in the transaction in hand; *after moves on to the last case looked at. */
static enum status sweep_step(struct app *app, struct moment moment, uint64_t *after, struct app_sweep_result *result)
{
        struct store_raising raising = {.after = *after};
        uint64_t before = 0, last = 0;
        struct sweep_slot slot = app->sweep_slot;
        enum status status = store_alert_last(app->store, &before);

        app->raise_until = slot.day;
        if (status == STATUS_OK)
                status = raise_step(app, moment, &raising, &result->more);
        app->raise_until = CIVIL_MAX;
        *after = raising.last;
        if (status == STATUS_OK && !result->more)
                status = finish(app, moment, slot, result);
        if (status == STATUS_OK)
                status = store_alert_last(app->store, &last);
        result->raised = last - before;
        if (status != STATUS_OK || result->more)
                return status;
        return store_sweep_add(app->store, &(struct store_sweep){.day = slot.day,
                                                                 .minute = slot.minute,
                                                                 .at_ms = moment.ms,
                                                                 .raised = app->sweep_raised + result->raised,
                                                                 .messages = result->messages,
                                                                 .quiet = quiet_at(app, moment)});
}

/* What is remembered of a sweep in steps moves only with what is committed. */
static void step_done(struct app *app, struct moment moment, uint64_t after, const struct app_sweep_result *result)
{
        if (result->more) {
                app->sweep_after = after;
                app->sweep_raised += result->raised;
                return;
        }
        app->told_until = app->sweep_slot.day;
        if (!quiet_at(app, moment))
                app->spoken_until = app->sweep_slot.day;
        app->sweep_after = app->sweep_raised = 0;
}

static bool same_slot(struct sweep_slot a, struct sweep_slot b)
{
        return a.day == b.day && a.minute == b.minute;
}

enum status app_sweep(struct app *app, struct moment moment, struct sweep_slot slot,
                      struct app_sweep_result *ret_result)
{
        struct app_sweep_result result = {.ran = false};
        struct store_sweep last = {.day = CIVIL_NONE};
        uint64_t after;
        enum status status = store_sweep_last(app->store, &last);

        *ret_result = result;
        if (status != STATUS_OK)
                return status;
        if (last.day != CIVIL_NONE && (slot.day < last.day || (slot.day == last.day && slot.minute <= last.minute)))
                return STATUS_OK;
        /* What was recorded before a sweep counts in it; between its steps turns record, as long as they may. */
        if (app->sweep_after == 0 || !same_slot(app->sweep_slot, slot))
                app_flush(app, moment);
        status = advance_all(app, moment);
        /* Moved dates are told before stages of the new ones. */
        if (status == STATUS_OK && turnover_settles(app)) {
                bool more = false;

                ret_result->more = true;
                return app_turn_over(app, moment, &more);
        }
        if (status != STATUS_OK)
                return status;
        /* Another hour has come before the last one was done: cases that began to wait meanwhile lie anywhere. */
        if (!same_slot(app->sweep_slot, slot))
                app->sweep_after = app->sweep_raised = 0;
        app->sweep_slot = slot;
        after = app->sweep_after;
        status = app_begin(app);
        if (status == STATUS_OK)
                status = sweep_step(app, moment, &after, &result);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status != STATUS_OK)
                return status;
        step_done(app, moment, after, &result);
        result.ran = true;
        *ret_result = result;
        app_tell(app);
        return STATUS_OK;
}
