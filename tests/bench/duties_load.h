/*
 * duties_load - a caseload made up from a seed, for measuring.
 *
 * About twelve events a case, sorted by case and day: a sentence, a level,
 * releases and recalls, meetings, now and then an exit. Packed, so that a bare loop
 * over them is the limit that anything else is held against.
 */
#ifndef BENCH_DUTIES_LOAD_H
#define BENCH_DUTIES_LOAD_H

#include <stddef.h>
#include <stdint.h>

enum work_kind { WORK_SENTENCED, WORK_LEVEL, WORK_RELEASED, WORK_RECALLED, WORK_MEETING, WORK_EXITED };
#define WORK_NO_DATE INT32_MIN
#define WORK_EVENTS_MAX 16              /* events of one case */

struct work_event {
        int32_t on;
        uint8_t kind;
        uint8_t value;                  /* SENTENCED: 0 custody, 1 hospital, 2 community; LEVEL: 1 .. 3 */
        int32_t date;                   /* SENTENCED, RECALLED: planned release, or WORK_NO_DATE */
};

struct workload {
        size_t case_count;
        uint32_t *first;                /* case_count + 1 indices into events */
        struct work_event *events;
};

/* Purpose: make a caseload up to a day. Exits the process when memory runs out. */
struct workload workload_make(size_t case_count, uint64_t seed, int32_t today);
void workload_free(struct workload *workload);

#endif
