/*
 * parameters - which words a question to a route may have.
 */
#include <stdlib.h>
#include <string.h>

#include "mappad/nearest.h"
#include "room.h"

bool route_knows(const struct api_route *route, const char *name)
{
        for (size_t i = 0; i < API_PARAMETERS_MAX && route->parameters[i] != NULL; i++)
                if (strcmp(route->parameters[i], name) == 0)
                        return true;
        return false;
}

static bool is_filter(const struct vocabulary *vocabulary, const char *name)
{
        uint16_t index = vocabulary_attribute(vocabulary, name);

        return index != VOCABULARY_NONE && vocabulary->attributes[index].kind != VALUE_DATE;
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
                if (vocabulary->attributes[i].kind != VALUE_DATE)
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
                if (route->attributes && is_filter(vocabulary, name))
                        continue;
                wire_clean(name, strlen(name), shown, sizeof shown);
                wire_problem_set(ret_problem, "unknown-parameter", shown, "there is no parameter \"%s\" here", shown);
                ret_problem->nearest = nearest_parameter(vocabulary, route, name);
                return false;
        }
        return true;
}
