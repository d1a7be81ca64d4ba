/*
 * telling - how a room says something to the operator without knowing where it goes.
 *
 * A room that has something to say is handed a log_fn. A line holds
 * references, numbers and our own words, never what a case says.
 */
#ifndef MAPPAD_TELLING_H
#define MAPPAD_TELLING_H

#include <stddef.h>

#define LOG_FIELDS_MAX 8                /* fields of one line; further ones are left out */
#define LOG_LINE_MAX 1024               /* bytes of one line or one field; longer ones are cut */

/* syslog's numbers, which journald and systemd's "<n>" prefixes share. */
enum log_level {
        LOG_LEVEL_ERROR = 3,
        LOG_LEVEL_WARNING = 4,
        LOG_LEVEL_NOTICE = 5,
        LOG_LEVEL_INFO = 6,
        LOG_LEVEL_DEBUG = 7
};

/* A field for machines. Example: {"CASE", "DH-00042"} is found by `journalctl MAPPA_CASE=DH-00042`. */
struct log_field {
        const char *name;               /* [A-Z][A-Z_]*, at most 32 bytes: CASE, RULE, RECIPIENT, UID ... */
        const char *value;
};

/* Purpose: what a room is given to log with. message is one sentence without a full stop. */
typedef void (*log_fn)(void *context, enum log_level level, const struct log_field *fields, size_t count,
                       const char *message);

#endif
