/*
 * contacts_check.c - does every route of the rules lead to somebody?
 *
 * Asked when rules or contacts are loaded, so that the answer "nobody" is a
 * refused file with a line number and not a silent morning years later.
 */
#include "mappad/contacts.h"

#include <string.h>

#include "cfg.h"
#include "contacts_model.h"
#include "mappad/civil.h"

#define EXPIRY_WARNING_DAYS 60 /* two monthly rounds of the people who keep the file */

struct check {
        const struct contacts *contacts;
        const struct ruleset *ruleset;
        int32_t today;
        struct diagnostics *diagnostics;
        struct recipients scratch;
        const char *names[CONTACTS_ENTRIES_MAX]; /* for hints */
};

static bool resolves(struct check *check, enum contact_kind kind, const char *name)
{
        check->scratch = (struct recipients){.count = 0};
        return contacts_resolve(check->contacts, kind, name, check->today, &check->scratch);
}

static void check_role(struct check *check, const struct rule *rule, const struct stage *stage, const char *role)
{
        char day[CIVIL_TEXT_SIZE], hint[CFG_HINT_SIZE];

        if (resolves(check, CONTACT_ROLE, role))
                return;
        if (contacts_named(check->contacts, CONTACT_ROLE, role)) {
                civil_format(check->today, day);
                diagnostics_add(check->diagnostics, DIAGNOSTIC_ERROR, stage->file, stage->line,
                                "stage \"%s\" of \"%s\" is told to the role \"%s\", which means nobody on %s (%s)",
                                stage->at, rule->id, role, day, check->contacts->path);
                return;
        }
        diagnostics_add(check->diagnostics, DIAGNOSTIC_ERROR, stage->file, stage->line,
                        "stage \"%s\" of \"%s\" is told to the role \"%s\", which is not in %s%s", stage->at, rule->id,
                        role, check->contacts->path,
                        cfg_hint(check->diagnostics, role, check->names,
                                 contacts_names(check->contacts, CONTACT_ROLE, check->names), hint));
}

static void check_agency(struct check *check, const struct rule *rule, const struct stage *stage, const char *to,
                         const char *agency)
{
        char hint[CFG_HINT_SIZE] = "";
        bool named = contacts_named(check->contacts, CONTACT_AGENCY, agency);

        if (resolves(check, CONTACT_AGENCY, agency))
                return;
        if (!named)
                cfg_hint(check->diagnostics, agency, check->names,
                         contacts_names(check->contacts, CONTACT_AGENCY, check->names), hint);
        diagnostics_add(check->diagnostics, DIAGNOSTIC_ERROR, stage->file, stage->line,
                        "stage \"%s\" of \"%s\" is told to \"%s\", and its value \"%s\" %s %s%s", stage->at, rule->id,
                        to, agency, named ? "is an agency that means nobody today in" : "is no agency of",
                        check->contacts->path, hint);
}

static void check_attribute(struct check *check, const struct rule *rule, const struct stage *stage, const char *to)
{
        uint16_t index = vocabulary_attribute(&check->ruleset->vocabulary, to + 1);
        const struct attribute *attribute;

        if (index == VOCABULARY_NONE) {
                diagnostics_add(check->diagnostics, DIAGNOSTIC_ERROR, stage->file, stage->line,
                                "stage \"%s\" of \"%s\" is told to \"%s\", and there is no such attribute", stage->at,
                                rule->id, to);
                return;
        }
        attribute = &check->ruleset->vocabulary.attributes[index];
        if (attribute->value_count == 0)
                diagnostics_add(check->diagnostics, DIAGNOSTIC_ERROR, stage->file, stage->line,
                                "stage \"%s\" of \"%s\" is told to \"%s\", a date, which names no agency", stage->at,
                                rule->id, to);
        for (size_t i = 0; i < attribute->value_count; i++)
                check_agency(check, rule, stage, to, attribute->values[i]);
}

static void check_version(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        for (size_t i = 0; i < version->stage_count; i++) {
                const struct stage *stage = &version->stages[i];

                if (stage->to_count == 0)
                        diagnostics_add(check->diagnostics, DIAGNOSTIC_ERROR, stage->file, stage->line,
                                        "stage \"%s\" of \"%s\" is told to nobody", stage->at, rule->id);
                for (size_t j = 0; j < stage->to_count; j++) {
                        if (stage->to[j][0] == '$')
                                check_attribute(check, rule, stage, stage->to[j]);
                        else
                                check_role(check, rule, stage, stage->to[j]);
                }
        }
}

static void warn_of_expiry(struct check *check)
{
        for (size_t i = 0; i < check->contacts->entry_count; i++) {
                const struct contact *entry = &check->contacts->entries[i];
                char day[CIVIL_TEXT_SIZE];

                if (entry->span.until < check->today ||
                    entry->span.until > civil_add_days(check->today, EXPIRY_WARNING_DAYS))
                        continue;
                if (contacts_entry(check->contacts, entry->kind, entry->name, entry->span.until + 1) != NULL)
                        continue;
                civil_format(entry->span.until, day);
                diagnostics_add(check->diagnostics, DIAGNOSTIC_WARNING, check->contacts->path, entry->line,
                                "\"%s\" ends on %s and nobody follows", entry->name, day);
        }
}

bool contacts_check(const struct contacts *contacts, const struct ruleset *ruleset, int32_t today,
                    struct diagnostics *diagnostics)
{
        struct check check = {.contacts = contacts, .ruleset = ruleset, .today = today, .diagnostics = diagnostics};
        size_t errors_before = diagnostics->error_count;

        if (!resolves(&check, CONTACT_ROLE, contacts->watch))
                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, contacts->path, 0,
                                "the role \"%s\", which hears of failing mail, means nobody today", contacts->watch);
        for (size_t i = 0; i < ruleset->rule_count; i++)
                for (size_t j = 0; j < ruleset->rules[i].version_count; j++)
                        if (ruleset->rules[i].versions[j].enabled)
                                check_version(&check, &ruleset->rules[i], &ruleset->rules[i].versions[j]);
        warn_of_expiry(&check);
        return diagnostics->error_count == errors_before;
}
