/*
 * contacts - who is told: agencies, roles, their mailboxes, and when they hold.
 *
 * Read from one libconfig file (mappad-contacts(5)), immutable, replaced as a
 * whole at reload. Answers two questions: does every route of the rules lead to
 * somebody, and which mailboxes does a route mean on a day. An entry has a span
 * of days and may be absent, when its deputy takes over; several entries of one
 * name follow each other in time without overlapping.
 */
#ifndef MAPPAD_CONTACTS_H
#define MAPPAD_CONTACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/diagnostics.h"
#include "mappad/difference.h"
#include "mappad/rule.h"
#include "mappad/status.h"

#define CONTACTS_ENTRIES_MAX 1024       /* agencies and roles together, every span counted */
#define CONTACTS_MAILBOXES_MAX 16       /* mailboxes of one entry, deputies counted apart */
#define CONTACTS_GROUPS_MAX 64           /* distinct Unix groups that may acknowledge */
#define CONTACTS_AGENCIES_MAX 62        /* agencies of one role: as many as an attribute has values */
#define RECIPIENTS_MAX ((CONTACTS_AGENCIES_MAX + 1) * CONTACTS_MAILBOXES_MAX) /* distinct mailboxes of one name */

struct contacts;

enum contact_kind { CONTACT_ROLE, CONTACT_AGENCY };

/* One mailbox that is told. Both texts belong to the contacts. */
struct recipient {
        const char *mailbox;    /* valid by mailbox.h, within the allowed domains as of loading;
                                   one spelling in a file, so that equal ones are the same text */
        const char *label;      /* of the role or agency that it was first found for; printable UTF-8, one line */
        bool deputy;            /* told in place of somebody who is absent */
};

/* Mailboxes gathered over several questions, each once. Shape: zeroed is empty. */
struct recipients {
        struct recipient list[RECIPIENTS_MAX];
        size_t count;
};

/* Names of Unix groups; they belong to the contacts. */
struct contact_groups {
        const char *const *names;
        size_t count;
};

/* Purpose: read a contacts file; every mistake is reported with file and line.
 * Shape: domains are the settings' allow-list; a mailbox outside it is an error. A count of 0 allows none, NULL any.
 * Errors: STATUS_INVALID when the file was refused (see the diagnostics), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status contacts_load(const char *path, const char *const *domains, size_t domain_count,
                                     struct diagnostics *diagnostics, struct contacts **ret_contacts);
/* Purpose: the same from a text that stands for a file; name is what diagnostics call it. */
struct rulefile_text;
MUST_CHECK enum status contacts_load_text(const struct rulefile_text *text, const char *const *domains,
                                          size_t domain_count, struct diagnostics *diagnostics,
                                          struct contacts **ret_contacts);
/* Purpose: release. NULL is nothing. */
void contacts_free(struct contacts *contacts);

/* Purpose: prove that every stage of every enabled rule is told to somebody on day today: each role
 * exists and resolves; of each "$attribute" every value that is a word names an agency that resolves.
 * Also warns of entries whose last day is within 60 days without a successor.
 * Shape: any error means that rules and contacts do not go together; nothing was changed.
 * Errors: false when an error was added. */
bool contacts_check(const struct contacts *contacts, const struct ruleset *ruleset, int32_t today,
                    struct diagnostics *diagnostics);

/* Purpose: add the mailboxes that a role or an agency means on a day; those there already are not
 * added again. Whoever is absent is replaced by the deputy.
 * Errors: false when nobody is meant: no such name, or no entry of it holds on that day. The caller
 * then tells contacts_watch instead: an alert to nobody must not pass in silence.
 * Cost: linear in the entries. */
bool contacts_resolve(const struct contacts *contacts, enum contact_kind kind, const char *name, int32_t day,
                      struct recipients *recipients);

/* One mailbox that a name leads to on a day, and how. Texts belong to the contacts. */
struct contact_step {
        enum contact_kind kind;                 /* of the entry that the mailbox was found in ... */
        const char *name, *label;
        int line;                               /* ... and its line in the file */
        int32_t from, until;                    /* the days on which it holds; CIVIL_MIN, CIVIL_MAX where open */
        int32_t absent_from, absent_until;      /* of the absence for which this is the deputy; CIVIL_NONE: none */
        const char *role;                       /* the role whose `agencies` led to an agency's entry; else NULL */
        const char *mailbox;
};
typedef void (*contact_step_fn)(void *context, const struct contact_step *step);
/* Purpose: as contacts_resolve, step by step and with the reasons; a mailbox that is led to twice is given twice. */
bool contacts_trace(const struct contacts *contacts, enum contact_kind kind, const char *name, int32_t day,
                    contact_step_fn sink, void *context);
/* Purpose: whether the file has any entry of a name, on whichever days. */
bool contacts_named(const struct contacts *contacts, enum contact_kind kind, const char *name);
/* Purpose: the Unix groups whose members may acknowledge for a role or agency on a day (none: nobody said so);
 * false when it has no entry that holds then. */
bool contacts_groups(const struct contacts *contacts, enum contact_kind kind, const char *name, int32_t day,
                     struct contact_groups *ret_groups);
/* Purpose: the nth Unix group that any entry names, each once and in order of the file; NULL past the last. */
const char *contacts_group(const struct contacts *contacts, size_t n);
/* Purpose: the line on which it is named first; 0 past the last. */
int contacts_group_line(const struct contacts *contacts, size_t n);

/* Purpose: everybody whom the file names and who is meant on a day, for heartbeats; a mailbox is given as often as it
 * is named. */
void contacts_everybody(const struct contacts *contacts, int32_t day, contact_step_fn sink, void *context);
/* Purpose: whether the file names a mailbox at all, on whatever day, as a deputy or itself. */
bool contacts_name_mailbox(const struct contacts *contacts, const char *mailbox);

/* Purpose: the role that hears of routes to nobody, of mail that fails for good and of doubtful data
 * (`watch`, by default "unit"). Always the name of a role of the file. */
const char *contacts_watch(const struct contacts *contacts);

/* Purpose: whether a recipient with nothing due hears so on this day. */
bool contacts_heartbeat(const struct contacts *contacts, int32_t day);

/* Purpose: who is writing, for subjects and the From line (`title`, by default "mappad"): printable UTF-8. */
const char *contacts_title(const struct contacts *contacts);

/* Purpose: the roles and agencies that mean other mailboxes, on a day or on a later one, than they did under
 * another file (either may be NULL: nobody). By kind and name. Owns: arena. Errors: STATUS_NO_MEMORY.
 * Cost: entries times the days on which one of the same name begins or ends. */
MUST_CHECK enum status contacts_differences(const struct contacts *before, const struct contacts *after, int32_t day,
                                            struct arena *arena, struct readdressed_list *ret_list);

/* Purpose: SHA-256 of the file, 64 hex digits, and its text, so that the file can be kept as it stood. */
const char *contacts_digest(const struct contacts *contacts);
const char *contacts_text(const struct contacts *contacts);

#endif
