/* horizon - see horizon.h. */
#include "horizon.h"

#include <stdlib.h>

#include "mappad/civil.h"

bool horizon_init(struct horizon *horizon, size_t rows)
{
        *horizon = (struct horizon){.room = rows};
        if (rows == 0)
                return true;
        horizon->days = calloc(rows, sizeof *horizon->days);
        return horizon->days != NULL;
}

void horizon_fini(struct horizon *horizon)
{
        free(horizon->days);
        *horizon = (struct horizon){NULL, 0, 0};
}

static int32_t rank(int32_t due)
{
        return due == CIVIL_NONE ? INT32_MAX : due;
}

bool horizon_reaches(const struct horizon *horizon, int32_t due)
{
        return horizon->count < horizon->room || horizon->room == 0 || rank(due) <= horizon->days[0];
}

static void swap(int32_t *a, int32_t *b)
{
        int32_t kept = *a;

        *a = *b;
        *b = kept;
}

static void rise(int32_t *days, size_t at)
{
        for (; at > 0 && days[at] > days[(at - 1) / 2]; at = (at - 1) / 2)
                swap(&days[at], &days[(at - 1) / 2]);
}

static void sink(int32_t *days, size_t count)
{
        size_t at = 0, child = 1;

        while (child < count) {
                if (child + 1 < count && days[child + 1] > days[child])
                        child++;
                if (days[at] >= days[child])
                        return;
                swap(&days[at], &days[child]);
                at = child;
                child = 2 * at + 1;
        }
}

void horizon_note(struct horizon *horizon, int32_t due)
{
        int32_t day = rank(due);

        if (horizon->count < horizon->room) {
                horizon->days[horizon->count] = day;
                rise(horizon->days, horizon->count++);
        } else if (horizon->room > 0 && day < horizon->days[0]) {
                horizon->days[0] = day;
                sink(horizon->days, horizon->count);
        }
}
