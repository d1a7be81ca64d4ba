/*
 * test_horizon - what is due beyond a page is not kept, and what is on it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../daemon/app/horizon.h"
#include "mappad/civil.h"

#define ROWS 3000

static uint64_t seed = 20230303;

static uint32_t next_random(uint32_t below)
{
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
        return (uint32_t)(seed >> 33) % below;
}

static int by_due(const void *a, const void *b)
{
        int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

        return x < y ? -1 : x > y;
}

/* Rows come in a random order, many due on one day, some never. Of the kept ones the first `page` must be those of all. */
static void whatever_is_on_the_page_is_kept(void **state)
{
        (void)state;
        for (size_t page = 1; page < 400; page += 57) {
                static int32_t all[ROWS], kept[ROWS];
                struct horizon horizon;
                size_t count = 0;

                assert_true(horizon_init(&horizon, page));
                for (size_t i = 0; i < ROWS; i++) {
                        int32_t due = next_random(10) == 0 ? CIVIL_NONE : (int32_t)(19000 + next_random(300));
                        all[i] = due == CIVIL_NONE ? INT32_MAX : due;
                        if (!horizon_reaches(&horizon, due))
                                continue;
                        horizon_note(&horizon, due);
                        kept[count++] = all[i];
                }
                horizon_fini(&horizon);
                qsort(all, ROWS, sizeof all[0], by_due);
                qsort(kept, count, sizeof kept[0], by_due);
                assert_true(count >= page && count < ROWS);
                for (size_t i = 0; i < page; i++)
                        assert_int_equal(kept[i], all[i]);
        }
}

static void without_a_limit_everything_is_kept(void **state)
{
        struct horizon horizon;

        (void)state;
        assert_true(horizon_init(&horizon, 0));
        for (int32_t day = 0; day < 100; day++) {
                assert_true(horizon_reaches(&horizon, 100 - day) && horizon_reaches(&horizon, CIVIL_NONE));
                horizon_note(&horizon, day);
        }
        horizon_fini(&horizon);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whatever_is_on_the_page_is_kept),
                cmocka_unit_test(without_a_limit_everything_is_kept),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
