/*
 * digest - the one message that a recipient gets: rows in, subject and text out.
 *
 * A pure function. The structs below are all that a message can be made of:
 * opaque references, duty titles, dates, bookings, counts, owner labels, and
 * sentences that are written in digest.c. There is no way to hand in narrative,
 * fields, attributes or item keys, and so none to leak them.
 */
#ifndef MAPPAD_DIGEST_H
#define MAPPAD_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/arena.h"
#include "mappad/status.h"

#define DIGEST_WIDTH 76         /* columns of a line of text */
#define DIGEST_ROWS_SHOWN 400   /* rows printed; the rest is counted and said to be left out */

/* In the order in which they are printed. */
enum digest_group {
        DIGEST_OVERDUE, DIGEST_BOOKED_LATE, DIGEST_DUE_SOON, DIGEST_MOVED, DIGEST_DATA,
        DIGEST_SETTLED                  /* an alert was raised, and before it could be told the duty was met or ended */
};
#define DIGEST_GROUP_COUNT 6

/* What is doubtful about the record (DIGEST_DATA); each has one fixed sentence. */
enum digest_doubt {
        DIGEST_DOUBT_NONE,
        DIGEST_DOUBT_MISSING,           /* a date cannot be worked out: a fact is missing */
        DIGEST_DOUBT_FLAGGED,           /* a constraint was flagged */
        DIGEST_DOUBT_UNKNOWN_WORD,      /* a recorded line uses words that the rules no longer know */
        DIGEST_DOUBT_BOOKING_PASSED,    /* a booked day went by and nothing was recorded */
        DIGEST_DOUBT_CALENDAR,          /* holidays are published for less than 12 months to come */
        DIGEST_DOUBT_NO_ROUTE,          /* an alert found nobody who is told of it */
        DIGEST_DOUBT_MAIL_FAILED,       /* a mailbox refuses our messages or fails again and again */
        DIGEST_DOUBT_RULES              /* rules, calendar or contacts changed and nobody had seen the effect */
};

/* One line of the digest. Days are CIVIL_NONE where there is none. */
struct digest_row {
        enum digest_group group;
        const char *reference;  /* opaque case reference; NULL when it is about no case */
        const char *duty;       /* title of the rule; NULL when it is about no duty */
        const char *owner;      /* label of the role or agency that owes it; NULL without */
        int32_t due;            /* the legal date */
        int32_t plan_by;        /* the last working day for it */
        int32_t was_due;        /* the date that was announced before, if it moved */
        int32_t booked;
        bool bookable;          /* the duty is one that is booked; else "not booked" is not said */
        bool missed;            /* it can no longer be done: its period is over, or what it prepared has happened */
        bool provisional;       /* the holidays that the dates hang on are not published yet */
        enum digest_doubt doubt;
};

/* A time when nobody watched: milliseconds since 1970 UTC. */
struct digest_downtime { int64_t from_ms, until_ms; };

struct digest_options {
        const char *title;      /* who writes, at the head of the subject: contacts_title */
        const char *marking;    /* "OFFICIAL-SENSITIVE", with or without square brackets; NULL or "" for none */
        int32_t today;
        bool counts_only;       /* no references, no duties: numbers alone */
        bool urgent;            /* sent at once, not with the morning's */
        bool heartbeat;         /* said with no rows: nothing is due */
        bool has_downtime;
        struct digest_downtime downtime;
};

/* A message. Shape: subject one line of UTF-8 without control bytes; text lines end in "\n", at most DIGEST_WIDTH
 * columns unless a single word is longer. An HTML and a calendar part will stand beside text. */
struct digest_message {
        const char *subject;
        const char *text;
};

/* Purpose: write a digest. Rows are put in order here: by group, then the most urgent date, reference, duty.
 * Owns: arena. Errors: STATUS_NO_MEMORY. Cost: sort of the rows.
 * Example: subject "[OFFICIAL-SENSITIVE] MAPPA unit: 1 overdue, 2 due soon". */
MUST_CHECK enum status digest_write(const struct digest_options *options, const struct digest_row *rows, size_t count,
                                    struct arena *arena, struct digest_message *ret_message);

#endif
