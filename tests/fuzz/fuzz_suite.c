/*
 * fuzz_suite - can the bytes of a test file hurt us?
 *
 * fuzz-layer: rulefile
 * Input: one test file, read against a small rule set that has something of
 * everything a test can name. A failing ENSURE, a sanitizer's report, a leak, an
 * error without a diagnostic, or a suite beside an error is a finding; so is a
 * value of what was read that cannot be looked at or written back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/suite.h"

#define RULE(id, rest) \
        "{ id = \"" id "\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"must\"; " rest " },\n"

static const char rules[] =
        "items = ( { name = \"order\"; } );\n"
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\"]; }, { name = \"ends\"; type = \"date\"; },\n"
        "  { name = \"who\"; type = \"set\"; values = [\"a\", \"b\"]; },\n"
        "  { name = \"order-ends\"; type = \"date\"; scope = \"order\"; } );\n"
        "derived = ( { name = \"kept\"; values = [\"yes\"]; cases = (\n"
        "  { is = \"yes\"; when = { level = \"2\"; }; } ); } );\n"
        "events = ( { name = \"put\"; fields = ( { name = \"level\"; }, { name = \"ends\"; },\n"
        "    { name = \"who\"; } ); },\n"
        "  { name = \"met\"; fields = ( { name = \"note\"; type = \"token\"; } ); },\n"
        "  { name = \"varied\"; item = \"order\"; },\n"
        "  { name = \"ordered\"; new-item = \"order\"; fields = ( { name = \"order-ends\"; } ); } );\n"
        "rules = (\n" RULE("review", "applies = { level = \"2\"; kept = \"yes\"; }; every = \"2 weeks after\";\n"
                                     "met-by = { event = \"met\"; }; alerts = ( { at = \"overdue\"; to = [\"unit\"];\n"
                                     "again = \"1 week\"; times = 2; } );")
        RULE("order-end", "per = \"order\"; by = \"order-ends\"; met-by = { event = \"varied\"; };")
        "{ id = \"off\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"must\"; enabled = false;\n"
        "  by = \"ends\"; milestone = true; } );\n"
        "constraints = ( { id = \"odd\"; severity = \"flag\"; never = { level = \"1\"; who = \"a\"; };\n"
        "  says = \"Odd.\"; } );\n";

static struct ruleset *load_rules(void)
{
        struct rulefile_text text = {"rules.cfg", rules, sizeof(rules) - 1};
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;

        diagnostics_init(&diagnostics);
        if (rulefile_load_text(&text, 1, &diagnostics, &ruleset) != STATUS_OK)
                abort();
        diagnostics_fini(&diagnostics);
        return ruleset;
}

/* Everything that was read can be looked at: words end, indices are in range, values can be written. */
static size_t look_at_day(const struct ruleset *ruleset, const struct suite_day *day)
{
        char text[SUITE_VALUE_SIZE];
        size_t seen = 0;

        for (size_t i = 0; i < day->expectation_count; i++) {
                const struct suite_expectation *expectation = &day->expectations[i];

                if (expectation->rule >= ruleset->rule_count)
                        abort();
                for (int field = SUITE_STATE; field < SUITE_FIELD_COUNT; field++)
                        if ((expectation->named >> field & 1) != 0)
                                suite_value_format(ruleset, (enum suite_field)field, expectation->values[field], text);
                for (size_t j = 0; j < expectation->stage_count; j++)
                        seen += strlen(expectation->stages[j].at);
                seen += strlen(expectation->case_ref);
        }
        return seen;
}

static size_t look_at(const struct ruleset *ruleset, const struct suite *suite)
{
        size_t seen = 0;

        for (size_t i = 0; i < suite->test_count; i++) {
                const struct suite_test *test = &suite->tests[i];

                seen += strlen(test->name) + strlen(test->file);
                for (size_t j = 0; j < test->history_count; j++) {
                        const struct suite_fact *fact = &test->history[j];

                        if (!fact->is_retraction && fact->record.fact.type >= ruleset->vocabulary.event_count)
                                abort();
                        seen += fact->case_ref != NULL ? strlen(fact->case_ref) : 0;
                }
                for (size_t j = 0; j < test->day_count; j++)
                        seen += look_at_day(ruleset, &test->days[j]);
                for (size_t j = 0; j < test->refused_count; j++)
                        if (test->refused[j].entry >= test->history_count)
                                abort();
        }
        return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct ruleset *ruleset;
        struct rulefile_text text = {"input.test", (const char *)data, size};
        struct diagnostics diagnostics;
        struct suite *suite = NULL;
        enum status status;

        if (ruleset == NULL)
                ruleset = load_rules();
        diagnostics_init(&diagnostics);
        status = suite_load_text(&text, 1, ruleset, &diagnostics, &suite);
        if ((status == STATUS_OK) != (suite != NULL) || (status == STATUS_OK) != (diagnostics.error_count == 0))
                abort();
        if (suite != NULL && look_at(ruleset, suite) == SIZE_MAX)
                abort();
        diagnostics_sort(&diagnostics);
        suite_free(suite);
        diagnostics_fini(&diagnostics);
        return 0;
}
