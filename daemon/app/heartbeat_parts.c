/*
 * heartbeat_parts - what is kept for one mailbox of what stands for it.
 *
 * There may be more than anybody is shown: the first are kept, some more than are
 * shown, and the others are counted. When one is taken away the next moves up; only
 * when more went than were kept in store are rows to be shown not known any more.
 */
#include "heartbeat_inside.h"

#include <stdlib.h>
#include <string.h>

static int compare_days(int32_t a, int32_t b)
{
        if (a == b)
                return 0;
        if (a == CIVIL_NONE || b == CIVIL_NONE)
                return a == CIVIL_NONE ? 1 : -1;
        return a < b ? -1 : 1;
}

/* Within a list obligations go by due date and reference, and then by their keys. */
static int compare(const struct heartbeat_kept *a, const struct heartbeat_kept *b)
{
        const struct heartbeat_place *x = &a->place, *y = &b->place;
        int order = x->urgency < y->urgency ? -1 : x->urgency > y->urgency;

        if (order == 0)
                order = compare_days(x->due, y->due);
        if (order == 0)
                order = strcmp(a->row.reference.text, b->row.reference.text);
        if (order == 0)
                order = x->rule < y->rule ? -1 : x->rule > y->rule;
        if (order == 0)
                order = strcmp(x->item, y->item);
        return order != 0 ? order : compare_days(x->started, y->started);
}

/* The place of the first that is kept and does not come before one. */
static size_t place_of(const struct heartbeat_mailbox *mailbox, const struct heartbeat_kept *kept)
{
        size_t low = 0, high = mailbox->count;

        /* Most come in their order. */
        if (high > 0 && compare(&mailbox->kept[high - 1], kept) < 0)
                return high;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (compare(&mailbox->kept[middle], kept) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool make_room(struct heartbeat_mailbox *mailbox)
{
        size_t capacity = mailbox->capacity == 0 ? 8 : mailbox->capacity * 2;
        struct heartbeat_kept *kept;

        if (mailbox->count < mailbox->capacity)
                return true;
        kept = realloc(mailbox->kept, capacity * sizeof *kept);
        if (kept == NULL)
                return false;
        mailbox->kept = kept;
        mailbox->capacity = capacity;
        return true;
}

enum status heartbeat_give(struct heartbeat_mailbox *mailbox, const struct heartbeat_kept *kept)
{
        size_t at = place_of(mailbox, kept);

        mailbox->standing[kept->row.group]++;
        /* Behind all that are kept others may stand that nobody knows. */
        if (at == mailbox->count && (mailbox->more || mailbox->count == HEARTBEAT_KEPT)) {
                mailbox->more = true;
                return STATUS_OK;
        }
        if (mailbox->count == HEARTBEAT_KEPT) {
                mailbox->count--;
                mailbox->more = true;
        }
        if (!make_room(mailbox))
                return STATUS_NO_MEMORY;
        memmove(&mailbox->kept[at + 1], &mailbox->kept[at], (mailbox->count - at) * sizeof *mailbox->kept);
        mailbox->kept[at] = *kept;
        mailbox->count++;
        return STATUS_OK;
}

static size_t all_standing(const struct heartbeat_mailbox *mailbox)
{
        size_t sum = 0;

        for (size_t i = 0; i < DIGEST_GROUP_COUNT; i++)
                sum += mailbox->standing[i];
        return sum;
}

void heartbeat_take(struct heartbeat_mailbox *mailbox, const struct heartbeat_kept *kept)
{
        size_t at = place_of(mailbox, kept);

        mailbox->standing[kept->row.group]--;
        if (at < mailbox->count && compare(&mailbox->kept[at], kept) == 0) {
                mailbox->count--;
                memmove(&mailbox->kept[at], &mailbox->kept[at + 1], (mailbox->count - at) * sizeof *mailbox->kept);
        }
        mailbox->more = mailbox->count < all_standing(mailbox);
}

bool heartbeat_short(const struct heartbeat_mailbox *mailbox)
{
        return mailbox->count < DIGEST_ROWS_SHOWN && mailbox->count < all_standing(mailbox);
}

enum status heartbeat_write_part(const struct heartbeat_mailbox *mailbox, struct arena *arena,
                                 struct heartbeat_part *ret_part)
{
        struct heartbeat_part part = {.mailbox = mailbox->mailbox,
                                      .rows = arena_array(arena, mailbox->count + HEARTBEAT_DOUBTS, sizeof *part.rows)};

        if (part.rows == NULL)
                return STATUS_NO_MEMORY;
        memcpy(part.left_out, mailbox->standing, sizeof part.left_out);
        for (size_t i = 0; i < mailbox->count && i < DIGEST_ROWS_SHOWN; i++) {
                part.rows[part.count++] = mailbox->kept[i].row;
                part.left_out[mailbox->kept[i].row.group]--;
        }
        *ret_part = part;
        return STATUS_OK;
}
