/*
 * supposed - see supposed.h.
 */
#include "supposed.h"

#include <string.h>

/* One case while what is supposed of it is looked at. */
struct stage_of_case {
        const struct supposing *supposing;
        struct supposed_case *casefile;
        struct dossier dossier; /* what is recorded, and what was supposed before */
        uint64_t next_seq;
};

struct supposed_case *supposed_of(struct supposed *supposed, const char *ref)
{
        for (size_t i = 0; i < supposed->case_count; i++)
                if (strcmp(supposed->cases[i].ref, ref) == 0)
                        return &supposed->cases[i];
        return NULL;
}

static enum status refuse(struct app_forecast_refusal *refusal, uint64_t line, const char *code, const char *sentence)
{
        wire_problem_set(&refusal->problem, code, "", "%s", sentence);
        refusal->line = line;
        return STATUS_INVALID;
}

static struct supposed_case *case_of(struct supposed *supposed, const char *ref, struct arena *arena)
{
        struct supposed_case *casefile = supposed_of(supposed, ref);

        if (casefile != NULL)
                return casefile;
        casefile = &supposed->cases[supposed->case_count];
        casefile->records = arena_array(arena, APP_FORECAST_SUPPOSED_MAX, sizeof *casefile->records);
        if (casefile->records == NULL)
                return NULL;
        memcpy(casefile->ref, ref, strnlen(ref, CASE_REF_MAX));
        supposed->case_count++;
        return casefile;
}

/* What is recorded of a case; nothing of one that the record does not know, or that is out of sight. */
static enum status stage_open(struct stage_of_case *stage, struct app_forecast_refusal *refusal)
{
        struct store *reader = stage->supposing->reader;
        struct store_case found;
        bool there = false;
        uint64_t id = 0;
        enum status status = store_case_id(reader, stage->casefile->ref, false, &id);

        stage->dossier = (struct dossier){.arena = stage->supposing->work, .ref = stage->casefile->ref};
        if (status == STATUS_OK && id != 0)
                status = store_case_get(reader, id, &found, &there);
        if (status == STATUS_OK && there && !sight_sees(stage->supposing->sight, found.scope))
                memcpy(refusal->out_of_sight, found.ref, sizeof refusal->out_of_sight);
        else if (status == STATUS_OK && there)
                status = dossier_load(reader, stage->supposing->lexicon, id, &stage->dossier);
        for (size_t i = 0; status == STATUS_OK && i < stage->casefile->count; i++)
                status = dossier_add(&stage->dossier, &stage->casefile->records[i]);
        stage->next_seq = 1;
        for (size_t i = 0; i < stage->dossier.count; i++)
                if (stage->dossier.records[i].fact.seq >= stage->next_seq)
                        stage->next_seq = stage->dossier.records[i].fact.seq + 1;
        return status;
}

/* Whether a line could be recorded now, after those before it. */
static enum status admit(struct stage_of_case *stage, struct wire_line *line, struct app_forecast_refusal *refusal)
{
        const struct ruleset *ruleset = stage->supposing->lexicon->ruleset;

        line->record.fact.seq = stage->next_seq;
        struct admission admission = casefile_admit(ruleset, stage->dossier.records, stage->dossier.count,
                                                    &line->record, line->force, stage->supposing->work);
        if (admission.code == REFUSAL_NO_MEMORY)
                return STATUS_NO_MEMORY;
        if (admission.code != REFUSAL_NONE) {
                wire_refusal_describe(ruleset, line, &admission, &refusal->problem);
                return STATUS_INVALID;
        }
        stage->casefile->records[stage->casefile->count++] = line->record;
        return STATUS_OK;
}

static enum status take_line(const struct supposing *supposing, const char *text, size_t length,
                             struct supposed *supposed, struct app_forecast_refusal *refusal)
{
        const struct wire_reader reader = {.ruleset = supposing->lexicon->ruleset, .last_day = CIVIL_MAX};
        struct stage_of_case stage = {.supposing = supposing};
        struct wire_line line;
        enum status status = wire_event_parse(&reader, text, length, supposing->arena, &line, &refusal->problem);

        if (status != STATUS_OK)
                return status;
        if (line.is_retraction || line.target_id != NULL || line.target_seq != 0)
                return refuse(refusal, refusal->line, "not-supposed",
                              "events can be supposed; nothing that is recorded can be taken back by it");
        if (supposed->count++ == APP_FORECAST_SUPPOSED_MAX)
                return refuse(refusal, refusal->line, "too-many-lines", "at most 100 events can be supposed");
        stage.casefile = case_of(supposed, line.case_ref, supposing->arena);
        if (stage.casefile == NULL)
                return STATUS_NO_MEMORY;
        arena_reset(supposing->work);
        status = stage_open(&stage, refusal);
        return status == STATUS_OK ? admit(&stage, &line, refusal) : status;
}

enum status supposed_read(const struct supposing *supposing, const char *text, size_t length,
                          struct supposed *ret_supposed, struct app_forecast_refusal *ret_refusal)
{
        enum status status = STATUS_OK;
        size_t at = 0;

        for (uint64_t number = 1; status == STATUS_OK && at < length; number++) {
                const char *newline = memchr(text + at, '\n', length - at);
                size_t end = newline == NULL ? length : (size_t)(newline - text);
                size_t used = at;

                while (used < end && strchr(" \t\r", text[used]) != NULL)
                        used++;
                ret_refusal->line = number;
                if (used < end)
                        status = take_line(supposing, text + at, end - at, ret_supposed, ret_refusal);
                at = end + 1;
        }
        if (status == STATUS_OK && ret_supposed->count == 0)
                return refuse(ret_refusal, 0, "empty", "the body must be one event, or one event a line");
        return status;
}
