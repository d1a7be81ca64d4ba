/*
 * plot_report - what is drawn of a report and of a forecast.
 */
#ifndef MAPPACTL_PLOT_REPORT_H
#define MAPPACTL_PLOT_REPORT_H

#include "plot.h"

/* Purpose: a table, a trend, the weeks of a forecast as a plot, whose texts are those of the answer. False: there is
 * nothing to draw. Shape: objects of Report and Forecast of the contract. */
bool plot_of_table(const json_t *report, const json_t *table, struct plot *ret_plot);
bool plot_of_trend(const json_t *trends, const json_t *line, struct plot *ret_plot);
bool plot_of_weeks(const json_t *forecast, struct plot *ret_plot);
/* Purpose: append all that is drawn of a report as bars of text. */
void plot_report_text(const json_t *report, struct wire_buffer *out);

#endif
