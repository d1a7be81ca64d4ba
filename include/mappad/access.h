/*
 * access - who is at the other end of a connection, and what they may do.
 *
 * The decision is one pure function of numbers and a policy, and refuses by
 * default. Names of groups become numbers when the policy is made, so that a
 * directory that fails later can widen nothing.
 */
#ifndef MAPPAD_ACCESS_H
#define MAPPAD_ACCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "mappad/role.h"
#include "mappad/status.h"

#define ACCESS_GROUPS_MAX 64            /* groups of one role in a policy */
#define ACCESS_PEER_GROUPS_MAX 1024     /* groups of one peer that are looked at; the kernel's limit is 65536 */

/* Groups by number; the first `count` count. */
struct access_group_list {
        gid_t groups[ACCESS_GROUPS_MAX];
        size_t count;
};

/* Which groups have which role. The user root is an admin under every policy. acknowledgers are no role: a peer has
 * a bit for each of them that it is in; a group that the system does not know keeps its place as (gid_t)-1. */
struct access_policy {
        struct access_group_list readers, writers, admins, acknowledgers;
};

/* Purpose: the highest role that a user with these groups has; ROLE_NONE when no list has any.
 * Cost: groups x policy. Pure. */
enum role access_role(uid_t uid, const gid_t *groups, size_t count, const struct access_policy *policy);

/* Purpose: which of a list's groups are among these: bit n for the nth. Pure. */
uint64_t access_groups(const gid_t *groups, size_t count, const struct access_group_list *list);

/* Purpose: add the group of a name to a list. *ret_known is false when the system has no such group
 * (the list is then as it was). Errors: STATUS_LIMIT when the list is full; STATUS_IO when the
 * system could not be asked. */
MUST_CHECK enum status access_add_group(struct access_group_list *list, const char *name, int *ret_known);

/* Purpose: identify the peer of a connected UNIX socket by SO_PEERCRED and its groups: the primary
 * one, and those it had when it connected (SO_PEERGROUPS), or, on a kernel without that, those
 * the user database gives. Errors: STATUS_IO; the caller treats that as ROLE_NONE. */
MUST_CHECK enum status access_identify(int fd, const struct access_policy *policy, struct peer *ret_peer);

#endif
