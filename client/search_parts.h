/*
 * search_parts - what the files of the search share.
 */
#ifndef MAPPACTL_SEARCH_PARTS_H
#define MAPPACTL_SEARCH_PARTS_H

#include "search.h"

struct node;

struct search {
        const struct search_goal *goal;
        struct arena arena;             /* what lives as long as the search */
        struct arena scratch;           /* of one state */
        bool *relevant;                 /* by attribute */
        bool *counted;                  /* by event: its facts are part of what a state is */
        bool *wanted;                   /* by event: tried at all */
        struct fact *moves; size_t move_count, move_capacity;   /* events with fields, on the goal's day */
        struct node *best;              /* lacks least of what was seen */
        bool failed;                    /* memory ran out */
};

/* Purpose: find what has to do with the rule, and every move (search_moves.c). false: no memory. */
bool search_learn(struct search *search);
/* Purpose: the key by which moves name an item of a kind. NULL without memory. */
const char *search_key(struct search *search, uint16_t kind);

#endif
