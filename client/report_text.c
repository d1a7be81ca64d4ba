/*
 * report_text - tables of figures as a person reads them (report.h).
 *
 * A table with columns has its sums of the year before below it; one without
 * has them beside each row. A percentage never stands without the two figures
 * that it is made of.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "steps.h"

#define CELL_SIZE REPORT_CELL_SIZE

/* A table of the answer while it is written. */
struct grid {
        struct report_sheet sheet;
        int widths[REPORT_FIELDS_MAX];
};

void report_put_figure(const json_t *figure, char text[static REPORT_CELL_SIZE])
{
        if (json_is_integer(figure))
                snprintf(text, CELL_SIZE, "%lld", (long long)json_integer_value(figure));
        else
                snprintf(text, CELL_SIZE, "%s", json_is_string(figure) ? "*" : "-");
}

/* "+86.4 %"; "-" where there is nothing to compare with. */
static void put_change(const json_t *now, const json_t *before, char *text)
{
        long long a = json_integer_value(now), b = json_integer_value(before);

        snprintf(text, CELL_SIZE, "-");
        if (!json_is_integer(now) || !json_is_integer(before) || b == 0)
                return;
        long long difference = a > b ? a - b : b - a;
        long long tenths = (difference * 1000 + b / 2) / b;
        snprintf(text, CELL_SIZE, "%s%lld.%lld %%", tenths == 0 ? "" : a > b ? "+" : "-", tenths / 10, tenths % 10);
}

/* A label with the notes that belong to it: "Category 1 (b)". */
void report_put_label(const json_t *band, char text[static REPORT_CELL_SIZE])
{
        char clean[CELL_SIZE];
        size_t used, index;
        json_t *note;

        wire_clean(member_text(band, "label"), strlen(member_text(band, "label")), clean, sizeof clean);
        used = (size_t)snprintf(text, CELL_SIZE, "%s", clean);
        json_array_foreach(json_object_get(band, "notes"), index, note)
        {
                if (used + 8 < CELL_SIZE)
                        used += (size_t)snprintf(text + used, CELL_SIZE - used, " (%.16s)", value_text(note));
                if (used >= CELL_SIZE)
                        return;
        }
}

static const json_t *figure_of(const struct report_sheet *sheet, size_t row, const char *key, size_t column)
{
        return json_array_get(json_object_get(json_array_get(sheet->rows, row), key), column);
}

static void put_heading(const struct report_sheet *sheet, size_t field, char *text)
{
        const char *years[] = {member_text(json_object_get(sheet->report, "period"), "year"),
                               member_text(json_object_get(sheet->report, "previous"), "year"), "Change"};

        if (field == 0)
                text[0] = '\0';
        else if (sheet->single)
                snprintf(text, CELL_SIZE, "%.32s", years[field - 1]);
        else
                report_put_label(json_array_get(sheet->columns, field - 1), text);
}

/* A line below the rows of a table with columns: the sums of the year before, and how they changed. */
static void put_comparison(const struct report_sheet *sheet, bool change, size_t field, char *text)
{
        size_t last = json_array_size(sheet->rows) - 1;

        if (field == 0)
                snprintf(text, CELL_SIZE, "%.64s%s", change ? "Change" : "Total ",
                         change ? "" : member_text(json_object_get(sheet->report, "previous"), "year"));
        else if (change)
                put_change(figure_of(sheet, last, "figures", field - 1), figure_of(sheet, last, "previous", field - 1),
                           text);
        else
                report_put_figure(figure_of(sheet, last, "previous", field - 1), text);
}

void report_sheet_cell(const struct report_sheet *sheet, size_t line, size_t field, char text[static REPORT_CELL_SIZE])
{
        size_t rows = json_array_size(sheet->rows);

        if (line == 0)
                put_heading(sheet, field, text);
        else if (line > rows)
                put_comparison(sheet, line == rows + 2, field, text);
        else if (field == 0)
                report_put_label(json_array_get(sheet->rows, line - 1), text);
        else if (sheet->single && field == 3)
                put_change(figure_of(sheet, line - 1, "figures", 0), figure_of(sheet, line - 1, "previous", 0), text);
        else if (sheet->single)
                report_put_figure(figure_of(sheet, line - 1, field == 1 ? "figures" : "previous", 0), text);
        else
                report_put_figure(figure_of(sheet, line - 1, "figures", field - 1), text);
}

static bool has_totals(const struct report_sheet *sheet)
{
        const json_t *last = json_array_get(sheet->rows, json_array_size(sheet->rows) - 1);

        return strcmp(member_text(last, "row"), "total") == 0 && json_is_array(json_object_get(last, "previous"));
}

void report_sheet_of(const json_t *report, const json_t *table, struct report_sheet *ret_sheet)
{
        struct report_sheet sheet = {.report = report,
                                     .table = table,
                                     .rows = json_object_get(table, "rows"),
                                     .columns = json_object_get(table, "columns")};

        sheet.single = json_array_size(sheet.columns) == 1;
        sheet.fields = sheet.single ? 4 : json_array_size(sheet.columns) + 1;
        sheet.lines = json_array_size(sheet.rows) + 1 + (!sheet.single && has_totals(&sheet) ? 2 : 0);
        if (sheet.fields > REPORT_FIELDS_MAX)
                sheet.fields = REPORT_FIELDS_MAX;
        *ret_sheet = sheet;
}

static void measure(struct grid *grid)
{
        char text[CELL_SIZE];

        for (size_t line = 0; line < grid->sheet.lines; line++)
                for (size_t field = 0; field < grid->sheet.fields; field++) {
                        report_sheet_cell(&grid->sheet, line, field, text);
                        if ((int)display_width(text) > grid->widths[field])
                                grid->widths[field] = (int)display_width(text);
                }
}

void report_put_padded(struct wire_buffer *out, const char *text, int width, bool left)
{
        int missing = width - (int)display_width(text);

        if (left)
                wire_put_text(out, text);
        for (int i = 0; i < missing; i++)
                wire_put_text(out, " ");
        if (!left)
                wire_put_text(out, text);
}

static void put_grid(const struct report_sheet *sheet, struct wire_buffer *out)
{
        struct grid grid = {.sheet = *sheet};
        char text[CELL_SIZE];

        measure(&grid);
        for (size_t line = 0; line < sheet->lines; line++) {
                wire_put_text(out, "  ");
                for (size_t field = 0; field < sheet->fields; field++) {
                        report_sheet_cell(sheet, line, field, text);
                        wire_put_text(out, field == 0 ? "" : "  ");
                        report_put_padded(out, text, grid.widths[field], field == 0);
                }
                wire_put_text(out, "\n");
        }
}

/* A table of one figure is a line: "  55   (2021-22: 48, +14.6 %)". */
static void put_one_figure(const struct report_sheet *sheet, struct wire_buffer *out)
{
        const json_t *now = figure_of(sheet, 0, "figures", 0), *before = figure_of(sheet, 0, "previous", 0);
        char text[CELL_SIZE];

        wire_put_text(out, "  ");
        report_put_figure(now, text);
        wire_put_text(out, text);
        if (before != NULL) {
                wire_put_text(out, "   (");
                put_clean(out, member_text(json_object_get(sheet->report, "previous"), "year"));
                wire_put_text(out, ": ");
                report_put_figure(before, text);
                wire_put_text(out, text);
                put_change(now, before, text);
                wire_put_text(out, strcmp(text, "-") == 0 ? "" : ", ");
                wire_put_text(out, strcmp(text, "-") == 0 ? "" : text);
                wire_put_text(out, ")");
        }
        wire_put_text(out, "\n");
}

/* ---- who is behind it ---- */

/* The cases of one cell, wrapped to the width of the terminal; nothing where there are none. They are written out as
 * they come. */
static void put_cell_cases(struct report_behind *behind, struct report_place place, const char *heading,
                           struct wire_buffer *out)
{
        size_t width = output_width(), used = 0;
        struct report_hit hit;

        while (report_behind_of_cell(behind, place, &hit)) {
                if (used == 0) {
                        wire_put_text(out, "    ");
                        put_clean(out, heading);
                        wire_put_text(out, ":");
                }
                if (used == 0 || used + strlen(hit.case_ref) + 1 > width) {
                        wire_put_text(out, "\n     ");
                        used = 5;
                }
                wire_put_text(out, " ");
                put_clean(out, hit.case_ref);
                used += strlen(hit.case_ref) + 1;
                output_drain(out, false);
        }
        wire_put_text(out, used > 0 ? "\n" : "");
}

static void put_cases(const struct report_sheet *sheet, uint16_t table, struct report_behind *behind,
                      struct wire_buffer *out)
{
        size_t r, c;
        json_t *row, *column;

        json_array_foreach(sheet->rows, r, row) json_array_foreach(sheet->columns, c, column)
        {
                struct report_place place = {table, (uint16_t)r, (uint16_t)c};
                char heading[2 * CELL_SIZE];

                snprintf(heading, sizeof heading, "%.80s%s%.80s", member_text(row, "label"),
                         sheet->single || member_text(row, "label")[0] == '\0' ? "" : ", ",
                         sheet->single ? "" : member_text(column, "label"));
                put_cell_cases(behind, place, heading[0] == '\0' ? "Who" : heading, out);
        }
        put_cell_cases(behind, (struct report_place){table, REPORT_IN_NO_CELL, REPORT_IN_NO_CELL},
                       "Counted, and in no cell", out);
}

static void put_one_table(const json_t *report, uint16_t place, struct report_behind *behind, struct wire_buffer *out)
{
        const json_t *table = json_array_get(json_object_get(report, "tables"), place);
        struct report_sheet sheet;
        size_t index;
        json_t *note;

        report_sheet_of(report, table, &sheet);
        wire_put_text(out, "\n");
        put_clean(out, member_text(table, "title"));
        json_array_foreach(json_object_get(table, "notes"), index, note)
        {
                wire_put_text(out, " (");
                put_clean(out, value_text(note));
                wire_put_text(out, ")");
        }
        wire_put_text(out, "\n");
        if (sheet.single && json_array_size(sheet.rows) == 1)
                put_one_figure(&sheet, out);
        else
                put_grid(&sheet, out);
        if (behind != NULL)
                put_cases(&sheet, place, behind, out);
}

/* ---- rates, notes, remarks ---- */

static void put_rate(const json_t *rate, struct wire_buffer *out)
{
        const json_t *value = json_object_get(rate, "value");
        char text[CELL_SIZE];
        size_t index;
        json_t *note;

        wire_put_text(out, "\n");
        put_clean(out, member_text(rate, "label"));
        json_array_foreach(json_object_get(rate, "notes"), index, note)
        {
                wire_put_text(out, " (");
                put_clean(out, value_text(note));
                wire_put_text(out, ")");
        }
        wire_put_text(out, "\n  ");
        put_clean(out, json_is_string(value) ? json_string_value(value) : "-");
        wire_put_text(out, "   (");
        report_put_figure(json_object_get(rate, "of"), text);
        wire_put_text(out, text);
        report_put_figure(json_object_get(rate, "over"), text);
        wire_put_text(out, " of ");
        wire_put_text(out, json_is_null(json_object_get(rate, "over")) ? "an unknown number" : text);
        if (member_text(rate, "input")[0] != '\0') {
                wire_put_text(out, ": ");
                put_clean(out, member_text(rate, "input_label"));
                if (json_is_null(json_object_get(rate, "over")) && json_is_integer(json_object_get(rate, "of"))) {
                        wire_put_text(out, "; give it by --input ");
                        put_clean(out, member_text(rate, "input"));
                        wire_put_text(out, "=NUMBER");
                }
        }
        wire_put_text(out, ")\n");
}

/* Words of a text, wrapped and indented. */
void report_put_wrapped(const char *text, size_t indent, struct wire_buffer *out)
{
        size_t width = output_width(), used = indent;

        while (*text != '\0') {
                char word[200];
                size_t length = strcspn(text, " ");

                snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), text);
                if (used > indent && used + 1 + display_width(word) > width) {
                        wire_put_text(out, "\n");
                        report_put_padded(out, "", (int)indent, true);
                        used = indent;
                } else if (used > indent) {
                        wire_put_text(out, " ");
                        used++;
                }
                put_clean(out, word);
                used += display_width(word);
                text += length;
                text += strspn(text, " ");
        }
        wire_put_text(out, "\n");
}

static void put_notes(const json_t *report, struct wire_buffer *out)
{
        char label[40];
        size_t index;
        json_t *note;

        wire_put_text(out, json_array_size(json_object_get(report, "notes")) > 0 ? "\n" : "");
        json_array_foreach(json_object_get(report, "notes"), index, note)
        {
                snprintf(label, sizeof label, "(%.30s)", member_text(note, "note"));
                report_put_padded(out, label, 4, true);
                report_put_wrapped(member_text(note, "text"), 4, out);
        }
}

void report_put_remarks(const json_t *report, struct wire_buffer *out)
{
        const json_t *period = json_object_get(report, "period");
        const json_t *below = json_object_get(report, "suppressed_below");

        if (strcmp(member_text(period, "until"), member_text(period, "counted_until")) != 0) {
                wire_put_text(out, strstr(member_text(period, "year"), "-Q") == NULL ? "The year" : "The quarter");
                wire_put_text(out, " is not over: counted up to ");
                put_day(out, member_text(period, "counted_until"));
                wire_put_text(out, ".\n");
        }
        if (json_is_integer(below)) {
                wire_put_text(out, "* less than ");
                wire_put_number(out, json_integer_value(below));
                wire_put_text(out, ", or hidden so that such a number cannot be worked out.\n");
        }
        if (json_integer_value(json_object_get(report, "unknown_lines")) > 0) {
                wire_put_number(out, json_integer_value(json_object_get(report, "unknown_lines")));
                wire_put_text(out, " recorded events have words that the rules do not know, and count for nothing.\n");
        }
        if (json_is_true(json_object_get(report, "adds_up")))
                wire_put_text(out, "Every sum and every check comes out.\n");
}

void report_text(const struct arguments *arguments, const json_t *report, struct report_behind *behind,
                 struct wire_buffer *out)
{
        const json_t *period = json_object_get(report, "period");
        size_t index;
        json_t *part;

        put_clean(out, member_text(report, "title"));
        wire_put_text(out, " ");
        put_clean(out, member_text(period, "year"));
        wire_put_text(out, ": ");
        put_day(out, member_text(period, "from"));
        wire_put_text(out, " to ");
        put_day(out, member_text(period, "until"));
        axes_put_words(out, arguments, report);
        wire_put_text(out, "\n");
        json_array_foreach(json_object_get(report, "tables"), index, part)
                put_one_table(report, (uint16_t)index, behind, out);
        json_array_foreach(json_object_get(report, "rates"), index, part) put_rate(part, out);
        report_trends_text(json_object_get(report, "trends"), out);
        put_notes(report, out);
        wire_put_text(out, "\n");
        report_put_remarks(report, out);
}
