/*
 * parameters - what a request says to a route: the parameter in its path, which words its question may
 * have, and the rules that it is asked under.
 */
#include <stdlib.h>
#include <string.h>

#include "mappad/nearest.h"
#include "room.h"

/* Whether a pattern's segment takes a path's. Patterns are ours and well formed. */
static bool segment_fits(const char *pattern, size_t length, const char *segment, const char **ret_parameter)
{
        if (pattern[0] == '{') {
                *ret_parameter = segment;
                return true;
        }
        return strlen(segment) == length && memcmp(pattern, segment, length) == 0;
}

bool route_fits(const char *pattern, const struct query_path *path, const char **ret_parameter)
{
        for (size_t i = 0; i < path->count; i++) {
                if (*pattern != '/')
                        return false;
                size_t length = strcspn(++pattern, "/");
                if (!segment_fits(pattern, length, path->segments[i], ret_parameter))
                        return false;
                pattern += length;
        }
        return *pattern == '\0';
}

bool route_knows(const struct api_route *route, const char *name)
{
        for (size_t i = 0; i < API_PARAMETERS_MAX && route->parameters[i] != NULL; i++)
                if (strcmp(route->parameters[i], name) == 0)
                        return true;
        return false;
}

/* The nearest word among a route's parameters, and the attributes where those are parameters. */
static const char *nearest_parameter(const struct vocabulary *vocabulary, const struct api_route *route,
                                     const char *name)
{
        const char **words = calloc(API_PARAMETERS_MAX + vocabulary->attribute_count, sizeof *words);
        size_t count = 0;

        if (words == NULL)
                return NULL;
        for (size_t i = 0; i < API_PARAMETERS_MAX && route->parameters[i] != NULL; i++)
                words[count++] = route->parameters[i];
        for (size_t i = 0; route->attributes && i < vocabulary->attribute_count; i++)
                words[count++] = vocabulary->attributes[i].name;
        const char *nearest = nearest_word(name, words, count);
        free(words);
        return nearest;
}

bool route_parameters_known(const struct vocabulary *vocabulary, const struct api_route *route,
                            const struct query *query, struct wire_problem *ret_problem)
{
        for (size_t i = 0; i < query->count; i++) {
                const char *name = query->items[i].name;
                char shown[WIRE_FIELD_SIZE];

                if (route_knows(route, name))
                        continue;
                if (route->attributes && vocabulary_attribute(vocabulary, name) != VOCABULARY_NONE)
                        continue;
                wire_clean(name, strlen(name), shown, sizeof shown);
                wire_problem_set(ret_problem, "unknown-parameter", shown, "there is no parameter \"%s\" here", shown);
                ret_problem->nearest = nearest_parameter(vocabulary, route, name);
                return false;
        }
        return true;
}

enum status route_law(const struct api *api, const struct api_route *route, const struct query *query,
                      struct book **ret_law, struct wire_problem *ret_problem)
{
        const char *digest = route_knows(route, "rules") ? query_value(query, "rules") : NULL;
        int64_t instant = INSTANT_LATEST;

        if (digest == NULL)
                return STATUS_OK;
        if (strcmp(digest, "then") != 0)
                return app_law_find(api->app, digest, ret_law, ret_problem);
        if (!query_take_instant(query, "known-at", &instant, ret_problem))
                return STATUS_INVALID;
        if (instant == INSTANT_LATEST) {
                wire_problem_set(ret_problem, "missing", "known-at",
                                 "\"rules\" says \"then\", and no \"known-at\" says when that is");
                return STATUS_INVALID;
        }
        return app_law_then(api->app, instant, ret_law, ret_problem);
}
