/*
 * figures_changes - the cells that a case falls into, and how those of two readings
 * of its record differ (figures.h).
 */
#include <string.h>

#include "figures.h"

#define HITS_FIRST 32 /* of one case; more are rare */

void figures_hit(void *hits, const struct report_hit *hit)
{
        struct figures_hits *taken = hits;

        if (taken->count == taken->capacity) {
                size_t capacity = taken->capacity == 0 ? HITS_FIRST : taken->capacity * 2;
                struct report_hit *list = arena_array(taken->arena, capacity, sizeof *list);

                taken->failed |= list == NULL;
                if (list == NULL)
                        return;
                if (taken->count > 0)
                        memcpy(list, taken->list, taken->count * sizeof *list);
                taken->list = list;
                taken->capacity = capacity;
        }
        taken->list[taken->count++] = *hit;
}

static bool same_cell(struct report_cell a, struct report_cell b)
{
        return a.table == b.table && a.row == b.row && a.column == b.column;
}

/* The change of a cell, begun if it is met for the first time. Shape: there is room for one more. */
static struct app_figures_change *change_of(struct figures_changes *changes, struct report_cell cell, bool before)
{
        for (size_t i = 0; i < changes->count; i++)
                if (changes->list[i].before == before && same_cell(changes->list[i].cell, cell))
                        return &changes->list[i];
        changes->list[changes->count] = (struct app_figures_change){.cell = cell, .before = before};
        return &changes->list[changes->count++];
}

static void count_hits(struct figures_changes *changes, const struct figures_hits *hits, bool before, bool now)
{
        for (size_t i = 0; i < hits->count; i++) {
                struct app_figures_change *change = change_of(changes, hits->list[i].cell, before);

                change->now += now;
                change->then += !now;
        }
}

bool figures_compare(const struct figures_reading *then, const struct figures_reading *now, struct arena *arena,
                     struct figures_changes *ret_changes)
{
        size_t most = then->year.count + then->before.count + now->year.count + now->before.count;
        struct figures_changes all = {.list = arena_array(arena, most, sizeof *all.list)};
        size_t kept = 0;

        if (all.list == NULL)
                return false;
        count_hits(&all, &then->year, false, false);
        count_hits(&all, &now->year, false, true);
        count_hits(&all, &then->before, true, false);
        count_hits(&all, &now->before, true, true);
        for (size_t i = 0; i < all.count; i++)
                if (all.list[i].then != all.list[i].now)
                        all.list[kept++] = all.list[i];
        *ret_changes = (struct figures_changes){all.list, kept};
        return true;
}
