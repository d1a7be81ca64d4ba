/*
 * test_lost - one mistake that takes names away is one error, and what uses them is
 * counted in one line.
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

/* Sound but for one mistake: an item, an attribute of it, events, a rule per item, constraints and a report that use them. */
static const char sound[] =
        "items = ( { name = \"order\"; } );\n"
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\"]; }, { name = \"ends\"; type = \"date\"; scope = \"order\"; } );\n"
        "events = ( { name = \"put\"; fields = ( { name = \"level\"; } ); }, { name = \"ordered\"; new-item = \"order\"; fields = ( { name = \"ends\"; } ); },\n"
        "  { name = \"dropped\"; item = \"order\"; requires = { ends = \"set\"; }; clears = \"ends\"; } );\n"
        "authorities = ( { id = \"A1\"; } );\n";
static const char users[] =
        "derived = ( { name = \"state\"; scope = \"order\"; values = [\"on\"]; cases = ( { is = \"on\"; when = { ends = \"set\"; level = \"2\"; }; count = { event = \"dropped\"; }; } ); } );\n"
        "rules = ( { id = \"x\"; title = \"T\"; source = \"S\"; basis = \"B\"; authority = \"A1\"; strength = \"should\"; per = \"order\"; applies = { ends = \"set\"; }; every = \"1 week after\"; met-by = { event = \"dropped\"; }; follows = \"y\"; },\n"
        "  { id = \"y\"; title = \"T\"; source = \"S\"; basis = \"B\"; authority = \"A1\"; strength = \"should\"; per = \"order\"; every = \"1 week after\"; met-by = { event = \"dropped\"; }; } );\n"
        "constraints = ( { id = \"c\"; severity = \"flag\"; says = \"C.\"; event = \"ordered\"; never = { ends = \"set\"; level = \"1\"; }; } );\n";

static const struct slip { const char *right, *wrong; size_t held_back; } slips[] = {
        { "", "", 0 },
        { "items = ( ", "items = ( , ", 10 },
        { "items = ( { name", "items = ( { nam", 0 },
        { "items = ( { name = \"order\"; } )", "items = ( { name = \"Order\"; } )", 6 },
        { "{ name = \"level\"", "{ nme = \"level\"", 0 },
        { "{ name = \"level\"", "{ name = \"Level\"", 3 },
        { "scope = \"order\"; } )", "scope = \"ordre\"; } )", 0 },
        { "new-item = \"order\"", "new-item = \"ordre\"", 0 },
        { "; item = \"order\"", "; item = \"ordre\"", 0 },
        { "{ name = \"dropped\"", "{ name = \"-dropped\"", 3 },
        { "id = \"A1\"", "id = \"\"", 2 },
        { "values = [\"1\", \"2\"]", "values = (\"1\", 2)", 0 },
        { "events = (", "occurrences = (", 4 },
        { "per = \"order\"; applies", "per = \"ordre\"; applies", 0 },
        { "strength = \"should\"; per = \"order\"; every", "strength = \"should\"; per = \"ordre\"; every", 0 },
        { "id = \"y\"", "id = \"Y\"", 1 },
        { "scope = \"order\"; values = [\"on\"]", "scope = \"ordre\"; values = [\"on\"]", 0 },
};

static void slip_into(const char *text, const struct slip *slip, char *ret_text, size_t size)
{
        const char *at = strstr(text, slip->right);

        if (at == NULL)
                snprintf(ret_text, size, "%s", text);
        else
                snprintf(ret_text, size, "%.*s%s%s", (int)(at - text), text, slip->wrong, at + strlen(slip->right));
}

/* How many uses the one line of what may be declared where nothing could be read speaks of. */
static size_t held_back(const struct diagnostics *diagnostics)
{
        static const char line[] = "what could not be read here may declare names: ";
        size_t count = 0;

        for (size_t i = 0; i < diagnostics->count; i++)
                if (strncmp(diagnostics->entries[i].sentence, line, sizeof(line) - 1) == 0)
                        count += strtoul(diagnostics->entries[i].sentence + sizeof(line) - 1, NULL, 10);
        return count;
}

static void one_mistake_in_a_name_is_one_error(void **state)
{
        char first[2048], second[2048];

        (void)state;
        for (size_t i = 0; i < sizeof(slips) / sizeof(*slips); i++) {
                const struct slip *slip = &slips[i];
                struct rulefile_text texts[2] = { { "a.cfg", first, 0 }, { "b.cfg", second, 0 } };
                struct diagnostics diagnostics;
                struct ruleset *loaded = NULL;

                slip_into(sound, slip, first, sizeof(first));
                slip_into(users, slip, second, sizeof(second));
                texts[0].length = strlen(first);
                texts[1].length = strlen(second);
                diagnostics_init(&diagnostics);
                assert_int_equal(rulefile_load_text(texts, 2, &diagnostics, &loaded), i == 0 ? STATUS_OK : STATUS_INVALID);
                if (diagnostics.error_count != (i > 0) || held_back(&diagnostics) != slip->held_back) {
                        print_error("%s\n", slip->wrong);
                        diagnostics_print(&diagnostics, stdout);
                }
                assert_int_equal(diagnostics.error_count, i > 0);
                assert_int_equal(held_back(&diagnostics), slip->held_back);
                ruleset_free(loaded);
                diagnostics_fini(&diagnostics);
        }
}

/* A file that cannot be parsed hides no slip in another. */
static void a_slip_beside_a_file_that_cannot_be_parsed_is_told(void **state)
{
        static const char vocabulary[] =
                "attributes = ( { name = \"level\"; values = [\"1\", \"2\"]; } );\n"
                "events = ( { name = \"visited\"; fields = ( { name = \"level\"; } ); } );\n";
        static const char lost[] = "events = ( , { name = \"inspected\"; } );\n";
        static const char rules[] =
                "rules = ( { id = \"a\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\";\n"
                "  applies = { levle = \"2\"; }; every = \"1 week after\"; met-by = { event = \"vistied\"; }; },\n"
                "  { id = \"b\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\";\n"
                "  every = \"1 week after\"; met-by = { event = \"inspected\"; }; } );\n";
        struct rulefile_text texts[3] = { { "a.cfg", vocabulary, sizeof(vocabulary) - 1 },
                                          { "b.cfg", lost, sizeof(lost) - 1 },
                                          { "c.cfg", rules, sizeof(rules) - 1 } };
        struct diagnostics diagnostics;
        struct ruleset *loaded = NULL;

        (void)state;
        diagnostics_init(&diagnostics);
        assert_int_equal(rulefile_load_text(texts, 3, &diagnostics, &loaded), STATUS_INVALID);
        assert_int_equal(diagnostics.error_count, 3);
        assert_int_equal(held_back(&diagnostics), 1);
        diagnostics_fini(&diagnostics);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_mistake_in_a_name_is_one_error),
                cmocka_unit_test(a_slip_beside_a_file_that_cannot_be_parsed_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
