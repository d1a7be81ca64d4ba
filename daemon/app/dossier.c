/*
 * dossier - the records of one case, from rows to the structs of the engine.
 *
 * A line whose words the rules do not know is never dropped: it keeps its place
 * (so that what it replaced does not stand again), counts for nothing, and is
 * listed so that somebody hears of it.
 */
#include "inside.h"

#include <string.h>

#define DOSSIER_FIRST 32 /* records that fit without growing; a case has about 12 */

/* Doubles an array in the arena; what is new of it is filled by whoever adds. NULL when memory ran out. */
static void *grown(struct arena *arena, const void *old, size_t count, size_t *capacity, size_t size)
{
        size_t more = *capacity == 0 ? DOSSIER_FIRST : *capacity * 2;
        void *bigger = arena_room(arena, more, size);

        if (bigger == NULL)
                return NULL;
        if (count > 0)
                memcpy(bigger, old, count * size);
        *capacity = more;
        return bigger;
}

/* The place of the next record, which counts once it is filled; NULL when memory ran out. */
static struct record *next_record(struct dossier *dossier)
{
        if (dossier->count == dossier->capacity) {
                struct record *records =
                        grown(dossier->arena, dossier->records, dossier->count, &dossier->capacity, sizeof *records);
                if (records == NULL)
                        return NULL;
                dossier->records = records;
        }
        return &dossier->records[dossier->count];
}

enum status dossier_add(struct dossier *dossier, const struct record *record)
{
        struct record *next = next_record(dossier);

        if (next == NULL)
                return STATUS_NO_MEMORY;
        *next = *record;
        dossier->count++;
        return STATUS_OK;
}

static enum status add_unknown(struct dossier *dossier, uint64_t seq, uint32_t word)
{
        if (dossier->unknown_count == dossier->unknown_capacity) {
                struct unknown_line *lines = grown(dossier->arena, dossier->unknown, dossier->unknown_count,
                                                   &dossier->unknown_capacity, sizeof *lines);
                if (lines == NULL)
                        return STATUS_NO_MEMORY;
                dossier->unknown = lines;
        }
        dossier->unknown[dossier->unknown_count++] = (struct unknown_line){.seq = seq, .word = word};
        return STATUS_OK;
}

/* Fills the fact of a line; gives the word that is not known, or 0. */
static enum status read_fact(struct dossier *dossier, const struct lexicon *lexicon, const struct store_line *line,
                             struct fact *fact, uint32_t *ret_unknown)
{
        uint16_t type = lexicon_type(lexicon, line->type);

        if (type == VOCABULARY_NONE || line->on == CIVIL_NONE) {
                *ret_unknown = line->type;
                return STATUS_OK;
        }
        fact->type = type;
        fact->on = line->on;
        if (line->item != NULL) {
                fact->item = arena_copy(dossier->arena, line->item, strlen(line->item));
                if (fact->item == NULL)
                        return STATUS_NO_MEMORY;
        }
        return lexicon_unpack(lexicon, type, line, dossier->arena, &fact->fields, ret_unknown);
}

/* Whether the event type wants an item just as the line has one: the engine relies on it. */
static bool item_fits(const struct lexicon *lexicon, const struct fact *fact)
{
        enum item_use use = lexicon->ruleset->vocabulary.events[fact->type].item_use;

        if (use == ITEM_USE_MAY_NAME)
                return true;
        return (fact->item != NULL) == (use != ITEM_USE_NONE);
}

enum status dossier_add_line(struct dossier *dossier, const struct lexicon *lexicon, const struct store_line *line)
{
        struct record *record = next_record(dossier);
        uint32_t unknown = 0;
        enum status status = STATUS_OK;

        if (record == NULL)
                return STATUS_NO_MEMORY;
        *record = (struct record){
                .is_retraction = line->type == 0, .refers = line->refers, .recorded_at = line->recorded_ms};
        if (!record->is_retraction)
                status = read_fact(dossier, lexicon, line, &record->fact, &unknown);
        if (status != STATUS_OK)
                return status;
        if (!record->is_retraction && unknown == 0 && !item_fits(lexicon, &record->fact))
                unknown = line->type;
        if (unknown != 0) {
                record->is_retraction = true;
                record->fact = (struct fact){.on = CIVIL_MIN};
                status = add_unknown(dossier, line->seq, unknown);
        }
        record->fact.seq = line->seq;
        dossier->count += status == STATUS_OK;
        return status;
}

enum status dossier_load(struct store *store, const struct lexicon *lexicon, uint64_t case_id,
                         struct dossier *ret_dossier)
{
        struct store_line line;
        bool row = false;
        enum status status = store_walk_case(store, case_id, false);

        ret_dossier->case_id = case_id;
        while (status == STATUS_OK) {
                status = store_walk_next(store, STORE_WALK_CASE, &line, &row);
                if (status != STATUS_OK || !row)
                        break;
                status = dossier_add_line(ret_dossier, lexicon, &line);
        }
        store_walk_end(store, STORE_WALK_CASE);
        return status;
}
