/*
 * report_trends - figures of a report for one quarter after another, as a table with
 * a line each.
 */
#include <stdio.h>

#include "report.h"

#define QUARTERS_MAX 40

struct trends {
        const json_t *quarters, *lines;
        size_t count;
        int label, widths[QUARTERS_MAX];
};

/* What a line says in a quarter: so many of a whole, or the figure itself. */
static const json_t *value_of(const json_t *line, size_t quarter)
{
        bool rate = json_is_integer(json_object_get(line, "per"));

        return json_array_get(json_object_get(line, rate ? "value" : "of"), quarter);
}

static void put_value(const json_t *line, size_t quarter, char text[static REPORT_CELL_SIZE])
{
        const json_t *value = value_of(line, quarter);
        const char *word = json_string_value(value);

        if (word != NULL && word[0] >= '0' && word[0] <= '9')
                snprintf(text, REPORT_CELL_SIZE, "%.40s", word);
        else
                report_put_figure(value, text);
}

static void put_quarter(const struct trends *trends, size_t quarter, char text[static REPORT_CELL_SIZE])
{
        const json_t *found = json_array_get(trends->quarters, quarter);

        snprintf(text, REPORT_CELL_SIZE, "%.32s", member_text(found, "quarter"));
}

static void widen(int *width, const char *text)
{
        if ((int)display_width(text) > *width)
                *width = (int)display_width(text);
}

static void measure(struct trends *trends)
{
        char text[REPORT_CELL_SIZE];
        size_t index;
        json_t *line;

        for (size_t q = 0; q < trends->count; q++) {
                put_quarter(trends, q, text);
                widen(&trends->widths[q], text);
        }
        json_array_foreach(trends->lines, index, line)
        {
                report_put_label(line, text);
                widen(&trends->label, text);
                for (size_t q = 0; q < trends->count; q++) {
                        put_value(line, q, text);
                        widen(&trends->widths[q], text);
                }
        }
}

/* The headings (line NULL), or a line. */
static void put_line(const struct trends *trends, const json_t *line, struct wire_buffer *out)
{
        char text[REPORT_CELL_SIZE] = "";

        if (line != NULL)
                report_put_label(line, text);
        wire_put_text(out, "  ");
        report_put_padded(out, text, trends->label, true);
        for (size_t q = 0; q < trends->count; q++) {
                if (line != NULL)
                        put_value(line, q, text);
                else
                        put_quarter(trends, q, text);
                wire_put_text(out, "  ");
                report_put_padded(out, text, trends->widths[q], false);
        }
        wire_put_text(out, "\n");
}

void report_trends_text(const json_t *found, struct wire_buffer *out)
{
        struct trends trends = {.quarters = json_object_get(found, "quarters"),
                                .lines = json_object_get(found, "lines")};
        size_t index;
        json_t *line;

        if (!json_is_object(found))
                return;
        trends.count = json_array_size(trends.quarters);
        if (trends.count > QUARTERS_MAX)
                trends.count = QUARTERS_MAX;
        measure(&trends);
        wire_put_text(out, "\nTrend, by quarter\n");
        put_line(&trends, NULL, out);
        json_array_foreach(trends.lines, index, line) put_line(&trends, line, out);
}
