/*
 * report_known - what a reader of a report knows of how its figures hang together.
 * Private to daemon/engine.
 *
 * Lines add up; a part is no more than its row, nor than what an invariant says, also
 * of the days of another period that it reaches into or borders on;
 * figures of other tables, of other years and of quarters that count the same things,
 * or some of them, are those things.
 */
#ifndef ENGINE_REPORT_KNOWN_H
#define ENGINE_REPORT_KNOWN_H

#include "report_box.h"
#include "report_guard.h"

/* A number, where it stands first. */
struct known_figure {
        struct box box;
        uint32_t number;
        uint32_t next;                  /* of the same population, one more than its index; 0: it is the last */
        uint16_t period, table;
};

/* A figure inside another: which way it is narrower, and whether a relation has it. */
struct known_part { uint64_t axis; uint32_t figure; bool taken; };

#define KNOWN_HEADS 1024                /* populations share a list by chance */

struct known {
        const struct vocabulary *vocabulary;
        const struct report *report;
        const struct report_shown *periods;
        size_t period_count;
        struct guard *guard;
        uint32_t **sheets;              /* period * table_count + table: the number of each figure; NULL: not counted */
        struct known_figure *figures;
        size_t figure_count;
        uint32_t heads[KNOWN_HEADS];    /* by population, one more than the index of a figure */
        size_t taken, told, related;    /* sheets whose figures have numbers, and whose lines are known; figures whose
                                           parts were looked for */
        struct known_part *parts;       /* room for those of one figure */
};

/* Purpose: begin with nothing. false: no memory. */
bool known_begin(struct known *known, const struct vocabulary *vocabulary, const struct report *report,
                 const struct report_shown *periods, size_t count, struct guard *guard);
/* Purpose: a bounded piece of the work. false: all is known. Cost: linear in the figures. */
bool known_next(struct known *known);
/* Purpose: the number of a figure, or of a sum. Shape: the table is counted in the period. */
uint32_t known_number(const struct known *known, size_t period, struct report_cell cell);

#endif
