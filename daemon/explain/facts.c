/*
 * facts - what the record says: an event with its number, its day, who recorded
 * it and when; an attribute with the event behind it.
 *
 * An event that was recorded on a later day than it happened says so.
 */
#include <string.h>

#include "room.h"

#define DAY_MS INT64_C(86400000)

const struct record *record_of(const struct explainer *explainer, uint64_t seq)
{
        const struct record *records = explainer->question->records;
        size_t low = 0, high = explainer->question->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (records[middle].fact.seq < seq)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < explainer->question->count && records[low].fact.seq == seq ? &records[low] : NULL;
}

bool fact_fits(const struct event_match *match, const struct fact *fact)
{
        return match->event == fact->type && condition_holds(match->where, fact->fields);
}

bool fact_meets(const struct rule_version *version, const struct fact *fact)
{
        for (size_t i = 0; i < version->met_by_count; i++)
                if (fact_fits(&version->met_by[i], fact))
                        return true;
        return false;
}

/* The same question as the engine's own: its key, its kind, and not before it began. */
bool fact_of_subject(const struct explainer *explainer, const struct fact *fact)
{
        const struct item *item = explainer->subject.item;
        const struct event_type *type = &explainer->vocabulary->events[fact->type];

        if (item == NULL)
                return true;
        if (fact->item == NULL || type->item_use == ITEM_USE_NONE || type->item_kind != item->kind)
                return false;
        if (fact->on < item->begins || (fact->on == item->begins && fact->position < item->position))
                return false;
        return strcmp(fact->item, item->key) == 0;
}

/* The UTC day of an instant; floors before 1970. */
static int32_t day_of(int64_t ms)
{
        return (int32_t)(ms >= 0 ? ms / DAY_MS : -((DAY_MS - 1 - ms) / DAY_MS));
}

static void say_field(struct explainer *explainer, const struct field *field, const struct value *value)
{
        say(explainer, "%s ", field->name);
        switch (field->kind) {
        case VALUE_DATE:
                say(explainer, "%s", day_text(value->day).text);
                return;
        case VALUE_TOKEN:
                say(explainer, "%s", value->token);
                return;
        case VALUE_ENUM:
        case VALUE_SET:
                break;
        }
        bool first = true;
        for (size_t i = 0; i < field->value_count; i++) {
                if ((value->bits & VALUE_BIT(i)) == 0)
                        continue;
                say(explainer, "%s%s", first ? "" : "+", field->values[i]);
                first = false;
        }
        say(explainer, "%s", first ? "none" : "");
}

static void say_fields(struct explainer *explainer, const struct fact *fact)
{
        const struct event_type *type = &explainer->vocabulary->events[fact->type];
        bool first = true;

        for (size_t i = 0; i < type->field_count; i++) {
                if (fact->fields[i].bits == VALUE_UNSET)
                        continue;
                say(explainer, "%s", first ? " with " : ", ");
                say_field(explainer, &type->fields[i], &fact->fields[i]);
                first = false;
        }
}

/* "recorded 20 Mar 2023, 17 days later, by clerk" */
static void say_recorded(struct explainer *explainer, const struct record *record)
{
        const struct explain_question *question = explainer->question;
        struct explain_line line = {0};
        bool known = question->line != NULL && question->line(question->context, record->fact.seq, &line);

        if (record->recorded_at != INSTANT_ALWAYS) {
                int32_t day = day_of(record->recorded_at);
                if (record->is_retraction || day > record->fact.on) {
                        say(explainer, ", recorded %s", day_text(day).text);
                        if (!record->is_retraction) {
                                say(explainer, ", ");
                                say_count(explainer, (int64_t)day - record->fact.on, "day later", "days later");
                                say(explainer, known && line.user != NULL ? "," : "");
                        }
                } else {
                        say(explainer, ", recorded that day");
                }
        } else if (known && line.user != NULL) {
                say(explainer, ", recorded");
        }
        if (known && line.user != NULL && line.user[0] != '\0')
                say(explainer, " by %s", line.user);
        else if (known && line.user != NULL)
                say(explainer, " by uid %u", (unsigned)line.uid);
        if (known && line.forced)
                say(explainer, "; forced");
        if (!record->is_retraction && record->refers != 0)
                say(explainer, "; in place of %s %llu", question->noun, (unsigned long long)record->refers);
        if (known && line.why != NULL)
                say(explainer, ": \"%s\"", line.why);
}

void say_event(struct explainer *explainer, uint64_t seq)
{
        const struct record *record = record_of(explainer, seq);

        if (record == NULL)
                return;
        step_event(explainer, seq);
        if (!record->is_retraction) {
                const struct fact *fact = &record->fact;
                say(explainer, "%s", explainer->vocabulary->events[fact->type].name);
                if (fact->item != NULL)
                        say(explainer, " of %s", fact->item);
                say(explainer, " on %s", day_text(fact->on).text);
                say_fields(explainer, fact);
                say(explainer, " (%s %llu", explainer->question->noun, (unsigned long long)seq);
        } else {
                say(explainer, "(%s %llu", explainer->question->noun, (unsigned long long)seq);
        }
        say_recorded(explainer, record);
        say(explainer, ")");
}

/* ---- attributes ---- */

static void say_row(struct explainer *explainer, const struct derived_row *row)
{
        bool said = false;

        if (row->when.count > 0) {
                say(explainer, " because ");
                say_condition(explainer, row->when);
                said = true;
        }
        if (row->threshold != THRESHOLD_NONE) {
                const char *name = explainer->vocabulary->attributes[row->threshold_date].name;
                say(explainer, "%s%s", said ? " and " : " because ", name);
                say(explainer, row->threshold == THRESHOLD_AFTER ? " has passed" : " has come");
                said = true;
        }
        if (row->count.event != VOCABULARY_NONE) {
                const struct event_match match = {row->count.event, row->count.where};
                say(explainer, "%sthere is at least %u ", said ? " and " : " because ", (unsigned)row->count.at_least);
                say_match(explainer, &match);
        }
}

static bool find_origin(struct explainer *explainer, uint16_t attribute, int32_t day, struct attribute_origin *origin)
{
        enum status status = attribute_trace(&explainer->subject, attribute, day, explainer->arena, origin);

        if (status != STATUS_OK && explainer->status == STATUS_OK)
                explainer->status = status;
        return status == STATUS_OK;
}

static void say_origin(struct explainer *explainer, uint16_t attribute, const struct attribute_origin *origin)
{
        bool set = (origin->value.bits & VALUE_UNSET) == 0;

        say(explainer, "%s ", origin->always && !set ? "is" : "has been");
        say_value(explainer, attribute, origin->value);
        if (origin->always && !set)
                say(explainer, explainer->vocabulary->attributes[attribute].derived ? ", and was so from the start"
                                                                                    : ": it was never recorded");
        else
                say(explainer, " since %s", day_text(origin->since).text);
        if (origin->fact != NULL) {
                say(explainer, ": ");
                say_event(explainer, origin->fact->seq);
        } else if (origin->row != NULL) {
                say(explainer, ", worked out");
                say_row(explainer, origin->row);
        } else if (!origin->always && explainer->vocabulary->attributes[attribute].derived) {
                say(explainer, ", worked out: no row of its table fits any more");
        }
}

static void tell_plain(struct explainer *explainer, uint16_t attribute, int32_t day)
{
        struct attribute_origin origin;

        if (!find_origin(explainer, attribute, day, &origin))
                return;
        step_begin(explainer, STEP_FACT);
        say(explainer, "%s ", explainer->vocabulary->attributes[attribute].name);
        say_origin(explainer, attribute, &origin);
}

/* The dates and attributes that a row of a decision table looked at, one level deep. */
static void tell_row(struct explainer *explainer, const struct derived_row *row, int32_t day)
{
        for (size_t i = 0; i < row->when.count; i++)
                if (!explainer->vocabulary->attributes[row->when.terms[i].subject].derived)
                        tell_plain(explainer, row->when.terms[i].subject, day);
        if (row->threshold != THRESHOLD_NONE)
                tell_plain(explainer, row->threshold_date, day);
}

void tell_attribute(struct explainer *explainer, uint16_t attribute, int32_t day)
{
        struct attribute_origin origin;

        if (!find_origin(explainer, attribute, day, &origin))
                return;
        step_begin(explainer, STEP_FACT);
        say(explainer, "%s ", explainer->vocabulary->attributes[attribute].name);
        say_origin(explainer, attribute, &origin);
        if (origin.row != NULL)
                tell_row(explainer, origin.row, day);
}

void tell_condition(struct explainer *explainer, struct condition condition, int32_t day)
{
        for (size_t i = 0; i < condition.count; i++) {
                const struct term *term = &condition.terms[i];
                struct attribute_origin origin;

                if (!find_origin(explainer, term->subject, day, &origin))
                        return;
                step_begin(explainer, STEP_FACT);
                const struct attribute *attribute = &explainer->vocabulary->attributes[term->subject];
                bool fits = (origin.value.bits & term->mask) != 0;
                say(explainer, "%s ", attribute->name);
                if (!fits) {
                        say(explainer, "would have to be ");
                        say_mask(explainer, attribute, term->mask);
                        say(explainer, "; it ");
                }
                say_origin(explainer, term->subject, &origin);
                if (origin.row != NULL)
                        tell_row(explainer, origin.row, day);
        }
}
