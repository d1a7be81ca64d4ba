/*
 * change - other rules, calendar or contacts in the place of those in force.
 *
 * One transaction keeps their texts, derives every case anew, says which dates
 * moved and why, and writes the change with its effect into the ledger. Either
 * all of it is there afterwards or nothing. Of many cases that would keep everybody
 * waiting: then rules come into force in steps (turnover.c), unless other scopes
 * come with them, which must not wait.
 */
#include "turnover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/app_change.h"
#include "mappad/app_turn.h"
#include "mappad/rulefile.h"
#include "mappad/wire_difference.h"

static const char *contacts_digest_of(const struct contacts *contacts)
{
        return contacts == NULL ? "" : contacts_digest(contacts);
}

/* ---- rules that were in force before a restart ---- */

/* A rule set made again from its text. */
struct revived {
        struct ruleset *ruleset;
        struct lexicon *lexicon;
};

static void revived_free(struct revived *revived)
{
        lexicon_free(revived->lexicon);
        ruleset_free(revived->ruleset);
}

static enum status read_edition(void *context, const struct store_edition *edition)
{
        return law_read(edition, context);
}

enum status change_kept_rules(struct store *store, const char *digest, struct ruleset **ret_ruleset)
{
        *ret_ruleset = NULL;
        return digest[0] == '\0' ? STATUS_OK : store_editions(store, digest, read_edition, ret_ruleset);
}

static enum status revive(struct app *app, const char *digest, struct revived *ret_revived)
{
        struct revived revived = {NULL, NULL};
        enum status status = change_kept_rules(app->store, digest, &revived.ruleset);

        if (status == STATUS_OK && revived.ruleset != NULL)
                status = lexicon_new(app->store, revived.ruleset, &revived.lexicon);
        if (status == STATUS_OK)
                *ret_revived = revived;
        else
                revived_free(&revived);
        return status;
}

/* ---- the effect ---- */

enum status change_compare(struct app *app, struct amending *change, uint64_t id)
{
        struct comparing_place place = {app->store, &app->work, &app->rows};
        struct difference_sink nobody = {NULL, NULL};
        struct store_case casefile;
        bool found = false;
        enum status status = store_case_get(app->store, id, &casefile, &found);

        if (status != STATUS_OK || !found || store_case_erased(&casefile))
                return status;
        return comparing_case(&change->comparing, &place, &casefile, &nobody);
}

/* Walks all cases: counts the effect where the rules before are known, derives anew where the rules differ. */
static enum status walk_cases(struct app *app, struct moment moment, struct amending *change, bool rebuild)
{
        uint64_t count = 0;
        enum status status = store_case_last(app->store, &count);

        app->unknown = 0;
        for (uint64_t id = 1; status == STATUS_OK && id <= count; id++) {
                if (change->known)
                        status = change_compare(app, change, id);
                if (status == STATUS_OK && rebuild)
                        status = refresh_by_id(app, moment, id);
                if (app->settings.progress != NULL && id % APP_STEP_CASES == 0)
                        app->settings.progress(app->settings.progress_context, id, count);
        }
        if (rebuild)
                advance_keep_unknown(app);
        return status;
}

static enum status carry_out(struct app *app, struct moment moment, struct amending *change, bool rebuild)
{
        enum status status;

        if (!rebuild && !(change->known && change->comparing.readdressed.count > 0))
                return STATUS_OK;
        app->change = change;
        status = walk_cases(app, moment, change, rebuild);
        app->change = NULL;
        return status;
}

const char *change_reason(struct app *app, const struct change_question *question)
{
        if (app->change != NULL && app->change->known)
                return amendments_reason(&app->change->comparing.amendments, question->rule, question->first,
                                         question->last, &app->work);
        if (app->change != NULL)
                return "the rules changed while nobody watched";
        return "a day passed";
}

/* ---- the ledger ---- */

static enum status keep(struct app *app, const struct book *book)
{
        enum status status = STATUS_OK;

        if (book->rules.ruleset->text != NULL)
                status = store_keep(app->store, "rules", book->rules.ruleset->digest, book->rules.ruleset->text);
        if (status == STATUS_OK && book->rules.contacts != NULL)
                status = store_keep(app->store, "contacts", contacts_digest(book->rules.contacts),
                                    contacts_text(book->rules.contacts));
        return status;
}

static enum status write_change(struct app *app, struct moment moment, const struct book *book,
                                const struct amending *change, bool accepted)
{
        const struct app_rules *rules = &book->rules;
        struct store_change row = {.at_ms = moment.ms,
                                   .rules = rules->ruleset->digest,
                                   .contacts = contacts_digest_of(rules->contacts),
                                   .seal = book->seal,
                                   .way = (int)rules->way,
                                   .accepted = accepted};
        struct wire_buffer effect;
        enum status status = STATUS_OK;

        wire_buffer_init(&effect);
        if (change->known) {
                wire_counts_write(&effect, &change->comparing.tally.counts);
                wire_put(&effect, "", 1);
                row.effect = effect.data;
        }
        if (effect.failed)
                status = STATUS_NO_MEMORY;
        if (status == STATUS_OK && rules->by.name != NULL)
                status = store_person(app->store, rules->by.uid, rules->by.name, &row.person);
        if (status == STATUS_OK)
                status = store_change_add(app->store, &row);
        wire_buffer_fini(&effect);
        return status;
}

/* Notes in meta what is in force, and in the ledger that it is. */
enum status change_note(struct app *app, struct moment moment, struct book *book, const struct amending *change,
                        struct store_meta *meta)
{
        bool first = meta->rules_digest[0] == '\0';
        bool accepted = !book->rules.unseen || first;
        enum status status = keep(app, book);

        if (status == STATUS_OK && !accepted)
                status = store_accepted(app->store, book->seal, &accepted);
        if (first)
                book->rules.way = APP_WAY_FIRST;
        if (status == STATUS_OK)
                status = write_change(app, moment, book, change, accepted);
        snprintf(meta->rules_digest, sizeof meta->rules_digest, "%s", book->rules.ruleset->digest);
        snprintf(meta->contacts_digest, sizeof meta->contacts_digest, "%s", contacts_digest_of(book->rules.contacts));
        if (status != STATUS_OK || accepted)
                return status;
        return raise_service(app, moment,
                             &(struct service_alert){.kind = ALERT_RULES,
                                                     .word = WORD_RULES,
                                                     .about = book->seal,
                                                     .repeat = moment.ms,
                                                     .due = CIVIL_NONE});
}

static bool same_as_before(const struct store_meta *meta, const struct book *book)
{
        return strcmp(meta->rules_digest, book->rules.ruleset->digest) == 0 &&
               strcmp(meta->contacts_digest, contacts_digest_of(book->rules.contacts)) == 0;
}

bool change_none(const struct app *app)
{
        return same_as_before(&app->meta, app->book);
}

/* From sides (before NULL: not known) to those of app->book, in the transaction in hand. */
static enum status change_to(struct app *app, struct moment moment, const struct comparing_sides *sides,
                             struct store_meta *meta)
{
        bool rebuild = strcmp(meta->rules_digest, app->book->rules.ruleset->digest) != 0;
        struct amending change = {.known = sides->before != NULL};
        enum status status = STATUS_OK;

        if (change.known)
                status = comparing_begin(&change.comparing, sides, app_day(app, moment));
        if (status == STATUS_OK)
                status = carry_out(app, moment, &change, rebuild);
        if (rebuild)
                meta->as_of = app_day(app, moment);
        if (status == STATUS_OK)
                status = change_note(app, moment, app->book, &change, meta);
        comparing_end(&change.comparing);
        return status;
}

enum status change_at_start(struct app *app, struct moment moment, struct store_meta *meta)
{
        struct revived revived = {NULL, NULL};
        struct comparing_sides sides = {.after = app->book->lexicon,
                                        .contacts_before = app->book->rules.contacts,
                                        .contacts_after = app->book->rules.contacts};
        enum status status = STATUS_OK;

        if (same_as_before(meta, app->book))
                return STATUS_OK;
        if (strcmp(meta->rules_digest, app->book->rules.ruleset->digest) != 0)
                status = revive(app, meta->rules_digest, &revived);
        else
                sides.before = app->book->lexicon;
        if (revived.lexicon != NULL)
                sides.before = revived.lexicon;
        if (status == STATUS_OK)
                status = change_to(app, moment, &sides, meta);
        revived_free(&revived);
        return status;
}

/* ---- at run time ---- */

static enum status put_in_force(struct app *app, struct moment moment, struct book *old)
{
        struct comparing_sides sides = {.before = old->lexicon,
                                        .after = app->book->lexicon,
                                        .contacts_before = old->rules.contacts,
                                        .contacts_after = app->book->rules.contacts};
        struct store_meta meta = app->meta;
        uint64_t messages = 0;
        enum status status = STATUS_OK;

        if (!same_as_before(&meta, app->book))
                status = change_to(app, moment, &sides, &meta);
        if (status == STATUS_OK)
                status = scope_settle(app, moment, &meta);
        if (status == STATUS_OK)
                status = deliver(app, &(struct delivery){.moment = moment, .pending = STORE_AT_ONCE}, &messages);
        if (status == STATUS_OK)
                status = app_put_meta(app, &meta);
        if (status == STATUS_OK)
                status = scope_note(app);
        return status == STATUS_OK ? app_commit(app) : status;
}

static enum status change_at_once(struct app *app, struct moment moment, struct app_rules rules,
                                  char ret_problem[static APP_PROBLEM_SIZE])
{
        struct book *old = app->book, *book = NULL;
        enum status status = app_begin(app);

        if (status == STATUS_OK)
                status = book_new(app, rules, &book);
        if (status == STATUS_OK) {
                app->book = book;
                status = put_in_force(app, moment, old);
        }
        if (status != STATUS_OK) {
                snprintf(ret_problem, APP_PROBLEM_SIZE, "%s", app_failing(app, status));
                status = app_rollback(app, status);
                app->book = old;
                book_forget(book);
                return status;
        }
        scope_committed(app);
        if (strcmp(old->rules.ruleset->digest, book->rules.ruleset->digest) != 0)
                sweep_raise_again(app);
        turnover_abandon(app);
        book_drop(old);
        if (rules.in_force != NULL)
                rules.in_force(rules.context);
        app_tell(app);
        return STATUS_OK;
}

/* Which dates moved by the change before is told under its own rules. */
static enum status tell_all_moves(struct app *app, struct moment moment)
{
        enum status status = STATUS_OK;
        bool more = false;

        while (status == STATUS_OK && turnover_settles(app)) {
                status = app_turn_over(app, moment, &more);
                if (app->settings.progress != NULL)
                        app->settings.progress(app->settings.progress_context, 0, 0);
        }
        return status;
}

enum status app_reload(struct app *app, struct moment moment, struct app_rules rules,
                       char ret_problem[static APP_PROBLEM_SIZE])
{
        bool in_steps = false;
        enum status status;

        ret_problem[0] = '\0';
        app_flush(app, moment);
        status = turnover_needed(app, &rules, &in_steps);
        if (status == STATUS_OK && !in_steps && strcmp(app->meta.rules_digest, rules.ruleset->digest) != 0)
                status = tell_all_moves(app, moment);
        if (status == STATUS_OK && !in_steps)
                return change_at_once(app, moment, rules, ret_problem);
        if (status == STATUS_OK)
                status = turnover_begin(app, moment, rules);
        if (status != STATUS_OK)
                snprintf(ret_problem, APP_PROBLEM_SIZE, "%s", app_failing(app, status));
        return status;
}

const char *app_seal(const struct app *app)
{
        return app->book->seal;
}

enum status app_accept(struct app *app, struct moment moment, const char *seal, struct app_actor actor)
{
        uint32_t person = 0;
        enum status status;

        app_flush(app, moment);
        status = app_begin(app);
        if (status == STATUS_OK)
                status = store_person(app->store, actor.uid, actor.name, &person);
        if (status == STATUS_OK)
                status = store_accept(app->store, seal, moment.ms, person);
        return status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
}

enum status app_accepted(struct app *app, const char *seal, bool *ret_accepted)
{
        return store_accepted(app->store, seal, ret_accepted);
}
