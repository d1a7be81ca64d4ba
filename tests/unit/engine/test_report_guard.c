/*
 * Numbers on paper, and what has to be hidden so that none of them can be worked out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../daemon/engine/report_guard.h"

struct paper { struct guard guard; struct arena arena; };

static int begin(void **state)
{
        struct paper *paper = calloc(1, sizeof *paper);

        arena_init(&paper->arena, malloc, free);
        guard_init(&paper->guard, &paper->arena);
        *state = paper;
        return 0;
}

static int end(void **state)
{
        struct paper *paper = *state;

        arena_fini(&paper->arena);
        free(paper);
        return 0;
}

static uint32_t add(void **state, uint64_t value)
{
        return guard_add(&((struct paper *)*state)->guard, value, true);
}

static struct guard *close_guard(void **state)
{
        struct guard *guard = &((struct paper *)*state)->guard;

        assert_true(guard_close(guard));
        return guard;
}

/* 3 + 8 + 20 = 31. The 3 can be told by the other three; with the 8 hidden it may be 1 to 10. */
static void the_cheapest_other_of_a_sum_is_hidden(void **state)
{
        struct guard *guard = &((struct paper *)*state)->guard;
        uint32_t parts[] = {add(state, 3), add(state, 8), add(state, 20)}, sum = add(state, 31);

        guard_equal(guard, sum, parts, 3);
        guard_hide(close_guard(state), parts[0], 3);
        assert_true(guard->numbers[parts[0]].hidden && guard->numbers[parts[1]].hidden);
        assert_false(guard->numbers[parts[2]].hidden || guard->numbers[sum].hidden);
}

/* 1 + 1 + 0 + 9 = 11. Both ones hidden would leave each at 1, since neither is 0; the 9 has to go as well, and the 0 stays. */
static void a_hidden_number_is_not_0_and_that_is_known(void **state)
{
        struct guard *guard = &((struct paper *)*state)->guard;
        uint32_t parts[] = {add(state, 1), add(state, 1), add(state, 0), add(state, 9)}, sum = add(state, 11);

        guard_equal(guard, sum, parts, 4);
        close_guard(state);
        guard_hide(guard, parts[0], 3);
        guard_hide(guard, parts[1], 3);
        assert_true(guard->numbers[parts[3]].hidden);
        assert_false(guard->numbers[parts[2]].hidden || guard->numbers[sum].hidden);
}

/*
 *      2   6   8      The 2 is told by its row and its column: a 6, a 7 and the 9 that closes the square are hidden.
 *      7   9  16
 *      9  15  24
 */
static void a_square_is_hidden_in_a_table(void **state)
{
        struct guard *guard = &((struct paper *)*state)->guard;
        uint32_t cells[] = {add(state, 2), add(state, 6), add(state, 8), add(state, 7), add(state, 9), add(state, 16)};
        uint32_t sums[] = {add(state, 9), add(state, 15), add(state, 24)};

        for (size_t row = 0; row < 2; row++)
                guard_equal(guard, cells[3 * row + 2], &cells[3 * row], 2);
        for (size_t column = 0; column < 3; column++)
                guard_equal(guard, sums[column], (uint32_t[]){cells[column], cells[3 + column]}, 2);
        guard_equal(guard, sums[2], sums, 2);
        guard_hide(close_guard(state), cells[0], 3);
        for (size_t i = 0; i < 6; i++)
                assert_int_equal(guard->numbers[cells[i]].hidden, i % 3 != 2);
        for (size_t i = 0; i < 3; i++)
                assert_false(guard->numbers[sums[i]].hidden);
}

/* A part of 2 beside its whole of 3 is 1 to 3; with four more values to be open the whole is hidden. Just as much: it is
 * taken for known that it is. */
static void a_part_is_bounded_by_its_whole_and_a_whole_by_its_parts(void **state)
{
        struct guard *guard = &((struct paper *)*state)->guard;
        uint32_t part = add(state, 2), whole = add(state, 3), other = add(state, 2), cover = add(state, 3);
        uint32_t same = add(state, 4), twin = add(state, 4), loose = add(state, 4);

        guard_at_most(guard, whole, &part, 1);
        guard_at_least(guard, other, &cover, 1);
        guard_at_most(guard, twin, &same, 1);
        guard_at_most(guard, part, &loose, 1);  /* it is more: nothing is known */
        guard_at_least(guard, loose, &part, 1); /* likewise */
        close_guard(state);
        guard_hide(guard, part, 1);
        assert_false(guard->numbers[whole].hidden);
        guard_hide(guard, other, 1);
        assert_false(guard->numbers[cover].hidden);
        guard_hide(guard, same, 1);
        assert_true(guard->numbers[twin].hidden);
        guard_hide(guard, loose, 3);
        assert_true(guard->numbers[loose].guarded);
}

static void what_is_bounded_too_closely_takes_its_bound_with_it(void **state)
{
        struct guard *guard = &((struct paper *)*state)->guard;
        uint32_t part = add(state, 2), whole = add(state, 3), other = add(state, 2), cover = add(state, 3);

        guard_at_most(guard, whole, &part, 1);
        guard_at_least(guard, other, &cover, 1);
        close_guard(state);
        guard_hide(guard, part, 4);
        assert_true(guard->numbers[whole].hidden);
        guard_hide(guard, other, 4);
        assert_true(guard->numbers[cover].hidden);
}

/* What is not printed may be anything, and need not be hidden: 2 + 5 + something nobody prints = 7. */
static void what_nobody_sees_gives_room(void **state)
{
        struct guard *guard = &((struct paper *)*state)->guard;
        uint32_t parts[] = {add(state, 2), add(state, 5), guard_add(guard, 0, false)}, sum = add(state, 7);

        guard_equal(guard, sum, parts, 3);
        guard_hide(close_guard(state), parts[0], 1);
        assert_false(guard->numbers[parts[1]].hidden || guard->numbers[sum].hidden);
        assert_false(guard->numbers[parts[2]].hidden);
}

/* 3 + 0 + 0 in a sum that is printed as 0: nothing moves, and all that hangs together is hidden but what is 0. */
static void where_nothing_can_move_everything_is_hidden(void **state)
{
        struct guard *guard = &((struct paper *)*state)->guard;
        uint32_t parts[] = {add(state, 3), add(state, 0), add(state, 0)}, sum = add(state, 0), above = add(state, 4);

        guard_equal(guard, sum, parts, 3); /* does not add up */
        guard_equal(guard, above, &sum, 1);
        guard_hide(close_guard(state), parts[0], 3);
        assert_true(guard->numbers[parts[0]].hidden && guard->numbers[above].hidden);
        assert_false(guard->numbers[parts[1]].hidden || guard->numbers[sum].hidden);
}

/*
 * 3 and 25 numbers in a sum that is 0, each of them in such a sum with 25 more, and each of those alone in one: no number
 * of 650 can give way but for the last of all, whose sum is 50. So far nobody looks: all of them are hidden.
 */
static void a_way_out_that_is_too_far_to_look_for_is_not_taken(void **state)
{
        enum { WIDE = 25 };
        struct guard *guard = &((struct paper *)*state)->guard;
        uint32_t near[1 + WIDE] = {add(state, 3)}, far[1 + WIDE], nothing = add(state, 0), last = add(state, 50);

        for (size_t i = 1; i <= WIDE; i++)
                near[i] = add(state, 50);
        guard_equal(guard, nothing, near, 1 + WIDE);
        for (size_t i = 1; i <= WIDE; i++) {
                far[0] = near[i];
                for (size_t j = 1; j <= WIDE; j++) {
                        far[j] = add(state, 50);
                        guard_equal(guard, i == WIDE && j == WIDE ? last : add(state, 0), &far[j], 1);
                }
                guard_equal(guard, add(state, 0), far, 1 + WIDE);
        }
        guard_hide(close_guard(state), near[0], 1);
        for (size_t i = 0; i <= WIDE; i++)
                assert_true(guard->numbers[near[i]].hidden && guard->numbers[far[i]].hidden);
        assert_true(guard->numbers[last].hidden);
        assert_false(guard->numbers[nothing].hidden);
}

/* A number of which nothing is known is hidden alone. */
static void a_number_by_itself_is_hidden_by_itself(void **state)
{
        uint32_t number = add(state, 2), other = add(state, 9);
        struct guard *guard = close_guard(state);

        guard_hide(guard, number, 3);
        assert_true(guard->numbers[number].hidden);
        assert_false(guard->numbers[other].hidden);
}

static int left;

static void *starve(size_t size)
{
        return left-- > 0 ? malloc(size) : NULL;
}

static void too_little_memory_is_told_when_all_is_in(void **state)
{
        bool done = false;

        (void)state;
        for (int most = 0; !done; most++) {
                struct arena arena;
                struct guard guard;

                left = most;
                arena_init(&arena, starve, free);
                guard_init(&guard, &arena);
                for (size_t i = 0; i < 3000; i++) {
                        uint32_t number = guard_add(&guard, 3, true);
                        uint32_t whole = guard_add(&guard, 5, true);

                        if (guard.failed)
                                continue;
                        guard_at_most(&guard, whole, &number, 1);
                        guard_at_least(&guard, number, &whole, 1); /* also where the first has failed */
                }
                done = guard_close(&guard);
                assert_int_equal(done, done && !guard.failed);
                arena_fini(&arena);
                assert_true(most < 1000);
        }
}

/* 2^31 numbers are there, and room for no more: twice as many could not be told apart. Nobody has the memory to try. */
static void more_numbers_than_have_an_index_are_none(void **state)
{
        struct guard *guard = &((struct paper *)*state)->guard;

        guard->number_count = guard->number_room = (size_t)1 << 31;
        assert_int_equal(add(state, 3), GUARD_NONE);
        assert_true(guard->failed);
        guard_equal(guard, GUARD_NONE, NULL, 0); /* and of none nothing is known */
        guard_at_most(guard, GUARD_NONE, NULL, 0);
        guard_at_least(guard, GUARD_NONE, NULL, 0);
        assert_int_equal(guard->relation_count, 0);
        assert_false(guard_close(guard));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_cheapest_other_of_a_sum_is_hidden, begin, end),
                cmocka_unit_test_setup_teardown(a_hidden_number_is_not_0_and_that_is_known, begin, end),
                cmocka_unit_test_setup_teardown(a_square_is_hidden_in_a_table, begin, end),
                cmocka_unit_test_setup_teardown(a_part_is_bounded_by_its_whole_and_a_whole_by_its_parts, begin, end),
                cmocka_unit_test_setup_teardown(what_is_bounded_too_closely_takes_its_bound_with_it, begin, end),
                cmocka_unit_test_setup_teardown(what_nobody_sees_gives_room, begin, end),
                cmocka_unit_test_setup_teardown(where_nothing_can_move_everything_is_hidden, begin, end),
                cmocka_unit_test_setup_teardown(a_way_out_that_is_too_far_to_look_for_is_not_taken, begin, end),
                cmocka_unit_test_setup_teardown(a_number_by_itself_is_hidden_by_itself, begin, end),
                cmocka_unit_test_setup_teardown(more_numbers_than_have_an_index_are_none, begin, end),
                cmocka_unit_test(too_little_memory_is_told_when_all_is_in),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
