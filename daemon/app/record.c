/*
 * record - one batch, inside a savepoint where it may be undone: read each line,
 * ask whether it may join, write it; then derive each touched case once.
 *
 * Refused lines leave nothing behind, and neither does a dry run, which writes nothing.
 */
#include "batch.h"
#include "line_key.h"
#include "turnover.h"

#include <string.h>

/* So many lines, more than a piece of an import has, are held until they are written together: 280 KiB. */
#define LINES_TOGETHER 2048

/* Of so many cases a batch writes together what they raise: it is looked up first which number the next alert has. */
#define CASES_TOGETHER 4

/* A line in hand. */
struct entry {
        struct app *app;
        struct app_batch *batch;
        const struct batch_line *source;
        size_t index;
        struct wire_line line;
        struct wire_problem problem;
        bool refused; /* problem says why */
};

static void refuse(struct entry *entry, const char *code, const char *field, const char *message)
{
        wire_problem_set(&entry->problem, code, field, "%s", message);
        entry->refused = true;
}

/* Whether a case is in sight of whoever records. One that is not is remembered for the log, and for nothing else. */
static enum status look_at_case(struct entry *entry, uint64_t case_id, bool *ret_seen)
{
        struct app_batch *batch = entry->batch;
        struct store_case row = {0};
        bool found = false;

        *ret_seen = true;
        if (sight_whole(batch->actor.sight))
                return STATUS_OK;
        enum status status = store_case_get(entry->app->store, case_id, &row, &found);
        *ret_seen = sight_sees(batch->actor.sight, row.scope);
        if (status != STATUS_OK || *ret_seen || batch->out_of_sight != NULL)
                return status;
        batch->out_of_sight = arena_copy(&batch->arena, row.ref, strlen(row.ref));
        return batch->out_of_sight == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* A case that there is not, or that is out of sight: the same words, so that nobody learns which. */
static void refuse_case(struct entry *entry, const char *ref)
{
        wire_problem_set(&entry->problem, "unknown-case", "case", "there is no case \"%s\" that you may record for",
                         ref);
        entry->refused = true;
}

/* Refuses a line of a case out of sight, and one that would begin a case if whoever records is not to know which
 * references are taken. */
static enum status check_sight(struct entry *entry, const char *ref)
{
        struct sight sight = entry->batch->actor.sight;
        struct store_case row = {0};
        bool seen = true;
        enum status status = sight_whole(sight) ? STATUS_OK : store_case_find(entry->app->store, ref, &row);

        if (sight_whole(sight) || status != STATUS_OK)
                return status;
        if (row.id != 0)
                status = look_at_case(entry, row.id, &seen);
        if (!seen || (row.id == 0 && !sight_counts_all(sight)))
                refuse_case(entry, ref);
        return status;
}

static enum status is_erased(struct app *app, uint64_t case_id, bool *ret_erased)
{
        struct store_case casefile = {.ref = ""};
        bool found = false;
        enum status status = store_case_get(app->store, case_id, &casefile, &found);

        *ret_erased = status == STATUS_OK && found && store_case_erased(&casefile);
        return status;
}

/* Where the line with an id is: among those of this batch, or in the record; number 0: nowhere. */
static enum status find_line(const struct entry *entry, const char *id, uint64_t *ret_case, uint64_t *ret_seq)
{
        struct app_batch *batch = entry->batch;

        return accepted_find_id(batch, id, ret_case, ret_seq)
                       ? STATUS_OK
                       : line_find(entry->app->store, id, &batch->gap, ret_case, ret_seq);
}

/* What a repeat says that was not recorded with its id. */
static enum status look_for_conflict(struct entry *entry, uint64_t case_id, uint64_t seq)
{
        struct wire_line *line = &entry->line;
        uint64_t target_case = 0;
        bool seen = true; /* what it names; what is out of sight is what there is not */
        const char *field = NULL;
        enum status status = STATUS_OK;

        line->record.refers = line->target_seq;
        if (line->target_id != NULL)
                status = find_line(entry, line->target_id, &target_case, &line->record.refers);
        if (status == STATUS_OK && target_case != 0)
                status = look_at_case(entry, target_case, &seen);
        line->record.refers = seen ? line->record.refers : 0;
        if (status == STATUS_OK)
                status = repeat_compare(entry->batch, line, case_id, seq, &field);
        if (status != STATUS_OK || field == NULL)
                return status;
        if (entry->batch->conflicts_refused) {
                repeat_refuse(line, seq < entry->batch->next_seq ? seq : 0, field, &entry->problem);
                entry->refused = true;
        } else if (!batch_conflict(entry->batch, &(struct app_conflict){entry->source->number, seq, field})) {
                return STATUS_NO_MEMORY;
        }
        return STATUS_OK;
}

/* Whether an id was recorded before; then the result is that of the first time. Of a case out of sight no more is said
 * than that it is taken. */
static enum status find_repeat(struct entry *entry, const char *id, bool *ret_repeated)
{
        uint64_t case_id = 0, seq = 0;
        bool seen = true, erased = false;
        enum status status = id == NULL ? STATUS_OK : find_line(entry, id, &case_id, &seq);

        *ret_repeated = false;
        if (status == STATUS_OK && seq != 0)
                status = look_at_case(entry, case_id, &seen);
        /* An erased line is repeated by nothing: those whose ids went with them are not found either. */
        if (status == STATUS_OK && seq != 0 && seen)
                status = is_erased(entry->app, case_id, &erased);
        if (status != STATUS_OK || seq == 0 || erased)
                return status;
        if (!seen && !entry->refused)
                refuse(entry, "id-taken", "id", "this id cannot be used: it is taken");
        if (!seen)
                return STATUS_OK;
        if (!entry->refused) {
                status = look_for_conflict(entry, case_id, seq);
                if (status != STATUS_OK || entry->refused)
                        return status;
        }
        entry->batch->results[entry->index] = (struct app_line_result){.seq = seq, .repeated = true};
        entry->batch->repeated++;
        *ret_repeated = true;
        return STATUS_OK;
}

/* A line as it came in, against the vocabulary. One that is not understood may be the repeat of one that was. */
static enum status read_line(struct entry *entry, bool *ret_repeated)
{
        struct app_batch *batch = entry->batch;
        struct wire_reader reader = {.ruleset = app_ruleset(entry->app),
                                     .last_day = app_day(entry->app, batch->moment)};
        const char *id = NULL;

        *ret_repeated = false;
        if (entry->source->text == NULL) {
                entry->line = (struct wire_line){
                        .is_retraction = true, .target_seq = entry->source->retract, .why = entry->source->why};
                entry->line.record.is_retraction = true;
                entry->refused = !wire_reason_check(entry->source->why, &entry->problem);
                return STATUS_OK;
        }
        enum status status = wire_event_parse(&reader, entry->source->text, entry->source->length, &batch->arena,
                                              &entry->line, &entry->problem);
        if (status == STATUS_OK && !entry->line.is_retraction)
                status = check_sight(entry, entry->line.case_ref);
        if (status == STATUS_OK)
                return entry->refused ? STATUS_OK : find_repeat(entry, entry->line.id, ret_repeated);
        if (status != STATUS_INVALID)
                return status;
        entry->refused = true;
        status = wire_id_peek(entry->source->text, entry->source->length, &batch->arena, &id);
        return status == STATUS_OK ? find_repeat(entry, id, ret_repeated) : status;
}

static enum status check_erased(struct entry *entry, uint64_t case_id)
{
        bool erased = false;
        enum status status = is_erased(entry->app, case_id, &erased);

        if (erased)
                refuse(entry, "not-standing", entry->line.is_retraction ? "retract" : "replaces",
                       "what was recorded under this number was erased");
        return status;
}

/* Finds what the line retracts or replaces: its number and case; 0 when there is no such line. */
static enum status find_target(struct entry *entry, uint64_t *ret_case)
{
        struct wire_line *line = &entry->line;
        uint64_t seq = line->target_seq;
        enum status status = STATUS_OK;

        *ret_case = 0;
        if (line->target_id != NULL)
                status = find_line(entry, line->target_id, ret_case, &seq);
        else if (seq != 0 && !accepted_find_seq(entry->batch, seq, ret_case))
                status = store_find_seq(entry->app->store, seq, ret_case);
        else if (seq == 0)
                return STATUS_OK;
        bool seen = true;
        if (status == STATUS_OK && *ret_case != 0)
                status = look_at_case(entry, *ret_case, &seen);
        if (!seen)
                *ret_case = 0;
        if (status == STATUS_OK && *ret_case == 0)
                refuse(entry, "not-standing", line->is_retraction ? "retract" : "replaces",
                       "no such event was recorded");
        else if (status == STATUS_OK)
                status = check_erased(entry, *ret_case);
        line->record.refers = seq;
        return status;
}

/* What is written from here on may be undone. */
static enum status guard(struct app *app, struct app_batch *batch)
{
        enum status status = batch->guarded ? STATUS_OK : store_savepoint(app->store);

        batch->guarded = batch->guarded || status == STATUS_OK;
        return status;
}

/* The number of a case, made if it is new; a dry run makes none and gives one that no case has. */
static enum status make_case(struct entry *entry, const char *ref, uint64_t *ret_case)
{
        struct store *store = entry->app->store;
        enum status status = store_case_id(store, ref, false, ret_case);

        if (status != STATUS_OK || *ret_case != 0)
                return status;
        if (entry->batch->dry_run) {
                *ret_case = batch_case_tried(entry->batch, ref);
                return STATUS_OK;
        }
        status = guard(entry->app, entry->batch);
        return status == STATUS_OK ? store_case_id(store, ref, true, ret_case) : status;
}

/* The dossier of the line's case. */
static enum status find_case(struct entry *entry, uint64_t target_case, struct touched **ret_touched)
{
        struct app *app = entry->app;
        struct store_case row = {0};
        uint64_t case_id = target_case;
        const char *ref = entry->line.case_ref;
        enum status status = STATUS_OK;
        bool found = true;

        const struct touched *latest = entry->batch->latest;
        if (!entry->line.is_retraction && latest != NULL && strcmp(latest->dossier.ref, ref) == 0)
                case_id = latest->dossier.case_id;
        else if (!entry->line.is_retraction)
                status = make_case(entry, ref, &case_id);
        if (status == STATUS_OK && target_case != 0 && target_case != case_id)
                refuse(entry, "not-standing", "replaces", "the event that is replaced belongs to another case");
        if (status == STATUS_OK && entry->line.is_retraction) {
                status = store_case_get(app->store, case_id, &row, &found);
                ref = arena_copy(&entry->batch->arena, row.ref, strlen(row.ref));
                if (ref == NULL)
                        status = STATUS_NO_MEMORY;
        }
        if (status != STATUS_OK || entry->refused)
                return status;
        return batch_touch(entry->batch, case_id, ref, ret_touched);
}

static enum status find_person(struct entry *entry)
{
        struct app_batch *batch = entry->batch;

        return batch->person != 0
                       ? STATUS_OK
                       : store_person(entry->app->store, batch->actor.uid, batch->actor.name, &batch->person);
}

/* Writes the lines that were accepted and are not in the record yet. */
static enum status write_held(struct app *app, struct app_batch *batch)
{
        size_t count = batch->held_count;

        batch->held_count = 0;
        return store_lines_add(app->store, batch->held, batch->held_origins, count);
}

/* Texts of a line and of whose it is are the batch's, and live until it is written. */
static enum status hold_line(struct entry *entry, const struct store_line *line, const struct store_origin *origin)
{
        struct app_batch *batch = entry->batch;
        size_t room = batch->line_count < LINES_TOGETHER ? batch->line_count : LINES_TOGETHER;
        enum status status = batch->held_count == LINES_TOGETHER ? write_held(entry->app, batch) : STATUS_OK;

        if (batch->held == NULL) {
                batch->held = arena_array(&batch->arena, room, sizeof *batch->held);
                batch->held_origins = arena_array(&batch->arena, room, sizeof *batch->held_origins);
        }
        if (batch->held == NULL || batch->held_origins == NULL)
                return STATUS_NO_MEMORY;
        batch->held[batch->held_count] = *line;
        batch->held_origins[batch->held_count++] = *origin;
        return status;
}

static enum status write_line(struct entry *entry, const struct touched *touched, bool forced)
{
        struct app *app = entry->app;
        const struct record *record = &entry->line.record;
        struct store_line row = {.case_id = touched->dossier.case_id,
                                 .seq = record->fact.seq,
                                 .on = CIVIL_NONE,
                                 .refers = record->refers,
                                 .recorded_ms = entry->batch->moment.ms,
                                 .forced = forced,
                                 .client = entry->line.id,
                                 .why = entry->line.why};
        struct store_origin origin = {touched->dossier.ref, entry->batch->actor.uid, entry->batch->actor.name};

        if (!accepted_add(entry->batch, row.case_id, row.client))
                return STATUS_NO_MEMORY;
        if (entry->batch->dry_run)
                return STATUS_OK;
        enum status status = find_person(entry);

        row.person = entry->batch->person;
        if (status == STATUS_OK && !record->is_retraction) {
                row.type = app->book->lexicon->type_words[record->fact.type].name;
                row.on = record->fact.on;
                row.item = record->fact.item;
                status = lexicon_pack(app->book->lexicon, &record->fact, &entry->batch->arena, &row.fields,
                                      &row.fields_size);
        }
        return status == STATUS_OK ? hold_line(entry, &row, &origin) : status;
}

/* Flags are warned of; they are raised when the case is refreshed. */
static bool note_flags(struct entry *entry, const struct admission *admission)
{
        for (size_t i = 0; i < admission->flag_count; i++) {
                struct app_warning warning = {
                        .line = entry->source->number,
                        .seq = entry->line.record.fact.seq,
                        .constraint = admission->flags[i],
                        .due = admission->flags[i]->kind == CONSTRAINT_NOT_AFTER_DUE ? admission->due : CIVIL_NONE};
                if (!batch_warning(entry->batch, &warning))
                        return false;
        }
        return true;
}

/* Says by which number a line that is named was undone, or that it is a retraction, where the record has them. */
static void describe_undone(struct entry *entry, const struct dossier *dossier)
{
        const char *field = entry->line.is_retraction ? "retract" : "replaces";
        const char *named = entry->line.is_retraction ? "retracted" : "replaced";
        const struct record *target = NULL, *by = NULL;

        for (size_t i = 0; i < dossier->count; i++) {
                if (dossier->records[i].fact.seq == entry->line.record.refers)
                        target = &dossier->records[i];
                if (dossier->records[i].refers == entry->line.record.refers)
                        by = &dossier->records[i];
        }
        bool recorded = target != NULL && target->fact.seq < entry->batch->next_seq;
        if (target != NULL && target->is_retraction && recorded)
                wire_problem_set(&entry->problem, "not-standing", field,
                                 "number %llu does not stand: it is a retraction, which is never %s",
                                 (unsigned long long)target->fact.seq, named);
        else if (by != NULL && by->fact.seq < entry->batch->next_seq)
                wire_problem_set(&entry->problem, "not-standing", field,
                                 "the event that is %s does not stand: number %llu %s it", named,
                                 (unsigned long long)by->fact.seq, by->is_retraction ? "retracted" : "replaced");
}

static enum status admit(struct entry *entry, struct touched *touched)
{
        struct app *app = entry->app;
        struct record *record = &entry->line.record;
        struct app_line_result *result = &entry->batch->results[entry->index];

        record->fact.seq = accepted_next_seq(entry->batch);
        record->recorded_at = entry->batch->moment.ms;
        struct admission admission = casefile_admit(app_ruleset(app), touched->dossier.records, touched->dossier.count,
                                                    record, entry->line.force, &app->work);
        if (admission.code == REFUSAL_NO_MEMORY)
                return STATUS_NO_MEMORY;
        if (admission.code != REFUSAL_NONE) {
                wire_refusal_describe(app_ruleset(app), &entry->line, &admission, &entry->problem);
                if (admission.code == REFUSAL_NOT_STANDING)
                        describe_undone(entry, &touched->dossier);
                entry->refused = true;
                return STATUS_OK;
        }
        enum status status = write_line(entry, touched, admission.forced);
        if (status == STATUS_OK)
                status = dossier_add(&touched->dossier, record);
        if (status != STATUS_OK)
                return status;
        if (!note_flags(entry, &admission))
                return STATUS_NO_MEMORY;
        touched->last_seq = record->fact.seq;
        *result = (struct app_line_result){.seq = record->fact.seq, .forced = admission.forced};
        entry->batch->recorded++;
        return STATUS_OK;
}

static enum status take_line(struct app *app, struct app_batch *batch, size_t index)
{
        struct entry entry = {.app = app, .batch = batch, .source = &batch->lines[index], .index = index};
        struct touched *touched = NULL;
        uint64_t target = 0;
        bool repeated = false;
        enum status status = read_line(&entry, &repeated);

        if (status == STATUS_OK && !repeated && !entry.refused)
                status = find_target(&entry, &target);
        if (status == STATUS_OK && !repeated && !entry.refused)
                status = find_case(&entry, target, &touched);
        if (status == STATUS_OK && !repeated && !entry.refused)
                status = admit(&entry, touched);
        if (status == STATUS_OK && !repeated && entry.refused &&
            !batch_problem(batch, entry.source->number, &entry.problem))
                status = STATUS_NO_MEMORY;
        return status;
}

/* Notes the difference between what was owed before and after. */
static bool note_changes(struct app_batch *batch, const char *ref, const struct duties *before,
                         const struct duties *after)
{
        size_t a = 0, b = 0;

        while (a < before->count || b < after->count) {
                const struct duty *old = a < before->count ? &before->list[a] : NULL;
                const struct duty *new = b < after->count ? &after->list[b] : NULL;
                int order = old == NULL ? 1 : new == NULL ? -1 : duty_order(old, new);
                bool fine = true;
                if (order < 0)
                        fine = batch_changed(batch, ref, old, before->as_of, true);
                else if (order > 0 || !duty_same(&old->obligation, &new->obligation))
                        fine = batch_changed(batch, ref, new, after->as_of, false);
                if (!fine)
                        return false;
                a += order <= 0;
                b += order >= 0;
        }
        return true;
}

static enum status raise_flags(const struct refresh *refresh, const struct app_batch *batch,
                               const struct touched *touched)
{
        for (size_t w = 0; w < batch->warning_count; w++) {
                const struct app_warning *warning = &batch->warnings[w];
                for (size_t i = touched->before; i < touched->dossier.count; i++) {
                        if (touched->dossier.records[i].fact.seq != warning->seq)
                                continue;
                        enum status status = raise_constraint(refresh, warning->constraint, warning->due, warning->seq);
                        if (status != STATUS_OK)
                                return status;
                }
        }
        return STATUS_OK;
}

/* Derives a touched case before and after, keeps the difference, brings its rows up to date and raises. */
static enum status settle_case(struct app *app, struct app_batch *batch, struct touched *touched)
{
        int32_t today = app_day(app, batch->moment);
        struct dossier earlier = touched->dossier;
        const struct known_marks none = {.count = 0};
        struct duties before, after;
        enum status status;

        arena_reset(&app->rows);
        arena_reset(&app->work);
        earlier.count = touched->before;
        status = batch->dry_run ? STATUS_OK : beside_settle(app, batch->moment, &earlier);
        if (status != STATUS_OK)
                return status;
        status = duties_derive(&(struct derive_input){app_ruleset(app), &earlier, INSTANT_LATEST, today, false},
                               &app->work, &app->rows, &before);
        if (status == STATUS_OK)
                status = duties_derive(
                        &(struct derive_input){app_ruleset(app), &touched->dossier, INSTANT_LATEST, today, false},
                        &app->work, &app->rows, &after);
        if (status != STATUS_OK)
                return status;
        if (!note_changes(batch, touched->dossier.ref, &before, &after))
                return STATUS_NO_MEMORY;
        /* Rows and alerts of a dry run would be undone at once. */
        if (batch->dry_run)
                return STATUS_OK;
        struct refresh refresh = {.app = app,
                                  .moment = batch->moment,
                                  .mode = REFRESH_RAISE,
                                  .dossier = &touched->dossier,
                                  .duties = &after,
                                  .before = &before,
                                  .seq = touched->last_seq,
                                  .lines_before = touched->before,
                                  .known = touched->before == 0 ? &none : NULL};
        status = refresh_case(&refresh);
        return status == STATUS_OK ? raise_flags(&refresh, batch, touched) : status;
}

/* What many cases raise is written together. */
static enum status settle_cases(struct app *app, struct app_batch *batch)
{
        bool together = !batch->dry_run && batch->touched_count >= CASES_TOGETHER;
        enum status status = together ? raised_begin(app) : STATUS_OK;

        if (status != STATUS_OK)
                return status;
        for (struct touched *t = batch->touched; status == STATUS_OK && t != NULL; t = t->next)
                if (t->dossier.count > t->before)
                        status = settle_case(app, batch, t);
        return together ? raised_end(app, status) : status;
}

/* First and last number of the batch; when every line was a repeat, those of the first time. */
static void number_batch(struct app_batch *batch)
{
        bool all_repeats = batch->recorded == 0 && batch->repeated > 0;

        for (size_t i = 0; i < batch->line_count; i++) {
                const struct app_line_result *result = &batch->results[i];
                if (result->seq == 0 || (result->repeated && !all_repeats))
                        continue;
                if (batch->first_seq == 0 || result->seq < batch->first_seq)
                        batch->first_seq = result->seq;
                if (result->seq > batch->last_seq)
                        batch->last_seq = result->seq;
        }
        if (all_repeats)
                batch->recorded = batch->repeated;
}

/* Whether anything comes of deriving what the batch touched: rows and alerts, or an answer. */
static bool is_settled(const struct app_batch *batch)
{
        return batch->problem_total == 0 && (!batch->dry_run || batch->wanted != APP_CHANGED_NONE);
}

static enum status run_lines(struct app *app, struct app_batch *batch)
{
        enum status status = STATUS_OK;

        batch->results = arena_array(&batch->arena, batch->line_count, sizeof *batch->results);
        if (batch->results == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; status == STATUS_OK && i < batch->line_count; i++)
                status = take_line(app, batch, i);
        if (status == STATUS_OK && batch->problem_total == 0)
                status = write_held(app, batch);
        if (status == STATUS_OK && is_settled(batch))
                status = settle_cases(app, batch);
        number_batch(batch);
        return status;
}

/* A line by itself is refused before anything is written, but for a case that it begins, or not at all, and a trial
 * writes nothing else either: there is nothing to go back to, and SQLite need not keep what each page was. */
static bool may_be_undone(const struct app_batch *batch)
{
        return !batch->dry_run && batch->line_count > 1;
}

enum status record_batch(struct app *app, struct app_batch *batch, struct moment moment)
{
        enum status status = may_be_undone(batch) ? guard(app, batch) : STATUS_OK;

        if (status != STATUS_OK)
                return status;
        batch->moment = moment;
        batch->next_seq = store_next_seq(app->store);
        app->saved_first = app->raised_first;
        app->saved_last = app->raised_last;
        census_save(&app->census);
        status = run_lines(app, batch);
        if (status != STATUS_OK)
                return status;
        if (batch->problem_total == 0 && !batch->dry_run)
                return batch->guarded ? store_release(app->store) : STATUS_OK;
        app->raised_first = app->saved_first;
        app->raised_last = app->saved_last;
        census_undo(&app->census);
        return batch->guarded ? store_undo(app->store) : STATUS_OK;
}
