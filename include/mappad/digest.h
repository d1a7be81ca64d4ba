/*
 * digest - the one message that a recipient gets: rows in, subject, text, HTML and calendar out.
 *
 * A pure function. The structs below are all that a message can be made of:
 * opaque references, duties as the law states them, dates, bookings, counts, and
 * sentences that are written in digest_words.c. There is no way to hand in
 * narrative, fields, attributes or item keys, and so none to leak them;
 * tests/lint/messages.py proves it from the types and from the object code.
 */
#ifndef MAPPAD_DIGEST_H
#define MAPPAD_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/arena.h"
#include "mappad/rule.h"
#include "mappad/status.h"

#define DIGEST_WIDTH 76         /* columns of a line of text */
#define DIGEST_ROWS_SHOWN 200   /* rows printed, some 100 KiB of HTML; the rest is counted and said to be left out */
#define DIGEST_EVENTS_MAX 400   /* dates of one calendar part, some 200 KiB; further ones come with later messages */
#define DIGEST_DUTY_COLUMNS 200 /* of a duty's title; a longer one is cut and says so */
#define DIGEST_REFERENCE_SIZE 33
#define DIGEST_NAME_SIZE 16

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

/* A reference as the record allows them, [A-Z0-9][A-Z0-9-]{1,31}, or "" for none: no other text fits. */
struct digest_reference { char text[DIGEST_REFERENCE_SIZE]; };
/* Purpose: take a text for a reference; what is none, NULL among it, becomes "". */
struct digest_reference digest_reference_of(const char *text);

/* One line of the digest. Days are CIVIL_NONE where there is none. */
struct digest_row {
        enum digest_group group;
        struct digest_reference reference;      /* "" when it is about no case */
        const struct rule_version *duty;        /* as the law states it; NULL when it is about no duty */
        int32_t due;            /* the legal date */
        int32_t plan_by;        /* the last working day for it */
        int32_t was_due;        /* the date that was announced before, if it moved */
        int32_t booked;         /* "not booked" is said of duties that are booked */
        bool missed;            /* it can no longer be done: its period is over, or what it prepared has happened */
        bool provisional;       /* the holidays that the dates hang on are not published yet */
        enum digest_doubt doubt;
        bool acknowledged;      /* whoever gets this has said that it was seen */
        bool standing;          /* raised in an earlier message, and so still: shown and counted by itself */
};

/* One date of the calendar part. It lasts from the day to plan for to the legal date. */
struct digest_event {
        uint8_t name[DIGEST_NAME_SIZE]; /* what a diary knows it by: the same at every change, and tells nothing */
        uint32_t sequence;              /* rises with every change */
        bool gone;                      /* met or ended: to be taken out */
        struct digest_reference reference;
        const struct rule_version *duty;        /* NULL: the rules know it no more */
        int32_t due, plan_by;           /* plan_by CIVIL_NONE: none */
};

/* The calendar part. */
struct digest_diary {
        const struct digest_event *events; size_t count;
        int64_t at_ms;                  /* when it is written */
        const char *organizer;          /* the mailbox that the message comes from; NULL: nobody can be asked */
};

/* A time when nobody watched: milliseconds since 1970 UTC. */
struct digest_downtime { int64_t from_ms, until_ms; };

struct digest_options {
        const char *title;      /* who writes, at the head of the subject: contacts_title */
        const char *marking;    /* "OFFICIAL-SENSITIVE", with or without square brackets; NULL or "" for none */
        int32_t today;
        bool counts_only;       /* no references, no duties, no calendar: numbers alone */
        bool urgent;            /* sent at once, not with the morning's */
        bool heartbeat;         /* the rows are all that stands for whoever gets it: with none, it is said that nothing
                                   does */
        size_t left_out[DIGEST_GROUP_COUNT];    /* standing rows that are not handed in: counted as left out */
        const struct digest_downtime *downtimes; size_t downtime_count; /* each told by itself, the oldest first */
        bool downtimes_more;    /* there were further ones after these */
        struct digest_diary diary;      /* count 0: no calendar part */
};

/* A message. Shape: subject one line of UTF-8 without control bytes; text lines end in "\n", at most DIGEST_WIDTH
 * columns unless a single word is longer; html without anything remote, links or scripts; calendar iCalendar (RFC 5545)
 * with "\n" for the ends of its lines, or NULL. */
struct digest_message {
        const char *subject;
        const char *text;
        const char *html;
        const char *calendar;
};

/* Purpose: write a digest. Rows are put in order here: by group, then the most urgent date, reference, duty.
 * Owns: arena. Errors: STATUS_NO_MEMORY. Cost: sort of the rows.
 * Example: subject "[OFFICIAL-SENSITIVE] MAPPA unit: 1 overdue, 2 due soon". */
MUST_CHECK enum status digest_write(const struct digest_options *options, const struct digest_row *rows, size_t count,
                                    struct arena *arena, struct digest_message *ret_message);

/* Purpose: write one date as the calendar part has it, from BEGIN:VEVENT to END:VEVENT; of the options marking,
 * diary.at_ms and diary.organizer count. Owns: the arena. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status digest_write_date(const struct digest_options *options, const struct digest_event *event,
                                         struct arena *arena, const char **ret_lines);

#endif
