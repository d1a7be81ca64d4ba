/*
 * lexicon - the store's words against the words of a rule set. See lexicon.h.
 */
#include "lexicon.h"

#include <stdlib.h>
#include <string.h>

static const char *const alert_words[WORD_COUNT] = {
        [WORD_BOOKED_LATE] = "booked-late", [WORD_MOVED] = "moved",           [WORD_BOOKING_PASSED] = "booking-passed",
        [WORD_UNEVALUABLE] = "unevaluable", [WORD_CONSTRAINT] = "constraint", [WORD_UNKNOWN] = "unknown-word",
        [WORD_CALENDAR] = "calendar",       [WORD_NO_CONTACT] = "no-contact", [WORD_DELIVERY] = "delivery",
        [WORD_RULES] = "rules-changed",     [WORD_MISSED] = "missed",
};

/* Where words come from: made if they are new, or only looked up (0: not there). */
struct dictionary {
        struct store *store;
        bool make;
};

static enum status find_word(const struct dictionary *dictionary, const char *text, uint32_t *ret_word)
{
        if (dictionary->make)
                return store_intern(dictionary->store, text, ret_word);
        *ret_word = store_word(dictionary->store, text);
        return STATUS_OK;
}

static enum status intern_values(const struct dictionary *store, struct lexicon *lexicon, const struct field *field,
                                 struct lexicon_field *words)
{
        enum status status = find_word(store, field->name, &words->name);

        words->values = arena_array(&lexicon->arena, field->value_count, sizeof *words->values);
        if (words->values == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; status == STATUS_OK && i < field->value_count; i++)
                status = find_word(store, field->values[i], &words->values[i]);
        return status;
}

static enum status intern_types(const struct dictionary *store, struct lexicon *lexicon)
{
        const struct vocabulary *vocabulary = &lexicon->ruleset->vocabulary;
        enum status status = STATUS_OK;

        lexicon->type_words = arena_array(&lexicon->arena, vocabulary->event_count, sizeof *lexicon->type_words);
        if (lexicon->type_words == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; status == STATUS_OK && i < vocabulary->event_count; i++) {
                const struct event_type *type = &vocabulary->events[i];
                struct lexicon_type *words = &lexicon->type_words[i];

                words->fields = arena_array(&lexicon->arena, type->field_count, sizeof *words->fields);
                if (words->fields == NULL)
                        return STATUS_NO_MEMORY;
                status = find_word(store, type->name, &words->name);
                for (size_t f = 0; status == STATUS_OK && f < type->field_count; f++)
                        status = intern_values(store, lexicon, &type->fields[f], &words->fields[f]);
        }
        return status;
}

static enum status intern_rule(const struct dictionary *store, const struct rule *rule, uint32_t *ret_word)
{
        uint32_t word = 0;
        enum status status = find_word(store, rule->id, ret_word);

        for (size_t v = 0; v < rule->version_count; v++)
                for (size_t s = 0; status == STATUS_OK && s < rule->versions[v].stage_count; s++)
                        status = find_word(store, rule->versions[v].stages[s].at, &word);
        return status;
}

static enum status intern_rest(const struct dictionary *store, struct lexicon *lexicon)
{
        const struct ruleset *ruleset = lexicon->ruleset;
        uint32_t word = 0;
        enum status status = STATUS_OK;

        lexicon->rule_words = arena_array(&lexicon->arena, ruleset->rule_count, sizeof *lexicon->rule_words);
        lexicon->attribute_words =
                arena_array(&lexicon->arena, ruleset->vocabulary.attribute_count, sizeof *lexicon->attribute_words);
        if (lexicon->rule_words == NULL || lexicon->attribute_words == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; status == STATUS_OK && i < ruleset->rule_count; i++)
                status = intern_rule(store, &ruleset->rules[i], &lexicon->rule_words[i]);
        for (size_t i = 0; status == STATUS_OK && i < ruleset->vocabulary.attribute_count; i++)
                status = find_word(store, ruleset->vocabulary.attributes[i].name, &lexicon->attribute_words[i]);
        for (size_t i = 0; status == STATUS_OK && i < ruleset->constraint_count; i++)
                status = find_word(store, ruleset->constraints[i].id, &word);
        for (size_t i = 0; status == STATUS_OK && i < WORD_COUNT; i++)
                status = find_word(store, alert_words[i], &lexicon->words[i]);
        return status;
}

static uint16_t *empty_index(struct lexicon *lexicon)
{
        uint16_t *index = arena_array(&lexicon->arena, (size_t)lexicon->word_count + 1, sizeof *index);

        if (index != NULL)
                memset(index, 0xff, ((size_t)lexicon->word_count + 1) * sizeof *index); /* VOCABULARY_NONE */
        return index;
}

static enum status build_indexes(struct lexicon *lexicon)
{
        const struct ruleset *ruleset = lexicon->ruleset;

        lexicon->types = empty_index(lexicon);
        lexicon->rules = empty_index(lexicon);
        lexicon->attributes = empty_index(lexicon);
        if (lexicon->types == NULL || lexicon->rules == NULL || lexicon->attributes == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < ruleset->vocabulary.event_count; i++)
                lexicon->types[lexicon->type_words[i].name] = (uint16_t)i;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                lexicon->rules[lexicon->rule_words[i]] = (uint16_t)i;
        for (size_t i = 0; i < ruleset->vocabulary.attribute_count; i++)
                lexicon->attributes[lexicon->attribute_words[i]] = (uint16_t)i;
        /* Word 0 is none. */
        lexicon->types[0] = lexicon->rules[0] = lexicon->attributes[0] = VOCABULARY_NONE;
        return STATUS_OK;
}

static enum status build(const struct dictionary *store, const struct ruleset *ruleset, struct lexicon **ret_lexicon)
{
        struct lexicon *lexicon = calloc(1, sizeof *lexicon);
        enum status status;

        if (lexicon == NULL)
                return STATUS_NO_MEMORY;
        arena_init(&lexicon->arena, malloc, free);
        lexicon->ruleset = ruleset;
        status = intern_types(store, lexicon);
        if (status == STATUS_OK)
                status = intern_rest(store, lexicon);
        lexicon->word_count = store_word_count(store->store);
        if (status == STATUS_OK)
                status = build_indexes(lexicon);
        if (status != STATUS_OK) {
                lexicon_free(lexicon);
                return status;
        }
        *ret_lexicon = lexicon;
        return STATUS_OK;
}

enum status lexicon_new(struct store *store, const struct ruleset *ruleset, struct lexicon **ret_lexicon)
{
        return build(&(struct dictionary){store, true}, ruleset, ret_lexicon);
}

enum status lexicon_peek(struct store *store, const struct ruleset *ruleset, struct lexicon **ret_lexicon)
{
        return build(&(struct dictionary){store, false}, ruleset, ret_lexicon);
}

void lexicon_free(struct lexicon *lexicon)
{
        if (lexicon == NULL)
                return;
        arena_fini(&lexicon->arena);
        free(lexicon);
}

uint16_t lexicon_type(const struct lexicon *lexicon, uint32_t word)
{
        return word > lexicon->word_count ? VOCABULARY_NONE : lexicon->types[word];
}

uint16_t lexicon_rule(const struct lexicon *lexicon, uint32_t word)
{
        return word > lexicon->word_count ? VOCABULARY_NONE : lexicon->rules[word];
}

uint16_t lexicon_attribute(const struct lexicon *lexicon, uint32_t word)
{
        return word > lexicon->word_count ? VOCABULARY_NONE : lexicon->attributes[word];
}

/* ---- fields ---- */

static void pack_value(const struct field *field, const struct lexicon_field *words, const struct value *value,
                       struct store_field *ret_packed)
{
        ret_packed->name = words->name;
        ret_packed->word_count = 0;
        switch (field->kind) {
        case VALUE_ENUM:
        case VALUE_SET:
                ret_packed->kind = field->kind == VALUE_ENUM ? STORE_WORD : STORE_WORDS;
                for (size_t i = 0; i < field->value_count; i++)
                        if ((value->bits & VALUE_BIT(i)) != 0)
                                ret_packed->words[ret_packed->word_count++] = words->values[i];
                break;
        case VALUE_DATE:
                ret_packed->kind = STORE_DAY;
                ret_packed->day = value->day;
                break;
        case VALUE_TOKEN:
                ret_packed->kind = STORE_TOKEN;
                memcpy(ret_packed->token, value->token, strnlen(value->token, TOKEN_MAX) + 1);
                ret_packed->token[TOKEN_MAX] = '\0';
                break;
        }
}

enum status lexicon_pack(const struct lexicon *lexicon, const struct fact *fact, struct arena *arena,
                         const uint8_t **ret_bytes, size_t *ret_size)
{
        const struct event_type *type = &lexicon->ruleset->vocabulary.events[fact->type];
        const struct lexicon_type *words = &lexicon->type_words[fact->type];
        struct store_field packed;
        uint8_t *bytes = NULL;
        size_t size = 0;

        for (size_t i = 0; i < type->field_count; i++) {
                if (fact->fields[i].bits == VALUE_UNSET)
                        continue;
                if (bytes == NULL)
                        bytes = arena_alloc(arena, type->field_count * STORE_FIELD_PACKED_MAX);
                if (bytes == NULL)
                        return STATUS_NO_MEMORY;
                pack_value(&type->fields[i], &words->fields[i], &fact->fields[i], &packed);
                size += store_field_pack(&packed, bytes + size);
        }
        *ret_bytes = bytes;
        *ret_size = size;
        return STATUS_OK;
}

static size_t find_field(const struct event_type *type, const struct lexicon_type *words, uint32_t name)
{
        size_t i = 0;

        while (i < type->field_count && words->fields[i].name != name)
                i++;
        return i;
}

/* The word that is not among the values of the field, or 0. */
static uint32_t unpack_bits(const struct field *field, const struct lexicon_field *words,
                            const struct store_field *packed, struct value *value)
{
        value->bits = 0;
        for (size_t w = 0; w < packed->word_count; w++) {
                size_t i = 0;
                while (i < field->value_count && words->values[i] != packed->words[w])
                        i++;
                if (i == field->value_count)
                        return packed->words[w] == 0 ? UINT32_MAX : packed->words[w];
                value->bits |= VALUE_BIT(i);
        }
        return 0;
}

static bool kinds_agree(enum value_kind kind, enum store_kind packed)
{
        switch (kind) {
        case VALUE_ENUM:
                return packed == STORE_WORD;
        case VALUE_SET:
                return packed == STORE_WORDS;
        case VALUE_DATE:
                return packed == STORE_DAY;
        case VALUE_TOKEN:
                return packed == STORE_TOKEN;
        }
        return false;
}

/* One field into its value; gives the unknown word, or 0. A token that stays NULL: memory ran out. */
static uint32_t unpack_value(const struct field *field, const struct lexicon_field *words,
                             const struct store_field *packed, struct arena *arena, struct value *value)
{
        if (!kinds_agree(field->kind, packed->kind))
                return packed->name;
        if (packed->kind == STORE_WORD || packed->kind == STORE_WORDS)
                return unpack_bits(field, words, packed, value);
        value->bits = VALUE_BIT(0);
        if (packed->kind == STORE_DAY)
                value->day = packed->day;
        else
                value->token = arena_copy(arena, packed->token, strlen(packed->token));
        return 0;
}

enum status lexicon_unpack(const struct lexicon *lexicon, uint16_t type_index, const struct store_line *line,
                           struct arena *arena, const struct value **ret_fields, uint32_t *ret_unknown)
{
        const struct event_type *type = &lexicon->ruleset->vocabulary.events[type_index];
        const struct lexicon_type *words = &lexicon->type_words[type_index];
        struct value *values = NULL;
        struct store_field packed;
        size_t at = 0;

        *ret_unknown = 0;
        *ret_fields = NULL;
        if (type->field_count > 0) {
                values = arena_room(arena, type->field_count, sizeof *values);
                if (values == NULL)
                        return STATUS_NO_MEMORY;
        }
        for (size_t i = 0; i < type->field_count; i++)
                values[i] = (struct value){.bits = VALUE_UNSET, .day = CIVIL_NONE};
        while (at < line->fields_size && *ret_unknown == 0) {
                size_t length = store_field_unpack(line->fields + at, line->fields_size - at, &packed);
                size_t i = length == 0 ? 0 : find_field(type, words, packed.name);
                at += length;
                if (length == 0)
                        *ret_unknown = UINT32_MAX;
                else if (i == type->field_count)
                        *ret_unknown = packed.name == 0 ? UINT32_MAX : packed.name;
                else
                        *ret_unknown = unpack_value(&type->fields[i], &words->fields[i], &packed, arena, &values[i]);
                if (*ret_unknown == 0 && packed.kind == STORE_TOKEN && values[i].token == NULL)
                        return STATUS_NO_MEMORY;
        }
        *ret_fields = values;
        return STATUS_OK;
}
