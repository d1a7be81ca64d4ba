/*
 * raised - what a step of a sweep raises, held for a while and written together.
 *
 * A statement costs as much as four rows do, and a sweep may raise a hundred
 * thousand. Alerts are numbered as they are held, so that marks and routes know
 * them; they are written before what refers to them. Without a step in hand
 * everything is written at once.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"

#define HELD_ALERTS 256
#define HELD_MARKS 512
#define HELD_ROUTES 512

struct raised {
        struct store_alert alerts[HELD_ALERTS];
        struct store_mark marks[HELD_MARKS];
        struct store_routing routes[HELD_ROUTES];
        size_t alert_count, mark_count, route_count;
        uint64_t last; /* number of the latest alert */
};

enum status raised_begin(struct app *app)
{
        struct raised *raised = malloc(sizeof *raised);
        enum status status = STATUS_NO_MEMORY;

        ENSURE(app->raised == NULL);
        if (raised == NULL)
                return status;
        raised->alert_count = raised->mark_count = raised->route_count = 0;
        status = store_alert_last(app->store, &raised->last);
        if (status == STATUS_OK)
                app->raised = raised;
        else
                free(raised);
        return status;
}

enum status raised_write(struct app *app)
{
        struct raised *raised = app->raised;
        enum status status;

        if (raised == NULL)
                return STATUS_OK;
        status = store_alerts_add(app->store, raised->alerts, raised->alert_count);
        if (status == STATUS_OK)
                status = store_marks_add(app->store, raised->marks, raised->mark_count);
        if (status == STATUS_OK)
                status = store_routes_add(app->store, raised->routes, raised->route_count);
        raised->alert_count = raised->mark_count = raised->route_count = 0;
        arena_reset(&app->raised_texts);
        return status;
}

enum status raised_end(struct app *app, enum status status)
{
        if (status == STATUS_OK)
                status = raised_write(app);
        arena_reset(&app->raised_texts);
        free(app->raised);
        app->raised = NULL;
        return status;
}

/* A text that outlives the case that it is of. */
static const char *kept(struct app *app, const char *text, bool *failed)
{
        const char *copy;

        if (text == NULL || text[0] == '\0')
                return text == NULL ? NULL : "";
        copy = arena_copy(&app->raised_texts, text, strlen(text));
        *failed = *failed || copy == NULL;
        return copy;
}

enum status raised_alert(struct app *app, const struct store_alert *alert, uint64_t *ret_id)
{
        struct raised *raised = app->raised;
        enum status status = STATUS_OK;
        struct store_alert *held;
        bool failed = false;

        if (raised == NULL)
                return store_alert_add(app->store, alert, ret_id);
        if (raised->alert_count == HELD_ALERTS)
                status = raised_write(app);
        if (status != STATUS_OK)
                return status;
        held = &raised->alerts[raised->alert_count];
        *held = *alert;
        held->item = kept(app, alert->item, &failed);
        held->says = kept(app, alert->says, &failed);
        held->subject_id = kept(app, alert->subject_id, &failed);
        held->to = kept(app, alert->to, &failed);
        if (failed)
                return STATUS_NO_MEMORY;
        raised->alert_count++;
        *ret_id = held->id = ++raised->last;
        return STATUS_OK;
}

enum status raised_mark(struct app *app, const struct store_mark *mark)
{
        struct raised *raised = app->raised;
        enum status status = STATUS_OK;
        struct store_mark *held;
        bool failed = false;

        if (raised == NULL)
                return store_mark_add(app->store, mark);
        if (raised->mark_count == HELD_MARKS)
                status = raised_write(app);
        if (status != STATUS_OK)
                return status;
        held = &raised->marks[raised->mark_count];
        *held = *mark;
        held->item = kept(app, mark->item, &failed);
        if (failed)
                return STATUS_NO_MEMORY;
        raised->mark_count++;
        return STATUS_OK;
}

enum status raised_route(struct app *app, const struct store_routing *routing)
{
        struct raised *raised = app->raised;
        enum status status = STATUS_OK;

        if (raised == NULL)
                return store_routes_add(app->store, routing, 1);
        if (raised->route_count == HELD_ROUTES)
                status = raised_write(app);
        if (status == STATUS_OK)
                raised->routes[raised->route_count++] = *routing;
        return status;
}
