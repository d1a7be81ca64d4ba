/*
 * wallclock - the only place where the time is read.
 *
 * It is read once in a turn and handed about as a struct moment. One absolute
 * timer wakes the loop, armed for the next wake alone: never for a due date.
 * When the system's clock is set the timer fires at once, and the turn that
 * follows looks for what has become due, so steps and suspends lose nothing.
 * Under a test clock, "now" is the instant that a file holds.
 */
#ifndef MAPPAD_WALLCLOCK_H
#define MAPPAD_WALLCLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/moment.h"
#include "mappad/status.h"

#define WALLCLOCK_NEVER INT64_MAX
#define WALLCLOCK_ZONE_MAX 64           /* bytes of a zone's name */
#define WALLCLOCK_PATH_MAX 4096

/* Purpose: choose the time zone of the process, by its name in the system's time zone database.
 * Errors: STATUS_INVALID when there is no such zone. Shape: once at start, before any other call. */
MUST_CHECK enum status wallclock_zone(const char *name);
/* Purpose: the civil day of an instant in that zone. Example: 2023-03-25T23:30Z in Berlin is 2023-03-26. */
int32_t wallclock_day(int64_t ms);
/* Purpose: the minute that clocks in that zone show at an instant, 0 .. 1439. Example: 2023-03-26T00:59Z in London is
 * 59, a minute later it is 120. */
int32_t wallclock_minute(int64_t ms);
/* Purpose: the first instant at which the local date and time are at or past day and minutes:
 * a time that a spring gap skips is the first instant after the gap, a time that comes twice in
 * autumn is its first occurrence. Shape: day in civil range, minutes 0 .. 1439.
 * Example: London, 2023-03-26 01:30 is 2023-03-26T01:00:00Z. */
int64_t wallclock_instant(int32_t day, uint16_t minutes);

/* Times of day at which something happens, rising; count >= 1. */
struct wallclock_schedule {
        const uint16_t *minutes;
        size_t count;
};
/* One of those times on one day, and the instant it came or comes. A time that a gap skips keeps its
 * day and minutes: they are its name. */
struct wallclock_slot {
        int32_t day;
        uint16_t minutes;
        int64_t ms;
};
/* Purpose: the first slot of a schedule that comes after ms, and the last that came at or before it. */
struct wallclock_slot wallclock_next(const struct wallclock_schedule *schedule, int64_t ms);
struct wallclock_slot wallclock_previous(const struct wallclock_schedule *schedule, int64_t ms);

struct wallclock;

/* Purpose: make the clock: the system's, or with test_file the instant in that file (RFC 3339,
 * one line). Errors: STATUS_INVALID when the file holds no instant, STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status wallclock_new(const char *test_file, struct wallclock **ret_clock);
/* Purpose: release it. NULL is nothing. */
void wallclock_free(struct wallclock *clock);
/* Purpose: now; the same until wallclock_turn is called. */
struct moment wallclock_now(struct wallclock *clock);
/* Purpose: microseconds of a clock that nobody sets, to tell how long something took; also under a test clock. */
int64_t wallclock_stopwatch_us(void);
/* Purpose: microseconds of processor time that the calling thread has used. */
int64_t wallclock_worked_us(void);
/* Purpose: a turn is over: the next question reads the time anew. */
void wallclock_turn(struct wallclock *clock);
/* Purpose: descriptor to wait on for the next wake (timer, or changes of the test file), and
 * what to do when it can be read. *ret_changed: time was set (test file replaced, clock stepped).
 * Errors: STATUS_INVALID when the test file no longer holds an instant: time stands. */
int wallclock_fd(const struct wallclock *clock);
MUST_CHECK enum status wallclock_read(struct wallclock *clock, bool *ret_changed);
/* Purpose: wake at an instant (at once if it is past), or WALLCLOCK_NEVER. Costs nothing when it
 * is armed for that already. Under a test clock nothing is armed: time moves by the file alone. */
MUST_CHECK enum status wallclock_arm(struct wallclock *clock, int64_t ms);

#endif
