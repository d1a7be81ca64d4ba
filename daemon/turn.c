/*
 * turn - what happens when a turn of the loop ends.
 *
 * One order, every time: read the clock, commit what was collected and answer,
 * bring the day up to date, sweep if a sweep has come, arm the next wake. The
 * watchdog is fed here and nowhere else, and only when all of that was done.
 */
#include <stdio.h>

#include "daemon.h"
#include "mappad/app_access.h"
#include "mappad/app_query.h"
#include "mappad/log.h"
#include "mappad/systemd.h"

/* How long to wait before trying again what the world refused (no space, say). */
#define RETRY_MS 30000
/* The file that says when the service last watched is written no oftener than this. */
#define NOTE_MS 15000

/* Finding slots searches the time zone database, which costs more than a whole answer: they are kept until
 * the next has come or the clock was set back before the latest. */
static void find_slots(struct daemon *daemon, struct moment now)
{
        if (daemon->latest.ms <= now.ms && now.ms < daemon->next.ms)
                return;
        daemon->latest = wallclock_previous(&daemon->sweeps, now.ms);
        daemon->next = wallclock_next(&daemon->sweeps, now.ms);
}

/* Sweeps if the latest slot was not swept before; one sweep makes up for any number of missed ones. */
static enum status sweep_if_due(struct daemon *daemon, struct moment now)
{
        struct sweep_slot slot = {.day = daemon->latest.day, .minute = daemon->latest.minutes};
        struct sweep_slot last = app_last_sweep(daemon->app);
        struct app_sweep_result result = {.ran = false};

        if (last.day > slot.day || (last.day == slot.day && last.minute >= slot.minute))
                return STATUS_OK;
        enum status status = app_sweep(daemon->app, now, slot, &result);
        if (status != STATUS_OK)
                return status;
        if (result.more)
                loop_again(daemon->loop);
        else if (result.ran)
                log_line(LOG_LEVEL_NOTICE, "the sweep of %02d:%02d raised %llu alerts and wrote %llu messages",
                         slot.minute / 60, slot.minute % 60, (unsigned long long)result.raised,
                         (unsigned long long)result.messages);
        return STATUS_OK;
}

/* The next instant at which there is something to do though nobody calls. */
static enum status next_wake(struct daemon *daemon, struct moment now, int64_t *ret_ms)
{
        struct app_wake wake = {.outbox_ms = INT64_MAX};
        int64_t sweep_ms = daemon->next.ms;
        uint16_t quiet_until = daemon->settings->mail.quiet_until;
        enum status status = app_next_wake(daemon->app, &wake);

        if (status != STATUS_OK)
                return status;
        int64_t mail_ms = daemon->mail == NULL ? WALLCLOCK_NEVER : mail_next_wake(daemon->mail, now, wake.outbox_ms);
        *ret_ms = mail_ms < sweep_ms ? mail_ms : sweep_ms;
        if (wake.withheld) {
                const struct wallclock_schedule end = {&quiet_until, 1};
                int64_t end_ms = wallclock_next(&end, now.ms).ms;
                *ret_ms = end_ms < *ret_ms ? end_ms : *ret_ms;
        }
        if (wake.sync_ms < *ret_ms)
                *ret_ms = wake.sync_ms;
        return STATUS_OK;
}

/* Trouble is said when it begins, when it changes and when it ends. */
static void tell_trouble(struct daemon *daemon, enum status status)
{
        if (status == daemon->trouble)
                return;
        if (status == STATUS_OK)
                log_line(LOG_LEVEL_NOTICE, "what was refused before works again");
        else
                log_line(LOG_LEVEL_ERROR,
                         "the day, the sweep or the outbox could not be dealt with: %s; this is tried again",
                         status_phrase(status));
        daemon->trouble = status;
}

static enum status look_for_due(struct daemon *daemon, struct moment now)
{
        bool more = false;
        enum status status = app_advance(daemon->app, now, &more);

        if (status != STATUS_OK)
                return status;
        if (more) {
                loop_again(daemon->loop);
                return STATUS_OK;
        }
        status = sweep_if_due(daemon, now);
        return status == STATUS_OK ? app_speak(daemon->app, now) : status;
}

static void arm(struct daemon *daemon, struct moment now, int64_t wake_ms)
{
        if (daemon->trouble != STATUS_OK && wake_ms > now.ms + RETRY_MS)
                wake_ms = now.ms + RETRY_MS;
        /* A message that is due now goes in another turn; under a test clock nothing else would start it. */
        if (wake_ms <= now.ms)
                loop_again(daemon->loop);
        else if (wallclock_arm(daemon->clock, wake_ms) != STATUS_OK)
                log_line(LOG_LEVEL_ERROR, "the timer for the next wake could not be set");
}

static void note_watching(struct daemon *daemon, struct moment now)
{
        if (!daemon->beat && now.ms >= daemon->noted_ms && now.ms - daemon->noted_ms < NOTE_MS)
                return;
        app_watching(daemon->app, now);
        daemon->noted_ms = now.ms;
}

void daemon_turn(void *context)
{
        struct daemon *daemon = context;
        struct moment now = wallclock_now(daemon->clock);
        int64_t wake_ms = WALLCLOCK_NEVER;

        if (daemon->mail != NULL)
                mail_kick(daemon->mail, now);
        app_flush(daemon->app, now);
        /* What answers set off, such as the line that a long list has ended. */
        if (app_waiting(daemon->app))
                loop_again(daemon->loop);
        enum status synced = app_sync(daemon->app, now);
        find_slots(daemon, now);
        enum status status = look_for_due(daemon, now);
        status = status == STATUS_OK ? synced : status;
        enum status asked = next_wake(daemon, now, &wake_ms);
        tell_trouble(daemon, status != STATUS_OK ? status : asked);
        arm(daemon, now, asked == STATUS_OK ? wake_ms : now.ms + RETRY_MS);
        if (asked == STATUS_OK) {
                note_watching(daemon, now);
                if (daemon->beat)
                        systemd_alive();
                daemon->beat = false;
        }
        wallclock_turn(daemon->clock);
}

void daemon_catch_up(struct daemon *daemon)
{
        struct moment now = wallclock_now(daemon->clock);
        bool more = true;

        while (more && app_advance(daemon->app, now, &more) == STATUS_OK)
                systemd_working();
}

void daemon_tell_status(struct daemon *daemon, char *ret_line, size_t size)
{
        struct app_status status;

        if (app_status(daemon->app, wallclock_now(daemon->clock), &status) != STATUS_OK) {
                snprintf(ret_line, size, "the record cannot be asked");
                return;
        }
        snprintf(ret_line, size, "%llu cases, %llu overdue, rules %.12s%s", (unsigned long long)status.cases,
                 (unsigned long long)status.open[OBLIGATION_OVERDUE], app_ruleset(daemon->app)->digest,
                 daemon->reload_failure[0] == '\0' ? "" : "; the last reload was refused");
}
