/*
 * ack - says that somebody has seen an alert, and why it need not be repeated to them.
 */
#include <string.h>

#include "list.h"

static enum colour number_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "id");
        return COLOUR_NONE;
}

static enum colour alert_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "alert");
        return COLOUR_NONE;
}

static enum colour role_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "role");
        return COLOUR_NONE;
}

static enum colour until_cell(const json_t *row, struct wire_buffer *cell)
{
        bool ended = json_is_false(json_object_get(row, "in_force"));
        put_day(cell, member_text(row, "until"));
        wire_put_text(cell, ended ? " (ended)" : "");
        return ended ? COLOUR_DIM : COLOUR_NONE;
}

static enum colour given_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "at"));
        wire_put_text(cell, " by ");
        put_member(cell, row, member_text(row, "user")[0] != '\0' ? "user" : "uid");
        return COLOUR_NONE;
}

static enum colour why_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "why");
        return COLOUR_NONE;
}

const struct column ack_columns[] = {
        {"No.", number_cell},  {"Alert", alert_cell}, {"For", role_cell}, {"Until", until_cell},
        {"Given", given_cell}, {"Why", why_cell},     {NULL, NULL},
};

static bool write_ack(const json_t *answer, enum format format, struct wire_buffer *out)
{
        const json_t *ack = json_object_get(answer, "ack");
        (void)format;
        wire_put_text(out, "Alert ");
        put_member(out, ack, "alert");
        wire_put_text(out, " is acknowledged for ");
        put_member(out, ack, "role");
        wire_put_text(out, " as number ");
        put_member(out, ack, "id");
        wire_put_text(out, ": until ");
        put_day(out, member_text(ack, "until"));
        wire_put_text(out, " its stage is not repeated to them.\n"
                           "Everybody else, and every other stage, is told as before.\n");
        return true;
}

static enum outcome run_ack(const struct arguments *arguments)
{
        const char *number = arguments->words[0];
        struct wire_buffer target, body;
        if (!is_number(number))
                return usage_error(arguments, "\"%s\" is not the number of an alert", number);
        if (arguments_value(arguments, "--why") == NULL)
                return usage_error(arguments, "--why is missing: an acknowledgement says why");
        wire_buffer_init(&target);
        wire_buffer_init(&body);
        wire_put_text(&target, "/v1/alerts/");
        wire_put_text(&target, number);
        wire_put_text(&target, "/ack");
        wire_put_text(&body, "{");
        body_put(&body, "why", arguments_value(arguments, "--why"));
        body_put(&body, "role", arguments_value(arguments, "--role"));
        body_put(&body, "until", arguments_value(arguments, "--until"));
        wire_put_text(&body, "}\n");
        enum outcome outcome =
                target_end(&target) && !body.failed
                        ? show_answer(arguments, target.data, &body, (struct http_need){"ack", JSON_OBJECT}, write_ack)
                        : out_of_memory();
        wire_buffer_fini(&target);
        wire_buffer_fini(&body);
        return outcome;
}

const struct command ack_commands[] = {
        {"ack",
         "ALERT",
         "acknowledge an alert: its stage is not repeated to one role for a time",
         1,
         1,
         run_ack,
         {{"--why", "TEXT", "the reason, without personal data"},
          {"--role", "NAME", "the role or agency that it speaks for (default: the only one you may speak for)"},
          {"--until", "DATE", "the last day on which it holds (default: as configured)"},
          {"--json", NULL, "JSON for programs"},
          SOCKET_OPTION}},
        {0},
};
