/*
 * reload - other rules in the place of those in force, or nothing at all.
 *
 * Everything is read and checked before anything changes. What a running
 * daemon cannot change is said as a warning and waits for the next start.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "mappad/log.h"
#include "mappad/systemd.h"

void daemon_log_problems(const struct diagnostics *problems)
{
        for (size_t i = 0; i < problems->count; i++) {
                const struct diagnostic *problem = &problems->entries[i];
                bool error = problem->severity == DIAGNOSTIC_ERROR;
                enum log_level level = error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;

                if (problem->line > 0)
                        log_line(level, "%s:%d: %s", problem->file, problem->line, problem->sentence);
                else
                        log_line(level, "%s%s%s", problem->file, problem->file[0] == '\0' ? "" : ": ",
                                 problem->sentence);
        }
        if (problems->error_count + problems->warning_count > problems->count)
                log_line(LOG_LEVEL_WARNING, "%zu further problems are not shown",
                         problems->error_count + problems->warning_count - problems->count);
}

static void release_rules(struct app_rules rules)
{
        /* They were ours before they were the app's. */
        ruleset_free((struct ruleset *)(uintptr_t)rules.ruleset);
        contacts_free((struct contacts *)(uintptr_t)rules.contacts);
}

struct app_rules daemon_give_rules(struct material *material)
{
        struct app_rules rules = {
                .ruleset = material->ruleset, .contacts = material->contacts, .release = release_rules};

        return rules;
}

static void warn_restart(const struct daemon *daemon, const struct settings *after, struct diagnostics *problems)
{
        const char *name = settings_needs_restart(daemon->settings, after);

        if (name != NULL)
                diagnostics_add(problems, DIAGNOSTIC_WARNING, daemon->options.config, 0,
                                "\"%s\" has changed; that takes effect at the next start", name);
}

/* Mail goes on as it began: contacts are held against the running mail room's list of domains. */
static enum status read_anew(const struct daemon *daemon, struct material *material, int32_t today,
                             struct diagnostics *problems)
{
        enum status status = settings_load(daemon->options.config, problems, &material->settings);

        if (status != STATUS_OK)
                return status;
        warn_restart(daemon, material->settings, problems);
        material->settings->mail = daemon->settings->mail;
        return material_load(material, today, problems);
}

static struct http_limits limits_of(const struct settings *settings)
{
        return (struct http_limits){
                .connections = settings->limits.connections,
                .per_user = settings->limits.per_user,
                .body_size_max = (size_t)settings->limits.body_size_max,
                .header_size_max = (size_t)settings->limits.header_size_max,
                .idle_ms = settings->limits.idle_ms,
                .request_ms = settings->limits.request_ms,
        };
}

static void remember_failure(struct daemon *daemon, const struct diagnostics *problems, const char *otherwise)
{
        for (size_t i = 0; i < problems->count; i++) {
                const struct diagnostic *problem = &problems->entries[i];

                if (problem->severity != DIAGNOSTIC_ERROR)
                        continue;
                snprintf(daemon->reload_failure, sizeof daemon->reload_failure, "%s:%d: %s", problem->file,
                         problem->line, problem->sentence);
                return;
        }
        snprintf(daemon->reload_failure, sizeof daemon->reload_failure, "%s", otherwise);
}

static enum status put_in_force(struct daemon *daemon, struct material *material, struct diagnostics *problems)
{
        struct moment now = wallclock_now(daemon->clock);
        struct http_limits limits = limits_of(material->settings);
        char problem[APP_PROBLEM_SIZE] = "";
        enum status status = app_reload(daemon->app, now, daemon_give_rules(material), problem);

        if (status != STATUS_OK) {
                diagnostics_add(problems, DIAGNOSTIC_ERROR, "", 0, "%s",
                                problem[0] != '\0' ? problem : status_phrase(status));
                return status;
        }
        /* The app has them now. */
        material->ruleset = NULL;
        material->contacts = NULL;
        daemon->policy = material->policy;
        http_limit(api_server(daemon->api), &limits);
        http_identify(api_server(daemon->api));
        daemon->loaded_ms = now.ms;
        return STATUS_OK;
}

enum status daemon_reload(void *context, struct diagnostics *problems)
{
        struct daemon *daemon = context;
        struct material material = {0};
        enum status status = read_anew(daemon, &material, wallclock_now(daemon->clock).today, problems);

        if (status == STATUS_OK)
                status = put_in_force(daemon, &material, problems);
        material_fini(&material);
        daemon_log_problems(problems);
        if (status == STATUS_OK) {
                daemon->reload_failure[0] = '\0';
                log_line(LOG_LEVEL_NOTICE, "rules %.12s are in force", app_ruleset(daemon->app)->digest);
        } else {
                remember_failure(daemon, problems, status_phrase(status));
                log_line(LOG_LEVEL_ERROR, "the reload was refused (%s); the old rules stay in force",
                         status_phrase(status));
        }
        return status;
}

void daemon_reload_signalled(void *context)
{
        struct daemon *daemon = context;
        struct diagnostics problems;
        char line[128];

        diagnostics_init(&problems);
        systemd_reloading();
        /* The outcome is in the log and in the status; a signal has nobody to answer to. */
        enum status status = daemon_reload(daemon, &problems);
        (void)status;
        daemon_tell_status(daemon, line, sizeof line);
        systemd_ready(line);
        diagnostics_fini(&problems);
}
