/*
 * condition - "{ level = "2"; status = ["managed", "unset"]; }" becomes masks.
 *
 * The same form asks about the attributes of a case, with or without an item's,
 * and about the fields of an event. A view says which names may be asked about;
 * a name outside it is refused with the reason it cannot be seen.
 */
#include "build.h"

#include <string.h>

/* An attribute or a field, as a condition sees it. */
struct subject {
        uint16_t index;
        const char *name;
        enum value_kind kind;
        const char *const *values;
        size_t value_count;
        uint64_t possible; /* bits it can have at all */
        bool broken;
};

/* The names a view sees, for a hint. NULL without memory. */
static const char **visible_names(struct build *build, const struct view *view, size_t *ret_count)
{
        size_t most = view->event != NULL ? view->event->field_count : view->limit;
        const char **names = arena_array(&build->scratch, most, sizeof(*names));
        size_t count = 0;

        for (size_t i = 0; names != NULL && i < most; i++) {
                const struct attribute *attribute = &build->attribute_list[i];

                if (view->event != NULL)
                        names[count++] = view->event->fields[i].name;
                else if (attribute->scope == VOCABULARY_NONE || attribute->scope == view->scope || view->any_scope)
                        names[count++] = attribute->name;
        }
        *ret_count = count;
        return names;
}

static void report_unknown(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                           const char *name, const struct view *view)
{
        struct arena_mark mark = arena_mark(&build->scratch);
        char hint[CFG_HINT_SIZE] = "";
        size_t count = 0;
        const char **names;

        if (view->event == NULL && strcmp(name, "unless") != 0 && build_holds_back(build, &build->attributes, name))
                return;
        names = visible_names(build, view, &count);
        if (names != NULL)
                build_hint(build, name, names, count, hint);
        if (view->event == NULL && strcmp(name, "unless") == 0)
                cfg_error(file, node, "\"unless\" stands beside a condition, not in it");
        else if (view->event == NULL)
                cfg_error(file, node, "no attribute is called \"%s\"%s", name, hint);
        else if (count == 0)
                cfg_error(file, node, "the event \"%s\" has no field \"%s\": it has none at all", view->event->name,
                          name);
        else
                cfg_error(file, node, "the event \"%s\" has no field \"%s\"%s", view->event->name, name, hint);
        arena_rewind(&build->scratch, mark);
}

/* Whether a view sees an attribute that is declared. */
static bool sees(struct build *build, const struct cfg_file *file, const struct cfg_node *node, const struct view *view,
                 uint16_t index)
{
        const struct attribute *attribute = &build->attribute_list[index];

        if (index == view->limit) {
                cfg_error(file, node, "\"%s\" cannot be made of itself", attribute->name);
                return false;
        }
        if (index > view->limit) {
                cfg_error(file, node, "\"%s\" is declared later; a row uses what is declared before its own attribute",
                          attribute->name);
                return false;
        }
        if (attribute->scope == VOCABULARY_NONE || attribute->scope == view->scope || view->any_scope)
                return true;
        cfg_error(file, node, "\"%s\" belongs to items of kind \"%s\", which %s does not see", attribute->name,
                  build->item_list[attribute->scope].name, view->sees);
        return false;
}

uint16_t view_attribute(struct build *build, const struct cfg_file *file, const struct cfg_node *node, const char *name,
                        const struct view *view)
{
        const struct word_entry *entry = words_find(&build->attributes, name);

        if (entry == NULL) {
                report_unknown(build, file, node, name, view);
                return VOCABULARY_NONE;
        }
        return sees(build, file, node, view, entry->index) ? entry->index : VOCABULARY_NONE;
}

uint16_t view_date(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                   const struct view *view)
{
        const struct attribute *attribute;
        uint16_t index;

        if (node == NULL)
                return VOCABULARY_NONE;
        index = view_attribute(build, file, node, cfg_text(node), view);
        if (index == VOCABULARY_NONE)
                return VOCABULARY_NONE;
        attribute = &build->attribute_list[index];
        if (attribute->kind == VALUE_DATE || build->attribute_marks[index].broken)
                return index;
        cfg_error(file, node, "\"%s\" takes a date attribute; \"%s\" is %s", cfg_name(node), attribute->name,
                  attribute->kind == VALUE_SET ? "a set of words"
                  : attribute->derived         ? "derived"
                                               : "an enumeration");
        return VOCABULARY_NONE;
}

static bool find_subject(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                         const struct view *view, struct subject *ret_subject)
{
        uint16_t index;

        if (view->event != NULL) {
                const struct field *field;

                index = vocabulary_field(view->event, cfg_name(node));
                if (index == VOCABULARY_NONE) {
                        if (!view->event_broken)
                                report_unknown(build, file, node, cfg_name(node), view);
                        return false;
                }
                field = &view->event->fields[index];
                *ret_subject = (struct subject){index,
                                                field->name,
                                                field->kind,
                                                field->values,
                                                field->value_count,
                                                field->required ? VALUE_ANY_SET : UINT64_MAX,
                                                view->event_broken};
                return true;
        }
        index = view_attribute(build, file, node, cfg_name(node), view);
        if (index == VOCABULARY_NONE)
                return false;
        *ret_subject = (struct subject){index,
                                        build->attribute_list[index].name,
                                        build->attribute_list[index].kind,
                                        build->attribute_list[index].values,
                                        build->attribute_list[index].value_count,
                                        build->attribute_marks[index].reachable,
                                        build->attribute_marks[index].broken};
        return true;
}

static void report_value(const struct cfg_file *file, const struct cfg_node *node, const struct value_words *allowed)
{
        const char *text = cfg_text(node);
        char hint[CFG_HINT_SIZE];

        if (allowed->count == 0)
                cfg_error(file, node, "\"%s\" is no value of \"%s\": only \"set\" and \"unset\" can be asked of it",
                          text, allowed->of);
        else
                cfg_error(file, node, "\"%s\" is no value of \"%s\"%s", text, allowed->of,
                          cfg_hint(file->diagnostics, text, allowed->words, allowed->count, hint));
}

/* The bits of one word; none when it is no value. */
static uint64_t word_bits(const struct value_words *allowed, const char *text)
{
        int index = vocabulary_word(allowed->words, allowed->count, text);

        if (index >= 0)
                return VALUE_BIT(index);
        if (allowed->states && strcmp(text, "unset") == 0)
                return VALUE_UNSET;
        return allowed->states && strcmp(text, "set") == 0 ? VALUE_ANY_SET : 0;
}

bool values_read(const struct cfg_file *file, const struct cfg_node *node, const struct value_words *allowed,
                 uint64_t *ret_bits)
{
        uint64_t seen = 0;

        for (size_t i = 0; i < cfg_count(node); i++) {
                const struct cfg_node *element = cfg_element(node, i);
                uint64_t bits = word_bits(allowed, cfg_text(element));
                bool again = false;

                if (bits == 0) {
                        report_value(file, element, allowed);
                        return false;
                }
                for (size_t j = 0; j < i; j++)
                        again |= strcmp(cfg_text_at(node, j), cfg_text(element)) == 0;
                if (again) {
                        cfg_error(file, element, "\"%s\" is listed twice", cfg_text(element));
                        return false;
                }
                if ((seen & bits & VALUE_ANY_SET) != 0)
                        cfg_warning(file, element, "\"set\" stands for every value; those beside it add nothing");
                seen |= bits;
        }
        *ret_bits = seen;
        return true;
}

/* Why no case, or no event, can have one of the values asked for. */
static void report_impossible(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                              const struct view *view, const struct subject *subject)
{
        const char *value = cfg_count(node) == 1 ? cfg_text_at(node, 0) : "any of these";
        const struct attribute *attribute = &build->attribute_list[subject->index];

        if (view->event != NULL)
                cfg_error(file, node, "this is never so: \"%s\" is required of every \"%s\"", subject->name,
                          view->event->name);
        else if (attribute->derived)
                cfg_error(file, node, "this is never so: no row makes \"%s\" %s", subject->name, value);
        else
                cfg_error(file, node, "this is never so: no event makes \"%s\" %s", subject->name, value);
}

static bool term_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                      const struct view *view, struct term *ret_term)
{
        struct value_words allowed = {.states = true};
        struct subject subject;

        if (!find_subject(build, file, node, view, &subject))
                return false;
        if (!cfg_is(node, CFG_TEXTS)) {
                cfg_error(file, node, "\"%s\" is %s; it must be a text or a list of texts", cfg_name(node),
                          cfg_kind(node));
                return false;
        }
        if (cfg_count(node) == 0) {
                cfg_error(file, node, "\"%s\" lists no value, so this is never so", cfg_name(node));
                return false;
        }
        if (subject.broken)
                return false;
        ret_term->subject = subject.index;
        allowed.of = subject.name;
        allowed.words = subject.values;
        allowed.count = subject.value_count;
        if (!values_read(file, node, &allowed, &ret_term->mask))
                return false;
        if (view->only_possible && (ret_term->mask & subject.possible) == 0) {
                report_impossible(build, file, node, view, &subject);
                return false;
        }
        if (ret_term->mask == UINT64_MAX)
                cfg_warning(file, node, "\"%s\" may be set or unset here, which is always so", cfg_name(node));
        return true;
}

/* Attributes of two item kinds are never seen together. */
static bool one_scope(struct build *build, const struct cfg_file *file, const struct cfg_node *group,
                      const struct condition *condition)
{
        uint16_t scope = VOCABULARY_NONE;

        for (size_t i = 0; i < condition->count; i++) {
                const struct attribute *attribute = &build->attribute_list[condition->terms[i].subject];

                if (attribute->scope == VOCABULARY_NONE || attribute->scope == scope)
                        continue;
                if (scope != VOCABULARY_NONE) {
                        cfg_error(file, cfg_member(group, i),
                                  "this asks about items of two kinds, \"%s\" and \"%s\"; an event has one",
                                  build->item_list[scope].name, build->item_list[attribute->scope].name);
                        return false;
                }
                scope = attribute->scope;
        }
        return true;
}

bool condition_read(struct build *build, const struct cfg_file *file, const struct cfg_node *group,
                    const struct view *view, struct condition *ret_condition)
{
        size_t count = group == NULL ? 0 : cfg_member_count(group);
        struct condition condition = {NULL, 0};
        struct term *terms;
        bool clean = true;

        *ret_condition = condition;
        if (count == 0)
                return true;
        terms = build_array(build, count, sizeof(*terms));
        if (terms == NULL)
                return false;
        for (size_t i = 0; i < count; i++)
                if (!term_read(build, file, cfg_member(group, i), view, &terms[i]))
                        clean = false;
        condition = (struct condition){terms, count};
        if (!clean || (view->any_scope && !one_scope(build, file, group, &condition)))
                return false;
        *ret_condition = condition;
        return true;
}
