/*
 * sealed_changes - what was recorded after a report was sealed, and what it changed.
 *
 * The report is counted anew, under the rules of the seal and with its numbers; of
 * each case with later lines it is told in which cells it was and in which it is, and
 * by which lines. Both come of one look at the record, so that they agree.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/app_erase.h"
#include "sealed.h"

struct changing {
        struct app_figures *figures;
        struct wire_buffer seal; /* as an object */
        uint64_t rows;
        struct app *app;
        uint64_t head; /* of the seal, and when it was counted */
        int64_t known_ms;
        int64_t erased;
};

/* What a seal says about how it was made. */
struct made {
        json_t *content;
        char rules[STORE_DIGEST_SIZE];
        uint64_t head;
        int64_t known_ms;
        char name[API_DETAIL_SIZE];
        struct wire_buffer *seal;
};

static enum status take_seal(void *context, const struct store_seal *seal)
{
        struct made *made = context;

        made->content = json_loads(seal->content, JSON_REJECT_DUPLICATES, NULL);
        made->head = seal->head.seq;
        made->known_ms = seal->known_ms;
        sealed_name(seal, made->name);
        sealed_put(made->seal, seal);
        if (seal->rules == NULL || strlen(seal->rules) >= sizeof made->rules)
                return STATUS_CORRUPT;
        memcpy(made->rules, seal->rules, strlen(seal->rules) + 1);
        return made->content == NULL || made->seal->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- the answer ---- */

static void put_head(void *context, struct wire_buffer *buffer)
{
        struct changing *changing = context;

        report_put_head(buffer, changing->figures);
        wire_put_key(buffer, "seal");
        wire_put(buffer, changing->seal.data, changing->seal.length);
        wire_put_key(buffer, "changes");
        wire_put_text(buffer, "[");
}

static void put_cells(struct wire_buffer *buffer, const struct app_figures_answer *answer,
                      const struct app_figures_later *later)
{
        wire_put_key(buffer, "cells");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < later->change_count; i++) {
                const struct app_figures_change *change = &later->changes[i];

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                report_put_place(buffer, answer->report, change->cell);
                api_put_text(buffer, "year", change->before ? answer->before.year : answer->now.year);
                api_put_number(buffer, "then", change->then);
                api_put_number(buffer, "now", change->now);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

/* The event that a line is about: its own, or the one that it retracts; NULL: the rules do not know its words. */
static const struct fact *fact_of(const struct app_figures_later *later, const struct record *record)
{
        if (!record->is_retraction)
                return &record->fact;
        for (size_t i = 0; i < later->record_count; i++)
                if (later->records[i].fact.seq == record->refers && !later->records[i].is_retraction)
                        return &later->records[i].fact;
        return NULL;
}

static void put_record(struct wire_buffer *buffer, const struct ruleset *ruleset, const struct app_figures_later *later,
                       const struct record *record)
{
        const struct fact *fact = fact_of(later, record);

        api_put_seq(buffer, "seq", record->fact.seq);
        api_put_text(buffer, "event", fact == NULL ? NULL : ruleset->vocabulary.events[fact->type].name);
        api_put_date(buffer, "on", fact == NULL ? CIVIL_NONE : fact->on);
        api_put_text(buffer, "item", fact == NULL ? NULL : fact->item);
        api_put_instant(buffer, "recorded_at", record->recorded_at, INSTANT_ALWAYS);
        api_put_seq(buffer, "retracts", record->is_retraction ? record->refers : 0);
        api_put_seq(buffer, "replaces", record->is_retraction ? 0 : record->refers);
}

static void put_row(struct changing *changing, struct wire_buffer *buffer, const struct app_figures_row *row)
{
        const struct ruleset *ruleset = app_figures_ruleset(changing->figures);
        const struct app_figures_later *later = row->later;

        wire_put_text(buffer, changing->rows++ == 0 ? "{" : ",{");
        api_put_text(buffer, "case", row->case_ref);
        put_cells(buffer, app_figures_answer(changing->figures), later);
        wire_put_key(buffer, "records");
        wire_put_text(buffer, "[");
        for (size_t i = later->first; i < later->record_count; i++) {
                wire_put_text(buffer, i == later->first ? "{" : ",{");
                put_record(buffer, ruleset, later, &later->records[i]);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]}");
}

/* A case that was erased since and may have been counted: nothing is left that would say in which cells. */
static void count_erased(void *context, const struct app_erasure *erasure)
{
        struct changing *changing = context;

        if (erasure->at_ms >= changing->known_ms && erasure->first_seq != 0 && erasure->first_seq <= changing->head)
                changing->erased++;
}

/* Erasures are looked at last, so that none is missing of those that the figures lack. */
static enum status put_tail(struct changing *changing, struct wire_buffer *buffer)
{
        enum status status = app_erasures(changing->app, 0, INT64_MAX, count_erased, changing);

        wire_put_text(buffer, "]");
        api_put_number(buffer, "erased", changing->erased);
        report_put_tail(buffer, app_figures_answer(changing->figures));
        return status;
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct changing *changing = context;
        struct app_figures_row row;
        enum status status = app_figures_next(changing->figures, ret_kind, &row);

        if (status != STATUS_OK)
                return status;
        switch (*ret_kind) {
        case APP_ROW:
                put_row(changing, buffer, &row);
                break;
        case APP_WORKING:
                break;
        case APP_END:
                return put_tail(changing, buffer);
        }
        return STATUS_OK;
}

static void release(void *context)
{
        struct changing *changing = context;

        app_figures_free(changing->figures);
        wire_buffer_fini(&changing->seal);
        free(changing);
}

/* ---- the question ---- */

/* "population:942000", of those that were given. */
static void put_inputs(const json_t *content, struct wire_buffer *list)
{
        size_t index;
        const json_t *input;

        json_array_foreach(json_object_get(content, "inputs"), index, input)
        {
                const char *name = json_string_value(json_object_get(input, "input"));
                const json_t *number = json_object_get(input, "number");

                if (name == NULL || !json_is_integer(number))
                        continue;
                wire_put_text(list, list->length == 0 ? "" : ",");
                wire_put_text(list, name);
                wire_put_text(list, ":");
                wire_put_number(list, json_integer_value(number));
        }
        wire_put(list, "", 1);
}

/* Asks again what was asked when the seal was made. */
static enum status ask_again(const struct api_call *call, const struct made *made, struct app_figures **ret_figures,
                             struct wire_problem *problem)
{
        const json_t *below = json_object_get(made->content, "suppressed_below");
        struct app_figures_question question = {
                .report = json_string_value(json_object_get(made->content, "report")),
                .year = json_string_value(json_object_get(json_object_get(made->content, "period"), "year")),
                .from = CIVIL_NONE,
                .to = CIVIL_NONE,
                .suppress_below = json_is_integer(below) ? (uint64_t)json_integer_value(below) : 0,
                .later = true,
                .since = made->head,
                .axes = {.as_of = CIVIL_NONE, .known_at = INSTANT_LATEST, .sight = api_sight(call)}};
        struct wire_buffer inputs;
        enum status status;

        if (question.report == NULL)
                return STATUS_CORRUPT;
        wire_buffer_init(&inputs);
        put_inputs(made->content, &inputs);
        question.inputs = inputs.failed || inputs.length == 1 ? NULL : inputs.data;
        status = inputs.failed ? STATUS_NO_MEMORY
                               : app_law_find(call->api->app, made->rules, &question.axes.law, problem);
        if (status == STATUS_OK)
                status = app_figures_begin(call->api->app, call->now, &question, ret_figures, problem);
        app_law_drop(question.axes.law);
        wire_buffer_fini(&inputs);
        return status;
}

void api_seal_changes(const struct api_call *call)
{
        struct changing *changing = calloc(1, sizeof *changing);
        struct wire_problem problem = {.code = "internal"};
        struct made made = {.content = NULL};
        enum status status = STATUS_NO_MEMORY;

        if (changing != NULL) {
                wire_buffer_init(&changing->seal);
                made.seal = &changing->seal;
                status = app_sealed_find(call->api->app, call->parameter, take_seal, &made, &problem);
        }
        if (status == STATUS_OK)
                status = ask_again(call, &made, &changing->figures, &problem);
        json_decref(made.content);
        if (status == STATUS_OK) {
                struct api_call asked = *call;

                changing->app = call->api->app;
                changing->head = made.head;
                changing->known_ms = made.known_ms;
                asked.detail = made.name;
                listing_begin(&asked, (struct listing_maker){put_head, next, release, NULL}, changing);
                return;
        }
        if (changing != NULL)
                release(changing);
        sealed_fail(call->request, status, &problem);
}
