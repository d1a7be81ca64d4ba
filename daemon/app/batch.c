/*
 * batch - lines that wait to be recorded together (app.h, batch.h).
 *
 * Only texts are kept until the flush, so that a line is always read against
 * the rules under which it is recorded.
 */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/app_turn.h"

enum status app_batch_new(struct app *app, struct moment moment, struct app_actor actor, bool dry_run,
                          struct app_batch **ret_batch)
{
        struct app_batch *batch = calloc(1, sizeof *batch);

        if (batch == NULL)
                return STATUS_NO_MEMORY;
        arena_init(&batch->arena, malloc, free);
        batch->app = app;
        batch->moment = moment;
        batch->actor = actor;
        batch->actor.name = arena_copy(&batch->arena, actor.name, strlen(actor.name));
        batch->dry_run = dry_run;
        batch->touched_end = &batch->touched;
        batch->next_number = 1;
        if (batch->actor.name == NULL) {
                app_batch_free(batch);
                return STATUS_NO_MEMORY;
        }
        *ret_batch = batch;
        return STATUS_OK;
}

void app_batch_want(struct app_batch *batch, enum app_changed wanted)
{
        batch->wanted = wanted;
}

void app_batch_refuse_conflicts(struct app_batch *batch)
{
        batch->conflicts_refused = true;
}

void app_batch_more(struct app_batch *batch)
{
        batch->more = true;
}

void app_batch_free(struct app_batch *batch)
{
        if (batch == NULL)
                return;
        arena_fini(&batch->arena);
        free(batch);
}

/* Doubles an array of the batch when it is full; NULL when memory ran out. */
static void *room(struct app_batch *batch, void *old, size_t count, size_t *capacity, size_t size)
{
        if (count < *capacity)
                return old;
        size_t more = *capacity == 0 ? 16 : *capacity * 2;
        void *bigger = arena_array(&batch->arena, more, size);
        if (bigger == NULL)
                return NULL;
        if (count > 0)
                memcpy(bigger, old, count * size);
        *capacity = more;
        return bigger;
}

static enum status add_line(struct app_batch *batch, struct batch_line line)
{
        if (batch->line_count == APP_BATCH_LINES_MAX)
                return STATUS_LIMIT;
        struct batch_line *lines = room(batch, batch->lines, batch->line_count, &batch->line_capacity, sizeof *lines);
        if (lines == NULL)
                return STATUS_NO_MEMORY;
        batch->lines = lines;
        line.number = batch->next_number++;
        lines[batch->line_count++] = line;
        return STATUS_OK;
}

enum status app_batch_add(struct app_batch *batch, const char *text, size_t length)
{
        const char *copy = arena_copy(&batch->arena, text, length);

        return copy == NULL ? STATUS_NO_MEMORY : add_line(batch, (struct batch_line){.text = copy, .length = length});
}

void app_batch_skip(struct app_batch *batch)
{
        batch->next_number++;
}

enum status app_batch_retract(struct app_batch *batch, uint64_t seq, const char *why)
{
        const char *copy = arena_copy(&batch->arena, why, strlen(why));

        return copy == NULL ? STATUS_NO_MEMORY : add_line(batch, (struct batch_line){.retract = seq, .why = copy});
}

static bool blank(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
                        return false;
        return true;
}

/* Where the first object of a body ends, counting braces outside strings; length if it does not. */
static size_t object_end(const char *body, size_t length)
{
        int depth = 0;
        bool quoted = false;

        for (size_t i = 0; i < length; i++) {
                char c = body[i];
                if (quoted && c == '\\')
                        i++;
                else if (c == '"')
                        quoted = !quoted;
                else if (!quoted && c == '{')
                        depth++;
                else if (!quoted && c == '}' && --depth <= 0)
                        return i + 1;
        }
        return length;
}

/* Whether a body is one object over several lines rather than one a line. */
static bool one_object(const char *body, size_t length)
{
        const char *newline = memchr(body, '\n', length);
        size_t start = 0;

        while (start < length &&
               (body[start] == ' ' || body[start] == '\t' || body[start] == '\r' || body[start] == '\n'))
                start++;
        if (newline == NULL || start == length || body[start] != '{')
                return false;
        size_t end = start + object_end(body + start, length - start);
        size_t rest = end;
        while (rest < length && (body[rest] == '\n' || body[rest] == ' ' || body[rest] == '\r' || body[rest] == '\t'))
                rest++;
        return rest == length && memchr(body + start, '\n', end - start) != NULL;
}

enum status app_batch_add_body(struct app_batch *batch, const char *body, size_t length)
{
        if (one_object(body, length))
                return app_batch_add(batch, body, length);
        size_t at = 0;
        while (at < length) {
                const char *newline = memchr(body + at, '\n', length - at);
                size_t end = newline == NULL ? length : (size_t)(newline - body);
                if (blank(body + at, end - at)) {
                        app_batch_skip(batch);
                } else {
                        enum status status = app_batch_add(batch, body + at, end - at);
                        if (status != STATUS_OK)
                                return status;
                }
                at = end + 1;
        }
        return STATUS_OK;
}

bool batch_problem(struct app_batch *batch, uint64_t line, const struct wire_problem *problem)
{
        batch->problem_total++;
        if (batch->problems == NULL)
                batch->problems = arena_array(&batch->arena, APP_PROBLEMS_MAX, sizeof *batch->problems);
        if (batch->problems == NULL)
                return false;
        if (batch->problem_count < APP_PROBLEMS_MAX)
                batch->problems[batch->problem_count++] = (struct app_problem){line, *problem};
        return true;
}

bool batch_conflict(struct app_batch *batch, const struct app_conflict *conflict)
{
        batch->conflict_total++;
        if (batch->conflicts == NULL)
                batch->conflicts = arena_array(&batch->arena, APP_CONFLICTS_MAX, sizeof *batch->conflicts);
        if (batch->conflicts == NULL)
                return false;
        if (batch->conflict_count < APP_CONFLICTS_MAX)
                batch->conflicts[batch->conflict_count++] = *conflict;
        return true;
}

bool batch_warning(struct app_batch *batch, const struct app_warning *warning)
{
        struct app_warning *warnings =
                room(batch, batch->warnings, batch->warning_count, &batch->warning_capacity, sizeof *warnings);

        if (warnings == NULL)
                return false;
        batch->warnings = warnings;
        warnings[batch->warning_count++] = *warning;
        return true;
}

static void sum_up(struct app_changed_sum *sum, const char *ref, const struct obligation *obligation, bool vanished)
{
        if (sum->all == 0)
                sum->case_ref = ref;
        else if (sum->case_ref != NULL && strcmp(sum->case_ref, ref) != 0)
                sum->case_ref = NULL;
        sum->all++;
        sum->vanished += vanished;
        sum->states[obligation->state] += !vanished;
}

bool batch_changed(struct app_batch *batch, const char *ref, const struct duty *duty, int32_t as_of, bool vanished)
{
        if (batch->wanted != APP_CHANGED_NONE)
                sum_up(&batch->sum, ref, &duty->obligation, vanished);
        if (batch->wanted != APP_CHANGED_ROWS)
                return true;
        struct app_obligation *changed =
                room(batch, batch->changed, batch->changed_count, &batch->changed_capacity, sizeof *changed);

        if (changed == NULL)
                return false;
        batch->changed = changed;
        struct app_obligation *to = &changed[batch->changed_count++];
        *to = (struct app_obligation){
                .case_ref = ref, .obligation = duty->obligation, .as_of = as_of, .vanished = vanished};
        if (duty->obligation.item == NULL)
                return true;
        struct item *item = arena_alloc(&batch->arena, sizeof *item);
        if (item == NULL)
                return false;
        *item = duty->item;
        item->key = arena_copy(&batch->arena, duty->item.key, strlen(duty->item.key));
        to->obligation.item = item;
        return item->key != NULL;
}

/* Where a case is, or would be. Shape: there is a free slot. */
static struct touched **slot_of(const struct app_batch *batch, uint64_t case_id)
{
        size_t at = case_id & (batch->slot_count - 1);

        while (batch->slots[at] != NULL && batch->slots[at]->dossier.case_id != case_id)
                at = (at + 1) & (batch->slot_count - 1);
        return &batch->slots[at];
}

/* Numbers from here on are no case of any record. */
#define TRIED_CASES (UINT64_C(1) << 62)

/* Cases that are touched are found by their numbers, so that it is made of the reference; of two that would have the
 * same the second has the next. */
uint64_t batch_case_tried(const struct app_batch *batch, const char *ref)
{
        uint64_t id = TRIED_CASES | text_hash(ref) >> 2;

        while (batch->slot_count > 0 && *slot_of(batch, id) != NULL &&
               strcmp((*slot_of(batch, id))->dossier.ref, ref) != 0)
                id++;
        return id;
}

/* Room for one more; most batches touch a single case. */
static bool slots_grow(struct app_batch *batch)
{
        if (2 * (batch->touched_count + 1) <= batch->slot_count)
                return true;
        size_t more = batch->slot_count == 0 ? 4 : batch->slot_count * 2;
        struct touched **slots = arena_array(&batch->arena, more, sizeof(struct touched *));
        if (slots == NULL)
                return false;
        batch->slots = slots;
        batch->slot_count = more;
        for (struct touched *touched = batch->touched; touched != NULL; touched = touched->next)
                *slot_of(batch, touched->dossier.case_id) = touched;
        return true;
}

static enum status add_touched(struct app_batch *batch, uint64_t case_id, const char *ref, struct touched **ret_touched)
{
        struct touched *touched = arena_alloc(&batch->arena, sizeof *touched);

        if (touched == NULL)
                return STATUS_NO_MEMORY;
        touched->dossier = (struct dossier){.arena = &batch->arena, .ref = ref};
        enum status status = dossier_load(batch->app->store, batch->app->book->lexicon, case_id, &touched->dossier);
        if (status != STATUS_OK)
                return status;
        if (!slots_grow(batch))
                return STATUS_NO_MEMORY;
        touched->before = touched->dossier.count;
        *slot_of(batch, case_id) = touched;
        *batch->touched_end = touched;
        batch->touched_end = &touched->next;
        batch->touched_count++;
        *ret_touched = touched;
        return STATUS_OK;
}

enum status batch_touch(struct app_batch *batch, uint64_t case_id, const char *ref, struct touched **ret_touched)
{
        struct touched *touched = batch->slot_count == 0 ? NULL : *slot_of(batch, case_id);
        enum status status = STATUS_OK;

        if (touched == NULL)
                status = add_touched(batch, case_id, ref, &touched);
        if (status == STATUS_OK)
                *ret_touched = batch->latest = touched;
        return status;
}

void batch_tell(struct app_batch *batch, enum status status, const struct ruleset *ruleset)
{
        struct app_outcome outcome = {.status = status, .dry_run = batch->dry_run, .ruleset = ruleset};

        if (batch->done == NULL)
                return;
        if (status == STATUS_OK && batch->problem_total > 0) {
                outcome.status = STATUS_INVALID;
                outcome.out_of_sight = batch->out_of_sight;
                outcome.problems = batch->problems;
                outcome.problem_count = batch->problem_count;
                outcome.problem_total = batch->problem_total;
        } else if (status == STATUS_OK) {
                outcome.out_of_sight = batch->out_of_sight;
                outcome.recorded = batch->recorded;
                outcome.repeated = batch->repeated;
                outcome.first_seq = batch->first_seq;
                outcome.last_seq = batch->last_seq;
                outcome.lines = batch->results;
                outcome.line_count = batch->line_count;
                outcome.changed = batch->changed;
                outcome.changed_count = batch->changed_count;
                outcome.sum = batch->sum;
                outcome.warnings = batch->warnings;
                outcome.warning_count = batch->warning_count;
                outcome.conflicts = batch->conflicts;
                outcome.conflict_count = batch->conflict_count;
                outcome.conflict_total = batch->conflict_total;
        }
        batch->done(batch->context, &outcome);
}
