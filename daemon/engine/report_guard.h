/*
 * report_guard - numbers, what a reader knows of how they add up, and which of them
 * have to be hidden so that no hidden one can be worked out. Private to daemon/engine.
 *
 * A hidden number is guarded by a move: it and some other hidden numbers rise and
 * fall by one each so that everything a reader knows still holds. How often that can
 * be done, up and down, is how many other values the number may have. A move is a
 * proof by example, so that a relation too many hides more and never less.
 */
#ifndef ENGINE_REPORT_GUARD_H
#define ENGINE_REPORT_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "mappad/arena.h"

#define GUARD_NONE UINT32_MAX

struct guard_number {
        uint64_t value;
        bool seen;                      /* printed unless it is hidden; what is not may be anything from 0 on */
        bool hidden, guarded;
};

struct guard_term { uint32_t number; int8_t sign; };
struct guard_relation {
        uint32_t first, count;
        int32_t open;                   /* while a move is looked for: by how much it is out of balance */
};
struct guard_use { uint32_t relation; int8_t sign; };

struct guard {
        struct arena *arena;
        struct guard_number *numbers;
        struct guard_relation *relations;
        struct guard_term *terms;       /* of each relation: they add up to a constant */
        size_t number_count, number_room, relation_count, relation_room, term_count, term_room;
        bool failed;                    /* memory ran out */
        struct guard_use *uses;         /* by number, from use_first[number] up to use_first[number + 1] */
        uint32_t *use_first;
        bool *moved;                    /* by number: part of the move in hand */
};

/* Purpose: begin without numbers. Owns: the arena's. */
void guard_init(struct guard *guard, struct arena *arena);
/* Purpose: one more number; its index, or GUARD_NONE when memory ran out. */
uint32_t guard_add(struct guard *guard, uint64_t value, bool seen);
/* Purpose: the parts add up to the whole. */
void guard_equal(struct guard *guard, uint32_t whole, const uint32_t *parts, size_t count);
/* Purpose: the parts are no more than the whole. Shape: where they are more, nothing is known; where they are just as
 * much, it is taken for known that they always are. */
void guard_at_most(struct guard *guard, uint32_t whole, const uint32_t *parts, size_t count);
/* Purpose: the parts are no less than the whole. Shape: likewise. */
void guard_at_least(struct guard *guard, uint32_t whole, const uint32_t *parts, size_t count);
/* Purpose: no more numbers and relations will come. Errors: false: memory ran out, now or before. */
bool guard_close(struct guard *guard);
/* Purpose: hide a number and the cheapest others that leave it `others` values besides its own, all from 1 on: a
 * printed 0 is never hidden, so that whoever sees a hidden number knows that it is none. Cost: bounded. */
void guard_hide(struct guard *guard, uint32_t number, uint64_t others);

#endif
