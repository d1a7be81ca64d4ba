/*
 * repeat - whether a line whose id was recorded before says what was said then (batch.h).
 *
 * A repeat is skipped, whatever it says. But whoever numbers two lines alike by mistake, or alters a line that was
 * recorded, believes that something was recorded which was not: so it is told what differs.
 */
#include "batch.h"

#include <string.h>

#include "lexicon.h"

/* What is recorded under an id. */
struct known {
        const char *case_ref;
        struct record record;
        bool readable; /* the rules know all of its words */
};

/* ---- what was recorded ---- */

/* Of a line of the same batch, which the record need not hold. */
static enum status find_accepted(struct app_batch *batch, uint64_t case_id, uint64_t seq, struct known *ret_known)
{
        struct touched *touched = NULL;
        enum status status = batch_touch(batch, case_id, NULL, &touched);

        if (status != STATUS_OK)
                return status;
        const struct dossier *dossier = &touched->dossier;
        for (size_t i = dossier->count; i-- > 0;)
                if (dossier->records[i].fact.seq == seq)
                        *ret_known = (struct known){dossier->ref, dossier->records[i], true};
        return STATUS_OK;
}

static enum status read_known(struct app_batch *batch, const struct store_line *line, struct known *ret_known)
{
        const struct lexicon *lexicon = batch->app->book->lexicon;
        struct record *record = &ret_known->record;
        uint32_t unknown = 0;
        enum status status = STATUS_OK;

        record->is_retraction = line->type == 0;
        record->refers = line->refers;
        record->fact.on = line->on;
        record->fact.type = line->type == 0 ? VOCABULARY_NONE : lexicon_type(lexicon, line->type);
        if (line->item != NULL)
                record->fact.item = arena_copy(&batch->arena, line->item, strlen(line->item));
        if (line->item != NULL && record->fact.item == NULL)
                return STATUS_NO_MEMORY;
        if (record->fact.type != VOCABULARY_NONE)
                status =
                        lexicon_unpack(lexicon, record->fact.type, line, &batch->arena, &record->fact.fields, &unknown);
        ret_known->readable = unknown == 0;
        return status;
}

static enum status find_recorded(struct app_batch *batch, uint64_t case_id, uint64_t seq, struct known *ret_known)
{
        struct store *store = batch->app->store;
        struct store_case casefile = {.ref = ""};
        struct store_line line;
        bool row = false;
        enum status status = store_walk_lines(store, seq - 1);

        if (status == STATUS_OK)
                status = store_walk_next(store, STORE_WALK_LINES, &line, &row);
        if (status == STATUS_OK && row)
                status = read_known(batch, &line, ret_known);
        store_walk_end(store, STORE_WALK_LINES);
        if (status == STATUS_OK)
                status = store_case_get(store, case_id, &casefile, &row);
        if (status != STATUS_OK)
                return status;
        ret_known->case_ref = arena_copy(&batch->arena, casefile.ref, strlen(casefile.ref));
        return ret_known->case_ref == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- and what is said now ---- */

static bool same_text(const char *one, const char *other)
{
        return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static bool same_value(const struct value *one, const struct value *other)
{
        return one->bits == other->bits && one->day == other->day && same_text(one->token, other->token);
}

/* The first field of an event in which two of one type differ, or NULL. */
static const char *differing_field(const struct event_type *type, const struct value *one, const struct value *other)
{
        static const struct value absent = {.bits = VALUE_UNSET, .day = CIVIL_NONE};

        for (size_t i = 0; i < type->field_count; i++)
                if (!same_value(one == NULL ? &absent : &one[i], other == NULL ? &absent : &other[i]))
                        return type->fields[i].name;
        return NULL;
}

static const char *differing_event(const struct app_batch *batch, const struct wire_line *line,
                                   const struct known *known)
{
        const struct fact *fact = &line->record.fact, *before = &known->record.fact;

        if (strcmp(line->case_ref, known->case_ref) != 0)
                return "case";
        if (known->record.is_retraction || fact->type != before->type)
                return "event";
        if (fact->on != before->on)
                return "on";
        if (!same_text(fact->item, before->item))
                return "item";
        if (!known->readable)
                return NULL;
        return differing_field(&batch->app->book->rules.ruleset->vocabulary.events[fact->type], fact->fields,
                               before->fields);
}

/* Whoever names what there is not, or what is out of sight, names another target than any that was recorded. */
static bool same_target(const struct wire_line *line, const struct record *before)
{
        bool named = line->target_id != NULL || line->target_seq != 0;

        return line->record.refers == before->refers && named == (before->refers != 0);
}

enum status repeat_compare(struct app_batch *batch, const struct wire_line *line, uint64_t case_id, uint64_t seq,
                           const char **ret_field)
{
        struct known known = {.case_ref = ""};
        enum status status = accepted_find_seq(batch, seq, &case_id) ? find_accepted(batch, case_id, seq, &known)
                                                                     : find_recorded(batch, case_id, seq, &known);

        *ret_field = NULL;
        if (status != STATUS_OK)
                return status;
        if (line->is_retraction)
                *ret_field = known.record.is_retraction && same_target(line, &known.record) ? NULL : "retract";
        else
                *ret_field = differing_event(batch, line, &known);
        if (*ret_field == NULL && !line->is_retraction && !same_target(line, &known.record))
                *ret_field = "replaces";
        return STATUS_OK;
}

void repeat_refuse(const struct wire_line *line, uint64_t seq, const char *field, struct wire_problem *ret_problem)
{
        if (seq == 0)
                wire_problem_set(ret_problem, "id-conflict", "id",
                                 "the id \"%s\" is that of a line before it, which has another \"%s\": one of the two "
                                 "needs another id",
                                 line->id, field);
        else
                wire_problem_set(
                        ret_problem, "id-conflict", "id",
                        "the id \"%s\" is that of event %llu, which has another \"%s\": what was recorded stays "
                        "as it is, and is put right by a replacement or a retraction; if this is another event, "
                        "it needs another id",
                        line->id, (unsigned long long)seq, field);
}
