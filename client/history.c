/*
 * history - a case with both of its times: when a thing happened, and when the
 * record learnt of it, took it back or put another in its place.
 */
#include "history.h"

#include <stdio.h>
#include <string.h>

#include "html_pages.h"

/* ---- cells ---- */

static enum colour happened_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "on"));
        return COLOUR_NONE;
}

static enum colour recorded_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "recorded_at"));
        return COLOUR_NONE;
}

/* Days between the two; the day of an instant is that of UTC, as it is shown. */
static bool days_late(const json_t *row, int64_t *ret_days)
{
        const char *on = member_text(row, "on"), *at = member_text(row, "recorded_at");
        int32_t happened, recorded;

        if (!civil_parse(on, strlen(on), &happened) || strlen(at) < CIVIL_TEXT_SIZE - 1 ||
            !civil_parse(at, CIVIL_TEXT_SIZE - 1, &recorded))
                return false;
        *ret_days = (int64_t)recorded - happened;
        return true;
}

static enum colour late_cell(const json_t *row, struct wire_buffer *cell)
{
        int64_t days;

        if (!days_late(row, &days) || days <= 0)
                return COLOUR_NONE;
        wire_put_number(cell, days);
        wire_put_text(cell, days == 1 ? " day" : " days");
        return COLOUR_NONE;
}

static void put_fields(const json_t *fields, struct wire_buffer *cell)
{
        const char *key;
        json_t *value;
        bool first = true;

        json_object_foreach((json_t *)(uintptr_t)fields, key, value)
        {
                wire_put_text(cell, first ? ": " : ", ");
                put_clean(cell, key);
                wire_put_text(cell, " ");
                put_member(cell, fields, key);
                first = false;
        }
}

static enum colour what_cell(const json_t *row, struct wire_buffer *cell)
{
        if (json_is_integer(json_object_get(row, "retracts"))) {
                wire_put_text(cell, "takes back no. ");
                put_member(cell, row, "retracts");
                return COLOUR_NONE;
        }
        put_member(cell, row, "event");
        if (member_text(row, "item")[0] != '\0') {
                wire_put_text(cell, " ");
                put_member(cell, row, "item");
        }
        put_fields(json_object_get(row, "fields"), cell);
        if (json_is_string(json_object_get(row, "raw"))) {
                wire_put_text(cell, ": ");
                put_member(cell, row, "raw");
        }
        return json_is_integer(json_object_get(row, "undone_by")) ? COLOUR_DIM : COLOUR_NONE;
}

static void put_reason(const json_t *row, const char *key, struct wire_buffer *cell)
{
        if (member_text(row, key)[0] == '\0')
                return;
        wire_put_text(cell, ": ");
        put_member(cell, row, key);
}

/* Whether the line stands, and if not what undid it, when and by whom. */
static enum colour stands_cell(const json_t *row, struct wire_buffer *cell)
{
        if (json_is_integer(json_object_get(row, "retracts"))) {
                put_member(cell, row, "why");
                return COLOUR_NONE;
        }
        if (json_is_integer(json_object_get(row, "replaces"))) {
                wire_put_text(cell, "in the place of no. ");
                put_member(cell, row, "replaces");
                put_reason(row, "why", cell);
        }
        if (!json_is_integer(json_object_get(row, "undone_by")))
                return COLOUR_NONE;
        wire_put_text(cell, json_is_integer(json_object_get(row, "replaces")) ? "; " : "");
        put_member(cell, row, "undone_how");
        wire_put_text(cell, " by no. ");
        put_member(cell, row, "undone_by");
        wire_put_text(cell, ", ");
        put_time(cell, member_text(row, "undone_at"));
        wire_put_text(cell, " by ");
        put_member(cell, row, "undone_user");
        put_reason(row, "undone_why", cell);
        return COLOUR_YELLOW;
}

static const struct column history_columns[] = {
        {"No.", cell_seq}, {"Happened", happened_cell}, {"Recorded", recorded_cell},  {"Late", late_cell},
        {"By", cell_user}, {"What", what_cell},         {"Corrections", stands_cell}, {NULL, NULL},
};

static const char *const history_keys[] = {"seq",        "on",        "recorded_at", "uid",        "user",
                                           "event",      "item",      "fields",      "raw",        "id",
                                           "forced",     "why",       "retracts",    "replaces",   "undone_by",
                                           "undone_how", "undone_at", "undone_user", "undone_why", NULL};

/* ---- the command ---- */

static bool write_table(const json_t *answer, const struct arguments *arguments, struct wire_buffer *out)
{
        struct table *table = table_new(history_columns);
        const json_t *rows = json_object_get(answer, "record");
        bool good = table != NULL;

        for (size_t i = 0; good && i < json_array_size(rows); i++)
                good = table_add(table, json_array_get(rows, i));
        if (good) {
                put_member(out, answer, "case");
                axes_put_words(out, arguments, answer);
                wire_put_text(out, table_count(table) > 0 ? "\n" : ": nothing\n");
        }
        if (good && table_count(table) > 0)
                table_write(table, output_coloured(), out);
        table_free(table);
        return good;
}

static bool put_answer(const json_t *answer, const struct arguments *arguments, enum format format,
                       struct wire_buffer *out)
{
        const json_t *rows = json_object_get(answer, "record");
        bool good = true;

        switch (format) {
        case FORMAT_JSON:
                good = json_write(answer, out);
                wire_put_text(out, "\n");
                break;
        case FORMAT_CSV:
                csv_write(history_keys, NULL, out);
                for (size_t i = 0; i < json_array_size(rows); i++)
                        csv_write(history_keys, json_array_get(rows, i), out);
                break;
        case FORMAT_TABLE:
                if (page_asked(arguments))
                        html_history(arguments, answer, history_columns, out);
                else
                        good = write_table(answer, arguments, out);
                break;
        }
        return good && !out->failed;
}

static enum outcome ask(const struct arguments *arguments, json_t **ret_answer)
{
        struct wire_buffer target;

        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/cases/");
        target_segment(&target, arguments->words[0]);
        wire_put_text(&target, "/history");
        enum outcome outcome = axes_fetch(arguments, &target, ret_answer);
        wire_buffer_fini(&target);
        return http_needs(outcome, (struct http_need){"record", JSON_ARRAY}, ret_answer);
}

static enum outcome run_history(const struct arguments *arguments)
{
        enum format format;
        json_t *answer = NULL;
        struct wire_buffer out;

        if (!format_read(arguments, &format))
                return OUTCOME_USAGE;
        if (history_is_erased(arguments->words[0]))
                return history_erased_run(arguments);
        if (!arguments_case(arguments, 0))
                return OUTCOME_USAGE;
        enum outcome outcome = ask(arguments, &answer);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&out);
        outcome = output_end(&out, put_answer(answer, arguments, format, &out));
        json_decref(answer);
        return outcome;
}

const struct command history_commands[] = {
        {"history",
         "CASE",
         "when each thing of a case happened, and when it was recorded and undone",
         1,
         1,
         run_history,
         {{"--known-at", "INSTANT", "as the record was known then"}, FORMAT_OPTIONS, HTML_OPTIONS, SOCKET_OPTION}},
        {0},
};
