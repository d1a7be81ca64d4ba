/*
 * gathering - rows of a derived answer, kept until the last case has been seen.
 *
 * A list over every case has hundreds of thousands of rows, so what they cost is
 * memory read and written: a row is packed into numbers, the reference of a case
 * is kept once, and the order is found by counting days, not by comparing texts.
 */
#ifndef APP_GATHERING_H
#define APP_GATHERING_H

#include "inside.h"

/* A row as it is handed out; texts are its own. */
struct answer_row {
        char ref[33];
        struct duty duty;
        char key[33];
};

struct gathering {
        struct gathered_row *rows;
        size_t count, capacity;
        struct gathered_case *cases;
        size_t case_count, case_capacity;
        uint64_t *order;                /* due day and number of each row, in the order of the list */
        struct arena keys;              /* of items */
};

void gathering_init(struct gathering *gathering);
void gathering_fini(struct gathering *gathering);
/* Purpose: rows kept from now on are of another case. false: no memory. */
bool gathering_case(struct gathering *gathering, const char *ref);
/* Purpose: keep a row of the case. Shape: those of one case come by rule, item, started, as the engine gives them.
 * false: no memory. */
bool gathering_keep(struct gathering *gathering, const struct ruleset *ruleset, const struct obligation *obligation);
/* Purpose: order what was kept: by due (none last), reference, rule, item, started; within a case alone as it came.
 * false: no memory. Cost: a walk over the cases and three over the rows; a sort of the cases unless they came in
 * order. */
bool gathering_order(struct gathering *gathering, bool within_case);
/* Purpose: the row at a place of the order. */
void gathering_row(const struct gathering *gathering, const struct ruleset *ruleset, size_t at,
                   struct answer_row *ret_row);

#endif
