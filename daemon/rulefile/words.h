/*
 * words - names and their indices, found by hashing. Private to daemon/rulefile.
 */
#ifndef RULEFILE_WORDS_H
#define RULEFILE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cfg.h"
#include "mappad/arena.h"

/* A declared name. */
struct word_entry {
        const char *name;               /* lives as long as the table */
        uint16_t index;
        const struct cfg_file *file;    /* where it was declared */
        const struct cfg_node *node;
};

struct words {
        struct word_entry *slots;       /* open addressing; a free slot has no name */
        size_t slot_count;              /* a power of two, at least twice the names there will be */
        const char **names;             /* in order of entry, for hints */
        size_t count;
        bool incomplete;                /* a declaration had no name that could be read */
};

/* Purpose: make room for at most most names. Errors: false without memory. */
bool words_init(struct words *words, size_t most, struct arena *arena);
/* Purpose: enter a name that is not there yet. Shape: fewer than most were entered. */
void words_enter(struct words *words, const struct word_entry *entry);
/* Purpose: the entry of a name, or NULL. */
const struct word_entry *words_find(const struct words *words, const char *name);

#endif
