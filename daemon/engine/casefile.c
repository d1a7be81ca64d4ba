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

/* Whether every record stands in its own place: none retracts or replaces, and all are known. */
static bool all_stand(const struct record *records, size_t count, int64_t known_at)
{
        for (size_t i = 0; i < count; i++)
                if (records[i].is_retraction || records[i].refers != 0 || records[i].recorded_at > known_at)
                        return false;
        return true;
}

bool fact_before(const struct fact *a, const struct fact *b)
{
        return a->on != b->on ? a->on < b->on : a->position < b->position;
}

static void merge_runs(const struct fact *from, struct fact *to, size_t low, size_t middle, size_t high)
{
        size_t a = low, b = middle;
        for (size_t i = low; i < high; i++) {
                bool take_b = a >= middle || (b < high && fact_before(&from[b], &from[a]));
                to[i] = take_b ? from[b++] : from[a++];
        }
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
        return ruleset->vocabulary.events[fact->type].item_use == ITEM_USE_BEGINS;
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

enum status casefile_stand(const struct ruleset *ruleset, const struct record *records, size_t count, int64_t known_at,
                           int32_t last_day, struct arena *arena, struct casefile *ret_casefile)
{
        struct standing standing = {NULL, NULL};
        struct fact *facts = arena_room(arena, count, sizeof *facts);
        if (facts == NULL ||
            (!all_stand(records, count, known_at) && !standing_mark(records, count, known_at, arena, &standing)))
                return STATUS_NO_MEMORY;
        size_t kept = 0;
        uint64_t types = 0;
        bool in_order = true;
        for (size_t i = 0; i < count; i++) {
                if ((standing.stands != NULL && !standing.stands[i]) || records[i].fact.on > last_day)
                        continue;
                struct fact *fact = &facts[kept];
                *fact = records[i].fact;
                fact->position = standing.stands != NULL ? standing.positions[i] : fact->seq;
                in_order = in_order && (kept == 0 || !fact_before(fact, fact - 1));
                types |= TYPE_BIT(fact->type);
                kept++;
        }
        if (!in_order) /* they come sorted more often than not */
                facts = sort_facts(facts, kept, arena);
        if (facts == NULL)
                return STATUS_NO_MEMORY;
        struct casefile casefile = {.facts = facts, .fact_count = kept};
        if ((types & ruleset->plan->beginnings) != 0 && !standing_items(ruleset, arena, &casefile))
                return STATUS_NO_MEMORY;
        *ret_casefile = casefile;
        return STATUS_OK;
}
