/*
 * model - what ought to have been told, found out in the plainest way.
 *
 * It keeps every record and derives every case anew of each day, and when anything
 * was recorded of it: no wake days, no flags, nothing of daemon/app. From the engine's
 * obligations and ladders (proved elsewhere) it works out which lines of telling
 * must follow. The simulation holds the application to them, line by line.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "mappad/obligation.h"
#include "own.h"

#define MODEL_LINE 320
#define MODEL_NAMES 8 /* of roles and agencies in one line */
#define MODEL_WATCH "unit" /* the role that hears in place of nobody */

/* An open obligation as it stood when the case was last looked at. */
struct model_row {
        char rule[48], item[33];
        int32_t started, due, nominal, plan_by;
        enum obligation_state state;
};

/* Something told (or passed over) of an obligation: what, under which date. */
struct model_mark {
        char rule[48], item[33], what[48];
        int32_t started, due, nominal;
        int64_t repeat;
        bool told;
};

/* Who hears of something, and who does not because it was acknowledged for them. */
struct model_circle {
        const char *told[MODEL_NAMES], *silenced[MODEL_NAMES];
        size_t told_count, silenced_count;
};

/* Somebody has seen a stage of a due date: later repeats of it are kept from them, that day included. */
struct model_ack {
        char ref[33], rule[48], item[33], what[48], role[48];
        int32_t started, due, told_due, until; /* the date that it is for, and the one that was told */
        int64_t repeat;
};

struct model_case {
        char ref[33];
        struct record *records;
        size_t count, capacity;
        struct model_row *rows;
        size_t row_count;
        struct model_row *ended; /* those that had been reached or missed by then */
        size_t ended_count;
        struct model_mark *marks;
        size_t mark_count, mark_capacity;
        struct model_kept *kept; /* what was derived of just these records, rules and day */
};

struct model {
        const struct ruleset *ruleset;
        struct model_case *cases;
        size_t case_count;
        int32_t as_of;      /* day up to which every case was looked at */
        int32_t told_until; /* day of the last sweep; before the first, the day it all began */
        int32_t *swept;     /* days of sweeps, as far as they have been */
        size_t swept_count, swept_capacity;
        int32_t began;
        uint64_t moves;
        bool ruling;        /* other rules come into force: whatever they move is told */
        char (*lines)[MODEL_LINE];
        size_t line_count, line_capacity; /* what must have been told since they were taken */
        struct arena work; /* of one question */
        struct model_ack *acks;
        size_t ack_count, ack_capacity;
        bool planted; /* a mistake in the model, to see it found */
};

void model_init(struct model *model, const struct ruleset *ruleset, int32_t day);
void model_fini(struct model *model);
/* Purpose: the case of a reference, made if it is new. */
struct model_case *model_case_of(struct model *model, const char *ref);
/* Purpose: one more record of a case. Its texts outlive the model. */
void model_add(struct model_case *casefile, const struct record *record);

/* Purpose: a day has come, or come back: the clock was set.
 * A batch was recorded that touches a case. A sweep of a day was taken. Other rules are in force. */
void model_advance(struct model *model, int32_t day);
void model_recorded(struct model *model, struct model_case *casefile);
void model_raised(struct model *model, int32_t slot_day);
void model_swept(struct model *model, int32_t slot_day);
int32_t model_swept_until(const struct model *model); /* CIVIL_NONE: there was none */
void model_ruled(struct model *model, const struct ruleset *ruleset, int32_t day);

/* Purpose: what is to be answered to an acknowledgement of a stage, "" for yes; it was given. reached: of a milestone. */
const char *model_may_acknowledge(struct model *model, struct model_ack *ack, bool breach, bool reached);
void model_acknowledged(struct model *model, const struct model_ack *ack);

/* Purpose: one line of telling, as the model writes it and as an alert of the application is written to be compared. */
struct model_telling {
        const char *kind, *ref, *rule, *item, *what; /* what: stage or missing attribute; NULL without */
        int32_t started, due, was_due, booked;
        int64_t repeat;
        struct model_circle circle;
};
void model_write(const struct model_telling *telling, char text[static MODEL_LINE]);

/* Purpose: every open obligation of a case as text, to be compared with what the application answers. */
typedef void (*model_open_fn)(void *context, const char *ref, const struct obligation *obligation);
void model_open(struct model *model, model_open_fn sink, void *context);

#endif
