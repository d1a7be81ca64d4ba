/*
 * erase - the content of a case is taken out of the record (app_erase.h).
 *
 * Refused while a duty that is a "must" is open, since it would be missed in
 * silence, and while a message that tells of the case waits: whoever else it tells
 * something has to get it.
 */
#include "mappad/app_erase.h"

#include <stdio.h>
#include <string.h>

#include "mappad/store_erase.h"
#include "turnover.h"

struct erasing {
        struct app *app;
        const struct app_erase_request *request;
        struct app_erase_view *view;
        struct wire_problem *problem;
        uint64_t case_id;
};

static enum status count_duty(void *context, const struct store_obligation *row)
{
        struct erasing *erasing = context;
        struct duty duty;

        if (row->state < 0 || row->state >= APP_OPEN_STATES)
                return STATUS_OK;
        erasing->view->open[row->state]++;
        if (duty_from_row(erasing->app->book->lexicon, row, row->as_of, &duty) &&
            duty.obligation.version->strength == STRENGTH_MUST)
                erasing->view->must++;
        return STATUS_OK;
}

static void take_look(struct app_erase_view *view, const struct store_erase_view *look)
{
        *view = (struct app_erase_view){.events = look->lines,
                                        .first_seq = look->first,
                                        .last_seq = look->last,
                                        .first_ms = look->first_ms,
                                        .last_ms = look->last_ms,
                                        .alerts = look->alerts,
                                        .acks = look->acks,
                                        .messages = look->messages,
                                        .dates = look->dates,
                                        .accesses = look->accesses,
                                        .waiting = look->waiting};
        for (int i = 0; i < (APP_CONFIRM_SIZE - 1) / 2; i++)
                snprintf(view->confirm + 2 * i, 3, "%02x", look->digest[i]);
}

static enum status look(struct erasing *erasing)
{
        struct app *app = erasing->app;
        struct store_erase_view look;
        enum status status = store_case_id(app->store, erasing->request->ref, false, &erasing->case_id);

        if (status == STATUS_OK && erasing->case_id == 0) {
                wire_problem_set(erasing->problem, "unknown-case", "case", "nothing was ever recorded of this case");
                return STATUS_INVALID;
        }
        if (status == STATUS_OK)
                status = store_erase_look(app->store, erasing->case_id, &look);
        if (status != STATUS_OK)
                return status;
        take_look(erasing->view, &look);
        return store_obligations_of(app->store, erasing->case_id, count_duty, erasing);
}

/* The reason stays when the case is gone: it may not name it. */
static enum status check_reason(const struct erasing *erasing)
{
        const struct app_erase_request *request = erasing->request;
        size_t length = strlen(request->why);

        if (!wire_reason_check(request->why, erasing->problem))
                return STATUS_INVALID;
        if (!store_names_case(request->why, length, request->ref) &&
            (request->purpose == NULL || !store_names_case(request->purpose, strlen(request->purpose), request->ref)))
                return STATUS_OK;
        wire_problem_set(erasing->problem, "bad-why", "why",
                         "reason and purpose stay when the case is erased, and may not name it");
        return STATUS_INVALID;
}

static enum status check(const struct erasing *erasing)
{
        const struct app_erase_view *view = erasing->view;
        enum status status = check_reason(erasing);

        if (status != STATUS_OK)
                return status;
        if (strcmp(view->confirm, erasing->request->confirm) != 0)
                wire_problem_set(erasing->problem, "changed", "confirm",
                                 "this is not what was looked at, or not its word: look again, without a word");
        else if (view->must > 0 && !erasing->request->force)
                wire_problem_set(erasing->problem, "duties-open", "case",
                                 "%u %s a \"must\" %s open and would be missed in silence (force erases the case all "
                                 "the same)",
                                 view->must, view->must == 1 ? "duty that is" : "duties that are",
                                 view->must == 1 ? "is" : "are");
        else if (view->waiting > 0)
                wire_problem_set(erasing->problem, "messages-waiting", "case",
                                 view->waiting == 1 ? "%llu message that tells of the case, and of others, is not sent "
                                                      "yet: erase it when it is"
                                                    : "%llu messages that tell of the case, and of others, are not "
                                                      "sent yet: erase it when they are",
                                 (unsigned long long)view->waiting);
        else
                return STATUS_OK;
        return STATUS_INVALID;
}

/* Lines that the rules cannot read are counted; those of the case are gone with it. */
static enum status forget_unknown(struct erasing *erasing)
{
        struct dossier dossier = {.arena = &erasing->app->work};
        enum status status;

        arena_reset(&erasing->app->work);
        status = dossier_load(erasing->app->store, erasing->app->book->lexicon, erasing->case_id, &dossier);
        if (status == STATUS_OK)
                store_tally_add(erasing->app->store, TALLY_UNKNOWN, -(int64_t)dossier.unknown_count);
        return status;
}

static enum status write(struct erasing *erasing, struct moment moment)
{
        struct app *app = erasing->app;
        const struct app_erase_request *request = erasing->request;
        struct store_erasure erasure = {.at_ms = moment.ms,
                                        .uid = request->by.uid,
                                        .user = request->by.name,
                                        .why = request->why,
                                        .purpose = request->purpose,
                                        .case_id = erasing->case_id,
                                        .ref = request->ref};
        enum status status = app_begin(app);

        arena_reset(&app->rows);
        if (status == STATUS_OK)
                status = store_person(app->store, erasure.uid, erasure.user, &erasure.person);
        if (status == STATUS_OK)
                status = forget_unknown(erasing);
        if (status == STATUS_OK)
                status = refresh_forget(app, erasing->case_id);
        if (status == STATUS_OK)
                status = beside_forget(app, erasing->case_id);
        if (status == STATUS_OK)
                status = store_case_scope(app->store, erasing->case_id, 0);
        if (status == STATUS_OK)
                status = store_erase(app->store, &erasure);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status != STATUS_OK)
                return status;
        erasing->view->erasure = erasure.seq;
        app->scrub = true;
        /* The case is erased, and that is the answer. What the files still hold is tried at again by every turn, which
         * says if it fails. */
        if (erase_scrub(app) != STATUS_OK)
                app->scrub = true;
        return STATUS_OK;
}

enum status erase_scrub(struct app *app)
{
        bool done = false;
        enum status status = STATUS_OK;

        if (!app->scrub)
                return STATUS_OK;
        reader_disturb(app);
        status = store_scrub(app->store, &done);
        app->scrub = !done;
        return status;
}

enum status app_erase(struct app *app, struct moment moment, const struct app_erase_request *request,
                      struct app_erase_view *ret_view, struct wire_problem *ret_problem)
{
        struct erasing erasing = {.app = app, .request = request, .view = ret_view, .problem = ret_problem};
        enum status status;

        app_flush(app, moment); /* what was recorded before counts, and who was shown the case is in the log */
        status = advance_all(app, moment);
        if (status == STATUS_OK)
                status = look(&erasing);
        if (status != STATUS_OK || request->why == NULL)
                return status;
        if (request->confirm == NULL)
                return check_reason(&erasing); /* before somebody has decided upon it */
        status = check(&erasing);
        if (status == STATUS_OK)
                status = write(&erasing, moment);
        ret_view->scrubbed = !app->scrub;
        return status;
}

/* ---- the log ---- */

struct telling {
        app_erasure_fn sink;
        void *context;
};

static void put_hash(const uint8_t hash[static STORE_HASH_SIZE], char ret_text[static 65])
{
        for (size_t i = 0; i < STORE_HASH_SIZE; i++)
                snprintf(ret_text + 2 * i, 3, "%02x", hash[i]);
}

static enum status tell(void *context, const struct store_erasure *erasure)
{
        const struct telling *telling = context;
        struct app_erasure told = {.seq = erasure->seq,
                                   .at_ms = erasure->at_ms,
                                   .uid = erasure->uid,
                                   .user = erasure->user,
                                   .why = erasure->why,
                                   .events = erasure->lines,
                                   .first_seq = erasure->first,
                                   .last_seq = erasure->last,
                                   .accesses = erasure->accesses};

        put_hash(erasure->hash, told.hash);
        telling->sink(telling->context, &told);
        return STATUS_OK;
}

enum status app_erasures(struct app *app, uint64_t before, uint64_t limit, app_erasure_fn sink, void *context)
{
        struct telling telling = {sink, context};

        return store_erasures(app->store, before == 0 ? INT64_MAX : before, limit, tell, &telling);
}

/* One erasure that is asked for by its number. */
struct finding {
        const struct app_erasure_sink *sink;
        uint64_t seq, case_id; /* case_id 0: it was not found */
};

static enum status take_erasure(void *context, const struct store_erasure *erasure)
{
        struct finding *finding = context;
        struct telling telling = {finding->sink->erasure, finding->sink->context};

        if (erasure->seq != finding->seq)
                return STATUS_OK;
        finding->case_id = erasure->case_id;
        return tell(&telling, erasure);
}

static enum status take_line(void *context, const struct store_erased_line *line)
{
        const struct finding *finding = context;
        struct app_erased_line told = {
                .seq = line->seq, .recorded_ms = line->recorded_ms, .uid = line->uid, .user = line->user};

        if (line->hash == NULL)
                return STATUS_CORRUPT;
        put_hash(line->hash, told.hash);
        finding->sink->line(finding->sink->context, &told);
        return STATUS_OK;
}

enum status app_erasure_lines(struct app *app, uint64_t seq, const struct app_erasure_sink *sink, bool *ret_found)
{
        struct finding finding = {.sink = sink, .seq = seq};
        enum status status = store_erasures(app->store, seq + 1, 1, take_erasure, &finding);

        *ret_found = finding.case_id != 0;
        if (status != STATUS_OK || !*ret_found)
                return status;
        return store_erased_lines(app->store, finding.case_id, take_line, &finding);
}
