/*
 * vocabulary - the words of a rule set: items, attributes, events, and what
 * events do to attributes.
 *
 * The rule-file layer fills these structs, the engine reads them. Everything is
 * plain, immutable once built, and lives in the rule set's arena. Indices are
 * positions in the arrays of struct vocabulary. A value of any kind is one
 * struct value, so that a condition is a handful of masks.
 */
#ifndef MAPPAD_VOCABULARY_H
#define MAPPAD_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VOCABULARY_NONE UINT16_MAX      /* "no attribute", "no item kind", "no event" */
#define VOCABULARY_VALUES_MAX 62        /* declared values of one enumeration or set */
#define VALUE_UNSET UINT64_C(1)         /* the bit of "unset" in every value and mask */
#define VALUE_BIT(index) (UINT64_C(2) << (index))       /* the bit of declared value number index */
#define VALUE_ANY_SET (~UINT64_C(1))    /* the mask that "set" stands for */

/* An attribute's or field's value. Exactly VALUE_UNSET when there is none.
 * Enumeration: one VALUE_BIT. Set: every VALUE_BIT it holds. Date: VALUE_BIT(0)
 * and day. Token: VALUE_BIT(0) and token. */
struct value {
        uint64_t bits;
        int32_t day;            /* CIVIL_NONE unless a date */
        const char *token;      /* NULL unless a token */
};

enum value_kind { VALUE_ENUM, VALUE_SET, VALUE_DATE, VALUE_TOKEN /* fields only */ };

/* One term of a condition: holds when (bits & mask) != 0. */
struct term {
        uint16_t subject;       /* attribute index; in a `where` or `when` of an event, field index */
        uint64_t mask;          /* VALUE_UNSET for "unset", VALUE_ANY_SET for "set" */
};

/* A conjunction; an empty one holds always. An "unless" beside it excludes when all of
 * its terms hold; an empty unless excludes nothing. */
struct condition {
        const struct term *terms;
        size_t count;
};

struct item_kind { const char *name; const char *label; };

/* A count of events, for a row of a derived attribute. */
struct event_count {
        uint16_t event;                 /* VOCABULARY_NONE: the row has no count */
        uint16_t latest;                /* field index: of each value of it only the last event counts; or
                                           VOCABULARY_NONE */
        struct condition where;         /* on the event's fields, asked after `latest` */
        uint32_t at_least;              /* >= 1 */
};

enum threshold { THRESHOLD_NONE, THRESHOLD_AFTER /* day > date */, THRESHOLD_FROM /* day >= date */ };

/* A row of a decision table; the first that fits decides. */
struct derived_row {
        uint8_t is;                     /* value index */
        struct condition when, unless;
        enum threshold threshold;
        uint16_t threshold_date;        /* date attribute; unset: the row does not fit */
        struct event_count count;
        int32_t in_force_from, in_force_until;  /* CIVIL_MIN, CIVIL_MAX when not limited */
        const char *file; int line;
};

struct attribute {
        const char *name;
        const char *label;              /* NULL without */
        enum value_kind kind;           /* never VALUE_TOKEN */
        uint16_t scope;                 /* item kind, or VOCABULARY_NONE: of the case */
        const char *const *values;      /* declared words; none for dates */
        size_t value_count;
        bool derived;
        const struct derived_row *rows; /* derived only; may use attributes declared before this one */
        size_t row_count;
        const char *file; int line;
};

enum effect_kind { EFFECT_CLEAR, EFFECT_SET, EFFECT_ADD, EFFECT_REMOVE };

/* One effect of an event; effects apply in array order (clears, sets, adds, removes, carried fields). */
struct effect {
        enum effect_kind kind;
        uint16_t attribute;             /* if its scope is an item kind, that of the event's item */
        uint16_t from_field;            /* field whose value is taken (absent field: nothing happens), or
                                           VOCABULARY_NONE */
        struct value constant;          /* otherwise this */
        struct condition when;          /* on the event's fields */
};

struct field {
        const char *name;
        enum value_kind kind;
        uint16_t attribute;             /* attribute it carries, or VOCABULARY_NONE */
        const char *const *values;      /* VALUE_ENUM, VALUE_SET: of the attribute, or its own */
        size_t value_count;
        bool required;
};

enum item_use { ITEM_USE_NONE, ITEM_USE_BEGINS, ITEM_USE_NAMES, ITEM_USE_MAY_NAME };

struct event_type {
        const char *name;
        const char *label;              /* NULL without */
        enum item_use item_use;
        uint16_t item_kind;             /* unless ITEM_USE_NONE */
        const struct field *fields;
        size_t field_count;
        const struct effect *effects;
        size_t effect_count;
        struct condition needs;         /* `requires`, on the state just before the event */
        struct condition unless;        /* beside `requires` */
        const char *file; int line;
};

struct vocabulary {
        const struct item_kind *items; size_t item_count;
        const struct attribute *attributes; size_t attribute_count;     /* in order of declaration, derived ones among
                                                                           them */
        const struct event_type *events; size_t event_count;
};

/* Purpose: index of a name, or VOCABULARY_NONE. Cost: linear in the words. */
uint16_t vocabulary_item(const struct vocabulary *vocabulary, const char *name);
uint16_t vocabulary_attribute(const struct vocabulary *vocabulary, const char *name);
uint16_t vocabulary_event(const struct vocabulary *vocabulary, const char *name);
uint16_t vocabulary_field(const struct event_type *type, const char *name);
/* Purpose: index of a word among count words, or -1. */
int vocabulary_word(const char *const *words, size_t count, const char *word);

/* Purpose: whether a condition holds over values indexed by its terms' subjects.
 * Cost: one load and test a term. */
static inline bool condition_holds(struct condition condition, const struct value *values)
{
        for (size_t i = 0; i < condition.count; i++)
                if ((values[condition.terms[i].subject].bits & condition.terms[i].mask) == 0)
                        return false;
        return true;
}

/* Purpose: whether an `unless` excludes. An empty one never does. */
static inline bool condition_excludes(struct condition unless, const struct value *values)
{
        return unless.count > 0 && condition_holds(unless, values);
}

#endif
