/*
 * test_systemd - what the service manager hands over and hears, where the log
 * goes, the real clock, and who is at the other end: over real sockets and the
 * environment that systemd sets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "mappad/access.h"
#include "mappad/log.h"
#include "mappad/loop.h"
#include "mappad/systemd.h"
#include "mappad/wallclock.h"

#define FIRST_PASSED 3 /* SD_LISTEN_FDS_START */

static char folder[] = "/tmp/mappad-systemd-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
        (void)state;
        if (mkdtemp(folder) == NULL || wallclock_zone("UTC") != STATUS_OK)
                return -1;
        snprintf(path, sizeof path, "%s/socket", folder);
        return 0;
}

static int remove_folder(void **state)
{
        (void)state;
        (void)unlink(path);
        return rmdir(folder);
}

static int bound_socket(int type)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, type, 0);

        (void)unlink(path);
        memcpy(address.sun_path, path, strlen(path) + 1);
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
        return fd;
}

static void assert_told(int fd, const char *expected)
{
        char told[512] = "";

        assert_true(recv(fd, told, sizeof told - 1, MSG_DONTWAIT) > 0);
        assert_string_equal(told, expected);
}

static void the_service_manager_hears_how_it_goes(void **state)
{
        int fd = bound_socket(SOCK_DGRAM);

        (void)state;
        assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
        systemd_ready("12 cases");
        assert_told(fd, "READY=1\nSTATUS=12 cases");
        systemd_reloading();
        assert_told(fd, "RELOADING=1");
        systemd_alive();
        assert_told(fd, "WATCHDOG=1");
        systemd_working();
        assert_told(fd, "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=30000000");
        systemd_stopping();
        assert_told(fd, "STOPPING=1");
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        systemd_alive();
        assert_true(recv(fd, (char[1]){0}, 1, MSG_DONTWAIT) < 0);
        (void)close(fd);
}

static void the_watchdog_is_asked_for_in_its_own_time(void **state)
{
        char own[32];

        (void)state;
        assert_int_equal(systemd_watchdog_ms(), 0);
        snprintf(own, sizeof own, "%ld", (long)getpid());
        assert_int_equal(setenv("WATCHDOG_PID", own, 1), 0);
        assert_int_equal(setenv("WATCHDOG_USEC", "3000000", 1), 0);
        assert_int_equal(systemd_watchdog_ms(), 3000);
        assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
        assert_int_equal(systemd_watchdog_ms(), 0);
        assert_int_equal(unsetenv("WATCHDOG_PID"), 0);
        assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
}

/* What systemd_listener says if so many descriptors are passed and the first of them is this one. */
static enum status pass(int fd, const char *count, int *ret_fd)
{
        int kept = dup(FIRST_PASSED);
        char own[32];
        enum status status;

        snprintf(own, sizeof own, "%ld", (long)getpid());
        assert_int_equal(setenv("LISTEN_PID", own, 1), 0);
        assert_int_equal(setenv("LISTEN_FDS", count, 1), 0);
        assert_int_equal(dup2(fd, FIRST_PASSED), FIRST_PASSED);
        status = systemd_listener(ret_fd);
        if (*ret_fd >= 0)
                assert_true((fcntl(*ret_fd, F_GETFL) & O_NONBLOCK) != 0);
        if (kept >= 0) {
                assert_int_equal(dup2(kept, FIRST_PASSED), FIRST_PASSED);
                (void)close(kept);
        } else {
                (void)close(FIRST_PASSED);
        }
        return status;
}

static void one_listening_socket_is_taken_over_and_nothing_else(void **state)
{
        int spare = open("/dev/null", O_RDONLY | O_CLOEXEC), fd = -2, unheard, listening;

        (void)state;
        assert_int_equal(systemd_listener(&fd), STATUS_OK);
        assert_int_equal(fd, -1);
        assert_int_equal(pass(spare, "1", &fd), STATUS_INVALID);
        assert_int_equal(fd, -1);
        unheard = bound_socket(SOCK_STREAM);
        assert_int_equal(pass(unheard, "1", &fd), STATUS_INVALID);
        listening = bound_socket(SOCK_STREAM);
        assert_int_equal(listen(listening, 1), 0);
        assert_int_equal(pass(listening, "1", &fd), STATUS_OK);
        assert_int_equal(fd, FIRST_PASSED);
        assert_int_equal(pass(listening, "2", &fd), STATUS_INVALID);
        (void)close(unheard);
        (void)close(listening);
        (void)close(spare);
}

/* What one line of the log writes to standard error in the environment as it is. */
static void write_line(char text[static 256])
{
        static const struct log_field fields[] = {{"CASE", "B-1"}, {"WHAT", "a\nb"}};
        int ends[2], kept = dup(STDERR_FILENO);
        struct stat file;
        char stream[64];

        assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
        assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
        if (getenv("JOURNAL_STREAM") != NULL && strcmp(getenv("JOURNAL_STREAM"), "this") == 0) {
                assert_int_equal(fstat(STDERR_FILENO, &file), 0);
                snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)file.st_dev, (unsigned long long)file.st_ino);
                assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
        }
        log_open();
        log_write(NULL, LOG_LEVEL_WARNING, fields, 2, "a test of the log");
        assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
        ssize_t got = read(ends[0], text, 255);
        text[got > 0 ? got : 0] = '\0';
        (void)close(kept);
        (void)close(ends[0]);
        (void)close(ends[1]);
}

static void lines_go_where_whoever_started_the_daemon_reads_them(void **state)
{
        char text[256];

        (void)state;
        write_line(text);
        assert_string_equal(text, "a test of the log MAPPA_CASE=B-1 MAPPA_WHAT=a\\x0ab\n");
        assert_int_equal(setenv("INVOCATION_ID", "0", 1), 0);
        assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
        write_line(text);
        assert_string_equal(text, "<4>a test of the log MAPPA_CASE=B-1 MAPPA_WHAT=a\\x0ab\n");
        assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
        write_line(text);
        assert_memory_equal(text, "<4>", 3);
        assert_int_equal(setenv("JOURNAL_STREAM", "this", 1), 0);
        write_line(text);
        assert_string_equal(text, "");
        assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
        assert_int_equal(unsetenv("INVOCATION_ID"), 0);
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        log_open();
}

static void the_real_clock_reads_once_a_turn_and_wakes_at_an_instant(void **state)
{
        struct wallclock *clock = NULL;
        bool changed = true;

        (void)state;
        assert_int_equal(wallclock_new(NULL, &clock), STATUS_OK);
        struct moment first = wallclock_now(clock);
        assert_true(first.ms > 0);
        assert_int_equal(wallclock_now(clock).ms, first.ms);
        wallclock_turn(clock);
        assert_true(wallclock_now(clock).ms >= first.ms);
        assert_true(wallclock_stopwatch_us() > 0);
        assert_int_equal(wallclock_arm(clock, -5), STATUS_OK); /* past: it wakes at once */
        assert_int_equal(wallclock_arm(clock, -5), STATUS_OK);
        assert_int_equal(wallclock_read(clock, &changed), STATUS_OK);
        assert_false(changed);
        assert_int_equal(wallclock_arm(clock, first.ms + 86400000), STATUS_OK);
        assert_int_equal(wallclock_read(clock, &changed), STATUS_OK);
        assert_int_equal(wallclock_arm(clock, WALLCLOCK_NEVER), STATUS_OK);
        assert_true(wallclock_fd(clock) >= 0);
        wallclock_free(clock);
        wallclock_free(NULL);
}

static void who_is_at_the_other_end_is_told_by_the_kernel(void **state)
{
        uid_t own = getuid();
        struct access_policy policy = {.readers = {{getgid()}, 1}};
        struct peer peer;
        int ends[2];

        (void)state;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        assert_int_equal(access_identify(ends[0], &policy, &peer), STATUS_OK);
        assert_int_equal(peer.uid, own);
        assert_true(peer.role != ROLE_NONE);
        assert_int_equal(peer.pid, getpid());
        assert_true(peer.name[0] != '\0');
        (void)close(ends[0]);
        (void)close(ends[1]);
}

static struct loop *loop;
static int beats;

static void count_beat(void *context)
{
        (void)context;
        if (++beats < 3)
                loop_again(loop);
        else
                loop_stop(loop);
}

static void on_signal(void *context)
{
        *(bool *)context = true;
}

static void signals_and_beats_turn_the_loop_until_it_is_stopped(void **state)
{
        bool signalled = false;
        enum status status = STATUS_OK;

        (void)state;
        assert_int_equal(loop_new(&loop), STATUS_OK);
        assert_non_null(loop_base(loop));
        assert_int_equal(loop_on_signal(loop, SIGUSR1, on_signal, &signalled), STATUS_OK);
        assert_int_equal(loop_on_beat(loop, 1, count_beat, NULL), STATUS_OK);
        assert_int_equal(raise(SIGUSR1), 0);
        assert_int_equal(loop_run(loop), STATUS_OK);
        assert_true(signalled);
        assert_int_equal(beats, 3);
        for (int i = 0; i < 100 && status == STATUS_OK; i++)
                status = loop_on_beat(loop, 1000, count_beat, NULL);
        assert_int_equal(status, STATUS_LIMIT);
        loop_free(loop);
        loop_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_service_manager_hears_how_it_goes),
                cmocka_unit_test(the_watchdog_is_asked_for_in_its_own_time),
                cmocka_unit_test(one_listening_socket_is_taken_over_and_nothing_else),
                cmocka_unit_test(lines_go_where_whoever_started_the_daemon_reads_them),
                cmocka_unit_test(the_real_clock_reads_once_a_turn_and_wakes_at_an_instant),
                cmocka_unit_test(who_is_at_the_other_end_is_told_by_the_kernel),
                cmocka_unit_test(signals_and_beats_turn_the_loop_until_it_is_stopped),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
