/*
 * lexicon - the store's words against the words of a rule set.
 *
 * Built once when rules come into force: arrays from a word's number to an event
 * type, a rule, an attribute, and back, so that a row becomes a struct without
 * a text being compared. Words that the rules do not know lead nowhere, and
 * whoever meets one says so.
 */
#ifndef APP_LEXICON_H
#define APP_LEXICON_H

#include "mappad/casefile.h"
#include "mappad/store_record.h"

/* Words of the alerts that are not stages of a ladder. */
enum alert_word {
        WORD_BOOKED_LATE, WORD_MOVED, WORD_BOOKING_PASSED, WORD_UNEVALUABLE, WORD_CONSTRAINT, WORD_UNKNOWN,
        WORD_CALENDAR, WORD_NO_CONTACT, WORD_DELIVERY, WORD_RULES, WORD_MISSED, WORD_COUNT
};

struct lexicon_field {
        uint32_t name;
        uint32_t *values;               /* word of each declared value */
};

struct lexicon_type {
        uint32_t name;
        struct lexicon_field *fields;
};

struct lexicon {
        const struct ruleset *ruleset;
        uint32_t word_count;            /* words above are of no use to these rules */
        uint16_t *types, *rules, *attributes;   /* by word; VOCABULARY_NONE */
        struct lexicon_type *type_words;        /* by event type */
        uint32_t *rule_words;                   /* by rule */
        uint32_t *attribute_words;              /* by attribute */
        uint32_t words[WORD_COUNT];
        struct arena arena;
};

/* Purpose: intern every word of a rule set and build the arrays. Shape: in a transaction; when that is
 * undone, the lexicon is of no use. Errors: of the store, STATUS_NO_MEMORY. */
MUST_CHECK enum status lexicon_new(struct store *store, const struct ruleset *ruleset, struct lexicon **ret_lexicon);
/* Purpose: the same without making a word: what the store does not know no row has. For looking, not for writing. */
MUST_CHECK enum status lexicon_peek(struct store *store, const struct ruleset *ruleset, struct lexicon **ret_lexicon);
void lexicon_free(struct lexicon *lexicon);

/* Purpose: index of what a word names, or VOCABULARY_NONE. */
uint16_t lexicon_type(const struct lexicon *lexicon, uint32_t word);
uint16_t lexicon_rule(const struct lexicon *lexicon, uint32_t word);
uint16_t lexicon_attribute(const struct lexicon *lexicon, uint32_t word);

/* Purpose: pack the fields of an event. *ret_size 0 (and NULL): it has none. Owns: arena. */
MUST_CHECK enum status lexicon_pack(const struct lexicon *lexicon, const struct fact *fact, struct arena *arena,
                                    const uint8_t **ret_bytes, size_t *ret_size);
/* Purpose: unpack them. *ret_unknown is the word that the rules do not know, or UINT32_MAX for bytes
 * that are damaged; 0 when all is well. */
MUST_CHECK enum status lexicon_unpack(const struct lexicon *lexicon, uint16_t type, const struct store_line *line,
                                      struct arena *arena, const struct value **ret_fields, uint32_t *ret_unknown);

#endif
