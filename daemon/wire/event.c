/*
 * event - one line, an event or a retraction, from JSON to a record.
 *
 * Two passes: the members are sorted into those that every event may have and
 * the fields of its type; then each is read by its kind. The first problem is
 * the answer. The one invariant: every member is read or refused.
 */
#include <string.h>

#include "mappad/ensure.h"
#include "mappad/nearest.h"
#include "scan.h"

#define SHOWN_SIZE 48 /* bytes of somebody's text that a message repeats */

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
        SLOT_RECORDED_AT
};
#define SLOT_COUNT 10

static const char *const slot_names[SLOT_COUNT] = {"case",  "event",    "on",      "item", "id",
                                                   "force", "replaces", "retract", "why",  "recorded-at"};

struct reading {
        const struct wire_reader *reader;
        struct arena *arena;
        struct wire_problem *problem;
        const struct scan_member *slots[SLOT_COUNT];
};

static enum status refuse(struct wire_problem *problem)
{
        ENSURE(problem->code != NULL);
        return STATUS_INVALID;
}

static const char *shown(struct scan_text text, char buffer[static SHOWN_SIZE])
{
        wire_clean(text.raw, text.length, buffer, SHOWN_SIZE);
        return buffer;
}

/* ---- one value of each kind ---- */

/* What a member is, when it is not what it should be. */
static enum status wrong_kind(const struct scan_member *member, const char *name, const char *wanted,
                              struct wire_problem *problem)
{
        static const char *const kinds[] = {"a text", "a list", "a number", "true", "false", "null"};
        if (member->kind == SCAN_NULL)
                wire_problem_set(problem, "null", name, "\"%s\" is null, which is refused: leave it out", name);
        else
                wire_problem_set(problem, "wrong-type", name, "\"%s\" must be %s, not %s", name, wanted,
                                 kinds[member->kind]);
        return refuse(problem);
}

/* A string member in the arena. */
static enum status read_text(const struct reading *reading, enum slot slot, const char **ret_text)
{
        const struct scan_member *member = reading->slots[slot];
        if (member->kind != SCAN_STRING)
                return wrong_kind(member, slot_names[slot], "a text in quotes", reading->problem);
        *ret_text = scan_decode(member->text, reading->arena);
        return *ret_text == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status read_date(struct scan_text text, const char *name, struct wire_problem *problem, int32_t *ret_day)
{
        char buffer[SHOWN_SIZE];
        if (!text.escaped && civil_parse(text.raw, text.length, ret_day))
                return STATUS_OK;
        wire_problem_set(problem, "bad-date", name,
                         "\"%s\" is no date: a day that exists, from 1583 on, written YYYY-MM-DD, was expected",
                         shown(text, buffer));
        return refuse(problem);
}

/* The index of a word among a field's values, or -1 with the problem set. */
static int read_word(const struct field *field, struct scan_text text, struct wire_problem *problem)
{
        for (size_t i = 0; i < field->value_count; i++)
                if (!text.escaped && scan_equals(text, field->values[i]))
                        return (int)i;
        char buffer[SHOWN_SIZE];
        wire_problem_set(problem, "unknown-value", field->name, "\"%s\" is not a value of \"%s\"", shown(text, buffer),
                         field->name);
        wire_problem_suggest(problem, buffer, field->values, field->value_count);
        return -1;
}

static enum status read_set(const struct field *field, const struct scan_member *member, struct wire_problem *problem,
                            struct value *value)
{
        if (member->kind != SCAN_LIST)
                return wrong_kind(member, field->name, "a list of texts", problem);
        struct scan_text element;
        size_t offset = 0;
        uint64_t bits = 0;
        while (scan_list_next(member->text, &offset, &element)) {
                int index = read_word(field, element, problem);
                if (index < 0)
                        return refuse(problem);
                bits |= VALUE_BIT(index);
        }
        /* No bit at all: the field is there and holds nothing, which is not the same as being absent. */
        value->bits = bits;
        return STATUS_OK;
}

static enum status read_token(const struct field *field, struct scan_text text, const struct reading *reading,
                              struct value *value)
{
        const char *token = scan_decode(text, reading->arena);
        if (token == NULL)
                return STATUS_NO_MEMORY;
        if (!casefile_token_valid(token)) {
                char buffer[SHOWN_SIZE];
                wire_problem_set(reading->problem, "bad-token", field->name,
                                 "\"%s\" is no token: 1 to %d letters, digits and hyphens were expected",
                                 shown(text, buffer), TOKEN_MAX);
                return refuse(reading->problem);
        }
        value->bits = VALUE_BIT(0);
        value->token = token;
        return STATUS_OK;
}

static enum status read_field(const struct field *field, const struct scan_member *member,
                              const struct reading *reading, struct value *value)
{
        if (field->kind == VALUE_SET)
                return read_set(field, member, reading->problem, value);
        if (member->kind != SCAN_STRING)
                return wrong_kind(member, field->name, "a text in quotes", reading->problem);
        int index;
        enum status status;
        switch (field->kind) {
        case VALUE_ENUM:
                index = read_word(field, member->text, reading->problem);
                if (index < 0)
                        return refuse(reading->problem);
                value->bits = VALUE_BIT(index);
                return STATUS_OK;
        case VALUE_DATE:
                status = read_date(member->text, field->name, reading->problem, &value->day);
                if (status == STATUS_OK)
                        value->bits = VALUE_BIT(0);
                return status;
        case VALUE_TOKEN:
                return read_token(field, member->text, reading, value);
        case VALUE_SET:
                break;
        }
        ENSURE(false);
}

/* ---- sorting the members ---- */

static const struct field *find_field(const struct event_type *type, struct scan_text name)
{
        for (size_t i = 0; i < type->field_count; i++)
                if (scan_equals(name, type->fields[i].name))
                        return &type->fields[i];
        return NULL;
}

/* A member that nothing knows: say which word was probably meant. */
static enum status unknown_field(const struct reading *reading, const struct event_type *type, struct scan_text name)
{
        const char *candidates[SLOT_COUNT + 256];
        size_t count = 0;
        for (size_t i = 0; i < type->field_count && count < 256; i++)
                candidates[count++] = type->fields[i].name;
        for (size_t i = 0; i < SLOT_COUNT; i++)
                if (i != SLOT_RETRACT && (i != SLOT_RECORDED_AT || reading->reader->recorded_at))
                        candidates[count++] = slot_names[i];
        char buffer[SHOWN_SIZE];
        shown(name, buffer);
        wire_problem_set(reading->problem, "unknown-field", buffer, "the event \"%s\" has no field \"%s\"", type->name,
                         buffer);
        reading->problem->nearest = nearest_word(buffer, candidates, count);
        return refuse(reading->problem);
}

static enum status missing(const struct reading *reading, const char *name, const char *of)
{
        wire_problem_set(reading->problem, "missing-field", name, "%s must have \"%s\"", of, name);
        return refuse(reading->problem);
}

/* Which slot a member's name is, or SLOT_COUNT. */
static size_t find_slot(struct scan_text name)
{
        size_t slot = 0;
        while (slot < SLOT_COUNT && !scan_equals(name, slot_names[slot]))
                slot++;
        return slot;
}

static enum status read_fields(const struct reading *reading, const struct event_type *type,
                               const struct scan_object *object, const struct value **ret_fields)
{
        struct value *fields = arena_array(reading->arena, type->field_count, sizeof(*fields));
        if (fields == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < type->field_count; i++)
                fields[i] = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
        for (size_t i = 0; i < object->count; i++) {
                const struct scan_member *member = &object->members[i];
                const struct field *field = find_field(type, member->key);
                if (field == NULL && find_slot(member->key) < SLOT_COUNT)
                        continue;
                if (field == NULL)
                        return unknown_field(reading, type, member->key);
                enum status status = read_field(field, member, reading, &fields[field - type->fields]);
                if (status != STATUS_OK)
                        return status;
        }
        for (size_t i = 0; i < type->field_count; i++)
                if (type->fields[i].required && fields[i].bits == VALUE_UNSET)
                        return missing(reading, type->fields[i].name, type->name);
        *ret_fields = type->field_count > 0 ? fields : NULL;
        return STATUS_OK;
}

/* ---- the members that every line may have ---- */

static enum status read_type(const struct reading *reading, const struct event_type **ret_type)
{
        const struct vocabulary *vocabulary = &reading->reader->ruleset->vocabulary;
        const struct scan_member *member = reading->slots[SLOT_EVENT];
        if (member == NULL)
                return missing(reading, "event", "an event");
        if (member->kind != SCAN_STRING)
                return wrong_kind(member, "event", "a text in quotes", reading->problem);
        for (size_t i = 0; i < vocabulary->event_count; i++) {
                if (!member->text.escaped && scan_equals(member->text, vocabulary->events[i].name)) {
                        *ret_type = &vocabulary->events[i];
                        return STATUS_OK;
                }
        }
        char buffer[SHOWN_SIZE];
        wire_problem_set(reading->problem, "unknown-event", "event", "there is no event \"%s\"",
                         shown(member->text, buffer));
        const char **names = arena_array(reading->arena, vocabulary->event_count, sizeof(*names));
        if (names == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < vocabulary->event_count; i++)
                names[i] = vocabulary->events[i].name;
        reading->problem->nearest = nearest_word(buffer, names, vocabulary->event_count);
        return refuse(reading->problem);
}

static enum status read_case(const struct reading *reading, struct wire_line *line)
{
        if (reading->slots[SLOT_CASE] == NULL)
                return missing(reading, "case", "an event");
        enum status status = read_text(reading, SLOT_CASE, &line->case_ref);
        if (status != STATUS_OK || casefile_reference_valid(line->case_ref))
                return status;
        char buffer[SHOWN_SIZE];
        wire_problem_set(reading->problem, "bad-case", "case",
                         "\"%s\" is no case reference: 2 to %d capital letters, digits and hyphens, not beginning with "
                         "a hyphen, were expected",
                         shown(reading->slots[SLOT_CASE]->text, buffer), CASE_REF_MAX);
        return refuse(reading->problem);
}

static enum status read_on(const struct reading *reading, struct wire_line *line)
{
        const struct scan_member *member = reading->slots[SLOT_ON];
        if (member == NULL)
                return missing(reading, "on", "an event");
        if (member->kind != SCAN_STRING)
                return wrong_kind(member, "on", "a date in quotes", reading->problem);
        enum status status = read_date(member->text, "on", reading->problem, &line->record.fact.on);
        if (status != STATUS_OK || line->record.fact.on <= reading->reader->last_day)
                return status;
        char last[CIVIL_TEXT_SIZE];
        civil_format(reading->reader->last_day, last);
        wire_problem_set(reading->problem, "future-date", "on",
                         "\"on\" lies after today, %s: an event is recorded when it has happened", last);
        return refuse(reading->problem);
}

static enum status read_item(const struct reading *reading, const struct event_type *type, struct wire_line *line)
{
        bool wanted = type->item_use == ITEM_USE_BEGINS || type->item_use == ITEM_USE_NAMES;
        const struct scan_member *member = reading->slots[SLOT_ITEM];
        if (member == NULL && wanted) {
                const char *kind = reading->reader->ruleset->vocabulary.items[type->item_kind].name;
                wire_problem_set(reading->problem, "missing-field", "item",
                                 "the event \"%s\" must have \"item\", the key of %s %s", type->name,
                                 type->item_use == ITEM_USE_BEGINS ? "a new" : "the", kind);
                return refuse(reading->problem);
        }
        if (member == NULL)
                return STATUS_OK;
        if (type->item_use == ITEM_USE_NONE) {
                wire_problem_set(reading->problem, "unexpected-item", "item", "the event \"%s\" is not about an item",
                                 type->name);
                return refuse(reading->problem);
        }
        enum status status = read_text(reading, SLOT_ITEM, &line->record.fact.item);
        if (status != STATUS_OK || casefile_key_valid(line->record.fact.item))
                return status;
        char buffer[SHOWN_SIZE];
        wire_problem_set(
                reading->problem, "bad-item", "item",
                "\"%s\" is no item key: 1 to %d letters, digits and hyphens, not beginning with a hyphen, were "
                "expected",
                shown(member->text, buffer), ITEM_KEY_MAX);
        return refuse(reading->problem);
}

static enum status read_id(const struct reading *reading, enum slot slot, const char **ret_id)
{
        if (reading->slots[slot] == NULL)
                return STATUS_OK;
        enum status status = read_text(reading, slot, ret_id);
        if (status != STATUS_OK || casefile_id_valid(*ret_id))
                return status;
        char buffer[SHOWN_SIZE];
        wire_problem_set(reading->problem, "bad-id", slot_names[slot],
                         "\"%s\" is no identifier: 1 to %d printable ASCII characters without a space were expected",
                         shown(reading->slots[slot]->text, buffer), EVENT_ID_MAX);
        return refuse(reading->problem);
}

/* What is retracted or replaced: an id, or a whole number from 1. */
static enum status read_target(const struct reading *reading, enum slot slot, struct wire_line *line)
{
        const struct scan_member *member = reading->slots[slot];
        if (member == NULL)
                return STATUS_OK;
        if (member->kind != SCAN_NUMBER)
                return member->kind == SCAN_STRING
                               ? read_id(reading, slot, &line->target_id)
                               : wrong_kind(member, slot_names[slot], "an identifier in quotes or a number",
                                            reading->problem);
        uint64_t number = 0;
        bool whole = member->text.length <= 18;
        for (size_t i = 0; whole && i < member->text.length; i++) {
                char digit = member->text.raw[i];
                whole = digit >= '0' && digit <= '9';
                number = number * 10 + (uint64_t)(unsigned char)(digit - '0');
        }
        if (!whole || number == 0) {
                wire_problem_set(reading->problem, "bad-number", slot_names[slot],
                                 "\"%s\" must be an identifier or a whole number from 1", slot_names[slot]);
                return refuse(reading->problem);
        }
        line->target_seq = number;
        return STATUS_OK;
}

static enum status read_why(const struct reading *reading, struct wire_line *line)
{
        if (reading->slots[SLOT_WHY] == NULL)
                return STATUS_OK;
        enum status status = read_text(reading, SLOT_WHY, &line->why);
        if (status != STATUS_OK)
                return status;
        return wire_reason_check(line->why, reading->problem) ? STATUS_OK : refuse(reading->problem);
}

static enum status read_force(const struct reading *reading, struct wire_line *line)
{
        const struct scan_member *member = reading->slots[SLOT_FORCE];
        if (member == NULL)
                return STATUS_OK;
        if (member->kind != SCAN_TRUE && member->kind != SCAN_FALSE)
                return wrong_kind(member, "force", "true or false", reading->problem);
        line->force = member->kind == SCAN_TRUE;
        return STATUS_OK;
}

static enum status read_recorded_at(const struct reading *reading, struct wire_line *line)
{
        line->record.recorded_at = INSTANT_ALWAYS;
        const struct scan_member *member = reading->slots[SLOT_RECORDED_AT];
        if (member == NULL)
                return STATUS_OK;
        if (!reading->reader->recorded_at) {
                wire_problem_set(reading->problem, "unknown-field", "recorded-at",
                                 "\"recorded-at\" is not accepted here: the clock of the record decides it");
                return refuse(reading->problem);
        }
        if (member->kind != SCAN_STRING)
                return wrong_kind(member, "recorded-at", "an instant in quotes", reading->problem);
        if (!member->text.escaped &&
            wire_instant_parse(member->text.raw, member->text.length, &line->record.recorded_at))
                return STATUS_OK;
        char buffer[SHOWN_SIZE];
        wire_problem_set(reading->problem, "bad-instant", "recorded-at",
                         "\"%s\" is no instant: RFC 3339 was expected, such as 2026-03-30T07:30:00Z",
                         shown(member->text, buffer));
        return refuse(reading->problem);
}

/* ---- whole lines ---- */

static enum status read_event(const struct reading *reading, const struct scan_object *object, struct wire_line *line)
{
        const struct event_type *type = NULL;
        enum status status = read_type(reading, &type);
        if (status == STATUS_OK)
                status = read_case(reading, line);
        if (status == STATUS_OK)
                status = read_on(reading, line);
        if (status == STATUS_OK)
                status = read_item(reading, type, line);
        if (status == STATUS_OK)
                status = read_fields(reading, type, object, &line->record.fact.fields);
        if (status == STATUS_OK)
                status = read_force(reading, line);
        if (status == STATUS_OK)
                status = read_target(reading, SLOT_REPLACES, line);
        if (status == STATUS_OK && reading->slots[SLOT_REPLACES] != NULL && reading->slots[SLOT_WHY] == NULL)
                return missing(reading, "why", "an event that replaces another");
        if (status == STATUS_OK)
                line->record.fact.type = (uint16_t)(type - reading->reader->ruleset->vocabulary.events);
        return status;
}

static enum status read_retraction(const struct reading *reading, const struct scan_object *object,
                                   struct wire_line *line)
{
        line->is_retraction = true;
        line->record.is_retraction = true;
        line->record.fact.on = CIVIL_NONE;
        line->record.fact.type = VOCABULARY_NONE;
        for (size_t i = 0; i < object->count; i++) {
                size_t slot = find_slot(object->members[i].key);
                if (slot == SLOT_RETRACT || slot == SLOT_WHY || slot == SLOT_RECORDED_AT || slot == SLOT_ID)
                        continue;
                char buffer[SHOWN_SIZE];
                shown(object->members[i].key, buffer);
                static const char *const candidates[] = {"retract", "why", "recorded-at", "id"};
                wire_problem_set(reading->problem, "unknown-field", buffer, "a retraction has no field \"%s\"", buffer);
                reading->problem->nearest = nearest_word(buffer, candidates, 4);
                return refuse(reading->problem);
        }
        if (reading->slots[SLOT_WHY] == NULL)
                return missing(reading, "why", "a retraction");
        return read_target(reading, SLOT_RETRACT, line);
}

enum status wire_event_parse(const struct wire_reader *reader, const char *text, size_t length, struct arena *arena,
                             struct wire_line *ret_line, struct wire_problem *ret_problem)
{
        struct scan_object object;
        struct reading reading = {reader, arena, ret_problem, {NULL}};
        struct wire_line line = {0};
        enum status status = scan_object(text, length, &object, ret_problem);
        if (status != STATUS_OK)
                return status;
        for (size_t i = 0; i < object.count; i++) {
                size_t slot = find_slot(object.members[i].key);
                if (slot < SLOT_COUNT)
                        reading.slots[slot] = &object.members[i];
        }
        if (reading.slots[SLOT_RETRACT] != NULL)
                status = read_retraction(&reading, &object, &line);
        else
                status = read_event(&reading, &object, &line);
        if (status == STATUS_OK)
                status = read_id(&reading, SLOT_ID, &line.id);
        if (status == STATUS_OK)
                status = read_why(&reading, &line);
        if (status == STATUS_OK)
                status = read_recorded_at(&reading, &line);
        if (status == STATUS_OK)
                *ret_line = line;
        return status;
}

enum status wire_id_peek(const char *text, size_t length, struct arena *arena, const char **ret_id)
{
        struct scan_object object;
        struct wire_problem unused;
        *ret_id = NULL;
        if (scan_object(text, length, &object, &unused) != STATUS_OK)
                return STATUS_OK;
        const struct scan_member *id = NULL;
        for (size_t i = 0; i < object.count; i++) {
                size_t slot = find_slot(object.members[i].key);
                if (slot == SLOT_ID && object.members[i].kind == SCAN_STRING)
                        id = &object.members[i];
        }
        if (id == NULL)
                return STATUS_OK;
        *ret_id = scan_decode(id->text, arena);
        return *ret_id == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}
