/*
 * difference - what the files of the room share. Private to the engine.
 */
#ifndef ENGINE_DIFFERENCE_H
#define ENGINE_DIFFERENCE_H

#include "mappad/difference.h"

/* Purpose: whether others hear of an obligation that is open on both sides, and of which stages.
 * Owns: arena. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status difference_routes(const struct difference_question *question, struct arena *arena,
                                         struct difference *difference);

#endif
