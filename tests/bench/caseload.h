/*
 * caseload - cases and dated events made up from a seed, for the twenty rules.
 *
 * About twelve events a case besides its opening; a few of them are dated after
 * the day asked about, and a few were recorded later than their date. The
 * histories are those on which every partner's statement of the rules agrees:
 * custody and community alternate, a level that leaves {2, 3} or enters it does so
 * once and at a meeting, somebody who comes into the community gives an address on
 * the day, planning meetings are held for levels 2 and 3 alone.
 */
#ifndef BENCH_CASELOAD_H
#define BENCH_CASELOAD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum load_kind {
        LOAD_CUSTODY, LOAD_COMMUNITY, LOAD_RELEASE, LOAD_RECALL, LOAD_LEVEL, LOAD_MEETING, LOAD_PLANMEET, LOAD_REVIEW,
        LOAD_NOTIFY, LOAD_ADDRESS, LOAD_ORDER, LOAD_ORDREVIEW, LOAD_ASSESS, LOAD_MINUTES, LOAD_VISIT, LOAD_VICTIM,
        LOAD_REFERRAL, LOAD_BREACH, LOAD_TRANSFER, LOAD_RELDATE, LOAD_EXIT
};
#define LOAD_KINDS 21
#define LOAD_NO_DATE INT32_MIN
#define LOAD_EVENTS_MAX 32              /* events of one case */
#define LOAD_REF_SIZE 12

struct load_event {
        int32_t on;
        uint8_t kind;
        uint8_t value;                  /* LEVEL: 1 .. 3; ORDER: months */
        int32_t date;                   /* RELDATE: planned release; ORDER: on and value months; else LOAD_NO_DATE */
        uint32_t eid;                   /* order of recording, from 1, over all cases */
};

struct load_case {
        uint8_t category;               /* 1 .. 3 */
        int32_t born, opened;
};

struct caseload {
        size_t count;
        struct load_case *cases;
        uint32_t *first;                /* count + 1 indices into events */
        struct load_event *events;      /* by case, on, eid */
};

/* Purpose: make a caseload around a day; the same for the same arguments. Exits when memory runs out. */
struct caseload caseload_make(size_t count, uint64_t seed, int32_t today);
void caseload_free(struct caseload *caseload);

/* Purpose: the reference of case number index, as "B-0000042"; the word of a kind. */
void caseload_ref(size_t index, char ret_ref[static LOAD_REF_SIZE]);
const char *caseload_word(enum load_kind kind);

/* Purpose: day on which somebody comes of age if that is on or after the opening, else LOAD_NO_DATE. */
int32_t caseload_of_age(const struct load_case *one);

/* Purpose: every event as mappad takes it, a line each: case by case, in the order of recording. */
void caseload_write_lines(const struct caseload *caseload, FILE *file);

#endif
