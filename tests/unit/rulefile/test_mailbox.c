/*
 * test_mailbox - which texts are mail addresses for us.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mappad/mailbox.h"

static const struct {
        const char *text;
        enum mailbox_problem problem;
} examples[] = {
        { "unit@derbyshire.police.uk", MAILBOX_FINE },
        { "o'neill+mappa_1@x-y.nhs.net", MAILBOX_FINE },
        { "a@localhost", MAILBOX_FINE },
        { "a@xn--bcher-kva.test", MAILBOX_FINE },
        { "", MAILBOX_EMPTY },
        { "unit", MAILBOX_NO_AT },
        { "@police.uk", MAILBOX_LOCAL_PART },
        { ".unit@police.uk", MAILBOX_LOCAL_PART },
        { "unit.@police.uk", MAILBOX_LOCAL_PART },
        { "a..b@police.uk", MAILBOX_LOCAL_PART },
        { "\"a b\"@police.uk", MAILBOX_CONTROL },
        { "\"ab\"@police.uk", MAILBOX_LOCAL_PART },
        { "a(b)@police.uk", MAILBOX_LOCAL_PART },
        { "<a@police.uk>", MAILBOX_LOCAL_PART },
        { "a,b@police.uk", MAILBOX_LOCAL_PART },
        { "a@", MAILBOX_DOMAIN },
        { "a@b@police.uk", MAILBOX_DOMAIN },
        { "a@police.uk.", MAILBOX_DOMAIN },
        { "a@-police.uk", MAILBOX_DOMAIN },
        { "a@police-.uk", MAILBOX_DOMAIN },
        { "a@police..uk", MAILBOX_DOMAIN },
        { "a@[127.0.0.1]", MAILBOX_DOMAIN },
        { "a@127.0.0.1", MAILBOX_DOMAIN },
        { "a@police_x.uk", MAILBOX_DOMAIN },
        { "a@police.uk>", MAILBOX_DOMAIN },
        { "b\303\274cher@police.uk", MAILBOX_NOT_ASCII },
        { "a@b\303\274cher.test", MAILBOX_NOT_ASCII },
        { "a b@police.uk", MAILBOX_CONTROL },
        { "a@police.uk\r\nRCPT TO:<evil@example.org>", MAILBOX_CONTROL },
        { "a@police.uk\n", MAILBOX_CONTROL },
        { "a@police.uk\x7f", MAILBOX_CONTROL },
};

static void each_example_gets_its_verdict(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
                enum mailbox_problem problem = mailbox_examine(examples[i].text, strlen(examples[i].text));

                if (problem != examples[i].problem)
                        print_message("%s\n", examples[i].text);
                assert_int_equal(problem, examples[i].problem);
                assert_int_equal(mailbox_valid(examples[i].text), problem == MAILBOX_FINE);
        }
        assert_false(mailbox_valid(NULL));
}

static void no_byte_but_those_of_the_grammar_passes(void **state)
{
        (void)state;
        for (int byte = 0; byte < 256; byte++) {
                char local[] = "a?b@police.uk", domain[] = "a@po?ce.uk";
                bool alnum = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');

                local[1] = domain[4] = (char)byte;
                assert_int_equal(mailbox_examine(local, sizeof(local) - 1) == MAILBOX_FINE,
                                 alnum || (byte != 0 && byte < 128 && strchr("!#$%&'*+-/=?^_`{|}~.", byte) != NULL));
                assert_int_equal(mailbox_examine(domain, sizeof(domain) - 1) == MAILBOX_FINE, alnum || byte == '-' || byte == '.');
        }
}

static void an_embedded_nul_is_a_control_byte(void **state)
{
        (void)state;
        assert_int_equal(mailbox_examine("a@police.uk\0x", 13), MAILBOX_CONTROL);
}

static void lengths_are_bounded_exactly(void **state)
{
        char text[MAILBOX_MAX + 3];

        (void)state;
        memset(text, 'a', sizeof(text));
        memcpy(text + 64, "@police.uk", 11);
        assert_true(mailbox_valid(text));
        text[64] = 'a';
        memcpy(text + 65, "@police.uk", 11);
        assert_int_equal(mailbox_examine(text, strlen(text)), MAILBOX_LOCAL_PART);
        /* 64, "@", and 189 in labels of 63, 63 and 61. */
        memset(text, 'a', sizeof(text));
        text[64] = '@';
        text[65 + 63] = text[65 + 127] = '.';
        text[MAILBOX_MAX] = '\0';
        assert_true(mailbox_valid(text));
        text[MAILBOX_MAX] = 'a';
        text[MAILBOX_MAX + 1] = '\0';
        assert_int_equal(mailbox_examine(text, strlen(text)), MAILBOX_TOO_LONG);
        memset(text, 'a', 66);
        memcpy(text, "x@", 2);
        memcpy(text + 66, ".uk", 4);
        assert_int_equal(mailbox_examine(text, strlen(text)), MAILBOX_DOMAIN);
}

static void a_domain_covers_itself_and_what_lies_below_it(void **state)
{
        static const char *const domains[] = { "police.uk", "nhs.net" };

        (void)state;
        assert_true(mailbox_allowed("a@police.uk", domains, 2));
        assert_true(mailbox_allowed("a@Derbyshire.POLICE.uk", domains, 2));
        assert_true(mailbox_allowed("a@nhs.net", domains, 2));
        assert_false(mailbox_allowed("a@notpolice.uk", domains, 2));
        assert_false(mailbox_allowed("a@uk", domains, 2));
        assert_false(mailbox_allowed("a@police.uk.example.org", domains, 2));
        assert_false(mailbox_allowed("a@police.uk", domains, 0));
}

static void case_does_not_make_a_second_reader(void **state)
{
        (void)state;
        assert_true(mailbox_same("Unit@Police.uk", "unit@police.UK"));
        assert_false(mailbox_same("unit@police.uk", "units@police.uk"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_example_gets_its_verdict),
                cmocka_unit_test(no_byte_but_those_of_the_grammar_passes),
                cmocka_unit_test(an_embedded_nul_is_a_control_byte),
                cmocka_unit_test(lengths_are_bounded_exactly),
                cmocka_unit_test(a_domain_covers_itself_and_what_lies_below_it),
                cmocka_unit_test(case_does_not_make_a_second_reader),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
