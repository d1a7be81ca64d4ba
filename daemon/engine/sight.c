/*
 * sight - the bits of a case (sight.h).
 */
#include "mappad/sight.h"

static bool any_holds(const struct term *terms, size_t count, const struct value *state)
{
        for (size_t i = 0; i < count; i++)
                if ((state[terms[i].subject].bits & terms[i].mask) != 0)
                        return true;
        return false;
}

uint64_t sight_of_case(const struct scopes *scopes, const struct value *state)
{
        uint64_t bits = 0;

        for (size_t i = 0; scopes != NULL && i < scopes->count; i++) {
                const struct scope *scope = &scopes->list[i];
                if ((scope->all.count > 0 && condition_holds(scope->all, state)) ||
                    any_holds(scope->any, scope->any_count, state))
                        bits |= UINT64_C(1) << i;
        }
        return bits;
}

uint64_t sight_of_item(const struct scopes *scopes, const struct value *state)
{
        uint64_t bits = 0;

        for (size_t i = 0; scopes != NULL && i < scopes->count; i++)
                if (any_holds(scopes->list[i].items, scopes->list[i].item_count, state))
                        bits |= UINT64_C(1) << i;
        return bits;
}
