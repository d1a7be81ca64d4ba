/*
 * announce - one alert: its row, its mark, and who is to hear of it.
 *
 * Routes are kept as names (a role, an agency), not as mailboxes: who answers to
 * a name is asked when the message is written, so that a deputy takes over. A
 * route that leads nowhere adds the role that watches, never silence.
 */
#include "inside.h"

#include <stdio.h>
#include <string.h>

#define HEARD_BY_SIZE 512

#define ROUTES_MAX (sizeof((struct announcement *)NULL)->routes / sizeof(struct store_route) - 1)

/* Adds a route once, if there are less than limit. */
static void add_route(struct announcement *announcement, int kind, const char *name, size_t limit)
{
        struct store_route *route;

        for (size_t i = 0; i < announcement->route_count; i++)
                if (announcement->routes[i].kind == kind && strcmp(announcement->routes[i].name, name) == 0)
                        return;
        if (announcement->route_count >= limit || strlen(name) >= sizeof announcement->routes[0].name) {
                announcement->watch = true; /* more than can be kept: somebody hears of it */
                return;
        }
        route = &announcement->routes[announcement->route_count++];
        route->kind = kind;
        memcpy(route->name, name, strlen(name) + 1);
}

/* The agencies that an attribute names. */
static bool route_attribute(struct announcement *announcement, uint16_t index, const struct value *state)
{
        const struct attribute *attribute = &announcement->app->book->rules.ruleset->vocabulary.attributes[index];
        bool any = false;

        for (size_t v = 0; state != NULL && v < attribute->value_count; v++) {
                if ((state[index].bits & VALUE_BIT(v)) == 0)
                        continue;
                add_route(announcement, CONTACT_AGENCY, attribute->values[v], ROUTES_MAX);
                any = true;
        }
        return any;
}

void announce_to(struct announcement *announcement, const struct stage *stage, const struct value *state)
{
        const struct vocabulary *vocabulary = &announcement->app->book->rules.ruleset->vocabulary;

        for (size_t i = 0; i < stage->to_count; i++) {
                uint16_t attribute;

                if (stage->to[i][0] != '$') {
                        add_route(announcement, CONTACT_ROLE, stage->to[i], ROUTES_MAX);
                        continue;
                }
                attribute = vocabulary_attribute(vocabulary, stage->to[i] + 1);
                if (attribute == VOCABULARY_NONE || !route_attribute(announcement, attribute, state))
                        announcement->watch = true;
        }
}

static enum status write_routes(struct announcement *announcement, uint64_t id)
{
        enum store_pending pending = announcement->alert.urgent ? STORE_AT_ONCE : STORE_WAITS;
        enum status status = STATUS_OK;

        if (announcement->app->book->rules.contacts == NULL)
                return STATUS_OK;
        for (size_t i = 0; status == STATUS_OK && i < announcement->route_count; i++)
                status = store_route_add(announcement->app->store, id, &announcement->routes[i], pending);
        return status;
}

static void name_routes(const struct announcement *announcement, char text[static HEARD_BY_SIZE])
{
        size_t used = 0;

        text[0] = '\0';
        for (size_t i = 0; i < announcement->route_count && used < HEARD_BY_SIZE; i++)
                used += (size_t)snprintf(text + used, HEARD_BY_SIZE - used, "%s%s", i == 0 ? "" : ", ",
                                         announcement->routes[i].name);
}

enum status announce(struct announcement *announcement, bool *ret_raised)
{
        struct app *app = announcement->app;
        const struct contacts *contacts = app->book->rules.contacts;
        char heard_by[HEARD_BY_SIZE];
        bool marked = false;
        uint64_t id = 0;
        enum status status = store_marked(app->store, &announcement->mark, &marked);

        *ret_raised = false;
        if (status != STATUS_OK || marked)
                return status;
        if ((announcement->watch || announcement->route_count == 0) && contacts != NULL)
                add_route(announcement, CONTACT_ROLE, contacts_watch(contacts), ROUTES_MAX + 1);
        name_routes(announcement, heard_by);
        announcement->alert.to = heard_by;
        status = store_alert_add(app->store, &announcement->alert, &id);
        announcement->alert.to = NULL;
        announcement->mark.alert = id;
        if (status == STATUS_OK)
                status = store_mark_add(app->store, &announcement->mark);
        if (status == STATUS_OK)
                status = write_routes(announcement, id);
        if (status != STATUS_OK)
                return status;
        if (app->raised_first == 0)
                app->raised_first = id;
        app->raised_last = id;
        *ret_raised = true;
        return STATUS_OK;
}
