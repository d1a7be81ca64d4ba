/*
 * event_keys - the settings of an event, read in several passes. Private to daemon/rulefile.
 */
#ifndef RULEFILE_EVENT_KEYS_H
#define RULEFILE_EVENT_KEYS_H

#include "cfg.h"

enum event_key { EVENT_NAME, EVENT_LABEL, EVENT_FIELDS, EVENT_NEW_ITEM, EVENT_ITEM, EVENT_REQUIRES, EVENT_UNLESS,
                 EVENT_SETS, EVENT_ADDS, EVENT_REMOVES, EVENT_CLEARS, EVENT_KEYS };

/* An event between the passes. */
struct event_draft { const struct cfg_node *found[EVENT_KEYS]; };

#endif
