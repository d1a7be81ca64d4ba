/*
 * course - which faults a test injects, and how many there were.
 *
 * A test does its work again and again, each time with a fault at another moment. MAPPAD_FAULTS says at which:
 * unset, the first ones and then some, always the same, so that a usual run takes seconds; "all", every moment; a
 * number, so many faults at moments that are drawn from MAPPAD_SEED, often several in one piece of work.
 */
#ifndef TEST_COURSE_H
#define TEST_COURSE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct course {
        const char *kind; /* what is counted, a word or two */
        long stride;      /* of a usual run */
        long moments;     /* at which a fault can be, in undisturbed work */
        long n;           /* the moment of the first fault of this run */
        uint64_t seed, wanted, faults, runs;
        bool every;
};

/* From 0 to below, the same ones for the same seed. */
static inline long course_chance(struct course *course, long below)
{
        course->seed = course->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return below <= 0 ? 0 : (long)((course->seed >> 33) % (uint64_t)below);
}

static inline void course_begin(struct course *course, const char *kind, long stride, long moments)
{
        const char *faults = getenv("MAPPAD_FAULTS"), *seed = getenv("MAPPAD_SEED");

        *course = (struct course){.kind = kind, .stride = stride, .moments = moments};
        course->every = faults != NULL && strcmp(faults, "all") == 0;
        course->wanted = faults == NULL || course->every ? 0 : strtoull(faults, NULL, 10);
        course->seed = seed == NULL ? 1 : strtoull(seed, NULL, 10);
}

/* Purpose: choose the moment of the next run; whether there is one. */
static inline bool course_next(struct course *course)
{
        long last = course->n;

        if (course->wanted > 0)
                course->n = 1 + course_chance(course, course->moments);
        else
                course->n = last < 20 || course->every ? last + 1 : last + course->stride;
        course->runs++;
        return course->wanted > 0 ? course->faults < course->wanted : course->n <= course->moments;
}

/* Purpose: a fault was met and mended; the moment, from here, of another one in the same run. 0: there is none. */
static inline long course_again(struct course *course)
{
        course->faults++;
        return course->wanted > 0 && course_chance(course, 4) != 0 ? 1 + course_chance(course, course->moments / 6 + 1) : 0;
}

/* Purpose: whether everything is to be verified after this run, which costs as much as the run. */
static inline bool course_verifies(const struct course *course)
{
        return course->wanted == 0 || course->runs % 8 == 0;
}

static inline void course_end(const struct course *course)
{
        printf("# %llu faults: %s (%llu runs, %ld moments)\n", (unsigned long long)course->faults, course->kind,
               (unsigned long long)course->runs, course->moments);
        fflush(stdout);
}

#endif
