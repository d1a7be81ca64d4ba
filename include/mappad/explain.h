/*
 * explain - why a date is what it is, and why nothing is owed, as numbered steps.
 *
 * Takes what the engine traces of an answer and makes sentences of it: facts
 * with their numbers in the record, the authority, the arithmetic with its
 * operands, the conclusion. The daemon and the tool of rule authors share it.
 * It derives nothing by itself: every number comes from the trace.
 */
#ifndef MAPPAD_EXPLAIN_H
#define MAPPAD_EXPLAIN_H

#include "mappad/survey.h"
#include "mappad/wire.h"

/* What is known of a recorded line besides what the engine needs. Texts live as long as the question. */
struct explain_line {
        const char *user;               /* who recorded it; "" when only the number is known, NULL when nobody is */
        uint32_t uid;
        bool forced;
        const char *why;                /* of a retraction or a replacement; NULL without */
};
/* Purpose: look a line up by its number. False: nothing more is known of it. */
typedef bool (*explain_line_fn)(void *context, uint64_t seq, struct explain_line *ret_line);

struct explain_question {
        const struct ruleset *ruleset;
        const char *case_ref;
        const struct record *records; size_t count;     /* of the case, in order of seq; all of them */
        const char *noun;               /* what a number of the record is called: "event", "line" */
        uint16_t rule;
        const char *item;               /* key, or NULL: the only item of the kind, if the rule is per one */
        int32_t started;                /* the obligation that started on this day; CIVIL_NONE: the most urgent */
        int32_t as_of;
        int64_t known_at;
        explain_line_fn line;           /* NULL: nothing more is known of any */
        void *context;
};

/* Purpose: append one JSON object: {"case", "rule", "item", "title", "as_of", "known_at", "answer", "why",
 * "obligation", "steps", "others"} as docs/openapi.yaml has it. "answer" is the state, or "not-applicable"
 * with the word of enum absence as "why".
 * Owns: scratch memory in arena (wound back before returning).
 * Errors: STATUS_INVALID with *ret_problem: "item-needed" (several items and none named), "unwanted-item",
 * "bad-item", "unknown-obligation" (none started on that day); nothing is appended. STATUS_NO_MEMORY.
 * Cost: two derivations of the case, and one view for each attribute that is told of. */
MUST_CHECK enum status explain_write(const struct explain_question *question, struct arena *arena,
                                     struct wire_buffer *out, struct wire_problem *ret_problem);

#endif
