/*
 * effects - what events do to attributes: clears, sets, adds, removes, and the
 * fields that carry an attribute, in that order.
 *
 * A value may be "$field". The engine copies a field's bits as they are, so a field
 * with words of its own, in an order of its own, is spread into one constant
 * effect a word. On the way it is learnt which values each attribute can ever
 * have, for the conditions that no case can meet.
 */
#include "build.h"

#include <string.h>

#include "event_keys.h"
#include "mappad/civil.h"

struct effects {
        struct build *build;
        const struct cfg_file *file;
        const struct event_type *event;
        bool broken;         /* the event has a mistake already */
        struct effect *list; /* scratch */
        size_t count, capacity;
};

static void append(struct effects *effects, const struct effect *effect)
{
        struct build *build = effects->build;

        if (effects->count == effects->capacity) {
                size_t capacity = effects->capacity == 0 ? 16 : 2 * effects->capacity;
                struct effect *list = build_scratch(build, capacity, sizeof(*list));

                if (list == NULL)
                        return;
                if (effects->count > 0)
                        memcpy(list, effects->list, effects->count * sizeof(*list));
                effects->list = list;
                effects->capacity = capacity;
        }
        effects->list[effects->count++] = *effect;
        if (effect->kind == EFFECT_SET || effect->kind == EFFECT_ADD)
                build->attribute_marks[effect->attribute].reachable |=
                        effect->from_field == VOCABULARY_NONE ? effect->constant.bits : VALUE_ANY_SET;
}

static struct view effects_view(const struct effects *effects)
{
        return (struct view){.scope = effects->event->item_use == ITEM_USE_NONE ? VOCABULARY_NONE
                                                                                : effects->event->item_kind,
                             .any_scope = event_item_lost(effects->event),
                             .limit = (uint16_t)effects->build->attributes.count,
                             .sees = "an event that names no such item"};
}

/* An attribute this event may change, or VOCABULARY_NONE. */
static uint16_t find_target(struct effects *effects, const struct cfg_node *node, const char *name)
{
        struct build *build = effects->build;
        struct view view = effects_view(effects);
        uint16_t index = view_attribute(build, effects->file, node, name, &view);

        if (index == VOCABULARY_NONE || !build->attribute_list[index].derived)
                return index;
        cfg_error(effects->file, node, "\"%s\" is derived: no event changes it", name);
        return VOCABULARY_NONE;
}

static bool same_words(const struct field *field, const struct attribute *attribute)
{
        if (field->value_count > attribute->value_count)
                return false;
        for (size_t i = 0; i < field->value_count; i++)
                if (strcmp(field->values[i], attribute->values[i]) != 0)
                        return false;
        return true;
}

/* The condition "the field holds this bit", beside what `when` says already. */
static bool narrowed(struct build *build, const struct condition *when, uint16_t field, uint64_t mask,
                     struct condition *ret_condition)
{
        struct term *terms = build_array(build, when->count + 1, sizeof(*terms));

        if (terms == NULL)
                return false;
        if (when->count > 0)
                memcpy(terms, when->terms, when->count * sizeof(*terms));
        terms[when->count] = (struct term){field, mask};
        *ret_condition = (struct condition){terms, when->count + 1};
        return true;
}

/* One constant effect for each word of the field. A set field given to `sets` replaces the whole set: it is
 * cleared first, when the field is there, and its words are added. */
static bool spread(struct effects *effects, const struct cfg_node *node, const struct effect *effect,
                   const struct field *field, uint16_t field_index)
{
        struct build *build = effects->build;
        const struct attribute *attribute = &build->attribute_list[effect->attribute];
        struct effect one = *effect;

        one.from_field = VOCABULARY_NONE;
        if (effect->kind == EFFECT_SET && field->kind == VALUE_SET) {
                one.kind = EFFECT_CLEAR;
                if (!narrowed(build, &effect->when, field_index, VALUE_ANY_SET, &one.when))
                        return false;
                append(effects, &one);
                one.kind = EFFECT_ADD;
        }
        for (size_t i = 0; i < field->value_count; i++) {
                int word = vocabulary_word(attribute->values, attribute->value_count, field->values[i]);

                if (word < 0) {
                        cfg_error(effects->file, node, "the field \"%s\" can be \"%s\", which is no value of \"%s\"",
                                  field->name, field->values[i], attribute->name);
                        return false;
                }
                one.constant = (struct value){VALUE_BIT(word), CIVIL_NONE, NULL};
                if (!narrowed(build, &effect->when, field_index, VALUE_BIT(i), &one.when))
                        return false;
                append(effects, &one);
        }
        return true;
}

static bool field_fits(const struct effects *effects, const struct cfg_node *node, const struct field *field,
                       const struct attribute *attribute)
{
        static const char *const kinds[] = {[VALUE_ENUM] = "one word",
                                            [VALUE_SET] = "a set of words",
                                            [VALUE_DATE] = "a date",
                                            [VALUE_TOKEN] = "a token"};

        if (field->kind == attribute->kind || (attribute->kind == VALUE_SET && field->kind == VALUE_ENUM))
                return true;
        cfg_error(effects->file, node, "the field \"%s\" is %s, but \"%s\" is %s", field->name, kinds[field->kind],
                  attribute->name, kinds[attribute->kind]);
        return false;
}

/* "$field": its value, if the event carries it. */
static bool take_field(struct effects *effects, const struct cfg_node *node, const char *name, struct effect *effect)
{
        struct build *build = effects->build;
        const struct attribute *attribute = &build->attribute_list[effect->attribute];
        uint16_t index = vocabulary_field(effects->event, name);
        const struct field *field;
        const char *names[64];
        char hint[CFG_HINT_SIZE];
        size_t count = 0;

        if (index == VOCABULARY_NONE) {
                while (count < effects->event->field_count && count < 64) {
                        names[count] = effects->event->fields[count].name;
                        count++;
                }
                if (!effects->broken)
                        cfg_error(effects->file, node, "the event \"%s\" has no field \"%s\"%s", effects->event->name,
                                  name, build_hint(build, name, names, count, hint));
                return false;
        }
        field = &effects->event->fields[index];
        if (build->attribute_marks[effect->attribute].broken || effects->broken)
                return false;
        if (!field_fits(effects, node, field, attribute))
                return false;
        if (field->kind != VALUE_DATE && !same_words(field, attribute))
                return spread(effects, node, effect, field, index);
        effect->from_field = index;
        append(effects, effect);
        return true;
}

/* A constant: the bits of all words together. */
static bool take_words(struct effects *effects, const struct cfg_node *node, struct effect *effect, bool *ret_any)
{
        const struct attribute *attribute = &effects->build->attribute_list[effect->attribute];
        char hint[CFG_HINT_SIZE];

        effect->constant = (struct value){0, CIVIL_NONE, NULL};
        for (size_t i = 0; i < cfg_count(node); i++) {
                const struct cfg_node *element = cfg_element(node, i);
                const char *text = cfg_text(element);
                int word;

                if (text[0] == '$')
                        continue;
                *ret_any = true;
                if (attribute->kind == VALUE_DATE) {
                        effect->constant.bits = VALUE_BIT(0);
                        if (!build_day(effects->file, element, &effect->constant.day))
                                return false;
                        continue;
                }
                word = vocabulary_word(attribute->values, attribute->value_count, text);
                if (word < 0) {
                        cfg_error(effects->file, element, "\"%s\" is no value of \"%s\"%s", text, attribute->name,
                                  strcmp(text, "unset") == 0
                                          ? "; \"clears\" unsets it"
                                          : cfg_hint(effects->build->diagnostics, text, attribute->values,
                                                     attribute->value_count, hint));
                        return false;
                }
                effect->constant.bits |= VALUE_BIT(word);
        }
        return true;
}

/* One setting of a `sets`, `adds` or `removes` group. */
static void read_change(struct effects *effects, const struct cfg_node *node, enum effect_kind kind,
                        const struct condition *when)
{
        struct build *build = effects->build;
        struct effect effect = {.kind = kind,
                                .when = *when,
                                .from_field = VOCABULARY_NONE,
                                .attribute = find_target(effects, node, cfg_name(node))};
        const struct attribute *attribute;
        bool any = false;

        if (effect.attribute == VOCABULARY_NONE)
                return;
        attribute = &build->attribute_list[effect.attribute];
        if (!cfg_is(node, CFG_TEXTS) || cfg_count(node) == 0) {
                cfg_error(effects->file, node, "\"%s\" is %s; it must be a text or a list of texts", cfg_name(node),
                          cfg_kind(node));
                return;
        }
        if (build->attribute_marks[effect.attribute].broken)
                return;
        if (kind != EFFECT_SET && attribute->kind != VALUE_SET) {
                cfg_error(effects->file, node, "\"%s\" is no set: \"sets\" and \"clears\" change it", attribute->name);
                return;
        }
        if (attribute->kind != VALUE_SET && cfg_count(node) > 1) {
                cfg_error(effects->file, node, "\"%s\" has one value at a time; %zu are listed", attribute->name,
                          cfg_count(node));
                return;
        }
        if (!take_words(effects, node, &effect, &any))
                return;
        if (any) {
                append(effects, &effect);
                effect.kind = kind == EFFECT_SET ? EFFECT_ADD : kind;
        }
        for (size_t i = 0; i < cfg_count(node); i++)
                if (cfg_text_at(node, i)[0] == '$')
                        take_field(effects, cfg_element(node, i), cfg_text_at(node, i) + 1, &effect);
}

static void read_changes(struct effects *effects, const struct cfg_node *node, enum effect_kind kind)
{
        struct view fields = {.event = effects->event, .event_broken = effects->broken, .only_possible = true};

        for (size_t i = 0; i < cfg_count(node); i++) {
                const struct cfg_node *group = cfg_element(node, i);
                struct condition when = {NULL, 0};
                bool clean = true;

                for (size_t j = 0; j < cfg_member_count(group); j++) {
                        const struct cfg_node *member = cfg_member(group, j);

                        if (strcmp(cfg_name(member), "when") != 0)
                                continue;
                        if (!cfg_is(member, CFG_GROUP)) {
                                cfg_error(effects->file, member, "\"when\" is %s; it must be a group",
                                          cfg_kind(member));
                                clean = false;
                        } else {
                                clean = condition_read(effects->build, effects->file, member, &fields, &when);
                        }
                }
                for (size_t j = 0; clean && j < cfg_member_count(group); j++)
                        if (strcmp(cfg_name(cfg_member(group, j)), "when") != 0)
                                read_change(effects, cfg_member(group, j), kind, &when);
        }
}

static void read_clears(struct effects *effects, const struct cfg_node *node)
{
        for (size_t i = 0; i < cfg_count(node); i++) {
                const struct cfg_node *element = cfg_element(node, i);
                struct effect effect = {.kind = EFFECT_CLEAR, .from_field = VOCABULARY_NONE};

                effect.attribute = find_target(effects, element, cfg_text(element));
                if (effect.attribute != VOCABULARY_NONE)
                        append(effects, &effect);
        }
}

static void carry_fields(struct effects *effects)
{
        for (size_t i = 0; i < effects->event->field_count; i++) {
                struct effect effect = {.kind = EFFECT_SET,
                                        .attribute = effects->event->fields[i].attribute,
                                        .from_field = (uint16_t)i};

                if (effect.attribute != VOCABULARY_NONE)
                        append(effects, &effect);
        }
}

/* A value that can never be given because its attribute is declared with a mistake is no mistake of its own. */
static void forgive_broken(struct build *build)
{
        bool any_event = build->unread || build->events.incomplete;

        for (size_t i = 0; i < build->events.count; i++)
                any_event |= build->event_marks[i].broken;
        for (size_t i = 0; i < build->attributes.count; i++)
                if (any_event || build->attribute_marks[i].broken)
                        build->attribute_marks[i].reachable = UINT64_MAX;
}

void resolve_effects(struct build *build)
{
        for (size_t i = 0; i < build->events.count && build->status == STATUS_OK; i++) {
                struct event_type *event = &build->event_list[i];
                const struct event_draft *draft = &build->event_drafts[i];
                struct effects effects = {.build = build,
                                          .file = build->event_marks[i].file,
                                          .event = event,
                                          .broken = build->event_marks[i].broken};
                size_t errors = build->diagnostics->error_count;
                struct effect *list;

                read_clears(&effects, draft->found[EVENT_CLEARS]);
                read_changes(&effects, draft->found[EVENT_SETS], EFFECT_SET);
                read_changes(&effects, draft->found[EVENT_ADDS], EFFECT_ADD);
                read_changes(&effects, draft->found[EVENT_REMOVES], EFFECT_REMOVE);
                carry_fields(&effects);
                build->event_marks[i].broken |= errors != build->diagnostics->error_count;
                list = build_array(build, effects.count, sizeof(*list));
                if (list == NULL)
                        return;
                if (effects.count > 0)
                        memcpy(list, effects.list, effects.count * sizeof(*list));
                event->effects = list;
                event->effect_count = effects.count;
        }
        forgive_broken(build);
}
