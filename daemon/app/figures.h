/*
 * figures - how a question about a report is understood. Private to daemon/app.
 */
#ifndef APP_FIGURES_H
#define APP_FIGURES_H

#include "inside.h"
#include "mappad/app_figures.h"

/* Purpose: which report, by name. */
bool figures_report(const struct ruleset *ruleset, const char *name, const struct report **ret_report,
                    struct wire_problem *problem);
/* Purpose: the days asked for, and those before them; day is the last that counts. */
bool figures_period(const struct app_figures_question *question, int32_t day, struct app_figures_answer *answer,
                    struct wire_problem *problem);
/* Purpose: the quarters of a report up to that of a day, of which trends are made. Shape: as many as it says. */
void figures_trend(const struct report *report, int32_t day, struct app_figures_year *ret_quarters);
/* Purpose: numbers given beside the question. Shape: inputs is one an input of the report. */
bool figures_inputs(const struct report *report, const char *list, struct app_figures_input *inputs,
                    struct wire_problem *problem);

/* Cells that a case falls into. */
struct figures_hits {
        struct report_hit *list;
        size_t count, capacity;
        struct arena *arena;
        bool failed;                    /* memory ran out */
};
/* Purpose: take in one; a report_hit_fn. */
void figures_hit(void *hits, const struct report_hit *hit);

/* What a case is counted into: of the year, and of the one before. */
struct figures_reading { struct figures_hits year, before; };
/* Purpose: the cells in which a case is more often, or less often, now than then. false: no memory. Owns: arena.
 * Cost: hits times cells. */
struct figures_changes { struct app_figures_change *list; size_t count; };
bool figures_compare(const struct figures_reading *then, const struct figures_reading *now, struct arena *arena,
                     struct figures_changes *ret_changes);

#endif
