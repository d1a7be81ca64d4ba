/*
 * Explanations and surveys under the shipped law: which obligation is the
 * answer, that no rule is left out, and that memory running out at any point is
 * said and leaves nothing behind. Sentences are tested in tests/oracle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/explain.h"
#include "mappad/rulefile.h"

static struct ruleset *rules;

static int load(void **state)
{
        static const char *const paths[] = {"rules"};
        struct diagnostics diagnostics = {0};

        (void)state;
        enum status status = rulefile_load(paths, 1, &diagnostics, &rules);
        diagnostics_fini(&diagnostics);
        return status == STATUS_OK ? 0 : 1;
}

static int unload(void **state)
{
        (void)state;
        ruleset_free(rules);
        return 0;
}

/* ---- a heap that fails at the nth block ---- */

static int blocks_left = -1;    /* -1: never fails */

static void *grow(size_t size)
{
        if (blocks_left == 0)
                return NULL;
        if (blocks_left > 0)
                blocks_left--;
        return malloc(size);
}

/* ---- one case ---- */

static const char *const lines[] = {
        "{\"case\":\"D-1042\",\"event\":\"sentenced\",\"on\":\"2022-01-10\",\"disposal\":\"custody\",\"sentence-ends\":\"2026-01-01\"}",
        "{\"case\":\"D-1042\",\"event\":\"category-set\",\"on\":\"2022-01-10\",\"category\":\"1\"}",
        "{\"case\":\"D-1042\",\"event\":\"level-set\",\"on\":\"2022-02-01\",\"level\":\"2\"}",
        "{\"case\":\"D-1042\",\"event\":\"released\",\"on\":\"2022-08-01\"}",
        "{\"case\":\"D-1042\",\"event\":\"meeting-held\",\"on\":\"2022-09-05\",\"meeting-level\":\"2\",\"chair-review-by\":\"2022-11-01\"}",
        "{\"case\":\"D-1042\",\"event\":\"recalled\",\"on\":\"2022-10-01\"}",
        "{\"case\":\"D-1042\",\"event\":\"released\",\"on\":\"2022-10-20\"}",
        "{\"case\":\"D-1042\",\"event\":\"level-set\",\"on\":\"2022-11-10\",\"level\":\"3\"}",
        "{\"case\":\"D-1042\",\"event\":\"order-made\",\"on\":\"2022-11-12\",\"item\":\"O-1\",\"order-kind\":\"prevention\",\"order-ends\":\"2028-11-11\"}",
        "{\"case\":\"D-1042\",\"event\":\"order-made\",\"on\":\"2022-11-13\",\"item\":\"O-2\",\"order-kind\":\"prevention\",\"order-ends\":\"2028-11-12\"}",
};
#define LINE_COUNT (sizeof lines / sizeof lines[0])

struct history {
        struct arena arena;
        struct record records[LINE_COUNT];
};

static void history_read(struct history *history)
{
        struct wire_reader reader = {.ruleset = rules, .last_day = CIVIL_MAX};

        arena_init(&history->arena, grow, free);
        for (size_t i = 0; i < LINE_COUNT; i++) {
                struct wire_problem problem;
                struct wire_line line;
                if (wire_event_parse(&reader, lines[i], strlen(lines[i]), &history->arena, &line, &problem) != STATUS_OK)
                        fail_msg("%s: %s", lines[i], problem.message);
                history->records[i] = line.record;
                history->records[i].fact.seq = i + 1;
        }
}

static int32_t day(const char *text)
{
        int32_t value = CIVIL_NONE;

        assert_true(civil_parse(text, strlen(text), &value));
        return value;
}

/* ---- urgency ---- */

static struct obligation open_one(enum obligation_state state, const char *due)
{
        return (struct obligation){.state = state, .started = 0, .due = due == NULL ? CIVIL_NONE : day(due),
                                   .met_on = CIVIL_NONE, .ended_on = CIVIL_NONE};
}

static struct obligation closed_one(enum obligation_state state, const char *on)
{
        struct obligation obligation = open_one(state, "2023-06-01");

        *(state == OBLIGATION_MET || state == OBLIGATION_MET_LATE ? &obligation.met_on : &obligation.ended_on) = day(on);
        return obligation;
}

static void assert_before(struct obligation a, struct obligation b)
{
        assert_true(obligation_urgency(&a, &b) < 0);
        assert_true(obligation_urgency(&b, &a) > 0);
        assert_int_equal(obligation_urgency(&a, &a), 0);
}

static void test_open_comes_before_closed_and_overdue_first(void **state)
{
        static const enum obligation_state open[] = {OBLIGATION_OVERDUE, OBLIGATION_UNEVALUABLE, OBLIGATION_DUE_SOON,
                                                     OBLIGATION_OPEN,    OBLIGATION_PAUSED,      OBLIGATION_PENDING};
        (void)state;
        for (size_t i = 0; i + 1 < sizeof open / sizeof open[0]; i++)
                assert_before(open_one(open[i], "2023-09-01"), open_one(open[i + 1], "2023-01-01"));
        assert_before(open_one(OBLIGATION_PENDING, "2030-01-01"), closed_one(OBLIGATION_MISSED, "2023-05-01"));
        assert_before(open_one(OBLIGATION_OPEN, "2023-01-01"), open_one(OBLIGATION_OPEN, "2023-01-02"));
        assert_before(open_one(OBLIGATION_UNEVALUABLE, "2030-01-01"), open_one(OBLIGATION_UNEVALUABLE, NULL));
}

static void test_of_closed_ones_the_latest_is_the_answer_and_of_one_day_the_worst(void **state)
{
        static const enum obligation_state closed[] = {OBLIGATION_MISSED, OBLIGATION_MET_LATE, OBLIGATION_LAPSED,
                                                       OBLIGATION_MOVED,  OBLIGATION_MET,      OBLIGATION_REACHED};
        (void)state;
        for (size_t i = 0; i + 1 < sizeof closed / sizeof closed[0]; i++)
                assert_before(closed_one(closed[i], "2023-05-01"), closed_one(closed[i + 1], "2023-05-01"));
        assert_before(closed_one(OBLIGATION_MET, "2023-05-02"), closed_one(OBLIGATION_MISSED, "2023-05-01"));
}

/* ---- the survey ---- */

struct counted { uint64_t rows; uint16_t last_rule; size_t orders; bool in_order; };

static void count_row(void *context, const struct survey_row *row)
{
        struct counted *counted = context;

        counted->in_order = counted->in_order && (counted->rows == 0 || row->rule >= counted->last_rule);
        counted->rows++;
        counted->last_rule = row->rule;
        counted->orders += row->item != NULL;
        assert_true((row->obligation == NULL) == (row->why.absence != ABSENCE_NONE));
        assert_true((row->obligation == NULL) == (row->obligations == 0));
}

static void test_a_survey_leaves_no_rule_and_no_item_out(void **state)
{
        struct history history;
        struct casefile casefile;
        struct counted counted = {.in_order = true};
        uint64_t expected = 0;
        uint16_t order = vocabulary_item(&rules->vocabulary, "order");

        (void)state;
        history_read(&history);
        assert_int_equal(casefile_stand(rules, history.records, LINE_COUNT, INSTANT_LATEST, day("2022-12-01"),
                                        &history.arena, &casefile), STATUS_OK);
        assert_int_equal(case_survey(rules, &casefile, day("2022-12-01"), &history.arena, count_row, &counted), STATUS_OK);
        size_t per_order = 0;
        for (size_t i = 0; i < rules->rule_count; i++) {
                per_order += rules->rules[i].per == order;
                expected += rules->rules[i].per == order ? 2 : 1;
        }
        assert_true(per_order > 0);
        assert_int_equal(counted.rows, expected);
        assert_int_equal(counted.orders, 2 * per_order);
        assert_true(counted.in_order);
        arena_fini(&history.arena);
}

/* ---- memory ---- */

static enum status explain_with(const struct history *history, uint16_t rule, int blocks)
{
        struct wire_buffer out;
        struct wire_problem problem;
        struct arena arena;
        struct explain_question question = {.ruleset = rules, .case_ref = "D-1042", .records = history->records,
                                            .count = LINE_COUNT, .noun = "event", .rule = rule, .started = CIVIL_NONE,
                                            .as_of = day("2022-12-01"), .known_at = INSTANT_LATEST};
        if (rules->rules[rule].per == vocabulary_item(&rules->vocabulary, "order"))
                question.item = "O-1";
        wire_buffer_init(&out);
        arena_init(&arena, grow, free);
        blocks_left = blocks;
        enum status status = explain_write(&question, &arena, &out, &problem);
        blocks_left = -1;
        assert_true(status != STATUS_OK || (out.length > 2 && out.data[0] == '{' && out.data[out.length - 1] == '}'));
        arena_fini(&arena);
        wire_buffer_fini(&out);
        return status;
}

static void test_an_explanation_says_when_memory_ran_out_wherever_it_does(void **state)
{
        struct history history;

        (void)state;
        history_read(&history);
        for (size_t rule = 0; rule < rules->rule_count; rule++) {
                int blocks = 0;
                enum status status;
                while ((status = explain_with(&history, (uint16_t)rule, blocks)) == STATUS_NO_MEMORY)
                        blocks++;
                assert_int_equal(status, STATUS_OK);
                assert_true(blocks > 0);
        }
        arena_fini(&history.arena);
}

static void test_a_survey_says_when_memory_ran_out_wherever_it_does(void **state)
{
        struct history history;
        int blocks = 0;
        enum status status;

        (void)state;
        history_read(&history);
        do {
                struct arena arena;
                struct casefile casefile;
                struct counted counted = {.in_order = true};
                arena_init(&arena, grow, free);
                blocks_left = blocks++;
                status = casefile_stand(rules, history.records, LINE_COUNT, INSTANT_LATEST, CIVIL_MAX, &arena, &casefile);
                if (status == STATUS_OK)
                        status = case_survey(rules, &casefile, day("2022-12-01"), &arena, count_row, &counted);
                assert_true(status == STATUS_OK || counted.rows == 0);
                blocks_left = -1;
                arena_fini(&arena);
        } while (status == STATUS_NO_MEMORY);
        assert_int_equal(status, STATUS_OK);
        assert_true(blocks > 1);
        arena_fini(&history.arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_open_comes_before_closed_and_overdue_first),
                cmocka_unit_test(test_of_closed_ones_the_latest_is_the_answer_and_of_one_day_the_worst),
                cmocka_unit_test(test_a_survey_leaves_no_rule_and_no_item_out),
                cmocka_unit_test(test_an_explanation_says_when_memory_ran_out_wherever_it_does),
                cmocka_unit_test(test_a_survey_says_when_memory_ran_out_wherever_it_does),
        };
        return cmocka_run_group_tests(tests, load, unload);
}
