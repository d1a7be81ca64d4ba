/*
 * loop - the one file that knows the event base, and what a turn is.
 *
 * A turn waits for something to be ready, runs everything that is, and then runs
 * the hook: there the daemon commits what the turn collected, answers, looks
 * for what is due and arms the next wake. Nothing runs between turns.
 */
#ifndef MAPPAD_LOOP_H
#define MAPPAD_LOOP_H

#include <stdint.h>

#include "mappad/status.h"

struct event_base;      /* libevent's; mail and api make their events on it */
struct loop;

/* Purpose: be called by the loop. */
typedef void (*loop_fn)(void *context);

#define LOOP_SIGNALS_MAX 4
/* Events of priority 0 run before all others that are ready; unless told otherwise one has priority 1. Whoever breaks
 * the base's loop has the turn end: what is ready and has not run does in the next. */
#define LOOP_PRIORITIES 2

/* Purpose: make a loop. Errors: STATUS_NO_MEMORY, STATUS_IO. */
MUST_CHECK enum status loop_new(struct loop **ret_loop);
/* Purpose: release it; everything made on its base is gone before. NULL is nothing. */
void loop_free(struct loop *loop);
/* Purpose: libevent's base, for those who make events of their own. */
struct event_base *loop_base(struct loop *loop);

/* Purpose: what runs at the end of each turn. */
void loop_on_turn(struct loop *loop, loop_fn turn, void *context);
/* Purpose: call fn from within a turn when a signal arrived. Errors: STATUS_LIMIT, STATUS_NO_MEMORY. */
MUST_CHECK enum status loop_on_signal(struct loop *loop, int signal_number, loop_fn fn, void *context);
/* Purpose: call fn from within a turn whenever fd can be read. At most LOOP_FDS_MAX of them. */
#define LOOP_FDS_MAX 4
MUST_CHECK enum status loop_on_readable(struct loop *loop, int fd, loop_fn fn, void *context);
/* Purpose: call fn from within a turn every so many milliseconds of the monotonic clock: the
 * watchdog's beat and nothing else. Shape: interval_ms > 0; one per loop. */
MUST_CHECK enum status loop_on_beat(struct loop *loop, uint64_t interval_ms, loop_fn fn, void *context);
/* Purpose: fn is called from within a turn when loop_pause_in was called and so many milliseconds have gone by since;
 * calls before that change nothing. Shape: one per loop. */
MUST_CHECK enum status loop_on_pause(struct loop *loop, loop_fn fn, void *context);
void loop_pause_in(struct loop *loop, uint64_t ms);
/* Purpose: have another turn at once after this one, ready or not. */
void loop_again(struct loop *loop);

/* Purpose: turn until loop_stop; the hook runs after the last turn too. Errors: STATUS_IO when waiting failed. */
MUST_CHECK enum status loop_run(struct loop *loop);
/* Purpose: one turn that does not wait, for tests and for shutting down. */
MUST_CHECK enum status loop_turn(struct loop *loop);
/* Purpose: let the present turn be the last. */
void loop_stop(struct loop *loop);

#endif
