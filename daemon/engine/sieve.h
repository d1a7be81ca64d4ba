/*
 * sieve - which rules can have an answer at all, told from the types of the events that have happened and from the
 * values that attributes had; where only open ones are wanted, from the last.
 *
 * It lets through too many rather than too few: what a rule asks is asked in full of those that are left, but for those
 * of which the values have told all. Of an item there are few rules, so that values are not looked at.
 */
#ifndef MAPPAD_ENGINE_SIEVE_H
#define MAPPAD_ENGINE_SIEVE_H

#include "mappad/rule.h"
#include "packing.h"

struct view;

/* A set of rules is a bit for each, by index, in words of 64. */
#define RULE_WORD(index) ((index) / 64u)
#define RULE_BIT(index) (UINT64_C(1) << ((index) % 64u))

/* Rules that do not apply while an attribute has a value. */
struct sieve_mesh {
        uint16_t attribute;
        struct berth berth;             /* the attribute's */
        const uint64_t *barred;         /* by bit of the value: a set */
};

struct sieve {
        size_t words;                   /* of a set */
        const uint64_t *kinds;          /* by item kind, then for the case: the enabled rules about it */
        const uint64_t *waiting;        /* those that answer nothing before an event of some type */
        const uint64_t *stirred;        /* by TYPE_BIT, whose number: those that answer to an event of such a type */
        uint64_t stirring;              /* TYPE_BIT of each type that some answer to */
        const uint64_t *outlasting;     /* those of which something may be open while they do not apply */
        const uint64_t *told;           /* those about the case that may have something open if no value bars them */
        const struct berth *berths;     /* by attribute */
        const struct sieve_mesh *meshes;
        size_t mesh_count;
};

/* Purpose: make the sieve of a rule set whose attributes are packed. Owns: the rule set's arena. false: no memory. */
bool sieve_make(struct ruleset *ruleset, const struct packing *packing, struct sieve *ret_sieve);
/* Purpose: the rules that a view may have answers of, into a set of sieve->words. */
void sieve_rules(const struct sieve *sieve, const struct view *view, bool open_only, uint64_t *ret_rules);

#endif
