/*
 * room - what the files of daemon/explain share: the question in hand and the
 * step that is being written. Private to daemon/explain.
 *
 * A step stays open until the next begins, so that whoever wrote the last one
 * may still add a clause to it.
 */
#ifndef EXPLAIN_ROOM_H
#define EXPLAIN_ROOM_H

#include "mappad/explain.h"

enum step_kind { STEP_FACT, STEP_AUTHORITY, STEP_ARITHMETIC, STEP_CONCLUSION };

struct explainer {
        const struct explain_question *question;
        const struct ruleset *ruleset;
        const struct vocabulary *vocabulary;
        const struct rule *rule;
        struct casefile casefile;
        struct trace_subject subject;   /* item set once it is known */
        struct arena *arena;
        struct wire_buffer *out;
        enum status status;             /* the first failure */

        /* the step in hand */
        int64_t number;                 /* 0: none yet */
        bool open;
        enum step_kind kind;
        struct wire_buffer text, operands;
        const struct record *record;    /* the event that it tells of */
        const struct rule_version *authority;
        int32_t date;
};

/* ---- steps.c ---- */

/* Purpose: end the step before and begin one; end the last. */
void step_begin(struct explainer *explainer, enum step_kind kind);
void step_end(struct explainer *explainer);
/* Purpose: which event, date or authority a step tells of. */
void step_event(struct explainer *explainer, uint64_t seq);
void step_date(struct explainer *explainer, int32_t day);
void step_authority(struct explainer *explainer, const struct rule_version *version);

/* Purpose: append to the sentence. */
void say(struct explainer *explainer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A date in a sentence, "5 Sep 2022"; by value, so that it lives through one call. */
struct day_text { char text[20]; };
struct day_text day_text(int32_t day);
/* Purpose: say a date, and what is special about it: ", Boxing Day", ", a Sunday". */
void say_result(struct explainer *explainer, int32_t day);

/* Purpose: begin the operands of an arithmetic step: what was done (op), to find what (of); add to them. */
void operands_begin(struct explainer *explainer, const char *op, const char *of);
void operand_day(struct explainer *explainer, const char *key, int32_t day);
void operand_number(struct explainer *explainer, const char *key, int64_t number);
void operand_text(struct explainer *explainer, const char *key, const char *text);
void operand_flag(struct explainer *explainer, const char *key, bool truth);
/* Purpose: the length and phrase of a period, as they are written in a rule. */
void operand_period(struct explainer *explainer, const char *key, struct period period);

/* ---- words.c ---- */

/* Purpose: say the words of a mask, "2 or 3"; a value, "custody"; a term, "level is 2 or 3"; a condition. */
void say_mask(struct explainer *explainer, const struct attribute *attribute, uint64_t mask);
void say_value(struct explainer *explainer, uint16_t attribute, struct value value);
void say_term(struct explainer *explainer, const struct term *term);
void say_condition(struct explainer *explainer, struct condition condition);
/* Purpose: say which events match: "meeting-held with meeting-level 2 or 3". */
void say_match(struct explainer *explainer, const struct event_match *match);
/* Purpose: how many, with the right ending: "1 day", "14 days". */
void say_count(struct explainer *explainer, int64_t count, const char *singular, const char *plural);

/* ---- facts.c ---- */

/* Purpose: the record behind a number. */
const struct record *record_of(const struct explainer *explainer, uint64_t seq);
/* Purpose: say an event with what the record knows of it, and make it the event of the step. */
void say_event(struct explainer *explainer, uint64_t seq);
/* Purpose: a step for an attribute's value on a day: since when, and what made it so. Conditions lead each one. */
void tell_attribute(struct explainer *explainer, uint16_t attribute, int32_t day);
/* Purpose: the same for every attribute of a condition, each with whether it holds. */
void tell_condition(struct explainer *explainer, struct condition condition, int32_t day);
/* Purpose: whether an event fits; one of several. */
bool fact_fits(const struct event_match *match, const struct fact *fact);
bool fact_meets(const struct rule_version *version, const struct fact *fact);
/* Purpose: whether the rule sees an event: one of its item, or of the case where it is per none. */
bool fact_of_subject(const struct explainer *explainer, const struct fact *fact);

/* ---- explain.c ---- */

/* Purpose: the keys of the items that the rule is about and that have begun by the day, a blank before each; "..." for
 * those that there is no room for, "" without any. */
#define ITEM_KEYS_SIZE (WIRE_MESSAGE_SIZE / 2)
void item_keys(const struct explainer *explainer, char ret_keys[static ITEM_KEYS_SIZE]);

/* ---- law.c ---- */

/* Purpose: the steps for what a version states and how it counts. period: of the table's row; count 0 without. */
void tell_law(struct explainer *explainer, const struct rule_version *version, struct period period);

/* ---- reckon.c, span.c ---- */

/* Purpose: the arithmetic of an answer, if it has a due date. The last step of "due" ends on it. */
void tell_arithmetic(struct explainer *explainer, const struct trace *trace);
/* Purpose: one plain period from a day: the step, and its date. from is the day counted from. */
int32_t tell_period(struct explainer *explainer, struct period period, int32_t from, const char *of);
/* Purpose: its parts: "5 Sep 2022 + 112 days"; whether the corresponding date is missing, and the clause that says
 * so; the holidays of first .. last that would have been worked, as clause and operand. */
void say_sum(struct explainer *explainer, struct period period, int32_t from);
bool period_clamps(struct period period, int32_t from, int32_t *ret_last);
void say_clamp(struct explainer *explainer, struct period period, int32_t from);
void tell_skipped(struct explainer *explainer, int32_t first, int32_t last);
/* Purpose: the pauses that touch first .. last as operand "paused", days after asked left out; how many days
 * of them lie there. */
struct pause_days { const struct trace *trace; int32_t asked; };
int32_t operand_pauses(struct explainer *explainer, struct pause_days pauses, int32_t first, int32_t last);
/* Purpose: dates of `by`; count and last day of quotas. */
void tell_date(struct explainer *explainer, const struct trace *trace);
void tell_quota(struct explainer *explainer, const struct trace *trace);

/* ---- owed.c, absent.c, undone.c ---- */

/* Purpose: every step of an obligation; of the reason why there is none. */
void tell_owed(struct explainer *explainer, const struct trace *trace);
void tell_absent(struct explainer *explainer, const struct absence_answer *why);
/* Purpose: events between two days that look as if they counted and do not. */
void tell_near_misses(struct explainer *explainer, const struct trace *trace);
void tell_idle_triggers(struct explainer *explainer, const struct rule_version *version);
/* Purpose: events that would have mattered to a version and were retracted or replaced. */
void tell_undone(struct explainer *explainer, const struct rule_version *version);

#endif
