/*
 * test_contacts - who is told on which day, and which files are refused where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "mappad/civil.h"
#include "mappad/contacts.h"
#include "mappad/rulefile.h"

static const char *const domains[] = { "police.uk", "gov.uk", "nhs.net" };

#define AGENCIES                                                                                                      \
        "agencies = (\n"                                                                                              \
        "  { name = \"police\"; label = \"Police\"; spoc = \"old@x.police.uk\"; until = \"2023-03-31\"; },\n"         \
        "  { name = \"police\"; label = \"Police\"; spoc = \"new@x.police.uk\"; deputy = \"deputy@x.police.uk\";\n"   \
        "    from = \"2023-04-01\"; absent = ( { from = \"2023-08-01\"; until = \"2023-08-14\"; } ); },\n"            \
        "  { name = \"probation\"; spoc = [\"spoc@x.gov.uk\", \"team@x.gov.uk\"]; } );\n"
#define ROLES                                                                                                         \
        "roles = (\n"                                                                                                 \
        "  { name = \"unit\"; label = \"MAPPA unit\"; mailboxes = \"unit@x.police.uk\"; },\n"                         \
        "  { name = \"board-chair\"; mailboxes = [\"chair@x.gov.uk\"]; agencies = [\"police\"]; },\n"                 \
        "  { name = \"gone\"; mailboxes = \"gone@x.gov.uk\"; until = \"2023-05-31\"; } );\n"

static int32_t day(const char *text)
{
        int32_t number = 0;

        assert_true(civil_parse(text, strlen(text), &number));
        return number;
}

static enum status load(const char *text, struct diagnostics *diagnostics, struct contacts **ret_contacts)
{
        char path[] = "/tmp/contacts-XXXXXX";
        int fd = mkstemp(path);
        enum status status;

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        close(fd);
        diagnostics_init(diagnostics);
        status = contacts_load(path, domains, 3, diagnostics, ret_contacts);
        unlink(path);
        return status;
}

static struct contacts *good(void)
{
        struct diagnostics diagnostics;
        struct contacts *contacts = NULL;

        if (load("title = \"MAPPA unit\"; heartbeat = [\"mon\", \"thu\"];\n" AGENCIES ROLES, &diagnostics, &contacts) != STATUS_OK)
                diagnostics_print(&diagnostics, stderr);
        assert_non_null(contacts);
        diagnostics_fini(&diagnostics);
        return contacts;
}

/* The mailboxes of one question, joined by spaces. */
static const char *who(enum contact_kind kind, const char *name, const char *on)
{
        static char text[512];
        struct contacts *contacts = good();
        struct recipients recipients = { .count = 0 };
        bool found = contacts_resolve(contacts, kind, name, day(on), &recipients);

        text[0] = '\0';
        for (size_t i = 0; i < recipients.count; i++) {
                size_t used = strlen(text);

                snprintf(text + used, sizeof(text) - used, "%s%s%s", i == 0 ? "" : " ", recipients.list[i].mailbox,
                         recipients.list[i].deputy ? "(deputy)" : "");
        }
        assert_int_equal(found, recipients.count > 0);
        contacts_free(contacts);
        return text;
}

static void an_entry_holds_on_its_first_and_last_day(void **state)
{
        (void)state;
        assert_string_equal(who(CONTACT_AGENCY, "police", "2023-03-31"), "old@x.police.uk");
        assert_string_equal(who(CONTACT_AGENCY, "police", "2023-04-01"), "new@x.police.uk");
        assert_string_equal(who(CONTACT_ROLE, "gone", "2023-05-31"), "gone@x.gov.uk");
        assert_string_equal(who(CONTACT_ROLE, "gone", "2023-06-01"), "");
}

static void the_deputy_takes_over_on_days_of_absence(void **state)
{
        (void)state;
        assert_string_equal(who(CONTACT_AGENCY, "police", "2023-07-31"), "new@x.police.uk");
        assert_string_equal(who(CONTACT_AGENCY, "police", "2023-08-01"), "deputy@x.police.uk(deputy)");
        assert_string_equal(who(CONTACT_AGENCY, "police", "2023-08-14"), "deputy@x.police.uk(deputy)");
        assert_string_equal(who(CONTACT_AGENCY, "police", "2023-08-15"), "new@x.police.uk");
}

static void a_role_tells_its_mailboxes_and_its_agencies(void **state)
{
        (void)state;
        assert_string_equal(who(CONTACT_ROLE, "board-chair", "2023-08-02"), "chair@x.gov.uk deputy@x.police.uk(deputy)");
        assert_string_equal(who(CONTACT_AGENCY, "probation", "2023-08-02"), "spoc@x.gov.uk team@x.gov.uk");
        assert_string_equal(who(CONTACT_AGENCY, "unit", "2023-08-02"), "");
        assert_string_equal(who(CONTACT_ROLE, "police", "2023-08-02"), "");
}

static char steps[1024];

static void say_step(void *context, const struct contact_step *step)
{
        size_t used = strlen(steps);
        char from[CIVIL_TEXT_SIZE] = "-", until[CIVIL_TEXT_SIZE] = "-";

        (void)context;
        if (step->absent_from != CIVIL_NONE) {
                civil_format(step->absent_from, from);
                civil_format(step->absent_until, until);
        }
        snprintf(steps + used, sizeof(steps) - used, "%s in line %d of %s %s%s%s absent %s to %s%s;", step->mailbox, step->line,
                 step->kind == CONTACT_AGENCY ? "agency" : "role", step->name, step->role != NULL ? " by " : "",
                 step->role != NULL ? step->role : "", from, until,
                 step->from == day("2023-04-01") && step->until == CIVIL_MAX ? " since April" : "");
}

static void each_mailbox_says_how_it_was_found(void **state)
{
        struct contacts *contacts = good();

        (void)state;
        steps[0] = '\0';
        assert_true(contacts_trace(contacts, CONTACT_ROLE, "board-chair", day("2023-08-02"), say_step, NULL));
        assert_string_equal(steps, "chair@x.gov.uk in line 9 of role board-chair absent - to -;"
                                   "deputy@x.police.uk in line 4 of agency police by board-chair absent 2023-08-01 to 2023-08-14 since April;");
        steps[0] = '\0';
        assert_false(contacts_trace(contacts, CONTACT_ROLE, "gone", day("2023-06-01"), say_step, NULL));
        assert_true(contacts_named(contacts, CONTACT_ROLE, "gone"));
        assert_false(contacts_named(contacts, CONTACT_ROLE, "goen"));
        assert_string_equal(steps, "");
        contacts_free(contacts);
}

static void those_who_may_acknowledge_are_named_for_a_day_and_each_once(void **state)
{
        struct contact_groups groups = {NULL, 0};
        struct diagnostics diagnostics;
        struct contacts *contacts = NULL;

        (void)state;
        assert_int_equal(load("agencies = (\n"
                              "  { name = \"a\"; spoc = \"a@x.gov.uk\"; acknowledged-by = [\"one\", \"two\"]; until = \"2023-03-31\"; },\n"
                              "  { name = \"a\"; spoc = \"a@x.gov.uk\"; from = \"2023-04-01\"; } );\n"
                              "roles = ( { name = \"unit\"; mailboxes = \"u@x.gov.uk\"; acknowledged-by = [\"two\", \"three\"]; } );\n",
                              &diagnostics, &contacts),
                         STATUS_OK);
        assert_true(contacts_groups(contacts, CONTACT_AGENCY, "a", day("2023-03-31"), &groups));
        assert_int_equal(groups.count, 2);
        assert_string_equal(groups.names[1], "two");
        assert_true(contacts_groups(contacts, CONTACT_AGENCY, "a", day("2023-04-01"), &groups));
        assert_int_equal(groups.count, 0);
        assert_false(contacts_groups(contacts, CONTACT_ROLE, "a", day("2023-04-01"), &groups));
        assert_string_equal(contacts_group(contacts, 0), "one");
        assert_string_equal(contacts_group(contacts, 1), "two");
        assert_string_equal(contacts_group(contacts, 2), "three");
        assert_null(contacts_group(contacts, 3));
        contacts_free(contacts);
        diagnostics_fini(&diagnostics);
}

static void count_mailbox(void *context, const struct contact_step *step)
{
        size_t *count = context;

        assert_true(strlen(step->mailbox) > 0);
        *count += 1;
}

static void a_mailbox_found_twice_is_told_once(void **state)
{
        struct contacts *contacts = good();
        struct recipients recipients = { .count = 0 };
        size_t named = 0;

        (void)state;
        contacts_everybody(contacts, day("2023-05-01"), count_mailbox, &named);
        assert_int_equal(named, 6);
        assert_true(contacts_resolve(contacts, CONTACT_ROLE, "board-chair", day("2023-05-01"), &recipients));
        size_t found = recipients.count;
        assert_true(contacts_resolve(contacts, CONTACT_ROLE, "board-chair", day("2023-05-01"), &recipients));
        assert_int_equal(recipients.count, found);
        contacts_free(contacts);
}

static void a_role_means_so_many_agencies_and_no_more(void **state)
{
        struct diagnostics diagnostics;
        struct contacts *contacts = NULL;
        char text[4096];
        size_t used = (size_t)snprintf(text, sizeof text, "title = \"t\";\n" AGENCIES
                                       "roles = ( { name = \"unit\"; mailboxes = [\"a@x.police.uk\"]; agencies = [\"police\"");

        (void)state;
        for (int i = 1; i < CONTACTS_AGENCIES_MAX + 1; i++)
                used += (size_t)snprintf(text + used, sizeof text - used, ",\"police\"");
        snprintf(text + used, sizeof text - used, "]; } );\n");
        assert_int_equal(load(text, &diagnostics, &contacts), STATUS_INVALID);
        assert_int_equal(diagnostics.error_count, 1);
        assert_string_equal(diagnostics.entries[0].sentence, "63 agencies of one role; at most 62 are possible");
        diagnostics_fini(&diagnostics);
}

static void a_mailbox_is_spelled_as_it_stands_first(void **state)
{
        struct recipients recipients = { .count = 0 };
        struct diagnostics diagnostics;
        struct contacts *contacts = NULL;

        (void)state;
        assert_int_equal(load("roles = ( { name = \"unit\"; mailboxes = \"Unit@x.gov.uk\"; },\n"
                              " { name = \"chair\"; mailboxes = \"unit@X.GOV.UK\"; } );\n", &diagnostics, &contacts), STATUS_OK);
        diagnostics_fini(&diagnostics);
        assert_true(contacts_resolve(contacts, CONTACT_ROLE, "chair", day("2023-01-02"), &recipients));
        assert_int_equal(recipients.count, 1);
        assert_string_equal(recipients.list[0].mailbox, "Unit@x.gov.uk");
        contacts_free(contacts);
}

static void the_heartbeat_beats_on_its_weekdays(void **state)
{
        struct contacts *contacts = good();

        (void)state;
        assert_true(contacts_heartbeat(contacts, day("2023-03-20")));   /* a Monday */
        assert_false(contacts_heartbeat(contacts, day("2023-03-21")));
        assert_true(contacts_heartbeat(contacts, day("2023-03-23")));
        assert_string_equal(contacts_title(contacts), "MAPPA unit");
        assert_string_equal(contacts_watch(contacts), "unit");
        assert_int_equal(strlen(contacts_digest(contacts)), 64);
        contacts_free(contacts);
}

/* A file with one mistake, the line and the words of the diagnostic. */
static const struct {
        const char *what, *text;
        int line;
        const char *words;
} mistakes[] = {
        { "an unknown setting", "role = ();\n" ROLES, 1, "did you mean \"roles\"?" },
        { "a wrong type", "heartbeat = 3;\n" ROLES, 1, "must be a text or a list of texts" },
        { "no roles", AGENCIES, 0, "\"roles\" is missing" },
        { "no such weekday", "heartbeat = \"mom\";\n" ROLES, 1, "did you mean \"mon\"?" },
        { "never a heartbeat", "heartbeat = [];\n" ROLES, 1, "silence would mean nothing" },
        { "a title with a line break", "title = \"MAPPA\\nunit\";\n" ROLES, 1, "\"title\"" },
        { "a title too long", "title = \"0123456789012345678901234567890123456789012345678901234567890\";\n" ROLES, 1, "1 to 60" },
        { "watch names no role", "watch = \"unti\";\n" ROLES, 1, "did you mean \"unit\"?" },
        { "watch is left out and there is no unit", "roles = ( { name = \"office\"; mailboxes = \"a@x.gov.uk\"; } );\n", 0, "no role is called \"unit\"" },
        { "no mailbox", "roles = ( { name = \"unit\"; } );\n", 1, "leads to nobody" },
        { "no mailbox in the list", "roles = ( { name = \"unit\"; mailboxes = []; } );\n", 1, "leads to nobody" },
        { "a mailbox that is none", "roles = ( { name = \"unit\";\n  mailboxes = \"unit.x.gov.uk\"; } );\n", 2, "it has no @" },
        { "a mailbox with a line break", "roles = ( { name = \"unit\";\n mailboxes = \"a@x.gov.uk\\r\\nBcc: b@x\"; } );\n", 2, "" },
        { "a mailbox outside the allow-list", "roles = ( { name = \"unit\"; mailboxes = \"unit@example.org\"; } );\n", 1, "allow-domains" },
        { "a mailbox twice", "roles = ( { name = \"unit\"; mailboxes = [\"a@x.gov.uk\",\n \"A@X.gov.uk\"]; } );\n", 2, "named twice" },
        { "a name that is none", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\"; },\n { name = \"Board Chair\"; mailboxes = \"a@x.gov.uk\"; } );\n", 2, "is no name" },
        { "a date that is none", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\";\n from = \"2023-02-30\"; } );\n", 2, "is no date" },
        { "an end before the beginning", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\"; from = \"2023-02-02\";\n until = \"2023-02-01\"; } );\n", 2, "ends before it begins" },
        { "two on one day", ROLES "agencies = ( { name = \"a\"; spoc = \"a@x.gov.uk\"; until = \"2023-02-02\"; },\n { name = \"a\"; spoc = \"b@x.gov.uk\"; from = \"2023-02-02\"; } );\n", 6, "there already on the same days, in line 5" },
        { "an unknown agency", AGENCIES "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\"; agencies = [\"polcie\"]; } );\n", 6, "did you mean \"police\"?" },
        { "absent without a deputy", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\"; absent = { from = \"2023-01-01\"; until = \"2023-01-02\"; }; } );\n", 1, "nobody would be told" },
        { "absent without an end", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\"; deputy = \"b@x.gov.uk\"; absent = { from = \"2023-01-01\"; }; } );\n", 1, "\"until\" is missing" },
        { "a deputy of itself", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\"; deputy = \"a@x.gov.uk\"; } );\n", 1, "deputy of itself" },
        { "an absence outside the span", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\"; deputy = \"b@x.gov.uk\"; from = \"2023-02-01\"; absent = { from = \"2023-01-01\"; until = \"2023-01-02\"; }; } );\n", 1, "lies outside" },
        { "nobody who may acknowledge", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\";\n acknowledged-by = []; } );\n", 2, "names no group" },
        { "a group without a name", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\";\n acknowledged-by = \"\"; } );\n", 2, "1 to 32 bytes" },
        { "a group with too long a name", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\";\n acknowledged-by = [\"a\", \"abcdefghijklmnopqrstuvwxyz0123456\"]; } );\n", 2, "1 to 32 bytes" },
        { "an absence that outlasts the span", "roles = ( { name = \"unit\"; mailboxes = \"a@x.gov.uk\"; deputy = \"b@x.gov.uk\"; until = \"2023-01-31\"; absent = { from = \"2023-01-30\"; until = \"2023-02-01\"; }; } );\n", 1, "lies outside" },
        { "no syntax", "roles = (\n", 0, "" },
};

static void each_mistake_is_refused_where_it_stands(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
                struct diagnostics diagnostics;
                struct contacts *contacts = NULL;
                enum status status = load(mistakes[i].text, &diagnostics, &contacts);
                bool found = false;

                for (size_t j = 0; j < diagnostics.count; j++)
                        found |= (mistakes[i].line == 0 || diagnostics.entries[j].line == mistakes[i].line) &&
                                 strstr(diagnostics.entries[j].sentence, mistakes[i].words) != NULL;
                if (!found || status != STATUS_INVALID) {
                        print_message("%s\n", mistakes[i].what);
                        diagnostics_print(&diagnostics, stdout);
                }
                assert_int_equal(status, STATUS_INVALID);
                assert_true(found);
                assert_null(contacts);
                diagnostics_fini(&diagnostics);
        }
}

static void a_file_that_is_not_there_is_refused(void **state)
{
        struct diagnostics diagnostics;
        struct contacts *contacts = NULL;

        (void)state;
        diagnostics_init(&diagnostics);
        assert_int_equal(contacts_load("/nonexistent/contacts.cfg", domains, 3, &diagnostics, &contacts), STATUS_INVALID);
        assert_int_equal(diagnostics.error_count, 1);
        diagnostics_fini(&diagnostics);
}

static void many_mistakes_are_reported_together(void **state)
{
        struct diagnostics diagnostics;
        struct contacts *contacts = NULL;

        (void)state;
        assert_int_equal(load("heartbeat = \"x\";\nroles = (\n { name = \"U\"; mailboxes = \"a\"; },\n { mailbox = \"b\"; } );\n",
                              &diagnostics, &contacts), STATUS_INVALID);
        assert_true(diagnostics.error_count >= 5);
        diagnostics_fini(&diagnostics);
}

#define RULES(to)                                                                                                     \
        "attributes = ( { name = \"lead-agency\"; values = [\"police\", \"probation\"]; },\n"                         \
        "  { name = \"agencies\"; type = \"set\"; values = [\"police\", \"prison\"]; }, { name = \"open\"; values = [\"yes\"]; } );\n" \
        "events = ( { name = \"opened\"; sets = { open = \"yes\"; }; fields = ( { name = \"lead-agency\"; }, { name = \"agencies\"; } ); },\n" \
        "  { name = \"reviewed\"; } );\n"                                                                              \
        "rules = ( { id = \"review\"; title = \"Review\"; source = \"S\"; basis = \"B\"; strength = \"must\";\n"      \
        "  applies = { open = \"yes\"; }; every = \"16 weeks after\"; met-by = { event = \"reviewed\"; };\n"          \
        "  alerts = (\n"                                                                                              \
        "    { at = \"due\"; to = [\"unit\"]; },\n"                                                                   \
        "    { at = \"overdue\"; to = [" to "]; } ); } );\n"
#define ROUTE_LINE 9

static struct ruleset *rules(const char *text)
{
        struct rulefile_text file = { .name = "rules.cfg", .text = text, .length = strlen(text) };
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;

        diagnostics_init(&diagnostics);
        if (rulefile_load_text(&file, 1, &diagnostics, &ruleset) != STATUS_OK)
                diagnostics_print(&diagnostics, stderr);
        diagnostics_fini(&diagnostics);
        assert_non_null(ruleset);
        return ruleset;
}

static const struct { const char *what, *text, *on, *words; } routes[] = {
        { "a role and an attribute that resolve", RULES("\"unit\", \"$lead-agency\""), "2023-05-01", NULL },
        { "a role nobody knows", RULES("\"untis\""), "2023-05-01", "did you mean \"unit\"?" },
        { "a role that has ended", RULES("\"gone\""), "2023-06-01", "means nobody on 2023-06-01" },
        { "an attribute with a value that is no agency", RULES("\"$agencies\""), "2023-05-01", "\"prison\" is no agency" },
        { "an attribute that names no agency at all", RULES("\"$open\""), "2023-05-01", "\"yes\" is no agency" },
};

static void routes_are_proved_to_lead_to_somebody(void **state)
{
        struct contacts *contacts = good();

        (void)state;
        for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
                struct ruleset *ruleset = rules(routes[i].text);
                struct diagnostics diagnostics;
                bool found = routes[i].words == NULL, fine;

                diagnostics_init(&diagnostics);
                fine = contacts_check(contacts, ruleset, day(routes[i].on), &diagnostics);
                for (size_t j = 0; !found && j < diagnostics.count; j++)
                        found = diagnostics.entries[j].line == ROUTE_LINE && strcmp(diagnostics.entries[j].file, "rules.cfg") == 0 &&
                                strstr(diagnostics.entries[j].sentence, routes[i].words) != NULL;
                if (!found || fine != (routes[i].words == NULL)) {
                        print_message("%s\n", routes[i].what);
                        diagnostics_print(&diagnostics, stdout);
                }
                assert_int_equal(fine, routes[i].words == NULL);
                assert_true(found);
                diagnostics_fini(&diagnostics);
                ruleset_free(ruleset);
        }
        contacts_free(contacts);
}

static void an_entry_about_to_end_without_successor_is_warned_of(void **state)
{
        struct contacts *contacts = good();
        struct ruleset *ruleset = rules(RULES("\"unit\""));
        struct diagnostics diagnostics;

        (void)state;
        diagnostics_init(&diagnostics);
        assert_true(contacts_check(contacts, ruleset, day("2023-03-31"), &diagnostics));
        assert_int_equal(diagnostics.warning_count, 0);         /* 61 days before; police has a successor */
        assert_true(contacts_check(contacts, ruleset, day("2023-04-01"), &diagnostics));
        assert_int_equal(diagnostics.warning_count, 1);
        assert_non_null(strstr(diagnostics.entries[0].sentence, "\"gone\" ends on 2023-05-31"));
        diagnostics_fini(&diagnostics);
        ruleset_free(ruleset);
        contacts_free(contacts);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_entry_holds_on_its_first_and_last_day),
                cmocka_unit_test(the_deputy_takes_over_on_days_of_absence),
                cmocka_unit_test(a_role_tells_its_mailboxes_and_its_agencies),
                cmocka_unit_test(each_mailbox_says_how_it_was_found),
                cmocka_unit_test(those_who_may_acknowledge_are_named_for_a_day_and_each_once),
                cmocka_unit_test(a_mailbox_found_twice_is_told_once),
                cmocka_unit_test(a_role_means_so_many_agencies_and_no_more),
                cmocka_unit_test(a_mailbox_is_spelled_as_it_stands_first),
                cmocka_unit_test(the_heartbeat_beats_on_its_weekdays),
                cmocka_unit_test(each_mistake_is_refused_where_it_stands),
                cmocka_unit_test(a_file_that_is_not_there_is_refused),
                cmocka_unit_test(many_mistakes_are_reported_together),
                cmocka_unit_test(routes_are_proved_to_lead_to_somebody),
                cmocka_unit_test(an_entry_about_to_end_without_successor_is_warned_of),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
