/*
 * held - what is held about one case apart from its record (app_held.h).
 *
 * A message tells of many cases: what it says of others is not given.
 */
#include "mappad/app_held.h"

#include <stdlib.h>
#include <string.h>

#include "ack.h"
#include "mappad/store_erase.h"
#include "mappad/store_held.h"
#include "reach.h"

/* A case, and what of it is in hand. */
struct holding {
        struct app *app;
        const char *ref;
        uint64_t case_id;
        struct arena arena; /* what is kept from one row to the next */
        struct arena row;   /* one row */
        struct reach reach;
        struct app_held_message message;
        struct store_message stored;
        bool found;
};

static enum status holding_begin(struct holding *holding, struct app *app, const char *ref)
{
        *holding = (struct holding){.app = app, .ref = ref};
        arena_init(&holding->arena, malloc, free);
        arena_init(&holding->row, malloc, free);
        enum status status = store_case_id(app->store, ref, false, &holding->case_id);
        return status == STATUS_OK ? reach_load(app->store, holding->case_id, &holding->arena, &holding->reach)
                                   : status;
}

static void holding_end(struct holding *holding)
{
        arena_fini(&holding->arena);
        arena_fini(&holding->row);
}

enum status app_held_alerts(struct app *app, const char *ref, app_alert_fn sink, void *context)
{
        struct holding holding;
        enum status status = holding_begin(&holding, app, ref);

        for (size_t i = 0; status == STATUS_OK && i < holding.reach.alerts.count; i++)
                status = alert_give(app, holding.reach.alerts.ids[i], sink, context);
        holding_end(&holding);
        return status;
}

/* ---- messages ---- */

/* The paragraphs that name a reference, an empty line between each two. */
static enum status keep_paragraphs(void *context, const struct store_letter *letter)
{
        struct holding *holding = context;
        size_t used = 0, size = strlen(letter->body);
        char *kept = arena_array(&holding->row, size + 3, 1);
        const char *at = letter->body;

        if (kept == NULL)
                return STATUS_NO_MEMORY;
        while (*at != '\0') {
                const char *end = strstr(at, "\n\n");
                size_t length = end == NULL ? strlen(at) : (size_t)(end - at);
                if (store_names_case(at, length, holding->ref)) {
                        memcpy(kept + used, at, length);
                        used += length;
                        memcpy(kept + used, "\n\n", 2);
                        used += 2;
                }
                at += length + strspn(at + length, "\n");
        }
        while (used > 0 && kept[used - 1] == '\n')
                used--;
        kept[used] = '\0';
        holding->message.says = kept;
        return STATUS_OK;
}

static const char *kept(struct arena *arena, const char *text)
{
        return text == NULL ? NULL : arena_copy(arena, text, strlen(text));
}

/* Texts of the row live no longer than the question: they are copied. */
static enum status keep_message(void *context, const struct store_message *row)
{
        struct holding *holding = context;
        struct app_outbox_row *to = &holding->message.row;

        *to = outbox_row(row);
        to->recipient = kept(&holding->row, row->recipient);
        to->message_id = kept(&holding->row, row->message_id);
        to->subject = kept(&holding->row, row->subject);
        to->last_answer = kept(&holding->row, row->answer);
        bool whole = to->recipient != NULL && to->message_id != NULL && to->subject != NULL &&
                     (row->answer == NULL || to->last_answer != NULL);
        return whole ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Of the alerts of the case those that a message carried. */
static enum status add_carried(struct holding *holding, uint64_t message)
{
        struct id_list carried = {.arena = &holding->row};
        enum status status = store_held_carries(holding->app->store, message, id_list_add, &carried);
        size_t ours = 0;

        id_list_settle(&carried);
        for (size_t i = 0; i < carried.count; i++)
                if (id_list_has(&holding->reach.alerts, carried.ids[i]))
                        carried.ids[ours++] = carried.ids[i];
        holding->message.alerts = carried.ids;
        holding->message.alert_count = ours;
        return status;
}

static enum status read_message(struct holding *holding, uint64_t id, bool *ret_found)
{
        enum status status;

        arena_reset(&holding->row);
        holding->message = (struct app_held_message){.says = ""};
        status = store_message_get(holding->app->store, id, keep_message, holding, ret_found);
        if (status == STATUS_OK)
                status = add_carried(holding, id);
        return status == STATUS_OK ? store_letter_get(holding->app->store, id, keep_paragraphs, holding) : status;
}

enum status app_held_messages(struct app *app, const char *ref, app_held_message_fn sink, void *context)
{
        struct holding holding;
        enum status status = holding_begin(&holding, app, ref);

        for (size_t i = 0; status == STATUS_OK && i < holding.reach.messages.count; i++) {
                bool found = false;
                status = read_message(&holding, holding.reach.messages.ids[i], &found);
                if (status == STATUS_OK && found)
                        sink(context, &holding.message);
        }
        holding_end(&holding);
        return status;
}

/* ---- diaries ---- */

struct dating {
        struct holding *holding;
        app_held_date_fn sink;
        void *context;
        const char **mailboxes;
        size_t count, capacity;
};

static enum status keep_mailbox(void *context, const struct store_diary_sent *sent)
{
        struct dating *dating = context;
        struct arena *arena = &dating->holding->row;

        if (dating->count == dating->capacity) {
                size_t capacity = dating->capacity == 0 ? 8 : dating->capacity * 2;
                const char **mailboxes = arena_array(arena, capacity, sizeof *mailboxes);
                if (mailboxes == NULL)
                        return STATUS_NO_MEMORY;
                if (dating->count > 0)
                        memcpy(mailboxes, dating->mailboxes, dating->count * sizeof *mailboxes);
                dating->mailboxes = mailboxes;
                dating->capacity = capacity;
        }
        dating->mailboxes[dating->count] = kept(arena, sent->recipient);
        return dating->mailboxes[dating->count++] == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status give_date(void *context, const struct store_diary_row *row)
{
        struct dating *dating = context;
        struct store *store = dating->holding->app->store;
        struct app_held_date date = {.rule = store_text(store, row->key.rule),
                                     .item = row->key.item[0] == '\0' ? NULL : row->key.item,
                                     .started = row->key.started,
                                     .due = row->entry.due,
                                     .plan_by = row->entry.plan_by,
                                     .sequence = row->entry.sequence,
                                     .gone = row->entry.gone};

        arena_reset(&dating->holding->row);
        dating->mailboxes = NULL;
        dating->count = dating->capacity = 0;
        enum status status = store_held_copies(store, row->entry.id, keep_mailbox, dating);
        date.mailboxes = dating->mailboxes;
        date.mailbox_count = dating->count;
        if (status == STATUS_OK)
                dating->sink(dating->context, &date);
        return status;
}

enum status app_held_diary(struct app *app, const char *ref, app_held_date_fn sink, void *context)
{
        struct holding holding;
        struct dating dating = {.holding = &holding, .sink = sink, .context = context};
        enum status status = holding_begin(&holding, app, ref);

        if (status == STATUS_OK)
                status = store_held_diary(app->store, holding.case_id, give_date, &dating);
        holding_end(&holding);
        return status;
}
