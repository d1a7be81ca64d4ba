/*
 * html - the one writer of HTML in mappactl: a page that needs nothing else.
 *
 * Elements are opened and closed in pairs, texts and values are escaped on the way,
 * and no other file holds markup, so that what a record or a daemon says stays text.
 */
#ifndef MAPPACTL_HTML_H
#define MAPPACTL_HTML_H

#include "mappad/wire.h"

#define HTML_DEPTH 24           /* elements open at a time; a table in a section has eight */
#define HTML_PATTERNS 6         /* fills that differ without their colours: classes p1 to p6 */

/* A page while it is written. */
struct html {
        struct wire_buffer *out;
        const char *open[HTML_DEPTH];
        size_t depth;
        bool in_tag;            /* attributes may follow */
        int charts;             /* so many have an id */
        const char *marking;    /* at head and foot; "" for none */
};

/* Purpose: begin a page: head, styles, fills, marking, and its one h1. Shape: marking lives as long as the page. */
void html_begin(struct html *page, struct wire_buffer *out, const char *title, const char *marking);
/* Purpose: end it. Shape: nothing is open that was opened since html_begin. */
void html_end(struct html *page);

/* Purpose: open an element, give it an attribute, close the last one opened. */
void html_open(struct html *page, const char *name);
void html_attribute(struct html *page, const char *name, const char *value);
void html_number(struct html *page, const char *name, int64_t value);
void html_close(struct html *page);
/* Purpose: append a text of it; control characters and what turns the direction of writing become U+FFFD. */
void html_text(struct html *page, const char *text);
/* Purpose: a whole element with a text, with a class (NULL: none). */
void html_element(struct html *page, const char *name, const char *class, const char *text);

/* Purpose: a table with a caption, up to its row of headings; a heading of a column or of a row. The caller opens and
 * closes the rows between html_rows, which ends the headings, and html_table_end. */
void html_table(struct html *page, const char *caption);
void html_heading(struct html *page, bool of_row, const char *text);
void html_rows(struct html *page);
void html_table_end(struct html *page);

#endif
