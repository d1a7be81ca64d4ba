/*
 * report - a report as text for people, and as CSV.
 */
#ifndef MAPPACTL_REPORT_H
#define MAPPACTL_REPORT_H

#include "report_behind.h"

#define REPORT_CELL_SIZE 96 /* a cell as text, and its NUL */

/* Purpose: append a report with its tables, rates, notes and the cases behind it (NULL: they were not asked for), which
 * are written out as they come. Shape: the object of GET /v1/reports/{report}. */
void report_text(const struct arguments *arguments, const json_t *report, struct report_behind *behind,
                 struct wire_buffer *out);
/* Purpose: its figures as CSV, a line a figure. False: no memory. */
bool report_csv(const json_t *report, struct wire_buffer *out);

#define REPORT_FIELDS_MAX 40 /* columns of the widest table: 32, their total, the label */

/* A table of an answer as it is read: a line of headings, the rows, and below a table with columns the sums of the year
 * before and how they changed; a table of one column has these beside each row. */
struct report_sheet {
        const json_t *report, *table, *rows, *columns;
        bool single;                    /* it has one column */
        size_t lines, fields;           /* with the headings, with the labels */
};
/* Purpose: look at a table so; a cell of it. Shape: line 0 are the headings, field 0 the labels. */
void report_sheet_of(const json_t *report, const json_t *table, struct report_sheet *ret_sheet);
void report_sheet_cell(const struct report_sheet *sheet, size_t line, size_t field,
                       char text[static REPORT_CELL_SIZE]);

/* Purpose: append the trends of an answer as text; nothing where it has none. */
void report_trends_text(const json_t *trends, struct wire_buffer *out);
/* Purpose: a figure as a cell, "-" where there can be none, "*" where it is hidden; a row's, column's or trend's label
 * with its notes; a text filled up to a width. */
void report_put_figure(const json_t *figure, char text[static REPORT_CELL_SIZE]);
void report_put_label(const json_t *band, char text[static REPORT_CELL_SIZE]);
void report_put_padded(struct wire_buffer *out, const char *text, int width, bool left);
/* Purpose: append the words of a text, wrapped to the terminal, later lines indented. */
void report_put_wrapped(const char *text, size_t indent, struct wire_buffer *out);

/* Purpose: append whether the time is over, what is hidden, whether it adds up: a sentence a line. */
void report_put_remarks(const json_t *report, struct wire_buffer *out);

/* Purpose: ask for a report with its cases and write them, for programs, as they come; say what does not add up.
 * Errors: said. Cost: memory does not grow with the cases. */
enum outcome report_pour_cases(struct http *http, const char *target, enum format format);
/* Purpose: the same for people, as text or as a page. Cost: likewise; they are put in order on disk. */
enum outcome report_show_cases(const struct arguments *arguments, struct http *http, const char *target);

/* Purpose: what differs between an answer as then known and one of now; with cases in both, who came and went. NULL: no
 * memory. Shape: both under the same rules. Owns: the caller, json_decref. */
json_t *report_compare(const json_t *then, const json_t *now);
/* Purpose: whether a figure is hidden; of two that are compared, to make both so where one is: the difference of a
 * figure that is shown and one that was hidden tells the hidden one. */
bool report_is_secret(const json_t *figure);
void report_keep_secret(json_t **then, json_t **now);
/* Purpose: whether one of two rates is hidden: nothing of them can be compared then but that "of" is hidden. */
bool report_rate_is_secret(const json_t *then, const json_t *now);
/* Purpose: append it as text, or as CSV: a line a figure that differs, and with cases a line a case besides. */
void report_compared_text(const json_t *compared, struct wire_buffer *out);
void report_compared_csv(const json_t *compared, struct wire_buffer *out);

/* Purpose: append what --input gives. */
enum outcome report_put_inputs(const struct arguments *arguments, struct wire_buffer *target);
/* Purpose: say what does not add up; OUTCOME_REFUSED if anything does not. */
enum outcome report_say_problems(const json_t *report);

#endif
