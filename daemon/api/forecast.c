/*
 * forecast - the appointments that fall due in the weeks to come.
 *
 * Three routes, so that what each shows is a matter of its row: numbers name
 * nobody; each appointment, and what is supposed of a case, does.
 */
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "mappad/app_forecast.h"

struct forecasting {
        struct app_forecast *forecast;
        bool rows;      /* the answer has appointments, and not numbers alone */
        uint64_t count; /* of them */
};

/* ---- the head ---- */

static void put_days(struct wire_buffer *buffer, int32_t from, int32_t until)
{
        api_put_date(buffer, "from", from);
        api_put_date(buffer, "until", until);
}

static void put_assumptions(struct wire_buffer *buffer, const struct app_forecast *forecast)
{
        struct wire_buffer sentence;

        wire_put_key(buffer, "assumptions");
        wire_put_text(buffer, "[");
        wire_buffer_init(&sentence);
        for (size_t n = 0; app_forecast_assumption(forecast, n, &sentence); n++) {
                wire_put(&sentence, "", 1); /* the NUL */
                wire_put_text(buffer, n == 0 ? "" : ",");
                wire_put_string(buffer, sentence.failed ? "" : sentence.data);
                buffer->failed |= sentence.failed;
                wire_buffer_reset(&sentence);
        }
        wire_buffer_fini(&sentence);
        wire_put_text(buffer, "]");
}

static void put_head(void *context, struct wire_buffer *buffer)
{
        struct forecasting *forecasting = context;
        const struct app_forecast_answer *answer = app_forecast_answer(forecasting->forecast);

        wire_put_text(buffer, "{");
        api_put_axes(buffer, answer->first, app_forecast_known_at(forecasting->forecast),
                     app_forecast_ruleset(forecasting->forecast));
        put_days(buffer, answer->first, answer->last);
        wire_put_key(buffer, "closed");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < answer->gap_count; i++) {
                wire_put_text(buffer, i == 0 ? "{" : ",{");
                put_days(buffer, answer->gaps[i].first, answer->gaps[i].last);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
        api_put_number(buffer, "supposed", (int64_t)answer->supposed);
        put_assumptions(buffer, forecasting->forecast);
        if (!forecasting->rows)
                return;
        wire_put_key(buffer, "appointments");
        wire_put_text(buffer, "[");
}

/* ---- appointments ---- */

static void put_row(struct forecasting *forecasting, struct wire_buffer *buffer, const struct app_forecast_row *row)
{
        static const char *const kinds[FORECAST_KINDS] = {
                [FORECAST_OWED] = "owed",   [FORECAST_PROJECTED] = "projected", [FORECAST_OVERDUE] = "overdue",
                [FORECAST_LATER] = "later", [FORECAST_PAUSED] = "paused",       [FORECAST_UNEVALUABLE] = "unevaluable"};
        const struct forecast_entry *entry = row->entry;

        wire_put_text(buffer, forecasting->count++ == 0 ? "{" : ",{");
        api_put_text(buffer, "case", row->case_ref);
        api_put_text(buffer, "rule", app_forecast_ruleset(forecasting->forecast)->rules[entry->rule].id);
        api_put_text(buffer, "item", entry->item);
        api_put_text(buffer, "kind", kinds[entry->kind]);
        api_put_date(buffer, "started", entry->started);
        api_put_date(buffer, "due", entry->due);
        api_put_date(buffer, "plan_by", entry->plan_by);
        api_put_date(buffer, "booked", entry->booked);
        api_put_bool(buffer, "booked_late", entry->booked_late);
        api_put_date(buffer, "held", entry->held);
        api_put_bool(buffer, "moved", entry->moved);
        api_put_bool(buffer, "too_late", entry->too_late);
        wire_put_text(buffer, "}");
}

/* ---- numbers ---- */

static void put_counts(struct wire_buffer *buffer, const struct app_forecast_counts *counts)
{
        api_put_number(buffer, "due", (int64_t)counts->due);
        api_put_number(buffer, "booked", (int64_t)counts->booked);
        api_put_number(buffer, "booked_late", (int64_t)counts->booked_late);
        api_put_number(buffer, "unbooked", (int64_t)counts->unbooked);
        api_put_number(buffer, "projected", (int64_t)counts->projected);
}

static void put_weeks(struct wire_buffer *buffer, const struct app_forecast_answer *answer)
{
        wire_put_key(buffer, "weeks");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < answer->week_count; i++) {
                const struct app_forecast_week *week = &answer->weeks[i];

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                put_days(buffer, week->first, week->last);
                put_counts(buffer, &week->counts);
                api_put_number(buffer, "cases", (int64_t)week->cases);
                api_put_number(buffer, "held", (int64_t)week->held);
                api_put_number(buffer, "moved", (int64_t)week->moved);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

static void put_rules(struct wire_buffer *buffer, const struct forecasting *forecasting)
{
        const struct ruleset *ruleset = app_forecast_ruleset(forecasting->forecast);
        const struct app_forecast_answer *answer = app_forecast_answer(forecasting->forecast);

        wire_put_key(buffer, "rules");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < answer->rule_count; i++) {
                const struct app_forecast_rule *rule = &answer->rules[i];

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_text(buffer, "rule", ruleset->rules[rule->rule].id);
                api_put_text(buffer, "title", ruleset->rules[rule->rule].versions[0].title);
                put_counts(buffer, &rule->counts);
                api_put_number(buffer, "overdue", (int64_t)rule->overdue);
                api_put_number(buffer, "later", (int64_t)rule->later);
                api_put_number(buffer, "paused", (int64_t)rule->paused);
                api_put_number(buffer, "unevaluable", (int64_t)rule->unevaluable);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

static void put_tail(struct forecasting *forecasting, struct wire_buffer *buffer)
{
        const struct app_forecast_answer *answer = app_forecast_answer(forecasting->forecast);

        if (forecasting->rows)
                wire_put_text(buffer, "]");
        put_weeks(buffer, answer);
        put_rules(buffer, forecasting);
        api_put_number(buffer, "overdue", (int64_t)answer->kinds[FORECAST_OVERDUE]);
        api_put_number(buffer, "overdue_booked", (int64_t)answer->overdue_booked);
        api_put_number(buffer, "later", (int64_t)answer->kinds[FORECAST_LATER]);
        api_put_number(buffer, "paused", (int64_t)answer->kinds[FORECAST_PAUSED]);
        api_put_number(buffer, "unevaluable", (int64_t)answer->kinds[FORECAST_UNEVALUABLE]);
        api_put_number(buffer, "moved", (int64_t)answer->moved);
        api_put_number(buffer, "too_late", (int64_t)answer->too_late);
        api_put_number(buffer, "cases_counted", (int64_t)answer->cases);
        api_put_number(buffer, "cut", (int64_t)answer->cut);
        api_put_number(buffer, "unknown_lines", (int64_t)answer->unknown_lines);
        wire_put_text(buffer, "}");
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct forecasting *forecasting = context;
        struct app_forecast_row row;
        enum status status = app_forecast_next(forecasting->forecast, ret_kind, &row);

        if (status != STATUS_OK)
                return status;
        switch (*ret_kind) {
        case APP_ROW:
                put_row(forecasting, buffer, &row);
                break;
        case APP_WORKING:
                break;
        case APP_END:
                put_tail(forecasting, buffer);
                break;
        }
        return STATUS_OK;
}

static void release(void *context)
{
        struct forecasting *forecasting = context;

        app_forecast_free(forecasting->forecast);
        free(forecasting);
}

/* ---- the question ---- */

/* A refusal of what is supposed may say how a case stands, so it is shown as anything of a case is. */
static void refuse_supposed(const struct api_call *call, const struct app_forecast_refusal *refusal)
{
        struct api_shown shown = {.what = "refusal", .rows = 1, .code = api_refusal_code(&refusal->problem)};
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{\"error\":");
        wire_problem_write(&buffer, &refusal->problem, refusal->line);
        wire_put_text(&buffer, "}");
        api_show(call, &shown, &buffer);
        wire_buffer_fini(&buffer);
}

static void answer_failed(const struct api_call *call, enum status status, const struct app_forecast_refusal *refusal)
{
        if (status == STATUS_INVALID && refusal->line > 0)
                refuse_supposed(call, refusal);
        else
                api_failed(call->request, status, &refusal->problem);
}

static void begin(const struct api_call *call, struct app_forecast_question question, bool rows)
{
        struct app_forecast_refusal refusal = {.problem = {.code = "internal"}};

        question.weeks = APP_FORECAST_WEEKS;
        question.closed = query_value(call->query, "closed");
        if (!query_take_number(call->query, "weeks", APP_FORECAST_WEEKS_MAX, &question.weeks, &refusal.problem) ||
            !query_take_list(call->query, "closed", &question.closed, &refusal.problem) ||
            !api_take_axes(call, &question.axes, &refusal.problem)) {
                api_refuse(call->request, 400, &refusal.problem);
                return;
        }
        if (question.weeks == 0) {
                api_error(call->request, (struct api_fault){400, "bad-number", "weeks"}, "weeks are 1 to %d",
                          APP_FORECAST_WEEKS_MAX);
                return;
        }
        struct forecasting *forecasting = calloc(1, sizeof *forecasting);
        enum status status = forecasting == NULL ? STATUS_NO_MEMORY
                                                 : app_forecast_begin(call->api->app, call->now, &question,
                                                                      &forecasting->forecast, &refusal);
        if (refusal.out_of_sight[0] != '\0')
                api_note_case(call, refusal.out_of_sight);
        if (status != STATUS_OK) {
                free(forecasting);
                answer_failed(call, status, &refusal);
                return;
        }
        forecasting->rows = rows;
        listing_begin(call, (struct listing_maker){put_head, next, release, NULL}, forecasting);
}

void api_forecast(const struct api_call *call)
{
        begin(call, (struct app_forecast_question){.cases = false}, false);
}

void api_forecast_cases(const struct api_call *call)
{
        begin(call, (struct app_forecast_question){.cases = true}, true);
}

void api_forecast_supposed(const struct api_call *call)
{
        struct app_forecast_question question = {.cases = false};

        question.supposed = http_request_body(call->request, &question.supposed_length);
        if (question.supposed == NULL)
                question.supposed = "";
        begin(call, question, true);
}
