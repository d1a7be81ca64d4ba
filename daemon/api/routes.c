/*
 * routes - who would hear of a stage, and why. It names mailboxes, which readers of cases need not know.
 */
#include "mappad/app_routes.h"
#include "room.h"

struct answering {
        struct wire_buffer buffer;
        size_t rows;
};

static void put_head(void *context, const struct app_route_head *head)
{
        struct answering *answering = context;
        struct wire_buffer *buffer = &answering->buffer;

        api_put_text(buffer, "rule", head->rule);
        api_put_text(buffer, "title", head->title);
        api_put_text(buffer, "item", head->item);
        api_put_text(buffer, "stage", head->stage);
        api_put_date(buffer, "day", head->day);
        api_put_text(buffer, "state", head->owed ? obligation_state_word(head->state) : NULL);
        api_put_date(buffer, "due", head->due);
        api_put_date(buffer, "stage_day", head->stage_day);
        api_put_bool(buffer, "quiet", head->quiet);
        api_put_bool(buffer, "urgent", head->urgent);
        api_put_bool(buffer, "mail", head->mail);
        wire_put_key(buffer, "recipients");
        wire_put_text(buffer, "[");
}

/* A day that stands for "open" is no date. */
static void put_end(struct wire_buffer *buffer, const char *key, int32_t day)
{
        api_put_date(buffer, key, day == CIVIL_MIN || day == CIVIL_MAX ? CIVIL_NONE : day);
}

static void put_step(struct wire_buffer *buffer, const struct contact_step *step)
{
        static const struct contact_step none = {
                .from = CIVIL_NONE, .until = CIVIL_NONE, .absent_from = CIVIL_NONE, .absent_until = CIVIL_NONE};
        const struct contact_step *shown = step == NULL ? &none : step;

        api_put_text(buffer, "mailbox", shown->mailbox);
        api_put_text(buffer, "entry", shown->name);
        api_put_text(buffer, "entry_kind", step == NULL ? NULL : step->kind == CONTACT_AGENCY ? "agency" : "role");
        api_put_text(buffer, "label", shown->label);
        api_put_seq(buffer, "line", (uint64_t)shown->line);
        put_end(buffer, "from", shown->from);
        put_end(buffer, "until", shown->until);
        api_put_bool(buffer, "deputy", shown->absent_from != CIVIL_NONE);
        put_end(buffer, "absent_from", shown->absent_from);
        put_end(buffer, "absent_until", shown->absent_until);
}

static void put_row(void *context, const struct app_route_row *row)
{
        struct answering *answering = context;
        struct wire_buffer *buffer = &answering->buffer;

        wire_put_text(buffer, answering->rows++ == 0 ? "{" : ",{");
        api_put_text(buffer, "to", row->to);
        api_put_text(buffer, "name", row->name);
        api_put_text(buffer, "kind", row->name == NULL ? NULL : row->kind == CONTACT_AGENCY ? "agency" : "role");
        api_put_text(buffer, "how", app_route_how_word(row->how));
        put_step(buffer, row->step);
        api_put_seq(buffer, "ack", row->ack);
        api_put_date(buffer, "ack_until", row->ack == 0 ? CIVIL_NONE : row->ack_until);
        wire_put_text(buffer, "}");
}

static bool take_question(const struct api_call *call, struct app_route_question *question,
                          struct wire_problem *problem)
{
        static const char *const wanted[] = {"case", "rule", "stage"};

        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
                if (query_value(call->query, wanted[i]) == NULL) {
                        wire_problem_set(problem, "missing", wanted[i], "\"%s\" is missing", wanted[i]);
                        return false;
                }
        *question = (struct app_route_question){.case_ref = query_value(call->query, "case"),
                                                .rule = query_value(call->query, "rule"),
                                                .stage = query_value(call->query, "stage"),
                                                .item = query_value(call->query, "item"),
                                                .day = CIVIL_NONE,
                                                .sight = api_sight(call)};
        if (!casefile_reference_valid(question->case_ref)) {
                wire_problem_set(problem, "bad-case", "case",
                                 "\"case\" is no reference: 2 to 32 capital letters, digits and hyphens");
                return false;
        }
        return query_take_day(call->query, "day", &question->day, problem);
}

void api_routes(const struct api_call *call)
{
        struct answering answering = {.rows = 0};
        const struct app_route_sink sink = {put_head, put_row, &answering};
        struct app_route_question question;
        struct wire_problem problem = {.code = "internal"};

        if (!take_question(call, &question, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        wire_buffer_init(&answering.buffer);
        wire_put_text(&answering.buffer, "{");
        api_put_text(&answering.buffer, "case", question.case_ref);
        enum status status = app_routes(call->api->app, call->now, &question, &sink, &problem);
        wire_put_text(&answering.buffer, "]}");
        if (status == STATUS_OK)
                api_show(call, &(struct api_shown){.case_ref = question.case_ref, .rows = (int64_t)answering.rows},
                         &answering.buffer);
        else
                api_failed_about(call, status, &problem, question.case_ref);
        wire_buffer_fini(&answering.buffer);
}
