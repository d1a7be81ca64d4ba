/*
 * reserve - memory for libevent when the system has none.
 *
 * Blocks of one size; a piece is as many of them side by side as it needs, and the first one that fits is taken. The
 * system is asked first each time, so that nothing is lent for longer than it must be. What is lent is known by its
 * address. Nothing is locked: libevent is used by one thread.
 */
#include "mappad/reserve.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "mappad/ensure.h"

#define BLOCK_SIZE ((size_t)256)
#define BLOCKS (RESERVE_SIZE / BLOCK_SIZE)
#define SCARCE_BLOCKS (BLOCKS / 8)
#define GOES_ON UINT16_MAX /* a block that is not the first of its piece */

static struct {
        _Alignas(max_align_t) unsigned char blocks[BLOCKS][BLOCK_SIZE];
        uint16_t lengths[BLOCKS]; /* of the piece that begins here, in blocks; 0: free */
        size_t lent;              /* blocks */
        uint64_t refusals;
} reserve;

static bool is_lent(const void *piece)
{
        uintptr_t at = (uintptr_t)piece, from = (uintptr_t)reserve.blocks;

        return at >= from && at < from + RESERVE_SIZE;
}

static size_t block_of(const void *piece)
{
        return ((uintptr_t)piece - (uintptr_t)reserve.blocks) / BLOCK_SIZE;
}

static size_t size_of(void *piece)
{
        return is_lent(piece) ? reserve.lengths[block_of(piece)] * BLOCK_SIZE : malloc_usable_size(piece);
}

static void *take(size_t first, size_t length)
{
        reserve.lengths[first] = (uint16_t)length;
        for (size_t i = 1; i < length; i++)
                reserve.lengths[first + i] = GOES_ON;
        reserve.lent += length;
        return reserve.blocks[first];
}

static void *lend(size_t size)
{
        size_t length = size == 0 ? 1 : (size + BLOCK_SIZE - 1) / BLOCK_SIZE, found = 0;

        if (size > RESERVE_PIECE_MAX)
                return NULL;
        for (size_t i = 0; i < BLOCKS; i++) {
                found = reserve.lengths[i] == 0 ? found + 1 : 0;
                if (found == length)
                        return take(i + 1 - length, length);
        }
        return NULL;
}

void *reserve_get(size_t size)
{
        void *piece = malloc(size);

        if (piece == NULL)
                piece = lend(size);
        reserve.refusals += piece == NULL;
        return piece;
}

void reserve_give_back(void *piece)
{
        if (!is_lent(piece)) {
                free(piece);
                return;
        }
        size_t first = block_of(piece), length = reserve.lengths[first];

        ENSURE(length > 0 && length != GOES_ON && piece == reserve.blocks[first]);
        memset(&reserve.lengths[first], 0, length * sizeof reserve.lengths[0]);
        reserve.lent -= length;
}

void *reserve_change(void *piece, size_t size)
{
        void *changed = NULL;

        if (piece == NULL)
                return reserve_get(size);
        if (!is_lent(piece))
                changed = realloc(piece, size);
        if (changed != NULL)
                return changed;
        changed = reserve_get(size);
        if (changed == NULL)
                return NULL;
        size_t held = size_of(piece);
        memcpy(changed, piece, held < size ? held : size);
        reserve_give_back(piece);
        return changed;
}

bool reserve_scarce(void)
{
        return reserve.lent > SCARCE_BLOCKS;
}

uint64_t reserve_refusals(void)
{
        return reserve.refusals;
}

void reserve_keep(void)
{
        event_set_mem_functions(reserve_get, reserve_change, reserve_give_back);
}
