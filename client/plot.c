/*
 * plot - see plot.h.
 */
#include "plot.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "steps.h"

#define BAR_LEAST 10 /* columns of the longest bar, however narrow the terminal */

/* ---- axes ---- */

struct plot_axis plot_axis_for(int64_t most)
{
        static const int64_t steps[] = {1, 2, 5};
        struct plot_axis axis = {.top = INT64_MAX, .step = INT64_MAX};

        for (int64_t power = 1;; power *= 10) {
                for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
                        if (power > INT64_MAX / PLOT_TICKS / steps[i])
                                return axis;
                        int64_t step = power * steps[i];
                        if (most <= step * PLOT_TICKS) {
                                axis.step = step;
                                axis.top = most <= 0 ? step : (most / step + (most % step != 0)) * step;
                                return axis;
                        }
                }
        }
}

int plot_at(const struct plot_axis *axis, int64_t value, int length)
{
        int64_t top = axis->top;

        if (value <= 0 || length <= 0)
                return 0;
        if (value >= top)
                return length;
        while (value > INT64_MAX / length) {
                value /= 2;
                top /= 2;
        }
        return (int)(value * length / top);
}

int64_t plot_sum(const struct plot *plot, size_t row)
{
        int64_t sum = 0;

        for (size_t i = 0; i < plot->count; i++) {
                int64_t value = plot->values[row][i];

                if (value > 0)
                        sum = sum > INT64_MAX - value ? INT64_MAX : sum + value;
        }
        return sum;
}

int64_t plot_most(const struct plot *plot)
{
        int64_t most = 0;

        for (size_t row = 0; row < plot->rows; row++) {
                if (plot->stacked && plot_sum(plot, row) > most)
                        most = plot_sum(plot, row);
                for (size_t i = 0; i < plot->count; i++)
                        if (plot->values[row][i] > most)
                                most = plot->values[row][i];
        }
        return most;
}

bool plot_worth(const struct plot *plot)
{
        for (size_t row = 0; row < plot->rows; row++)
                for (size_t i = 0; i < plot->count; i++)
                        if (plot->values[row][i] > 0)
                                return true;
        return false;
}

/* ---- figures ---- */

void plot_number(int64_t value, bool tenths, char text[static PLOT_NUMBER_SIZE])
{
        if (value == PLOT_NONE || value == PLOT_HIDDEN)
                snprintf(text, PLOT_NUMBER_SIZE, value == PLOT_NONE ? "-" : "*");
        else if (tenths)
                snprintf(text, PLOT_NUMBER_SIZE, "%lld.%lld", (long long)(value / 10), (long long)(value % 10));
        else
                snprintf(text, PLOT_NUMBER_SIZE, "%lld", (long long)value);
}

int64_t plot_figure(const json_t *figure)
{
        const char *text = json_string_value(figure);
        long long whole;
        char *end = NULL;

        if (json_is_integer(figure))
                return json_integer_value(figure) < 0 ? PLOT_NONE : json_integer_value(figure);
        if (text == NULL)
                return PLOT_NONE;
        if (text[0] < '0' || text[0] > '9')
                return PLOT_HIDDEN;
        /* What is too large to be read becomes the largest, which is too large here, too. */
        whole = strtoll(text, &end, 10);
        if (end[0] != '.' || end[1] < '0' || end[1] > '9' || end[2] != '\0' || whole > (INT64_MAX - 9) / 10)
                return PLOT_NONE;
        return whole * 10 + (end[1] - '0');
}

/* ---- bars of text ---- */

/* A bar of so many eighths of a column; what is not nothing has one. */
static void put_bar(int eighths, bool unicode, struct wire_buffer *out)
{
        static const char *const blocks[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

        for (int i = 0; i < eighths / 8; i++)
                wire_put_text(out, unicode ? "█" : "#");
        if (unicode)
                wire_put_text(out, blocks[eighths % 8]);
        else if (eighths % 8 >= 4 || (eighths > 0 && eighths < 8))
                wire_put_text(out, "#");
}

/* What stands before a bar and what behind it. */
struct bar {
        char label[2 * REPORT_CELL_SIZE];
        char number[PLOT_NUMBER_SIZE];
        int64_t value;
};

static size_t bars_of(const struct plot *plot)
{
        return plot->stacked ? plot->rows : plot->rows * plot->count;
}

#define LABEL_COLUMNS 80

/* Bytes of a label that are shown before a bar. */
static int label_fitting(const char *label)
{
        return (int)display_fitting(label, LABEL_COLUMNS);
}

static struct bar bar_of(const struct plot *plot, size_t index)
{
        size_t row = plot->stacked ? index : index / plot->count, part = plot->stacked ? 0 : index % plot->count;
        bool named = !plot->stacked && plot->count > 1;
        char label[2 * 4 * LABEL_COLUMNS + 8]; /* a character has at most 4 bytes */
        struct bar bar;
        int64_t shown;

        if (plot->stacked) {
                bar.value = plot_sum(plot, row);
                shown = plot->totals[row] == PLOT_NONE ? bar.value : plot->totals[row];
        } else {
                shown = plot->values[row][part];
                bar.value = shown > 0 ? shown : 0;
        }
        const char *of = named ? plot->parts[part] : "";
        snprintf(label, sizeof label, "%.*s%s%.*s", label_fitting(plot->labels[row]), plot->labels[row],
                 named ? ", " : "", label_fitting(of), of);
        wire_clean(label, strlen(label), bar.label, sizeof bar.label);
        plot_number(shown, plot->tenths, bar.number);
        return bar;
}

void plot_bars(const struct plot *plot, bool unicode, size_t width, struct wire_buffer *out)
{
        struct plot_axis axis = {.top = plot_most(plot), .step = 1};
        int label = 0, number = 0;

        if (!plot_worth(plot))
                return;
        for (size_t i = 0; i < bars_of(plot); i++) {
                struct bar bar = bar_of(plot, i);

                label = (int)display_width(bar.label) > label ? (int)display_width(bar.label) : label;
                number = (int)strlen(bar.number) > number ? (int)strlen(bar.number) : number;
        }
        int room = (int)width - label - number - 6;

        axis.top = axis.top < 1 ? 1 : axis.top;
        wire_put_text(out, "\n");
        put_clean(out, plot->title);
        wire_put_text(out, "\n");
        for (size_t i = 0; i < bars_of(plot); i++) {
                struct bar bar = bar_of(plot, i);
                int eighths = plot_at(&axis, bar.value, 8 * (room < BAR_LEAST ? BAR_LEAST : room));

                wire_put_text(out, "  ");
                report_put_padded(out, bar.label, label, true);
                wire_put_text(out, "  ");
                report_put_padded(out, bar.number, number, false);
                wire_put_text(out, eighths > 0 || bar.value > 0 ? " " : "");
                put_bar(bar.value > 0 && eighths == 0 ? 1 : eighths, unicode, out);
                wire_put_text(out, "\n");
        }
}

void plot_text(const struct plot *plot, struct wire_buffer *out)
{
        plot_bars(plot, strcmp(nl_langinfo(CODESET), "UTF-8") == 0, output_width(), out);
}
