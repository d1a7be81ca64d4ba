/*
 * html_chart - see html_chart.h.
 */
#include "html_chart.h"

#include <stdio.h>
#include <string.h>

#include "report.h"

#define BAR 16          /* height of a bar */
#define LINE 24         /* from one bar to the next */
#define LABELS_MOST 260 /* units that labels before bars may take */
#define NUMBERS 58      /* units behind the longest bar */
#define LEGEND_LEFT 4   /* where a legend begins */
#define LEGEND_LINE 20  /* from one line of a legend to the next */
#define TEXT_DROP 12    /* from the top of a bar to the base of its text */

/* ---- parts of a picture ---- */

void chart_begin(struct html *page, int width, int height, const char *title, const char *description)
{
        char box[48], ids[2][24], both[52];
        int number = ++page->charts;

        snprintf(box, sizeof box, "0 0 %d %d", width, height);
        snprintf(ids[0], sizeof ids[0], "chart-%d-title", number);
        snprintf(ids[1], sizeof ids[1], "chart-%d-desc", number);
        snprintf(both, sizeof both, "%s %s", ids[0], ids[1]);
        html_open(page, "figure");
        html_open(page, "svg");
        html_attribute(page, "role", "img");
        html_attribute(page, "viewBox", box);
        html_attribute(page, "aria-labelledby", both);
        html_open(page, "title");
        html_attribute(page, "id", ids[0]);
        html_text(page, title);
        html_close(page);
        html_open(page, "desc");
        html_attribute(page, "id", ids[1]);
        html_text(page, description);
        html_close(page);
}

void chart_end(struct html *page)
{
        html_close(page);
        html_close(page);
}

void chart_box(struct html *page, const char *class, const int box[4])
{
        static const char *const names[] = {"x", "y", "width", "height"};

        html_open(page, "rect");
        html_attribute(page, "class", class);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                html_number(page, names[i], box[i]);
        html_close(page);
}

void chart_line(struct html *page, const char *class, const int from[2], const int to[2])
{
        html_open(page, "line");
        html_attribute(page, "class", class);
        html_number(page, "x1", from[0]);
        html_number(page, "y1", from[1]);
        html_number(page, "x2", to[0]);
        html_number(page, "y2", to[1]);
        html_close(page);
}

static void put_text(struct html *page, const char *class, const char *anchor, const int at[2], const char *text)
{
        html_open(page, "text");
        if (class != NULL)
                html_attribute(page, "class", class);
        html_attribute(page, "text-anchor", anchor);
        html_number(page, "x", at[0]);
        html_number(page, "y", at[1]);
        html_text(page, text);
        html_close(page);
}

void chart_text(struct html *page, const char *anchor, int x, int y, const char *text)
{
        put_text(page, NULL, anchor, (const int[]){x, y}, text);
}

void chart_text_over(struct html *page, int x, int y, const char *text)
{
        put_text(page, "over", "middle", (const int[]){x, y}, text);
}

int chart_text_width(const char *text)
{
        return (int)display_width(text) * CHART_LETTER / 2;
}

static const char *fill(size_t part)
{
        static const char *const fills[HTML_PATTERNS] = {"bar p1", "bar p2", "bar p3", "bar p4", "bar p5", "bar p6"};

        return fills[part % HTML_PATTERNS];
}

int chart_legend(struct html *page, int left, int y, const char *const *texts, size_t count)
{
        int x = left, begin = y;

        for (size_t i = 0; i < count; i++) {
                int width = BAR + 5 + chart_text_width(texts[i]);

                if (x > left && x + width > CHART_WIDTH) {
                        x = left;
                        y += LEGEND_LINE;
                }
                if (page != NULL) {
                        chart_box(page, fill(i), (const int[]){x, y, BAR, 12});
                        chart_text(page, "start", x + BAR + 5, y + 11, texts[i]);
                }
                x += width + 16;
        }
        return y + LEGEND_LINE - begin;
}

void chart_label(struct html *page, int right, int y, const char *label)
{
        char text[CHART_WIDTH];
        size_t letters = (size_t)right * 2 / CHART_LETTER;
        bool fits = display_width(label) <= letters;

        snprintf(text, sizeof text, "%.*s%s", (int)display_fitting(label, fits ? letters : letters - 1), label,
                 fits ? "" : "…");
        chart_text(page, "end", right, y, text);
}

/* ---- bars ---- */

/* A picture of bars: where they begin, how long they may be, and their axis. */
struct frame {
        const struct plot *plot;
        struct plot_axis axis;
        int left, length, top, bottom;
};

static size_t lines_of(const struct plot *plot)
{
        return plot->stacked ? plot->rows : plot->rows * plot->count;
}

static void describe(const struct plot *plot, const char *what, char *text, size_t size)
{
        char number[PLOT_NUMBER_SIZE];

        plot_number(plot_most(plot), plot->tenths, number);
        snprintf(text, size, "%s, %zu of them; the largest stands for %s. The table gives every figure.", what,
                 lines_of(plot), number);
}

static void put_marks_across(struct html *page, const struct frame *frame)
{
        char number[PLOT_NUMBER_SIZE];

        for (int64_t mark = 0;; mark += frame->axis.step) {
                int x = frame->left + plot_at(&frame->axis, mark, frame->length);

                chart_line(page, mark == 0 ? "axis" : "grid", (const int[]){x, frame->top},
                           (const int[]){x, frame->bottom});
                plot_number(mark, frame->plot->tenths, number);
                chart_text(page, "middle", x, frame->bottom + 14, number);
                if (mark > frame->axis.top - frame->axis.step)
                        return;
        }
}

/* The parts of a row one behind the other; a figure stands in its part if it has room there. */
static void put_stack(struct html *page, const struct frame *frame, size_t row, int y)
{
        const struct plot *plot = frame->plot;
        char number[PLOT_NUMBER_SIZE];
        int64_t sum = 0;
        bool hidden = false;

        for (size_t part = 0; part < plot->count; part++) {
                int64_t value = plot->values[row][part];
                int from = plot_at(&frame->axis, sum, frame->length);

                hidden = hidden || value == PLOT_HIDDEN;
                if (value <= 0)
                        continue;
                sum = sum > INT64_MAX - value ? INT64_MAX : sum + value;
                int width = plot_at(&frame->axis, sum, frame->length) - from;
                chart_box(page, fill(part), (const int[]){frame->left + from, y, width > 0 ? width : 1, BAR});
                plot_number(value, plot->tenths, number);
                if (plot->count > 1 && width > chart_text_width(number) + 6)
                        chart_text_over(page, frame->left + from + width / 2, y + TEXT_DROP, number);
        }
        int64_t total = plot->totals[row] == PLOT_NONE ? sum : plot->totals[row];
        char behind[PLOT_NUMBER_SIZE + 8];
        plot_number(total, plot->tenths, number);
        snprintf(behind, sizeof behind, "%s%s", number, hidden && total != PLOT_HIDDEN ? " *" : "");
        chart_text(page, "start", frame->left + plot_at(&frame->axis, sum, frame->length) + 5, y + TEXT_DROP, behind);
}

static void put_side_by_side(struct html *page, const struct frame *frame, size_t row, int y)
{
        const struct plot *plot = frame->plot;
        char number[PLOT_NUMBER_SIZE];

        for (size_t part = 0; part < plot->count; part++) {
                int64_t value = plot->values[row][part];
                int width = plot_at(&frame->axis, value, frame->length);

                if (value > 0)
                        chart_box(page, fill(part),
                                  (const int[]){frame->left, y + (int)part * LINE, width > 0 ? width : 1, BAR});
                plot_number(value, plot->tenths, number);
                chart_text(page, "start", frame->left + width + 5, y + (int)part * LINE + TEXT_DROP, number);
        }
}

void chart_bars(struct html *page, const struct plot *plot)
{
        struct frame frame = {.plot = plot, .axis = plot_axis_for(plot_most(plot)), .top = 4};
        int line = plot->stacked ? LINE : LINE * (int)plot->count;
        char description[160];

        if (!plot_worth(plot))
                return;
        for (size_t row = 0; row < plot->rows; row++)
                if (chart_text_width(plot->labels[row]) > frame.left)
                        frame.left = chart_text_width(plot->labels[row]);
        frame.left = (frame.left > LABELS_MOST ? LABELS_MOST : frame.left) + 10;
        frame.length = CHART_WIDTH - frame.left - NUMBERS;
        if (plot->count > 1)
                frame.top += chart_legend(NULL, LEGEND_LEFT, 4, plot->parts, plot->count);
        frame.bottom = frame.top + line * (int)plot->rows + 4;
        describe(plot, "Bars", description, sizeof description);
        chart_begin(page, CHART_WIDTH, frame.bottom + 20, plot->title, description);
        if (plot->count > 1)
                chart_legend(page, LEGEND_LEFT, 4, plot->parts, plot->count);
        put_marks_across(page, &frame);
        for (size_t row = 0; row < plot->rows; row++) {
                int y = frame.top + line * (int)row + 4;

                chart_label(page, frame.left - 6, y + line / 2, plot->labels[row]);
                if (plot->stacked)
                        put_stack(page, &frame, row, y);
                else
                        put_side_by_side(page, &frame, row, y);
        }
        chart_end(page);
}

/* ---- columns ---- */

#define COLUMNS_HEIGHT 200
#define COLUMNS_LEFT 44

static void put_marks_up(struct html *page, const struct frame *frame, int width)
{
        char number[PLOT_NUMBER_SIZE];

        for (int64_t mark = 0;; mark += frame->axis.step) {
                int y = frame->bottom - plot_at(&frame->axis, mark, frame->length);

                chart_line(page, mark == 0 ? "axis" : "grid", (const int[]){frame->left, y},
                           (const int[]){width - 4, y});
                plot_number(mark, frame->plot->tenths, number);
                chart_text(page, "end", frame->left - 6, y + 4, number);
                if (mark > frame->axis.top - frame->axis.step)
                        return;
        }
}

static void put_column(struct html *page, const struct frame *frame, size_t row, int x, int width)
{
        const struct plot *plot = frame->plot;
        char number[PLOT_NUMBER_SIZE];
        int64_t sum = 0;

        for (size_t part = 0; part < plot->count; part++) {
                int64_t value = plot->values[row][part];
                int from = plot_at(&frame->axis, sum, frame->length);

                if (value <= 0)
                        continue;
                sum = sum > INT64_MAX - value ? INT64_MAX : sum + value;
                int to = plot_at(&frame->axis, sum, frame->length), height = to > from ? to - from : 1;
                chart_box(page, fill(part), (const int[]){x, frame->bottom - from - height, width, height});
        }
        plot_number(sum, plot->tenths, number);
        if (sum > 0 && chart_text_width(number) <= width + 6)
                chart_text(page, "middle", x + width / 2, frame->bottom - plot_at(&frame->axis, sum, frame->length) - 4,
                           number);
}

void chart_columns(struct html *page, const struct plot *plot)
{
        struct frame frame = {.plot = plot,
                              .axis = plot_axis_for(plot_most(plot)),
                              .left = COLUMNS_LEFT,
                              .length = COLUMNS_HEIGHT,
                              .top = 16 + chart_legend(NULL, LEGEND_LEFT, 4, plot->parts, plot->count)};
        int room = CHART_WIDTH - COLUMNS_LEFT - 4, free_from = 0;
        char description[160];

        if (!plot_worth(plot))
                return;
        describe(plot, "Columns in order", description, sizeof description);
        frame.bottom = frame.top + COLUMNS_HEIGHT;
        chart_begin(page, CHART_WIDTH, frame.bottom + 24, plot->title, description);
        chart_legend(page, LEGEND_LEFT, 4, plot->parts, plot->count);
        put_marks_up(page, &frame, CHART_WIDTH);
        for (size_t row = 0; row < plot->rows; row++) {
                int x = frame.left + (int)row * room / (int)plot->rows,
                    next = frame.left + ((int)row + 1) * room / (int)plot->rows, gap = next - x > 8 ? 3 : 1;

                put_column(page, &frame, row, x + gap, next - x - gap > 1 ? next - x - gap : 1);
                if (x < free_from || x + chart_text_width(plot->labels[row]) > CHART_WIDTH)
                        continue;
                chart_text(page, "start", x + gap, frame.bottom + 16, plot->labels[row]);
                free_from = x + chart_text_width(plot->labels[row]) + 10;
        }
        chart_end(page);
}

/* ---- curves ---- */

#define CURVE_WIDTH (CHART_WIDTH / 2)
#define CURVE_HEIGHT 90

static int curve_x(const struct frame *frame, size_t row)
{
        int room = CURVE_WIDTH - frame->left - 10;

        return frame->left + (2 * (int)row + 1) * room / (2 * (int)frame->plot->rows);
}

/* The name of a quarter below its point: what it begins with only where that is new. */
static void put_moment(struct html *page, const struct frame *frame, size_t row)
{
        const char *label = frame->plot->labels[row], *last = strrchr(label, '-');
        size_t before = last == NULL ? 0 : (size_t)(last - label);
        const char *previous = row == 0 ? "" : frame->plot->labels[row - 1];
        char text[REPORT_CELL_SIZE];

        chart_text(page, "middle", curve_x(frame, row), frame->bottom + 15, last == NULL ? label : last + 1);
        if (before == 0 || (strlen(previous) > before && strncmp(label, previous, before + 1) == 0))
                return;
        snprintf(text, sizeof text, "%.*s", (int)(before < 20 ? before : 20), label);
        chart_text(page, "start", curve_x(frame, row) - 10, frame->bottom + 30, text);
}

void chart_curve(struct html *page, const struct plot *plot)
{
        struct frame frame = {.plot = plot,
                              .axis = plot_axis_for(plot_most(plot)),
                              .left = 40,
                              .length = CURVE_HEIGHT,
                              .bottom = 40 + CURVE_HEIGHT};
        char description[160], number[PLOT_NUMBER_SIZE];

        describe(plot, "Points in order", description, sizeof description);
        chart_begin(page, CURVE_WIDTH, frame.bottom + 36, plot->title, description);
        put_text(page, "strong", "start", (const int[]){4, 14}, plot->title);
        put_marks_up(page, &frame, CURVE_WIDTH);
        for (size_t row = 0; row < plot->rows; row++) {
                int64_t value = plot->values[row][0], last = row == 0 ? PLOT_NONE : plot->values[row - 1][0];
                const int at[] = {curve_x(&frame, row), frame.bottom - plot_at(&frame.axis, value, CURVE_HEIGHT)};

                if (row > 0 && value >= 0 && last >= 0)
                        chart_line(page, "curve",
                                   (const int[]){curve_x(&frame, row - 1),
                                                 frame.bottom - plot_at(&frame.axis, last, CURVE_HEIGHT)},
                                   at);
                put_moment(page, &frame, row);
        }
        for (size_t row = 0; row < plot->rows; row++) {
                int64_t value = plot->values[row][0];
                int x = curve_x(&frame, row), y = frame.bottom - plot_at(&frame.axis, value, CURVE_HEIGHT);

                if (value >= 0)
                        chart_box(page, "dot", (const int[]){x - 3, y - 3, 6, 6});
                plot_number(value, plot->tenths, number);
                chart_text_over(page, x, y - 7, number);
        }
        chart_end(page);
}
