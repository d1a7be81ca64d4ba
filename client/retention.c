/*
 * retention - cases that have been kept for as long as the rules say of their class,
 * or to which nothing has happened for as long as the question says. Nothing is
 * erased by it.
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

static enum colour class_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "class");
        return COLOUR_NONE;
}

static enum colour source_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "source");
        return COLOUR_NONE;
}

/* A class that hangs on a date which nobody has recorded is somebody's work. */
static enum colour due_cell(const json_t *row, struct wire_buffer *cell)
{
        if (member_text(row, "missing")[0] != '\0') {
                put_member(cell, row, "missing");
                wire_put_text(cell, " is missing");
                return COLOUR_YELLOW;
        }
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

static const struct column class_columns[] = {
        {"Case", case_cell},     {"Class", class_cell},      {"Last event", last_cell}, {"Kept until", due_cell},
        {"Events", events_cell}, {"Open duties", open_cell}, {"Source", source_cell},   {NULL, NULL},
};

static const char *const due_keys[] = {"case",       "last_on", "due_on", "since",  "events",  "last_seq",
                                       "attributes", "open",    "class",  "source", "missing", NULL};

static bool put_question(const struct arguments *arguments, struct wire_buffer *target)
{
        static const char *const taken[] = {"idle", "as-of", "limit", "cursor", NULL};
        wire_put_text(target, "/v1/retention");
        target_options(target, arguments,
                       (const struct option_parameter[]){{"--idle", "idle"}, {"--as-of", "as-of"}, {NULL, NULL}});
        return target_where(arguments, taken, target);
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
                list.columns = class_columns;
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
         "cases that have been kept for as long as the rules, or --idle, say",
         0,
         0,
         run_due,
         {{"--idle", "PERIOD", "not as the rules say: so long after the latest event, \"6 years after\""},
          {"--where", "NAME=VALUE[,...]", "only where an attribute holds one of the values; may be repeated"},
          {"--as-of", "DATE", "as on this day"},
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {0},
};
