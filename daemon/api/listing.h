/*
 * listing - an answer of any length, made row by row. Private to daemon/api.
 */
#ifndef API_LISTING_H
#define API_LISTING_H

#include "room.h"

/* Whoever makes the rows. */
struct listing_maker {
        void (*head)(void *context, struct wire_buffer *buffer);        /* what comes before the first row */
        /* One row, or APP_WORKING: nothing was written, ask again in another turn; with APP_END what comes
         * after the last was written. */
        enum status (*next)(void *context, struct wire_buffer *buffer, enum app_row *ret_kind);
        void (*release)(void *context);
        /* How long to wait after an APP_WORKING; NULL: go on in the next turn. */
        uint32_t (*pause_ms)(const void *context);
};

/* Purpose: answer a call with a list. Owns: context from here on, also when it fails; maker.release ends it. */
void listing_begin(const struct api_call *call, struct listing_maker maker, void *context);
/* Purpose: the same, of another type than JSON; nothing is added to what maker writes. */
void listing_begin_as(const struct api_call *call, const char *content_type, struct listing_maker maker, void *context);

/* Purpose: the same work in as many turns, of which nothing is written: in the end answer answers the request, in
 * whatever way. A client that leaves before ends it. Owns: as listing_begin. */
typedef void (*listing_answer_fn)(void *context, struct http_request *request);
void listing_gather(const struct api_call *call, struct listing_maker maker, listing_answer_fn answer, void *context);

#endif
