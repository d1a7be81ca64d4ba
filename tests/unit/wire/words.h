/*
 * words - a small vocabulary for the tests of the JSON forms, made by hand because this layer
 * knows nothing of rule files.
 */
#ifndef TESTS_WIRE_WORDS_H
#define TESTS_WIRE_WORDS_H

#include <stdlib.h>
#include <string.h>

#include "mappad/wire.h"

static const char *const level_words[] = {"1", "2", "3"};
static const char *const place_words[] = {"custody", "hospital", "community"};
static const char *const agency_words[] = {"police", "probation", "prison"};

static const struct item_kind item_kinds[] = {{"order", NULL}, {"action", NULL}};
enum { ATTRIBUTE_LEVEL, ATTRIBUTE_PLACE, ATTRIBUTE_ENDS };
static const struct attribute attributes[] = {
        {.name = "level", .kind = VALUE_ENUM, .scope = VOCABULARY_NONE, .values = level_words, .value_count = 3},
        {.name = "place", .kind = VALUE_ENUM, .scope = VOCABULARY_NONE, .values = place_words, .value_count = 3},
        {.name = "ends", .kind = VALUE_DATE, .scope = VOCABULARY_NONE},
};
static const struct field level_fields[] = {
        {"level", VALUE_ENUM, ATTRIBUTE_LEVEL, level_words, 3, true},
        {"agencies", VALUE_SET, VOCABULARY_NONE, agency_words, 3, false},
        {"ends", VALUE_DATE, ATTRIBUTE_ENDS, NULL, 0, false},
        {"note", VALUE_TOKEN, VOCABULARY_NONE, NULL, 0, false},
};
static const struct term released_terms[] = {{ATTRIBUTE_PLACE, VALUE_BIT(0) | VALUE_BIT(1)}};
enum { EVENT_LEVEL, EVENT_RELEASED, EVENT_ORDER, EVENT_VARIED, EVENT_MEETING };
static const struct event_type event_types[] = {
        {.name = "level-set", .item_kind = VOCABULARY_NONE, .fields = level_fields, .field_count = 4},
        {.name = "released", .item_kind = VOCABULARY_NONE, .needs = {released_terms, 1}},
        {.name = "order-made", .item_use = ITEM_USE_BEGINS, .item_kind = 0},
        {.name = "order-varied", .item_use = ITEM_USE_NAMES, .item_kind = 0},
        {.name = "meeting-held", .item_use = ITEM_USE_MAY_NAME, .item_kind = 1},
};
static const char *const unit_words[] = {"unit", "$agency"};
static const struct stage stages[] = {{.at = "2 weeks before", .to = unit_words, .to_count = 2}, {.at = "due", .to_count = 0}};
static const struct rule_version versions[] = {
        {.title = "Review \"L2\"", .strength = STRENGTH_SHOULD, .dated = true, .in_force_from = 18000, .stages = stages, .stage_count = 2},
        {.title = "Other", .strength = STRENGTH_MUST, .dated = false, .in_force_from = CIVIL_MIN},
};
static const struct rule rules[] = {{.id = "review", .per = VOCABULARY_NONE, .versions = versions, .version_count = 2}};
static const struct ruleset ruleset = {
        .vocabulary = {item_kinds, 2, attributes, 3, event_types, 5}, .rules = rules, .rule_count = 1};

static inline void *words_grow(size_t size)
{
        return malloc(size);
}

/* A zero-terminated day for tables: 2023-03-01 is day 19417 (19358 is 2023-01-01; January and February have 59). */
#define DAY_2023_03_01 19417

#endif
