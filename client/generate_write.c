/*
 * generate_write - scenarios as tests in the syntax of test files.
 */
#include <stdlib.h>
#include <string.h>

#include "generate_parts.h"
#include "mappad/suite.h"

static void put_text(struct generation *generation, const char *text)
{
        wire_put_text(&generation->out, text);
}

static void put_setting(struct generation *generation, const char *name, const char *value)
{
        put_text(generation, " ");
        put_text(generation, name);
        put_text(generation, " = \"");
        put_text(generation, value);
        put_text(generation, "\";");
}

static void put_day(struct generation *generation, const char *name, int32_t day)
{
        char text[CIVIL_TEXT_SIZE];
        civil_format(day, text);
        put_setting(generation, name, text);
}

static void put_set(struct generation *generation, const struct field *field, uint64_t bits)
{
        const char *before = " = [\"";
        put_text(generation, " ");
        put_text(generation, field->name);
        for (size_t i = 0; i < field->value_count; i++) {
                if ((bits & VALUE_BIT(i)) == 0)
                        continue;
                put_text(generation, before);
                put_text(generation, field->values[i]);
                before = "\", \"";
        }
        put_text(generation, "\"];");
}

static void put_field(struct generation *generation, const struct field *field, const struct value *value)
{
        if (value->bits == VALUE_UNSET)
                return;
        switch (field->kind) {
        case VALUE_ENUM:
                for (size_t i = 0; i < field->value_count; i++)
                        if (value->bits == VALUE_BIT(i))
                                put_setting(generation, field->name, field->values[i]);
                return;
        case VALUE_SET:
                put_set(generation, field, value->bits);
                return;
        case VALUE_DATE:
                put_day(generation, field->name, value->day);
                return;
        case VALUE_TOKEN:
                put_setting(generation, field->name, value->token);
                return;
        }
}

static void put_record(struct generation *generation, const struct record *record)
{
        const struct event_type *event = &generation->ruleset->vocabulary.events[record->fact.type];
        put_text(generation, "      {");
        put_day(generation, "on", record->fact.on);
        put_setting(generation, "event", event->name);
        if (record->fact.item != NULL)
                put_setting(generation, "item", record->fact.item);
        for (size_t i = 0; i < event->field_count; i++)
                put_field(generation, &event->fields[i], &record->fact.fields[i]);
        put_text(generation, " }");
}

struct ladder_writing {
        struct generation *generation;
        size_t count;
};

static void put_stage(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        struct ladder_writing *writing = context;
        struct generation *generation = writing->generation;
        (void)obligation;
        if (!stage->reached)
                return;
        put_text(generation, writing->count++ > 0 ? ",\n              {" : "\n            stages = (\n              {");
        put_setting(generation, "stage", stage->stage->at);
        if (stage->repeat > 0) {
                put_text(generation, " repeat = ");
                wire_put_number(&generation->out, stage->repeat);
                put_text(generation, ";");
        }
        put_day(generation, "day", stage->day);
        put_text(generation, " }");
}

/* What a test names of an answer: all that a person can work out on paper. */
static void put_answer(struct generation *generation, const struct obligation *obligation, int32_t day)
{
        static const enum suite_field shown[] = {SUITE_STATE,      SUITE_STARTED,   SUITE_OPENS,    SUITE_DUE,
                                                 SUITE_PLAN_BY,    SUITE_MET_ON,    SUITE_ENDED_ON, SUITE_USED_DAYS,
                                                 SUITE_LIMIT_DAYS, SUITE_DAYS_LEFT, SUITE_MISSING,  SUITE_DONE,
                                                 SUITE_NEEDED};
        struct ladder_writing writing = {.generation = generation};
        char text[SUITE_VALUE_SIZE];
        put_text(generation, "          {");
        if (obligation->item != NULL)
                put_setting(generation, "item", obligation->item->key);
        for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
                int32_t value = suite_field_value(obligation, shown[i], day);
                if (value == SUITE_NONE)
                        continue;
                suite_value_format(generation->ruleset, shown[i], value, text);
                if (suite_field_kind(shown[i]) != SUITE_KIND_NUMBER) {
                        put_setting(generation, suite_field_name(shown[i]), text);
                        continue;
                }
                put_text(generation, " ");
                put_text(generation, suite_field_name(shown[i]));
                put_text(generation, " = ");
                put_text(generation, text);
                put_text(generation, ";");
        }
        if (generation->version->has_runs && !obligation_state_closed(obligation->state))
                put_text(generation, obligation->paused ? " paused = true;" : " paused = false;");
        ladder_stages(generation->ruleset, obligation, day, put_stage, &writing);
        put_text(generation, writing.count > 0                      ? " ); }"
                             : obligation->version->stage_count > 0 ? " stages = (); }"
                                                                    : " }");
}

static void put_answers(struct generation *generation, const struct scenario *scenario, int32_t day)
{
        size_t count;
        struct obligation *answers = generation_answers(generation, scenario, day, &count);
        put_text(generation, "      {");
        put_day(generation, "day", day);
        put_text(generation, " expect = (");
        for (size_t i = 0; answers != NULL && i < count; i++) {
                put_text(generation, i > 0 ? ",\n" : "\n");
                put_answer(generation, &answers[i], day);
        }
        put_text(generation, " ); }");
}

/* Warnings are expected, each by the place of its event; false if an event is refused. */
static bool admit_all(struct generation *generation, const struct scenario *scenario, struct wire_buffer *flags)
{
        for (size_t i = 0; i < scenario->count; i++) {
                struct admission admission = casefile_admit(generation->ruleset, scenario->records, i,
                                                            &scenario->records[i], false, &generation->arena);
                generation->failed |= admission.code == REFUSAL_NO_MEMORY;
                if (admission.code != REFUSAL_NONE)
                        return false;
                for (size_t j = 0; j < admission.flag_count; j++) {
                        wire_put_text(flags, flags->length > 0 ? ", { entry = " : "    flagged = ( { entry = ");
                        wire_put_number(flags, (int64_t)i + 1);
                        wire_put_text(flags, "; constraint = \"");
                        wire_put_text(flags, admission.flags[j]->id);
                        wire_put_text(flags, "\"; }");
                }
        }
        if (flags->length > 0)
                wire_put_text(flags, " );\n");
        return true;
}

void generation_write(struct generation *generation, const struct scenario *scenario)
{
        struct wire_buffer flags;
        wire_buffer_init(&flags);
        if (!admit_all(generation, scenario, &flags)) {
                put_text(generation, "  # left out, since an event of it is refused: ");
                put_text(generation, scenario->name);
                put_text(generation, "\n");
                wire_buffer_fini(&flags);
                return;
        }
        put_text(generation, generation->tests++ > 0 ? ",\n\n  { name = \"" : "\n  { name = \"");
        put_text(generation, scenario->name);
        put_text(generation, "\";\n    rule = \"");
        put_text(generation, generation->ruleset->rules[generation->rule].id);
        put_text(generation, "\";\n");
        if (generation->enabled_here) {
                put_text(generation, "    enable = [\"");
                put_text(generation, generation->ruleset->rules[generation->rule].id);
                put_text(generation, "\"];\n");
        }
        put_text(generation, "    history = (");
        for (size_t i = 0; i < scenario->count; i++) {
                put_text(generation, i > 0 ? ",\n" : "\n");
                put_record(generation, &scenario->records[i]);
        }
        put_text(generation, " );\n");
        wire_put(&generation->out, flags.data, flags.length);
        put_text(generation, "    on = (");
        for (size_t i = 0; i < scenario->day_count; i++) {
                put_text(generation, i > 0 ? ",\n" : "\n");
                put_answers(generation, scenario, scenario->days[i]);
        }
        put_text(generation, " ); }");
        generation->failed |= flags.failed;
        wire_buffer_fini(&flags);
}

void generation_begin(struct generation *generation)
{
        const struct rule_version *version = generation->version;
        put_text(generation, "# Generated: check each date against the source before you trust it.\n#\n"
                             "# Boundary tests of the rule \"");
        put_text(generation, generation->ruleset->rules[generation->rule].id);
        put_text(generation, "\". The dates below are what mappad itself answered: they show what the rule\n"
                             "# file says, not whether that is the law. Work each out on paper from\n#   ");
        put_text(generation, version->source[0] != '\0' ? version->source : "(no source is given)");
        put_text(generation, "\n#   ");
        put_text(generation, version->basis);
        put_text(generation, "\n# and delete this notice when you have.\n\ntests = (");
}

void generation_end(struct generation *generation)
{
        put_text(generation, "\n);\n");
}
