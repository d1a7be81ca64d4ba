/*
 * heartbeat_inside - what the files of heartbeats share. Private to daemon/app.
 */
#ifndef APP_HEARTBEAT_INSIDE_H
#define APP_HEARTBEAT_INSIDE_H

#include "heartbeat.h"
#include "mappad/store_standing.h"

#define HEARTBEAT_ROUTES_MAX 128        /* an announcement has fewer */
#define HEARTBEAT_DOUBTS 3              /* rows about no obligation */
#define HEARTBEAT_KEPT 256              /* rows of a mailbox, 34 KB: those shown, and what may take their places */

/* ---- heartbeat_parts.c: what is kept for one mailbox ---- */

/* An obligation, and its place among all: the most urgent state first, and each state in the order of its list. */
struct heartbeat_place {
        int32_t urgency;                /* rising: of the state */
        int32_t due;                    /* CIVIL_NONE: after all that have one */
        uint32_t rule;                  /* word */
        int32_t started;
        char item[33];
};
struct heartbeat_kept { struct heartbeat_place place; struct digest_row row; };
/* Kept are the first in the order of places; of the others it is known how many there are. */
struct heartbeat_mailbox {
        const char *mailbox;
        struct heartbeat_kept *kept; size_t count, capacity;    /* HEARTBEAT_KEPT at most */
        bool more;                      /* others stand, or stood, behind all that are kept */
        size_t standing[DIGEST_GROUP_COUNT];    /* all of them */
        uint64_t seen;                  /* the look at which it was last given a row ... */
        uint64_t fresh;                 /* ... and at which an alert was found to wait for it */
};
/* Purpose: give it a row; take one away that it was given. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status heartbeat_give(struct heartbeat_mailbox *mailbox, const struct heartbeat_kept *kept);
void heartbeat_take(struct heartbeat_mailbox *mailbox, const struct heartbeat_kept *kept);
/* Purpose: whether rows that are to be shown are not known, since too many were taken away. */
bool heartbeat_short(const struct heartbeat_mailbox *mailbox);
/* Purpose: what it is told, and room for HEARTBEAT_DOUBTS rows more. Owns: arena. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status heartbeat_write_part(const struct heartbeat_mailbox *mailbox, struct arena *arena,
                                      struct heartbeat_part *ret_part);

/* ---- heartbeat_look.c: one obligation after another ---- */

/* Why an obligation stands for somebody. */
enum heartbeat_ground {
        GROUND_NONE,                    /* raised, and of no account now */
        GROUND_STAGE,                   /* it was reached, or booked late, or lacks a fact */
        GROUND_BOOKING                  /* the booked day passed */
};
struct heartbeat_raised { uint64_t alert; enum heartbeat_ground ground; };
/* Where a route leads today: indexes of mailboxes. */
struct heartbeat_lead {
        int kind;
        const char *name;
        size_t *mailboxes; size_t count;
        bool gap;                       /* to nobody, and so to whoever watches */
        int64_t uses;                   /* of what stands, so often */
};
/* A route of an alert of the obligation in hand, by which it stands. */
struct heartbeat_way { size_t lead; enum heartbeat_ground ground; };
struct heartbeat_look {
        struct store_obligation row;            /* in hand */
        struct heartbeat_raised *raised; size_t raised_count, raised_capacity;  /* of it */
        struct store_mark latest;               /* what was raised of it last and is so today; alert 0: nothing */
        struct store_route seen_by[HEARTBEAT_ROUTES_MAX]; size_t seen_count;    /* who acknowledged that */
        int32_t passed;                         /* the booked day that passed; CIVIL_NONE: none */
        struct store_route routes[HEARTBEAT_ROUTES_MAX];
        struct recipients recipients;
        struct heartbeat_way *ways; size_t way_count, way_capacity;
        uint64_t number;                        /* of the look */
};

struct heartbeat {
        struct app *app;
        struct book *book;              /* under which it is gathered */
        int32_t today;
        int64_t since_ms;
        struct arena arena;
        struct heartbeat_mailbox *mailboxes; size_t mailbox_count;
        struct heartbeat_lead *leads; size_t lead_count, lead_capacity;
        struct heartbeat_look look;
        uint64_t at, last;              /* cases up to this one were looked at; of so many, at the last step */
        uint64_t *out; size_t words;    /* a bit for each case: it was looked at, and what stood was taken away */
        uint64_t out_count;
        size_t out_at;                  /* the word at which looking for them goes on */
        uint64_t left;                  /* cases to be looked at, as of the end of the last step */
        bool broken;                    /* what was gathered is of no use */
};

/* States of obligations that are open, the most urgent first, since there may be no room for all. */
#define HEARTBEAT_STATES 6
extern const enum obligation_state heartbeat_states[HEARTBEAT_STATES];

/* Purpose: the index of a mailbox; mailbox_count: it means nobody today. */
size_t heartbeat_mailbox_of(const struct heartbeat *heartbeat, const char *mailbox);
/* Purpose: look at cases from one id to another; sign 1: what stands is given to those it stands for, -1: it is taken
 * away. Errors: of the store, STATUS_NO_MEMORY; then some was and some was not. */
struct heartbeat_span { uint64_t first, last; };
MUST_CHECK enum status heartbeat_look_at(struct heartbeat *heartbeat, struct heartbeat_span span, int sign);
/* Purpose: give whoever watches what is about no obligation. Shape: once, when all was gathered. */
MUST_CHECK enum status heartbeat_watch(struct heartbeat *heartbeat, struct heartbeat_part *parts);

#endif
