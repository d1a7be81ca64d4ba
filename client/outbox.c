/*
 * outbox - messages on their way, those that were given up, and trying again.
 */
#include <string.h>

#include "list.h"

#define SHOWN 100

static const char *const message_keys[] = {"id",      "state",      "recipient", "created_at", "attempts",
                                           "next_at", "done_at",    "ambiguous", "urgent",     "last_answer",
                                           "subject", "message_id", NULL};

static enum colour number_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "id");
        return COLOUR_NONE;
}

static enum colour state_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *state = member_text(row, "state");
        bool twice = strcmp(state, "sent") == 0 && json_is_true(json_object_get(row, "ambiguous"));
        put_clean(cell, state);
        wire_put_text(cell, twice ? ", perhaps twice" : "");
        if (strcmp(state, "failed") == 0)
                return COLOUR_RED;
        return strcmp(state, "sent") == 0 ? COLOUR_GREEN : COLOUR_YELLOW;
}

static enum colour recipient_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "recipient");
        return COLOUR_NONE;
}

static enum colour written_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "created_at"));
        return COLOUR_NONE;
}

static enum colour attempts_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "attempts");
        return COLOUR_NONE;
}

static enum colour next_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "next_at"));
        return COLOUR_NONE;
}

static enum colour answer_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "last_answer");
        return COLOUR_NONE;
}

static const struct column message_columns[] = {
        {"No.", number_cell},     {"State", state_cell},   {"To", recipient_cell},       {"Written", written_cell},
        {"Tries", attempts_cell}, {"Next try", next_cell}, {"Last answer", answer_cell}, {NULL, NULL},
};

static bool write_messages(const json_t *answer, enum format format, struct wire_buffer *out)
{
        json_t *rows = rows_turned(json_object_get(answer, "messages"));
        bool good = rows != NULL;
        if (good && format == FORMAT_CSV)
                put_csv_rows(message_keys, rows, out);
        else if (good && json_array_size(rows) == 0)
                wire_put_text(out, "No such messages.\n");
        else if (good)
                good = put_table(message_columns, rows, out);
        if (format == FORMAT_TABLE && json_is_true(json_object_get(answer, "more")))
                wire_put_text(out, "There are more: --limit N, or --before N for those before a number.\n");
        json_decref(rows);
        return good;
}

static enum outcome run_outbox(const struct arguments *arguments)
{
        static const struct option_parameter options[] = {{"--state", "state"}, {NULL, NULL}};
        struct paging paging = {.name = "messages",
                                .parameter = "before",
                                .from = arguments_value(arguments, "--before"),
                                .wanted = arguments_number(arguments, "--limit", SHOWN)};
        enum format format;
        struct wire_buffer target;
        struct http *http;
        json_t *answer = NULL;
        if (!format_read(arguments, &format))
                return OUTCOME_USAGE;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/outbox");
        target_options(&target, arguments, options);
        outcome = target_end(&target) ? OUTCOME_OK : out_of_memory();
        paging.target = target.data;
        if (outcome == OUTCOME_OK)
                outcome = paging_fetch(http, &paging, &answer);
        if (outcome == OUTCOME_OK)
                outcome = write_answer(answer, format, write_messages);
        json_decref(answer);
        wire_buffer_fini(&target);
        http_close(http);
        return outcome;
}

static bool write_retried(const json_t *answer, enum format format, struct wire_buffer *out)
{
        int64_t count = json_integer_value(json_object_get(answer, "retried"));
        int64_t written = json_integer_value(json_object_get(answer, "written"));
        (void)format;
        if (count + written == 0)
                wire_put_text(out, "No message was given up that could be tried again.\n");
        if (count > 0) {
                wire_put_number(out, count);
                wire_put_text(out, count == 1 ? " message is tried again now.\n" : " messages are tried again now.\n");
        }
        if (written > 0) {
                wire_put_number(out, written);
                wire_put_text(out, written == 1 ? " message was" : " messages were");
                wire_put_text(out, " written anew to those whom the contacts name now.\n");
        }
        return true;
}

static enum outcome run_retry(const struct arguments *arguments)
{
        bool failed = arguments_has(arguments, "--failed");
        const char *number = arguments->count > 0 ? arguments->words[0] : NULL;
        struct wire_buffer target, body;
        if (failed == (number != NULL))
                return usage_error(arguments,
                                   "say which message, by its number, or --failed for all that were given up");
        if (number != NULL && !is_number(number))
                return usage_error(arguments, "\"%s\" is not the number of a message", number);
        wire_buffer_init(&target);
        wire_buffer_init(&body);
        wire_put_text(&target, "/v1/outbox/");
        wire_put_text(&target, number != NULL ? number : "");
        wire_put_text(&target, number != NULL ? "/retry" : "retry");
        enum outcome outcome = target_end(&target)
                                       ? show_answer(arguments, target.data, &body,
                                                     (struct http_need){"retried", JSON_INTEGER}, write_retried)
                                       : out_of_memory();
        wire_buffer_fini(&target);
        wire_buffer_fini(&body);
        return outcome;
}

const struct command outbox_commands[] = {
        {"outbox",
         "",
         "messages on their way and those that were given up, the newest last",
         0,
         0,
         run_outbox,
         {{"--state", "STATE[,...]", "waiting, ambiguous, failed, sent or all (default: all but sent)"},
          {"--before", "N", "only those before this number"},
          {"--limit", "N", "so many at most (default 100)"},
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {"outbox retry",
         "[MESSAGE]",
         "try a message again now, or all that were given up",
         0,
         1,
         run_retry,
         {{"--failed", NULL, "all that were given up"}, {"--json", NULL, "JSON for programs"}, SOCKET_OPTION}},
        {0},
};
