/*
 * comparison - what a change of rules does, for people and for programs
 * (comparison.h).
 *
 * The first line tells what was edited, the last one begins with "digest" and
 * has the counts; every other one is an obligation.
 */
#include "comparison.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "output.h"

#define TABLE_ROWS 200 /* rows that are aligned with each other */

struct comparison {
        enum format format;
        struct wire_buffer pending; /* bytes of a line that is not whole yet */
        struct wire_buffer out;
        struct table *table;
        uint64_t rows;
        bool begun, ended, failed;
        char digest[65];
        bool same;
};

/* ---- cells ---- */

static enum colour case_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "case");
        if (member_text(row, "item")[0] != '\0') {
                wire_put_text(cell, " ");
                put_member(cell, row, "item");
        }
        return COLOUR_NONE;
}

static enum colour rule_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "rule");
        return COLOUR_NONE;
}

static enum colour changes_cell(const json_t *row, struct wire_buffer *cell)
{
        const json_t *changes = json_object_get(row, "changes");
        bool late = false;

        for (size_t i = 0; i < json_array_size(changes); i++) {
                const char *word = json_string_value(json_array_get(changes, i));

                wire_put_text(cell, i == 0 ? "" : ", ");
                put_clean(cell, word == NULL ? "" : word);
                late = late || (word != NULL && strcmp(word, "overdue") == 0);
        }
        return late ? COLOUR_RED : COLOUR_NONE;
}

static enum colour side_cell(const json_t *side, struct wire_buffer *cell)
{
        if (!json_is_object(side)) {
                wire_put_text(cell, "-");
                return COLOUR_DIM;
        }
        if (member_text(side, "due")[0] != '\0') {
                put_day(cell, member_text(side, "due"));
                wire_put_text(cell, " ");
        }
        wire_put_text(cell, "(");
        put_member(cell, side, "state");
        wire_put_text(cell, ")");
        return COLOUR_NONE;
}

static enum colour before_cell(const json_t *row, struct wire_buffer *cell)
{
        return side_cell(json_object_get(row, "before"), cell);
}

static enum colour after_cell(const json_t *row, struct wire_buffer *cell)
{
        return side_cell(json_object_get(row, "after"), cell);
}

static void put_or(struct wire_buffer *cell, const char *text, const char *otherwise)
{
        put_clean(cell, text[0] == '\0' ? otherwise : text);
}

static bool has_change(const json_t *row, const char *word)
{
        const json_t *changes = json_object_get(row, "changes");

        for (size_t i = 0; i < json_array_size(changes); i++) {
                const char *one = json_string_value(json_array_get(changes, i));

                if (one != NULL && strcmp(one, word) == 0)
                        return true;
        }
        return false;
}

static void put_detail(const json_t *row, struct wire_buffer *cell)
{
        const json_t *stages = json_object_get(row, "stages");

        if (has_change(row, "plan-by")) {
                wire_put_text(cell, "plan by ");
                put_day(cell, member_text(json_object_get(row, "before"), "plan_by"));
                wire_put_text(cell, " -> ");
                put_day(cell, member_text(json_object_get(row, "after"), "plan_by"));
        }
        for (size_t i = 0; i < json_array_size(stages); i++) {
                const json_t *stage = json_array_get(stages, i);

                wire_put_text(cell, cell->length > 0 ? "; " : "");
                put_member(cell, stage, "at");
                wire_put_text(cell, ": ");
                put_or(cell, member_text(stage, "before"), "nobody");
                if (strcmp(member_text(stage, "before"), member_text(stage, "after")) == 0) {
                        wire_put_text(cell, " at other mailboxes");
                        continue;
                }
                wire_put_text(cell, " -> ");
                put_or(cell, member_text(stage, "after"), "nobody");
        }
}

static enum colour detail_cell(const json_t *row, struct wire_buffer *cell)
{
        struct wire_buffer text;

        wire_buffer_init(&text);
        put_detail(row, &text);
        if (text.length > 0)
                wire_put(cell, text.data, text.length);
        wire_buffer_fini(&text);
        return COLOUR_NONE;
}

static const struct column columns[] = {
        {"Case", case_cell},
        {"Rule", rule_cell},
        {"What differs", changes_cell},
        {"Before", before_cell},
        {"After", after_cell},
        {"And", detail_cell},
        {NULL, NULL},
};

/* ---- what was edited ---- */

static void put_edit(struct wire_buffer *out, const json_t *edit)
{
        const char *what = member_text(edit, "what"), *setting = member_text(edit, "setting");
        const char *before = member_text(edit, "before"), *after = member_text(edit, "after");

        wire_put_text(out, "  ");
        put_clean(out, what);
        wire_put_text(out, "  ");
        if (strncmp(what, "word-", 5) == 0) {
                put_clean(out, setting);
                wire_put_text(out, " ");
        }
        if (member_text(edit, "day")[0] != '\0') {
                put_day(out, member_text(edit, "day"));
                wire_put_text(out, " ");
        }
        put_clean(out, member_text(edit, "name"));
        if (before[0] != '\0' || after[0] != '\0') {
                wire_put_text(out, "  ");
                if (strcmp(what, "rule-changed") == 0 || strcmp(what, "calendar-changed") == 0) {
                        put_clean(out, setting);
                        wire_put_text(out, ": ");
                }
                put_or(out, before, "(none)");
                wire_put_text(out, " -> ");
                put_or(out, after, "(none)");
        }
        wire_put_text(out, "\n");
}

static void put_readdressed(struct wire_buffer *out, const json_t *one)
{
        wire_put_text(out, "  mailboxes  ");
        put_member(out, one, "what");
        wire_put_text(out, " ");
        put_member(out, one, "name");
        wire_put_text(out, "  ");
        put_or(out, member_text(one, "before"), "nobody");
        wire_put_text(out, " -> ");
        put_or(out, member_text(one, "after"), "nobody");
        wire_put_text(out, " from ");
        put_day(out, member_text(one, "from"));
        wire_put_text(out, "\n");
}

static void put_head(struct wire_buffer *out, const json_t *head)
{
        const json_t *edits = json_object_get(head, "amendments");
        const json_t *readdressed = json_object_get(head, "readdressed");

        if (json_array_size(json_object_get(head, "problems")) > 0)
                http_say_refusal(head, NULL, NULL);
        wire_put_text(out, "As of ");
        put_day(out, member_text(head, "as_of"));
        wire_put_text(out, json_array_size(edits) + json_array_size(readdressed) > 0
                                   ? ". What was edited:\n"
                                   : ". Rules, calendar and mailboxes say the same.\n");
        for (size_t i = 0; i < json_array_size(edits); i++)
                put_edit(out, json_array_get(edits, i));
        for (size_t i = 0; i < json_array_size(readdressed); i++)
                put_readdressed(out, json_array_get(readdressed, i));
        wire_put_text(out, "\n");
}

/* ---- counts ---- */

static void put_count(struct wire_buffer *out, const json_t *counts, const char *key)
{
        wire_put_number(out, json_integer_value(json_object_get(counts, key)));
}

static const char *const change_keys[] = {"due",     "appears", "vanishes",   "overdue", "no-longer-overdue",
                                          "plan-by", "state",   "recipients", "history"};
#define CHANGE_KEY_COUNT (sizeof change_keys / sizeof change_keys[0])

static void put_changes(struct wire_buffer *out, const json_t *counts)
{
        bool first = true;

        for (size_t i = 0; i < CHANGE_KEY_COUNT; i++) {
                if (json_integer_value(json_object_get(counts, change_keys[i])) == 0)
                        continue;
                wire_put_text(out, first ? "" : ", ");
                wire_put_text(out, change_keys[i]);
                wire_put_text(out, " ");
                put_count(out, counts, change_keys[i]);
                first = false;
        }
        wire_put_text(out, first ? "nothing differs" : "");
}

static enum colour changes_of_rule_cell(const json_t *row, struct wire_buffer *cell)
{
        put_changes(cell, row);
        return COLOUR_NONE;
}

static enum colour title_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "title");
        return COLOUR_NONE;
}

static const struct column rule_columns[] = {
        {"Rule", rule_cell},
        {"How many of what", changes_of_rule_cell},
        {"Title", title_cell},
        {NULL, NULL},
};

bool comparison_put_counts(const json_t *tally, struct wire_buffer *out)
{
        const json_t *counts = json_object_get(tally, "counts"), *rules = json_object_get(tally, "rules");
        struct table *table = table_new(rule_columns);
        bool good = table != NULL;

        for (size_t i = 0; good && i < json_array_size(rules); i++)
                good = table_add(table, json_array_get(rules, i));
        if (good && table_count(table) > 0) {
                table_write(table, output_coloured(), out);
                wire_put_text(out, "\n");
        }
        table_free(table);
        put_count(out, counts, "cases_changed");
        wire_put_text(out, " of ");
        put_count(out, counts, "cases");
        wire_put_text(out, json_integer_value(json_object_get(counts, "cases")) == 1 ? " case differs: "
                                                                                     : " cases differ: ");
        put_changes(out, counts);
        wire_put_text(out, ".\nOpen duties ");
        put_count(out, counts, "open_before");
        wire_put_text(out, " before, ");
        put_count(out, counts, "open_after");
        wire_put_text(out, " after; overdue ");
        put_count(out, counts, "overdue_before");
        wire_put_text(out, " before, ");
        put_count(out, counts, "overdue_after");
        wire_put_text(out, " after.\n");
        if (json_integer_value(json_object_get(counts, "unreadable")) > 0) {
                put_count(out, counts, "unreadable");
                wire_put_text(out, json_integer_value(json_object_get(counts, "unreadable")) == 1
                                           ? " recorded line has words that the new rules do not know; it counts"
                                           : " recorded lines have words that the new rules do not know; they count");
                wire_put_text(out, " for nothing.\n");
        }
        return good;
}

/* ---- lines ---- */

static bool flush_table(struct comparison *comparison)
{
        if (comparison->table != NULL && table_count(comparison->table) > 0)
                table_write(comparison->table, output_coloured(), &comparison->out);
        table_free(comparison->table);
        comparison->table = table_new(columns);
        return comparison->table != NULL && output_drain(&comparison->out, true);
}

static const char *const csv_keys[] = {"case",          "rule",       "item",        "title",     "changes",
                                       "before_state",  "before_due", "after_state", "after_due", "before_plan_by",
                                       "after_plan_by", "detail",     NULL};

static void copy_member(json_t *to, const char *to_key, const json_t *from, const char *key)
{
        json_t *value = json_object_get(from, key);

        json_object_set(to, to_key, value != NULL ? value : json_null());
}

/* The nested row as one level, for a spreadsheet. */
static bool write_csv(struct comparison *comparison, const json_t *row)
{
        static const char *const keys[] = {"state", "due", "plan_by"};
        json_t *flat = json_object();
        struct wire_buffer detail;

        for (size_t i = 0; i < 5; i++)
                copy_member(flat, csv_keys[i], row, csv_keys[i]);
        for (size_t i = 0; i < 3; i++) {
                char key[24];

                snprintf(key, sizeof key, "before_%s", keys[i]);
                copy_member(flat, key, json_object_get(row, "before"), keys[i]);
                snprintf(key, sizeof key, "after_%s", keys[i]);
                copy_member(flat, key, json_object_get(row, "after"), keys[i]);
        }
        wire_buffer_init(&detail);
        put_detail(row, &detail);
        json_object_set_new(flat, "detail", json_stringn(detail.length > 0 ? detail.data : "", detail.length));
        wire_buffer_fini(&detail);
        csv_write(csv_keys, flat, &comparison->out);
        json_decref(flat);
        return !comparison->out.failed;
}

/* One object in the place of many lines: the first is left open, the last goes on in it. */
static bool write_json(struct comparison *comparison, const json_t *line, bool first, bool last)
{
        struct wire_buffer text;
        bool good;

        wire_buffer_init(&text);
        good = json_write(line, &text) && !text.failed && text.length > 1;
        if (good && first) {
                wire_put(&comparison->out, text.data, text.length - 1);
                wire_put_text(&comparison->out, ", \"differences\": [");
        } else if (good && last) {
                wire_put_text(&comparison->out, "], ");
                wire_put(&comparison->out, text.data + 1, text.length - 1);
                wire_put_text(&comparison->out, "\n");
        } else if (good) {
                wire_put_text(&comparison->out, comparison->rows > 0 ? ", " : "");
                wire_put(&comparison->out, text.data, text.length);
        }
        wire_buffer_fini(&text);
        return good;
}

static void put_tail(struct comparison *comparison, const json_t *tail)
{
        int64_t left_out = json_integer_value(json_object_get(tail, "left_out"));
        struct wire_buffer *out = &comparison->out;

        if (left_out > 0) {
                wire_put_text(out, "and ");
                wire_put_number(out, left_out);
                wire_put_text(out, " more; --all shows them, --limit N so many.\n");
        }
        wire_put_text(out, comparison->rows > 0 ? "\n" : "");
        comparison->failed = !comparison_put_counts(tail, out) || comparison->failed;
        wire_put_text(out, "Digest ");
        put_clean(out, comparison->digest);
        wire_put_text(out, comparison->same ? " (in force)\n" : "\n");
}

static bool take_head(struct comparison *comparison, const json_t *head)
{
        comparison->begun = true;
        if (comparison->format == FORMAT_JSON)
                return write_json(comparison, head, true, false);
        if (comparison->format == FORMAT_CSV)
                csv_write(csv_keys, NULL, &comparison->out);
        else
                put_head(&comparison->out, head);
        return true;
}

static bool take_tail(struct comparison *comparison, const json_t *tail)
{
        bool good = true;

        comparison->ended = true;
        snprintf(comparison->digest, sizeof comparison->digest, "%s", member_text(tail, "digest"));
        comparison->same = json_is_true(json_object_get(tail, "in_force"));
        if (comparison->format == FORMAT_JSON)
                return write_json(comparison, tail, false, true);
        if (comparison->format == FORMAT_CSV)
                return true;
        good = flush_table(comparison);
        put_tail(comparison, tail);
        return good;
}

static bool take_row(struct comparison *comparison, const json_t *row)
{
        bool good = false;

        switch (comparison->format) {
        case FORMAT_JSON:
                good = write_json(comparison, row, false, false);
                break;
        case FORMAT_CSV:
                good = write_csv(comparison, row);
                break;
        case FORMAT_TABLE:
                good = (comparison->table != NULL && table_count(comparison->table) < TABLE_ROWS) ||
                       flush_table(comparison);
                good = good && table_add(comparison->table, row);
                break;
        }
        comparison->rows++;
        return good;
}

static bool take_line(struct comparison *comparison, const char *text, size_t length)
{
        json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
        bool good = line != NULL;

        if (!good)
                complain("the answer is not understood");
        else if (!comparison->begun)
                good = take_head(comparison, line);
        else if (json_object_get(line, "digest") != NULL)
                good = take_tail(comparison, line);
        else
                good = take_row(comparison, line);
        json_decref(line);
        return good && !comparison->out.failed && output_drain(&comparison->out, false);
}

bool comparison_take(void *context, const char *bytes, size_t length)
{
        struct comparison *comparison = context;
        struct wire_buffer *pending = &comparison->pending;
        size_t done = 0;

        wire_put(pending, bytes, length);
        while (!comparison->failed && !pending->failed) {
                const char *end =
                        pending->length > done ? memchr(pending->data + done, '\n', pending->length - done) : NULL;

                if (end == NULL)
                        break;
                size_t size = (size_t)(end - (pending->data + done));
                if (size > 0)
                        comparison->failed = !take_line(comparison, pending->data + done, size);
                done += size + 1;
        }
        if (done > 0 && done <= pending->length)
                memmove(pending->data, pending->data + done, pending->length - done);
        pending->length -= done;
        if (pending->failed || comparison->out.failed)
                (void)out_of_memory();
        return !comparison->failed && !pending->failed;
}

enum outcome comparison_end(struct comparison *comparison)
{
        if (comparison->failed || comparison->out.failed || !output_drain(&comparison->out, true))
                return OUTCOME_REFUSED;
        if (comparison->ended)
                return OUTCOME_OK;
        complain("the daemon's answer broke off");
        return OUTCOME_UNREACHABLE;
}

struct comparison *comparison_new(enum format format)
{
        struct comparison *comparison = calloc(1, sizeof *comparison);

        if (comparison == NULL)
                return NULL;
        comparison->format = format;
        wire_buffer_init(&comparison->pending);
        wire_buffer_init(&comparison->out);
        return comparison;
}

void comparison_free(struct comparison *comparison)
{
        if (comparison == NULL)
                return;
        table_free(comparison->table);
        wire_buffer_fini(&comparison->pending);
        wire_buffer_fini(&comparison->out);
        free(comparison);
}

const char *comparison_digest(const struct comparison *comparison)
{
        return comparison->digest;
}

bool comparison_same(const struct comparison *comparison)
{
        return comparison->same;
}
