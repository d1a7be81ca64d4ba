/*
 * reach - numbers of what is kept about a case: alerts, messages. Private to daemon/app.
 */
#ifndef APP_REACH_H
#define APP_REACH_H

#include "inside.h"

struct id_list {
        uint64_t *ids;
        size_t count, capacity;
        struct arena *arena;
};
/* Purpose: add a number; a store_id_fn. */
MUST_CHECK enum status id_list_add(void *context, uint64_t id);
/* Purpose: put them in order, each once; whether one is among those that were put in order. */
void id_list_settle(struct id_list *list);
bool id_list_has(const struct id_list *list, uint64_t id);

/* Purpose: the alerts about a case, and the messages that told of it, in order. Owns: the arena. */
struct reach { struct id_list alerts, messages; };
MUST_CHECK enum status reach_load(struct store *store, uint64_t case_id, struct arena *arena, struct reach *ret_reach);

#endif
