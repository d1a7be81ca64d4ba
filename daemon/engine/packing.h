/*
 * packing - the attributes of a state side by side in a few words.
 *
 * An enumeration takes one bit for "unset" and one for each value, a date two and half a word for its day. What is
 * asked of several attributes is then a mask over each word that holds one of them, and what an event always does to
 * them is two. Both are found once for a rule set.
 */
#ifndef MAPPAD_ENGINE_PACKING_H
#define MAPPAD_ENGINE_PACKING_H

#include "mappad/casefile.h"

/* Where an attribute's value lies in the words of a state. */
struct berth {
        uint64_t mask;                  /* of its bits, shifted down */
        uint16_t word, day_word;        /* VOCABULARY_NONE: it is no date */
        uint8_t shift, day_shift;
};

/* Attribute values side by side. */
struct state {
        const struct berth *berths;       /* by attribute */
        uint64_t *words;
};

static inline uint64_t berth_bits(struct berth berth, const uint64_t *words)
{
        return words[berth.word] >> berth.shift & berth.mask;
}

static inline uint64_t state_bits(struct state state, uint16_t attribute)
{
        return berth_bits(state.berths[attribute], state.words);
}

/* CIVIL_NONE where there is no date. */
static inline int32_t state_day(struct state state, uint16_t attribute)
{
        const struct berth *berth = &state.berths[attribute];
        if (berth->day_word == VOCABULARY_NONE)
                return CIVIL_NONE;
        return (int32_t)(uint32_t)(state.words[berth->day_word] >> berth->day_shift);
}

static inline struct value state_value(struct state state, uint16_t attribute)
{
        return (struct value){state_bits(state, attribute), state_day(state, attribute), NULL};
}

/* Purpose: whether an attribute has a value; tokens are none. */
static inline bool state_is(struct state state, uint16_t attribute, struct value value)
{
        return state_bits(state, attribute) == value.bits && state_day(state, attribute) == value.day;
}

/* Purpose: give an attribute a value. */
static inline void state_put(struct state state, uint16_t attribute, uint64_t bits, int32_t day)
{
        const struct berth *berth = &state.berths[attribute];
        uint64_t *word = &state.words[berth->word];
        *word = (*word & ~(berth->mask << berth->shift)) | (bits & berth->mask) << berth->shift;
        if (berth->day_word == VOCABULARY_NONE)
                return;
        word = &state.words[berth->day_word];
        *word = (*word & ~((uint64_t)UINT32_MAX << berth->day_shift)) | (uint64_t)(uint32_t)day << berth->day_shift;
}

/* Purpose: whether a condition holds over the bits that attributes have. */
static inline bool bits_hold(struct condition condition, struct state state)
{
        for (size_t i = 0; i < condition.count; i++)
                if ((state_bits(state, condition.terms[i].subject) & condition.terms[i].mask) == 0)
                        return false;
        return true;
}

/* Purpose: whether a condition holds in a state; an empty unless excludes nothing. */
static inline bool state_fits(struct condition condition, struct condition unless, struct state state)
{
        return bits_hold(condition, state) && (unless.count == 0 || !bits_hold(unless, state));
}

struct word_mask {
        uint64_t mask;
        uint16_t word;
};

/* What state_fits asks, over whole words: none of these bits, some of each of those, and not some of each of the
 * last. All but what a set has to hold, and an `unless` of several terms, is found among the first. */
struct guard {
        struct word_mask first;         /* of those of which there must be none; most guards say no more */
        bool more;
        const struct word_mask *none, *some, *spared;   /* the others */
        uint16_t none_count, some_count, spared_count;
};

static inline bool guard_holds(const struct guard *guard, const uint64_t *words)
{
        if ((words[guard->first.word] & guard->first.mask) != 0)
                return false;
        if (!guard->more)
                return true;
        for (size_t i = 0; i < guard->none_count; i++)
                if ((words[guard->none[i].word] & guard->none[i].mask) != 0)
                        return false;
        for (size_t i = 0; i < guard->some_count; i++)
                if ((words[guard->some[i].word] & guard->some[i].mask) == 0)
                        return false;
        for (size_t i = 0; i < guard->spared_count; i++)
                if ((words[guard->spared[i].word] & guard->spared[i].mask) == 0)
                        return true;
        return guard->spared_count == 0;
}

/* One step of what an event does: masks over a word, the value of a field, or an effect that hangs on what there is. */
struct change {
        const struct effect *effect;
        bool scoped;                    /* on the event's item; otherwise on the case */
        bool masks;                     /* word, keep and set say it all, where the effect's `when` holds */
        bool carries;                   /* it sets the attribute to the value of a field, if that is there */
        bool always;                    /* it has none, and changes the case */
        uint8_t shift, day_shift;       /* where in its words a value that it carries lies */
        uint16_t word, day_word;        /* day_word: VOCABULARY_NONE where no date is carried */
        uint64_t keep, set;             /* the bits that stay, those that are set; of what is carried set is its mask */
};

struct changes {
        const struct change *list;
        size_t count;
        bool scoped;                    /* some are */
};

struct packing {
        const struct attribute *attributes;     /* those of the vocabulary */
        const struct berth *berths;       /* by attribute */
        size_t bit_words;               /* the first words, which hold bits and no days */
        size_t words;                   /* all */
        const struct changes *changes;  /* by type of event */
};

/* Purpose: find places for the attributes of a vocabulary, and what its events change. Owns:
 * arena. false: no memory. */
bool packing_make(const struct vocabulary *vocabulary, struct arena *arena, struct packing *ret_packing);
/* Purpose: what a condition and an unless ask of the words. Owns: arena. false: no memory. */
bool guard_make(const struct packing *packing, struct condition condition, struct condition unless, struct arena *arena,
                struct guard *ret_guard);
/* Purpose: let one effect of an event change a state. */
void effect_apply(struct state state, const struct effect *effect, const struct fact *fact);

/* Purpose: write the value of a field where a step carries it to. */
static inline void change_carry(struct state state, const struct change *change, const struct value *value)
{
        uint64_t *word = &state.words[change->word];
        *word = (*word & change->keep) | (value->bits << change->shift & change->set);
        if (change->day_word == VOCABULARY_NONE)
                return;
        word = &state.words[change->day_word];
        *word = (*word & ~((uint64_t)UINT32_MAX << change->day_shift)) |
                (uint64_t)(uint32_t)value->day << change->day_shift;
}

/* Purpose: the same of one step of what an event does, whose `when` holds. */
static inline void change_apply(struct state state, const struct change *change, const struct fact *fact)
{
        if (change->masks) {
                state.words[change->word] = (state.words[change->word] & change->keep) | change->set;
        } else if (change->carries) {
                const struct value *value = &fact->fields[change->effect->from_field];
                if (value->bits != VALUE_UNSET)
                        change_carry(state, change, value);
        } else {
                effect_apply(state, change->effect, fact);
        }
}

#endif
