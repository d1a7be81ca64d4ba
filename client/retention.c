/*
 * retention - cases to which nothing has happened for as long as whoever decides
 * keeps them. What that is, is said in the question: nothing is erased by it.
 */
#include <stdio.h>

#include "list.h"

static enum colour case_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "case");
        return COLOUR_NONE;
}

static enum colour last_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "last_on"));
        return COLOUR_NONE;
}

static enum colour due_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "due_on"));
        return COLOUR_NONE;
}

static enum colour events_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "events");
        return COLOUR_NONE;
}

static json_int_t open_count(const json_t *row)
{
        const char *state;
        json_t *count;
        json_int_t sum = 0;

        json_object_foreach(json_object_get(row, "open"), state, count) sum += json_integer_value(count);
        return sum;
}

static enum colour open_cell(const json_t *row, struct wire_buffer *cell)
{
        json_int_t open = open_count(row);
        wire_put_number(cell, open);
        return open > 0 ? COLOUR_YELLOW : COLOUR_NONE;
}

static const struct column due_columns[] = {
        {"Case", case_cell},     {"Last event", last_cell},  {"Since", due_cell},
        {"Events", events_cell}, {"Open duties", open_cell}, {NULL, NULL},
};

static const char *const due_keys[] = {"case",     "last_on",    "due_on", "since", "events",
                                       "last_seq", "attributes", "open",   NULL};

static bool put_question(const struct arguments *arguments, struct wire_buffer *target)
{
        wire_put_text(target, "/v1/retention");
        target_options(target, arguments,
                       (const struct option_parameter[]){{"--idle", "idle"}, {"--as-of", "as-of"}, {NULL, NULL}});
        return target_where(arguments, target);
}

static enum outcome write_due(struct list *list)
{
        if (list->count > 0 || list->format != FORMAT_TABLE)
                return list_finish(list);
        printf("No case is due.\n");
        return OUTCOME_OK;
}

static enum outcome run_due(const struct arguments *arguments)
{
        struct list list = {.columns = due_columns, .keys = due_keys, .name = "cases"};
        struct wire_buffer target;
        struct http *http = NULL;
        if (!format_read(arguments, &list.format))
                return OUTCOME_USAGE;
        if (arguments_value(arguments, "--idle") == NULL)
                return usage_error(arguments,
                                   "--idle is missing: for how long nothing has happened, \"6 years after\"");
        wire_buffer_init(&target);
        enum outcome outcome = put_question(arguments, &target) ? http_open(arguments, &http) : OUTCOME_USAGE;
        if (outcome == OUTCOME_OK)
                outcome = target_end(&target) ? list_fetch(&list, http, target.data) : out_of_memory();
        if (outcome == OUTCOME_OK)
                outcome = write_due(&list);
        wire_buffer_fini(&target);
        list_fini(&list);
        http_close(http);
        return outcome;
}

const struct command retention_commands[] = {
        {"retention due",
         "",
         "cases to which nothing has happened for as long as they are kept",
         0,
         0,
         run_due,
         {{"--idle", "PERIOD", "how long, from the latest event that stands: \"6 years after\""},
          {"--where", "NAME=VALUE[,...]", "only where an attribute holds one of the values; may be repeated"},
          {"--as-of", "DATE", "as on this day"},
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {0},
};
