/*
 * test_reserve - what libevent is lent when the system has no memory.
 *
 * The program puts its own malloc before that of libc. Under a sanitizer, which needs that place itself, there is
 * always memory and nothing is lent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/reserve.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(SANITIZED)
#define LENDS 0
static bool none;
#else
#define LENDS 1
static bool none;       /* there is no memory */

void *__libc_malloc(size_t size);
void *__libc_realloc(void *piece, size_t size);

void *malloc(size_t size)
{
        return none ? NULL : __libc_malloc(size);
}

void *realloc(void *piece, size_t size)
{
        return none ? NULL : __libc_realloc(piece, size);
}
#endif

#define PIECES_MAX 2048
static unsigned char *pieces[PIECES_MAX];

/* Takes pieces of a size, each filled with its number, until there are no more. */
static size_t take_all(size_t size)
{
        size_t count = 0;

        none = true;
        while (LENDS && count < PIECES_MAX && (pieces[count] = reserve_get(size)) != NULL) {
                memset(pieces[count], (int)count & 0xff, size);
                count++;
        }
        none = false;
        return count;
}

static void give_back(size_t from, size_t count, size_t step, size_t size)
{
        for (size_t i = from; i < count; i += step) {
                for (size_t k = 0; k < size; k++)
                        if (pieces[i][k] != (i & 0xff))
                                fail_msg("byte %zu of piece %zu is another's", k, i);
                reserve_give_back(pieces[i]);
        }
}

static void while_there_is_memory_nothing_is_lent(void **state)
{
        void *piece = reserve_get(100);

        (void)state;
        assert_non_null(piece);
        piece = reserve_change(piece, 100000);
        assert_non_null(piece);
        reserve_give_back(piece);
        reserve_give_back(NULL);
        assert_false(reserve_scarce());
}

/* 1,024 blocks of 256 bytes. */
static void the_whole_of_it_can_be_lent_and_comes_back(void **state)
{
        static const struct { size_t size, count; } table[] = {
                {0, 1024}, {1, 1024}, {256, 1024}, {257, 512}, {1000, 256}, {8192, 32}, {8193, 0}, {100000, 0}, {SIZE_MAX, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                size_t size = table[i].size, count = take_all(size);

                if (count != table[i].count * LENDS)
                        fail_msg("%zu pieces of %zu bytes", count, size);
                assert_true(reserve_scarce() == (count > 0));
                give_back(0, count, 2, size);
                give_back(1, count, 2, size);
                assert_false(reserve_scarce());
        }
}

static void holes_are_filled_again_and_neighbours_keep_what_is_theirs(void **state)
{
        (void)state;
        size_t count = take_all(700);           /* three blocks each */
        assert_int_equal(count, 341 * LENDS);
        give_back(0, count, 3, 700);
        none = true;
        for (size_t i = 0; i < count; i += 3) {
                pieces[i] = reserve_get(700);
                assert_non_null(pieces[i]);
                memset(pieces[i], (int)i & 0xff, 700);
        }
        assert_true(LENDS == 0 || reserve_get(700) == NULL);
        none = false;
        give_back(0, count, 1, 700);
}

static void what_grows_keeps_its_bytes_wherever_it_goes(void **state)
{
        static const struct { bool none_first, none_then; size_t from, to; } table[] = {
                {false, false, 100, 5000}, {false, true, 100, 5000}, {true, false, 100, 5000}, {true, true, 100, 5000},
                {false, true, 5000, 100}, {true, false, 5000, 100}, {true, true, 5000, 100}, {true, false, 100, 100000},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                size_t kept = table[i].from < table[i].to ? table[i].from : table[i].to;

                none = table[i].none_first;
                unsigned char *piece = reserve_get(table[i].from);
                assert_non_null(piece);
                memset(piece, 0x5a, table[i].from);
                none = table[i].none_then;
                piece = reserve_change(piece, table[i].to);
                assert_non_null(piece);
                for (size_t k = 0; k < kept; k++)
                        assert_int_equal(piece[k], 0x5a);
                memset(piece, 0xa5, table[i].to);
                reserve_give_back(piece);
                none = false;
        }
}

static void what_cannot_grow_stays_as_it_was(void **state)
{
        unsigned char *piece = reserve_get(300);

        (void)state;
        assert_non_null(piece);
        memset(piece, 0x5a, 300);
        none = true;
        uint64_t refusals = reserve_refusals();
        if (LENDS) {
                assert_null(reserve_change(piece, 100000));
                assert_int_equal(reserve_refusals(), refusals + 1);
        }
        none = false;
        assert_int_equal(piece[299], 0x5a);
        reserve_give_back(piece);
}

static void it_is_scarce_from_an_eighth_on(void **state)
{
        const size_t count = LENDS ? 129 : 0;

        (void)state;
        none = true;
        for (size_t i = 0; i < count; i++) {
                pieces[i] = reserve_get(1);
                assert_true(reserve_scarce() == (i == 128));
        }
        none = false;
        for (size_t i = 0; i < count; i++)
                reserve_give_back(pieces[i]);
        assert_false(reserve_scarce());
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(while_there_is_memory_nothing_is_lent),
                cmocka_unit_test(the_whole_of_it_can_be_lent_and_comes_back),
                cmocka_unit_test(holes_are_filled_again_and_neighbours_keep_what_is_theirs),
                cmocka_unit_test(what_grows_keeps_its_bytes_wherever_it_goes),
                cmocka_unit_test(what_cannot_grow_stays_as_it_was),
                cmocka_unit_test(it_is_scarce_from_an_eighth_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
