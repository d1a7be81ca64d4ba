/*
 * appointment - an event made up so that it meets an obligation. Private to daemon/engine.
 */
#ifndef ENGINE_APPOINTMENT_H
#define ENGINE_APPOINTMENT_H

#include "mappad/obligation.h"

struct appointment {
        const struct ruleset *ruleset;
        const struct obligation *obligation;    /* the one that it meets */
        const struct obligation *others; size_t count;  /* which it meets too where one event can */
        int32_t day;
};

/* Purpose: the event; its type is VOCABULARY_NONE where only the beginning of an item would do. Owns: fields in arena;
 * the key is that of the obligation's item. false: no memory. */
bool appointment_make(const struct appointment *appointment, struct arena *arena, struct fact *ret_fact);

#endif
