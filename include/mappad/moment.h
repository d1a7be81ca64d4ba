/*
 * moment - now, as one value that is passed about.
 *
 * Only daemon/service reads a clock, once in a turn of the loop; everything
 * else is handed this. Nothing that holds a moment can ask for a later one.
 */
#ifndef MAPPAD_MOMENT_H
#define MAPPAD_MOMENT_H

#include <stdint.h>

/* An instant, and the civil day it falls on in the configured time zone.
 * Example: 2023-03-25T23:30:00Z is 1679787000000, 19441 in London, and 19442 in Berlin. */
struct moment {
        int64_t ms;             /* since 1970-01-01T00:00:00Z */
        int32_t today;          /* day number as in civil.h */
};

#endif
