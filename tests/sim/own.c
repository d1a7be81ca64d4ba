/*
 * own - the C library's allocations, counted; those of the simulation apart.
 */
#include "own.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_llong all;
static long long own;

#ifndef __SANITIZE_ADDRESS__

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static void *count(void *block)
{
        atomic_fetch_add_explicit(&all, (long long)malloc_usable_size(block), memory_order_relaxed);
        return block;
}

void *malloc(size_t size)
{
        return count(__libc_malloc(size));
}

void *calloc(size_t members, size_t size)
{
        return count(__libc_calloc(members, size));
}

void *realloc(void *block, size_t size)
{
        long long before = (long long)malloc_usable_size(block);
        void *moved = __libc_realloc(block, size);

        if (moved != NULL || size == 0)
                atomic_fetch_sub_explicit(&all, before, memory_order_relaxed);
        return count(moved);
}

void free(void *block)
{
        atomic_fetch_sub_explicit(&all, (long long)malloc_usable_size(block), memory_order_relaxed);
        __libc_free(block);
}

#endif

static void *keep(void *block)
{
        own += (long long)malloc_usable_size(block);
        return block;
}

void *own_malloc(size_t size)
{
        return keep(malloc(size));
}

void *own_calloc(size_t count, size_t size)
{
        return keep(calloc(count, size));
}

void *own_realloc(void *block, size_t size)
{
        own -= (long long)malloc_usable_size(block);
        return keep(realloc(block, size)); /* whoever gets none ends */
}

char *own_strdup(const char *text)
{
        return keep(strdup(text));
}

void own_free(void *block)
{
        own -= (long long)malloc_usable_size(block);
        free(block);
}

long long own_others(void)
{
        return atomic_load_explicit(&all, memory_order_relaxed) - own;
}
