/*
 * check - what the checks of a rule set share. Private to daemon/rulefile.
 */
#ifndef RULEFILE_CHECK_H
#define RULEFILE_CHECK_H

#include "mappad/rulefile.h"

#define EVENTS_SINCE 1900               /* no event of a case that anybody keeps is of an earlier year */

struct check {
        const struct ruleset *ruleset;
        struct diagnostics *diagnostics;
        struct arena arena;
        enum status status;
        uint64_t *reachable;            /* per attribute: every bit it can ever have, UNSET included */
        uint64_t *may;                  /* per attribute: scratch of reach_possible */
        bool *involved;                 /* per attribute: scratch of reach_possible */
        uint64_t budget;                /* steps left for reach_possible */
};

/* Purpose: what events and rows can make of each attribute. */
void reach_learn(struct check *check);
/* Purpose: whether some state may fit both conditions and escape `unless`. "False" is certain; "true" is
 * the answer also when the question is too large. */
bool reach_possible(struct check *check, const struct condition *first, const struct condition *unless,
                    const struct condition *second);

/* A row of a table, whichever: the first that fits decides. */
struct reach_row {
        const struct condition *when, *unless;
        uint16_t date;                  /* must be set for the row to fit; VOCABULARY_NONE: none */
        bool certain;                   /* fits whenever its conditions hold */
        int32_t from, until;            /* in force */
        const char *file; int line;
};
/* Purpose: whether the last of count rows may decide for some case that fits applies and escapes unless.
 * "False" is certain, as above. */
bool reach_row(struct check *check, const struct reach_row *rows, size_t count, const struct condition *applies,
               const struct condition *unless);

/* Purpose: words that nothing uses, values that never come up (check_words.c). */
void check_words(struct check *check);
/* Purpose: rows of tables that decide nothing (check_tables.c). */
void check_tables(struct check *check);
/* Purpose: whether every state that fits the later condition fits the earlier one. */
bool check_covers(const struct condition *earlier, const struct condition *later);
/* Purpose: events that nothing allows, triggers and constraints that their own event defeats (check_events.c). */
void check_events(struct check *check);
/* Purpose: rules, one version at a time (check_rules.c), and their ladders (check_ladder.c). */
void check_rules(struct check *check);
void check_ladder(struct check *check, const struct rule *rule, const struct rule_version *version);
/* Purpose: an approximate length in days, for comparing periods of different units. */
double check_days(struct period period);

__attribute__((format(printf, 4, 5)))
void check_warn(struct check *check, const char *file, int line, const char *format, ...);

#endif
