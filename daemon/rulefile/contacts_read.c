/*
 * contacts_read.c - a contacts file becomes struct contacts.
 *
 * Every mistake is reported and reading goes on; a file with an error is
 * refused as a whole. Four things are promised to whoever asks later: each
 * mailbox fits the grammar and the allow-list, it is spelled in one way, entries
 * of one name never overlap, and nobody is absent without a deputy.
 */
#include "mappad/contacts.h"

#include <openssl/evp.h>
#include <string.h>

#include "cfg.h"
#include "contacts_model.h"
#include "keep.h"
#include "mappad/civil.h"
#include "mappad/mailbox.h"
#include "text.h"

#define LABEL_COLUMNS_MAX 60 /* a subject and a column of the digest stay readable */
#define ABSENCES_MAX 64
#define GROUP_NAME_MAX 32 /* of a Unix group */

enum { TOP_TITLE, TOP_WATCH, TOP_HEARTBEAT, TOP_AGENCIES, TOP_ROLES, TOP_COUNT };
static const struct cfg_key top_keys[TOP_COUNT] = {
        [TOP_TITLE] = {"title", CFG_TEXT, 0},
        [TOP_WATCH] = {"watch", CFG_TEXT, 0},
        [TOP_HEARTBEAT] = {"heartbeat", CFG_TEXTS, 0},
        [TOP_AGENCIES] = {"agencies", CFG_GROUPS, 0},
        [TOP_ROLES] = {"roles", CFG_GROUPS, CFG_REQUIRED},
};

/* The settings that agencies and roles share stand first. */
enum {
        ENTRY_NAME,
        ENTRY_LABEL,
        ENTRY_DEPUTY,
        ENTRY_FROM,
        ENTRY_UNTIL,
        ENTRY_ABSENT,
        ENTRY_ACKS,
        ENTRY_MAILBOXES,
        ENTRY_AGENCIES,
        ENTRY_COUNT
};
#define AGENCY_COUNT ENTRY_AGENCIES
#define SHARED_KEYS                                                                                                    \
        [ENTRY_NAME] = {"name", CFG_TEXT, CFG_REQUIRED}, [ENTRY_LABEL] = {"label", CFG_TEXT, 0},                       \
        [ENTRY_DEPUTY] = {"deputy", CFG_TEXTS, 0}, [ENTRY_FROM] = {"from", CFG_TEXT, 0},                               \
        [ENTRY_UNTIL] = {"until", CFG_TEXT, 0}, [ENTRY_ABSENT] = {"absent", CFG_GROUPS, 0},                            \
        [ENTRY_ACKS] = {"acknowledged-by", CFG_TEXTS, 0}
static const struct cfg_key agency_keys[AGENCY_COUNT] = {
        SHARED_KEYS,
        [ENTRY_MAILBOXES] = {"spoc", CFG_TEXTS, CFG_REQUIRED},
};
static const struct cfg_key role_keys[ENTRY_COUNT] = {
        SHARED_KEYS,
        [ENTRY_MAILBOXES] = {"mailboxes", CFG_TEXTS, 0},
        [ENTRY_AGENCIES] = {"agencies", CFG_TEXTS, 0},
};

enum { SPAN_FROM, SPAN_UNTIL, SPAN_COUNT };
static const struct cfg_key span_keys[SPAN_COUNT] = {
        [SPAN_FROM] = {"from", CFG_TEXT, CFG_REQUIRED},
        [SPAN_UNTIL] = {"until", CFG_TEXT, CFG_REQUIRED},
};

static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

struct reader {
        const struct cfg_file *file;
        const char *const *domains;
        size_t domain_count;
        struct keep *keep;
        struct contacts *contacts;
        struct contact *entries; /* of contacts, still being filled */
        const char **groups;     /* likewise */
        int *group_lines;
};

static const char *copy(struct reader *reader, const char *text)
{
        const char *copied = keep_text(reader->keep, text);

        return copied == NULL ? "" : copied;
}

/* A label or title stands in a subject and a From line: printable, one line, short. */
static const char *read_label(struct reader *reader, const struct cfg_node *node, const char *otherwise)
{
        const char *text = cfg_text(node);
        size_t columns = 0, length, i = 0;

        if (text == NULL)
                return otherwise;
        for (length = strlen(text); i < length; columns++) {
                size_t step = text_printable(text + i, length - i);

                if (step == 0)
                        break;
                i += step;
        }
        if (i < length || columns == 0 || columns > LABEL_COLUMNS_MAX || text[0] == ' ' || text[length - 1] == ' ') {
                cfg_error(reader->file, node, "\"%s\" must be 1 to %d printable characters without spaces at its ends",
                          cfg_name(node), LABEL_COLUMNS_MAX);
                return otherwise;
        }
        return copy(reader, text);
}

static void read_day(struct reader *reader, const struct cfg_node *node, int32_t *day)
{
        const char *text = cfg_text(node);

        if (text != NULL && !civil_parse(text, strlen(text), day))
                cfg_error(reader->file, node, "\"%s\" is \"%s\", which is no date; write YYYY-MM-DD", cfg_name(node),
                          text);
}

static struct span read_span(struct reader *reader, const struct cfg_node *from, const struct cfg_node *until)
{
        struct span span = {CIVIL_MIN, CIVIL_MAX};

        read_day(reader, from, &span.from);
        read_day(reader, until, &span.until);
        if (span.from > span.until) {
                cfg_error(reader->file, until, "it ends before it begins: \"until\" is earlier than \"from\"");
                span.until = span.from;
        }
        return span;
}

static void check_mailbox(struct reader *reader, const struct cfg_node *node, const char *text)
{
        enum mailbox_problem problem = mailbox_examine(text, strlen(text));

        if (problem != MAILBOX_FINE)
                cfg_error(reader->file, node, "\"%s\" is no mailbox: %s", text, mailbox_problem_sentence(problem));
        else if (reader->domains != NULL && !mailbox_allowed(text, reader->domains, reader->domain_count))
                cfg_error(reader->file, node,
                          "\"%s\" lies outside the domains that may be written to (allow-domains in mappad.conf)",
                          text);
}

/* A mailbox as the file spells it first: case makes no other mailbox, and what was sent to one is kept by its name. */
static const char *spelled(struct reader *reader, const char *text)
{
        for (size_t i = 0; i < reader->contacts->entry_count; i++) {
                const struct contact *entry = &reader->entries[i];

                for (size_t j = 0; j < entry->mailbox_count; j++)
                        if (mailbox_same(entry->mailboxes[j], text))
                                return entry->mailboxes[j];
                for (size_t j = 0; j < entry->deputy_count; j++)
                        if (mailbox_same(entry->deputies[j], text))
                                return entry->deputies[j];
        }
        return copy(reader, text);
}

static const char *const *read_mailboxes(struct reader *reader, const struct cfg_node *node, size_t *ret_count)
{
        size_t count = cfg_count(node);
        const char **mailboxes;

        if (count > CONTACTS_MAILBOXES_MAX) {
                cfg_error(reader->file, node, "\"%s\" has %zu mailboxes; at most %d are possible", cfg_name(node),
                          count, CONTACTS_MAILBOXES_MAX);
                return NULL;
        }
        mailboxes = keep_room(reader->keep, count, sizeof(*mailboxes));
        for (size_t i = 0; mailboxes != NULL && i < count; i++) {
                const struct cfg_node *element = cfg_element(node, i);

                mailboxes[i] = spelled(reader, cfg_text(element));
                check_mailbox(reader, element, mailboxes[i]);
                for (size_t j = 0; j < i; j++)
                        if (mailbox_same(mailboxes[j], mailboxes[i]))
                                cfg_error(reader->file, element, "\"%s\" is named twice", mailboxes[i]);
        }
        *ret_count = mailboxes == NULL ? 0 : count;
        return mailboxes;
}

static const char *const *read_agencies(struct reader *reader, const struct cfg_node *node, size_t *ret_count)
{
        size_t count = cfg_count(node);
        const char *known[CONTACTS_ENTRIES_MAX];
        size_t known_count = contacts_names(reader->contacts, CONTACT_AGENCY, known);
        const char **agencies;
        char hint[CFG_HINT_SIZE];

        if (count > CONTACTS_AGENCIES_MAX) {
                cfg_error(reader->file, node, "%zu agencies of one role; at most %d are possible", count,
                          CONTACTS_AGENCIES_MAX);
                return NULL;
        }
        agencies = keep_room(reader->keep, count, sizeof(*agencies));
        for (size_t i = 0; agencies != NULL && i < count; i++) {
                const struct cfg_node *element = cfg_element(node, i);

                agencies[i] = copy(reader, cfg_text(element));
                if (!contacts_named(reader->contacts, CONTACT_AGENCY, agencies[i]))
                        cfg_error(reader->file, element, "no agency is called \"%s\"%s", agencies[i],
                                  cfg_hint(reader->file->diagnostics, agencies[i], known, known_count, hint));
        }
        *ret_count = agencies == NULL ? 0 : count;
        return agencies;
}

static const struct span *read_absences(struct reader *reader, const struct cfg_node *node, size_t *ret_count)
{
        size_t count = cfg_count(node);
        struct span *absences;

        if (count > ABSENCES_MAX) {
                cfg_error(reader->file, node, "%zu absences of one entry; at most %d are possible", count,
                          ABSENCES_MAX);
                return NULL;
        }
        absences = keep_room(reader->keep, count, sizeof(*absences));
        for (size_t i = 0; absences != NULL && i < count; i++) {
                const struct cfg_node *found[SPAN_COUNT];

                cfg_group(reader->file, cfg_element(node, i), span_keys, SPAN_COUNT, found);
                absences[i] = read_span(reader, found[SPAN_FROM], found[SPAN_UNTIL]);
        }
        *ret_count = absences == NULL ? 0 : count;
        return absences;
}

/* Notes a Unix group among those of all entries. */
static void note_group(struct reader *reader, const struct cfg_node *node, const char *name)
{
        struct contacts *contacts = reader->contacts;

        if (vocabulary_word(reader->groups, contacts->group_count, name) >= 0)
                return;
        if (contacts->group_count == CONTACTS_GROUPS_MAX) {
                cfg_error(reader->file, node, "more than %d groups that acknowledge", CONTACTS_GROUPS_MAX);
                return;
        }
        reader->group_lines[contacts->group_count] = cfg_line(node);
        reader->groups[contacts->group_count++] = name;
}

static const char *const *read_groups(struct reader *reader, const struct cfg_node *node, size_t *ret_count)
{
        size_t count = cfg_count(node);
        const char **groups = keep_room(reader->keep, count, sizeof(*groups));

        if (groups == NULL)
                return NULL;
        if (node != NULL && count == 0)
                cfg_error(reader->file, node, "\"acknowledged-by\" names no group");
        for (size_t i = 0; i < count; i++) {
                const struct cfg_node *element = cfg_element(node, i);
                const char *name = cfg_text(element);

                if (name[0] == '\0' || strlen(name) > GROUP_NAME_MAX)
                        cfg_error(reader->file, element, "the name of a Unix group has 1 to %d bytes", GROUP_NAME_MAX);
                groups[i] = copy(reader, name);
                note_group(reader, element, groups[i]);
        }
        *ret_count = count;
        return groups;
}

/* Attribute values may begin with a digit, and agencies are named after them. */
static const char *read_name(struct reader *reader, const struct cfg_node *node, enum contact_kind kind)
{
        const char *text = cfg_text(node);

        if (text == NULL)
                return "";
        if (!text_word(text, kind == CONTACT_AGENCY))
                cfg_error(reader->file, node, "\"%s\" is no name: lower-case words joined by hyphens, at most %d bytes",
                          text, TEXT_WORD_MAX);
        return copy(reader, text);
}

static void check_deputy(struct reader *reader, const struct cfg_node *group, const struct contact *entry)
{
        if (entry->absence_count > 0 && entry->deputy_count == 0)
                cfg_error(reader->file, group, "\"%s\" is absent and has no deputy: nobody would be told", entry->name);
        for (size_t i = 0; i < entry->deputy_count; i++)
                for (size_t j = 0; j < entry->mailbox_count; j++)
                        if (mailbox_same(entry->deputies[i], entry->mailboxes[j]))
                                cfg_error(reader->file, group, "\"%s\" is a deputy of itself in \"%s\"",
                                          entry->deputies[i], entry->name);
        for (size_t i = 0; i < entry->absence_count; i++)
                if (entry->absences[i].from < entry->span.from || entry->absences[i].until > entry->span.until)
                        cfg_error(reader->file, group,
                                  "an absence of \"%s\" lies outside the days on which the entry holds", entry->name);
}

/* Two entries of one name may follow each other but never hold on the same day. */
static void check_overlap(struct reader *reader, const struct cfg_node *group, const struct contact *entry)
{
        for (size_t i = 0; i < reader->contacts->entry_count; i++) {
                const struct contact *other = &reader->entries[i];

                if (other->kind != entry->kind || strcmp(other->name, entry->name) != 0)
                        continue;
                if (entry->span.from <= other->span.until && other->span.from <= entry->span.until) {
                        cfg_error(reader->file, group, "\"%s\" is there already on the same days, in line %d",
                                  entry->name, other->line);
                        return;
                }
        }
}

static void read_entry(struct reader *reader, const struct cfg_node *group, enum contact_kind kind)
{
        const struct cfg_node *found[ENTRY_COUNT] = {NULL};
        struct contact entry = {.kind = kind, .line = cfg_line(group)};

        if (kind == CONTACT_AGENCY)
                cfg_group(reader->file, group, agency_keys, AGENCY_COUNT, found);
        else
                cfg_group(reader->file, group, role_keys, ENTRY_COUNT, found);
        entry.name = read_name(reader, found[ENTRY_NAME], kind);
        entry.label = read_label(reader, found[ENTRY_LABEL], entry.name);
        entry.span = read_span(reader, found[ENTRY_FROM], found[ENTRY_UNTIL]);
        entry.mailboxes = read_mailboxes(reader, found[ENTRY_MAILBOXES], &entry.mailbox_count);
        entry.deputies = read_mailboxes(reader, found[ENTRY_DEPUTY], &entry.deputy_count);
        entry.absences = read_absences(reader, found[ENTRY_ABSENT], &entry.absence_count);
        entry.groups = read_groups(reader, found[ENTRY_ACKS], &entry.group_count);
        if (kind == CONTACT_ROLE)
                entry.agencies = read_agencies(reader, found[ENTRY_AGENCIES], &entry.agency_count);
        if (cfg_count(found[ENTRY_MAILBOXES]) == 0 && entry.agency_count == 0)
                cfg_error(reader->file, group, "\"%s\" leads to nobody: it has no mailbox", entry.name);
        check_deputy(reader, group, &entry);
        check_overlap(reader, group, &entry);
        reader->entries[reader->contacts->entry_count++] = entry;
}

static void read_entries(struct reader *reader, const struct cfg_node *list, enum contact_kind kind)
{
        for (size_t i = 0; i < cfg_count(list); i++) {
                if (reader->contacts->entry_count == CONTACTS_ENTRIES_MAX) {
                        cfg_error(reader->file, cfg_element(list, i), "more than %d agencies and roles",
                                  CONTACTS_ENTRIES_MAX);
                        return;
                }
                read_entry(reader, cfg_element(list, i), kind);
        }
}

static void read_heartbeat(struct reader *reader, const struct cfg_node *node)
{
        const size_t days = sizeof(weekdays) / sizeof(weekdays[0]);
        char hint[CFG_HINT_SIZE];

        reader->contacts->heartbeat_days = node == NULL ? 1U << WEEKDAY_MON : 0;
        if (node != NULL && cfg_count(node) == 0)
                cfg_error(reader->file, node, "\"heartbeat\" names no weekday: silence would mean nothing");
        for (size_t i = 0; i < cfg_count(node); i++) {
                const char *text = cfg_text_at(node, i);
                int day = vocabulary_word(weekdays, days, text);

                if (day < 0)
                        cfg_error(reader->file, cfg_element(node, i),
                                  "\"%s\" is no weekday (mon, tue, wed, thu, fri, sat, sun)%s", text,
                                  cfg_hint(reader->file->diagnostics, text, weekdays, days, hint));
                else
                        reader->contacts->heartbeat_days |= 1U << day;
        }
}

static void read_watch(struct reader *reader, const struct cfg_node *node)
{
        const char *known[CONTACTS_ENTRIES_MAX];
        size_t count = contacts_names(reader->contacts, CONTACT_ROLE, known);
        const char *name = node == NULL ? "unit" : cfg_text(node);
        char hint[CFG_HINT_SIZE];

        reader->contacts->watch = copy(reader, name);
        if (!contacts_named(reader->contacts, CONTACT_ROLE, name))
                cfg_error(reader->file, node,
                          "no role is called \"%s\", and \"watch\" must name the role that hears of failing mail%s",
                          name, cfg_hint(reader->file->diagnostics, name, known, count, hint));
}

static void read_all(struct reader *reader)
{
        const struct cfg_node *found[TOP_COUNT];

        cfg_group(reader->file, cfg_root(reader->file), top_keys, TOP_COUNT, found);
        reader->entries = keep_room(reader->keep, CONTACTS_ENTRIES_MAX, sizeof(*reader->entries));
        reader->groups = keep_room(reader->keep, CONTACTS_GROUPS_MAX, sizeof(*reader->groups));
        reader->group_lines = keep_room(reader->keep, CONTACTS_GROUPS_MAX, sizeof(*reader->group_lines));
        if (reader->entries == NULL || reader->groups == NULL || reader->group_lines == NULL)
                return;
        reader->contacts->entries = reader->entries;
        reader->contacts->groups = reader->groups;
        reader->contacts->group_lines = reader->group_lines;
        reader->contacts->title = read_label(reader, found[TOP_TITLE], "mappad");
        read_heartbeat(reader, found[TOP_HEARTBEAT]);
        /* Agencies first, wherever they stand: roles name them. */
        read_entries(reader, found[TOP_AGENCIES], CONTACT_AGENCY);
        read_entries(reader, found[TOP_ROLES], CONTACT_ROLE);
        read_watch(reader, found[TOP_WATCH]);
}

static void read_source(struct reader *reader)
{
        const struct cfg_file *file = reader->file;
        unsigned char sum[EVP_MAX_MD_SIZE];
        unsigned int size = 0;

        reader->contacts->path = copy(reader, file->name);
        reader->contacts->text = copy(reader, file->text);
        if (EVP_Digest(file->text, file->length, sum, &size, EVP_sha256(), NULL) != 1)
                reader->keep->out_of_memory = true;
        for (unsigned int i = 0; i < size && i < 32; i++) {
                reader->contacts->digest[2 * i] = "0123456789abcdef"[sum[i] >> 4];
                reader->contacts->digest[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
        }
}

static void read_contacts(struct keep *keep, const struct cfg_file *file, void *context)
{
        struct reader *reader = context;

        reader->keep = keep;
        reader->file = file;
        reader->contacts = (struct contacts *)(void *)keep->value;
        read_all(reader);
        read_source(reader);
}

static enum status load(const struct keep_source *source, const char *const *domains, size_t domain_count,
                        struct contacts **ret_contacts)
{
        struct reader reader = {.domains = domains, .domain_count = domain_count};
        void *value = NULL;
        enum status status = keep_load(source, sizeof **ret_contacts, read_contacts, &reader, &value);

        if (status == STATUS_OK)
                *ret_contacts = value;
        return status;
}

enum status contacts_load(const char *path, const char *const *domains, size_t domain_count,
                          struct diagnostics *diagnostics, struct contacts **ret_contacts)
{
        return load(&(struct keep_source){.path = path, .diagnostics = diagnostics}, domains, domain_count,
                    ret_contacts);
}

enum status contacts_load_text(const struct rulefile_text *text, const char *const *domains, size_t domain_count,
                               struct diagnostics *diagnostics, struct contacts **ret_contacts)
{
        return load(&(struct keep_source){.text = text, .diagnostics = diagnostics}, domains, domain_count,
                    ret_contacts);
}
