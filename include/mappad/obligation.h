/*
 * obligation - every duty that follows from a case's facts, the rules, the
 * calendar and a day. The heart of the engine.
 *
 * A pure function: same input, same output, to the day. Nothing here knows the
 * time, files or MAPPA. Meaning: docs/rule-language.md, "What a clock means".
 */
#ifndef MAPPAD_OBLIGATION_H
#define MAPPAD_OBLIGATION_H

#include "mappad/casefile.h"

enum obligation_state {
        /* open */
        OBLIGATION_PENDING, OBLIGATION_OPEN, OBLIGATION_DUE_SOON, OBLIGATION_PAUSED, OBLIGATION_OVERDUE,
        OBLIGATION_UNEVALUABLE,
        /* closed */
        OBLIGATION_MET, OBLIGATION_MET_LATE, OBLIGATION_MISSED, OBLIGATION_LAPSED, OBLIGATION_MOVED,
        OBLIGATION_REACHED
};
#define OBLIGATION_STATE_COUNT 12

/* Purpose: the state's word ("due-soon"), and whether it is a closing state. */
const char *obligation_state_word(enum obligation_state state);
bool obligation_state_closed(enum obligation_state state);

/* One obligation as of a day. Days are CIVIL_NONE where there is none. */
struct obligation {
        uint16_t rule;                  /* index in the rule set */
        const struct rule_version *version;
        const struct item *item;        /* NULL without `per` */
        enum obligation_state state;
        int32_t started;
        int32_t opens;
        int32_t due;
        int32_t nominal;                /* the due date had no day been paused; CIVIL_NONE without due */
        int32_t plan_by;
        bool provisional;
        int32_t met_on, ended_on;
        int32_t booked;
        bool booked_late;
        bool paused;
        int32_t used_days, limit_days;  /* -1: none */
        uint16_t missing;               /* attribute, or VOCABULARY_NONE */
        int32_t done, needed;           /* quota only; -1: none */
        bool counting;                  /* open, and used_days rises with each day that passes */
};

/* Purpose: receive one obligation; it is valid during the call only. */
typedef void (*obligation_fn)(void *context, const struct obligation *obligation);

/* Purpose: give every obligation of a case as of a day, closed ones included, to sink:
 * by rule id, item key (none first), started.
 * Shape: casefile stood with last_day = as_of; as_of in range.
 * Owns: scratch memory in arena (wound back before returning).
 * Errors: STATUS_NO_MEMORY, after which nothing given to sink counts.
 * Cost: events + rules that ever apply; no walk over days. */
MUST_CHECK enum status obligation_derive(const struct ruleset *ruleset, const struct casefile *casefile, int32_t as_of,
                      struct arena *arena, obligation_fn sink, void *context);

/* Purpose: as above, but closed obligations are left out. Cost: much less where histories are long. */
MUST_CHECK enum status obligation_derive_open(const struct ruleset *ruleset, const struct casefile *casefile,
                                              int32_t as_of, struct arena *arena, obligation_fn sink, void *context);

/* Purpose: as obligation_derive, of some rules alone: the same answers. Cost: much less where they are few. */
struct obligation_wish { int32_t as_of; bool open_only; const bool *rules; /* by rule */ };
MUST_CHECK enum status obligation_derive_some(const struct ruleset *ruleset, const struct casefile *casefile,
                                              const struct obligation_wish *wish, struct arena *arena,
                                              obligation_fn sink, void *context);

/* Purpose: as obligation_derive, and the first day after as_of on which any answer of this case
 * changes its state, stage or date if nothing is recorded (CIVIL_NONE: never). Days left and used days do not count as
 * a change. */
MUST_CHECK enum status obligation_derive_wake(const struct ruleset *ruleset, const struct casefile *casefile,
                                              int32_t as_of, struct arena *arena, obligation_fn sink, void *context,
                                              int32_t *ret_wake);

/* One stage of an obligation's ladder. */
struct ladder_stage {
        const struct stage *stage;
        int32_t repeat;                 /* 0: the stage itself; 1 .. times */
        int32_t day;
        bool reached;                   /* day <= as_of, and it was still open at the end of that day;
                                           of a milestone the day that closes it counts too */
        bool quiet;                     /* a "before" stage of an obligation booked in time */
};
typedef void (*ladder_fn)(void *context, const struct obligation *obligation, const struct ladder_stage *stage);

/* Purpose: give each stage of an obligation as of a day, in the order of writing,
 * repeats after their stage. Nothing without a due date. */
void ladder_stages(const struct ruleset *ruleset, const struct obligation *obligation, int32_t as_of,
                   ladder_fn sink, void *context);

/* Purpose: the state of the case at the end of a day: one value per attribute, and of
 * the item if given. Owns: arena. NULL when memory ran out. */
const struct value *casefile_state(const struct ruleset *ruleset, const struct casefile *casefile,
                                   const struct item *item, int32_t day, struct arena *arena);

/* Purpose: by attribute, the row of its decision table that decides it at the end of a day: -1 when none does,
 * and for what is no decision table. Owns: arena. NULL when memory ran out. */
const int32_t *casefile_rows(const struct ruleset *ruleset, const struct casefile *casefile, const struct item *item,
                             int32_t day, struct arena *arena);

#endif
