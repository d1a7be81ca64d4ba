/*
 * trial - what a dry run would have recorded by now (batch.h).
 *
 * Lines of a batch may repeat, replace or retract each other, so a trial has to know those before. It keeps by which
 * number and id each would be found and of which case it is: to write them into the record, with all its indexes and
 * hashes, only to take them back, cost half of what an import that is tried first costs.
 */
#include "batch.h"

#include <string.h>

/* A line that was accepted; their numbers follow each other from the next of the record on. */
struct trial_line {
        uint64_t case_id;
        const char *id; /* or NULL */
};

static size_t place_of(const struct app_batch *batch, const char *id)
{
        uint64_t hash = UINT64_C(14695981039346656037);

        for (const char *c = id; *c != '\0'; c++)
                hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
        return (size_t)(hash >> 32) & (batch->trial_slot_count - 1);
}

/* Where the number (from 1) of a line with an id is, or would be. Shape: there is a free slot. */
static uint32_t *slot_of(const struct app_batch *batch, const char *id)
{
        size_t at = place_of(batch, id);

        while (batch->trial_slots[at] != 0 && strcmp(batch->trial[batch->trial_slots[at] - 1].id, id) != 0)
                at = (at + 1) & (batch->trial_slot_count - 1);
        return &batch->trial_slots[at];
}

/* Room for every line that the batch has, at the first of them. */
static bool make_room(struct app_batch *batch)
{
        size_t slots = 4;

        while (slots < 2 * batch->line_count)
                slots *= 2;
        batch->trial = arena_array(&batch->arena, batch->line_count, sizeof *batch->trial);
        batch->trial_slots = arena_array(&batch->arena, slots, sizeof *batch->trial_slots);
        batch->trial_slot_count = slots;
        return batch->trial != NULL && batch->trial_slots != NULL;
}

bool trial_add(struct app_batch *batch, uint64_t case_id, const char *id)
{
        if (batch->trial == NULL && !make_room(batch))
                return false;
        batch->trial[batch->trial_count++] = (struct trial_line){case_id, id};
        if (id != NULL)
                *slot_of(batch, id) = (uint32_t)batch->trial_count;
        return true;
}

uint64_t trial_next_seq(const struct app_batch *batch)
{
        return store_next_seq(batch->app->store) + batch->trial_count;
}

bool trial_find_seq(const struct app_batch *batch, uint64_t seq, uint64_t *ret_case)
{
        uint64_t first = store_next_seq(batch->app->store);

        if (seq < first || seq - first >= batch->trial_count)
                return false;
        *ret_case = batch->trial[seq - first].case_id;
        return true;
}

bool trial_find_id(const struct app_batch *batch, const char *id, uint64_t *ret_case, uint64_t *ret_seq)
{
        uint32_t number = batch->trial_count == 0 ? 0 : *slot_of(batch, id);

        if (number == 0)
                return false;
        *ret_case = batch->trial[number - 1].case_id;
        *ret_seq = store_next_seq(batch->app->store) + number - 1;
        return true;
}
