/*
 * setting - the settings of a rule version, each as the text that a person would
 * write. Private to the engine.
 */
#ifndef ENGINE_SETTING_H
#define ENGINE_SETTING_H

#include "mappad/rule.h"

#define SETTING_CLOCK 0                 /* the first one: what sets the dates */

/* Purpose: how many settings there are; the name of one. */
size_t setting_count(void);
const char *setting_name(size_t setting);
/* Purpose: the text of a setting; "" where it is not given. The clock's text leads with its word:
 * "every 16 weeks after". Owns: arena. NULL when memory ran out. */
const char *setting_text(size_t setting, const struct ruleset *ruleset, const struct rule_version *version,
                         struct arena *arena);
/* Purpose: the word of the clock ("every", "within", "by", "at-least"), and its text without the word. */
const char *setting_clock_word(const struct rule_version *version);
const char *setting_clock_text(const struct ruleset *ruleset, const struct rule_version *version, struct arena *arena);
/* Purpose: an attribute's, event's or constraint's definition as text, for comparing. NULL: no memory. */
const char *setting_attribute(const struct vocabulary *vocabulary, const struct attribute *attribute,
                              struct arena *arena);
const char *setting_event(const struct vocabulary *vocabulary, const struct event_type *type, struct arena *arena);
const char *setting_constraint(const struct ruleset *ruleset, const struct constraint *constraint,
                               struct arena *arena);

#endif
