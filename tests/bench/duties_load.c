/* duties_load - see duties_load.h. Dates come from a small generator so that runs repeat. */
#include "duties_load.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t next_random(uint64_t *state)
{
        uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        return x ^ (x >> 31);
}

static int32_t between(uint64_t *state, int32_t low, int32_t high)
{
        return low + (int32_t)(next_random(state) % (uint64_t)(high - low + 1));
}

static struct work_event make(int32_t on, enum work_kind kind, int value, int32_t date)
{
        return (struct work_event){on, (uint8_t)kind, (uint8_t)value, date};
}

/* One case: at most WORK_EVENTS_MAX events, by day, none after today. */
static size_t make_case(struct work_event *events, uint64_t *state, int32_t today)
{
        int32_t day = today - (next_random(state) % 8 == 0 ? between(state, 10, 120) : between(state, 500, 900));
        int place = (int)(next_random(state) % 10);
        place = place < 3 ? 2 : place == 3 ? 1 : 0;
        int32_t release = place == 2 ? WORK_NO_DATE : day + between(state, 60, 400);
        size_t count = 0;
        events[count++] = make(day, WORK_SENTENCED, place, release);
        day += between(state, 0, 9);
        int level = (int)(next_random(state) % 8);
        events[count++] = make(day, WORK_LEVEL, level == 0 ? 3 : level < 4 ? 2 : 1, WORK_NO_DATE);
        while (count < 12) {
                day += between(state, 20, 90);
                if (day > today)
                        break;
                if (place != 2 && day >= release) {
                        events[count++] = make(day, WORK_RELEASED, 0, WORK_NO_DATE);
                        place = 2;
                } else if (place == 2 && next_random(state) % 12 == 0) {
                        release = day + between(state, 14, 120);
                        events[count++] = make(day, WORK_RECALLED, 0, release);
                        place = 0;
                } else {
                        events[count++] = make(day, WORK_MEETING, 0, WORK_NO_DATE);
                }
        }
        if (next_random(state) % 20 == 0 && day < today)
                events[count++] = make(day + 1 < today ? day + 1 : today, WORK_EXITED, 0, WORK_NO_DATE);
        return count;
}

struct workload workload_make(size_t case_count, uint64_t seed, int32_t today)
{
        struct workload workload = {.case_count = case_count};
        workload.first = malloc((case_count + 1) * sizeof *workload.first);
        workload.events = malloc(case_count * WORK_EVENTS_MAX * sizeof *workload.events);
        if (workload.first == NULL || workload.events == NULL) {
                fprintf(stderr, "bench: no memory for %zu cases\n", case_count);
                exit(1);
        }
        uint64_t state = seed;
        uint32_t used = 0;
        for (size_t i = 0; i < case_count; i++) {
                workload.first[i] = used;
                used += (uint32_t)make_case(&workload.events[used], &state, today);
        }
        workload.first[case_count] = used;
        return workload;
}

void workload_free(struct workload *workload)
{
        free(workload->first);
        free(workload->events);
        *workload = (struct workload){0};
}
