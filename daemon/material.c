/*
 * material - what the files say, read and checked as a whole.
 *
 * At start, for --check and at reload alike everything is read before anything
 * is used, and every problem of every file is reported in one pass.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"

static void read_groups(const struct settings *settings, const struct settings_texts *names, const char *role,
                        struct access_group_list *list, struct diagnostics *problems)
{
        for (size_t i = 0; i < names->count; i++) {
                int known = 0;
                enum status status = access_add_group(list, names->items[i], &known);

                if (status != STATUS_OK)
                        diagnostics_add(problems, DIAGNOSTIC_ERROR, settings->file, names->lines[i],
                                        "the group \"%s\" of %s: %s", names->items[i], role, status_phrase(status));
                else if (!known)
                        diagnostics_add(problems, DIAGNOSTIC_WARNING, settings->file, names->lines[i],
                                        "this system has no group \"%s\"; nobody has the role of %s through it",
                                        names->items[i], role);
        }
}

static void read_policy(struct material *material, struct diagnostics *problems)
{
        const struct settings *settings = material->settings;

        read_groups(settings, &settings->readers, "readers", &material->policy.readers, problems);
        read_groups(settings, &settings->writers, "writers", &material->policy.writers, problems);
        read_groups(settings, &settings->admins, "admins", &material->policy.admins, problems);
}

/* A compartment whose group the system does not have is shut; nobody is let in, and nobody is limited, by mistake. */
static void read_scope_groups(struct material *material, struct diagnostics *problems)
{
        const struct settings *settings = material->settings;

        for (size_t i = 0; i < settings->scope_count; i++) {
                const struct settings_scope *from = &settings->scopes[i];
                bool compartment = from->kind == SETTINGS_COMPARTMENT;
                struct access_scope to = {(gid_t)-1, compartment ? ACCESS_COMPARTMENT : ACCESS_AGENCY,
                                          from->hides_counts};
                enum status status = access_find_group(from->group, &to.group);

                if (status != STATUS_OK)
                        diagnostics_add(problems, DIAGNOSTIC_ERROR, settings->file, from->line, "the group \"%s\": %s",
                                        from->group, status_phrase(status));
                else if (to.group == (gid_t)-1)
                        diagnostics_add(
                                problems, DIAGNOSTIC_WARNING, settings->file, from->line,
                                compartment ? "this system has no group \"%s\"; nobody but root sees its compartment"
                                            : "this system has no group \"%s\"; nobody has access through it",
                                from->group);
                material->policy.scopes[material->policy.scope_count++] = to;
        }
}

/* Unlike a role's, these keep their places: a peer knows them by number. */
static void read_acknowledgers(struct material *material, struct diagnostics *problems)
{
        struct access_group_list *list = &material->policy.acknowledgers;
        const char *name;

        list->count = 0;
        if (material->contacts == NULL)
                return;
        for (size_t n = 0; n < ACCESS_GROUPS_MAX && (name = contacts_group(material->contacts, n)) != NULL; n++) {
                int known = 0;
                enum status status = access_add_group(list, name, &known);

                if (status != STATUS_OK)
                        diagnostics_add(problems, DIAGNOSTIC_ERROR, material->settings->contacts,
                                        contacts_group_line(material->contacts, n),
                                        "the group \"%s\" of acknowledged-by: %s", name, status_phrase(status));
                else if (!known)
                        diagnostics_add(problems, DIAGNOSTIC_WARNING, material->settings->contacts,
                                        contacts_group_line(material->contacts, n),
                                        "this system has no group \"%s\"; nobody acknowledges through it", name);
                if (status != STATUS_OK || !known)
                        list->groups[list->count++] = (gid_t)-1;
        }
}

struct mail_options material_mail(const struct settings *settings, const struct contacts *contacts)
{
        const struct settings_mail *mail = &settings->mail;

        return (struct mail_options){
                .url = mail->url,
                .from = mail->from,
                .from_name = contacts == NULL ? NULL : contacts_title(contacts),
                .tls = mail->tls == SETTINGS_TLS_NONE ? MAIL_TLS_NONE : MAIL_TLS_REQUIRED,
                .ca_file = mail->ca_file,
                .user = mail->user,
                .password_credential = mail->password_credential,
                .credentials_directory = getenv("CREDENTIALS_DIRECTORY"),
                .allow_domains = mail->allow_domains.items,
                .allow_domain_count = mail->allow_domains.count,
                .connections = mail->connections,
        };
}

/* Without mail nobody is written to, so that contacts may be missing; those that are there are held against the rules
 * all the same, lest the day that mail begins be the day that a gap is found. */
static enum status check_unused(const struct material *material, int32_t today, struct diagnostics *problems)
{
        const char *path = material->settings->contacts;
        struct contacts *contacts = NULL;

        if (access(path, F_OK) != 0 && errno == ENOENT) {
                diagnostics_add(problems, DIAGNOSTIC_WARNING, path, 0,
                                "there are no contacts, and no mail is configured: nobody is written to");
                return STATUS_OK;
        }
        enum status status = contacts_load(path, NULL, 0, problems, &contacts);
        if (status == STATUS_OK && material->ruleset != NULL)
                (void)contacts_check(contacts, material->ruleset, today, problems);
        contacts_free(contacts);
        return status;
}

struct mail_place {
        const struct settings *settings;
        struct diagnostics *problems;
};

static void take_fault(void *context, const struct mail_fault *fault)
{
        const struct mail_place *place = context;
        const struct settings_texts *domains = &place->settings->mail.allow_domains;
        int line = settings_mail_line(place->settings, fault->setting);

        if (strcmp(fault->setting, "allow-domains") == 0 && fault->element < domains->count)
                line = domains->lines[fault->element];
        diagnostics_add(place->problems, fault->doubt ? DIAGNOSTIC_WARNING : DIAGNOSTIC_ERROR, place->settings->file,
                        line, "mail: %s", fault->sentence);
}

static enum status read_contacts(struct material *material, int32_t today, struct diagnostics *problems)
{
        const struct settings *settings = material->settings;

        if (!settings->mail.enabled)
                return check_unused(material, today, problems);
        enum status status = contacts_load(settings->contacts, settings->mail.allow_domains.items,
                                           settings->mail.allow_domains.count, problems, &material->contacts);
        if (status == STATUS_OK && material->ruleset != NULL)
                (void)contacts_check(material->contacts, material->ruleset, today, problems);
        struct mail_options options = material_mail(settings, material->contacts);
        struct mail_place place = {settings, problems};
        (void)mail_examine(&options, take_fault, &place);
        return status;
}

enum status material_load(struct material *material, int32_t today, struct diagnostics *problems)
{
        const struct settings_texts *rules = &material->settings->rules;

        read_policy(material, problems);
        read_scope_groups(material, problems);
        enum status status = rulefile_load(rules->items, rules->count, problems, &material->ruleset);
        if (status == STATUS_OK)
                status = rulefile_check(material->ruleset, problems);
        if (status == STATUS_OK)
                status = scopes_make(material->settings, material->ruleset, problems, &material->scopes);
        if (status == STATUS_NO_MEMORY)
                return status;
        /* A file that could not be read is in problems, and so is everything else. */
        status = read_contacts(material, today, problems);
        read_acknowledgers(material, problems);
        diagnostics_sort(problems);
        if (status == STATUS_NO_MEMORY)
                return status;
        if (status != STATUS_OK && problems->error_count == 0)
                diagnostics_add(problems, DIAGNOSTIC_ERROR, material->settings->contacts, 0, "%s",
                                status_phrase(status));
        return problems->error_count > 0 ? STATUS_INVALID : STATUS_OK;
}

/* Rules that were sent, and whether anything was. */
static enum status read_rules_text(struct material *material, const struct api_texts *texts,
                                   struct diagnostics *problems)
{
        enum status status;

        if (texts->rule_count == 0)
                return STATUS_OK;
        status = rulefile_load_text(texts->rules, texts->rule_count, problems, &material->ruleset);
        return status == STATUS_OK ? rulefile_check(material->ruleset, problems) : status;
}

static enum status read_contacts_text(struct material *material, const struct api_texts *texts,
                                      const struct material_ground *ground, struct diagnostics *problems)
{
        const struct settings_mail *mail = &ground->settings->mail;

        if (texts->contacts == NULL)
                return STATUS_OK;
        if (mail->enabled)
                return contacts_load_text(texts->contacts, mail->allow_domains.items, mail->allow_domains.count,
                                          problems, &material->contacts);
        diagnostics_add(problems, DIAGNOSTIC_WARNING, texts->contacts->name, 0,
                        "no mail is configured: the contacts are checked, and nobody is written to");
        return contacts_load_text(texts->contacts, NULL, 0, problems, &material->contacts);
}

enum status material_load_texts(struct material *material, const struct api_texts *texts,
                                const struct material_ground *ground, struct diagnostics *problems)
{
        enum status rules = read_rules_text(material, texts, problems);
        enum status contacts = read_contacts_text(material, texts, ground, problems);
        const struct ruleset *ruleset = texts->rule_count > 0 ? material->ruleset : ground->ruleset;
        const struct contacts *addresses = texts->contacts != NULL ? material->contacts : ground->contacts;

        if (rules == STATUS_NO_MEMORY || contacts == STATUS_NO_MEMORY)
                return STATUS_NO_MEMORY;
        if (ruleset != NULL && addresses != NULL)
                (void)contacts_check(addresses, ruleset, ground->today, problems);
        diagnostics_sort(problems);
        if (!ground->settings->mail.enabled) {
                /* Those of the file in place are not in force either. */
                contacts_free(material->contacts);
                material->contacts = NULL;
        }
        if (rules != STATUS_OK || contacts != STATUS_OK)
                return STATUS_INVALID;
        return problems->error_count > 0 ? STATUS_INVALID : STATUS_OK;
}

void material_fini(struct material *material)
{
        ruleset_free(material->ruleset);
        contacts_free(material->contacts);
        scopes_free(material->scopes);
        settings_free(material->settings);
        *material = (struct material){0};
}
