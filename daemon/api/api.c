/*
 * api - from a request to its handler.
 *
 * Everything about a route is in its row: method, path, the role it needs, how
 * much of the caseload it tells of, whether it writes, which parameters it knows.
 * What a row does not allow does not reach a handler, so no handler asks who is
 * calling; it hands their sight on to the application.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "mappad/nearest.h"
#include "room.h"

static const struct api_route routes[] = {
        {HTTP_POST,
         "/v1/events",
         ROLE_WRITER,
         PERMIT_CHANGES,
         true,
         false,
         api_events,
         {"dry-run", "changed"},
         "record one event, or many that are recorded together or not at all",
         NULL},
        {HTTP_GET,
         "/v1/events",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_export,
         {"after", "limit"},
         "the record line by line",
         "export"},
        {HTTP_POST,
         "/v1/events/{seq}/retract",
         ROLE_WRITER,
         PERMIT_CHANGES,
         true,
         false,
         api_retract,
         {"dry-run", "changed"},
         "retract an event; the record keeps both",
         NULL},
        {HTTP_GET,
         "/v1/obligations",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         true,
         api_obligations,
         {"state", "rule", "case", "agency", "due-before", "due-after", "booked", "as-of", "known-at", "rules", "limit",
          "cursor"},
         "obligations by due date",
         "list"},
        {HTTP_GET,
         "/v1/calendar.ics",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         true,
         api_feed,
         {"rule", "case", "agency", "role", "due-before", "due-after", "booked"},
         "open obligations as a calendar",
         "calendar"},
        {HTTP_GET,
         "/v1/cases",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_cases,
         {"as-of", "known-at", "rules", "limit", "cursor"},
         "cases by reference",
         "list"},
        {HTTP_GET,
         "/v1/cases/{ref}",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_case,
         {"as-of", "known-at", "rules"},
         "one case with its obligations and its record",
         "case"},
        {HTTP_GET,
         "/v1/cases/{ref}/history",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_case_history,
         {"known-at"},
         "when each thing of a case happened, and when it was recorded and undone",
         "history"},
        {HTTP_GET,
         "/v1/cases/{ref}/subject-access",
         ROLE_ADMIN,
         PERMIT_WHOLE,
         false,
         false,
         api_subject_access,
         {NULL},
         "everything that is held about one case",
         "subject-access"},
        {HTTP_POST,
         "/v1/cases/{ref}/erase",
         ROLE_ADMIN,
         PERMIT_WHOLE,
         true,
         false,
         api_erase,
         {NULL},
         "say what erasing a case would take, or erase it",
         "erase-look"},
        {HTTP_GET,
         "/v1/retention",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         true,
         api_retention,
         {"idle", "as-of", "limit", "cursor"},
         "cases to which nothing has happened for a time",
         "list"},
        {HTTP_GET,
         "/v1/erasures",
         ROLE_ADMIN,
         PERMIT_WHOLE,
         false,
         false,
         api_erasures,
         {"before", "limit"},
         "what was erased, when, by whom and why",
         NULL},
        {HTTP_GET,
         "/v1/cases/{ref}/explain",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_explain,
         {"rule", "item", "started", "as-of", "known-at", "rules"},
         "why a date of a case is what it is, or why nothing is owed",
         "explain"},
        {HTTP_GET,
         "/v1/reports/certificate",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_certificate,
         {"as-of", "known-at", "rules", "answer"},
         "one answer for each case and rule, and totals that reconcile",
         "certificate"},
        {HTTP_GET,
         "/v1/reports/forecast",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_forecast,
         {"weeks", "closed", "as-of", "known-at", "rules"},
         "what can be booked and falls due in the weeks to come",
         NULL},
        {HTTP_GET,
         "/v1/reports/forecast/cases",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_forecast_cases,
         {"weeks", "closed", "as-of", "known-at", "rules"},
         "the same, with each appointment and its case",
         "report"},
        {HTTP_POST,
         "/v1/reports/forecast",
         ROLE_WRITER,
         PERMIT_SEEN,
         false,
         false,
         api_forecast_supposed,
         {"weeks", "closed", "as-of", "known-at", "rules"},
         "the same if events of the body were recorded, which they are not",
         "report"},
        {HTTP_GET,
         "/v1/reports/{report}",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_report,
         {"year", "from", "to", "input", "suppress-below", "as-of", "known-at", "rules"},
         "the figures of a report that the rules declare",
         NULL},
        {HTTP_GET,
         "/v1/reports/{report}/cases",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_report_cases,
         {"year", "from", "to", "input", "as-of", "known-at", "rules"},
         "the same, with the cases behind each figure",
         "report"},
        {HTTP_POST,
         "/v1/reports/{report}/seal",
         ROLE_ADMIN,
         PERMIT_WHOLE,
         true,
         false,
         api_report_seal,
         {"year", "input", "suppress-below"},
         "freeze the figures of a year that is over, under their hash",
         NULL},
        {HTTP_GET,
         "/v1/seals",
         ROLE_READER,
         PERMIT_COUNTS,
         false,
         false,
         api_seals,
         {"before", "limit"},
         "reports that were sealed, by whom and when",
         NULL},
        {HTTP_GET,
         "/v1/seals/{seal}",
         ROLE_READER,
         PERMIT_COUNTS,
         false,
         false,
         api_seal_content,
         {NULL},
         "a report exactly as it was sealed",
         NULL},
        {HTTP_GET,
         "/v1/seals/{seal}/changes",
         ROLE_READER,
         PERMIT_WHOLE,
         false,
         false,
         api_seal_changes,
         {NULL},
         "the figures now, and which later records moved whom",
         "report"},
        {HTTP_GET,
         "/v1/seals/{seal}/whole",
         ROLE_ADMIN,
         PERMIT_WHOLE,
         false,
         false,
         api_seal_whole,
         {NULL},
         "the same with small numbers that readers are not shown",
         "seal"},
        {HTTP_GET,
         "/v1/alerts",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_alerts,
         {"after", "before", "case", "rule", "unacked", "order", "limit"},
         "alerts as they were raised",
         "alerts"},
        {HTTP_GET,
         "/v1/alerts/stream",
         ROLE_READER,
         PERMIT_SEEN,
         false,
         false,
         api_alert_stream,
         {"after"},
         "alerts as they become durable, as server-sent events",
         "stream"},
        {HTTP_POST,
         "/v1/alerts/{id}/ack",
         ROLE_WRITER,
         PERMIT_CHANGES,
         true,
         false,
         api_ack,
         {NULL},
         "acknowledge an alert: its stage is not repeated to one role for a time",
         NULL},
        {HTTP_GET,
         "/v1/routes",
         ROLE_WRITER,
         PERMIT_CHANGES,
         false,
         false,
         api_routes,
         {"case", "rule", "stage", "item", "day"},
         "who would hear of a stage, and why",
         "routes"},
        {HTTP_GET,
         "/v1/outbox",
         ROLE_WRITER,
         PERMIT_COUNTS,
         false,
         false,
         api_outbox,
         {"state", "before", "limit"},
         "messages, and what became of them",
         NULL},
        {HTTP_POST,
         "/v1/outbox/retry",
         ROLE_ADMIN,
         PERMIT_COUNTS,
         true,
         false,
         api_outbox_retry_failed,
         {NULL},
         "try messages again that were given up",
         NULL},
        {HTTP_POST,
         "/v1/outbox/{id}/retry",
         ROLE_ADMIN,
         PERMIT_COUNTS,
         true,
         false,
         api_outbox_retry,
         {NULL},
         "try one message again, now",
         NULL},
        {HTTP_GET,
         "/v1/rules",
         ROLE_READER,
         PERMIT_NOTHING,
         false,
         false,
         api_rules,
         {NULL},
         "the rules in force",
         NULL},
        {HTTP_POST,
         "/v1/rules/diff",
         ROLE_WRITER,
         PERMIT_WHOLE,
         false,
         false,
         api_rules_diff,
         {"as-of", "limit"},
         "what other rules, calendar or contacts would change",
         "preview"},
        {HTTP_POST,
         "/v1/rules/accept",
         ROLE_ADMIN,
         PERMIT_COUNTS,
         true,
         false,
         api_rules_accept,
         {NULL},
         "let rules, calendar and contacts of a digest come into force later",
         NULL},
        {HTTP_GET,
         "/v1/rules/history",
         ROLE_READER,
         PERMIT_COUNTS,
         false,
         false,
         api_rules_history,
         {"limit"},
         "what was in force when, and who changed it",
         NULL},
        {HTTP_POST,
         "/v1/rules/editions",
         ROLE_WRITER,
         PERMIT_NOTHING,
         false,
         false,
         api_rules_hand_over,
         {NULL},
         "hand over rules to ask questions under, without putting them in force",
         NULL},
        {HTTP_GET,
         "/v1/rules/editions/{digest}",
         ROLE_WRITER,
         PERMIT_NOTHING,
         false,
         false,
         api_editions,
         {NULL},
         "rules or contacts as they stood",
         NULL},
        {HTTP_GET,
         "/v1/status",
         ROLE_READER,
         PERMIT_NOTHING,
         false,
         false,
         api_status,
         {NULL},
         "where everything stands",
         NULL},
        {HTTP_GET,
         "/v1/access",
         ROLE_ADMIN,
         PERMIT_WHOLE,
         false,
         false,
         api_access_log,
         {"case", "user", "before", "limit"},
         "who was shown what, and who was written to",
         "access-log"},
        {HTTP_POST,
         "/v1/backup",
         ROLE_ADMIN,
         PERMIT_WHOLE,
         false,
         false,
         api_backup,
         {NULL},
         "a copy of the record",
         "backup"},
        {HTTP_POST,
         "/v1/verify",
         ROLE_ADMIN,
         PERMIT_WHOLE,
         false,
         false,
         api_verify,
         {"head", "access-head", "seal-head"},
         "check everything that is kept",
         NULL},
        {HTTP_GET,
         "/metrics",
         ROLE_READER,
         PERMIT_NOTHING,
         false,
         false,
         api_metrics,
         {NULL},
         "numbers for monitoring, as Prometheus reads them",
         NULL},
        {HTTP_POST,
         "/v1/reload",
         ROLE_ADMIN,
         PERMIT_COUNTS,
         true,
         false,
         api_reload,
         {NULL},
         "read configuration, rules and contacts anew",
         NULL},
};
#define ROUTE_COUNT (sizeof routes / sizeof routes[0])

static const char *method_word(enum http_method method)
{
        return method == HTTP_POST ? "POST" : "GET";
}

bool api_route(size_t index, struct api_route_row *ret_row)
{
        if (index >= ROUTE_COUNT)
                return false;
        *ret_row = (struct api_route_row){.method = method_word(routes[index].method),
                                          .pattern = routes[index].pattern,
                                          .need = {routes[index].role, routes[index].reach},
                                          .writes = routes[index].writes,
                                          .help = routes[index].help,
                                          .shows = routes[index].shows};
        return true;
}

/* Which route a request is for; NULL, and the methods there would be, when there is none. A literal
 * path goes before one with a parameter because it stands before it or has another method. */
static const struct api_route *find_route(enum http_method method, const struct query_path *path,
                                          const char **ret_parameter, bool ret_methods[static 2])
{
        ret_methods[0] = ret_methods[1] = false;
        for (size_t i = 0; i < ROUTE_COUNT; i++) {
                if (!route_fits(routes[i].pattern, path, ret_parameter))
                        continue;
                if (routes[i].method == method)
                        return &routes[i];
                ret_methods[routes[i].method == HTTP_POST] = true;
        }
        return NULL;
}

static void refuse_no_route(struct http_request *request, const bool methods[static 2])
{
        const char *patterns[ROUTE_COUNT];
        struct wire_problem problem;

        if (methods[0] || methods[1]) {
                http_request_add_header(request, (struct http_header){"Allow", methods[0] && methods[1] ? "GET, POST"
                                                                               : methods[0]             ? "GET"
                                                                                                        : "POST"});
                api_error(request, (struct api_fault){405, "wrong-method", NULL},
                          "this path does not take this method");
                return;
        }
        for (size_t i = 0; i < ROUTE_COUNT; i++)
                patterns[i] = routes[i].pattern;
        wire_problem_set(&problem, "unknown-path", "", "there is nothing at this path");
        problem.nearest = nearest_word(http_request_path(request), patterns, ROUTE_COUNT);
        api_refuse(request, 404, &problem);
}

/* A call whose role is right. */
static void carry_out(struct api *api, const struct api_route *route, struct http_request *request,
                      const char *parameter)
{
        struct query query;
        struct wire_problem problem;
        struct book *law = NULL;

        if (!query_parse(&query, http_request_query(request), &problem)) {
                api_refuse(request, 400, &problem);
                return;
        }
        if (!api_purpose_good(request))
                return;
        enum status status = route_law(api, route, &query, &law, &problem);
        if (status == STATUS_OK &&
            !route_parameters_known(&app_law_ruleset(api->app, law)->vocabulary, route, &query, &problem))
                status = STATUS_INVALID;
        if (status == STATUS_OK)
                route->handle(&(struct api_call){.api = api,
                                                 .request = request,
                                                 .now = api->host.now(api->host.context),
                                                 .parameter = parameter,
                                                 .query = &query,
                                                 .law = law,
                                                 .shows = route->shows});
        else
                api_failed(request, status, &problem);
        app_law_drop(law);
}

static void dispatch(struct api *api, const struct api_route *route, struct http_request *request,
                     const char *parameter)
{
        const struct peer *peer = http_request_peer(request);
        struct permit_need need = {route->role, route->reach};
        enum permit_verdict verdict = permit_verdict(peer->role, peer->sight, need);

        if (verdict == PERMIT_GRANTED)
                carry_out(api, route, request, parameter);
        else
                api_refuse_peer(api, request, verdict, route->role);
}

static void handle(void *context, struct http_request *request)
{
        struct api *api = context;
        struct query_path path;
        const char *parameter = NULL;
        bool methods[2] = {false, false};
        const struct api_route *route = NULL;

        /* A stranger learns nothing, not even which paths there are, and keeps no place. */
        if (http_request_peer(request)->role == ROLE_NONE) {
                http_request_add_header(request, (struct http_header){"Connection", "close"});
                api_refuse_peer(api, request, PERMIT_STRANGER, ROLE_NONE);
                return;
        }
        if (query_path_parse(&path, http_request_path(request)))
                route = find_route(http_request_method(request), &path, &parameter, methods);
        if (route == NULL)
                refuse_no_route(request, methods);
        else
                dispatch(api, route, request, parameter);
}

static enum status identify(void *context, int fd, struct peer *ret_peer)
{
        const struct api *api = context;

        return api->host.identify(api->host.context, fd, ret_peer);
}

enum status api_new(struct event_base *base, struct app *app, const struct api_host *host,
                    const struct http_limits *limits, struct api **ret_api)
{
        struct api *api = calloc(1, sizeof *api);
        struct http_config config = {.limits = *limits,
                                     .identify = identify,
                                     .handle = handle,
                                     .context = api,
                                     .log = host->log,
                                     .log_context = host->log_context};

        if (api == NULL)
                return STATUS_NO_MEMORY;
        api->base = base;
        api->app = app;
        api->host = *host;
        api->hush = evtimer_new(base, api_minute_ended, api);
        enum status status = api->hush == NULL ? STATUS_NO_MEMORY : http_new(base, &config, &api->server);
        if (status == STATUS_OK)
                status = api_streams_open(api);
        if (status != STATUS_OK) {
                api_free(api);
                return status;
        }
        *ret_api = api;
        return STATUS_OK;
}

void api_free(struct api *api)
{
        if (api == NULL)
                return;
        http_free(api->server);
        api_listings_close(api);
        api_previews_close(api);
        api_backup_close(api);
        api_streams_close(api);
        if (api->hush != NULL)
                event_free(api->hush);
        free(api);
}

struct http_server *api_server(struct api *api)
{
        return api->server;
}
