/*
 * shipped_loop - eleven of the shipped rules as a loop over packed arrays, with nothing general in it: the limit for the law
 * as it ships.
 *
 * It is right for histories such as the demonstration's (demo/caseload.py): a case has one category, begins with its sentence,
 * moves between custody and community, and goes from level 1 to 2 or 3 once. What it states is stated whole: pauses of the
 * reviews, windows before a release, milestones, statuses that end on a date.
 */
#ifndef BENCH_SHIPPED_LOOP_H
#define BENCH_SHIPPED_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "answers.h"

/* The rules that it states, as answer.rule numbers them from 1. */
enum shipped_rule {
        SHIPPED_COMMUNITY_INITIAL = 1, SHIPPED_LEVEL_2, SHIPPED_LEVEL_3, SHIPPED_PRE_RELEASE, SHIPPED_PRE_DISCHARGE,
        SHIPPED_NOTIFICATION_END, SHIPPED_REGISTRATION_END, SHIPPED_SENTENCE_END, SHIPPED_SENTENCE_DECISION,
        SHIPPED_REGISTRATION_DECISION, SHIPPED_LIFETIME
};
#define SHIPPED_RULES 11

enum shipped_kind {
        SHIPPED_CATEGORY, SHIPPED_LEVEL, SHIPPED_SENTENCED, SHIPPED_REGISTERED, SHIPPED_NOTIFIED_FIRST, SHIPPED_MEETING,
        SHIPPED_RELEASE_PLANNED, SHIPPED_DISCHARGE_EXPECTED, SHIPPED_RELEASED, SHIPPED_RECALLED, SHIPPED_CLOSED, SHIPPED_OTHER
};
enum shipped_disposal { DISPOSAL_NONE, DISPOSAL_CUSTODY, DISPOSAL_SUSPENDED, DISPOSAL_COMMUNITY, DISPOSAL_HOSPITAL };
enum shipped_term { TERM_NONE, TERM_FIXED, TERM_INDEFINITE };
#define SHIPPED_NO_DATE INT32_MIN
#define SHIPPED_PENDING 'P'             /* state of an answer whose window has not opened */
#define SHIPPED_UNEVALUABLE 'N'         /* and of one that lacks a fact; its due is 0 */

struct shipped_event {
        int32_t on;
        uint8_t kind;
        uint8_t value;                  /* category, level (of a meeting, too), disposal, term */
        uint8_t youth;                  /* REGISTERED: was a child */
        int32_t date;                   /* end of sentence or of registration, release, discharge; else SHIPPED_NO_DATE */
};

struct shipped_load {
        size_t count;
        uint32_t *first;                /* count + 1 indices into events */
        struct shipped_event *events;   /* by case and day */
};

/* Purpose: every open obligation of those rules as of a day. No event may be later. */
void shipped_run(const struct shipped_load *load, int32_t today, struct answers *answers);

#endif
