/*
 * reload - other rules in the place of those in force, or nothing at all.
 *
 * Everything is read and checked before anything changes. Rules, calendar and
 * contacts that read otherwise come into force only once somebody has seen what
 * that does. What a running daemon cannot change is said as a warning and waits
 * for the next start.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "mappad/app_change.h"
#include "mappad/log.h"
#include "mappad/systemd.h"

void daemon_log_problems(const struct diagnostics *problems)
{
        for (size_t i = 0; i < problems->count; i++) {
                const struct diagnostic *problem = &problems->entries[i];
                bool error = problem->severity == DIAGNOSTIC_ERROR;
                enum log_level level = error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;

                const char *severity = error ? "error" : "warning";

                if (problem->line > 0)
                        log_line(level, "%s:%d: %s: %s", problem->file, problem->line, severity, problem->sentence);
                else
                        log_line(level, "%s%s%s: %s", problem->file, problem->file[0] == '\0' ? "" : ": ", severity,
                                 problem->sentence);
        }
        size_t all = problems->error_count + problems->warning_count;
        if (all > problems->count)
                log_line(LOG_LEVEL_WARNING, "%zu further problem%s not shown", all - problems->count,
                         all - problems->count == 1 ? " is" : "s are");
}

static void release_rules(struct app_rules rules)
{
        /* They were ours before they were the app's. */
        ruleset_free((struct ruleset *)(uintptr_t)rules.ruleset);
        contacts_free((struct contacts *)(uintptr_t)rules.contacts);
        scopes_free((struct scopes *)(uintptr_t)rules.scopes);
}

struct app_rules daemon_give_rules(struct material *material)
{
        struct app_rules rules = {.ruleset = material->ruleset,
                                  .contacts = material->contacts,
                                  .scopes = material->scopes,
                                  .release = release_rules};

        return rules;
}

void daemon_gave_rules(struct material *material)
{
        material->ruleset = NULL;
        material->contacts = NULL;
        material->scopes = NULL;
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

static void take_policy(struct daemon *daemon)
{
        daemon->policy = daemon->coming.policy;
        http_identify(api_server(daemon->api));
}

/* Bits of cases are those of the new scopes from now on: what is told of them goes by the new policy. */
static void come_into_force(void *context)
{
        struct daemon *daemon = context;

        take_policy(daemon);
        daemon->loaded_ms = wallclock_now(daemon->clock).ms;
        log_line(LOG_LEVEL_NOTICE, "rules %.12s are in force", daemon->coming.digest);
}

void daemon_expect_rules(struct daemon *daemon, const struct access_policy *policy, struct app_rules *rules)
{
        rules->in_force = come_into_force;
        rules->context = daemon;
        daemon->coming.policy = *policy;
        snprintf(daemon->coming.digest, sizeof daemon->coming.digest, "%s", rules->ruleset->digest);
}

void daemon_tell_coming(struct daemon *daemon)
{
        if (app_coming(daemon->app) == NULL)
                return;
        log_line(LOG_LEVEL_NOTICE, "rules %.12s are being derived; until that is done %.12s stay in force",
                 daemon->coming.digest, app_ruleset(daemon->app)->digest);
        loop_again(daemon->loop);
}

static enum status put_in_force(struct daemon *daemon, struct material *material, struct app_rules rules,
                                struct diagnostics *problems)
{
        struct moment now = wallclock_now(daemon->clock);
        struct http_limits limits = limits_of(material->settings);
        struct coming under_way = daemon->coming;
        char problem[APP_PROBLEM_SIZE] = "";

        daemon_expect_rules(daemon, &material->policy, &rules);
        enum status status = app_reload(daemon->app, now, rules, problem);
        if (status != STATUS_OK) {
                daemon->coming = under_way; /* what an earlier reload brought may still come */
                diagnostics_add(problems, DIAGNOSTIC_ERROR, "", 0, "%s",
                                problem[0] != '\0' ? problem : status_phrase(status));
                return status;
        }
        /* The app has them now. */
        daemon_gave_rules(material);
        /* Rules may come later, but only under the scopes of before: who may do what never waits for them. */
        take_policy(daemon);
        app_ack_limits(daemon->app, (struct app_ack_limits){(int32_t)material->settings->acknowledge.days,
                                                            (int32_t)material->settings->acknowledge.days_max});
        http_limit(api_server(daemon->api), &limits);
        return STATUS_OK;
}

/* Whether what was read may come into force: it is in force already, the caller has seen what it does, or somebody
 * has before. A caller who names a digest means that and nothing else. */
static enum status may_come(struct daemon *daemon, const struct material *material, struct api_reload *reload)
{
        bool accepted = false;
        enum status status = rulefile_seal(material->ruleset, material->contacts, reload->seal);

        if (status != STATUS_OK)
                return status;
        if (reload->accept != NULL)
                accepted = strcmp(reload->accept, reload->seal) == 0;
        else if (strcmp(reload->seal, app_seal(daemon->app)) == 0)
                accepted = true;
        else
                status = app_accepted(daemon->app, reload->seal, &accepted);
        reload->waits = !accepted;
        return status;
}

/* Keeps what is in force; the caller gets what was read, to see what it would do. */
static void wait_for_acceptance(struct daemon *daemon, struct material *material, struct api_reload *reload)
{
        bool differs = strcmp(reload->seal, app_seal(daemon->app)) != 0;

        reload->rules = daemon_give_rules(material);
        daemon_gave_rules(material);
        snprintf(daemon->awaiting, sizeof daemon->awaiting, "%s", differs ? reload->seal : "");
        log_line(LOG_LEVEL_NOTICE,
                 "a reload waits: rules, calendar or contacts read otherwise (digest %s); `mappactl rules diff` shows "
                 "what that does, `mappactl reload --accept %s` puts it in force",
                 reload->seal, reload->seal);
}

static void went_well(struct daemon *daemon)
{
        daemon->reload_failure[0] = '\0';
        daemon->awaiting[0] = '\0';
        daemon_tell_coming(daemon);
}

enum status daemon_reload(void *context, struct api_reload *reload, struct diagnostics *problems)
{
        struct daemon *daemon = context;
        struct material material = {0};
        enum status status = read_anew(daemon, &material, wallclock_now(daemon->clock).today, problems);

        if (status == STATUS_OK)
                status = may_come(daemon, &material, reload);
        if (status == STATUS_OK && reload->waits) {
                wait_for_acceptance(daemon, &material, reload);
        } else if (status == STATUS_OK) {
                struct app_rules rules = daemon_give_rules(&material);

                rules.way = reload->by.name == NULL ? APP_WAY_SIGNAL : APP_WAY_RELOAD;
                rules.by = reload->by;
                status = put_in_force(daemon, &material, rules, problems);
        }
        material_fini(&material);
        daemon_log_problems(problems);
        if (status == STATUS_OK && !reload->waits) {
                went_well(daemon);
        } else if (status != STATUS_OK) {
                remember_failure(daemon, problems, status_phrase(status));
                log_line(LOG_LEVEL_ERROR, "the reload was refused (%s); the old rules stay in force",
                         status_phrase(status));
        }
        return status;
}

enum status daemon_read(void *context, const struct api_texts *texts, struct app_rules *ret_rules,
                        struct diagnostics *problems)
{
        struct daemon *daemon = context;
        struct material material = {0};
        struct material_ground ground = {.settings = daemon->settings,
                                         .ruleset = app_ruleset(daemon->app),
                                         .contacts = app_contacts(daemon->app),
                                         .today = wallclock_now(daemon->clock).today};
        enum status status = texts == NULL ? read_anew(daemon, &material, ground.today, problems)
                                           : material_load_texts(&material, texts, &ground, problems);

        if (status == STATUS_OK) {
                *ret_rules = daemon_give_rules(&material);
                daemon_gave_rules(&material);
        }
        material_fini(&material);
        return status;
}

void daemon_reload_signalled(void *context)
{
        struct daemon *daemon = context;
        struct api_reload reload = {.accept = NULL};
        struct diagnostics problems;
        char line[DAEMON_STATUS_SIZE];

        diagnostics_init(&problems);
        systemd_reloading();
        /* The outcome is in the log and in the status; a signal has nobody to answer to. */
        enum status status = daemon_reload(daemon, &reload, &problems);
        if (status == STATUS_OK && reload.waits) {
                snprintf(daemon->reload_failure, sizeof daemon->reload_failure,
                         "rules, calendar or contacts have changed and nobody has accepted that yet: "
                         "mappactl rules diff, then mappactl reload --accept %s",
                         reload.seal);
                release_rules(reload.rules);
        }
        daemon_tell_status(daemon, line);
        systemd_ready(line);
        diagnostics_fini(&problems);
}
