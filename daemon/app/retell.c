/*
 * retell - what a message carries, once more, to whoever is meant now.
 *
 * A letter whose mailbox the contacts name no more reaches nobody, however often
 * it is tried. Its alerts are told to those whom their routes mean today; nobody
 * whom another message tells of an alert is told of it again.
 */
#include <stdlib.h>
#include <string.h>

#include "letter.h"
#include "mappad/mailbox.h"

struct fresh {
        const char *mailbox; /* of the contacts */
        uint64_t *alerts;
        size_t count;
};

struct retelling {
        struct app *app;
        struct moment moment;
        const struct store_message *message;
        struct arena arena;
        struct store_told *told; /* by whichever message */
        size_t told_count, told_capacity;
        size_t alert_count; /* of the message */
        struct fresh *fresh;
        size_t fresh_count, fresh_capacity;
        struct recipients recipients;
        struct store_route routes[ANNOUNCEMENT_ROUTES];
};

static enum status take_told(void *context, const struct store_told *told)
{
        struct retelling *retelling = context;
        const char *recipient = arena_copy(&retelling->arena, told->recipient, strlen(told->recipient));

        if (retelling->told_count == retelling->told_capacity) {
                size_t capacity = retelling->told_capacity == 0 ? 64 : retelling->told_capacity * 2;
                struct store_told *list = arena_array(&retelling->arena, capacity, sizeof *list);
                if (list == NULL)
                        return STATUS_NO_MEMORY;
                if (retelling->told_count > 0)
                        memcpy(list, retelling->told, retelling->told_count * sizeof *list);
                retelling->told = list;
                retelling->told_capacity = capacity;
        }
        retelling->told[retelling->told_count++] = (struct store_told){told->message, told->alert, recipient};
        retelling->alert_count += told->message == retelling->message->id;
        return recipient == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static bool was_told(const struct retelling *retelling, uint64_t alert, const char *mailbox)
{
        for (size_t i = 0; i < retelling->told_count; i++)
                if (retelling->told[i].alert == alert && mailbox_same(retelling->told[i].recipient, mailbox))
                        return true;
        return false;
}

static struct fresh *fresh_for(struct retelling *retelling, const char *mailbox)
{
        struct arena *arena = &retelling->arena;

        for (size_t i = 0; i < retelling->fresh_count; i++)
                if (mailbox_same(retelling->fresh[i].mailbox, mailbox))
                        return &retelling->fresh[i];
        if (retelling->fresh_count == retelling->fresh_capacity) {
                size_t capacity = retelling->fresh_capacity == 0 ? 8 : retelling->fresh_capacity * 2;
                struct fresh *list = arena_array(arena, capacity, sizeof *list);
                if (list == NULL)
                        return NULL;
                if (retelling->fresh_count > 0)
                        memcpy(list, retelling->fresh, retelling->fresh_count * sizeof *list);
                retelling->fresh = list;
                retelling->fresh_capacity = capacity;
        }
        struct fresh *fresh = &retelling->fresh[retelling->fresh_count];
        *fresh = (struct fresh){mailbox, arena_array(arena, retelling->alert_count, sizeof(uint64_t)), 0};
        retelling->fresh_count += fresh->alerts != NULL;
        return fresh->alerts != NULL ? fresh : NULL;
}

/* Notes an alert for each mailbox that a route means today and that was not told of it. */
static enum status follow(struct retelling *retelling, const struct store_route *route, uint64_t alert)
{
        const struct contacts *contacts = app_contacts(retelling->app);
        enum contact_kind kind = route->kind == CONTACT_AGENCY ? CONTACT_AGENCY : CONTACT_ROLE;
        struct recipients *recipients = &retelling->recipients;
        int32_t today = app_day(retelling->app, retelling->moment);

        recipients->count = 0;
        if (!contacts_resolve(contacts, kind, route->name, today, recipients))
                (void)contacts_resolve(contacts, CONTACT_ROLE, contacts_watch(contacts), today, recipients);
        for (size_t i = 0; i < recipients->count; i++) {
                const char *mailbox = recipients->list[i].mailbox;
                struct fresh *fresh;

                if (was_told(retelling, alert, mailbox))
                        continue;
                fresh = fresh_for(retelling, mailbox);
                if (fresh == NULL)
                        return STATUS_NO_MEMORY;
                /* Alerts come one after another, so that one by several routes comes last. */
                if (fresh->count == 0 || fresh->alerts[fresh->count - 1] != alert)
                        fresh->alerts[fresh->count++] = alert;
        }
        return STATUS_OK;
}

static enum status look_at_alert(struct retelling *retelling, uint64_t alert)
{
        size_t count = 0;
        enum status status =
                store_routes_of(retelling->app->store, alert, retelling->routes, ANNOUNCEMENT_ROUTES, &count);

        for (size_t i = 0; status == STATUS_OK && i < count; i++)
                status = follow(retelling, &retelling->routes[i], alert);
        return status;
}

static enum status write_letters(const struct retelling *retelling)
{
        const struct delivery delivery = {.moment = retelling->moment,
                                          .pending = retelling->message->urgent ? STORE_AT_ONCE : STORE_WAITS};
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < retelling->fresh_count; i++) {
                const struct fresh *fresh = &retelling->fresh[i];
                status = deliver_letter(retelling->app, &delivery, fresh->mailbox,
                                        (struct letter_alerts){fresh->alerts, fresh->count});
        }
        return status;
}

enum status retell(struct app *app, struct moment moment, const struct store_message *message, uint64_t *ret_letters)
{
        struct retelling *retelling = calloc(1, sizeof *retelling);
        enum status status = STATUS_NO_MEMORY;

        *ret_letters = 0;
        if (retelling == NULL)
                return status;
        retelling->app = app;
        retelling->moment = moment;
        retelling->message = message;
        arena_init(&retelling->arena, malloc, free);
        status = store_message_told(app->store, message->id, take_told, retelling);
        for (size_t i = 0; status == STATUS_OK && i < retelling->told_count; i++)
                if (retelling->told[i].message == message->id)
                        status = look_at_alert(retelling, retelling->told[i].alert);
        if (status == STATUS_OK)
                status = write_letters(retelling);
        *ret_letters = retelling->fresh_count;
        arena_fini(&retelling->arena);
        free(retelling);
        return status;
}
