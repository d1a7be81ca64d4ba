/*
 * hold_sync - a disk that does not answer: preloaded into a program, a sync of the file whose name ends as MAPPAD_HOLD_OF
 * says does not return while the file exists that MAPPAD_HOLD names.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int is_meant(int fd)
{
        const char *end = getenv("MAPPAD_HOLD_OF");
        char link[64], name[4096];
        ssize_t length;

        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, name, sizeof name - 1);
        if (end == NULL || length < (ssize_t)strlen(end))
                return 0;
        name[length] = '\0';
        return strcmp(name + length - strlen(end), end) == 0;
}

static void hold(int fd)
{
        const char *path = getenv("MAPPAD_HOLD");

        while (path != NULL && is_meant(fd) && access(path, F_OK) == 0)
                (void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static int then(const char *name, int fd)
{
        union {
                void *found;
                int (*call)(int fd);
        } real = {.found = dlsym(RTLD_NEXT, name)};

        return real.call(fd);
}

int fdatasync(int fd);
int fsync(int fd);

int fdatasync(int fd)
{
        hold(fd);
        return then("fdatasync", fd);
}

int fsync(int fd)
{
        hold(fd);
        return then("fsync", fd);
}
