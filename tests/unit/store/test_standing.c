/*
 * The walk along what was raised of open obligations: by case, those of a span alone, each row with its first mark.
 */
#include "shelf.h"

#include "mappad/store_standing.h"

static uint32_t words[4];

static void owe(struct shelf *shelf, uint64_t case_id, uint32_t rule, int32_t state)
{
        struct store_obligation row = {.case_id = case_id, .rule = rule, .started = 19000, .state = state, .due = 19000 + (int32_t)case_id};

        snprintf(row.ref, sizeof row.ref, "L-%llu", (unsigned long long)case_id);
        assert_int_equal(store_obligation_put(shelf->store, &row, NULL), STATUS_OK);
}

/* alert false: the stage was passed. */
static void mark(struct shelf *shelf, uint64_t case_id, uint32_t rule, int64_t repeat, bool alert)
{
        struct store_alert raised = {.kind = 1, .case_id = case_id, .rule = rule, .item = "", .started = 19000, .due = CIVIL_NONE,
                                     .old_due = CIVIL_NONE, .plan_by = CIVIL_NONE, .booked = CIVIL_NONE, .day = 19000};
        struct store_mark made = {.case_id = case_id, .rule = rule, .item = "", .started = 19000, .stage = words[3], .repeat = repeat,
                                  .due = CIVIL_NONE, .nominal = CIVIL_NONE};

        if (alert)
                assert_int_equal(store_alert_add(shelf->store, &raised, &made.alert), STATUS_OK);
        assert_int_equal(store_mark_add(shelf->store, &made), STATUS_OK);
}

static void walked(struct shelf *shelf, uint64_t first, uint64_t last, char text[static 256])
{
        struct store_standing walk;
        bool found = true;
        size_t used = 0;

        text[0] = '\0';
        assert_int_equal(store_standing_begin(shelf->store, first, last, &walk), STATUS_OK);
        while (found) {
                assert_int_equal(store_standing_next(&walk, &found), STATUS_OK);
                if (!found)
                        break;
                assert_int_equal(walk.mark.case_id, walk.row.case_id);
                assert_int_not_equal(walk.mark.alert, 0);
                if (walk.begins)
                        used += (size_t)snprintf(text + used, 256 - used, "%s rule %u state %d due %d:", walk.row.ref,
                                                 walk.row.rule == words[1] ? 1 : 2, walk.row.state, walk.row.due);
                used += (size_t)snprintf(text + used, 256 - used, " %d", (int)walk.mark.repeat);
        }
        store_standing_end(&walk);
}

static void a_span_of_cases_is_walked_case_by_case(void **state)
{
        static const char *const refs[] = {"L-1", "L-2", "L-3"};
        struct shelf shelf;
        char text[256];
        uint64_t id = 0;

        (void)state;
        shelf_init(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        for (size_t i = 0; i < 3; i++) {
                assert_int_equal(store_case_id(shelf.store, refs[i], true, &id), STATUS_OK);
                assert_int_equal(id, i + 1);
        }
        assert_int_equal(store_intern(shelf.store, "first", &words[1]), STATUS_OK);
        assert_int_equal(store_intern(shelf.store, "second", &words[2]), STATUS_OK);
        assert_int_equal(store_intern(shelf.store, "stage", &words[3]), STATUS_OK);
        owe(&shelf, 3, words[1], 0);
        owe(&shelf, 1, words[2], 5);
        owe(&shelf, 1, words[1], 3);
        owe(&shelf, 2, words[1], 1); /* of which nothing was raised */
        mark(&shelf, 3, words[1], 7, true);
        mark(&shelf, 1, words[2], 2, true);
        mark(&shelf, 1, words[1], 1, true);
        mark(&shelf, 1, words[1], 3, true);
        mark(&shelf, 1, words[1], 2, false);
        mark(&shelf, 2, words[1], 4, false);
        mark(&shelf, 2, words[2], 5, true); /* it is open no more */
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        walked(&shelf, 1, 3, text);
        assert_string_equal(text, "L-1 rule 1 state 3 due 19001: 1 3L-1 rule 2 state 5 due 19001: 2L-3 rule 1 state 0 due 19003: 7");
        walked(&shelf, 3, 3, text);
        assert_string_equal(text, "L-3 rule 1 state 0 due 19003: 7");
        walked(&shelf, 2, 2, text);
        assert_string_equal(text, "");
        walked(&shelf, 4, 9, text);
        assert_string_equal(text, "");
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(a_span_of_cases_is_walked_case_by_case)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
