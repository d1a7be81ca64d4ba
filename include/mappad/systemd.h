/*
 * systemd - what the service manager hands over and wants to hear.
 *
 * Outside systemd every call does nothing and says so.
 */
#ifndef MAPPAD_SYSTEMD_H
#define MAPPAD_SYSTEMD_H

#include <stdint.h>

#include "mappad/status.h"

/* Purpose: the listening UNIX stream socket that systemd passed, or -1 when it passed none.
 * Errors: STATUS_INVALID when what it passed is not exactly one such socket. */
MUST_CHECK enum status systemd_listener(int *ret_fd);
/* Purpose: how often the watchdog wants a ping, in milliseconds; 0: no watchdog. */
uint64_t systemd_watchdog_ms(void);
/* Purpose: tell the service manager: started (or reloaded) and how it is; how it is now; reloading; stopping; alive.
 * Errors: none that anybody could act on. */
void systemd_ready(const char *status_line);
void systemd_status(const char *status_line);
void systemd_reloading(void);
void systemd_stopping(void);
void systemd_alive(void);
/* Purpose: in the middle of long work that makes progress: alive, and please wait for the end of
 * starting, reloading or stopping a little longer. */
void systemd_working(void);

#endif
