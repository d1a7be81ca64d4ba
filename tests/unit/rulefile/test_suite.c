/*
 * test_suite - what a test file says arrives as values; what is wrong with one
 * is said with its line and the nearest word; and whatever allocation fails,
 * nothing leaks and nothing half made is given out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../daemon/rulefile/suite_read.h"
#include "mappad/suite.h"

#define RULE(id, rest) \
        "{ id = \"" id "\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"must\"; " rest " }"
#define BY_MET "met-by = { event = \"met\"; };"

/* clang-format off */
static const char rules_text[] =
        "items = ( { name = \"order\"; } );\n"
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\"]; },\n"
        "  { name = \"place\"; values = [\"in\", \"out\"]; }, { name = \"ends\"; type = \"date\"; },\n"
        "  { name = \"who\"; type = \"set\"; values = [\"a\", \"b\"]; },\n"
        "  { name = \"order-ends\"; type = \"date\"; scope = \"order\"; },\n"
        "  { name = \"fixed\"; values = [\"yes\"]; } );\n"
        "derived = ( { name = \"kept\"; values = [\"yes\", \"no\"]; cases = (\n"
        "  { is = \"no\"; after = \"ends\"; }, { is = \"yes\"; when = { level = \"2\"; }; } ); } );\n"
        "events = ( { name = \"put\"; fields = ( { name = \"level\"; required = true; }, { name = \"ends\"; },\n"
        "    { name = \"who\"; } ); }, { name = \"gone\"; sets = { place = \"out\"; }; clears = [\"ends\"]; },\n"
        "  { name = \"back\"; sets = { place = \"in\"; }; }, { name = \"fix\"; sets = { fixed = \"yes\"; }; },\n"
        "  { name = \"met\"; fields = ( { name = \"note\"; type = \"token\"; } ); },\n"
        "  { name = \"ordered\"; new-item = \"order\"; fields = ( { name = \"order-ends\"; } ); },\n"
        "  { name = \"varied\"; item = \"order\"; } );\n"
        "rules = (\n"
        RULE("review", "applies = { level = \"2\"; }; every = \"2 weeks after\"; " BY_MET "\n"
             "alerts = ( { at = \"1 week before\"; to = [\"unit\"]; },\n"
             "  { at = \"overdue\"; to = [\"unit\"]; again = \"1 week\"; times = 2; } );") ",\n"
        RULE("order-end", "per = \"order\"; by = \"order-ends\"; met-by = { event = \"varied\"; };") ",\n"
        RULE("ending", "by = \"ends\"; milestone = true;") ",\n"
        RULE("plan", "by = \"ends\"; tentative = true; " BY_MET) ",\n"
        RULE("left", "by = \"ends\"; tentative = true; missed-if = { place = \"out\"; }; " BY_MET) ",\n"
        RULE("at-once", "applies = { level = \"2\"; }; "
             "within = \"1 day beginning with\"; from = \"start\"; " BY_MET) ",\n"
        RULE("for-good", "applies = { fixed = \"yes\"; }; within = \"3 days after\"; from = \"start\"; " BY_MET) ",\n"
        RULE("yearly", "by = \"03-31\"; " BY_MET) ",\n"
        RULE("windowed", "by = \"03-31\"; opens = \"1 month before\"; " BY_MET) ",\n"
        RULE("board", "at-least = 2; in-each = \"year\"; " BY_MET) ",\n"
        RULE("shelved", "enabled = false; every = \"1 week after\"; " BY_MET) " );\n"
        "constraints = ( { id = \"odd\"; severity = \"flag\"; never = { level = \"1\"; place = \"out\"; };\n"
        "  says = \"Odd.\"; } );\n";
/* clang-format on */

static struct ruleset *ruleset;

static int load_once(void **state)
{
        struct rulefile_text text = {"rules.cfg", rules_text, sizeof(rules_text) - 1};
        struct diagnostics diagnostics;

        (void)state;
        diagnostics_init(&diagnostics);
        enum status status = rulefile_load_text(&text, 1, &diagnostics, &ruleset);
        diagnostics_print(&diagnostics, stdout);
        diagnostics_fini(&diagnostics);
        return status == STATUS_OK ? 0 : -1;
}

static int unload(void **state)
{
        (void)state;
        ruleset_free(ruleset);
        return 0;
}

/* clang-format off */
static const char sound_text[] =
        "unreachable = ( { rule = \"for-good\"; ending = \"lapsed\"; why = \"never\"; },\n"
        "  { attribute = \"kept\"; row = 1; why = \"never\"; },\n"
        "  { rule = \"review\"; stage = \"overdue\"; why = \"never\"; } );\n"
        "tests = (\n"
        "  { name = \"first\"; rule = \"review\"; case = \"D-1042\"; history = (\n"
        "      { on = \"2023-01-09\"; event = \"put\"; level = \"2\"; who = [\"a\", \"b\"]; id = \"x1\";\n"
        "        recorded-at = \"2023-01-10\"; },\n"
        "      { on = \"2023-01-12\"; event = \"put\"; level = \"1\"; replaces = \"x1\"; why = \"wrong\";"
        " force = true; },\n"
        "      { retract = \"x1\"; why = \"never was\"; },\n"
        "      { on = \"2023-01-13\"; event = \"met\"; note = \"N-1\"; case = \"D-1043\"; } );\n"
        "    refused = ( { entry = 3; code = \"not-standing\"; says = \"does not stand\"; } );\n"
        "    flagged = ( { id = \"x1\"; constraint = \"odd\"; } );\n"
        "    on = ( { day = \"2023-01-20\"; known-at = \"2023-01-19T08:00:00Z\"; open-only = true; expect = (\n"
        "        { state = \"due-soon\"; due = \"2023-01-23\"; days-left = 3; booked = \"none\"; paused = false;\n"
        "          title = \"T\"; strength = \"must\"; missing = \"level\"; stages = (\n"
        "            { stage = \"1 week before\"; day = \"2023-01-16\"; quiet = false; to = \"unit\"; },\n"
        "            { stage = \"overdue\"; repeat = 2; reached = false; } ); },\n"
        "        { case = \"D-1043\"; version = \"none\"; } ); } ); },\n"
        "  { name = \"second\"; enable = [\"shelved\", \"order-end\"];\n"
        "    history = ( { on = \"2023-01-09\"; event = \"ordered\"; item = \"O1\"; } );\n"
        "    on = ( { day = \"2023-01-20\"; expect = (\n"
        "        { rule = \"order-end\"; item = \"O1\"; }, { rule = \"shelved\"; item = \"none\"; } ); } ); } );\n";
/* clang-format on */

static struct suite *load(const char *text, size_t length, struct diagnostics *diagnostics)
{
        struct rulefile_text one = {"a.test", text, length};
        struct suite *suite = NULL;
        enum status status = suite_load_text(&one, 1, ruleset, diagnostics, &suite);

        assert_true((status == STATUS_OK) == (suite != NULL));
        assert_true(status == STATUS_OK || diagnostics->error_count > 0);
        return suite;
}

static struct suite *load_sound(void)
{
        struct diagnostics diagnostics;
        struct suite *suite;

        diagnostics_init(&diagnostics);
        suite = load(sound_text, sizeof(sound_text) - 1, &diagnostics);
        diagnostics_print(&diagnostics, stdout);
        assert_non_null(suite);
        diagnostics_fini(&diagnostics);
        return suite;
}

static int32_t day(const char *text)
{
        int32_t number;

        assert_true(civil_parse(text, strlen(text), &number));
        return number;
}

static void histories_arrive(void **state)
{
        struct suite *suite = load_sound();
        const struct suite_fact *history = suite->tests[0].history;

        (void)state;
        assert_int_equal(suite->test_count, 2);
        assert_int_equal(suite->tests[0].line, 5);
        assert_string_equal(suite->tests[0].name, "first");
        assert_int_equal(suite->tests[0].history_count, 4);
        assert_string_equal(history[0].case_ref, "D-1042");
        assert_int_equal(history[0].record.fact.on, day("2023-01-09"));
        assert_int_equal(history[0].record.fact.type, vocabulary_event(&ruleset->vocabulary, "put"));
        assert_true(history[0].record.fact.fields[0].bits == VALUE_BIT(1));
        assert_true(history[0].record.fact.fields[1].bits == VALUE_UNSET);
        assert_true(history[0].record.fact.fields[2].bits == (VALUE_BIT(0) | VALUE_BIT(1)));
        assert_string_equal(history[0].recorded_at, "2023-01-10");
        assert_string_equal(history[1].target_id, "x1");
        assert_string_equal(history[1].why, "wrong");
        assert_true(history[1].force && !history[0].force);
        assert_true(history[2].is_retraction && history[2].record.is_retraction);
        assert_string_equal(history[2].target_id, "x1");
        assert_string_equal(history[3].case_ref, "D-1043");
        assert_string_equal(history[3].record.fact.fields[0].token, "N-1");
        assert_string_equal(suite->tests[1].history[0].case_ref, "CASE-1");
        assert_string_equal(suite->tests[1].history[0].record.fact.item, "O1");
        suite_free(suite);
}

static void expectations_arrive(void **state)
{
        struct suite *suite = load_sound();
        const struct suite_test *test = &suite->tests[0];
        const struct suite_day *asked = &test->days[0];
        const struct suite_expectation *first = &asked->expectations[0];

        (void)state;
        assert_int_equal(asked->on, day("2023-01-20"));
        assert_string_equal(asked->known_at, "2023-01-19T08:00:00Z");
        assert_true(asked->open_only);
        assert_int_equal(asked->expectation_count, 2);
        assert_int_equal(first->line, 14);
        assert_int_equal(first->rule, ruleset_rule(ruleset, "review"));
        assert_string_equal(first->case_ref, "D-1042");
        assert_int_equal(first->named, 1U << SUITE_STATE | 1U << SUITE_DUE | 1U << SUITE_DAYS_LEFT |
                                               1U << SUITE_BOOKED | 1U << SUITE_PAUSED | 1U << SUITE_TITLE |
                                               1U << SUITE_STRENGTH | 1U << SUITE_MISSING);
        assert_int_equal(first->values[SUITE_STATE], OBLIGATION_DUE_SOON);
        assert_int_equal(first->values[SUITE_DUE], day("2023-01-23"));
        assert_int_equal(first->values[SUITE_DAYS_LEFT], 3);
        assert_int_equal(first->values[SUITE_BOOKED], SUITE_NONE);
        assert_int_equal(first->values[SUITE_PAUSED], 0);
        assert_int_equal(first->values[SUITE_STRENGTH], STRENGTH_MUST);
        assert_int_equal(first->values[SUITE_MISSING], vocabulary_attribute(&ruleset->vocabulary, "level"));
        assert_string_equal(first->title, "T");
        assert_int_equal(first->stage_count, 2);
        assert_true(first->stages[0].reached && first->stages[0].quiet_named && !first->stages[0].quiet);
        assert_int_equal(first->stages[0].day, day("2023-01-16"));
        assert_int_equal(first->stages[0].to_count, 1);
        assert_true(!first->stages[1].reached && first->stages[1].repeat == 2 && first->stages[1].day == CIVIL_NONE);
        assert_string_equal(asked->expectations[1].case_ref, "D-1043");
        assert_false(asked->expectations[1].stages_named);
        suite_free(suite);
}

static void refusals_rules_and_exclusions_arrive(void **state)
{
        struct suite *suite = load_sound();
        const struct suite_test *test = &suite->tests[0], *second = &suite->tests[1];

        (void)state;
        assert_int_equal(test->refused_count, 1);
        assert_int_equal(test->refused[0].entry, 2);
        assert_string_equal(test->refused[0].code, "not-standing");
        assert_int_equal(test->flagged[0].entry, 0);
        assert_string_equal(test->flagged[0].constraint->id, "odd");
        assert_int_equal(second->rule_count, 0);
        assert_int_equal(second->enable_count, 2);
        assert_true(second->enable[0] < second->enable[1]);
        assert_string_equal(second->days[0].expectations[0].item, "O1");
        assert_true(second->days[0].expectations[1].item_named && second->days[0].expectations[1].item == NULL);
        assert_int_equal(suite->exclusion_count, 3);
        assert_int_equal(suite->exclusions[0].state, OBLIGATION_LAPSED);
        assert_int_equal(suite->exclusions[1].row, 1);
        assert_string_equal(suite->exclusions[2].stage, "overdue");
        suite_free(suite);
}

/* One mistake each; the rest of the file is sound. H is a history, E a list of expectations. */
#define FILE_OF(inside) "tests = ( { name = \"n\"; rule = \"review\";\n" inside " } );\n"
#define H "history = ( { on = \"2023-01-09\"; event = \"put\"; level = \"2\"; id = \"x\"; } );\n"
#define WITH_HISTORY(entry) FILE_OF("history = (\n" entry " ); on = ( { day = \"2023-01-10\"; expect = (); } );")
#define WITH_DAY(inside) FILE_OF(H "on = ( { day = \"2023-01-10\";\n" inside " } );")
#define WITH_EXPECT(inside) WITH_DAY("expect = (\n{ " inside " } );")

static const struct {
        const char *text;
        const char *said; /* the first diagnostic, from its line on */
} wrong[] = {
        {"", "the setting \"tests\" is missing"},
        {"tests = ();\ntest = ();\n", "2: error: unknown setting \"test\"; did you mean \"tests\"?"},
        {"tests = ( { history = (); on = (); } );\n", "1: error: the setting \"name\" is missing"},
        {"tests = ( { name = \"\"; history = (); on = (); } );\n",
         "1: error: a test needs a name: a sentence that says what it shows"},
        {"tests = ( { name = \"n\"; history = (); } );\n",
         "1: error: this test asks nothing: \"on\", \"refused\" or \"flagged\" is missing"},
        {"tests = ( { name = \"n\"; history = (); on = (); },\n{ name = \"n\"; history = (); on = (); } );\n",
         "2: error: two tests are called \"n\"; the first is on line 1"},
        {"tests = ( { name = \"n\"; histroy = (); on = (); } );\n",
         "1: error: unknown setting \"histroy\"; did you mean \"history\"?"},
        {"tests = ( { name = \"n\"; rule = \"reviev\"; history = (); on = (); } );\n",
         "1: error: no rule is called \"reviev\"; did you mean \"review\"?"},
        {"tests = ( { name = \"n\"; rule = []; history = (); on = (); } );\n",
         "1: error: \"rule\" names no rule; leave it out to compare all of them"},
        {"tests = ( { name = \"n\"; enable = \"shelv\"; history = (); on = (); } );\n",
         "1: error: no rule is called \"shelv\"; did you mean \"shelved\"?"},
        {"tests = ( { name = \"n\"; case = \"d-1\"; history = (); on = (); } );\n",
         "1: error: \"d-1\" is no case reference: 2 to 32 capital letters, digits and hyphens, not beginning with "
         "a hyphen"},

        {WITH_HISTORY("{ on = \"2023-01-09\"; level = \"2\"; }"),
         "3: error: an entry of a history has \"event\" (or \"retract\")"},
        {WITH_HISTORY("{ event = \"put\"; level = \"2\"; }"),
         "3: error: the setting \"on\" is missing: the day on which it was true"},
        {WITH_HISTORY("{ on = \"2023-02-29\"; event = \"put\"; level = \"2\"; }"),
         "3: error: \"2023-02-29\" is no date: write YYYY-MM-DD, a day that exists"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"putt\"; level = \"2\"; }"),
         "3: error: no event is called \"putt\"; did you mean \"put\"?"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"put\"; levle = \"2\"; level = \"1\"; }"),
         "3: error: the event \"put\" has no field \"levle\"; did you mean \"level\"?"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"put\"; }"), "3: error: the event \"put\" must have \"level\""},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"put\"; level = \"3\"; }"),
         "3: error: \"3\" is not a value of \"level\"; possible are \"1\", \"2\""},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"put\"; level = 2; }"),
         "3: error: \"level\" is a whole number; it must be a text"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"put\"; level = \"2\"; who = [\"a\", \"bb\"]; }"),
         "3: error: \"bb\" is not a value of \"who\"; did you mean \"b\"?"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"put\"; level = \"2\"; ends = \"soon\"; }"),
         "3: error: \"soon\" is no date: write YYYY-MM-DD, a day that exists"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"met\"; note = \"two words\"; }"),
         "3: error: \"two words\" is no token: 1 to 32 letters, digits and hyphens"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"met\"; item = \"O1\"; }"),
         "3: error: the event \"met\" is not about an item"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"varied\"; }"),
         "3: error: the event \"varied\" must have \"item\", the key of the order"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"ordered\"; item = \"-1\"; }"),
         "3: error: \"-1\" is no item key: 1 to 32 letters, digits and hyphens, not beginning with a hyphen"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"met\"; force = \"yes\"; }"),
         "3: error: \"force\" is a text; it must be true or false"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"met\"; id = \"a b\"; }"),
         "3: error: \"a b\" is no identifier: 1 to 64 printable ASCII characters without a space"},
        {WITH_HISTORY(
                 "{ on = \"2023-01-09\"; event = \"met\"; id = \"a\"; },\n"
                  "{ on = \"2023-01-09\"; event = \"met\"; id = \"a\"; }"),
         "4: error: the id \"a\" is that of the entry on line 3 too"},
        {WITH_HISTORY(
                 "{ on = \"2023-01-09\"; event = \"met\"; id = \"first\"; },\n{ retract = \"frist\"; why = \"w\"; }"),
         "4: error: no entry before this one is called \"frist\"; did you mean \"first\"?"},
        {WITH_HISTORY("{ on = \"2023-01-09\"; event = \"met\"; id = \"a\"; },\n"
                  "{ retract = \"a\"; }"),
         "4: error: a retraction says \"why\""},
        {WITH_HISTORY(
                 "{ on = \"2023-01-09\"; event = \"met\"; id = \"a\"; },\n"
                  "{ retract = \"a\"; why = \"w\"; on = \"2023-01-09\"; }"),
         "4: error: \"on\" does not go with \"retract\""},
        {WITH_HISTORY(
                 "{ on = \"2023-01-09\"; event = \"met\"; id = \"a\"; },\n"
                  "{ on = \"2023-01-09\"; event = \"met\"; replaces = \"a\"; }"),
         "4: error: an event that replaces another says \"why\""},

        {FILE_OF(H "refused = ( { code = \"state\"; } );"),
         "3: error: say which entry is meant: \"id\", or \"entry\" and its place in the history"},
        {FILE_OF(H "refused = ( { entry = 2; } );"), "3: error: \"entry\" is 2; 1 to 1 is possible"},
        {FILE_OF(H "refused = ( { id = \"xx\"; } );"),
         "3: error: no entry of this history is called \"xx\"; did you mean \"x\"?"},
        {FILE_OF(H "refused = ( { id = \"x\"; code = \"stat\"; } );"),
         "3: error: no reason to refuse is called \"stat\"; did you mean \"state\"?"},
        {FILE_OF(H "refused = ( { id = \"x\"; constraint = \"od\"; } );"),
         "3: error: no constraint is called \"od\"; did you mean \"odd\"?"},
        {FILE_OF(H "flagged = ( { id = \"x\"; } );"),
         "3: error: the setting \"constraint\" is missing: which one warns"},
        {FILE_OF(H "flagged = ( { id = \"x\"; constraint = \"odd\"; code = \"state\"; } );"),
         "3: error: \"code\" goes with \"refused\" only"},

        {FILE_OF(H "on = ( { expect = (); } );"), "3: error: the setting \"day\" is missing"},
        {FILE_OF(H "on = ( { day = \"2023-01-10\"; } );"), "3: error: the setting \"expect\" is missing"},
        {WITH_DAY("expekt = ();"), "4: error: unknown setting \"expekt\"; did you mean \"expect\"?"},
        {WITH_EXPECT("stat = \"met\";"), "5: error: unknown setting \"stat\"; did you mean \"state\"?"},
        {WITH_EXPECT("state = \"mett\";"), "5: error: no state is called \"mett\"; did you mean \"met\"?"},
        {WITH_EXPECT("due = \"2023-13-01\";"),
         "5: error: \"2023-13-01\" is no date: write YYYY-MM-DD, a day that exists"},
        {WITH_EXPECT("days-left = \"three\";"),
         "5: error: \"days-left\" is a text; it must be a whole number, or \"none\""},
        {WITH_EXPECT("strength = \"shall\";"), "5: error: no strength is called \"shall\"; did you mean \"should\"?"},
        {WITH_EXPECT("missing = \"levle\";"), "5: error: no attribute is called \"levle\"; did you mean \"level\"?"},
        {WITH_EXPECT("paused = \"no\";"), "5: error: \"paused\" is a text; it must be true or false"},
        {WITH_EXPECT("rule = \"ending\";"),
         "5: error: this test does not compare the rule \"ending\"; its \"rule\" leaves it out"},
        {WITH_EXPECT("item = \"O1\";"), "5: error: the rule \"review\" is about the case, not about an item"},
        {WITH_EXPECT("case = \"D-9\";"), "5: error: no entry of the history is about the case \"D-9\""},
        {WITH_EXPECT("stages = ( { stage = \"2 weeks before\"; } );"),
         "5: error: no stage of this rule is called \"2 weeks before\"; did you mean \"1 week before\"?"},
        {WITH_EXPECT("stages = ( { stage = \"overdue\"; repeat = 3; } );"),
         "5: error: \"repeat\" is 3; 0 to 2 is possible"},
        {WITH_EXPECT("stages = ( { stage = \"1 week before\"; repeat = 1; } );"),
         "5: error: the stage \"1 week before\" does not repeat"},
        {WITH_EXPECT("stages = ( { stage = \"overdue\"; }, { stage = \"overdue\"; } );"),
         "5: error: the stage \"overdue\" is expected twice"},
        {"tests = ( { name = \"n\"; " H
         "on = ( { day = \"2023-01-10\"; expect = (\n{ state = \"met\"; } ); } ); } );\n",
         "3: error: the setting \"rule\" is missing: the test itself does not name exactly one"},
        {"tests = ( { name = \"n\"; " H
         "on = ( { day = \"2023-01-10\"; expect = (\n{ rule = \"shelved\"; } ); } ); } );\n",
         "3: error: the rule \"shelved\" is switched off in its file; name it in the test's \"enable\""},

        {"tests = (); unreachable = ( { rule = \"review\"; why = \"w\"; } );\n",
         "1: error: name a \"rule\" and its \"ending\" or \"stage\", or an \"attribute\" and its \"row\""},
        {"tests = (); unreachable = ( { rule = \"review\"; ending = \"lapsed\"; } );\n",
         "1: error: the setting \"why\" is missing"},
        {"tests = (); unreachable = ( { rule = \"review\"; ending = \"open\"; why = \"w\"; } );\n",
         "1: error: \"open\" is no ending"},
        {"tests = (); unreachable = ( { attribute = \"level\"; row = 1; why = \"w\"; } );\n",
         "1: error: \"level\" is no decision table"},
        {"tests = (); unreachable = ( { attribute = \"kept\"; row = 3; why = \"w\"; } );\n",
         "1: error: \"row\" is 3; 1 to 2 is possible"},
};

static void every_mistake_is_told_with_its_line(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
                struct diagnostics diagnostics;
                char said[DIAGNOSTIC_SENTENCE_MAX + 32];

                diagnostics_init(&diagnostics);
                assert_null(load(wrong[i].text, strlen(wrong[i].text), &diagnostics));
                diagnostics_sort(&diagnostics);
                if (diagnostics.entries[0].line == 0)
                        snprintf(said, sizeof(said), "%s", diagnostics.entries[0].sentence);
                else
                        snprintf(said, sizeof(said), "%d: error: %s", diagnostics.entries[0].line,
                                 diagnostics.entries[0].sentence);
                assert_string_equal(said, wrong[i].said);
                assert_int_equal(diagnostics.error_count, 1);
                diagnostics_fini(&diagnostics);
        }
}

static void all_mistakes_are_told_in_one_pass(void **state)
{
        static const char text[] =
                "tests = ( { name = \"n\"; rule = \"review\"; history = (\n"
                "{ on = \"soon\"; event = \"put\"; level = \"9\"; ends = \"x\"; },\n"
                "{ on = \"2023-01-09\"; event = \"putt\"; } );\n"
                "on = ( { day = \"2023-01-10\"; expect = (\n{ state = \"x\"; due = \"y\"; } ); } ); },\n"
                "{ name = \"m\"; rule = \"nothing-like-it\"; history = (); on = (); } );\n";
        static const int lines[] = {2, 2, 2, 3, 5, 5, 6};
        struct diagnostics diagnostics;

        (void)state;
        diagnostics_init(&diagnostics);
        assert_null(load(text, sizeof(text) - 1, &diagnostics));
        diagnostics_sort(&diagnostics);
        assert_int_equal(diagnostics.error_count, sizeof(lines) / sizeof(*lines));
        for (size_t i = 0; i < diagnostics.error_count; i++)
                assert_int_equal(diagnostics.entries[i].line, lines[i]);
        diagnostics_fini(&diagnostics);
}

static void a_variant_has_its_rules_switched_on_and_leaves_the_base_alone(void **state)
{
        uint16_t rule = ruleset_rule(ruleset, "shelved");
        struct ruleset *variant = NULL;

        (void)state;
        assert_int_equal(suite_variant(ruleset, &rule, 1, &variant), STATUS_OK);
        assert_true(variant->rules[rule].versions[0].enabled);
        assert_false(ruleset->rules[rule].versions[0].enabled);
        assert_ptr_equal(variant->constraints, ruleset->constraints);
        suite_variant_free(variant);
        suite_variant_free(NULL);
}

/* Which endings a rule can have, read off its clock and the events above. */
static const struct {
        const char *rule;
        const char *endings;
} possible[] = {
        {"review", "met met-late missed lapsed"},
        {"order-end", "met met-late"},      /* nothing moves or clears an order's end, and it has no conditions */
        {"ending", "lapsed moved reached"}, /* "gone" clears the date */
        {"plan", "met lapsed moved"},       /* a plan is late for nobody */
        {"left", "met missed lapsed moved"},
        {"at-once", "met met-late missed"}, /* due on the day it starts: nothing ends before */
        {"for-good", "met met-late"},       /* nothing unsets what it asks for */
        {"yearly", "met missed"},           /* the next one opens the day after */
        {"windowed", "met met-late missed"},
        {"board", "met missed"},
};

static void endings_follow_from_clock_and_vocabulary(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(possible) / sizeof(*possible); i++) {
                const struct rule *rule = &ruleset->rules[ruleset_rule(ruleset, possible[i].rule)];
                char said[100] = "";

                for (int ending = OBLIGATION_MET; ending < OBLIGATION_STATE_COUNT; ending++) {
                        if (!suite_ending_possible(ruleset, &rule->versions[0], (enum obligation_state)ending))
                                continue;
                        if (said[0] != '\0')
                                strncat(said, " ", sizeof(said) - strlen(said) - 1);
                        strncat(said, obligation_state_word((enum obligation_state)ending),
                                sizeof(said) - strlen(said) - 1);
                }
                assert_string_equal(said, possible[i].endings);
        }
}

static void values_are_written_as_a_file_would_write_them(void **state)
{
        static const struct {
                enum suite_field field;
                int32_t value;
                const char *text;
        } rows[] = {{SUITE_DUE, 19358, "2023-01-01"},
                    {SUITE_DUE, SUITE_NONE, "none"},
                    {SUITE_DAYS_LEFT, -3, "-3"},
                    {SUITE_PAUSED, 1, "true"},
                    {SUITE_STATE, OBLIGATION_MET_LATE, "met-late"},
                    {SUITE_STRENGTH, STRENGTH_SHOULD, "should"},
                    {SUITE_MISSING, 1, "place"}};
        char text[SUITE_VALUE_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
                suite_value_format(ruleset, rows[i].field, rows[i].value, text);
                assert_string_equal(text, rows[i].text);
        }
}

static size_t blocks_left;

static void *grow_until(size_t size)
{
        if (blocks_left == 0)
                return NULL;
        blocks_left--;
        return malloc(size);
}

static void whatever_allocation_fails_nothing_is_given_out(void **state)
{
        struct rulefile_text text = {"a.test", sound_text, sizeof(sound_text) - 1};
        struct rulefile_input input = {.texts = &text, .count = 1};
        enum status status = STATUS_NO_MEMORY;
        size_t blocks;

        (void)state;
        for (blocks = 0; status != STATUS_OK; blocks++) {
                struct diagnostics diagnostics;
                struct suite *suite = NULL;

                assert_true(blocks < 1000);
                diagnostics_init(&diagnostics);
                blocks_left = blocks;
                status = suite_read(&input, ruleset, &diagnostics, grow_until, &suite);
                assert_true((status == STATUS_OK) == (suite != NULL));
                assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
                assert_int_equal(diagnostics.error_count, 0);
                suite_free(suite);
                diagnostics_fini(&diagnostics);
        }
        assert_true(blocks > 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(histories_arrive),
                cmocka_unit_test(expectations_arrive),
                cmocka_unit_test(refusals_rules_and_exclusions_arrive),
                cmocka_unit_test(every_mistake_is_told_with_its_line),
                cmocka_unit_test(all_mistakes_are_told_in_one_pass),
                cmocka_unit_test(a_variant_has_its_rules_switched_on_and_leaves_the_base_alone),
                cmocka_unit_test(endings_follow_from_clock_and_vocabulary),
                cmocka_unit_test(values_are_written_as_a_file_would_write_them),
                cmocka_unit_test(whatever_allocation_fails_nothing_is_given_out),
        };

        return cmocka_run_group_tests(tests, load_once, unload);
}
