/*
 * Retention from its text to the day from which a case is due: a table whose rows are sentences, with dates worked out
 * on paper. The corpus says what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../daemon/rulefile/build.h"
#include "mappad/civil.h"
#include "mappad/retention.h"

static const char text[] =
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\", \"3\"]; }, { name = \"born\"; type = \"date\"; } );\n"
        "events = ( { name = \"levelled\"; fields = ( { name = \"level\"; }, { name = \"born\"; } ); } );\n"
        "retention = (\n"
        "  { id = \"draft\"; title = \"Draft\"; source = \"\"; basis = \"Not yet.\"; enabled = false; keep = \"1 day after\"; },\n"
        "  { id = \"life\"; title = \"Life\"; source = \"Schedule, 1\"; basis = \"A hundred years.\"; applies = { level = \"set\"; };\n"
        "    unless = { level = \"1\"; }; keep = \"100 years after\"; from = \"born\"; },\n"
        "  { id = \"six\"; title = \"Six years\"; source = \"Schedule, 2\"; basis = \"Six years.\"; applies = { level = \"1\"; };\n"
        "    keep = \"6 years beginning with\"; } );\n";
static const struct rulefile_text texts[] = {{"retention.cfg", text, sizeof text - 1}};

static size_t blocks_left = SIZE_MAX;

static void *grow(size_t size)
{
        if (blocks_left == 0)
                return NULL;
        blocks_left--;
        return malloc(size);
}

static int32_t day(const char *date)
{
        int32_t number = CIVIL_NONE;

        if (date != NULL)
                assert_true(civil_parse(date, strlen(date), &number));
        return number;
}

static void the_first_class_that_fits_says_until_when(void **state)
{
        static const struct {
                const char *what, *born, *last_on, *class, *until, *missing;
                uint64_t level;
        } rows[] = {
                { "a hundred years from birth", "1923-03-14", "1990-01-01", "life", "2023-03-14", NULL, VALUE_BIT(1) },
                { "born on 29 February, and a hundred years later there is none", "2000-02-29", "2050-01-01", "life", "2100-02-28", NULL, VALUE_BIT(2) },
                { "the date is missing and said", NULL, "1990-01-01", "life", NULL, "born", VALUE_BIT(1) },
                { "six years that begin with the latest event end on the eve", "1923-03-14", "2012-02-29", "six", "2018-02-28", NULL, VALUE_BIT(0) },
                { "nothing stands", NULL, NULL, "six", NULL, NULL, VALUE_BIT(0) },
                { "no class fits, and one that is not enabled counts for nothing", NULL, "1990-01-01", NULL, NULL, NULL, VALUE_UNSET },
        };
        struct rulefile_input input = {.texts = texts, .count = 1};
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;

        (void)state;
        diagnostics_init(&diagnostics);
        assert_int_equal(build_ruleset(&input, &diagnostics, malloc, &ruleset), STATUS_OK);
        assert_int_equal(ruleset->retention_count, 3);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                int32_t born = day(rows[i].born);
                struct value values[] = {{rows[i].level, CIVIL_NONE, NULL},
                                         {born == CIVIL_NONE ? VALUE_UNSET : VALUE_BIT(0), born, NULL}};
                struct retention_answer answer = retention_of(ruleset, values, day(rows[i].last_on));

                if (answer.until != day(rows[i].until))
                        fail_msg("%s: another day", rows[i].what);
                assert_true((answer.class == NULL) == (rows[i].class == NULL));
                if (rows[i].class != NULL)
                        assert_string_equal(answer.class->id, rows[i].class);
                assert_int_equal(answer.missing, rows[i].missing == NULL ? VOCABULARY_NONE : 1);
        }
        ruleset_free(ruleset);
        diagnostics_fini(&diagnostics);
}

static void whatever_allocation_fails_nothing_is_given_out(void **state)
{
        struct rulefile_input input = {.texts = texts, .count = 1};
        enum status status = STATUS_NO_MEMORY;

        (void)state;
        for (size_t blocks = 0; status != STATUS_OK; blocks++) {
                struct diagnostics diagnostics;
                struct ruleset *loaded = NULL;

                assert_true(blocks < 1000);
                diagnostics_init(&diagnostics);
                blocks_left = blocks;
                status = build_ruleset(&input, &diagnostics, grow, &loaded);
                assert_true((status == STATUS_OK) == (loaded != NULL));
                assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
                assert_int_equal(diagnostics.error_count, 0);
                ruleset_free(loaded);
                diagnostics_fini(&diagnostics);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_class_that_fits_says_until_when),
                cmocka_unit_test(whatever_allocation_fails_nothing_is_given_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
