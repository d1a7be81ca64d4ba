/*
 * test_ensure - a check of our own mistakes that fails says where and what on
 * standard error, and ends the program.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mappad/ensure.h"
#include "mappad/status.h"

static sigjmp_buf aborted;

/* Whoever leaves the handler otherwise than by returning lives on. */
static void live_on(int number)
{
        siglongjmp(aborted, number);
}

/* Lets a check fail with standard error replaced by a descriptor, or closed where there is none (-1). Comes back by
 * way of abort() alone. */
static void fails_into(int descriptor, const char *file, int line, const char *text)
{
        struct sigaction mine = {.sa_handler = live_on}, before;
        int kept = dup(STDERR_FILENO);

        assert_int_equal(sigaction(SIGABRT, &mine, &before), 0);
        if (descriptor >= 0)
                assert_int_equal(dup2(descriptor, STDERR_FILENO), STDERR_FILENO);
        else
                (void)close(STDERR_FILENO);
        if (sigsetjmp(aborted, 1) == 0)
                ensure_failed(file, line, text);
        assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
        (void)close(kept);
        assert_int_equal(sigaction(SIGABRT, &before, NULL), 0);
}

static void a_failed_check_says_where_and_what(void **state)
{
        static const struct row { const char *file; int line; const char *text, *says; } rows[] = {
                {"daemon/engine/civil.c", 56, "civil_exists(date)", "daemon/engine/civil.c:56: ensure failed: civil_exists(date)\n"},
                {"a.c", 1234567890, "false", "a.c:1234567890: ensure failed: false\n"},
                {"a.c", -1, "x", "a.c:0: ensure failed: x\n"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                char said[256] = "";
                int ends[2];

                assert_int_equal(pipe(ends), 0);
                fails_into(ends[1], rows[i].file, rows[i].line, rows[i].text);
                (void)close(ends[1]);
                assert_true(read(ends[0], said, sizeof said - 1) > 0);
                (void)close(ends[0]);
                assert_string_equal(said, rows[i].says);
        }
}

static void it_ends_the_program_also_when_nobody_can_hear_it(void **state)
{
        (void)state;
        fails_into(-1, "a.c", 1, "false");
}

static void every_status_has_its_phrase(void **state)
{
        static const char *const phrases[] = {
                [STATUS_OK] = "ok",
                [STATUS_NO_MEMORY] = "out of memory",
                [STATUS_IO] = "input or output failed",
                [STATUS_DISK_FULL] = "the disk is full",
                [STATUS_CORRUPT] = "stored data is corrupt",
                [STATUS_INVALID] = "invalid input",
                [STATUS_LIMIT] = "a limit was reached",
        };

        (void)state;
        for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
                assert_string_equal(status_phrase((enum status)i), phrases[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_failed_check_says_where_and_what),
                cmocka_unit_test(it_ends_the_program_also_when_nobody_can_hear_it),
                cmocka_unit_test(every_status_has_its_phrase),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
