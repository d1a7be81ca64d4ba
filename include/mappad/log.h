/*
 * log - one line for the operator.
 *
 * The one log_fn (telling.h) of the daemon: to the journal with fields when it
 * runs under systemd, to standard error otherwise. Untrusted bytes are escaped
 * here, whoever sent them.
 */
#ifndef MAPPAD_LOG_H
#define MAPPAD_LOG_H

#include <stddef.h>

#include "mappad/telling.h"

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
