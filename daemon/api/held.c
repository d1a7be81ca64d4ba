/*
 * held - everything that is held about one case, for the person whom it is about.
 *
 * One document: what is known, what follows from it, what was raised, who was
 * written to and who looked. What concerns others beside them is left out, but
 * for the names of those who recorded and looked.
 */
#include "mappad/app_held.h"
#include "room.h"

/* Rows of one of its lists. */
struct rows {
        struct wire_buffer *buffer;
        uint64_t count;
};

static void begin_row(struct rows *rows)
{
        wire_put_text(rows->buffer, rows->count++ == 0 ? "" : ",");
}

static void put_alert(void *context, const struct app_alert *alert)
{
        struct rows *rows = context;

        begin_row(rows);
        api_put_alert(rows->buffer, alert);
}

static void put_message(void *context, const struct app_held_message *message)
{
        struct rows *rows = context;

        begin_row(rows);
        wire_put_text(rows->buffer, "{");
        api_put_message(rows->buffer, &message->row);
        wire_put_key(rows->buffer, "alerts");
        wire_put_text(rows->buffer, "[");
        for (size_t i = 0; i < message->alert_count; i++) {
                wire_put_text(rows->buffer, i == 0 ? "" : ",");
                wire_put_number(rows->buffer, (int64_t)message->alerts[i]);
        }
        wire_put_text(rows->buffer, "]");
        api_put_text(rows->buffer, "says", message->says);
        wire_put_text(rows->buffer, "}");
}

static void put_date(void *context, const struct app_held_date *date)
{
        struct rows *rows = context;

        begin_row(rows);
        wire_put_text(rows->buffer, "{");
        api_put_text(rows->buffer, "rule", date->rule);
        api_put_text(rows->buffer, "item", date->item);
        api_put_date(rows->buffer, "started", date->started);
        api_put_date(rows->buffer, "due", date->due);
        api_put_date(rows->buffer, "plan_by", date->plan_by);
        api_put_number(rows->buffer, "sequence", date->sequence);
        api_put_bool(rows->buffer, "gone", date->gone);
        wire_put_key(rows->buffer, "mailboxes");
        wire_put_text(rows->buffer, "[");
        for (size_t i = 0; i < date->mailbox_count; i++) {
                wire_put_text(rows->buffer, i == 0 ? "" : ",");
                wire_put_string(rows->buffer, date->mailboxes[i]);
        }
        wire_put_text(rows->buffer, "]}");
}

static void put_access(void *context, const struct app_access_line *line)
{
        struct rows *rows = context;

        begin_row(rows);
        wire_put_text(rows->buffer, "{");
        api_put_access(rows->buffer, line);
        wire_put_text(rows->buffer, "}");
}

static void begin_list(struct rows *rows, const char *name)
{
        rows->count = 0;
        wire_put_key(rows->buffer, name);
        wire_put_text(rows->buffer, "[");
}

static enum status put_accesses(struct app *app, const char *ref, struct rows *rows)
{
        struct app_access_walk walk = {.before = INT64_MAX, .case_ref = ref};
        enum app_row kind = APP_WORKING;
        enum status status = STATUS_OK;

        while (status == STATUS_OK && kind != APP_END)
                status = app_access_next(app, &walk, put_access, rows, &kind);
        return status;
}

static enum status put_lists(struct app *app, const char *ref, struct wire_buffer *buffer)
{
        struct rows rows = {.buffer = buffer};

        begin_list(&rows, "alerts");
        enum status status = app_held_alerts(app, ref, put_alert, &rows);
        wire_put_text(buffer, "]");
        begin_list(&rows, "messages");
        if (status == STATUS_OK)
                status = app_held_messages(app, ref, put_message, &rows);
        wire_put_text(buffer, "]");
        begin_list(&rows, "diary");
        if (status == STATUS_OK)
                status = app_held_diary(app, ref, put_date, &rows);
        wire_put_text(buffer, "]");
        begin_list(&rows, "accesses");
        if (status == STATUS_OK)
                status = put_accesses(app, ref, &rows);
        wire_put_text(buffer, "]");
        return status;
}

void api_subject_access(const struct api_call *call)
{
        struct wire_buffer buffer;
        struct wire_problem problem = {.code = ""};
        struct app_axes axes;

        if (!api_take_case(call, &axes))
                return;
        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{");
        enum status status = api_put_case(call, &axes, true, &buffer, &problem);
        if (status == STATUS_OK)
                status = put_lists(call->api->app, call->parameter, &buffer);
        api_answer_case(call, status, &problem, &buffer);
}
