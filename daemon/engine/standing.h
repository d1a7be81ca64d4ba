/*
 * standing - which records of a case stand; shared by casefile.c and admission.c.
 */
#ifndef MAPPAD_ENGINE_STANDING_H
#define MAPPAD_ENGINE_STANDING_H

#include "mappad/casefile.h"

/* Side by side with the records. */
struct standing {
        const bool *stands;             /* an event, known, neither retracted nor replaced */
        const uint64_t *positions;      /* order within a day, inherited through replacements */
};

/* Purpose: index of a record by its seq, or count. Cost: binary search. */
size_t standing_find(const struct record *records, size_t count, uint64_t seq);
/* Purpose: mark what stands as known at an instant. false: no memory. */
bool standing_mark(const struct record *records, size_t count, int64_t known_at, struct arena *arena,
                   struct standing *ret_standing);
/* Purpose: fill a casefile's items from its facts. false: no memory. */
bool standing_items(const struct ruleset *ruleset, struct arena *arena, struct casefile *casefile);
/* Purpose: the order of facts: by day, then position. */
bool fact_before(const struct fact *a, const struct fact *b);

#endif
