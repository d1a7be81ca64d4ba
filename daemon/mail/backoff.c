/*
 * backoff.c - when to try again.
 *
 * The jitter keeps messages that failed together from coming back together; it
 * only shortens, so that the caps are true caps.
 */
#include "backoff.h"

#define MINUTE_MS 60000
#define HOUR_MS (60 * MINUTE_MS)

/* splitmix64's finisher: every bit of the result hangs on every bit of the key. */
static uint64_t mix(uint64_t key)
{
        key = (key ^ (key >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        key = (key ^ (key >> 27)) * UINT64_C(0x94d049bb133111eb);
        return key ^ (key >> 31);
}

int64_t backoff_ms(enum backoff_kind kind, uint32_t n, uint64_t key)
{
        const int64_t cap = kind == BACKOFF_RELAY ? 10 * (int64_t)MINUTE_MS : 4 * (int64_t)HOUR_MS;
        int64_t wait = kind == BACKOFF_RELAY ? MINUTE_MS / 2 : MINUTE_MS;

        for (uint32_t i = 1; i < n && wait < cap; i++)
                wait *= 2;
        if (wait > cap)
                wait = cap;
        return wait - (int64_t)(mix(key + UINT64_C(0x9e3779b97f4a7c15) * n) % (uint64_t)(wait / 4));
}
