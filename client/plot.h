/*
 * plot - figures that are drawn: what they are, the arithmetic of axes, and bars of
 * text for a terminal. html_chart.h draws the same as pictures.
 *
 * All in whole numbers: the same figures give the same picture everywhere.
 */
#ifndef MAPPACTL_PLOT_H
#define MAPPACTL_PLOT_H

#include <jansson.h>

#include "mappad/wire.h"

#define PLOT_NONE INT64_MIN             /* there is no figure */
#define PLOT_HIDDEN (INT64_MIN + 1)     /* there is one, too small to be shown */
#define PLOT_ROWS_MAX 104               /* weeks of the longest forecast */
#define PLOT_PARTS_MAX 6                /* fills that differ: HTML_PATTERNS */
#define PLOT_TICKS 5                    /* steps of an axis, at most */
#define PLOT_NUMBER_SIZE 24

/* Rows of figures; the parts of a row are parts of a whole, or side by side. */
struct plot {
        const char *title;
        const char *labels[PLOT_ROWS_MAX];
        const char *parts[PLOT_PARTS_MAX];
        int64_t values[PLOT_ROWS_MAX][PLOT_PARTS_MAX]; /* none negative */
        int64_t totals[PLOT_ROWS_MAX];  /* what is printed behind a bar; PLOT_NONE: the sum of its parts */
        size_t rows, count;             /* of rows, of parts */
        bool stacked;                   /* one bar a row; else one a part */
        bool tenths;                    /* values are tenths, as of per cent */
};

/* An axis from 0. */
struct plot_axis {
        int64_t top;            /* its end: at least 1 and no less than the largest value */
        int64_t step;           /* between two marks; divides top, unless top is INT64_MAX */
};

/* Purpose: an axis for values up to most: steps of 1, 2 or 5 and noughts, at most PLOT_TICKS of them.
 * Example: 1617 gives steps of 500 up to 2000; 0 gives a step of 1 up to 1. */
struct plot_axis plot_axis_for(int64_t most);
/* Purpose: where a value stands on an axis of a length: 0 to length, rounded down; beyond the axis: its end. */
int plot_at(const struct plot_axis *axis, int64_t value, int length);
/* Purpose: the largest value that is drawn: of a bar. */
int64_t plot_most(const struct plot *plot);
/* Purpose: whether there is anything to draw: a figure above 0 that is not hidden. */
bool plot_worth(const struct plot *plot);
/* Purpose: the sum of the figures of a row that are shown, INT64_MAX where it is more. */
int64_t plot_sum(const struct plot *plot, size_t row);
/* Purpose: a figure as text: "12", "7.9" of tenths, "-", "*". */
void plot_number(int64_t value, bool tenths, char text[static PLOT_NUMBER_SIZE]);

/* Purpose: a figure of an answer: a number, "suppressed", "79.2" as tenths, or null. */
int64_t plot_figure(const json_t *figure);

/* Purpose: append a plot as bars of text no wider than width; unicode: with blocks of eighths, else of "#".
 * Nothing where there is nothing to draw. */
void plot_bars(const struct plot *plot, bool unicode, size_t width, struct wire_buffer *out);
/* Purpose: the same for this terminal: its width, and blocks where its locale has them. */
void plot_text(const struct plot *plot, struct wire_buffer *out);

#endif
