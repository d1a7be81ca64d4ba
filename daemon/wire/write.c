/*
 * write - the JSON objects of the contract: obligations, stages, event lines,
 * problems. Keys stand in the order of the contract; programs and people that
 * compare two answers line by line depend on it.
 */
#include "mappad/ensure.h"
#include "mappad/wire.h"
#include "pen.h"

const char *wire_strength_word(enum strength strength)
{
        static const char *const words[] = {"must", "should", "expected"};
        ENSURE(strength <= STRENGTH_EXPECTED);
        return words[strength];
}

static void put_text_member(struct wire_buffer *buffer, const char *key, const char *text)
{
        wire_put_key(buffer, key);
        wire_put_string(buffer, text);
}

static void put_date_member(struct wire_buffer *buffer, const char *key, int32_t day)
{
        wire_put_key(buffer, key);
        wire_put_date(buffer, day);
}

static void put_bool_member(struct wire_buffer *buffer, const char *key, bool truth)
{
        wire_put_key(buffer, key);
        wire_put_bool(buffer, truth);
}

/* A text of a row and its length; NULL is written as null. */
struct text {
        const char *text;
        size_t length;
};

static struct text text_of(const char *text)
{
        return (struct text){text, text == NULL ? 0 : strlen(text)};
}

static void put_text(struct pen *pen, const struct text *text)
{
        if (text->text == NULL)
                PEN_PUT(pen, "null");
        else
                pen_string(pen, text->text, text->length);
}

/* Which obligation it is: the head that obligations and stages share. */
struct identity {
        struct text ref, rule, item;
};

static struct identity identity_of(const struct ruleset *ruleset, const char *case_ref,
                                   const struct obligation *obligation)
{
        return (struct identity){.ref = text_of(case_ref),
                                 .rule = text_of(ruleset->rules[obligation->rule].id),
                                 .item = text_of(obligation->item != NULL ? obligation->item->key : NULL)};
}

/* Room for it: keys 24, a null. */
static size_t identity_room(const struct identity *identity)
{
        return 28 + PEN_STRING_MAX(identity->ref.length) + PEN_STRING_MAX(identity->rule.length) +
               PEN_STRING_MAX(identity->item.length);
}

static void put_identity(struct pen *pen, const struct identity *identity)
{
        PEN_PUT(pen, "{\"case\":");
        put_text(pen, &identity->ref);
        PEN_PUT(pen, ",\"rule\":");
        put_text(pen, &identity->rule);
        PEN_PUT(pen, ",\"item\":");
        put_text(pen, &identity->item);
}

/* Bytes of an obligation after its identity, but for title and missing attribute: keys 293, nine dates, three truths,
 * five numbers, the words of the longest state and strength, two nulls. */
#define PUT_DAYS_MAX (293 + 9 * PEN_DATE_MAX + 3 * 5 + 5 * PEN_NUMBER_MAX + 2 * 24 + 2 * 4)

static void put_count(struct pen *pen, int32_t count)
{
        if (count < 0)
                PEN_PUT(pen, "null");
        else
                pen_number(pen, count);
}

static void put_days(struct pen *pen, const struct obligation *obligation)
{
        PEN_PUT(pen, ",\"state\":\"");
        pen_text(pen, obligation_state_word(obligation->state));
        PEN_PUT(pen, "\",\"started\":");
        pen_date(pen, obligation->started);
        PEN_PUT(pen, ",\"opens\":");
        pen_date(pen, obligation->opens);
        PEN_PUT(pen, ",\"due\":");
        pen_date(pen, obligation->due);
        PEN_PUT(pen, ",\"plan_by\":");
        pen_date(pen, obligation->plan_by);
        PEN_PUT(pen, ",\"provisional\":");
        pen_bool(pen, obligation->provisional);
        PEN_PUT(pen, ",\"met_on\":");
        pen_date(pen, obligation->met_on);
        PEN_PUT(pen, ",\"ended_on\":");
        pen_date(pen, obligation->ended_on);
        PEN_PUT(pen, ",\"booked\":");
        pen_date(pen, obligation->booked);
        PEN_PUT(pen, ",\"booked_late\":");
        pen_bool(pen, obligation->booked_late);
        PEN_PUT(pen, ",\"paused\":");
        pen_bool(pen, obligation->paused);
}

static void put_numbers(struct pen *pen, const struct obligation *obligation, int32_t as_of)
{
        const struct rule_version *version = obligation->version;
        bool dated = version->dated && version->in_force_from != CIVIL_MIN;

        PEN_PUT(pen, ",\"used_days\":");
        put_count(pen, obligation->used_days);
        PEN_PUT(pen, ",\"limit_days\":");
        put_count(pen, obligation->limit_days);
        PEN_PUT(pen, ",\"days_left\":");
        if (obligation->due == CIVIL_NONE || obligation_state_closed(obligation->state))
                PEN_PUT(pen, "null");
        else
                pen_number(pen, (int64_t)obligation->due - as_of);
        PEN_PUT(pen, ",\"version\":");
        pen_date(pen, dated ? version->in_force_from : CIVIL_NONE);
        PEN_PUT(pen, ",\"strength\":\"");
        pen_text(pen, wire_strength_word(version->strength));
        PEN_PUT(pen, "\",\"missing\":");
}

void wire_obligation_write(struct wire_buffer *buffer, const struct ruleset *ruleset, const char *case_ref,
                           const struct obligation *obligation, int32_t as_of)
{
        const struct attribute *attributes = ruleset->vocabulary.attributes;
        const struct identity identity = identity_of(ruleset, case_ref, obligation);
        const struct text title = text_of(obligation->version->title);
        const struct text missing =
                text_of(obligation->missing != VOCABULARY_NONE ? attributes[obligation->missing].name : NULL);
        struct pen pen = pen_begin(buffer, identity_room(&identity) + PUT_DAYS_MAX + PEN_STRING_MAX(title.length) +
                                                   PEN_STRING_MAX(missing.length));

        put_identity(&pen, &identity);
        PEN_PUT(&pen, ",\"title\":");
        put_text(&pen, &title);
        put_days(&pen, obligation);
        put_numbers(&pen, obligation, as_of);
        put_text(&pen, &missing);
        PEN_PUT(&pen, ",\"done\":");
        put_count(&pen, obligation->done);
        PEN_PUT(&pen, ",\"needed\":");
        put_count(&pen, obligation->needed);
        PEN_PUT(&pen, "}");
        pen_end(buffer, pen);
}

void wire_stage_write(struct wire_buffer *buffer, const struct ruleset *ruleset, const char *case_ref,
                      const struct obligation *obligation, const struct ladder_stage *stage)
{
        const struct identity identity = identity_of(ruleset, case_ref, obligation);
        struct pen pen = pen_begin(buffer, identity_room(&identity));

        put_identity(&pen, &identity);
        pen_end(buffer, pen);
        put_date_member(buffer, "started", obligation->started);
        put_date_member(buffer, "due", obligation->due);
        put_text_member(buffer, "stage", stage->stage->at);
        wire_put_key(buffer, "repeat");
        wire_put_number(buffer, stage->repeat);
        put_date_member(buffer, "day", stage->day);
        put_bool_member(buffer, "reached", stage->reached);
        put_bool_member(buffer, "quiet", stage->quiet);
        wire_put_key(buffer, "to");
        for (size_t i = 0; i < stage->stage->to_count; i++) {
                wire_put_text(buffer, i == 0 ? "[" : ",");
                wire_put_string(buffer, stage->stage->to[i]);
        }
        wire_put_text(buffer, stage->stage->to_count == 0 ? "[]}" : "]}");
}

static void put_set(struct wire_buffer *buffer, const struct field *field, uint64_t bits)
{
        bool first = true;
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < field->value_count; i++) {
                if ((bits & VALUE_BIT(i)) == 0)
                        continue;
                wire_put_text(buffer, first ? "" : ",");
                wire_put_string(buffer, field->values[i]);
                first = false;
        }
        wire_put_text(buffer, "]");
}

static void put_value(struct wire_buffer *buffer, const struct field *field, const struct value *value)
{
        switch (field->kind) {
        case VALUE_ENUM:
                for (size_t i = 0; i < field->value_count; i++)
                        if (value->bits == VALUE_BIT(i))
                                wire_put_string(buffer, field->values[i]);
                break;
        case VALUE_SET:
                put_set(buffer, field, value->bits);
                break;
        case VALUE_DATE:
                wire_put_date(buffer, value->day);
                break;
        case VALUE_TOKEN:
                wire_put_string(buffer, value->token);
                break;
        }
}

void wire_fields_write(struct wire_buffer *buffer, const struct event_type *type, const struct value *fields)
{
        wire_put_text(buffer, "{");
        for (size_t i = 0; fields != NULL && i < type->field_count; i++) {
                if (fields[i].bits == VALUE_UNSET)
                        continue;
                wire_put_key(buffer, type->fields[i].name);
                put_value(buffer, &type->fields[i], &fields[i]);
        }
        wire_put_text(buffer, "}");
}

void wire_problem_write(struct wire_buffer *buffer, const struct wire_problem *problem, uint64_t line)
{
        wire_put_text(buffer, "{");
        put_text_member(buffer, "code", problem->code);
        put_text_member(buffer, "message", problem->message);
        if (problem->field[0] != '\0')
                put_text_member(buffer, "field", problem->field);
        if (problem->nearest != NULL)
                put_text_member(buffer, "nearest", problem->nearest);
        if (line != 0) {
                wire_put_key(buffer, "line");
                wire_put_number(buffer, (int64_t)line);
        }
        wire_put_text(buffer, "}");
}
