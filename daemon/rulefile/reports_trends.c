/*
 * reports_trends - figures of a report that are given for one quarter after another.
 */
#include "reports.h"

enum { TREND_NAME, TREND_LABEL, TREND_NOTES, TREND_OF, TREND_OVER, TREND_PER, TREND_KEYS };
static const struct cfg_key trend_keys[TREND_KEYS] = {
        [TREND_NAME] = {"name", CFG_TEXT, CFG_REQUIRED}, [TREND_LABEL] = {"label", CFG_TEXT, CFG_REQUIRED},
        [TREND_NOTES] = {"notes", CFG_TEXTS, 0},         [TREND_OF] = {"of", CFG_GROUP, CFG_REQUIRED},
        [TREND_OVER] = {"over", CFG_GROUP, 0},           [TREND_PER] = {"per", CFG_INT, 0},
};

static const char *trend_name(const void *list, size_t index)
{
        return ((const struct report_trend *)list)[index].name;
}

static void trend_read(const struct report_reading *reading, const struct cfg_node *node, const struct named *before,
                       struct report_trend *trend)
{
        const struct cfg_node *found[TREND_KEYS];

        cfg_group(reading->file, node, trend_keys, TREND_KEYS, found);
        trend->name = named_read(reading, found[TREND_NAME], before);
        trend->label = build_text(reading->build, found[TREND_LABEL]);
        notes_read(reading, found[TREND_NOTES], &trend->notes);
        if ((found[TREND_OVER] == NULL) != (found[TREND_PER] == NULL)) {
                cfg_error(reading->file, node, "a trend has \"over\" and \"per\", or neither: then it is the figure");
                return;
        }
        if (cell_read(reading, found[TREND_OF], found[TREND_OVER] == NULL, &trend->of))
                reading->tables[trend->of.table].trended = true;
        if (found[TREND_OVER] == NULL)
                return;
        cfg_int(reading->file, found[TREND_PER], 1, 100000000, &trend->per);
        if (cell_read(reading, found[TREND_OVER], false, &trend->over))
                reading->tables[trend->over.table].trended = true;
}

void trends_read(struct report_reading *reading, const struct cfg_node *node, const struct cfg_node *quarters)
{
        struct report_trend *trends = report_list(reading, node, REPORT_NAMED_MAX, sizeof *trends);
        struct named before = {"trend", "", trend_name, trends, 0};
        int32_t number = 0;

        if (quarters != NULL && cfg_int(reading->file, quarters, 2, REPORT_TREND_MAX, &number))
                reading->report->trend_quarters = (uint32_t)number;
        if (node == NULL && quarters != NULL)
                cfg_error(reading->file, quarters, "\"trend-quarters\" is for reports with \"trends\"");
        if (node != NULL && quarters == NULL)
                cfg_error(reading->file, node,
                          "a report with \"trends\" says by \"trend-quarters\" how far back they go");
        for (; trends != NULL && before.count < cfg_count(node); before.count++)
                trend_read(reading, cfg_element(node, before.count), &before, &trends[before.count]);
        reading->report->trends = trends;
        reading->report->trend_count = before.count;
}
