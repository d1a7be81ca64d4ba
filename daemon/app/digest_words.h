/*
 * digest_words - everything that a message says. Private to daemon/app.
 *
 * Sentences are templates in one table; what stands in braces in them is a field
 * of another. A field names what it prints and what kind of thing that is. The
 * parts of a message are laid out by digest_text.c, digest_html.c and
 * digest_calendar.c, and get every word from here: tests/lint/messages.py reads
 * both tables and refuses a kind that is not on its list.
 */
#ifndef APP_DIGEST_WORDS_H
#define APP_DIGEST_WORDS_H

#include "mappad/digest.h"

enum digest_say {
        SAY_SUBJECT_MARKING, SAY_SUBJECT, SAY_SUBJECT_URGENT, SAY_MARKING, SAY_HEAD, SAY_HEAD_URGENT, SAY_COUNTS,
        SAY_DOWN, SAY_DOWN_FROM, SAY_DOWN_UNTIL, SAY_DOWN_WHOLE, SAY_DOWN_MORE, SAY_DOWN_TOLD,
        SAY_NOTHING, SAY_NOTHING_NEW, SAY_WATCHING,
        SAY_HEADING_OVERDUE, SAY_HEADING_BOOKED_LATE, SAY_HEADING_DUE_SOON, SAY_HEADING_MOVED, SAY_HEADING_DATA,
        SAY_HEADING_SETTLED,
        SAY_ADVICE_OVERDUE, SAY_ADVICE_BOOKED_LATE, SAY_ADVICE_DUE_SOON, SAY_ADVICE_MOVED, SAY_ADVICE_DATA,
        SAY_ADVICE_SETTLED,
        SAY_STILL_OVERDUE, SAY_STILL_BOOKED_LATE, SAY_STILL_DUE_SOON, SAY_STILL_DATA,
        SAY_ADVICE_STILL_OVERDUE, SAY_ADVICE_STILL_BOOKED_LATE, SAY_ADVICE_STILL_DUE_SOON, SAY_ADVICE_STILL_DATA,
        SAY_DOUBT_NONE, SAY_DOUBT_MISSING, SAY_DOUBT_FLAGGED, SAY_DOUBT_UNKNOWN_WORD, SAY_DOUBT_BOOKING_PASSED,
        SAY_DOUBT_CALENDAR, SAY_DOUBT_NO_ROUTE, SAY_DOUBT_MAIL_FAILED, SAY_DOUBT_RULES,
        SAY_COLUMN_CASE, SAY_COLUMN_DATES,
        SAY_REFERENCE, SAY_DUTY, SAY_NO_DUTY, SAY_MISSED, SAY_ACKNOWLEDGED,
        SAY_DUE, SAY_DUE_PROVISIONAL, SAY_TODAY, SAY_IN_DAYS,
        SAY_OVER, SAY_PLAN_BY, SAY_WAS_DUE, SAY_BOOKED, SAY_NOT_BOOKED, SAY_MORE, SAY_NUMBERS_ALONE, SAY_PROVISIONAL,
        SAY_DETAILS, SAY_DIARY, SAY_DIARY_GONE, SAY_REPLIES,
        SAY_EVENT, SAY_EVENT_GONE, SAY_EVENT_TEXT, SAY_EVENT_PLAN, SAY_EVENT_GONE_TEXT,
        SAY_COUNT
};

/* What a field prints. Nothing of a case is of any other kind than the first four. */
enum digest_kind {
        KIND_REFERENCE, KIND_DUTY, KIND_DATE, KIND_BOOKING, KIND_NUMBER,
        KIND_SENDER,    /* of the contacts file */
        KIND_MARKING,   /* of the configuration */
        KIND_INSTANT    /* of the service, not of a case */
};
#define KIND_COUNT 8

/* Text that grows in an arena. Once memory ran out nothing more is added. */
struct digest_writer {
        struct arena *arena;
        char *bytes;
        size_t used, room;
        bool html;                      /* what is put is text, and must not become markup */
        bool failed;
};

/* What a template speaks of; row and group may be left out where it asks for nothing of them. */
struct digest_model;
struct digest_scope {
        const struct digest_model *model;
        const struct digest_row *row;
        enum digest_group group;
        const struct digest_downtime *downtime;
        bool standing;                  /* the group of that name of what was raised before */
};

/* Purpose: add what a template says. */
void digest_say(struct digest_writer *writer, enum digest_say say, const struct digest_scope *scope);
/* Purpose: the same as a text of its own. NULL when memory ran out. */
const char *digest_said(struct arena *arena, enum digest_say say, const struct digest_scope *scope);
/* Purpose: the heading and the advice of a group, the sentence of a doubt, the words for the days to a date. */
enum digest_say digest_heading(const struct digest_scope *scope);
enum digest_say digest_advice(const struct digest_scope *scope);
enum digest_say digest_doubt_says(enum digest_doubt doubt);
enum digest_say digest_days_say(const struct digest_scope *scope);

/* Purpose: add our own bytes as they are: layout, markup, never words. */
void digest_raw(struct digest_writer *writer, const char *bytes);
void digest_bytes(struct digest_writer *writer, const char *bytes, size_t length);
void digest_repeat(struct digest_writer *writer, char byte, size_t times);
/* Purpose: add text, with bytes that are no text (C0 and DEL) as "?". */
void digest_put(struct digest_writer *writer, const char *text);
/* Purpose: end the text. NULL when memory ran out. */
const char *digest_finish(struct digest_writer *writer);

/* Purpose: the tables, for the lint: a template's text; a field's name and the word for its kind, NULL past all. */
const char *digest_template(enum digest_say say);
const char *digest_field_name(size_t index);
const char *digest_field_kind(size_t index);

#endif
