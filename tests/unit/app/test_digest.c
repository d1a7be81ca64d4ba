/*
 * The parts of a message: they say the same, are bounded, and nothing that is
 * handed in can become a line, a tag or a property of them. Defects of other
 * systems that messages had are named here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../daemon/app/digest_words.h"
#include "mappad/civil.h"
#include "mappad/digest.h"

#define NONE CIVIL_NONE

static struct arena arena;

static int32_t day(const char *text)
{
        int32_t found = CIVIL_NONE;

        assert_true(civil_parse(text, strlen(text), &found));
        return found;
}

static const struct rule_version review = {.title = "Review", .booked_by = 1};

static struct digest_row row_of(enum digest_group group, const char *reference, const char *due)
{
        return (struct digest_row){.group = group,
                                   .reference = digest_reference_of(reference),
                                   .duty = &review,
                                   .due = due == NULL ? NONE : day(due),
                                   .plan_by = due == NULL ? NONE : day(due),
                                   .was_due = NONE,
                                   .booked = NONE};
}

static struct digest_options options_on(const char *today)
{
        return (struct digest_options){.title = "Unit", .marking = "OFFICIAL-SENSITIVE", .today = day(today)};
}

static struct digest_message written(const struct digest_options *options, const struct digest_row *rows, size_t count)
{
        struct digest_message message;

        arena_reset(&arena);
        assert_int_equal(digest_write(options, rows, count, &arena, &message), STATUS_OK);
        return message;
}

static size_t occurrences(const char *text, const char *word)
{
        size_t count = 0;

        for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
                count++;
        return count;
}

static void both_parts_say_the_same(void **state)
{
        static const char *const words[] = {
                "OFFICIAL-SENSITIVE", "Unit, Wed 22 Mar 2023", "1 overdue, 1 due soon, 1 moved.", "OVERDUE (1)",
                "due Tue 21 Mar 2023", "1 day over", "Missed: it was not done, and can no longer be.", "plan by Thu 6 Apr 2023", "in 19 days", "booked Wed 5 Apr 2023",
                "was due Fri 5 May 2023", "M-AAA1", "M-AAA2", "M-AAA3", "due Sun 7 May 2023*", "* The holidays around"};
        struct digest_row rows[] = {row_of(DIGEST_OVERDUE, "M-AAA1", "2023-03-21"), row_of(DIGEST_DUE_SOON, "M-AAA2", "2023-04-10"),
                                    row_of(DIGEST_MOVED, "M-AAA3", "2023-05-07")};
        struct digest_options options = options_on("2023-03-22");

        (void)state;
        rows[1].plan_by = day("2023-04-06");
        rows[1].booked = day("2023-04-05");
        rows[2].was_due = day("2023-05-05");
        rows[2].provisional = true;
        rows[2].booked = day("2023-05-04");
        rows[0].missed = true;
        struct digest_message message = written(&options, rows, 3);
        assert_string_equal(message.subject, "[OFFICIAL-SENSITIVE] Unit: 1 overdue, 1 due soon, 1 moved");
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
                if (strstr(message.text, words[i]) == NULL)
                        fail_msg("the text lacks \"%s\":\n%s", words[i], message.text);
                if (strstr(message.html, words[i]) == NULL)
                        fail_msg("the HTML lacks \"%s\":\n%s", words[i], message.html);
        }
        assert_null(strstr(message.text, "not booked")); /* of what can no longer be done */
        assert_null(strstr(message.html, "not booked"));
        assert_null(message.calendar);
}

static bool follows(const char *text, const char *first, const char *second)
{
        const char *at = strstr(text, first);

        return at != NULL && strstr(at, second) != NULL;
}

/* What was raised before has headings and counts of its own, after all that is new. */
static void what_stands_is_told_apart_from_what_is_new(void **state)
{
        static const char *const order[] = {"DUE SOON (1)", "M-NEW1", "STILL OVERDUE (2)", "M-OLD1",
                                            "M-OLD2", "STILL TO CHECK IN THE RECORD (1)", "M-OLD3"};
        struct digest_row rows[] = {row_of(DIGEST_DATA, "M-OLD3", NULL), row_of(DIGEST_OVERDUE, "M-OLD2", "2023-03-21"),
                                    row_of(DIGEST_DUE_SOON, "M-NEW1", "2023-04-10"), row_of(DIGEST_OVERDUE, "M-OLD1", "2023-03-20")};
        struct digest_options options = options_on("2023-03-22");

        (void)state;
        options.heartbeat = true;
        rows[0].standing = rows[1].standing = rows[3].standing = true;
        struct digest_message message = written(&options, rows, 4);
        assert_string_equal(message.subject, "[OFFICIAL-SENSITIVE] Unit: 1 due soon; still 2 overdue, 1 to check in the record");
        for (size_t i = 1; i < sizeof order / sizeof *order; i++) {
                assert_true(follows(message.text, order[i - 1], order[i]));
                assert_true(follows(message.html, order[i - 1], order[i]));
        }
        assert_null(strstr(message.text, "Nothing new"));
        options.counts_only = true;
        message = written(&options, rows, 4);
        assert_non_null(strstr(message.text, "STILL OVERDUE (2)"));
        assert_non_null(strstr(message.html, "STILL OVERDUE (2)"));
        assert_null(strstr(message.text, "M-OLD1"));
        assert_null(strstr(message.html, "M-OLD1"));
}

/* Said only of a message that holds all that stands, and only if nothing does. */
static void an_all_clear_is_said_only_when_nothing_stands(void **state)
{
        struct digest_row row = row_of(DIGEST_OVERDUE, "M-AAA1", "2023-03-21");
        struct digest_options options = options_on("2023-03-22");

        (void)state;
        options.heartbeat = true;
        struct digest_message message = written(&options, NULL, 0);
        assert_string_equal(message.subject, "[OFFICIAL-SENSITIVE] Unit: nothing due");
        assert_non_null(strstr(message.text, "For you nothing is overdue"));
        assert_non_null(strstr(message.html, "For you nothing is overdue"));
        row.standing = true;
        message = written(&options, &row, 1);
        assert_string_equal(message.subject, "[OFFICIAL-SENSITIVE] Unit: nothing new; still 1 overdue");
        assert_null(strstr(message.text, "For you nothing is"));
        assert_null(strstr(message.html, "For you nothing is"));
        /* Also of what there was no room for. */
        options.left_out[DIGEST_DUE_SOON] = 3;
        message = written(&options, NULL, 0);
        assert_string_equal(message.subject, "[OFFICIAL-SENSITIVE] Unit: nothing new; still 3 due soon");
        assert_null(strstr(message.text, "For you nothing is"));
        options.left_out[DIGEST_DUE_SOON] = 0;
        options.heartbeat = false;
        message = written(&options, NULL, 0);
        assert_null(strstr(message.text, "For you nothing is"));
}

/* A title with a line break, a tag or a bell in it is a title, not a line, a tag or a bell. */
static void a_title_forges_nothing(void **state)
{
        static const struct rule_version forged = {.title = "x\r\n\nOVERDUE (9)\n<script>alert(1)</script>&amp;\"\a",
                                                   .booked_by = VOCABULARY_NONE};
        const struct digest_event event = {
                .reference = digest_reference_of("M-AAA1"), .duty = &forged, .due = day("2023-03-23"), .plan_by = NONE};
        struct digest_row row = row_of(DIGEST_DUE_SOON, "M-AAA1", "2023-03-23");
        struct digest_options options = options_on("2023-03-22");

        (void)state;
        row.duty = &forged;
        options.title = "Unit\r\nBcc: other@example.org";
        options.diary = (struct digest_diary){.events = &event, .count = 1, .organizer = "unit@example.org"};
        struct digest_message message = written(&options, &row, 1);
        assert_null(strpbrk(message.subject, "\r\n"));
        assert_null(strstr(message.text, "\nOVERDUE (9)"));
        assert_null(strstr(message.text, "\nBcc:"));
        assert_null(strchr(message.text, '\r'));
        assert_null(strchr(message.text, '\a'));
        assert_null(strstr(message.html, "<script"));
        assert_non_null(strstr(message.html, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&quot;?"));
        assert_null(strstr(message.calendar, "\nOVERDUE"));
        assert_int_equal(occurrences(message.calendar, "BEGIN:VEVENT"), 1);
}

static void only_a_reference_passes_for_one(void **state)
{
        static const char *const bad[] = {"", "A", "a-name", "M 1", "M-1\n", "-M1", "M-1234567890123456789012345678901",
                                          "M-\xC3\x89", "M<B>"};

        (void)state;
        assert_string_equal(digest_reference_of("M-7K3Q").text, "M-7K3Q");
        assert_string_equal(digest_reference_of(NULL).text, "");
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                assert_string_equal(digest_reference_of(bad[i]).text, "");
}

static void a_long_digest_is_bounded_and_says_what_is_left_out(void **state)
{
        struct digest_row *rows = calloc(10000, sizeof *rows);
        struct digest_options options = options_on("2023-03-22");

        (void)state;
        for (size_t i = 0; i < 10000; i++) {
                char reference[32];
                snprintf(reference, sizeof reference, "M-%05zu", i);
                rows[i] = row_of(i % 2 == 0 ? DIGEST_DUE_SOON : DIGEST_OVERDUE, reference, "2023-03-21");
        }
        struct digest_message message = written(&options, rows, 10000);
        assert_string_equal(message.subject, "[OFFICIAL-SENSITIVE] Unit: 5000 overdue, 5000 due soon");
        assert_int_equal(occurrences(message.text, "  M-"), 200);
        assert_int_equal(occurrences(message.html, "<strong>M-"), 200);
        assert_non_null(strstr(message.text, "And 9800 more than fit here"));
        assert_non_null(strstr(message.html, "And 9800 more than fit here"));
        assert_true(strlen(message.html) < (size_t)160 * 1024);
        free(rows);
}

static void a_title_without_end_is_cut_between_characters(void **state)
{
        char title[2001], cut[512] = "";
        struct rule_version endless = {.title = title, .booked_by = VOCABULARY_NONE};
        struct digest_row row = row_of(DIGEST_DUE_SOON, "M-AAA1", "2023-03-23");
        struct digest_options options = options_on("2023-03-22");

        (void)state;
        for (size_t i = 0; i < 2000; i++)
                title[i] = "\xC3\xA9"[i % 2];
        title[2000] = '\0';
        row.duty = &endless;
        for (size_t i = 0; i < 400; i++)
                cut[i] = title[i];
        memcpy(cut + 400, "...\n", 5);
        struct digest_message message = written(&options, &row, 1);
        assert_non_null(strstr(message.text, cut));
        assert_int_equal(occurrences(message.html, "\xC3\xA9"), 200);
}

static void counts_only_has_numbers_and_neither_references_nor_dates(void **state)
{
        static const char *const never[] = {"M-AAA1", "Review", "21 Mar", "booked"};
        const struct digest_event event = {
                .reference = digest_reference_of("M-AAA1"), .duty = &review, .due = day("2023-03-23"), .plan_by = NONE};
        struct digest_row row = row_of(DIGEST_OVERDUE, "M-AAA1", "2023-03-21");
        struct digest_options options = options_on("2023-03-22");

        (void)state;
        options.counts_only = true;
        options.diary = (struct digest_diary){.events = &event, .count = 1, .organizer = "unit@example.org"};
        struct digest_message message = written(&options, &row, 1);
        assert_null(message.calendar);
        assert_non_null(strstr(message.text, "OVERDUE (1)"));
        assert_non_null(strstr(message.html, "OVERDUE (1)"));
        for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
                /* "A booking alone does not end it" is advice, not a booking. */
                if (strstr(message.text, never[i]) != NULL || strstr(message.html, never[i]) != NULL)
                        fail_msg("\"%s\" is said", never[i]);
        }
}

/* Neither a link that names a case nor a picture that tells who looked. */
static void html_fetches_follows_and_runs_nothing(void **state)
{
        static const char *const never[] = {"href", "src=", "<img", "<a ", "<script", "<link", "<style", "url(", "http:", "https:",
                                            "@import", "<form", "<iframe", "onload", "cid:", "background=\""};
        struct digest_row row = row_of(DIGEST_OVERDUE, "M-AAA1", "2023-03-21");
        struct digest_options options = options_on("2023-03-22");

        (void)state;
        struct digest_message message = written(&options, &row, 1);
        for (size_t i = 0; i < sizeof never / sizeof *never; i++)
                if (strstr(message.html, never[i]) != NULL)
                        fail_msg("\"%s\" is in the HTML", never[i]);
        assert_non_null(strstr(message.html, "<html lang=\"en\">"));
        assert_non_null(strstr(message.html, "<title>[OFFICIAL-SENSITIVE] Unit: 1 overdue</title>"));
        assert_int_equal(occurrences(message.html, "scope=\"col\""), 2);
        assert_int_equal(occurrences(message.html, "scope=\"row\""), 1);
}

/* A premises service printed 10:00 for 11:00 after the clocks changed: days here are days, whatever the clocks do, and
 * instants say that they are UTC. */
static void dates_of_two_years_are_the_same_across_every_change_of_the_clocks(void **state)
{
        static const struct {
                const char *due, *first, *last, *words;
        } table[] = {
                {"2023-03-26", "20230324", "20230327", "due Sun 26 Mar 2023"}, /* clocks go forward */
                {"2023-10-29", "20231027", "20231030", "due Sun 29 Oct 2023"}, /* and back */
                {"2024-02-29", "20240229", "20240301", "due Thu 29 Feb 2024"},
                {"2024-03-31", "20240328", "20240401", "due Sun 31 Mar 2024"}, /* Easter, too */
                {"2024-10-27", "20241025", "20241028", "due Sun 27 Oct 2024"},
                {"2024-12-31", "20241231", "20250101", "due Tue 31 Dec 2024"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                char text[16], expected[160];
                struct digest_event event = {.reference = digest_reference_of("M-AAA1"), .duty = &review, .due = day(table[i].due)};
                struct digest_options options = options_on(table[i].due);

                snprintf(text, sizeof text, "%.4s-%.2s-%.2s", table[i].first, table[i].first + 4, table[i].first + 6);
                event.plan_by = day(text);
                /* 00:30 in summer is 23:30 of the day before in UTC. */
                options.diary = (struct digest_diary){
                        .events = &event, .count = 1, .at_ms = event.due * INT64_C(86400000) - 1800000, .organizer = "unit@example.org"};
                struct digest_message message = written(&options, NULL, 0);
                snprintf(expected, sizeof expected, "DTSTART;VALUE=DATE:%s\nDTEND;VALUE=DATE:%s\n", table[i].first, table[i].last);
                assert_non_null(strstr(message.calendar, expected));
                assert_non_null(strstr(message.calendar, table[i].words));
                assert_null(strstr(message.calendar, "TZID"));
                assert_non_null(strstr(message.calendar, "T233000Z\n"));
        }
}

static void a_downtime_is_told_in_utc(void **state)
{
        struct digest_options options = options_on("2023-03-27");

        (void)state;
        /* 2023-03-26 00:59 and 01:00 UTC: a minute apart, over the hour that London skipped. */
        const struct digest_downtime downtime = {INT64_C(1679792340000), INT64_C(1679792400000)};
        options.downtimes = &downtime;
        options.downtime_count = 1;
        struct digest_message message = written(&options, NULL, 0);
        assert_non_null(strstr(message.text, "from Sun 26 Mar 2023 00:59 UTC"));
        assert_non_null(strstr(message.html, "to Sun 26 Mar 2023 01:00 UTC."));
}

/* Every word that stands in braces is a field, and each field is used by some template. */
static void templates_and_fields_fit(void **state)
{
        bool used[64] = {false};

        (void)state;
        for (int say = 0; say < SAY_COUNT; say++) {
                const char *at = digest_template((enum digest_say)say);

                assert_non_null(at);
                while ((at = strchr(at, '{')) != NULL) {
                        size_t length = strcspn(at + 1, "}"), i = 0;

                        while (digest_field_name(i) != NULL &&
                               (strlen(digest_field_name(i)) != length || strncmp(digest_field_name(i), at + 1, length) != 0))
                                i++;
                        if (digest_field_name(i) == NULL)
                                fail_msg("no field is called %.*s", (int)length, at + 1);
                        used[i] = true;
                        at += length;
                }
        }
        for (size_t i = 0; digest_field_name(i) != NULL; i++)
                assert_true(used[i]);
}

static int begin(void **state)
{
        (void)state;
        arena_init(&arena, malloc, free);
        return 0;
}

static int end(void **state)
{
        (void)state;
        arena_fini(&arena);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(both_parts_say_the_same),
                cmocka_unit_test(what_stands_is_told_apart_from_what_is_new),
                cmocka_unit_test(an_all_clear_is_said_only_when_nothing_stands),
                cmocka_unit_test(a_title_forges_nothing),
                cmocka_unit_test(only_a_reference_passes_for_one),
                cmocka_unit_test(a_long_digest_is_bounded_and_says_what_is_left_out),
                cmocka_unit_test(a_title_without_end_is_cut_between_characters),
                cmocka_unit_test(counts_only_has_numbers_and_neither_references_nor_dates),
                cmocka_unit_test(html_fetches_follows_and_runs_nothing),
                cmocka_unit_test(dates_of_two_years_are_the_same_across_every_change_of_the_clocks),
                cmocka_unit_test(a_downtime_is_told_in_utc),
                cmocka_unit_test(templates_and_fields_fit),
        };

        return cmocka_run_group_tests(tests, begin, end);
}
