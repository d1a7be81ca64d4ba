/*
 * The writer of pages: what is text stays text, pairs of elements, and a marking at
 * both ends. That whole pages are sound is tests/box/test_html.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../client/html_chart.h"

static void test_texts_and_values_are_escaped(void **state)
{
        static const char *const rows[][2] = {
                {"a & b", "a &amp; b"},
                {"</p><script>alert(\"1\")</script>", "&lt;/p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"},
                {"it's <!-- & -->", "it's &lt;!-- &amp; --&gt;"},
                {"Zoë 日本", "Zoë 日本"},
                {"\033[2J\x01", "\xEF\xBF\xBD[2J\xEF\xBF\xBD"},
                {"\xE2\x80\xAE", "\xEF\xBF\xBD"},
                {"\xFF\xC3", "\xEF\xBF\xBD\xEF\xBF\xBD"},
                {"\xEF\xBF\xBE\xEF\xB7\x90", "\xEF\xBF\xBD\xEF\xBF\xBD"},
                {"", ""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct wire_buffer out;
                struct html page = {.out = &out};
                char expected[300];

                wire_buffer_init(&out);
                html_open(&page, "p");
                html_attribute(&page, "class", rows[i][0]);
                html_text(&page, rows[i][0]);
                html_close(&page);
                wire_put(&out, "", 1);
                snprintf(expected, sizeof expected, "<p class=\"%s\">%s</p>\n", rows[i][1], rows[i][1]);
                assert_string_equal(out.data, expected);
                assert_int_equal(page.depth, 0);
                wire_buffer_fini(&out);
        }
}

static size_t times(const char *text, const char *word)
{
        size_t count = 0;

        for (; (text = strstr(text, word)) != NULL; text++)
                count++;
        return count;
}

static void check_page(const char *marking, size_t markings)
{
        struct wire_buffer out;
        struct html page;

        wire_buffer_init(&out);
        html_begin(&page, &out, "T & <u>", marking);
        html_element(&page, "p", "quiet", "<b>");
        html_end(&page);
        wire_put(&out, "", 1);
        assert_non_null(strstr(out.data, "<title>T &amp; &lt;u&gt;</title>"));
        assert_non_null(strstr(out.data, "<h1>T &amp; &lt;u&gt;</h1>"));
        assert_non_null(strstr(out.data, "<p class=\"quiet\">&lt;b&gt;</p>"));
        assert_int_equal(times(out.data, "class=\"marking\""), markings);
        wire_buffer_fini(&out);
}

static void test_a_page_has_its_marking_twice_or_none(void **state)
{
        (void)state;
        check_page("SECRET <1>", 2);
        check_page("", 0);
}

/* Extremes give a picture whose numbers are within it. */
static void test_pictures_of_extreme_figures(void **state)
{
        struct plot plot = {.title = "T", .labels = {"a", "b"}, .parts = {"x", "y"}, .rows = 2, .count = 2, .stacked = true,
                            .values = {{INT64_MAX, INT64_MAX}, {PLOT_HIDDEN, 1}}, .totals = {PLOT_NONE, PLOT_HIDDEN}};
        struct wire_buffer out;
        struct html page = {.out = &out};

        (void)state;
        for (int side_by_side = 0; side_by_side < 2; side_by_side++) {
                wire_buffer_init(&out);
                plot.stacked = !side_by_side;
                chart_bars(&page, &plot);
                chart_columns(&page, &plot);
                chart_curve(&page, &plot);
                wire_put(&out, "", 1);
                assert_int_equal(page.depth, 0);
                assert_int_equal(times(out.data, "<svg role=\"img\""), 3);
                assert_null(strstr(out.data, "=\"-"));
                wire_buffer_fini(&out);
        }
}

static void test_nothing_to_draw_is_no_picture(void **state)
{
        struct plot plot = {.title = "T", .labels = {"a"}, .parts = {"x"}, .rows = 1, .count = 1, .values = {{0}}};
        struct wire_buffer out;
        struct html page = {.out = &out};

        (void)state;
        wire_buffer_init(&out);
        chart_bars(&page, &plot);
        chart_columns(&page, &plot);
        assert_int_equal(out.length, 0);
        wire_buffer_fini(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_texts_and_values_are_escaped),
                cmocka_unit_test(test_a_page_has_its_marking_twice_or_none),
                cmocka_unit_test(test_pictures_of_extreme_figures),
                cmocka_unit_test(test_nothing_to_draw_is_no_picture),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
