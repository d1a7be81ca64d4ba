/*
 * answers - what every partner must answer alike: case, rule, due, state of each
 * open obligation.
 */
#ifndef BENCH_ANSWERS_H
#define BENCH_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#define ANSWER_SOON_DAYS 28

struct answer {
        uint32_t casefile;              /* index */
        uint8_t rule;                   /* 1 .. 20 */
        uint8_t state;                  /* 'O' overdue, 'S' due within 28 days, 'U' later */
        uint16_t unused;                /* 0, so that lists compare as bytes */
        int32_t due;
};

struct answers {
        struct answer *list;
        size_t count, capacity;
};

/* Purpose: forget all, keep the room. Add one; exits when memory runs out. */
void answers_clear(struct answers *answers);
void answers_add(struct answers *answers, struct answer answer);
void answers_free(struct answers *answers);

/* Purpose: the state of an open obligation on a day. */
static inline uint8_t answer_state(int32_t due, int32_t today)
{
        return due < today ? 'O' : due <= today + ANSWER_SOON_DAYS ? 'S' : 'U';
}

/* Purpose: compare two lists as sorted sets; says the first difference on standard error. Sorts both. */
int answers_differ(struct answers *a, const char *a_name, struct answers *b, const char *b_name);

/* Purpose: write sorted lines "case,rule,due,state" to a file; exits when that fails. Sorts. */
void answers_write(struct answers *answers, const char *path);

#endif
