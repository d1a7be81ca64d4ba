/*
 * A plain line is read and written as the parser reads and writes it, and any other is left to the parser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "../../../client/plain.h"

/* What the parser makes of a line; NULL if it is none. Owns: the caller's, for free. */
static char *as_parsed(const char *line)
{
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        char *text = json_is_object(object) ? json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT) : NULL;

        json_decref(object);
        return text;
}

static void assert_as_parsed(const char *line, const struct plain *plain)
{
        struct wire_buffer written;
        char *parsed = as_parsed(line);

        wire_buffer_init(&written);
        plain_write(plain, &written);
        wire_put(&written, "", 1);
        assert_non_null(parsed);
        assert_string_equal(written.data, parsed);
        wire_buffer_fini(&written);
        free(parsed);
}

static void a_plain_line_is_written_as_the_parser_writes_it(void **state)
{
        static const char *const lines[] = {
                "{\"case\":\"M-1\",\"event\":\"released\",\"on\":\"2023-01-02\"}",
                " { \"on\" : \"2023-01-02\" ,\t\"case\":\"M-1\", \"event\":\"released\" } ",
                "{\"b\":\"\",\"a\":\"x\",\"\":\"empty\",\"ab\":\"~ !#/{}[],:\",\"a-b\":\"1\",\"aB\":\"2\"}",
        };

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
                struct plain plain;
                assert_true(plain_read(lines[i], strlen(lines[i]), &plain));
                assert_as_parsed(lines[i], &plain);
        }
}

static void a_member_is_found_by_its_whole_name(void **state)
{
        static const char line[] = "{\"case\":\"M-1\",\"cases\":\"no\",\"id\":\"\"}";
        struct plain plain;

        (void)state;
        assert_true(plain_read(line, strlen(line), &plain));
        assert_int_equal(plain_find(&plain, "case")->length, 3);
        assert_memory_equal(plain_find(&plain, "case")->at, "M-1", 3);
        assert_int_equal(plain_find(&plain, "id")->length, 0);
        assert_null(plain_find(&plain, "cas"));
}

static void what_is_not_plain_is_left_to_the_parser(void **state)
{
        static const char *const lines[] = {
                "",
                "{",
                "{}",
                "[\"a\"]",
                "\"a\"",
                "{\"a\":1}",
                "{\"a\":true}",
                "{\"a\":[\"x\"]}",
                "{\"a\":{\"b\":\"c\"}}",
                "{\"a\":\"x\\\"y\"}",
                "{\"a\":\"x\\u00e9\"}",
                "{\"a\":\"\xc3\xa9\"}",
                "{\"a\":\"x\x7f\"}",
                "{\"a\":\"x\ty\"}",
                "{\"a\":\"x\",\"a\":\"y\"}",
                "{\"a\":\"x\",}",
                "{\"a\":\"x\"} x",
                "{\"a\":\"x\"}{\"b\":\"y\"}",
                "{\"a\" \"x\"}",
                "{\"a\":\"x",
                "{\"a\":\"x\"",
                "{a:\"x\"}",
        };
        struct wire_buffer many;
        struct plain plain;

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
                if (plain_read(lines[i], strlen(lines[i]), &plain))
                        fail_msg("taken for plain: %s", lines[i]);
        wire_buffer_init(&many);
        wire_put_text(&many, "{\"k\":\"\"");
        for (int i = 0; i < PLAIN_MEMBERS_MAX; i++) {
                wire_put_text(&many, ",\"k");
                wire_put_number(&many, i);
                wire_put_text(&many, "\":\"\"");
        }
        wire_put_text(&many, "}");
        assert_false(plain_read(many.data, many.length, &plain));
        wire_buffer_fini(&many);
}

/* Lines made of what lines are made of: what is taken for plain is what the parser takes, to the byte. */
static void whatever_is_taken_for_plain_is_what_the_parser_reads(void **state)
{
        static const char *const pieces[] = {"{", "}", "\"", "\"a\"", "\"b\"", ":", ",", " ", "\"a\":\"b\"", "\\", "x", "1", "\t"};
        uint32_t seed = 1, taken = 0;
        struct wire_buffer line;

        (void)state;
        wire_buffer_init(&line);
        for (int round = 0; round < 200000; round++) {
                struct plain plain;
                wire_buffer_reset(&line);
                wire_put_text(&line, "{");
                for (size_t i = 0, length = (seed >> 16) % 9; i < length; i++) {
                        seed = seed * 1664525 + 1013904223;
                        wire_put_text(&line, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
                }
                seed = seed * 1664525 + 1013904223;
                wire_put_text(&line, seed >> 31 != 0 ? "}" : "");
                size_t length = line.length;
                wire_put(&line, "", 1);
                if (!plain_read(line.data, length, &plain))
                        continue;
                assert_as_parsed(line.data, &plain);
                taken++;
        }
        wire_buffer_fini(&line);
        assert_true(taken > 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_plain_line_is_written_as_the_parser_writes_it),
                cmocka_unit_test(a_member_is_found_by_its_whole_name),
                cmocka_unit_test(what_is_not_plain_is_left_to_the_parser),
                cmocka_unit_test(whatever_is_taken_for_plain_is_what_the_parser_reads),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
