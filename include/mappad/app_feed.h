/*
 * app_feed - open obligations as a calendar that programs subscribe to (iCalendar, RFC 5545).
 *
 * The same questions as a list of obligations, answered by all-day dates from the
 * last working day for a duty to its legal date. A calendar holds references,
 * duties and dates, and nothing else of a case. What is met or ended is not in it
 * any more: whoever subscribes takes a calendar as a whole.
 */
#ifndef MAPPAD_APP_FEED_H
#define MAPPAD_APP_FEED_H

#include "mappad/app_query.h"

struct app_feed;

/* Purpose: begin a calendar of the obligations that a filter asks for and that have a due date.
 * Shape: role: only those whose ladder names it ("unit"); NULL: whoever is told. Texts need not outlive the call.
 * Owns: the caller frees it. Errors: as app_query_obligations; STATUS_INVALID "unknown-value", field "role", for one
 * that no stage of the rules names. Cost: that of the list. */
struct app_feed_question { struct app_obligation_filter filter; const char *role; };
MUST_CHECK enum status app_feed_begin(struct app *app, struct moment moment,
                                          const struct app_feed_question *question,
                                          struct app_feed **ret_feed, struct wire_problem *ret_problem);
/* Purpose: append what comes before the first date. Lines end in CRLF, here and below, and have at most 75 octets. */
void app_feed_head(const struct app_feed *feed, struct wire_buffer *buffer);
/* Purpose: append the next date, or what comes behind the last with APP_END; APP_WORKING: nothing yet, call again in
 * another turn of the loop. A date has the same UID as long as its obligation began on the same day; it tells nothing
 * to whoever does not know the record. */
MUST_CHECK enum status app_feed_next(struct app_feed *feed, struct wire_buffer *buffer,
                                         enum app_row *ret_row);
void app_feed_free(struct app_feed *feed);

#endif
