/*
 * packing - see packing.h.
 */
#include "packing.h"

#include <string.h>

#define WORD_BITS 64u
#define DAY_BITS 32u /* as state_day reads it */

static uint64_t set_with(uint64_t bits, uint64_t values)
{
        return values != 0 ? (bits | values) & ~VALUE_UNSET : bits;
}

static uint64_t set_without(uint64_t bits, uint64_t values)
{
        return (bits & ~values) != 0 ? bits & ~values : VALUE_UNSET;
}

void effect_apply(struct state state, const struct effect *effect, const struct fact *fact)
{
        const struct value *value = &effect->constant;
        uint16_t attribute = effect->attribute;
        if (effect->from_field != VOCABULARY_NONE) {
                value = &fact->fields[effect->from_field];
                if (value->bits == VALUE_UNSET)
                        return;
        }
        uint64_t values = value->bits & ~VALUE_UNSET;
        switch (effect->kind) {
        case EFFECT_CLEAR:
                state_put(state, attribute, VALUE_UNSET, CIVIL_NONE);
                return;
        case EFFECT_SET: /* an empty list unsets */
                state_put(state, attribute, value->bits != 0 ? value->bits : VALUE_UNSET, value->day);
                return;
        case EFFECT_ADD:
                state_put(state, attribute, set_with(state_bits(state, attribute), values), CIVIL_NONE);
                return;
        case EFFECT_REMOVE:
                state_put(state, attribute, set_without(state_bits(state, attribute), values), CIVIL_NONE);
                return;
        }
}

/* How many bits an attribute takes. */
static unsigned width_of(const struct attribute *attribute)
{
        return 1 + (attribute->kind == VALUE_DATE ? 1 : (unsigned)attribute->value_count);
}

/* Places bits one behind another; none goes over the end of a word. Days come behind all bits, two a word. */
static void place(const struct vocabulary *vocabulary, struct berth *berths, struct packing *packing)
{
        unsigned used = 0, days = 0;
        packing->bit_words = 1;
        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                unsigned width = width_of(&vocabulary->attributes[i]);
                if (used + width > WORD_BITS) {
                        packing->bit_words++;
                        used = 0;
                }
                berths[i] = (struct berth){.mask = UINT64_MAX >> (WORD_BITS - width),
                                           .word = (uint16_t)(packing->bit_words - 1),
                                           .day_word = VOCABULARY_NONE,
                                           .shift = (uint8_t)used};
                used += width;
        }
        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                if (vocabulary->attributes[i].kind != VALUE_DATE)
                        continue;
                berths[i].day_word = (uint16_t)(packing->bit_words + days / 2);
                berths[i].day_shift = (uint8_t)(days % 2 * DAY_BITS);
                days++;
        }
        packing->berths = berths;
        packing->words = packing->bit_words + (days + 1) / 2;
}

/* Whether an effect does to a word what two masks say, whatever there is and whatever the event carries. What is taken
 * from a set may leave nothing, which is a value of its own. */
static bool is_constant(const struct effect *effect)
{
        return effect->from_field == VOCABULARY_NONE && effect->kind != EFFECT_REMOVE;
}

/* Whether an effect sets an attribute to the value of a field. What is carried for a set may be nothing: it unsets. */
static bool carries_value(const struct packing *packing, const struct effect *effect)
{
        return effect->kind == EFFECT_SET && effect->from_field != VOCABULARY_NONE &&
               packing->attributes[effect->attribute].kind != VALUE_SET;
}

/* Whether two effects have their effect together. */
static bool go_together(const struct change *one, const struct change *other)
{
        return one->masks && one->scoped == other->scoped && one->effect->when.count == 0 &&
               other->effect->when.count == 0;
}

/* The changes of an event, as they are found. */
struct script {
        const struct packing *packing;
        struct state zeros, ones; /* room to try effects in */
        struct change *list;
        size_t count;
        size_t since; /* those from here on have their effect together */
};

/* Adds the masks of a word: to those there are, where both have their effect together. */
static void add_masks(struct script *script, struct change change)
{
        for (size_t i = script->since; i < script->count; i++) {
                struct change *before = &script->list[i];
                if (before->word != change.word)
                        continue;
                before->keep &= change.keep;
                before->set = (before->set & change.keep) | change.set;
                return;
        }
        script->list[script->count++] = change;
}

/* Finds the masks of a constant effect by trying it: what is set where nothing was, and what stays where all was. */
static void try_effect(struct script *script, struct change change)
{
        size_t words = script->packing->words;
        memset(script->zeros.words, 0, words * sizeof *script->zeros.words);
        memset(script->ones.words, 0xff, words * sizeof *script->ones.words);
        effect_apply(script->zeros, change.effect, NULL);
        effect_apply(script->ones, change.effect, NULL);
        for (size_t w = 0; w < words; w++) {
                change.word = (uint16_t)w;
                change.set = script->zeros.words[w];
                change.keep = script->ones.words[w] & ~change.set;
                if (change.set != 0 || change.keep != UINT64_MAX)
                        add_masks(script, change);
        }
}

/* Notes where a value that is carried goes. */
static void find_berth(const struct packing *packing, struct change *change)
{
        const struct berth *berth = &packing->berths[change->effect->attribute];
        change->word = berth->word;
        change->shift = berth->shift;
        change->set = berth->mask << berth->shift;
        change->keep = ~change->set;
        change->day_word = berth->day_word;
        change->day_shift = berth->day_shift;
}

static void add_effect(struct script *script, const struct effect *effect, bool scoped)
{
        struct change change = {.effect = effect,
                                .masks = is_constant(effect),
                                .carries = carries_value(script->packing, effect),
                                .scoped = scoped,
                                .always = effect->when.count == 0 && !scoped};
        if (script->count == 0 || !change.masks || !go_together(&script->list[script->count - 1], &change))
                script->since = script->count;
        if (change.carries)
                find_berth(script->packing, &change);
        if (change.masks)
                try_effect(script, change);
        else
                script->list[script->count++] = change;
}

static bool make_changes(struct script *script, const struct event_type *type, struct arena *arena,
                         struct changes *ret_changes)
{
        struct changes changes = {.scoped = false};
        /* A constant effect touches the word of the bits and that of the day. */
        script->list = arena_array(arena, 2 * type->effect_count, sizeof *script->list);
        script->count = 0;
        if (script->list == NULL)
                return false;
        for (size_t i = 0; i < type->effect_count; i++) {
                uint16_t scope = script->packing->attributes[type->effects[i].attribute].scope;
                add_effect(script, &type->effects[i], scope != VOCABULARY_NONE);
                changes.scoped = changes.scoped || scope != VOCABULARY_NONE;
        }
        changes.list = script->list;
        changes.count = script->count;
        *ret_changes = changes;
        return true;
}

bool packing_make(const struct vocabulary *vocabulary, struct arena *arena, struct packing *ret_packing)
{
        struct packing packing = {.attributes = vocabulary->attributes};
        struct berth *berths = arena_array(arena, vocabulary->attribute_count, sizeof *berths);
        struct changes *changes = arena_array(arena, vocabulary->event_count, sizeof *changes);
        if (berths == NULL || changes == NULL)
                return false;
        place(vocabulary, berths, &packing);
        uint64_t *zeros = arena_array(arena, packing.words, sizeof *zeros);
        uint64_t *ones = arena_array(arena, packing.words, sizeof *ones);
        if (zeros == NULL || ones == NULL)
                return false;
        struct script script = {.packing = &packing, .zeros = {berths, zeros}, .ones = {berths, ones}};
        for (size_t i = 0; i < vocabulary->event_count; i++)
                if (!make_changes(&script, &vocabulary->events[i], arena, &changes[i]))
                        return false;
        packing.changes = changes;
        *ret_packing = packing;
        return true;
}

/* Adds a mask to a list: to the one over its word, if there is one already and they may be one. */
static uint16_t add_mask(struct word_mask *list, uint16_t count, struct word_mask mask, bool together)
{
        for (uint16_t i = 0; together && i < count; i++) {
                if (list[i].word == mask.word) {
                        list[i].mask |= mask.mask;
                        return count;
                }
        }
        list[count] = mask;
        return (uint16_t)(count + 1);
}

static struct word_mask mask_of(const struct packing *packing, const struct term *term)
{
        const struct berth *berth = &packing->berths[term->subject];
        return (struct word_mask){(term->mask & berth->mask) << berth->shift, berth->word};
}

/* The values of its attribute that do not fit a term. */
static struct word_mask unfit(const struct packing *packing, const struct term *term)
{
        struct term others = {term->subject, ~term->mask};
        return mask_of(packing, &others);
}

bool guard_make(const struct packing *packing, struct condition condition, struct condition unless, struct arena *arena,
                struct guard *ret_guard)
{
        struct word_mask *none = arena_array(arena, condition.count + 1, sizeof *none);
        struct word_mask *some = arena_array(arena, condition.count, sizeof *some);
        struct word_mask *spared = arena_array(arena, unless.count, sizeof *spared);
        struct guard guard = {.none = none, .some = some, .spared = spared};
        if (none == NULL || some == NULL || spared == NULL)
                return false;
        for (size_t i = 0; i < condition.count; i++) {
                const struct term *term = &condition.terms[i];
                if (packing->attributes[term->subject].kind == VALUE_SET)
                        guard.some_count = add_mask(some, guard.some_count, mask_of(packing, term), false);
                else /* one bit of it is set */
                        guard.none_count = add_mask(none, guard.none_count, unfit(packing, term), true);
        }
        if (unless.count == 1)
                guard.none_count = add_mask(none, guard.none_count, mask_of(packing, &unless.terms[0]), true);
        for (size_t i = 0; unless.count > 1 && i < unless.count; i++)
                guard.spared_count = add_mask(spared, guard.spared_count, mask_of(packing, &unless.terms[i]), false);
        guard.more = guard.none_count > 1 || guard.some_count > 0 || guard.spared_count > 0;
        if (guard.none_count > 0) {
                guard.first = *guard.none++;
                guard.none_count--;
        }
        *ret_guard = guard;
        return true;
}
