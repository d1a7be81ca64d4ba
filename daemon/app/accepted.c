/*
 * accepted - the lines of a batch that may join the record (batch.h).
 *
 * Lines of a batch may repeat, replace or retract each other, so each has to know those before it, and the record does
 * not hold them yet: of a dry run it never will, others are written some at a time. Kept is by which number and id each
 * is found and of which case it is.
 */
#include "batch.h"

#include <string.h>

/* One of them; their numbers follow each other. */
struct accepted_line {
        uint64_t case_id;
        const char *id; /* or NULL */
};

uint64_t text_hash(const char *text)
{
        uint64_t hash = UINT64_C(14695981039346656037);

        for (const char *c = text; *c != '\0'; c++)
                hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
        return hash;
}

/* Where the number (from 1) of a line with an id is, or would be. Shape: there is a free slot. */
static uint32_t *slot_of(const struct app_batch *batch, const char *id)
{
        size_t at = (size_t)(text_hash(id) >> 32) & (batch->id_slot_count - 1);

        while (batch->id_slots[at] != 0 && strcmp(batch->accepted[batch->id_slots[at] - 1].id, id) != 0)
                at = (at + 1) & (batch->id_slot_count - 1);
        return &batch->id_slots[at];
}

/* Room for every line that the batch has, at the first of them. */
static bool make_room(struct app_batch *batch)
{
        size_t slots = 4;

        while (slots < 2 * batch->line_count)
                slots *= 2;
        batch->accepted = arena_array(&batch->arena, batch->line_count, sizeof *batch->accepted);
        batch->id_slots = arena_array(&batch->arena, slots, sizeof *batch->id_slots);
        batch->id_slot_count = slots;
        return batch->accepted != NULL && batch->id_slots != NULL;
}

bool accepted_add(struct app_batch *batch, uint64_t case_id, const char *id)
{
        if (batch->accepted == NULL && !make_room(batch))
                return false;
        batch->accepted[batch->accepted_count++] = (struct accepted_line){case_id, id};
        if (id != NULL)
                *slot_of(batch, id) = (uint32_t)batch->accepted_count;
        return true;
}

uint64_t accepted_next_seq(const struct app_batch *batch)
{
        return batch->next_seq + batch->accepted_count;
}

bool accepted_find_seq(const struct app_batch *batch, uint64_t seq, uint64_t *ret_case)
{
        if (seq < batch->next_seq || seq - batch->next_seq >= batch->accepted_count)
                return false;
        *ret_case = batch->accepted[seq - batch->next_seq].case_id;
        return true;
}

bool accepted_find_id(const struct app_batch *batch, const char *id, uint64_t *ret_case, uint64_t *ret_seq)
{
        uint32_t number = batch->accepted_count == 0 ? 0 : *slot_of(batch, id);

        if (number == 0)
                return false;
        *ret_case = batch->accepted[number - 1].case_id;
        *ret_seq = batch->next_seq + number - 1;
        return true;
}
