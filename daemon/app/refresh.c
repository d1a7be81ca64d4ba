/*
 * refresh - the cached rows of one case, brought in line with what was derived.
 *
 * Only rows that differ are written, so that a day that merely passes costs
 * nothing. Rows that no longer belong are removed; whatever was announced under
 * another date is said to have moved.
 */
#include "turnover.h"

#include <string.h>

enum status cached_take(void *context, const struct store_obligation *row)
{
        struct cached *cached = context;

        if (cached->count == cached->capacity) {
                size_t capacity = cached->capacity == 0 ? 8 : cached->capacity * 2;
                struct store_obligation *list = arena_array(cached->arena, capacity, sizeof *list);
                bool *kept = arena_array(cached->arena, capacity, sizeof *kept);
                if (list == NULL || kept == NULL)
                        return STATUS_NO_MEMORY;
                if (cached->count > 0)
                        memcpy(list, cached->list, cached->count * sizeof *list);
                cached->list = list;
                cached->kept = kept;
                cached->capacity = capacity;
        }
        cached->list[cached->count++] = *row;
        return STATUS_OK;
}

size_t cached_find(const struct cached *cached, const struct store_obligation *key)
{
        size_t i = 0;

        while (i < cached->count && (cached->list[i].rule != key->rule || cached->list[i].started != key->started ||
                                     strcmp(cached->list[i].item, key->item) != 0))
                i++;
        return i;
}

/* Days used that rise with each day that passes are no difference. */
bool refresh_same_row(const struct store_obligation *a, const struct store_obligation *b)
{
        int32_t passed = a->counting ? b->as_of - a->as_of : 0;

        return a->state == b->state && a->due == b->due && a->opens == b->opens && a->nominal == b->nominal &&
               a->plan_by == b->plan_by && a->met_on == b->met_on && a->ended_on == b->ended_on &&
               a->booked == b->booked && a->version == b->version && a->used_days + passed == b->used_days &&
               a->limit_days == b->limit_days && a->done == b->done && a->needed == b->needed &&
               a->missing == b->missing && a->provisional == b->provisional && a->booked_late == b->booked_late &&
               a->paused == b->paused && a->counting == b->counting && a->scope == b->scope;
}

static void count_row(struct app *app, const struct store_obligation *row, int64_t by)
{
        if (row->state >= 0 && row->state < APP_OPEN_STATES)
                store_tally_add(app->store, (unsigned)row->state, by);
        census_note(&app->census, row, by);
}

static enum status write_row(const struct refresh *refresh, struct cached *cached, const struct store_obligation *row)
{
        size_t i = cached_find(cached, row);
        const struct store_obligation *old = i < cached->count ? &cached->list[i] : NULL;
        enum status status;

        if (old != NULL)
                cached->kept[i] = true;
        if (old != NULL && refresh_same_row(old, row))
                return STATUS_OK;
        status = store_obligation_put(refresh->app->store, row, old);
        if (status != STATUS_OK)
                return status;
        if (old != NULL)
                count_row(refresh->app, old, -1);
        count_row(refresh->app, row, 1);
        return old != NULL && (old->due != row->due || old->plan_by != row->plan_by) ? raise_moved(refresh, old)
                                                                                     : STATUS_OK;
}

static enum status remove_rows(const struct refresh *refresh, const struct cached *cached)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < cached->count; i++) {
                if (cached->kept[i])
                        continue;
                status = store_obligation_remove(refresh->app->store, &cached->list[i]);
                count_row(refresh->app, &cached->list[i], -1);
                if (status == STATUS_OK)
                        status = raise_moved(refresh, &cached->list[i]);
        }
        return status;
}

/* The rows that are kept. Where lines gave rise to it they are what was derived without those lines: reading them costs
 * a seek each, since they lie in the order of the list. Their bits of scopes are known to the rows alone. */
static enum status kept_rows(const struct refresh *refresh, struct cached *cached)
{
        const struct duties *before = refresh->before;
        struct store_obligation row;
        enum status status = STATUS_OK;

        if (before == NULL || scope_matters(refresh->app))
                return store_obligations_of(refresh->app->store, refresh->dossier->case_id, cached_take, cached);
        for (size_t i = 0; status == STATUS_OK && i < before->count; i++) {
                if (obligation_state_closed(before->list[i].obligation.state))
                        continue;
                duty_to_row(refresh->app->book->lexicon, refresh->dossier, &before->list[i], before->as_of, &row);
                status = cached_take(cached, &row);
        }
        return status;
}

static enum status write_rows(const struct refresh *refresh, const struct scope_subject *subject, uint64_t scope)
{
        struct cached cached = {.arena = &refresh->app->rows};
        struct store_obligation row;
        enum status status = kept_rows(refresh, &cached);

        if (cached.count > 0)
                memset(cached.kept, 0, cached.count * sizeof *cached.kept);
        for (size_t i = 0; status == STATUS_OK && i < refresh->duties->count; i++) {
                const struct duty *duty = &refresh->duties->list[i];
                if (obligation_state_closed(duty->obligation.state))
                        continue;
                duty_to_row(refresh->app->book->lexicon, refresh->dossier, duty, refresh->duties->as_of, &row);
                refresh->duties->list[i].fresh = cached_find(&cached, &row) == cached.count;
                status = scope_of_item(subject, row.item, &refresh->app->work, &row.scope);
                row.scope |= scope;
                if (status == STATUS_OK)
                        status = write_row(refresh, &cached, &row);
        }
        return status == STATUS_OK ? remove_rows(refresh, &cached) : status;
}

/* Rows, and the bits by which they are in anybody's sight. */
static enum status bring_up(const struct refresh *refresh)
{
        struct app *app = refresh->app;
        struct scope_subject subject = {app->book->rules.scopes, app_ruleset(app), refresh->duties};
        uint64_t scope = 0;
        enum status status = scope_of_case(&subject, &app->work, &scope);

        if (status == STATUS_OK && scope_matters(app))
                status = store_case_scope(app->store, refresh->dossier->case_id, scope);
        return status == STATUS_OK ? write_rows(refresh, &subject, scope) : status;
}

enum status refresh_forget(struct app *app, uint64_t case_id)
{
        struct cached cached = {.arena = &app->rows};
        enum status status;

        status = heartbeat_leave(app, case_id);
        if (status != STATUS_OK)
                return status;
        status = store_obligations_of(app->store, case_id, cached_take, &cached);
        for (size_t i = 0; status == STATUS_OK && i < cached.count; i++) {
                status = store_obligation_remove(app->store, &cached.list[i]);
                count_row(app, &cached.list[i], -1);
        }
        return status;
}

enum status refresh_case(const struct refresh *refresh)
{
        bool waits = false;
        enum status status;

        status = heartbeat_leave(refresh->app, refresh->dossier->case_id);
        if (status == STATUS_OK)
                status = bring_up(refresh);
        if (status == STATUS_OK)
                status = raise_duties(refresh, &waits);
        if (status == STATUS_OK)
                status = beside_touch(refresh->app, refresh->dossier->case_id);
        if (status != STATUS_OK)
                return status;
        return store_case_wake(refresh->app->store, refresh->dossier->case_id,
                               (struct store_waking){refresh->duties->wake, waits});
}

enum status refresh_by_id(struct app *app, struct moment moment, uint64_t case_id)
{
        const struct lexicon *lexicon = app->book->lexicon;
        struct store_case casefile;
        struct dossier dossier = {.arena = &app->work};
        struct duties duties;
        struct refresh refresh = {
                .app = app, .moment = moment, .mode = REFRESH_LOOK, .dossier = &dossier, .duties = &duties};
        struct derive_input input = {.ruleset = lexicon->ruleset,
                                     .dossier = &dossier,
                                     .known_at = INSTANT_LATEST,
                                     .as_of = app_day(app, moment)};
        bool found = false;
        enum status status = store_case_get(app->store, case_id, &casefile, &found);

        arena_reset(&app->work);
        arena_reset(&app->rows);
        if (status != STATUS_OK || !found || store_case_erased(&casefile))
                return status;
        dossier.ref = casefile.ref;
        status = dossier_load(app->store, lexicon, case_id, &dossier);
        app->unknown += dossier.unknown_count;
        if (status == STATUS_OK)
                status = beside_settle(app, moment, &dossier);
        if (status == STATUS_OK)
                status = duties_derive(&input, &app->work, &app->rows, &duties);
        return status == STATUS_OK ? refresh_case(&refresh) : status;
}
