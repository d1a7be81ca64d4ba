/*
 * arena - a chain of blocks that dies as a whole.
 *
 * Allocation moves a mark within the current block, which the arena itself keeps;
 * a block that is too small is left behind until the arena is reset or wound back.
 * Blocks after the current one hold nothing. Memory is zeroed when it is given out,
 * not when it is got, because blocks are used again.
 */
#include "mappad/arena.h"
#include "mappad/ensure.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#define ARENA_ALIGN alignof(max_align_t)
#define ARENA_BLOCK_MIN ((size_t)16 << 10) /* a case with a few hundred events fits */
#define ARENA_BLOCK_MAX ((size_t)1 << 20)  /* growth by doubling stops here */

struct arena_block {
        struct arena_block *next;
        size_t size; /* bytes in data */
        alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *arena, arena_grow_fn grow, arena_release_fn release)
{
        *arena = (struct arena){.grow = grow, .release = release};
}

void arena_fini(struct arena *arena)
{
        struct arena_block *next;

        for (struct arena_block *block = arena->first; block; block = next) {
                next = block->next;
                arena->release(block);
        }
        arena->first = NULL;
        arena->current = NULL;
        arena->left = 0;
        arena->total = 0;
}

/* Makes a block the current one, of which so much is taken. */
static void enter(struct arena *arena, struct arena_block *block, size_t used)
{
        arena->current = block;
        arena->free = block->data + used;
        arena->left = block->size - used;
}

void arena_reset(struct arena *arena)
{
        if (arena->first)
                enter(arena, arena->first, 0);
}

/* Doubling what there is keeps the number of blocks logarithmic. */
static size_t block_size(const struct arena *arena, size_t size)
{
        size_t wanted = arena->total < ARENA_BLOCK_MIN ? ARENA_BLOCK_MIN : arena->total;

        if (wanted > ARENA_BLOCK_MAX)
                wanted = ARENA_BLOCK_MAX;
        return wanted < size ? size : wanted;
}

/* A new block, in the chain behind the current one. */
static struct arena_block *grow(struct arena *arena, size_t size)
{
        size_t data = block_size(arena, size);
        struct arena_block *block = arena->grow(sizeof(*block) + data);

        if (!block)
                return NULL;
        *block = (struct arena_block){.size = data};
        if (arena->current) {
                block->next = arena->current->next;
                arena->current->next = block;
        } else {
                block->next = arena->first;
                arena->first = block;
        }
        arena->total += sizeof(*block) + data;
        return block;
}

/* From the block after the current one if it is large enough, else from a new one before it. */
static void *step(struct arena *arena, size_t size)
{
        struct arena_block *block = arena->current ? arena->current->next : arena->first;

        if (!block || block->size < size)
                block = grow(arena, size);
        if (!block)
                return NULL;
        enter(arena, block, size);
        return block->data;
}

/* Memory as it was left. */
static inline void *take(struct arena *arena, size_t size)
{
        size_t taken = (size + !size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
        void *memory;

        if (taken > arena->left)
                return step(arena, taken);
        memory = arena->free;
        arena->free += taken;
        arena->left -= taken;
        return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
        void *memory;

        if (size > SIZE_MAX / 2)
                return NULL;
        memory = take(arena, size);
        return memory ? memset(memory, 0, size) : NULL;
}

void *arena_room(struct arena *arena, size_t count, size_t size)
{
        return count > SIZE_MAX / 2 / size ? NULL : take(arena, count * size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
        if (size > 0 && count > SIZE_MAX / size)
                return NULL;
        return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
        char *copy;

        if (length >= SIZE_MAX / 2)
                return NULL;
        copy = arena_alloc(arena, length + 1);
        if (copy && length > 0)
                memcpy(copy, text, length);
        return copy;
}

struct arena_mark arena_mark(const struct arena *arena)
{
        return (struct arena_mark){.block = arena->current,
                                   .used = arena->current ? arena->current->size - arena->left : 0};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
        if (!mark.block) {
                arena_reset(arena);
                return;
        }
        ENSURE(mark.used <= mark.block->size);
        enter(arena, mark.block, mark.used);
}
