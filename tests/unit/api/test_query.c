/*
 * test_query - what a client may put behind a path and its question mark, and what HTTP says of each status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../daemon/api/room.h"
#include "mappad/civil.h"

static struct query query;
static struct query_path path;

static void parse(const char *text)
{
        struct wire_problem problem = {.message = ""};

        if (!query_parse(&query, text, &problem))
                fail_msg("%s: %s", text, problem.message);
}

static void names_and_values_are_decoded(void **state)
{
        (void)state;
        parse("state=open,overdue&due-before=2023-03-01&a%2Db=%C3%A9%26%3D+%2B&empty=&bare&x=a=b");
        assert_int_equal(query.count, 6);
        assert_string_equal(query_value(&query, "state"), "open,overdue");
        assert_string_equal(query_value(&query, "a-b"), "\xC3\xA9&=++");       /* a plus is a plus, as RFC 3986 has it */
        assert_string_equal(query_value(&query, "empty"), "");
        assert_string_equal(query_value(&query, "bare"), "");
        assert_string_equal(query_value(&query, "x"), "a=b");
        assert_null(query_value(&query, "State"));
        parse(NULL);
        assert_int_equal(query.count, 0);
        parse("");
        assert_int_equal(query.count, 0);
}

static void what_needs_no_escape_has_none(void **state)
{
        static const char *const rows[][2] = {
                {"", ""}, {"case=%4D-0001&x=%2C%4d%2D0", "case=M-0001&x=%2CM-0"}, {"a=%7E%2e%5f%61%41%30", "a=~._aA0"},
                {"a=%2541%26%3D%C3%A9+", "a=%2541%26%3D%C3%A9+"}, {"a=%4", "a=%4"}, {"a=%", "a=%"}, {"a=%zz%4z", "a=%zz%4z"},
        };
        char plain[64];

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                query_plain(rows[i][0], plain, sizeof plain);
                assert_string_equal(plain, rows[i][1]);
        }
        query_plain("%41%42%43%44", plain, 4);
        assert_string_equal(plain, "ABC");
}

static const struct {
        const char *why, *text, *field;
} broken[] = {
        {"an escape cut off", "a=%4", "a"},
        {"an escape of no digits", "a=%zz", "a"},
        {"an escape at the end", "a=%", "a"},
        {"a NUL", "a=%00", "a"},
        {"a line break", "a=b%0ac", "a"},
        {"DEL", "a=%7F", "a"},
        {"no UTF-8", "a=%FF", "a"},
        {"an overlong slash", "a=%C0%AF", "a"},
        {"a broken name", "%zz=b", ""},
        {"a name of nothing", "=b", ""},
        {"an empty item", "a=b&&c=d", ""},
        {"an item at the end", "a=b&", ""},
        {"twice", "a=1&b=2&a=3", "a"},
        {"twice in two spellings", "a=1&%61=2", "a"},
};

static void what_is_broken_is_refused_by_name(void **state)
{
        char many[8 * (QUERY_ITEMS_MAX + 1)] = "", *longest = malloc(QUERY_SIZE_MAX + 2);
        struct wire_problem problem;

        (void)state;
        for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
                problem = (struct wire_problem){.code = ""};
                if (query_parse(&query, broken[i].text, &problem))
                        fail_msg("%s: taken", broken[i].why);
                assert_string_equal(problem.code, "bad-query");
                assert_string_equal(problem.field, broken[i].field);
        }
        for (int i = 0; i <= QUERY_ITEMS_MAX; i++)
                snprintf(many + strlen(many), 8, "%sp%d=", i == 0 ? "" : "&", i);
        assert_false(query_parse(&query, many, &problem));
        *strrchr(many, '&') = '\0';
        assert_true(query_parse(&query, many, &problem));
        assert_int_equal(query.count, QUERY_ITEMS_MAX);
        assert_non_null(longest);
        memset(longest, 'a', QUERY_SIZE_MAX + 1);
        longest[QUERY_SIZE_MAX + 1] = '\0';
        assert_false(query_parse(&query, longest, &problem));
        longest[QUERY_SIZE_MAX - QUERY_ITEMS_MAX - 1] = '\0';
        assert_true(query_parse(&query, longest, &problem));
        free(longest);
}

static void a_path_is_segments_and_nothing_else(void **state)
{
        static const char *const none[] = {"", "v1", "*", "/", "//", "/v1/", "/v1//x", "/v1/%2F", "/v1/a%2fb", "/v1/%", "/v1/%00",
                "/v1/%0a", "/v1/%ff",
                                           "/1/2/3/4/5/6/7/8/9", "http://x/v1"};

        (void)state;
        for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
                if (query_path_parse(&path, none[i]))
                        fail_msg("\"%s\" was taken for a path", none[i]);
        assert_true(query_path_parse(&path, "/v1/cases/%4D-1%c3%a9/explain"));
        assert_int_equal(path.count, 4);
        assert_string_equal(path.segments[2], "M-1\xC3\xA9");
        assert_true(query_path_parse(&path, "/1/2/3/4/5/6/7/8"));
        assert_true(query_path_parse(&path, "/v1/.."));         /* a word like any other: nothing here is a file */
        assert_string_equal(path.segments[1], "..");
}

static void numbers_are_digits_alone(void **state)
{
        static const char *const none[] = {"", "-1", "+1", " 1", "1 ", "01", "00", "1.0", "1e3", "0x10", "12345678901234567890",
                "\xEF\xBC\x91"};
        uint64_t number = 7;

        (void)state;
        for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
                if (query_number(none[i], &number) || number != 7)
                        fail_msg("\"%s\" was taken for a number", none[i]);
        assert_true(query_number("0", &number) && number == 0);
        assert_true(query_number("9999999999999999999", &number) && number == UINT64_C(9999999999999999999));
}

/* Each kind of parameter: taken, left alone when absent, refused with its code and name. */
static void parameters_have_kinds(void **state)
{
        static const char *const words[] = {"oldest", "newest", NULL};
        struct wire_problem problem = {.code = ""};
        int32_t day = 5;
        int64_t ms = 5;
        uint64_t number = 5;
        size_t word = 5;
        const char *list = "before";

        (void)state;
        parse("d=2024-02-29&i=2023-03-26T02:30:00%2B01:00&n=12&w=newest&l=a,b");
        assert_true(query_take_day(&query, "d", &day, &problem) &&
                day == 19782);      /* 19417 is 2023-03-01; a year and a day less later */
        assert_true(query_take_instant(&query, "i", &ms, &problem) && ms == INT64_C(1679794200000));
        assert_true(query_take_number(&query, "n", 12, &number, &problem) && number == 12);
        assert_true(query_take_word(&query, "w", words, &word, &problem) && word == 1);
        assert_true(query_take_list(&query, "l", &list, &problem));
        assert_string_equal(list, "a,b");
        assert_true(query_take_day(&query, "no", &day, &problem) && day == 19782);
        assert_true(query_take_instant(&query, "no", &ms, &problem) && query_take_number(&query, "no", 1, &number, &problem));
        assert_true(query_take_word(&query, "no", words, &word, &problem) && query_take_list(&query, "no", &list, &problem));
        assert_true(ms == INT64_C(1679794200000) && number == 12 && word == 1);

        parse("d=2023-02-29&i=2023-03-26&n=13&w=newset&l=a,,b&m=,a&o=a,&p=");
        assert_false(query_take_day(&query, "d", &day, &problem));
        assert_string_equal(problem.code, "bad-date");
        assert_string_equal(problem.field, "d");
        assert_string_equal(problem.message, "\"2023-02-29\" is not a date; write YYYY-MM-DD");
        assert_false(query_take_instant(&query, "i", &ms, &problem));
        assert_string_equal(problem.code, "bad-instant");
        assert_false(query_take_number(&query, "n", 12, &number, &problem));
        assert_string_equal(problem.code, "bad-number");
        assert_false(query_take_word(&query, "w", words, &word, &problem));
        assert_string_equal(problem.code, "unknown-value");
        assert_string_equal(problem.nearest, "newest");
        for (const char *name = "lmop"; *name != '\0'; name++) {
                assert_false(query_take_list(&query, (char[]){*name, '\0'}, &list, &problem));
                assert_string_equal(problem.code, "bad-list");
        }
        assert_true(day == 19782 && number == 12 && word == 1);
}

static void what_a_client_sent_is_shown_cut_and_harmless(void **state)
{
        static char text[400] = "d=";
        struct wire_problem problem;
        int32_t day;

        (void)state;
        for (int i = 0; i < 120; i++)
                strncat(text, i % 60 == 0 ? "%E2%80%AE" : "x", sizeof text - strlen(text) - 1);
        parse(text);
        assert_false(query_take_day(&query, "d", &day, &problem));
        assert_true(strlen(problem.message) < 140);
        for (const char *c = problem.message; *c != '\0'; c++)
                assert_in_range((unsigned char)*c, ' ', '~');
}

static void each_status_has_its_code(void **state)
{
        static const struct {
                enum status status;
                int code;
        } table[] = {{STATUS_OK, 200}, {STATUS_INVALID, 400}, {STATUS_DISK_FULL, 507}, {STATUS_NO_MEMORY, 503}, {STATUS_LIMIT, 503},
                     {STATUS_IO, 500}, {STATUS_CORRUPT, 500}};

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
                assert_int_equal(api_code(table[i].status), table[i].code);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_and_values_are_decoded),
                cmocka_unit_test(what_needs_no_escape_has_none),
                cmocka_unit_test(what_is_broken_is_refused_by_name),
                cmocka_unit_test(a_path_is_segments_and_nothing_else),
                cmocka_unit_test(numbers_are_digits_alone),
                cmocka_unit_test(parameters_have_kinds),
                cmocka_unit_test(what_a_client_sent_is_shown_cut_and_harmless),
                cmocka_unit_test(each_status_has_its_code),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
