/*
 * diary - what a letter does to the diary of whoever gets it.
 *
 * What was published of an obligation is written down with the message that
 * publishes it, in one transaction: so the sequence of a date rises exactly when
 * what diaries hold of it changes, whatever crashes or is sent again. A date is
 * the same in every diary. It follows an obligation whose day of starting moved
 * with it, it leaves when the obligation is met or ends, and it comes back when
 * what met it is retracted: with the next letter to that mailbox, which is the
 * heartbeat at the latest; a change of the diary alone makes no message of its own.
 */
#include "letter.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

struct writing {
        struct app *app;
        const struct diary_letter *letter;
        struct arena *arena;
        uint8_t secret[STORE_DIARY_SECRET_SIZE];
        struct digest_event *events;
        size_t count; /* at most DIGEST_EVENTS_MAX */
};

/* One obligation and how it stands. */
struct standing {
        const struct store_diary_key *key;
        const struct digest_row *row;
        bool open;
};

/* The name that diaries know an entry by: its number, keyed, so that it neither counts nor can be guessed from. */
static enum status name_entry(const struct writing *writing, uint64_t id, uint8_t ret_name[static DIGEST_NAME_SIZE])
{
        uint8_t number[8], digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;

        for (size_t i = 0; i < sizeof number; i++)
                number[i] = (uint8_t)(id >> (56 - 8 * i));
        if (HMAC(EVP_sha256(), writing->secret, (int)sizeof writing->secret, number, sizeof number, digest, &length) ==
            NULL)
                return STATUS_NO_MEMORY;
        memcpy(ret_name, digest, DIGEST_NAME_SIZE);
        return STATUS_OK;
}

/* Sends an entry as it is now published. */
static enum status send_entry(struct writing *writing, const struct store_diary_entry *entry,
                              const struct digest_row *row)
{
        struct digest_event *event = &writing->events[writing->count];
        enum status status = name_entry(writing, entry->id, event->name);

        if (status != STATUS_OK)
                return status;
        event->sequence = entry->sequence;
        event->gone = entry->gone;
        event->reference = row->reference;
        event->duty = row->duty;
        event->due = entry->due;
        event->plan_by = entry->plan_by;
        writing->count++;
        return store_diary_copy(writing->app->store, writing->letter->mailbox, entry);
}

static enum status publish(struct writing *writing, const struct standing *standing, struct store_diary_entry *entry,
                           bool found)
{
        struct store *store = writing->app->store;
        const struct digest_row *row = standing->row;
        enum status status = STATUS_OK;

        if (!found) {
                *entry = (struct store_diary_entry){.due = row->due, .plan_by = row->plan_by};
                status = store_diary_add(store, standing->key, entry);
        } else if (entry->gone || entry->due != row->due || entry->plan_by != row->plan_by) {
                entry->due = row->due;
                entry->plan_by = row->plan_by;
                entry->gone = false;
                entry->sequence++;
                status = store_diary_put(store, entry);
        }
        return status == STATUS_OK ? send_entry(writing, entry, row) : status;
}

static enum status take_out(struct writing *writing, const struct standing *standing, struct store_diary_entry *entry)
{
        enum status status = STATUS_OK;

        if (!entry->gone) {
                entry->gone = true;
                entry->sequence++;
                status = store_diary_put(writing->app->store, entry);
        }
        return status == STATUS_OK ? send_entry(writing, entry, standing->row) : status;
}

/* The entry of an obligation, if it has one: also one of an obligation whose place it took when the date moved. */
static enum status find_entry(struct writing *writing, const struct standing *standing, struct store_diary_entry *entry,
                              bool *ret_found)
{
        struct store *store = writing->app->store;
        enum status status = store_diary_get(store, standing->key, entry, ret_found);

        if (status != STATUS_OK || *ret_found || !standing->open || standing->row->was_due == CIVIL_NONE)
                return status;
        status = store_diary_rekey(store, standing->key, standing->row->was_due);
        return status == STATUS_OK ? store_diary_get(store, standing->key, entry, ret_found) : status;
}

static enum status keep_diary(struct writing *writing, const struct standing *standing)
{
        struct store_diary_entry entry = {.due = CIVIL_NONE};
        bool found = false, copied = false;
        enum status status = find_entry(writing, standing, &entry, &found);

        if (status == STATUS_OK && found)
                status = store_diary_copied(writing->app->store, writing->letter->mailbox, entry.id, &copied);
        if (status != STATUS_OK)
                return status;
        /* A day that is past is put into no diary that has not got it. */
        if (standing->open && standing->row->due != CIVIL_NONE)
                return copied || standing->row->due >= writing->letter->today
                               ? publish(writing, standing, &entry, found)
                               : STATUS_OK;
        return copied ? take_out(writing, standing, &entry) : STATUS_OK;
}

/* ---- the rows of the letter, the most urgent first ---- */

static int by_due(const void *one, const void *other)
{
        const struct standing *a = one, *b = other;

        if (a->row->due != b->row->due)
                return a->row->due < b->row->due ? -1 : 1;
        return (a->row > b->row) - (a->row < b->row);
}

static enum status write_rows(struct writing *writing)
{
        const struct letter_rows *rows = &writing->letter->rows;
        struct standing *standings = arena_array(writing->arena, rows->count, sizeof *standings);
        enum status status = STATUS_OK;
        size_t count = 0;

        if (standings == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < rows->count; i++)
                if (rows->duties[i].key.rule != 0)
                        standings[count++] =
                                (struct standing){&rows->duties[i].key, &rows->rows[i], rows->duties[i].open};
        if (count > 0)
                qsort(standings, count, sizeof *standings, by_due);
        for (size_t i = 0; status == STATUS_OK && i < count && writing->count < DIGEST_EVENTS_MAX; i++)
                status = keep_diary(writing, &standings[i]);
        return status;
}

/* ---- what the mailbox was sent before and is so no more, and what was taken from it and is so after all ---- */

struct stale {
        struct arena *arena;
        struct store_diary_key keys[DIGEST_EVENTS_MAX];
        const char *refs[DIGEST_EVENTS_MAX];
        size_t count;
};

static enum status take_stale(void *context, const struct store_diary_key *key, const char *ref)
{
        struct stale *stale = context;
        const char *item = key->item == NULL ? NULL : arena_copy(stale->arena, key->item, strlen(key->item));
        const char *copy = ref == NULL ? NULL : arena_copy(stale->arena, ref, strlen(ref));

        if (item == NULL || copy == NULL)
                return STATUS_NO_MEMORY;
        stale->keys[stale->count] = *key;
        stale->keys[stale->count].item = item;
        stale->refs[stale->count++] = copy;
        return STATUS_OK;
}

typedef enum status (*ask_fn)(struct store *store, const struct store_diary_page *page, store_diary_fn sink,
                              void *context);

static enum status write_found(struct writing *writing, ask_fn ask)
{
        struct stale *stale = arena_alloc(writing->arena, sizeof *stale);
        struct store_diary_page page = {.recipient = writing->letter->mailbox,
                                        .limit = DIGEST_EVENTS_MAX - writing->count,
                                        .today = writing->letter->today};
        enum status status;

        if (stale == NULL)
                return STATUS_NO_MEMORY;
        stale->arena = writing->arena;
        stale->count = 0;
        status = ask(writing->app->store, &page, take_stale, stale);
        for (size_t i = 0; status == STATUS_OK && i < stale->count; i++) {
                struct letter_standing now;

                status = letter_standing(writing->app, &stale->keys[i], stale->refs[i], writing->arena, &now);
                if (status == STATUS_OK)
                        status = keep_diary(writing, &(struct standing){&stale->keys[i], &now.row, now.open});
        }
        return status;
}

enum status diary_write(struct app *app, const struct diary_letter *letter, struct arena *arena,
                        struct digest_diary *ret_diary)
{
        struct writing writing = {.app = app, .letter = letter, .arena = arena};
        enum status status = store_diary_secret(app->store, writing.secret);

        writing.events = arena_array(arena, DIGEST_EVENTS_MAX, sizeof *writing.events);
        if (writing.events == NULL)
                return STATUS_NO_MEMORY;
        if (status == STATUS_OK)
                status = write_rows(&writing);
        if (status == STATUS_OK && writing.count < DIGEST_EVENTS_MAX)
                status = write_found(&writing, store_diary_stale);
        if (status == STATUS_OK && writing.count < DIGEST_EVENTS_MAX)
                status = write_found(&writing, store_diary_back);
        ret_diary->events = writing.events;
        ret_diary->count = writing.count;
        return status;
}
