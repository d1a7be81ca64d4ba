/*
 * Files that are not what they should be are refused with a sentence that says
 * what to do, and are left as they are.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "shelf.h"

static void write_file(const char *path, const void *bytes, size_t size)
{
        FILE *file = fopen(path, "wb");

        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, size, file), size);
        fclose(file);
}

/* A file that holds some lines, with nothing left in its log. */
static long fill(struct shelf *shelf)
{
        struct stat file;

        shelf_init(shelf);
        for (int i = 0; i < 200; i++)
                shelf_record(shelf, i % 2 == 0 ? "L-1" : "L-2", NULL);
        shelf_close(shelf);
        assert_int_equal(stat(shelf->path, &file), 0);
        assert_true(file.st_size > 8192);
        return (long)file.st_size;
}

static void refused(struct shelf *shelf, enum status status, const char *words)
{
        struct stat before, after;

        assert_int_equal(stat(shelf->path, &before), 0);
        assert_int_equal(shelf_try(shelf), status);
        if (strstr(shelf->problem, words) == NULL)
                fail_msg("\"%s\" is not in \"%s\"", words, shelf->problem);
        assert_int_equal(stat(shelf->path, &after), 0);
        assert_int_equal(before.st_size, after.st_size);
}

static void what_is_no_database_is_left_alone(void **state)
{
        char bytes[4096];
        struct shelf shelf;

        (void)state;
        shelf_directory(&shelf);
        memset(bytes, 'x', sizeof bytes);
        write_file(shelf.path, bytes, sizeof bytes);
        refused(&shelf, STATUS_CORRUPT, "is no database");
        assert_non_null(strstr(shelf.problem, shelf.path));
        shelf_fini(&shelf);
}

static void another_programs_database_is_left_alone(void **state)
{
        struct shelf shelf;

        (void)state;
        shelf_directory(&shelf);
        assert_string_equal(shelf_past(&shelf, "CREATE TABLE songs (title TEXT)"), "");
        refused(&shelf, STATUS_INVALID, "not one of mappad");
        shelf_fini(&shelf);
}

static void a_newer_schema_is_refused_with_advice(void **state)
{
        struct shelf shelf;

        (void)state;
        (void)fill(&shelf);
        assert_string_equal(shelf_past(&shelf, "PRAGMA user_version = 99"), "");
        refused(&shelf, STATUS_INVALID, "written by a newer mappad (schema 99, this one knows ");
        shelf_fini(&shelf);
}

static void a_file_cut_short_is_refused(void **state)
{
        struct shelf shelf;
        long size;

        (void)state;
        size = fill(&shelf);
        assert_int_equal(truncate(shelf.path, size / 4096 / 2 * 4096), 0);
        refused(&shelf, STATUS_CORRUPT, "restore a backup");
        assert_int_equal(truncate(shelf.path, 50), 0);
        refused(&shelf, STATUS_CORRUPT, "restore a backup");
        shelf_fini(&shelf);
}

/* An empty file is a beginning only where nothing was kept before. */
static void a_file_emptied_is_refused_and_a_beginning_cut_short_goes_on(void **state)
{
        struct shelf shelf;

        (void)state;
        shelf_directory(&shelf);
        write_file(shelf.path, "", 0);
        shelf_open(&shelf);
        shelf_record(&shelf, "L-1", NULL);
        shelf_close(&shelf);
        assert_int_equal(truncate(shelf.path, 0), 0);
        refused(&shelf, STATUS_CORRUPT, "is empty, although a record was kept in it");
        assert_non_null(strstr(shelf.problem, "restore a backup"));
        shelf_fini(&shelf);
}

/* Whatever 64 bytes are overwritten, the answer is a status: never a crash, never a silent loss that the chain does not show. */
static void damage_anywhere_is_a_status(void **state)
{
        struct shelf shelf;
        char *whole, noise[64];
        long size;
        int caught = 0;
        FILE *file;

        (void)state;
        size = fill(&shelf);
        whole = malloc((size_t)size);
        assert_non_null(whole);
        file = fopen(shelf.path, "rb");
        assert_non_null(file);
        assert_int_equal(fread(whole, 1, (size_t)size, file), (size_t)size);
        fclose(file);
        memset(noise, 0xa5, sizeof noise);
        for (long at = 0; at + 64 <= size; at += 832) {
                uint64_t bad = 0;
                write_file(shelf.path, whole, (size_t)size);
                file = fopen(shelf.path, "r+b");
                assert_non_null(file);
                fseek(file, at, SEEK_SET);
                assert_int_equal(fwrite(noise, 1, sizeof noise, file), sizeof noise);
                fclose(file);
                enum status status = shelf_try(&shelf);
                if (status == STATUS_OK)
                        status = shelf_verify(&shelf, &bad);
                caught += status != STATUS_OK || bad != 0;
                assert_true(status == STATUS_OK || status == STATUS_CORRUPT || status == STATUS_INVALID || status == STATUS_IO);
                shelf_close(&shelf);
        }
        assert_true(caught > 3);
        free(whole);
        shelf_fini(&shelf);
}

static void a_second_opener_is_refused(void **state)
{
        struct shelf shelf;
        struct store *second = NULL;
        char problem[STORE_PROBLEM_SIZE] = "";

        (void)state;
        shelf_init(&shelf);
        assert_int_equal(store_open(shelf.path, &second, problem), STATUS_IO);
        assert_null(second);
        assert_non_null(strstr(problem, "in use by another process"));
        shelf_record(&shelf, "L-1", NULL);
        shelf_close(&shelf);
        shelf_open(&shelf);
        shelf_fini(&shelf);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
        struct shelf shelf;

        (void)state;
        shelf_directory(&shelf);
        snprintf(shelf.path, sizeof shelf.path, "%s/none/mappad.db", shelf.directory);
        assert_int_equal(shelf_try(&shelf), STATUS_IO);
        assert_non_null(strstr(shelf.problem, "none/mappad.db"));
        shelf_fini(&shelf);
}

static void others_cannot_read_it(void **state)
{
        struct shelf shelf;
        struct stat file;

        (void)state;
        shelf_init(&shelf);
        assert_int_equal(stat(shelf.path, &file), 0);
        assert_int_equal(file.st_mode & 0777, 0600);
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_no_database_is_left_alone),
                cmocka_unit_test(another_programs_database_is_left_alone),
                cmocka_unit_test(a_newer_schema_is_refused_with_advice),
                cmocka_unit_test(a_file_cut_short_is_refused),
                cmocka_unit_test(a_file_emptied_is_refused_and_a_beginning_cut_short_goes_on),
                cmocka_unit_test(damage_anywhere_is_a_status),
                cmocka_unit_test(a_second_opener_is_refused),
                cmocka_unit_test(a_folder_that_is_not_there_is_named),
                cmocka_unit_test(others_cannot_read_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
