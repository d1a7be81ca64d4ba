/*
 * contacts_differences - whose mailboxes differ between two contacts files.
 *
 * A name is asked on the day in question and on every later day on which an
 * entry that bears on it begins or ends, since nothing changes in between.
 */
#include <stdlib.h>
#include <string.h>

#include "contacts_model.h"
#include "mappad/civil.h"

/* One name, and what is compared of it. */
struct naming {
        const struct contacts *before, *after;
        struct arena *arena;
        enum contact_kind kind;
        const char *name;
        int32_t from; /* the first day of difference so far; CIVIL_NONE: none */
        struct recipients *old, *new;
};

static void ask(const struct contacts *contacts, const struct naming *naming, int32_t day,
                struct recipients *recipients)
{
        recipients->count = 0;
        if (contacts != NULL)
                (void)contacts_resolve(contacts, naming->kind, naming->name, day, recipients);
}

static bool includes(const struct recipients *recipients, const char *mailbox)
{
        for (size_t i = 0; i < recipients->count; i++)
                if (strcmp(recipients->list[i].mailbox, mailbox) == 0)
                        return true;
        return false;
}

static bool same(const struct recipients *a, const struct recipients *b)
{
        if (a->count != b->count)
                return false;
        for (size_t i = 0; i < a->count; i++)
                if (!includes(b, a->list[i].mailbox))
                        return false;
        return true;
}

/* Asks on a day unless a difference was found on it or before. */
static void compare_on(struct naming *naming, int32_t day)
{
        if (naming->from != CIVIL_NONE && naming->from <= day)
                return;
        ask(naming->before, naming, day, naming->old);
        ask(naming->after, naming, day, naming->new);
        if (!same(naming->old, naming->new))
                naming->from = day;
}

static void compare_spans(struct naming *naming, const struct span *spans, size_t count, int32_t day)
{
        for (size_t i = 0; i < count; i++) {
                if (spans[i].from > day)
                        compare_on(naming, spans[i].from);
                if (spans[i].until >= day && spans[i].until < CIVIL_MAX)
                        compare_on(naming, civil_add_days(spans[i].until, 1));
        }
}

/* A role hears through the agencies it names, too. */
static bool bears_on(const struct contacts *contacts, const struct naming *naming, const struct contact *entry)
{
        if (entry->kind == naming->kind && strcmp(entry->name, naming->name) == 0)
                return true;
        for (size_t i = 0; entry->kind == CONTACT_AGENCY && i < contacts->entry_count; i++) {
                const struct contact *role = &contacts->entries[i];

                if (role->kind != naming->kind || strcmp(role->name, naming->name) != 0)
                        continue;
                for (size_t a = 0; a < role->agency_count; a++)
                        if (strcmp(role->agencies[a], entry->name) == 0)
                                return true;
        }
        return false;
}

static void compare_over(struct naming *naming, const struct contacts *contacts, int32_t day)
{
        for (size_t i = 0; contacts != NULL && i < contacts->entry_count; i++) {
                const struct contact *entry = &contacts->entries[i];

                if (!bears_on(contacts, naming, entry))
                        continue;
                compare_spans(naming, &entry->span, 1, day);
                compare_spans(naming, entry->absences, entry->absence_count, day);
        }
}

/* Mailboxes by comma. */
static const char *text_of(const struct recipients *recipients, struct arena *arena)
{
        size_t size = 1, used = 0;
        char *text;

        for (size_t i = 0; i < recipients->count; i++)
                size += strlen(recipients->list[i].mailbox) + 2;
        text = arena_alloc(arena, size);
        for (size_t i = 0; text != NULL && i < recipients->count; i++) {
                size_t length = strlen(recipients->list[i].mailbox);

                if (i > 0) {
                        memcpy(text + used, ", ", 2);
                        used += 2;
                }
                memcpy(text + used, recipients->list[i].mailbox, length);
                used += length;
        }
        return text;
}

struct growing {
        struct readdressed *list;
        size_t count, capacity;
};

static bool add_name(struct naming *naming, struct growing *growing, int32_t day)
{
        struct readdressed *row;

        naming->from = CIVIL_NONE;
        compare_on(naming, day);
        compare_over(naming, naming->before, day);
        compare_over(naming, naming->after, day);
        if (naming->from == CIVIL_NONE)
                return true;
        ask(naming->before, naming, naming->from, naming->old);
        ask(naming->after, naming, naming->from, naming->new);
        row = &growing->list[growing->count++];
        *row = (struct readdressed){.agency = naming->kind == CONTACT_AGENCY,
                                    .name = arena_copy(naming->arena, naming->name, strlen(naming->name)),
                                    .from = naming->from,
                                    .before = text_of(naming->old, naming->arena),
                                    .after = text_of(naming->new, naming->arena)};
        return row->name != NULL && row->before != NULL && row->after != NULL;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of one kind of both files, sorted, each once. */
static size_t names_of(const struct naming *naming, const char **names)
{
        size_t count = 0, kept = 0;

        if (naming->before != NULL)
                count += contacts_names(naming->before, naming->kind, names);
        if (naming->after != NULL)
                count += contacts_names(naming->after, naming->kind, names + count);
        if (count > 1)
                qsort(names, count, sizeof *names, by_name);
        for (size_t i = 0; i < count; i++)
                if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
                        names[kept++] = names[i];
        return kept;
}

enum status contacts_differences(const struct contacts *before, const struct contacts *after, int32_t day,
                                 struct arena *arena, struct readdressed_list *ret_list)
{
        static const enum contact_kind kinds[] = {CONTACT_ROLE, CONTACT_AGENCY};
        size_t room = (before == NULL ? 0 : before->entry_count) + (after == NULL ? 0 : after->entry_count);
        const char **names = arena_array(arena, 2 * CONTACTS_ENTRIES_MAX, sizeof *names);
        struct growing growing = {.list = arena_array(arena, room, sizeof *growing.list), .capacity = room};
        struct naming naming = {.before = before, .after = after, .arena = arena};

        naming.old = arena_alloc(arena, sizeof *naming.old);
        naming.new = arena_alloc(arena, sizeof *naming.new);
        if (names == NULL || growing.list == NULL || naming.old == NULL || naming.new == NULL)
                return STATUS_NO_MEMORY;
        *ret_list = (struct readdressed_list){NULL, 0};
        if (before == after ||
            (before != NULL && after != NULL && strcmp(contacts_digest(before), contacts_digest(after)) == 0))
                return STATUS_OK;
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
                naming.kind = kinds[k];
                size_t count = names_of(&naming, names);
                for (size_t i = 0; i < count; i++) {
                        naming.name = names[i];
                        if (!add_name(&naming, &growing, day))
                                return STATUS_NO_MEMORY;
                }
        }
        *ret_list = (struct readdressed_list){growing.list, growing.count};
        return STATUS_OK;
}
