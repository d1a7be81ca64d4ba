/*
 * metrics - numbers for whoever watches the watcher, as Prometheus reads them.
 *
 * Text format 0.0.4. Numbers only: no case, no person, no address. Everything is
 * a counter that is kept or an index probe, so that being watched costs nothing,
 * but for the first time after a start or other rules: obligations are counted by
 * rule then, in steps.
 */
#include <stdio.h>
#include <string.h>

#include "listing.h"
#include "mappad/app_change.h"

#define MS_PER_SECOND 1000
#define US_PER_SECOND 1000000

enum metric_kind { METRIC_GAUGE, METRIC_COUNTER, METRIC_HISTOGRAM };

static void put_head(struct wire_buffer *buffer, const char *name, enum metric_kind kind, const char *help)
{
        static const char *const kinds[] = {
                [METRIC_GAUGE] = " gauge\n", [METRIC_COUNTER] = " counter\n", [METRIC_HISTOGRAM] = " histogram\n"};

        wire_put_text(buffer, "# HELP ");
        wire_put_text(buffer, name);
        wire_put_text(buffer, " ");
        wire_put_text(buffer, help);
        wire_put_text(buffer, "\n# TYPE ");
        wire_put_text(buffer, name);
        wire_put_text(buffer, kinds[kind]);
}

/* A label's value; what would end it is escaped. */
static void put_label(struct wire_buffer *buffer, const char *name, const char *value)
{
        wire_put_text(buffer, name);
        wire_put_text(buffer, "=\"");
        for (; *value != '\0'; value++) {
                if (*value == '\n')
                        wire_put_text(buffer, "\\n");
                else if (*value == '"' || *value == '\\')
                        wire_put_text(buffer, *value == '"' ? "\\\"" : "\\\\");
                else
                        wire_put(buffer, value, 1);
        }
        wire_put_text(buffer, "\"");
}

static void put_sample(struct wire_buffer *buffer, int64_t value)
{
        wire_put_text(buffer, " ");
        wire_put_number(buffer, value);
        wire_put_text(buffer, "\n");
}

/* A number of parts of a second as seconds. */
static void put_seconds(struct wire_buffer *buffer, int64_t parts, int64_t of_a_second)
{
        char text[48];
        int64_t whole = parts / of_a_second - (parts % of_a_second < 0);

        snprintf(text, sizeof text, " %lld.%0*lld\n", (long long)whole, of_a_second == MS_PER_SECOND ? 3 : 6,
                 (long long)(parts - whole * of_a_second));
        wire_put_text(buffer, text);
}

static void put_one(struct wire_buffer *buffer, const char *name, enum metric_kind kind, const char *help,
                    int64_t value)
{
        put_head(buffer, name, kind, help);
        wire_put_text(buffer, name);
        put_sample(buffer, value);
}

static void put_instant(struct wire_buffer *buffer, const char *name, const char *help, int64_t ms)
{
        if (ms == INT64_MIN)
                return;
        put_head(buffer, name, METRIC_GAUGE, help);
        wire_put_text(buffer, name);
        put_seconds(buffer, ms, MS_PER_SECOND);
}

static void put_labelled(struct wire_buffer *buffer, const char *name, const char *label, const char *word,
                         uint64_t value)
{
        wire_put_text(buffer, name);
        wire_put_text(buffer, "{");
        put_label(buffer, label, word);
        wire_put_text(buffer, "}");
        put_sample(buffer, (int64_t)value);
}

static void put_denied(struct wire_buffer *buffer, const struct api *api)
{
        static const char *const words[API_DENIALS] = {[API_DENIED_STRANGER] = "no-role",
                                                       [API_DENIED_ROLE] = "role",
                                                       [API_DENIED_SIGHT] = "scope",
                                                       [API_DENIED_CASE] = "case"};

        put_head(buffer, "mappad_denied_requests_total", METRIC_COUNTER,
                 "Requests refused for want of a role, of one high enough, of everything or of the case in sight.");
        for (size_t i = 0; i < API_DENIALS; i++)
                put_labelled(buffer, "mappad_denied_requests_total", "want", words[i], api->denied[i]);
}

static void put_service(struct wire_buffer *buffer, const struct api *api, const struct api_facts *facts,
                        const struct app_status *status)
{
        put_head(buffer, "mappad_build_info", METRIC_GAUGE, "Always 1; the version is the label.");
        put_labelled(buffer, "mappad_build_info", "version", facts->version, 1);
        put_instant(buffer, "mappad_start_time_seconds", "When the daemon started.", facts->started_ms);
        put_one(buffer, "mappad_test_clock", METRIC_GAUGE, "1 when time is that of a test clock.", status->test_clock);
        put_one(buffer, "mappad_disk_full", METRIC_GAUGE, "1 when the last write was refused for want of space.",
                status->disk_full);
        put_one(buffer, "mappad_trouble", METRIC_GAUGE,
                "1 when the day, the sweep or the outbox could not be dealt with; it is tried again.",
                facts->trouble != NULL);
        put_one(buffer, "mappad_connections", METRIC_GAUGE, "Clients connected to the socket.",
                http_connections(api->server));
        put_instant(buffer, "mappad_rules_loaded_time_seconds", "When the rules in force were loaded.",
                    facts->loaded_ms);
        put_one(buffer, "mappad_rules_reload_failed", METRIC_GAUGE, "1 when the last reload was refused.",
                facts->reload_failure != NULL);
        put_one(buffer, "mappad_rules_awaiting_acceptance", METRIC_GAUGE,
                "1 when the files say something else than what is in force and nobody accepted it.",
                facts->awaiting != NULL);
}

static void put_sweep_duration(struct wire_buffer *buffer, const struct api_facts *facts)
{
        if (facts->sweep_us < 0)
                return;
        put_head(buffer, "mappad_sweep_duration_seconds", METRIC_GAUGE,
                 "Work of the last sweep since the daemon started, without what was done between its steps.");
        wire_put_text(buffer, "mappad_sweep_duration_seconds");
        put_seconds(buffer, facts->sweep_us, US_PER_SECOND);
}

/* Prometheus counts up to each bound what is up to those before, too. */
static void put_times(struct wire_buffer *buffer, const char *name, const char *help, const struct http_times *times)
{
        char part[64];
        uint64_t count = 0;

        put_head(buffer, name, METRIC_HISTOGRAM, help);
        snprintf(part, sizeof part, "%s_bucket", name);
        for (size_t i = 0; i < HTTP_TIME_BOUNDS; i++) {
                char bound[24];

                snprintf(bound, sizeof bound, "%g", (double)http_time_bound_us(i) / US_PER_SECOND);
                count += times->counts[i];
                put_labelled(buffer, part, "le", bound, count);
        }
        count += times->counts[HTTP_TIME_BOUNDS];
        put_labelled(buffer, part, "le", "+Inf", count);
        wire_put_text(buffer, name);
        wire_put_text(buffer, "_sum");
        put_seconds(buffer, times->total_us, US_PER_SECOND);
        wire_put_text(buffer, name);
        wire_put_text(buffer, "_count");
        put_sample(buffer, (int64_t)count);
}

static void put_turns(struct wire_buffer *buffer, const struct api *api, const struct api_facts *facts)
{
        put_times(buffer, "mappad_turn_cpu_seconds",
                  "Processor time of turns of the loop: nobody else is served during one.", &facts->turns);
        put_times(
                buffer, "mappad_answer_cpu_seconds",
                "Processor time of the loop from before a request came until it was answered, of those who ask now and "
                "then.",
                http_answer_times(api->server, true));
        put_times(buffer, "mappad_busy_answer_cpu_seconds",
                  "The same of those who ask as fast as they are answered, and of what waits for the disk.",
                  http_answer_times(api->server, false));
}

static void put_sweeps(struct wire_buffer *buffer, const struct api_facts *facts, const struct app_status *status)
{
        bool swept = status->last_sweep.day != CIVIL_NONE;

        put_instant(buffer, "mappad_last_sweep_time_seconds", "When the last sweep was completed.",
                    swept ? status->last_sweep_ms : INT64_MIN);
        put_instant(buffer, "mappad_last_sweep_scheduled_time_seconds", "The hour that the last sweep was for.",
                    facts->last_sweep_ms);
        put_instant(buffer, "mappad_next_sweep_time_seconds", "The hour of the earliest sweep that is not done.",
                    facts->next_sweep_ms);
        put_one(buffer, "mappad_heartbeat_gathering", METRIC_GAUGE,
                "1 while what stands is gathered in steps for the letters of a sweep.", status->gathering.under_way);
}

static void put_turnover(struct wire_buffer *buffer, const struct app_turnover *turnover, bool counts)
{
        put_one(buffer, "mappad_rules_changing", METRIC_GAUGE, "1 while other rules come into force in steps.",
                turnover->under_way);
        if (!counts)
                return;
        put_one(buffer, "mappad_rules_changing_cases", METRIC_GAUGE, "Cases that were looked at for that so far.",
                (int64_t)turnover->cases);
}

static void put_record(struct wire_buffer *buffer, const struct app_status *status)
{
        put_one(buffer, "mappad_database_bytes", METRIC_GAUGE, "Size of the record's file.", status->database_bytes);
        put_one(buffer, "mappad_cases", METRIC_GAUGE, "Cases of which something was recorded.", (int64_t)status->cases);
        put_one(buffer, "mappad_events_total", METRIC_COUNTER, "Lines of the record.", (int64_t)status->events);
        put_one(buffer, "mappad_unreadable_events", METRIC_GAUGE,
                "Lines of the record whose words the rules do not know.", (int64_t)status->unknown_events);
        put_one(buffer, "mappad_alerts_total", METRIC_COUNTER, "Alerts raised since the record began.",
                (int64_t)status->alerts);
        put_head(buffer, "mappad_obligations", METRIC_GAUGE, "Open obligations by state.");
        for (int i = 0; i < APP_OPEN_STATES; i++)
                put_labelled(buffer, "mappad_obligations", "state", obligation_state_word((enum obligation_state)i),
                             status->open[i]);
}

static void put_mail(struct wire_buffer *buffer, const struct api_facts *facts, const struct app_status *status,
                     int64_t now_ms)
{
        static const char *const verdicts[APP_VERDICTS] = {[VERDICT_SENT] = "sent",
                                                           [VERDICT_RETRY] = "retry",
                                                           [VERDICT_AMBIGUOUS] = "ambiguous",
                                                           [VERDICT_PERMANENT] = "permanent"};
        int64_t age_ms = status->outbox_waiting == 0 ? 0 : now_ms - status->outbox_oldest_ms;

        put_head(buffer, "mappad_outbox_messages", METRIC_GAUGE,
                 "Messages that wait, failed for good to mailboxes in use, or wait and may have been taken before.");
        put_labelled(buffer, "mappad_outbox_messages", "state", "waiting", status->outbox_waiting);
        put_labelled(buffer, "mappad_outbox_messages", "state", "failed", status->outbox_failed);
        put_labelled(buffer, "mappad_outbox_messages", "state", "ambiguous", status->outbox_ambiguous);
        put_head(buffer, "mappad_outbox_oldest_age_seconds", METRIC_GAUGE,
                 "For how long the oldest message has waited; 0 when none waits.");
        wire_put_text(buffer, "mappad_outbox_oldest_age_seconds");
        put_seconds(buffer, age_ms > 0 ? age_ms : 0, MS_PER_SECOND);
        put_head(buffer, "mappad_mail_attempts_total", METRIC_COUNTER,
                 "Attempts to deliver a message since the daemon started, by how they ended.");
        for (int i = 0; i < APP_VERDICTS; i++)
                put_labelled(buffer, "mappad_mail_attempts_total", "verdict", verdicts[i], facts->mail_attempts[i]);
}

static void put_rule(void *context, const struct app_rule_count *row)
{
        struct wire_buffer *buffer = context;

        for (int i = 0; i < APP_OPEN_STATES; i++) {
                wire_put_text(buffer, "mappad_rule_obligations{");
                put_label(buffer, "rule", row->rule);
                wire_put_text(buffer, ",");
                put_label(buffer, "state", obligation_state_word((enum obligation_state)i));
                wire_put_text(buffer, "}");
                put_sample(buffer, (int64_t)row->open[i]);
        }
}

/* What would grow with cases out of sight is for those for whom they count (status.c). */
static void put_counts(struct wire_buffer *buffer, const struct api *api, const struct api_facts *facts,
                       const struct app_status *status, struct moment now)
{
        put_sweep_duration(buffer, facts);
        put_turns(buffer, api, facts);
        put_denied(buffer, api);
        put_record(buffer, status);
        put_mail(buffer, facts, status, now.ms);
        put_head(buffer, "mappad_rule_obligations", METRIC_GAUGE, "Open obligations by rule and state.");
        app_census(api->app, put_rule, buffer);
}

/* Whether those who ask see numbers of everything: then obligations by rule have to be counted first. */
static bool sees_counts(const struct http_request *request)
{
        return sight_counts_all(http_request_peer(request)->sight);
}

static void reply_metrics(void *context, struct http_request *request)
{
        struct api *api = context;
        struct moment now = api->host.now(api->host.context);
        bool counts = sees_counts(request);
        struct app_status status;
        struct app_turnover turnover;
        struct api_facts facts;
        struct wire_buffer buffer;
        enum status answer = app_status(api->app, now, &status);

        wire_buffer_init(&buffer);
        if (answer == STATUS_OK)
                answer = app_turnover_now(api->app, &turnover);
        if (answer == STATUS_OK) {
                api->host.facts(api->host.context, &facts);
                put_service(&buffer, api, &facts, &status);
                put_turnover(&buffer, &turnover, counts);
                put_sweeps(&buffer, &facts, &status);
        }
        if (answer == STATUS_OK && counts)
                put_counts(&buffer, api, &facts, &status, now);
        if (answer == STATUS_OK && buffer.failed)
                answer = STATUS_NO_MEMORY;
        if (answer == STATUS_OK)
                http_reply(request, 200, "text/plain; version=0.0.4; charset=utf-8", buffer.data, buffer.length);
        else
                api_failed(request, answer, NULL);
        wire_buffer_fini(&buffer);
}

static void put_nothing(void *context, struct wire_buffer *buffer)
{
        (void)context;
        (void)buffer;
}

static enum status count_on(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        const struct api *api = context;
        bool counted = false;
        enum status status = app_census_count(api->app, api->host.now(api->host.context), &counted);

        (void)buffer;
        *ret_kind = counted ? APP_END : APP_WORKING;
        return status;
}

static void release_nothing(void *context)
{
        (void)context;
}

void api_metrics(const struct api_call *call)
{
        if (sees_counts(call->request))
                listing_gather(call, (struct listing_maker){put_nothing, count_on, release_nothing, NULL},
                               reply_metrics, call->api);
        else
                reply_metrics(call->api, call->request);
}
