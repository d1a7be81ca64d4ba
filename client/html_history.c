/*
 * html_history - the history of a case as a page: a line each with two marks, when
 * the thing happened and when the record learnt of it, and a third where it was
 * undone; below it the table that the terminal has.
 */
#include "history.h"

#include <stdio.h>
#include <string.h>

#include "html_case.h"
#include "mappad/civil.h"

#define LABELS 190    /* units for the names of lines */
#define LINE 16       /* from one to the next */
#define MARK 8        /* width and height of a mark */
#define LINES_MOST 60 /* drawn: the last recorded */

enum mark { MARK_HAPPENED, MARK_RECORDED, MARK_UNDONE, MARKS };

/* The days of a line; CIVIL_NONE where it has none. That of an instant is the day of UTC, as it is shown. */
static void days_of(const json_t *row, int32_t days[static MARKS])
{
        static const char *const keys[MARKS] = {"on", "recorded_at", "undone_at"};

        for (size_t i = 0; i < MARKS; i++) {
                const char *text = member_text(row, keys[i]);
                bool good = strlen(text) >= CIVIL_TEXT_SIZE - 1 && civil_parse(text, CIVIL_TEXT_SIZE - 1, &days[i]);

                if (!good)
                        days[i] = CIVIL_NONE;
        }
}

static struct case_span span_of(const json_t *record)
{
        struct case_span span = {.first = CIVIL_MAX,
                                 .last = CIVIL_MIN,
                                 .today = CIVIL_NONE,
                                 .left = LABELS,
                                 .length = CHART_WIDTH - LABELS - 20};
        size_t index;
        json_t *row;

        json_array_foreach(record, index, row)
        {
                int32_t days[MARKS];

                days_of(row, days);
                for (size_t i = 0; i < MARKS; i++) {
                        if (days[i] == CIVIL_NONE)
                                continue;
                        span.first = days[i] < span.first ? days[i] : span.first;
                        span.last = days[i] > span.last ? days[i] : span.last;
                }
        }
        span.last += 7;
        return span;
}

/* "12 meeting-held", "13 takes back no. 12". */
static void put_label(struct html *page, const json_t *row, int y)
{
        char text[120];

        if (json_is_integer(json_object_get(row, "retracts")))
                snprintf(text, sizeof text, "%lld takes back no. %lld",
                         (long long)json_integer_value(json_object_get(row, "seq")),
                         (long long)json_integer_value(json_object_get(row, "retracts")));
        else
                snprintf(text, sizeof text, "%lld %.80s", (long long)json_integer_value(json_object_get(row, "seq")),
                         member_text(row, "event"));
        chart_label(page, LABELS - 8, y + MARK, text);
}

static void put_marks(struct html *page, const struct case_span *span, const json_t *row, int y)
{
        static const char *const fills[MARKS] = {"bar p1", "bar p2", "bar p3"};
        int32_t days[MARKS];
        int from = CHART_WIDTH, to = 0;

        days_of(row, days);
        for (size_t i = 0; i < MARKS; i++) {
                if (days[i] == CIVIL_NONE)
                        continue;
                int x = case_at(span, days[i]) + MARK / 2;
                from = x < from ? x : from;
                to = x > to ? x : to;
        }
        if (to > from)
                chart_line(page, "axis", (const int[]){from, y + MARK / 2}, (const int[]){to, y + MARK / 2});
        /* Those of one day lie over each other, the thing itself before what was done with it. */
        for (size_t i = MARKS; i-- > 0;)
                if (days[i] != CIVIL_NONE)
                        chart_box(page, fills[i],
                                  (const int[]){case_at(span, days[i]), y, i == MARK_HAPPENED ? MARK / 2 : MARK, MARK});
}

static void put_picture(struct html *page, const json_t *record)
{
        static const char *const legend[MARKS] = {"Happened", "Recorded", "Undone"};
        struct case_span span = span_of(record);
        size_t count = json_array_size(record), skip = count > LINES_MOST ? count - LINES_MOST : 0;
        int bottom = CASE_TOP + LINE * (int)(count - skip);
        char description[200];

        snprintf(description, sizeof description,
                 "%zu lines of the record, each from the day on which it happened to that on which it was recorded%s. "
                 "The table gives every day.",
                 count - skip, skip > 0 ? "; earlier ones are only in the table" : "");
        chart_begin(page, CHART_WIDTH, bottom + 24, "When it happened, and when it was recorded", description);
        chart_legend(page, 4, 2, legend, MARKS);
        case_axis(page, &span, bottom);
        for (size_t i = skip; i < count; i++) {
                int y = CASE_TOP + LINE * (int)(i - skip) + 4;

                put_label(page, json_array_get(record, i), y);
                put_marks(page, &span, json_array_get(record, i), y);
        }
        chart_end(page);
}

void html_history(const struct arguments *arguments, const json_t *answer, const struct column *columns,
                  struct wire_buffer *out)
{
        const json_t *record = json_object_get(answer, "record");
        char title[PAGE_TITLE_SIZE];
        struct wire_buffer words;
        struct html page;

        snprintf(title, sizeof title, "History of %.40s", member_text(answer, "case"));
        page_begin(&page, arguments, title, out);
        wire_buffer_init(&words);
        wire_put_text(&words, "Both times of each line");
        axes_put_words(&words, arguments, answer);
        page_words(&page, "p", "quiet", &words);
        if (json_array_size(record) > 0) {
                page_section(&page, NULL, "Timeline");
                put_picture(&page, record);
                html_close(&page);
        }
        page_section(&page, "words", "Record");
        if (json_array_size(record) > 0)
                page_table(&page, "What happened, when it was recorded, and what was corrected", columns, record,
                           "No.");
        else
                html_element(&page, "p", NULL, "Nothing.");
        html_close(&page);
        html_end(&page);
}
