/*
 * casefile - which recorded events stand, in which order (casefile.h).
 *
 * Positions are inherited through replacements whether or not a record is known
 * at the instant asked about, so that the order of a day never depends on it.
 */
#include "mappad/casefile.h"

#include <string.h>

#include "plan.h"
#include "standing.h"

#define SETTLED_MAX 64 /* places that late facts are moved one by one; they are few and not very late as a rule */

static bool upper_or_digit(char c)
{
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool letter_or_digit(char c)
{
        return upper_or_digit(c) || (c >= 'a' && c <= 'z');
}

bool casefile_reference_valid(const char *text)
{
        size_t length = strnlen(text, CASE_REF_MAX + 1);
        if (length < 2 || length > CASE_REF_MAX || !upper_or_digit(text[0]))
                return false;
        for (size_t i = 1; i < length; i++)
                if (!upper_or_digit(text[i]) && text[i] != '-')
                        return false;
        return true;
}

bool casefile_token_valid(const char *text)
{
        size_t length = strnlen(text, TOKEN_MAX + 1);
        if (length < 1 || length > TOKEN_MAX)
                return false;
        for (size_t i = 0; i < length; i++)
                if (!letter_or_digit(text[i]) && text[i] != '-')
                        return false;
        return true;
}

bool casefile_id_valid(const char *text)
{
        size_t length = strnlen(text, EVENT_ID_MAX + 1);
        if (length < 1 || length > EVENT_ID_MAX)
                return false;
        for (size_t i = 0; i < length; i++)
                if (text[i] < '!' || text[i] > '~')
                        return false;
        return true;
}

bool casefile_key_valid(const char *text)
{
        return casefile_token_valid(text) && letter_or_digit(text[0]);
}

size_t standing_find(const struct record *records, size_t count, uint64_t seq)
{
        size_t low = 0, high = count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (records[middle].fact.seq < seq)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < count && records[low].fact.seq == seq ? low : count;
}

bool standing_mark(const struct record *records, size_t count, int64_t known_at, struct arena *arena,
                   struct standing *ret_standing)
{
        bool *stands = arena_array(arena, count, sizeof *stands);
        uint64_t *positions = arena_array(arena, count, sizeof *positions);
        if (stands == NULL || positions == NULL)
                return false;
        for (size_t i = 0; i < count; i++) {
                const struct record *record = &records[i];
                bool known = record->recorded_at <= known_at;
                size_t target = record->refers != 0 ? standing_find(records, i, record->refers) : count;
                positions[i] = target < i ? positions[target] : record->fact.seq;
                stands[i] = known && !record->is_retraction;
                if (known && target < i)
                        stands[target] = false;
        }
        *ret_standing = (struct standing){stands, positions};
        return true;
}

bool fact_before(const struct fact *a, const struct fact *b)
{
        /* Bit by bit: which it is cannot be foreseen, and is not worth a branch. */
        return (a->on < b->on) | ((a->on == b->on) & (a->position < b->position));
}

static void merge_runs(const struct fact *from, struct fact *to, size_t low, size_t middle, size_t high)
{
        size_t a = low, b = middle;
        for (size_t i = low; i < high; i++) {
                bool take_b = a >= middle || (b < high && fact_before(&from[b], &from[a]));
                to[i] = take_b ? from[b++] : from[a++];
        }
}

/* Moves the last of some facts to its place among those before it, which are in order. How far. */
static size_t settle(struct fact *facts, size_t last)
{
        struct fact late = facts[last];
        size_t at = last;
        for (; at > 0 && fact_before(&late, &facts[at - 1]); at--)
                facts[at] = facts[at - 1];
        facts[at] = late;
        return last - at;
}

/* Bottom-up merge sort, since qsort may allocate. */
static struct fact *sort_facts(struct fact *facts, size_t count, struct arena *arena)
{
        struct fact *other = arena_room(arena, count, sizeof *other);
        if (other == NULL)
                return NULL;
        for (size_t width = 1; width < count; width *= 2) {
                for (size_t low = 0; low < count; low += 2 * width) {
                        size_t middle = low + width < count ? low + width : count;
                        size_t high = low + 2 * width < count ? low + 2 * width : count;
                        merge_runs(facts, other, low, middle, high);
                }
                struct fact *swap = facts;
                facts = other;
                other = swap;
        }
        return facts;
}

static bool begins_item(const struct ruleset *ruleset, const struct fact *fact)
{
        return (TYPE_BIT(fact->type) & ruleset->plan->beginnings) != 0 &&
               ruleset->vocabulary.events[fact->type].item_use == ITEM_USE_BEGINS;
}

/* Inserts an item by key; a key that was begun before keeps its first beginning. */
static size_t insert_item(struct item *items, size_t count, struct item item)
{
        size_t at = 0;
        while (at < count && strcmp(items[at].key, item.key) < 0)
                at++;
        if (at < count && strcmp(items[at].key, item.key) == 0)
                return count;
        memmove(&items[at + 1], &items[at], (count - at) * sizeof *items);
        items[at] = item;
        return count + 1;
}

bool standing_items(const struct ruleset *ruleset, struct arena *arena, struct casefile *casefile)
{
        size_t begun = 0;
        for (size_t i = 0; i < casefile->fact_count; i++)
                begun += begins_item(ruleset, &casefile->facts[i]);
        casefile->items = NULL;
        casefile->item_count = 0;
        if (begun == 0)
                return true;
        struct item *items = arena_array(arena, begun + 1, sizeof *items);
        if (items == NULL)
                return false;
        for (size_t i = 0; i < casefile->fact_count; i++) {
                const struct fact *fact = &casefile->facts[i];
                if (!begins_item(ruleset, fact))
                        continue;
                uint16_t kind = ruleset->vocabulary.events[fact->type].item_kind;
                casefile->item_count = insert_item(items, casefile->item_count,
                                                   (struct item){fact->item, kind, fact->on, fact->position});
        }
        casefile->items = items;
        return true;
}

/* Facts that stand, as they are found. */
struct kept {
        struct fact *facts;
        size_t count;
        size_t moved; /* places that late ones were moved */
        bool in_order;
        uint64_t types; /* TYPE_BIT of each */
};

static inline void keep(struct kept *kept, const struct fact *fact, uint64_t position)
{
        struct fact *own = &kept->facts[kept->count];
        *own = *fact;
        __builtin_prefetch(fact->fields); /* asked for when all are kept, and mostly lying elsewhere */
        own->position = position;
        kept->types |= TYPE_BIT(fact->type);
        if (kept->count > 0 && fact_before(own, own - 1)) {
                kept->in_order = kept->in_order && kept->moved <= SETTLED_MAX;
                kept->moved += kept->in_order ? settle(kept->facts, kept->count) : 0;
        }
        kept->count++;
}

/* Keeps what stands where records were retracted or replaced, or are not all known. false: no memory. */
static bool keep_standing(struct kept *kept, const struct record *records, size_t count, int64_t known_at,
                          int32_t last_day, struct arena *arena)
{
        struct standing standing;
        if (!standing_mark(records, count, known_at, arena, &standing))
                return false;
        for (size_t i = 0; i < count; i++)
                if (standing.stands[i] && records[i].fact.on <= last_day)
                        keep(kept, &records[i].fact, standing.positions[i]);
        return true;
}

/* Keeps records if each stands in its own place: none retracts or replaces, all are known. Whether they do; if not,
 * nothing is kept. */
static bool keep_all(struct kept *kept, const struct record *records, size_t count, int64_t known_at, int32_t last_day)
{
        struct kept all = *kept; /* nobody else's, so that it need not be read again after each fact */
        for (size_t i = 0; i < count; i++) {
                const struct record *record = &records[i];
                if (record->is_retraction || record->refers != 0 || record->recorded_at > known_at)
                        return false;
                if (record->fact.on <= last_day)
                        keep(&all, &record->fact, record->fact.seq);
        }
        *kept = all;
        return true;
}

enum status casefile_stand(const struct ruleset *ruleset, const struct record *records, size_t count, int64_t known_at,
                           int32_t last_day, struct arena *arena, struct casefile *ret_casefile)
{
        struct fact *facts = arena_room(arena, count, sizeof *facts);
        struct kept kept = {.facts = facts, .in_order = true};
        if (facts == NULL)
                return STATUS_NO_MEMORY;
        if (!keep_all(&kept, records, count, known_at, last_day) &&
            !keep_standing(&kept, records, count, known_at, last_day, arena))
                return STATUS_NO_MEMORY;
        if (!kept.in_order)
                facts = sort_facts(facts, kept.count, arena);
        if (facts == NULL)
                return STATUS_NO_MEMORY;
        struct casefile casefile = {.facts = facts, .fact_count = kept.count};
        if ((kept.types & ruleset->plan->beginnings) != 0 && !standing_items(ruleset, arena, &casefile))
                return STATUS_NO_MEMORY;
        *ret_casefile = casefile;
        return STATUS_OK;
}
