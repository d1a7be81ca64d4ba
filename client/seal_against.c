/*
 * seal_against - a sealed report and the figures now: what differs, and the later
 * records behind each difference (seal.h).
 *
 * Both are of the same rules, so that their tables have the same rows and columns.
 * Each cell that differs must do so by as much as its cases moved; one that does not
 * is told of. Cases that were erased since can only lack: a cell with too few is said
 * to be theirs.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "seal.h"

/* ---- what differs ---- */

/* A comparison in hand. */
struct comparing {
        const json_t *now; /* with its changes, a case each */
        json_t *differences;
        size_t unexplained, lacking; /* lacking: fewer than explained, and cases were erased */
        bool failed;
};

/* One place in a table of a year, and what stands there; row and column NULL: counted, and in no cell. */
struct place {
        const char *table, *row, *column, *year;
        json_t *then, *now;
        bool measure; /* says something of its row: no case adds to it */
};

static bool is_total(const char *band)
{
        return band != NULL && strcmp(band, "total") == 0;
}

static bool same(const char *wanted, const json_t *cell, const char *key)
{
        const json_t *there = json_object_get(cell, key);

        if (wanted == NULL || json_is_null(there))
                return wanted == NULL && json_is_null(there);
        return strcmp(wanted, member_text(cell, key)) == 0;
}

/* Whether a cell that a case moved in or out of is a place, or adds to it. What is in no cell may be in any sum. */
static bool belongs(const struct place *place, const json_t *cell)
{
        bool nowhere = json_is_null(json_object_get(cell, "row")),
             sum = is_total(place->row) || is_total(place->column);

        if (!same(place->table, cell, "table") || !same(place->year, cell, "year"))
                return false;
        if (nowhere && sum)
                return true;
        return (is_total(place->row) ? !nowhere : same(place->row, cell, "row")) &&
               (is_total(place->column) ? !nowhere : same(place->column, cell, "column"));
}

/* How much the cells of a case add to a place; *ret_any: whether one belongs to it. */
static json_int_t moved(const struct place *place, const json_t *change, bool *ret_any)
{
        json_int_t by = 0;
        size_t index;
        json_t *cell;

        *ret_any = false;
        json_array_foreach(json_object_get(change, "cells"), index, cell)
        {
                if (!belongs(place, cell))
                        continue;
                *ret_any = true;
                by += json_integer_value(json_object_get(cell, "now")) -
                      json_integer_value(json_object_get(cell, "then"));
        }
        return by;
}

/* The cases behind a difference. NULL: no memory. *ret_by: what they add up to. */
static json_t *cases_behind(const struct comparing *comparing, const struct place *place, json_int_t *ret_by)
{
        json_t *cases = json_array();
        size_t index;
        json_t *change;
        bool good = cases != NULL;

        *ret_by = 0;
        json_array_foreach(json_object_get(comparing->now, "changes"), index, change)
        {
                bool any = false;

                *ret_by += moved(place, change, &any);
                if (any)
                        good = good && json_array_append(cases, json_object_get(change, "case")) == 0;
        }
        if (good)
                return cases;
        json_decref(cases);
        return NULL;
}

/* beyond: how much more a figure grew than its cases explain. */
static void judge(struct comparing *comparing, json_int_t beyond)
{
        bool erased = json_integer_value(json_object_get(comparing->now, "erased")) > 0;

        if (beyond < 0 && erased)
                comparing->lacking++;
        else if (beyond != 0)
                comparing->unexplained++;
}

static void compare_place(struct comparing *comparing, const struct place *place)
{
        bool counted = json_is_integer(place->then) && json_is_integer(place->now);
        json_t *then = place->then, *now = place->now;
        json_int_t by = 0;

        if (place->then == NULL || place->now == NULL ? place->then == place->now
                                                      : json_equal(place->then, place->now) != 0)
                return;
        report_keep_secret(&then, &now);
        json_t *cases = cases_behind(comparing, place, &by);
        json_t *difference =
                json_pack("{s:s,s:s?,s:s?,s:s,s:O?,s:O?,s:o?}", "table", place->table, "row", place->row, "column",
                          place->column, "year", place->year, "then", then, "now", now, "cases", cases);
        if (json_array_append_new(comparing->differences, difference) != 0 || cases == NULL)
                comparing->failed = true;
        if (counted && !place->measure && !is_total(place->row) && !is_total(place->column))
                judge(comparing, json_integer_value(place->now) - json_integer_value(place->then) - by);
}

static void compare_year(struct comparing *comparing, const json_t *tables[2], const char *key, const char *year)
{
        const json_t *rows_then = json_object_get(tables[0], "rows"), *columns = json_object_get(tables[1], "columns");
        size_t r, c;
        json_t *row, *column;

        json_array_foreach(json_object_get(tables[1], "rows"), r, row) json_array_foreach(columns, c, column)
        {
                struct place place = {.table = member_text(tables[1], "table"),
                                      .row = member_text(row, "row"),
                                      .column = member_text(column, "column"),
                                      .year = year,
                                      .then = json_array_get(json_object_get(json_array_get(rows_then, r), key), c),
                                      .now = json_array_get(json_object_get(row, key), c),
                                      .measure = member_text(column, "measure")[0] != '\0'};
                compare_place(comparing, &place);
        }
}

static void compare_table(struct comparing *comparing, const json_t *then, const json_t *now)
{
        const char *year = member_text(json_object_get(comparing->now, "period"), "year");
        const json_t *tables[] = {then, now};
        struct place outside = {.table = member_text(now, "table"),
                                .year = year,
                                .then = json_object_get(then, "outside"),
                                .now = json_object_get(now, "outside")};

        compare_year(comparing, tables, "figures", year);
        compare_year(comparing, tables, "previous", member_text(json_object_get(comparing->now, "previous"), "year"));
        compare_place(comparing, &outside);
}

/* A rate is made of figures that are compared as well: nobody is behind it beside those. */
static void compare_rate(struct comparing *comparing, const json_t *then, const json_t *now)
{
        static const char *const parts[] = {"of", "over", "value"};
        bool secret = report_rate_is_secret(then, now);

        for (size_t i = 0; i < (secret ? 1 : sizeof parts / sizeof *parts); i++) {
                json_t *before = json_object_get(then, parts[i]), *after = json_object_get(now, parts[i]);
                json_t *difference;

                if (json_equal(before, after) != 0)
                        continue;
                report_keep_secret(&before, &after);
                difference = json_pack("{s:s,s:s,s:n,s:s,s:O?,s:O?,s:[]}", "table", member_text(now, "rate"), "row",
                                       parts[i], "column", "year",
                                       member_text(json_object_get(comparing->now, "period"), "year"), "then", before,
                                       "now", after, "cases");
                comparing->failed |= json_array_append_new(comparing->differences, difference) != 0;
        }
}

json_t *seal_compare(const json_t *sealed, const json_t *now)
{
        const json_t *then = json_object_get(sealed, "content");
        struct comparing comparing = {.now = now, .differences = json_array()};
        size_t index;
        json_t *part, *compared = NULL;

        if (comparing.differences == NULL)
                return NULL;
        json_array_foreach(json_object_get(now, "tables"), index, part)
                compare_table(&comparing, json_array_get(json_object_get(then, "tables"), index), part);
        json_array_foreach(json_object_get(now, "rates"), index, part)
                compare_rate(&comparing, json_array_get(json_object_get(then, "rates"), index), part);
        if (!comparing.failed)
                compared = json_pack("{s:O?,s:O?,s:O?,s:O?,s:O?,s:O?,s:O,s:O?,s:O?,s:I,s:I}", "report",
                                     json_object_get(now, "report"), "title", json_object_get(now, "title"), "period",
                                     json_object_get(now, "period"), "previous", json_object_get(now, "previous"),
                                     "under", json_object_get(now, "under"), "seal", json_object_get(now, "seal"),
                                     "differences", comparing.differences, "changes", json_object_get(now, "changes"),
                                     "erased", json_object_get(now, "erased"), "lacking", (json_int_t)comparing.lacking,
                                     "unexplained", (json_int_t)comparing.unexplained);
        json_decref(comparing.differences);
        return compared;
}

/* ---- as text ---- */

static void put_figure(const json_t *row, const char *key, struct wire_buffer *out)
{
        const json_t *figure = json_object_get(row, key);

        if (figure == NULL || json_is_null(figure))
                wire_put_text(out, "-");
        else if (report_is_secret(figure))
                wire_put_text(out, "*");
        else
                put_member(out, row, key);
}

/* "snapshot level-2 category-1", and the year where it is not that of the report. */
static void put_place(const json_t *compared, const json_t *row, struct wire_buffer *out)
{
        const char *year = member_text(row, "year");

        put_member(out, row, "table");
        if (json_is_null(json_object_get(row, "row")))
                wire_put_text(out, " in no cell");
        if (member_text(row, "row")[0] != '\0') {
                wire_put_text(out, " ");
                put_member(out, row, "row");
        }
        if (member_text(row, "column")[0] != '\0') {
                wire_put_text(out, " ");
                put_member(out, row, "column");
        }
        if (strcmp(year, member_text(json_object_get(compared, "period"), "year")) == 0)
                return;
        wire_put_text(out, " (");
        put_clean(out, year);
        wire_put_text(out, ")");
}

static void put_record(const json_t *record, struct wire_buffer *out)
{
        wire_put_text(out, "    ");
        if (json_is_integer(json_object_get(record, "retracts")))
                wire_put_text(out, "retraction of ");
        put_clean(out, member_text(record, "event")[0] != '\0' ? member_text(record, "event")
                                                               : "something that these rules do not know");
        if (member_text(record, "item")[0] != '\0') {
                wire_put_text(out, " ");
                put_member(out, record, "item");
        }
        if (member_text(record, "on")[0] != '\0') {
                wire_put_text(out, " on ");
                put_day(out, member_text(record, "on"));
        }
        wire_put_text(out, ", recorded ");
        put_time(out, member_text(record, "recorded_at"));
        wire_put_text(out, " (event ");
        put_member(out, record, "seq");
        wire_put_text(out, ")\n");
}

static void put_change(const json_t *compared, const json_t *change, struct wire_buffer *out)
{
        size_t index;
        json_t *part;

        wire_put_text(out, "\n");
        put_member(out, change, "case");
        wire_put_text(out, "\n");
        json_array_foreach(json_object_get(change, "cells"), index, part)
        {
                json_int_t then = json_integer_value(json_object_get(part, "then")),
                           now = json_integer_value(json_object_get(part, "now"));

                wire_put_text(out, "  ");
                put_place(compared, part, out);
                wire_put_text(out, then == 0 ? ": in" : now == 0 ? ": out" : "");
                if (then > 1 || now > 1 || (then > 0 && now > 0)) {
                        wire_put_text(out, ": ");
                        wire_put_number(out, then);
                        wire_put_text(out, " times, now ");
                        wire_put_number(out, now);
                }
                wire_put_text(out, "\n");
        }
        json_array_foreach(json_object_get(change, "records"), index, part) put_record(part, out);
}

static void put_heading(const json_t *compared, struct wire_buffer *out)
{
        const json_t *seal = json_object_get(compared, "seal");

        put_member(out, compared, "title");
        wire_put_text(out, " ");
        put_member(out, json_object_get(compared, "period"), "year");
        wire_put_text(out, ": what changed since version ");
        put_member(out, seal, "version");
        wire_put_text(out, " was sealed on ");
        put_time(out, member_text(seal, "sealed_at"));
        wire_put_text(out, "\n\n");
}

static void put_erased(const json_t *compared, struct wire_buffer *out)
{
        if (json_integer_value(json_object_get(compared, "erased")) == 0)
                return;
        wire_put_text(out, "\nCases erased since that may have been counted: ");
        put_member(out, compared, "erased");
        wire_put_text(out, " (\"mappactl erasures\"). Figures lower than what was recorded since explains: ");
        put_member(out, compared, "lacking");
        wire_put_text(out, "\n");
}

bool seal_compared_text(const json_t *compared, struct wire_buffer *out)
{
        const json_t *differences = json_object_get(compared, "differences");
        size_t index;
        json_t *row;

        put_heading(compared, out);
        json_array_foreach(differences, index, row)
        {
                wire_put_text(out, "  ");
                put_place(compared, row, out);
                wire_put_text(out, ": ");
                put_figure(row, "then", out);
                wire_put_text(out, ", now ");
                put_figure(row, "now", out);
                wire_put_text(out, "\n");
        }
        if (json_array_size(differences) == 0)
                wire_put_text(out, "Every figure is as it was sealed.\n");
        put_erased(compared, out);
        json_array_foreach(json_object_get(compared, "changes"), index, row) put_change(compared, row, out);
        return !out->failed;
}

/* ---- as CSV ---- */

static const char *const csv_keys[] = {"table", "row", "column", "year",        "then",     "now",      "case", "seq",
                                       "event", "on",  "item",   "recorded_at", "retracts", "replaces", NULL};

/* A line of a difference, with a record of a case behind it or without. */
static bool put_line(const json_t *difference, const json_t *reference, const json_t *record, struct wire_buffer *out)
{
        json_t *line = json_copy((json_t *)(uintptr_t)difference);
        bool good = line != NULL;

        if (good && record != NULL)
                good = json_object_update(line, (json_t *)(uintptr_t)record) == 0;
        if (good && reference != NULL)
                good = json_object_set(line, "case", (json_t *)(uintptr_t)reference) == 0;
        if (good)
                csv_write(csv_keys, line, out);
        json_decref(line);
        return good;
}

static const json_t *records_of(const json_t *compared, const json_t *reference)
{
        size_t index;
        json_t *change;

        json_array_foreach(json_object_get(compared, "changes"), index, change)
        {
                if (json_equal(json_object_get(change, "case"), reference) != 0)
                        return json_object_get(change, "records");
        }
        return NULL;
}

bool seal_compared_csv(const json_t *compared, struct wire_buffer *out)
{
        size_t d, c, r;
        json_t *difference, *reference, *record;
        bool good = true;

        csv_write(csv_keys, NULL, out);
        json_array_foreach(json_object_get(compared, "differences"), d, difference)
        {
                const json_t *cases = json_object_get(difference, "cases");

                if (json_array_size(cases) == 0)
                        good = good && put_line(difference, NULL, NULL, out);
                json_array_foreach(cases, c, reference) json_array_foreach(records_of(compared, reference), r, record)
                        good = good && put_line(difference, reference, record, out);
        }
        return good;
}
