/*
 * html_chart - figures as pictures in a page: inline SVG with a title and a
 * description, every figure printed in it, and fills that differ without colour.
 */
#ifndef MAPPACTL_HTML_CHART_H
#define MAPPACTL_HTML_CHART_H

#include "html.h"
#include "plot.h"

#define CHART_WIDTH 680         /* units of a picture as wide as the page; a letter has about 6.5 */
#define CHART_LETTER 13         /* half units of a letter */

/* Purpose: begin a figure with its picture, and end both. */
void chart_begin(struct html *page, int width, int height, const char *title, const char *description);
void chart_end(struct html *page);
/* Purpose: parts of a picture: a rectangle of x, y, width and height; a line; a text whose anchor is "start", "middle"
 * or "end". */
void chart_box(struct html *page, const char *class, const int box[4]);
void chart_line(struct html *page, const char *class, const int from[2], const int to[2]);
void chart_text(struct html *page, const char *anchor, int x, int y, const char *text);
/* Purpose: a text that is readable on a fill. */
void chart_text_over(struct html *page, int x, int y, const char *text);
/* Purpose: a label that ends at right, cut to the room before it; the table has the whole of it. */
void chart_label(struct html *page, int right, int y, const char *label);
/* Purpose: about how many units a text takes. */
int chart_text_width(const char *text);
/* Purpose: samples of fills with what they mean, in lines from left at y; page NULL: only measured. Returns its height.
 * Shape: texts[count], the first is fill p1. */
int chart_legend(struct html *page, int left, int y, const char *const *texts, size_t count);

/* Purpose: bars from left to right, a row each or a part each; columns side by side, for many rows in order; a curve of
 * the first part, half as wide as the page. Each figure of its own; nothing where there is nothing to draw. */
void chart_bars(struct html *page, const struct plot *plot);
void chart_columns(struct html *page, const struct plot *plot);
void chart_curve(struct html *page, const struct plot *plot);

#endif
