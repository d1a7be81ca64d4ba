/*
 * watchfile - the time of the last sweep, for those who look at files.
 *
 * Written beside its place, synced and renamed, so that neither a reader nor a
 * crash finds half of it. A name in a configuration may be that of any file, the
 * record's own among them: what holds anything but an instant stays.
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

/* Whether a text is an instant with its end of line, as it is written here. */
static bool is_instant(const char *text, size_t length)
{
        static const char form[] = "0000-00-00T00:00:00.000Z\n";

        if (length != sizeof form - 1)
                return false;
        for (size_t i = 0; i < length; i++)
                if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
                        return false;
        return true;
}

/* Whether a text is one that was not written to its end: some of its bytes, and NULs where a disk lost the rest. */
static bool is_torn(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (memchr("0123456789-:.TZ\n", text[i], sizeof "0123456789-:.TZ\n") == NULL)
                        return false;
        return length <= WIRE_INSTANT_SIZE;
}

/* STATUS_INVALID: something lies there that is not to be written over. Nothing at all, of a file, may be. */
static enum status find_ours(const char *path, bool beside)
{
        char text[WIRE_INSTANT_SIZE + 1];
        struct stat found;
        ssize_t length = -1;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

        if (fd < 0 && errno == ENOENT)
                return STATUS_OK;
        if (fd < 0)
                return errno == ELOOP ? STATUS_INVALID : STATUS_IO;
        if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode))
                length = read(fd, text, sizeof text);
        (void)close(fd);
        if (length < 0)
                return STATUS_INVALID;
        bool ours = length == 0 || (beside ? is_torn : is_instant)(text, (size_t)length);
        return ours ? STATUS_OK : STATUS_INVALID;
}

enum status watchfile_write(const char *path, int64_t ms)
{
        char beside[WATCHFILE_PATH_MAX + 8], text[WIRE_INSTANT_SIZE + 1];
        enum status status;

        if (strlen(path) >= WATCHFILE_PATH_MAX)
                return STATUS_LIMIT;
        snprintf(beside, sizeof beside, "%s.new", path);
        status = find_ours(path, false);
        if (status == STATUS_OK)
                status = find_ours(beside, true);
        if (status != STATUS_OK)
                return status;
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
