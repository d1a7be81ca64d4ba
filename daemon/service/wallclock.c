/*
 * wallclock - reading the time, and waking when it comes.
 *
 * Real time comes from CLOCK_REALTIME and wakes through one absolute timer that
 * the kernel cancels when the clock is set. A test clock is a file with one
 * instant in it; its folder is watched, so that replacing the file by rename or
 * writing it anew both move time. Time that was told never goes unread: a file
 * replaced between turns is read in the next.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "mappad/ensure.h"
#include "mappad/wallclock.h"
#include "mappad/wire.h"

#define MS_PER_SECOND 1000
#define NS_PER_MS 1000000
#define US_PER_SECOND 1000000
#define NS_PER_US 1000
#define BLANKS " \t\r\n"
#define TEST_LINE_MAX 64 /* an instant with nine decimals and an offset has 35 bytes */

struct wallclock {
        int fd;                        /* timerfd, or inotify under a test clock */
        bool told;                     /* a test clock */
        char path[WALLCLOCK_PATH_MAX]; /* of the test file */
        char name[NAME_MAX + 1];       /* its last part */
        int64_t told_ms;
        struct moment now;
        bool read;         /* `now` was read in this turn */
        int64_t second_ms; /* the second for which day and minute were found; no zone changes within one */
        int64_t armed_ms;
};

/* Reads the instant in the test file. Blanks around it do no harm. */
static enum status test_file_read(const char *path, int64_t *ret_ms)
{
        char text[TEST_LINE_MAX + 1];
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        if (fd < 0)
                return STATUS_IO;
        ssize_t got = read(fd, text, sizeof text);
        close(fd);
        if (got < 0)
                return STATUS_IO;
        if (got == (ssize_t)sizeof text)
                return STATUS_INVALID;
        size_t first = 0, end = (size_t)got;
        while (end > 0 && memchr(BLANKS, text[end - 1], sizeof BLANKS - 1) != NULL)
                end--;
        while (first < end && memchr(BLANKS, text[first], sizeof BLANKS - 1) != NULL)
                first++;
        return wire_instant_parse(text + first, end - first, ret_ms) ? STATUS_OK : STATUS_INVALID;
}

static enum status test_clock_open(struct wallclock *clock, const char *path)
{
        char folder[WALLCLOCK_PATH_MAX], last[WALLCLOCK_PATH_MAX];

        if (strlen(path) >= sizeof clock->path)
                return STATUS_LIMIT;
        snprintf(clock->path, sizeof clock->path, "%s", path);
        snprintf(folder, sizeof folder, "%s", path);
        snprintf(last, sizeof last, "%s", path);
        const char *name = basename(last);
        if (strlen(name) > NAME_MAX)
                return STATUS_LIMIT;
        memcpy(clock->name, name, strlen(name) + 1);
        clock->told = true;
        clock->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (clock->fd < 0 ||
            inotify_add_watch(clock->fd, dirname(folder), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0)
                return STATUS_IO;
        return test_file_read(path, &clock->told_ms);
}

enum status wallclock_new(const char *test_file, struct wallclock **ret_clock)
{
        struct wallclock *clock = calloc(1, sizeof *clock);
        enum status status = STATUS_OK;

        if (clock == NULL)
                return STATUS_NO_MEMORY;
        clock->fd = -1;
        clock->armed_ms = WALLCLOCK_NEVER;
        clock->second_ms = WALLCLOCK_NEVER;
        if (test_file != NULL) {
                status = test_clock_open(clock, test_file);
        } else {
                clock->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
                if (clock->fd < 0)
                        status = STATUS_IO;
        }
        if (status != STATUS_OK) {
                wallclock_free(clock);
                return status;
        }
        *ret_clock = clock;
        return STATUS_OK;
}

void wallclock_free(struct wallclock *clock)
{
        if (clock == NULL)
                return;
        if (clock->fd >= 0)
                close(clock->fd);
        free(clock);
}

static int64_t real_ms(void)
{
        struct timespec now;

        ENSURE(clock_gettime(CLOCK_REALTIME, &now) == 0);
        return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

/* Day and minute cost more than all else of a turn, and turns are many in a second. */
static void find_day(struct wallclock *clock)
{
        int64_t ms = clock->now.ms;

        if (ms >= clock->second_ms && ms - clock->second_ms < MS_PER_SECOND)
                return;
        clock->now.today = wallclock_day(ms);
        clock->now.minute = wallclock_minute(ms);
        clock->second_ms = ms - (ms % MS_PER_SECOND + MS_PER_SECOND) % MS_PER_SECOND;
}

struct moment wallclock_now(struct wallclock *clock)
{
        if (!clock->read) {
                clock->now.ms = clock->told ? clock->told_ms : real_ms();
                find_day(clock);
                clock->read = true;
        }
        return clock->now;
}

static int64_t read_us(clockid_t which)
{
        struct timespec now;

        ENSURE(clock_gettime(which, &now) == 0);
        return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / NS_PER_US;
}

int64_t wallclock_stopwatch_us(void)
{
        return read_us(CLOCK_MONOTONIC);
}

int64_t wallclock_worked_us(void)
{
        return read_us(CLOCK_THREAD_CPUTIME_ID);
}

void wallclock_turn(struct wallclock *clock)
{
        clock->read = false;
}

int wallclock_fd(const struct wallclock *clock)
{
        return clock->fd;
}

/* Whether any of the changes that inotify tells of is about the test file. */
static bool test_file_touched(const struct wallclock *clock)
{
        _Alignas(struct inotify_event) char bytes[4096];
        bool touched = false;

        for (;;) {
                ssize_t got = read(clock->fd, bytes, sizeof bytes);

                if (got <= 0)
                        return touched;
                for (ssize_t at = 0; at < got;) {
                        struct inotify_event event;

                        memcpy(&event, bytes + at, sizeof event);
                        const char *name = bytes + at + (ssize_t)sizeof event;
                        if ((event.mask & IN_Q_OVERFLOW) != 0 || (event.len > 0 && strcmp(name, clock->name) == 0))
                                touched = true;
                        at += (ssize_t)(sizeof event + event.len);
                }
        }
}

static enum status test_clock_read(struct wallclock *clock, bool *ret_changed)
{
        int64_t ms = clock->told_ms;

        if (!test_file_touched(clock))
                return STATUS_OK;
        enum status status = test_file_read(clock->path, &ms);
        if (status != STATUS_OK)
                return status;
        *ret_changed = ms != clock->told_ms;
        clock->told_ms = ms;
        clock->read = false;
        return STATUS_OK;
}

enum status wallclock_read(struct wallclock *clock, bool *ret_changed)
{
        uint64_t expirations;

        *ret_changed = false;
        if (clock->told)
                return test_clock_read(clock, ret_changed);
        ssize_t got = read(clock->fd, &expirations, sizeof expirations);
        if (got < 0 && errno == ECANCELED)
                *ret_changed = true;
        else if (got < 0 && errno != EAGAIN && errno != EINTR)
                return STATUS_IO;
        clock->armed_ms = WALLCLOCK_NEVER;
        clock->read = false;
        return STATUS_OK;
}

enum status wallclock_arm(struct wallclock *clock, int64_t ms)
{
        struct itimerspec timer = {0};

        if (clock->told || ms == clock->armed_ms)
                return STATUS_OK;
        if (ms != WALLCLOCK_NEVER) {
                /* A time of zero would disarm it; an instant before 1970 is past in any case. */
                int64_t at = ms > 0 ? ms : 1;

                timer.it_value.tv_sec = (time_t)(at / MS_PER_SECOND);
                timer.it_value.tv_nsec = (long)(at % MS_PER_SECOND) * NS_PER_MS;
        }
        if (timerfd_settime(clock->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &timer, NULL) != 0 &&
            errno != ECANCELED)
                return STATUS_IO;
        clock->armed_ms = ms;
        return STATUS_OK;
}
