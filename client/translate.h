/*
 * translate - records read with the words of one rule set, as another rule set
 * reads them.
 *
 * The same as what the daemon does with lines recorded under earlier rules: they
 * were admitted and stay; a line with a word that is not known any more keeps its
 * place and counts for nothing.
 */
#ifndef MAPPACTL_TRANSLATE_H
#define MAPPACTL_TRANSLATE_H

#include "mappad/casefile.h"

struct translation;

/* Purpose: which word is which. Owns: arena. NULL when memory ran out. */
const struct translation *translation_new(const struct ruleset *before, const struct ruleset *after,
                                          struct arena *arena);
/* Purpose: translate count records; *ret_unreadable of them could not be. Owns: arena; texts are shared.
 * Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status translate(const struct translation *translation, const struct record *records, size_t count,
                                 struct arena *arena, struct record **ret_records, size_t *ret_unreadable);

#endif
