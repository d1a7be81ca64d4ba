/*
 * raise_step - the cases of one step of a sweep.
 *
 * Their lines and marks are two walks in the order of the cases, beside each
 * other: a question for each case would cost more than its answer. One case at a
 * time is in memory. Rows and wakes are right already, since a sweep comes after
 * its day has begun; what is written is what is raised, and that nothing of
 * these cases waits any more.
 */
#include "inside.h"

#include <string.h>

struct step {
        struct app *app;
        struct moment moment;
        struct store_line line; /* the next one of the walk ... */
        bool line_there;        /* ... if there is one */
        struct store_mark mark;
        bool mark_there;
        uint64_t staying[RAISE_STEP_CASES]; /* cases of which something waits for a later sweep */
        size_t staying_count;
        bool short_of_time; /* some of the cases are left for the next step */
};

static enum status next_line(struct step *step)
{
        return store_walk_next(step->app->store, STORE_WALK_RAISING, &step->line, &step->line_there);
}

static enum status next_mark(struct step *step)
{
        return store_marks_next(step->app->store, &step->mark, &step->mark_there);
}

static enum status take_lines(struct step *step, struct dossier *dossier)
{
        enum status status = STATUS_OK;

        dossier->case_id = step->line.case_id;
        while (status == STATUS_OK && step->line_there && step->line.case_id == dossier->case_id) {
                status = dossier_add_line(dossier, step->app->book->lexicon, &step->line);
                if (status == STATUS_OK)
                        status = next_line(step);
        }
        return status;
}

static enum status keep_mark(struct step *step, struct known_marks *known)
{
        const char *item = step->mark.item;

        step->mark.item = item[0] == '\0' ? "" : arena_copy(known->arena, item, strlen(item));
        return step->mark.item == NULL ? STATUS_NO_MEMORY : known_marks_add(known, &step->mark);
}

static enum status take_marks(struct step *step, uint64_t case_id, struct known_marks *known)
{
        enum status status = STATUS_OK;

        while (status == STATUS_OK && step->mark_there && step->mark.case_id <= case_id) {
                if (step->mark.case_id == case_id)
                        status = keep_mark(step, known);
                if (status == STATUS_OK)
                        status = next_mark(step);
        }
        return status;
}

static enum status raise_case(struct step *step)
{
        struct app *app = step->app;
        struct dossier dossier = {.arena = &app->work};
        struct known_marks known = {.arena = &app->rows};
        struct duties duties;
        struct refresh refresh = {.app = app,
                                  .moment = step->moment,
                                  .mode = REFRESH_RAISE,
                                  .dossier = &dossier,
                                  .duties = &duties,
                                  .known = &known};
        struct derive_input input = {.ruleset = app_ruleset(app),
                                     .dossier = &dossier,
                                     .known_at = INSTANT_LATEST,
                                     .as_of = app_day(app, step->moment)};
        bool stays = false;
        enum status status;

        arena_reset(&app->work);
        arena_reset(&app->rows);
        status = take_lines(step, &dossier);
        if (status == STATUS_OK)
                status = take_marks(step, dossier.case_id, &known);
        if (status == STATUS_OK)
                status = duties_derive(&input, &app->work, &app->rows, &duties);
        if (status == STATUS_OK)
                status = heartbeat_leave(app, dossier.case_id);
        if (status == STATUS_OK)
                status = raise_duties(&refresh, &stays);
        if (status == STATUS_OK && stays)
                step->staying[step->staying_count++] = dossier.case_id;
        return status;
}

/* Case by case until all are done or it takes long: raising->last is the last that was done. */
static enum status raise_while_short(struct step *step, struct store_raising *raising)
{
        int64_t began_us = app_stopwatch(step->app);
        enum status status = STATUS_OK;

        while (status == STATUS_OK && step->line_there) {
                uint64_t case_id = step->line.case_id;

                status = raise_case(step);
                if (step->line_there && app_step_over(step->app, began_us)) {
                        raising->last = case_id;
                        step->short_of_time = true;
                        return status;
                }
        }
        return status;
}

static enum status raise_cases(struct step *step, struct store_raising *raising)
{
        struct store *store = step->app->store;
        enum status status = store_walk_raising(store, raising->after, raising->last);

        if (status == STATUS_OK)
                status = next_line(step);
        if (status == STATUS_OK)
                status = store_marks_raising(store, raising->after, raising->last);
        if (status == STATUS_OK)
                status = next_mark(step);
        if (status == STATUS_OK)
                status = raise_while_short(step, raising);
        store_walk_end(store, STORE_WALK_RAISING);
        store_marks_end(store);
        return status;
}

/* What was said of all of them is taken back of those that stay: after midnight, when a sweep is made up for. */
static enum status settle(struct step *step, const struct store_raising *raising)
{
        struct store *store = step->app->store;
        enum status status = store_raised(store, raising);

        for (size_t i = 0; status == STATUS_OK && i < step->staying_count; i++)
                status = store_raising_add(store, step->staying[i]);
        return status;
}

enum status raise_step(struct app *app, struct moment moment, struct store_raising *raising, bool *ret_more)
{
        struct step step;
        enum status status = store_raising(app->store, raising, RAISE_STEP_CASES);

        *ret_more = status == STATUS_OK && raising->count == RAISE_STEP_CASES;
        if (status != STATUS_OK || raising->count == 0)
                return status;
        step.app = app;
        step.moment = moment;
        step.staying_count = 0;
        step.short_of_time = false;
        status = raised_begin(app);
        if (status != STATUS_OK)
                return status;
        status = raised_end(app, raise_cases(&step, raising));
        *ret_more = *ret_more || step.short_of_time;
        return status == STATUS_OK ? settle(&step, raising) : status;
}
