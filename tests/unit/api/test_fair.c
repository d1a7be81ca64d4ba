/*
 * Who is served first, and when a turn has served enough.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../daemon/api/fair.h"

static void whoever_lets_time_pass_goes_first(void **state)
{
        (void)state;
        assert_true(fair_is_patient(1000000, 1020000));
        assert_false(fair_is_patient(1000000, 1019999));
        assert_true(fair_is_patient(-5, 5000000));
}

static void nobody_is_put_before_others_who_were_not_served_for_long(void **state)
{
        (void)state;
        assert_false(fair_starves(1000000, 1099999));
        assert_true(fair_starves(1000000, 1100000));
        assert_true(fair_starves(0, 5000000));
}

static void a_turn_serves_for_a_millisecond(void **state)
{
        struct fair_turn turn = fair_turn_begin();

        (void)state;
        fair_serve(&turn, 500);
        assert_false(fair_served(&turn, 700, false));
        fair_serve(&turn, 700);
        assert_false(fair_served(&turn, 1499, false));
        fair_serve(&turn, 1499);
        assert_true(fair_served(&turn, 1500, false)); /* from the first on, not from the last */
        turn = fair_turn_begin();
        fair_serve(&turn, 1600);
        assert_true(fair_served(&turn, 9600, false)); /* one that takes long ends it */
}

static void those_who_go_first_are_answered_before_others_are_served(void **state)
{
        struct fair_turn turn = fair_turn_begin();

        (void)state;
        fair_serve(&turn, 0);
        assert_false(fair_served(&turn, 100, true));
        fair_serve(&turn, 100);
        assert_false(fair_served(&turn, 200, true)); /* all of them in one turn */
        fair_serve(&turn, 200);
        assert_true(fair_served(&turn, 300, false)); /* the first of the others shows that there is none left */
        turn = fair_turn_begin();
        fair_serve(&turn, 0);
        assert_true(fair_served(&turn, 1000, true)); /* and not for longer than a turn has */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whoever_lets_time_pass_goes_first),
                cmocka_unit_test(nobody_is_put_before_others_who_were_not_served_for_long),
                cmocka_unit_test(a_turn_serves_for_a_millisecond),
                cmocka_unit_test(those_who_go_first_are_answered_before_others_are_served),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
