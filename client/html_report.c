/*
 * html_report - a report as a page: each table with its picture, rates, trends,
 * notes, and what does not add up before all of it.
 */
#include <stdio.h>
#include <string.h>

#include "html_pages.h"
#include "plot_report.h"
#include "report.h"

#define WIDE 9 /* fields of a table from which on it is set small, on paper turned on its side */

/* ---- tables ---- */

static bool is_sum(const struct report_sheet *sheet, size_t line)
{
        size_t rows = json_array_size(sheet->rows);

        return line > rows || strcmp(member_text(json_array_get(sheet->rows, line - 1), "row"), "total") == 0;
}

static void put_line(struct html *page, const struct report_sheet *sheet, size_t line)
{
        char text[REPORT_CELL_SIZE];

        html_open(page, "tr");
        if (is_sum(sheet, line))
                html_attribute(page, "class", "sum");
        for (size_t field = 0; field < sheet->fields; field++) {
                report_sheet_cell(sheet, line, field, text);
                if (field == 0)
                        html_heading(page, true, text[0] == '\0' ? "All" : text);
                else
                        html_element(page, "td", NULL, text);
        }
        html_close(page);
}

static void put_grid(struct html *page, const struct report_sheet *sheet, const char *title)
{
        char text[REPORT_CELL_SIZE], caption[PAGE_TITLE_SIZE];

        snprintf(caption, sizeof caption, "%.140s: %.32s", title,
                 member_text(json_object_get(sheet->report, "period"), "year"));
        html_table(page, caption);
        html_element(page, "td", NULL, "");
        for (size_t field = 1; field < sheet->fields; field++) {
                report_sheet_cell(sheet, 0, field, text);
                html_heading(page, false, text);
        }
        html_rows(page);
        for (size_t line = 1; line < sheet->lines; line++)
                put_line(page, sheet, line);
        html_table_end(page);
}

/* The label of a row or column; "" where there is none. */
static const char *label_of(const json_t *bands, uint16_t index)
{
        return member_text(json_array_get(bands, index), "label");
}

static void put_case(struct html *page, const struct report_sheet *sheet, const struct report_hit *hit)
{
        bool counted = hit->place.row != REPORT_IN_NO_CELL;

        html_open(page, "tr");
        html_heading(page, true, hit->case_ref);
        html_element(page, "td", NULL, counted ? label_of(sheet->rows, hit->place.row) : "in no cell");
        html_element(page, "td", NULL, label_of(sheet->columns, hit->place.column));
        page_day(page, hit->on);
        html_close(page);
        output_drain(page->out, false);
}

/* Who is behind the figures of a table; nothing where nobody is. */
static void put_cases(struct html *page, const struct report_sheet *sheet, uint16_t table, struct report_behind *behind)
{
        static const char *const headings[] = {"Case", "Row", "Column", "First day in it", NULL};
        struct report_hit hit;

        if (!report_behind_of_table(behind, table, &hit))
                return;
        html_open(page, "div");
        html_attribute(page, "class", "words");
        html_table(page, "The cases behind these figures");
        page_headings(page, headings);
        html_rows(page);
        do
                put_case(page, sheet, &hit);
        while (report_behind_of_table(behind, table, &hit));
        html_table_end(page);
        html_close(page);
}

static void put_table_section(struct html *page, const json_t *report, uint16_t place, struct report_behind *behind)
{
        const json_t *table = json_array_get(json_object_get(report, "tables"), place);
        struct report_sheet sheet;
        struct plot plot;
        struct wire_buffer heading;
        size_t index;
        json_t *note;

        report_sheet_of(report, table, &sheet);
        html_open(page, "section");
        if (sheet.fields >= WIDE)
                html_attribute(page, "class", "wide");
        wire_buffer_init(&heading);
        wire_put_text(&heading, member_text(table, "title"));
        json_array_foreach(json_object_get(table, "notes"), index, note)
        {
                wire_put_text(&heading, " (");
                wire_put_text(&heading, value_text(note));
                wire_put_text(&heading, ")");
        }
        page_words(page, "h2", NULL, &heading);
        if (plot_of_table(report, table, &plot))
                chart_bars(page, &plot);
        put_grid(page, &sheet, member_text(table, "title"));
        if (behind != NULL)
                put_cases(page, &sheet, place, behind);
        html_close(page);
}

/* ---- rates ---- */

static void put_rate(struct html *page, const json_t *rate)
{
        char text[REPORT_CELL_SIZE];
        const json_t *value = json_object_get(rate, "value");

        html_open(page, "tr");
        report_put_label(rate, text);
        html_heading(page, true, text);
        plot_number(plot_figure(value), json_is_string(value), text);
        html_element(page, "td", NULL, text);
        report_put_figure(json_object_get(rate, "of"), text);
        html_element(page, "td", NULL, text);
        report_put_figure(json_object_get(rate, "over"), text);
        html_element(page, "td", NULL, json_is_null(json_object_get(rate, "over")) ? "unknown" : text);
        html_element(page, "td", NULL, member_text(rate, "input_label"));
        html_close(page);
}

static void put_rates(struct html *page, const json_t *rates)
{
        static const char *const headings[] = {"Rate", "Value", "Count", "Of", "Of what", NULL};
        size_t index;
        json_t *rate;

        if (json_array_size(rates) == 0)
                return;
        page_section(page, NULL, "Rates");
        html_table(page, "Each rate with its count and what it is a rate of");
        page_headings(page, headings);
        html_rows(page);
        json_array_foreach(rates, index, rate) put_rate(page, rate);
        html_table_end(page);
        html_close(page);
}

/* ---- trends ---- */

static void put_trend_line(struct html *page, const json_t *trends, const json_t *line)
{
        bool rate = json_is_integer(json_object_get(line, "per"));
        const json_t *values = json_object_get(line, rate ? "value" : "of");
        char text[REPORT_CELL_SIZE];

        html_open(page, "tr");
        report_put_label(line, text);
        html_heading(page, true, text);
        for (size_t i = 0; i < json_array_size(json_object_get(trends, "quarters")); i++) {
                plot_number(plot_figure(json_array_get(values, i)), rate, text);
                html_element(page, "td", NULL, text);
        }
        html_close(page);
}

static void put_trends(struct html *page, const json_t *trends)
{
        const json_t *lines = json_object_get(trends, "lines"), *quarters = json_object_get(trends, "quarters");
        struct plot plot;
        size_t index;
        json_t *part;

        if (json_array_size(lines) == 0)
                return;
        page_section(page, "wide", "Trend, by quarter");
        html_open(page, "div");
        html_attribute(page, "class", "halves");
        json_array_foreach(lines, index, part) if (plot_of_trend(trends, part, &plot)) chart_curve(page, &plot);
        html_close(page);
        html_table(page, "Each figure for one quarter after another");
        html_heading(page, false, "Figure");
        json_array_foreach(quarters, index, part) html_heading(page, false, member_text(part, "quarter"));
        html_rows(page);
        json_array_foreach(lines, index, part) put_trend_line(page, trends, part);
        html_table_end(page);
        html_close(page);
}

/* ---- words ---- */

static void put_problems(struct html *page, const json_t *report)
{
        const json_t *problems = json_object_get(report, "problems");
        size_t index;
        json_t *problem;

        if (json_is_true(json_object_get(report, "adds_up")))
                return;
        page_section(page, NULL, "This report does not add up");
        html_open(page, "ul");
        html_attribute(page, "class", "bad");
        json_array_foreach(problems, index, problem) html_element(page, "li", NULL, value_text(problem));
        if (json_array_size(problems) == 0)
                html_element(page, "li", NULL, "Checks fail whose figures are hidden.");
        html_close(page);
        html_close(page);
}

static void put_notes(struct html *page, const json_t *notes)
{
        size_t index;
        json_t *note;

        if (json_array_size(notes) == 0)
                return;
        page_section(page, NULL, "Notes");
        html_open(page, "dl");
        json_array_foreach(notes, index, note)
        {
                char label[40];

                snprintf(label, sizeof label, "(%.30s)", member_text(note, "note"));
                html_element(page, "dt", NULL, label);
                html_element(page, "dd", NULL, member_text(note, "text"));
        }
        html_close(page);
        html_close(page);
}

static void put_period(struct html *page, const struct arguments *arguments, const json_t *report)
{
        const json_t *period = json_object_get(report, "period");
        struct wire_buffer words;

        wire_buffer_init(&words);
        put_day(&words, member_text(period, "from"));
        wire_put_text(&words, " to ");
        put_day(&words, member_text(period, "until"));
        axes_put_words(&words, arguments, report);
        page_words(page, "p", "quiet", &words);
}

void html_report(const struct arguments *arguments, const json_t *report, struct report_behind *behind,
                 struct wire_buffer *out)
{
        struct html page;
        struct wire_buffer remarks;
        char title[PAGE_TITLE_SIZE];
        size_t index;
        json_t *table;

        snprintf(title, sizeof title, "%.140s %.32s", member_text(report, "title"),
                 member_text(json_object_get(report, "period"), "year"));
        page_begin(&page, arguments, title, out);
        put_period(&page, arguments, report);
        wire_buffer_init(&remarks);
        report_put_remarks(report, &remarks);
        page_lines(&page, &remarks);
        put_problems(&page, report);
        json_array_foreach(json_object_get(report, "tables"), index, table)
                put_table_section(&page, report, (uint16_t)index, behind);
        put_rates(&page, json_object_get(report, "rates"));
        put_trends(&page, json_object_get(report, "trends"));
        put_notes(&page, json_object_get(report, "notes"));
        html_end(&page);
}
