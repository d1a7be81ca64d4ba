/*
 * explain - why one date of one case is what it is.
 *
 * Whoever asks reads that case: the peer of the request is who, the case and the
 * rule are what.
 */
#include "mappad/app_report.h"
#include "room.h"

static bool take_question(const struct api_call *call, struct app_explain_question *question,
                          struct wire_problem *problem)
{
        *question = (struct app_explain_question){.case_ref = call->parameter,
                                                  .rule = query_value(call->query, "rule"),
                                                  .item = query_value(call->query, "item"),
                                                  .started = CIVIL_NONE,
                                                  .as_of = CIVIL_NONE,
                                                  .known_at = INSTANT_LATEST,
                                                  .law = call->law,
                                                  .sight = api_sight(call)};
        if (!casefile_reference_valid(call->parameter)) {
                wire_problem_set(problem, "bad-case", "case",
                                 "the path names no case: a reference is 2 to 32 capital letters, digits and hyphens");
                return false;
        }
        if (question->rule == NULL) {
                wire_problem_set(problem, "missing", "rule", "\"rule\" is missing: which rule is to be explained");
                return false;
        }
        return query_take_day(call->query, "as-of", &question->as_of, problem) &&
               query_take_day(call->query, "started", &question->started, problem) &&
               query_take_instant(call->query, "known-at", &question->known_at, problem);
}

void api_explain(const struct api_call *call)
{
        struct app_explain_question question;
        struct wire_problem problem = {.code = "internal"};
        struct wire_buffer buffer;

        if (!take_question(call, &question, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        wire_buffer_init(&buffer);
        enum status status = app_explain(call->api->app, call->now, &question, &buffer, &problem);
        if (status == STATUS_OK)
                api_show(call, &(struct api_shown){.case_ref = call->parameter, .rows = 1}, &buffer);
        else
                api_failed_about(call, status, &problem, call->parameter);
        wire_buffer_fini(&buffer);
}
