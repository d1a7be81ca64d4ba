/*
 * test_corpus - every file of tests/rulefile/bad yields exactly the diagnostics
 * that its first lines state.
 *
 * A file of the corpus holds one mistake and begins with "# LINE: severity:
 * sentence", one line for each diagnostic. It is read beside base.cfg, which is
 * sound, and beside/NAME if there is one, for mistakes that take two files. The
 * folder is found from the top of the tree, where make runs tests.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/rulefile.h"

#define FOLDER "tests/rulefile/"
#define TEXT_MAX 65536
#define LEAST_FILES 300         /* a corpus that is not found must not pass */

static bool find_file(const char *name, char text[static TEXT_MAX], size_t *ret_length)
{
        char path[512];
        FILE *stream;
        size_t length;

        snprintf(path, sizeof(path), "%s%s", FOLDER, name);
        stream = fopen(path, "r");
        if (stream == NULL)
                return false;
        length = fread(text, 1, TEXT_MAX - 1, stream);
        assert_true(length < TEXT_MAX - 1);
        fclose(stream);
        text[length] = '\0';
        *ret_length = length;
        return true;
}

static size_t read_file(const char *name, char text[static TEXT_MAX])
{
        size_t length = 0;

        assert_true(find_file(name, text, &length));
        return length;
}

/* The lines "LINE: severity: sentence" at the head of a file. */
static void expected_lines(const char *text, char *ret_lines, size_t size)
{
        size_t used = 0;

        if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
                text += 3;
        while (strncmp(text, "# ", 2) == 0) {
                size_t length = strcspn(text, "\n");

                used += (size_t)snprintf(ret_lines + used, size - used, "%.*s\n", (int)length - 2, text + 2);
                assert_true(used < size);
                text += length + 1;
        }
}

static void actual_lines(const struct diagnostics *diagnostics, const char *file, char *ret_lines, size_t size)
{
        size_t used = 0;

        for (size_t i = 0; i < diagnostics->count; i++) {
                const struct diagnostic *entry = &diagnostics->entries[i];

                used += (size_t)snprintf(ret_lines + used, size - used, "%s%d: %s: %s\n",
                                         strcmp(entry->file, file) == 0 ? "" : entry->file, entry->line,
                                         entry->severity == DIAGNOSTIC_ERROR ? "error" : "warning", entry->sentence);
                assert_true(used < size);
        }
}

static bool file_holds(const char *base, size_t base_length, const char *name)
{
        static char text[TEXT_MAX], other[TEXT_MAX];
        char file[300], beside[300], expected[4096] = "", actual[4096] = "";
        struct rulefile_text texts[3] = { { "base.cfg", base, base_length }, { file, text, 0 }, { file, text, 0 } };
        size_t count = 2;
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;
        enum status status;
        bool wants_error;

        snprintf(file, sizeof(file), "bad/%s", name);
        snprintf(beside, sizeof(beside), "beside/%s", name);
        texts[1].length = texts[2].length = read_file(file, text);
        if (find_file(beside, other, &texts[1].length)) {
                texts[1].name = beside;
                texts[1].text = other;
                count = 3;
        }
        diagnostics_init(&diagnostics);
        status = rulefile_load_text(texts, count, &diagnostics, &ruleset);
        diagnostics_sort(&diagnostics);
        expected_lines(text, expected, sizeof(expected));
        actual_lines(&diagnostics, file, actual, sizeof(actual));
        wants_error = strstr(expected, ": error: ") != NULL;
        if (expected[0] == '\0' || strcmp(expected, actual) != 0 || (status == STATUS_INVALID) != wants_error) {
                print_error("%s\n  expected:\n%s  found (status %d):\n%s", file, expected, (int)status, actual);
                ruleset_free(ruleset);
                diagnostics_fini(&diagnostics);
                return false;
        }
        ruleset_free(ruleset);
        diagnostics_fini(&diagnostics);
        return true;
}

static void every_wrong_file_says_what_is_wrong_with_it(void **state)
{
        static char base[TEXT_MAX];
        size_t base_length = read_file("base.cfg", base);
        DIR *directory = opendir(FOLDER "bad");
        size_t files = 0, wrong = 0;
        const struct dirent *entry;

        (void)state;
        assert_non_null(directory);
        for (entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
                if (strstr(entry->d_name, ".cfg") == NULL)
                        continue;
                files++;
                wrong += !file_holds(base, base_length, entry->d_name);
        }
        closedir(directory);
        assert_int_equal(wrong, 0);
        assert_true(files >= LEAST_FILES);
}

static void base_file_is_sound(void **state)
{
        static char base[TEXT_MAX];
        struct rulefile_text text = { "base.cfg", base, read_file("base.cfg", base) };
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;

        (void)state;
        diagnostics_init(&diagnostics);
        assert_int_equal(rulefile_load_text(&text, 1, &diagnostics, &ruleset), STATUS_OK);
        assert_int_equal(diagnostics.error_count + diagnostics.warning_count, 0);
        ruleset_free(ruleset);
        diagnostics_fini(&diagnostics);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(base_file_is_sound),
                cmocka_unit_test(every_wrong_file_says_what_is_wrong_with_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
