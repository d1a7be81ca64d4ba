/*
 * kill_at - dies at the Nth thing that a program does to the world outside: a library to be preloaded.
 *
 * The file that MAPPAD_KILL_AT names holds two numbers: the calls counted so far, and the call before which the
 * process is killed (0: none, and nothing is counted). Both can be looked at and set from outside at any time.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct counter { volatile int64_t calls, kill_at; };
static struct counter *counter;

__attribute__((constructor)) static void begin(void)
{
        const char *path = getenv("MAPPAD_KILL_AT");
        int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);

        if (fd < 0)
                return;
        counter = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (counter == MAP_FAILED)
                counter = NULL;
        close(fd);
}

static void step(void)
{
        if (counter != NULL && counter->kill_at > 0 && ++counter->calls == counter->kill_at)
                kill(getpid(), SIGKILL);
}

#define WRAP(type, name, parameters, ...)                                                                                                \
        type name parameters;                                                                                                            \
        type name parameters                                                                                                             \
        {                                                                                                                                \
                static type(*real) parameters;                                                                                           \
                if (real == NULL)                                                                                                        \
                        *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                       \
                step();                                                                                                                  \
                return real(__VA_ARGS__);                                                                                                \
        }

WRAP(ssize_t, write, (int fd, const void *bytes, size_t size), fd, bytes, size)
WRAP(ssize_t, writev, (int fd, const struct iovec *parts, int count), fd, parts, count)
WRAP(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), fd, bytes, size, at)
WRAP(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t at), fd, bytes, size, at)
WRAP(ssize_t, send, (int fd, const void *bytes, size_t size, int flags), fd, bytes, size, flags)
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), fd, message, flags)
WRAP(int, fsync, (int fd), fd)
WRAP(int, fdatasync, (int fd), fd)
WRAP(int, ftruncate, (int fd, off_t size), fd, size)
WRAP(int, ftruncate64, (int fd, off64_t size), fd, size)
WRAP(int, connect, (int fd, const struct sockaddr *address, socklen_t size), fd, address, size)
WRAP(int, shutdown, (int fd, int how), fd, how)
WRAP(int, rename, (const char *from, const char *to), from, to)
WRAP(int, unlink, (const char *path), path)
