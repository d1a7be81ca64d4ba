/*
 * log - one line for the operator.
 *
 * Rooms do not know where lines go: they are handed a log_fn. In the daemon
 * that is log_write, which speaks to the journal with fields when it runs under
 * systemd and to standard error otherwise. A line holds references, numbers
 * and our own words, never what a case says. Untrusted bytes are escaped here,
 * whoever sent them.
 */
#ifndef MAPPAD_LOG_H
#define MAPPAD_LOG_H

#include <stddef.h>

#define LOG_FIELDS_MAX 8                /* fields of one line; further ones are left out */
#define LOG_LINE_MAX 1024               /* bytes of one line or one field; longer ones are cut */

/* syslog's numbers, which journald and systemd's "<n>" prefixes share. */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* A field for machines. Example: {"CASE", "DH-00042"} is found by `journalctl MAPPA_CASE=DH-00042`. */
struct log_field {
        const char *name;               /* [A-Z][A-Z_]*, at most 32 bytes: CASE, RULE, RECIPIENT, UID ... */
        const char *value;
};

/* Purpose: what a room is given to log with. message is one sentence without a full stop. */
typedef void (*log_fn)(void *context, enum log_level level, const struct log_field *fields, size_t count,
                       const char *message);

/* Purpose: choose where lines go: the journal when standard error is its socket (JOURNAL_STREAM),
 * else standard error with "<n>" before each line when prefix is asked for by the service
 * manager (INVOCATION_ID), else plain. */
void log_open(void);
/* Purpose: write a line; a log_fn whose context is not looked at. Safe before log_open (plain). */
void log_write(void *context, enum log_level level, const struct log_field *fields, size_t count, const char *message);
/* Purpose: write a line without fields from a format. */
__attribute__((format(printf, 2, 3)))
void log_line(enum log_level level, const char *format, ...);

/* Purpose: what log_write makes of a message: control bytes and bytes that are no UTF-8 become
 * "\xNN", a backslash two; cut at size - 1 bytes between characters. */
void log_escape(const char *text, char *ret_text, size_t size);

#endif
