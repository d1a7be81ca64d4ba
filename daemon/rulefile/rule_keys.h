/*
 * rule_keys - the settings of a rule and a rule between the passes. Private to daemon/rulefile.
 */
#ifndef RULEFILE_RULE_KEYS_H
#define RULEFILE_RULE_KEYS_H

#include "build.h"

enum rule_key {
        RULE_ID, RULE_TITLE, RULE_SOURCE, RULE_BASIS, RULE_AUTHORITY, RULE_STRENGTH, RULE_ENABLED, RULE_IN_FORCE,
        RULE_PER, RULE_APPLIES, RULE_UNLESS, RULE_RUNS, RULE_ON_PAUSE, RULE_GRACE, RULE_NEEDS,
        RULE_EVERY, RULE_WITHIN, RULE_BY, RULE_AT_LEAST,
        RULE_FROM, RULE_LEAD, RULE_OPENS, RULE_TENTATIVE, RULE_MILESTONE, RULE_IN_EACH, RULE_YEAR_STARTS,
        RULE_MET_BY, RULE_MISSED_IF, RULE_BOOKED_BY, RULE_SOONER, RULE_FOLLOWS, RULE_ALERTS, RULE_URGENT, RULE_KEYS
};

/* One element of `rules`: a version of a rule. */
struct rule_draft {
        const struct cfg_file *file;
        const struct cfg_node *node;
        const struct cfg_node *found[RULE_KEYS];
        char *id;
        bool clean;                     /* well formed, and its clock is known */
        size_t order;                   /* as read */
        struct rule_version version;    /* being filled */
        uint16_t per;
        struct view view;               /* what its conditions see */
};

/* Purpose: which clock a rule has (clocks.c); false after reporting. A setting that does not go with it is reported
 * and makes the draft unclean. */
bool rule_choose_clock(struct rule_draft *draft);
/* Purpose: read the settings of the clock itself. Shape: rule_choose_clock was content. */
bool rule_read_clock(struct build *build, struct rule_draft *draft);

#endif
