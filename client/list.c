/*
 * list - pages of rows become one answer (list.h).
 */
#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE "1000"
#define PAGE_MAX 1000u /* rows that every list gives at once */

const char *const obligation_keys[] = {"case",    "rule",        "item",    "title",       "state",      "started",
                                       "opens",   "due",         "plan_by", "provisional", "met_on",     "ended_on",
                                       "booked",  "booked_late", "paused",  "used_days",   "limit_days", "days_left",
                                       "version", "strength",    "missing", "done",        "needed",     NULL};

static enum colour put_text_cell(const json_t *row, struct wire_buffer *cell, const char *key)
{
        put_member(cell, row, key);
        return COLOUR_NONE;
}

static enum colour case_cell(const json_t *row, struct wire_buffer *cell)
{
        return put_text_cell(row, cell, "case");
}

static enum colour item_cell(const json_t *row, struct wire_buffer *cell)
{
        return put_text_cell(row, cell, "item");
}

static enum colour title_cell(const json_t *row, struct wire_buffer *cell)
{
        return put_text_cell(row, cell, "title");
}

static enum colour state_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *state = member_text(row, "state"), *missing = member_text(row, "missing");
        bool late = strcmp(state, "overdue") == 0 || strcmp(state, "missed") == 0 || strcmp(state, "met-late") == 0;
        wire_put_text(cell, state);
        if (missing[0] != '\0') {
                wire_put_text(cell, ": no ");
                wire_put_text(cell, missing);
        }
        if (late)
                return COLOUR_RED;
        if (strcmp(state, "due-soon") == 0 || strcmp(state, "unevaluable") == 0)
                return COLOUR_YELLOW;
        return strcmp(state, "met") == 0 || strcmp(state, "reached") == 0 ? COLOUR_GREEN : COLOUR_NONE;
}

static enum colour due_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "due"));
        if (json_is_true(json_object_get(row, "provisional")))
                wire_put_text(cell, " (provisional)");
        return strcmp(member_text(row, "state"), "overdue") == 0 ? COLOUR_RED : COLOUR_NONE;
}

static enum colour plan_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "plan_by"));
        return COLOUR_NONE;
}

static enum colour days_cell(const json_t *row, struct wire_buffer *cell)
{
        const json_t *left = json_object_get(row, "days_left");
        if (!json_is_integer(left))
                return COLOUR_NONE;
        int64_t days = json_integer_value(left);
        char text[32];
        snprintf(text, sizeof(text),
                 days < 0   ? "%lld late"
                 : days > 0 ? "in %lld"
                            : "today",
                 (long long)(days < 0 ? -days : days));
        wire_put_text(cell, text);
        return COLOUR_NONE;
}

static enum colour booked_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *booked = member_text(row, "booked");
        bool late = json_is_true(json_object_get(row, "booked_late"));
        if (booked[0] == '\0')
                wire_put_text(cell, "no");
        else
                put_day(cell, booked);
        wire_put_text(cell, late ? ", too late" : "");
        return late ? COLOUR_RED : COLOUR_NONE;
}

static enum colour started_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "started"));
        return COLOUR_NONE;
}

static enum colour closed_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *met = member_text(row, "met_on");
        put_day(cell, met[0] != '\0' ? met : member_text(row, "ended_on"));
        return COLOUR_NONE;
}

const struct column open_columns[] = {
        {"Due", due_cell},   {"Plan by", plan_cell},  {"Days", days_cell},  {"State", state_cell}, {"Case", case_cell},
        {"Item", item_cell}, {"Booked", booked_cell}, {"Duty", title_cell}, {NULL, NULL},
};

const struct column closed_columns[] = {
        {"Closed", closed_cell}, {"State", state_cell}, {"Due", due_cell}, {"Started", started_cell},
        {"Item", item_cell},     {"Duty", title_cell},  {NULL, NULL},
};

const struct column gone_columns[] = {
        {"Due", due_cell},   {"Started", started_cell}, {"Case", case_cell},
        {"Item", item_cell}, {"Duty", title_cell},      {NULL, NULL},
};

/* The first page begins what is written for programs. */
static bool begin(struct list *list, const json_t *answer)
{
        const char *key;
        json_t *value;
        if (list->head != NULL)
                return true;
        list->head = json_object();
        if (list->head == NULL)
                return false;
        if (list->counted_only)
                return true;
        wire_put_text(&list->out, list->format == FORMAT_JSON ? "{" : "");
        json_object_foreach((json_t *)(uintptr_t)answer, key, value)
        {
                if (strcmp(key, list->name) == 0 || strcmp(key, "next") == 0)
                        continue;
                if (json_object_set(list->head, key, value) != 0)
                        return false;
                if (list->format != FORMAT_JSON)
                        continue;
                wire_put_key(&list->out, key);
                if (!json_write(value, &list->out))
                        return false;
        }
        if (list->format == FORMAT_JSON) {
                wire_put_key(&list->out, list->name);
                wire_put_text(&list->out, "[");
        } else if (list->format == FORMAT_CSV) {
                csv_write(list->keys, NULL, &list->out);
        } else {
                list->table = table_new(list->columns);
        }
        return list->format != FORMAT_TABLE || list->table != NULL;
}

static bool take_row(struct list *list, const json_t *row)
{
        list->count++;
        if (list->counted_only)
                return true;
        switch (list->format) {
        case FORMAT_TABLE:
                return table_add(list->table, row);
        case FORMAT_JSON:
                wire_put_text(&list->out, list->count > 1 ? ",\n" : "\n");
                return json_write(row, &list->out) && output_drain(&list->out, false);
        case FORMAT_CSV:
                csv_write(list->keys, row, &list->out);
                return output_drain(&list->out, false);
        }
        return false;
}

static bool take_page(struct list *list, const json_t *answer, const json_t *rows)
{
        bool good = begin(list, answer);
        for (size_t i = 0; good && i < json_array_size(rows); i++)
                good = take_row(list, json_array_get(rows, i));
        return good;
}

/* Whether a page leads on: one without rows that has another behind it, or has itself there, would be asked for without
 * end. */
static bool leads_on(const json_t *rows, const char *cursor, const char *asked)
{
        return cursor[0] == '\0' || (json_array_size(rows) > 0 && (asked == NULL || strcmp(cursor, asked) != 0));
}

/* One page; *next is replaced by the cursor of the next, NULL at the end. */
static enum outcome fetch_page(struct list *list, struct http *http, const char *target, char **next)
{
        struct wire_buffer page;
        json_t *answer = NULL;
        char *asked = *next;
        *next = NULL;
        wire_buffer_init(&page);
        wire_put_text(&page, target);
        target_query(&page, "limit", list->page != NULL ? list->page : PAGE);
        if (asked != NULL)
                target_query(&page, "cursor", asked);
        enum outcome outcome = target_end(&page) ? http_ask(http, page.data, NULL, &answer) : out_of_memory();
        wire_buffer_fini(&page);
        const json_t *rows = json_object_get(answer, list->name);
        const char *cursor = member_text(answer, "next");
        if (outcome == OUTCOME_OK && (!json_is_array(rows) || !leads_on(rows, cursor, asked)))
                outcome = http_not_understood();
        free(asked);
        if (outcome == OUTCOME_OK) {
                bool good = take_page(list, answer, rows);
                *next = good && cursor[0] != '\0' ? strdup(cursor) : NULL;
                good = good && (*next != NULL || cursor[0] == '\0');
                outcome = good ? OUTCOME_OK : ferror(stdout) ? OUTCOME_REFUSED : out_of_memory();
        }
        json_decref(answer);
        return outcome;
}

enum outcome list_fetch(struct list *list, struct http *http, const char *target)
{
        char *next = NULL;
        enum outcome outcome;
        do
                outcome = fetch_page(list, http, target, &next);
        while (outcome == OUTCOME_OK && next != NULL);
        free(next);
        return outcome;
}

enum outcome list_finish(struct list *list)
{
        if (list->format == FORMAT_TABLE)
                table_write(list->table, output_coloured(), &list->out);
        else if (list->format == FORMAT_JSON)
                wire_put_text(&list->out, "]}\n");
        return output_end(&list->out, true);
}

void list_fini(struct list *list)
{
        table_free(list->table);
        wire_buffer_fini(&list->out);
        json_decref(list->head);
}

enum outcome case_recorded(const struct arguments *arguments, struct http *http)
{
        static const struct option_parameter axes[] = {{"--as-of", "as-of"}, {"--known-at", "known-at"}, {NULL, NULL}};
        const char *reference = arguments_value(arguments, "--case");
        struct wire_buffer target;
        json_t *answer = NULL;
        if (reference == NULL)
                return OUTCOME_OK;
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/cases/");
        target_segment(&target, reference);
        target_options(&target, arguments, axes);
        enum outcome outcome = target_end(&target) ? http_ask(http, target.data, NULL, &answer) : out_of_memory();
        json_decref(answer);
        wire_buffer_fini(&target);
        return outcome;
}

enum outcome ask_today(struct http *http, int32_t *ret_day)
{
        json_t *answer = NULL;
        enum outcome outcome = http_ask(http, "/v1/status", NULL, &answer);
        if (outcome != OUTCOME_OK)
                return outcome;
        const char *today = member_text(answer, "today");
        if (!civil_parse(today, strlen(today), ret_day)) {
                complain("the daemon does not say which day it is");
                outcome = OUTCOME_UNREACHABLE;
        }
        json_decref(answer);
        return outcome;
}

enum outcome write_answer(const json_t *answer, enum format format, writer_fn writer)
{
        struct wire_buffer out;
        wire_buffer_init(&out);
        bool good = format == FORMAT_JSON ? json_write(answer, &out) : writer(answer, format, &out);
        wire_put_text(&out, format == FORMAT_JSON ? "\n" : "");
        return output_end(&out, good);
}

enum outcome show_answer(const struct arguments *arguments, const char *target, const struct wire_buffer *body,
                         struct http_need need, writer_fn writer)
{
        enum format format;
        json_t *answer = NULL;
        struct http *http;
        if (!format_read(arguments, &format))
                return OUTCOME_USAGE;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        outcome = http_needs(http_ask(http, target, body, &answer), need, &answer);
        if (outcome == OUTCOME_OK)
                outcome = write_answer(answer, format, writer);
        json_decref(answer);
        http_close(http);
        return outcome;
}

bool put_table(const struct column *columns, const json_t *rows, struct wire_buffer *out)
{
        struct table *table = table_new(columns);
        bool good = table != NULL;
        for (size_t i = 0; good && i < json_array_size(rows); i++)
                good = table_add(table, json_array_get(rows, i));
        if (good)
                table_write(table, output_coloured(), out);
        table_free(table);
        return good;
}

void put_csv_rows(const char *const *keys, const json_t *rows, struct wire_buffer *out)
{
        csv_write(keys, NULL, out);
        for (size_t i = 0; i < json_array_size(rows); i++)
                csv_write(keys, json_array_get(rows, i), out);
}
json_t *rows_turned(const json_t *rows)
{
        json_t *list = json_array();
        for (size_t i = json_array_size(rows); list != NULL && i > 0; i--)
                if (json_array_append(list, json_array_get(rows, i - 1)) != 0) {
                        json_decref(list);
                        return NULL;
                }
        return list;
}

/* ---- so many rows ---- */

/* Where the next page begins: as the answer says, or after its last row. */
static void go_on(const json_t *answer, const json_t *rows, char *ret_from, size_t size)
{
        const json_t *next = json_object_get(answer, "next");
        if (!json_is_integer(next))
                next = json_object_get(json_array_get(rows, json_array_size(rows) - 1), "id");
        snprintf(ret_from, size, "%lld", (long long)json_integer_value(next));
}

static enum outcome ask_page(struct http *http, const struct paging *paging, const char *from, uint64_t wanted,
                             json_t **ret_answer)
{
        struct wire_buffer target;
        char limit[32];
        snprintf(limit, sizeof(limit), "%llu", (unsigned long long)(wanted < PAGE_MAX ? wanted : PAGE_MAX));
        wire_buffer_init(&target);
        wire_put_text(&target, paging->target);
        target_query(&target, "limit", limit);
        if (from[0] != '\0')
                target_query(&target, paging->parameter, from);
        enum outcome outcome = target_end(&target) ? http_ask(http, target.data, NULL, ret_answer) : out_of_memory();
        wire_buffer_fini(&target);
        return outcome;
}

enum outcome paging_fetch(struct http *http, const struct paging *paging, json_t **ret_answer)
{
        json_t *all = json_array();
        char from[32];
        bool more = true;
        enum outcome outcome = all != NULL ? OUTCOME_OK : out_of_memory();
        snprintf(from, sizeof(from), "%s", paging->from != NULL ? paging->from : "");
        while (outcome == OUTCOME_OK && more && json_array_size(all) < paging->wanted) {
                json_decref(*ret_answer);
                *ret_answer = NULL;
                outcome = ask_page(http, paging, from, paging->wanted - json_array_size(all), ret_answer);
                json_t *rows = json_object_get(*ret_answer, paging->name);
                /* More behind a page without a row would be asked for without end. */
                more = json_is_true(json_object_get(*ret_answer, "more"));
                if (outcome == OUTCOME_OK && (!json_is_array(rows) || (more && json_array_size(rows) == 0)))
                        outcome = http_not_understood();
                if (outcome == OUTCOME_OK && json_array_extend(all, rows) != 0)
                        outcome = out_of_memory();
                if (outcome == OUTCOME_OK && more)
                        go_on(*ret_answer, rows, from, sizeof(from));
        }
        if (outcome == OUTCOME_OK && json_object_set(*ret_answer, paging->name, all) != 0)
                outcome = out_of_memory();
        json_decref(all);
        return outcome;
}

/* Whether a name is what the route calls something else: as an attribute it would change the question. */
static bool is_taken(const char *name, const char *const *taken)
{
        while (*taken != NULL && strcmp(*taken, name) != 0)
                taken++;
        return *taken != NULL;
}

/* "level=2,3" of --where */
bool target_where(const struct arguments *arguments, const char *const *taken, struct wire_buffer *target)
{
        const char *where;
        for (size_t n = 0; (where = arguments_nth(arguments, "--where", n)) != NULL; n++) {
                const char *equals = strchr(where, '=');
                char name[WIRE_FIELD_SIZE];
                size_t length = equals != NULL ? (size_t)(equals - where) : 0;
                if (length == 0 || length >= sizeof(name)) {
                        usage_error(arguments, "--where takes NAME=VALUE[,VALUE...], not \"%s\"", where);
                        return false;
                }
                memcpy(name, where, length);
                name[length] = '\0';
                if (is_taken(name, taken)) {
                        usage_error(arguments,
                                    "--where takes attributes of cases, and \"%s\" cannot be asked for by it", name);
                        return false;
                }
                target_query(target, name, equals + 1);
        }
        return true;
}
