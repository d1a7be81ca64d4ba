/*
 * progress - see progress.h.
 */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define EVERY_MS 200
#define LINE_SIZE 160

static int64_t now_ms(void)
{
        struct timespec now = {0};
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct progress progress_begin(const char *doing, const char *unit, uint64_t all)
{
        int64_t now = now_ms();
        return (struct progress){.doing = doing, .unit = unit, .all = all, .begun_ms = now, .said_ms = now};
}

/* A number with commas. */
static void put_number(uint64_t number, char text[static 32])
{
        char digits[24];
        int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number), to = 0;
        for (int i = 0; i < length; i++) {
                if (i > 0 && (length - i) % 3 == 0)
                        text[to++] = ',';
                text[to++] = digits[i];
        }
        text[to] = '\0';
}

void progress_words(const struct progress *progress, int64_t now_at, char *text, unsigned int size)
{
        char done[32], all[32], rate[32], left[48] = "";
        uint64_t ms = now_at > progress->begun_ms ? (uint64_t)(now_at - progress->begun_ms) : 1;
        uint64_t a_second = progress->done * 1000 / ms;
        put_number(progress->done, done);
        put_number(progress->all, all);
        put_number(a_second, rate);
        if (progress->all > progress->done && a_second > 0) {
                uint64_t seconds = (progress->all - progress->done) / a_second + 1;
                snprintf(left, sizeof(left), seconds < 120 ? ", %llu s left" : ", %llu min left",
                         (unsigned long long)(seconds < 120 ? seconds : seconds / 60));
        }
        snprintf(text, size, "%s: %s%s%s %s, %s a second%s", progress->doing, done, progress->all > 0 ? " of " : "",
                 progress->all > 0 ? all : "", progress->unit, rate, left);
}

void progress_to(struct progress *progress, uint64_t done)
{
        char text[LINE_SIZE];
        int64_t now = now_ms();
        progress->done = done;
        if (now - progress->said_ms < EVERY_MS || isatty(STDERR_FILENO) != 1)
                return;
        progress->said_ms = now;
        progress_words(progress, now, text, sizeof(text));
        fprintf(stderr, "\r%-78s", text);
        progress->shown = true;
}

void progress_clear(struct progress *progress)
{
        if (progress->shown)
                fprintf(stderr, "\r%78s\r", "");
        progress->shown = false;
}
