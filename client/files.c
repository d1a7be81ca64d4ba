/*
 * files - whole files or none (files.h).
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

#define PIECE 65536

static bool failed(const char *what, const char *path)
{
        complain("cannot %s %s: %s", what, path, strerror(errno));
        return false;
}

int file_make(const char *path)
{
        int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file < 0)
                (void)failed("make", path);
        return file;
}

/* Whether a file that is held is the one of that name still: its last holder may have given it another. */
static bool has_name(int file, const char *path)
{
        struct stat held, named;
        return fstat(file, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
               held.st_ino == named.st_ino;
}

/* Empties what was left; nothing is written into what somebody else put there. */
static bool make_empty(int file, const char *path)
{
        struct stat there;
        if (fstat(file, &there) != 0)
                return failed("look at", path);
        if (!S_ISREG(there.st_mode) || there.st_nlink != 1 || there.st_uid != geteuid()) {
                complain("%s is in the way, and not what was left here; remove it", path);
                return false;
        }
        return (fchmod(file, 0600) == 0 && ftruncate(file, 0) == 0) || failed("empty", path);
}

int file_claim(const char *path)
{
        for (;;) {
                int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
                if (file < 0) {
                        (void)failed("make", path);
                        return -1;
                }
                bool held = flock(file, LOCK_EX | LOCK_NB) == 0;
                if (!held)
                        complain("%s is being written by another", path);
                else if (has_name(file, path) && make_empty(file, path))
                        return file;
                bool again = held && !has_name(file, path);
                (void)close(file);
                if (!again)
                        return -1;
        }
}

bool file_write(int file, const char *path, const char *bytes, size_t length)
{
        while (length > 0) {
                ssize_t written = write(file, bytes, length);
                if (written < 0 && errno == EINTR)
                        continue;
                if (written < 0)
                        return failed("write", path);
                bytes += written;
                length -= (size_t)written;
        }
        return true;
}

bool file_sync(int file, const char *path)
{
        return fsync(file) == 0 || failed("sync", path);
}

bool folder_sync(const char *folder)
{
        int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (file < 0)
                return failed("open", folder);
        bool good = file_sync(file, folder);
        (void)close(file);
        return good;
}

bool file_move(const char *from, const char *to)
{
        if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
                return true;
        /* A file system that knows no such renaming: a second name is as good, and refuses one that is taken. */
        if (errno == EINVAL && link(from, to) == 0)
                return unlink(from) == 0 || failed("remove", from);
        return failed("make", to);
}

bool file_replace(const char *path, const char *bytes, size_t length)
{
        char beside[PATH_SIZE];
        if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside)) {
                complain("this path is too long");
                return false;
        }
        int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (file < 0)
                return failed("make", beside);
        bool good = file_write(file, beside, bytes, length) && file_sync(file, beside);
        if (close(file) != 0 && good)
                good = failed("close", beside);
        if (good && rename(beside, path) != 0)
                good = failed("write", path);
        if (!good)
                (void)unlink(beside);
        return good;
}

static bool copy_all(int source, int target, const char *from, const char *to)
{
        static char piece[PIECE];
        for (;;) {
                ssize_t length = read(source, piece, sizeof(piece));
                if (length < 0 && errno == EINTR)
                        continue;
                if (length < 0)
                        return failed("read", from);
                if (length == 0)
                        return file_sync(target, to);
                if (!file_write(target, to, piece, (size_t)length))
                        return false;
        }
}

bool file_copy(const char *from, const char *to)
{
        int source = open(from, O_RDONLY | O_CLOEXEC);
        if (source < 0)
                return failed("open", from);
        int target = file_make(to);
        bool good = target >= 0 && copy_all(source, target, from, to);
        if (target >= 0 && close(target) != 0)
                good = failed("close", to);
        if (target >= 0 && !good)
                (void)unlink(to);
        (void)close(source);
        return good;
}

void path_folder(const char *path, char *ret_folder)
{
        const char *slash = strrchr(path, '/');
        if (slash == NULL)
                snprintf(ret_folder, PATH_SIZE, ".");
        else
                snprintf(ret_folder, PATH_SIZE, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}
