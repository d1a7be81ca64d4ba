/*
 * report_box - what a figure of a report counts, as a set of possible moments, so
 * that figures of different tables can be seen to count the same, or a part of one
 * another. Private to daemon/engine.
 *
 * Two figures whose definitions say the same in other words are not seen to be the
 * same; a condition that is not a plain list of values is the same as itself alone.
 *
 * A set may hold several values at once. Who holds one of these and who holds one of
 * those may be the same, so that such figures are never apart; they are apart only
 * where one holds what the other must lack.
 */
#ifndef ENGINE_REPORT_BOX_H
#define ENGINE_REPORT_BOX_H

#include "mappad/report.h"

#define BOX_SIDES_MAX 16

/* Which values of one thing that is asked about are in the box; of others all are. Of a set: it holds one of these, or
 * (an axis of its own) all that it holds is among these. */
struct box_side { uint64_t axis, values; };

struct box {
        uint64_t population;            /* boxes of different ones have nothing to do with each other */
        bool adds_up;                   /* disjoint parts of it add up; not where a case counts once */
        int32_t first, last;            /* days of what is counted over a period; else 0 */
        int32_t days_from, days_until;  /* how late, or how old */
        struct box_side sides[BOX_SIDES_MAX];
        size_t side_count;
};

/* What of a box is narrower than another: which side, or one of these. */
#define BOX_AXIS_TIME 1
#define BOX_AXIS_DAYS 2

/* Purpose: what a cell, or a sum (REPORT_ALL), counts over days. */
struct box box_of(const struct vocabulary *vocabulary, const struct report *report, struct report_cell cell,
                  int32_t first, int32_t last);
bool box_same(const struct box *a, const struct box *b);
/* Purpose: whether one box is in another and narrower in one way alone; *ret_axis says in which. */
bool box_within(const struct box *whole, const struct box *part, uint64_t *ret_axis);
/* Purpose: whether two boxes differ in nothing but their days. */
bool box_same_but_days(const struct box *a, const struct box *b);
/* Purpose: whether two boxes have nothing in common as far as one axis goes. */
bool box_apart(const struct box *a, const struct box *b, uint64_t axis);
/* Purpose: whether parts that are narrower this way may have something in common although their values differ. */
bool box_axis_overlaps(uint64_t axis);

#endif
