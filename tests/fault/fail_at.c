/*
 * fail_at - something happens at the Nth thing that a program does to the world outside: a library to be preloaded.
 *
 * The file that MAPPAD_KILL_AT names holds what steps.py writes: the calls counted so far, the number of the call that is
 * meant (0: none, and nothing is counted), the kinds of calls that count, the error that the call gives, whether all after it give it too,
 * and how many gave it. Without an error the process is killed before the call. All can be set from outside at any time.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Kinds of calls, bits. What only asks for something new (opens, accepts, allocates) does not count unless it is meant. */
enum { WRITES = 1, SYNCS = 2, CUTS = 4, RENAMES = 8, TALKS = 16, OPENS = 32, DESCRIPTORS = 64, ALLOCATES = 128 };
#define CHANGES (WRITES | SYNCS | CUTS | RENAMES | TALKS)

struct counter { volatile int64_t calls, at, meant, error, lasting, failed; };
static struct counter *counter;

__attribute__((constructor)) static void begin(void)
{
        const char *path = getenv("MAPPAD_KILL_AT");
        int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
        void *shared = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

        counter = shared == MAP_FAILED ? NULL : shared;
        if (fd >= 0)
                close(fd);
}

/* Whether this call fails, with errno set. */
static bool step(int kind)
{
        struct counter *c = counter;

        if (c == NULL || c->at <= 0 || (kind & (c->meant == 0 ? CHANGES : c->meant)) == 0)
                return false;
        int64_t call = ++c->calls;
        if (c->error == 0 && call == c->at)
                kill(getpid(), SIGKILL);
        if (c->error == 0 || (c->lasting ? call < c->at : call != c->at))
                return false;
        c->failed++;
        errno = (int)c->error;
        return true;
}

/* Writing to a file is not talking to somebody. */
static int written(int fd)
{
        struct stat file;

        return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) ? WRITES : TALKS;
}

#define WRAP(kind, type, name, parameters, ...)                                                                                          \
        type name parameters;                                                                                                            \
        type name parameters                                                                                                             \
        {                                                                                                                                \
                static type(*real) parameters;                                                                                           \
                if (real == NULL)                                                                                                        \
                        *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                       \
                return step(kind) ? -1 : real(__VA_ARGS__);                                                                              \
        }

WRAP(written(fd), ssize_t, write, (int fd, const void *bytes, size_t size), fd, bytes, size)
WRAP(written(fd), ssize_t, writev, (int fd, const struct iovec *parts, int count), fd, parts, count)
WRAP(WRITES, ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), fd, bytes, size, at)
WRAP(WRITES, ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t at), fd, bytes, size, at)
WRAP(TALKS, ssize_t, send, (int fd, const void *bytes, size_t size, int flags), fd, bytes, size, flags)
WRAP(TALKS, ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), fd, message, flags)
WRAP(TALKS, int, connect, (int fd, const struct sockaddr *address, socklen_t size), fd, address, size)
WRAP(TALKS, int, shutdown, (int fd, int how), fd, how)
WRAP(SYNCS, int, fsync, (int fd), fd)
WRAP(SYNCS, int, fdatasync, (int fd), fd)
WRAP(CUTS, int, ftruncate, (int fd, off_t size), fd, size)
WRAP(CUTS, int, ftruncate64, (int fd, off64_t size), fd, size)
WRAP(RENAMES, int, rename, (const char *from, const char *to), from, to)
WRAP(RENAMES, int, renameat2, (int a, const char *from, int b, const char *to, unsigned int flags), a, from, b, to, flags)
WRAP(RENAMES, int, link, (const char *from, const char *to), from, to)
WRAP(RENAMES, int, linkat, (int a, const char *from, int b, const char *to, int flags), a, from, b, to, flags)
WRAP(CUTS, int, unlink, (const char *path), path)
WRAP(DESCRIPTORS, int, socket, (int domain, int type, int protocol), domain, type, protocol)
WRAP(DESCRIPTORS, int, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags), fd, address, size, flags)
WRAP(DESCRIPTORS, int, dup, (int fd), fd)

#define OPEN(name)                                                                                                                       \
        int name(const char *path, int flags, ...);                                                                                      \
        int name(const char *path, int flags, ...)                                                                                       \
        {                                                                                                                                \
                static int (*real)(const char *, int, ...);                                                                              \
                va_list more;                                                                                                            \
                va_start(more, flags);                                                                                                   \
                mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;                                           \
                va_end(more);                                                                                                            \
                if (real == NULL)                                                                                                        \
                        *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                       \
                return step(OPENS) ? -1 : real(path, flags, mode);                                                                       \
        }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                                                     \
        int name(int folder, const char *path, int flags, ...);                                                                          \
        int name(int folder, const char *path, int flags, ...)                                                                           \
        {                                                                                                                                \
                static int (*real)(int, const char *, int, ...);                                                                         \
                va_list more;                                                                                                            \
                va_start(more, flags);                                                                                                   \
                mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;                                           \
                va_end(more);                                                                                                            \
                if (real == NULL)                                                                                                        \
                        *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                       \
                return step(OPENS) ? -1 : real(folder, path, flags, mode);                                                               \
        }
OPENAT(openat)
OPENAT(openat64)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
        return step(ALLOCATES) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
        return step(ALLOCATES) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
        return step(ALLOCATES) ? NULL : __libc_realloc(block, size);
}
