/*
 * api - from a request to its handler.
 *
 * What the row of a route (table.c) does not allow does not reach its handler, so
 * no handler asks who is calling; it hands their sight on to the application.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "mappad/nearest.h"
#include "pages.h"

static const char *method_word(enum http_method method)
{
        return method == HTTP_POST ? "POST" : "GET";
}

bool api_route(size_t index, struct api_route_row *ret_row)
{
        if (index >= API_ROUTES)
                return false;
        *ret_row = (struct api_route_row){.method = method_word(api_table[index].method),
                                          .pattern = api_table[index].pattern,
                                          .need = {api_table[index].role, api_table[index].reach},
                                          .writes = api_table[index].writes,
                                          .help = api_table[index].help,
                                          .shows = api_table[index].shows};
        return true;
}

/* Which route a request is for; NULL, and the methods there would be, when there is none. A literal
 * path goes before one with a parameter because it stands before it or has another method. */
static const struct api_route *find_route(enum http_method method, const struct query_path *path,
                                          const char **ret_parameter, bool ret_methods[static 2])
{
        ret_methods[0] = ret_methods[1] = false;
        for (size_t i = 0; i < API_ROUTES; i++) {
                if (!route_fits(api_table[i].pattern, path, ret_parameter))
                        continue;
                if (api_table[i].method == method)
                        return &api_table[i];
                ret_methods[api_table[i].method == HTTP_POST] = true;
        }
        return NULL;
}

static void refuse_no_route(struct http_request *request, const bool methods[static 2])
{
        const char *patterns[API_ROUTES];
        struct wire_problem problem;

        if (methods[0] || methods[1]) {
                http_request_add_header(request, (struct http_header){"Allow", methods[0] && methods[1] ? "GET, POST"
                                                                               : methods[0]             ? "GET"
                                                                                                        : "POST"});
                api_error(request, (struct api_fault){405, "wrong-method", NULL},
                          "this path does not take this method");
                return;
        }
        for (size_t i = 0; i < API_ROUTES; i++)
                patterns[i] = api_table[i].pattern;
        wire_problem_set(&problem, "unknown-path", "", "there is nothing at this path");
        problem.nearest = nearest_word(http_request_path(request), patterns, API_ROUTES);
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
                                     .memory = host->memory,
                                     .log = host->log,
                                     .log_context = host->log_context,
                                     .stopwatch_us = host->stopwatch_us,
                                     .worked_us = host->worked_us};

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
        pages_close(api);
        if (api->hush != NULL)
                event_free(api->hush);
        free(api);
}

struct http_server *api_server(struct api *api)
{
        return api->server;
}
