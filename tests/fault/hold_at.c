/*
 * hold_at - a program stands still at each of some calls until it is let go: a library to be preloaded.
 *
 * While the FIFO that MAPPAD_HOLD names is there, whoever opens, closes or syncs something, or has just connected, writes
 * the first letter of that into it and waits for a byte from the FIFO of that name with ".go" behind it
 * (tests/box/gate.py). Where MAPPAD_HOLD_AT names some of open, close, sync and connect, these alone count, and where
 * MAPPAD_HOLD_OF is the end of a name, of syncs those of such a file.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(type, name, parameters)                                                                                                     \
        static type(*real) parameters;                                                                                                   \
        if (real == NULL)                                                                                                                \
        *(void **)&real = dlsym(RTLD_NEXT, name)

static int really_open(const char *path, int flags, mode_t mode)
{
        REAL(int, "open", (const char *, int, ...));
        return real(path, flags, mode);
}

static int really_close(int fd)
{
        REAL(int, "close", (int));
        return real(fd);
}

/* Opens one of the two, whatever signals come. */
static int open_gate(const char *path, int flags)
{
        int fd;

        do
                fd = really_open(path, flags | O_CLOEXEC, 0);
        while (fd < 0 && errno == EINTR);
        return fd;
}

static void stand(const char *call)
{
        const char *path = getenv("MAPPAD_HOLD"), *calls = getenv("MAPPAD_HOLD_AT");
        int before = errno;
        char go[PATH_MAX], byte = call[0];
        bool counts = path != NULL && (calls == NULL || strstr(calls, call) != NULL);
        int at = counts ? open_gate(path, O_RDWR) : -1;

        if (at >= 0) {
                snprintf(go, sizeof go, "%s.go", path);
                int gate = open_gate(go, O_RDWR);
                (void)!write(at, &byte, 1);
                while (gate >= 0 && read(gate, &byte, 1) < 0 && errno == EINTR)
                        ;
                (void)really_close(gate);
                (void)really_close(at);
        }
        errno = before;
}

/* Whether it is a file whose syncs count. */
static bool is_meant(int fd)
{
        const char *end = getenv("MAPPAD_HOLD_OF");
        char link[32], name[PATH_MAX];

        if (end == NULL)
                return true;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, name, sizeof name - 1);
        name[length < 0 ? 0 : length] = '\0';
        return length >= (ssize_t)strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static void stand_if_meant(int fd)
{
        if (is_meant(fd))
                stand("sync");
}

int open(const char *path, int flags, ...)
{
        va_list more;

        va_start(more, flags);
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
        va_end(more);
        stand("open");
        return really_open(path, flags, mode);
}

int close(int fd)
{
        stand("close");
        return really_close(fd);
}

int fsync(int fd)
{
        REAL(int, "fsync", (int));
        stand_if_meant(fd);
        return real(fd);
}

int fdatasync(int fd)
{
        REAL(int, "fdatasync", (int));
        stand_if_meant(fd);
        return real(fd);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
        REAL(int, "connect", (int, const struct sockaddr *, socklen_t));
        int result = real(fd, address, size);
        stand("connect");
        return result;
}
