/*
 * reach - which alerts and messages are about a case.
 */
#include "reach.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/store_held.h"

#define IDS_FIRST 32

enum status id_list_add(void *context, uint64_t id)
{
        struct id_list *list = context;

        if (list->count == list->capacity) {
                size_t capacity = list->capacity == 0 ? IDS_FIRST : list->capacity * 2;
                uint64_t *ids = arena_array(list->arena, capacity, sizeof *ids);
                if (ids == NULL)
                        return STATUS_NO_MEMORY;
                if (list->count > 0)
                        memcpy(ids, list->ids, list->count * sizeof *ids);
                list->ids = ids;
                list->capacity = capacity;
        }
        list->ids[list->count++] = id;
        return STATUS_OK;
}

static int by_number(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return x < y ? -1 : x > y;
}

void id_list_settle(struct id_list *list)
{
        size_t kept = 0;

        if (list->count == 0)
                return;
        qsort(list->ids, list->count, sizeof *list->ids, by_number);
        for (size_t i = 1; i < list->count; i++)
                if (list->ids[i] != list->ids[kept])
                        list->ids[++kept] = list->ids[i];
        list->count = kept + 1;
}

bool id_list_has(const struct id_list *list, uint64_t id)
{
        return list->count > 0 && bsearch(&id, list->ids, list->count, sizeof *list->ids, by_number) != NULL;
}

enum status reach_load(struct store *store, uint64_t case_id, struct arena *arena, struct reach *ret_reach)
{
        struct reach reach = {.alerts = {.arena = arena}, .messages = {.arena = arena}};
        enum status status = store_held_alerts(store, case_id, id_list_add, &reach.alerts);

        id_list_settle(&reach.alerts);
        for (size_t i = 0; status == STATUS_OK && i < reach.alerts.count; i++)
                status = store_held_carried(store, reach.alerts.ids[i], id_list_add, &reach.messages);
        if (status == STATUS_OK)
                status = store_held_shown(store, case_id, id_list_add, &reach.messages);
        id_list_settle(&reach.messages);
        *ret_reach = reach;
        return status;
}
