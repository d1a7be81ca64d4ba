/*
 * gathering - see gathering.h.
 *
 * Ruleset and engine make the order cheap: rules are numbered by id, and the
 * obligations of a case come by rule, item, started. So it is enough to lay the
 * cases out by reference and then to sort by due day without changing what is
 * equal, which counting in two halves of the day's number does.
 */
#include "gathering.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"

/* All that an obligation is, in 72 bytes. */
struct gathered_row {
        uint32_t casefile; /* number of it in cases, before they are put in order */
        uint16_t rule, version;
        uint16_t missing;
        uint8_t state;
        bool provisional : 1, booked_late : 1, paused : 1, counting : 1;
        int32_t started, opens, due, nominal, plan_by, met_on, ended_on, booked;
        int32_t used_days, limit_days, done, needed;
        const char *key; /* NULL: no item */
};

struct gathered_case {
        uint32_t first, count; /* of rows */
        char ref[33];
};

#define FETCH_AHEAD 8 /* rows */
#define HALF_BITS 11
#define HALF_COUNT ((size_t)1 << HALF_BITS)
/* No date comes last; its number and every day's fit into two halves. */
#define DUE_NONE ((uint32_t)(CIVIL_MAX - CIVIL_MIN) + 1)
_Static_assert(DUE_NONE < (1u << 2 * HALF_BITS), "the number of a due day has two halves");

void gathering_init(struct gathering *gathering)
{
        *gathering = (struct gathering){0};
        arena_init(&gathering->keys, malloc, free);
}

void gathering_fini(struct gathering *gathering)
{
        free(gathering->rows);
        free(gathering->cases);
        free(gathering->order);
        arena_fini(&gathering->keys);
}

/* Makes room for one more; NULL when memory ran out, with what there was unharmed. */
static void *grown(void *list, size_t count, size_t *capacity, size_t size)
{
        if (count < *capacity)
                return list;
        size_t more = *capacity == 0 ? 64 : *capacity * 2;
        void *bigger = more > UINT32_MAX ? NULL : realloc(list, more * size);
        if (bigger != NULL)
                *capacity = more;
        return bigger;
}

bool gathering_case(struct gathering *gathering, const char *ref)
{
        struct gathered_case *cases =
                grown(gathering->cases, gathering->case_count, &gathering->case_capacity, sizeof *cases);

        if (cases == NULL)
                return false;
        gathering->cases = cases;
        struct gathered_case *casefile = &cases[gathering->case_count++];
        *casefile = (struct gathered_case){.first = (uint32_t)gathering->count};
        memcpy(casefile->ref, ref, strnlen(ref, CASE_REF_MAX));
        return true;
}

static struct gathered_row pack(const struct ruleset *ruleset, const struct obligation *from)
{
        return (struct gathered_row){
                .rule = from->rule,
                .version = (uint16_t)(from->version - ruleset->rules[from->rule].versions),
                .missing = from->missing,
                .state = (uint8_t)from->state,
                .provisional = from->provisional,
                .booked_late = from->booked_late,
                .paused = from->paused,
                .counting = from->counting,
                .started = from->started,
                .opens = from->opens,
                .due = from->due,
                .nominal = from->nominal,
                .plan_by = from->plan_by,
                .met_on = from->met_on,
                .ended_on = from->ended_on,
                .booked = from->booked,
                .used_days = from->used_days,
                .limit_days = from->limit_days,
                .done = from->done,
                .needed = from->needed,
        };
}

static struct obligation unpack(const struct ruleset *ruleset, const struct gathered_row *from)
{
        return (struct obligation){
                .rule = from->rule,
                .version = &ruleset->rules[from->rule].versions[from->version],
                .state = (enum obligation_state)from->state,
                .started = from->started,
                .opens = from->opens,
                .due = from->due,
                .nominal = from->nominal,
                .plan_by = from->plan_by,
                .provisional = from->provisional,
                .met_on = from->met_on,
                .ended_on = from->ended_on,
                .booked = from->booked,
                .booked_late = from->booked_late,
                .paused = from->paused,
                .used_days = from->used_days,
                .limit_days = from->limit_days,
                .missing = from->missing,
                .done = from->done,
                .needed = from->needed,
                .counting = from->counting,
        };
}

bool gathering_keep(struct gathering *gathering, const struct ruleset *ruleset, const struct obligation *obligation)
{
        struct gathered_row *rows = grown(gathering->rows, gathering->count, &gathering->capacity, sizeof *rows);
        const struct item *item = obligation->item;
        const char *key = NULL;

        ENSURE(gathering->case_count > 0);
        if (rows == NULL)
                return false;
        gathering->rows = rows;
        if (item != NULL) {
                key = arena_copy(&gathering->keys, item->key, strlen(item->key));
                if (key == NULL)
                        return false;
        }
        rows[gathering->count] = pack(ruleset, obligation);
        rows[gathering->count].key = key;
        rows[gathering->count++].casefile = (uint32_t)gathering->case_count - 1;
        gathering->cases[gathering->case_count - 1].count++;
        return true;
}

/* ---- order ---- */

static int by_ref(const void *a, const void *b, void *cases)
{
        const struct gathered_case *x = cases, *y = cases;

        return strcmp(x[*(const uint32_t *)a].ref, y[*(const uint32_t *)b].ref);
}

/* Numbers of the cases by reference; they come so more often than not. */
static uint32_t *order_cases(const struct gathering *gathering)
{
        const struct gathered_case *cases = gathering->cases;
        uint32_t *numbers = calloc(gathering->case_count + 1, sizeof *numbers);
        bool in_order = true;

        for (size_t i = 0; numbers != NULL && i < gathering->case_count; i++) {
                numbers[i] = (uint32_t)i;
                in_order = in_order && (i == 0 || strcmp(cases[i - 1].ref, cases[i].ref) < 0);
        }
        if (numbers != NULL && !in_order)
                qsort_r(numbers, gathering->case_count, sizeof *numbers, by_ref, gathering->cases);
        return numbers;
}

static uint64_t place_of(const struct gathered_row *row, uint32_t number)
{
        uint32_t due = row->due == CIVIL_NONE ? DUE_NONE : (uint32_t)(row->due - CIVIL_MIN);

        return (uint64_t)due << 32 | number;
}

/* Rows case by case, each with its due day. */
static void lay_out(const struct gathering *gathering, const uint32_t *numbers, uint64_t *ret_places)
{
        size_t count = 0;

        for (size_t i = 0; i < gathering->case_count; i++) {
                const struct gathered_case *casefile = &gathering->cases[numbers[i]];
                for (uint32_t r = casefile->first; r < casefile->first + casefile->count; r++)
                        ret_places[count++] = place_of(&gathering->rows[r], r);
        }
}

/* Sorts by one half of the due day; what is equal in it keeps its order. */
static void sort_half(const uint64_t *from, uint64_t *to, size_t count, unsigned shift)
{
        size_t starts[HALF_COUNT + 1] = {0};

        for (size_t i = 0; i < count; i++)
                starts[(from[i] >> shift) % HALF_COUNT + 1]++;
        for (size_t h = 1; h < HALF_COUNT; h++)
                starts[h] += starts[h - 1];
        for (size_t i = 0; i < count; i++)
                to[starts[(from[i] >> shift) % HALF_COUNT]++] = from[i];
}

bool gathering_order(struct gathering *gathering, bool within_case)
{
        size_t count = gathering->count;
        uint32_t *numbers = order_cases(gathering);
        uint64_t *order = calloc(count + 1, sizeof *order);
        uint64_t *other = calloc(count + 1, sizeof *other);
        bool good = numbers != NULL && order != NULL && other != NULL;

        if (good)
                lay_out(gathering, numbers, order);
        if (good && !within_case) {
                sort_half(order, other, count, 32);
                sort_half(other, order, count, 32 + HALF_BITS);
        }
        free(other);
        free(numbers);
        free(gathering->order);
        gathering->order = order;
        return good;
}

void gathering_row(const struct gathering *gathering, const struct ruleset *ruleset, size_t at,
                   struct answer_row *ret_row)
{
        const struct gathered_row *row = &gathering->rows[(uint32_t)gathering->order[at]];

        ENSURE(at < gathering->count);
        /* Rows next to each other in the list lie anywhere in memory: one is fetched while others are written. */
        if (at + FETCH_AHEAD < gathering->count)
                __builtin_prefetch(&gathering->rows[(uint32_t)gathering->order[at + FETCH_AHEAD]]);
        memcpy(ret_row->ref, gathering->cases[row->casefile].ref, sizeof ret_row->ref);
        ret_row->duty.obligation = unpack(ruleset, row);
        ret_row->key[0] = '\0';
        if (row->key == NULL)
                return;
        memcpy(ret_row->key, row->key, strlen(row->key) + 1);
        ret_row->duty.item = (struct item){.key = ret_row->key, .kind = ruleset->rules[row->rule].per};
        ret_row->duty.obligation.item = &ret_row->duty.item;
}
