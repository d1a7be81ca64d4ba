/*
 * Arenas: what is given out is aligned, zeroed, apart from everything else, and
 * all of it comes back; every allocation that can fail is made to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bank_holidays.h"
#include "mappad/arena.h"

static int live;            /* blocks given and not taken back */
static int fail_after = -1; /* grows until one fails; -1: none does */

static void *grow(size_t size)
{
        if (fail_after == 0)
                return NULL;
        if (fail_after > 0)
                fail_after--;
        live++;
        return memset(malloc(size), 0xa5, size);
}

static void release(void *block)
{
        live--;
        free(block);
}

static int setup(void **state)
{
        (void)state;
        live = 0;
        fail_after = -1;
        return 0;
}

static bool zeroed(const unsigned char *bytes, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (bytes[i] != 0)
                        return false;
        return true;
}

static void nothing_is_taken_before_first_use(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, grow, release);
        assert_int_equal(live, 0);
        assert_int_equal(arena.total, 0);
        arena_reset(&arena);
        arena_fini(&arena);
        assert_int_equal(live, 0);
}

static void memory_is_zeroed_aligned_and_apart(void **state)
{
        enum { COUNT = 2000 };
        static unsigned char *got[COUNT];
        static size_t sizes[COUNT];
        uint64_t seed = seeded("arena");
        struct arena arena;

        (void)state;
        arena_init(&arena, grow, release);
        for (int round = 0; round < 3; round++) {
                for (size_t i = 0; i < COUNT; i++) {
                        sizes[i] = chance(&seed) % (i % 100 == 0 ? 100000 : 300);
                        got[i] = arena_alloc(&arena, sizes[i]);
                        assert_non_null(got[i]);
                        assert_int_equal((uintptr_t)got[i] % _Alignof(max_align_t), 0);
                        assert_true(zeroed(got[i], sizes[i]));
                        memset(got[i], (int)(i & 0xff) | 1, sizes[i]);
                }
                for (size_t i = 0; i < COUNT; i++)
                        for (size_t j = 0; j < sizes[i]; j++)
                                if (got[i][j] != ((i & 0xff) | 1))
                                        fail_msg("allocation %zu was overwritten", i);
                arena_reset(&arena);
        }
        arena_fini(&arena);
        assert_int_equal(live, 0);
}

static void room_is_aligned_and_apart_and_is_left_as_it_was(void **state)
{
        struct arena arena;
        unsigned char *before, *room, *after;

        (void)state;
        arena_init(&arena, grow, release);
        before = arena_alloc(&arena, 3);
        room = arena_room(&arena, 5, 7);
        after = arena_alloc(&arena, 1);
        assert_int_equal((uintptr_t)room % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < 35; i++)
                assert_int_equal(room[i], 0xa5); /* as grow gave it */
        memset(room, 1, 35);
        assert_true(zeroed(before, 3) && zeroed(after, 1));
        assert_ptr_not_equal(arena_room(&arena, 0, 8), arena_room(&arena, 0, 8));
        fail_after = 0;
        assert_null(arena_room(&arena, arena.total, 1));
        arena_fini(&arena);
        assert_int_equal(live, 0);
}

static void a_reset_keeps_the_blocks(void **state)
{
        struct arena arena;
        size_t total;
        int blocks;

        (void)state;
        arena_init(&arena, grow, release);
        for (int i = 0; i < 1000; i++)
                assert_non_null(arena_alloc(&arena, 500));
        total = arena.total;
        blocks = live;
        for (int round = 0; round < 5; round++) {
                arena_reset(&arena);
                for (int i = 0; i < 1000; i++)
                        assert_non_null(arena_alloc(&arena, 500));
        }
        assert_int_equal(arena.total, total);
        assert_int_equal(live, blocks);
        arena_fini(&arena);
        assert_int_equal(live, 0);
        arena_fini(&arena);
}

static void winding_back_forgets_what_came_later(void **state)
{
        struct arena arena;
        struct arena_mark empty, mark;
        char *kept, *first, *again;

        (void)state;
        arena_init(&arena, grow, release);
        empty = arena_mark(&arena);
        kept = arena_copy(&arena, "kept", 4);
        mark = arena_mark(&arena);
        first = arena_alloc(&arena, 64);
        memset(first, 0xff, 64);
        for (int i = 0; i < 100; i++)
                assert_non_null(arena_alloc(&arena, 4000));
        arena_rewind(&arena, mark);
        again = arena_alloc(&arena, 64);
        assert_ptr_equal(again, first);
        assert_true(zeroed((unsigned char *)again, 64));
        assert_string_equal(kept, "kept");
        arena_rewind(&arena, empty);
        assert_ptr_equal(arena_alloc(&arena, 5), kept);
        arena_fini(&arena);
        assert_int_equal(live, 0);
}

static void copies_end_with_a_nul(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, grow, release);
        assert_string_equal(arena_copy(&arena, "abcdef", 3), "abc");
        assert_string_equal(arena_copy(&arena, NULL, 0), "");
        arena_fini(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, grow, release);
        assert_null(arena_alloc(&arena, SIZE_MAX));
        assert_null(arena_alloc(&arena, SIZE_MAX - 8));
        assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
        assert_null(arena_array(&arena, 3, SIZE_MAX / 2));
        assert_null(arena_room(&arena, SIZE_MAX / 2, 3));
        assert_null(arena_room(&arena, SIZE_MAX, 1));
        assert_null(arena_copy(&arena, "", SIZE_MAX));
        assert_non_null(arena_array(&arena, 0, SIZE_MAX));
        assert_non_null(arena_array(&arena, SIZE_MAX, 0));
        assert_ptr_not_equal(arena_alloc(&arena, 0), arena_alloc(&arena, 0));
        arena_fini(&arena);
        assert_int_equal(live, 0);
}

static void every_failing_grow_leaves_the_arena_whole(void **state)
{
        (void)state;
        for (int n = 0;; n++) {
                struct arena arena;
                int done = 0;

                arena_init(&arena, grow, release);
                fail_after = n;
                while (done < 400 && arena_alloc(&arena, 1000))
                        done++;
                fail_after = -1;
                assert_non_null(arena_alloc(&arena, 1000));
                arena_fini(&arena);
                assert_int_equal(live, 0);
                if (done == 400)
                        break;
        }
}

static void a_zeroed_arena_is_left_alone(void **state)
{
        struct arena arena = {0};

        (void)state;
        arena_fini(&arena);
        assert_int_equal(live, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(nothing_is_taken_before_first_use, setup),
                cmocka_unit_test_setup(memory_is_zeroed_aligned_and_apart, setup),
                cmocka_unit_test_setup(room_is_aligned_and_apart_and_is_left_as_it_was, setup),
                cmocka_unit_test_setup(a_reset_keeps_the_blocks, setup),
                cmocka_unit_test_setup(winding_back_forgets_what_came_later, setup),
                cmocka_unit_test_setup(copies_end_with_a_nul, setup),
                cmocka_unit_test_setup(sizes_that_overflow_are_refused, setup),
                cmocka_unit_test_setup(every_failing_grow_leaves_the_arena_whole, setup),
                cmocka_unit_test_setup(a_zeroed_arena_is_left_alone, setup),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
