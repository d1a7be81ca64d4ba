/*
 * permit - may somebody do something, and with which cases in sight?
 *
 * The whole of the decision: numbers and a policy in, a verdict out. What no list
 * grants is refused, and a route that says nothing of its reach is for whoever
 * sees everything. Where the numbers come from is the business of access.h.
 */
#ifndef MAPPAD_PERMIT_H
#define MAPPAD_PERMIT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "mappad/role.h"

#define ACCESS_GROUPS_MAX 64            /* groups of one role in a policy */

/* Groups by number; the first `count` count. */
struct access_group_list {
        gid_t groups[ACCESS_GROUPS_MAX];
        size_t count;
};

/* What a group has to do with a scope. (gid_t)-1: a group that the system does not know, which nobody is in. */
enum access_scope_kind {
        ACCESS_COMPARTMENT,             /* whoever is not in it does not see the scope's cases */
        ACCESS_AGENCY                   /* whoever is in it sees no others, and is a reader if no list says more */
};
struct access_scope {
        gid_t group;
        enum access_scope_kind kind;
        bool hides_counts;              /* COMPARTMENT: its cases are not counted either for whoever is outside */
};

/* Which groups have which role, and what they see; scopes in the order of their bits (sight.h). The user root is an
 * admin and sees everything under every policy. acknowledgers are no role: a peer has a bit for each of them that it is
 * in; a group that the system does not know keeps its place as (gid_t)-1. */
struct access_policy {
        struct access_group_list readers, writers, admins, acknowledgers;
        struct access_scope scopes[SIGHT_SCOPES_MAX]; size_t scope_count;
};

/* Who asks. */
struct permit_asker {
        uid_t uid;
        const gid_t *groups; size_t count;      /* primary one included */
};
/* Purpose: the highest role that somebody has (ROLE_NONE when no list has any of the groups), and the cases in sight.
 * Cost: groups x policy. Pure. */
enum role permit_role(const struct permit_asker *asker, const struct access_policy *policy);
struct sight permit_sight(const struct permit_asker *asker, const struct access_policy *policy);
/* Purpose: which of a list's groups somebody is in: bit n for the nth. Pure. */
uint64_t permit_groups(const struct permit_asker *asker, const struct access_group_list *list);

/* How much of the caseload a route tells of, hence whose it can be. */
enum permit_reach {
        PERMIT_WHOLE,           /* of everything there is: for whoever sees every case */
        PERMIT_COUNTS,          /* of no case, but of how many there are: for whoever every case is counted for */
        PERMIT_CHANGES,         /* of what is in sight, which it changes: not for whoever is limited to an agency */
        PERMIT_SEEN,            /* of what is in sight alone */
        PERMIT_NOTHING          /* of no case at all */
};
/* What a route asks of whoever uses it. */
struct permit_need {
        enum role role;
        enum permit_reach reach;
};
enum permit_verdict {
        PERMIT_GRANTED,
        PERMIT_STRANGER,        /* no role */
        PERMIT_ROLE,            /* too low */
        PERMIT_SIGHT            /* too small */
};

/* Purpose: the verdict about somebody who has a role and a sight. Pure. */
enum permit_verdict permit_verdict(enum role role, struct sight sight, struct permit_need need);

/* Purpose: the whole decision. Pure; it is permit_role, permit_sight and permit_verdict in a row. */
struct permit_decision {
        enum permit_verdict verdict;
        enum role role;
        struct sight sight;             /* of the cases that a granted route tells of */
};
struct permit_decision permit_decide(const struct permit_asker *asker, const struct access_policy *policy,
                                     struct permit_need need);

#endif
