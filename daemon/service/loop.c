/*
 * loop - turns of the event loop.
 *
 * libevent runs what is ready; the hook runs when all of it has run. That gives
 * the daemon one place where a turn ends: everything the turn collected is
 * committed together there. There is no periodic timer but the watchdog's beat,
 * and none at all that runs while nothing happens but that.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/time.h>

#include <event2/event.h>
#include <event2/event_compat.h>

#include "mappad/ensure.h"
#include "mappad/loop.h"
#include "mappad/reserve.h"

#define MS_PER_SECOND 1000
#define WATCHES_MAX (LOOP_SIGNALS_MAX + LOOP_FDS_MAX + 2)

/* One event of libevent and whom it is for. */
struct watch {
        struct event *event;
        loop_fn fn;
        void *context;
};

struct loop {
        struct event_base *base, *spare; /* spare: see loop_new */
        struct watch watches[WATCHES_MAX];
        size_t count;
        struct event *pause; /* one of them */
        loop_fn turn;
        void *turn_context;
        bool again;
        bool stopping;
};

/* Changes to what is watched are told to the kernel once a turn, not one by one: an answer changes the same descriptor
 * five times. That is safe while no descriptor is watched under two numbers, and none is. */
static struct event_base *base_new(void)
{
        struct event_config *config = event_config_new();
        struct event_base *base = NULL;

        if (config != NULL && event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0)
                base = event_base_new_with_config(config);
        if (config != NULL)
                event_config_free(config);
        if (base != NULL && event_base_priority_init(base, LOOP_PRIORITIES) != 0) {
                event_base_free(base);
                base = NULL;
        }
        return base;
}

enum status loop_new(struct loop **ret_loop)
{
        struct loop *loop = calloc(1, sizeof *loop);

        if (loop == NULL)
                return STATUS_NO_MEMORY;
        reserve_keep();
        loop->base = base_new();
        /* When the reserve is used up too while libevent 2.1 takes a connection, its way out asks the "current" base,
         * which is nobody's unless one was made by this call, and dies of it. Nothing is ever watched by this one. */
        loop->spare = loop->base == NULL ? NULL : event_init();
        if (loop->spare == NULL) {
                if (loop->base != NULL)
                        event_base_free(loop->base);
                free(loop);
                return STATUS_IO;
        }
        *ret_loop = loop;
        return STATUS_OK;
}

void loop_free(struct loop *loop)
{
        if (loop == NULL)
                return;
        for (size_t i = 0; i < loop->count; i++)
                event_free(loop->watches[i].event);
        event_base_free(loop->base);
        event_base_free(loop->spare);
        free(loop);
}

struct event_base *loop_base(struct loop *loop)
{
        return loop->base;
}

void loop_on_turn(struct loop *loop, loop_fn turn, void *context)
{
        loop->turn = turn;
        loop->turn_context = context;
}

static void watch_fired(evutil_socket_t fd, short what, void *arg)
{
        const struct watch *watch = arg;

        (void)fd;
        (void)what;
        watch->fn(watch->context);
}

/* Watches stay until the loop is freed; the array never moves. */
static enum status watch_add(struct loop *loop, evutil_socket_t fd, short what, const struct timeval *interval,
                             struct watch wanted)
{
        if (loop->count == WATCHES_MAX)
                return STATUS_LIMIT;
        struct watch *watch = &loop->watches[loop->count];
        *watch = wanted;
        watch->event = event_new(loop->base, fd, what, watch_fired, watch);
        if (watch->event == NULL)
                return STATUS_NO_MEMORY;
        loop->count++;
        return event_add(watch->event, interval) == 0 ? STATUS_OK : STATUS_IO;
}

enum status loop_on_signal(struct loop *loop, int signal_number, loop_fn fn, void *context)
{
        struct watch watch = {.fn = fn, .context = context};

        return watch_add(loop, signal_number, EV_SIGNAL | EV_PERSIST, NULL, watch);
}

enum status loop_on_readable(struct loop *loop, int fd, loop_fn fn, void *context)
{
        struct watch watch = {.fn = fn, .context = context};

        return watch_add(loop, fd, EV_READ | EV_PERSIST, NULL, watch);
}

static struct timeval interval_of(uint64_t ms)
{
        return (struct timeval){.tv_sec = (time_t)(ms / MS_PER_SECOND),
                                .tv_usec = (suseconds_t)(ms % MS_PER_SECOND) * MS_PER_SECOND};
}

enum status loop_on_beat(struct loop *loop, uint64_t interval_ms, loop_fn fn, void *context)
{
        struct watch watch = {.fn = fn, .context = context};
        struct timeval interval = interval_of(interval_ms);

        ENSURE(interval_ms > 0);
        return watch_add(loop, -1, EV_PERSIST, &interval, watch);
}

enum status loop_on_pause(struct loop *loop, loop_fn fn, void *context)
{
        if (loop->count == WATCHES_MAX)
                return STATUS_LIMIT;
        struct watch *watch = &loop->watches[loop->count];
        *watch = (struct watch){.fn = fn, .context = context};
        watch->event = event_new(loop->base, -1, 0, watch_fired, watch);
        if (watch->event == NULL)
                return STATUS_NO_MEMORY;
        loop->count++;
        loop->pause = watch->event;
        return STATUS_OK;
}

/* If it cannot be added there is no pause, and what waits for one goes on waiting. */
void loop_pause_in(struct loop *loop, uint64_t ms)
{
        struct timeval interval = interval_of(ms);

        if (event_pending(loop->pause, EV_TIMEOUT, NULL) == 0)
                (void)event_add(loop->pause, &interval);
}

void loop_again(struct loop *loop)
{
        loop->again = true;
}

static enum status turn_run(struct loop *loop, int flags)
{
        loop->again = false;
        int result = event_base_loop(loop->base, flags);
        if (loop->turn != NULL)
                loop->turn(loop->turn_context);
        return result < 0 ? STATUS_IO : STATUS_OK;
}

enum status loop_turn(struct loop *loop)
{
        return turn_run(loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

enum status loop_run(struct loop *loop)
{
        enum status status = STATUS_OK;

        while (!loop->stopping && status == STATUS_OK)
                status = turn_run(loop, loop->again ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE);
        return status;
}

void loop_stop(struct loop *loop)
{
        loop->stopping = true;
}
