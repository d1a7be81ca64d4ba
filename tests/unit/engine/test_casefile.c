/*
 * test_casefile - which references, keys, tokens and ids are well formed
 * (casefile.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mappad/casefile.h"

#define LETTERS_32 "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

static void each_kind_of_name_has_its_letters_and_length(void **state)
{
        static const struct row { const char *text; bool reference, key, token, id; } rows[] = {
                {"", false, false, false, false},
                {"A", false, true, true, true},
                {"AB", true, true, true, true},
                {"A-1", true, true, true, true},
                {"-A", false, false, true, true},
                {"9Z", true, true, true, true},
                {"Ab", false, true, true, true},
                {"az", false, true, true, true},
                {"A{", false, false, false, true},
                {"A`", false, false, false, true},
                {"A@", false, false, false, true},
                {"A:", false, false, false, true},
                {"A/", false, false, false, true},
                {"A b", false, false, false, false},
                {"A\x7f", false, false, false, false},
                {"A~", false, false, false, true},
                {"\xc3\xa9", false, false, false, false},
                {LETTERS_32, true, true, true, true},
                {LETTERS_32 "6", false, false, false, true},
                {LETTERS_32 LETTERS_32, false, false, false, true},
                {LETTERS_32 LETTERS_32 "6", false, false, false, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                const struct row *row = &rows[i];

                if (casefile_reference_valid(row->text) != row->reference || casefile_key_valid(row->text) != row->key ||
                    casefile_token_valid(row->text) != row->token || casefile_id_valid(row->text) != row->id)
                        fail_msg("\"%s\"", row->text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_kind_of_name_has_its_letters_and_length),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
