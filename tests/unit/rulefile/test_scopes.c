/*
 * test_scopes - compartments and agencies: what the configuration may say, held against the words of the rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/rulefile.h"
#include "mappad/scopes.h"

static const char words[] =
        "items = ( { name = \"buoy\"; } );\n"
        "attributes = ( { name = \"class\"; values = [\"1\", \"2\", \"3\"]; }, { name = \"keeper\"; values = [\"north\", \"south\"]; },\n"
        "  { name = \"seas\"; type = \"set\"; values = [\"north\", \"west\"]; }, { name = \"ends\"; type = \"date\"; },\n"
        "  { name = \"owner\"; scope = \"buoy\"; values = [\"north\", \"south\"]; } );\n"
        "derived = ( { name = \"state\"; values = [\"kept\", \"gone\"]; cases = ( { is = \"gone\"; when = { class = \"3\"; }; }, { is = \"kept\"; } ); } );\n"
        "events = ( { name = \"classed\"; fields = ( { name = \"class\"; }, { name = \"keeper\"; }, { name = \"seas\"; }, { name = \"ends\"; } ); },\n"
        "  { name = \"laid\"; new-item = \"buoy\"; fields = ( { name = \"owner\"; } ); } );\n"
        "calendar = { name = \"sea\"; working-week = [\"mon\"]; covers = { from = \"2000-01-01\"; until = \"2060-12-31\"; }; };\n"
        "rules = ( { id = \"r\"; title = \"r\"; source = \"s\"; basis = \"b\"; strength = \"must\"; applies = { state = \"kept\"; };\n"
        "  every = \"8 weeks after\"; met-by = { event = \"classed\"; }; alerts = ( { at = \"due\"; to = \"unit\"; } ); } );\n";

static struct ruleset *ruleset;

static int load(void **state)
{
        struct rulefile_text text = {"words", words, sizeof words - 1};
        struct diagnostics problems;

        (void)state;
        diagnostics_init(&problems);
        enum status status = rulefile_load_text(&text, 1, &problems, &ruleset);
        diagnostics_print(&problems, stderr);
        diagnostics_fini(&problems);
        return status != STATUS_OK;
}

static int unload(void **state)
{
        (void)state;
        ruleset_free(ruleset);
        return 0;
}

static enum status make(const char *access, struct diagnostics *problems, struct scopes **ret_scopes)
{
        struct settings *settings = NULL;
        char text[2048];
        enum status status;

        snprintf(text, sizeof text, "access = {\n%s\n};\n", access);
        status = settings_load_text("mappad.conf", text, strlen(text), problems, &settings);
        if (status == STATUS_OK)
                status = scopes_make(settings, ruleset, problems, ret_scopes);
        settings_free(settings);
        return status;
}

static struct scopes *made(const char *access)
{
        struct diagnostics problems;
        struct scopes *scopes = NULL;

        diagnostics_init(&problems);
        enum status status = make(access, &problems, &scopes);
        diagnostics_print(&problems, stderr);
        diagnostics_fini(&problems);
        assert_int_equal(status, STATUS_OK);
        return scopes;
}

/* ---- what is refused, and how it is said ---- */

static const struct {
        const char *access, *sentence;
        int line;
} wrong[] = {
        {"compartments = { group = \"g\"; when = {\nclas = \"1\"; }; };", "the rules have no attribute \"clas\"; did you mean \"class\"?", 3},
        {"compartments = { group = \"g\"; when = { class = \"4\"; }; };", "\"4\" is no value of \"class\"; possible are \"1\", \"2\", \"3\"", 2},
        {"compartments = { group = \"g\"; when = { class = [\"1\", \"noth\"]; }; };", "\"noth\" is no value of \"class\"", 2},
        {"compartments = { group = \"g\"; when = { state = \"gone\"; }; };", "\"state\" is derived and may change by the passing of a day", 2},
        {"compartments = { group = \"g\"; when = { ends = \"set\"; }; };", "\"ends\" is a date", 2},
        {"compartments = { group = \"g\"; when = { owner = \"north\"; }; };", "\"owner\" belongs to items of kind \"buoy\"", 2},
        {"compartments = { group = \"g\"; when = { }; };", "\"when\" asks for nothing", 2},
        {"compartments = { group = \"g\"; when = { class = []; }; };", "\"class\" lists no value", 2},
        {"compartments = { group = \"g\"; when = { class = 1; }; };", "\"class\" is a whole number", 2},
        {"compartments = { group = \"g\"; };", "the setting \"when\" is missing", 2},
        {"compartments = { when = { class = \"1\"; }; };", "the setting \"group\" is missing", 2},
        {"compartments = { group = \"\"; when = { class = \"1\"; }; };", "\"group\" must have 1 to 32 bytes", 2},
        {"compartments = { group = \"g\"; when = { class = \"1\"; }; hide-counts = true; };", "did you mean \"hides-counts\"?", 2},
        {"agencies = { group = \"g\"; agency = \"nort\"; cases = \"keeper\"; };", "\"nort\" is no value of \"keeper\"; did you mean \"north\"?", 2},
        {"agencies = { group = \"g\"; agency = \"south\"; cases = [\"keeper\", \"seas\"]; };", "\"south\" is no value of \"seas\"", 2},
        {"agencies = { group = \"g\"; agency = \"north\"; cases = \"owner\"; };", "\"owner\" belongs to items", 2},
        {"agencies = { group = \"g\"; agency = \"north\";\nitems = \"keeper\"; };", "\"keeper\" belongs to cases; \"items\" names attributes of items", 3},
        {"agencies = { group = \"g\"; agency = \"north\"; cases = []; };", "\"cases\" must name at least one attribute", 2},
        {"agencies = { group = \"g\"; agency = \"north\"; };", "an agency needs \"cases\" or \"items\"", 2},
        {"agencies = { group = \"g\"; cases = \"keeper\"; };", "the setting \"agency\" is missing", 2},
};

static void what_the_rules_do_not_have_is_refused_with_its_line(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                struct diagnostics problems;
                struct scopes *scopes = NULL;
                bool said = false;

                diagnostics_init(&problems);
                assert_int_equal(make(wrong[i].access, &problems, &scopes), STATUS_INVALID);
                assert_null(scopes);
                for (size_t p = 0; p < problems.count; p++)
                        said = said || (strstr(problems.entries[p].sentence, wrong[i].sentence) != NULL &&
                                        problems.entries[p].line == wrong[i].line && strcmp(problems.entries[p].file, "mappad.conf") == 0);
                if (!said) {
                        diagnostics_print(&problems, stderr);
                        fail_msg("%s: not said: %s", wrong[i].access, wrong[i].sentence);
                }
                diagnostics_fini(&problems);
        }
}

static void every_mistake_is_reported_in_one_pass(void **state)
{
        struct diagnostics problems;
        struct scopes *scopes = NULL;

        (void)state;
        diagnostics_init(&problems);
        assert_int_equal(make("compartments = ( { group = \"g\"; when = { clas = \"1\"; keeper = \"nrth\"; }; },\n"
                              "  { group = \"g\"; when = { state = \"x\"; }; } );\n"
                              "agencies = { group = \"g\"; agency = \"east\"; cases = \"keeper\"; };",
                              &problems, &scopes),
                         STATUS_INVALID);
        assert_int_equal(problems.error_count, 4);
        diagnostics_fini(&problems);
}

static void there_are_as_many_as_there_are_bits(void **state)
{
        char text[8192] = "compartments = (";
        struct diagnostics problems;
        struct scopes *scopes = NULL;

        (void)state;
        for (int i = 0; i < SIGHT_SCOPES_MAX + 1; i++)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%s{ group = \"g\"; when = { class = \"1\"; }; }",
                         i == 0 ? "" : ",");
        snprintf(text + strlen(text), sizeof text - strlen(text), ");");
        diagnostics_init(&problems);
        char access[8300];
        struct settings *settings = NULL;
        snprintf(access, sizeof access, "access = { %s };", text);
        assert_int_equal(settings_load_text("mappad.conf", access, strlen(access), &problems, &settings), STATUS_INVALID);
        assert_non_null(strstr(problems.entries[0].sentence, "there are 63 compartments and agencies; at most 62 are possible"));
        assert_null(scopes);
        diagnostics_fini(&problems);
}

/* ---- what is meant ---- */

static uint64_t bits_of(const struct scopes *scopes, uint64_t class, uint64_t keeper, uint64_t seas)
{
        const struct value values[] = {{class, 0, NULL}, {keeper, 0, NULL}, {seas, 0, NULL}, {VALUE_UNSET, 0, NULL}, {VALUE_UNSET, 0, NULL},
                                       {VALUE_UNSET, 0, NULL}};

        return sight_of_case(scopes, values);
}

static void a_case_lies_in_what_its_words_say(void **state)
{
        struct scopes *scopes = made("compartments = ( { group = \"a\"; when = { class = [\"1\", \"2\"]; keeper = \"south\"; }; },\n"
                                     "  { group = \"b\"; when = { class = \"unset\"; }; } );\n"
                                     "agencies = ( { group = \"c\"; agency = \"north\"; cases = [\"keeper\", \"seas\"]; items = \"owner\"; } );");
        enum { A = 1, B = 2, NORTH = 4 };

        (void)state;
        assert_int_equal(scopes->count, 3);
        assert_true(scopes->items);
        assert_int_equal(bits_of(scopes, VALUE_BIT(0), VALUE_BIT(1), VALUE_UNSET), A);
        assert_int_equal(bits_of(scopes, VALUE_BIT(2), VALUE_BIT(1), VALUE_UNSET), 0);
        assert_int_equal(bits_of(scopes, VALUE_UNSET, VALUE_BIT(1), VALUE_UNSET), B);
        assert_int_equal(bits_of(scopes, VALUE_BIT(1), VALUE_BIT(0), VALUE_UNSET), NORTH);
        assert_int_equal(bits_of(scopes, VALUE_BIT(1), VALUE_BIT(1), VALUE_BIT(0) | VALUE_BIT(1)), A | NORTH);
        assert_int_equal(bits_of(scopes, VALUE_BIT(1), VALUE_UNSET, VALUE_BIT(1)), 0);
        assert_int_equal(bits_of(NULL, VALUE_BIT(1), VALUE_BIT(0), VALUE_BIT(0)), 0);
        assert_int_equal(sight_of_item(NULL, NULL), 0);
        scopes_free(scopes);
}

static void the_digest_is_of_what_is_asked_and_not_of_who_asks(void **state)
{
        static const char *const same[] = {"compartments = { group = \"a\"; when = { class = \"1\"; }; };",
                                           "compartments = ( {   group = \"b\"; hides-counts = true; when = { class = [\"1\"]; }; } ); readers = \"r\";"};
        static const char *const other[] = {"compartments = { group = \"a\"; when = { class = [\"1\", \"2\"]; }; };",
                                            "compartments = { group = \"a\"; when = { class = \"1\"; keeper = \"set\"; }; };",
                                            "compartments = ( { group = \"a\"; when = { class = \"1\"; }; }, { group = \"a\"; when = { class = \"2\"; }; } );",
                                            "agencies = { group = \"a\"; agency = \"north\"; cases = \"keeper\"; };",
                                            "agencies = { group = \"a\"; agency = \"north\"; cases = \"seas\"; };",
                                            "agencies = { group = \"a\"; agency = \"north\"; items = \"owner\"; };", ""};
        struct scopes *first = made(same[0]), *second = made(same[1]);

        (void)state;
        assert_string_equal(first->digest, second->digest);
        for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
                struct scopes *scopes = made(other[i]);
                assert_string_not_equal(first->digest, scopes->digest);
                assert_int_equal(strlen(scopes->digest), other[i][0] == '\0' ? 0 : 64);
                scopes_free(scopes);
        }
        scopes_free(first);
        scopes_free(second);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_the_rules_do_not_have_is_refused_with_its_line),
                cmocka_unit_test(every_mistake_is_reported_in_one_pass),
                cmocka_unit_test(there_are_as_many_as_there_are_bits),
                cmocka_unit_test(a_case_lies_in_what_its_words_say),
                cmocka_unit_test(the_digest_is_of_what_is_asked_and_not_of_who_asks),
        };

        return cmocka_run_group_tests(tests, load, unload);
}
