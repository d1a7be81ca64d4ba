/*
 * report_known - what a reader of a report knows of how its figures hang together.
 * Private to daemon/engine.
 *
 * Lines add up; a part is no more than its row, nor than what an invariant says;
 * figures of other tables, of other years and of quarters that count the same things,
 * or some of them, are those things.
 */
#ifndef ENGINE_REPORT_KNOWN_H
#define ENGINE_REPORT_KNOWN_H

#include "report_box.h"
#include "report_guard.h"

/* The sums' place in a sheet. */
#define KNOWN_SUMS REPORT_BANDS_MAX

/* A table of one period: the number of each figure. */
struct known_sheet { uint32_t numbers[REPORT_BANDS_MAX + 1][REPORT_BANDS_MAX + 1]; };

/* A number, where it stands first. */
struct known_figure { struct box box; uint32_t number; uint16_t period, table; };

/* A figure inside another: which way it is narrower, and whether a relation has it. */
struct known_part { uint64_t axis; uint32_t figure; bool taken; };

struct known {
        const struct report *report;
        const struct report_shown *periods;
        size_t period_count;
        struct guard *guard;
        struct known_sheet *sheets;     /* period * table_count + table; those that are not counted are zero */
        struct known_figure *figures;
        size_t figure_count;
        size_t related;                 /* figures whose parts were looked for */
        struct known_part *parts;       /* room for those of one figure */
};

/* Purpose: every figure as a number, and what is known within a table and by invariants. false: no memory. */
bool known_begin(struct known *known, const struct report *report, const struct report_shown *periods, size_t count,
                 struct guard *guard);
/* Purpose: what is known of one more figure by those of other tables and times. false: there is none left.
 * Cost: linear in the figures. */
bool known_relate(struct known *known);
/* Purpose: the number of a figure, or of a sum. Shape: the table is counted in the period. */
uint32_t known_number(const struct known *known, size_t period, struct report_cell cell);

#endif
