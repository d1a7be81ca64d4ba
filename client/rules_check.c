/*
 * rules_check - the commands of rule authors that need no daemon.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "mappad/contacts.h"
#include "mappad/rulefile.h"
#include "output.h"

#define FIRST_YEAR 2020 /* of --ambiguity without --years: four years hold every month end there is */
#define LAST_YEAR 2023

static bool parse_year(const char *text, size_t length, int *ret_year)
{
        char date[] = "0000-01-01";
        int32_t day;
        if (length != 4)
                return false;
        memcpy(date, text, 4);
        if (!civil_parse(date, strlen(date), &day))
                return false;
        *ret_year = civil_to_date(day).year;
        return true;
}

/* "2020..2023" */
static bool parse_years(const char *text, int *ret_first, int *ret_last)
{
        size_t length = strlen(text);
        return length == 10 && text[4] == '.' && text[5] == '.' && parse_year(text, 4, ret_first) &&
               parse_year(text + 6, 4, ret_last) && *ret_first <= *ret_last;
}

struct ambiguity_list {
        struct wire_buffer out;
        uint64_t count;
};

static void print_ambiguity(void *context, const struct ambiguity *ambiguity)
{
        struct ambiguity_list *list = context;
        char text[PERIOD_TEXT_SIZE], anchor[CIVIL_TEXT_SIZE], day[CIVIL_TEXT_SIZE], other[CIVIL_TEXT_SIZE];
        period_format(ambiguity->period, text);
        civil_format(ambiguity->anchor, anchor);
        civil_format(ambiguity->day, day);
        civil_format(ambiguity->other, other);
        wire_put_text(&list->out, ambiguity->rule != NULL ? ambiguity->rule->id : "-");
        const char *const parts[] = {"  ", ambiguity->setting, " = \"", text, "\"  from ", anchor, ": ",
                                     day,  "; other reading ", other,   "\n"};
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
                wire_put_text(&list->out, parts[i]);
        list->count++;
        (void)output_drain(&list->out, false);
}

static bool list_ambiguities(const struct ruleset *ruleset, int first, int last)
{
        struct ambiguity_list list = {0};
        int32_t from = civil_from_date((struct civil){first, 1, 1});
        int32_t until = civil_from_date((struct civil){last, 12, 31});
        rulefile_ambiguities(ruleset, from, until, print_ambiguity, &list);
        bool good = output_drain(&list.out, true);
        wire_buffer_fini(&list.out);
        if (good)
                printf("%llu answer%s on the month-end convention, %d to %d\n", (unsigned long long)list.count,
                       list.count == 1 ? " hangs" : "s hang", first, last);
        return good;
}

/* Whether every route leads to somebody on a day. */
static void check_contacts(const char *path, const struct arguments *arguments, const struct ruleset *ruleset,
                           struct diagnostics *diagnostics)
{
        struct contacts *contacts = NULL;
        const char *domains[OPTIONS_MAX];
        size_t count = 0;
        int32_t today = arguments_day(arguments, "--as-of");
        for (const char *domain; count < OPTIONS_MAX && (domain = arguments_nth(arguments, "--domain", count)) != NULL;)
                domains[count++] = domain;
        enum status status = contacts_load(path, domains, count, diagnostics, &contacts);
        if (status == STATUS_OK)
                contacts_check(contacts, ruleset, today, diagnostics);
        else if (diagnostics->error_count == 0)
                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, path, 0, "the file could not be loaded: %s",
                                status_phrase(status));
        contacts_free(contacts);
}

static const char *ending(size_t count)
{
        return count == 1 ? "" : "s";
}

static enum outcome check(const struct arguments *arguments, struct diagnostics *diagnostics, int first, int last)
{
        struct ruleset *ruleset = NULL;
        const char *contacts = arguments_value(arguments, "--contacts");
        enum status status = rulefile_load(arguments->words, arguments->count, diagnostics, &ruleset);
        if (status == STATUS_OK)
                status = rulefile_check(ruleset, diagnostics);
        if (status == STATUS_OK && contacts != NULL)
                check_contacts(contacts, arguments, ruleset, diagnostics);
        diagnostics_sort(diagnostics);
        diagnostics_print(diagnostics, stdout);
        if (status != STATUS_OK && diagnostics->error_count == 0)
                complain("the rules could not be checked: %s", status_phrase(status));
        bool good = status == STATUS_OK && diagnostics->error_count == 0;
        if (good && arguments_has(arguments, "--ambiguity"))
                good = list_ambiguities(ruleset, first, last);
        if (good)
                printf("%zu rule%s, %zu event%s, %zu attribute%s: no errors, %zu warning%s\n", ruleset->rule_count,
                       ending(ruleset->rule_count), ruleset->vocabulary.event_count,
                       ending(ruleset->vocabulary.event_count), ruleset->vocabulary.attribute_count,
                       ending(ruleset->vocabulary.attribute_count), diagnostics->warning_count,
                       ending(diagnostics->warning_count));
        ruleset_free(ruleset);
        return good ? OUTCOME_OK : OUTCOME_REFUSED;
}

static enum outcome run_check(const struct arguments *arguments)
{
        int first = FIRST_YEAR, last = LAST_YEAR;
        const char *years = arguments_value(arguments, "--years");
        const char *day = arguments_value(arguments, "--as-of");
        if (years != NULL && !parse_years(years, &first, &last))
                return usage_error(arguments, "--years takes two years such as 2020..2023, not \"%s\"", years);
        if (years != NULL && !arguments_has(arguments, "--ambiguity"))
                return usage_error(arguments, "--years goes with --ambiguity");
        if (arguments_has(arguments, "--contacts") && day == NULL)
                return usage_error(arguments, "--contacts needs --as-of DATE: who is told depends on the day");
        if (arguments_has(arguments, "--contacts") && !arguments_has(arguments, "--domain"))
                return usage_error(arguments, "--contacts needs --domain NAME: where mailboxes may lie, as in "
                                              "allow-domains of mappad.conf");
        if (!arguments_has(arguments, "--contacts") && (day != NULL || arguments_has(arguments, "--domain")))
                return usage_error(arguments, "%s goes with --contacts", day != NULL ? "--as-of" : "--domain");
        struct diagnostics diagnostics;
        diagnostics_init(&diagnostics);
        enum outcome outcome = check(arguments, &diagnostics, first, last);
        diagnostics_fini(&diagnostics);
        return outcome;
}

const struct command rules_commands[] = {
        {"rules check",
         "DIR...",
         "every mistake in rule files; several folders or files are one rule set",
         1,
         ARGUMENTS_UNLIMITED,
         run_check,
         {{"--ambiguity", NULL, "list the dates that hang on the month-end convention"},
          {"--years", "A..B", "anchor years of --ambiguity (default 2020..2023)"},
          {"--contacts", "FILE", "prove that every route leads to somebody"},
          {"--domain", "NAME", "mail domain that contacts may have; may be repeated"},
          {"--as-of", "DATE", "the day on which contacts are resolved"}}},
        {"rules test",
         "DIR...",
         "run the *.test files beside the rules",
         1,
         ARGUMENTS_UNLIMITED,
         run_rules_test,
         {{"--coverage", NULL, "name what no test reaches, and fail if there is any"},
          {"--threshold", "PERCENT", "with --coverage: fail below this share only (default 100)"},
          {"--generate", "RULE", "write boundary tests of a rule instead, to be checked by a person"},
          {"--json", NULL, "one JSON document for programs"}}},
        {0},
};
