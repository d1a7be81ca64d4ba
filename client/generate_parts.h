/*
 * generate_parts - what the files of the generator share.
 */
#ifndef MAPPACTL_GENERATE_PARTS_H
#define MAPPACTL_GENERATE_PARTS_H

#include "search.h"
#include "mappad/wire.h"

#define SCENARIO_RECORDS_MAX (SEARCH_DEPTH_MAX + 64)    /* the search, and what a quota needs */
#define SCENARIO_DAYS_MAX 8

struct generation {
        const struct ruleset *ruleset;          /* with the rule enabled */
        bool enabled_here;                      /* it ships disabled */
        uint16_t rule;
        const struct rule_version *version;
        struct arena arena;                     /* of one scenario */
        struct wire_buffer out;
        int32_t ahead;                          /* days from the history to the opening of a date's window */
        size_t tests;
        bool failed;                            /* memory ran out */
};

/* One test to be written: a history and days to ask about. */
struct scenario {
        char name[160];
        struct record records[SCENARIO_RECORDS_MAX];
        size_t count;
        int32_t days[SCENARIO_DAYS_MAX];
        size_t day_count;
};

/* Purpose: what the rule asks for in a scenario as of a day: its answers, in order. NULL without memory. */
struct obligation *generation_answers(struct generation *generation, const struct scenario *scenario, int32_t day,
                                      size_t *ret_count);
/* Purpose: add a day to be asked about, in order, once. */
void scenario_ask(struct scenario *scenario, int32_t day);
/* Purpose: write the scenario as a test; a comment instead if its events cannot be recorded. */
void generation_write(struct generation *generation, const struct scenario *scenario);
/* Purpose: write the head of the file, and its end. */
void generation_begin(struct generation *generation);
void generation_end(struct generation *generation);

#endif
