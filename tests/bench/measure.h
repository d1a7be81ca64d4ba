/*
 * measure - times for bench.py: one line for each measure, "time NAME SECONDS ...".
 *
 * Programs print times only after answers were compared; a difference ends them
 * with exit status 1 and no time.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>

#define MEASURE_ROUNDS_MAX 101

struct measure {
        const char *name;
        double seconds[MEASURE_ROUNDS_MAX];
        size_t count;
};

/* Purpose: a steady clock. */
double measure_now(void);
/* Purpose: processor time of this process, system calls included. For work that waits for nothing: on a machine that
 * others use, too, it repeats far better than the time that passes. */
double measure_cpu(void);
/* Purpose: add a round; print all of them. */
void measure_add(struct measure *measure, double seconds);
void measure_print(const struct measure *measure);
/* Purpose: "count NAME NUMBER". */
void measure_count(const char *name, double number);
/* Purpose: a sentence on standard error and exit status 1. */
_Noreturn void measure_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
