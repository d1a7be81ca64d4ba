/*
 * certificate - that every case has one answer to every rule, and how many of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "rows.h"
#include "scratch.h"

#define ANSWERS_MAX 16  /* kinds of answer in one certificate; there are 13 */
#define TABLE_ROWS 1000 /* answers that are aligned with each other */
#define READ_SIZE ((size_t)64 << 10)

/* A certificate on its way: answers are written as they come, in a table after the totals. */
struct writing {
        enum format format;
        const char *asked; /* for which answers; NULL: those that lack a fact */
        struct rows rows;
        uint64_t count;
        struct wire_buffer out;
        struct wire_buffer head; /* what was written before the first answer, as JSON */
        struct scratch listed;
};

/* ---- answers that are listed ---- */

static enum colour put_cell(const json_t *row, struct wire_buffer *cell, const char *key)
{
        put_member(cell, row, key);
        return COLOUR_NONE;
}

static enum colour case_cell(const json_t *row, struct wire_buffer *cell)
{
        return put_cell(row, cell, "case");
}

static enum colour rule_cell(const json_t *row, struct wire_buffer *cell)
{
        return put_cell(row, cell, "rule");
}

static enum colour item_cell(const json_t *row, struct wire_buffer *cell)
{
        return put_cell(row, cell, "item");
}

static enum colour answer_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *answer = member_text(row, "answer");
        bool late = strcmp(answer, "overdue") == 0 || strcmp(answer, "missed") == 0 || strcmp(answer, "met-late") == 0;
        put_member(cell, row, "answer");
        return late ? COLOUR_RED : strcmp(answer, "unevaluable") == 0 ? COLOUR_YELLOW : COLOUR_NONE;
}

/* The fact that is missing, or why nothing is owed. */
static enum colour why_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *missing = member_text(row, "missing"), *attribute = member_text(row, "attribute");
        if (missing[0] != '\0') {
                wire_put_text(cell, "no ");
                put_clean(cell, missing);
                return COLOUR_NONE;
        }
        put_member(cell, row, "why");
        wire_put_text(cell, attribute[0] != '\0' ? ": " : "");
        put_clean(cell, attribute);
        return COLOUR_NONE;
}

static enum colour due_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "due"));
        return COLOUR_NONE;
}

static const struct column answer_columns[] = {
        {"Case", case_cell}, {"Rule", rule_cell}, {"Item", item_cell}, {"Answer", answer_cell},
        {"Due", due_cell},   {"Why", why_cell},   {NULL, NULL}};
static const char *const answer_keys[] = {"case",      "rule",    "item",    "answer", "why",
                                          "attribute", "missing", "started", "due",    NULL};

/* ---- the totals ---- */

/* Which answers have a column: those that somebody has. */
struct columns {
        const char *words[ANSWERS_MAX];
        int widths[ANSWERS_MAX];
        size_t count;
        int first; /* width of the rules */
};

static int64_t count_of(const json_t *row, const char *answer)
{
        return json_integer_value(json_object_get(json_object_get(row, "answers"), answer));
}

static int digits(int64_t number)
{
        char text[24];
        return snprintf(text, sizeof(text), "%lld", (long long)number);
}

static struct columns choose_columns(const json_t *certificate)
{
        struct columns columns = {.first = (int)strlen("Total")};
        const json_t *totals = json_object_get(certificate, "totals"), *row;
        json_t *answers = json_object_get(totals, "answers"), *value;
        const char *word;
        size_t index;
        json_object_foreach(answers, word, value)
        {
                if (json_integer_value(value) == 0 || columns.count == ANSWERS_MAX)
                        continue;
                int width = (int)strlen(word), needed = digits(json_integer_value(value));
                columns.widths[columns.count] = width > needed ? width : needed;
                columns.words[columns.count++] = word;
        }
        json_array_foreach(json_object_get(certificate, "rules"), index, row)
        {
                int width = (int)strlen(member_text(row, "rule"));
                if (width > columns.first)
                        columns.first = width;
        }
        return columns;
}

static void put_padded(struct wire_buffer *out, const char *text, int width)
{
        char cell[128];
        snprintf(cell, sizeof(cell), width < 0 ? "%-*s" : "%*s", width < 0 ? -width : width, text);
        wire_put_text(out, cell);
}

static void put_counted(struct wire_buffer *out, int64_t count, int width)
{
        char text[24];
        snprintf(text, sizeof(text), "%lld", (long long)count);
        wire_put_text(out, "  ");
        put_padded(out, count == 0 ? "-" : text, width);
}

static void put_total_row(struct wire_buffer *out, const struct columns *columns, const json_t *row, const char *name)
{
        char clean[128];
        wire_clean(name, strlen(name), clean, sizeof(clean));
        put_padded(out, clean, -columns->first);
        for (size_t i = 0; i < columns->count; i++)
                put_counted(out, count_of(row, columns->words[i]), columns->widths[i]);
        put_counted(out, json_integer_value(json_object_get(row, "total")), 9);
        wire_put_text(out, "\n");
}

static void put_totals(struct wire_buffer *out, const json_t *certificate)
{
        struct columns columns = choose_columns(certificate);
        const json_t *row;
        size_t index;
        put_padded(out, "Rule", -columns.first);
        for (size_t i = 0; i < columns.count; i++) {
                wire_put_text(out, "  ");
                put_padded(out, columns.words[i], columns.widths[i]);
        }
        wire_put_text(out, "      Total\n");
        json_array_foreach(json_object_get(certificate, "rules"), index, row)
                put_total_row(out, &columns, row, member_text(row, "rule"));
        put_total_row(out, &columns, json_object_get(certificate, "totals"), "Total");
}

static void put_headline(struct wire_buffer *out, const struct arguments *arguments, const json_t *certificate)
{
        const json_t *totals = json_object_get(certificate, "totals");
        char text[200];
        long long numbers[5];
        static const char *const keys[] = {"cases", "rules", "cases_times_rules", "more_items", "total"};
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                numbers[i] = json_integer_value(json_object_get(totals, keys[i]));
        wire_put_text(out, "As of ");
        put_day(out, member_text(certificate, "as_of"));
        axes_put_words(out, arguments, certificate);
        snprintf(text, sizeof(text), ": %lld case%s x %lld rule%s = %lld answers, and %lld for further items: %lld\n\n",
                 numbers[0], numbers[0] == 1 ? "" : "s", numbers[1], numbers[1] == 1 ? "" : "s", numbers[2], numbers[3],
                 numbers[4]);
        wire_put_text(out, text);
}

static void put_remarks(struct wire_buffer *out, const json_t *certificate)
{
        static const struct {
                const char *key, *words;
        } remarks[] = {
                {"not_begun", " recorded cases have nothing that stands by that day and are not among them.\n"},
                {"unknown_lines", " recorded events have words that the rules do not know, and count for nothing.\n"}};
        const json_t *totals = json_object_get(certificate, "totals");
        for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
                json_int_t count = json_integer_value(json_object_get(totals, remarks[i].key));
                if (count == 0)
                        continue;
                wire_put_number(out, count);
                wire_put_text(out, remarks[i].words);
        }
        if (json_is_true(json_object_get(certificate, "reconciles")))
                wire_put_text(out, "Every sum comes out.\n");
}

static bool put_none(struct wire_buffer *out, const char *asked)
{
        wire_put_text(out, "\nNo answer is ");
        put_clean(out, asked);
        wire_put_text(out, ".\n");
        return !out->failed;
}

static json_t *next_row(struct scratch_reader *reader)
{
        size_t length = 0;
        const char *at = scratch_peek(reader, sizeof(length));
        if (at != NULL)
                memcpy(&length, at, sizeof(length));
        at = at != NULL ? scratch_peek(reader, sizeof(length) + length) : NULL;
        json_t *row = at != NULL ? json_loadb(at + sizeof(length), length, 0, NULL) : NULL;
        scratch_skip(reader, at != NULL ? sizeof(length) + length : 0);
        return row;
}

/* The rows that are put away, so many in a table: their columns fit each other. */
static bool put_rows(struct wire_buffer *out, struct scratch_reader *reader)
{
        struct table *table = table_new(answer_columns);
        bool good = table != NULL;
        while (good && table_count(table) < TABLE_ROWS && scratch_peek(reader, 1) != NULL) {
                json_t *row = next_row(reader);
                good = row != NULL && table_add(table, row);
                json_decref(row);
        }
        if (good && table_count(table) > 0) {
                wire_put_text(out, "\n");
                table_write(table, output_coloured(), out);
        }
        table_free(table);
        return good;
}

static bool put_listed(struct wire_buffer *out, const struct scratch *listed, const char *asked)
{
        struct scratch_reader reader;
        bool good = scratch_size(listed) > 0 || put_none(out, asked);
        scratch_read(&reader, listed, 0, scratch_size(listed), READ_SIZE);
        while (good && scratch_peek(&reader, 1) != NULL)
                good = put_rows(out, &reader) && output_drain(out, false);
        good = good && reader.error == 0;
        scratch_read_end(&reader);
        wire_put_text(out, "\n");
        return good;
}

/* ---- CSV ---- */

/* Rules and their counts: every answer has a column here, so that two certificates have the same ones. */
static void put_csv_totals(struct wire_buffer *out, const json_t *certificate)
{
        const char *keys[ANSWERS_MAX + 3] = {"rule"};
        json_t *answers = json_object_get(json_object_get(certificate, "totals"), "answers"), *value, *row;
        const char *word;
        size_t count = 1, index;
        json_object_foreach(answers, word, value) if (count < ANSWERS_MAX) keys[count++] = word;
        keys[count] = "total";
        csv_write(keys, NULL, out);
        json_array_foreach(json_object_get(certificate, "rules"), index, row)
        {
                json_t *flat = json_copy(json_object_get(row, "answers"));
                if (flat == NULL || json_object_set(flat, "rule", json_object_get(row, "rule")) != 0 ||
                    json_object_set(flat, "total", json_object_get(row, "total")) != 0)
                        out->failed = true;
                else
                        csv_write(keys, flat, out);
                json_decref(flat);
        }
}

/* ---- as it comes ---- */

/* What comes before the rows, as JSON: the answer with an empty list, without the end of both. */
static bool begin_json(struct writing *writing)
{
        json_t *head = rows_answer(&writing->rows);
        bool good = head != NULL && json_write(head, &writing->head) && writing->head.length > 2;
        json_decref(head);
        if (good) {
                writing->head.length -= 2;
                wire_put(&writing->out, writing->head.data, writing->head.length);
        }
        return good;
}

static bool put_away(struct writing *writing, const json_t *row)
{
        struct wire_buffer text;
        wire_buffer_init(&text);
        bool good = json_write(row, &text);
        if (good && !(scratch_put(&writing->listed, &text.length, sizeof(text.length)) &&
                      scratch_put(&writing->listed, text.data, text.length))) {
                (void)scratch_failed();
                good = false;
        }
        wire_buffer_fini(&text);
        return good;
}

static bool take_row(void *context, const json_t *row)
{
        struct writing *writing = context;
        bool good = true;
        switch (writing->format) {
        case FORMAT_JSON:
                good = writing->count > 0 || begin_json(writing);
                wire_put_text(&writing->out, writing->count > 0 ? "," : "");
                good = good && json_write(row, &writing->out);
                break;
        case FORMAT_CSV:
                if (writing->asked != NULL && writing->count == 0)
                        csv_write(answer_keys, NULL, &writing->out);
                if (writing->asked != NULL)
                        csv_write(answer_keys, row, &writing->out);
                break;
        case FORMAT_TABLE:
                good = put_away(writing, row);
                break;
        }
        writing->count++;
        return good && !writing->out.failed && output_drain(&writing->out, false);
}

/* What comes after the rows, as JSON: the answer with an empty list, from the end of that on. */
static bool end_json(struct writing *writing, const json_t *certificate)
{
        struct wire_buffer whole;
        wire_buffer_init(&whole);
        bool good = json_write(certificate, &whole) && whole.length >= writing->head.length;
        if (good)
                wire_put(&writing->out, whole.data + writing->head.length, whole.length - writing->head.length);
        wire_put_text(&writing->out, "\n");
        wire_buffer_fini(&whole);
        return good;
}

static bool end_csv(struct writing *writing, const json_t *certificate)
{
        if (writing->asked == NULL)
                put_csv_totals(&writing->out, certificate);
        else if (writing->count == 0)
                csv_write(answer_keys, NULL, &writing->out);
        return !writing->out.failed;
}

static bool end_table(struct writing *writing, const struct arguments *arguments, const json_t *certificate)
{
        put_headline(&writing->out, arguments, certificate);
        put_totals(&writing->out, certificate);
        bool good =
                put_listed(&writing->out, &writing->listed, writing->asked != NULL ? writing->asked : "unevaluable");
        put_remarks(&writing->out, certificate);
        return good;
}

static enum outcome end_certificate(struct writing *writing, const struct arguments *arguments)
{
        json_t *certificate = rows_answer(&writing->rows);
        bool good = true;
        enum outcome outcome = http_needs(OUTCOME_OK, (struct http_need){"totals", JSON_OBJECT}, &certificate);
        if (outcome != OUTCOME_OK)
                return outcome;
        switch (writing->format) {
        case FORMAT_JSON:
                good = end_json(writing, certificate);
                break;
        case FORMAT_CSV:
                good = end_csv(writing, certificate);
                break;
        case FORMAT_TABLE:
                good = end_table(writing, arguments, certificate);
                break;
        }
        outcome = output_end(&writing->out, good);
        wire_buffer_init(&writing->out);
        if (outcome == OUTCOME_OK && !json_is_true(json_object_get(certificate, "reconciles"))) {
                complain("%s", member_text(certificate, "problem"));
                outcome = OUTCOME_REFUSED;
        }
        json_decref(certificate);
        return outcome;
}

/* ---- the command ---- */

static void put_question(const struct arguments *arguments, struct wire_buffer *target)
{
        static const struct option_parameter parameters[] = {{"--answers", "answer"}, {NULL, NULL}};
        wire_put_text(target, "/v1/reports/certificate");
        target_options(target, arguments, parameters);
}

static enum outcome run_certificate(const struct arguments *arguments)
{
        struct writing writing = {.asked = arguments_value(arguments, "--answers")};
        struct wire_buffer target;
        if (!format_read(arguments, &writing.format))
                return OUTCOME_USAGE;
        wire_buffer_init(&target);
        wire_buffer_init(&writing.out);
        wire_buffer_init(&writing.head);
        scratch_init(&writing.listed, SCRATCH_PIECE);
        rows_init(&writing.rows, "answers", take_row, &writing);
        put_question(arguments, &target);
        enum outcome outcome = axes_pour(arguments, &target, rows_take, &writing.rows);
        if (outcome == OUTCOME_OK)
                outcome = end_certificate(&writing, arguments);
        rows_fini(&writing.rows);
        scratch_fini(&writing.listed);
        wire_buffer_fini(&writing.head);
        wire_buffer_fini(&writing.out);
        wire_buffer_fini(&target);
        return outcome;
}

const struct command certificate_commands[] = {
        {"certificate",
         "",
         "one answer for each case and rule, and whether the totals reconcile",
         0,
         0,
         run_certificate,
         {{"--answers", "LIST", "which answers to list: states, not-applicable, all, none; unevaluable if not given"},
          AXES_OPTIONS,
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {0},
};
