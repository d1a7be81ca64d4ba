/*
 * contacts_model - what a contacts file says, as read. Private to daemon/rulefile.
 *
 * contacts_read.c fills it, contacts.c answers questions from it, and
 * contacts_check.c holds it against the rules.
 */
#ifndef RULEFILE_CONTACTS_MODEL_H
#define RULEFILE_CONTACTS_MODEL_H

#include "mappad/contacts.h"

/* Days, both included. */
struct span { int32_t from, until; };

/* One entry of the file: a role or an agency for a span of days. */
struct contact {
        enum contact_kind kind;
        const char *name;
        const char *label;                      /* never NULL: the name without one */
        struct span span;
        const char *const *mailboxes; size_t mailbox_count;     /* an agency's SPOC, a role's mailboxes */
        const char *const *deputies; size_t deputy_count;
        const char *const *agencies; size_t agency_count;       /* roles: whose SPOC is told as well */
        const struct span *absences; size_t absence_count;
        const char *const *groups; size_t group_count;          /* Unix groups that may acknowledge for it */
        int line;
};

struct contacts {
        const char *path;
        const char *title;
        const char *watch;
        unsigned int heartbeat_days;            /* bit n: weekday n */
        const struct contact *entries; size_t entry_count;      /* in order of the file */
        const char *const *groups; size_t group_count;          /* of all entries, each once */
        const int *group_lines;                                 /* where each is named first */
        char digest[65];
        const char *text;
};

/* Purpose: the entry of a name that holds on a day, or NULL. */
const struct contact *contacts_entry(const struct contacts *contacts, enum contact_kind kind, const char *name,
                                     int32_t day);

/* Purpose: names of all entries of a kind for hints, at most CONTACTS_ENTRIES_MAX. */
size_t contacts_names(const struct contacts *contacts, enum contact_kind kind, const char **names);

#endif
