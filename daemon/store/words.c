/*
 * words - the dictionary: every text that recurs, once, with a small number.
 *
 * It holds the words of vocabularies and rules, past ones included, so its
 * size is that of the rule files and not of the caseload; all of it is kept in
 * memory. Numbers are dense from 1, in the order of making.
 */
#include "db.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"

#define WORDS_MAX 4000000u /* 20,000 rules of a hundred words each, twice over */

static uint32_t hash_text(const char *text)
{
        uint32_t hash = 2166136261u; /* FNV-1a; the words are our own, not a stranger's */

        for (; *text != '\0'; text++)
                hash = (hash ^ (uint8_t)*text) * 16777619u;
        return hash;
}

/* The slot of a text: its own, or the empty one where it belongs. */
static uint32_t slot_of(const struct words *words, const char *text)
{
        uint32_t slot = hash_text(text) & (words->slot_count - 1);

        while (words->slots[slot] != 0 && strcmp(words->texts[words->slots[slot]], text) != 0)
                slot = (slot + 1) & (words->slot_count - 1);
        return slot;
}

static void fill_slots(struct words *words)
{
        memset(words->slots, 0, words->slot_count * sizeof *words->slots);
        for (uint32_t id = 1; id <= words->count; id++)
                words->slots[slot_of(words, words->texts[id])] = id;
}

static enum status grow(struct words *words)
{
        uint32_t capacity = words->capacity == 0 ? 256 : words->capacity * 2;
        char **texts = NULL;
        uint32_t *slots = NULL;

        if (words->count + 1 < words->capacity)
                return STATUS_OK;
        if (capacity > WORDS_MAX)
                return STATUS_LIMIT;
        texts = realloc(words->texts, capacity * sizeof *texts);
        if (texts == NULL)
                return STATUS_NO_MEMORY;
        texts[0] = NULL;
        words->texts = texts;
        slots = realloc(words->slots, 2 * (size_t)capacity * sizeof *slots);
        if (slots == NULL)
                return STATUS_NO_MEMORY;
        words->slots = slots;
        words->slot_count = 2 * capacity;
        words->capacity = capacity;
        fill_slots(words);
        return STATUS_OK;
}

static enum status append(struct words *words, const char *text)
{
        enum status status = grow(words);
        char *copy = NULL;

        if (status != STATUS_OK)
                return status;
        copy = strdup(text);
        if (copy == NULL)
                return STATUS_NO_MEMORY;
        words->texts[++words->count] = copy;
        words->slots[slot_of(words, copy)] = words->count;
        return STATUS_OK;
}

enum status words_load(struct store *store)
{
        struct query query = query_begin(store, SQL_WORD_ALL);
        bool row = false;
        enum status status = query_step(&query, &row);

        while (status == STATUS_OK && row) {
                const char *text = column_text(&query, 1);
                if (text == NULL || column_id(&query, 0) != store->words.count + 1)
                        status = STATUS_CORRUPT;
                else
                        status = append(&store->words, text);
                if (status != STATUS_OK)
                        query_end(&query);
                else
                        status = query_step(&query, &row);
        }
        store->tail.word_count = store->words.count;
        return status;
}

void words_truncate(struct words *words, uint32_t count)
{
        if (words->count <= count)
                return;
        while (words->count > count)
                free(words->texts[words->count--]);
        fill_slots(words);
}

void words_free(struct words *words)
{
        words_truncate(words, 0);
        free(words->texts);
        free(words->slots);
        *words = (struct words){0};
}

/* A reader uses the dictionary of its writer: words only grow, and a snapshot needs no later ones. */
static const struct words *words_of(const struct store *store)
{
        return store->writer != NULL ? &store->writer->words : &store->words;
}

uint32_t store_word(const struct store *store, const char *text)
{
        const struct words *words = words_of(store);

        return words->count == 0 ? 0 : words->slots[slot_of(words, text)];
}

const char *store_text(const struct store *store, uint32_t word)
{
        const struct words *words = words_of(store);

        return word == 0 || word > words->count ? "" : words->texts[word];
}

uint32_t store_word_count(const struct store *store)
{
        return words_of(store)->count;
}

enum status store_intern(struct store *store, const char *text, uint32_t *ret_word)
{
        uint32_t word = store_word(store, text);
        struct query query;
        enum status status;

        ENSURE(store->writer == NULL);
        if (word != 0) {
                *ret_word = word;
                return STATUS_OK;
        }
        status = append(&store->words, text);
        if (status != STATUS_OK)
                return status;
        query = query_begin(store, SQL_WORD_ADD);
        query_int(&query, store->words.count);
        query_text(&query, text);
        status = query_run(&query);
        if (status != STATUS_OK) {
                words_truncate(&store->words, store->tail.word_count);
                return status;
        }
        store->tail.word_count = store->words.count;
        *ret_word = store->words.count;
        return STATUS_OK;
}
