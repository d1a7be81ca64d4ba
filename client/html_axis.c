/*
 * html_axis - days along the pictures of a case (html_case.h).
 */
#include <stdio.h>

#include "html_case.h"

#define MARK_ROOM 44    /* units between two marks of the axis */
#define TODAY_WIDTH 120 /* units of the words below the day asked about */

int case_at(const struct case_span *span, int32_t day)
{
        struct plot_axis axis = {.top = (int64_t)span->last - span->first, .step = 1};

        return span->left + plot_at(&axis, (int64_t)day - span->first, span->length);
}

/* Months between two marks: as few as there is room for. */
static int months_apart(const struct case_span *span)
{
        static const int months[] = {1, 3, 6, 12, 24, 60, 120, 600};
        int64_t days = (int64_t)span->last - span->first;
        size_t i = 0;

        while (i + 1 < sizeof months / sizeof *months && months[i] * 30 * (int64_t)span->length < days * MARK_ROOM)
                i++;
        return months[i];
}

static void put_today(struct html *page, const struct case_span *span, int bottom)
{
        int today = case_at(span, span->today);
        bool room = today + TODAY_WIDTH / 2 < CHART_WIDTH;

        chart_line(page, "axis", (const int[]){today, CASE_TOP - 16}, (const int[]){today, bottom});
        chart_text(page, room ? "middle" : "end", room ? today : CHART_WIDTH - 2, bottom + 28, "the day asked about");
}

void case_axis(struct html *page, const struct case_span *span, int bottom)
{
        static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        int months = months_apart(span);
        /* Months are counted up to the last day that there is, and no further: there they would stand still. */
        int32_t last = span->last < CIVIL_MAX ? span->last : CIVIL_MAX - 1;
        struct civil civil = civil_to_date(span->first);
        int32_t mark = civil_from_date((struct civil){civil.year, 1, 1});
        char text[32];

        for (; mark <= last; mark = civil_add_months(mark, months)) {
                if (mark < span->first)
                        continue;
                int x = case_at(span, mark);

                civil = civil_to_date(mark);
                if (months >= 12)
                        snprintf(text, sizeof text, "%d", civil.year);
                else
                        snprintf(text, sizeof text, "%s %02d", names[civil.month - 1], civil.year % 100);
                chart_line(page, "grid", (const int[]){x, CASE_TOP - 4}, (const int[]){x, bottom});
                if (x + chart_text_width(text) / 2 < CHART_WIDTH)
                        chart_text(page, "middle", x, bottom + 14, text);
        }
        if (span->today != CIVIL_NONE)
                put_today(page, span, bottom);
}
