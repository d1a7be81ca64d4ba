/*
 * amendment - what one rule set says differently from another: rules, versions,
 * settings, holidays, words.
 *
 * Settings are compared as texts that a person can read, so that the list of
 * amendments is both the comparison and its explanation. It tells what was
 * edited; what the edit does to cases is in difference.h.
 */
#ifndef MAPPAD_AMENDMENT_H
#define MAPPAD_AMENDMENT_H

#include "mappad/rule.h"

enum amendment_kind {
        AMENDMENT_RULE_ADDED, AMENDMENT_RULE_REMOVED,
        AMENDMENT_VERSION_ADDED, AMENDMENT_VERSION_REMOVED,     /* day: first day in force, CIVIL_MIN without */
        AMENDMENT_RULE_CHANGED,         /* setting, before, after */
        AMENDMENT_HOLIDAY_ADDED, AMENDMENT_HOLIDAY_REMOVED,     /* day; name is the holiday's */
        AMENDMENT_CALENDAR_CHANGED,     /* setting: "working-week", "covers" */
        AMENDMENT_WORD_ADDED, AMENDMENT_WORD_REMOVED, AMENDMENT_WORD_CHANGED    /* setting: "attribute", "event", ... */
};
#define AMENDMENT_KIND_COUNT 11

/* Purpose: its word for programs: "rule-changed", "holiday-added". */
const char *amendment_word(enum amendment_kind kind);

/* One thing that is said differently. */
struct amendment {
        enum amendment_kind kind;
        const char *name;               /* rule id, word, or name of a holiday */
        const char *title;              /* of a rule; else NULL */
        const char *setting;            /* NULL without */
        const char *before, *after;     /* texts of the setting; "" where not given, NULL when there are none */
        int32_t day;                    /* CIVIL_NONE without */
};

struct amendments {
        const struct amendment *list;   /* rules by id and version, then the calendar by day, then words */
        size_t count;
        bool words;                     /* some word differs, so that the state of a case may */
};

/* Purpose: list every amendment that leads from one rule set to another.
 * Owns: arena; names and titles are shared with the rule sets. Errors: STATUS_NO_MEMORY.
 * Cost: linear in rules and settings; quadratic in the number of words.
 * Example: every = "16 weeks after" edited to "12 weeks after" gives one RULE_CHANGED with setting "every",
 * before "16 weeks after", after "12 weeks after". */
MUST_CHECK enum status amendments_find(const struct ruleset *before, const struct ruleset *after, struct arena *arena,
                                       struct amendments *ret_amendments);

/* Purpose: say which amendment moved a date of one rule: a setting of it, else the holidays that changed within
 * first .. last, else its other settings, else the words. Example: "rule changed: 16 weeks after -> 12 weeks after";
 * "calendar: 2026-06-08 added". Owns: arena. NULL when memory ran out. */
const char *amendments_reason(const struct amendments *amendments, const char *rule, int32_t first, int32_t last,
                              struct arena *arena);

#endif
