/*
 * events - recording and retracting over the socket.
 *
 * A batch waits with the application until the turn ends; the answer is written
 * by its completion, which is called after COMMIT and never before. A client
 * that leaves in between is forgotten, not its batch.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "room.h"

#include "mappad/app_turn.h"

/* A write that has not been answered yet. */
struct pending {
        struct api *api;
        struct http_request *request;
        enum app_changed wanted;
};

static void write_warnings(struct wire_buffer *buffer, const struct app_outcome *outcome)
{
        wire_put_key(buffer, "warnings");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < outcome->warning_count; i++) {
                const struct app_warning *warning = &outcome->warnings[i];

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_number(buffer, "line", (int64_t)warning->line);
                api_put_seq(buffer, "seq", warning->seq);
                api_put_text(buffer, "constraint", warning->constraint->id);
                api_put_text(buffer, "message", warning->constraint->says);
                api_put_date(buffer, "due", warning->due);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

static void write_conflicts(struct wire_buffer *buffer, const struct app_outcome *outcome)
{
        wire_put_key(buffer, "conflicts");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < outcome->conflict_count; i++) {
                const struct app_conflict *conflict = &outcome->conflicts[i];

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_number(buffer, "line", (int64_t)conflict->line);
                api_put_seq(buffer, "seq", conflict->seq);
                api_put_text(buffer, "field", conflict->field);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
        api_put_number(buffer, "conflict_total", (int64_t)outcome->conflict_total);
}

static void write_changed(struct wire_buffer *buffer, const struct app_outcome *outcome)
{
        wire_put_key(buffer, "changed");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < outcome->changed_count; i++) {
                const struct app_obligation *changed = &outcome->changed[i];

                if (i > 0)
                        wire_put_text(buffer, ",");
                wire_obligation_write(buffer, outcome->ruleset, changed->case_ref, &changed->obligation,
                                      changed->as_of);
                if (changed->vanished && buffer->length > 0) {
                        /* One more member: the closing brace moves behind it. */
                        buffer->length--;
                        wire_put_text(buffer, ",\"vanished\":true}");
                }
        }
        wire_put_text(buffer, "]");
}

/* How many obligations changed, by the state that they are in now. */
static void write_counts(struct wire_buffer *buffer, const struct app_outcome *outcome)
{
        wire_put_key(buffer, "changed_counts");
        wire_put_text(buffer, "{");
        for (int s = 0; s < OBLIGATION_STATE_COUNT; s++)
                api_put_number(buffer, obligation_state_word((enum obligation_state)s), outcome->sum.states[s]);
        api_put_number(buffer, "vanished", outcome->sum.vanished);
        wire_put_text(buffer, "}");
}

/* A trial shows what would be owed, and leaves no other trace. */
static void show_trial(const struct pending *pending, const struct app_outcome *outcome, struct wire_buffer *buffer)
{
        struct api_call call = {.api = pending->api, .request = pending->request, .shows = "trial"};
        struct api_shown shown = {.rows = (int64_t)outcome->sum.all, .case_ref = outcome->sum.case_ref};

        api_show(&call, &shown, buffer);
}

static void answer_recorded(const struct pending *pending, const struct app_outcome *outcome,
                            struct wire_buffer *buffer)
{
        wire_put_text(buffer, "{");
        api_put_number(buffer, "recorded", (int64_t)outcome->recorded);
        api_put_seq(buffer, "first_seq", outcome->first_seq);
        api_put_seq(buffer, "last_seq", outcome->last_seq);
        if (pending->wanted == APP_CHANGED_ROWS)
                write_changed(buffer, outcome);
        else if (pending->wanted == APP_CHANGED_COUNTS)
                write_counts(buffer, outcome);
        api_put_number(buffer, "repeated", (int64_t)outcome->repeated);
        write_warnings(buffer, outcome);
        write_conflicts(buffer, outcome);
        if (outcome->dry_run)
                api_put_bool(buffer, "dry_run", true);
        wire_put_text(buffer, "}");
        if (outcome->dry_run)
                show_trial(pending, outcome, buffer);
        else
                api_reply(pending->request, 201, buffer);
}

int api_refusal_code(const struct wire_problem *problem)
{
        return strcmp(problem->code, "not-json") == 0 || strcmp(problem->code, "not-utf8") == 0 ||
                               strcmp(problem->code, "duplicate-field") == 0
                       ? 400
                       : 422;
}

/* A refusal of what was understood may say how a case stands, so it is shown as anything of a case is. */
static void answer_refused(const struct pending *pending, const struct app_outcome *outcome, struct wire_buffer *buffer)
{
        struct api_call call = {.api = pending->api, .request = pending->request, .shows = "refusal"};
        struct api_shown shown = {.rows = (int64_t)outcome->problem_total,
                                  .code = api_refusal_code(&outcome->problems[0].problem)};

        wire_put_text(buffer, "{\"error\":");
        wire_problem_write(buffer, &outcome->problems[0].problem, outcome->problems[0].line);
        wire_put_key(buffer, "problems");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < outcome->problem_count; i++) {
                if (i > 0)
                        wire_put_text(buffer, ",");
                wire_problem_write(buffer, &outcome->problems[i].problem, outcome->problems[i].line);
        }
        wire_put_text(buffer, "]");
        api_put_number(buffer, "problem_total", (int64_t)outcome->problem_total);
        wire_put_text(buffer, "}");
        api_show(&call, &shown, buffer);
}

static void batch_done(void *context, const struct app_outcome *outcome)
{
        struct pending *pending = context;
        struct http_request *request = pending->request;
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        http_request_watch(request, NULL, NULL);
        if (outcome->out_of_sight != NULL)
                api_denied(pending->api, request, API_DENIED_CASE, outcome->out_of_sight);
        if (outcome->status == STATUS_OK)
                answer_recorded(pending, outcome, &buffer);
        else if (outcome->status == STATUS_INVALID && outcome->problem_count > 0)
                answer_refused(pending, outcome, &buffer);
        else
                api_failed(request, outcome->status, NULL);
        wire_buffer_fini(&buffer);
        free(pending);
}

static void client_left(void *context)
{
        struct pending *pending = context;

        app_forget(pending->api->app, pending);
        free(pending);
}

/* What the parameters of a write say. */
struct manner {
        bool dry_run, more, conflicts_refused;
        enum app_changed wanted;
};

static bool take_manner(const struct api_call *call, struct manner *ret_manner)
{
        static const char *const truths[] = {"0", "1", NULL}, *const forms[] = {"rows", "counts", "none", NULL},
                                 *const answers[] = {"skip", "refuse", NULL};
        struct wire_problem problem;
        size_t truth = 0, form = 0, more = 0, answer = 0;

        if (!query_take_word(call->query, "dry-run", truths, &truth, &problem) ||
            !query_take_word(call->query, "changed", forms, &form, &problem) ||
            !query_take_word(call->query, "more", truths, &more, &problem) ||
            !query_take_word(call->query, "conflicts", answers, &answer, &problem)) {
                api_refuse(call->request, 400, &problem);
                return false;
        }
        *ret_manner = (struct manner){truth == 1, more == 1, answer == 1, (enum app_changed)form};
        return true;
}

static enum status batch_begin(const struct api_call *call, bool dry_run, struct app_batch **ret_batch)
{
        return app_batch_new(call->api->app, call->now, api_actor(call), dry_run, ret_batch);
}

/* Hands the batch over, or answers that it could not be made. */
static void batch_submit(const struct api_call *call, enum status status, struct app_batch *batch, struct manner manner)
{
        struct pending *pending = NULL;

        if (status == STATUS_LIMIT) {
                app_batch_free(batch);
                api_error(call->request, (struct api_fault){413, "too-many-lines", NULL},
                          "one request may have at most %d lines", APP_BATCH_LINES_MAX);
                return;
        }
        if (status == STATUS_OK) {
                pending = calloc(1, sizeof *pending);
                status = pending == NULL ? STATUS_NO_MEMORY : STATUS_OK;
        }
        if (status != STATUS_OK) {
                app_batch_free(batch);
                api_failed(call->request, status, NULL);
                return;
        }
        pending->api = call->api;
        pending->request = call->request;
        pending->wanted = manner.wanted;
        app_batch_want(batch, manner.wanted);
        if (manner.more)
                app_batch_more(batch);
        if (manner.conflicts_refused)
                app_batch_refuse_conflicts(batch);
        http_request_watch(call->request, client_left, pending);
        app_submit(call->api->app, batch, batch_done, pending);
}

static bool is_blank(const char *body, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (memchr(" \t\r\n", body[i], 4) == NULL)
                        return false;
        return true;
}

void api_events(const struct api_call *call)
{
        struct app_batch *batch = NULL;
        struct manner manner;
        size_t length;
        const char *body = http_request_body(call->request, &length);

        if (!take_manner(call, &manner))
                return;
        if (is_blank(body, length)) {
                api_error(call->request, (struct api_fault){400, "empty", NULL},
                          "the body must be one event, or one event a line");
                return;
        }
        enum status status = batch_begin(call, manner.dry_run, &batch);
        if (status == STATUS_OK)
                status = app_batch_add_body(batch, body, length);
        batch_submit(call, status, batch, manner);
}

/* Reads {"why": text} and nothing else. */
static bool read_why(const char *body, size_t length, json_t **ret_root, const char **ret_why,
                     struct wire_problem *ret_problem)
{
        json_error_t error;
        const char *name;
        json_t *value;
        json_t *root = json_loadb(body, length, JSON_REJECT_DUPLICATES, &error);

        *ret_root = root;
        if (root == NULL || !json_is_object(root)) {
                wire_problem_set(ret_problem, "not-json", "", "the body must be a JSON object with the member \"why\"");
                return false;
        }
        json_object_foreach(root, name, value)
        {
                char shown[WIRE_FIELD_SIZE];

                if (strcmp(name, "why") == 0 && json_is_string(value))
                        continue;
                wire_clean(name, strlen(name), shown, sizeof shown);
                wire_problem_set(ret_problem, strcmp(name, "why") == 0 ? "wrong-type" : "unknown-field", shown, "%s",
                                 strcmp(name, "why") == 0 ? "\"why\" must be a text"
                                                          : "a retraction has no such member here");
                return false;
        }
        *ret_why = json_string_value(json_object_get(root, "why"));
        if (*ret_why == NULL)
                wire_problem_set(ret_problem, "missing-field", "why", "a retraction must have \"why\"");
        return *ret_why != NULL;
}

void api_retract(const struct api_call *call)
{
        struct app_batch *batch = NULL;
        struct wire_problem problem;
        json_t *root = NULL;
        const char *why = NULL;
        struct manner manner;
        uint64_t seq = 0;
        size_t length;
        const char *body = http_request_body(call->request, &length);

        if (!take_manner(call, &manner))
                return;
        if (!query_number(call->parameter, &seq) || seq == 0 || seq > INT64_MAX) {
                api_error(call->request, (struct api_fault){400, "bad-number", "seq"},
                          "the path names no event: its number is expected there");
                return;
        }
        if (!read_why(body, length, &root, &why, &problem)) {
                json_decref(root);
                api_refuse(call->request, api_refusal_code(&problem), &problem);
                return;
        }
        enum status status = batch_begin(call, manner.dry_run, &batch);
        if (status == STATUS_OK)
                status = app_batch_retract(batch, seq, why);
        json_decref(root);
        batch_submit(call, status, batch, manner);
}
