/*
 * phrase - text that grows in an arena, for settings said in words.
 *
 * Failure is sticky: once memory ran out nothing more is added and phrase_end
 * gives NULL. Private to the engine.
 */
#ifndef ENGINE_PHRASE_H
#define ENGINE_PHRASE_H

#include <stdbool.h>

#include "mappad/rule.h"

struct phrase {
        struct arena *arena;
        char *bytes;
        size_t used, room;
        bool failed;
};

/* Purpose: begin; add a text, a number, a date, a period, "no" or "yes". */
struct phrase phrase_begin(struct arena *arena);
void phrase_put(struct phrase *phrase, const char *text);
void phrase_put_number(struct phrase *phrase, uint32_t number);
void phrase_put_day(struct phrase *phrase, int32_t day);
void phrase_put_period(struct phrase *phrase, struct period period);
/* Purpose: add a text, and a separator before it unless it is the first. */
void phrase_join(struct phrase *phrase, const char *separator, const char *text);
/* Purpose: the text so far, NUL-terminated; NULL when memory ran out. */
const char *phrase_end(struct phrase *phrase);

/* Purpose: add the values that a mask lists, by "|"; a condition ("level = 2, location = custody|hospital"); the
 * same on the fields of an event. An empty condition adds nothing. */
void phrase_put_values(struct phrase *phrase, const char *const *values, size_t count, uint64_t mask);
void phrase_put_condition(struct phrase *phrase, const struct vocabulary *vocabulary, struct condition condition);
void phrase_put_where(struct phrase *phrase, const struct event_type *type, struct condition where);
/* Purpose: add " when ..." and " unless ..." for what is not empty. */
void phrase_put_guard(struct phrase *phrase, const struct vocabulary *vocabulary, struct condition when,
                      struct condition unless);

#endif
