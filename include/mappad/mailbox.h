/*
 * mailbox - which texts are mail addresses for us: one strict ASCII grammar.
 *
 * Contacts, settings and the mail room all ask here, and nothing else is ever
 * written into an SMTP command. There are no quoted local parts, no comments,
 * no address literals, no source routes, no byte outside ASCII: an
 * international domain is written in punycode. So no address can end a line,
 * close a bracket or begin a second command.
 */
#ifndef MAPPAD_MAILBOX_H
#define MAPPAD_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

#define MAILBOX_LOCAL_MAX 64    /* RFC 5321 4.5.3.1.1 */
#define MAILBOX_DOMAIN_MAX 189  /* so that the whole fits RFC 5321's path of 256 less its brackets */
#define MAILBOX_MAX (MAILBOX_LOCAL_MAX + 1 + MAILBOX_DOMAIN_MAX)

/* What can be wrong with a mailbox; MAILBOX_FINE: nothing. */
enum mailbox_problem { MAILBOX_FINE, MAILBOX_EMPTY, MAILBOX_TOO_LONG, MAILBOX_NOT_ASCII, MAILBOX_CONTROL,
                       MAILBOX_NO_AT, MAILBOX_LOCAL_PART, MAILBOX_DOMAIN };

/* Purpose: what is wrong with length bytes as a mailbox, the first problem in order of the enum.
 * Shape: local part: one to 64 letters, digits and !#$%&'*+-/=?^_`{|}~, with single dots between
 * them; one "@"; domain: as mailbox_domain_valid.
 * Source: RFC 5321 4.1.2, Dot-string and Domain, narrowed.
 * Cost: one pass. Embedded NUL is a control byte. */
enum mailbox_problem mailbox_examine(const char *text, size_t length);

/* Purpose: whether text is a mailbox. NULL is none. */
bool mailbox_valid(const char *text);

/* Purpose: a sentence for a problem. Example: "it holds a control byte or a space". */
const char *mailbox_problem_sentence(enum mailbox_problem problem);

/* Purpose: whether text is a domain: labels of 1 to 63 letters, digits and inner hyphens, joined by
 * single dots, at most 189 bytes; the last label is not all digits (that would be an IP address).
 * Shape: a single label ("localhost") is a domain. */
bool mailbox_domain_valid(const char *text);

/* Purpose: the domain of a valid mailbox, pointing into it. */
const char *mailbox_domain(const char *mailbox);

/* Purpose: whether a mailbox's domain is one of count allowed domains or lies below one, letters
 * of either case alike. No domains allowed means none is.
 * Example: "a@derbyshire.police.uk" is within "police.uk"; "a@notpolice.uk" is not. */
bool mailbox_allowed(const char *mailbox, const char *const *domains, size_t count);

/* Purpose: whether two mailboxes are one and the same, letters of either case alike. The
 * standard lets local parts differ by case; no mail system in use does, and two
 * copies to one reader would be the worse mistake. */
bool mailbox_same(const char *one, const char *other);

#endif
