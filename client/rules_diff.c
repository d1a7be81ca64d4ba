/*
 * rules_diff - the command: what would change for a caseload under other rules.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "list.h"
#include "output.h"

static bool load_rules(struct diff_side *side, struct diagnostics *diagnostics)
{
        return side->rules == NULL || rulefile_load(&side->rules, 1, diagnostics, &side->ruleset) == STATUS_OK;
}

/* The text of a file, NUL-terminated. */
static bool read_text(const char *path, struct wire_buffer *ret_text, struct diagnostics *diagnostics)
{
        char bytes[4096];
        size_t size;
        FILE *file = fopen(path, "rb");
        bool good = file != NULL;

        while (good && (size = fread(bytes, 1, sizeof bytes, file)) > 0 && ret_text->length < BODY_MAX)
                wire_put(ret_text, bytes, size);
        good = good && ferror(file) == 0 && !ret_text->failed;
        if (good && ret_text->length >= BODY_MAX)
                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, path, 0, "this is larger than %u bytes", BODY_MAX);
        else if (!good)
                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, path, 0, "cannot read this file: %s", strerror(errno));
        else if (memchr(ret_text->length > 0 ? ret_text->data : "", '\0', ret_text->length) != NULL)
                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, path, 0, "this is no text");
        if (file != NULL)
                (void)fclose(file);
        return good && target_end(ret_text) && diagnostics->error_count == 0;
}

static bool load_contacts(const struct arguments *arguments, struct diff *diff, struct diff_side *side,
                          struct diagnostics *diagnostics)
{
        const char *domains[OPTIONS_MAX];
        size_t count = 0;

        if (side->contacts == NULL)
                return true;
        if (diff->facts == NULL)
                return read_text(side->contacts, &side->contact_text, diagnostics);
        for (const char *domain; count < OPTIONS_MAX && (domain = arguments_nth(arguments, "--domain", count)) != NULL;)
                domains[count++] = domain;
        return contacts_load(side->contacts, domains, count, diagnostics, &side->contact_list) == STATUS_OK;
}

/* Loads both sides; every mistake of every file is said. */
static bool load(const struct arguments *arguments, struct diff *diff)
{
        struct diagnostics diagnostics;
        bool good;

        diagnostics_init(&diagnostics);
        good = load_rules(&diff->before, &diagnostics);
        good = load_rules(&diff->after, &diagnostics) && good;
        good = load_contacts(arguments, diff, &diff->before, &diagnostics) && good;
        good = load_contacts(arguments, diff, &diff->after, &diagnostics) && good;
        if (good && diff->after.contact_list != NULL && diff->after.ruleset != NULL && diff->as_of != CIVIL_NONE)
                good = contacts_check(diff->after.contact_list, diff->after.ruleset, diff->as_of, &diagnostics);
        diagnostics_sort(&diagnostics);
        if (diagnostics.error_count > 0)
                diagnostics_print(&diagnostics, stderr);
        else if (!good)
                complain("the files could not be loaded");
        diagnostics_fini(&diagnostics);
        return good;
}

static bool read_numbers(const struct arguments *arguments, struct diff *diff)
{
        bool all = arguments_has(arguments, "--all");

        diff->as_of = arguments_day(arguments, "--as-of");
        diff->limit = all ? 0 : arguments_number(arguments, "--limit", DIFF_SHOWN);
        if (!all || !arguments_has(arguments, "--limit"))
                return true;
        usage_error(arguments, "--limit and --all contradict each other");
        return false;
}

/* One directory is NEW, two are OLD and NEW; one contacts file is that of both sides, or of NEW if the daemon's
 * are OLD. */
static bool read_question(const struct arguments *arguments, struct diff *diff)
{
        const char *first = arguments_nth(arguments, "--contacts", 0);
        const char *second = first == NULL ? NULL : arguments_nth(arguments, "--contacts", 1);

        diff->facts = arguments_value(arguments, "--facts");
        if (diff->facts != NULL && arguments->count < 2) {
                usage_error(arguments, "--facts compares OLD with NEW: both are named");
                return false;
        }
        diff->after.rules = arguments->count == 0 ? NULL : arguments->words[arguments->count - 1];
        diff->before.rules = arguments->count == 2 ? arguments->words[0] : NULL;
        diff->after.contacts = second != NULL ? second : first;
        diff->before.contacts = second != NULL || diff->facts != NULL ? first : NULL;
        if (second != NULL && arguments_nth(arguments, "--contacts", 2) != NULL) {
                usage_error(arguments, "--contacts is given once, or twice: for OLD and for NEW");
                return false;
        }
        return read_numbers(arguments, diff);
}

static enum outcome compare(const struct arguments *arguments, struct diff *diff)
{
        struct http *http;
        enum outcome outcome;

        if (diff->facts != NULL)
                return diff_file(diff);
        outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        outcome = diff_daemon(diff, http);
        http_close(http);
        return outcome;
}

static enum outcome run_diff(const struct arguments *arguments)
{
        struct diff diff = {0};
        enum format format;
        enum outcome outcome = OUTCOME_REFUSED;

        if (!format_read(arguments, &format) || !read_question(arguments, &diff))
                return OUTCOME_USAGE;
        diff.comparison = comparison_new(format);
        if (diff.comparison == NULL)
                outcome = out_of_memory();
        else if (load(arguments, &diff))
                outcome = compare(arguments, &diff);
        comparison_free(diff.comparison);
        ruleset_free(diff.before.ruleset);
        ruleset_free(diff.after.ruleset);
        contacts_free(diff.before.contact_list);
        contacts_free(diff.after.contact_list);
        wire_buffer_fini(&diff.before.contact_text);
        wire_buffer_fini(&diff.after.contact_text);
        return outcome;
}

const struct command diff_commands[] = {
        {"rules diff",
         "[[OLD] NEW]",
         "what other rules would change for the daemon's caseload, or a file's",
         0,
         2,
         run_diff,
         {{"--facts", "FILE.ndjson", "the caseload is this file's; no daemon is asked"},
          {"--as-of", "DATE", "the day asked about (default: today, or the file's last event)"},
          {"--contacts", "FILE", "contacts of both sides; given twice: of OLD, of NEW"},
          {"--domain", "NAME", "mail domain that contacts may have; may be repeated"},
          {"--limit", "N", "show so many differences (default 50)"},
          {"--all", NULL, "show every difference"},
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {0},
};
