/*
 * listener - binding a UNIX socket of our own.
 *
 * A daemon that was killed leaves its socket file behind; whether anybody still
 * listens there is found out by connecting, never by the file's age.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "mappad/listener.h"

#define BACKLOG 128

static enum status failed(char *problem, const char *path, const char *what)
{
        snprintf(problem, LISTENER_PROBLEM_SIZE, "the socket %s cannot be used: %s", path, what);
        return STATUS_INVALID;
}

/* strerror is not safe among threads, and libcurl has some. */
static enum status failed_errno(char *problem, const char *path, int error)
{
        char text[128];

        (void)failed(problem, path, strerror_r(error, text, sizeof text));
        return STATUS_IO;
}

/* Whether somebody accepts connections at the address. */
static bool answers(const struct sockaddr_un *address)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return true;
        int result = connect(fd, (const struct sockaddr *)address, sizeof *address);
        /* A full backlog says EAGAIN, and that is an answer too. */
        bool refused = result != 0 && (errno == ECONNREFUSED || errno == ENOENT);
        close(fd);
        return !refused;
}

static enum status make_room(const struct sockaddr_un *address, char *problem)
{
        struct stat file;

        if (lstat(address->sun_path, &file) != 0)
                return errno == ENOENT ? STATUS_OK : failed_errno(problem, address->sun_path, errno);
        if (!S_ISSOCK(file.st_mode))
                return failed(problem, address->sun_path, "there is a file of that name that is no socket");
        if (answers(address))
                return failed(problem, address->sun_path, "another process listens there");
        return unlink(address->sun_path) == 0 || errno == ENOENT ? STATUS_OK
                                                                 : failed_errno(problem, address->sun_path, errno);
}

static enum status bind_listen(int fd, const struct sockaddr_un *address, char *problem)
{
        mode_t before = umask((mode_t)~LISTENER_MODE & 0777);
        int bound = bind(fd, (const struct sockaddr *)address, sizeof *address);
        int error = errno;

        (void)umask(before);
        if (bound != 0)
                return failed_errno(problem, address->sun_path, error);
        if (listen(fd, BACKLOG) != 0)
                return failed_errno(problem, address->sun_path, errno);
        return STATUS_OK;
}

enum status listener_open(const char *path, struct listener *ret_listener,
                          char ret_problem[static LISTENER_PROBLEM_SIZE])
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        struct stat file;

        if (strlen(path) >= sizeof address.sun_path)
                return failed(ret_problem, path, "its name is too long");
        memcpy(address.sun_path, path, strlen(path) + 1);
        enum status status = make_room(&address, ret_problem);
        if (status != STATUS_OK)
                return status;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return failed_errno(ret_problem, path, errno);
        status = bind_listen(fd, &address, ret_problem);
        if (status == STATUS_OK && stat(path, &file) != 0)
                status = failed_errno(ret_problem, path, errno);
        if (status != STATUS_OK) {
                close(fd);
                return status;
        }
        *ret_listener = (struct listener){.fd = fd, .device = file.st_dev, .inode = file.st_ino};
        snprintf(ret_listener->path, sizeof ret_listener->path, "%s", path);
        return STATUS_OK;
}

void listener_close(struct listener *listener)
{
        struct stat file;

        if (listener->fd >= 0)
                close(listener->fd);
        listener->fd = -1;
        if (listener->path[0] != '\0' && lstat(listener->path, &file) == 0 && file.st_dev == listener->device &&
            file.st_ino == listener->inode)
                (void)unlink(listener->path);
        listener->path[0] = '\0';
}

unsigned long long listener_descriptors(unsigned long long wanted)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
                return 0;
        if (limit.rlim_cur < wanted) {
                limit.rlim_cur = wanted < limit.rlim_max ? (rlim_t)wanted : limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
                (void)getrlimit(RLIMIT_NOFILE, &limit);
        }
        return limit.rlim_cur;
}
