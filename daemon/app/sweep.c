/*
 * sweep - the hours at which what was reached is raised and told.
 *
 * A sweep looks only at cases that wait for one, in steps, each a transaction of
 * its own that leaves everything consistent. Only the last step writes messages
 * and notes the sweep as done, so that a sweep cut short is taken up again.
 */
#include "inside.h"

struct sweep_slot app_last_sweep(const struct app *app)
{
        struct store_sweep sweep = {.day = CIVIL_NONE};

        if (store_sweep_last(app->store, &sweep) != STATUS_OK)
                return (struct sweep_slot){CIVIL_NONE, 0};
        return (struct sweep_slot){sweep.day, sweep.minute};
}

/* Less than a year of published holidays left: said once a month for each end of the span. */
static enum status watch_calendar(struct app *app, struct moment moment)
{
        int32_t until = app_ruleset(app)->calendar.covers_until, today = app_day(app, moment);
        struct civil date = civil_to_date(today);

        if (until >= CIVIL_MAX || civil_add_months(today, 12) <= until)
                return STATUS_OK;
        return raise_service(app, moment,
                             &(struct service_alert){.kind = ALERT_CALENDAR,
                                                     .word = WORD_CALENDAR,
                                                     .about = "calendar",
                                                     .repeat = (int64_t)date.year * 12 + date.month,
                                                     .due = until});
}

/* The last step: urgent messages, then the morning's, then the ledger. */
static enum status finish(struct app *app, struct moment moment, struct sweep_slot slot,
                          struct app_sweep_result *result)
{
        uint64_t urgent = 0;
        bool heartbeat = app_contacts(app) != NULL && contacts_heartbeat(app_contacts(app), slot.day);
        enum status status = watch_calendar(app, moment);

        if (status == STATUS_OK)
                status = deliver(app, &(struct delivery){.moment = moment, .pending = STORE_AT_ONCE}, &urgent);
        if (status == STATUS_OK)
                status = deliver(app,
                                 &(struct delivery){.moment = moment, .pending = STORE_WAITS, .heartbeat = heartbeat},
                                 &result->messages);
        result->messages += urgent;
        return status;
}

static enum status sweep_step(struct app *app, struct moment moment, struct sweep_slot slot,
                              struct app_sweep_result *result)
{
        uint64_t ids[APP_STEP_CASES];
        size_t count = 0;
        uint64_t before = 0, after = 0;
        enum status status = store_alert_last(app->store, &before);

        if (status == STATUS_OK)
                status = store_raising(app->store, app->sweep_after, ids, APP_STEP_CASES, &count);
        result->more = count == APP_STEP_CASES;
        app->raise_until = slot.day;
        for (size_t i = 0; status == STATUS_OK && i < count; i++)
                status = refresh_by_id(app, moment, ids[i], REFRESH_RAISE);
        app->raise_until = CIVIL_MAX;
        app->sweep_after = result->more && status == STATUS_OK ? ids[count - 1] : 0;
        if (status == STATUS_OK && !result->more)
                status = finish(app, moment, slot, result);
        if (status == STATUS_OK)
                status = store_alert_last(app->store, &after);
        result->raised = after - before;
        if (status != STATUS_OK || result->more)
                return status;
        return store_sweep_add(app->store, &(struct store_sweep){.day = slot.day,
                                                                 .minute = slot.minute,
                                                                 .at_ms = moment.ms,
                                                                 .raised = result->raised,
                                                                 .messages = result->messages});
}

enum status app_sweep(struct app *app, struct moment moment, struct sweep_slot slot,
                      struct app_sweep_result *ret_result)
{
        struct sweep_slot last = app_last_sweep(app);
        enum status status;

        *ret_result = (struct app_sweep_result){.ran = false};
        if (last.day != CIVIL_NONE && (slot.day < last.day || (slot.day == last.day && slot.minute <= last.minute)))
                return STATUS_OK;
        app_flush(app, moment);
        status = advance_all(app, moment);
        if (status == STATUS_OK)
                status = app_begin(app);
        if (status == STATUS_OK)
                status = sweep_step(app, moment, slot, ret_result);
        if (status == STATUS_OK)
                status = app_commit(app);
        if (status != STATUS_OK) {
                app_rollback(app);
                return status;
        }
        ret_result->ran = true;
        if (app->raised_last != 0 && app->listener != NULL)
                app->listener(app->listener_context, app->raised_first, app->raised_last);
        return STATUS_OK;
}
