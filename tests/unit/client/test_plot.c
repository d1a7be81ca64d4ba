/*
 * The arithmetic of plots: axes whose marks are round, places on them that are in
 * order and within bounds whatever the figures, and bars of text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../client/plot.h"
#include "../../../client/plot_report.h"
#include "../../../client/table.h"

/* ---- axes ---- */

static void test_an_axis_has_round_marks_up_to_the_largest_value(void **state)
{
        static const struct {
                int64_t most, step, top;
        } rows[] = {
                {0, 1, 1},
                {1, 1, 1},
                {5, 1, 5},
                {6, 2, 6},
                {7, 2, 8},
                {10, 2, 10},
                {11, 5, 15},
                {25, 5, 25},
                {26, 10, 30},
                {1000, 200, 1000},
                {1617, 500, 2000},
                {-3, 1, 1},
                {4611686018427387904, 1000000000000000000, 5000000000000000000},
                {INT64_MAX, INT64_MAX, INT64_MAX},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct plot_axis axis = plot_axis_for(rows[i].most);

                assert_int_equal(axis.step, rows[i].step);
                assert_int_equal(axis.top, rows[i].top);
        }
}

static void test_every_axis_has_few_marks_and_holds_its_values(void **state)
{
        (void)state;
        for (int64_t most = 0; most < INT64_MAX / 3; most = most * 2 + most / 3 + 1) {
                struct plot_axis axis = plot_axis_for(most);

                assert_true(axis.top >= most);
                assert_true(axis.top >= 1);
                assert_int_equal(axis.top % axis.step, 0);
                assert_true(axis.top / axis.step <= PLOT_TICKS);
                assert_int_equal(plot_at(&axis, axis.top, 500), 500);
                assert_int_equal(plot_at(&axis, 0, 500), 0);
        }
}

static void test_places_are_in_order_and_within_the_axis(void **state)
{
        struct plot_axis axis = {.top = 7, .step = 1};

        (void)state;
        for (int64_t value = -2; value < 10; value++)
                assert_int_equal(plot_at(&axis, value, 70), value < 0 ? 0 : value > 7 ? 70 : value * 10);
        axis.top = INT64_MAX;
        assert_int_equal(plot_at(&axis, INT64_MAX, 680), 680);
        assert_int_equal(plot_at(&axis, INT64_MAX / 2, 680), 340 - 1);
        assert_int_equal(plot_at(&axis, 1, 680), 0);
        assert_int_equal(plot_at(&axis, PLOT_NONE, 680), 0);
        assert_int_equal(plot_at(&axis, PLOT_HIDDEN, 680), 0);
        assert_int_equal(plot_at(&axis, 5, 0), 0);
}

/* ---- figures ---- */

static void check_figure(const char *text, int64_t expected)
{
        json_t *figure = json_loads(text, JSON_DECODE_ANY, NULL);

        assert_non_null(figure);
        assert_int_equal(plot_figure(figure), expected);
        json_decref(figure);
}

static void test_figures_of_an_answer(void **state)
{
        (void)state;
        check_figure("12", 12);
        check_figure("0", 0);
        check_figure("9223372036854775807", INT64_MAX);
        check_figure("-1", PLOT_NONE);
        check_figure("null", PLOT_NONE);
        check_figure("\"suppressed\"", PLOT_HIDDEN);
        check_figure("\"79.2\"", 792);
        check_figure("\"0.0\"", 0);
        check_figure("\"100.0\"", 1000);
        check_figure("\"100.05\"", PLOT_NONE);
        check_figure("\"12\"", PLOT_NONE);
        check_figure("\"999999999999999999.9\"", PLOT_NONE);
        assert_int_equal(plot_figure(NULL), PLOT_NONE);
}

static void test_figures_as_text(void **state)
{
        char text[PLOT_NUMBER_SIZE];

        (void)state;
        plot_number(1617, false, text);
        assert_string_equal(text, "1617");
        plot_number(792, true, text);
        assert_string_equal(text, "79.2");
        plot_number(PLOT_NONE, true, text);
        assert_string_equal(text, "-");
        plot_number(PLOT_HIDDEN, false, text);
        assert_string_equal(text, "*");
        plot_number(INT64_MAX, true, text);
        assert_string_equal(text, "922337203685477580.7");
}

static void test_sums_stop_at_the_largest_number(void **state)
{
        struct plot plot = {.rows = 2, .count = 3, .stacked = true,
                            .values = {{INT64_MAX, 5, 1}, {2, PLOT_HIDDEN, PLOT_NONE}}};

        (void)state;
        assert_int_equal(plot_sum(&plot, 0), INT64_MAX);
        assert_int_equal(plot_sum(&plot, 1), 2);
        assert_int_equal(plot_most(&plot), INT64_MAX);
}

/* ---- bars of text ---- */

static void check_bars(const struct plot *plot, bool unicode, size_t width, const char *expected)
{
        struct wire_buffer out;

        wire_buffer_init(&out);
        plot_bars(plot, unicode, width, &out);
        wire_put(&out, "", 1);
        assert_false(out.failed);
        assert_string_equal(out.data, expected);
        wire_buffer_fini(&out);
}

static void test_bars_fill_the_terminal_and_no_more(void **state)
{
        struct plot plot = {.title = "Work", .labels = {"A", "long one", "C", "D"}, .rows = 4, .count = 1,
                            .values = {{16}, {8}, {0}, {1}}};

        (void)state;
        check_bars(&plot, true, 32, "\nWork\n  A         16 ████████████████\n  long one   8 ████████\n  C          0\n  D          1 █\n");
        check_bars(&plot, false, 32,
                   "\nWork\n  A         16 ################\n  long one   8 ########\n  C          0\n  D          1 #\n");
        plot.values[0][0] = 1000;
        check_bars(&plot, true, 32, "\nWork\n  A         1000 ██████████████\n  long one     8 ▏\n  C            0\n  D            1 ▏\n");
        check_bars(&plot, false, 1, "\nWork\n  A         1000 ##########\n  long one     8 #\n  C            0\n  D            1 #\n");
}

static void test_equal_values_have_equal_bars(void **state)
{
        struct plot plot = {.title = "T", .labels = {"a", "b"}, .rows = 2, .count = 1, .values = {{3}, {3}}};

        (void)state;
        check_bars(&plot, false, 19, "\nT\n  a  3 ###########\n  b  3 ###########\n");
}

static void test_nothing_to_draw_is_nothing(void **state)
{
        struct plot plot = {.title = "T", .labels = {"a", "b"}, .rows = 2, .count = 1, .values = {{0}, {PLOT_NONE}}};

        (void)state;
        check_bars(&plot, true, 80, "");
        plot.rows = 0;
        check_bars(&plot, true, 80, "");
}

static void test_what_is_hidden_has_a_star_and_no_bar(void **state)
{
        struct plot plot = {.title = "T", .labels = {"a", "b"}, .parts = {"x", "y"}, .rows = 2, .count = 2, .stacked = true,
                            .values = {{10, PLOT_HIDDEN}, {PLOT_HIDDEN, PLOT_HIDDEN}},
                            .totals = {PLOT_HIDDEN, PLOT_HIDDEN}};

        (void)state;
        check_bars(&plot, false, 18, "\nT\n  a  * ##########\n  b  *\n");
}

static void test_foreign_bytes_drive_no_terminal(void **state)
{
        struct plot plot = {.title = "T\033[2J", .labels = {"a\033]0;x\a"}, .rows = 1, .count = 1, .values = {{1}}};

        (void)state;
        check_bars(&plot, false, 1, "\nT?[2J\n  a?]0;x?  1 ##########\n");
}

/* ---- what is drawn of a report ---- */

static const char *const report_text =
        "{\"period\":{\"year\":\"2022-23\"},\"previous\":{\"year\":\"2021-22\"},\"tables\":["
        "{\"title\":\"Parts\",\"columns\":[{\"column\":\"a\",\"label\":\"A\"},{\"column\":\"b\",\"label\":\"B\"},{\"column\":\"total\",\"label\":\"Total\"}],"
        "\"rows\":[{\"row\":\"x\",\"label\":\"X\",\"figures\":[7,3,10],\"previous\":null},{\"row\":\"total\",\"label\":\"Total\",\"figures\":[7,3,10],\"previous\":null}]},"
        "{\"title\":\"Overlap\",\"columns\":[{\"column\":\"a\",\"label\":\"A\"},{\"column\":\"b\",\"label\":\"B\"},{\"column\":\"total\",\"label\":\"Total\"}],"
        "\"rows\":[{\"row\":\"x\",\"label\":\"X\",\"figures\":[7,3,8],\"previous\":null}]},"
        "{\"title\":\"Years\",\"columns\":[{\"column\":\"n\",\"label\":\"N\"}],"
        "\"rows\":[{\"row\":\"x\",\"label\":\"X\",\"figures\":[7],\"previous\":[\"suppressed\"]},{\"row\":\"y\",\"label\":\"Y\",\"figures\":[0],\"previous\":[2]}]},"
        "{\"title\":\"Empty\",\"columns\":[{\"column\":\"a\",\"label\":\"A\"},{\"column\":\"total\",\"label\":\"Total\"}],\"rows\":[{\"row\":\"x\",\"label\":\"X\",\"figures\":[0,0]}]},"
        "{\"title\":\"Averages\",\"columns\":[{\"column\":\"a\",\"label\":\"A\"},{\"column\":\"b\",\"label\":\"B\"}],\"rows\":[{\"row\":\"x\",\"label\":\"X\",\"figures\":[4,9]}]}]}";

static void test_what_is_drawn_of_a_table(void **state)
{
        json_t *report = json_loads(report_text, 0, NULL), *tables = json_object_get(report, "tables");
        struct plot plot;

        (void)state;
        assert_non_null(report);
        assert_true(plot_of_table(report, json_array_get(tables, 0), &plot));
        assert_true(plot.stacked);
        assert_int_equal(plot.rows, 1);
        assert_int_equal(plot.count, 2);
        assert_int_equal(plot.totals[0], 10);
        assert_true(plot_of_table(report, json_array_get(tables, 1), &plot));
        assert_false(plot.stacked);
        assert_true(plot_of_table(report, json_array_get(tables, 2), &plot));
        assert_false(plot.stacked);
        assert_string_equal(plot.parts[1], "2021-22");
        assert_int_equal(plot.values[0][1], PLOT_HIDDEN);
        assert_int_equal(plot.values[1][1], 2);
        assert_false(plot_of_table(report, json_array_get(tables, 3), &plot));
        assert_false(plot_of_table(report, json_array_get(tables, 4), &plot));
        json_decref(report);
}

/* ---- labels ---- */

static void test_a_text_that_is_cut_has_whole_characters(void **state)
{
        static const struct {
                const char *text;
                size_t columns, bytes;
        } rows[] = {
                {"Derby", 5, 5}, {"Derby", 4, 4}, {"", 4, 0}, {"Derby", 0, 0}, {"caf\xc3\xa9s", 4, 5}, {"caf\xc3\xa9s", 3, 3},
                {"\xe2\x80\xa6\xe2\x80\xa6", 1, 3}, {"e\xcc\x81x", 1, 3}, /* an accent of its own goes with its letter */
                {"\xe6\xbc\xa2\xe5\xad\x97", 3, 3}, /* two columns each */
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                assert_int_equal(display_fitting(rows[i].text, rows[i].columns), rows[i].bytes);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_text_that_is_cut_has_whole_characters),
                cmocka_unit_test(test_an_axis_has_round_marks_up_to_the_largest_value),
                cmocka_unit_test(test_every_axis_has_few_marks_and_holds_its_values),
                cmocka_unit_test(test_places_are_in_order_and_within_the_axis),
                cmocka_unit_test(test_figures_of_an_answer),
                cmocka_unit_test(test_figures_as_text),
                cmocka_unit_test(test_sums_stop_at_the_largest_number),
                cmocka_unit_test(test_bars_fill_the_terminal_and_no_more),
                cmocka_unit_test(test_equal_values_have_equal_bars),
                cmocka_unit_test(test_nothing_to_draw_is_nothing),
                cmocka_unit_test(test_what_is_hidden_has_a_star_and_no_bar),
                cmocka_unit_test(test_foreign_bytes_drive_no_terminal),
                cmocka_unit_test(test_what_is_drawn_of_a_table),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
