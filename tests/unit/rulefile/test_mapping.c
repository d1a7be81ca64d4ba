/*
 * test_mapping - what columns mean: dates by their format, and every mistake of a mapping file with its line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
                {"D MON YYYY", "3 March 2023", MAPPING_DATE, "2023-03-03"},
                {"D-MON-YY", "04-Sept-22", MAPPING_DATE, "2022-09-04"},
                {"D MON YYYY", "3 may 2023", MAPPING_DATE, "2023-05-03"},
                {"D MON YYYY", "3 Marching 2023", MAPPING_NO_DATE, NULL},
                {"D MON YYYY", "3 Ma 2023", MAPPING_NO_DATE, NULL},
                {"D/M/YY", "3/4/23", MAPPING_DATE_BOTH, "2023-04-03"},
                {"D/M/YY", "3/4/2023", MAPPING_NO_DATE, NULL},
                {"D/M/YY", "31/12/68", MAPPING_DATE, "2068-12-31"},
                {"D/M/YY", "31/12/69", MAPPING_DATE, "1969-12-31"},
                {"D/M/YY", "12/31/00", MAPPING_OTHER_WAY, "2000-12-31"},
                {"D/M/YY", "29/2/00", MAPPING_DATE, "2000-02-29"},
                {"DD/MM/YYYY hh:mm", "31/12/2026 00:00", MAPPING_DATE, "2026-12-31"},
                {"DD/MM/YYYY hh:mm", "31/12/2026 9:30", MAPPING_DATE, "2026-12-31"},
                {"DD/MM/YYYY hh:mm", "31/12/2026", MAPPING_NO_DATE, NULL},
                {"DD/MM/YYYY hh:mm", "31/12/2026 09:30:15", MAPPING_NO_DATE, NULL},
                {"YYYY-MM-DDThh:mm:ss", "2026-12-31T09:30:15", MAPPING_DATE, "2026-12-31"},
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
        static const char *const good[] = {"DD/MM/YYYY", "D.M.YYYY", "YYYY-MM-DD", "D MON YYYY", "MM DD, YYYY", "D/M/YY",
                                           "DD/MM/YYYY hh:mm:ss"};
        static const char *const bad[] = {"", "DD/MM", "DD/MM/YYYYYY", "DD/mm/YYYY", "DD/DD/YYYY", "DD/MM/MON/YYYY", "dd/mm/yyyy", "YYYY",
                                          "DD-MM-YYYYY", "DD-MM-YYY", "Y DD-MM-YYYY",
                                          "DD/MM/YYYY                       "};

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
                assert_true(mapping_format_valid(good[i]));
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_false(mapping_format_valid(bad[i]));
}

static void formats_agree_if_no_text_is_two_dates_by_them(void **state)
{
        static const struct {
                const char *one, *other;
                bool agree;
        } table[] = {
                {"DD/MM/YYYY", "D/M/YY", true},    {"DD/MM/YYYY", "D MON YYYY", true}, {"DD/MM/YYYY", "YYYY-MM-DD", true},
                {"DD/MM/YYYY", "MON D, YY", true}, {"D MON YY", "MON D, YY", true},    {"DDMMYYYY", "DDMMYY", true},
                {"DD/MM/YYYY", "M/D/YY", false},   {"YYYY-MM-DD", "YYYY-DD-MM", false}, {"DD-MM-YY", "YY-MM-DD", false},
                {"D MON YY", "YY MON D", false},   {"YY-MM-DD", "YYYY-MM-DD", true},
                /* A time that stands where the other has a part of the date. */
                {"D/M/YY hh:mm", "D/M/YYYY hh:mm", true}, {"D/M/YY hh:mm", "hh:mm D/M/YY", true}, {"D/M/YY/hh", "hh/D/M/YY", false},
                {"D/M/YY hhmm", "D/M/YY hh", true}, {"D MON YY hh", "hh MON YY D", false},
                /* Numbers that touch: 0312192012, 16121812 and 1912/3/04. */
                {"DDMMYYhhmm", "DDMMYYYYhh", false}, {"DDMMYYhhmm", "DDMMYYYYhhmm", true}, {"YYYYDDMM", "DDMMYYYY", false},
                {"D/M/YYYY", "YYYYMMDDhhmmss", true}, {"Dhh/M/YY", "YYYY/M/D", false}, {"1D/M/YY", "D/M/YY", false},
                {"\1hh D/M/YY", "\1hh D/M/YYYY", true},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
                if (mapping_formats_agree(table[i].one, table[i].other) != table[i].agree ||
                    mapping_formats_agree(table[i].other, table[i].one) != table[i].agree)
                        fail_msg("%s and %s", table[i].one, table[i].other);
}

static void a_format_has_its_year_first_or_later_or_names_the_month(void **state)
{
        static const char *const list[MAPPING_ORDERS] = {
                [MAPPING_BY_NAME] = "YYYY D MON", [MAPPING_YEAR_FIRST] = "hh:mm YY-MM-DD", [MAPPING_YEAR_LATER] = "Y: D/M/YYYY"};
        static const char *const texts[MAPPING_ORDERS] = {"2022 3 Apr", "9:30 22-04-03", "Y: 3/4/2022"};
        static const struct mapping_formats formats = {list, MAPPING_ORDERS};

        (void)state;
        for (enum mapping_order i = 0; i < MAPPING_ORDERS; i++) {
                const char *format = NULL;
                int32_t day, wanted;
                assert_true(civil_parse("2022-04-03", 10, &wanted));
                assert_int_equal(mapping_order_of(list[i]), i);
                assert_true(mapping_read_any(&formats, texts[i], &day, &format) <= MAPPING_DATE_BOTH);
                assert_ptr_equal(format, list[i]);
                assert_int_equal(day, wanted);
        }
}

/* A text that a format may read: a digit for each letter, and sometimes one before it, where D or M may have two. */
static void write_digits(const char *format, uint64_t random, char text[64])
{
        size_t length = 0;
        for (const char *at = format; *at != '\0'; at++) {
                bool first = at == format || at[-1] != *at, alone = first && at[1] != *at;
                random = random * 6364136223846793005u + 1442695040888963407u;
                if (strchr("DMYhm", *at) == NULL) {
                        text[length++] = *at;
                        continue;
                }
                if (alone && (random >> 60) % 2 != 0)
                        text[length++] = '1';
                text[length++] = (char)('0' + (random >> 33) % (first && !alone ? 3 : 10));
        }
        text[length] = '\0';
}

static void what_two_formats_that_agree_read_is_one_date(void **state)
{
        static const char *const formats[] = {"D/M/YY",   "DD/MM/YYYY", "M/D/YY",     "YY/M/D",     "YYYY/MM/DD",   "DDMMYYYY",  "YYYYMMDD",
                                              "DDMMYY",   "YYYYDDMM",   "DDMMYYhhmm", "DDMMYYYYhh", "hhmmDDMMYY",   "hhYYYYMMDD", "YYMMDDhh",
                                              "D/M/YY/hh", "hh/D/M/YY", "Dhh/M/YY",   "DD/MM/YYhh", "YYYYMMDDhhmm"};
        enum { COUNT = sizeof formats / sizeof formats[0], TEXTS = 4000 };

        (void)state;
        for (uint64_t number = 0; number < (uint64_t)COUNT * TEXTS; number++) {
                const char *one = formats[number % COUNT];
                char text[64];
                int32_t days[2];
                write_digits(one, (number + 1) * 0x9e3779b97f4a7c15u, text);
                if (mapping_read_date(one, text, &days[0]) > MAPPING_DATE_BOTH)
                        continue;
                for (size_t i = 0; i < COUNT; i++)
                        if (mapping_formats_agree(one, formats[i]) && mapping_read_date(formats[i], text, &days[1]) <= MAPPING_DATE_BOTH &&
                            days[0] != days[1])
                                fail_msg("%s by %s and %s", text, one, formats[i]);
        }
}

static void a_code_is_found_whatever_its_capitals_and_blanks(void **state)
{
        static const struct mapping_code list[] = {{"Cat 1", "1"},   {"CAT  1", "1"}, {"m", "male"},
                                                   {"M", "married"}, {"Yes", "y"},    {"YES", "Y"}};
        static const struct mapping_codes codes = {"list", list, sizeof list / sizeof list[0]};
        static const struct {
                const char *text, *is;
        } table[] = {
                {"Cat 1", "1"}, {"cat 1", "1"}, {"CAT\xc2\xa0" "1", "1"}, {"Cat \n 1", "1"}, {"Cat1", NULL}, {"Cat 1 1", NULL},
                {"Cat", NULL},  {"m", "male"},  {"M", "married"},        {"yes", NULL},     {"", NULL},     {"\xc2", NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                const struct mapping_code *code = mapping_find_code(&codes, table[i].text);
                if ((code == NULL) != (table[i].is == NULL) || (code != NULL && strcmp(code->is, table[i].is) != 0))
                        fail_msg("\"%s\" is %s", table[i].text, code == NULL ? "none" : code->is);
        }
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
                {EVENT("fields = ( { field = \"f\"; column = \"C\"; date = [\"D/M/YY\", \"M/D/YYYY\"]; } );"),
                 "could be one by \"D/M/YY\" and another by \"M/D/YYYY\""},
                {EVENT("fields = ( { field = \"f\"; column = \"C\"; date = []; } );"), "1 to 8 formats"},
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
        assert_int_equal(event->on.dates.count, 1);
        assert_string_equal(event->on.dates.list[0], "D/M/YYYY");
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
                cmocka_unit_test(formats_agree_if_no_text_is_two_dates_by_them),
                cmocka_unit_test(a_format_has_its_year_first_or_later_or_names_the_month),
                cmocka_unit_test(what_two_formats_that_agree_read_is_one_date),
                cmocka_unit_test(a_code_is_found_whatever_its_capitals_and_blanks),
                cmocka_unit_test(every_mistake_is_said),
                cmocka_unit_test(what_a_file_says_is_there),
                cmocka_unit_test(a_fingerprint_is_the_beginning_of_the_sha_256),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
