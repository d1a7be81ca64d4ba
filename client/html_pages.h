/*
 * html_pages - answers as pages: a report, a forecast, a case.
 */
#ifndef MAPPACTL_HTML_PAGES_H
#define MAPPACTL_HTML_PAGES_H

#include "html_chart.h"
#include "report_behind.h"

#define PAGE_TITLE_SIZE 200
#define HTML_OPTIONS                                                                                                   \
        {"--html", NULL, "one page with charts, for a browser or for paper"},                                          \
        {                                                                                                              \
                "--marking", "TEXT", "protective marking of the page; OFFICIAL-SENSITIVE if not given"                 \
        }
#define PLOT_OPTION {"--plot", NULL, "draw the figures below, as on a terminal"}

/* Purpose: whether a page is asked for; whether plots are, which a terminal has unasked. */
bool page_asked(const struct arguments *arguments);
bool plot_asked(const struct arguments *arguments);

/* Purpose: append an answer as a page. Shape: objects of Report, Forecast and Case of the contract; behind are the
 * cases of a report, written out as they come (NULL: they were not asked for); plain is the forecast without what is
 * asked "what if" (NULL: nothing is). False: no memory. */
void html_report(const struct arguments *arguments, const json_t *report, struct report_behind *behind,
                 struct wire_buffer *out);
bool html_forecast(const struct arguments *arguments, const json_t *forecast, const json_t *plain,
                   struct wire_buffer *out);
void html_case(const struct arguments *arguments, const json_t *answer, struct wire_buffer *out);
/* Purpose: ask when the clocks of a case's duties stood still, which html_case draws. Errors: said, as http_ask. */
enum outcome html_case_pauses(const struct arguments *arguments, const json_t *answer);

/* Purpose: begin a page with the marking that is asked for. */
void page_begin(struct html *page, const struct arguments *arguments, const char *title, struct wire_buffer *out);
/* Purpose: an element with gathered words; a paragraph for each of gathered lines. Both give the buffer back. */
void page_words(struct html *page, const char *name, const char *class, struct wire_buffer *words);
void page_lines(struct html *page, struct wire_buffer *lines);
/* Purpose: a cell with a day; "" for none. */
void page_day(struct html *page, const char *day);
/* Purpose: begin a section with its heading. */
void page_section(struct html *page, const char *class, const char *heading);
/* Purpose: rows as a table by the columns that people have on a terminal; the one called heads heads its row. */
void page_table(struct html *page, const char *caption, const struct column *columns, const json_t *rows,
                const char *heads);
/* Purpose: a row of headings of columns up to NULL. */
void page_headings(struct html *page, const char *const *headings);

#endif
