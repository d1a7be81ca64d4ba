/*
 * casefile - the record of one case: which events stand, and whether a new one
 * may be recorded.
 *
 * Records are immutable and numbered; a later one may retract or replace an
 * earlier one. What stands is sorted by day and, within a day, by position: its
 * own number, or that of the event whose place it took.
 */
#ifndef MAPPAD_CASEFILE_H
#define MAPPAD_CASEFILE_H

#include "mappad/rule.h"
#include "mappad/status.h"

#define CASE_REF_MAX 32         /* [A-Z0-9][A-Z0-9-]{1,31} */
#define ITEM_KEY_MAX 32         /* [A-Za-z0-9][A-Za-z0-9-]{0,31} */
#define TOKEN_MAX 32            /* [A-Za-z0-9-]{1,32} */
#define EVENT_ID_MAX 64         /* printable ASCII without space: [!-~]{1,64} */
#define INSTANT_ALWAYS INT64_MIN        /* recorded before any instant asked about */
#define INSTANT_LATEST INT64_MAX        /* everything recorded is known */

/* One event as recorded. */
struct fact {
        uint16_t type;                  /* event type index */
        int32_t on;                     /* day it was true */
        const char *item;               /* key, or NULL */
        const struct value *fields;     /* type->field_count values, VALUE_UNSET for absent ones; NULL if the type has
                                           none */
        uint64_t seq;                   /* its number; unique within the case, rising as recorded */
        uint64_t position;              /* order within its day; filled by casefile_stand */
};

/* One line of the record: an event, or the retraction of one. */
struct record {
        bool is_retraction;
        struct fact fact;               /* of a retraction only seq matters */
        uint64_t refers;                /* seq of the event retracted or replaced; 0: none */
        int64_t recorded_at;            /* milliseconds since 1970 UTC; INSTANT_ALWAYS: always known */
};

/* An item of a case, begun by a standing event. */
struct item {
        const char *key;
        uint16_t kind;
        int32_t begins;                 /* day of the event that began it */
        uint64_t position;              /* of that event in its day; earlier events are not of the item */
};

/* What stands of a case; input of every derivation. */
struct casefile {
        const struct fact *facts; size_t fact_count;    /* by on, then position */
        const struct item *items; size_t item_count;    /* by key, byte order */
};

/* Purpose: whether text is a valid case reference, item key, token, id given to an event by whoever records it. */
bool casefile_reference_valid(const char *text);
bool casefile_key_valid(const char *text);
bool casefile_token_valid(const char *text);
bool casefile_id_valid(const char *text);

/* Purpose: what stands of count records (in order of seq) as known at an instant, with
 * events dated after last_day left out (CIVIL_MAX: none left out).
 * Owns: arrays in arena; texts are shared with the records.
 * Errors: STATUS_NO_MEMORY. Cost: sort of the events. */
MUST_CHECK enum status casefile_stand(const struct ruleset *ruleset, const struct record *records, size_t count,
                                      int64_t known_at, int32_t last_day, struct arena *arena,
                                      struct casefile *ret_casefile);

enum refusal_code {
        REFUSAL_NONE,
        REFUSAL_STATE,          /* `requires` does not hold; force lets it pass */
        REFUSAL_CONSTRAINT,     /* a constraint refuses; force lets it pass */
        REFUSAL_ITEM_UNKNOWN, REFUSAL_ITEM_KIND, REFUSAL_ITEM_TAKEN, /* never forced */
        REFUSAL_NOT_STANDING,   /* retracts or replaces something that does not stand */
        REFUSAL_NO_MEMORY       /* not an answer: the caller handles it as STATUS_NO_MEMORY */
};

#define ADMISSION_FLAGS_MAX 32

/* Whether a record may join those before it. */
struct admission {
        enum refusal_code code;
        bool forced;                    /* something was let pass because of force */
        uint16_t attribute;             /* REFUSAL_STATE: first attribute that does not fit, or VOCABULARY_NONE */
        struct value found;             /* its value just before the event */
        const struct constraint *constraint;    /* REFUSAL_CONSTRAINT */
        const struct constraint *flags[ADMISSION_FLAGS_MAX];    /* flagged (and forced) constraints, in file order */
        size_t flag_count;
        int32_t due;                    /* CONSTRAINT_NOT_AFTER_DUE: the due date that was passed, else CIVIL_NONE */
};

/* Purpose: decide about candidate, the next record after count existing ones (all of
 * them count, whatever their recorded_at). Fields were already checked against
 * the event type. Cost: one pass over the case's events; derivations only for
 * not-after-due constraints of this event type. */
struct admission casefile_admit(const struct ruleset *ruleset, const struct record *records, size_t count,
                                const struct record *candidate, bool force, struct arena *arena);

#endif
