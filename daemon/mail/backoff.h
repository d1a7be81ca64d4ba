/*
 * backoff - when to try again. Private to daemon/mail.
 */
#ifndef MAIL_BACKOFF_H
#define MAIL_BACKOFF_H

#include <stdint.h>

/* Whose trouble a failure is. The relay's is everybody's, and its end is worth noticing soon. */
enum backoff_kind { BACKOFF_MAILBOX, BACKOFF_RELAY };

/* Purpose: milliseconds to wait after the nth failed attempt in a row (n >= 1): doubling from one
 * minute to at most four hours for a mailbox, from 30 seconds to at most 10 minutes for the
 * relay, less up to a quarter of that at random. The same key and n give the same answer.
 * Example: n = 1, mailbox: 45,000 to 60,000. */
int64_t backoff_ms(enum backoff_kind kind, uint32_t n, uint64_t key);

#endif
