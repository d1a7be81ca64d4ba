/*
 * html_case - a case as a page: its duties as bars along its time, the days on
 * which something happened as ticks, and the tables that `show` has.
 *
 * The time drawn ends somewhat after the day asked about; what falls due later runs
 * to the edge, where its year is printed.
 */
#include "html_case.h"

#include <stdio.h>
#include <string.h>

#include "duties.h"
#include "list.h"
#include "mappad/civil.h"

#define LABELS 230     /* units for the names of duties */
#define LINE 22        /* from one bar to the next */
#define BAR 14         /* height of a bar */
#define BARS_MOST 60   /* duties drawn: the last begun */
#define AHEAD_LEAST 91 /* days drawn after the day asked about */

int32_t case_day(const json_t *row, const char *key)
{
        const char *text = member_text(row, key);
        int32_t day;

        return civil_parse(text, strlen(text), &day) ? day : CIVIL_NONE;
}

int32_t case_until(const json_t *answer, const json_t *row)
{
        int32_t met = case_day(row, "met_on"), ended = case_day(row, "ended_on");

        return met != CIVIL_NONE ? met : ended != CIVIL_NONE ? ended : case_day(answer, "as_of");
}

static struct case_span span_of(const json_t *answer)
{
        struct case_span span = {
                .today = case_day(answer, "as_of"), .left = LABELS, .length = CHART_WIDTH - LABELS - 12};
        int32_t latest = span.today;
        size_t index;
        json_t *row;

        /* A case that had not begun, or of which nothing stands any more, has no time to be drawn. */
        span.first = case_day(answer, "since");
        if (span.first == CIVIL_NONE || span.today == CIVIL_NONE)
                return (struct case_span){.first = CIVIL_NONE};
        json_array_foreach(json_object_get(answer, "obligations"), index, row)
        {
                int32_t started = case_day(row, "started"), due = case_day(row, "due");

                if (started != CIVIL_NONE && started < span.first)
                        span.first = started;
                if (due != CIVIL_NONE && due > latest)
                        latest = due;
        }
        int32_t ahead = (span.today - span.first) / 4;
        span.last = span.today + (ahead < AHEAD_LEAST ? AHEAD_LEAST : ahead);
        if (latest + 7 < span.last)
                span.last = latest + 7;
        if (span.first >= span.last)
                span.first = span.last - 1;
        return span;
}

/* ---- bars ---- */

enum fill { FILL_RUNNING, FILL_OVERDUE, FILL_PAUSED, FILL_AHEAD, FILL_COUNT };

static void put_piece(struct html *page, const struct case_span *span, enum fill fill, const int32_t days[2], int y)
{
        static const char *const fills[FILL_COUNT] = {"bar p1", "bar p2", "bar p3", "bar p4"};
        int from = case_at(span, days[0]), to = case_at(span, days[1]);

        if (days[1] > days[0])
                chart_box(page, fills[fill], (const int[]){from, y, to > from ? to - from : 1, BAR});
}

/* Stretches within a piece on which the clock stood still. */
static void put_pauses(struct html *page, const struct case_span *span, const json_t *pauses, const int32_t within[2],
                       int y)
{
        size_t index;
        json_t *pause;

        json_array_foreach(pauses, index, pause)
        {
                const char *texts[] = {value_text(json_array_get(pause, 0)), value_text(json_array_get(pause, 1))};
                int32_t days[2];

                if (!civil_parse(texts[0], strlen(texts[0]), &days[0]) ||
                    !civil_parse(texts[1], strlen(texts[1]), &days[1]))
                        continue;
                days[0] = days[0] < within[0] ? within[0] : days[0];
                days[1] = days[1] >= within[1] ? within[1] : days[1] + 1;
                put_piece(page, span, FILL_PAUSED, days, y);
        }
}

/* The due day: a mark, or its year at the edge. */
static void put_due(struct html *page, const struct case_span *span, int32_t due, int y)
{
        char text[24];

        if (due != CIVIL_NONE && due > span->last) {
                snprintf(text, sizeof text, "due %d", civil_to_date(due).year);
                chart_text_over(page, CHART_WIDTH - 16 - chart_text_width(text) / 2, y + BAR - 2, text);
        } else if (due != CIVIL_NONE) {
                int x = case_at(span, due);

                chart_line(page, "axis", (const int[]){x, y - 3}, (const int[]){x, y + BAR + 3});
        }
}

/* Up to the due day or the end it runs, after the due day it is overdue; what is open has its days to come. */
static void put_bar(struct html *page, const struct case_span *span, const json_t *row, int32_t until, int y)
{
        int32_t started = case_day(row, "started"), due = case_day(row, "due");
        bool open = case_day(row, "met_on") == CIVIL_NONE && case_day(row, "ended_on") == CIVIL_NONE;
        const int32_t running[] = {started, due == CIVIL_NONE || due > until ? until : due};

        put_piece(page, span, FILL_RUNNING, running, y);
        put_pauses(page, span, json_object_get(row, "pauses"), running, y);
        put_piece(page, span, FILL_OVERDUE, (const int32_t[]){running[1], until}, y);
        if (open && due != CIVIL_NONE)
                put_piece(page, span, FILL_AHEAD, (const int32_t[]){until, due}, y);
        put_due(page, span, due, y);
}

/* The name of a duty, as far as there is room before the bar. */
static void put_label(struct html *page, const json_t *row, int y)
{
        struct wire_buffer words;

        wire_buffer_init(&words);
        put_member(&words, row, "title");
        wire_put_text(&words, member_text(row, "item")[0] != '\0' ? ", " : "");
        put_member(&words, row, "item");
        wire_put(&words, "", 1);
        if (words.failed)
                page->out->failed = true;
        else
                chart_label(page, LABELS - 8, y + BAR - 2, words.data);
        wire_buffer_fini(&words);
}

size_t case_drawn(const json_t *obligations, size_t *ret_skip)
{
        size_t count = 0, index;
        json_t *row;

        json_array_foreach(obligations, index, row) count += case_day(row, "started") != CIVIL_NONE;
        *ret_skip = count > BARS_MOST ? count - BARS_MOST : 0;
        return count - *ret_skip;
}

/* ---- ticks ---- */

/* A tick for each day on which something happened that stands. */
static void put_ticks(struct html *page, const struct case_span *span, const json_t *record)
{
        int last = -1;
        size_t index;
        json_t *row;

        chart_text(page, "end", LABELS - 8, CASE_TOP - 8, "Recorded events");
        json_array_foreach(record, index, row)
        {
                int32_t day = case_day(row, "on");

                if (day == CIVIL_NONE || json_is_integer(json_object_get(row, "undone_by")) ||
                    json_is_integer(json_object_get(row, "retracts")))
                        continue;
                if (day < span->first || day > span->last)
                        continue;
                int x = case_at(span, day);
                if (x != last)
                        chart_line(page, "axis", (const int[]){x, CASE_TOP - 18}, (const int[]){x, CASE_TOP - 8});
                last = x;
        }
}

static void put_timeline(struct html *page, const json_t *answer)
{
        static const char *const legend[] = {"Running", "Overdue", "Clock stands still", "Still to come"};
        const json_t *obligations = json_object_get(answer, "obligations");
        struct case_span span = span_of(answer);
        size_t skip, index, count = case_drawn(obligations, &skip), line = 0;
        int bottom = CASE_TOP + LINE * (int)count;
        char description[200];
        json_t *row;

        if (span.first == CIVIL_NONE) {
                html_element(page, "p", NULL, "Nothing was recorded by that day.");
                return;
        }
        snprintf(
                description, sizeof description,
                "Bars of %zu duties from beginning to end, a mark on each due day%s, and ticks on the days of recorded "
                "events. The tables give every day.",
                count, skip > 0 ? "; older duties are only in the tables" : "");
        chart_begin(page, CHART_WIDTH, bottom + 36, "Timeline of the case", description);
        chart_legend(page, 4, 2, legend, FILL_COUNT);
        put_ticks(page, &span, json_object_get(answer, "record"));
        case_axis(page, &span, bottom);
        json_array_foreach(obligations, index, row)
        {
                if (case_day(row, "started") == CIVIL_NONE || skip > 0) {
                        skip -= case_day(row, "started") != CIVIL_NONE;
                        continue;
                }
                int y = CASE_TOP + LINE * (int)line++ + 4;

                put_label(page, row, y);
                put_bar(page, &span, row, case_until(answer, row), y);
        }
        chart_end(page);
}

/* ---- tables ---- */

/* What is known of the case, on the day asked about. */
static void put_known(struct html *page, const json_t *attributes)
{
        const char *name;
        json_t *value;

        if (json_object_size(attributes) == 0)
                return;
        page_section(page, "words", "Known");
        html_table(page, "What is known of the case");
        html_heading(page, false, "What");
        html_heading(page, false, "Is");
        html_rows(page);
        json_object_foreach((json_t *)(uintptr_t)attributes, name, value)
        {
                struct wire_buffer words;

                wire_buffer_init(&words);
                put_attribute(&words, attributes, name);
                html_open(page, "tr");
                html_heading(page, true, name);
                page_words(page, "td", NULL, &words);
                html_close(page);
        }
        html_table_end(page);
        html_close(page);
}

static void put_items(struct html *page, const json_t *items)
{
        if (json_array_size(items) == 0)
                return;
        page_section(page, "words", "Items");
        page_table(page, "What is known of its items", item_columns, items, "Item");
        html_close(page);
}

/* Open or closed duties; false without memory. */
static bool put_duties(struct html *page, const json_t *obligations, bool open, const struct column *columns)
{
        json_t *rows = duties_by_day(obligations, !open);

        page_section(page, "words", open ? "Owed" : "Closed");
        if (json_array_size(rows) > 0)
                page_table(page, open ? "Duties that are owed" : "Duties that are closed", columns, rows, "Duty");
        else
                html_element(page, "p", NULL, "Nothing.");
        html_close(page);
        json_decref(rows);
        return rows != NULL;
}

static void put_acks(struct html *page, const json_t *acks)
{
        if (json_array_size(acks) == 0)
                return;
        page_section(page, "words", "Acknowledged");
        page_table(page, "Acknowledgements of its alerts", ack_columns, acks, "No.");
        html_close(page);
}

void html_case(const struct arguments *arguments, const json_t *answer, struct wire_buffer *out)
{
        const json_t *obligations = json_object_get(answer, "obligations");
        char title[PAGE_TITLE_SIZE];
        struct wire_buffer words;
        struct html page;

        snprintf(title, sizeof title, "Case %.40s", member_text(answer, "case"));
        page_begin(&page, arguments, title, out);
        wire_buffer_init(&words);
        wire_put_text(&words, "As of ");
        put_day(&words, member_text(answer, "as_of"));
        wire_put_text(&words, ", ");
        put_since(&words, answer);
        axes_put_words(&words, arguments, answer);
        page_words(&page, "p", "quiet", &words);
        put_known(&page, json_object_get(answer, "attributes"));
        put_items(&page, json_object_get(answer, "items"));
        page_section(&page, NULL, "Timeline");
        put_timeline(&page, answer);
        html_close(&page);
        if (!put_duties(&page, obligations, true, open_columns) ||
            !put_duties(&page, obligations, false, closed_columns))
                out->failed = true;
        page_section(&page, "words", "Record");
        page_table(&page, "What was recorded, with what was corrected", event_columns,
                   json_object_get(answer, "record"), "No.");
        html_close(&page);
        put_acks(&page, json_object_get(answer, "acks"));
        html_end(&page);
}
