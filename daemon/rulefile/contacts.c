/*
 * contacts.c - which mailboxes a role or an agency means on a day.
 *
 * Nothing here fails and nothing allocates: a loaded contacts file is complete.
 * The invariant that reading established: entries of one name never overlap,
 * so on a day a name means one entry or none.
 */
#include "mappad/contacts.h"

#include <string.h>

#include "contacts_model.h"
#include "keep.h"
#include "mappad/civil.h"
#include "mappad/ensure.h"
#include "mappad/mailbox.h"

static bool within(struct span span, int32_t day)
{
        return day >= span.from && day <= span.until;
}

void contacts_free(struct contacts *contacts)
{
        keep_free(contacts);
}

const struct contact *contacts_entry(const struct contacts *contacts, enum contact_kind kind, const char *name,
                                     int32_t day)
{
        for (size_t i = 0; i < contacts->entry_count; i++) {
                const struct contact *entry = &contacts->entries[i];

                if (entry->kind == kind && within(entry->span, day) && strcmp(entry->name, name) == 0)
                        return entry;
        }
        return NULL;
}

bool contacts_named(const struct contacts *contacts, enum contact_kind kind, const char *name)
{
        for (size_t i = 0; i < contacts->entry_count; i++)
                if (contacts->entries[i].kind == kind && strcmp(contacts->entries[i].name, name) == 0)
                        return true;
        return false;
}

size_t contacts_names(const struct contacts *contacts, enum contact_kind kind, const char **names)
{
        size_t count = 0;

        for (size_t i = 0; i < contacts->entry_count; i++)
                if (contacts->entries[i].kind == kind && vocabulary_word(names, count, contacts->entries[i].name) < 0)
                        names[count++] = contacts->entries[i].name;
        return count;
}

static void add(struct recipients *recipients, struct recipient recipient)
{
        for (size_t i = 0; i < recipients->count; i++)
                if (mailbox_same(recipients->list[i].mailbox, recipient.mailbox))
                        return;
        ENSURE(recipients->count < RECIPIENTS_MAX);
        recipients->list[recipients->count++] = recipient;
}

static const struct span *absence_on(const struct contact *entry, int32_t day)
{
        for (size_t i = 0; i < entry->absence_count; i++)
                if (within(entry->absences[i], day))
                        return &entry->absences[i];
        return NULL;
}

/* Whoever wants to know of each mailbox. */
struct trace {
        contact_step_fn sink;
        void *context;
};

/* The entry's own mailboxes, or the deputies' while it is absent: reading refused absences without a deputy. */
static void trace_entry(const struct contact *entry, const struct span *absence, const char *role,
                        const struct trace *trace)
{
        const char *const *mailboxes = absence != NULL ? entry->deputies : entry->mailboxes;
        size_t count = absence != NULL ? entry->deputy_count : entry->mailbox_count;

        for (size_t i = 0; i < count; i++)
                trace->sink(trace->context,
                            &(struct contact_step){.kind = entry->kind,
                                                   .name = entry->name,
                                                   .label = entry->label,
                                                   .line = entry->line,
                                                   .from = entry->span.from,
                                                   .until = entry->span.until,
                                                   .absent_from = absence != NULL ? absence->from : CIVIL_NONE,
                                                   .absent_until = absence != NULL ? absence->until : CIVIL_NONE,
                                                   .role = role,
                                                   .mailbox = mailboxes[i]});
}

bool contacts_trace(const struct contacts *contacts, enum contact_kind kind, const char *name, int32_t day,
                    contact_step_fn sink, void *context)
{
        const struct contact *entry = contacts_entry(contacts, kind, name, day);
        const struct trace trace = {sink, context};
        const struct span *absence;
        bool found;

        if (entry == NULL)
                return false;
        absence = absence_on(entry, day);
        found = absence != NULL || entry->mailbox_count > 0;
        trace_entry(entry, absence, NULL, &trace);
        for (size_t i = 0; absence == NULL && i < entry->agency_count; i++) {
                const struct contact *agency = contacts_entry(contacts, CONTACT_AGENCY, entry->agencies[i], day);

                if (agency == NULL)
                        continue;
                trace_entry(agency, absence_on(agency, day), entry->name, &trace);
                found = true;
        }
        return found;
}

static void add_step(void *context, const struct contact_step *step)
{
        add(context, (struct recipient){.mailbox = step->mailbox,
                                        .label = step->label,
                                        .deputy = step->absent_from != CIVIL_NONE});
}

bool contacts_resolve(const struct contacts *contacts, enum contact_kind kind, const char *name, int32_t day,
                      struct recipients *recipients)
{
        return contacts_trace(contacts, kind, name, day, add_step, recipients);
}

bool contacts_groups(const struct contacts *contacts, enum contact_kind kind, const char *name, int32_t day,
                     struct contact_groups *ret_groups)
{
        const struct contact *entry = contacts_entry(contacts, kind, name, day);

        if (entry == NULL)
                return false;
        *ret_groups = (struct contact_groups){entry->groups, entry->group_count};
        return true;
}

const char *contacts_group(const struct contacts *contacts, size_t n)
{
        return n < contacts->group_count ? contacts->groups[n] : NULL;
}

int contacts_group_line(const struct contacts *contacts, size_t n)
{
        return n < contacts->group_count ? contacts->group_lines[n] : 0;
}

void contacts_everybody(const struct contacts *contacts, int32_t day, contact_step_fn sink, void *context)
{
        const struct trace trace = {sink, context};

        for (size_t i = 0; i < contacts->entry_count; i++)
                if (within(contacts->entries[i].span, day))
                        trace_entry(&contacts->entries[i], absence_on(&contacts->entries[i], day), NULL, &trace);
}

static bool lists(const char *const *mailboxes, size_t count, const char *mailbox)
{
        for (size_t i = 0; i < count; i++)
                if (mailbox_same(mailboxes[i], mailbox))
                        return true;
        return false;
}

bool contacts_name_mailbox(const struct contacts *contacts, const char *mailbox)
{
        for (size_t i = 0; i < contacts->entry_count; i++) {
                const struct contact *entry = &contacts->entries[i];

                if (lists(entry->mailboxes, entry->mailbox_count, mailbox) ||
                    lists(entry->deputies, entry->deputy_count, mailbox))
                        return true;
        }
        return false;
}

const char *contacts_watch(const struct contacts *contacts)
{
        return contacts->watch;
}

bool contacts_heartbeat(const struct contacts *contacts, int32_t day)
{
        return (contacts->heartbeat_days & (1U << civil_weekday(day))) != 0;
}

const char *contacts_title(const struct contacts *contacts)
{
        return contacts->title;
}

const char *contacts_digest(const struct contacts *contacts)
{
        return contacts->digest;
}

const char *contacts_text(const struct contacts *contacts)
{
        return contacts->text;
}
