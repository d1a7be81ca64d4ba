/*
 * build - what the rooms of the rule loader share while a rule set is made.
 * Private to daemon/rulefile.
 *
 * Passes: every file is parsed; all names of all files are collected; then each
 * declaration is resolved against the names. What a mistake leaves behind is
 * marked broken, so that one mistake gives one diagnostic. Names that nobody could
 * read are lost: uses of names that are declared nowhere may be of those, and are
 * counted instead of reported.
 *
 * Memory: allocation failure is sticky (build->status). Whoever gets NULL from
 * build_array or build_copy returns at once; the top looks at the status.
 */
#ifndef RULEFILE_BUILD_H
#define RULEFILE_BUILD_H

#include "cfg.h"
#include "words.h"

#include "mappad/rule.h"
#include "mappad/rulefile.h"
#include "mappad/status.h"

#define INDEX_MAX (VOCABULARY_NONE - 1) /* words of one sort: their indices are uint16_t below VOCABULARY_NONE */

/* The settings of a file as a whole. */
enum top { TOP_ITEMS, TOP_ATTRIBUTES, TOP_DERIVED, TOP_EVENTS, TOP_CONSTRAINTS, TOP_CALENDAR, TOP_AUTHORITIES,
           TOP_RULES, TOP_REPORTS, TOP_RETENTION, TOP_COUNT };

struct source {
        struct cfg_file file;           /* its name lives in the rule set's arena */
        const struct cfg_node *top[TOP_COUNT];
};

/* What is known about a declared word beside its struct. */
struct mark {
        const struct cfg_file *file;
        const struct cfg_node *node;
        bool broken;                    /* its declaration has a mistake: no follow-up about it */
        bool scope_lost;                /* attributes: of items of a kind that is not known */
        uint64_t reachable;             /* attributes: the bits it can ever have */
};

struct build {
        struct diagnostics *diagnostics;
        enum status status;
        struct ruleset *ruleset;
        struct arena *arena;            /* the rule set's */
        struct arena scratch;           /* gone when the load is done */
        struct source *sources; size_t source_count;
        struct words items, attributes, events, rules, constraints, authorities, retention_words;
        struct item_kind *item_list;
        struct attribute *attribute_list; struct mark *attribute_marks;
        struct event_type *event_list; struct mark *event_marks; struct event_draft *event_drafts;
        struct rule_draft *drafts; size_t draft_count;  /* sorted by id, then first day in force */
        struct rule *rule_list;
        struct constraint *constraint_list;
        struct report *report_list;
        struct retention *retention_list;
        bool authorities_declared;
        size_t comparisons;             /* words compared for hints so far, see build_hint */
        bool unread;                    /* a file could not be read or parsed: it may declare anything */
        const char *lost_file; int lost_line;   /* where names were first lost; NULL: nowhere */
        size_t held_back;               /* uses that were not reported for it */
};

/* Purpose: zeroed storage in the rule set's arena, or in scratch memory. */
void *build_array(struct build *build, size_t count, size_t size);
void *build_scratch(struct build *build, size_t count, size_t size);
/* Purpose: a copy of a text in the rule set's arena. */
char *build_copy(struct build *build, const char *text);
/* Purpose: a copy of an optional text setting; NULL for NULL. */
char *build_text(struct build *build, const struct cfg_node *node);

/* Purpose: the elements of one top-level setting over all files. */
size_t build_total(const struct build *build, enum top top);

/* Purpose: whether text is a word ("level-2"); reports otherwise. digit_first for values, which may be "1". */
bool build_word(const struct cfg_file *file, const struct cfg_node *node, const char *what, const char *text,
                bool digit_first);
/* Purpose: as build_word, and none of the names that the event form keeps for itself. */
bool build_free_word(const struct cfg_file *file, const struct cfg_node *node, const char *what, const char *text);
/* Purpose: the index of a text setting among words, or -1 after reporting. */
int build_choice(const struct cfg_file *file, const struct cfg_node *node, const char *const *words, size_t count);
/* Purpose: read a date setting. */
bool build_day(const struct cfg_file *file, const struct cfg_node *node, int32_t *ret_day);
/* Purpose: read "MM-DD", a day that every year has (clocks.c). */
bool build_day_of_year(const struct cfg_file *file, const struct cfg_node *node, uint8_t *ret_month, uint8_t *ret_day);
/* Purpose: read an optional `in-force` group; CIVIL_MIN and CIVIL_MAX where open. */
bool build_in_force(const struct cfg_file *file, const struct cfg_node *node, int32_t *ret_from, int32_t *ret_until);
/* Purpose: the hint for a word nobody knows, by cfg_hint; none once HINT_COMPARISONS_MAX words were compared, so
 * that a file of 20,000 mistakes is still refused in a moment. */
const char *build_hint(struct build *build, const char *word, const char *const *candidates, size_t count,
                       char hint[static CFG_HINT_SIZE]);
/* Purpose: enter a declared name; reports a second one of the same name and returns false. */
bool build_declare(struct build *build, struct words *words, const char *what, const struct word_entry *entry);
/* Purpose: the index of a word of one sort, or VOCABULARY_NONE after reporting that no WHAT is called so. */
uint16_t build_find(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                    const struct words *words, const char *what);

/* Purpose: note that a declaration gave no name, or, without words, that a file gave none of its own. */
void build_lose(struct build *build, struct words *words, const char *file, int line);
/* Purpose: count a use that is not reported, since what is declared there may have been lost. */
void build_hold_back(struct build *build, const char *file, int line);
/* Purpose: whether a name that is not declared is not to be reported, since its declaration may have been lost; it is
 * counted then. One that is near to a name that is declared is taken for a slip of its own. */
bool build_holds_back(struct build *build, const struct words *words, const char *name);

/* Purpose: whether the kind of an event's item could not be found: its conditions see attributes of any (events.c). */
bool event_item_lost(const struct event_type *event);

/* Purpose: the same of the kind that a rule is per (rules.c). */
bool rule_per_lost(const struct build *build, uint16_t rule);

/* Conditions (condition.c) */
struct view {
        const struct event_type *event; /* conditions on the fields of this event; NULL: on attributes */
        bool event_broken;
        uint16_t scope;                 /* attributes of the case and of this item kind; VOCABULARY_NONE: of the case */
        bool any_scope;                 /* of any one item kind */
        uint16_t limit;                 /* attributes before this index only: declared before */
        bool only_possible;             /* one that no case can meet is an error */
        const char *sees;               /* who looks, for sentences: "a rule without \"per\"" */
};

/* Purpose: read a condition; NULL gives the empty one. Returns whether nothing was wrong. */
bool condition_read(struct build *build, const struct cfg_file *file, const struct cfg_node *group,
                    const struct view *view, struct condition *ret_condition);
/* Purpose: the index of an attribute that a view sees, or VOCABULARY_NONE after reporting. */
uint16_t view_attribute(struct build *build, const struct cfg_file *file, const struct cfg_node *node, const char *name,
                        const struct view *view);
/* Purpose: the same for a text setting that names a date attribute. VOCABULARY_NONE for NULL, without a report. */
uint16_t view_date(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                   const struct view *view);
/* Words that may be listed as values. */
struct value_words {
        const char *of;                 /* what has these values, for sentences */
        const char *const *words;
        size_t count;
        bool states;                    /* "set" and "unset" too */
};

/* Purpose: read one or several values into bits. Returns false after reporting. */
bool values_read(const struct cfg_file *file, const struct cfg_node *node, const struct value_words *allowed,
                 uint64_t *ret_bits);

/* Purpose: read { event; where; } (matches.c). item_kind: events must be of this kind; VOCABULARY_NONE: any. */
bool match_read(struct build *build, const struct cfg_file *file, const struct cfg_node *group, uint16_t item_kind,
                struct event_match *ret_match);
/* Purpose: one or a list of those. */
bool matches_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node, uint16_t item_kind,
                  struct rule_version *version);

/* Purpose: read a list of declared values (declare.c). NULL after reporting. */
const char *const *build_value_words(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                                     size_t *ret_count);
/* Purpose: call visit for every element of one top-level list, in order, while all goes well. */
void build_each(struct build *build, enum top top,
                void (*visit)(struct build *build, const struct cfg_file *file, const struct cfg_node *node));
/* Purpose: make room for all names of one sort; false, with the reason kept, when there are too many. */
bool build_room(struct build *build, struct words *words, const char *what, size_t total);

/* Periods (periods.c) */
enum period_use { PERIOD_USE_ONWARD /* after, beginning with */, PERIOD_USE_BACK /* before, clear before */,
                  PERIOD_USE_BARE, PERIOD_USE_STAGE /* after, before */ };
/* Purpose: read a period that counts as its setting wants; NULL gives none. */
bool period_read(const struct cfg_file *file, const struct cfg_node *node, enum period_use use,
                 struct period *ret_period);
/* Purpose: read `every` or `within`: one period or a table. */
bool period_table_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                       const struct view *view, struct rule_version *version);

/* Declarations, in the order they are made. Each reports and goes on. */
void declare_items(struct build *build);
void declare_attributes(struct build *build);
void declare_events(struct build *build);       /* names, items and fields */
void resolve_effects(struct build *build);      /* and with them what each attribute can ever be */
void resolve_derived(struct build *build);
void resolve_requirements(struct build *build);
void resolve_calendar(struct build *build);
void declare_authorities(struct build *build);
void declare_rules(struct build *build);
void resolve_rules(struct build *build);
void resolve_constraints(struct build *build);
void resolve_reports(struct build *build);
void resolve_retention(struct build *build);

/* Purpose: read the ladder of a rule (stages.c). */
bool stages_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node, const struct view *view,
                 struct rule_version *version);

/* Either paths or texts, count of them. */
struct rulefile_input { const char *const *paths; const struct rulefile_text *texts; size_t count; };

/* Purpose: what rulefile_load and rulefile_load_text do (load.c); tests give a grow that fails. */
MUST_CHECK enum status build_ruleset(const struct rulefile_input *input, struct diagnostics *diagnostics,
                                     arena_grow_fn grow, struct ruleset **ret_ruleset);

#endif
