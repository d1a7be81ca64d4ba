/*
 * comparing - what other rules do to the cases of the record.
 *
 * Each case is read once and derived under both rule sets; nothing of it is kept
 * but what was counted.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/rulefile.h"

enum status comparing_begin(struct comparing *comparing, const struct comparing_sides *sides, int32_t as_of)
{
        const struct ruleset *before = sides->before->ruleset, *after = sides->after->ruleset;
        enum status status;

        *comparing = (struct comparing){.sides = *sides, .as_of = as_of};
        arena_init(&comparing->whole, malloc, free);
        status = amendments_find(before, after, &comparing->whole, &comparing->amendments);
        if (status == STATUS_OK)
                status = contacts_differences(sides->contacts_before, sides->contacts_after, as_of, &comparing->whole,
                                              &comparing->readdressed);
        if (status == STATUS_OK)
                status = difference_tally_init(&comparing->tally, before, after, &comparing->whole);
        if (status == STATUS_OK)
                status = rulefile_seal(before, sides->contacts_before, comparing->seal_before);
        if (status == STATUS_OK)
                status = rulefile_seal(after, sides->contacts_after, comparing->seal_after);
        return status;
}

void comparing_end(struct comparing *comparing)
{
        arena_fini(&comparing->whole);
}

/* The lines of a case, read once with the words of both. */
static enum status load(const struct comparing *comparing, struct store *store, struct dossier *before,
                        struct dossier *after)
{
        struct store_line line;
        bool row = false;
        enum status status = store_walk_case(store, before->case_id, false);

        while (status == STATUS_OK) {
                status = store_walk_next(store, STORE_WALK_CASE, &line, &row);
                if (status != STATUS_OK || !row)
                        break;
                status = dossier_add_line(before, comparing->sides.before, &line);
                if (status == STATUS_OK)
                        status = dossier_add_line(after, comparing->sides.after, &line);
        }
        store_walk_end(store, STORE_WALK_CASE);
        return status;
}

static enum status derive(const struct dossier *dossier, const struct comparing_place *place, int32_t as_of,
                          struct casefile *casefile, struct difference_side *side)
{
        enum status status = casefile_stand(side->ruleset, dossier->records, dossier->count, INSTANT_LATEST, as_of,
                                            place->work, casefile);

        side->casefile = casefile;
        return status == STATUS_OK ? difference_derive(side, as_of, place->work, place->rows) : status;
}

enum status comparing_case(struct comparing *comparing, const struct comparing_place *place,
                           const struct store_case *casefile, const struct difference_sink *sink)
{
        struct dossier before = {.case_id = casefile->id, .ref = casefile->ref, .arena = place->work};
        struct dossier after = before;
        struct casefile old, new;
        struct difference_question question = {.before.ruleset = comparing->sides.before->ruleset,
                                               .after.ruleset = comparing->sides.after->ruleset,
                                               .as_of = comparing->as_of,
                                               .words = comparing->amendments.words,
                                               .readdressed = comparing->readdressed};
        enum status status;

        arena_reset(place->work);
        arena_reset(place->rows);
        status = load(comparing, place->store, &before, &after);
        if (status == STATUS_OK)
                status = derive(&before, place, comparing->as_of, &old, &question.before);
        if (status == STATUS_OK)
                status = derive(&after, place, comparing->as_of, &new, &question.after);
        comparing->tally.counts.unreadable += after.unknown_count;
        return status == STATUS_OK ? difference_count(&comparing->tally, &question, place->rows, sink) : status;
}
