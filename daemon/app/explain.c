/*
 * explain - one answer of one case, with who recorded what (app_report.h).
 */
#include "mappad/explain.h"

#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "mappad/app_report.h"
#include "mappad/nearest.h"

/* What the record knows of each line besides what the engine needs, by number. */
struct margin {
        struct note {
                uint64_t seq;
                uint32_t person;
                struct explain_line line;
        } * notes;
        size_t count, capacity;
};

static enum status add_note(struct app *app, struct margin *margin, const struct store_line *line)
{
        if (margin->count == margin->capacity) {
                size_t capacity = margin->capacity == 0 ? 32 : margin->capacity * 2;
                struct note *notes = arena_array(&app->rows, capacity, sizeof *notes);
                if (notes == NULL)
                        return STATUS_NO_MEMORY;
                if (margin->count > 0)
                        memcpy(notes, margin->notes, margin->count * sizeof *notes);
                margin->notes = notes;
                margin->capacity = capacity;
        }
        struct note *note = &margin->notes[margin->count++];
        *note = (struct note){.seq = line->seq, .person = line->person, .line = {.forced = line->forced}};
        if (line->why == NULL)
                return STATUS_OK;
        note->line.why = arena_copy(&app->rows, line->why, strlen(line->why));
        return note->line.why == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status read_lines(struct app *app, const struct book *book, struct dossier *dossier, struct margin *margin)
{
        struct store_line line;
        bool row = false;
        enum status status = store_walk_case(app->store, dossier->case_id, true);

        while (status == STATUS_OK) {
                status = store_walk_next(app->store, STORE_WALK_FULL, &line, &row);
                if (status != STATUS_OK || !row)
                        break;
                status = dossier_add_line(dossier, book->lexicon, &line);
                if (status == STATUS_OK)
                        status = add_note(app, margin, &line);
        }
        store_walk_end(app->store, STORE_WALK_FULL);
        return status;
}

/* Names of the people behind the numbers; asked when the walk is over, since one question at a time is open. */
static enum status name_people(struct app *app, struct margin *margin)
{
        for (size_t i = 0; i < margin->count; i++) {
                struct note *note = &margin->notes[i];
                const char *name = "";
                enum status status = store_person_get(app->store, note->person, &note->line.uid, &name);
                if (status != STATUS_OK)
                        return status;
                if (i > 0 && note->person == note[-1].person)
                        note->line.user = note[-1].line.user;
                else
                        note->line.user = arena_copy(&app->rows, name, strlen(name));
                if (note->line.user == NULL)
                        return STATUS_NO_MEMORY;
        }
        return STATUS_OK;
}

static int compare_note(const void *key, const void *note)
{
        uint64_t seq = *(const uint64_t *)key, other = ((const struct note *)note)->seq;

        return seq < other ? -1 : seq > other;
}

static bool find_line(void *context, uint64_t seq, struct explain_line *ret_line)
{
        const struct margin *margin = context;
        const struct note *note = NULL;

        if (margin->count > 0)
                note = bsearch(&seq, margin->notes, margin->count, sizeof *note, compare_note);
        if (note == NULL)
                return false;
        *ret_line = note->line;
        return true;
}

enum status refuse_rule(struct app *app, const struct ruleset *ruleset, const char *id, struct wire_problem *problem)
{
        const char **ids = arena_array(&app->work, ruleset->rule_count + 1, sizeof *ids);

        if (ids == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                ids[i] = ruleset->rules[i].id;
        wire_problem_set(problem, "unknown-value", "rule", "no rule is called \"%s\"", id);
        problem->nearest = nearest_word(id, ids, ruleset->rule_count);
        return STATUS_INVALID;
}

enum status app_explain(struct app *app, struct moment moment, const struct app_explain_question *question,
                        struct wire_buffer *out, struct wire_problem *ret_problem)
{
        struct dossier dossier = {.arena = &app->rows, .ref = question->case_ref};
        struct store_case casefile = {0};
        struct margin margin = {0};
        const struct book *book = question->law == NULL ? app->book : question->law;
        uint16_t rule = ruleset_rule(book->rules.ruleset, question->rule);
        enum status status;

        arena_reset(&app->rows);
        arena_reset(&app->work);
        if (rule == VOCABULARY_NONE)
                return refuse_rule(app, book->rules.ruleset, question->rule, ret_problem);
        status = store_case_find(app->store, question->case_ref, &casefile);
        dossier.case_id = sight_sees(question->sight, casefile.scope) ? casefile.id : 0;
        if (status == STATUS_OK && dossier.case_id == 0) {
                wire_problem_set(ret_problem, "unknown-case", "case", "nothing was ever recorded of \"%s\"",
                                 question->case_ref);
                return STATUS_INVALID;
        }
        if (status == STATUS_OK)
                status = read_lines(app, book, &dossier, &margin);
        if (status == STATUS_OK)
                status = name_people(app, &margin);
        if (status != STATUS_OK)
                return status;
        struct explain_question inner = {.ruleset = book->rules.ruleset,
                                         .case_ref = question->case_ref,
                                         .records = dossier.records,
                                         .count = dossier.count,
                                         .noun = "event",
                                         .rule = rule,
                                         .item = question->item,
                                         .started = question->started,
                                         .as_of =
                                                 question->as_of == CIVIL_NONE ? app_day(app, moment) : question->as_of,
                                         .known_at = question->known_at,
                                         .line = find_line,
                                         .context = &margin};
        return explain_write(&inner, &app->work, out, ret_problem);
}
