/*
 * rule - an obligation as law states it: when it applies, how its clock runs,
 * what meets it and who is told.
 *
 * Filled by the rule-file layer, read by the engine; plain and immutable. A
 * rule has one or more versions with disjoint spans in force; all other
 * settings belong to a version. struct ruleset is the root of everything that
 * rule files say.
 */
#ifndef MAPPAD_RULE_H
#define MAPPAD_RULE_H

#include "mappad/arena.h"
#include "mappad/calendar.h"
#include "mappad/period.h"
#include "mappad/status.h"
#include "mappad/vocabulary.h"

enum clock_kind { CLOCK_EVERY, CLOCK_WITHIN, CLOCK_BY_DATE, CLOCK_BY_DAY /* "MM-DD" */, CLOCK_QUOTA };
enum trigger_kind { TRIGGER_EVENT, TRIGGER_CHANGE, TRIGGER_START };
enum on_pause { PAUSE_CONTINUE, PAUSE_CARRY, PAUSE_RESTART };
enum strength { STRENGTH_MUST, STRENGTH_SHOULD, STRENGTH_EXPECTED };
enum quota_period { QUOTA_YEAR, QUOTA_QUARTER };

/* Events of one type whose fields fit: a trigger or one alternative of met-by. */
struct event_match {
        uint16_t event;
        struct condition where;
};

/* A row of a period table; `every = "16 weeks after"` is one row without conditions. */
struct period_row {
        struct period is;
        struct condition when, unless;
        int32_t in_force_from, in_force_until;  /* CIVIL_MIN, CIVIL_MAX when not limited; asked on the anchor's day */
        const char *file; int line;
};

enum stage_kind { STAGE_OPENS, STAGE_BEFORE, STAGE_DUE, STAGE_OVERDUE, STAGE_AFTER };

struct stage {
        const char *at;                 /* as written: "6 weeks before", "due", ... */
        enum stage_kind kind;
        struct period period;           /* BEFORE, AFTER */
        const char *const *to;          /* role names, "$attribute" as written */
        size_t to_count;
        struct period again;            /* count 0: does not repeat */
        int32_t times;
        bool urgent;
        const char *file; int line;
};

struct rule_version {
        const char *title, *source, *basis, *authority; /* authority NULL without */
        enum strength strength;
        bool enabled;
        bool dated;                     /* has an in-force of its own */
        int32_t in_force_from, in_force_until;  /* CIVIL_MIN, CIVIL_MAX where open */
        struct condition applies, applies_unless;
        bool has_runs;
        struct condition runs;          /* VALUE_UNSET already added for attributes that are needed */
        enum on_pause on_pause;
        const uint16_t *needs; size_t need_count;       /* attributes, in order */

        enum clock_kind clock;
        const struct period_row *periods; size_t period_count;  /* EVERY, WITHIN */
        bool period_is_table;           /* written as a list, though it may have one row */
        struct period grace;            /* count 0: none */
        enum trigger_kind trigger;      /* WITHIN */
        struct event_match from;        /* TRIGGER_EVENT */
        uint16_t change;                /* TRIGGER_CHANGE */
        uint16_t by_date;               /* BY_DATE: date attribute */
        uint8_t by_month, by_day;       /* BY_DAY */
        struct period lead, opens;      /* BY_*: count 0 for none */
        bool tentative;
        bool milestone;
        int32_t quota;                  /* QUOTA: at-least */
        enum quota_period quota_period;
        uint8_t year_month, year_day;   /* QUOTA: first day of its year */

        const struct event_match *met_by; size_t met_by_count;
        struct condition missed_if;     /* count 0: none */
        uint16_t booked_by;             /* date attribute or VOCABULARY_NONE */
        uint16_t sooner;                /* date attribute or VOCABULARY_NONE */
        const uint16_t *follows; size_t follow_count;   /* rule indices; every */

        const struct stage *stages; size_t stage_count; /* in order of writing */
        bool urgent;
        const char *file; int line;
};

struct rule {
        const char *id;
        uint16_t per;                   /* item kind or VOCABULARY_NONE; the same for all versions */
        const struct rule_version *versions;    /* by in_force_from, spans disjoint; enabled ones only are applied */
        size_t version_count;
};

enum severity { SEVERITY_REFUSE, SEVERITY_FLAG };
enum constraint_kind { CONSTRAINT_NEVER, CONSTRAINT_BETWEEN, CONSTRAINT_NOT_AFTER_DUE };

/* One end of `between`: the event's own day, a field, or an attribute of the state. */
struct date_source {
        enum { DATE_ON, DATE_FIELD, DATE_ATTRIBUTE } kind;
        uint16_t index;
};

struct constraint {
        const char *id, *says;
        enum severity severity;
        enum constraint_kind kind;
        uint16_t event;                 /* asked at events of this type; VOCABULARY_NONE: at every event */
        struct condition where;         /* on the event's fields */
        struct condition never;         /* NEVER, on the state just after */
        struct date_source from, until; /* BETWEEN; a missing date: not asked */
        struct period at_least, at_most;        /* BETWEEN; count 0: none */
        uint16_t date_field;            /* NOT_AFTER_DUE: field of the event */
        const uint16_t *rules; size_t rule_count;       /* NOT_AFTER_DUE */
        const char *file; int line;
};

struct plan;                            /* private to the engine */
struct report;                          /* report.h */
struct retention;                       /* retention.h */

struct ruleset {
        struct vocabulary vocabulary;
        struct calendar calendar;       /* calendar_plain where none is declared */
        const struct rule *rules; size_t rule_count;    /* by id, byte order */
        const struct constraint *constraints; size_t constraint_count;
        const struct report *reports; size_t report_count;      /* in the order of the files */
        const struct retention *retention; size_t retention_count;      /* likewise; the first that fits decides */
        char digest[65];                /* SHA-256 of all files, hex; set by the rule-file layer, "" without */
        const char *text;               /* what was hashed, of each file "LENGTH:NAME" "LENGTH:CONTENT"; or NULL */
        struct arena arena;             /* owns everything above */
        const struct plan *plan;        /* made by ruleset_prepare */
};

/* Purpose: make what every derivation needs to know about the rules as a whole; once, when all
 * else is filled in, and before anything is derived. Owns: the rule set's arena. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status ruleset_prepare(struct ruleset *ruleset);

/* Purpose: index of the rule with an id, or VOCABULARY_NONE. Cost: binary search. */
uint16_t ruleset_rule(const struct ruleset *ruleset, const char *id);

#endif
