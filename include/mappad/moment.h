/*
 * moment - now, as a value.
 *
 * Only daemon/service reads a clock. It reads it once per turn of the loop and
 * hands this to whoever needs to know the time; nobody keeps one.
 */
#ifndef MAPPAD_MOMENT_H
#define MAPPAD_MOMENT_H

#include <stdint.h>

struct moment {
        int64_t ms;             /* milliseconds since 1970-01-01 UTC */
        int32_t today;          /* the civil day in the configured zone (civil.h) */
        int32_t minute;         /* of that day as its clocks show it, 0 .. 1439 */
};

#endif
