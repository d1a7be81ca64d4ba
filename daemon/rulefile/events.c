/*
 * events - names, items and fields of the events, and what must hold before one.
 *
 * What an event does to attributes is resolved in effects.c. Between the passes an
 * event is a draft: its settings, sorted.
 */
#include "build.h"

#include <string.h>

#include "event_keys.h"
#include "mappad/civil.h"

static const struct cfg_key event_keys[EVENT_KEYS] = {
        [EVENT_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [EVENT_LABEL] = {"label", CFG_TEXT, 0},
        [EVENT_FIELDS] = {"fields", CFG_GROUPS, 0},
        [EVENT_NEW_ITEM] = {"new-item", CFG_TEXT, 0},
        [EVENT_ITEM] = {"item", CFG_TEXT, 0},
        [EVENT_REQUIRES] = {"requires", CFG_GROUP, 0},
        [EVENT_UNLESS] = {"unless", CFG_GROUP, 0},
        [EVENT_SETS] = {"sets", CFG_GROUPS, 0},
        [EVENT_ADDS] = {"adds", CFG_GROUPS, 0},
        [EVENT_REMOVES] = {"removes", CFG_GROUPS, 0},
        [EVENT_CLEARS] = {"clears", CFG_TEXTS, 0},
};

enum { FIELD_NAME, FIELD_TYPE, FIELD_VALUES, FIELD_NEEDED, FIELD_COUNT };
static const struct cfg_key field_keys[FIELD_COUNT] = {
        [FIELD_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [FIELD_TYPE] = {"type", CFG_TEXT, 0},
        [FIELD_VALUES] = {"values", CFG_TEXTS, 0},
        [FIELD_NEEDED] = {"required", CFG_BOOL, 0},
};

/* A field named like an attribute takes its type from there and may not state another. */
static bool carry_attribute(struct build *build, const struct cfg_file *file, const struct cfg_node *const *found,
                            uint16_t index, struct field *field)
{
        const struct attribute *attribute = &build->attribute_list[index];
        const struct cfg_node *twice = found[FIELD_TYPE] != NULL ? found[FIELD_TYPE] : found[FIELD_VALUES];

        if (attribute->derived) {
                cfg_error(file, found[FIELD_NAME], "\"%s\" is derived: no event sets it", attribute->name);
                return false;
        }
        if (twice != NULL) {
                cfg_error(file, twice, "the field \"%s\" has the type of the attribute of that name; leave \"%s\" out",
                          attribute->name, cfg_name(twice));
                return false;
        }
        field->attribute = index;
        field->kind = attribute->kind;
        field->values = attribute->values;
        field->value_count = attribute->value_count;
        return !build->attribute_marks[index].broken;
}

bool event_item_lost(const struct event_type *event)
{
        return event->item_use != ITEM_USE_NONE && event->item_kind == VOCABULARY_NONE;
}

/* The attribute that a field of this name carries, or VOCABULARY_NONE. */
static uint16_t carried_by(const struct build *build, const struct event_type *event, const char *name)
{
        const struct word_entry *entry = words_find(&build->attributes, name);
        uint16_t scope;

        if (entry == NULL)
                return VOCABULARY_NONE;
        scope = build->attribute_list[entry->index].scope;
        if (scope == VOCABULARY_NONE || event_item_lost(event) ||
            (event->item_use != ITEM_USE_NONE && event->item_kind == scope))
                return entry->index;
        return VOCABULARY_NONE;
}

static bool own_type(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                     const struct cfg_node *const *found, struct field *field)
{
        static const char *const types[] = {"date", "token", "set"};
        static const enum value_kind kinds[] = {VALUE_DATE, VALUE_TOKEN, VALUE_SET};
        int type = found[FIELD_TYPE] == NULL ? -1 : build_choice(file, found[FIELD_TYPE], types, 3);
        char hint[CFG_HINT_SIZE];

        if (found[FIELD_TYPE] != NULL && type < 0)
                return false;
        field->kind = type < 0 ? VALUE_ENUM : kinds[type];
        if (type >= 0 && field->kind != VALUE_SET) {
                if (found[FIELD_VALUES] != NULL)
                        cfg_error(file, found[FIELD_VALUES], "a %s has no \"values\"", types[type]);
                return found[FIELD_VALUES] == NULL;
        }
        if (found[FIELD_VALUES] == NULL && words_find(&build->attributes, field->name) != NULL) {
                cfg_error(file, node,
                          "\"%s\" is an attribute of items that this event does not name, so this field needs "
                          "\"values\" or \"type\"",
                          field->name);
                return false;
        }
        if (found[FIELD_VALUES] == NULL && build_holds_back(build, &build->attributes, field->name))
                return false;
        if (found[FIELD_VALUES] == NULL) {
                cfg_error(file, node, "no attribute is called \"%s\", so this field needs \"values\" or \"type\"%s",
                          field->name,
                          build_hint(build, field->name, build->attributes.names, build->attributes.count, hint));
                return false;
        }
        field->values = build_value_words(build, file, found[FIELD_VALUES], &field->value_count);
        return field->values != NULL;
}

static bool field_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                       struct event_type *event, struct field *field)
{
        const struct cfg_node *found[FIELD_COUNT];
        bool clean = cfg_group(file, node, field_keys, FIELD_COUNT, found);
        const char *name = cfg_text(found[FIELD_NAME]);
        uint16_t attribute;

        if (!clean || !build_free_word(file, found[FIELD_NAME], "field name", name))
                return false;
        if (vocabulary_field(event, name) != VOCABULARY_NONE) {
                cfg_error(file, node, "the field \"%s\" is listed twice in the event \"%s\"", name, event->name);
                return false;
        }
        field->name = build_text(build, found[FIELD_NAME]);
        field->required = cfg_bool(found[FIELD_NEEDED], false);
        field->attribute = VOCABULARY_NONE;
        if (field->name == NULL)
                return false;
        attribute = carried_by(build, event, name);
        if (attribute != VOCABULARY_NONE)
                return carry_attribute(build, file, found, attribute, field);
        return own_type(build, file, node, found, field);
}

/* Fields with a mistake are left out; the event is then broken and nobody complains of their absence. */
static bool fields_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                        struct event_type *event)
{
        size_t count = cfg_count(node);
        struct field *fields = build_array(build, count, sizeof(*fields));
        bool clean = true;

        event->fields = fields;
        for (size_t i = 0; fields != NULL && i < count; i++) {
                if (field_read(build, file, cfg_element(node, i), event, &fields[event->field_count]))
                        event->field_count++;
                else
                        clean = false;
        }
        return clean && fields != NULL;
}

/* "KIND", or "KIND?" for an item that may be named. */
static bool item_read(struct build *build, const struct cfg_file *file, const struct cfg_node *const *found,
                      struct event_type *event)
{
        const struct cfg_node *node = found[EVENT_NEW_ITEM] != NULL ? found[EVENT_NEW_ITEM] : found[EVENT_ITEM];
        char kind[64 + 2], hint[CFG_HINT_SIZE];
        const struct word_entry *entry;
        size_t length;

        event->item_use = ITEM_USE_NONE;
        if (node == NULL)
                return true;
        if (found[EVENT_NEW_ITEM] != NULL && found[EVENT_ITEM] != NULL) {
                cfg_error(file, found[EVENT_ITEM],
                          "an event begins an item or names one: \"new-item\" and \"item\" do not go together");
                return false;
        }
        event->item_use = node == found[EVENT_NEW_ITEM] ? ITEM_USE_BEGINS : ITEM_USE_NAMES;
        snprintf(kind, sizeof(kind), "%s", cfg_text(node));
        length = strlen(kind);
        if (event->item_use == ITEM_USE_NAMES && length > 0 && kind[length - 1] == '?') {
                kind[length - 1] = '\0';
                event->item_use = ITEM_USE_MAY_NAME;
        }
        entry = words_find(&build->items, kind);
        if (entry == NULL && build_holds_back(build, &build->items, kind))
                return false;
        if (entry == NULL) {
                cfg_error(file, node, "no item kind is called \"%s\"%s", kind,
                          build_hint(build, kind, build->items.names, build->items.count, hint));
                return false;
        }
        event->item_kind = entry->index;
        return true;
}

static void declare_event(struct build *build, const struct cfg_file *file, const struct cfg_node *node)
{
        struct event_type event = {.file = file->name, .line = cfg_line(node), .item_kind = VOCABULARY_NONE};
        struct word_entry entry = {.index = (uint16_t)build->events.count, .file = file, .node = node};
        struct event_draft draft;
        bool clean = cfg_group(file, node, event_keys, EVENT_KEYS, draft.found);

        if (draft.found[EVENT_NAME] == NULL ||
            !build_word(file, draft.found[EVENT_NAME], "event name", cfg_text(draft.found[EVENT_NAME]), false)) {
                build_lose(build, &build->events, file->name, cfg_line(node));
                return;
        }
        event.name = build_text(build, draft.found[EVENT_NAME]);
        event.label = build_text(build, draft.found[EVENT_LABEL]);
        if (build->status != STATUS_OK)
                return;
        clean &= item_read(build, file, draft.found, &event);
        clean &= fields_read(build, file, draft.found[EVENT_FIELDS], &event);
        entry.name = event.name;
        if (build->status != STATUS_OK || !build_declare(build, &build->events, "event", &entry))
                return;
        build->event_list[entry.index] = event;
        build->event_drafts[entry.index] = draft;
        build->event_marks[entry.index] = (struct mark){.file = file, .node = node, .broken = !clean};
}

void declare_events(struct build *build)
{
        size_t total = build_total(build, TOP_EVENTS);

        build->event_list = build_array(build, total, sizeof(*build->event_list));
        build->event_drafts = build_scratch(build, total, sizeof(*build->event_drafts));
        build->event_marks = build_scratch(build, total, sizeof(*build->event_marks));
        if (build->status == STATUS_OK && build_room(build, &build->events, "events", total))
                build_each(build, TOP_EVENTS, declare_event);
}

void resolve_requirements(struct build *build)
{
        for (size_t i = 0; i < build->events.count && build->status == STATUS_OK; i++) {
                struct event_type *event = &build->event_list[i];
                const struct event_draft *draft = &build->event_drafts[i];
                const struct cfg_file *file = build->event_marks[i].file;
                struct view view = {.scope = event->item_use == ITEM_USE_NONE ? VOCABULARY_NONE : event->item_kind,
                                    .any_scope = event_item_lost(event),
                                    .limit = (uint16_t)build->attributes.count,
                                    .only_possible = true,
                                    .sees = "an event that names no such item"};

                condition_read(build, file, draft->found[EVENT_REQUIRES], &view, &event->needs);
                view.only_possible = false;
                condition_read(build, file, draft->found[EVENT_UNLESS], &view, &event->unless);
        }
}
