/*
 * contacts.c - which mailboxes a role or an agency means on a day.
 *
 * Nothing here fails and nothing allocates: a loaded contacts file is complete.
 * The invariant that reading established: entries of one name never overlap,
 * so on a day a name means one entry or none.
 */
#include "mappad/contacts.h"

#include <stdlib.h>
#include <string.h>

#include "contacts_model.h"
#include "mappad/civil.h"
#include "mappad/mailbox.h"

static bool within(struct span span, int32_t day)
{
        return day >= span.from && day <= span.until;
}

void contacts_free(struct contacts *contacts)
{
        if (contacts == NULL)
                return;
        arena_fini(&contacts->arena);
        free(contacts);
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
                if (contacts->entries[i].kind == kind)
                        names[count++] = contacts->entries[i].name;
        return count;
}

static void add(struct recipients *recipients, struct recipient recipient)
{
        for (size_t i = 0; i < recipients->count; i++)
                if (mailbox_same(recipients->list[i].mailbox, recipient.mailbox))
                        return;
        if (recipients->count == RECIPIENTS_MAX) {
                recipients->overflowed = true;
                return;
        }
        recipients->list[recipients->count++] = recipient;
}

static bool is_absent(const struct contact *entry, int32_t day)
{
        for (size_t i = 0; i < entry->absence_count; i++)
                if (within(entry->absences[i], day))
                        return true;
        return false;
}

/* The entry's own mailboxes, or the deputies' while it is absent: reading refused absences without a deputy. */
static void add_entry(const struct contact *entry, bool absent, struct recipients *recipients)
{
        const char *const *mailboxes = absent ? entry->deputies : entry->mailboxes;
        size_t count = absent ? entry->deputy_count : entry->mailbox_count;

        for (size_t i = 0; i < count; i++)
                add(recipients, (struct recipient){.mailbox = mailboxes[i], .label = entry->label, .deputy = absent});
}

bool contacts_resolve(const struct contacts *contacts, enum contact_kind kind, const char *name, int32_t day,
                      struct recipients *recipients)
{
        const struct contact *entry = contacts_entry(contacts, kind, name, day);
        bool found, absent;

        if (entry == NULL)
                return false;
        absent = is_absent(entry, day);
        found = absent || entry->mailbox_count > 0;
        add_entry(entry, absent, recipients);
        for (size_t i = 0; !absent && i < entry->agency_count; i++) {
                const struct contact *agency = contacts_entry(contacts, CONTACT_AGENCY, entry->agencies[i], day);

                if (agency == NULL)
                        continue;
                add_entry(agency, is_absent(agency, day), recipients);
                found = true;
        }
        return found;
}

bool contacts_route(const struct contacts *contacts, const struct ruleset *ruleset, const char *to,
                    const struct value *state, int32_t day, struct recipients *recipients)
{
        const struct attribute *attribute;
        bool all = true, any = false;
        uint16_t index;

        if (to[0] != '$')
                return contacts_resolve(contacts, CONTACT_ROLE, to, day, recipients);
        index = vocabulary_attribute(&ruleset->vocabulary, to + 1);
        if (index == VOCABULARY_NONE)
                return false;
        attribute = &ruleset->vocabulary.attributes[index];
        for (size_t i = 0; i < attribute->value_count; i++) {
                if ((state[index].bits & VALUE_BIT(i)) == 0)
                        continue;
                any = true;
                all &= contacts_resolve(contacts, CONTACT_AGENCY, attribute->values[i], day, recipients);
        }
        return any && all;
}

void contacts_everybody(const struct contacts *contacts, int32_t day, struct recipients *recipients)
{
        for (size_t i = 0; i < contacts->entry_count; i++)
                if (within(contacts->entries[i].span, day))
                        add_entry(&contacts->entries[i], is_absent(&contacts->entries[i], day), recipients);
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

const char *contacts_label(const struct contacts *contacts, enum contact_kind kind, const char *name, int32_t day)
{
        const struct contact *entry = contacts_entry(contacts, kind, name, day);

        return entry == NULL ? name : entry->label;
}

const char *contacts_digest(const struct contacts *contacts)
{
        return contacts->digest;
}

const char *contacts_text(const struct contacts *contacts)
{
        return contacts->text;
}
