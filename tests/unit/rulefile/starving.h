/*
 * starving - has the Nth allocation of the engine fail, and all after it.
 */
#ifndef MAPPAD_TEST_STARVING_H
#define MAPPAD_TEST_STARVING_H

#include "mappad/arena.h"

/* Allocations that still succeed; fewer than none: all. The linker puts these before those of the engine (Makefile). */
static int allocations_left = -1;

static bool fails(void)
{
        if (allocations_left > 0)
                allocations_left--;
        else if (allocations_left == 0)
                return true;
        return false;
}

void *__real_arena_alloc(struct arena *arena, size_t size);
void *__real_arena_array(struct arena *arena, size_t count, size_t size);
void *__real_arena_room(struct arena *arena, size_t count, size_t size);
void *__wrap_arena_alloc(struct arena *arena, size_t size);
void *__wrap_arena_array(struct arena *arena, size_t count, size_t size);
void *__wrap_arena_room(struct arena *arena, size_t count, size_t size);

void *__wrap_arena_alloc(struct arena *arena, size_t size)
{
        return fails() ? NULL : __real_arena_alloc(arena, size);
}

void *__wrap_arena_array(struct arena *arena, size_t count, size_t size)
{
        return fails() ? NULL : __real_arena_array(arena, count, size);
}

void *__wrap_arena_room(struct arena *arena, size_t count, size_t size)
{
        return fails() ? NULL : __real_arena_room(arena, count, size);
}

#endif
