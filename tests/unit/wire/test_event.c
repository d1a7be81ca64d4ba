/*
 * test_event - the grammar of an event line: what is accepted and what it becomes, and every refusal with its
 * code, field, sentence and nearest valid word.
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

static const struct wire_reader client_reader = {.ruleset = &ruleset, .last_day = DAY_2023_03_01, .recorded_at = false};
static const struct wire_reader file_reader = {.ruleset = &ruleset, .last_day = CIVIL_MAX, .recorded_at = true};

/* A line with what every event must have, and something more. */
#define LEVEL(more) "{\"case\":\"C1\",\"event\":\"level-set\",\"on\":\"2023-03-01\",\"level\":\"2\"" more "}"

static const struct {
        const char *why, *line, *code, *field, *words, *nearest;
} refusals[] = {
        /* not JSON, or not of the one shape */
        {"nothing", "", "not-json", "", "an object", NULL},
        {"white space alone", " \t\r\n", "not-json", "", "an object", NULL},
        {"a list", "[]", "not-json", "", "an object", NULL},
        {"a text", "\"case\"", "not-json", "", "an object", NULL},
        {"no end", "{\"case\":\"C1\"", "not-json", "", "ends where", NULL},
        {"a comma too many", "{\"case\":\"C1\",}", "not-json", "", "a field name in quotes was expected at byte 14", NULL},
        {"a name without quotes", "{case:\"C1\"}", "not-json", "", "a field name in quotes was expected at byte 2", NULL},
        {"no colon", "{\"case\" \"C1\"}", "not-json", "", "a colon was expected at byte 9", NULL},
        {"no value", "{\"case\":}", "not-json", "", "a value was expected at byte 9", NULL},
        {"something behind it", LEVEL("") " x", "not-json", "", "expected at byte", NULL},
        {"two objects", LEVEL("") LEVEL(""), "not-json", "", "expected at byte", NULL},
        {"a comment", "{/* */\"case\":\"C1\"}", "not-json", "", "a field name", NULL},
        {"single quotes", "{'case':'C1'}", "not-json", "", "a field name", NULL},
        {"a byte order mark", "\xEF\xBB\xBF{}", "not-json", "", "byte order mark", NULL},
        {"a number with a leading zero", "{\"retract\":012,\"why\":\"w\"}", "not-json", "", "value", NULL},
        {"a number with a plus", "{\"retract\":+1,\"why\":\"w\"}", "not-json", "", "value", NULL},
        {"hexadecimal", "{\"retract\":0x10,\"why\":\"w\"}", "not-json", "", "expected", NULL},
        {"infinity", "{\"retract\":Infinity,\"why\":\"w\"}", "not-json", "", "value", NULL},
        {"a capital true", LEVEL(",\"force\":True"), "not-json", "", "value", NULL},
        {"an open text", "{\"case\":\"C1", "not-json", "", "the closing quote", NULL},
        {"a line break in a text", "{\"case\":\"C\n1\"}", "not-json", "", "control character", NULL},
        {"an unknown escape", "{\"case\":\"\\x41\"}", "not-json", "", "a valid escape", NULL},
        {"half an escape", "{\"case\":\"\\u00", "not-json", "", "a valid escape", NULL},
        {"half a surrogate pair", "{\"case\":\"\\ud83d\"}", "not-json", "", "a valid escape", NULL},
        {"a pair the wrong way round", "{\"case\":\"\\ude00\\ud83d\"}", "not-json", "", "a valid escape", NULL},
        {"an escaped NUL", "{\"case\":\"C\\u0000\"}", "not-json", "", "NUL", NULL},
        {"bytes of Latin-1", "{\"case\":\"\xE9\"}", "not-utf8", "", "byte 10", NULL},
        {"an overlong slash", "{\"case\":\"\xC0\xAF\"}", "not-utf8", "", "UTF-8", NULL},
        {"an encoded surrogate", "{\"case\":\"\xED\xA0\x80\"}", "not-utf8", "", "UTF-8", NULL},
        {"beyond Unicode", "{\"case\":\"\xF4\x90\x80\x80\"}", "not-utf8", "", "UTF-8", NULL},
        {"half a character at the end", "{\"case\":\"\xE2\x82", "not-utf8", "", "UTF-8", NULL},
        {"an object inside", "{\"case\":{\"a\":\"b\"}}", "wrong-type", "", "object inside", NULL},
        {"numbers in a list", LEVEL(",\"agencies\":[1]"), "not-json", "", "lists hold nothing else", NULL},
        {"a list in a list", LEVEL(",\"agencies\":[[\"police\"]]"), "not-json", "", "lists hold nothing else", NULL},
        {"a list without end", LEVEL(",\"agencies\":[\"police\""), "not-json", "", "the end of a list", NULL},
        {"a name twice", "{\"case\":\"C1\",\"event\":\"released\",\"case\":\"C2\"}", "duplicate-field", "case", "given twice", NULL},
        {"a field twice", LEVEL(",\"level\":\"3\""), "duplicate-field", "level", "given twice", NULL},
        {"a name spelled with escapes", "{\"c\\u0061se\":\"C1\"}", "unknown-field", "c\\u0061se", "no field", NULL},
        /* the members of every event */
        {"no event", "{\"case\":\"C1\",\"on\":\"2023-03-01\"}", "missing-field", "event", "must have \"event\"", NULL},
        {"no case", "{\"event\":\"released\",\"on\":\"2023-03-01\"}", "missing-field", "case", "must have \"case\"", NULL},
        {"no day", "{\"case\":\"C1\",\"event\":\"released\"}", "missing-field", "on", "must have \"on\"", NULL},
        {"an unknown event", "{\"case\":\"C1\",\"event\":\"relaesed\",\"on\":\"2023-03-01\"}", "unknown-event", "event", "no event \"relaesed\"", "released"},
        {"an event near none", "{\"case\":\"C1\",\"event\":\"zzzzzzzz\",\"on\":\"2023-03-01\"}", "unknown-event", "event", "zzzzzzzz", NULL},
        {"an event in capitals", "{\"case\":\"C1\",\"event\":\"Released\",\"on\":\"2023-03-01\"}", "unknown-event", "event", "Released", "released"},
        {"a case too short", "{\"case\":\"C\",\"event\":\"released\",\"on\":\"2023-03-01\"}", "bad-case", "case", "2 to 32", NULL},
        {"a case in small letters", "{\"case\":\"c1\",\"event\":\"released\",\"on\":\"2023-03-01\"}", "bad-case", "case", "\"c1\"", NULL},
        {"a case that begins with a hyphen", "{\"case\":\"-C\",\"event\":\"released\",\"on\":\"2023-03-01\"}", "bad-case", "case", "hyphen", NULL},
        {"a case of 33 bytes", "{\"case\":\"C12345678901234567890123456789012\",\"event\":\"released\",\"on\":\"2023-03-01\"}", "bad-case", "case", "2 to 32", NULL},
        {"a case with a name's letters", "{\"case\":\"M\xC3\x9CLLER\",\"event\":\"released\",\"on\":\"2023-03-01\"}", "bad-case", "case", "no case reference", NULL},
        {"a case that is a number", "{\"case\":12,\"event\":\"released\",\"on\":\"2023-03-01\"}", "wrong-type", "case", "not a number", NULL},
        {"a case that is null", "{\"case\":null,\"event\":\"released\",\"on\":\"2023-03-01\"}", "null", "case", "leave it out", NULL},
        {"the 30th of February", "{\"case\":\"C1\",\"event\":\"released\",\"on\":\"2023-02-30\"}", "bad-date", "on", "\"2023-02-30\" is no date", NULL},
        {"the leap day of a common year", "{\"case\":\"C1\",\"event\":\"released\",\"on\":\"1900-02-29\"}", "bad-date", "on", "no date", NULL},
        {"a day before the calendar", "{\"case\":\"C1\",\"event\":\"released\",\"on\":\"1582-12-31\"}", "bad-date", "on", "from 1583", NULL},
        {"a British date", "{\"case\":\"C1\",\"event\":\"released\",\"on\":\"01/03/2023\"}", "bad-date", "on", "YYYY-MM-DD", NULL},
        {"an instant for a day", "{\"case\":\"C1\",\"event\":\"released\",\"on\":\"2023-03-01T00:00:00Z\"}", "bad-date", "on", "no date", NULL},
        {"a day with a space", "{\"case\":\"C1\",\"event\":\"released\",\"on\":\" 2023-03-01\"}", "bad-date", "on", "no date", NULL},
        {"a day that is a number", "{\"case\":\"C1\",\"event\":\"released\",\"on\":20230301}", "wrong-type", "on", "a date in quotes", NULL},
        {"tomorrow", "{\"case\":\"C1\",\"event\":\"released\",\"on\":\"2023-03-02\"}", "future-date", "on", "after today, 2023-03-01", NULL},
        /* items */
        {"no item where one begins", "{\"case\":\"C1\",\"event\":\"order-made\",\"on\":\"2023-03-01\"}", "missing-field", "item", "the key of a new order", NULL},
        {"no item where one is named", "{\"case\":\"C1\",\"event\":\"order-varied\",\"on\":\"2023-03-01\"}", "missing-field", "item", "the key of the order", NULL},
        {"an item where none belongs", "{\"case\":\"C1\",\"event\":\"released\",\"on\":\"2023-03-01\",\"item\":\"O1\"}", "unexpected-item", "item", "not about an item", NULL},
        {"an item of no key", "{\"case\":\"C1\",\"event\":\"order-made\",\"on\":\"2023-03-01\",\"item\":\"\"}", "bad-item", "item", "no item key", NULL},
        {"an item with a space", "{\"case\":\"C1\",\"event\":\"order-made\",\"on\":\"2023-03-01\",\"item\":\"O 1\"}", "bad-item", "item", "\"O 1\"", NULL},
        {"an item that is a list", "{\"case\":\"C1\",\"event\":\"order-made\",\"on\":\"2023-03-01\",\"item\":[\"O1\"]}", "wrong-type", "item", "not a list", NULL},
        /* fields */
        {"an unknown field", LEVEL(",\"agences\":[\"police\"]"), "unknown-field", "agences", "has no field \"agences\"", "agencies"},
        {"a field like a member", LEVEL(",\"ltem\":\"x\""), "unknown-field", "ltem", "ltem", "item"},
        {"a required field that is absent", "{\"case\":\"C1\",\"event\":\"level-set\",\"on\":\"2023-03-01\"}", "missing-field", "level", "level-set must have \"level\"", NULL},
        {"an unknown value", "{\"case\":\"C1\",\"event\":\"level-set\",\"on\":\"2023-03-01\",\"level\":\"4\"}", "unknown-value", "level", "\"4\" is not a value of \"level\"; possible are \"1\", \"2\", \"3\"", NULL},
        {"a value that is a number", "{\"case\":\"C1\",\"event\":\"level-set\",\"on\":\"2023-03-01\",\"level\":2}", "wrong-type", "level", "a text in quotes, not a number", NULL},
        {"a list where a word belongs", "{\"case\":\"C1\",\"event\":\"level-set\",\"on\":\"2023-03-01\",\"level\":[\"2\"]}", "wrong-type", "level", "not a list", NULL},
        {"null for a field", LEVEL(",\"note\":null"), "null", "note", "leave it out", NULL},
        {"a misspelt value of a set", LEVEL(",\"agencies\":[\"police\",\"probaton\"]"), "unknown-value", "agencies", "probaton", "probation"},
        {"a word where a set belongs", LEVEL(",\"agencies\":\"police\""), "wrong-type", "agencies", "a list of texts, not a text", NULL},
        {"a date field without a date", LEVEL(",\"ends\":\"soon\""), "bad-date", "ends", "\"soon\" is no date", NULL},
        {"a token with a space", LEVEL(",\"note\":\"two words\""), "bad-token", "note", "no token", NULL},
        {"a token of nothing", LEVEL(",\"note\":\"\""), "bad-token", "note", "no token", NULL},
        /* id, force, replaces, why, recorded-at */
        {"an id with a space", LEVEL(",\"id\":\"a b\""), "bad-id", "id", "1 to 64 printable", NULL},
        {"an id of nothing", LEVEL(",\"id\":\"\""), "bad-id", "id", "1 to 64", NULL},
        {"an id of 65 bytes", LEVEL(",\"id\":\"12345678901234567890123456789012345678901234567890123456789012345\""), "bad-id", "id", "1 to 64", NULL},
        {"an id beyond ASCII", LEVEL(",\"id\":\"caf\xC3\xA9\""), "bad-id", "id", "ASCII", NULL},
        {"an id that is a number", LEVEL(",\"id\":7"), "wrong-type", "id", "not a number", NULL},
        {"force as a text", LEVEL(",\"force\":\"true\""), "wrong-type", "force", "true or false, not a text", NULL},
        {"force as a number", LEVEL(",\"force\":1"), "wrong-type", "force", "not a number", NULL},
        {"a replacement without a reason", LEVEL(",\"replaces\":3"), "missing-field", "why", "replaces another", NULL},
        {"a replacement of number 0", LEVEL(",\"replaces\":0,\"why\":\"w\""), "bad-number", "replaces", "whole number from 1", NULL},
        {"a replacement of a negative number", LEVEL(",\"replaces\":-3,\"why\":\"w\""), "bad-number", "replaces", "whole number", NULL},
        {"a replacement of half a number", LEVEL(",\"replaces\":1.5,\"why\":\"w\""), "bad-number", "replaces", "whole number", NULL},
        {"a replacement of 1e2", LEVEL(",\"replaces\":1e2,\"why\":\"w\""), "bad-number", "replaces", "whole number", NULL},
        {"a number of nineteen digits", LEVEL(",\"replaces\":1000000000000000000,\"why\":\"w\""), "bad-number", "replaces", "whole number", NULL},
        {"a number beyond every range", LEVEL(",\"replaces\":99999999999999999999999999999999,\"why\":\"w\""), "bad-number", "replaces", "whole number", NULL},
        {"a replacement of true", LEVEL(",\"replaces\":true,\"why\":\"w\""), "wrong-type", "replaces", "identifier in quotes or a number", NULL},
        {"a reason of nothing", LEVEL(",\"why\":\"\""), "bad-why", "why", "1 to 500", NULL},
        {"a reason of spaces", LEVEL(",\"why\":\"   \""), "bad-why", "why", "1 to 500", NULL},
        {"a reason with a line break", LEVEL(",\"why\":\"a\\nb\""), "bad-why", "why", "control", NULL},
        {"a reason that turns the writing", LEVEL(",\"why\":\"a\\u202eb\""), "bad-why", "why", "control", NULL},
        {"an instant of one's own", LEVEL(",\"recorded-at\":\"2023-03-01T09:00:00Z\""), "unknown-field", "recorded-at", "the clock of the record", NULL},
        /* retractions */
        {"a retraction without a reason", "{\"retract\":1}", "missing-field", "why", "a retraction must have \"why\"", NULL},
        {"a retraction of nothing", "{\"retract\":0,\"why\":\"w\"}", "bad-number", "retract", "whole number from 1", NULL},
        {"a retraction of null", "{\"retract\":null,\"why\":\"w\"}", "null", "retract", "null", NULL},
        {"a retraction with a case", "{\"retract\":1,\"why\":\"w\",\"case\":\"C1\"}", "unknown-field", "case", "no field \"case\"", NULL},
        {"a retraction with a misspelt reason", "{\"retract\":1,\"wyh\":\"w\"}", "unknown-field", "wyh", "wyh", "why"},
};

static enum status parse(const struct wire_reader *reader, const char *line, size_t length, struct arena *arena,
                         struct wire_line *ret_line, struct wire_problem *ret_problem)
{
        /* A copy of just this size, so that a sanitizer sees a byte read too far. */
        char *exact = malloc(length + 1);

        assert_non_null(exact);
        memcpy(exact, line, length);
        char *tight = realloc(exact, length > 0 ? length : 1);
        enum status status = wire_event_parse(reader, tight, length, arena, ret_line, ret_problem);
        free(tight);
        return status;
}

static void every_refusal_says_what_where_and_what_was_meant(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
                struct arena arena;
                struct wire_line line;
                struct wire_problem problem = {.code = "untouched"};

                arena_init(&arena, words_grow, free);
                enum status status = parse(&client_reader, refusals[i].line, strlen(refusals[i].line), &arena, &line, &problem);
                if (status != STATUS_INVALID)
                        fail_msg("%s: not refused", refusals[i].why);
                if (strcmp(problem.code, refusals[i].code) != 0 || strcmp(problem.field, refusals[i].field) != 0)
                        fail_msg("%s: code \"%s\", field \"%s\": %s", refusals[i].why, problem.code, problem.field, problem.message);
                if (strstr(problem.message, refusals[i].words) == NULL)
                        fail_msg("%s: \"%s\" lacks \"%s\"", refusals[i].why, problem.message, refusals[i].words);
                if ((problem.nearest == NULL) != (refusals[i].nearest == NULL) ||
                    (problem.nearest != NULL && strcmp(problem.nearest, refusals[i].nearest) != 0))
                        fail_msg("%s: nearest is %s", refusals[i].why, problem.nearest == NULL ? "nothing" : problem.nearest);
                arena_fini(&arena);
        }
}

static void an_event_becomes_a_record(void **state)
{
        static const char text[] = " {\"on\":\"2023-02-28\", \"level\" : \"3\",\"agencies\":[ \"prison\" , \"police\" ],"
                                   "\"ends\":\"9999-12-31\","
                                   "\"note\":\"Tok-1\",\"case\":\"C-9\",\"event\":\"level-set\",\"id\":\"a~!\",\"force\":true,"
                                   "\"replaces\":\"other\",\"why\":\"because \\u00e9\\ud83d\\ude00\"}\r\n";
        struct arena arena;
        struct wire_line line;
        struct wire_problem problem;

        (void)state;
        arena_init(&arena, words_grow, free);
        assert_int_equal(parse(&client_reader, text, sizeof text - 1, &arena, &line, &problem), STATUS_OK);
        assert_false(line.is_retraction);
        assert_string_equal(line.case_ref, "C-9");
        assert_string_equal(line.id, "a~!");
        assert_true(line.force);
        assert_string_equal(line.target_id, "other");
        assert_int_equal(line.target_seq, 0);
        assert_string_equal(line.why, "because \xC3\xA9\xF0\x9F\x98\x80");
        assert_int_equal(line.record.fact.type, EVENT_LEVEL);
        assert_int_equal(line.record.fact.on, DAY_2023_03_01 - 1);
        assert_null(line.record.fact.item);
        assert_true(line.record.recorded_at == INSTANT_ALWAYS);
        assert_int_equal(line.record.fact.fields[0].bits, VALUE_BIT(2));
        assert_int_equal(line.record.fact.fields[1].bits, VALUE_BIT(0) | VALUE_BIT(2));
        assert_int_equal(line.record.fact.fields[2].day, CIVIL_MAX);
        assert_string_equal(line.record.fact.fields[3].token, "Tok-1");
        arena_fini(&arena);
}

static void absent_fields_are_unset_and_an_empty_list_is_not(void **state)
{
        struct arena arena;
        struct wire_line line;
        struct wire_problem problem;

        (void)state;
        arena_init(&arena, words_grow, free);
        assert_int_equal(parse(&client_reader, LEVEL(",\"agencies\":[]"), strlen(LEVEL(",\"agencies\":[]")), &arena, &line,
                &problem), STATUS_OK);
        assert_int_equal(line.record.fact.fields[1].bits, 0);
        assert_int_equal(line.record.fact.fields[2].bits, VALUE_UNSET);
        assert_int_equal(line.record.fact.fields[2].day, CIVIL_NONE);
        assert_null(line.record.fact.fields[3].token);
        arena_fini(&arena);
}

static void a_retraction_names_a_number_or_an_id(void **state)
{
        static const struct {
                const char *line;
                uint64_t seq;
                const char *id;
        } table[] = {{"{\"retract\":1,\"why\":\"w\"}", 1, NULL},
                     {"{\"why\":\"w\",\"retract\":999999999999999999}", UINT64_C(999999999999999999), NULL},
                     {"{\"retract\":\"x-1\",\"why\":\"w\"}", 0, "x-1"},
                     {"{\"retract\":\"7\",\"why\":\"w\"}", 0, "7"},
                     {"{\"retract\":\"7\",\"why\":\"w\",\"id\":\"own\"}", 0, "7"}};

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                struct arena arena;
                struct wire_line line;
                struct wire_problem problem;

                arena_init(&arena, words_grow, free);
                assert_int_equal(parse(&client_reader, table[i].line, strlen(table[i].line), &arena, &line, &problem), STATUS_OK);
                assert_true(line.is_retraction && line.record.is_retraction);
                assert_int_equal(line.target_seq, table[i].seq);
                assert_true((line.target_id == NULL) == (table[i].id == NULL));
                if (table[i].id != NULL)
                        assert_string_equal(line.target_id, table[i].id);
                arena_fini(&arena);
        }
}

static void a_file_may_say_when_a_line_was_recorded_and_lies_in_no_future(void **state)
{
        static const char text[] = "{\"case\":\"C1\",\"event\":\"released\",\"on\":\"2099-01-01\","
                                   "\"recorded-at\":\"1970-01-01T00:00:01Z\"}";
        struct arena arena;
        struct wire_line line;
        struct wire_problem problem;

        (void)state;
        arena_init(&arena, words_grow, free);
        assert_int_equal(parse(&file_reader, text, sizeof text - 1, &arena, &line, &problem), STATUS_OK);
        assert_true(line.record.recorded_at == 1000);
        arena_fini(&arena);
}

static void bytes_after_a_nul_are_seen(void **state)
{
        static const char *const lines[] = {"{\"case\":\"C1\0\"}", "{\"case\":\"C1\"\0}", "\0{}", "{}\0"};
        static const size_t lengths[] = {13, 13, 3, 3};

        (void)state;
        for (size_t i = 0; i < 4; i++) {
                struct arena arena;
                struct wire_line line;
                struct wire_problem problem;

                arena_init(&arena, words_grow, free);
                assert_int_equal(parse(&client_reader, lines[i], lengths[i], &arena, &line, &problem), STATUS_INVALID);
                assert_string_equal(problem.code, "not-json");
                arena_fini(&arena);
        }
}

static void size_nesting_and_number_of_members_are_bounded(void **state)
{
        struct arena arena;
        struct wire_line line;
        struct wire_problem problem;
        char *text = malloc(WIRE_LINE_MAX + 2);

        (void)state;
        assert_non_null(text);
        arena_init(&arena, words_grow, free);
        memset(text, ' ', WIRE_LINE_MAX + 1);
        memcpy(text, LEVEL(""), strlen(LEVEL("")));
        assert_int_equal(parse(&client_reader, text, WIRE_LINE_MAX, &arena, &line, &problem), STATUS_OK);
        assert_int_equal(parse(&client_reader, text, WIRE_LINE_MAX + 1, &arena, &line, &problem), STATUS_INVALID);
        assert_string_equal(problem.code, "too-long");

        memset(text, '[', WIRE_LINE_MAX);
        memcpy(text, "{\"a\":", 5);
        assert_int_equal(parse(&client_reader, text, WIRE_LINE_MAX, &arena, &line, &problem), STATUS_INVALID);
        assert_string_equal(problem.code, "not-json");

        size_t used = (size_t)snprintf(text, WIRE_LINE_MAX, "{");
        for (int i = 0; i < WIRE_MEMBERS_MAX; i++)
                used += (size_t)snprintf(text + used, WIRE_LINE_MAX - used, "\"m%d\":\"\",", i);
        used += (size_t)snprintf(text + used, WIRE_LINE_MAX - used, "\"last\":\"\"}");
        assert_int_equal(parse(&client_reader, text, used, &arena, &line, &problem), STATUS_INVALID);
        assert_string_equal(problem.code, "too-long");
        arena_fini(&arena);
        free(text);
}

static void a_message_repeats_no_byte_that_could_hurt(void **state)
{
        static const char text[] = "{\"case\":\"C1\",\"event\":\"\\u001b[2J\xE2\x80\xAE<\\u0007\xC2\x9B\",\"on\":\"2023-03-01\"}";
        struct arena arena;
        struct wire_line line;
        struct wire_problem problem;

        (void)state;
        arena_init(&arena, words_grow, free);
        assert_int_equal(parse(&client_reader, text, sizeof text - 1, &arena, &line, &problem), STATUS_INVALID);
        for (const char *c = problem.message; *c != '\0'; c++)
                assert_in_range((unsigned char)*c, ' ', '~');
        arena_fini(&arena);
}

/* What may stand nowhere in a text, and what may. */
static const struct {
        const char *bytes, *code;       /* NULL: it is taken */
} placed[] = {
        {"\"", "not-json"}, {"\\x", "not-json"}, {"\x80", "not-utf8"}, {"\xBF", "not-utf8"}, {"\xC0\x80", "not-utf8"},
        {"\xC1\xBF", "not-utf8"}, {"\xC3", "not-utf8"}, {"\xC3(", "not-utf8"}, {"\xE0\x80\x80", "not-utf8"}, {"\xE2\x82", "not-utf8"},
        {"\xED\xA0\x80", "not-utf8"}, {"\xF0\x80\x80\x80", "not-utf8"}, {"\xF0\x9F\x98", "not-utf8"}, {"\xF4\x90\x80\x80", "not-utf8"},
        {"\xF5\x80\x80\x80", "not-utf8"}, {"\xFF", "not-utf8"}, {" ", NULL}, {"!", NULL}, {"#", NULL}, {"[", NULL}, {"]", NULL}, {"~", NULL},
        {"\\\"", NULL}, {"\\\\", NULL}, {"\\u00e9", NULL}, {"\xC3\xA9", NULL}, {"\xF0\x9F\x98\x80", NULL},
};

#define PLACES 18       /* two runs of eight bytes and their ends */

static void place(const char *bytes, size_t length, size_t before, const char *code)
{
        /* Letters behind what is placed: where a quote ends the text too soon, they are no JSON. */
        static const char begins[] = "{\"case\":\"C1\",\"event\":\"level-set\",\"on\":\"2023-03-01\",\"why\":\"";
        static const char ends[] = "\",\"level\":\"2\",\"replaces\":\"x\"}";
        char text[200];
        struct arena arena;
        struct wire_line line;
        struct wire_problem problem = {.code = ""};

        int head = snprintf(text, sizeof text, "%s%.*s", begins, (int)before, "abcdefghijklmnopqr");
        assert_true(head > 0 && (size_t)head + length < sizeof text);
        memcpy(text + head, bytes, length);
        int tail = snprintf(text + head + length, sizeof text - (size_t)head - length, "%s%s", &"abcdefghijklmnopqr"[before], ends);
        arena_init(&arena, words_grow, free);
        enum status status = parse(&client_reader, text, (size_t)head + length + (size_t)tail, &arena, &line, &problem);
        if (status != (code == NULL ? STATUS_OK : STATUS_INVALID) || (code != NULL && strcmp(problem.code, code) != 0))
                fail_msg("byte %02x behind %zu: %s", (unsigned char)bytes[0], before, status == STATUS_OK ? "taken" : problem.message);
        arena_fini(&arena);
}

static void each_byte_of_a_text_is_looked_at_wherever_it_stands(void **state)
{
        (void)state;
        for (size_t before = 0; before < PLACES; before++) {
                for (char control = 0; control < 0x20; control++)
                        place(&control, 1, before, "not-json");
                for (size_t i = 0; i < sizeof placed / sizeof placed[0]; i++)
                        place(placed[i].bytes, strlen(placed[i].bytes), before, placed[i].code);
        }
}

static size_t left;     /* allocations that still succeed */

static void *grow_some(size_t size)
{
        if (left == 0)
                return NULL;
        left--;
        return malloc(size);
}

static void without_memory_it_says_so_and_keeps_nothing(void **state)
{
        static const char text[] = LEVEL(",\"note\":\"T\",\"id\":\"i\",\"replaces\":\"r\",\"why\":\"w\"");

        (void)state;
        struct arena arena;
        struct wire_line line;
        struct wire_problem problem;

        left = 0;
        arena_init(&arena, grow_some, free);
        assert_int_equal(parse(&client_reader, text, sizeof text - 1, &arena, &line, &problem), STATUS_NO_MEMORY);
        arena_fini(&arena);
        left = 1000;
        arena_init(&arena, grow_some, free);
        assert_int_equal(parse(&client_reader, text, sizeof text - 1, &arena, &line, &problem), STATUS_OK);
        arena_fini(&arena);
}

static void the_id_of_a_refused_line_is_found(void **state)
{
        static const struct {
                const char *line, *id;
        } table[] = {{"{\"id\":\"x\",\"event\":\"unknown\"}", "x"}, {"{\"event\":\"unknown\"}", NULL}, {"{\"id\":7}", NULL},
                     {"{\"id\":\"x\"", NULL}, {"{\"id\":\"x\",\"retract\":1}", "x"}, {"not json", NULL}, {"{\"id\":\"\\u0041\"}", "A"}};

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                struct arena arena;
                const char *id = NULL;

                arena_init(&arena, words_grow, free);
                assert_int_equal(wire_id_peek(table[i].line, strlen(table[i].line), &arena, &id), STATUS_OK);
                if ((id == NULL) != (table[i].id == NULL) || (id != NULL && strcmp(id, table[i].id) != 0))
                        fail_msg("%s: %s", table[i].line, id == NULL ? "none" : id);
                arena_fini(&arena);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_refusal_says_what_where_and_what_was_meant),
                cmocka_unit_test(an_event_becomes_a_record),
                cmocka_unit_test(absent_fields_are_unset_and_an_empty_list_is_not),
                cmocka_unit_test(a_retraction_names_a_number_or_an_id),
                cmocka_unit_test(a_file_may_say_when_a_line_was_recorded_and_lies_in_no_future),
                cmocka_unit_test(bytes_after_a_nul_are_seen),
                cmocka_unit_test(size_nesting_and_number_of_members_are_bounded),
                cmocka_unit_test(a_message_repeats_no_byte_that_could_hurt),
                cmocka_unit_test(each_byte_of_a_text_is_looked_at_wherever_it_stands),
                cmocka_unit_test(without_memory_it_says_so_and_keeps_nothing),
                cmocka_unit_test(the_id_of_a_refused_line_is_found),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
