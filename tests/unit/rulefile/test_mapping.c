/*
 * test_mapping - what columns mean: dates by their format, and every mistake of a mapping file with its line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/civil.h"
#include "mappad/fingerprint.h"
#include "mappad/mapping.h"

static void a_date_is_read_by_its_format_alone(void **state)
{
        static const struct {
                const char *format, *text;
                enum mapping_reading reading;
                const char *day;
        } table[] = {
                {"DD/MM/YYYY", "03/04/2023", MAPPING_DATE_BOTH, "2023-04-03"},
                {"MM/DD/YYYY", "03/04/2023", MAPPING_DATE_BOTH, "2023-03-04"},
                {"DD/MM/YYYY", "04/04/2023", MAPPING_DATE, "2023-04-04"},
                {"DD/MM/YYYY", "25/12/2022", MAPPING_DATE, "2022-12-25"},
                {"MM/DD/YYYY", "25/12/2022", MAPPING_OTHER_WAY, "2022-12-25"},
                {"DD/MM/YYYY", "12/25/2022", MAPPING_OTHER_WAY, "2022-12-25"},
                {"DD/MM/YYYY", "29/02/2023", MAPPING_NO_DATE, NULL},
                {"DD/MM/YYYY", "29/02/2024", MAPPING_DATE, "2024-02-29"},
                {"DD/MM/YYYY", "3/4/2023", MAPPING_NO_DATE, NULL},
                {"D/M/YYYY", "3/4/2023", MAPPING_DATE_BOTH, "2023-04-03"},
                {"D/M/YYYY", "03/04/2023", MAPPING_DATE_BOTH, "2023-04-03"},
                {"D.M.YYYY", "31.12.2022", MAPPING_DATE, "2022-12-31"},
                {"D MON YYYY", "3 Mar 2023", MAPPING_DATE, "2023-03-03"},
                {"D MON YYYY", "3 MAR 2023", MAPPING_DATE, "2023-03-03"},
                {"D MON YYYY", "3 March 2023", MAPPING_NO_DATE, NULL},
                {"YYYY-MM-DD", "2023-03-03", MAPPING_DATE, "2023-03-03"},
                {"YYYYMMDD", "20230303", MAPPING_DATE, "2023-03-03"},
                {"DD/MM/YYYY", "03/04/23", MAPPING_NO_DATE, NULL},
                {"DD/MM/YYYY", "03/04/2023 ", MAPPING_NO_DATE, NULL},
                {"DD/MM/YYYY", "", MAPPING_NO_DATE, NULL},
                {"DD/MM/YYYY", "00/01/2023", MAPPING_NO_DATE, NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                int32_t day = CIVIL_NONE, wanted = CIVIL_NONE;
                enum mapping_reading reading = mapping_read_date(table[i].format, table[i].text, &day);

                if (table[i].day != NULL)
                        assert_true(civil_parse(table[i].day, strlen(table[i].day), &wanted));
                if (reading != table[i].reading || (table[i].day != NULL && day != wanted))
                        fail_msg("\"%s\" by %s: %d", table[i].text, table[i].format, (int)reading);
        }
}

static void a_format_has_day_month_and_year_once(void **state)
{
        static const char *const good[] = {"DD/MM/YYYY", "D.M.YYYY", "YYYY-MM-DD", "D MON YYYY", "MM DD, YYYY"};
        static const char *const bad[] = {"", "DD/MM", "DD/MM/YY", "DD/DD/YYYY", "DD/MM/MON/YYYY", "dd/mm/yyyy", "YYYY",
                                          "DD/MM/YYYY                       "};

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
                assert_true(mapping_format_valid(good[i]));
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_false(mapping_format_valid(bad[i]));
}

#define EVENT(rest) "events = ( { event = \"a\"; case = \"Ref\"; on = { column = \"On\"; date = \"DD/MM/YYYY\"; }; " rest " } );\n"

static void every_mistake_is_said(void **state)
{
        static const struct {
                const char *text, *says;
        } table[] = {
                {"", "events"},
                {"events = ( );", "1 to 64 events"},
                {EVENT("fields = ( { field = \"f\"; } );"), "one of the two"},
                {EVENT("fields = ( { field = \"f\"; column = \"C\"; value = \"v\"; } );"), "one of the two"},
                {EVENT("fields = ( { column = \"C\"; } );"), "\"field\" is missing"},
                {EVENT("fields = ( { field = \"f\"; value = \"v\"; optional = true; } );"), "taken as it is"},
                {EVENT("fields = ( { field = \"f\"; column = \"C\"; date = \"DD/MM/YYYY\"; split = \";\"; } );"), "neither codes"},
                {EVENT("fields = ( { field = \"f\"; column = \"C\"; split = \"; \"; } );"), "one character"},
                {EVENT("fields = ( { field = \"f\"; column = \"C\"; codes = \"none\"; } );"), "no list of codes \"none\""},
                {EVENT("fields = ( { field = \"f\"; column = \"C\"; date = \"DD/MM\"; } );"), "no date format"},
                {EVENT("duplicates = \"onec\";"), "did you mean \"once\""},
                {EVENT("colour = \"red\";"), "colour"},
                {EVENT("item = { field = \"f\"; column = \"C\"; };"), "stands in \"fields\" only"},
                {EVENT("item = { column = \"C\"; split = \";\"; };"), "is no list"},
                {"separator = \"\\\"\"; " EVENT(""), "takes one character"},
                {"encoding = \"latin1\"; " EVENT(""), "no value of encoding"},
                {"header-row = 0; " EVENT(""), "header-row"},
                {"codes = ( { name = \"l\"; values = ( { code = \"a\"; is = \"1\"; }, { code = [\"b\", \"a\"]; is = \"2\"; } ); } ); " EVENT(""), "twice"},
                {"codes = ( { name = \"l\"; values = ( ); }, { name = \"l\"; values = ( ); } ); " EVENT(""), "another list"},
                {"events = ( { event = \"a\"; case = \"Ref\"; on = \"On\"; } );", "format of the date is missing"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                struct diagnostics diagnostics;
                struct mapping *mapping = NULL;
                bool said = false;

                diagnostics_init(&diagnostics);
                enum status status = mapping_load_text("map.cfg", table[i].text, strlen(table[i].text), &diagnostics, &mapping);
                for (size_t k = 0; k < diagnostics.count; k++)
                        said = said || strstr(diagnostics.entries[k].sentence, table[i].says) != NULL;
                if (status != STATUS_INVALID || mapping != NULL || !said)
                        fail_msg("%s: %s", table[i].text, diagnostics.count > 0 ? diagnostics.entries[0].sentence : "nothing said");
                diagnostics_fini(&diagnostics);
        }
}

static void what_a_file_says_is_there(void **state)
{
        static const char text[] =
                "separator = \"tab\"; encoding = \"windows-1252\"; header-row = 3; dates = \"D/M/YYYY\";\n"
                "codes = ( { name = \"l\"; values = ( { code = [\"L1\", \"one\"]; is = \"1\"; } ); } );\n"
                "events = ( { event = { column = \"Kind\"; }; case = \"Ref\"; on = \"On\"; id = \"No\"; only-if = [\"A\", \"B\"]; duplicates = \"each\";\n"
                "  fields = ( { field = \"f\"; column = \"C\"; codes = \"l\"; split = \",\"; optional = true; } ); } );\n";
        struct diagnostics diagnostics;
        struct mapping *mapping = NULL;

        (void)state;
        diagnostics_init(&diagnostics);
        assert_int_equal(mapping_load_text("map.cfg", text, sizeof text - 1, &diagnostics, &mapping), STATUS_OK);
        assert_int_equal(mapping->separator, '\t');
        assert_int_equal(mapping->encoding, MAPPING_WINDOWS_1252);
        assert_int_equal(mapping->header_row, 3);
        assert_int_equal(mapping->event_count, 1);
        const struct mapping_event *event = &mapping->events[0];
        assert_string_equal(event->event.column, "Kind");
        assert_string_equal(event->on.date, "D/M/YYYY");
        assert_string_equal(event->id.column, "No");
        assert_int_equal(event->only_if_count, 2);
        assert_string_equal(event->only_if[1], "B");
        assert_int_equal(event->duplicates, MAPPING_EACH);
        const struct mapping_source *source = &event->fields[0].source;
        assert_true(source->optional && source->split == ',' && source->codes->count == 2);
        assert_string_equal(source->codes->list[1].code, "one");
        assert_string_equal(source->codes->list[1].is, "1");
        mapping_free(mapping);
        mapping_free(NULL);
        diagnostics_fini(&diagnostics);
}

/* The first 128 bits of the SHA-256 of "abc", FIPS 180-2, B.1. */
static void a_fingerprint_is_the_beginning_of_the_sha_256(void **state)
{
        static const uint8_t wanted[FINGERPRINT_SIZE] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                                         0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23};
        struct fingerprinter fingerprinter;
        uint8_t bytes[FINGERPRINT_SIZE];

        (void)state;
        assert_int_equal(fingerprinter_init(&fingerprinter), STATUS_OK);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(fingerprint(&fingerprinter, "abc", 3, bytes), STATUS_OK);
                assert_memory_equal(bytes, wanted, FINGERPRINT_SIZE);
        }
        fingerprinter_fini(&fingerprinter);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_date_is_read_by_its_format_alone),
                cmocka_unit_test(a_format_has_day_month_and_year_once),
                cmocka_unit_test(every_mistake_is_said),
                cmocka_unit_test(what_a_file_says_is_there),
                cmocka_unit_test(a_fingerprint_is_the_beginning_of_the_sha_256),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
