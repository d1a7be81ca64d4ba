/*
 * query - what a list of obligations remembers between two of its rows.
 */
#ifndef APP_QUERY_H
#define APP_QUERY_H

#include "gathering.h"
#include "horizon.h"

#define APP_STATE_BIT(state) (1u << (state))
#define APP_STATES_OPEN ((1u << APP_OPEN_STATES) - 1)
#define APP_STATES_ALL ((1u << OBLIGATION_STATE_COUNT) - 1)

struct app_query {
        struct app *app;
        struct book *book;
        struct store *reader;
        struct app_obligation_filter filter;
        char case_ref[33];
        struct arena arena;      /* texts of the filter */
        struct arena work, rows; /* one case at a time */
        unsigned states;
        bool *rule_wanted; /* by rule; NULL: all */
        bool *routes;      /* by attribute: whether its words are agencies; NULL: not asked for any */
        uint16_t attributes[APP_FILTERS_MAX]; /* VOCABULARY_NONE: "agency" */
        uint64_t masks[APP_FILTERS_MAX];
        uint64_t given;
        int32_t as_of;
        bool cached;

        struct store_obligation heads[APP_OPEN_STATES];
        bool has_head[APP_OPEN_STATES];
        bool listed[APP_OPEN_STATES];

        uint64_t page;              /* rows that are given out at most; 0: no limit */
        struct gathering gathering; /* rows of a derived answer */
        struct horizon horizon;     /* beyond which none of them is kept */
        size_t next;
        uint64_t after; /* id of the case derived last */
        bool gathered;
        bool in_order; /* of one case: by rule, item, started */

        struct answer_row current;
        struct answer_row place; /* from the cursor: rows up to it are passed over */
        char place_rule[66];
        bool has_place;
        char cursor[APP_CURSOR_SIZE];
};

/* Purpose: the rules under which a query was begun. */
const struct ruleset *query_rules(const struct app_query *query);
/* Purpose: the next word of a comma list; false at its end. */
bool query_next_word(const char **list, char *word, size_t size);
/* Purpose: which attribute a filter asks for, and which of its values fit. Errors: false with *problem. */
bool query_mask(const struct vocabulary *vocabulary, const struct app_attribute_filter *filter, uint16_t *ret_attribute,
                uint64_t *ret_mask, struct wire_problem *problem);
/* Purpose: turn the words of the filter and the cursor into bits and places.
 * Errors: false with what is wrong in *problem, or with nothing in it when memory ran out. */
bool query_understand(struct app_query *query, struct wire_problem *problem);

#endif
