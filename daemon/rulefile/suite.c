/*
 * suite - test files become expectations.
 *
 * Every file is opened and every test read even when another is wrong. What is
 * read is plain values in the suite's arena; it is given out only if not one
 * error was found.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "suite_read.h"

#define HINT_COMPARISONS_MAX 2000000 /* words compared for hints of one suite: a moment, however many mistakes */
#define TESTS_MAX 1000000            /* tests of one suite */
#define CASE_DEFAULT "CASE-1"        /* of tests that name none */

void *suite_array(struct suite_reader *reader, size_t count, size_t size)
{
        void *array = arena_array(reader->arena, count, size);
        if (array == NULL)
                reader->status = STATUS_NO_MEMORY;
        return array;
}

const char *suite_copy(struct suite_reader *reader, const char *text)
{
        const char *copy = arena_copy(reader->arena, text, strlen(text));
        if (copy == NULL)
                reader->status = STATUS_NO_MEMORY;
        return copy;
}

const char *suite_text(struct suite_reader *reader, const struct cfg_node *node)
{
        return node != NULL ? suite_copy(reader, cfg_text(node)) : NULL;
}

void suite_unknown(struct suite_reader *reader, const struct cfg_node *node, const char *what, const char *const *names,
                   size_t count)
{
        char hint[CFG_HINT_SIZE] = "";
        if (names != NULL && reader->comparisons + count <= HINT_COMPARISONS_MAX) {
                reader->comparisons += count;
                cfg_hint(reader->diagnostics, cfg_text(node), names, count, hint);
        }
        cfg_error(reader->file, node, "no %s is called \"%s\"%s", what, cfg_text(node), hint);
}

static const char **name_list(struct suite_reader *reader, const char ***names, size_t count)
{
        if (*names == NULL)
                *names = suite_array(reader, count, sizeof(**names));
        return *names;
}

uint16_t suite_rule(struct suite_reader *reader, const struct cfg_node *node)
{
        const struct ruleset *ruleset = reader->ruleset;
        uint16_t rule = ruleset_rule(ruleset, cfg_text(node));
        if (rule != VOCABULARY_NONE)
                return rule;
        const char **names = name_list(reader, &reader->rule_names, ruleset->rule_count);
        for (size_t i = 0; names != NULL && i < ruleset->rule_count; i++)
                names[i] = ruleset->rules[i].id;
        suite_unknown(reader, node, "rule", names, ruleset->rule_count);
        return VOCABULARY_NONE;
}

uint16_t suite_event(struct suite_reader *reader, const struct cfg_node *node)
{
        const struct vocabulary *vocabulary = &reader->ruleset->vocabulary;
        uint16_t event = vocabulary_event(vocabulary, cfg_text(node));
        if (event != VOCABULARY_NONE)
                return event;
        const char **names = name_list(reader, &reader->event_names, vocabulary->event_count);
        for (size_t i = 0; names != NULL && i < vocabulary->event_count; i++)
                names[i] = vocabulary->events[i].name;
        suite_unknown(reader, node, "event", names, vocabulary->event_count);
        return VOCABULARY_NONE;
}

uint16_t suite_attribute(struct suite_reader *reader, const struct cfg_node *node)
{
        const struct vocabulary *vocabulary = &reader->ruleset->vocabulary;
        uint16_t attribute = vocabulary_attribute(vocabulary, cfg_text(node));
        if (attribute != VOCABULARY_NONE)
                return attribute;
        const char **names = name_list(reader, &reader->attribute_names, vocabulary->attribute_count);
        for (size_t i = 0; names != NULL && i < vocabulary->attribute_count; i++)
                names[i] = vocabulary->attributes[i].name;
        suite_unknown(reader, node, "attribute", names, vocabulary->attribute_count);
        return VOCABULARY_NONE;
}

const struct constraint *suite_constraint(struct suite_reader *reader, const struct cfg_node *node)
{
        const struct ruleset *ruleset = reader->ruleset;
        for (size_t i = 0; i < ruleset->constraint_count; i++)
                if (strcmp(ruleset->constraints[i].id, cfg_text(node)) == 0)
                        return &ruleset->constraints[i];
        const char **names = name_list(reader, &reader->constraint_names, ruleset->constraint_count);
        for (size_t i = 0; names != NULL && i < ruleset->constraint_count; i++)
                names[i] = ruleset->constraints[i].id;
        suite_unknown(reader, node, "constraint", names, ruleset->constraint_count);
        return NULL;
}

bool suite_day(struct suite_reader *reader, const struct cfg_node *node, int32_t *ret_day)
{
        return build_day(reader->file, node, ret_day);
}

const char *suite_case(struct suite_reader *reader, const struct cfg_node *node)
{
        if (casefile_reference_valid(cfg_text(node)))
                return suite_text(reader, node);
        cfg_error(
                reader->file, node,
                "\"%s\" is no case reference: 2 to %d capital letters, digits and hyphens, not beginning with a hyphen",
                cfg_text(node), CASE_REF_MAX);
        return NULL;
}

const char *suite_item(struct suite_reader *reader, const struct cfg_node *node)
{
        if (casefile_key_valid(cfg_text(node)))
                return suite_text(reader, node);
        cfg_error(reader->file, node,
                  "\"%s\" is no item key: 1 to %d letters, digits and hyphens, not beginning with a hyphen",
                  cfg_text(node), ITEM_KEY_MAX);
        return NULL;
}

static void sort_indices(uint16_t *list, size_t count)
{
        for (size_t i = 1; i < count; i++) {
                uint16_t one = list[i];
                size_t at = i;
                for (; at > 0 && list[at - 1] > one; at--)
                        list[at] = list[at - 1];
                list[at] = one;
        }
}

/* A rule or a list of them, ascending. */
static const uint16_t *read_rules(struct suite_reader *reader, const struct cfg_node *node, size_t *ret_count)
{
        size_t count = cfg_count(node), kept = 0;
        uint16_t *list = suite_array(reader, count, sizeof(*list));
        for (size_t i = 0; list != NULL && i < count; i++) {
                uint16_t rule = suite_rule(reader, cfg_element(node, i));
                if (rule != VOCABULARY_NONE)
                        list[kept++] = rule;
        }
        if (list != NULL)
                sort_indices(list, kept);
        *ret_count = kept;
        return list;
}

enum { TEST_NAME, TEST_RULE, TEST_ENABLE, TEST_CASE, TEST_HISTORY, TEST_ON, TEST_REFUSED, TEST_FLAGGED, TEST_COUNT };
static const struct cfg_key test_keys[TEST_COUNT] = {
        [TEST_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [TEST_RULE] = {"rule", CFG_TEXTS, 0},
        [TEST_ENABLE] = {"enable", CFG_TEXTS, 0},
        [TEST_CASE] = {"case", CFG_TEXT, 0},
        [TEST_HISTORY] = {"history", CFG_GROUPS, CFG_REQUIRED},
        [TEST_ON] = {"on", CFG_GROUPS, 0},
        [TEST_REFUSED] = {"refused", CFG_GROUPS, 0},
        [TEST_FLAGGED] = {"flagged", CFG_GROUPS, 0},
};

static void read_test(struct suite_reader *reader, const struct cfg_node *node, struct suite_test *test)
{
        const struct cfg_node *found[TEST_COUNT];
        const char *case_ref = CASE_DEFAULT;
        cfg_group(reader->file, node, test_keys, TEST_COUNT, found);
        test->file = suite_copy(reader, reader->file->name);
        test->line = cfg_line(node);
        test->name = suite_text(reader, found[TEST_NAME]);
        if (test->name != NULL && test->name[0] == '\0')
                cfg_error(reader->file, found[TEST_NAME], "a test needs a name: a sentence that says what it shows");
        reader->rules_broken = found[TEST_RULE] != NULL;
        if (found[TEST_RULE] != NULL)
                test->rules = read_rules(reader, found[TEST_RULE], &test->rule_count);
        if (found[TEST_RULE] != NULL && cfg_count(found[TEST_RULE]) == 0)
                cfg_error(reader->file, found[TEST_RULE],
                          "\"rule\" names no rule; leave it out to compare all of them");
        reader->rules_broken = reader->rules_broken && test->rule_count < cfg_count(found[TEST_RULE]);
        if (found[TEST_ENABLE] != NULL)
                test->enable = read_rules(reader, found[TEST_ENABLE], &test->enable_count);
        if (found[TEST_CASE] != NULL)
                case_ref = suite_case(reader, found[TEST_CASE]);
        if (case_ref == NULL || reader->status != STATUS_OK)
                return;
        if (found[TEST_ON] == NULL && found[TEST_REFUSED] == NULL && found[TEST_FLAGGED] == NULL)
                cfg_error(reader->file, node, "this test asks nothing: \"on\", \"refused\" or \"flagged\" is missing");
        if (found[TEST_HISTORY] != NULL)
                suite_read_history(reader, found[TEST_HISTORY], case_ref, test);
        if (found[TEST_REFUSED] != NULL)
                suite_read_refusals(reader, found[TEST_REFUSED], test);
        if (found[TEST_FLAGGED] != NULL)
                suite_read_flags(reader, found[TEST_FLAGGED], test);
        if (found[TEST_ON] != NULL)
                suite_read_days(reader, found[TEST_ON], case_ref, test);
}

/* What one file holds. */
struct suite_source {
        struct cfg_file file;
        const struct cfg_node *tests, *unreachable;
};

enum { TOP_TESTS, TOP_UNREACHABLE, TOP_SUITE_COUNT };
static const struct cfg_key suite_top_keys[TOP_SUITE_COUNT] = {
        [TOP_TESTS] = {"tests", CFG_GROUPS, CFG_REQUIRED},
        [TOP_UNREACHABLE] = {"unreachable", CFG_GROUPS, 0},
};

static void open_source(struct suite_reader *reader, struct suite_source *source, const char *name,
                        const struct rulefile_text *text)
{
        const struct cfg_node *found[TOP_SUITE_COUNT];
        bool usable = false;
        reader->status = cfg_open(&source->file, name, text, reader->diagnostics, &usable);
        if (!usable)
                return;
        cfg_group(&source->file, cfg_root(&source->file), suite_top_keys, TOP_SUITE_COUNT, found);
        source->tests = found[TOP_TESTS];
        source->unreachable = found[TOP_UNREACHABLE];
}

/* Two tests of one file with one name could not be told apart in a report. */
static void check_names(struct suite_reader *reader, const struct suite_source *source, const struct suite_test *tests,
                        size_t count)
{
        struct words words;
        if (!words_init(&words, count, reader->arena)) {
                reader->status = STATUS_NO_MEMORY;
                return;
        }
        for (size_t i = 0; i < count; i++) {
                if (tests[i].name == NULL)
                        continue;
                const struct word_entry *first = words_find(&words, tests[i].name);
                const struct cfg_node *node = cfg_element(source->tests, i);
                struct word_entry entry = {tests[i].name, 0, &source->file, node};
                if (first == NULL)
                        words_enter(&words, &entry);
                else
                        cfg_error(&source->file, node, "two tests are called \"%s\"; the first is on line %d",
                                  tests[i].name, cfg_line(first->node));
        }
}

static void read_source(struct suite_reader *reader, struct suite *suite, const struct suite_source *source,
                        struct suite_test *tests, struct suite_exclusion *exclusions)
{
        size_t count = cfg_count(source->tests), first = suite->test_count;
        reader->file = &source->file;
        for (size_t i = 0; i < count && reader->status == STATUS_OK; i++)
                read_test(reader, cfg_element(source->tests, i), &tests[suite->test_count++]);
        if (reader->status == STATUS_OK)
                check_names(reader, source, tests + first, suite->test_count - first);
        for (size_t i = 0; i < cfg_count(source->unreachable) && reader->status == STATUS_OK; i++)
                suite->exclusion_count += suite_read_exclusion(reader, cfg_element(source->unreachable, i),
                                                               &exclusions[suite->exclusion_count]);
}

static void read_sources(struct suite_reader *reader, struct suite *suite, const struct suite_source *sources,
                         size_t count)
{
        size_t tests = 0, exclusions = 0;
        for (size_t i = 0; i < count; i++) {
                tests += cfg_count(sources[i].tests);
                exclusions += cfg_count(sources[i].unreachable);
        }
        if (tests > TESTS_MAX) {
                diagnostics_add(reader->diagnostics, DIAGNOSTIC_ERROR, NULL, 0,
                                "there are %zu tests; at most %d are possible", tests, TESTS_MAX);
                return;
        }
        struct suite_test *test_list = suite_array(reader, tests, sizeof(*test_list));
        struct suite_exclusion *exclusion_list = suite_array(reader, exclusions, sizeof(*exclusion_list));
        suite->tests = test_list;
        suite->exclusions = exclusion_list;
        for (size_t i = 0; i < count && reader->status == STATUS_OK; i++)
                read_source(reader, suite, &sources[i], test_list, exclusion_list);
}

/* Names of files to read, in order. */
struct suite_listing {
        const char *names[SUITE_FILES_MAX];
        size_t count;
};

static void list_name(struct suite_reader *reader, struct suite_listing *listing, const char *folder, const char *name)
{
        size_t length = strlen(folder), size = length + strlen(name) + 2;
        if (listing->count == SUITE_FILES_MAX) {
                diagnostics_add(reader->diagnostics, DIAGNOSTIC_ERROR, folder, 0,
                                "at most %d test files can be run together", SUITE_FILES_MAX);
                return;
        }
        char *path = suite_array(reader, size, 1);
        if (path == NULL)
                return;
        snprintf(path, size, "%s%s%s", folder, length == 0 || folder[length - 1] == '/' ? "" : "/", name);
        listing->names[listing->count++] = path;
}

static int by_bytes(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_path(struct suite_reader *reader, struct suite_listing *listing, const char *path)
{
        struct stat facts;
        size_t first = listing->count;
        if (stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
                list_name(reader, listing, "", path);
                return;
        }
        DIR *directory = opendir(path);
        if (directory == NULL) {
                diagnostics_add(reader->diagnostics, DIAGNOSTIC_ERROR, path, 0, "cannot read this folder: %s",
                                strerror(errno));
                return;
        }
        for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
                size_t length = strlen(entry->d_name);
                if (entry->d_name[0] != '.' && length > 5 && strcmp(entry->d_name + length - 5, ".test") == 0)
                        list_name(reader, listing, path, entry->d_name);
        }
        closedir(directory);
        if (listing->count > first)
                qsort(listing->names + first, listing->count - first, sizeof(*listing->names), by_bytes);
}

/* Opens what was named, reads it and closes it again. */
static void read_input(struct suite_reader *reader, struct suite *suite, const struct rulefile_input *input)
{
        struct suite_listing *listing = suite_array(reader, 1, sizeof(*listing));
        for (size_t i = 0; listing != NULL && input->paths != NULL && i < input->count; i++)
                list_path(reader, listing, input->paths[i]);
        if (reader->status != STATUS_OK)
                return;
        size_t count = input->paths != NULL ? listing->count : input->count, opened = 0;
        struct suite_source *sources = suite_array(reader, count, sizeof(*sources));
        for (; opened < count && reader->status == STATUS_OK; opened++) {
                const struct rulefile_text *text = input->texts != NULL ? &input->texts[opened] : NULL;
                open_source(reader, &sources[opened], text != NULL ? text->name : listing->names[opened], text);
        }
        if (reader->status == STATUS_OK)
                read_sources(reader, suite, sources, count);
        suite->file_count = count;
        for (size_t i = 0; i < opened; i++)
                cfg_close(&sources[i].file);
}

enum status suite_read(const struct rulefile_input *input, const struct ruleset *ruleset,
                       struct diagnostics *diagnostics, arena_grow_fn grow, struct suite **ret_suite)
{
        size_t errors = diagnostics->error_count;
        struct suite *suite = grow(sizeof(*suite));
        if (suite == NULL)
                return STATUS_NO_MEMORY;
        *suite = (struct suite){0};
        arena_init(&suite->arena, grow, free);
        struct suite_reader reader = {.ruleset = ruleset, .arena = &suite->arena, .diagnostics = diagnostics};
        read_input(&reader, suite, input);
        if (reader.status == STATUS_OK && diagnostics->error_count != errors)
                reader.status = STATUS_INVALID;
        if (reader.status != STATUS_OK) {
                suite_free(suite);
                return reader.status;
        }
        *ret_suite = suite;
        return STATUS_OK;
}

enum status suite_load(const char *const *paths, size_t count, const struct ruleset *ruleset,
                       struct diagnostics *diagnostics, struct suite **ret_suite)
{
        struct rulefile_input input = {.paths = paths, .count = count};
        return suite_read(&input, ruleset, diagnostics, malloc, ret_suite);
}

enum status suite_load_text(const struct rulefile_text *texts, size_t count, const struct ruleset *ruleset,
                            struct diagnostics *diagnostics, struct suite **ret_suite)
{
        struct rulefile_input input = {.texts = texts, .count = count};
        return suite_read(&input, ruleset, diagnostics, malloc, ret_suite);
}

void suite_free(struct suite *suite)
{
        if (suite == NULL)
                return;
        arena_fini(&suite->arena);
        free(suite);
}
