/*
 * signals - what of SIGTERM, SIGINT and SIGHUP comes, and what waits.
 *
 * A handler runs before anything is opened, and in libevent; else they are
 * blocked and the kernel keeps them. libevent puts back what was there before
 * when its events are freed, which would let the next one end the process while
 * it closes its files: by then they wait, and are never heard.
 */
#include "mappad/signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static sigset_t set_of(const int *numbers, size_t count)
{
        sigset_t set;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < count; i++)
                (void)sigaddset(&set, numbers[i]);
        return set;
}

static sigset_t all(void)
{
        return set_of((const int[]){SIGTERM, SIGINT, SIGHUP}, 3);
}

/* Nothing is open: there is nothing to close. */
static void end_at_once(int number)
{
        (void)number;
        _exit(0);
}

void signals_begin(void)
{
        const struct sigaction end = {.sa_handler = end_at_once}, usual = {.sa_handler = SIG_DFL};
        const sigset_t ends = set_of((const int[]){SIGTERM, SIGINT}, 2);

        /* One that is ignored does not wait either. */
        signals_hold();
        (void)sigaction(SIGHUP, &usual, NULL);
        (void)sigaction(SIGTERM, &end, NULL);
        (void)sigaction(SIGINT, &end, NULL);
        (void)pthread_sigmask(SIG_UNBLOCK, &ends, NULL);
}

void signals_hold(void)
{
        const sigset_t set = all();

        (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void signals_release(void)
{
        const sigset_t set = all();

        (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool signals_end_waits(void)
{
        sigset_t waiting;

        return sigpending(&waiting) == 0 && (sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGINT) == 1);
}
