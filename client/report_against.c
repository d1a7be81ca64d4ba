/*
 * report_against - what was recorded after an instant changed in a report: the
 * figures that differ, of the year, of the one before and in rates, and with
 * --cases who came into a cell or left it.
 *
 * Both answers are of the same rules, so that their tables have the same rows and
 * columns; whoever asks sees to that.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"

#define FIGURE_KEYS "table", "row", "column", "year", "then", "now"

static const char *const figure_keys[] = {FIGURE_KEYS, NULL};
static const char *const all_keys[] = {FIGURE_KEYS, "case", "change", NULL};

/* ---- figures ---- */

/* Two answers while what differs is found. */
struct comparing {
        const char *year; /* that the figures in hand are of */
        json_t *differences;
        bool failed;
};

bool report_is_secret(const json_t *figure)
{
        return json_is_string(figure) && strcmp(json_string_value(figure), "suppressed") == 0;
}

void report_keep_secret(json_t **then, json_t **now)
{
        if (report_is_secret(*then))
                *now = *then;
        else if (report_is_secret(*now))
                *then = *now;
}

/* A figure that there is not is one that is null. */
static void compare_figure(struct comparing *comparing, const char *const place[3], json_t *then, json_t *now)
{
        bool same = json_is_null(then) || then == NULL ? json_is_null(now) || now == NULL : json_equal(then, now) != 0;

        if (same || comparing->failed)
                return;
        report_keep_secret(&then, &now);
        json_t *row = json_pack("{s:s,s:s,s:s,s:s,s:O?,s:O?}", "table", place[0], "row", place[1], "column", place[2],
                                "year", comparing->year, "then", then, "now", now);
        comparing->failed = json_array_append_new(comparing->differences, row) != 0;
}

static void compare_cells(struct comparing *comparing, const json_t *then, const json_t *now, const char *key)
{
        const json_t *rows_then = json_object_get(then, "rows"), *columns = json_object_get(now, "columns");
        size_t r, c;
        json_t *row, *column;

        json_array_foreach(json_object_get(now, "rows"), r, row) json_array_foreach(columns, c, column)
        {
                const char *const place[] = {member_text(now, "table"), member_text(row, "row"),
                                             member_text(column, "column")};
                compare_figure(comparing, place, json_array_get(json_object_get(json_array_get(rows_then, r), key), c),
                               json_array_get(json_object_get(row, key), c));
        }
}

static void compare_table(struct comparing *comparing, const json_t *then, const json_t *now)
{
        const char *const outside[] = {member_text(now, "table"), "outside", ""};

        compare_cells(comparing, then, now, "figures");
        compare_figure(comparing, outside, json_object_get(then, "outside"), json_object_get(now, "outside"));
}

bool report_rate_is_secret(const json_t *then, const json_t *now)
{
        return report_is_secret(json_object_get(then, "of")) || report_is_secret(json_object_get(now, "of"));
}

static void compare_rate(struct comparing *comparing, const json_t *then, const json_t *now)
{
        static const char *const parts[] = {"of", "over", "value"};
        bool secret = report_rate_is_secret(then, now);

        for (size_t i = 0; i < (secret ? 1 : sizeof parts / sizeof *parts); i++) {
                const char *const place[] = {member_text(now, "rate"), parts[i], ""};
                compare_figure(comparing, place, json_object_get(then, parts[i]), json_object_get(now, parts[i]));
        }
}

static const char *year_of(const json_t *report, const char *key)
{
        return member_text(json_object_get(report, key), "year");
}

static bool compare_figures(const json_t *then, const json_t *now, json_t *differences)
{
        struct comparing comparing = {.year = year_of(now, "period"), .differences = differences};
        const json_t *tables_then = json_object_get(then, "tables"), *tables = json_object_get(now, "tables");
        const json_t *rates_then = json_object_get(then, "rates");
        size_t i;
        json_t *one;

        json_array_foreach(tables, i, one) compare_table(&comparing, json_array_get(tables_then, i), one);
        json_array_foreach(json_object_get(now, "rates"), i, one)
                compare_rate(&comparing, json_array_get(rates_then, i), one);
        comparing.year = year_of(now, "previous");
        json_array_foreach(tables, i, one) compare_cells(&comparing, json_array_get(tables_then, i), one, "previous");
        return !comparing.failed;
}

/* ---- cases ---- */

/* The cells and cases of an answer as a set of texts. NULL: no memory. */
static json_t *places_of(const json_t *report)
{
        json_t *places = json_object();
        size_t index;
        json_t *hit;

        json_array_foreach(json_object_get(report, "cases"), index, hit)
        {
                char key[512];

                snprintf(key, sizeof key, "%s %s %s %s", member_text(hit, "table"), member_text(hit, "row"),
                         member_text(hit, "column"), member_text(hit, "case"));
                if (json_object_set_new(places, key, json_true()) != 0) {
                        json_decref(places);
                        return NULL;
                }
        }
        return places;
}

/* Adds those of one answer that are not among the places of the other. */
static bool add_missing(const json_t *report, const json_t *others, const char *change, json_t *moves)
{
        const char *year = year_of(report, "period");
        size_t index;
        json_t *hit;
        bool good = true;

        json_array_foreach(json_object_get(report, "cases"), index, hit)
        {
                char key[512];

                snprintf(key, sizeof key, "%s %s %s %s", member_text(hit, "table"), member_text(hit, "row"),
                         member_text(hit, "column"), member_text(hit, "case"));
                if (json_object_get(others, key) != NULL)
                        continue;
                good = good &&
                       json_array_append_new(moves, json_pack("{s:O?,s:O?,s:O?,s:s,s:O?,s:s}", "table",
                                                              json_object_get(hit, "table"), "row",
                                                              json_object_get(hit, "row"), "column",
                                                              json_object_get(hit, "column"), "year", year, "case",
                                                              json_object_get(hit, "case"), "change", change)) == 0;
        }
        return good;
}

static bool compare_cases(const json_t *then, const json_t *now, json_t *moves)
{
        json_t *before = places_of(then), *after = places_of(now);
        bool good = before != NULL && after != NULL && add_missing(now, before, "in", moves) &&
                    add_missing(then, after, "out", moves);

        json_decref(before);
        json_decref(after);
        return good;
}

json_t *report_compare(const json_t *then, const json_t *now)
{
        json_t *differences = json_array(), *moves = json_array();
        bool cases = json_is_array(json_object_get(now, "cases"));
        bool good = differences != NULL && moves != NULL && compare_figures(then, now, differences) &&
                    (!cases || compare_cases(then, now, moves));
        json_t *compared = NULL;

        if (good)
                compared = json_pack("{s:O?,s:O?,s:O?,s:O?,s:O?,s:O?,s:O,s:O?}", "report",
                                     json_object_get(now, "report"), "title", json_object_get(now, "title"), "period",
                                     json_object_get(now, "period"), "under", json_object_get(now, "under"), "against",
                                     json_object_get(then, "known_at"), "known_at", json_object_get(now, "known_at"),
                                     "differences", differences, "cases", cases ? moves : NULL);
        json_decref(differences);
        json_decref(moves);
        return compared;
}

/* ---- as text and CSV ---- */

/* "  snapshot level-2 category-1", and the year if it is not that of the report. */
static void put_place(const json_t *row, const char *year, struct wire_buffer *out)
{
        static const char *const keys[] = {"table", "row", "column"};

        wire_put_text(out, " ");
        for (size_t i = 0; i < 3; i++) {
                const char *word = member_text(row, keys[i]);

                wire_put_text(out, word[0] != '\0' ? " " : "");
                put_clean(out, word);
        }
        if (strcmp(member_text(row, "year"), year) == 0)
                return;
        wire_put_text(out, " in ");
        put_clean(out, member_text(row, "year"));
}

static void put_figure(const json_t *row, const char *key, struct wire_buffer *out)
{
        if (json_is_null(json_object_get(row, key)))
                wire_put_text(out, "-");
        else if (report_is_secret(json_object_get(row, key)))
                wire_put_text(out, "*");
        else
                put_member(out, row, key);
}

void report_compared_text(const json_t *compared, struct wire_buffer *out)
{
        const json_t *differences = json_object_get(compared, "differences"),
                     *moves = json_object_get(compared, "cases");
        const char *year = year_of(compared, "period");
        size_t index;
        json_t *row;

        put_clean(out, member_text(compared, "title"));
        wire_put_text(out, " ");
        put_clean(out, year);
        wire_put_text(out, ": what was recorded after ");
        put_time(out, member_text(compared, "against"));
        wire_put_text(out, " and changed it\n\n");
        json_array_foreach(differences, index, row)
        {
                put_place(row, year, out);
                wire_put_text(out, ": ");
                put_figure(row, "then", out);
                wire_put_text(out, ", now ");
                put_figure(row, "now", out);
                wire_put_text(out, "\n");
        }
        if (json_array_size(differences) == 0)
                wire_put_text(out, "Every figure is as it was then.\n");
        if (json_array_size(moves) > 0)
                wire_put_text(out, "\n");
        json_array_foreach(moves, index, row)
        {
                put_place(row, year, out);
                wire_put_text(out, strcmp(member_text(row, "change"), "in") == 0 ? ": in, " : ": out, ");
                put_clean(out, member_text(row, "case"));
                wire_put_text(out, "\n");
        }
}

void report_compared_csv(const json_t *compared, struct wire_buffer *out)
{
        const json_t *moves = json_object_get(compared, "cases");
        const char *const *keys = json_is_array(moves) ? all_keys : figure_keys;
        size_t index;
        json_t *row;

        put_csv_rows(keys, json_object_get(compared, "differences"), out);
        json_array_foreach(moves, index, row) csv_write(keys, row, out);
}
