/*
 * systemd - the service manager's side of the daemon.
 *
 * Everything here is a no-op outside systemd; libsystemd looks at the
 * environment and says so.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include <systemd/sd-daemon.h>

#include "mappad/systemd.h"

#define US_PER_MS 1000
#define STATUS_LINE_MAX 256

enum status systemd_listener(int *ret_fd)
{
        int count = sd_listen_fds(1);

        *ret_fd = -1;
        if (count == 0)
                return STATUS_OK;
        if (count != 1 || sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
                return STATUS_INVALID;
        /* What is passed may block; the loop must not. */
        int flags = fcntl(SD_LISTEN_FDS_START, F_GETFL);
        if (flags < 0 || fcntl(SD_LISTEN_FDS_START, F_SETFL, flags | O_NONBLOCK) < 0)
                return STATUS_INVALID;
        *ret_fd = SD_LISTEN_FDS_START;
        return STATUS_OK;
}

uint64_t systemd_watchdog_ms(void)
{
        uint64_t interval_us = 0;

        return sd_watchdog_enabled(0, &interval_us) > 0 ? interval_us / US_PER_MS : 0;
}

static void notify_status(const char *state, const char *status_line)
{
        char text[STATUS_LINE_MAX];

        snprintf(text, sizeof text, "%sSTATUS=%s", state, status_line);
        (void)sd_notify(0, text);
}

void systemd_ready(const char *status_line)
{
        notify_status("READY=1\n", status_line);
}

void systemd_status(const char *status_line)
{
        notify_status("", status_line);
}

void systemd_reloading(void)
{
        (void)sd_notify(0, "RELOADING=1");
}

void systemd_stopping(void)
{
        (void)sd_notify(0, "STOPPING=1");
}

void systemd_alive(void)
{
        (void)sd_notify(0, "WATCHDOG=1");
}

void systemd_working(void)
{
        (void)sd_notify(0, "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=30000000");
}
