/*
 * test_forms - instants, escaping, and the objects that go out: obligations, stages, lines, problems, refusals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "words.h"

#define UNTOUCHED INT64_C(-7)

/* Expected milliseconds by date(1) of another system: date -u -d ... +%s. */
static const struct {
        const char *text;
        int64_t ms;
} instants[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2023-03-26T02:30:00+01:00", INT64_C(1679794200000)},
        {"2023-03-26t01:30:00z", INT64_C(1679794200000)},
        {"2023-03-25T19:30:00-06:00", INT64_C(1679794200000)},
        {"2000-02-29T12:00:00.5Z", INT64_C(951825600500)},
        {"2000-02-29T12:00:00.123456789Z", INT64_C(951825600123)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},      /* a leap second is the first of the next minute */
        {"1583-01-01T00:00:00Z", INT64_C(-12212553600000)},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799000)},
        {"2023-01-01T00:00:00-00:00", INT64_C(1672531200000)},
        {"2023-01-01T00:00:00+23:59", INT64_C(1672444860000)},
};

static const char *const no_instants[] = {
        "", "2023-03-26", "2023-03-26T02:30:00", "2023-03-26 02:30:00Z", "2023-03-26T02:30Z", "2023-02-29T00:00:00Z",
        "2023-13-01T00:00:00Z", "2023-03-26T24:00:00Z", "2023-03-26T23:60:00Z", "2023-03-26T23:59:61Z", "2023-03-26T02:30:00.Z",
        "2023-03-26T02:30:00.1234567890Z", "2023-03-26T02:30:00+1:00", "2023-03-26T02:30:00+0100", "2023-03-26T02:30:00+24:00",
        "2023-03-26T02:30:00+01:60", "2023-03-26T02:30:00Z ", " 2023-03-26T02:30:00Z", "1582-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
        "2023-03-26T02:30:00,5Z", "2023-03-26T-2:30:00Z", "2023-03-26T02:30:00ZZ", ("2023-03-26T02:30:00\xE2\x88\x92" "01:00"),
};

static void instants_are_read_by_rfc_3339(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
                int64_t ms = UNTOUCHED;

                if (!wire_instant_parse(instants[i].text, strlen(instants[i].text), &ms) || ms != instants[i].ms)
                        fail_msg("%s: %lld", instants[i].text, (long long)ms);
        }
        for (size_t i = 0; i < sizeof no_instants / sizeof no_instants[0]; i++) {
                int64_t ms = UNTOUCHED;

                if (wire_instant_parse(no_instants[i], strlen(no_instants[i]), &ms) || ms != UNTOUCHED)
                        fail_msg("\"%s\" was taken", no_instants[i]);
        }
}

static void instants_are_written_in_utc_and_saturate(void **state)
{
        static const struct {
                int64_t ms;
                const char *text;
        } table[] = {{0, "1970-01-01T00:00:00.000Z"}, {-1, "1969-12-31T23:59:59.999Z"}, {INT64_C(1679794200007),
                "2023-03-26T01:30:00.007Z"},
                     {INT64_MIN, "1583-01-01T00:00:00.000Z"}, {INT64_MAX, "9999-12-31T23:59:59.999Z"}};

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                char text[WIRE_INSTANT_SIZE];
                int64_t back = UNTOUCHED;

                wire_instant_format(table[i].ms, text);
                assert_string_equal(text, table[i].text);
                assert_true(wire_instant_parse(text, strlen(text), &back));
                if (table[i].ms != INT64_MIN && table[i].ms != INT64_MAX)
                        assert_true(back == table[i].ms);
        }
}

static void check(struct wire_buffer *buffer, const char *wanted)
{
        if (buffer->failed || buffer->length != strlen(wanted) || memcmp(buffer->data, wanted, buffer->length) != 0)
                fail_msg("wanted %s\n   got %.*s", wanted, (int)buffer->length, buffer->data);
        wire_buffer_reset(buffer);
}

static void texts_are_escaped_as_json_wants(void **state)
{
        struct wire_buffer buffer;

        (void)state;
        wire_buffer_init(&buffer);
        wire_put_string(&buffer, NULL);
        check(&buffer, "null");
        wire_put_string(&buffer, "a\"b\\c/\x01\n\x7f\xC3\xA9\xF0\x9F\x98\x80");
        check(&buffer, "\"a\\\"b\\\\c/\\u0001\\u000a\\u007f\xC3\xA9\xF0\x9F\x98\x80\"");
        wire_put_string(&buffer, "\xFF\xC3(\xED\xA0\x80\xE2\x82");
        check(&buffer, "\"\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
        wire_put_number(&buffer, INT64_MIN);
        check(&buffer, "-9223372036854775808");
        wire_put_number(&buffer, INT64_MAX);
        check(&buffer, "9223372036854775807");
        wire_put_number(&buffer, 0);
        check(&buffer, "0");
        wire_put_date(&buffer, CIVIL_NONE);
        wire_put_instant(&buffer, INSTANT_ALWAYS);
        check(&buffer, "nullnull");
        wire_put_text(&buffer, "{");
        wire_put_key(&buffer, "a");
        wire_put_bool(&buffer, true);
        wire_put_key(&buffer, "b");
        wire_put_bool(&buffer, false);
        check(&buffer, "{\"a\":true,\"b\":false");
        wire_buffer_fini(&buffer);
}

static const struct item order = {.key = "O-1", .kind = 0};

static void an_obligation_has_every_key_in_the_order_of_the_contract(void **state)
{
        struct obligation full = {.rule = 0, .version = &versions[0], .item = &order, .state = OBLIGATION_OVERDUE,
                .started = DAY_2023_03_01,
                                  .opens = DAY_2023_03_01, .due = DAY_2023_03_01 + 7, .nominal = DAY_2023_03_01,
                                          .plan_by = DAY_2023_03_01 + 6,
                                  .provisional = true, .met_on = CIVIL_NONE, .ended_on = CIVIL_NONE, .booked = DAY_2023_03_01 + 9,
                                  .booked_late = true, .paused = true, .used_days = 9, .limit_days = 7, .missing = VOCABULARY_NONE,
                                  .done = -1, .needed = -1};
        struct obligation bare = {.rule = 0, .version = &versions[1], .item = NULL, .state = OBLIGATION_UNEVALUABLE,
                .started = DAY_2023_03_01,
                                  .opens = CIVIL_NONE, .due = CIVIL_NONE, .nominal = CIVIL_NONE, .plan_by = CIVIL_NONE,
                                          .met_on = CIVIL_NONE,
                                  .ended_on = CIVIL_NONE, .booked = CIVIL_NONE, .used_days = -1, .limit_days = -1,
                                          .missing = ATTRIBUTE_ENDS,
                                  .done = 0, .needed = 3};
        struct wire_buffer buffer;

        (void)state;
        wire_buffer_init(&buffer);
        wire_obligation_write(&buffer, &ruleset, "C1", &full, DAY_2023_03_01 + 9);
        /* Day 18000 is 2019-04-14: 49 years of 365 days and 12 leap days are 17897 = 2019-01-01, and 103 days more. */
        check(&buffer, "{\"case\":\"C1\",\"rule\":\"review\",\"item\":\"O-1\",\"title\":\"Review \\\"L2\\\"\",\"state\":\"overdue\","
                       "\"started\":\"2023-03-01\",\"opens\":\"2023-03-01\",\"due\":\"2023-03-08\",\"plan_by\":\"2023-03-07\","
                       "\"provisional\":true,\"met_on\":null,\"ended_on\":null,\"booked\":\"2023-03-10\",\"booked_late\":true,\"paused\":true,"
                       "\"used_days\":9,\"limit_days\":7,\"days_left\":-2,\"version\":\"2019-04-14\",\"strength\":\"should\",\"missing\":null,"
                       "\"done\":null,\"needed\":null}");
        wire_obligation_write(&buffer, &ruleset, "C1", &bare, DAY_2023_03_01);
        check(&buffer, "{\"case\":\"C1\",\"rule\":\"review\",\"item\":null,\"title\":\"Other\",\"state\":\"unevaluable\","
                       "\"started\":\"2023-03-01\",\"opens\":null,\"due\":null,\"plan_by\":null,\"provisional\":false,\"met_on\":null,"
                       "\"ended_on\":null,\"booked\":null,\"booked_late\":false,\"paused\":false,\"used_days\":null,\"limit_days\":null,"
                       "\"days_left\":null,\"version\":null,\"strength\":\"must\",\"missing\":\"ends\",\"done\":0,\"needed\":3}");
        full.state = OBLIGATION_MET;
        wire_obligation_write(&buffer, &ruleset, "C1", &full, DAY_2023_03_01);
        wire_put(&buffer, "", 1);
        assert_non_null(strstr(buffer.data, "\"days_left\":null"));
        wire_buffer_fini(&buffer);
}

static void a_stage_names_its_obligation(void **state)
{
        struct obligation obligation = {.rule = 0, .version = &versions[0], .started = DAY_2023_03_01, .due = DAY_2023_03_01 + 7};
        struct ladder_stage first = {.stage = &stages[0], .repeat = 0, .day = DAY_2023_03_01, .reached = true};
        struct ladder_stage second = {.stage = &stages[1], .repeat = 2, .day = DAY_2023_03_01, .quiet = true};
        struct wire_buffer buffer;

        (void)state;
        wire_buffer_init(&buffer);
        wire_stage_write(&buffer, &ruleset, "C1", &obligation, &first);
        check(&buffer, "{\"case\":\"C1\",\"rule\":\"review\",\"item\":null,\"started\":\"2023-03-01\",\"due\":\"2023-03-08\","
                       "\"stage\":\"2 weeks before\",\"repeat\":0,\"day\":\"2023-03-01\",\"reached\":true,\"quiet\":false,\"to\":[\"unit\",\"$agency\"]}");
        wire_stage_write(&buffer, &ruleset, "C1", &obligation, &second);
        check(&buffer, "{\"case\":\"C1\",\"rule\":\"review\",\"item\":null,\"started\":\"2023-03-01\",\"due\":\"2023-03-08\","
                       "\"stage\":\"due\",\"repeat\":2,\"day\":\"2023-03-01\",\"reached\":false,\"quiet\":true,\"to\":[]}");
        wire_buffer_fini(&buffer);
}

static void fields_are_written_as_they_were_read(void **state)
{
        static const char line[] = "{\"case\":\"C1\",\"event\":\"level-set\",\"on\":\"2023-03-01\",\"level\":\"2\",\"agencies\":[],"
                                   "\"ends\":\"2024-02-29\",\"note\":\"N\"}";
        static const struct wire_reader reader = {.ruleset = &ruleset, .last_day = CIVIL_MAX};
        struct arena arena;
        struct wire_buffer buffer;
        struct wire_line read;
        struct wire_problem problem;

        (void)state;
        arena_init(&arena, words_grow, free);
        wire_buffer_init(&buffer);
        assert_int_equal(wire_event_parse(&reader, line, sizeof line - 1, &arena, &read, &problem), STATUS_OK);
        wire_fields_write(&buffer, &ruleset.vocabulary.events[read.record.fact.type], read.record.fact.fields);
        check(&buffer, "{\"level\":\"2\",\"agencies\":[],\"ends\":\"2024-02-29\",\"note\":\"N\"}");
        wire_fields_write(&buffer, &ruleset.vocabulary.events[read.record.fact.type], NULL);
        check(&buffer, "{}");
        wire_buffer_fini(&buffer);
        arena_fini(&arena);
}

static void a_problem_leaves_out_what_it_does_not_have(void **state)
{
        struct wire_problem problem;
        struct wire_buffer buffer;

        (void)state;
        wire_buffer_init(&buffer);
        wire_problem_set(&problem, "bad-x", "", "%s", "no \"x\" here");
        wire_problem_write(&buffer, &problem, 0);
        check(&buffer, "{\"code\":\"bad-x\",\"message\":\"no \\\"x\\\" here\"}");
        wire_problem_set(&problem, "bad-x", "x\x1b", "a\x80" "b\xE2\x80\xAE");
        problem.nearest = "y";
        wire_problem_write(&buffer, &problem, 3);
        check(&buffer, "{\"code\":\"bad-x\",\"message\":\"a?b?\",\"field\":\"x?\",\"nearest\":\"y\",\"line\":3}");
        wire_buffer_fini(&buffer);
}

static void refusals_of_the_engine_are_sentences(void **state)
{
        static const struct constraint constraint = {.id = "booked-in-time", .says = "a meeting is booked before it is due",
                                                     .kind = CONSTRAINT_NOT_AFTER_DUE, .date_field = 2};
        static const struct {
                uint16_t type;
                struct admission admission;
                const char *code, *field, *message;
        } table[] = {
                {EVENT_RELEASED, {.code = REFUSAL_STATE, .attribute = ATTRIBUTE_PLACE, .found = {VALUE_BIT(2), CIVIL_NONE, NULL}}, "state", "event",
                 "\"released\" requires place to be custody or hospital, and it is community (force records it all the same)"},
                {EVENT_RELEASED, {.code = REFUSAL_STATE, .attribute = ATTRIBUTE_PLACE, .found = {VALUE_UNSET, CIVIL_NONE, NULL}}, "state", "event",
                 "\"released\" requires place to be custody or hospital, and it is unset (force records it all the same)"},
                {EVENT_RELEASED, {.code = REFUSAL_STATE, .attribute = VOCABULARY_NONE}, "state", "event",
                 "the state of the case excludes \"released\" (force records it all the same)"},
                {EVENT_LEVEL, {.code = REFUSAL_CONSTRAINT, .constraint = &constraint, .due = DAY_2023_03_01}, "constraint", "ends",
                 "booked-in-time: a meeting is booked before it is due; due 2023-03-01"},
                {EVENT_VARIED, {.code = REFUSAL_ITEM_UNKNOWN}, "item-unknown", "item", "the case has no order \"K\" on that day"},
                {EVENT_VARIED, {.code = REFUSAL_ITEM_KIND}, "item-kind", "item", "\"K\" is not of the kind order"},
                {EVENT_ORDER, {.code = REFUSAL_ITEM_TAKEN}, "item-taken", "item", "the case has an item \"K\" already"},
                {EVENT_LEVEL, {.code = REFUSAL_NOT_STANDING}, "not-standing", "replaces", "the event that is replaced does not stand"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                struct wire_line line = {.case_ref = "C1", .record.fact = {.type = table[i].type, .item = "K"}};
                struct wire_problem problem;

                wire_refusal_describe(&ruleset, &line, &table[i].admission, &problem);
                assert_string_equal(problem.code, table[i].code);
                assert_string_equal(problem.field, table[i].field);
                assert_string_equal(problem.message, table[i].message);
        }
}

static void untrusted_bytes_are_made_printable(void **state)
{
        static const struct {
                const char *bytes, *text;
        } table[] = {{"plain", "plain"}, {"a\r\nb\tc", "a??b?c"}, {"\x1b[31m", "?[31m"}, {"\xC2\x85", "?"},
                {"\xE2\x80\xAE\xE2\x81\xA6", "??"},
                     {"caf\xC3\xA9", "caf\xC3\xA9"}, {"\xFF\xFE", "??"}, {"\xEF\xBB\xBFx", "?x"}, {"\xF3\xA0\x81\x81", "?"}, {"\xD8\x9C\xE2\x80\x8F", "??"}};
        char small[6];

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                char text[64];

                wire_clean(table[i].bytes, strlen(table[i].bytes), text, sizeof text);
                assert_string_equal(text, table[i].text);
        }
        wire_clean("abcd\xC3\xA9", 6, small, sizeof small);     /* cut between characters */
        assert_string_equal(small, "abcd");
        wire_clean("abc", 3, small, 1);
        assert_string_equal(small, "");
}

static void a_line_is_text_of_a_bounded_length_without_control_characters(void **state)
{
        static const struct {
                const char *text;
                bool is;
        } table[] = {{"why", true}, {"twelve bytes", true}, {"more than 12 b", false}, {"", false}, {"a\nb", false}, {"a\rb", false},
                     {"a\tb", false}, {"a\x1b", false}, {"a\x7f", false}, {"caf\xC3\xA9", true}, {"\xFF", false}, {"caf\xC3", false}};

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
                assert_int_equal(wire_is_line(table[i].text, 12), table[i].is);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(instants_are_read_by_rfc_3339),
                cmocka_unit_test(instants_are_written_in_utc_and_saturate),
                cmocka_unit_test(texts_are_escaped_as_json_wants),
                cmocka_unit_test(an_obligation_has_every_key_in_the_order_of_the_contract),
                cmocka_unit_test(a_stage_names_its_obligation),
                cmocka_unit_test(fields_are_written_as_they_were_read),
                cmocka_unit_test(a_problem_leaves_out_what_it_does_not_have),
                cmocka_unit_test(refusals_of_the_engine_are_sentences),
                cmocka_unit_test(untrusted_bytes_are_made_printable),
                cmocka_unit_test(a_line_is_text_of_a_bounded_length_without_control_characters),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
