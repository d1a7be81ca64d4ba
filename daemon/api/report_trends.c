/*
 * report_trends - figures of a report for one quarter after another.
 */
#include "report_parts.h"

/* One trend in one quarter. */
struct point {
        const struct report *report;
        const struct report_trend *trend;
        const struct app_figures_year *quarter;
        bool told; /* the record had begun */
};

static struct point point_of(const struct app_figures_answer *answer, const struct report_trend *trend, size_t index)
{
        const struct app_figures_year *quarter = &answer->trend[index];

        return (struct point){answer->report, trend, quarter, quarter->cases > 0};
}

static bool is_hidden(const struct point *point, struct report_cell cell)
{
        return report_is_hidden(&point->quarter->hidden[cell.table], cell);
}

static void put_cell(struct wire_buffer *buffer, const struct point *point, struct report_cell cell)
{
        const struct report_sums *sums = point->quarter->sums;
        bool measure = cell.column != REPORT_ALL && cell.column >= point->report->tables[cell.table].counted;

        if (!point->told)
                wire_put_text(buffer, "null");
        else if (is_hidden(point, cell))
                wire_put_text(buffer, "\"suppressed\"");
        else if (measure && report_measured(point->report, sums, cell) == 0)
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, (int64_t)report_figure(point->report, sums, cell));
}

static void put_value(struct wire_buffer *buffer, const struct point *point)
{
        uint64_t of = report_figure(point->report, point->quarter->sums, point->trend->of);
        uint64_t over = report_figure(point->report, point->quarter->sums, point->trend->over);

        if (!point->told)
                wire_put_text(buffer, "null");
        else if (is_hidden(point, point->trend->of) || is_hidden(point, point->trend->over))
                wire_put_text(buffer, "\"suppressed\"");
        else if (over == 0 || of > UINT32_MAX)
                wire_put_text(buffer, "null");
        else
                report_put_quotient(buffer, of, over, point->trend->per);
}

enum part { PART_OF, PART_OVER, PART_VALUE, PARTS };

/* One value a quarter; null without a whole. */
static void put_line(struct wire_buffer *buffer, const struct app_figures_answer *answer,
                     const struct report_trend *trend, enum part part)
{
        static const char *const keys[PARTS] = {"of", "over", "value"};

        wire_put_key(buffer, keys[part]);
        if (part != PART_OF && trend->per == 0) {
                wire_put_text(buffer, "null");
                return;
        }
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < answer->trend_count; i++) {
                struct point point = point_of(answer, trend, i);

                wire_put_text(buffer, i == 0 ? "" : ",");
                if (part == PART_VALUE)
                        put_value(buffer, &point);
                else
                        put_cell(buffer, &point, part == PART_OF ? trend->of : trend->over);
        }
        wire_put_text(buffer, "]");
}

static void put_trend(struct wire_buffer *buffer, const struct app_figures_answer *answer,
                      const struct report_trend *trend)
{
        api_put_text(buffer, "trend", trend->name);
        api_put_text(buffer, "label", trend->label);
        report_put_notes(buffer, &trend->notes);
        wire_put_key(buffer, "per");
        if (trend->per == 0)
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, trend->per);
        for (enum part part = PART_OF; part < PARTS; part++)
                put_line(buffer, answer, trend, part);
}

static void put_quarters(struct wire_buffer *buffer, const struct app_figures_answer *answer)
{
        wire_put_key(buffer, "quarters");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < answer->trend_count; i++) {
                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_text(buffer, "quarter", answer->trend[i].year);
                api_put_date(buffer, "from", answer->trend[i].first);
                api_put_date(buffer, "until", answer->trend[i].until);
                api_put_date(buffer, "counted_until", answer->trend[i].last);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

void report_put_trends(struct wire_buffer *buffer, const struct app_figures_answer *answer)
{
        wire_put_key(buffer, "trends");
        if (answer->trend_count == 0) {
                wire_put_text(buffer, "null");
                return;
        }
        wire_put_text(buffer, "{");
        put_quarters(buffer, answer);
        wire_put_key(buffer, "lines");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < answer->report->trend_count; i++) {
                wire_put_text(buffer, i == 0 ? "{" : ",{");
                put_trend(buffer, answer, &answer->report->trends[i]);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]}");
}
