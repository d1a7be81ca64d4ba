/*
 * watchfile - the time of the last sweep, for those who look at files.
 *
 * Written beside its place, synced and renamed, so that neither a reader nor a
 * crash finds half of it.
 */
#include "mappad/watchfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mappad/wire.h"

#define MODE 0644

static enum status failure(void)
{
        return errno == ENOSPC || errno == EDQUOT ? STATUS_DISK_FULL : STATUS_IO;
}

/* The mode is set by itself, because the mask of a service takes reading away from others. */
static bool write_whole(int fd, const char *text, size_t length)
{
        return fchmod(fd, MODE) == 0 && write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
}

enum status watchfile_write(const char *path, int64_t ms)
{
        char beside[WATCHFILE_PATH_MAX + 8], text[WIRE_INSTANT_SIZE + 1];
        enum status status = STATUS_OK;

        if (strlen(path) >= WATCHFILE_PATH_MAX)
                return STATUS_LIMIT;
        snprintf(beside, sizeof beside, "%s.new", path);
        wire_instant_format(ms, text);
        memcpy(text + WIRE_INSTANT_SIZE - 1, "\n", 2);
        int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, MODE);
        if (fd < 0)
                return failure();
        if (!write_whole(fd, text, WIRE_INSTANT_SIZE))
                status = failure();
        (void)close(fd);
        if (status == STATUS_OK && rename(beside, path) != 0)
                status = failure();
        if (status != STATUS_OK)
                (void)unlink(beside);
        return status;
}
