/*
 * access - lines for the log of accesses, written with the next flush (app_access.h).
 */
#include "mappad/app_access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "mappad/store_access.h"

#define SIGHT_TEXT_SIZE 200
#define LOOKED_AT 500 /* lines of other people between two answers of APP_WORKING */

struct app_access_wait {
        struct app_access access;
        app_access_done_fn done;
        void *context;
        struct app_access_wait *next;
        char user[64], what[32], ref[CASE_REF_MAX + 1];
        char detail[APP_ACCESS_TEXT_MAX + 4], purpose[APP_PURPOSE_MAX + 1];
};

/* ---- the queue ---- */

static const char *keep(char *space, size_t size, const char *text)
{
        size_t length = text == NULL ? 0 : strnlen(text, size - 1);

        if (text == NULL)
                return NULL;
        memcpy(space, text, length);
        space[length] = '\0';
        if (text[length] != '\0' && size > 3)
                memcpy(space + size - 4, "...", 4);
        return space;
}

/* The question, and what of the caseload it was about: what is cut off is never that. */
static const char *keep_detail(const struct app *app, struct app_access_wait *wait, const struct app_access *access)
{
        char seen[SIGHT_TEXT_SIZE];
        size_t length;

        scope_describe(app, access->actor.sight, seen, sizeof seen);
        if (seen[0] == '\0')
                return keep(wait->detail, sizeof wait->detail, access->detail);
        length = (size_t)snprintf(wait->detail, sizeof wait->detail, "%s%s", seen, access->detail == NULL ? "" : " ");
        (void)keep(wait->detail + length, sizeof wait->detail - length, access->detail);
        return wait->detail;
}

enum status app_access(struct app *app, const struct app_access *access, app_access_done_fn done, void *context)
{
        struct app_access_wait *wait = malloc(sizeof *wait);

        if (wait == NULL)
                return STATUS_NO_MEMORY;
        wait->access = *access;
        wait->done = done;
        wait->context = context;
        wait->next = NULL;
        wait->access.actor.name = keep(wait->user, sizeof wait->user, access->actor.name);
        wait->access.what = keep(wait->what, sizeof wait->what, access->what);
        wait->access.case_ref = keep(wait->ref, sizeof wait->ref, access->case_ref);
        wait->access.detail = keep_detail(app, wait, access);
        wait->access.purpose = keep(wait->purpose, sizeof wait->purpose, access->purpose);
        *app->accesses_end = wait;
        app->accesses_end = &wait->next;
        return STATUS_OK;
}

void app_access_forget(struct app *app, const void *context)
{
        struct app_access_wait *lists[] = {app->accesses, app->telling};

        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
                for (struct app_access_wait *wait = lists[i]; wait != NULL; wait = wait->next)
                        if (wait->context == context)
                                wait->done = NULL;
}

static enum status write_one(struct app *app, const struct app_access *access)
{
        struct store_access line = {.at_ms = access->at_ms,
                                    .uid = access->actor.uid,
                                    .user = access->actor.name,
                                    .what = access->what,
                                    .ref = access->case_ref,
                                    .detail = access->detail,
                                    .rows = access->rows,
                                    .purpose = access->purpose};
        enum status status = store_person(app->store, access->actor.uid, access->actor.name, &line.person);

        if (status == STATUS_OK && access->case_ref != NULL)
                status = store_case_id(app->store, access->case_ref, false, &line.case_id);
        /* Nothing was ever recorded of it, and nothing is shown of it: the question itself still says its name. */
        if (line.case_id == 0)
                line.ref = NULL;
        return status == STATUS_OK ? store_access_add(app->store, &line) : status;
}

enum status access_apply(struct app *app)
{
        enum status status = STATUS_OK;

        for (const struct app_access_wait *wait = app->accesses; status == STATUS_OK && wait != NULL; wait = wait->next)
                status = write_one(app, &wait->access);
        return status;
}

/* A line alone does not wait for the disk: it is written, and is brought there within a second (sync.c). What that
 * leaves open, a power cut in this moment, is weighed in DECISIONS.md. After a sync that failed, lines wait until one
 * has not. */
enum status access_alone(struct app *app, struct moment moment)
{
        bool waits = app->sync_failed;
        enum status status = waits ? app_begin(app) : app_begin_aside(app);

        if (status == STATUS_OK)
                status = access_apply(app);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status != STATUS_OK)
                return status;
        if (!waits)
                sync_later(app, moment);
        return STATUS_OK;
}

void access_take(struct app *app)
{
        app->telling = app->accesses;
        app->accesses = NULL;
        app->accesses_end = &app->accesses;
}

void access_tell(struct app *app, enum status status)
{
        struct app_access_wait *wait = app->telling;

        while (wait != NULL) {
                struct app_access_wait *next = wait->next;
                app_access_done_fn done = wait->done;
                void *context = wait->context;
                /* Those further on may be forgotten by this call. */
                app->telling = next;
                free(wait);
                if (done != NULL)
                        done(context, status);
                wait = app->telling;
        }
}

/* ---- messages ---- */

struct carried {
        uint64_t *ids;
        size_t count, capacity;
        struct arena *arena;
};

static enum status take_case(void *context, uint64_t case_id)
{
        struct carried *carried = context;

        if (carried->count == carried->capacity) {
                size_t capacity = carried->capacity == 0 ? 32 : carried->capacity * 2;
                uint64_t *ids = arena_array(carried->arena, capacity, sizeof *ids);
                if (ids == NULL)
                        return STATUS_NO_MEMORY;
                if (carried->count > 0)
                        memcpy(ids, carried->ids, carried->count * sizeof *ids);
                carried->ids = ids;
                carried->capacity = capacity;
        }
        carried->ids[carried->count++] = case_id;
        return STATUS_OK;
}

static int by_number(const void *left, const void *right)
{
        const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

        return (a > b) - (a < b);
}

/* Each case once, by number. */
static void put_in_order(struct carried *carried)
{
        size_t kept = 0;

        if (carried->count > 1)
                qsort(carried->ids, carried->count, sizeof *carried->ids, by_number);
        for (size_t i = 0; i < carried->count; i++)
                if (kept == 0 || carried->ids[i] != carried->ids[kept - 1])
                        carried->ids[kept++] = carried->ids[i];
        carried->count = kept;
}

enum status access_message(struct app *app, struct moment moment, const struct sent_message *message)
{
        struct carried carried = {.arena = &app->work};
        struct store_access line = {.at_ms = moment.ms,
                                    .what = message->ambiguous ? "message-perhaps" : "message",
                                    .detail = message->message_id,
                                    .rows = -1,
                                    .recipients = message->recipient};
        enum status status = STATUS_OK;

        arena_reset(&app->work);
        /* A message of counts alone tells of no case. */
        if (!app->settings.counts_only)
                status = store_message_cases(app->store, message->id, take_case, &carried);
        put_in_order(&carried);
        line.rows = (int64_t)carried.count;
        if (status == STATUS_OK && carried.count == 0)
                return store_access_add(app->store, &line);
        for (size_t i = 0; status == STATUS_OK && i < carried.count; i++) {
                struct store_case casefile;
                bool found = false;
                status = store_case_get(app->store, carried.ids[i], &casefile, &found);
                line.case_id = found ? carried.ids[i] : 0;
                line.ref = found ? casefile.ref : NULL;
                if (status == STATUS_OK)
                        status = store_access_add(app->store, &line);
        }
        return status;
}

/* ---- reading ---- */

struct reading {
        struct app_access_walk *walk;
        app_access_fn sink;
        void *context;
        bool any, matched;
};

static bool is_person(const struct app_access_line *line, const char *user)
{
        char number[16];

        if (user == NULL)
                return true;
        if (line->by_service)
                return false;
        (void)snprintf(number, sizeof number, "%u", line->uid);
        return strcmp(line->user, user) == 0 || strcmp(number, user) == 0;
}

static enum status give(void *context, const struct store_access *access)
{
        struct reading *reading = context;
        struct app_access_line line = {.seq = access->seq,
                                       .at_ms = access->at_ms,
                                       .by_service = access->user == NULL,
                                       .uid = access->uid,
                                       .user = access->user,
                                       .what = access->what,
                                       .case_ref = access->ref,
                                       .detail = access->detail,
                                       .purpose = access->purpose,
                                       .recipients = access->recipients,
                                       .rows = access->rows};

        reading->any = true;
        reading->walk->before = access->seq;
        reading->matched = is_person(&line, reading->walk->user);
        if (reading->matched)
                reading->sink(reading->context, &line);
        return STATUS_OK;
}

enum status app_access_next(struct app *app, struct app_access_walk *walk, app_access_fn sink, void *context,
                            enum app_row *ret_kind)
{
        struct store_access_page page = {.limit = 1};
        enum status status = STATUS_OK;

        *ret_kind = APP_END;
        if (walk->case_ref != NULL)
                status = store_case_id(app->store, walk->case_ref, false, &page.case_id);
        if (status != STATUS_OK || (walk->case_ref != NULL && page.case_id == 0))
                return status;
        for (int i = 0; i < LOOKED_AT; i++) {
                struct reading reading = {.walk = walk, .sink = sink, .context = context};
                page.before = walk->before;
                status = store_accesses(app->store, &page, give, &reading);
                if (status != STATUS_OK || !reading.any)
                        return status;
                if (reading.matched) {
                        *ret_kind = APP_ROW;
                        return STATUS_OK;
                }
        }
        *ret_kind = APP_WORKING;
        return STATUS_OK;
}
