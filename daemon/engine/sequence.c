/*
 * sequence - see sequence.h.
 */
#include "sequence.h"

/* An answer, and what the outlet knew of it. */
struct held {
        struct obligation obligation;
        struct clock clock;
        struct course course;
        bool clocked;
        int32_t asked, used_until, date;
        struct held *next;
};

static bool comes_before(const struct obligation *a, const struct obligation *b)
{
        return a->started < b->started;
}

/* Behind all that do not come after it. Answers of one clock rise, so the search mostly goes on where it ended. */
static void put_in(struct sequence *sequence, struct held *held)
{
        struct held *before = sequence->latest;
        if (before != NULL && comes_before(&held->obligation, &before->obligation))
                before = NULL;
        struct held **place = before != NULL ? &before->next : &sequence->first;
        while (*place != NULL && !comes_before(&held->obligation, &(*place)->obligation))
                place = &(*place)->next;
        held->next = *place;
        *place = held;
        sequence->latest = held;
}

static void hold(void *context, const struct obligation *obligation)
{
        struct sequence *sequence = context;
        const struct outlet *outlet = sequence->outlet;
        struct held *held = arena_alloc(outlet->arena, sizeof *held);
        if (held == NULL) {
                sequence->failed = true;
                return;
        }
        *held = (struct held){.obligation = *obligation,
                              .course = *outlet->course,
                              .clocked = outlet->clock != NULL,
                              .asked = outlet->asked,
                              .used_until = outlet->used_until,
                              .date = outlet->date};
        if (held->clocked)
                held->clock = *outlet->clock;
        put_in(sequence, held);
}

void sequence_begin(struct sequence *sequence, struct outlet *outlet)
{
        *sequence = (struct sequence){.outlet = outlet, .sink = outlet->sink, .context = outlet->context};
        outlet->sink = hold;
        outlet->context = sequence;
}

bool sequence_end(struct sequence *sequence)
{
        struct outlet *outlet = sequence->outlet;
        outlet->sink = sequence->sink;
        outlet->context = sequence->context;
        for (const struct held *held = sequence->first; !sequence->failed && held != NULL; held = held->next) {
                outlet->course = &held->course;
                outlet->clock = held->clocked ? &held->clock : NULL;
                outlet->asked = held->asked;
                outlet->used_until = held->used_until;
                outlet->date = held->date;
                outlet->sink(outlet->context, &held->obligation);
        }
        outlet->course = NULL;
        outlet->clock = NULL;
        return !sequence->failed;
}
