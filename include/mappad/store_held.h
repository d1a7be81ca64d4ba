/*
 * store_held - what is kept about one case apart from its record: alerts,
 * messages that told of it, dates in diaries. The record itself is walked through
 * store_record.h, the log of accesses through store_access.h.
 */
#ifndef MAPPAD_STORE_HELD_H
#define MAPPAD_STORE_HELD_H

#include "mappad/store_alert.h"
#include "mappad/store_diary.h"

/* Purpose: take a number. */
typedef enum status (*store_id_fn)(void *context, uint64_t id);
/* Purpose: the alerts that were raised about a case; the messages that carried an alert, and the alerts that a message
 * carried; the messages that showed a case beside those. One may come more than once. Cost: an index range. */
MUST_CHECK enum status store_held_alerts(struct store *store, uint64_t case_id, store_id_fn sink, void *context);
MUST_CHECK enum status store_held_carried(struct store *store, uint64_t alert, store_id_fn sink, void *context);
MUST_CHECK enum status store_held_carries(struct store *store, uint64_t message, store_id_fn sink, void *context);
MUST_CHECK enum status store_held_shown(struct store *store, uint64_t case_id, store_id_fn sink, void *context);

/* The texts of a message; html and calendar may be NULL. */
struct store_letter { const char *body, *html, *calendar; };
/* Purpose: give the texts of a message, which live during the call; not called when there is none. */
typedef enum status (*store_letter_fn)(void *context, const struct store_letter *letter);
MUST_CHECK enum status store_letter_get(struct store *store, uint64_t message, store_letter_fn sink, void *context);

/* Purpose: the dates of a case that were put into diaries, by rule, item and start; the mailboxes that were sent one,
 * and as of which sequence (gone: it was taken out again). */
struct store_diary_row { struct store_diary_key key; struct store_diary_entry entry; };
typedef enum status (*store_diary_row_fn)(void *context, const struct store_diary_row *row);
MUST_CHECK enum status store_held_diary(struct store *store, uint64_t case_id, store_diary_row_fn sink, void *context);
struct store_diary_sent { const char *recipient; uint32_t sequence; bool gone; };
typedef enum status (*store_diary_sent_fn)(void *context, const struct store_diary_sent *sent);
MUST_CHECK enum status store_held_copies(struct store *store, uint64_t entry, store_diary_sent_fn sink, void *context);

#endif
