/*
 * rulefile - text becomes a rule set.
 *
 * Reads any number of rule files (the language of docs/rule-language.md) into
 * one immutable struct ruleset, or says everything that is wrong with all of
 * them in one pass. A rule set with an error is never returned.
 */
#ifndef MAPPAD_RULEFILE_H
#define MAPPAD_RULEFILE_H

#include "mappad/diagnostics.h"
#include "mappad/rule.h"
#include "mappad/status.h"

#define RULEFILE_FILES_MAX 1000         /* files of one rule set */

/* Purpose: load a rule set. Each path is a file, or a directory whose *.cfg files (hidden ones left
 * out, no deeper folder) are read in byte order of their names; the lists of all files concatenate.
 * Owns: *ret_ruleset is the caller's, to be given to ruleset_free; texts in it do not depend on paths.
 * Errors: STATUS_INVALID, *ret_ruleset untouched, when diagnostics hold an error; warnings may be there
 * beside STATUS_OK. STATUS_NO_MEMORY. Cost: linear in the text; 20,000 rules take well under a second. */
MUST_CHECK enum status rulefile_load(const char *const *paths, size_t count, struct diagnostics *diagnostics,
                                     struct ruleset **ret_ruleset);

/* One text that stands for a file. */
struct rulefile_text {
        const char *name;       /* as diagnostics name it */
        const char *text;       /* any bytes */
        size_t length;
};

/* Purpose: the same from texts in memory, in their order. For tests, fuzzers and rule sets kept by digest. */
MUST_CHECK enum status rulefile_load_text(const struct rulefile_text *texts, size_t count,
                                          struct diagnostics *diagnostics, struct ruleset **ret_ruleset);

/* Purpose: take apart what ruleset->text says: the files in it, whose names and contents are the arena's. A text
 * that is not of that form gives STATUS_INVALID. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status rulefile_unbind(const char *text, struct arena *arena, struct rulefile_text **ret_files,
                                       size_t *ret_count);
/* Purpose: the digest that names rules, calendar and contacts together, 64 hex digits: SHA-256 of
 * "rules DIGEST\ncontacts DIGEST\n", the second line without a digest where there are no contacts.
 * It is what a change of rules is accepted by. Errors: STATUS_NO_MEMORY. */
struct contacts;
MUST_CHECK enum status rulefile_seal(const struct ruleset *ruleset, const struct contacts *contacts,
                                     char ret_hex[static 65]);
/* Purpose: the same from the two digests; contacts "" where there are none. */
MUST_CHECK enum status rulefile_seal_digests(const char *rules, const char *contacts, char ret_hex[static 65]);

/* Purpose: release a rule set with everything in it. NULL is nothing. */
void ruleset_free(struct ruleset *ruleset);

/* Purpose: look for what is well formed and yet cannot be meant: conditions that no case meets, rules
 * that can never be met or started, constraints that can never be broken, stages that can never be reached, ladders
 * out of order, duties that must be done and of whose lateness nobody is told, words that nothing uses, rows never
 * reached, spans in force far from anybody's time, facts needed in vain, `applies` over an attribute that events set
 * back and forth, `runs` over one that is not needed.
 * All are warnings, at the rule, row or stage they are about.
 * Errors: STATUS_NO_MEMORY. Cost: linear in the rule set but for rows, which are compared within their table. */
MUST_CHECK enum status rulefile_check(const struct ruleset *ruleset, struct diagnostics *diagnostics);

/* One answer that hangs on the month-end convention. */
struct ambiguity {
        const struct rule *rule;
        const struct rule_version *version;
        struct period period;           /* the one in question */
        const char *setting;            /* "every", "within", "grace", "lead", "opens", "at", "again", "at-least" or
                                           "at-most" */
        int32_t anchor;
        int32_t day;                    /* what the rule set means */
        int32_t other;                  /* the other reading */
};
typedef void (*ambiguity_fn)(void *context, const struct ambiguity *ambiguity);

/* Purpose: give every rule, setting and anchor day in from .. until whose date hangs on the month-end
 * convention, by rule, setting, anchor. Anchors that a rule never has are left out: days before it is in force, and
 * all days but its own for a fixed day of the year or a quota. Cost: one addition a period and day. */
void rulefile_ambiguities(const struct ruleset *ruleset, int32_t from, int32_t until, ambiguity_fn sink, void *context);

#endif
