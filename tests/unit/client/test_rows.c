/*
 * An answer with a long list in it, row by row: the same however it is cut, and
 * whatever brackets and names stand in its texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../client/rows.h"

struct seen {
        char text[512];
        int count;
        int stop_at;    /* the row at which no more is wanted; 0: all are */
};

static bool see(void *context, const json_t *row)
{
        struct seen *seen = context;
        char *text = json_dumps(row, JSON_COMPACT);

        strncat(seen->text, text, sizeof(seen->text) - strlen(seen->text) - 1);
        strncat(seen->text, ";", sizeof(seen->text) - strlen(seen->text) - 1);
        free(text);
        return ++seen->count != seen->stop_at;
}

static void check(const char *answer, const char *expected_rows, const char *expected_rest)
{
        size_t length = strlen(answer);

        for (size_t piece = 1; piece <= length; piece++) {
                struct seen seen = {.count = 0};
                struct rows rows;

                rows_init(&rows, "answers", see, &seen);
                for (size_t at = 0; at < length; at += piece)
                        assert_true(rows_take(&rows, answer + at, length - at < piece ? length - at : piece));
                assert_string_equal(seen.text, expected_rows);
                json_t *rest = rows_answer(&rows);
                assert_non_null(rest);
                char *text = json_dumps(rest, JSON_COMPACT);
                assert_string_equal(text, expected_rest);
                free(text);
                json_decref(rest);
                rows_fini(&rows);
        }
}

static void rows_come_one_by_one_and_all_else_stays(void **state)
{
        (void)state;
        check("{\"day\":\"x\",\"answers\":[{\"a\":1},{\"a\":2}],\"total\":{\"answers\":[3]}}", "{\"a\":1};{\"a\":2};",
              "{\"day\":\"x\",\"answers\":[],\"total\":{\"answers\":[3]}}");
        check("{\"answers\":[]}", "", "{\"answers\":[]}");
        check("{\"answers\":[\n {\"a\":[1,[2]],\"b\":{\"c\":{}}} ,\n {} ]}\n", "{\"a\":[1,[2]],\"b\":{\"c\":{}}};{};", "{\"answers\":[]}");
        check("{\"rules\":[{\"answers\":[{\"x\":1}]}],\"answers\":[{\"y\":2}]}", "{\"y\":2};",
              "{\"rules\":[{\"answers\":[{\"x\":1}]}],\"answers\":[]}");
}

static void what_stands_in_texts_is_text(void **state)
{
        (void)state;
        check("{\"a\":\"\\\"answers\\\":[{\",\"b\":\"}]\\\\\",\"answers\":[{\"t\":\"]}\\\"[{,\"}],\"c\":\"{\"}", "{\"t\":\"]}\\\"[{,\"};",
              "{\"a\":\"\\\"answers\\\":[{\",\"b\":\"}]\\\\\",\"answers\":[],\"c\":\"{\"}");
}

static void the_answer_before_the_first_row_is_whole(void **state)
{
        static const char begun[] = "{\"day\":\"x\",\"answers\":[";
        struct seen seen = {.count = 0};
        struct rows rows;

        (void)state;
        rows_init(&rows, "answers", see, &seen);
        assert_true(rows_take(&rows, begun, strlen(begun)));
        json_t *head = rows_answer(&rows);
        assert_non_null(head);
        assert_int_equal(json_array_size(json_object_get(head, "answers")), 0);
        assert_string_equal(json_string_value(json_object_get(head, "day")), "x");
        json_decref(head);
        rows_fini(&rows);
}

static void who_wants_no_more_gets_no_more(void **state)
{
        static const char answer[] = "{\"answers\":[{\"a\":1},{\"a\":2},{\"a\":3}]}";
        struct seen seen = {.stop_at = 2};
        struct rows rows;

        (void)state;
        rows_init(&rows, "answers", see, &seen);
        assert_false(rows_take(&rows, answer, strlen(answer)));
        assert_false(rows_take(&rows, " ", 1));
        assert_int_equal(seen.count, 2);
        rows_fini(&rows);
}

static void what_breaks_off_or_is_no_json_is_no_answer(void **state)
{
        static const char *const wrong[] = {"", "{", "[]]", "{\"answers\":[{\"a\":1}", "nonsense", "{\"answers\":[]}}"};
        (void)state;

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                struct seen seen = {.count = 0};
                struct rows rows;

                rows_init(&rows, "answers", see, &seen);
                (void)rows_take(&rows, wrong[i], strlen(wrong[i]));
                json_t *answer = rows_answer(&rows);
                /* An answer that broke off between rows is only known by the connection that ended. */
                assert_int_equal(answer != NULL, i == 3);
                json_decref(answer);
                rows_fini(&rows);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_come_one_by_one_and_all_else_stays),
                cmocka_unit_test(what_stands_in_texts_is_text),
                cmocka_unit_test(the_answer_before_the_first_row_is_whole),
                cmocka_unit_test(who_wants_no_more_gets_no_more),
                cmocka_unit_test(what_breaks_off_or_is_no_json_is_no_answer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
