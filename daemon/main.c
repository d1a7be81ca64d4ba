/*
 * mappad - wiring: what is started in which order, and stopped in the mirror image of it.
 *
 *   options, log, settings, time zone, clock      nothing is opened yet
 *   rules, contacts                               checked as a whole; --check ends here
 *   loop, record, mail                            the past is caught up
 *   socket, api                                   clients are served
 *   READY, turns                                  until SIGTERM or SIGINT
 *
 * Signals are heard in turns alone (signals.h).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "mappad/app_turn.h"
#include "mappad/log.h"
#include "mappad/reserve.h"
#include "mappad/signals.h"
#include "mappad/systemd.h"

enum { EXIT_WELL = 0, EXIT_WRONG = 1, EXIT_USAGE = 2 };

/* Between two words to the service manager that long work goes on. */
#define WORKING_US 1000000
#define MAIL_LINE_SIZE 600 /* a sentence, a mailbox and what the relay answered */
/* Turns at the end in which answers still leave; none of them waits. */
#define LAST_TURNS 64

static struct moment now_of(void *context)
{
        const struct daemon *daemon = context;

        return wallclock_now(daemon->clock);
}

/* Of a sweep that was done; most often the latest. */
static int64_t slot_ms(struct daemon *daemon, struct sweep_slot slot)
{
        daemon_find_slots(daemon, wallclock_now(daemon->clock));
        if (slot.day == CIVIL_NONE)
                return INT64_MIN;
        if (slot.day == daemon->latest.day && slot.minute == (int32_t)daemon->latest.minutes)
                return daemon->latest.ms;
        return wallclock_instant(slot.day, (uint16_t)slot.minute);
}

/* The earliest sweep that has not been done to its end: its hour may have struck while it is at work, or in trouble; or
 * it was done before the clock was set back. */
static int64_t next_sweep_ms(const struct daemon *daemon, struct sweep_slot last, int64_t last_ms)
{
        if (last.day < daemon->latest.day ||
            (last.day == daemon->latest.day && last.minute < (int32_t)daemon->latest.minutes))
                return daemon->latest.ms;
        return last_ms < daemon->next.ms ? daemon->next.ms : wallclock_next(&daemon->sweeps, last_ms).ms;
}

static void facts_of(void *context, struct api_facts *ret_facts)
{
        struct daemon *daemon = context;
        struct sweep_slot last = app_last_sweep(daemon->app);
        int64_t last_ms = slot_ms(daemon, last);

        *ret_facts = (struct api_facts){
                .version = MAPPAD_VERSION,
                .time_zone = daemon->settings->time_zone,
                .started_ms = daemon->started_ms,
                .loaded_ms = daemon->loaded_ms,
                .last_sweep_ms = last_ms,
                .sweep_us = daemon->sweep_us,
                .next_sweep_ms = next_sweep_ms(daemon, last, last_ms),
                .trouble = daemon->trouble == STATUS_OK ? NULL : status_phrase(daemon->trouble),
                .reload_failure = daemon->reload_failure[0] == '\0' ? NULL : daemon->reload_failure,
                .awaiting = daemon->awaiting[0] == '\0' ? NULL : daemon->awaiting,
                .turns = daemon->turns,
        };
        memcpy(ret_facts->mail_attempts, daemon->mail_attempts, sizeof ret_facts->mail_attempts);
}

static enum status identify(void *context, int fd, struct peer *ret_peer)
{
        const struct daemon *daemon = context;

        return access_identify(fd, &daemon->policy, ret_peer);
}

static void stop_signalled(void *context)
{
        struct daemon *daemon = context;

        daemon->stop = true;
        loop_stop(daemon->loop);
}

static void clock_moved(void *context)
{
        struct daemon *daemon = context;
        bool changed = false;
        enum status status = wallclock_read(daemon->clock, &changed);

        if (status != STATUS_OK)
                log_line(LOG_LEVEL_ERROR, "the time could not be read: %s", status_phrase(status));
        else if (changed)
                log_line(LOG_LEVEL_NOTICE, "the clock was set");
}

static void watchdog_beat(void *context)
{
        struct daemon *daemon = context;

        daemon->beat = true;
}

/* Steps can be of some milliseconds: the service manager is told at some of them. */
static void long_work(void *context, uint64_t done, uint64_t all)
{
        struct daemon *daemon = context;
        int64_t now_us = wallclock_stopwatch_us();

        (void)done;
        (void)all;
        if (now_us - daemon->working_us < WORKING_US)
                return;
        daemon->working_us = now_us;
        systemd_working();
}

static void mail_attempted(void *context, const struct mail_attempt *attempt)
{
        struct daemon *daemon = context;
        static const char *const sentences[] = {
                [VERDICT_SENT] = "a message was delivered to the relay",
                [VERDICT_RETRY] = "a message was not taken and will be tried again",
                [VERDICT_AMBIGUOUS] = "a message may or may not have been taken and will be tried again",
                [VERDICT_PERMANENT] = "a message will never be taken by the relay",
        };
        const char *answer = attempt->report->answer == NULL ? "" : attempt->report->answer;
        struct log_field fields[] = {
                {"RECIPIENT", attempt->recipient}, {"MESSAGE", attempt->message_id}, {"ANSWER", answer}};
        enum app_verdict verdict = attempt->report->verdict;
        char line[MAIL_LINE_SIZE];

        daemon->mail_attempts[verdict]++;
        snprintf(line, sizeof line, "%s, to %s%s%s", sentences[verdict], attempt->recipient,
                 answer[0] != '\0' ? ": " : "", answer);
        log_write(NULL, verdict == VERDICT_SENT ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, fields, 3, line);
}

/* ---- before anything is opened ---- */

static enum status start_clock(struct daemon *daemon, struct diagnostics *problems)
{
        const char *zone = daemon->settings->time_zone;

        if (wallclock_zone(zone) != STATUS_OK) {
                diagnostics_add(problems, DIAGNOSTIC_ERROR, daemon->options.config, daemon->settings->time_zone_line,
                                "this system has no time zone \"%s\"", zone);
                return STATUS_INVALID;
        }
        enum status status = wallclock_new(daemon->options.test_clock, &daemon->clock);
        if (status != STATUS_OK)
                diagnostics_add(problems, DIAGNOSTIC_ERROR,
                                daemon->options.test_clock == NULL ? "" : daemon->options.test_clock, 0,
                                "the clock cannot be used: %s", status_phrase(status));
        return status;
}

/* Reads and checks everything that files say. A zone that does not exist leaves the rules to be checked
 * as of no day at all, so the rest is still looked at under UTC. */
static enum status read_material(struct daemon *daemon, struct material *material, struct diagnostics *problems)
{
        enum status status = settings_load(daemon->options.config, problems, &material->settings);

        if (status != STATUS_OK)
                return status;
        daemon->settings = material->settings;
        enum status timed = start_clock(daemon, problems);
        int32_t today = daemon->clock == NULL ? 0 : wallclock_now(daemon->clock).today;
        status = material_load(material, today, problems);
        return status == STATUS_OK ? timed : status;
}

static int check(const struct material *material, struct diagnostics *problems, enum status status)
{
        diagnostics_sort(problems);
        diagnostics_print(problems, stderr);
        if (status == STATUS_NO_MEMORY)
                fputs("mappad: out of memory\n", stderr);
        if (status != STATUS_OK)
                return EXIT_WRONG;
        printf("configuration, %zu rule%s and contacts are in order%s\n", material->ruleset->rule_count,
               material->ruleset->rule_count == 1 ? "" : "s",
               material->contacts == NULL ? "; no mail is configured, nobody is written to" : "");
        return EXIT_WELL;
}

/* ---- start, in the order above ---- */

static enum status start_loop(struct daemon *daemon)
{
        uint64_t watchdog_ms = systemd_watchdog_ms();
        enum status status = loop_new(&daemon->loop);

        if (status == STATUS_OK)
                status = loop_on_signal(daemon->loop, SIGTERM, stop_signalled, daemon);
        if (status == STATUS_OK)
                status = loop_on_signal(daemon->loop, SIGINT, stop_signalled, daemon);
        if (status == STATUS_OK)
                status = loop_on_signal(daemon->loop, SIGHUP, daemon_reload_signalled, daemon);
        if (status == STATUS_OK)
                status = loop_on_readable(daemon->loop, wallclock_fd(daemon->clock), clock_moved, daemon);
        if (status == STATUS_OK && watchdog_ms > 1)
                status = loop_on_beat(daemon->loop, watchdog_ms / 2, watchdog_beat, daemon);
        if (status == STATUS_OK)
                status = loop_on_pause(daemon->loop, daemon_pause, daemon);
        if (status == STATUS_OK)
                loop_on_turn(daemon->loop, daemon_turn, daemon);
        else
                log_line(LOG_LEVEL_ERROR, "the event loop cannot be made: %s", status_phrase(status));
        return status;
}

/* systemd may name several directories, divided by colons; the first is ours. */
static const char *state_directory(const struct settings *settings, char *space, size_t size)
{
        const char *given = getenv("STATE_DIRECTORY");

        if (given == NULL || given[0] == '\0')
                return settings->state_directory;
        snprintf(space, size, "%.*s", (int)strcspn(given, ":"), given);
        return space;
}

/* A name without a folder lies in the state directory. */
static void name_watch_file(struct daemon *daemon, const char *state)
{
        const char *name = daemon->settings->watch_file;

        if (name[0] == '\0')
                return;
        if (name[0] == '/')
                snprintf(daemon->watch_file, sizeof daemon->watch_file, "%s", name);
        else if (snprintf(daemon->watch_file, sizeof daemon->watch_file, "%s/%s", state, name) >=
                 (int)sizeof daemon->watch_file)
                daemon->watch_file[0] = '\0';
}

static enum status start_app(struct daemon *daemon, struct material *material)
{
        static char directory[APP_PATH_MAX];
        const struct settings *settings = daemon->settings;
        struct moment now = wallclock_now(daemon->clock);
        char problem[APP_PROBLEM_SIZE] = "";
        const char *domain = settings->mail.enabled ? strchr(settings->mail.from, '@') : NULL;
        struct app_settings app = {
                .state_directory = state_directory(settings, directory, sizeof directory),
                .test_clock = daemon->options.test_clock != NULL,
                .sweep_count = settings->sweep_count,
                .mail_domain = domain == NULL ? NULL : domain + 1,
                .mail_from = settings->mail.enabled ? settings->mail.from : NULL,
                .quiet = {settings->mail.quiet_from, settings->mail.quiet_until, settings->mail.working_days},
                .marking = settings->mail.marking,
                .counts_only = settings->mail.counts_only,
                .acks = {(int32_t)settings->acknowledge.days, (int32_t)settings->acknowledge.days_max},
                .progress = long_work,
                .progress_context = daemon,
                .aside = true,
                .stopwatch_us = wallclock_stopwatch_us,
        };

        for (size_t i = 0; i < settings->sweep_count; i++)
                app.sweeps[i].minute = settings->sweep_minutes[i];
        daemon->sweeps = (struct wallclock_schedule){settings->sweep_minutes, settings->sweep_count};
        /* What changed while nobody ran is taken: a daemon of deadlines that does not start is worse. It is recorded
         * and, unless somebody accepted it beforehand, alerted. */
        struct app_rules rules = daemon_give_rules(material);
        rules.unseen = true;
        daemon_expect_rules(daemon, &daemon->policy, &rules);
        enum status status = app_open(&app, rules, now, &daemon->app, problem);
        if (status != STATUS_OK) {
                log_line(LOG_LEVEL_ERROR, "the record in %s cannot be used: %s", app.state_directory,
                         problem[0] == '\0' ? status_phrase(status) : problem);
                return status;
        }
        /* The app has them now. */
        daemon_gave_rules(material);
        daemon->started_ms = daemon->loaded_ms = now.ms;
        if (app_start_unnoted(daemon->app)) {
                log_line(LOG_LEVEL_ERROR,
                         "the disk is full: there is no room in %s to note the start; until there is, nothing is "
                         "recorded, raised or shown",
                         app.state_directory);
                daemon->trouble = STATUS_DISK_FULL;
        }
        daemon_tell_coming(daemon);
        daemon_catch_up(daemon);
        name_watch_file(daemon, app.state_directory);
        daemon_tell_watch_file(daemon);
        return STATUS_OK;
}

static enum status start_mail(struct daemon *daemon)
{
        char problem[MAIL_PROBLEM_SIZE] = "";
        struct mail_options options = material_mail(daemon->settings, app_contacts(daemon->app));

        if (!daemon->settings->mail.enabled) {
                log_line(LOG_LEVEL_NOTICE, "no mail is configured: alerts reach the socket alone");
                return STATUS_OK;
        }
        options.seed = (uint64_t)wallclock_now(daemon->clock).ms;
        options.tell = mail_attempted;
        options.tell_context = daemon;
        enum status status =
                mail_open(&options, loop_base(daemon->loop), mail_outbox_of(daemon->app), &daemon->mail, problem);
        if (status != STATUS_OK)
                log_line(LOG_LEVEL_ERROR, "mail: %s", problem[0] == '\0' ? status_phrase(status) : problem);
        return status;
}

static enum status open_listener(struct daemon *daemon)
{
        char problem[LISTENER_PROBLEM_SIZE] = "";
        enum status status = systemd_listener(&daemon->listener.fd);

        if (status != STATUS_OK)
                log_line(LOG_LEVEL_ERROR, "systemd passed something else than one listening UNIX socket");
        if (status != STATUS_OK || daemon->listener.fd >= 0)
                return status;
        status = listener_open(daemon->settings->socket, &daemon->listener, problem);
        if (status != STATUS_OK)
                log_line(LOG_LEVEL_ERROR, "%s", problem);
        return status;
}

/* Besides its clients: the record, mail (which opens 64 sockets at most), clocks, the log. */
#define DESCRIPTORS_BESIDES 128

static void allow_descriptors(uint32_t connections)
{
        unsigned long long wanted = (unsigned long long)connections + DESCRIPTORS_BESIDES;
        unsigned long long allowed = listener_descriptors(wanted);

        if (allowed < wanted)
                log_line(LOG_LEVEL_WARNING,
                         "\"connections\" is %u, which wants %llu descriptors, and this process may have %llu: "
                         "further clients will have to wait",
                         connections, wanted, allowed);
}

static enum status start_api(struct daemon *daemon)
{
        const struct settings_limits *limits = &daemon->settings->limits;
        struct http_limits http = {
                limits->connections, limits->per_user,  (size_t)limits->body_size_max, (size_t)limits->header_size_max,
                limits->idle_ms,     limits->request_ms};
        struct api_host host = {.now = now_of,
                                .facts = facts_of,
                                .reload = daemon_reload,
                                .read = daemon_read,
                                .identify = identify,
                                .context = daemon,
                                .memory = {reserve_scarce, reserve_refusals},
                                .log = log_write,
                                .stopwatch_us = wallclock_stopwatch_us,
                                .worked_us = wallclock_worked_us};

        allow_descriptors(limits->connections);
        enum status status = open_listener(daemon);
        if (status != STATUS_OK)
                return status;
        status = api_new(loop_base(daemon->loop), daemon->app, &host, &http, &daemon->api);
        if (status == STATUS_OK)
                status = http_listen(api_server(daemon->api), daemon->listener.fd);
        if (status == STATUS_OK)
                daemon->listener.fd = -1;
        else
                log_line(LOG_LEVEL_ERROR, "the socket cannot be served: %s", status_phrase(status));
        return status;
}

/* Whether there is a next step of the start: nothing went wrong, and nobody has asked for the end. */
static bool goes_on(struct daemon *daemon, enum status status)
{
        if (status != STATUS_OK)
                return false;
        if (!daemon->stop && signals_end_waits()) {
                log_line(LOG_LEVEL_NOTICE, "mappad is stopped before it was ready");
                daemon->stop = true;
        }
        return !daemon->stop;
}

static enum status start(struct daemon *daemon, struct material *material)
{
        enum status status = start_loop(daemon);

        if (goes_on(daemon, status))
                status = start_app(daemon, material);
        if (goes_on(daemon, status))
                status = start_mail(daemon);
        if (goes_on(daemon, status))
                status = start_api(daemon);
        return status;
}

/* ---- the end, in the mirror image ---- */

static void stop(struct daemon *daemon)
{
        signals_hold();
        systemd_stopping();
        if (daemon->api != NULL) {
                http_quiesce(api_server(daemon->api));
                /* One for what came in while the last one went on. */
                for (int i = 0; i < LAST_TURNS && (i == 0 || http_busy(api_server(daemon->api))); i++)
                        if (loop_turn(daemon->loop) != STATUS_OK)
                                break;
        }
        api_free(daemon->api);
        listener_close(&daemon->listener);
        struct moment now = {0};
        if (daemon->clock != NULL)
                now = wallclock_now(daemon->clock);
        mail_close(daemon->mail, now);
        app_close(daemon->app, now);
        loop_free(daemon->loop);
        wallclock_free(daemon->clock);
}

static int run(struct daemon *daemon, struct material *material)
{
        char line[DAEMON_STATUS_SIZE];

        signals_hold();
        enum status status = start(daemon, material);
        if (goes_on(daemon, status)) {
                daemon_tell_status(daemon, line);
                log_line(LOG_LEVEL_NOTICE, "mappad %s is ready: %s", MAPPAD_VERSION, line);
                systemd_ready(line);
                loop_again(daemon->loop);
                signals_release();
                status = loop_run(daemon->loop);
                log_line(LOG_LEVEL_NOTICE, "mappad stops");
        }
        stop(daemon);
        return status == STATUS_OK ? EXIT_WELL : EXIT_WRONG;
}

int main(int count, char **arguments)
{
        struct daemon daemon = {.listener.fd = -1, .sweep_us = -1};
        struct material material = {0};
        struct diagnostics problems;
        int result = EXIT_WRONG;

        if (!options_read(count, arguments, &daemon.options))
                return EXIT_USAGE;
        if (daemon.options.help || daemon.options.version) {
                if (daemon.options.help)
                        options_help();
                else
                        puts("mappad " MAPPAD_VERSION);
                return EXIT_WELL;
        }
        (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
        if (!daemon.options.check)
                signals_begin();
        log_open();
        diagnostics_init(&problems);
        enum status status = read_material(&daemon, &material, &problems);
        daemon.policy = material.policy;
        if (daemon.options.check) {
                result = check(&material, &problems, status);
                wallclock_free(daemon.clock);
        } else {
                daemon_log_problems(&problems);
                diagnostics_fini(&problems);
                if (status == STATUS_OK)
                        result = run(&daemon, &material);
                else
                        wallclock_free(daemon.clock);
        }
        diagnostics_fini(&problems);
        material_fini(&material);
        return result;
}
