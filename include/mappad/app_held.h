/*
 * app_held - what is held about one case apart from its record: what was raised,
 * who was written to and what they were told of it, dates in diaries.
 */
#ifndef MAPPAD_APP_HELD_H
#define MAPPAD_APP_HELD_H

#include "mappad/app_alert.h"

/* Purpose: every alert about a case, by number. Errors: of the store; STATUS_NO_MEMORY. A case of which nothing was
 * recorded has none. Texts live during the call of the sink. */
MUST_CHECK enum status app_held_alerts(struct app *app, const char *ref, app_alert_fn sink, void *context);

/* A message that told of the case. */
struct app_held_message {
        struct app_outbox_row row;
        const uint64_t *alerts; size_t alert_count;     /* about the case that it carried; none: of what stood */
        const char *says;               /* those paragraphs of its text that name the case; "" if none does */
};
typedef void (*app_held_message_fn)(void *context, const struct app_held_message *message);
/* Purpose: every message that told of a case, by number. Other people's paragraphs are left out. */
MUST_CHECK enum status app_held_messages(struct app *app, const char *ref, app_held_message_fn sink, void *context);

/* A date that was put into diaries, as it was published last. */
struct app_held_date {
        const char *rule, *item;        /* item NULL: none */
        int32_t started, due, plan_by;  /* CIVIL_NONE: none */
        uint32_t sequence;
        bool gone;                      /* it was taken out again */
        const char *const *mailboxes; size_t mailbox_count;     /* that were sent it */
};
typedef void (*app_held_date_fn)(void *context, const struct app_held_date *date);
MUST_CHECK enum status app_held_diary(struct app *app, const char *ref, app_held_date_fn sink, void *context);

#endif
