/*
 * declare - items, attributes and authorities: the names that everything else uses.
 *
 * A declaration with a mistake still gives its name, marked broken, so that those
 * who use it are not told a second time.
 */
#include "build.h"

#include <string.h>

#include "mappad/civil.h"

enum { ITEM_NAME, ITEM_LABEL, ITEM_COUNT };
static const struct cfg_key item_keys[ITEM_COUNT] = {
        [ITEM_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [ITEM_LABEL] = {"label", CFG_TEXT, 0},
};

static void declare_item(struct build *build, const struct cfg_file *file, const struct cfg_node *node)
{
        const struct cfg_node *found[ITEM_COUNT];
        struct item_kind kind;
        struct word_entry entry = {.index = (uint16_t)build->items.count, .file = file, .node = node};

        cfg_group(file, node, item_keys, ITEM_COUNT, found);
        if (found[ITEM_NAME] == NULL ||
            !build_word(file, found[ITEM_NAME], "item kind", cfg_text(found[ITEM_NAME]), false)) {
                build_lose(build, &build->items, file->name, cfg_line(node));
                return;
        }
        kind = (struct item_kind){build_text(build, found[ITEM_NAME]), build_text(build, found[ITEM_LABEL])};
        entry.name = kind.name;
        if (build->status == STATUS_OK && build_declare(build, &build->items, "item kind", &entry))
                build->item_list[entry.index] = kind;
}

void declare_items(struct build *build)
{
        size_t total = build_total(build, TOP_ITEMS);

        build->item_list = build_array(build, total, sizeof(*build->item_list));
        if (build->item_list != NULL && build_room(build, &build->items, "item kinds", total))
                build_each(build, TOP_ITEMS, declare_item);
}

/* One table for both kinds of attribute; the settings of the other kind are unknown to each. */
enum { ATTR_NAME, ATTR_VALUES, ATTR_SCOPE, ATTR_LABEL, ATTR_TYPE, ATTR_CASES = ATTR_TYPE, ATTR_COUNT };
static const struct cfg_key attribute_keys[ATTR_COUNT] = {
        [ATTR_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [ATTR_VALUES] = {"values", CFG_TEXTS, 0},
        [ATTR_SCOPE] = {"scope", CFG_TEXT, 0},
        [ATTR_LABEL] = {"label", CFG_TEXT, 0},
        [ATTR_TYPE] = {"type", CFG_TEXT, 0},
};
static const struct cfg_key derived_keys[ATTR_COUNT] = {
        [ATTR_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [ATTR_VALUES] = {"values", CFG_TEXTS, CFG_REQUIRED},
        [ATTR_SCOPE] = {"scope", CFG_TEXT, 0},
        [ATTR_LABEL] = {"label", CFG_TEXT, 0},
        [ATTR_CASES] = {"cases", CFG_GROUPS, CFG_REQUIRED},
};

const char *const *build_value_words(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                                     size_t *ret_count)
{
        size_t count = cfg_count(node);
        const char **words;

        if (count == 0 || count > VOCABULARY_VALUES_MAX) {
                cfg_error(file, node, "\"values\" lists %zu words; 1 to %d are possible", count, VOCABULARY_VALUES_MAX);
                return NULL;
        }
        words = build_array(build, count, sizeof(*words));
        for (size_t i = 0; words != NULL && i < count; i++) {
                const struct cfg_node *element = cfg_element(node, i);
                const char *text = cfg_text(element);

                if (strcmp(text, "set") == 0 || strcmp(text, "unset") == 0) {
                        cfg_error(file, element, "\"%s\" cannot be a value: conditions use that word themselves", text);
                        return NULL;
                }
                if (!build_word(file, element, "value", text, true))
                        return NULL;
                if (vocabulary_word(words, i, text) >= 0) {
                        cfg_error(file, element, "the value \"%s\" is listed twice", text);
                        return NULL;
                }
                words[i] = build_copy(build, text);
                if (words[i] == NULL)
                        return NULL;
        }
        *ret_count = count;
        return words;
}

/* `type` and `values` must go together. */
static bool kind_read(const struct cfg_file *file, const struct cfg_node *const *found, const struct cfg_node *node,
                      enum value_kind *ret_kind)
{
        static const char *const types[] = {"date", "set"};
        int type = found[ATTR_TYPE] == NULL ? -1 : build_choice(file, found[ATTR_TYPE], types, 2);

        if (found[ATTR_TYPE] != NULL && type < 0)
                return false;
        *ret_kind = type == 0 ? VALUE_DATE : type == 1 ? VALUE_SET : VALUE_ENUM;
        if (type == 0 && found[ATTR_VALUES] != NULL) {
                cfg_error(file, found[ATTR_VALUES], "a date has no \"values\"");
                return false;
        }
        if (type == 0 || found[ATTR_VALUES] != NULL)
                return true;
        cfg_error(file, node,
                  type == 1 ? "a set needs \"values\"" : "this attribute needs \"values\", or type = \"date\"");
        return false;
}

static bool attribute_read(struct build *build, const struct cfg_file *file, const struct cfg_node *const *found,
                           struct attribute *attribute)
{
        bool clean = true;

        attribute->scope = VOCABULARY_NONE;
        attribute->file = file->name;
        attribute->label = build_text(build, found[ATTR_LABEL]);
        if (found[ATTR_SCOPE] != NULL) {
                attribute->scope = build_find(build, file, found[ATTR_SCOPE], &build->items, "item kind");
                clean = attribute->scope != VOCABULARY_NONE;
        }
        if (found[ATTR_VALUES] == NULL)
                return clean;
        attribute->values = build_value_words(build, file, found[ATTR_VALUES], &attribute->value_count);
        return clean && attribute->values != NULL;
}

static void enter_attribute(struct build *build, const struct cfg_file *file, const struct cfg_node *node, bool derived)
{
        const struct cfg_node *found[ATTR_COUNT];
        struct attribute attribute = {.line = cfg_line(node), .derived = derived};
        struct word_entry entry = {.index = (uint16_t)build->attributes.count, .file = file, .node = node};
        bool clean = cfg_group(file, node, derived ? derived_keys : attribute_keys, ATTR_COUNT, found);
        struct mark *mark;

        if (found[ATTR_NAME] == NULL ||
            !build_free_word(file, found[ATTR_NAME], "attribute name", cfg_text(found[ATTR_NAME]))) {
                build_lose(build, &build->attributes, file->name, cfg_line(node));
                return;
        }
        attribute.name = build_text(build, found[ATTR_NAME]);
        if (clean && !derived)
                clean = kind_read(file, found, node, &attribute.kind);
        clean &= attribute_read(build, file, found, &attribute);
        entry.name = attribute.name;
        if (build->status != STATUS_OK || !build_declare(build, &build->attributes, "attribute", &entry))
                return;
        build->attribute_list[entry.index] = attribute;
        mark = &build->attribute_marks[entry.index];
        *mark = (struct mark){.file = file,
                              .node = node,
                              .broken = !clean,
                              .scope_lost = found[ATTR_SCOPE] != NULL && attribute.scope == VOCABULARY_NONE,
                              .reachable = VALUE_UNSET};
}

static void declare_plain(struct build *build, const struct cfg_file *file, const struct cfg_node *node)
{
        enter_attribute(build, file, node, false);
}

static void declare_derived(struct build *build, const struct cfg_file *file, const struct cfg_node *node)
{
        enter_attribute(build, file, node, true);
}

/* Plain attributes of all files come first, so that a row may use any of them. */
void declare_attributes(struct build *build)
{
        size_t total = build_total(build, TOP_ATTRIBUTES) + build_total(build, TOP_DERIVED);

        build->attribute_list = build_array(build, total, sizeof(*build->attribute_list));
        build->attribute_marks = build_scratch(build, total, sizeof(*build->attribute_marks));
        if (build->status != STATUS_OK || !build_room(build, &build->attributes, "attributes", total))
                return;
        build_each(build, TOP_ATTRIBUTES, declare_plain);
        build_each(build, TOP_DERIVED, declare_derived);
}

enum { AUTHORITY_ID, AUTHORITY_COUNT = 6 };
static const struct cfg_key authority_keys[AUTHORITY_COUNT] = {
        [AUTHORITY_ID] = {"id", CFG_TEXT, CFG_REQUIRED},
        {"document", CFG_TEXT, 0},
        {"section", CFG_TEXT, 0},
        {"title", CFG_TEXT, 0},
        {"period", CFG_TEXT, 0},
        {"note", CFG_TEXT, 0},
};

/* The engine has no use for what an authority says: the list is there so that rules cite nothing else. */
static void declare_authority(struct build *build, const struct cfg_file *file, const struct cfg_node *node)
{
        const struct cfg_node *found[AUTHORITY_COUNT];
        struct word_entry entry = {.file = file, .node = node};

        cfg_group(file, node, authority_keys, AUTHORITY_COUNT, found);
        if (found[AUTHORITY_ID] == NULL || cfg_text(found[AUTHORITY_ID])[0] == '\0')
                build_lose(build, &build->authorities, file->name, cfg_line(node));
        if (found[AUTHORITY_ID] == NULL)
                return;
        if (cfg_text(found[AUTHORITY_ID])[0] == '\0') {
                cfg_error(file, found[AUTHORITY_ID], "an authority's \"id\" is empty");
                return;
        }
        entry.name = build_text(build, found[AUTHORITY_ID]);
        if (entry.name != NULL)
                build_declare(build, &build->authorities, "authority", &entry);
}

void declare_authorities(struct build *build)
{
        size_t total = build_total(build, TOP_AUTHORITIES);

        build->authorities_declared = total > 0;
        if (build_room(build, &build->authorities, "authorities", total))
                build_each(build, TOP_AUTHORITIES, declare_authority);
}
