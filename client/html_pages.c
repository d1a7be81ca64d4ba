/*
 * html_pages - what all pages have (html_pages.h).
 */
#include "html_pages.h"

#include <string.h>
#include <unistd.h>

#define WHOLE_MOST 14                /* bytes of a reference or a word that is not broken at its hyphens */
#define MARKING "OFFICIAL-SENSITIVE" /* as letters have it unless they are configured otherwise */

bool page_asked(const struct arguments *arguments)
{
        return arguments_has(arguments, "--html");
}

bool plot_asked(const struct arguments *arguments)
{
        return arguments_has(arguments, "--plot") || isatty(STDOUT_FILENO) == 1;
}

/* What says how the answer is written goes with one form of it. */
bool format_agrees(const struct arguments *arguments)
{
        static const char *const others[] = {"--json", "--csv", "--plot"};

        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                if (arguments_has(arguments, "--html") && arguments_has(arguments, others[i])) {
                        usage_error(arguments, "--html and %s exclude each other", others[i]);
                        return false;
                }
        for (size_t i = 0; i < 2; i++)
                if (arguments_has(arguments, "--plot") && arguments_has(arguments, others[i])) {
                        usage_error(arguments, "--plot and %s exclude each other", others[i]);
                        return false;
                }
        if (arguments_has(arguments, "--marking") && !arguments_has(arguments, "--html")) {
                usage_error(arguments, "--marking is that of a page: it goes with --html");
                return false;
        }
        return true;
}

void page_begin(struct html *page, const struct arguments *arguments, const char *title, struct wire_buffer *out)
{
        const char *marking = arguments_value(arguments, "--marking");

        html_begin(page, out, title, marking != NULL ? marking : MARKING);
}

void page_words(struct html *page, const char *name, const char *class, struct wire_buffer *words)
{
        wire_put(words, "", 1);
        if (words->failed)
                page->out->failed = true;
        else
                html_element(page, name, class, words->data);
        wire_buffer_fini(words);
}

void page_lines(struct html *page, struct wire_buffer *lines)
{
        char *rest, *line;

        wire_put(lines, "", 1);
        page->out->failed = page->out->failed || lines->failed;
        rest = lines->failed ? NULL : lines->data;
        while (rest != NULL && (line = strsep(&rest, "\n")) != NULL)
                if (line[0] != '\0')
                        html_element(page, "p", NULL, line);
        wire_buffer_fini(lines);
}

void page_day(struct html *page, const char *day)
{
        struct wire_buffer words;

        wire_buffer_init(&words);
        if (day[0] != '\0')
                put_day(&words, day);
        page_words(page, "td", NULL, &words);
}

void page_section(struct html *page, const char *class, const char *heading)
{
        html_open(page, "section");
        if (class != NULL)
                html_attribute(page, "class", class);
        html_element(page, "h2", NULL, heading);
}

void page_headings(struct html *page, const char *const *headings)
{
        for (size_t i = 0; headings[i] != NULL; i++)
                html_heading(page, false, headings[i]);
}

/* What a column says of a row; red is bad also without its colour, which is that the cell is bold. */
static void put_cell(struct html *page, const struct column *column, const json_t *row, bool heads)
{
        struct wire_buffer text;
        enum colour colour;

        wire_buffer_init(&text);
        colour = column->write(row, &text);
        if (!heads) {
                bool whole =
                        text.length > 0 && text.length <= WHOLE_MOST && memchr(text.data, ' ', text.length) == NULL;
                page_words(page, "td",
                           colour == COLOUR_RED   ? "bad"
                           : colour == COLOUR_DIM ? "undone"
                           : whole                ? "whole"
                                                  : NULL,
                           &text);
                return;
        }
        wire_put(&text, "", 1);
        page->out->failed = page->out->failed || text.failed;
        html_heading(page, true, text.failed ? "" : text.data[0] == '\0' ? "-" : text.data);
        wire_buffer_fini(&text);
}

void page_table(struct html *page, const char *caption, const struct column *columns, const json_t *rows,
                const char *heads)
{
        size_t index;
        json_t *row;

        html_table(page, caption);
        for (size_t i = 0; columns[i].write != NULL; i++)
                html_heading(page, false, columns[i].heading);
        html_rows(page);
        json_array_foreach(rows, index, row)
        {
                html_open(page, "tr");
                for (size_t i = 0; columns[i].write != NULL; i++)
                        put_cell(page, &columns[i], row, strcmp(columns[i].heading, heads) == 0);
                html_close(page);
        }
        html_table_end(page);
}
