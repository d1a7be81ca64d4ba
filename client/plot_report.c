/*
 * plot_report - which tables and trends of a report are drawn, and as what.
 *
 * A table is drawn where its columns are parts of a whole, or where it has one
 * column, which has the year before beside it. What is hidden stays hidden: a
 * picture shows the figures of the answer and nothing that was left out of them.
 */
#include "plot_report.h"

#include <string.h>

#include "report.h"

static bool is_total(const json_t *band, const char *key)
{
        return strcmp(member_text(band, key), "total") == 0;
}

static int64_t figure_of(const json_t *row, const char *key, size_t column)
{
        return plot_figure(json_array_get(json_object_get(row, key), column));
}

/* One column: this year's figure and that of the year before. */
static bool take_years(const json_t *report, const json_t *table, struct plot *plot)
{
        size_t index;
        json_t *row;

        plot->parts[0] = member_text(json_object_get(report, "period"), "year");
        plot->parts[1] = member_text(json_object_get(report, "previous"), "year");
        plot->count =
                json_is_array(json_object_get(json_array_get(json_object_get(table, "rows"), 0), "previous")) ? 2 : 1;
        json_array_foreach(json_object_get(table, "rows"), index, row)
        {
                if (is_total(row, "row") || plot->rows >= PLOT_ROWS_MAX)
                        continue;
                plot->labels[plot->rows] = member_text(row, "label");
                plot->totals[plot->rows] = PLOT_NONE;
                plot->values[plot->rows][0] = figure_of(row, "figures", 0);
                plot->values[plot->rows][1] = figure_of(row, "previous", 0);
                plot->rows++;
        }
        return plot->rows > 1;
}

/* Columns up to the total; false where there are too many, or no total. */
static bool take_parts(const json_t *table, struct plot *plot)
{
        size_t index;
        json_t *column;

        json_array_foreach(json_object_get(table, "columns"), index, column)
        {
                if (is_total(column, "column"))
                        return plot->count > 0;
                if (plot->count == PLOT_PARTS_MAX)
                        return false;
                plot->parts[plot->count++] = member_text(column, "label");
        }
        return false;
}

static bool take_rows(const json_t *table, struct plot *plot)
{
        size_t index;
        json_t *row;

        plot->stacked = true;
        json_array_foreach(json_object_get(table, "rows"), index, row)
        {
                if (is_total(row, "row") || plot->rows >= PLOT_ROWS_MAX)
                        continue;
                bool named = member_text(row, "label")[0] != '\0', hidden = false;

                plot->labels[plot->rows] = named ? member_text(row, "label") : "All";
                for (size_t i = 0; i < plot->count; i++) {
                        plot->values[plot->rows][i] = figure_of(row, "figures", i);
                        hidden = hidden || plot->values[plot->rows][i] == PLOT_HIDDEN;
                }
                int64_t total = figure_of(row, "figures", plot->count);
                plot->totals[plot->rows] = total;
                if (!hidden && total >= 0 && total != plot_sum(plot, plot->rows))
                        plot->stacked = false; /* who falls into several columns is in each of them */
                plot->rows++;
        }
        return true;
}

bool plot_of_table(const json_t *report, const json_t *table, struct plot *ret_plot)
{
        *ret_plot = (struct plot){.title = member_text(table, "title")};
        if (json_array_size(json_object_get(table, "columns")) == 1)
                return take_years(report, table, ret_plot) && plot_worth(ret_plot);
        return take_parts(table, ret_plot) && take_rows(table, ret_plot) && plot_worth(ret_plot);
}

bool plot_of_trend(const json_t *trends, const json_t *line, struct plot *ret_plot)
{
        bool rate = json_is_integer(json_object_get(line, "per"));
        const json_t *values = json_object_get(line, rate ? "value" : "of");
        size_t index, known = 0;
        json_t *quarter;

        *ret_plot = (struct plot){.title = member_text(line, "label"), .count = 1, .tenths = rate};
        json_array_foreach(json_object_get(trends, "quarters"), index, quarter)
        {
                if (ret_plot->rows == PLOT_ROWS_MAX)
                        break;
                ret_plot->labels[ret_plot->rows] = member_text(quarter, "quarter");
                ret_plot->totals[ret_plot->rows] = PLOT_NONE;
                ret_plot->values[ret_plot->rows][0] = plot_figure(json_array_get(values, index));
                known += ret_plot->values[ret_plot->rows][0] != PLOT_NONE;
                ret_plot->rows++;
        }
        return known > 1;
}

void plot_report_text(const json_t *report, struct wire_buffer *out)
{
        const json_t *trends = json_object_get(report, "trends");
        struct plot plot;
        size_t index;
        json_t *part;

        json_array_foreach(json_object_get(report, "tables"), index, part) if (plot_of_table(report, part, &plot))
                plot_text(&plot, out);
        json_array_foreach(json_object_get(trends, "lines"), index, part) if (plot_of_trend(trends, part, &plot))
                plot_text(&plot, out);
}

bool plot_of_weeks(const json_t *forecast, struct plot *ret_plot)
{
        static const char *const keys[][2] = {{"booked", "Booked"},
                                              {"booked_late", "Booked late"},
                                              {"unbooked", "Unbooked"},
                                              {"projected", "Projected"}};
        size_t index;
        json_t *week;

        *ret_plot = (struct plot){.title = "Appointments that fall due, by week", .count = 4, .stacked = true};
        for (size_t i = 0; i < ret_plot->count; i++)
                ret_plot->parts[i] = keys[i][1];
        json_array_foreach(json_object_get(forecast, "weeks"), index, week)
        {
                if (ret_plot->rows == PLOT_ROWS_MAX)
                        break;
                ret_plot->labels[ret_plot->rows] = member_text(week, "from");
                ret_plot->totals[ret_plot->rows] = PLOT_NONE;
                for (size_t i = 0; i < ret_plot->count; i++)
                        ret_plot->values[ret_plot->rows][i] = plot_figure(json_object_get(week, keys[i][0]));
                ret_plot->rows++;
        }
        return plot_worth(ret_plot);
}
