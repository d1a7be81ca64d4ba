/*
 * record - an event as it is typed.
 */
#ifndef MAPPACTL_RECORD_H
#define MAPPACTL_RECORD_H

#include "list.h"

/* Purpose: whether "CASE EVENT FIELD=VALUE ..." with its options can be an event, as far as can be seen without asking
 * anybody. Errors: false after saying that it is a wrong call. */
bool record_is_event(const struct arguments *arguments);
/* Purpose: append it as a line for the daemon; on is its day. False: no memory. */
bool record_event(const struct arguments *arguments, int32_t on, struct wire_buffer *body);

#endif
