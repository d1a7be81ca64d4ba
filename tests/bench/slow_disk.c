/*
 * slow_disk - a disk that takes its time: preloaded into a program, each fdatasync and fsync lasts SLOW_DISK_US
 * microseconds longer. What it shows is what a slower disk would, no more: the disk itself is still this machine's.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_for_the_disk(void)
{
        const char *text = getenv("SLOW_DISK_US");
        long us = text == NULL ? 0 : strtol(text, NULL, 10);

        (void)nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
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
        wait_for_the_disk();
        return then("fdatasync", fd);
}

int fsync(int fd)
{
        wait_for_the_disk();
        return then("fsync", fd);
}
