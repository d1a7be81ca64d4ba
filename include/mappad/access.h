/*
 * access - who is at the other end of a connection, and what they may do.
 *
 * The decision is a pure function of numbers and a policy (permit.h). Here names
 * and sockets become numbers. Names of groups do so when the policy is made, so
 * that a directory that fails later can widen nothing.
 */
#ifndef MAPPAD_ACCESS_H
#define MAPPAD_ACCESS_H

#include "mappad/permit.h"
#include "mappad/status.h"

#define ACCESS_PEER_GROUPS_MAX 1024     /* groups of one peer that are looked at; the kernel's limit is 65536 */

/* Purpose: add the group of a name to a list. *ret_known is false when the system has no such group
 * (the list is then as it was). Errors: STATUS_LIMIT when the list is full; STATUS_IO when the
 * system could not be asked. */
MUST_CHECK enum status access_add_group(struct access_group_list *list, const char *name, int *ret_known);

/* Purpose: the number of a group; (gid_t)-1 when the system has none of the name.
 * Errors: STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status access_find_group(const char *name, gid_t *ret_group);

/* Purpose: identify the peer of a connected UNIX socket by SO_PEERCRED and its groups: the primary
 * one, and those it had when it connected (SO_PEERGROUPS), or, on a kernel without that, those
 * the user database gives. Limits to an agency are those of either, so that no process is rid of one by
 * leaving a group. Errors: STATUS_IO, STATUS_LIMIT; the caller treats them as ROLE_NONE.
 * Cost: one look, and under a policy with agencies two, into the user database. */
MUST_CHECK enum status access_identify(int fd, const struct access_policy *policy, struct peer *ret_peer);

#endif
