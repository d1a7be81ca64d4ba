/*
 * access - peers and groups as the system knows them.
 *
 * What follows from the numbers is decided in permit.c.
 */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mappad/access.h"

/* A group entry with a few thousand members of 32 bytes each. */
#define DATABASE_ENTRY_MAX ((size_t)256 * 1024)
/* A user's entry has no list in it. */
#define USER_ENTRY_MAX 4096

/* Some databases say "not found" by one of these instead of by an empty answer. */
static bool says_not_found(int error)
{
        return error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

enum status access_find_group(const char *name, gid_t *ret_group)
{
        struct group entry, *found = NULL;
        char *space = malloc(DATABASE_ENTRY_MAX);

        if (space == NULL)
                return STATUS_NO_MEMORY;
        int error = getgrnam_r(name, &entry, space, DATABASE_ENTRY_MAX, &found);
        gid_t gid = found != NULL ? entry.gr_gid : (gid_t)-1;
        free(space);
        if (error != 0 && !says_not_found(error))
                return STATUS_IO;
        *ret_group = gid;
        return STATUS_OK;
}

enum status access_add_group(struct access_group_list *list, const char *name, int *ret_known)
{
        gid_t group = (gid_t)-1;
        enum status status = access_find_group(name, &group);

        if (status != STATUS_OK)
                return status;
        *ret_known = group != (gid_t)-1;
        if (!*ret_known)
                return STATUS_OK;
        if (list->count == ACCESS_GROUPS_MAX)
                return STATUS_LIMIT;
        list->groups[list->count++] = group;
        return STATUS_OK;
}

/* The user's name if it is one that may stand in a log and a record, else the number. */
static void peer_name(uid_t uid, char name[static PEER_NAME_SIZE])
{
        char space[USER_ENTRY_MAX];
        struct passwd entry, *found = NULL;

        snprintf(name, PEER_NAME_SIZE, "%u", (unsigned int)uid);
        if (getpwuid_r(uid, &entry, space, sizeof space, &found) != 0 || found == NULL)
                return;
        size_t length = strlen(entry.pw_name);
        if (length == 0 || length >= PEER_NAME_SIZE)
                return;
        for (size_t i = 0; i < length; i++)
                if (!isgraph((unsigned char)entry.pw_name[i]))
                        return;
        memcpy(name, entry.pw_name, length + 1);
}

/* The groups of the user database. */
static enum status groups_by_name(uid_t uid, gid_t *groups, size_t *ret_count)
{
        char space[USER_ENTRY_MAX];
        struct passwd entry, *found = NULL;
        int count = ACCESS_PEER_GROUPS_MAX;

        *ret_count = 0;
        int error = getpwuid_r(uid, &entry, space, sizeof space, &found);
        if (error != 0 && !says_not_found(error))
                return STATUS_IO;
        if (found == NULL)
                return STATUS_OK;
        if (getgrouplist(entry.pw_name, entry.pw_gid, groups, &count) < 0)
                return STATUS_LIMIT;
        *ret_count = (size_t)count;
        return STATUS_OK;
}

/* groups has room for ACCESS_PEER_GROUPS_MAX. */
static enum status peer_groups(int fd, const struct ucred *credentials, gid_t *groups, size_t *ret_count)
{
        socklen_t length = ACCESS_PEER_GROUPS_MAX * sizeof *groups;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) == 0) {
                *ret_count = length / sizeof *groups;
                return STATUS_OK;
        }
        if (errno == ENODATA) {
                *ret_count = 0;
                return STATUS_OK;
        }
        if (errno == ENOPROTOOPT)
                return groups_by_name(credentials->uid, groups, ret_count);
        return errno == ERANGE ? STATUS_LIMIT : STATUS_IO;
}

static bool has_agencies(const struct access_policy *policy)
{
        for (size_t i = 0; i < policy->scope_count; i++)
                if (policy->scopes[i].kind == ACCESS_AGENCY)
                        return true;
        return false;
}

/* A process can have left a group that limits it, in a user namespace with group numbers of its own, say. So limits are
 * asked of the user database, too; what its groups would grant is not taken from there. */
static enum status add_limits(uid_t uid, const struct access_policy *policy, struct sight *sight)
{
        gid_t groups[ACCESS_PEER_GROUPS_MAX];
        size_t count = 0;
        enum status status = uid == 0 || !has_agencies(policy) ? STATUS_OK : groups_by_name(uid, groups, &count);

        if (status == STATUS_OK && count > 0)
                sight->within |= permit_sight(&(struct permit_asker){uid, groups, count}, policy).within;
        return status;
}

enum status access_identify(int fd, const struct access_policy *policy, struct peer *ret_peer)
{
        struct ucred credentials;
        socklen_t length = sizeof credentials;
        gid_t groups[ACCESS_PEER_GROUPS_MAX + 1];
        size_t count = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0 || length != sizeof credentials)
                return STATUS_IO;
        enum status status = peer_groups(fd, &credentials, groups, &count);
        if (status != STATUS_OK)
                return status;
        groups[count++] = credentials.gid;
        ret_peer->uid = credentials.uid;
        ret_peer->pid = credentials.pid;
        struct permit_asker asker = {credentials.uid, groups, count};
        ret_peer->role = permit_role(&asker, policy);
        ret_peer->sight = permit_sight(&asker, policy);
        ret_peer->acknowledges = permit_groups(&asker, &policy->acknowledgers);
        peer_name(credentials.uid, ret_peer->name);
        return add_limits(credentials.uid, policy, &ret_peer->sight);
}
