/* measure - see measure.h. */
#include "measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double measure_now(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double measure_cpu(void)
{
        struct timespec used;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

void measure_add(struct measure *measure, double seconds)
{
        if (measure->count < MEASURE_ROUNDS_MAX)
                measure->seconds[measure->count++] = seconds;
}

void measure_print(const struct measure *measure)
{
        printf("time %s", measure->name);
        for (size_t i = 0; i < measure->count; i++)
                printf(" %.9f", measure->seconds[i]);
        printf("\n");
}

void measure_count(const char *name, double number)
{
        printf("count %s %.6f\n", name, number);
}

void measure_fail(const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        fprintf(stderr, "bench: ");
        vfprintf(stderr, format, arguments);
        fprintf(stderr, "\n");
        va_end(arguments);
        exit(1);
}
