/*
 * permit - the decision (permit.h).
 */
#include "mappad/permit.h"

#include "mappad/ensure.h"

static bool in_group(const struct permit_asker *asker, gid_t group)
{
        if (group == (gid_t)-1)
                return false;
        for (size_t i = 0; i < asker->count; i++)
                if (asker->groups[i] == group)
                        return true;
        return false;
}

uint64_t permit_groups(const struct permit_asker *asker, const struct access_group_list *list)
{
        uint64_t bits = 0;

        for (size_t i = 0; i < list->count; i++)
                if (in_group(asker, list->groups[i]))
                        bits |= UINT64_C(1) << i;
        return bits;
}

struct sight permit_sight(const struct permit_asker *asker, const struct access_policy *policy)
{
        struct sight sight = {0};

        for (size_t i = 0; asker->uid != 0 && i < policy->scope_count; i++) {
                const struct access_scope *scope = &policy->scopes[i];
                uint64_t bit = UINT64_C(1) << i;
                bool member = in_group(asker, scope->group);

                if (scope->kind == ACCESS_AGENCY) {
                        sight.within |= member ? bit : 0;
                } else if (!member) {
                        sight.hidden |= bit;
                        sight.uncounted |= scope->hides_counts ? bit : 0;
                }
        }
        return sight;
}

enum role permit_role(const struct permit_asker *asker, const struct access_policy *policy)
{
        if (asker->uid == 0 || permit_groups(asker, &policy->admins) != 0)
                return ROLE_ADMIN;
        if (permit_groups(asker, &policy->writers) != 0)
                return ROLE_WRITER;
        if (permit_groups(asker, &policy->readers) != 0 || permit_sight(asker, policy).within != 0)
                return ROLE_READER;
        return ROLE_NONE;
}

static bool reaches(struct sight sight, enum permit_reach reach)
{
        switch (reach) {
        case PERMIT_WHOLE:
                return sight_whole(sight);
        case PERMIT_COUNTS:
                return sight_counts_all(sight);
        case PERMIT_CHANGES:
                return sight.within == 0;
        case PERMIT_SEEN:
        case PERMIT_NOTHING:
                return true;
        }
        ENSURE(false);
}

enum permit_verdict permit_verdict(enum role role, struct sight sight, struct permit_need need)
{
        if (role == ROLE_NONE)
                return PERMIT_STRANGER;
        if (need.role == ROLE_NONE || role < need.role)
                return PERMIT_ROLE;
        return reaches(sight, need.reach) ? PERMIT_GRANTED : PERMIT_SIGHT;
}

struct permit_decision permit_decide(const struct permit_asker *asker, const struct access_policy *policy,
                                     struct permit_need need)
{
        struct permit_decision decision = {.role = permit_role(asker, policy), .sight = permit_sight(asker, policy)};

        decision.verdict = permit_verdict(decision.role, decision.sight, need);
        return decision;
}
