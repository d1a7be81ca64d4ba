/*
 * write - the JSON objects of the contract: obligations, stages, event lines,
 * problems. Keys stand in the order of the contract; programs and people that
 * compare two answers line by line depend on it.
 */
#include "mappad/ensure.h"
#include "mappad/wire.h"

const char *wire_strength_word(enum strength strength)
{
        static const char *const words[] = {"must", "should", "expected"};
        ENSURE(strength <= STRENGTH_EXPECTED);
        return words[strength];
}

static void put_count(struct wire_buffer *buffer, int32_t count)
{
        if (count < 0)
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, count);
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

static void put_count_member(struct wire_buffer *buffer, const char *key, int32_t count)
{
        wire_put_key(buffer, key);
        put_count(buffer, count);
}

/* Which obligation it is: the head that obligations and stages share. */
static void put_identity(struct wire_buffer *buffer, const struct ruleset *ruleset, const char *case_ref,
                         const struct obligation *obligation)
{
        wire_put_text(buffer, "{");
        put_text_member(buffer, "case", case_ref);
        put_text_member(buffer, "rule", ruleset->rules[obligation->rule].id);
        put_text_member(buffer, "item", obligation->item != NULL ? obligation->item->key : NULL);
}

static void put_days_left(struct wire_buffer *buffer, const struct obligation *obligation, int32_t as_of)
{
        wire_put_key(buffer, "days_left");
        if (obligation->due == CIVIL_NONE || obligation_state_closed(obligation->state))
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, (int64_t)obligation->due - as_of);
}

void wire_obligation_write(struct wire_buffer *buffer, const struct ruleset *ruleset, const char *case_ref,
                           const struct obligation *obligation, int32_t as_of)
{
        const struct rule_version *version = obligation->version;
        put_identity(buffer, ruleset, case_ref, obligation);
        put_text_member(buffer, "title", version->title);
        put_text_member(buffer, "state", obligation_state_word(obligation->state));
        put_date_member(buffer, "started", obligation->started);
        put_date_member(buffer, "opens", obligation->opens);
        put_date_member(buffer, "due", obligation->due);
        put_date_member(buffer, "plan_by", obligation->plan_by);
        put_bool_member(buffer, "provisional", obligation->provisional);
        put_date_member(buffer, "met_on", obligation->met_on);
        put_date_member(buffer, "ended_on", obligation->ended_on);
        put_date_member(buffer, "booked", obligation->booked);
        put_bool_member(buffer, "booked_late", obligation->booked_late);
        put_bool_member(buffer, "paused", obligation->paused);
        put_count_member(buffer, "used_days", obligation->used_days);
        put_count_member(buffer, "limit_days", obligation->limit_days);
        put_days_left(buffer, obligation, as_of);
        put_date_member(buffer, "version",
                        version->dated && version->in_force_from != CIVIL_MIN ? version->in_force_from : CIVIL_NONE);
        put_text_member(buffer, "strength", wire_strength_word(version->strength));
        put_text_member(buffer, "missing",
                        obligation->missing != VOCABULARY_NONE
                                ? ruleset->vocabulary.attributes[obligation->missing].name
                                : NULL);
        put_count_member(buffer, "done", obligation->done);
        put_count_member(buffer, "needed", obligation->needed);
        wire_put_text(buffer, "}");
}

void wire_stage_write(struct wire_buffer *buffer, const struct ruleset *ruleset, const char *case_ref,
                      const struct obligation *obligation, const struct ladder_stage *stage)
{
        put_identity(buffer, ruleset, case_ref, obligation);
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

void wire_fields_append(struct wire_buffer *buffer, const struct event_type *type, const struct value *fields)
{
        for (size_t i = 0; fields != NULL && i < type->field_count; i++) {
                if (fields[i].bits == VALUE_UNSET)
                        continue;
                wire_put_key(buffer, type->fields[i].name);
                put_value(buffer, &type->fields[i], &fields[i]);
        }
}

void wire_fields_write(struct wire_buffer *buffer, const struct event_type *type, const struct value *fields)
{
        wire_put_text(buffer, "{");
        wire_fields_append(buffer, type, fields);
        wire_put_text(buffer, "}");
}

static void put_target(struct wire_buffer *buffer, const char *key, const struct wire_line *line)
{
        wire_put_key(buffer, key);
        if (line->target_id != NULL)
                wire_put_string(buffer, line->target_id);
        else
                wire_put_number(buffer, (int64_t)line->target_seq);
}

void wire_line_write(struct wire_buffer *buffer, const struct ruleset *ruleset, const struct wire_line *line)
{
        bool targets = line->target_id != NULL || line->target_seq != 0;
        wire_put_text(buffer, "{");
        if (line->is_retraction) {
                put_target(buffer, "retract", line);
        } else {
                const struct fact *fact = &line->record.fact;
                const struct event_type *type = &ruleset->vocabulary.events[fact->type];
                put_text_member(buffer, "case", line->case_ref);
                put_text_member(buffer, "event", type->name);
                put_date_member(buffer, "on", fact->on);
                if (fact->item != NULL)
                        put_text_member(buffer, "item", fact->item);
                wire_fields_append(buffer, type, fact->fields);
                if (targets)
                        put_target(buffer, "replaces", line);
                if (line->force)
                        put_bool_member(buffer, "force", true);
        }
        if (line->id != NULL)
                put_text_member(buffer, "id", line->id);
        if (line->why != NULL)
                put_text_member(buffer, "why", line->why);
        if (line->record.recorded_at != INSTANT_ALWAYS) {
                wire_put_key(buffer, "recorded-at");
                wire_put_instant(buffer, line->record.recorded_at);
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
