/*
 * nearest - what somebody probably meant to write.
 *
 * The distance is optimal string alignment: insertions, deletions,
 * replacements and swaps of neighbours, no part edited twice. Three rows of the
 * table are enough, and words are short, so it needs no memory of its own.
 */
#include "mappad/nearest.h"

#include <stdbool.h>
#include <string.h>

#define WORD_MAX 64
#define BEGINNING_MIN 4 /* fewer letters begin too much */

static size_t smaller(size_t a, size_t b)
{
        return a < b ? a : b;
}

/* Both words are at most WORD_MAX long. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
        size_t rows[3][WORD_MAX + 1];
        size_t *earlier = rows[0], *above = rows[1], *row = rows[2];

        for (size_t j = 0; j <= b_length; j++)
                above[j] = j;
        for (size_t i = 1; i <= a_length; i++) {
                size_t *spare = earlier;

                row[0] = i;
                for (size_t j = 1; j <= b_length; j++) {
                        row[j] = smaller(above[j], row[j - 1]) + 1;
                        row[j] = smaller(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                row[j] = smaller(row[j], earlier[j - 2] + 1);
                }
                earlier = above;
                above = row;
                row = spare;
        }
        return above[b_length];
}

size_t nearest_distance(const char *one, const char *other)
{
        size_t length = strlen(one), other_length = strlen(other);

        return length > WORD_MAX || other_length > WORD_MAX ? SIZE_MAX : distance(one, length, other, other_length);
}

const char *nearest_word(const char *word, const char *const *candidates, size_t count)
{
        const char *best = NULL;
        size_t best_distance = WORD_MAX + 1;
        size_t length = strlen(word);

        if (length > WORD_MAX)
                return NULL;
        for (size_t i = 0; i < count; i++) {
                size_t other = strlen(candidates[i]);
                size_t longer = length > other ? length : other;
                size_t found;

                if (other > WORD_MAX)
                        continue;
                found = distance(word, length, candidates[i], other);
                if (found < best_distance && found <= longer / 3 + 1 && found < longer) {
                        best = candidates[i];
                        best_distance = found;
                }
        }
        for (size_t i = 0; i < count && best == NULL && length >= BEGINNING_MIN; i++)
                if (strncmp(candidates[i], word, length) == 0)
                        best = candidates[i];
        return best;
}
