/*
 * search - a history that makes a rule apply, looked for among the events of
 * the vocabulary.
 *
 * All of it happens on one day. The search goes from the states that lack least:
 * each step is one event with one choice of its fields, admitted without a
 * refusal or a warning, and no state is looked at twice.
 */
#ifndef MAPPACTL_SEARCH_H
#define MAPPACTL_SEARCH_H

#include "mappad/obligation.h"

#define SEARCH_DEPTH_MAX 12     /* events of a history; the longest of the shipped rules needs 5 */

#define SEARCH_AHEAD 1200       /* days after which a duty of every year, or a quota, has begun twice */

struct search;

/* What is looked for. */
struct search_goal {
        const struct ruleset *ruleset;          /* with the rule enabled */
        uint16_t rule;
        const struct rule_version *version;
        int32_t day;                            /* of every event */
        int32_t target;                         /* value of the rule's date attribute; CIVIL_NONE without */
};

/* Purpose: make ready: which attributes, events and fields have to do with the rule. Shape: the goal outlives it.
 * Errors: NULL when memory ran out. */
struct search *search_new(const struct search_goal *goal);
void search_free(struct search *search);

/* Purpose: look for the history. *ret_count is 0 when there is none. Owns: *ret_records live as long as the
 * search. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status search_history(struct search *search, const struct record **ret_records, size_t *ret_count);

/* Purpose: what the best state that was found still lacks: "level is none of 2, 3; no event \"sentenced\"". */
void search_lack(const struct search *search, char *text, size_t size);

/* One event that changes only whether the clock runs. */
enum search_step { SEARCH_PAUSE, SEARCH_RESUME };
/* Purpose: look for one more event, on a day after count records, that stops or starts the clock while the rule
 * goes on applying. ret_record->fact.seq is count + 1. Returns whether there is one. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status search_step(struct search *search, const struct record *records, size_t count,
                                   enum search_step step, struct record *ret_record);
/* Purpose: the same for an event that meets the rule. The day is ret_record->fact.on, set by the caller. */
MUST_CHECK enum status search_met(struct search *search, const struct record *records, size_t count,
                                      struct record *ret_record);

#endif
