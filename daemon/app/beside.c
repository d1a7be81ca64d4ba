/*
 * beside - one case, derived under rules that are to come, or held against what
 * was in force before those that are (turnover.h).
 */
#include "turnover.h"

#include <string.h>

static void count_beside(struct app *app, const struct store_obligation *row, int64_t by)
{
        if (row->state >= 0 && row->state < APP_OPEN_STATES)
                store_tally_add(app->store, TALLY_BESIDE + (unsigned)row->state, by);
}

static enum status forget_row(void *context, const struct store_obligation *row)
{
        count_beside(context, row, -1);
        return STATUS_OK;
}

enum status beside_forget(struct app *app, uint64_t case_id)
{
        return store_beside_forget(app->store, case_id, forget_row, app);
}

enum status beside_touch(struct app *app, uint64_t case_id)
{
        struct turnover *turnover = app->turnover;

        if (turnover->next == NULL || turnover->beside.lies != STORE_LIES_COMING || case_id > turnover->at)
                return STATUS_OK;
        turnover->touched++;
        return store_beside_touch(app->store, case_id);
}

/* ---- what is to come ---- */

static enum status put_rows(struct app *app, const struct dossier *dossier, const struct duties *duties, uint64_t scope)
{
        const struct book *next = app->turnover->next;
        struct scope_subject subject = {next->rules.scopes, next->rules.ruleset, duties};
        struct store_obligation row;
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < duties->count; i++) {
                if (obligation_state_closed(duties->list[i].obligation.state))
                        continue;
                duty_to_row(next->lexicon, dossier, &duties->list[i], duties->as_of, &row);
                status = scope_of_item(&subject, row.item, &app->work, &row.scope);
                row.scope |= scope;
                if (status == STATUS_OK)
                        status = store_beside_put(app->store, &row);
                count_beside(app, &row, 1);
        }
        return status;
}

/* Whether stages wait for a sweep, as the rules to come have it. */
static enum status look_ahead(const struct refresh *refresh, bool *ret_waits)
{
        struct app *app = refresh->app;
        struct book *in_force = app->book;
        enum status status;

        app->book = app->turnover->next;
        status = raise_duties(refresh, ret_waits);
        app->book = in_force;
        return status;
}

static enum status keep_beside(struct app *app, struct moment moment, const struct dossier *dossier,
                               struct duties *duties)
{
        const struct book *next = app->turnover->next;
        struct scope_subject subject = {next->rules.scopes, next->rules.ruleset, duties};
        struct refresh refresh = {
                .app = app, .moment = moment, .mode = REFRESH_LOOK, .dossier = dossier, .duties = duties};
        struct store_beside_case kept = {.wake = duties->wake, .unread = dossier->unknown_count};
        enum status status = scope_of_case(&subject, &app->work, &kept.scope);

        if (status == STATUS_OK)
                status = put_rows(app, dossier, duties, kept.scope);
        if (status == STATUS_OK)
                status = look_ahead(&refresh, &kept.waits);
        return status == STATUS_OK ? store_beside_case(app->store, dossier->case_id, &kept) : status;
}

enum status beside_derive(struct app *app, struct moment moment, uint64_t case_id)
{
        const struct lexicon *lexicon = app->turnover->next->lexicon;
        struct store_case casefile;
        struct dossier dossier = {.arena = &app->work};
        struct duties duties;
        struct derive_input input = {
                .ruleset = lexicon->ruleset, .dossier = &dossier, .known_at = INSTANT_LATEST, .as_of = app->meta.as_of};
        bool found = false;
        enum status status = beside_forget(app, case_id);

        arena_reset(&app->work);
        arena_reset(&app->rows);
        if (status == STATUS_OK)
                status = store_case_get(app->store, case_id, &casefile, &found);
        if (status != STATUS_OK || !found || store_case_erased(&casefile))
                return status;
        dossier.ref = casefile.ref;
        status = dossier_load(app->store, lexicon, case_id, &dossier);
        if (status == STATUS_OK)
                status = duties_derive(&input, &app->work, &app->rows, &duties);
        return status == STATUS_OK ? keep_beside(app, moment, &dossier, &duties) : status;
}

/* ---- what was ---- */

static bool moved(const struct store_obligation *was, const struct store_obligation *is)
{
        return was->due != is->due || was->plan_by != is->plan_by;
}

/* Whether a row that was is gone, or has another date. */
static bool any_moved(const struct cached *was, const struct cached *is)
{
        for (size_t i = 0; i < was->count; i++) {
                size_t at = cached_find(is, &was->list[i]);

                if (at == is->count || moved(&was->list[i], &is->list[at]))
                        return true;
        }
        return false;
}

/* As when a case is derived anew at once (refresh.c): first what has another date, then what is gone. */
static enum status tell_moves(const struct refresh *refresh, struct duties *duties, struct cached *was)
{
        const struct lexicon *lexicon = refresh->app->book->lexicon;
        struct store_obligation row;
        enum status status = STATUS_OK;

        memset(was->kept, 0, was->count * sizeof *was->kept);
        for (size_t i = 0; i < duties->count; i++) {
                duty_to_row(lexicon, refresh->dossier, &duties->list[i], duties->as_of, &row);
                duties->list[i].fresh = cached_find(was, &row) == was->count;
        }
        for (size_t i = 0; status == STATUS_OK && i < duties->count; i++) {
                if (duties->list[i].fresh || obligation_state_closed(duties->list[i].obligation.state))
                        continue;
                duty_to_row(lexicon, refresh->dossier, &duties->list[i], duties->as_of, &row);
                size_t at = cached_find(was, &row);
                was->kept[at] = true;
                if (moved(&was->list[at], &row))
                        status = raise_moved(refresh, &was->list[at]);
        }
        for (size_t i = 0; status == STATUS_OK && i < was->count; i++)
                if (!was->kept[i])
                        status = raise_moved(refresh, &was->list[i]);
        return status;
}

/* The rows in force say what the record did on the day up to which everything is brought. */
static enum status derive_and_tell(struct app *app, struct moment moment, const struct dossier *dossier,
                                   struct cached *was)
{
        struct duties duties;
        struct refresh refresh = {
                .app = app, .moment = moment, .mode = REFRESH_LOOK, .dossier = dossier, .duties = &duties};
        struct derive_input input = {
                .ruleset = app_ruleset(app), .dossier = dossier, .known_at = INSTANT_LATEST, .as_of = app->meta.as_of};
        enum status status = duties_derive(&input, &app->work, &app->rows, &duties);

        if (status != STATUS_OK)
                return status;
        status = heartbeat_leave(app, dossier->case_id);
        if (status != STATUS_OK)
                return status;
        app->change = &app->turnover->amending;
        status = tell_moves(&refresh, &duties, was);
        app->change = NULL;
        return status;
}

static enum status read_both(struct app *app, uint64_t case_id, struct cached *was, bool *ret_moved)
{
        struct cached is = {.arena = &app->rows};
        enum status status = store_beside_of(app->store, case_id, cached_take, was);

        *ret_moved = false;
        if (status != STATUS_OK || was->count == 0)
                return status;
        status = store_obligations_of(app->store, case_id, cached_take, &is);
        *ret_moved = status == STATUS_OK && any_moved(was, &is);
        return status;
}

enum status beside_settle(struct app *app, struct moment moment, const struct dossier *dossier)
{
        struct cached was = {.arena = &app->rows};
        bool moved = false;
        enum status status;

        if (!turnover_settles(app))
                return STATUS_OK;
        status = read_both(app, dossier->case_id, &was, &moved);
        if (status == STATUS_OK && moved)
                status = derive_and_tell(app, moment, dossier, &was);
        return status == STATUS_OK ? beside_forget(app, dossier->case_id) : status;
}

enum status beside_settle_by_id(struct app *app, struct moment moment, uint64_t case_id)
{
        struct cached was = {.arena = &app->rows};
        struct dossier dossier = {.case_id = case_id, .arena = &app->work};
        bool moved = false;
        enum status status;

        arena_reset(&app->work);
        arena_reset(&app->rows);
        status = read_both(app, case_id, &was, &moved);
        if (status == STATUS_OK && moved) {
                dossier.ref = was.list[0].ref;
                status = dossier_load(app->store, app->book->lexicon, case_id, &dossier);
                if (status == STATUS_OK)
                        status = derive_and_tell(app, moment, &dossier, &was);
        }
        return status == STATUS_OK ? beside_forget(app, case_id) : status;
}
