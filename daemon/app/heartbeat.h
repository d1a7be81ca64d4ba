/*
 * heartbeat - what stands for whoever gets a letter, beside what the letter brings. Private to daemon/app.
 */
#ifndef APP_HEARTBEAT_H
#define APP_HEARTBEAT_H

#include "letter.h"

/* What one mailbox is told. */
struct heartbeat_part {
        const char *mailbox;
        struct letter_alerts fresh;     /* that its letter carries: rising, each once */
        struct digest_row *rows;        /* standing; at most DIGEST_ROWS_SHOWN */
        size_t count, capacity;
        size_t left_out[DIGEST_GROUP_COUNT];    /* standing, and no room for them */
        uint64_t seen;                  /* the look at which it was last added to */
};
struct heartbeat {
        struct app *app;
        int32_t today;
        struct arena *arena;
        struct heartbeat_part *parts; size_t part_count;
};
/* Purpose: give each part what stands for its mailbox: every open obligation of which something was raised for a role
 * or an agency that means this mailbox today, unless the letter brings it as new; and for whoever watches, what is
 * wrong with contacts, calendar and words. Shape: in a transaction, every case up to the day; whatever could be told
 * is in letters. Owns: arena, at most DIGEST_ROWS_SHOWN rows a part. Cost: one pass over the open obligations, a probe
 * of the marks of each and of the routes of what was raised of it. */
MUST_CHECK enum status heartbeat_gather(struct heartbeat *heartbeat);

#endif
