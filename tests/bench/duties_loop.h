/*
 * duties_loop - the four duties of the benchmark as a loop over packed arrays, with
 * nothing general in it: the limit.
 */
#ifndef BENCH_DUTIES_LOOP_H
#define BENCH_DUTIES_LOOP_H

#include "duties_load.h"

enum bare_rule { BARE_INITIAL, BARE_LEVEL_2, BARE_LEVEL_3, BARE_RELEASE };
enum bare_state { BARE_OVERDUE, BARE_SOON, BARE_LATER };

/* Answers boiled down to what can be compared. */
struct bare_sum {
        uint64_t count[4][3];           /* open obligations by rule and state */
        uint64_t check;                 /* sum over all of (due - today) * (rule + 1) + case */
};

/* Purpose: answer for every case as of a day. */
void bare_run(const struct workload *workload, int32_t today, struct bare_sum *ret_sum);
/* Purpose: add one answer to a sum; due soon: within 28 days. */
void bare_add(struct bare_sum *sum, size_t casefile, enum bare_rule rule, int32_t due, int32_t today);

#endif
