/*
 * certificate - that every case has one answer to every rule, and how many of each.
 *
 * Answers that are to be listed come first, as they are found; the totals, and
 * whether they reconcile, when every case has been looked at.
 */
#include <stdlib.h>

#include "listing.h"
#include "mappad/app_report.h"

struct report {
        struct api *api;
        struct app_certificate *certificate;
        uint64_t rows;
};

static void put_head(void *context, struct wire_buffer *buffer)
{
        struct report *report = context;

        wire_put_text(buffer, "{");
        api_put_axes(buffer, app_certificate_as_of(report->certificate), app_certificate_known_at(report->certificate),
                     app_certificate_ruleset(report->certificate));
        wire_put_key(buffer, "answers");
        wire_put_text(buffer, "[");
}

/* Why there is no obligation, or which fact an obligation lacks. */
static const char *attribute_named(const struct ruleset *ruleset, const struct survey_row *row)
{
        uint16_t attribute = row->obligation != NULL ? row->obligation->missing : row->why.attribute;

        return attribute != VOCABULARY_NONE ? ruleset->vocabulary.attributes[attribute].name : NULL;
}

static void put_row(struct report *report, struct wire_buffer *buffer, const struct app_certificate_row *row)
{
        const struct ruleset *ruleset = app_certificate_ruleset(report->certificate);
        const struct survey_row *survey = &row->survey;
        const struct obligation *obligation = survey->obligation;
        const char *attribute = attribute_named(ruleset, survey);

        wire_put_text(buffer, report->rows++ == 0 ? "{" : ",{");
        api_put_text(buffer, "case", row->case_ref);
        api_put_text(buffer, "rule", ruleset->rules[survey->rule].id);
        api_put_text(buffer, "item", survey->item != NULL ? survey->item->key : NULL);
        api_put_text(buffer, "answer", app_answer_word(row->answer));
        api_put_text(buffer, "why", obligation == NULL ? absence_word(survey->why.absence) : NULL);
        api_put_text(buffer, "attribute", obligation == NULL ? attribute : NULL);
        api_put_text(buffer, "missing", obligation != NULL ? attribute : NULL);
        api_put_date(buffer, "started", obligation != NULL ? obligation->started : CIVIL_NONE);
        api_put_date(buffer, "due", obligation != NULL ? obligation->due : CIVIL_NONE);
        api_put_number(buffer, "obligations", (int64_t)survey->obligations);
        wire_put_text(buffer, "}");
}

static void put_counts(struct wire_buffer *buffer, const uint64_t counts[APP_ANSWERS])
{
        wire_put_key(buffer, "answers");
        wire_put_text(buffer, "{");
        for (unsigned i = 0; i < APP_ANSWERS; i++)
                api_put_number(buffer, app_answer_word(i), (int64_t)counts[i]);
        wire_put_text(buffer, "}");
}

static void put_rule(struct wire_buffer *buffer, const struct rule *rule, const struct app_certificate_rule *counts)
{
        wire_put_text(buffer, "{");
        api_put_text(buffer, "rule", rule->id);
        api_put_text(buffer, "title", rule->versions[rule->version_count - 1].title);
        api_put_number(buffer, "total", (int64_t)counts->rows);
        put_counts(buffer, counts->answers);
        wire_put_key(buffer, "why");
        wire_put_text(buffer, "{");
        for (unsigned i = ABSENCE_NO_CASE; i < ABSENCE_COUNT; i++)
                if (counts->reasons[i] > 0)
                        api_put_number(buffer, absence_word((enum absence)i), (int64_t)counts->reasons[i]);
        wire_put_text(buffer, "}}");
}

static void put_tail(struct report *report, struct wire_buffer *buffer)
{
        const struct ruleset *ruleset = app_certificate_ruleset(report->certificate);
        const struct app_certificate_totals *totals = app_certificate_totals(report->certificate);

        wire_put_text(buffer, "]");
        wire_put_key(buffer, "rules");
        wire_put_text(buffer, "[");
        for (size_t r = 0; r < ruleset->rule_count; r++) {
                if (r > 0)
                        wire_put_text(buffer, ",");
                put_rule(buffer, &ruleset->rules[r], &totals->by_rule[r]);
        }
        wire_put_text(buffer, "]");
        wire_put_key(buffer, "totals");
        wire_put_text(buffer, "{");
        api_put_number(buffer, "cases", (int64_t)totals->cases);
        api_put_number(buffer, "not_begun", (int64_t)totals->not_begun);
        api_put_number(buffer, "rules", (int64_t)totals->rules);
        api_put_number(buffer, "cases_times_rules", (int64_t)totals->pairs);
        api_put_number(buffer, "more_items", (int64_t)totals->more_items);
        api_put_number(buffer, "total", (int64_t)totals->rows);
        put_counts(buffer, totals->answers);
        api_put_number(buffer, "unknown_lines", (int64_t)totals->unknown_lines);
        wire_put_text(buffer, "}");
        api_put_bool(buffer, "reconciles", totals->problem[0] == '\0');
        api_put_text(buffer, "problem", totals->problem[0] != '\0' ? totals->problem : NULL);
        wire_put_text(buffer, "}");
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct report *report = context;
        struct app_certificate_row row;
        enum status status = app_certificate_next(report->certificate, ret_kind, &row);

        if (status != STATUS_OK)
                return status;
        switch (*ret_kind) {
        case APP_ROW:
                put_row(report, buffer, &row);
                break;
        case APP_WORKING:
                break;
        case APP_END:
                put_tail(report, buffer);
                if (app_certificate_totals(report->certificate)->problem[0] != '\0')
                        report->api->host.log(report->api->host.log_context, LOG_LEVEL_ERROR, NULL, 0,
                                              app_certificate_totals(report->certificate)->problem);
                break;
        }
        return STATUS_OK;
}

static void release(void *context)
{
        struct report *report = context;

        app_certificate_free(report->certificate);
        free(report);
}

void api_certificate(const struct api_call *call)
{
        struct app_certificate_question question = {
                .as_of = CIVIL_NONE, .known_at = INSTANT_LATEST, .law = call->law, .sight = api_sight(call)};
        struct wire_problem problem = {.code = "internal"};

        if (!query_take_list(call->query, "answer", &question.answers, &problem) ||
            !query_take_day(call->query, "as-of", &question.as_of, &problem) ||
            !query_take_instant(call->query, "known-at", &question.known_at, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        struct report *report = calloc(1, sizeof *report);
        enum status status = report == NULL ? STATUS_NO_MEMORY
                                            : app_certificate_begin(call->api->app, call->now, &question,
                                                                    &report->certificate, &problem);
        if (status != STATUS_OK) {
                free(report);
                api_failed(call->request, status, &problem);
                return;
        }
        report->api = call->api;
        listing_begin(call, (struct listing_maker){put_head, next, release, NULL}, report);
}
