/*
 * preview - what other rules would do, asked of a snapshot of the record while
 * the daemon goes on (app_change.h).
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/app_change.h"

#define CASES_A_READ 100

/* One side: its rules, and their words as the store knows them now. */
struct preview_side {
        struct app_rules given; /* what is released in the end */
        const struct ruleset *ruleset;
        const struct contacts *contacts;
        struct lexicon *lexicon; /* made for the preview; NULL: the book's */
};

struct app_preview {
        struct app *app;
        struct book *book;
        struct store *reader;
        struct preview_side before, after;
        struct comparing comparing;
        struct app_comparison comparison;
        struct arena work, rows;
        struct store_case cases[CASES_A_READ];
        size_t count, next;
        bool last;
};

static enum status open_side(struct app_preview *preview, struct preview_side *side, const struct app_rules *given,
                             const struct lexicon **ret_lexicon)
{
        const struct app_rules *held = &preview->book->rules;
        enum status status = STATUS_OK;

        side->ruleset = given->ruleset != NULL ? given->ruleset : held->ruleset;
        side->contacts = given->contacts != NULL ? given->contacts : held->contacts;
        if (given->ruleset != NULL)
                status = lexicon_peek(preview->app->store, given->ruleset, &side->lexicon);
        *ret_lexicon = given->ruleset != NULL ? side->lexicon : preview->book->lexicon;
        return status;
}

static void close_side(struct preview_side *side)
{
        lexicon_free(side->lexicon);
        if (side->given.release != NULL)
                side->given.release(side->given);
}

static enum status begin(struct app_preview *preview, const struct app_preview_request *request, int32_t as_of)
{
        struct comparing_sides sides = {NULL, NULL, NULL, NULL};
        enum status status = open_side(preview, &preview->before, &request->before, &sides.before);

        if (status == STATUS_OK)
                status = open_side(preview, &preview->after, &request->after, &sides.after);
        sides.contacts_before = preview->before.contacts;
        sides.contacts_after = preview->after.contacts;
        if (status == STATUS_OK)
                status = comparing_begin(&preview->comparing, &sides, as_of);
        if (status == STATUS_OK && app_snapshot_room(preview->app) == APP_ROOM_CHOKED)
                status = STATUS_LIMIT;
        if (status == STATUS_OK)
                status = reader_take(preview->app, &preview->reader);
        preview->comparison = (struct app_comparison){.as_of = as_of,
                                                      .before = preview->comparing.seal_before,
                                                      .after = preview->comparing.seal_after,
                                                      .amendments = &preview->comparing.amendments,
                                                      .readdressed = &preview->comparing.readdressed,
                                                      .tally = &preview->comparing.tally};
        return status;
}

enum status app_preview_new(struct app *app, struct moment moment, const struct app_preview_request *request,
                            struct app_preview **ret_preview)
{
        struct app_preview *preview = calloc(1, sizeof *preview);
        int32_t as_of = request->as_of == CIVIL_NONE ? app_day(app, moment) : request->as_of;
        enum status status;

        if (preview == NULL)
                return STATUS_NO_MEMORY;
        preview->app = app;
        preview->book = book_hold(app->book);
        arena_init(&preview->work, malloc, free);
        arena_init(&preview->rows, malloc, free);
        status = begin(preview, request, as_of);
        if (status != STATUS_OK) {
                app_preview_free(preview);
                return status;
        }
        preview->before.given = request->before;
        preview->after.given = request->after;
        *ret_preview = preview;
        return STATUS_OK;
}

void app_preview_free(struct app_preview *preview)
{
        if (preview == NULL)
                return;
        reader_give(preview->app, preview->reader);
        comparing_end(&preview->comparing);
        close_side(&preview->before);
        close_side(&preview->after);
        arena_fini(&preview->work);
        arena_fini(&preview->rows);
        book_drop(preview->book);
        free(preview);
}

const struct app_comparison *app_preview_comparison(const struct app_preview *preview)
{
        return &preview->comparison;
}

/* A sink that knows the case, for a finding that does not. */
struct passing {
        const struct app_difference_sink *sink;
        const char *case_ref;
};

static void pass_on(void *context, const struct difference *difference)
{
        const struct passing *passing = context;

        passing->sink->sink(passing->sink->context, passing->case_ref, difference);
}

static enum status next_page(struct app_preview *preview)
{
        char after[33] = "";

        if (preview->count > 0)
                memcpy(after, preview->cases[preview->count - 1].ref, sizeof after);
        preview->next = 0;
        enum status status = store_cases_by_ref(preview->reader, after, preview->cases, CASES_A_READ, &preview->count);
        preview->last = status == STATUS_OK && preview->count < CASES_A_READ;
        return status;
}

enum status app_preview_step(struct app_preview *preview, size_t cases, const struct app_difference_sink *sink,
                             bool *ret_done)
{
        struct comparing_place place = {preview->reader, &preview->work, &preview->rows};
        enum status status = STATUS_OK;

        for (size_t i = 0; i < cases && status == STATUS_OK; i++) {
                if (preview->next == preview->count && !preview->last)
                        status = next_page(preview);
                if (status != STATUS_OK || preview->next == preview->count)
                        break;
                const struct store_case *casefile = &preview->cases[preview->next++];
                struct passing passing = {sink, casefile->ref};
                struct difference_sink through = {sink->sink == NULL ? NULL : pass_on, &passing};
                status = comparing_case(&preview->comparing, &place, casefile, &through);
        }
        *ret_done = preview->last && preview->next == preview->count;
        return status;
}
