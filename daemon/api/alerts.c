/*
 * alerts - what was raised, page by page.
 */
#include <stdlib.h>
#include <string.h>

#include "mappad/app_turn.h"
#include "mappad/nearest.h"
#include "room.h"

#define ALERTS_LIMIT_MAX 1000

/* "unit,police" as a list of words. */
static void put_recipients(struct wire_buffer *buffer, const char *to)
{
        wire_put_key(buffer, "to");
        wire_put_text(buffer, "[");
        for (bool first = true; to != NULL && *to != '\0'; first = false) {
                size_t length = strcspn(to, ",");

                /* Names of roles and agencies are words: they need no escapes. */
                wire_put_text(buffer, first ? "\"" : ",\"");
                wire_put(buffer, to, length);
                wire_put_text(buffer, "\"");
                to += length + (to[length] == ',' ? 1 : 0);
                to += strspn(to, " ");
        }
        wire_put_text(buffer, "]");
}

static void put_acks(struct wire_buffer *buffer, const struct app_alert *alert)
{
        wire_put_key(buffer, "silenced");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < alert->silenced_count; i++) {
                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_text(buffer, "role", alert->silenced[i].role);
                api_put_number(buffer, "ack", (int64_t)alert->silenced[i].ack);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
        wire_put_key(buffer, "acks");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < alert->ack_count; i++) {
                wire_put_text(buffer, i == 0 ? "" : ",");
                api_put_ack(buffer, &alert->acks[i]);
        }
        wire_put_text(buffer, "]");
}

void api_put_alert(struct wire_buffer *buffer, const struct app_alert *alert)
{
        wire_put_text(buffer, "{");
        api_put_number(buffer, "id", (int64_t)alert->id);
        api_put_text(buffer, "kind", alert_kind_word(alert->kind));
        api_put_instant(buffer, "raised_at", alert->raised_at, INSTANT_ALWAYS);
        api_put_text(buffer, "case", alert->case_ref);
        api_put_text(buffer, "rule", alert->rule);
        api_put_text(buffer, "title", alert->title);
        api_put_text(buffer, "item", alert->item);
        api_put_date(buffer, "started", alert->started);
        api_put_date(buffer, "due", alert->due);
        api_put_date(buffer, "old_due", alert->old_due);
        api_put_date(buffer, "plan_by", alert->plan_by);
        api_put_date(buffer, "booked", alert->booked);
        api_put_text(buffer, "stage", alert->stage);
        api_put_number(buffer, "repeat", alert->repeat);
        api_put_date(buffer, "day", alert->day);
        api_put_text(buffer, "state", alert->rule == NULL ? NULL : obligation_state_word(alert->state));
        api_put_bool(buffer, "urgent", alert->urgent);
        api_put_text(buffer, "says", alert->says);
        api_put_text(buffer, "subject", alert->subject_id);
        api_put_seq(buffer, "seq", alert->seq);
        put_recipients(buffer, alert->to);
        put_acks(buffer, alert);
        wire_put_text(buffer, "}");
}

struct alert_page {
        struct wire_buffer buffer;
        uint64_t rows;
};

static void page_alert(void *context, const struct app_alert *alert)
{
        struct alert_page *page = context;

        if (page->rows++ > 0)
                wire_put_text(&page->buffer, ",");
        api_put_alert(&page->buffer, alert);
}

static bool take_filter(const struct api_call *call, struct app_alert_filter *filter, struct wire_problem *problem)
{
        const struct query *query = call->query;
        static const char *const orders[] = {"oldest", "newest", NULL};
        static const char *const unacked[] = {"0", "1", NULL};
        size_t order = 1, only = 0;

        *filter = (struct app_alert_filter){.limit = API_CASES_LIMIT, .sight = api_sight(call)};
        filter->case_ref = query_value(query, "case");
        filter->rule = query_value(query, "rule");
        if (!query_take_number(query, "after", INT64_MAX, &filter->after, problem) ||
            !query_take_number(query, "before", INT64_MAX, &filter->before, problem) ||
            !query_take_limit(query, ALERTS_LIMIT_MAX, &filter->limit, problem) ||
            !query_take_word(query, "unacked", unacked, &only, problem) ||
            !query_take_word(query, "order", orders, &order, problem))
                return false;
        filter->unacknowledged = only == 1;
        filter->newest_first = order == 1;
        if (filter->case_ref != NULL && !casefile_reference_valid(filter->case_ref)) {
                wire_problem_set(problem, "bad-case", "case",
                                 "\"case\" is no reference: 2 to 32 capital letters, digits and hyphens");
                return false;
        }
        return true;
}

/* Alerts of rules that are no more can be asked for; a name under which nothing was ever raised, and that no
 * rule has, is a slip of the pen. */
static bool rule_known(const struct api_call *call, const struct app_alert_filter *filter, uint64_t rows,
                       struct wire_problem *ret_problem)
{
        const struct ruleset *ruleset = app_ruleset(call->api->app);
        char shown[80];

        if (filter->rule == NULL || filter->unacknowledged || rows > 0 || filter->after > 0 || filter->before > 0 ||
            ruleset_rule(ruleset, filter->rule) != VOCABULARY_NONE)
                return true;
        wire_clean(filter->rule, strlen(filter->rule), shown, sizeof shown);
        wire_problem_set(ret_problem, "unknown-value", "rule",
                         "no rule is called \"%s\", and no alert was ever raised under that name", shown);
        const char **words = calloc(ruleset->rule_count + 1, sizeof *words);
        for (size_t i = 0; words != NULL && i < ruleset->rule_count; i++)
                words[i] = ruleset->rules[i].id;
        if (words != NULL)
                ret_problem->nearest = nearest_word(shown, words, ruleset->rule_count);
        free(words);
        return false;
}

void api_alerts(const struct api_call *call)
{
        struct app_alert_filter filter;
        struct alert_page page = {.rows = 0};
        struct wire_problem problem;
        uint64_t last = 0;
        bool more = false;

        if (!take_filter(call, &filter, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        filter.ret_last = &last;
        wire_buffer_init(&page.buffer);
        wire_put_text(&page.buffer, "{\"alerts\":[");
        enum status status = app_alerts(call->api->app, &filter, page_alert, &page, &more);
        if (status != STATUS_OK) {
                api_failed(call->request, status, NULL);
        } else if (!rule_known(call, &filter, page.rows, &problem)) {
                api_refuse(call->request, 400, &problem);
        } else {
                api_note_case(call, filter.case_ref);
                wire_put_text(&page.buffer, "]");
                api_put_bool(&page.buffer, "more", more);
                api_put_seq(&page.buffer, "next", more ? last : 0);
                wire_put_text(&page.buffer, "}");
                api_show(call, &(struct api_shown){.case_ref = filter.case_ref, .rows = (int64_t)page.rows},
                         &page.buffer);
        }
        wire_buffer_fini(&page.buffer);
}
