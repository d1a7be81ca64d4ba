/*
 * heartbeat - on some days of the week everybody is told what stands, so that
 * "nothing due" is never said to somebody who was told of something that is still open.
 *
 * Of many cases it is gathered in steps, one case after another, while the record goes on.
 * What is about to change of a case that was looked at first takes away what stood of it
 * (heartbeat_leave; what cannot be read is not changed either), and leaves the case out: it is looked at again. So
 * between any two changes what was gathered is what stands of all cases but for those that
 * are out or were not looked at yet, whatever becomes of the transaction that changes them;
 * and when there are none of these it is what one pass would find.
 */
#include "heartbeat_inside.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_CASES 16 /* looked at between two looks at the time: some 0.3 ms */
#define LEAST_CASES 32 /* of a step */
#define BEGUN_MAX 3    /* how often it is gathered in steps for one sweep: then it is left to the transaction */
#define FAILED_MAX 20  /* and how many more of these may fail, half a minute apart */
#define WORD_BITS 64

/* ---- beginning and ending ---- */

struct everybody {
        struct heartbeat *heartbeat;
        size_t capacity;
};

static void count_step(void *context, const struct contact_step *step)
{
        struct everybody *everybody = context;

        (void)step;
        everybody->capacity++;
}

static void take_step(void *context, const struct contact_step *step)
{
        struct everybody *everybody = context;
        struct heartbeat *heartbeat = everybody->heartbeat;

        if (heartbeat_mailbox_of(heartbeat, step->mailbox) == heartbeat->mailbox_count)
                heartbeat->mailboxes[heartbeat->mailbox_count++].mailbox = step->mailbox;
}

static enum status name_everybody(struct heartbeat *heartbeat)
{
        const struct contacts *contacts = heartbeat->book->rules.contacts;
        struct everybody everybody = {.heartbeat = heartbeat};

        contacts_everybody(contacts, heartbeat->today, count_step, &everybody);
        heartbeat->mailboxes = arena_array(&heartbeat->arena, everybody.capacity, sizeof *heartbeat->mailboxes);
        if (heartbeat->mailboxes == NULL)
                return STATUS_NO_MEMORY;
        if (everybody.capacity > 0)
                memset(heartbeat->mailboxes, 0, everybody.capacity * sizeof *heartbeat->mailboxes);
        contacts_everybody(contacts, heartbeat->today, take_step, &everybody);
        return STATUS_OK;
}

static void heartbeat_free(struct heartbeat *heartbeat)
{
        if (heartbeat == NULL)
                return;
        for (size_t i = 0; i < heartbeat->mailbox_count; i++)
                free(heartbeat->mailboxes[i].kept);
        book_drop(heartbeat->book);
        arena_fini(&heartbeat->arena);
        free(heartbeat->out);
        free(heartbeat);
}

static enum status heartbeat_new(struct app *app, struct moment moment, struct heartbeat **ret_heartbeat)
{
        struct heartbeat *heartbeat = calloc(1, sizeof *heartbeat);
        enum status status;

        *ret_heartbeat = NULL;
        if (heartbeat == NULL)
                return STATUS_NO_MEMORY;
        heartbeat->app = app;
        heartbeat->book = book_hold(app->book);
        heartbeat->today = app_day(app, moment);
        heartbeat->since_ms = moment.ms;
        arena_init(&heartbeat->arena, malloc, free);
        status = name_everybody(heartbeat);
        if (status == STATUS_OK)
                status = store_case_last(app->store, &heartbeat->last);
        heartbeat->left = heartbeat->last;
        if (status == STATUS_OK)
                *ret_heartbeat = heartbeat;
        else
                heartbeat_free(heartbeat);
        return status;
}

void heartbeat_drop(struct app *app)
{
        heartbeat_free(app->heartbeat);
        app->heartbeat = NULL;
}

/* What was gathered is of no use on another day or under other rules and contacts. */
static bool holds(const struct heartbeat *heartbeat, struct moment moment)
{
        return heartbeat != NULL && !heartbeat->broken && heartbeat->book == heartbeat->app->book &&
               heartbeat->today == app_day(heartbeat->app, moment);
}

/* ---- which cases are out ---- */

static bool is_out(const struct heartbeat *heartbeat, uint64_t case_id)
{
        return (heartbeat->out[case_id / WORD_BITS] >> (case_id % WORD_BITS) & 1) != 0;
}

static void set_out(struct heartbeat *heartbeat, uint64_t case_id, bool out)
{
        uint64_t bit = UINT64_C(1) << (case_id % WORD_BITS), *word = &heartbeat->out[case_id / WORD_BITS];

        *word = out ? *word | bit : *word & ~bit;
        heartbeat->out_count = out ? heartbeat->out_count + 1 : heartbeat->out_count - 1;
}

/* One that is out, if there is any; going round, so that each has its turn. */
static uint64_t next_out(struct heartbeat *heartbeat)
{
        uint64_t word, bit = 0;

        while (heartbeat->out[heartbeat->out_at] == 0)
                heartbeat->out_at = (heartbeat->out_at + 1) % heartbeat->words;
        for (word = heartbeat->out[heartbeat->out_at]; (word & 1) == 0; word >>= 1)
                bit++;
        return heartbeat->out_at * WORD_BITS + bit;
}

/* A bit for every case that there is. */
static enum status make_room(struct heartbeat *heartbeat)
{
        size_t words = (size_t)(heartbeat->last / WORD_BITS) + 1;
        uint64_t *out;

        if (words <= heartbeat->words)
                return STATUS_OK;
        out = realloc(heartbeat->out, words * sizeof *out);
        if (out == NULL)
                return STATUS_NO_MEMORY;
        memset(out + heartbeat->words, 0, (words - heartbeat->words) * sizeof *out);
        heartbeat->out = out;
        heartbeat->words = words;
        return STATUS_OK;
}

enum status heartbeat_leave(struct app *app, uint64_t case_id)
{
        struct heartbeat *heartbeat = app->heartbeat;
        enum status status = STATUS_OK;

        if (heartbeat == NULL || heartbeat->broken || case_id == 0 || case_id > heartbeat->at ||
            is_out(heartbeat, case_id))
                return STATUS_OK;
        set_out(heartbeat, case_id, true);
        /* Words of other rules mean something else. */
        heartbeat->broken = heartbeat->book != app->book;
        if (!heartbeat->broken)
                status = heartbeat_look_at(heartbeat, (struct heartbeat_span){case_id, case_id}, -1);
        if (status != STATUS_OK)
                heartbeat->broken = true;
        return status;
}

/* ---- steps ---- */

enum status heartbeat_needs_steps(struct app *app, bool *ret_needs)
{
        uint64_t at_once = app->settings.change.at_once == 0 ? HEARTBEAT_AT_ONCE : app->settings.change.at_once;
        uint64_t cases = 0;
        enum status status = store_case_last(app->store, &cases);

        *ret_needs = cases > at_once;
        return status;
}

static uint64_t left_of(const struct heartbeat *heartbeat)
{
        return heartbeat->last - heartbeat->at + heartbeat->out_count;
}

/* The next cases: first those that were never looked at, then those that are out. */
static enum status look_on(struct heartbeat *heartbeat, uint64_t chunk, uint64_t *done)
{
        uint64_t ahead = heartbeat->last - heartbeat->at;
        struct heartbeat_span span = {heartbeat->at + 1, heartbeat->at + (ahead < chunk ? ahead : chunk)};
        enum status status;

        if (ahead == 0)
                span.first = span.last = next_out(heartbeat);
        status = heartbeat_look_at(heartbeat, span, 1);
        if (status != STATUS_OK)
                return status;
        if (ahead == 0)
                set_out(heartbeat, span.first, false);
        else
                heartbeat->at = span.last;
        *done += span.last - span.first + 1;
        return STATUS_OK;
}

/* However short a step is to be, it has twice as many cases as were added to what is left since the one before, and
 * some: what is left becomes less with each, and whoever records without a pause keeps no letters back. */
static enum status take_step_of(struct heartbeat *heartbeat)
{
        const struct app *app = heartbeat->app;
        int64_t began_us = app_stopwatch(app);
        uint64_t step = app->settings.change.step, least = step == 0 ? LEAST_CASES : step;
        uint64_t chunk = step != 0 && step < CHUNK_CASES ? step : CHUNK_CASES, done = 0;
        enum status status = store_case_last(app->store, &heartbeat->last);

        if (status == STATUS_OK)
                status = make_room(heartbeat);
        if (status == STATUS_OK && left_of(heartbeat) > heartbeat->left)
                least += 2 * (left_of(heartbeat) - heartbeat->left);
        while (status == STATUS_OK && left_of(heartbeat) > 0 &&
               (done < least || (step == 0 && !app_step_over(app, began_us))))
                status = look_on(heartbeat, chunk, &done);
        heartbeat->left = left_of(heartbeat);
        return status;
}

static bool any_short(const struct heartbeat *heartbeat)
{
        for (size_t i = 0; i < heartbeat->mailbox_count; i++)
                if (heartbeat_short(&heartbeat->mailboxes[i]))
                        return true;
        return false;
}

/* *ret_more false: it was begun so often that it is not any more. */
static enum status begin_anew(struct app *app, struct moment moment, bool *ret_more)
{
        heartbeat_drop(app);
        *ret_more = app->heartbeats_begun < BEGUN_MAX;
        if (!*ret_more)
                return STATUS_OK;
        app->heartbeats_begun++;
        return heartbeat_new(app, moment, &app->heartbeat);
}

/* What failed is tried again, and does not count as begun in vain; but not for ever. */
static void forgive(struct app *app)
{
        if (app->heartbeats_begun == 0 || app->heartbeats_failed == FAILED_MAX)
                return;
        app->heartbeats_failed++;
        app->heartbeats_begun--;
}

enum status heartbeat_step(struct app *app, struct moment moment, bool *ret_more)
{
        enum status status = STATUS_OK;

        *ret_more = true;
        if (!holds(app->heartbeat, moment))
                status = begin_anew(app, moment, ret_more);
        if (status == STATUS_OK && *ret_more)
                status = take_step_of(app->heartbeat);
        if (status != STATUS_OK) {
                heartbeat_drop(app);
                forgive(app);
                return status;
        }
        if (app->heartbeat == NULL || app->heartbeat->left > 0)
                return STATUS_OK;
        /* More went than was kept in store. */
        *ret_more = app->heartbeat->broken = any_short(app->heartbeat);
        return STATUS_OK;
}

struct app_gathering heartbeat_now(const struct app *app)
{
        const struct heartbeat *heartbeat = app->heartbeat;

        if (heartbeat == NULL)
                return (struct app_gathering){.under_way = false};
        return (struct app_gathering){.under_way = true,
                                      .cases = heartbeat->last - heartbeat->left,
                                      .all = heartbeat->last,
                                      .since_ms = heartbeat->since_ms};
}

/* ---- telling ---- */

static bool is_whole(const struct heartbeat *heartbeat, struct moment moment)
{
        return holds(heartbeat, moment) && left_of(heartbeat) == 0 && !any_short(heartbeat);
}

static enum status gather_at_once(struct app *app, struct moment moment, struct heartbeat **ret_heartbeat)
{
        enum status status = heartbeat_new(app, moment, ret_heartbeat);

        for (uint64_t last, first = 1; status == STATUS_OK && first <= (*ret_heartbeat)->last; first = last + 1) {
                uint64_t left = (*ret_heartbeat)->last - first;

                last = first + (left < APP_STEP_CASES ? left : APP_STEP_CASES);
                status = heartbeat_look_at(*ret_heartbeat, (struct heartbeat_span){first, last}, 1);
                if (app->settings.progress != NULL && left > APP_STEP_CASES)
                        app->settings.progress(app->settings.progress_context, last, (*ret_heartbeat)->last);
        }
        return status;
}

enum status heartbeat_tell(struct app *app, struct moment moment, struct arena *arena,
                           struct heartbeat_telling *ret_telling)
{
        struct heartbeat *whole = is_whole(app->heartbeat, moment) ? app->heartbeat : NULL;
        struct heartbeat_telling telling = {.own = NULL};
        enum status status = whole != NULL ? STATUS_OK : gather_at_once(app, moment, &telling.own);

        whole = whole == NULL ? telling.own : whole;
        if (status == STATUS_OK) {
                telling.heartbeat = whole;
                telling.parts = arena_array(arena, whole->mailbox_count, sizeof *telling.parts);
        }
        *ret_telling = telling;
        if (status == STATUS_OK && telling.parts == NULL)
                status = STATUS_NO_MEMORY;
        for (size_t i = 0; status == STATUS_OK && i < whole->mailbox_count; i++)
                status = heartbeat_write_part(&whole->mailboxes[i], arena, &telling.parts[i]);
        return status == STATUS_OK ? heartbeat_watch(whole, telling.parts) : status;
}

const struct heartbeat_part *heartbeat_part(const struct heartbeat_telling *telling, const char *mailbox)
{
        size_t i = telling->parts == NULL ? 0 : heartbeat_mailbox_of(telling->heartbeat, mailbox);

        return telling->parts != NULL && i < telling->heartbeat->mailbox_count ? &telling->parts[i] : NULL;
}

void heartbeat_told(struct heartbeat_telling *telling)
{
        heartbeat_free(telling->own);
        *telling = (struct heartbeat_telling){.own = NULL};
}
