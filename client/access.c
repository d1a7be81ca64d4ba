/*
 * access - who was shown what, and who was written to.
 */
#include <stdio.h>
#include <string.h>

#include "list.h"
#include "mappad/casefile.h"

#define PAGE 500u

static enum colour when_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "at"));
        return COLOUR_NONE;
}

static enum colour who_cell(const json_t *row, struct wire_buffer *cell)
{
        const json_t *uid = json_object_get(row, "uid");
        if (!json_is_integer(uid)) {
                wire_put_text(cell, "the service");
                return COLOUR_DIM;
        }
        put_clean(cell, member_text(row, "user"));
        wire_put_text(cell, " (");
        wire_put_number(cell, json_integer_value(uid));
        wire_put_text(cell, ")");
        return COLOUR_NONE;
}

#define CELL(name, key)                                                                                                \
        static enum colour name(const json_t *row, struct wire_buffer *cell)                                           \
        {                                                                                                              \
                put_member(cell, row, key);                                                                            \
                return COLOUR_NONE;                                                                                    \
        }
CELL(number_cell, "seq")
CELL(what_cell, "what")
CELL(case_cell, "case")
CELL(rows_cell, "rows")
CELL(purpose_cell, "purpose")
CELL(recipients_cell, "recipients")
CELL(detail_cell, "detail")

static const struct column columns[] = {
        {"No.", number_cell},    {"When", when_cell}, {"Who", who_cell},         {"What", what_cell},
        {"Case", case_cell},     {"Rows", rows_cell}, {"Purpose", purpose_cell}, {"To", recipients_cell},
        {"Detail", detail_cell}, {NULL, NULL},
};

const char *const access_keys[] = {"seq",  "at",      "uid",        "user",   "what", "case",
                                   "rows", "purpose", "recipients", "detail", NULL};

/* Pages as they come in: rows of a table, or lines at once. */
struct pages {
        enum format format;
        struct table *table;
        struct wire_buffer out;
};

static bool take_row(struct pages *pages, const json_t *row)
{
        switch (pages->format) {
        case FORMAT_TABLE:
                return table_add(pages->table, row);
        case FORMAT_CSV:
                csv_write(access_keys, row, &pages->out);
                return !pages->out.failed;
        case FORMAT_JSON: {
                bool good = json_write(row, &pages->out);
                wire_put_text(&pages->out, "\n");
                return good && !pages->out.failed;
        }
        }
        return false;
}

static enum outcome take_page(struct pages *pages, const json_t *answer, uint64_t *ret_before)
{
        size_t index;
        const json_t *rows = json_object_get(answer, "accesses"), *row;
        *ret_before = (uint64_t)json_integer_value(json_object_get(answer, "next"));
        /* More behind a page without a row would be asked for without end. */
        if (!json_is_array(rows) || (*ret_before != 0 && json_array_size(rows) == 0))
                return http_not_understood();
        json_array_foreach(rows, index, row)
        {
                if (!take_row(pages, row))
                        return out_of_memory();
        }
        return output_drain(&pages->out, false) ? OUTCOME_OK : OUTCOME_REFUSED;
}

static bool put_target(const struct arguments *arguments, uint64_t before, uint64_t left, struct wire_buffer *target)
{
        const char *word = arguments->count > 0 ? arguments->words[0] : NULL;
        const char *user = arguments_value(arguments, "--user");
        char number[32], limit[32];
        snprintf(number, sizeof(number), "%llu", (unsigned long long)before);
        snprintf(limit, sizeof(limit), "%llu", (unsigned long long)(left < PAGE ? left : PAGE));
        wire_put_text(target, "/v1/access");
        target_query(target, "limit", limit);
        if (word != NULL)
                target_query(target, casefile_reference_valid(word) ? "case" : "user", word);
        if (user != NULL)
                target_query(target, "user", user);
        if (before != 0)
                target_query(target, "before", number);
        return target_end(target);
}

static enum outcome read_pages(struct http *http, const struct arguments *arguments, struct pages *pages)
{
        uint64_t before = 0, left = arguments_number(arguments, "--limit", UINT64_MAX);
        enum outcome outcome = OUTCOME_OK;
        do {
                struct wire_buffer target;
                json_t *answer = NULL;
                wire_buffer_init(&target);
                outcome = put_target(arguments, before, left, &target) ? http_ask(http, target.data, NULL, &answer)
                                                                       : out_of_memory();
                if (outcome == OUTCOME_OK)
                        outcome = take_page(pages, answer, &before);
                left -= json_array_size(json_object_get(answer, "accesses"));
                json_decref(answer);
                wire_buffer_fini(&target);
        } while (outcome == OUTCOME_OK && before != 0 && left > 0);
        return outcome;
}

static enum outcome run_access_log(const struct arguments *arguments)
{
        struct pages pages = {.table = NULL};
        if (!format_read(arguments, &pages.format))
                return OUTCOME_USAGE;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&pages.out);
        pages.table = table_new(columns);
        if (pages.format == FORMAT_CSV)
                csv_write(access_keys, NULL, &pages.out);
        outcome = pages.table == NULL ? out_of_memory() : read_pages(http, arguments, &pages);
        if (outcome == OUTCOME_OK && pages.format == FORMAT_TABLE && table_count(pages.table) > 0)
                table_write(pages.table, output_coloured(), &pages.out);
        else if (outcome == OUTCOME_OK && pages.format == FORMAT_TABLE)
                wire_put_text(&pages.out, "Nothing of this is in the log of accesses.\n");
        if (outcome == OUTCOME_OK)
                outcome = output_end(&pages.out, true);
        table_free(pages.table);
        wire_buffer_fini(&pages.out);
        http_close(http);
        return outcome;
}

const struct command access_commands[] = {
        {"access-log",
         "[CASE | USER]",
         "who was shown what, and who was written to, newest first",
         0,
         1,
         run_access_log,
         {{"--user", "NAME", "what this person was shown: a login name, or a number, which could be a case otherwise"},
          {"--limit", "N", "at most so many lines; all if not given"},
          {"--json", NULL, "JSON for programs, one object a line"},
          {"--csv", NULL, "CSV for spreadsheets"},
          SOCKET_OPTION}},
        {0},
};
