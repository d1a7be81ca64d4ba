/*
 * status - where everything stands, for people and for whoever watches the watcher.
 *
 * Whoever is not to know how many cases there are is told how the service does,
 * and null where a number would grow with cases that they do not see, or with
 * their own attempts to find them.
 */
#include "mappad/app_change.h"
#include "room.h"

static void put_outbox(struct wire_buffer *buffer, const struct app_status *status)
{
        wire_put_key(buffer, "outbox");
        wire_put_text(buffer, "{");
        api_put_number(buffer, "waiting", (int64_t)status->outbox_waiting);
        api_put_number(buffer, "failed", (int64_t)status->outbox_failed);
        api_put_number(buffer, "ambiguous", (int64_t)status->outbox_ambiguous);
        api_put_instant(buffer, "oldest", status->outbox_oldest_ms, INT64_MAX);
        wire_put_text(buffer, "}");
}

/* Long work in steps. */
struct work {
        uint64_t cases, all; /* looked at so far, of all */
        int64_t since_ms, now_ms;
        bool even; /* it goes on as it went so far */
};

/* How far it is, for whoever may know how many cases there are; what is left goes by the time that they took. */
static void put_work(struct wire_buffer *buffer, const struct work *work, bool counts)
{
        int64_t cases = (int64_t)work->cases, left = (int64_t)work->all - cases;

        api_put_instant(buffer, "since", work->since_ms, INT64_MIN);
        if (counts) {
                api_put_number(buffer, "cases", cases);
                api_put_number(buffer, "all", (int64_t)work->all);
        } else {
                api_put_text(buffer, "cases", NULL);
                api_put_text(buffer, "all", NULL);
        }
        if (!work->even || cases == 0 || work->now_ms <= work->since_ms)
                api_put_text(buffer, "seconds_left", NULL);
        else
                api_put_number(buffer, "seconds_left", (work->now_ms - work->since_ms) / 1000 * left / cases);
}

/* Rules that come into force in steps; how many cases there are is for those who may know. */
static void put_turnover(struct wire_buffer *buffer, const struct app_turnover *turnover, int64_t now_ms, bool counts)
{
        if (!turnover->under_way) {
                api_put_text(buffer, "change", NULL);
                return;
        }
        wire_put_key(buffer, "change");
        wire_put_text(buffer, "{");
        api_put_text(buffer, "doing", turnover->settles ? "telling" : turnover->seal == NULL ? "clearing" : "deriving");
        api_put_text(buffer, "before", turnover->before);
        api_put_text(buffer, "after", turnover->after);
        api_put_text(buffer, "coming", turnover->seal);
        put_work(buffer,
                 &(struct work){turnover->cases, turnover->all, turnover->since_ms, now_ms,
                                !turnover->settles && turnover->seal != NULL},
                 counts);
        wire_put_text(buffer, "}");
}

/* An import in pieces: what was recorded of it, for whoever may know how much there is. */
static void put_import(struct wire_buffer *buffer, const struct app_importing *importing, bool counts)
{
        if (!importing->under_way) {
                api_put_text(buffer, "import", NULL);
                return;
        }
        wire_put_key(buffer, "import");
        wire_put_text(buffer, "{");
        api_put_instant(buffer, "since", importing->since_ms, INT64_MIN);
        if (counts) {
                api_put_number(buffer, "events", (int64_t)importing->events);
                api_put_number(buffer, "repeated", (int64_t)importing->repeated);
        } else {
                api_put_text(buffer, "events", NULL);
                api_put_text(buffer, "repeated", NULL);
        }
        wire_put_text(buffer, "}");
}

/* What stands, gathered for a heartbeat. */
static void put_gathering(struct wire_buffer *buffer, const struct app_gathering *gathering, int64_t now_ms,
                          bool counts)
{
        if (!gathering->under_way) {
                api_put_text(buffer, "heartbeat", NULL);
                return;
        }
        wire_put_key(buffer, "heartbeat");
        wire_put_text(buffer, "{");
        put_work(buffer, &(struct work){gathering->cases, gathering->all, gathering->since_ms, now_ms, true}, counts);
        wire_put_text(buffer, "}");
}

static void put_rules(struct wire_buffer *buffer, const struct app *app, const struct api_facts *facts)
{
        const struct ruleset *ruleset = app_ruleset(app);

        wire_put_key(buffer, "rules");
        wire_put_text(buffer, "{");
        api_put_text(buffer, "digest", ruleset->digest);
        api_put_number(buffer, "count", (int64_t)ruleset->rule_count);
        api_put_instant(buffer, "loaded_at", facts->loaded_ms, INT64_MIN);
        api_put_text(buffer, "reload_failure", facts->reload_failure);
        api_put_text(buffer, "in_force", app_seal(app));
        api_put_text(buffer, "awaiting", facts->awaiting);
}

static void put_downtime(struct wire_buffer *buffer, const struct app_status *status)
{
        wire_put_key(buffer, "downtime");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < status->downtime_count; i++) {
                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_instant(buffer, "from", status->downtime[i].from_ms, INT64_MIN);
                api_put_instant(buffer, "until", status->downtime[i].until_ms, INT64_MIN);
                api_put_bool(buffer, "orderly", status->downtime[i].orderly);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

static void put_counters(struct wire_buffer *buffer, const struct app_status *status, uint64_t denied)
{
        api_put_number(buffer, "cases", (int64_t)status->cases);
        api_put_number(buffer, "events", (int64_t)status->events);
        api_put_seq(buffer, "last_seq", status->last_seq);
        api_put_open64(buffer, status->open);
        api_put_number(buffer, "unknown_events", (int64_t)status->unknown_events);
        api_put_number(buffer, "alerts", (int64_t)status->alerts);
        api_put_seq(buffer, "last_alert_id", status->last_alert_id);
        api_put_number(buffer, "denied", (int64_t)denied);
        api_put_text(buffer, "chain_head", status->chain_head);
        api_put_number(buffer, "database_bytes", status->database_bytes);
        put_outbox(buffer, status);
}

static void put_no_counters(struct wire_buffer *buffer)
{
        static const char *const names[] = {"cases",          "events",         "last_seq",      "open",
                                            "unknown_events", "alerts",         "last_alert_id", "denied",
                                            "chain_head",     "database_bytes", "outbox"};

        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
                api_put_text(buffer, names[i], NULL);
}

void api_status(const struct api_call *call)
{
        struct api *api = call->api;
        struct app_status status;
        struct app_turnover turnover;
        struct api_facts facts;
        struct wire_buffer buffer;
        bool counts = sight_counts_all(api_sight(call));
        enum status answer = app_status(api->app, call->now, &status);

        if (answer == STATUS_OK)
                answer = app_turnover_now(api->app, &turnover);
        if (answer != STATUS_OK) {
                api_failed(call->request, answer, NULL);
                return;
        }
        api->host.facts(api->host.context, &facts);
        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{");
        api_put_text(&buffer, "version", facts.version);
        api_put_instant(&buffer, "now", call->now.ms, INT64_MIN);
        api_put_date(&buffer, "today", call->now.today);
        api_put_text(&buffer, "time_zone", facts.time_zone);
        api_put_bool(&buffer, "test_clock", status.test_clock);
        api_put_instant(&buffer, "started_at", facts.started_ms, INT64_MIN);
        api_put_date(&buffer, "as_of", status.as_of);
        if (counts)
                put_counters(&buffer, &status, api_denied_count(api));
        else
                put_no_counters(&buffer);
        api_put_instant(&buffer, "last_sweep", facts.last_sweep_ms, INT64_MIN);
        api_put_instant(&buffer, "next_sweep", facts.next_sweep_ms, INT64_MIN);
        put_gathering(&buffer, &status.gathering, call->now.ms, counts);
        put_import(&buffer, &status.importing, counts);
        put_rules(&buffer, api->app, &facts);
        put_turnover(&buffer, &turnover, call->now.ms, counts);
        wire_put_text(&buffer, "}");
        api_put_number(&buffer, "connections", http_connections(api->server));
        api_put_number(&buffer, "body_limit", (int64_t)http_body_limit(api->server));
        api_put_bool(&buffer, "disk_full", status.disk_full);
        api_put_text(&buffer, "trouble", facts.trouble);
        put_downtime(&buffer, &status);
        wire_put_text(&buffer, "}");
        api_reply(call->request, 200, &buffer);
        wire_buffer_fini(&buffer);
}
