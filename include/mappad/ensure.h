/*
 * ensure - the check for our own mistakes; always compiled in.
 *
 * Nothing that a client, a rule file, a mail server or the database contains
 * may make an ENSURE fail; fuzzers assert that. The engine calls only this.
 */
#ifndef MAPPAD_ENSURE_H
#define MAPPAD_ENSURE_H

/* Purpose: write "file:line: ensure failed: text" to standard error and abort. */
_Noreturn void ensure_failed(const char *file, int line, const char *text);

#define ENSURE(condition) \
        ((condition) ? (void)0 : ensure_failed(__FILE__, __LINE__, #condition))

#endif
