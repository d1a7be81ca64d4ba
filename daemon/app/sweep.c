/*
 * sweep - the hours at which what was reached is raised and told.
 *
 * A sweep looks only at cases that wait for one, in steps, each a transaction of
 * its own that leaves everything consistent. On a day of heartbeats what stands is
 * gathered after them, in steps that write nothing and keep nobody waiting: what is
 * urgent is told before. Only the last step writes the morning's messages and notes
 * the sweep as done, so that a sweep cut short is taken up again.
 */
#include "heartbeat.h"
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

static bool tells_what_stands(const struct app *app, struct moment moment)
{
        return !quiet_at(app, moment) && heartbeat_due(app, app->sweep_slot.day);
}

/* ---- the sweep in hand ---- */

bool sweep_raises(const struct app *app)
{
        return app->sweep_after != 0;
}

void sweep_forget(struct app *app)
{
        app->sweep_after = app->sweep_raised = app->sweep_messages = 0;
        app->sweep_gathers = app->sweep_in_hand = false;
        app->heartbeats_begun = app->heartbeats_failed = 0;
        heartbeat_drop(app);
}

void sweep_raise_again(struct app *app)
{
        app->sweep_after = 0;
        app->sweep_gathers = false;
        heartbeat_drop(app);
}

void sweep_look_back(struct app *app, struct moment moment)
{
        struct sweep_slot slot = app->sweep_slot;
        bool before = moment.today < slot.day || (moment.today == slot.day && moment.minute < slot.minute);

        if (!app->sweep_in_hand || !before || moment.ms >= app->sweep_began_ms)
                return;
        sweep_forget(app);
        app->speak_ms = 1; /* what is urgent was to be told by its end */
}

static bool same_slot(struct sweep_slot a, struct sweep_slot b)
{
        return a.day == b.day && a.minute == b.minute;
}

/* Another hour has come before the last one was done: cases that began to wait meanwhile lie anywhere. */
static void turn_to(struct app *app, struct moment moment, struct sweep_slot slot)
{
        if (!same_slot(app->sweep_slot, slot))
                sweep_forget(app);
        if (!app->sweep_in_hand)
                app->sweep_began_ms = moment.ms;
        app->sweep_in_hand = true;
        app->sweep_slot = slot;
}

/* ---- steps ---- */

static enum status tell_urgent(struct app *app, struct moment moment, struct app_sweep_result *result)
{
        uint64_t messages = 0;
        enum status status = deliver(app, &(struct delivery){.moment = moment, .pending = STORE_AT_ONCE}, &messages);

        result->messages += messages;
        return status;
}

/* The last step: urgent messages, then the morning's, then the ledger. */
static enum status finish(struct app *app, struct moment moment, struct app_sweep_result *result)
{
        uint64_t digests = 0;
        struct delivery morning = {
                .moment = moment, .pending = STORE_WAITS, .heartbeat = tells_what_stands(app, moment)};
        enum status status = watch_calendar(app, moment);

        if (status == STATUS_OK)
                status = gaps_raise(app, moment);
        if (status == STATUS_OK)
                status = tell_urgent(app, moment, result);
        if (status == STATUS_OK)
                status = deliver(app, &morning, &digests);
        result->messages += digests;
        return status;
}

static enum status note_swept(struct app *app, struct moment moment, const struct app_sweep_result *result)
{
        return store_sweep_add(app->store, &(struct store_sweep){.day = app->sweep_slot.day,
                                                                 .minute = app->sweep_slot.minute,
                                                                 .at_ms = moment.ms,
                                                                 .raised = app->sweep_raised + result->raised,
                                                                 .messages = app->sweep_messages + result->messages,
                                                                 .quiet = quiet_at(app, moment)});
}

/* A step, and what comes of it. */
struct step {
        uint64_t after; /* the last case that was looked at */
        bool gathers;   /* everything was raised, and what stands is to be gathered before the last step */
        struct app_sweep_result result;
};

static enum status look_ahead(struct app *app, struct moment moment, struct step *step)
{
        enum status status = tells_what_stands(app, moment) ? heartbeat_needs_steps(app, &step->gathers) : STATUS_OK;

        step->result.more = step->gathers;
        return status == STATUS_OK && step->gathers ? tell_urgent(app, moment, &step->result) : status;
}

static enum status raise_next(struct app *app, struct moment moment, struct step *step)
{
        struct store_raising raising = {.after = step->after};
        enum status status;

        app->raise_until = app->sweep_slot.day;
        status = raise_step(app, moment, &raising, &step->result.more);
        app->raise_until = CIVIL_MAX;
        step->after = raising.last;
        return status == STATUS_OK && !step->result.more ? look_ahead(app, moment, step) : status;
}

/* One step in the transaction in hand. */
static enum status sweep_step(struct app *app, struct moment moment, struct step *step)
{
        struct app_sweep_result *result = &step->result;
        uint64_t before = 0, last = 0;
        enum status status = store_alert_last(app->store, &before);

        if (status == STATUS_OK && !app->sweep_gathers)
                status = raise_next(app, moment, step);
        if (status == STATUS_OK && !result->more)
                status = finish(app, moment, result);
        if (status == STATUS_OK)
                status = store_alert_last(app->store, &last);
        result->raised = last - before;
        return status == STATUS_OK && !result->more ? note_swept(app, moment, result) : status;
}

/* What is remembered of a sweep in steps moves only with what is committed. */
static void step_done(struct app *app, struct moment moment, const struct step *step)
{
        if (step->result.more) {
                app->sweep_after = step->gathers ? 0 : step->after;
                app->sweep_gathers = step->gathers;
                app->sweep_raised += step->result.raised;
                app->sweep_messages += step->result.messages;
                return;
        }
        app->told_until = app->sweep_slot.day;
        if (!quiet_at(app, moment))
                app->spoken_until = app->sweep_slot.day;
        sweep_forget(app);
}

static enum status take_step(struct app *app, struct moment moment, struct app_sweep_result *ret_result)
{
        struct step step = {.after = app->sweep_after, .result = {.ran = true}};
        enum status status = app_begin(app);

        if (status == STATUS_OK)
                status = sweep_step(app, moment, &step);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status != STATUS_OK)
                return status;
        step_done(app, moment, &step);
        *ret_result = step.result;
        app_tell(app);
        return STATUS_OK;
}

/* Whether what stands is to be gathered and nothing is to be written before: a commit of nothing would say that the
 * disk has room. */
static enum status begin_gathering(struct app *app, struct moment moment)
{
        struct store_raising raising = {.after = 0};
        struct store_route route = {.kind = -1};
        bool urgent = false, needed = false;
        enum status status = STATUS_OK;

        if (app->sweep_after != 0 || app->sweep_gathers || !tells_what_stands(app, moment))
                return STATUS_OK;
        status = heartbeat_needs_steps(app, &needed);
        if (status == STATUS_OK && needed)
                status = store_raising(app->store, &raising, 1);
        if (status == STATUS_OK && needed)
                status = store_route_next(app->store, STORE_AT_ONCE, &route, &urgent);
        app->sweep_gathers = status == STATUS_OK && needed && raising.count == 0 && !urgent;
        return status;
}

/* What stands is gathered in steps of their own. The last of them goes on to the letters, before anything else moves;
 * where nobody is to be told what stands any more there is none. */
static enum status gather(struct app *app, struct moment moment, bool *ret_more)
{
        enum status status = begin_gathering(app, moment);

        *ret_more = false;
        if (status != STATUS_OK || !app->sweep_gathers)
                return status;
        if (tells_what_stands(app, moment))
                return heartbeat_step(app, moment, ret_more);
        heartbeat_drop(app);
        return STATUS_OK;
}

enum status app_sweep(struct app *app, struct moment moment, struct sweep_slot slot,
                      struct app_sweep_result *ret_result)
{
        struct store_sweep last = {.day = CIVIL_NONE};
        enum status status = store_sweep_last(app->store, &last);

        *ret_result = (struct app_sweep_result){.ran = false};
        if (status != STATUS_OK)
                return status;
        if (last.day != CIVIL_NONE && (slot.day < last.day || (slot.day == last.day && slot.minute <= last.minute)))
                return STATUS_OK;
        /* What was recorded before a sweep counts in it; between its steps turns record, as long as they may. */
        if (!app->sweep_in_hand || !same_slot(app->sweep_slot, slot))
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
        turn_to(app, moment, slot);
        status = gather(app, moment, &ret_result->more);
        if (status != STATUS_OK || ret_result->more) {
                ret_result->ran = status == STATUS_OK;
                return status;
        }
        return take_step(app, moment, ret_result);
}
