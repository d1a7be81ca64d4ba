/*
 * obligations - what is owed: overdue, due, cases, show.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duties.h"
#include "html_pages.h"
#include "list.h"

#define WITHIN_DEFAULT "4w"
#define DERIVED_PAGE "10000" /* the most rows that one answer has */
#define WITHIN_MAX 10000     /* of any unit */

/* Options that narrow a list, and the parameters they become. */
static const struct option_parameter filters[] = {
        {"--rule", "rule"}, {"--agency", "agency"}, {"--case", "case"}, {NULL, NULL}};

static const char *const taken[] = {"state", "rule",     "case",  "due-before", "due-after", "booked",
                                    "as-of", "known-at", "rules", "limit",      "cursor",    NULL};
static const char *const taken_of_cases[] = {"as-of", "known-at", "rules", "limit", "cursor", NULL};

static enum outcome put_filters(const struct arguments *arguments, struct http *http, struct wire_buffer *target)
{
        target_options(target, arguments, filters);
        return target_where(arguments, taken, target) ? axes_put(arguments, http, target) : OUTCOME_USAGE;
}

/* "4w": the day that many days, weeks, months or years later. */
static bool parse_within(const char *text, int32_t day, int32_t *ret_last)
{
        int32_t count = 0;
        size_t at = 0;
        for (; text[at] >= '0' && text[at] <= '9' && count <= WITHIN_MAX; at++)
                count = count * 10 + (text[at] - '0');
        if (at == 0 || count > WITHIN_MAX || text[at] == '\0' || text[at + 1] != '\0')
                return false;
        switch (text[at]) {
        case 'd':
                *ret_last = civil_add_days(day, count);
                return true;
        case 'w':
                *ret_last = civil_add_days(day, count * INT64_C(7));
                return true;
        case 'm':
                *ret_last = civil_add_months(day, count);
                return true;
        case 'y':
                *ret_last = civil_add_months(day, count * INT64_C(12));
                return true;
        default:
                return false;
        }
}

static void say_nothing(const struct arguments *arguments, const struct list *list, const char *what)
{
        struct wire_buffer text;
        wire_buffer_init(&text);
        put_day(&text, member_text(list->head, "as_of"));
        axes_put_words(&text, arguments, list->head);
        printf("Nothing is %s as of %.*s.\n", what, (int)text.length, text.length > 0 ? text.data : "");
        wire_buffer_fini(&text);
}

/* Above a table: what is not as usual about the question. */
static void put_heading(const struct arguments *arguments, struct list *list)
{
        if (list->format != FORMAT_TABLE || !axes_given(arguments))
                return;
        wire_put_text(&list->out, "As of ");
        put_day(&list->out, member_text(list->head, "as_of"));
        axes_put_words(&list->out, arguments, list->head);
        wire_put_text(&list->out, "\n\n");
}

/* What a list asks: the filters of the call, put together once, and what this list narrows them by. */
struct asking {
        const struct arguments *arguments;
        struct http *http;
        enum format format;
        struct wire_buffer filters; /* "/v1/obligations?rule=..." */
};
typedef enum outcome (*narrow_fn)(const struct asking *asking, struct wire_buffer *target);

static enum outcome fetch_rows(const struct asking *asking, narrow_fn narrow, struct list *list)
{
        struct wire_buffer target;
        wire_buffer_init(&target);
        wire_put(&target, asking->filters.data, asking->filters.length);
        /* What is derived from the whole record is derived for each page anew. */
        list->page = axes_given(asking->arguments) ? DERIVED_PAGE : NULL;
        list->name = "obligations";
        enum outcome outcome = narrow(asking, &target);
        if (outcome == OUTCOME_OK)
                outcome = target_end(&target) ? list_fetch(list, asking->http, target.data) : out_of_memory();
        wire_buffer_fini(&target);
        return outcome;
}

static enum outcome put_unevaluable(const struct asking *asking, struct wire_buffer *target)
{
        (void)asking;
        target_query(target, "state", "unevaluable");
        return OUTCOME_OK;
}

/* Below a list by dates: what has none for want of a fact is in no such list, and may be as late as what is. */
static enum outcome say_unevaluable(const struct asking *asking)
{
        struct list list = {.format = FORMAT_TABLE, .counted_only = true};
        enum outcome outcome = fetch_rows(asking, put_unevaluable, &list);
        if (outcome == OUTCOME_OK && list.count > 0)
                printf("%zu %s cannot be evaluated for want of a fact; the same call with --unevaluable lists %s.\n",
                       list.count, list.count == 1 ? "duty" : "duties", list.count == 1 ? "it" : "them");
        list_fini(&list);
        return outcome;
}

/* Ask, and say aloud when there is nothing. */
static enum outcome show_list(const struct asking *asking, narrow_fn narrow, const char *what)
{
        struct list list = {.columns = open_columns, .keys = obligation_keys, .format = asking->format};
        enum outcome outcome = fetch_rows(asking, narrow, &list);
        if (outcome == OUTCOME_OK && list.count == 0)
                outcome = case_recorded(asking->arguments, asking->http);
        if (outcome == OUTCOME_OK && list.count == 0 && list.format == FORMAT_TABLE) {
                say_nothing(asking->arguments, &list, what);
        } else if (outcome == OUTCOME_OK) {
                put_heading(asking->arguments, &list);
                outcome = list_finish(&list);
        }
        list_fini(&list);
        if (outcome == OUTCOME_OK && asking->format == FORMAT_TABLE && narrow != put_unevaluable)
                outcome = say_unevaluable(asking);
        return outcome;
}

static enum outcome run_list(const struct arguments *arguments, narrow_fn narrow, const char *what)
{
        struct asking asking = {.arguments = arguments};
        bool unevaluable = arguments_has(arguments, "--unevaluable");
        if (!format_read(arguments, &asking.format))
                return OUTCOME_USAGE;
        enum outcome outcome = http_open(arguments, &asking.http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&asking.filters);
        wire_put_text(&asking.filters, "/v1/obligations");
        outcome = put_filters(arguments, asking.http, &asking.filters);
        if (outcome == OUTCOME_OK)
                outcome =
                        show_list(&asking, unevaluable ? put_unevaluable : narrow, unevaluable ? "unevaluable" : what);
        wire_buffer_fini(&asking.filters);
        http_close(asking.http);
        return outcome;
}

static enum outcome put_overdue(const struct asking *asking, struct wire_buffer *target)
{
        (void)asking;
        target_query(target, "state", "overdue");
        return OUTCOME_OK;
}

static enum outcome run_overdue(const struct arguments *arguments)
{
        return run_list(arguments, put_overdue, "overdue");
}

/* The parameters of `due`: from today (or the day asked about) to so many days later. */
static enum outcome put_span(const struct asking *asking, struct wire_buffer *target)
{
        const char *within = arguments_value(asking->arguments, "--within");
        char first[CIVIL_TEXT_SIZE], last[CIVIL_TEXT_SIZE];
        int32_t from = arguments_day(asking->arguments, "--as-of"), until = CIVIL_NONE;
        enum outcome outcome = from == CIVIL_NONE ? ask_today(asking->http, &from) : OUTCOME_OK;
        if (outcome != OUTCOME_OK)
                return outcome;
        (void)parse_within(within != NULL ? within : WITHIN_DEFAULT, from, &until);
        civil_format(civil_add_days(from, -1), first);
        civil_format(civil_add_days(until, 1), last);
        target_query(target, "due-after", first);
        target_query(target, "due-before", last);
        return OUTCOME_OK;
}

static enum outcome run_due(const struct arguments *arguments)
{
        const char *length = arguments_value(arguments, "--within");
        char what[64];
        int32_t last;
        if (length != NULL && !parse_within(length, 0, &last))
                return usage_error(arguments, "--within takes a length such as 4w, 28d, 3m or 1y, not \"%s\"", length);
        snprintf(what, sizeof(what), "due within %.16s", length != NULL ? length : WITHIN_DEFAULT);
        return run_list(arguments, put_span, what);
}

/* ---- cases ---- */

static void put_attributes(const json_t *attributes, struct wire_buffer *cell)
{
        const char *key;
        json_t *value;
        bool first = true;
        json_object_foreach((json_t *)(uintptr_t)attributes, key, value)
        {
                wire_put_text(cell, first ? "" : ", ");
                wire_put_text(cell, key);
                wire_put_text(cell, " ");
                put_member(cell, attributes, key);
                first = false;
        }
}

static enum colour ref_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "case");
        return COLOUR_NONE;
}

static enum colour since_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "since"));
        return COLOUR_NONE;
}

static int64_t open_count(const json_t *row, const char *state)
{
        const json_t *open = json_object_get(row, "open");
        const char *key;
        json_t *value;
        int64_t count = 0;
        json_object_foreach((json_t *)(uintptr_t)open, key, value) if (state == NULL || strcmp(key, state) == 0)
                count += json_integer_value(value);
        return count;
}

static enum colour open_cell(const json_t *row, struct wire_buffer *cell)
{
        wire_put_number(cell, open_count(row, NULL));
        return COLOUR_NONE;
}

static enum colour overdue_cell(const json_t *row, struct wire_buffer *cell)
{
        int64_t count = open_count(row, "overdue");
        wire_put_number(cell, count);
        return count > 0 ? COLOUR_RED : COLOUR_NONE;
}

static enum colour attributes_cell(const json_t *row, struct wire_buffer *cell)
{
        put_attributes(json_object_get(row, "attributes"), cell);
        return COLOUR_NONE;
}

static enum colour item_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "item");
        return COLOUR_NONE;
}

static enum colour kind_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "kind");
        return COLOUR_NONE;
}

static const struct column case_columns[] = {
        {"Case", ref_cell},        {"Since", since_cell},      {"Open", open_cell},
        {"Overdue", overdue_cell}, {"State", attributes_cell}, {NULL, NULL},
};
static const char *const case_keys[] = {"case", "since", "events", "last_seq", "attributes", "open", NULL};

static enum outcome run_cases(const struct arguments *arguments)
{
        struct list list = {.columns = case_columns, .keys = case_keys, .name = "cases"};
        struct wire_buffer target;
        if (!format_read(arguments, &list.format))
                return OUTCOME_USAGE;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/cases");
        outcome = target_where(arguments, taken_of_cases, &target) ? axes_put(arguments, http, &target) : OUTCOME_USAGE;
        if (outcome == OUTCOME_OK)
                outcome = target_end(&target) ? list_fetch(&list, http, target.data) : out_of_memory();
        if (outcome == OUTCOME_OK && list.count == 0 && list.format == FORMAT_TABLE) {
                printf("There are no %scases.\n", arguments_has(arguments, "--where") ? "such " : "");
        } else if (outcome == OUTCOME_OK) {
                put_heading(arguments, &list);
                outcome = list_finish(&list);
        }
        wire_buffer_fini(&target);
        list_fini(&list);
        http_close(http);
        return outcome;
}

/* ---- one case ---- */

static enum colour on_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "on"));
        return COLOUR_NONE;
}

static enum colour event_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *item = member_text(row, "item");
        const json_t *fields = json_object_get(row, "fields");
        if (json_is_integer(json_object_get(row, "retracts"))) {
                wire_put_text(cell, "retracts ");
                put_member(cell, row, "retracts");
        } else {
                put_member(cell, row, "event");
        }
        if (item[0] != '\0') {
                wire_put_text(cell, " ");
                wire_put_text(cell, item);
        }
        if (json_object_size(fields) > 0) {
                wire_put_text(cell, ": ");
                put_attributes(fields, cell);
        }
        if (json_is_string(json_object_get(row, "raw"))) {
                wire_put_text(cell, ": ");
                put_member(cell, row, "raw");
        }
        bool undone = json_is_integer(json_object_get(row, "undone_by"));
        return undone ? COLOUR_DIM : COLOUR_NONE;
}

static enum colour recorded_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "recorded_at"));
        wire_put_text(cell, " by ");
        put_member(cell, row, member_text(row, "user")[0] != '\0' ? "user" : "uid");
        return COLOUR_NONE;
}

/* What else there is to say of a line: forced, undone, and why. */
static enum colour remark_cell(const json_t *row, struct wire_buffer *cell)
{
        static const struct {
                const char *key, *words;
        } remarks[] = {
                {"replaces", "replaces "},
                {"undone_by", "undone by "},
                {"undone_why", ""},
                {"why", ""},
        };
        bool first = true;
        if (json_is_true(json_object_get(row, "forced"))) {
                wire_put_text(cell, "forced");
                first = false;
        }
        for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
                const json_t *value = json_object_get(row, remarks[i].key);
                if (value == NULL || json_is_null(value))
                        continue;
                wire_put_text(cell, first ? "" : "; ");
                wire_put_text(cell, remarks[i].words);
                put_member(cell, row, remarks[i].key);
                first = false;
        }
        return COLOUR_NONE;
}

const struct column event_columns[] = {
        {"No.", cell_seq},           {"On", on_cell},          {"Event", event_cell},
        {"Recorded", recorded_cell}, {"Remarks", remark_cell}, {NULL, NULL},
};

static bool section(const char *heading, const json_t *rows, const struct column *columns, struct wire_buffer *out)
{
        struct table *table = table_new(columns);
        bool good = table != NULL;
        for (size_t i = 0; good && i < json_array_size(rows); i++)
                good = table_add(table, json_array_get(rows, i));
        if (good) {
                wire_put_text(out, "\n");
                wire_put_text(out, heading);
                wire_put_text(out, table_count(table) > 0 ? "\n" : ": nothing\n");
        }
        if (good && table_count(table) > 0)
                table_write(table, output_coloured(), out);
        table_free(table);
        return good;
}

static bool duties_section(const char *heading, const json_t *answer, bool closed, struct wire_buffer *out)
{
        json_t *rows = duties_by_day(json_object_get(answer, "obligations"), closed);
        bool good = rows != NULL && section(heading, rows, closed ? closed_columns : open_columns, out);
        json_decref(rows);
        return good;
}

void put_attribute(struct wire_buffer *out, const json_t *attributes, const char *name)
{
        const char *text = json_string_value(json_object_get(attributes, name));
        if (text != NULL)
                put_day(out, text);
        else
                put_member(out, attributes, name);
}

void put_since(struct wire_buffer *out, const json_t *answer)
{
        bool begun = member_text(answer, "since")[0] != '\0';
        wire_put_text(out, begun ? "since " : "not begun");
        if (begun)
                put_day(out, member_text(answer, "since"));
}

const struct column item_columns[] = {
        {"Item", item_cell}, {"Kind", kind_cell}, {"Since", since_cell}, {"State", attributes_cell}, {NULL, NULL},
};

static bool write_case(const json_t *answer, const struct arguments *arguments, struct wire_buffer *out)
{
        put_clean(out, member_text(answer, "case"));
        wire_put_text(out, ", ");
        put_since(out, answer);
        wire_put_text(out, ", as of ");
        put_day(out, member_text(answer, "as_of"));
        axes_put_words(out, arguments, answer);
        wire_put_text(out, "\n");
        const char *key;
        json_t *value, *attributes = json_object_get(answer, "attributes");
        json_object_foreach(attributes, key, value)
        {
                struct wire_buffer text;
                wire_buffer_init(&text);
                put_attribute(&text, attributes, key);
                wire_put(&text, "", 1);
                wire_put_text(out, "  ");
                put_clean(out, key);
                wire_put_text(out, ": ");
                put_clean(out, text.failed ? "" : text.data);
                wire_put_text(out, "\n");
                wire_buffer_fini(&text);
        }
        const json_t *acks = json_object_get(answer, "acks"), *items = json_object_get(answer, "items");
        return (json_array_size(items) == 0 || section("Items", items, item_columns, out)) &&
               duties_section("Owed", answer, false, out) && duties_section("Closed", answer, true, out) &&
               section("Record", json_object_get(answer, "record"), event_columns, out) &&
               (json_array_size(acks) == 0 || section("Acknowledged", acks, ack_columns, out));
}

static enum outcome write_one(const json_t *answer, const struct arguments *arguments, enum format format)
{
        struct wire_buffer out;
        const json_t *rows = json_object_get(answer, "obligations");
        bool good = true;
        wire_buffer_init(&out);
        if (format == FORMAT_JSON) {
                good = json_write(answer, &out);
                wire_put_text(&out, "\n");
        } else if (format == FORMAT_CSV) {
                csv_write(obligation_keys, NULL, &out);
                for (size_t i = 0; i < json_array_size(rows); i++)
                        csv_write(obligation_keys, json_array_get(rows, i), &out);
        } else if (page_asked(arguments)) {
                html_case(arguments, answer, &out);
        } else {
                good = write_case(answer, arguments, &out);
        }
        return output_end(&out, good);
}

static enum outcome run_show(const struct arguments *arguments)
{
        enum format format;
        struct wire_buffer target;
        json_t *answer = NULL;
        if (!format_read(arguments, &format))
                return OUTCOME_USAGE;
        if (!arguments_case(arguments, 0))
                return OUTCOME_USAGE;
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/cases/");
        target_segment(&target, arguments->words[0]);
        enum outcome outcome = axes_fetch(arguments, &target, &answer);
        if (outcome == OUTCOME_OK && !json_is_array(json_object_get(answer, "obligations")))
                outcome = http_not_understood();
        if (outcome == OUTCOME_OK && page_asked(arguments))
                outcome = html_case_pauses(arguments, answer);
        if (outcome == OUTCOME_OK)
                outcome = write_one(answer, arguments, format);
        json_decref(answer);
        wire_buffer_fini(&target);
        return outcome;
}

#define WHERE_OPTION                                                                                                   \
        {                                                                                                              \
                "--where", "NAME=VALUE[,...]", "only where an attribute holds one of the values; may be repeated"      \
        }
#define FILTER_OPTIONS                                                                                                 \
        {"--rule", "ID[,ID...]", "only these rules"}, {"--case", "CASE", "only this case"},                            \
                {"--agency", "NAME", "only cases that this agency has a part in"}, WHERE_OPTION,                       \
        {                                                                                                              \
                "--unevaluable", NULL, "instead, what cannot be evaluated, with the fact that is missing"              \
        }

const struct command list_commands[] = {
        {"overdue",
         "",
         "what is overdue, the longest first",
         0,
         0,
         run_overdue,
         {FILTER_OPTIONS, AXES_OPTIONS, FORMAT_OPTIONS, SOCKET_OPTION}},
        {"due",
         "",
         "what falls due, the soonest first",
         0,
         0,
         run_due,
         {{"--within", "LENGTH", "how far to look: 28d, 4w (default), 3m, 1y"},
          FILTER_OPTIONS,
          AXES_OPTIONS,
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {"show",
         "CASE",
         "one case: what is owed, what was, and its record",
         1,
         1,
         run_show,
         {AXES_OPTIONS, FORMAT_OPTIONS, HTML_OPTIONS, SOCKET_OPTION}},
        {"cases",
         "",
         "all cases, or those whose attributes fit",
         0,
         0,
         run_cases,
         {WHERE_OPTION, AXES_OPTIONS, FORMAT_OPTIONS, SOCKET_OPTION}},
        {0},
};
