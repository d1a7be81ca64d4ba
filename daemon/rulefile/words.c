/*
 * words - names and their indices, found by hashing.
 *
 * The vocabulary's own look-ups are linear, which is right for the words of one
 * event line and wrong for 20,000 rules; here each costs one hash.
 */
#include "words.h"

#include <string.h>

/* FNV-1a. Names come from files that an administrator installs, so no key is needed against crafted ones;
 * the worst a crafted file can do is to be read slowly. */
static uint64_t hash(const char *name)
{
        uint64_t value = UINT64_C(14695981039346656037);

        for (; *name != '\0'; name++)
                value = (value ^ (unsigned char)*name) * UINT64_C(1099511628211);
        return value ^ value >> 32;
}

bool words_init(struct words *words, size_t most, struct arena *arena)
{
        size_t slot_count = 8;

        while (slot_count < 2 * most)
                slot_count *= 2;
        *words = (struct words){
                .slots = arena_array(arena, slot_count, sizeof(*words->slots)),
                .slot_count = slot_count,
                .names = arena_array(arena, most, sizeof(*words->names)),
        };
        return words->slots != NULL && words->names != NULL;
}

static struct word_entry *slot_of(const struct words *words, const char *name)
{
        size_t at = (size_t)hash(name) & (words->slot_count - 1);

        while (words->slots[at].name != NULL && strcmp(words->slots[at].name, name) != 0)
                at = (at + 1) & (words->slot_count - 1);
        return &words->slots[at];
}

void words_enter(struct words *words, const struct word_entry *entry)
{
        *slot_of(words, entry->name) = *entry;
        words->names[words->count++] = entry->name;
}

const struct word_entry *words_find(const struct words *words, const char *name)
{
        const struct word_entry *entry = slot_of(words, name);

        return entry->name == NULL ? NULL : entry;
}
