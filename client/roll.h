/*
 * roll - the record that lines make, held in memory: of one case of a file
 * (docket.h), or of all cases of a test.
 *
 * Lines are admitted in the order of their numbers; all accepted ones before
 * count, whenever they were recorded and whatever day is asked about. The number
 * of a line is the number of its event.
 */
#ifndef MAPPACTL_ROLL_H
#define MAPPACTL_ROLL_H

#include "mappad/wire.h"

struct roll_case {
        const char *ref;
        struct record *records;
        size_t count, capacity;
};

struct roll;

/* What became of a line. */
enum roll_answer { ROLL_ACCEPTED, ROLL_REPEATED, ROLL_REFUSED };

/* Purpose: an empty record. Shape: the rule set must outlive it. Owns: freed by roll_free.
 * Errors: NULL when memory ran out. */
struct roll *roll_new(const struct ruleset *ruleset);
void roll_free(struct roll *roll);
/* Purpose: forget every line, and keep the memory for the next case. */
void roll_clear(struct roll *roll);

/* Purpose: admit a line. *ret_problem is filled when it is refused; *ret_admission otherwise tells
 * which constraints it breaks that only flag.
 * Errors: STATUS_NO_MEMORY. Cost: one pass over its case. */
MUST_CHECK enum status roll_add(struct roll *roll, uint64_t number, const char *text, size_t length,
                                enum roll_answer *ret_answer, struct wire_problem *ret_problem,
                                struct admission *ret_admission);

/* Purpose: what would become of a line; nothing is kept. */
MUST_CHECK enum status roll_try(struct roll *roll, uint64_t number, const char *text, size_t length,
                                enum roll_answer *ret_answer);

/* Purpose: admit a line that was read already; line->record.fact.seq is its number, rising from
 * 1. Shape: the texts of the line outlive the roll. */
MUST_CHECK enum status roll_add_line(struct roll *roll, struct wire_line *line, enum roll_answer *ret_answer,
                                     struct wire_problem *ret_problem, struct admission *ret_admission);

/* Purpose: the record of the line that was accepted last, until the next one is. */
const struct record *roll_last(const struct roll *roll);

/* Purpose: the cases in byte order of their references. No line may be added after it. */
struct roll_case *const *roll_cases(struct roll *roll, size_t *ret_count);

/* Purpose: blocks of the heap for an arena. */
void *heap_grow(size_t size);

#endif
