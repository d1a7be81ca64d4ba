/*
 * routes - who would hear of a stage, and why.
 */
#include <string.h>

#include "list.h"

static const char *const route_keys[] = {"to",           "name", "kind",      "how",   "mailbox", "entry",
                                         "label",        "line", "from",      "until", "deputy",  "absent_from",
                                         "absent_until", "ack",  "ack_until", NULL};

static enum colour to_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "to");
        return COLOUR_NONE;
}

static enum colour name_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *name = member_text(row, "name");
        put_clean(cell, name[0] != '\0' ? member_text(row, "kind") : "");
        wire_put_text(cell, name[0] != '\0' ? " " : "");
        put_clean(cell, name[0] != '\0' ? name : "unset");
        return COLOUR_NONE;
}

static enum colour mailbox_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *mailbox = member_text(row, "mailbox");
        put_clean(cell, mailbox[0] != '\0' ? mailbox : "nobody");
        return mailbox[0] != '\0' ? COLOUR_NONE : COLOUR_RED;
}

static void put_span(struct wire_buffer *cell, const json_t *row, const char *from, const char *until)
{
        if (member_text(row, from)[0] != '\0') {
                wire_put_text(cell, " from ");
                put_day(cell, member_text(row, from));
        }
        if (member_text(row, until)[0] != '\0') {
                wire_put_text(cell, " until ");
                put_day(cell, member_text(row, until));
        }
}

/* Why nobody of the name itself hears. */
static const char *fallback(const char *how)
{
        static const char *const reasons[][2] = {{"unset", "the attribute is unset, so whoever watches: "},
                                                 {"unknown", "the contacts have no such name, so whoever watches: "},
                                                 {"gone", "no entry of that name holds then, so whoever watches: "}};
        for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
                if (strcmp(how, reasons[i][0]) == 0)
                        return reasons[i][1];
        return "";
}

static enum colour why_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *how = member_text(row, "how");
        wire_put_text(cell, fallback(how));
        if (member_text(row, "entry")[0] == '\0') {
                wire_put_text(cell, "nobody is meant");
                return COLOUR_RED;
        }
        put_member(cell, row, "entry_kind");
        wire_put_text(cell, " ");
        put_member(cell, row, "entry");
        wire_put_text(cell, ", contacts line ");
        put_member(cell, row, "line");
        put_span(cell, row, "from", "until");
        if (json_is_true(json_object_get(row, "deputy"))) {
                wire_put_text(cell, "; absent");
                put_span(cell, row, "absent_from", "absent_until");
                wire_put_text(cell, ", so the deputy");
        }
        if (json_is_integer(json_object_get(row, "ack"))) {
                wire_put_text(cell, "; no repeats until ");
                put_day(cell, member_text(row, "ack_until"));
                wire_put_text(cell, " (ack ");
                put_member(cell, row, "ack");
                wire_put_text(cell, ")");
        }
        return strcmp(how, "named") == 0 ? COLOUR_NONE : COLOUR_YELLOW;
}

static const struct column route_columns[] = {
        {"To", to_cell}, {"Who", name_cell}, {"Mailbox", mailbox_cell}, {"Why", why_cell}, {NULL, NULL},
};

static void put_head(const json_t *answer, struct wire_buffer *out)
{
        const char *item = member_text(answer, "item"), *state = member_text(answer, "state");
        put_member(out, answer, "title");
        wire_put_text(out, ", ");
        put_member(out, answer, "case");
        wire_put_text(out, item[0] != '\0' ? " " : "");
        put_clean(out, item);
        wire_put_text(out, ", stage \"");
        put_member(out, answer, "stage");
        wire_put_text(out, "\", as of ");
        put_day(out, member_text(answer, "day"));
        if (state[0] == '\0') {
                wire_put_text(out, "\nNothing of this rule is owed then; this is who would hear if it were.\n");
        } else {
                wire_put_text(out, "\nThe duty is ");
                put_clean(out, state);
                wire_put_text(out, " then, due ");
                put_day(out, member_text(answer, "due"));
                wire_put_text(out, "; this stage is on ");
                put_day(out, member_text(answer, "stage_day"));
                wire_put_text(out, json_is_true(json_object_get(answer, "quiet")) ? ", quiet since it is booked in time"
                                                                                  : "");
                wire_put_text(out,
                              json_is_true(json_object_get(answer, "urgent")) ? ", urgent: told at once.\n" : ".\n");
        }
        if (json_is_false(json_object_get(answer, "mail")))
                wire_put_text(out, "No mail is configured: alerts reach the socket alone.\n");
}

static bool write_routes(const json_t *answer, enum format format, struct wire_buffer *out)
{
        const json_t *rows = json_object_get(answer, "recipients");
        if (format == FORMAT_CSV) {
                put_csv_rows(route_keys, rows, out);
                return true;
        }
        put_head(answer, out);
        return put_table(route_columns, rows, out);
}

static enum outcome run_test(const struct arguments *arguments)
{
        static const struct option_parameter options[] = {{"--item", "item"}, {"--as-of", "day"}, {NULL, NULL}};
        struct wire_buffer target;
        if (!arguments_case(arguments, 0))
                return OUTCOME_USAGE;
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/routes");
        target_query(&target, "case", arguments->words[0]);
        target_query(&target, "rule", arguments->words[1]);
        target_query(&target, "stage", arguments->words[2]);
        target_options(&target, arguments, options);
        enum outcome outcome = target_end(&target)
                                       ? show_answer(arguments, target.data, NULL,
                                                     (struct http_need){"recipients", JSON_ARRAY}, write_routes)
                                       : out_of_memory();
        wire_buffer_fini(&target);
        return outcome;
}

const struct command route_commands[] = {
        {"routes test",
         "CASE RULE STAGE",
         "who would hear of a stage, and why",
         3,
         3,
         run_test,
         {{"--item", "KEY", "the item, where the case has several"},
          {"--as-of", "DATE", "as of another day than today"},
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {0},
};
