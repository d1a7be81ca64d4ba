/*
 * constraints - what the record is never to say, or not without a flag.
 */
#include <string.h>

#include "mappad/civil.h"
#include "rule_keys.h"

enum {
        C_ID,
        C_SEVERITY,
        C_SAYS,
        C_EVENT,
        C_WHERE,
        C_NEVER,
        C_BETWEEN,
        C_AT_LEAST,
        C_AT_MOST,
        C_DATE,
        C_NOT_AFTER,
        C_KEYS
};
static const struct cfg_key constraint_keys[C_KEYS] = {
        [C_ID] = {"id", CFG_TEXT, CFG_REQUIRED},
        [C_SEVERITY] = {"severity", CFG_TEXT, CFG_REQUIRED},
        [C_SAYS] = {"says", CFG_TEXT, 0},
        [C_EVENT] = {"event", CFG_TEXT, 0},
        [C_WHERE] = {"where", CFG_GROUP, 0},
        [C_NEVER] = {"never", CFG_GROUP, 0},
        [C_BETWEEN] = {"between", CFG_TEXTS, 0},
        [C_AT_LEAST] = {"at-least", CFG_TEXT, 0},
        [C_AT_MOST] = {"at-most", CFG_TEXT, 0},
        [C_DATE] = {"date", CFG_TEXT, 0},
        [C_NOT_AFTER] = {"not-after-due", CFG_TEXTS, 0},
};

struct reading {
        struct build *build;
        const struct cfg_file *file;
        const struct cfg_node *node;
        const struct cfg_node *found[C_KEYS];
        const struct event_type *event; /* NULL without */
        bool event_broken;
        struct constraint constraint;
};

/* Which of the three questions it asks, and that the settings of the others are absent. */
static bool choose_kind(struct reading *reading)
{
        static const struct {
                int key;
                enum constraint_kind kind;
        } questions[] = {
                {C_NEVER, CONSTRAINT_NEVER}, {C_BETWEEN, CONSTRAINT_BETWEEN}, {C_NOT_AFTER, CONSTRAINT_NOT_AFTER_DUE}};
        static const struct {
                int key;
                enum constraint_kind kind;
        } companions[] = {
                {C_AT_LEAST, CONSTRAINT_BETWEEN}, {C_AT_MOST, CONSTRAINT_BETWEEN}, {C_DATE, CONSTRAINT_NOT_AFTER_DUE}};
        static const char *const words[] = {"never", "between", "not-after-due"};
        const struct cfg_node *first = NULL;

        for (size_t i = 0; i < 3; i++) {
                const struct cfg_node *node = reading->found[questions[i].key];

                if (node != NULL && first != NULL) {
                        cfg_error(reading->file, node,
                                  "a constraint asks one thing: \"%s\" and \"%s\" do not go together", cfg_name(first),
                                  cfg_name(node));
                        return false;
                }
                if (node == NULL)
                        continue;
                first = node;
                reading->constraint.kind = questions[i].kind;
        }
        if (first == NULL) {
                cfg_error(reading->file, reading->node,
                          "this constraint asks nothing: \"never\", \"between\" or \"not-after-due\"");
                return false;
        }
        for (size_t i = 0; i < 3; i++) {
                const struct cfg_node *node = reading->found[companions[i].key];

                if (node == NULL || companions[i].kind == reading->constraint.kind)
                        continue;
                cfg_error(reading->file, node, "\"%s\" goes with \"%s\", not with \"%s\"", cfg_name(node),
                          words[companions[i].kind], cfg_name(first));
                return false;
        }
        return true;
}

static bool event_read(struct reading *reading)
{
        struct build *build = reading->build;
        const struct cfg_node *node = reading->found[C_EVENT];
        struct view fields = {.only_possible = true};

        reading->constraint.event = VOCABULARY_NONE;
        if (node == NULL && reading->found[C_WHERE] != NULL) {
                cfg_error(reading->file, reading->found[C_WHERE],
                          "\"where\" asks about an event's fields and needs \"event\"");
                return false;
        }
        if (node == NULL)
                return true;
        reading->constraint.event = build_find(build, reading->file, node, &build->events, "event");
        if (reading->constraint.event == VOCABULARY_NONE)
                return false;
        reading->event = &build->event_list[reading->constraint.event];
        reading->event_broken = build->event_marks[reading->constraint.event].broken;
        fields.event = reading->event;
        fields.event_broken = reading->event_broken;
        return condition_read(build, reading->file, reading->found[C_WHERE], &fields, &reading->constraint.where);
}

/* The state just after: of the event's item when it names one, of any one item when no event is named. */
static struct view state_view(const struct reading *reading)
{
        const struct event_type *event = reading->event;

        return (struct view){.scope = event == NULL || event->item_use == ITEM_USE_NONE ? VOCABULARY_NONE
                                                                                        : event->item_kind,
                             .any_scope = event == NULL || event_item_lost(event),
                             .limit = (uint16_t)reading->build->attributes.count,
                             .sees = "a constraint on an event without such an item"};
}

static bool never_read(struct reading *reading)
{
        struct view view = state_view(reading);

        view.only_possible = true;
        if (cfg_member_count(reading->found[C_NEVER]) == 0) {
                cfg_error(reading->file, reading->found[C_NEVER],
                          "\"never\" names no attribute, so it would refuse everything");
                return false;
        }
        return condition_read(reading->build, reading->file, reading->found[C_NEVER], &view,
                              &reading->constraint.never);
}

/* One end of `between`: "on", a date field of the event, or a date attribute. */
static bool source_read(struct reading *reading, const struct cfg_node *node, struct date_source *ret_source)
{
        struct view view = state_view(reading);
        const char *text = cfg_text(node);
        uint16_t field = reading->event == NULL ? VOCABULARY_NONE : vocabulary_field(reading->event, text);
        uint16_t attribute;

        if (strcmp(text, "on") == 0) {
                *ret_source = (struct date_source){DATE_ON, 0};
                return true;
        }
        if (field != VOCABULARY_NONE) {
                *ret_source = (struct date_source){DATE_FIELD, field};
                if (reading->event->fields[field].kind == VALUE_DATE)
                        return true;
                cfg_error(reading->file, node, "the field \"%s\" is no date", text);
                return false;
        }
        if (reading->event_broken)
                return false;
        attribute = view_attribute(reading->build, reading->file, node, text, &view);
        if (attribute == VOCABULARY_NONE)
                return false;
        *ret_source = (struct date_source){DATE_ATTRIBUTE, attribute};
        if (reading->build->attribute_list[attribute].kind == VALUE_DATE ||
            reading->build->attribute_marks[attribute].broken)
                return true;
        cfg_error(reading->file, node, "\"%s\" is no date", text);
        return false;
}

static bool between_read(struct reading *reading)
{
        struct constraint *constraint = &reading->constraint;
        const struct cfg_node *node = reading->found[C_BETWEEN];
        const struct cfg_node *least = reading->found[C_AT_LEAST], *most = reading->found[C_AT_MOST];
        bool clean;

        if (cfg_count(node) != 2) {
                cfg_error(reading->file, node, "\"between\" names two dates: [\"from\", \"until\"]");
                return false;
        }
        if (least == NULL && most == NULL) {
                cfg_error(reading->file, reading->node, "\"between\" needs \"at-least\" or \"at-most\"");
                return false;
        }
        clean = source_read(reading, cfg_element(node, 0), &constraint->from);
        clean &= source_read(reading, cfg_element(node, 1), &constraint->until);
        clean &= period_read(reading->file, least, PERIOD_USE_ONWARD, &constraint->at_least);
        clean &= period_read(reading->file, most, PERIOD_USE_ONWARD, &constraint->at_most);
        if (!clean || constraint->from.kind != constraint->until.kind ||
            constraint->from.index != constraint->until.index)
                return clean;
        cfg_error(reading->file, node, "both ends of \"between\" are the same date");
        return false;
}

static bool date_field_read(struct reading *reading)
{
        const struct cfg_node *node = reading->found[C_DATE];
        const struct event_type *event = reading->event;
        const char *names[64];
        char hint[CFG_HINT_SIZE];
        size_t count = 0;

        if (event == NULL || node == NULL) {
                cfg_error(reading->file, reading->node, "\"not-after-due\" needs \"%s\"",
                          event == NULL ? "event" : "date");
                return false;
        }
        reading->constraint.date_field = vocabulary_field(event, cfg_text(node));
        if (reading->constraint.date_field != VOCABULARY_NONE) {
                if (event->fields[reading->constraint.date_field].kind == VALUE_DATE)
                        return true;
                cfg_error(reading->file, node, "the field \"%s\" is no date", cfg_text(node));
                return false;
        }
        while (count < event->field_count && count < 64) {
                names[count] = event->fields[count].name;
                count++;
        }
        if (!reading->event_broken)
                cfg_error(reading->file, node, "the event \"%s\" has no field \"%s\"%s", event->name, cfg_text(node),
                          build_hint(reading->build, cfg_text(node), names, count, hint));
        return false;
}

static bool not_after_due_read(struct reading *reading)
{
        struct build *build = reading->build;
        const struct cfg_node *node = reading->found[C_NOT_AFTER];
        uint16_t *rules = build_array(build, cfg_count(node), sizeof(*rules));
        bool clean = date_field_read(reading);

        if (cfg_count(node) == 0) {
                cfg_error(reading->file, node, "\"not-after-due\" names no rule");
                clean = false;
        }
        for (size_t i = 0; rules != NULL && i < cfg_count(node); i++) {
                rules[i] = build_find(build, reading->file, cfg_element(node, i), &build->rules, "rule");
                clean &= rules[i] != VOCABULARY_NONE;
                for (size_t j = 0; j < i; j++) {
                        if (rules[j] != rules[i] || rules[i] == VOCABULARY_NONE)
                                continue;
                        cfg_error(reading->file, cfg_element(node, i), "\"%s\" is named twice", cfg_text_at(node, i));
                        clean = false;
                }
        }
        reading->constraint.rules = rules;
        reading->constraint.rule_count = cfg_count(node);
        return clean && rules != NULL;
}

static bool question_read(struct reading *reading)
{
        switch (reading->constraint.kind) {
        case CONSTRAINT_NEVER:
                return never_read(reading);
        case CONSTRAINT_BETWEEN:
                return between_read(reading);
        case CONSTRAINT_NOT_AFTER_DUE:
                return not_after_due_read(reading);
        }
        return false;
}

static void resolve_constraint(struct build *build, const struct cfg_file *file, const struct cfg_node *node)
{
        static const char *const severities[] = {"refuse", "flag"};
        struct reading reading = {.build = build, .file = file, .node = node};
        struct constraint *constraint = &reading.constraint;
        struct word_entry entry = {.index = (uint16_t)build->constraints.count, .file = file, .node = node};
        int severity;

        cfg_group(file, node, constraint_keys, C_KEYS, reading.found);
        constraint->file = file->name;
        constraint->line = cfg_line(node);
        if (reading.found[C_SEVERITY] != NULL) {
                severity = build_choice(file, reading.found[C_SEVERITY], severities, 2);
                constraint->severity = severity == 1 ? SEVERITY_FLAG : SEVERITY_REFUSE;
        }
        if (event_read(&reading) && choose_kind(&reading))
                (void)question_read(&reading);
        if (reading.found[C_ID] == NULL ||
            !build_word(file, reading.found[C_ID], "constraint id", cfg_text(reading.found[C_ID]), false))
                return;
        constraint->id = build_text(build, reading.found[C_ID]);
        constraint->says = reading.found[C_SAYS] == NULL ? constraint->id : build_text(build, reading.found[C_SAYS]);
        if (reading.found[C_SAYS] == NULL)
                cfg_warning(file, node,
                            "the constraint \"%s\" does not say in words what is wrong: \"says\" is missing",
                            cfg_text(reading.found[C_ID]));
        entry.name = constraint->id;
        if (build->status == STATUS_OK && build_declare(build, &build->constraints, "constraint", &entry))
                build->constraint_list[entry.index] = *constraint;
}

void resolve_constraints(struct build *build)
{
        size_t total = build_total(build, TOP_CONSTRAINTS);

        build->constraint_list = build_array(build, total, sizeof(*build->constraint_list));
        if (build->status != STATUS_OK || !build_room(build, &build->constraints, "constraints", total))
                return;
        build_each(build, TOP_CONSTRAINTS, resolve_constraint);
        build->ruleset->constraints = build->constraint_list;
        build->ruleset->constraint_count = build->constraints.count;
}
