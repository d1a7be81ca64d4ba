/*
 * turn - what happens when a turn of the loop ends.
 *
 * One order, every time: read the clock, commit what was collected and answer,
 * bring the day up to date, sweep if a sweep has come, go on with rules that come
 * into force in steps, arm the next wake. The
 * watchdog is fed here and nowhere else, and only if the record could be asked when
 * the next wake is. A day or a sweep that cannot be begun is no reason for an end,
 * which would mend nothing and take the answers away: it is tried again, is in the
 * log, the status, the numbers and the health, and its time does not count as watched.
 */
#include <stdio.h>

#include "daemon.h"
#include "mappad/app_access.h"
#include "mappad/app_query.h"
#include "mappad/app_turn.h"
#include "mappad/log.h"
#include "mappad/signals.h"
#include "mappad/systemd.h"
#include "mappad/watchfile.h"

/* How long to wait before trying again what the world refused (no space, say). */
#define RETRY_MS 30000
/* A gap that is told: as short a restart would not be. */
#define GAP_MS 60000
/* The file that says when the service last watched is written no oftener than this. */
#define NOTE_MS 15000

void daemon_find_slots(struct daemon *daemon, struct moment now)
{
        if (daemon->latest.ms <= now.ms && now.ms < daemon->next.ms)
                return;
        daemon->latest = wallclock_previous(&daemon->sweeps, now.ms);
        daemon->next = wallclock_next(&daemon->sweeps, now.ms);
}

void daemon_tell_watch_file(struct daemon *daemon)
{
        struct app_status status;

        if (daemon->watch_file[0] == '\0' ||
            app_status(daemon->app, wallclock_now(daemon->clock), &status) != STATUS_OK ||
            status.last_sweep.day == CIVIL_NONE)
                return;
        enum status written = watchfile_write(daemon->watch_file, status.last_sweep_ms);
        if (written == STATUS_INVALID && !daemon->watch_file_failed)
                log_line(LOG_LEVEL_WARNING,
                         "\"watch-file\" %s cannot be written: what is there, or in its \".new\", is not the time of a "
                         "sweep, and is left alone",
                         daemon->watch_file);
        else if (written != STATUS_OK && !daemon->watch_file_failed)
                log_line(LOG_LEVEL_WARNING, "\"watch-file\" %s cannot be written: %s", daemon->watch_file,
                         status_phrase(written));
        daemon->watch_file_failed = written != STATUS_OK;
}

static void sweep_done(struct daemon *daemon, struct sweep_slot slot)
{
        const struct app_sweep_result *result = &daemon->swept;

        daemon->sweep_us = daemon->sweeping_us;
        daemon->sweeping_us = 0;
        log_line(LOG_LEVEL_NOTICE, "the sweep of %02d:%02d raised %llu alert%s and wrote %llu message%s",
                 slot.minute / 60, slot.minute % 60, (unsigned long long)result->raised, result->raised == 1 ? "" : "s",
                 (unsigned long long)result->messages, result->messages == 1 ? "" : "s");
        daemon->swept = (struct app_sweep_result){.ran = false};
        daemon_tell_watch_file(daemon);
}

/* Sweeps if the latest slot was not swept before; one sweep makes up for any number of missed ones. */
static enum status sweep_if_due(struct daemon *daemon, struct moment now)
{
        struct sweep_slot slot = {.day = daemon->latest.day, .minute = daemon->latest.minutes};
        struct sweep_slot last = app_last_sweep(daemon->app);
        struct app_sweep_result result = {.ran = false};

        if (last.day > slot.day || (last.day == slot.day && last.minute >= slot.minute))
                return STATUS_OK;
        int64_t began_us = wallclock_stopwatch_us();
        enum status status = app_sweep(daemon->app, now, slot, &result);
        daemon->sweeping_us += wallclock_stopwatch_us() - began_us;
        if (status != STATUS_OK)
                return status;
        daemon->swept.raised += result.raised;
        daemon->swept.messages += result.messages;
        if (result.more)
                loop_again(daemon->loop);
        else if (result.ran)
                sweep_done(daemon, slot);
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
        /* What is said cannot be noted while there is trouble: it is tried with the rest. */
        if (daemon->trouble == STATUS_OK && wake.speak_ms < *ret_ms)
                *ret_ms = wake.speak_ms;
        return STATUS_OK;
}

/* Trouble is said when it begins, when it changes and when it ends. */
static void tell_trouble(struct daemon *daemon, enum status status)
{
        char line[DAEMON_STATUS_SIZE];

        if (status == daemon->trouble)
                return;
        if (status == STATUS_OK)
                log_line(LOG_LEVEL_NOTICE, "what was refused before works again");
        else
                log_line(LOG_LEVEL_ERROR,
                         "the day, the sweep or the outbox could not be dealt with: %s; this is tried again",
                         status_phrase(status));
        daemon->trouble = status;
        daemon_tell_status(daemon, line);
        systemd_status(line);
}

/* Time that went by between two turns and that no clock of this process saw: the machine slept, or its clock was set. A
 * test clock moves in leaps by its nature. */
static enum status note_gap(struct daemon *daemon, struct moment now)
{
        int64_t now_us = wallclock_stopwatch_us();
        int64_t gap_ms = now.ms - daemon->turn_ms - (now_us - daemon->turn_us) / 1000;
        enum status status = STATUS_OK;

        if (daemon->turn_us != 0 && daemon->options.test_clock == NULL && gap_ms >= GAP_MS) {
                log_line(LOG_LEVEL_WARNING, "the time went on by %lld s while this process stood still",
                         (long long)(gap_ms / 1000));
                status = app_unwatched(daemon->app, now.ms - gap_ms, now);
        }
        if (status != STATUS_OK)
                return status;
        daemon->turn_ms = now.ms;
        daemon->turn_us = now_us;
        return STATUS_OK;
}

static enum status look_for_due(struct daemon *daemon, struct moment now)
{
        bool more = false;
        enum status status = note_gap(daemon, now);

        if (status == STATUS_OK)
                status = app_advance(daemon->app, now, &more);
        if (status != STATUS_OK)
                return status;
        if (more) {
                loop_again(daemon->loop);
                return STATUS_OK;
        }
        status = sweep_if_due(daemon, now);
        if (status == STATUS_OK)
                status = app_turn_over(daemon->app, now, &more);
        if (status == STATUS_OK && more)
                loop_again(daemon->loop);
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

/* After so long without a transaction memory is given back: a pause between two questions of a person is no rest. */
#define PAUSE_MS 3000
#define PAUSE_MORE_MS 20 /* between two pieces of what is given back */

static void note_stirred(struct daemon *daemon)
{
        if (!app_stirred(daemon->app))
                return;
        daemon->stirred = true;
        loop_pause_in(daemon->loop, PAUSE_MS);
}

/* Whatever happened since the pause was asked for puts it off. */
void daemon_pause(void *context)
{
        struct daemon *daemon = context;

        if (daemon->stirred)
                loop_pause_in(daemon->loop, PAUSE_MS);
        else if (app_rest(daemon->app))
                loop_pause_in(daemon->loop, PAUSE_MORE_MS);
        daemon->stirred = false;
}

/* The time since the last turn ended is this turn's: waiting uses no processor. */
static void note_worked(struct daemon *daemon)
{
        int64_t worked_us = wallclock_worked_us();

        if (daemon->worked_us != 0)
                http_times_add(&daemon->turns, worked_us - daemon->worked_us);
        daemon->worked_us = worked_us;
        if (daemon->api == NULL)
                return;
        api_turn(daemon->api);
        http_turn(api_server(daemon->api));
}

void daemon_turn(void *context)
{
        struct daemon *daemon = context;
        struct moment now = wallclock_now(daemon->clock);
        int64_t wake_ms = WALLCLOCK_NEVER;

        if (daemon->mail != NULL)
                mail_kick(daemon->mail, now);
        /* Of the last turns there may be too few for what waits. */
        if (daemon->stop)
                app_flush(daemon->app, now);
        else
                app_turn(daemon->app, now);
        /* Batches that are left for the next turn, and what answers set off, such as the line that a long list has
         * ended. */
        if (app_waiting(daemon->app))
                loop_again(daemon->loop);
        enum status synced = app_sync(daemon->app, now);
        /* Also when there was no room: what people wait for leaves, and is perhaps sent twice. */
        if (daemon->mail != NULL)
                mail_go(daemon->mail);
        if (daemon->beat)
                app_look_again(daemon->app);
        daemon_find_slots(daemon, now);
        enum status looked = look_for_due(daemon, now);
        enum status status = looked == STATUS_OK ? synced : looked;
        enum status asked = next_wake(daemon, now, &wake_ms);
        tell_trouble(daemon, status != STATUS_OK ? status : asked);
        arm(daemon, now, asked == STATUS_OK ? wake_ms : now.ms + RETRY_MS);
        if (asked == STATUS_OK && looked == STATUS_OK)
                note_watching(daemon, now);
        if (asked == STATUS_OK) {
                if (daemon->beat)
                        systemd_alive();
                daemon->beat = false;
        }
        note_stirred(daemon);
        note_worked(daemon);
        wallclock_turn(daemon->clock);
}

void daemon_catch_up(struct daemon *daemon)
{
        struct moment now = wallclock_now(daemon->clock);
        bool more = true;

        while (more && !signals_end_waits() && app_advance(daemon->app, now, &more) == STATUS_OK)
                systemd_working();
}

void daemon_tell_status(struct daemon *daemon, char ret_line[static DAEMON_STATUS_SIZE])
{
        struct app_status status;

        if (app_status(daemon->app, wallclock_now(daemon->clock), &status) != STATUS_OK) {
                snprintf(ret_line, DAEMON_STATUS_SIZE, "the record cannot be asked");
                return;
        }
        snprintf(ret_line, DAEMON_STATUS_SIZE, "%llu case%s, %llu overdue, rules %.12s%s%s",
                 (unsigned long long)status.cases, status.cases == 1 ? "" : "s",
                 (unsigned long long)status.open[OBLIGATION_OVERDUE], app_ruleset(daemon->app)->digest,
                 daemon->trouble != STATUS_OK        ? "; the day, the sweep or the outbox cannot be dealt with: "
                 : daemon->reload_failure[0] != '\0' ? "; the last reload was refused"
                                                     : "",
                 daemon->trouble != STATUS_OK ? status_phrase(daemon->trouble) : "");
}
