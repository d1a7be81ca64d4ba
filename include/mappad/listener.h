/*
 * listener - the daemon's own socket, where systemd passes none.
 */
#ifndef MAPPAD_LISTENER_H
#define MAPPAD_LISTENER_H

#include "mappad/status.h"

#define LISTENER_MODE 0660
#define LISTENER_PROBLEM_SIZE 256

/* A listening UNIX stream socket that does not block. */
struct listener {
        int fd;                 /* -1: none */
        char path[128];         /* "" when it was passed, and its file is another's business */
        unsigned long long device, inode;       /* of the file, so that only ours is removed */
};

/* Purpose: bind and listen at a path, mode 0660 whatever the umask. A socket that nobody listens on
 * any more is taken away first; one that answers, and any other kind of file, is left alone.
 * Owns: the caller closes it by listener_close, which removes the file if it is still ours. fd may be given
 * away to somebody who closes it: set it to -1.
 * Errors: STATUS_INVALID, STATUS_IO, with a sentence in ret_problem. */
MUST_CHECK enum status listener_open(const char *path, struct listener *ret_listener,
                                     char ret_problem[static LISTENER_PROBLEM_SIZE]);
void listener_close(struct listener *listener);

/* Purpose: let the process have as many open descriptors, as far as the hard limit goes. Returns how many it
 * may have now. */
unsigned long long listener_descriptors(unsigned long long wanted);

#endif
