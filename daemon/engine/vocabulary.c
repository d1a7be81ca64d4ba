/*
 * vocabulary - from words to indices.
 *
 * Names are looked up when rule files are loaded and events are read, never
 * while obligations are derived, and a vocabulary has some dozens of them: the
 * searches are linear. Rules are many and sorted, so theirs is not.
 */
#include "mappad/rule.h"
#include "mappad/vocabulary.h"

#include <string.h>

uint16_t vocabulary_item(const struct vocabulary *vocabulary, const char *name)
{
        for (size_t i = 0; i < vocabulary->item_count; i++)
                if (strcmp(vocabulary->items[i].name, name) == 0)
                        return (uint16_t)i;
        return VOCABULARY_NONE;
}

uint16_t vocabulary_attribute(const struct vocabulary *vocabulary, const char *name)
{
        for (size_t i = 0; i < vocabulary->attribute_count; i++)
                if (strcmp(vocabulary->attributes[i].name, name) == 0)
                        return (uint16_t)i;
        return VOCABULARY_NONE;
}

uint16_t vocabulary_event(const struct vocabulary *vocabulary, const char *name)
{
        for (size_t i = 0; i < vocabulary->event_count; i++)
                if (strcmp(vocabulary->events[i].name, name) == 0)
                        return (uint16_t)i;
        return VOCABULARY_NONE;
}

uint16_t vocabulary_field(const struct event_type *type, const char *name)
{
        for (size_t i = 0; i < type->field_count; i++)
                if (strcmp(type->fields[i].name, name) == 0)
                        return (uint16_t)i;
        return VOCABULARY_NONE;
}

int vocabulary_word(const char *const *words, size_t count, const char *word)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(words[i], word) == 0)
                        return (int)i;
        return -1;
}

uint16_t ruleset_rule(const struct ruleset *ruleset, const char *id)
{
        size_t low = 0, high = ruleset->rule_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(ruleset->rules[middle].id, id);

                if (order == 0)
                        return (uint16_t)middle;
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return VOCABULARY_NONE;
}
