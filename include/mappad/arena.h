/*
 * arena - storage that the caller provides and gives back as a whole.
 *
 * The engine has no heap: whoever calls it hands it an arena. An arena is a
 * chain of blocks got from a grow function (the heap outside the engine, a
 * static buffer in tests); everything in it dies together.
 */
#ifndef MAPPAD_ARENA_H
#define MAPPAD_ARENA_H

#include <stddef.h>

/* Purpose: give a block of at least size bytes, aligned for any type, or NULL. */
typedef void *(*arena_grow_fn)(size_t size);
/* Purpose: take back a block that the grow function gave. */
typedef void (*arena_release_fn)(void *block);

struct arena_block;

struct arena {
        struct arena_block *first;      /* oldest block; kept by arena_reset */
        struct arena_block *current;    /* the block allocations come from */
        unsigned char *free;            /* what is left of it */
        size_t left;
        arena_grow_fn grow;
        arena_release_fn release;
        size_t total;                   /* bytes of all blocks */
};

/* A point in an arena to which it can be wound back. */
struct arena_mark {
        struct arena_block *block;
        size_t used;
};

/* Purpose: make an empty arena; nothing is allocated until first use. */
void arena_init(struct arena *arena, arena_grow_fn grow, arena_release_fn release);
/* Purpose: release every block. An arena that was zeroed or finished is left alone. */
void arena_fini(struct arena *arena);
/* Purpose: forget every allocation but keep the blocks for the next use. */
void arena_reset(struct arena *arena);
/* Purpose: size zeroed bytes aligned for any type; NULL when grow fails or size
 * overflows. A size of 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
/* Purpose: count elements of size bytes each, zeroed; NULL on overflow or failure. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Purpose: the same, not zeroed: for what is written before it is read. */
void *arena_room(struct arena *arena, size_t count, size_t size);
/* Purpose: a NUL-terminated copy of length bytes of text. */
char *arena_copy(struct arena *arena, const char *text, size_t length);
/* Purpose: the present point, and winding back to it. Later allocations are forgotten. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

#endif
