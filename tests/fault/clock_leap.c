/*
 * clock_leap - lets the system's time leap for one program: a library to be preloaded. The file that MAPPAD_CLOCK_LEAP
 * names holds the seconds by which CLOCK_REALTIME is ahead; other clocks go on as they were, as after a sleep.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *leap;

__attribute__((constructor)) static void begin(void)
{
        const char *path = getenv("MAPPAD_CLOCK_LEAP");
        int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
        void *shared = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *leap, PROT_READ, MAP_SHARED, fd, 0);

        leap = shared == MAP_FAILED ? NULL : shared;
        close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
        static int (*real)(clockid_t, struct timespec *);

        if (real == NULL)
                *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
        int result = real(clock, now);
        if (result == 0 && clock == CLOCK_REALTIME && leap != NULL)
                now->tv_sec += *leap;
        return result;
}
