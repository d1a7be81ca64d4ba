/*
 * role - who is at the other end, as far as what they may do is concerned.
 *
 * Plain words, for those who ask for a role and those who find it out.
 */
#ifndef MAPPAD_ROLE_H
#define MAPPAD_ROLE_H

#include <stdint.h>
#include <sys/types.h>

#include "mappad/sight.h"

#define PEER_NAME_SIZE 33               /* a user's name as Linux allows it, and its NUL */

/* Each includes those before it. */
enum role { ROLE_NONE, ROLE_READER, ROLE_WRITER, ROLE_ADMIN };

/* The other end of a connection, fixed when it connected. */
struct peer {
        uid_t uid;
        pid_t pid;                      /* for the log only: it may be another process by now */
        enum role role;
        struct sight sight;             /* which cases it sees */
        uint64_t acknowledges;          /* bit n: it is in the nth Unix group that the contacts let acknowledge */
        char name[PEER_NAME_SIZE];      /* the user's name, or the uid in digits; printable ASCII */
};

/* Purpose: the word: none, reader, writer, admin. */
static inline const char *role_word(enum role role)
{
        static const char *const words[] = { "none", "reader", "writer", "admin" };

        return words[role];
}

#endif
