/*
 * scope - which scopes a case lies in, kept beside what is derived of it (sight.h).
 *
 * Bits are found in the transaction that changes the case, so that nobody sees a
 * case by what it was. They hold as long as the questions do: other scopes, like
 * other rules, have every case looked at anew.
 */
#include "inside.h"

#include <stdio.h>
#include <string.h>

static bool any(const struct scopes *scopes)
{
        return scopes != NULL && scopes->count > 0;
}

enum status scope_of_case(const struct scope_subject *subject, struct arena *work, uint64_t *ret_bits)
{
        const struct value *state;

        *ret_bits = 0;
        if (!any(subject->scopes))
                return STATUS_OK;
        state = casefile_state(subject->ruleset, &subject->duties->casefile, NULL, subject->duties->as_of, work);
        if (state == NULL)
                return STATUS_NO_MEMORY;
        *ret_bits = sight_of_case(subject->scopes, state);
        return STATUS_OK;
}

enum status scope_of_item(const struct scope_subject *subject, const char *key, struct arena *work, uint64_t *ret_bits)
{
        const struct casefile *casefile = &subject->duties->casefile;
        const struct item *item = NULL;
        const struct value *state;

        *ret_bits = 0;
        if (!any(subject->scopes) || !subject->scopes->items || key[0] == '\0')
                return STATUS_OK;
        for (size_t i = 0; item == NULL && i < casefile->item_count; i++)
                if (strcmp(casefile->items[i].key, key) == 0)
                        item = &casefile->items[i];
        state = casefile_state(subject->ruleset, casefile, item, subject->duties->as_of, work);
        if (state == NULL)
                return STATUS_NO_MEMORY;
        *ret_bits = sight_of_item(subject->scopes, state);
        return STATUS_OK;
}

const char *scope_digest(const struct scopes *scopes)
{
        return any(scopes) ? scopes->digest : "";
}

bool scope_same(const struct app *app, const struct scopes *scopes)
{
        return strcmp(app->scopes_kept, scope_digest(scopes)) == 0;
}

bool scope_matters(const struct app *app)
{
        return app->scopes_kept[0] != '\0' || any(app->book->rules.scopes);
}

enum status scope_settle(struct app *app, struct moment moment, struct store_meta *meta)
{
        enum status status = STATUS_OK;

        if (scope_same(app, app->book->rules.scopes))
                return STATUS_OK;
        /* Other rules have had every case derived anew, with its bits. */
        if (strcmp(app->meta.rules_digest, meta->rules_digest) == 0)
                status = advance_rebuild(app, moment);
        meta->as_of = app_day(app, moment);
        return status;
}

enum status scope_note(struct app *app)
{
        const struct scopes *scopes = app->book->rules.scopes;

        return scope_same(app, scopes) ? STATUS_OK : store_scopes_put(app->store, scope_digest(scopes));
}

void scope_committed(struct app *app)
{
        snprintf(app->scopes_kept, sizeof app->scopes_kept, "%s", scope_digest(app->book->rules.scopes));
}

/* The names of bits, by comma, after a word. */
static size_t describe_bits(const struct scopes *scopes, uint64_t bits, const char *word, char *text, size_t size)
{
        size_t used = 0;

        for (size_t i = 0; bits != 0 && i < scopes->count && used < size; i++) {
                if ((bits >> i & 1) == 0)
                        continue;
                int written = snprintf(text + used, size - used, "%s %s", used == 0 ? word : ",", scopes->list[i].name);
                used += written < 0 ? size : (size_t)written;
        }
        return used < size ? used : size - 1;
}

void scope_describe(const struct app *app, struct sight sight, char *ret_text, size_t size)
{
        const struct scopes *scopes = app->book->rules.scopes;
        size_t used = 1;

        ret_text[0] = '\0';
        if (sight_whole(sight) || !any(scopes) || size < 4)
                return;
        ret_text[0] = '[';
        used += describe_bits(scopes, sight.hidden, "outside", ret_text + used, size - used - 1);
        if (sight.hidden != 0 && sight.within != 0 && used + 3 < size)
                used += (size_t)snprintf(ret_text + used, size - used, "; ");
        used += describe_bits(scopes, sight.within, "only", ret_text + used, size - used - 1);
        snprintf(ret_text + used, size - used, "]");
}

enum status scope_cases(struct store *store, struct sight sight, const char *after, struct store_case *ret_cases,
                        size_t capacity, size_t *ret_count)
{
        uint64_t one = sight_one(sight);

        if (one == 0)
                return store_cases_by_ref(store, after, ret_cases, capacity, ret_count);
        return store_cases_within(store, one, after, ret_cases, capacity, ret_count);
}
