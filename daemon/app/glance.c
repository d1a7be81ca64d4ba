/*
 * glance - what every turn of the loop asks: the last sweep, and when there is
 * something to do next.
 *
 * Only a transaction of our own changes the answers, since the file is locked
 * against others; so they are kept until the next one begins. A turn that feeds
 * the watchdog asks anew: it must have heard from the record.
 */
#include "inside.h"

static enum status look(struct app *app)
{
        struct app_glance *glance = &app->glance;
        struct store_sweep sweep = {.day = CIVIL_NONE};
        struct app_wake wake = {.day = CIVIL_NONE, .outbox_ms = INT64_MAX};
        enum status status;

        if (glance->known)
                return STATUS_OK;
        status = store_sweep_last(app->store, &sweep);
        if (status == STATUS_OK)
                status = store_first_wake(app->store, &wake.day);
        if (status == STATUS_OK)
                status = store_outbox_next(app->store, &wake.outbox_ms);
        if (status == STATUS_OK)
                *glance = (struct app_glance){
                        .known = !store_in_transaction(app->store), .sweep = {sweep.day, sweep.minute}, .wake = wake};
        return status;
}

void app_look_again(struct app *app)
{
        app->glance.known = false;
}

struct sweep_slot app_last_sweep(struct app *app)
{
        return look(app) == STATUS_OK ? app->glance.sweep : (struct sweep_slot){CIVIL_NONE, 0};
}

enum status app_next_wake(struct app *app, struct app_wake *ret_wake)
{
        enum status status = look(app);

        if (status != STATUS_OK)
                return status;
        *ret_wake = app->glance.wake;
        ret_wake->withheld = app->withheld;
        ret_wake->speak_ms = app->speak_ms == 0 ? INT64_MAX : app->speak_ms;
        ret_wake->sync_ms = app->sync_ms == 0 ? INT64_MAX : app->sync_ms;
        return STATUS_OK;
}
