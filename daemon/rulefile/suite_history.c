/*
 * suite_history - the events of a test, and which of them must be refused.
 *
 * An entry is an event as it would be recorded, in the syntax of rule files: the
 * same members, the same words, each checked against the vocabulary. What may not
 * be recorded is a refusal and no mistake of the file; that is for whoever runs it.
 */
#include <stdlib.h>
#include <string.h>

#include "suite_read.h"

#define FIELDS_MAX 120 /* settings of one entry, so that names fit into one hint */

enum slot {
        SLOT_CASE,
        SLOT_EVENT,
        SLOT_ON,
        SLOT_ITEM,
        SLOT_ID,
        SLOT_FORCE,
        SLOT_REPLACES,
        SLOT_RETRACT,
        SLOT_WHY,
        SLOT_RECORDED_AT,
        SLOT_COUNT
};
static const struct cfg_key slots[SLOT_COUNT] = {
        [SLOT_CASE] = {"case", CFG_TEXT, 0},
        [SLOT_EVENT] = {"event", CFG_TEXT, 0},
        [SLOT_ON] = {"on", CFG_TEXT, 0},
        [SLOT_ITEM] = {"item", CFG_TEXT, 0},
        [SLOT_ID] = {"id", CFG_TEXT, 0},
        [SLOT_FORCE] = {"force", CFG_BOOL, 0},
        [SLOT_REPLACES] = {"replaces", CFG_TEXT, 0},
        [SLOT_RETRACT] = {"retract", CFG_TEXT, 0},
        [SLOT_WHY] = {"why", CFG_TEXT, 0},
        [SLOT_RECORDED_AT] = {"recorded-at", CFG_TEXT, 0},
};

/* One entry being read. */
struct entry {
        struct suite_reader *reader;
        const struct cfg_node *node;
        const struct cfg_node *found[SLOT_COUNT];
        const struct event_type *type; /* NULL for a retraction, and while it is not known */
        struct suite_fact *fact;
        const char *case_ref;
};

static const struct field *find_field(const struct event_type *type, const char *name)
{
        uint16_t index = type != NULL ? vocabulary_field(type, name) : VOCABULARY_NONE;
        return index != VOCABULARY_NONE ? &type->fields[index] : NULL;
}

static void report_member(const struct entry *entry, const struct cfg_node *node)
{
        const char *names[FIELDS_MAX + SLOT_COUNT];
        char hint[CFG_HINT_SIZE];
        size_t count = 0;
        for (size_t i = 0; i < entry->type->field_count && count < FIELDS_MAX; i++)
                names[count++] = entry->type->fields[i].name;
        for (size_t i = 0; i < SLOT_COUNT; i++)
                if (i != SLOT_RETRACT)
                        names[count++] = slots[i].name;
        cfg_hint(entry->reader->diagnostics, cfg_name(node), names, count, hint);
        cfg_error(entry->reader->file, node, "the event \"%s\" has no field \"%s\"%s", entry->type->name,
                  cfg_name(node), hint);
}

/* The settings that every entry may have; what is none of them is left for the fields. */
static void sort_slots(struct entry *entry)
{
        for (size_t i = 0; i < cfg_member_count(entry->node); i++) {
                const struct cfg_node *node = cfg_member(entry->node, i);
                size_t slot = 0;
                while (slot < SLOT_COUNT && strcmp(slots[slot].name, cfg_name(node)) != 0)
                        slot++;
                if (slot == SLOT_COUNT)
                        continue;
                if (cfg_is(node, slots[slot].type))
                        entry->found[slot] = node;
                else
                        cfg_error(entry->reader->file, node, "\"%s\" is %s; it must be %s", cfg_name(node),
                                  cfg_kind(node), slots[slot].type == CFG_BOOL ? "true or false" : "a text");
        }
}

static int read_word(const struct entry *entry, const struct cfg_node *node, const struct field *field)
{
        int index = vocabulary_word(field->values, field->value_count, cfg_text(node));
        char hint[CFG_HINT_SIZE];
        if (index < 0)
                cfg_error(
                        entry->reader->file, node, "\"%s\" is not a value of \"%s\"%s", cfg_text(node), field->name,
                        cfg_hint(entry->reader->diagnostics, cfg_text(node), field->values, field->value_count, hint));
        return index;
}

static void read_set(const struct entry *entry, const struct cfg_node *node, const struct field *field,
                     struct value *value)
{
        uint64_t bits = 0;
        for (size_t i = 0; i < cfg_count(node); i++) {
                int index = read_word(entry, cfg_element(node, i), field);
                if (index >= 0)
                        bits |= VALUE_BIT(index);
        }
        value->bits = bits;
}

static void read_field(const struct entry *entry, const struct cfg_node *node, const struct field *field,
                       struct value *value)
{
        int index;
        if (!cfg_is(node, field->kind == VALUE_SET ? CFG_TEXTS : CFG_TEXT)) {
                cfg_error(entry->reader->file, node, "\"%s\" is %s; it must be %s", field->name, cfg_kind(node),
                          field->kind == VALUE_SET ? "a text or a list of texts" : "a text");
                return;
        }
        switch (field->kind) {
        case VALUE_ENUM:
                index = read_word(entry, node, field);
                if (index >= 0)
                        value->bits = VALUE_BIT(index);
                return;
        case VALUE_SET:
                read_set(entry, node, field, value);
                return;
        case VALUE_DATE:
                if (suite_day(entry->reader, node, &value->day))
                        value->bits = VALUE_BIT(0);
                return;
        case VALUE_TOKEN:
                value->token = suite_text(entry->reader, node);
                if (casefile_token_valid(cfg_text(node)))
                        value->bits = VALUE_BIT(0);
                else
                        cfg_error(entry->reader->file, node, "\"%s\" is no token: 1 to %d letters, digits and hyphens",
                                  cfg_text(node), TOKEN_MAX);
                return;
        }
}

static void read_fields(struct entry *entry)
{
        const struct event_type *type = entry->type;
        struct value *values = suite_array(entry->reader, type->field_count, sizeof(*values));
        bool named[CFG_NAMES_MAX] = {false};
        if (values == NULL)
                return;
        for (size_t i = 0; i < type->field_count; i++)
                values[i] = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
        for (size_t i = 0; i < cfg_member_count(entry->node); i++) {
                const struct cfg_node *node = cfg_member(entry->node, i);
                const struct field *field = find_field(type, cfg_name(node));
                size_t slot = 0;
                while (slot < SLOT_COUNT && strcmp(slots[slot].name, cfg_name(node)) != 0)
                        slot++;
                if (field == NULL && slot == SLOT_COUNT)
                        report_member(entry, node);
                if (field == NULL)
                        continue;
                if (field - type->fields < CFG_NAMES_MAX)
                        named[field - type->fields] = true;
                read_field(entry, node, field, &values[field - type->fields]);
        }
        for (size_t i = 0; i < type->field_count && i < CFG_NAMES_MAX; i++)
                if (type->fields[i].required && !named[i])
                        cfg_error(entry->reader->file, entry->node, "the event \"%s\" must have \"%s\"", type->name,
                                  type->fields[i].name);
        entry->fact->record.fact.fields = type->field_count > 0 ? values : NULL;
}

static void read_item(struct entry *entry)
{
        const struct event_type *type = entry->type;
        const struct cfg_node *node = entry->found[SLOT_ITEM];
        bool wanted = type->item_use == ITEM_USE_BEGINS || type->item_use == ITEM_USE_NAMES;
        if (node == NULL && wanted)
                cfg_error(entry->reader->file, entry->node, "the event \"%s\" must have \"item\", the key of %s %s",
                          type->name, type->item_use == ITEM_USE_BEGINS ? "a new" : "the",
                          entry->reader->ruleset->vocabulary.items[type->item_kind].name);
        else if (node != NULL && type->item_use == ITEM_USE_NONE)
                cfg_error(entry->reader->file, node, "the event \"%s\" is not about an item", type->name);
        else if (node != NULL)
                entry->fact->record.fact.item = suite_item(entry->reader, node);
}

static const char *read_id(struct entry *entry, enum slot slot)
{
        const struct cfg_node *node = entry->found[slot];
        if (node == NULL)
                return NULL;
        if (casefile_id_valid(cfg_text(node)))
                return suite_text(entry->reader, node);
        cfg_error(entry->reader->file, node,
                  "\"%s\" is no identifier: 1 to %d printable ASCII characters without a space", cfg_text(node),
                  EVENT_ID_MAX);
        return NULL;
}

static void read_event(struct entry *entry)
{
        struct suite_reader *reader = entry->reader;
        struct suite_fact *fact = entry->fact;
        uint16_t type = VOCABULARY_NONE;
        if (entry->found[SLOT_EVENT] == NULL)
                cfg_error(reader->file, entry->node, "an entry of a history has \"event\" (or \"retract\")");
        else
                type = suite_event(reader, entry->found[SLOT_EVENT]);
        if (entry->found[SLOT_ON] == NULL)
                cfg_error(reader->file, entry->node, "the setting \"on\" is missing: the day on which it was true");
        else
                (void)suite_day(reader, entry->found[SLOT_ON], &fact->record.fact.on);
        fact->case_ref =
                entry->found[SLOT_CASE] != NULL ? suite_case(reader, entry->found[SLOT_CASE]) : entry->case_ref;
        fact->force = cfg_bool(entry->found[SLOT_FORCE], false);
        fact->target_id = read_id(entry, SLOT_REPLACES);
        if (entry->found[SLOT_REPLACES] != NULL && entry->found[SLOT_WHY] == NULL)
                cfg_error(reader->file, entry->node, "an event that replaces another says \"why\"");
        if (type == VOCABULARY_NONE)
                return;
        entry->type = &reader->ruleset->vocabulary.events[type];
        fact->record.fact.type = type;
        read_item(entry);
        read_fields(entry);
}

static void read_retraction(struct entry *entry)
{
        struct suite_reader *reader = entry->reader;
        entry->fact->is_retraction = true;
        entry->fact->record.is_retraction = true;
        entry->fact->target_id = read_id(entry, SLOT_RETRACT);
        if (entry->found[SLOT_WHY] == NULL)
                cfg_error(reader->file, entry->node, "a retraction says \"why\"");
        for (size_t i = 0; i < cfg_member_count(entry->node); i++) {
                const char *name = cfg_name(cfg_member(entry->node, i));
                if (strcmp(name, "retract") != 0 && strcmp(name, "why") != 0 && strcmp(name, "recorded-at") != 0 &&
                    strcmp(name, "id") != 0)
                        cfg_error(reader->file, cfg_member(entry->node, i), "\"%s\" does not go with \"retract\"",
                                  name);
        }
}

/* Whether a target is an entry that stands before it. */
static void check_target(const struct entry *entry, const struct suite_fact *facts, size_t count)
{
        enum slot slot = entry->fact->is_retraction ? SLOT_RETRACT : SLOT_REPLACES;
        if (entry->fact->target_id == NULL)
                return;
        const char *names[CFG_NAMES_MAX];
        size_t named = 0;
        for (size_t i = 0; i < count; i++) {
                if (facts[i].id != NULL && strcmp(facts[i].id, entry->fact->target_id) == 0)
                        return;
                if (facts[i].id != NULL && named < CFG_NAMES_MAX)
                        names[named++] = facts[i].id;
        }
        suite_unknown(entry->reader, entry->found[slot], "entry before this one", names, named);
}

/* Two entries with one id could not be told apart where one is expected to be refused. */
static void check_id(const struct entry *entry, const struct suite_fact *facts, size_t count)
{
        for (size_t i = 0; i < count && entry->fact->id != NULL; i++)
                if (facts[i].id != NULL && strcmp(facts[i].id, entry->fact->id) == 0) {
                        cfg_error(entry->reader->file, entry->found[SLOT_ID],
                                  "the id \"%s\" is that of the entry on line %d too", entry->fact->id, facts[i].line);
                        return;
                }
}

void suite_read_history(struct suite_reader *reader, const struct cfg_node *node, const char *case_ref,
                        struct suite_test *test)
{
        size_t count = cfg_count(node);
        struct suite_fact *facts = suite_array(reader, count, sizeof(*facts));
        for (size_t i = 0; facts != NULL && i < count && reader->status == STATUS_OK; i++) {
                struct entry entry = {
                        .reader = reader, .node = cfg_element(node, i), .fact = &facts[i], .case_ref = case_ref};
                sort_slots(&entry);
                facts[i].line = cfg_line(entry.node);
                facts[i].id = read_id(&entry, SLOT_ID);
                facts[i].why = suite_text(reader, entry.found[SLOT_WHY]);
                facts[i].recorded_at = suite_text(reader, entry.found[SLOT_RECORDED_AT]);
                if (entry.found[SLOT_RETRACT] != NULL)
                        read_retraction(&entry);
                else
                        read_event(&entry);
                check_target(&entry, facts, i);
                check_id(&entry, facts, i);
        }
        test->history = facts;
        test->history_count = facts != NULL ? count : 0;
}

enum { REFUSAL_ID, REFUSAL_ENTRY, REFUSAL_CODE, REFUSAL_BY, REFUSAL_SAYS, REFUSAL_KEYS };
static const struct cfg_key refusal_keys[REFUSAL_KEYS] = {
        [REFUSAL_ID] = {"id", CFG_TEXT, 0},     [REFUSAL_ENTRY] = {"entry", CFG_INT, 0},
        [REFUSAL_CODE] = {"code", CFG_TEXT, 0}, [REFUSAL_BY] = {"constraint", CFG_TEXT, 0},
        [REFUSAL_SAYS] = {"says", CFG_TEXT, 0},
};

/* Which entry is meant: by its id, or by its place from 1. */
static bool find_entry(struct suite_reader *reader, const struct cfg_node *node, const struct cfg_node *const *found,
                       const struct suite_test *test, size_t *ret_entry)
{
        const char *names[CFG_NAMES_MAX];
        size_t count = 0;
        int32_t place;
        if ((found[REFUSAL_ID] != NULL) == (found[REFUSAL_ENTRY] != NULL)) {
                cfg_error(reader->file, node,
                          "say which entry is meant: \"id\", or \"entry\" and its place in the history");
                return false;
        }
        if (found[REFUSAL_ENTRY] != NULL) {
                if (!cfg_int(reader->file, found[REFUSAL_ENTRY], 1, (int32_t)test->history_count, &place))
                        return false;
                *ret_entry = (size_t)place - 1;
                return true;
        }
        for (size_t i = 0; i < test->history_count; i++) {
                const char *id = test->history[i].id;
                if (id != NULL && strcmp(id, cfg_text(found[REFUSAL_ID])) == 0) {
                        *ret_entry = i;
                        return true;
                }
                if (id != NULL && count < CFG_NAMES_MAX)
                        names[count++] = id;
        }
        suite_unknown(reader, found[REFUSAL_ID], "entry of this history", names, count);
        return false;
}

static void read_code(struct suite_reader *reader, const struct cfg_node *node, struct suite_refusal *refusal)
{
        static const char *const codes[] = {"state",     "constraint", "item-unknown",
                                            "item-kind", "item-taken", "not-standing"};
        const size_t count = sizeof(codes) / sizeof(*codes);
        int code = vocabulary_word(codes, count, cfg_text(node));
        if (code >= 0)
                refusal->code = codes[code];
        else
                suite_unknown(reader, node, "reason to refuse", codes, count);
}

static const struct suite_refusal *read_list(struct suite_reader *reader, const struct cfg_node *node,
                                             const struct suite_test *test, bool flags, size_t *ret_count)
{
        size_t count = cfg_count(node), kept = 0;
        struct suite_refusal *list = suite_array(reader, count, sizeof(*list));
        for (size_t i = 0; list != NULL && i < count && reader->status == STATUS_OK; i++) {
                const struct cfg_node *found[REFUSAL_KEYS], *one = cfg_element(node, i);
                struct suite_refusal *refusal = &list[kept];
                *refusal = (struct suite_refusal){.line = cfg_line(one)};
                cfg_group(reader->file, one, refusal_keys, REFUSAL_KEYS, found);
                if (flags && found[REFUSAL_CODE] != NULL)
                        cfg_error(reader->file, found[REFUSAL_CODE], "\"code\" goes with \"refused\" only");
                else if (found[REFUSAL_CODE] != NULL)
                        read_code(reader, found[REFUSAL_CODE], refusal);
                if (found[REFUSAL_BY] != NULL)
                        refusal->constraint = suite_constraint(reader, found[REFUSAL_BY]);
                else if (flags)
                        cfg_error(reader->file, one, "the setting \"constraint\" is missing: which one warns");
                refusal->says = suite_text(reader, found[REFUSAL_SAYS]);
                kept += find_entry(reader, one, found, test, &refusal->entry);
        }
        *ret_count = kept;
        return list;
}

void suite_read_refusals(struct suite_reader *reader, const struct cfg_node *node, struct suite_test *test)
{
        test->refused = read_list(reader, node, test, false, &test->refused_count);
}

void suite_read_flags(struct suite_reader *reader, const struct cfg_node *node, struct suite_test *test)
{
        test->flagged = read_list(reader, node, test, true, &test->flagged_count);
}
