/*
 * report_guard - see report_guard.h.
 *
 * A move is looked for depth first: a relation that the move so far leaves out of
 * balance is mended by one more of its numbers, those that are hidden already before
 * those that would have to be, small ones before large ones. Shallow searches come
 * first, and each tries so many numbers and no more, so that the work is bounded and
 * the same each time. One move always exists, which is one more person in every
 * number that holds this one; if it is deeper than was looked, everything that hangs
 * together with the number is hidden.
 */
#include "report_guard.h"

#include <string.h>

#define DEPTH_MAX 64
#define TRIES_MAX 600 /* numbers tried in one search */

/* One number of the move in hand, and how the next one in its place is found. */
struct step {
        uint32_t relation; /* that it mends */
        uint64_t key;      /* how welcome it is; smaller is better */
        uint32_t number, place;
        int8_t sign;
        uint64_t cost;     /* of the move up to here */
        uint64_t up, down; /* how often the move can be made, and unmade */
};

struct search {
        struct guard *guard;
        uint64_t others;
        struct step steps[DEPTH_MAX];
        struct step best[DEPTH_MAX];
        size_t best_count; /* 0: none was found */
        uint64_t best_cost;
        size_t tries;
};

/* ---- numbers and relations ---- */

void guard_init(struct guard *guard, struct arena *arena)
{
        *guard = (struct guard){.arena = arena};
}

/* Room for one more of a list; false without memory. */
static bool grow(struct guard *guard, void **list, size_t count, size_t *room, size_t size)
{
        if (count < *room)
                return true;
        size_t wanted = *room == 0 ? 256 : *room * 2;
        void *larger = guard->failed || wanted >= GUARD_NONE ? NULL : arena_array(guard->arena, wanted, size);
        if (larger == NULL) {
                guard->failed = true;
                return false;
        }
        if (count > 0)
                memcpy(larger, *list, count * size);
        *list = larger;
        *room = wanted;
        return true;
}

uint32_t guard_add(struct guard *guard, uint64_t value, bool seen)
{
        void *list = guard->numbers;

        if (!grow(guard, &list, guard->number_count, &guard->number_room, sizeof *guard->numbers))
                return GUARD_NONE;
        guard->numbers = list;
        guard->numbers[guard->number_count] = (struct guard_number){.value = value, .seen = seen};
        return (uint32_t)guard->number_count++;
}

static void add_term(struct guard *guard, uint32_t number, int8_t sign)
{
        void *list = guard->terms;

        if (!grow(guard, &list, guard->term_count, &guard->term_room, sizeof *guard->terms))
                return;
        guard->terms = list;
        guard->terms[guard->term_count++] = (struct guard_term){number, sign};
}

/* A part more, or with sign -1 a whole more, of a relation; GUARD_NONE: nothing. */
static void relate(struct guard *guard, uint32_t whole, const uint32_t *parts, size_t count, struct guard_term rest)
{
        void *list = guard->relations;
        uint32_t first = (uint32_t)guard->term_count;

        if (!grow(guard, &list, guard->relation_count, &guard->relation_room, sizeof *guard->relations))
                return;
        guard->relations = list;
        add_term(guard, whole, -1);
        for (size_t i = 0; i < count; i++)
                add_term(guard, parts[i], 1);
        if (rest.number != GUARD_NONE)
                add_term(guard, rest.number, rest.sign);
        guard->relations[guard->relation_count++] =
                (struct guard_relation){.first = first, .count = (uint32_t)guard->term_count - first};
}

static uint64_t sum_of(const struct guard *guard, const uint32_t *parts, size_t count)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < count; i++)
                sum += guard->numbers[parts[i]].value;
        return sum;
}

/* What is missing on one side, as a number of its own. Where nothing is, nothing ever is. */
static struct guard_term rest_of(struct guard *guard, uint64_t rest, int8_t sign)
{
        return (struct guard_term){rest == 0 ? GUARD_NONE : guard_add(guard, rest, false), sign};
}

void guard_equal(struct guard *guard, uint32_t whole, const uint32_t *parts, size_t count)
{
        if (!guard->failed)
                relate(guard, whole, parts, count, (struct guard_term){GUARD_NONE, 1});
}

void guard_at_most(struct guard *guard, uint32_t whole, const uint32_t *parts, size_t count)
{
        uint64_t value = guard->failed ? 0 : guard->numbers[whole].value, sum = sum_of(guard, parts, count);

        if (!guard->failed && sum <= value)
                relate(guard, whole, parts, count, rest_of(guard, value - sum, 1));
}

void guard_at_least(struct guard *guard, uint32_t whole, const uint32_t *parts, size_t count)
{
        uint64_t value = guard->failed ? 0 : guard->numbers[whole].value, sum = sum_of(guard, parts, count);

        if (!guard->failed && sum >= value)
                relate(guard, whole, parts, count, rest_of(guard, sum - value, -1));
}

bool guard_close(struct guard *guard)
{
        size_t numbers = guard->number_count;
        uint32_t *next;

        if (guard->failed)
                return false;
        guard->use_first = arena_array(guard->arena, numbers + 1, sizeof *guard->use_first);
        guard->uses = arena_array(guard->arena, guard->term_count, sizeof *guard->uses);
        guard->moved = arena_array(guard->arena, numbers, sizeof *guard->moved);
        next = arena_array(guard->arena, numbers + 1, sizeof *next);
        if (guard->use_first == NULL || guard->uses == NULL || guard->moved == NULL || next == NULL)
                return false;
        for (size_t i = 0; i < guard->term_count; i++)
                guard->use_first[guard->terms[i].number + 1]++;
        for (size_t i = 0; i < numbers; i++)
                guard->use_first[i + 1] += guard->use_first[i];
        memcpy(next, guard->use_first, (numbers + 1) * sizeof *next);
        for (uint32_t r = 0; r < guard->relation_count; r++)
                for (uint32_t i = 0; i < guard->relations[r].count; i++) {
                        const struct guard_term *term = &guard->terms[guard->relations[r].first + i];
                        guard->uses[next[term->number]++] = (struct guard_use){r, term->sign};
                }
        return true;
}

/* ---- a move ---- */

/* By how much a number can fall. A printed one that is hidden is at least 1; a printed 0 stays. */
static uint64_t room(const struct guard_number *number)
{
        return number->seen && number->value > 0 ? number->value - 1 : number->value;
}

/* What it costs to hide it. */
static uint64_t price(const struct guard_number *number)
{
        return number->hidden || !number->seen ? 0 : number->value;
}

/* Puts a number into the move, or with -sign takes it out of the balance again. */
static void turn(struct guard *guard, uint32_t number, int8_t sign)
{
        for (uint32_t i = guard->use_first[number]; i < guard->use_first[number + 1]; i++)
                guard->relations[guard->uses[i].relation].open += guard->uses[i].sign * sign;
}

static void put(struct search *search, const struct step *step)
{
        search->guard->moved[step->number] = true;
        turn(search->guard, step->number, step->sign);
}

static void take_back(struct search *search, const struct step *step)
{
        search->guard->moved[step->number] = false;
        turn(search->guard, step->number, (int8_t)-step->sign);
}

/* The first relation that the move leaves open; GUARD_NONE: it is complete. */
static uint32_t find_open(const struct search *search, size_t count)
{
        const struct guard *guard = search->guard;

        for (size_t s = 0; s < count; s++) {
                uint32_t number = search->steps[s].number;

                for (uint32_t i = guard->use_first[number]; i < guard->use_first[number + 1]; i++)
                        if (guard->relations[guard->uses[i].relation].open != 0)
                                return guard->uses[i].relation;
        }
        return GUARD_NONE;
}

/* How many relations a number would put out of balance that are in it. */
static uint64_t opens(const struct guard *guard, uint32_t number)
{
        uint64_t count = 0;

        for (uint32_t i = guard->use_first[number]; i < guard->use_first[number + 1]; i++)
                count += guard->relations[guard->uses[i].relation].open == 0;
        return count < 15 ? count : 15;
}

static struct step step_of(const struct search *search, size_t at, uint32_t place)
{
        const struct step *before = &search->steps[at - 1];
        const struct guard_relation *relation = &search->guard->relations[search->steps[at].relation];
        const struct guard_term *term = &search->guard->terms[relation->first + place];
        const struct guard_number *number = &search->guard->numbers[term->number];
        struct step step = {.relation = search->steps[at].relation, .number = term->number, .place = place};

        step.sign = (int8_t)((relation->open > 0) == (term->sign > 0) ? -1 : 1);
        step.up = step.sign < 0 && room(number) < before->up ? room(number) : before->up;
        step.down = step.sign > 0 && room(number) < before->down ? room(number) : before->down;
        step.cost = before->cost + price(number);
        step.key = price(number) << 4 | opens(search->guard, term->number);
        return step;
}

/* Whether a step leaves a move that is worth while. */
static bool is_good(const struct search *search, const struct step *step)
{
        const struct guard_number *number = &search->guard->numbers[step->number];

        if (search->guard->moved[step->number] || (number->seen && number->value == 0))
                return false;
        return step->up + step->down >= search->others && (search->best_count == 0 || step->cost < search->best_cost);
}

/* The next best number for the relation in a place of the move; false: none is left. */
static bool advance(struct search *search, size_t at)
{
        const struct step last = search->steps[at];
        const struct guard_relation *relation = &search->guard->relations[last.relation];
        struct step best = {.number = GUARD_NONE};

        for (uint32_t place = 0; place < relation->count; place++) {
                struct step step = step_of(search, at, place);
                bool tried = last.number != GUARD_NONE &&
                             (step.key < last.key || (step.key == last.key && place <= last.place));

                if (tried || !is_good(search, &step))
                        continue;
                if (best.number == GUARD_NONE || step.key < best.key)
                        best = step;
        }
        if (best.number == GUARD_NONE)
                return false;
        search->steps[at] = best;
        return true;
}

static void keep(struct search *search, size_t count)
{
        memcpy(search->best, search->steps, count * sizeof *search->best);
        search->best_count = count;
        search->best_cost = search->steps[count - 1].cost;
}

/* Looks for the cheapest move of a number and at most so many others. */
static void look(struct search *search, uint32_t number, size_t deepest)
{
        struct step first = {.number = number, .sign = 1, .up = UINT32_MAX, .relation = GUARD_NONE};
        size_t at = 1;

        first.down = room(&search->guard->numbers[number]);
        search->steps[0] = first;
        put(search, &first);
        search->steps[1] = (struct step){.number = GUARD_NONE, .relation = find_open(search, 1)};
        if (search->steps[1].relation == GUARD_NONE) { /* nothing is known of it */
                keep(search, 1);
                at = 0;
        }
        while (at > 0) {
                if (search->tries == 0 || !advance(search, at)) {
                        if (--at > 0)
                                take_back(search, &search->steps[at]);
                        continue;
                }
                search->tries--;
                put(search, &search->steps[at]);
                uint32_t open = find_open(search, at + 1);
                if (open == GUARD_NONE)
                        keep(search, at + 1);
                if (open == GUARD_NONE || at == deepest) {
                        take_back(search, &search->steps[at]);
                        continue;
                }
                search->steps[++at] = (struct step){.number = GUARD_NONE, .relation = open};
        }
        take_back(search, &first);
}

/* Takes in the other numbers of a relation that has one of those taken in; whether there were any. */
static bool spread(struct guard *guard, const struct guard_relation *relation)
{
        const struct guard_term *terms = &guard->terms[relation->first];
        uint32_t reached = 0;

        for (uint32_t i = 0; i < relation->count; i++)
                reached += guard->moved[terms[i].number];
        for (uint32_t i = 0; reached > 0 && i < relation->count; i++)
                guard->moved[terms[i].number] = true;
        return reached > 0 && reached < relation->count;
}

/* Hides whatever hangs together with a number. */
static void flood(struct guard *guard, uint32_t number)
{
        bool grew = true;

        guard->moved[number] = true;
        while (grew) {
                grew = false;
                for (uint32_t r = 0; r < guard->relation_count; r++)
                        grew |= spread(guard, &guard->relations[r]);
        }
        for (uint32_t i = 0; i < guard->number_count; i++) {
                struct guard_number *reached = &guard->numbers[i];

                reached->guarded |= guard->moved[i];
                reached->hidden |= guard->moved[i] && reached->seen && reached->value > 0;
                guard->moved[i] = false;
        }
}

void guard_hide(struct guard *guard, uint32_t number, uint64_t others)
{
        static const size_t depths[] = {4, 8, 16, DEPTH_MAX - 1};
        struct search search = {.guard = guard, .others = others};

        guard->numbers[number].hidden = true;
        if (guard->numbers[number].guarded)
                return;
        for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
                bool deepest = i + 1 == sizeof depths / sizeof *depths;

                if (search.best_count > 0 && (search.best_cost == 0 || deepest))
                        break;
                search.tries = TRIES_MAX;
                look(&search, number, depths[i]);
        }
        for (size_t i = 0; i < search.best_count; i++) {
                struct guard_number *moved = &guard->numbers[search.best[i].number];

                moved->hidden |= moved->seen;
                moved->guarded = true;
        }
        if (search.best_count == 0)
                flood(guard, number);
}
