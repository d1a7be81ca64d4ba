/*
 * law - under which rules a question is asked (app_law.h).
 *
 * What is here only reads: a lexicon is made of the words that the record has.
 * When it has got more of them, the lexicon is made anew before the next question.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/app_law.h"
#include "mappad/rulefile.h"

#define DIGITS 64 /* of a whole digest */

/* ---- the shelf ---- */

static void put_first(struct app *app, struct book *book, size_t place)
{
        for (size_t i = place; i > 0; i--)
                app->shelf[i] = app->shelf[i - 1];
        app->shelf[0] = book;
}

/* Takes over the caller's hold on the book. */
static void shelve(struct app *app, struct book *book)
{
        book_drop(app->shelf[APP_SHELF_MAX - 1]);
        put_first(app, book, APP_SHELF_MAX - 1);
}

void law_clear(struct app *app)
{
        for (size_t i = 0; i < APP_SHELF_MAX; i++) {
                book_drop(app->shelf[i]);
                app->shelf[i] = NULL;
        }
}

static enum status book_peek(struct app *app, struct app_rules rules, struct book *base, struct book **ret_book)
{
        struct book *book = calloc(1, sizeof *book);
        enum status status;

        if (book == NULL)
                return STATUS_NO_MEMORY;
        book->holders = 1;
        book->rules = rules;
        status = lexicon_peek(app->store, rules.ruleset, &book->lexicon);
        if (status != STATUS_OK) {
                free(book);
                return status;
        }
        book->base = base == NULL ? NULL : book_hold(base);
        *ret_book = book;
        return STATUS_OK;
}

/* The book of a place of the shelf, with the words that the record has now; moved to the front. */
static enum status fresh(struct app *app, size_t place, struct book **ret_book)
{
        struct book *book = app->shelf[place];

        if (book->lexicon->word_count != store_word_count(app->store)) {
                struct app_rules same = book->rules;
                struct book *base = book->base == NULL ? book : book->base, *newer = NULL;
                same.release = NULL;
                enum status status = book_peek(app, same, base, &newer);
                if (status != STATUS_OK)
                        return status;
                book_drop(book);
                book = newer;
        }
        put_first(app, book, place);
        *ret_book = book_hold(book);
        return STATUS_OK;
}

/* ---- rules of the record ---- */

struct reviving {
        struct ruleset *ruleset;
        size_t count;
};

static enum status revive_one(void *context, const struct store_edition *edition)
{
        struct reviving *reviving = context;

        if (strcmp(edition->kind, "rules") != 0)
                return STATUS_OK;
        reviving->count++;
        return reviving->count > 1 ? STATUS_OK : law_read(edition, &reviving->ruleset);
}

enum status law_read(const struct store_edition *edition, struct ruleset **ret_ruleset)
{
        struct diagnostics problems;
        struct rulefile_text *files = NULL;
        struct arena arena;
        size_t count = 0;
        enum status status = STATUS_INVALID;

        diagnostics_init(&problems);
        arena_init(&arena, malloc, free);
        if (edition->text != NULL && strcmp(edition->kind, "rules") == 0)
                status = rulefile_unbind(edition->text, &arena, &files, &count);
        if (status == STATUS_OK)
                status = rulefile_load_text(files, count, &problems, ret_ruleset);
        arena_fini(&arena);
        diagnostics_fini(&problems);
        /* Rules that this program does not read any more are rules that are not known. */
        return status == STATUS_INVALID ? STATUS_OK : status;
}

static void release_revived(struct app_rules rules)
{
        ruleset_free((struct ruleset *)(uintptr_t)rules.ruleset);
}

static enum status revive(struct app *app, const char *digest, struct book **ret_book, struct wire_problem *problem)
{
        struct reviving reviving = {NULL, 0};
        struct book *book = NULL;
        enum status status = store_editions(app->store, digest, revive_one, &reviving);

        if (status == STATUS_OK && reviving.count > 1) {
                wire_problem_set(problem, "ambiguous-digest", "rules",
                                 "several rule sets have digests that begin so; more digits are needed");
                status = STATUS_INVALID;
        } else if (status == STATUS_OK && reviving.ruleset == NULL) {
                wire_problem_set(problem, "unknown-digest", "rules", "%s",
                                 reviving.count > 0
                                         ? "the rules of this digest are kept, but cannot be read any more"
                                         : "no rules of this digest were ever in force, or were handed over");
                status = STATUS_INVALID;
        }
        if (status == STATUS_OK)
                status = book_peek(app, (struct app_rules){.ruleset = reviving.ruleset, .release = release_revived},
                                   NULL, &book);
        if (status != STATUS_OK) {
                ruleset_free(reviving.ruleset);
                return status;
        }
        shelve(app, book);
        *ret_book = book_hold(book);
        return STATUS_OK;
}

/* ---- the door ---- */

static bool begins(const struct book *book, const char *digest)
{
        return book != NULL && strncmp(book->rules.ruleset->digest, digest, strlen(digest)) == 0;
}

static bool is_digest(const char *text, size_t least)
{
        size_t digits = strspn(text, "0123456789abcdef");

        return text[digits] == '\0' && digits >= least && digits <= DIGITS;
}

enum status app_law_find(struct app *app, const char *digest, struct book **ret_book, struct wire_problem *ret_problem)
{
        struct store_sealed sealed;
        bool found = false;
        enum status status = STATUS_OK;

        if (!is_digest(digest, APP_LAW_DIGITS_MIN)) {
                wire_problem_set(ret_problem, "bad-digest", "rules",
                                 "a digest is %d digits 0-9 and a-f, or at least the first %d of them", DIGITS,
                                 APP_LAW_DIGITS_MIN);
                return STATUS_INVALID;
        }
        if (is_digest(digest, DIGITS))
                status = store_sealed_get(app->store, digest, &sealed, &found);
        if (status != STATUS_OK)
                return status;
        if (found)
                digest = sealed.rules;
        if (begins(app->book, digest)) {
                *ret_book = book_hold(app->book);
                return STATUS_OK;
        }
        for (size_t i = 0; i < APP_SHELF_MAX; i++)
                if (begins(app->shelf[i], digest))
                        return fresh(app, i, ret_book);
        return revive(app, digest, ret_book, ret_problem);
}

/* The latest change that is not after an instant; without one, the first of all. */
struct searching {
        int64_t instant;
        char rules[65];
        bool found;
};

static enum status look_at(void *context, const struct store_change *change)
{
        struct searching *searching = context;

        if (searching->found)
                return STATUS_OK;
        memcpy(searching->rules, change->rules, strnlen(change->rules, DIGITS) + 1);
        searching->found = change->at_ms <= searching->instant;
        return STATUS_OK;
}

enum status app_law_then(struct app *app, int64_t instant, struct book **ret_book, struct wire_problem *ret_problem)
{
        struct searching searching = {.instant = instant};
        enum status status = store_changes(app->store, UINT64_MAX, INT64_MAX, look_at, &searching);

        return status == STATUS_OK ? app_law_find(app, searching.rules, ret_book, ret_problem) : status;
}

enum status app_law_hand_over(struct app *app, struct app_rules rules)
{
        struct book *book = NULL;
        enum status status;

        for (size_t i = 0; i < APP_SHELF_MAX; i++) {
                if (!begins(app->shelf[i], rules.ruleset->digest))
                        continue;
                put_first(app, app->shelf[i], i);
                if (rules.release != NULL)
                        rules.release(rules);
                return STATUS_OK;
        }
        status = book_peek(app, rules, NULL, &book);
        if (status == STATUS_OK)
                shelve(app, book);
        return status;
}

const struct ruleset *app_law_ruleset(const struct app *app, const struct book *book)
{
        return book == NULL ? app->book->rules.ruleset : book->rules.ruleset;
}

void app_law_drop(struct book *book)
{
        book_drop(book);
}
