/*
 * turnover - other rules come into force in steps (turnover.h).
 *
 * A step is a transaction. What it leaves is either what is in force, whole, with
 * something beside it that nobody is answered from, or, after the one step in which
 * both change places, the other way round. So whoever is killed finds one or the
 * other: what was to come is begun anew by whoever still wants it, over what lies
 * there; what was is gone on with.
 */
#include "turnover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/app_change.h"
#include "mappad/rulefile.h"
#include "mappad/app_turn.h"

bool turnover_settles(const struct app *app)
{
        return app->turnover->beside.lies == STORE_LIES_GONE;
}

/* ---- beginning and giving up ---- */

static void drop_amending(struct turnover *turnover)
{
        if (turnover->compared)
                comparing_end(&turnover->amending.comparing);
        turnover->compared = false;
        turnover->amending.known = false;
        for (size_t i = 0; i < 2; i++) {
                book_drop(turnover->sides[i]);
                turnover->sides[i] = NULL;
        }
}

/* While moved dates are still being told, the place and the reasons are those of that. */
void turnover_abandon(struct app *app)
{
        struct turnover *turnover = app->turnover;

        book_drop(turnover->next);
        turnover->next = NULL;
        if (turnover_settles(app))
                return;
        drop_amending(turnover);
        turnover->at = 0;
}

void turnover_again(struct app *app)
{
        struct turnover *turnover = app->turnover;

        if (turnover->next == NULL || turnover_settles(app))
                return;
        drop_amending(turnover);
        turnover->at = 0;
}

void turnover_free(struct app *app)
{
        struct turnover *turnover = app->turnover;

        if (turnover == NULL)
                return;
        drop_amending(turnover);
        book_drop(turnover->next);
        free(turnover);
        app->turnover = NULL;
}

enum status turnover_needed(struct app *app, const struct app_rules *rules, bool *ret_needed)
{
        uint64_t at_once = app->settings.change.at_once == 0 ? TURNOVER_AT_ONCE : app->settings.change.at_once;
        bool other = strcmp(app->meta.rules_digest, rules->ruleset->digest) != 0 && scope_same(app, rules->scopes);
        uint64_t cases = 0;
        enum status status = store_case_last(app->store, &cases);

        *ret_needed = other && (cases > at_once || app->turnover->beside.lies != STORE_LIES_NOTHING);
        return status;
}

/* Whoever asks for what is on its way does not have it begun anew. */
static bool on_its_way(const struct turnover *turnover, const struct book *book)
{
        return turnover->next != NULL && strcmp(turnover->next->seal, book->seal) == 0 &&
               strcmp(scope_digest(turnover->next->rules.scopes), scope_digest(book->rules.scopes)) == 0;
}

/* Who asked for it has seen what it does: after a kill the start need not ask about it again. */
static enum status accept(struct app *app, struct moment moment, const struct book *book)
{
        bool accepted = book->rules.unseen || book->rules.by.name == NULL;
        uint32_t person = 0;
        enum status status = accepted ? STATUS_OK : store_accepted(app->store, book->seal, &accepted);

        if (status != STATUS_OK || accepted)
                return status;
        status = store_person(app->store, book->rules.by.uid, book->rules.by.name, &person);
        return status == STATUS_OK ? store_accept(app->store, book->seal, moment.ms, person) : status;
}

static void expect(struct app *app, struct moment moment, struct book *book)
{
        struct turnover *turnover = app->turnover;

        turnover_abandon(app);
        if (book->rules.by.name != NULL) {
                snprintf(turnover->by, sizeof turnover->by, "%s", book->rules.by.name);
                book->rules.by.name = turnover->by;
        }
        turnover->next = book;
        turnover->since_ms = moment.ms;
        turnover->last = turnover->touched = 0;
}

enum status turnover_begin(struct app *app, struct moment moment, struct app_rules rules)
{
        struct book *book = NULL;
        enum status status = app_begin(app);

        if (status == STATUS_OK)
                status = book_new(app, rules, &book);
        if (status == STATUS_OK)
                status = accept(app, moment, book);
        if (status == STATUS_OK)
                status = app_commit(app);
        else
                (void)app_rollback(app, status);
        if (status != STATUS_OK)
                book_forget(book);
        else if (on_its_way(app->turnover, book))
                book_drop(book);
        else
                expect(app, moment, book);
        return status;
}

/* ---- steps ---- */

typedef enum status (*case_fn)(struct app *app, struct moment moment, uint64_t case_id);

/* Cases from the last one looked at on, as many as a step may have; *at moves on. However short it is to be, it has one
 * more than were added to what is to be done since the one before: what is left becomes less with each, and whoever
 * records without a pause keeps no rules out. */
struct step {
        uint64_t at, last;
        int64_t began_us;
        uint64_t done, least, most;
};

static enum status step_begin(struct app *app, struct step *ret_step)
{
        const struct turnover *turnover = app->turnover;
        struct step step = {.at = turnover->at,
                            .began_us = app_stopwatch(app),
                            .most = app->settings.change.step == 0 ? APP_STEP_CASES : app->settings.change.step};
        enum status status = app_begin(app);

        if (status == STATUS_OK)
                status = store_case_last(app->store, &step.last);
        step.least = 1 + turnover->touched + (turnover->last == 0 ? 0 : step.last - turnover->last);
        *ret_step = step;
        return status;
}

static void step_committed(struct turnover *turnover, const struct step *step)
{
        turnover->at = step->at;
        turnover->last = step->last;
        turnover->touched = 0;
}

static bool step_over(const struct app *app, const struct step *step)
{
        return step->done >= step->least && (step->done >= step->most || app_step_over(app, step->began_us));
}

static enum status walk(struct app *app, struct moment moment, struct step *step, case_fn look)
{
        enum status status = STATUS_OK;

        while (status == STATUS_OK && step->at < step->last && !step_over(app, step)) {
                status = look(app, moment, ++step->at);
                step->done++;
        }
        return status;
}

static enum status compare(struct app *app, struct moment moment, const struct comparing_sides *sides)
{
        struct amending *amending = &app->turnover->amending;
        enum status status = comparing_begin(&amending->comparing, sides, app_day(app, moment));

        amending->known = app->turnover->compared = status == STATUS_OK;
        if (status != STATUS_OK)
                comparing_end(&amending->comparing);
        return status;
}

/* ---- what is to come is derived ---- */

static enum status begin_amending(struct app *app, struct moment moment)
{
        struct turnover *turnover = app->turnover;
        const struct comparing_sides sides = {.before = app->book->lexicon,
                                              .after = turnover->next->lexicon,
                                              .contacts_before = app->book->rules.contacts,
                                              .contacts_after = turnover->next->rules.contacts};

        return turnover->compared ? STATUS_OK : compare(app, moment, &sides);
}

static enum status note_coming(struct app *app)
{
        struct store_beside *beside = &app->turnover->beside;
        struct store_beside coming = {.lies = STORE_LIES_COMING};

        snprintf(coming.rules, sizeof coming.rules, "%s", app->turnover->next->rules.ruleset->digest);
        if (beside->lies == coming.lies && strcmp(beside->rules, coming.rules) == 0)
                return STATUS_OK;
        return store_beside_set(app->store, &coming);
}

static enum status derive_first(struct app *app, struct moment moment, uint64_t case_id)
{
        enum status status = change_compare(app, &app->turnover->amending, case_id);

        return status == STATUS_OK ? beside_derive(app, moment, case_id) : status;
}

/* Those that changed since they were derived, by an event or by the day. */
static enum status derive_again(struct app *app, struct moment moment, struct step *step, bool *ret_more)
{
        uint64_t ids[APP_STEP_CASES];
        size_t count = APP_STEP_CASES, done = APP_STEP_CASES;
        enum status status = STATUS_OK;

        while (status == STATUS_OK && done == count && count == APP_STEP_CASES && !step_over(app, step)) {
                status = store_beside_waking(app->store, app->meta.as_of, ids, APP_STEP_CASES, &count);
                for (done = 0; status == STATUS_OK && done < count && !step_over(app, step); step->done++)
                        status = beside_derive(app, moment, ids[done++]);
        }
        *ret_more = count == APP_STEP_CASES || done < count;
        return status;
}

/* *ret_whole: nothing is left to be derived. */
static enum status derive_step(struct app *app, struct moment moment, bool *ret_whole)
{
        struct turnover *turnover = app->turnover;
        struct step step = {.at = 0};
        bool again = true;
        enum status status = begin_amending(app, moment);
        struct difference_counts counts = turnover->amending.comparing.tally.counts;

        *ret_whole = false;
        if (status == STATUS_OK)
                status = step_begin(app, &step);
        if (status == STATUS_OK)
                status = note_coming(app);
        if (status == STATUS_OK)
                status = derive_again(app, moment, &step, &again);
        if (status == STATUS_OK)
                status = walk(app, moment, &step, derive_first);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status != STATUS_OK) {
                turnover->amending.comparing.tally.counts = counts;
                return status;
        }
        turnover->beside.lies = STORE_LIES_COMING;
        snprintf(turnover->beside.rules, sizeof turnover->beside.rules, "%s", turnover->next->rules.ruleset->digest);
        step_committed(turnover, &step);
        *ret_whole = !again && step.at >= step.last;
        return STATUS_OK;
}

/* ---- both change places ---- */

static enum status exchange_counts(struct app *app)
{
        uint64_t unread = 0;
        enum status status = store_beside_unread(app->store, &unread);

        for (unsigned state = 0; state < APP_OPEN_STATES; state++) {
                int64_t more = store_tally(app->store, TALLY_BESIDE + state) - store_tally(app->store, state);

                store_tally_add(app->store, state, more);
                store_tally_add(app->store, TALLY_BESIDE + state, -more);
        }
        store_tally_add(app->store, TALLY_UNKNOWN, (int64_t)unread - store_tally(app->store, TALLY_UNKNOWN));
        return status;
}

/* In the transaction in hand, with the book to come as the app's. */
static enum status write_change(struct app *app, struct moment moment, const struct store_beside *gone)
{
        struct store_meta meta = app->meta;
        enum status status = exchange_counts(app);

        if (status == STATUS_OK)
                status = store_beside_change_places(app->store);
        if (status == STATUS_OK)
                status = change_note(app, moment, app->book, &app->turnover->amending, &meta);
        if (status == STATUS_OK)
                status = app_put_meta(app, &meta);
        if (status == STATUS_OK)
                status = scope_note(app);
        return status == STATUS_OK ? store_beside_set(app->store, gone) : status;
}

static enum status change_places(struct app *app, struct moment moment)
{
        struct turnover *turnover = app->turnover;
        struct store_beside gone = {.lies = STORE_LIES_GONE};
        struct book *was = app->book;
        enum status status;

        snprintf(gone.rules, sizeof gone.rules, "%s", app->meta.rules_digest);
        status = app_begin(app);
        app->book = turnover->next;
        if (status == STATUS_OK)
                status = write_change(app, moment, &gone);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status != STATUS_OK) {
                app->book = was;
                return status;
        }
        scope_committed(app);
        sweep_raise_again(app);
        census_fini(&app->census);
        turnover->beside = gone;
        turnover->sides[0] = was;
        turnover->sides[1] = book_hold(app->book);
        turnover->next = NULL;
        turnover->at = 0;
        if (app->book->rules.in_force != NULL)
                app->book->rules.in_force(app->book->rules.context);
        app_tell(app);
        return STATUS_OK;
}

/* A sweep in hand raises all that it will under the rules under which it began, and then what those to come raise. */
static enum status come_step(struct app *app, struct moment moment)
{
        bool whole = false;
        enum status status = derive_step(app, moment, &whole);

        if (status != STATUS_OK || !whole || sweep_raises(app))
                return status;
        return change_places(app, moment);
}

/* ---- what was goes away ---- */

static enum status forget_one(struct app *app, struct moment moment, uint64_t case_id)
{
        (void)moment;
        return beside_forget(app, case_id);
}

/* With the last case moved dates are told that cannot wait for a morning, in one message for all of them. */
static enum status finish(struct app *app, struct moment moment)
{
        uint64_t messages = 0;
        enum status status = store_beside_set(app->store, &(struct store_beside){.lies = STORE_LIES_NOTHING});

        if (status != STATUS_OK || !turnover_settles(app))
                return status;
        return deliver(app, &(struct delivery){.moment = moment, .pending = STORE_AT_ONCE}, &messages);
}

static enum status remove_step(struct app *app, struct moment moment, case_fn look)
{
        struct turnover *turnover = app->turnover;
        struct step step = {.at = 0};
        enum status status = step_begin(app, &step);

        if (status == STATUS_OK)
                status = walk(app, moment, &step, look);
        if (status == STATUS_OK && step.at >= step.last)
                status = finish(app, moment);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status != STATUS_OK)
                return status;
        step_committed(turnover, &step);
        if (step.at >= step.last) {
                turnover->beside = (struct store_beside){.lies = STORE_LIES_NOTHING};
                turnover->at = 0;
                drop_amending(turnover);
        }
        app_tell(app);
        return STATUS_OK;
}

/* ---- the door ---- */

static bool under_way(const struct turnover *turnover)
{
        return turnover->next != NULL || turnover->beside.lies != STORE_LIES_NOTHING;
}

enum status app_turn_over(struct app *app, struct moment moment, bool *ret_more)
{
        struct turnover *turnover = app->turnover;
        enum status status = STATUS_OK;

        *ret_more = false;
        if (!under_way(turnover))
                return STATUS_OK;
        status = advance_all(app, moment);
        if (status == STATUS_OK && turnover_settles(app))
                status = remove_step(app, moment, beside_settle_by_id);
        else if (status == STATUS_OK && turnover->next != NULL)
                status = come_step(app, moment);
        else if (status == STATUS_OK)
                status = remove_step(app, moment, forget_one);
        *ret_more = status == STATUS_OK && under_way(turnover);
        return status;
}

const char *app_coming(const struct app *app)
{
        return app->turnover->next == NULL ? NULL : app->turnover->next->seal;
}

enum status app_turnover_now(struct app *app, struct app_turnover *ret_turnover)
{
        const struct turnover *turnover = app->turnover;
        struct app_turnover now = {.under_way = under_way(turnover),
                                   .settles = turnover_settles(app),
                                   .cases = turnover->at,
                                   .since_ms = turnover->since_ms,
                                   .seal = app_coming(app)};
        enum status status = store_case_last(app->store, &now.all);

        if (now.under_way) {
                now.before = now.settles ? turnover->beside.rules : app->meta.rules_digest;
                now.after = now.settles              ? app->meta.rules_digest
                            : turnover->next == NULL ? app->meta.rules_digest
                                                     : turnover->next->rules.ruleset->digest;
        }
        *ret_turnover = now;
        return status;
}

/* ---- the start ---- */

static void release_revived(struct app_rules rules)
{
        ruleset_free((struct ruleset *)(uintptr_t)rules.ruleset);
}

/* The rules that everything was derived under, made again from their text; whom they lead to, the files know best.
 * NULL: they are not kept, or are not read any more. */
static enum status revive_in_force(struct app *app, struct book *coming, struct book **ret_book)
{
        struct app_rules rules = {.contacts = coming->rules.contacts, .release = release_revived};
        struct ruleset *ruleset = NULL;
        enum status status = change_kept_rules(app->store, app->meta.rules_digest, &ruleset);

        *ret_book = NULL;
        if (status != STATUS_OK || ruleset == NULL)
                return status;
        rules.ruleset = ruleset;
        status = book_new(app, rules, ret_book);
        if (status != STATUS_OK)
                ruleset_free(ruleset);
        else
                (*ret_book)->base = book_hold(coming);
        return status;
}

/* Scopes are asked of the cases in the words of the rules that the files have: where there are any rules change at
 * once. */
enum status turnover_at_start(struct app *app, struct moment moment, bool *ret_in_steps)
{
        struct book *coming = app->book, *in_force = NULL;
        bool needed = false;
        enum status status = turnover_needed(app, &coming->rules, &needed);

        *ret_in_steps = false;
        if (status != STATUS_OK || !needed || scope_matters(app))
                return status;
        status = revive_in_force(app, coming, &in_force);
        if (status != STATUS_OK || in_force == NULL)
                return status;
        app->book = in_force;
        app->turnover->next = coming;
        app->turnover->since_ms = moment.ms;
        *ret_in_steps = true;
        return STATUS_OK;
}

void turnover_give_back(struct app *app)
{
        struct turnover *turnover = app->turnover;

        if (turnover == NULL || turnover->next == NULL)
                return;
        drop_amending(turnover);
        book_drop(app->book);
        app->book = turnover->next;
        turnover->next = NULL;
}

/* The rules that were before, to say why dates moved; without them that is said as far as it can be. */
static enum status revive_sides(struct app *app, struct moment moment)
{
        struct turnover *turnover = app->turnover;
        struct wire_problem problem;
        struct comparing_sides sides = {.after = app->book->lexicon};
        enum status status = app_law_find(app, turnover->beside.rules, &turnover->sides[0], &problem);

        if (status != STATUS_OK)
                return status == STATUS_INVALID ? STATUS_OK : status;
        turnover->sides[1] = book_hold(app->book);
        sides.before = turnover->sides[0]->lexicon;
        return compare(app, moment, &sides);
}

static void tell_progress(struct app *app, uint64_t done, uint64_t all)
{
        if (app->settings.progress != NULL && done % APP_STEP_CASES == 0)
                app->settings.progress(app->settings.progress_context, done, all);
}

/* What is in force by the record is told about as such, although the files say something else by now; to whom, they
 * know best. */
static enum status tell_all_under(struct app *app, struct moment moment, const struct book *in_force)
{
        struct book *coming = app->book;
        struct book then = *in_force;
        uint64_t last = 0;
        enum status status = store_case_last(app->store, &last);

        then.rules.contacts = coming->rules.contacts;
        app->book = &then;
        if (status == STATUS_OK)
                status = revive_sides(app, moment);
        for (uint64_t id = 1; status == STATUS_OK && id <= last; id++) {
                status = beside_settle_by_id(app, moment, id);
                tell_progress(app, id, last);
        }
        drop_amending(app->turnover);
        app->book = coming;
        return status;
}

/* Nobody can say any more what is in force, so nothing can be said of what was before it. */
static enum status forget_all(struct app *app)
{
        uint64_t last = 0;
        enum status status = store_case_last(app->store, &last);

        for (uint64_t id = 1; status == STATUS_OK && id <= last; id++) {
                status = beside_forget(app, id);
                tell_progress(app, id, last);
        }
        return status;
}

enum status turnover_before_start(struct app *app, struct moment moment)
{
        const struct store_beside nothing = {.lies = STORE_LIES_NOTHING};
        struct book *in_force = NULL;
        struct wire_problem problem;
        enum status status;

        if (!turnover_settles(app) || strcmp(app->meta.rules_digest, app_ruleset(app)->digest) == 0)
                return STATUS_OK;
        status = app_law_find(app, app->meta.rules_digest, &in_force, &problem);
        if (status == STATUS_OK)
                status = tell_all_under(app, moment, in_force);
        else if (status == STATUS_INVALID)
                status = forget_all(app);
        book_drop(in_force);
        app->turnover->beside = nothing;
        return status == STATUS_OK ? store_beside_set(app->store, &nothing) : status;
}

enum status turnover_take_up(struct app *app, struct moment moment)
{
        return turnover_settles(app) ? revive_sides(app, moment) : STATUS_OK;
}

enum status turnover_recall(struct app *app, struct moment moment)
{
        app->turnover = calloc(1, sizeof *app->turnover);
        if (app->turnover == NULL)
                return STATUS_NO_MEMORY;
        app->turnover->since_ms = moment.ms;
        return store_beside_get(app->store, &app->turnover->beside);
}
