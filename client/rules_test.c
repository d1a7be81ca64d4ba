/*
 * rules_test - "rules test": runs the *.test files beside the rules.
 *
 * Says of every test that fails what was expected and what came out, each in the
 * words of the file; what passed is only counted. With --coverage also what no
 * test reached. The last line is "K assertions: N passed, M failed" if the files
 * are in order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "mappad/rulefile.h"
#include "output.h"
#include "trial.h"

#define THRESHOLD_DEFAULT 1000 /* in tenths of a percent: whoever asks for coverage wants all of it */

struct testing {
        const struct arguments *arguments;
        struct ruleset *ruleset;
        struct suite *suite;
        struct trial trial;
        struct coverage *coverage;
        struct coverage_sum sum;
        unsigned int threshold; /* in tenths of a percent */
        bool json;
        struct wire_buffer out;
        struct wire_buffer gaps; /* printed after the tests */
        size_t passed, failed;
};

/* ---- for people ---- */

static void put(struct wire_buffer *buffer, const char *const *parts, size_t count)
{
        for (size_t i = 0; i < count; i++)
                wire_put_text(buffer, parts[i]);
}

static void put_line(struct wire_buffer *buffer, int line)
{
        wire_put_number(buffer, line);
}

/* "on 2022-12-26, level-2-review of CASE-1, item A1" */
static void print_subject(struct wire_buffer *out, const struct difference *difference)
{
        char day[CIVIL_TEXT_SIZE];
        if (difference->on != CIVIL_NONE) {
                civil_format(difference->on, day);
                put(out, (const char *const[]){"on ", day, ", ", difference->rule, " of ", difference->case_ref}, 6);
        }
        if (difference->item != NULL)
                put(out, (const char *const[]){", item ", difference->item}, 2);
}

static bool same_subject(const struct difference *a, const struct difference *b)
{
        return a != NULL && a->kind == DIFFERENCE_FIELD && b->kind == DIFFERENCE_FIELD && a->on == b->on &&
               a->line == b->line && a->rule == b->rule && a->case_ref == b->case_ref && a->item == b->item;
}

static void print_side(struct wire_buffer *out, const char *sign, const char *field, const char *value)
{
        put(out, (const char *const[]){"      ", sign, " "}, 3);
        if (field != NULL)
                put(out, (const char *const[]){field, strncmp(field, "stage ", 6) == 0 ? ": " : " = "}, 2);
        put(out, (const char *const[]){value, "\n"}, 2);
}

static void print_difference(struct wire_buffer *out, const struct difference *before,
                             const struct difference *difference)
{
        if (!same_subject(before, difference)) {
                wire_put_text(out, "    ");
                switch (difference->kind) {
                case DIFFERENCE_FIELD:
                        print_subject(out, difference);
                        wire_put_text(out, " (line ");
                        put_line(out, difference->line);
                        wire_put_text(out, "):\n");
                        break;
                case DIFFERENCE_MISSING:
                        print_subject(out, difference);
                        wire_put_text(out, " is expected (line ");
                        put_line(out, difference->line);
                        wire_put_text(out, ") and not there:\n");
                        break;
                case DIFFERENCE_UNEXPECTED:
                        print_subject(out, difference);
                        wire_put_text(out, " is not expected:\n");
                        break;
                case DIFFERENCE_ENTRY:
                        wire_put_text(out, "the entry of line ");
                        put_line(out, difference->line);
                        wire_put_text(out, ":\n");
                        break;
                }
        }
        if (difference->expected != NULL)
                print_side(out, "-", difference->field, difference->expected);
        if (difference->actual != NULL)
                print_side(out, "+", difference->field, difference->actual);
}

static void print_failure(struct testing *testing, const struct suite_test *test)
{
        const struct difference *before = NULL;
        put(&testing->out, (const char *const[]){test->file, ":"}, 2);
        put_line(&testing->out, test->line);
        put(&testing->out, (const char *const[]){": failed: ", test->name, "\n"}, 3);
        for (const struct difference *one = testing->trial.differences; one != NULL; one = one->next) {
                print_difference(&testing->out, before, one);
                before = one;
        }
}

/* ---- for programs ---- */

static void member(struct wire_buffer *out, const char *key, const char *text)
{
        wire_put_key(out, key);
        wire_put_string(out, text);
}

static void number(struct wire_buffer *out, const char *key, size_t value)
{
        wire_put_key(out, key);
        wire_put_number(out, (int64_t)value);
}

static void write_difference(struct wire_buffer *out, const struct difference *difference)
{
        static const char *const kinds[] = {[DIFFERENCE_FIELD] = "different",
                                            [DIFFERENCE_MISSING] = "missing",
                                            [DIFFERENCE_UNEXPECTED] = "unexpected",
                                            [DIFFERENCE_ENTRY] = "entry"};
        wire_put_text(out, "{");
        member(out, "kind", kinds[difference->kind]);
        number(out, "line", (size_t)difference->line);
        wire_put_key(out, "on");
        wire_put_date(out, difference->on);
        member(out, "case", difference->case_ref);
        member(out, "rule", difference->rule);
        member(out, "item", difference->item);
        member(out, "field", difference->field);
        member(out, "expected", difference->expected);
        member(out, "actual", difference->actual);
        wire_put_text(out, "}");
}

static void write_test(struct testing *testing, const struct suite_test *test)
{
        struct wire_buffer *out = &testing->out;
        wire_put_text(out, testing->passed + testing->failed > 1 ? ",\n{" : "\n{");
        member(out, "file", test->file);
        number(out, "line", (size_t)test->line);
        member(out, "name", test->name);
        wire_put_key(out, "passed");
        wire_put_bool(out, testing->trial.differences == NULL);
        wire_put_key(out, "differences");
        wire_put_text(out, "[");
        for (const struct difference *one = testing->trial.differences; one != NULL; one = one->next) {
                if (one != testing->trial.differences)
                        wire_put_text(out, ",");
                write_difference(out, one);
        }
        wire_put_text(out, "]}");
}

/* ---- coverage ---- */

static void take_gap(void *context, const struct coverage_gap *gap)
{
        struct testing *testing = context;
        struct wire_buffer *out = &testing->gaps;
        if (testing->json) {
                wire_put_text(out, out->length > 0 ? ",\n{" : "\n{");
                member(out, "file", gap->file);
                number(out, "line", (size_t)gap->line);
                member(out, "subject", gap->subject);
                member(out, "kind", coverage_kind_key(gap->kind));
                member(out, "what", gap->what);
                wire_put_key(out, "contradicted");
                wire_put_bool(out, gap->contradicted);
                wire_put_text(out, "}");
                return;
        }
        put(out, (const char *const[]){gap->file, ":"}, 2);
        put_line(out, gap->line);
        if (gap->contradicted)
                put(out,
                    (const char *const[]){": ", gap->subject, ": ", gap->what,
                                          " is declared unreachable, and a test reaches it\n"},
                    5);
        else
                put(out, (const char *const[]){": ", gap->subject, ": no test reaches ", gap->what, "\n"}, 5);
}

static void put_share(struct wire_buffer *out, unsigned int permille)
{
        wire_put_number(out, permille / 10);
        wire_put_text(out, ".");
        wire_put_number(out, permille % 10);
}

static void print_coverage(struct testing *testing)
{
        struct wire_buffer *out = &testing->out;
        const struct coverage_sum *sum = &testing->sum;
        wire_put(out, testing->gaps.data, testing->gaps.length);
        wire_put_text(out, "coverage: ");
        put_share(out, coverage_permille(sum));
        wire_put_text(out, " %");
        for (int i = 0; i < COVERAGE_KIND_COUNT; i++) {
                if (sum->all[i] == 0)
                        continue;
                put(out, (const char *const[]){i == 0 ? " (" : ", ", coverage_kind_word((enum coverage_kind)i), " "},
                    3);
                wire_put_number(out, (int64_t)sum->covered[i]);
                wire_put_text(out, " of ");
                wire_put_number(out, (int64_t)sum->all[i]);
        }
        if (sum->excluded > 0) {
                wire_put_text(out, "; declared unreachable ");
                wire_put_number(out, (int64_t)sum->excluded);
        }
        wire_put_text(out, ")\n");
        if (coverage_permille(sum) < testing->threshold) {
                wire_put_text(out, "coverage: less than the ");
                put_share(out, testing->threshold);
                wire_put_text(out, " % asked for\n");
        }
}

static void write_coverage(struct testing *testing)
{
        struct wire_buffer *out = &testing->out;
        const struct coverage_sum *sum = &testing->sum;
        wire_put_key(out, "coverage");
        wire_put_text(out, "{");
        wire_put_key(out, "percent");
        put_share(out, coverage_permille(sum));
        wire_put_key(out, "threshold");
        put_share(out, testing->threshold);
        for (int i = 0; i < COVERAGE_KIND_COUNT; i++) {
                wire_put_key(out, coverage_kind_key((enum coverage_kind)i));
                wire_put_text(out, "{");
                number(out, "covered", sum->covered[i]);
                number(out, "all", sum->all[i]);
                wire_put_text(out, "}");
        }
        number(out, "unreachable", sum->excluded);
        wire_put_key(out, "gaps");
        wire_put_text(out, "[");
        wire_put(out, testing->gaps.data, testing->gaps.length);
        wire_put_text(out, "]}");
}

/* ---- running ---- */

static enum outcome run_tests(struct testing *testing)
{
        if (testing->json)
                wire_put_text(&testing->out, "{\"tests\":[");
        for (size_t i = 0; i < testing->suite->test_count; i++) {
                const struct suite_test *test = &testing->suite->tests[i];
                if (trial_run(&testing->trial, test) != STATUS_OK)
                        return out_of_memory();
                bool passed = testing->trial.differences == NULL;
                testing->passed += passed;
                testing->failed += !passed;
                if (testing->json)
                        write_test(testing, test);
                else if (!passed)
                        print_failure(testing, test);
                if (!output_drain(&testing->out, false))
                        return testing->out.failed ? out_of_memory() : OUTCOME_REFUSED;
        }
        return OUTCOME_OK;
}

static void print_end(struct testing *testing)
{
        struct wire_buffer *out = &testing->out;
        if (testing->json) {
                wire_put_text(out, "]");
                number(out, "passed", testing->passed);
                number(out, "failed", testing->failed);
                number(out, "assertions", (size_t)testing->trial.assertions);
                if (testing->coverage != NULL)
                        write_coverage(testing);
                wire_put_text(out, "}\n");
                return;
        }
        if (testing->coverage != NULL)
                print_coverage(testing);
        wire_put_number(out, (int64_t)testing->trial.assertions);
        wire_put_text(out, " assertions: ");
        wire_put_number(out, (int64_t)testing->passed);
        wire_put_text(out, " passed, ");
        wire_put_number(out, (int64_t)testing->failed);
        wire_put_text(out, " failed\n");
}

/* Whether everything passed, and enough was reached. */
static bool satisfied(const struct testing *testing)
{
        if (testing->failed > 0)
                return false;
        return testing->coverage == NULL ||
               (coverage_permille(&testing->sum) >= testing->threshold && testing->sum.contradicted == 0);
}

static enum outcome run_suite(struct testing *testing)
{
        if (testing->coverage == NULL && arguments_has(testing->arguments, "--coverage")) {
                testing->coverage = coverage_new(testing->ruleset);
                if (testing->coverage == NULL)
                        return out_of_memory();
        }
        trial_init(&testing->trial, testing->ruleset, testing->coverage);
        enum outcome outcome = run_tests(testing);
        if (outcome == OUTCOME_OK) {
                if (testing->coverage != NULL)
                        coverage_report(testing->coverage, testing->suite, take_gap, testing, &testing->sum);
                print_end(testing);
                if (testing->out.failed || testing->gaps.failed)
                        outcome = out_of_memory();
                else if (!output_drain(&testing->out, true) || !satisfied(testing))
                        outcome = OUTCOME_REFUSED;
        }
        trial_fini(&testing->trial);
        return outcome;
}

static bool is_test_file(const char *path)
{
        size_t length = strlen(path);
        return length > 5 && strcmp(path + length - 5, ".test") == 0;
}

/* The folder of a path, on the heap; NULL when memory ran out. */
static char *folder_of(const char *path)
{
        const char *slash = strrchr(path, '/');
        if (slash == NULL)
                return strdup(".");
        return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Rules: every argument that is no test file, or, if all are, the folder of the first. */
static enum status load_rules(struct testing *testing, struct diagnostics *diagnostics)
{
        const struct arguments *arguments = testing->arguments;
        const char **paths = calloc(arguments->count + 1, sizeof(*paths));
        char *folder = NULL;
        size_t count = 0;
        enum status status = STATUS_NO_MEMORY;
        if (paths == NULL)
                return status;
        for (size_t i = 0; i < arguments->count; i++)
                if (!is_test_file(arguments->words[i]))
                        paths[count++] = arguments->words[i];
        if (count == 0) {
                folder = folder_of(arguments->words[0]);
                if (folder == NULL)
                        goto out;
                paths[count++] = folder;
        }
        status = rulefile_load(paths, count, diagnostics, &testing->ruleset);
out:
        free(folder);
        free(paths);
        return status;
}

/* Tests: the test files among the arguments, or, without, those in the folders. */
static enum status load_tests(struct testing *testing, struct diagnostics *diagnostics)
{
        const struct arguments *arguments = testing->arguments;
        const char **paths = calloc(arguments->count + 1, sizeof(*paths));
        size_t files = 0, count = 0;
        if (paths == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < arguments->count; i++)
                files += is_test_file(arguments->words[i]);
        for (size_t i = 0; i < arguments->count; i++) {
                size_t length = strlen(arguments->words[i]);
                bool rules = length > 4 && strcmp(arguments->words[i] + length - 4, ".cfg") == 0;
                if (files > 0 ? is_test_file(arguments->words[i]) : !rules)
                        paths[count++] = arguments->words[i];
        }
        enum status status = suite_load(paths, count, testing->ruleset, diagnostics, &testing->suite);
        free(paths);
        if (status != STATUS_OK)
                return status;
        if (testing->suite->test_count == 0)
                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, arguments->words[0], 0,
                                testing->suite->file_count == 0 ? "there is no *.test file here"
                                                                : "there is no test here");
        trial_check_instants(testing->suite, diagnostics);
        return diagnostics->error_count > 0 ? STATUS_INVALID : STATUS_OK;
}

static enum outcome load(struct testing *testing, bool tests)
{
        struct diagnostics diagnostics;
        diagnostics_init(&diagnostics);
        enum status status = load_rules(testing, &diagnostics);
        if (status == STATUS_OK && tests)
                status = load_tests(testing, &diagnostics);
        if (diagnostics.error_count > 0)
                diagnostics_print(&diagnostics, stderr);
        else if (status != STATUS_OK)
                complain("the tests could not be loaded: %s", status_phrase(status));
        diagnostics_fini(&diagnostics);
        return status == STATUS_OK ? OUTCOME_OK : OUTCOME_REFUSED;
}

/* "100", "99.5" in tenths. */
static bool parse_threshold(const char *text, unsigned int *ret_permille)
{
        unsigned int value = 0;
        size_t digits = 0;
        for (; text[digits] >= '0' && text[digits] <= '9' && digits < 3; digits++)
                value = value * 10 + (unsigned int)(text[digits] - '0');
        value *= 10;
        if (digits == 0)
                return false;
        if (text[digits] == '.' && text[digits + 1] >= '0' && text[digits + 1] <= '9') {
                value += (unsigned int)(text[digits + 1] - '0');
                digits += 2;
        }
        if (text[digits] != '\0' || value > 1000)
                return false;
        *ret_permille = value;
        return true;
}

enum outcome run_rules_test(const struct arguments *arguments)
{
        struct testing testing = {.arguments = arguments, .threshold = THRESHOLD_DEFAULT};
        const char *threshold = arguments_value(arguments, "--threshold");
        const char *rule = arguments_value(arguments, "--generate");
        if (threshold != NULL && !arguments_has(arguments, "--coverage"))
                return usage_error(arguments, "--threshold goes with --coverage");
        if (threshold != NULL && !parse_threshold(threshold, &testing.threshold))
                return usage_error(arguments, "--threshold takes a percentage such as 100 or 99.5, not \"%s\"",
                                   threshold);
        if (rule != NULL && (arguments_has(arguments, "--coverage") || arguments_has(arguments, "--json")))
                return usage_error(arguments, "--generate goes with no other option");
        testing.json = arguments_has(arguments, "--json");
        wire_buffer_init(&testing.out);
        wire_buffer_init(&testing.gaps);
        enum outcome outcome = load(&testing, rule == NULL);
        if (outcome == OUTCOME_OK)
                outcome = rule != NULL ? generate_tests(testing.ruleset, rule) : run_suite(&testing);
        wire_buffer_fini(&testing.out);
        wire_buffer_fini(&testing.gaps);
        coverage_free(testing.coverage);
        suite_free(testing.suite);
        ruleset_free(testing.ruleset);
        return outcome;
}
