/*
 * census - how many open obligations each rule has, by state.
 *
 * Counted in steps, case after case along an index, when somebody first asks, and kept
 * from then on as rows change. Between two steps a change of a case that was counted
 * counts; any other is seen when its case is come to. What a transaction changed stands in
 * a journal, so that the numbers go back with the rows when it, or a request in it, is
 * undone. It is never saved: whoever is not asked for it pays nothing.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

#define JOURNAL_MAX 65536 /* changes of one transaction; after more it is counted anew when next asked for */

void census_fini(struct census *census)
{
        free(census->counts);
        free(census->journal);
        *census = (struct census){.at = 0};
}

static bool make_room(struct census *census, uint32_t rule)
{
        size_t words = (size_t)rule + 64;

        if (rule < census->words)
                return true;
        int64_t *counts = realloc(census->counts, words * APP_OPEN_STATES * sizeof *counts);
        if (counts == NULL)
                return false;
        memset(counts + census->words * APP_OPEN_STATES, 0, (words - census->words) * APP_OPEN_STATES * sizeof *counts);
        census->counts = counts;
        census->words = words;
        return true;
}

static bool note(struct census *census, size_t cell, int64_t by)
{
        if (census->length == census->capacity) {
                size_t capacity = census->capacity == 0 ? 256 : census->capacity * 2;
                struct census_change *journal =
                        capacity > JOURNAL_MAX ? NULL : realloc(census->journal, capacity * sizeof *journal);
                if (journal == NULL)
                        return false;
                census->journal = journal;
                census->capacity = capacity;
        }
        census->journal[census->length++] = (struct census_change){cell, by};
        return true;
}

void census_note(struct census *census, const struct store_obligation *row, int64_t by)
{
        size_t cell = (size_t)row->rule * APP_OPEN_STATES + (size_t)row->state;

        if (row->case_id > census->at || row->state < 0 || row->state >= APP_OPEN_STATES)
                return;
        if (make_room(census, row->rule) && note(census, cell, by))
                census->counts[cell] += by;
        else
                census->at = 0;
}

void census_save(struct census *census)
{
        census->saved = census->length;
}

static void go_back(struct census *census, size_t length)
{
        while (census->length > length) {
                const struct census_change *change = &census->journal[--census->length];
                census->counts[change->cell] -= change->by;
        }
}

void census_undo(struct census *census)
{
        go_back(census, census->saved);
}

void census_rollback(struct census *census)
{
        go_back(census, 0);
}

void census_commit(struct census *census)
{
        census->length = census->saved = 0;
}

static enum status take_row(void *context, uint32_t rule, int32_t state)
{
        struct census *census = context;

        if (!make_room(census, rule))
                return STATUS_NO_MEMORY;
        census->counts[(size_t)rule * APP_OPEN_STATES + (size_t)state]++;
        return STATUS_OK;
}

/* The cases after those that are counted. */
static enum status count_step(struct app *app)
{
        struct census *census = &app->census;
        uint64_t most = app->settings.change.step == 0 ? APP_STEP_CASES : app->settings.change.step;
        uint64_t last = 0, until;
        enum status status = store_case_last(app->store, &last);

        if (census->at == 0)
                census_fini(census);
        until = last - census->at > most ? census->at + most : last;
        if (status == STATUS_OK)
                status = store_obligation_kinds(app->store, &(struct store_cases){census->at + 1, until}, take_row,
                                                census);
        if (status != STATUS_OK)
                census->at = 0;
        else
                census->at = until == last ? CENSUS_WHOLE : until;
        return status;
}

enum status app_census_count(struct app *app, struct moment moment, bool *ret_counted)
{
        enum status status = advance_all(app, moment);

        if (status == STATUS_DISK_FULL) /* the day cannot begin; the numbers are those of the last one that could */
                status = STATUS_OK;
        if (status == STATUS_OK && app->census.at != CENSUS_WHOLE)
                status = count_step(app);
        *ret_counted = status == STATUS_OK && app->census.at == CENSUS_WHOLE;
        return status;
}

void app_census(const struct app *app, app_census_fn sink, void *context)
{
        const struct lexicon *lexicon = app->book->lexicon;
        const struct census *census = &app->census;

        for (size_t i = 0; census->at == CENSUS_WHOLE && i < lexicon->ruleset->rule_count; i++) {
                struct app_rule_count row = {.rule = lexicon->ruleset->rules[i].id};
                uint32_t word = lexicon->rule_words[i];

                for (size_t state = 0; word < census->words && state < APP_OPEN_STATES; state++)
                        row.open[state] = (uint64_t)census->counts[(size_t)word * APP_OPEN_STATES + state];
                sink(context, &row);
        }
}
