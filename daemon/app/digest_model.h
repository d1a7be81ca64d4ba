/*
 * digest_model - a digest put in order and counted, before it becomes words.
 * Private to daemon/app.
 *
 * digest.c makes it; every part of a message is written from it, so that no part
 * can say something that another does not. What is said is in digest_words.h.
 */
#ifndef APP_DIGEST_MODEL_H
#define APP_DIGEST_MODEL_H

#include "digest_words.h"

struct digest_model {
        const struct digest_options *options;
        const char *marking;                    /* without brackets; "" for none */
        const struct digest_row **rows;         /* in order of printing */
        size_t count;
        size_t counts[DIGEST_GROUP_COUNT];      /* what is new */
        size_t standing[DIGEST_GROUP_COUNT];    /* what was raised before, also what is not among the rows */
        size_t counted;                         /* all of these */
};

/* Purpose: columns of a text: its characters, not its bytes. */
size_t digest_columns(const char *text);
/* Purpose: the groups in the order of printing, what is new before what was raised before, from index 0 until false. */
#define DIGEST_PARTS ((size_t)DIGEST_GROUP_COUNT * 2)
bool digest_part(const struct digest_model *model, size_t index, struct digest_scope *ret_scope);
/* Purpose: whether a row begins another group than that of a scope. */
bool digest_begins(const struct digest_row *row, const struct digest_scope *scope);
/* Purpose: what is said of a message as a whole before its rows, from index 0 until false. */
bool digest_lead_say(const struct digest_model *model, size_t index, enum digest_say *ret_say);
/* Purpose: what is said of a row's booking, if anything is; the sentences at the end, from index 0 until false. */
bool digest_booking_say(const struct digest_row *row, enum digest_say *ret_say);
bool digest_foot_say(const struct digest_model *model, size_t index, enum digest_say *ret_say);

/* Purpose: write the text part, the HTML part, the calendar part. NULL when memory ran out. */
const char *digest_text(const struct digest_model *model, struct arena *arena);
const char *digest_html(const struct digest_model *model, const char *subject, struct arena *arena);
const char *digest_calendar(const struct digest_model *model, struct arena *arena);
/* Purpose: a marking as texts have it, without square brackets. NULL when memory ran out. */
const char *digest_bare_marking(const char *marking, struct arena *arena);

#endif
