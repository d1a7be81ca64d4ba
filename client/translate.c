/*
 * translate - records read with the words of one rule set, as another rule set
 * reads them (translate.h).
 */
#include "translate.h"

#include <string.h>

struct field_map {
        uint16_t field; /* VOCABULARY_NONE: not known */
        uint64_t *bits; /* by declared value; 0: not known */
};

struct type_map {
        uint16_t type; /* VOCABULARY_NONE: not known */
        struct field_map *fields;
};

struct translation {
        const struct ruleset *before, *after;
        struct type_map *types;
        struct arena *arena;
};

static bool map_values(struct translation *translation, const struct field *old, const struct field *new,
                       struct field_map *map)
{
        map->bits = arena_array(translation->arena, old->value_count, sizeof *map->bits);
        if (map->bits == NULL)
                return false;
        for (size_t i = 0; i < old->value_count; i++) {
                int value = vocabulary_word(new->values, new->value_count, old->values[i]);

                map->bits[i] = value < 0 ? 0 : VALUE_BIT(value);
        }
        return true;
}

static bool map_fields(struct translation *translation, const struct event_type *old, struct type_map *map)
{
        const struct event_type *new = &translation->after->vocabulary.events[map->type];

        map->fields = arena_array(translation->arena, old->field_count, sizeof *map->fields);
        if (map->fields == NULL)
                return false;
        for (size_t i = 0; i < old->field_count; i++) {
                uint16_t field = vocabulary_field(new, old->fields[i].name);

                if (field != VOCABULARY_NONE && new->fields[field].kind != old->fields[i].kind)
                        field = VOCABULARY_NONE;
                map->fields[i].field = field;
                if (field != VOCABULARY_NONE &&
                    !map_values(translation, &old->fields[i], &new->fields[field], &map->fields[i]))
                        return false;
        }
        return true;
}

const struct translation *translation_new(const struct ruleset *before, const struct ruleset *after,
                                          struct arena *arena)
{
        struct translation *translation = arena_alloc(arena, sizeof *translation);
        const struct vocabulary *old = &before->vocabulary;

        if (translation == NULL)
                return NULL;
        *translation = (struct translation){before, after,
                                            arena_array(arena, old->event_count, sizeof *translation->types), arena};
        if (translation->types == NULL)
                return NULL;
        for (size_t i = 0; i < old->event_count; i++) {
                struct type_map *map = &translation->types[i];

                map->type = vocabulary_event(&after->vocabulary, old->events[i].name);
                if (map->type != VOCABULARY_NONE && !map_fields(translation, &old->events[i], map))
                        return NULL;
        }
        return translation;
}

/* The declared values that a value holds; false when one of them is not known. */
static bool map_bits(const struct field *old, const struct field_map *map, struct value *value)
{
        uint64_t bits = 0;

        if (old->kind != VALUE_ENUM && old->kind != VALUE_SET)
                return true;
        for (size_t i = 0; i < old->value_count; i++) {
                if ((value->bits & VALUE_BIT(i)) == 0)
                        continue;
                if (map->bits[i] == 0)
                        return false;
                bits |= map->bits[i];
        }
        value->bits = bits;
        return true;
}

/* Whether the type wants an item just as the event has one. */
static bool item_fits(const struct event_type *type, const struct fact *fact)
{
        return type->item_use == ITEM_USE_MAY_NAME || (fact->item != NULL) == (type->item_use != ITEM_USE_NONE);
}

static enum status translate_fact(const struct translation *translation, struct fact *fact, struct arena *arena,
                                  bool *ret_known)
{
        const struct event_type *old = &translation->before->vocabulary.events[fact->type];
        const struct type_map *map = &translation->types[fact->type];
        const struct event_type *new;
        struct value *values;

        *ret_known = false;
        if (map->type == VOCABULARY_NONE)
                return STATUS_OK;
        new = &translation->after->vocabulary.events[map->type];
        values = arena_array(arena, new->field_count, sizeof *values);
        if (values == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < new->field_count; i++)
                values[i] = (struct value){.bits = VALUE_UNSET, .day = CIVIL_NONE};
        for (size_t i = 0; i < old->field_count; i++) {
                if (fact->fields[i].bits == VALUE_UNSET)
                        continue;
                if (map->fields[i].field == VOCABULARY_NONE)
                        return STATUS_OK;
                values[map->fields[i].field] = fact->fields[i];
                if (!map_bits(&old->fields[i], &map->fields[i], &values[map->fields[i].field]))
                        return STATUS_OK;
        }
        fact->type = map->type;
        fact->fields = new->field_count == 0 ? NULL : values;
        *ret_known = item_fits(new, fact);
        return STATUS_OK;
}

enum status translate(const struct translation *translation, const struct record *records, size_t count,
                      struct arena *arena, struct record **ret_records, size_t *ret_unreadable)
{
        struct record *list = arena_array(arena, count, sizeof *list);

        *ret_unreadable = 0;
        if (list == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < count; i++) {
                bool known = true;
                enum status status = STATUS_OK;

                list[i] = records[i];
                if (!records[i].is_retraction)
                        status = translate_fact(translation, &list[i].fact, arena, &known);
                if (status != STATUS_OK)
                        return status;
                if (known)
                        continue;
                /* It keeps its place, so that what it replaced does not stand again. */
                list[i].is_retraction = true;
                list[i].fact = (struct fact){.on = CIVIL_MIN, .seq = records[i].fact.seq};
                (*ret_unreadable)++;
        }
        *ret_records = list;
        return STATUS_OK;
}
