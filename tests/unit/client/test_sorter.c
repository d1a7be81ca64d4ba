/*
 * Bytes that are put away and come back, and records in the order of their keys:
 * the same whether they fit into memory or are merged from many runs.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "../../../client/scratch.h"
#include "../../../client/sorter.h"

/* ---- scratch ---- */

static void bytes_come_back_from_file_and_memory(void **state)
{
        static const size_t pieces[] = {1, 7, 64, SIZE_MAX};
        (void)state;

        for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
                struct scratch scratch;
                char read[10];

                scratch_init(&scratch, pieces[p]);
                for (int i = 0; i < 50; i++)
                        assert_true(scratch_put(&scratch, "0123456789", 10));
                assert_int_equal(scratch_size(&scratch), 500);
                assert_int_equal(scratch.file >= 0, pieces[p] != SIZE_MAX);
                assert_true(scratch_set(&scratch, 495, "ABCDE", 5));
                assert_true(scratch_set(&scratch, 3, "x", 1));
                assert_true(scratch_get(&scratch, 490, read, 10));
                assert_memory_equal(read, "01234ABCDE", 10);
                assert_true(scratch_get(&scratch, 0, read, 10));
                assert_memory_equal(read, "012x456789", 10);
                scratch_clear(&scratch);
                assert_int_equal(scratch_size(&scratch), 0);
                assert_true(scratch_put(&scratch, "new", 3));
                assert_true(scratch_get(&scratch, 0, read, 3));
                assert_memory_equal(read, "new", 3);
                scratch_fini(&scratch);
        }
}

static void a_stretch_is_read_in_order_whatever_is_fetched_at_once(void **state)
{
        (void)state;

        for (size_t size = 1; size < 40; size++) {
                struct scratch scratch;
                struct scratch_reader reader;

                scratch_init(&scratch, 16);
                assert_true(scratch_put(&scratch, "--abcdefghijklmnopqrstuvwxyz--", 30));
                scratch_read(&reader, &scratch, 2, 28, size);
                for (int i = 0; i < 13; i++) {
                        const char *two = scratch_peek(&reader, 2);

                        assert_non_null(two);
                        assert_int_equal(two[0], 'a' + 2 * i);
                        assert_int_equal(two[1], 'b' + 2 * i);
                        scratch_skip(&reader, 2);
                }
                assert_null(scratch_peek(&reader, 1));
                assert_int_equal(reader.error, 0);
                scratch_read_end(&reader);
                scratch_fini(&scratch);
        }
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
        struct scratch scratch;

        (void)state;
        assert_int_equal(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
        scratch_init(&scratch, 4);
        assert_true(scratch_put(&scratch, "abc", 3));
        assert_false(scratch_put(&scratch, "d", 1));
        assert_int_equal(errno, ENOENT);
        scratch_fini(&scratch);
        assert_int_equal(unsetenv("TMPDIR"), 0);
}

/* ---- sorter ---- */

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
        seed = seed * 1664525u + 1013904223u;
        return (seed >> 8) % below;
}

static int compare_texts(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

#define KEYS 3000

/* Keys with common beginnings, all different; a value tells how long it is and repeats its key. */
static char **make_keys(void)
{
        char **keys = calloc(KEYS, sizeof(*keys));

        assert_non_null(keys);
        for (uint32_t i = 0; i < KEYS; i++) {
                char text[64];

                snprintf(text, sizeof(text), "%.*s%u-%u", (int)draw(20), "CASE-CASE-CASE-CASE-", draw(50), i);
                keys[i] = strdup(text);
        }
        return keys;
}

static void add_all(struct sorter *sorter, char *const *keys)
{
        for (size_t i = 0; i < KEYS; i++) {
                char value[300];
                size_t length = (size_t)snprintf(value, sizeof(value), "%s%*s", keys[i], (int)draw(200), "");
                struct sorter_record record = {keys[i], strlen(keys[i]), value, length};

                assert_true(sorter_add(sorter, &record));
        }
}

static void check_order(struct sorter *sorter, char *const *sorted)
{
        struct sorter_record record;

        assert_true(sorter_begin(sorter));
        for (size_t i = 0; i < KEYS; i++) {
                assert_true(sorter_next(sorter, &record));
                assert_int_equal(record.key_length, strlen(sorted[i]));
                assert_memory_equal(record.key, sorted[i], record.key_length);
                assert_true(record.length >= record.key_length);
                assert_memory_equal(record.value, sorted[i], record.key_length);
        }
        assert_false(sorter_next(sorter, &record));
        assert_false(sorter_next(sorter, &record));
        assert_int_equal(sorter_error(sorter), 0);
}

/* With one byte of memory each record is a run of its own: 3,000 of them, more than are merged at once. */
static void records_come_in_order_of_their_keys(void **state)
{
        static const size_t memories[] = {1, 1000, 20000, (size_t)1 << 30};
        (void)state;

        for (size_t m = 0; m < sizeof(memories) / sizeof(memories[0]); m++) {
                struct sorter *sorter = sorter_new(memories[m]);
                char **keys;

                assert_non_null(sorter);
                assert_true(sorter_empty(sorter));
                seed = (uint32_t)m + 1;
                keys = make_keys();
                add_all(sorter, keys);
                assert_false(sorter_empty(sorter));
                qsort(keys, KEYS, sizeof(*keys), compare_texts);
                check_order(sorter, keys);
                check_order(sorter, keys);
                sorter_free(sorter);
                for (size_t i = 0; i < KEYS; i++)
                        free(keys[i]);
                free(keys);
        }
}

static void nothing_is_in_order_too(void **state)
{
        struct sorter *sorter = sorter_new(1000);
        struct sorter_record record;

        (void)state;
        assert_true(sorter_begin(sorter));
        assert_false(sorter_next(sorter, &record));
        assert_int_equal(sorter_error(sorter), 0);
        sorter_free(sorter);
        sorter_free(NULL);
}

static void a_record_may_be_larger_than_what_is_read_at_once(void **state)
{
        struct sorter *sorter = sorter_new(1000);
        char *large = malloc(400000);
        struct sorter_record record = {"b", 1, large, 400000}, small = {"a", 1, "", 0};

        (void)state;
        assert_non_null(large);
        memset(large, 'x', 400000);
        assert_true(sorter_add(sorter, &record));
        assert_true(sorter_add(sorter, &small));
        assert_true(sorter_begin(sorter));
        assert_true(sorter_next(sorter, &record));
        assert_int_equal(record.length, 0);
        assert_true(sorter_next(sorter, &record));
        assert_int_equal(record.length, 400000);
        assert_memory_equal(record.value, large, 400000);
        assert_false(sorter_next(sorter, &record));
        sorter_free(sorter);
        free(large);
}

static void no_room_on_the_disk_is_an_error(void **state)
{
        struct sorter *sorter = sorter_new(10000);
        struct sigaction ignored = {.sa_handler = SIG_IGN};
        struct rlimit before, small;
        char value[1000] = "";
        bool good = true;

        (void)state;
        assert_int_equal(sigaction(SIGXFSZ, &ignored, NULL), 0);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        small = before;
        small.rlim_cur = 300000;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        for (int i = 0; i < 2000 && good; i++) {
                char key[16];
                struct sorter_record record = {key, (size_t)snprintf(key, sizeof(key), "%d", i), value, sizeof(value)};

                errno = 0;
                good = sorter_add(sorter, &record);
        }
        assert_false(good);
        assert_int_equal(errno, EFBIG);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        sorter_free(sorter);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(bytes_come_back_from_file_and_memory),
                cmocka_unit_test(a_stretch_is_read_in_order_whatever_is_fetched_at_once),
                cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
                cmocka_unit_test(records_come_in_order_of_their_keys),
                cmocka_unit_test(nothing_is_in_order_too),
                cmocka_unit_test(a_record_may_be_larger_than_what_is_read_at_once),
                cmocka_unit_test(no_room_on_the_disk_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
