/*
 * announce - one alert: its row, its mark, and who is to hear of it.
 *
 * Routes are kept as names (a role, an agency), not as mailboxes: who answers to
 * a name is asked when the message is written, so that a deputy takes over. A
 * route that leads nowhere adds the role that watches, never silence. Of a
 * repeat, whoever acknowledged that stage is left out, and that is written down.
 */
#include "ack.h"

#include <string.h>

#define HEARD_BY_SIZE (ANNOUNCEMENT_ROUTES * (64 + 2)) /* names, a comma and a space after each */

#define ROUTES_MAX (ANNOUNCEMENT_ROUTES - 1)

/* The acknowledgement that keeps the repeat in hand from a role or agency, or NULL. It is for the due date as it stood
 * and for repeats after the one that was seen. */
static const struct store_ack *kept_from(const struct hush *hush, const char *name)
{
        const struct ack_matter matter = {.stage = hush->stage, .due = hush->due, .today = hush->today};

        for (size_t i = 0; hush->repeat > 0 && i < hush->count; i++) {
                const struct store_ack *ack = &hush->list[i];

                if (ack_holds(ack, &matter) && ack->key.repeat < hush->repeat && strcmp(ack->name, name) == 0)
                        return ack;
        }
        return NULL;
}

/* Notes whom the repeat is kept from, once; whether it is. */
static bool keep_from(struct announcement *announcement, const char *name)
{
        const struct store_ack *ack = kept_from(&announcement->hush, name);

        if (ack == NULL)
                return false;
        for (size_t i = 0; i < announcement->silenced_count; i++)
                if (strcmp(announcement->silenced[i]->name, name) == 0)
                        return true;
        if (announcement->silenced_count == ANNOUNCEMENT_ROUTES)
                return false;
        announcement->silenced[announcement->silenced_count++] = ack;
        return true;
}

static bool routed(const struct announcement *announcement, const char *name)
{
        for (size_t i = 0; i < announcement->route_count; i++)
                if (strcmp(announcement->routes[i].name, name) == 0)
                        return true;
        return false;
}

/* Adds a route once, if there are less than limit. */
static void add_route(struct announcement *announcement, int kind, const char *name, size_t limit)
{
        struct store_route *route;

        for (size_t i = 0; i < announcement->route_count; i++)
                if (announcement->routes[i].kind == kind && strcmp(announcement->routes[i].name, name) == 0)
                        return;
        if (keep_from(announcement, name))
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

/* Somebody has to hear what leads to nobody: whoever watches, unless that role has acknowledged it. */
static void route_to_watch(struct announcement *announcement)
{
        const struct contacts *contacts = announcement->app->book->rules.contacts;

        if (contacts == NULL || !keep_from(announcement, contacts_watch(contacts)))
                announcement->watch = true;
}

void announcement_begin(struct announcement *announcement, struct app *app)
{
        announcement->app = app;
        announcement->alert = (struct store_alert){.old_due = CIVIL_NONE};
        announcement->mark = (struct store_mark){.case_id = 0};
        announcement->hush = (struct hush){.repeat = 0};
        announcement->route_count = announcement->silenced_count = 0;
        announcement->watch = announcement->unmarked = false;
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
                        route_to_watch(announcement);
        }
}

static enum status write_routes(struct announcement *announcement, uint64_t id)
{
        enum store_pending pending = announcement->alert.urgent ? STORE_AT_ONCE : STORE_WAITS;
        enum status status = STATUS_OK;

        if (announcement->app->book->rules.contacts == NULL)
                return STATUS_OK;
        for (size_t i = 0; status == STATUS_OK && i < announcement->route_count; i++) {
                const struct store_routing routing = {
                        .alert = id, .route = announcement->routes[i], .pending = pending};
                status = raised_route(announcement->app, &routing);
        }
        return status;
}

/* Who is told after all, by another stage, is not silenced. */
static enum status write_silenced(const struct announcement *announcement, uint64_t id)
{
        enum status status = announcement->silenced_count == 0 ? STATUS_OK : raised_write(announcement->app);

        for (size_t i = 0; status == STATUS_OK && i < announcement->silenced_count; i++)
                if (!routed(announcement, announcement->silenced[i]->name))
                        status = store_silenced_add(announcement->app->store, id, announcement->silenced[i]->name,
                                                    announcement->silenced[i]->id);
        return status;
}

/* Adds whoever watches where it is wanted, or where nobody else hears of it. That everybody has acknowledged is no
 * reason. */
static void add_watch(struct announcement *announcement)
{
        const struct contacts *contacts = announcement->app->book->rules.contacts;
        bool nobody = announcement->route_count == 0 && announcement->silenced_count == 0;

        announcement->hush = (struct hush){.repeat = 0};
        if (contacts != NULL && (announcement->watch || nobody))
                add_route(announcement, CONTACT_ROLE, contacts_watch(contacts), ROUTES_MAX + 1);
}

static void name_routes(const struct announcement *announcement, char text[static HEARD_BY_SIZE])
{
        size_t used = 0;

        for (size_t i = 0; i < announcement->route_count; i++) {
                const char *name = announcement->routes[i].name;
                size_t length = strnlen(name, sizeof announcement->routes[i].name - 1);

                if (i > 0) {
                        memcpy(text + used, ", ", 2);
                        used += 2;
                }
                memcpy(text + used, name, length);
                used += length;
        }
        text[used] = '\0';
}

enum status announce(struct announcement *announcement, bool *ret_raised)
{
        struct app *app = announcement->app;
        char heard_by[HEARD_BY_SIZE];
        bool marked = false;
        uint64_t id = 0;
        enum status status =
                announcement->unmarked ? STATUS_OK : store_marked(app->store, &announcement->mark, &marked);

        *ret_raised = false;
        if (status != STATUS_OK || marked)
                return status;
        add_watch(announcement);
        name_routes(announcement, heard_by);
        announcement->alert.to = heard_by;
        status = raised_alert(app, &announcement->alert, &id);
        announcement->alert.to = NULL;
        announcement->mark.alert = id;
        if (status == STATUS_OK)
                status = raised_mark(app, &announcement->mark);
        if (status == STATUS_OK)
                status = write_routes(announcement, id);
        if (status == STATUS_OK)
                status = write_silenced(announcement, id);
        if (status != STATUS_OK)
                return status;
        if (app->raised_first == 0)
                app->raised_first = id;
        app->raised_last = id;
        *ret_raised = true;
        return STATUS_OK;
}
