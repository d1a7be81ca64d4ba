/*
 * steps - the step in hand: its sentence, its operands, its object.
 *
 * A sentence grows in one buffer and operands in another, since both are told
 * together; the object is written when the step ends.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "room.h"

#define SAY_SIZE 256 /* a clause; longer ones take the arena */

static const char *const kind_words[] = {"fact", "authority", "arithmetic", "conclusion"};

void say(struct explainer *explainer, const char *format, ...)
{
        char clause[SAY_SIZE];
        char *text = clause;
        va_list arguments;

        va_start(arguments, format);
        int length = vsnprintf(clause, sizeof clause, format, arguments);
        va_end(arguments);
        if (length < 0) {
                explainer->text.failed = true;
                return;
        }
        struct arena_mark mark = arena_mark(explainer->arena);
        if ((size_t)length >= sizeof clause) {
                text = arena_alloc(explainer->arena, (size_t)length + 1);
                if (text == NULL) {
                        explainer->text.failed = true;
                        return;
                }
                va_start(arguments, format);
                vsnprintf(text, (size_t)length + 1, format, arguments);
                va_end(arguments);
        }
        wire_put(&explainer->text, text, (size_t)length);
        arena_rewind(explainer->arena, mark);
}

struct day_text day_text(int32_t day)
{
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        struct day_text to;

        if (day == CIVIL_NONE) {
                snprintf(to.text, sizeof to.text, "no date");
                return to;
        }
        struct civil civil = civil_to_date(day);
        snprintf(to.text, sizeof to.text, "%d %s %d", civil.day, months[civil.month - 1], civil.year);
        return to;
}

void say_result(struct explainer *explainer, int32_t day)
{
        static const char *const names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                            "Friday", "Saturday", "Sunday"};
        const struct calendar *calendar = &explainer->ruleset->calendar;
        const struct holiday *holiday = calendar_holiday(calendar, day);

        say(explainer, "%s", day_text(day).text);
        if (holiday != NULL)
                say(explainer, ", %s", holiday->name);
        else if (!calendar_works(calendar, day))
                say(explainer, ", a %s", names[civil_weekday(day)]);
}

/* ---- operands ---- */

void operands_begin(struct explainer *explainer, const char *op, const char *of)
{
        wire_buffer_reset(&explainer->operands);
        wire_put_text(&explainer->operands, "{");
        operand_text(explainer, "op", op);
        operand_text(explainer, "of", of);
}

void operand_day(struct explainer *explainer, const char *key, int32_t day)
{
        wire_put_key(&explainer->operands, key);
        wire_put_date(&explainer->operands, day);
}

void operand_number(struct explainer *explainer, const char *key, int64_t number)
{
        wire_put_key(&explainer->operands, key);
        wire_put_number(&explainer->operands, number);
}

void operand_text(struct explainer *explainer, const char *key, const char *text)
{
        wire_put_key(&explainer->operands, key);
        wire_put_string(&explainer->operands, text);
}

void operand_flag(struct explainer *explainer, const char *key, bool truth)
{
        wire_put_key(&explainer->operands, key);
        wire_put_bool(&explainer->operands, truth);
}

void operand_period(struct explainer *explainer, const char *key, struct period period)
{
        char text[PERIOD_TEXT_SIZE];

        period_format(period, text);
        operand_text(explainer, key, text);
}

/* ---- the step ---- */

static void put_text(struct wire_buffer *out, const char *key, const char *text)
{
        wire_put_key(out, key);
        wire_put_string(out, text);
}

static void put_record(struct explainer *explainer, const struct record *record)
{
        struct wire_buffer *out = explainer->out;
        const struct explain_question *question = explainer->question;
        struct explain_line line = {0};
        bool known =
                record != NULL && question->line != NULL && question->line(question->context, record->fact.seq, &line);

        wire_put_key(out, "seq");
        if (record != NULL)
                wire_put_number(out, (int64_t)record->fact.seq);
        else
                wire_put_text(out, "null");
        bool event = record != NULL && !record->is_retraction;
        put_text(out, "event", event ? explainer->vocabulary->events[record->fact.type].name : NULL);
        wire_put_key(out, "on");
        wire_put_date(out, event ? record->fact.on : CIVIL_NONE);
        put_text(out, "item", event ? record->fact.item : NULL);
        wire_put_key(out, "recorded_at");
        wire_put_instant(out, record != NULL ? record->recorded_at : INSTANT_ALWAYS);
        put_text(out, "recorded_by", known ? line.user : NULL);
        wire_put_key(out, "forced");
        wire_put_bool(out, known && line.forced);
}

static void put_authority(struct explainer *explainer, const struct rule_version *version)
{
        struct wire_buffer *out = explainer->out;

        wire_put_key(out, "authority");
        if (version == NULL) {
                wire_put_text(out, "null");
                return;
        }
        wire_put_text(out, "{");
        put_text(out, "id", version->authority);
        put_text(out, "source", version->source);
        put_text(out, "basis", version->basis);
        put_text(out, "strength", wire_strength_word(version->strength));
        wire_put_key(out, "version");
        wire_put_date(out, version->in_force_from == CIVIL_MIN ? CIVIL_NONE : version->in_force_from);
        wire_put_text(out, "}");
}

void step_end(struct explainer *explainer)
{
        struct wire_buffer *out = explainer->out;

        if (!explainer->open)
                return;
        wire_put(&explainer->text, "", 1);
        if (explainer->text.failed || explainer->operands.failed) {
                out->failed = true;
                return;
        }
        wire_put_text(out, explainer->number == 1 ? "{" : ",{");
        wire_put_key(out, "n");
        wire_put_number(out, explainer->number);
        put_text(out, "kind", kind_words[explainer->kind]);
        put_text(out, "text", explainer->text.data);
        put_record(explainer, explainer->record);
        wire_put_key(out, "date");
        wire_put_date(out, explainer->date);
        put_authority(explainer, explainer->authority);
        wire_put_key(out, "operands");
        if (explainer->operands.length > 0) {
                wire_put(out, explainer->operands.data, explainer->operands.length);
                wire_put_text(out, "}");
        } else {
                wire_put_text(out, "null");
        }
        wire_put_text(out, "}");
        explainer->open = false;
}

void step_begin(struct explainer *explainer, enum step_kind kind)
{
        step_end(explainer);
        wire_buffer_reset(&explainer->text);
        wire_buffer_reset(&explainer->operands);
        explainer->number++;
        explainer->open = true;
        explainer->kind = kind;
        explainer->record = NULL;
        explainer->authority = NULL;
        explainer->date = CIVIL_NONE;
}

void step_event(struct explainer *explainer, uint64_t seq)
{
        explainer->record = record_of(explainer, seq);
}

void step_date(struct explainer *explainer, int32_t day)
{
        explainer->date = day;
}

void step_authority(struct explainer *explainer, const struct rule_version *version)
{
        explainer->authority = version;
}
