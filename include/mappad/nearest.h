/*
 * nearest - the valid word that somebody probably meant.
 */
#ifndef MAPPAD_NEAREST_H
#define MAPPAD_NEAREST_H

#include <stddef.h>
#include <stdint.h>

/* Purpose: of count candidate words the one with the smallest edit distance
 * (insert, delete, replace, swap of neighbours) from word, if that is at most a
 * third of the longer length plus one and leaves something of it; else the first that begins with it, if it has at
 * least four letters; else NULL. Ties go to the earlier word. Example: "pre-release" is near "pre-release-meeting".
 * Shape: words longer than 64 bytes are never near anything. */
const char *nearest_word(const char *word, const char *const *candidates, size_t count);

/* Purpose: that distance between two words, 0 .. 64; SIZE_MAX when one has more than 64 bytes. */
size_t nearest_distance(const char *one, const char *other);

#endif
