/*
 * test_message - nothing that anybody may say gets out of its place in a message: headers, encoded words, bodies;
 * and where mail may go at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "../../../daemon/mail/header.h"
#include "../../../daemon/mail/message.h"
#include "../../../daemon/mail/relay.h"

/* What was written, as a text of its own. */
static char *text_of(struct octets *octets)
{
        octets_add(octets, "", 1);
        assert_false(octets->failed);
        return octets->bytes;
}

static const struct {
        const char *why, *value, *written;
} subjects[] = {
        {"plain", "2 overdue, 1 due soon", "Subject: 2 overdue, 1 due soon\r\n"},
        {"empty", "", "Subject: \r\n"},
        {"a line break", "a\r\nBcc: evil@example.org", "Subject: a??Bcc: evil@example.org\r\n"},
        {"a bare LF", "a\nBcc: evil@example.org", "Subject: a?Bcc: evil@example.org\r\n"},
        {"a bare CR", "a\rBcc: evil@example.org", "Subject: a?Bcc: evil@example.org\r\n"},
        {"the end of all headers", "a\r\n\r\nbody", "Subject: a????body\r\n"},
        {"a folded header", "a\r\n b", "Subject: a?? b\r\n"},
        {"a tab", "a\tb", "Subject: a?b\r\n"},
        {"an escape", "\x1b[31mred", "Subject: ?[31mred\r\n"},
        {"a vertical tab and DEL", "\x0b\x7f", "Subject: ??\r\n"},
        {"NEL, which some take for a line break", "a\xC2\x85" "b", "Subject: a?b\r\n"},
        {"a line separator", "a\xE2\x80\xA8" "b", "Subject: a?b\r\n"},
        {"Latin-1", "caf\xE9", "Subject: caf?\r\n"},
        {"an overlong line break", "a\xC0\x8A" "b", "Subject: a??b\r\n"},
        {"UTF-8", "caf\xC3\xA9", "Subject: =?utf-8?Q?caf=C3=A9?=\r\n"},
        {"a space beside it", "un caf\xC3\xA9", "Subject: =?utf-8?Q?un_caf=C3=A9?=\r\n"},
        {"what could be taken for an encoded word", "=?utf-8?Q?x?=", "Subject: =?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=\r\n"},
        {"an underscore in an encoded word", "a_\xC3\xA9", "Subject: =?utf-8?Q?a=5F=C3=A9?=\r\n"},
        {"a leading space, which would be lost", " a", "Subject: =?utf-8?Q?_a?=\r\n"},
        {"a trailing space", "a ", "Subject: =?utf-8?Q?a_?=\r\n"},
};

static void no_value_ends_its_header_or_begins_another(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
                struct octets octets = {.bytes = NULL};

                header_text(&octets, "Subject", subjects[i].value);
                if (strcmp(text_of(&octets), subjects[i].written) != 0)
                        fail_msg("%s: %s", subjects[i].why, octets.bytes);
                octets_fini(&octets);
        }
}

/* Every line is short, ASCII and printable; a line that is not the first begins with a space and holds more. */
static void check_lines(const char *text, size_t columns_max)
{
        for (bool first = true; *text != '\0'; first = false) {
                size_t length = strcspn(text, "\r");

                assert_in_range(length, 1, columns_max);
                for (size_t i = 0; i < length; i++)
                        assert_in_range((unsigned char)text[i], ' ', '~');
                assert_true(first == (text[0] != ' '));
                assert_true(first || strspn(text, " ") < length);
                assert_memory_equal(text + length, "\r\n", 2);
                text += length + 2;
        }
}

static void long_values_are_folded_and_cut_between_characters(void **state)
{
        char words[2000], accents[2001], spaces[500];
        struct octets octets = {.bytes = NULL};

        (void)state;
        for (size_t i = 0; i < sizeof words - 1; i++)
                words[i] = i % 7 == 6 ? ' ' : 'a';
        words[sizeof words - 1] = '\0';
        for (size_t i = 0; i < sizeof accents - 1; i++)
                accents[i] = "\xC3\xA9"[i % 2];
        accents[sizeof accents - 1] = '\0';
        memset(spaces, ' ', sizeof spaces - 1);
        spaces[sizeof spaces - 1] = '\0';
        header_text(&octets, "Subject", words);
        check_lines(text_of(&octets), 76);
        octets_fini(&octets);
        header_text(&octets, "Subject", accents);
        check_lines(text_of(&octets), 76);
        /* 900 bytes are 450 characters; each is written as six. */
        size_t codes = 0;
        for (const char *at = octets.bytes; (at = strstr(at, "=C3=A9")) != NULL; at += 6)
                codes++;
        assert_int_equal(codes, HEADER_VALUE_MAX / 2);
        octets_fini(&octets);
        header_text(&octets, "Subject", spaces);
        check_lines(text_of(&octets), 76);
        octets_fini(&octets);
}

static void a_display_name_stays_outside_the_brackets(void **state)
{
        static const struct {
                const char *display, *written;
        } table[] = {
                {NULL, "From: u@x.police.uk\r\n"},
                {"", "From: u@x.police.uk\r\n"},
                {"MAPPA unit", "From: \"MAPPA unit\" <u@x.police.uk>\r\n"},
                {"a\" <evil@example.org>, \"b", "From: \"a\\\" <evil@example.org>, \\\"b\" <u@x.police.uk>\r\n"},
                {"back\\slash", "From: \"back\\\\slash\" <u@x.police.uk>\r\n"},
                {"a\r\nBcc: e@example.org", "From: \"a??Bcc: e@example.org\" <u@x.police.uk>\r\n"},
                {"Caf\xC3\xA9", "From: =?utf-8?Q?Caf=C3=A9?= <u@x.police.uk>\r\n"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                struct octets octets = {.bytes = NULL};

                header_mailbox(&octets, "From", table[i].display, "u@x.police.uk");
                assert_string_equal(text_of(&octets), table[i].written);
                octets_fini(&octets);
        }
}

static void a_message_id_is_one_word(void **state)
{
        static const char *const good[] = {"1.2023-03-22@mappad.example.police.uk", "a@b", "A+=_-.9@x"};
        static const char *const bad[] = {"", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a>@b", "a\r\nX: y@b", "<a@b>", "\xC3\xA9@b",
                "a@b\"", "a(b)@c"};
        char longest[MESSAGE_ID_MAX + 2];

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
                assert_true(message_id_valid(good[i]));
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_false(message_id_valid(bad[i]));
        assert_false(message_id_valid(NULL));
        memset(longest, 'a', sizeof longest - 1);
        longest[1] = '@';
        longest[sizeof longest - 1] = '\0';
        assert_false(message_id_valid(longest));
        longest[MESSAGE_ID_MAX] = '\0';
        assert_true(message_id_valid(longest));
}

static char *written(struct octets *octets, struct app_message message)
{
        message.recipient = "a@x.police.uk";
        message.message_id = "1.2023-03-22@mappad.example.police.uk";
        if (message.subject == NULL)
                message.subject = "s";
        message_write(&message, (struct message_sender){"u@x.police.uk", "Unit"}, octets);
        return text_of(octets);
}

static void a_message_is_what_rfc_5322_wants_and_the_same_each_time(void **state)
{
        struct octets octets = {.bytes = NULL}, again = {.bytes = NULL};
        struct app_message message = {.text = "line\n.\n..\nFrom me\n", .created_ms = INT64_C(1679470200000), .attempts = 0};

        (void)state;
        /* 2023-03-22 was a Wednesday. */
        assert_string_equal(written(&octets, message),
                            "Date: Wed, 22 Mar 2023 07:30:00 +0000\r\nFrom: \"Unit\" <u@x.police.uk>\r\nTo: a@x.police.uk\r\n"
                            "Message-ID: <1.2023-03-22@mappad.example.police.uk>\r\nSubject: s\r\nAuto-Submitted: auto-generated\r\n"
                            "X-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: 7bit\r\n\r\nline\r\n.\r\n..\r\nFrom me\r\n");
        message.attempts = 7;
        message.ambiguous = true;
        assert_string_equal(written(&again, message), octets.bytes);
        octets_fini(&octets);
        octets_fini(&again);
}

static void bodies_that_a_relay_might_touch_are_quoted(void **state)
{
        static const struct {
                const char *body, *wire;
        } table[] = {
                {"caf\xC3\xA9\n", "caf=C3=A9\r\n"},
                {"a=b\xC2\xA0\n", "a=3Db=C2=A0\r\n"},
                {"end \nnext\n", "end=20\r\nnext\r\n"},
                {"cr\r\nlf\n", "cr=0D\r\nlf\r\n"},
                {"tab\t\n", "tab=09\r\n"},
                {"nul-free \x01\n", "nul-free =01\r\n"},
                {"no end\x7f", "no end=7F\r\n"},
                /* 80 letters: 75 and a soft break, then the rest. */
                {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=\r\naaaaa\r\n"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                struct octets octets = {.bytes = NULL};
                const char *text = written(&octets, (struct app_message){.text = table[i].body});

                assert_non_null(strstr(text, "Content-Transfer-Encoding: quoted-printable\r\n"));
                assert_string_equal(strstr(text, "\r\n\r\n") + 4, table[i].wire);
                octets_fini(&octets);
        }
}

/* What quoted-printable makes of one byte in the middle of a short line, or at its end. */
static void quote_naively(unsigned char byte, bool last, char ret_code[static 4])
{
        bool as_it_is = byte >= ' ' && byte <= '~' && byte != '=' && !(last && byte == ' ');

        snprintf(ret_code, 4, as_it_is ? "%c" : "=%02X", byte);
}

static void every_byte_is_judged_alike_wherever_it_stands_in_a_line(void **state)
{
        enum { WIDTH = 19 }; /* two words of a machine and some bytes */

        (void)state;
        for (int byte = 1; byte < 256; byte++) {
                for (size_t at = 0; byte != '\n' && at < WIDTH; at++) {
                        struct octets octets = {.bytes = NULL};
                        char body[WIDTH + 2] = "abcdefghijklmnopqrs\n", code[4], expected[WIDTH + 16];
                        bool plain = byte >= ' ' && byte <= '~' && !(byte == ' ' && at == WIDTH - 1);
                        const char *text;

                        body[at] = (char)byte;
                        quote_naively((unsigned char)byte, at == WIDTH - 1, code);
                        if (plain)
                                snprintf(code, sizeof code, "%c", byte);
                        snprintf(expected, sizeof expected, "%.*s%s%s", (int)at, body, code, body + at + 1);
                        expected[strlen(expected) - 1] = '\0';
                        text = written(&octets, (struct app_message){.text = body});
                        assert_int_equal(strstr(text, "7bit\r\n\r\n") != NULL, plain);
                        text = strstr(text, "\r\n\r\n") + 4;
                        assert_int_equal(strlen(text), strlen(expected) + 2);
                        assert_memory_equal(text, expected, strlen(expected));
                        octets_fini(&octets);
                }
        }
}

static void no_part_can_hold_a_boundary(void **state)
{
        struct octets octets = {.bytes = NULL};
        const char *text = written(&octets, (struct app_message){.text = "--=_mappad_part--\n",
                .html = "--=_mappad_part\r\nContent-Type: x\n"});
        const char *boundary = strstr(text, "boundary=\"");
        size_t count = 0;
        char line[80];

        (void)state;
        assert_non_null(boundary);
        snprintf(line, sizeof line, "\r\n--%.*s", (int)strcspn(boundary + 10, "\""), boundary + 10);
        for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
                count++;
        assert_int_equal(count, 3);     /* two parts and the end */
        octets_fini(&octets);
}

static void a_relay_is_a_host_and_a_port(void **state)
{
        static const struct {
                const char *url, *wanted;
                bool loopback;
        } good[] = {
                {"smtp://relay.example:587", "smtp://relay.example:587/ehlo.example", false},
                {"SMTPS://relay.example", "smtps://relay.example:465/ehlo.example", false},
                {"smtp://relay.example/", "smtp://relay.example:25/ehlo.example", false},
                {"smtp://127.0.0.1:2525", "smtp://127.0.0.1:2525/ehlo.example", true},
                {"smtp://localhost", "smtp://localhost:25/ehlo.example", true},
                {"smtp://[::1]:25", "smtp://[::1]:25/ehlo.example", true},
                {"smtp://127.example.org", "smtp://127.example.org:25/ehlo.example", false},
        };
        static const char *const bad[] = {"", "relay.example", "http://relay.example", "smtp://", "smtp://user@relay.example",
                "smtp://u:p@relay.example",
                                          "smtp://relay.example/path", "smtp://relay.example?x", "smtp://relay.example#x", "smtp://relay.example:99999",
                                          "smtp://relay.example\r\nRCPT", "smtp://re lay", "smtp://relay_x.example", "file:///etc/passwd"};
        char url[RELAY_URL_SIZE], problem[MAIL_PROBLEM_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
                bool loopback = !good[i].loopback;

                if (!relay_url(good[i].url, "ehlo.example", url, &loopback, problem))
                        fail_msg("%s: %s", good[i].url, problem);
                assert_string_equal(url, good[i].wanted);
                assert_true(loopback == good[i].loopback);
        }
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                bool loopback;

                problem[0] = '\0';
                if (relay_url(bad[i], "ehlo.example", url, &loopback, problem) || problem[0] == '\0')
                        fail_msg("\"%s\" was taken", bad[i]);
        }
}

static void options_that_cannot_work_are_named(void **state)
{
        static const char *const domains[] = {"police.uk"}, *const no_domains[] = {"police uk"};
        const struct mail_options good = {.url = "smtp://relay.example", .from = "u@x.police.uk", .tls = MAIL_TLS_REQUIRED,
                                          .allow_domains = domains, .allow_domain_count = 1, .connections = 2};
        char problem[MAIL_PROBLEM_SIZE] = "";

        (void)state;
        assert_true(mail_check(&good, problem));
        struct {
                const char *words;
                struct mail_options options;
        } table[12];
        for (size_t i = 0; i < 12; i++)
                table[i].options = good;
        table[0].words = "\"from\" is missing", table[0].options.from = NULL;
        table[1].words = "is no mailbox", table[1].options.from = "u@x.police.uk\r\nRCPT TO:<e@example.org>";
        table[2].words = "\"url\" is missing", table[2].options.url = "";
        table[3].words = "is for a relay on this machine", table[3].options.tls = MAIL_TLS_NONE;
        table[4].words = "names no domain", table[4].options.allow_domain_count = 0;
        table[5].words = "is no domain", table[5].options.allow_domains = no_domains;
        table[6].words = "must be 1 to 16", table[6].options.connections = 0;
        table[7].words = "must be 1 to 16", table[7].options.connections = 17;
        table[8].words = "cannot be read", table[8].options.ca_file = "/nowhere/ca.pem";
        table[9].words = "go together", table[9].options.user = "mappad";
        table[10].words = "is no name of a credential", table[10].options.user = "mappad",
                table[10].options.password_credential = "../shadow";
        table[11].words = "control byte", table[11].options.user = "a\nb", table[11].options.password_credential = "p";
        for (size_t i = 0; i < 12; i++) {
                problem[0] = '\0';
                if (mail_check(&table[i].options, problem) || strstr(problem, table[i].words) == NULL)
                        fail_msg("wanted \"%s\", got \"%s\"", table[i].words, problem);
        }
}

static void collect(void *context, const struct mail_fault *fault)
{
        char *list = context;
        size_t used = strlen(list);

        snprintf(list + used, 256 - used, "%s%zu%s ", fault->setting, fault->element, fault->doubt ? "?" : "");
}

static void every_fault_is_told_with_its_setting(void **state)
{
        static const char *const domains[] = {"police.uk", "police uk", "gov uk"};
        struct mail_options options = {.url = "smtp://relay.example:0", .from = "unit", .tls = MAIL_TLS_REQUIRED, .ca_file = "/tmp",
                                       .allow_domains = domains, .allow_domain_count = 3, .connections = 17,
                                       .user = "u", .password_credential = "nothing", .credentials_directory = "/nowhere"};
        char list[256] = "";

        (void)state;
        assert_false(mail_examine(&options, collect, list));
        assert_string_equal(list, "from0 allow-domains1 allow-domains2 url0 connections0 ca-file0 password-credential0 ");
        options = (struct mail_options){.url = "smtp://relay.example", .from = "u@x.police.uk", .allow_domains = domains,
                                        .allow_domain_count = 1, .connections = 1, .user = "u", .password_credential = "p"};
        list[0] = '\0';
        assert_true(mail_examine(&options, collect, list));
        assert_string_equal(list, "password-credential0? ");
}

/* A password of so many bytes in a file with this end, as the only credential. */
static bool secret_taken(size_t length, const char *end, char problem[static MAIL_PROBLEM_SIZE])
{
        static const char *const domains[] = {"police.uk"};
        char folder[] = "/tmp/mappad-secret-XXXXXX", path[64], text[1024];
        struct relay relay;

        assert_non_null(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/secret", folder);
        memset(text, 'x', length);
        memcpy(text + length, end, strlen(end));
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        assert_true(fd >= 0 && write(fd, text, length + strlen(end)) == (ssize_t)(length + strlen(end)) && close(fd) == 0);
        const struct mail_options options = {.url = "smtp://relay.example", .from = "u@x.police.uk", .tls = MAIL_TLS_REQUIRED,
                                             .allow_domains = domains, .allow_domain_count = 1, .connections = 2, .user = "mappad",
                                             .password_credential = "secret", .credentials_directory = folder};
        bool taken = relay_init(&relay, &options, problem) == STATUS_OK;
        if (taken) {
                assert_int_equal(strlen(relay.secret), length);
                assert_memory_equal(relay.secret, text, length);
        }
        relay_fini(&relay);
        assert_true(unlink(path) == 0 && rmdir(folder) == 0);
        return taken;
}

static void a_credential_is_one_line_of_as_many_bytes_as_is_said(void **state)
{
        static const struct {
                size_t length;
                const char *end;
                bool taken;
        } table[] = {{0, "", false},      {0, "\n", false},   {0, "\r\n", false}, {1, "", true},      {1, "\r\n", true},    {511, "", true},
                     {511, "\n", true},   {511, "\r\n", true}, {512, "", false},    {512, "\n", false}, {511, "\nb", false}, {512, "\nb", false},
                     {511, "\r\nb", false}, {5, "\n\n", false}, {5, "\nb\n", false}, {600, "\n", false}};

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                char problem[MAIL_PROBLEM_SIZE] = "";

                if (secret_taken(table[i].length, table[i].end, problem) != table[i].taken)
                        fail_msg("row %zu: %s", i, problem);
                assert_true(table[i].taken || strstr(problem, "must hold one line of 1 to 511 bytes") != NULL);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_value_ends_its_header_or_begins_another),
                cmocka_unit_test(long_values_are_folded_and_cut_between_characters),
                cmocka_unit_test(a_display_name_stays_outside_the_brackets),
                cmocka_unit_test(a_message_id_is_one_word),
                cmocka_unit_test(a_message_is_what_rfc_5322_wants_and_the_same_each_time),
                cmocka_unit_test(bodies_that_a_relay_might_touch_are_quoted),
                cmocka_unit_test(every_byte_is_judged_alike_wherever_it_stands_in_a_line),
                cmocka_unit_test(no_part_can_hold_a_boundary),
                cmocka_unit_test(a_relay_is_a_host_and_a_port),
                cmocka_unit_test(options_that_cannot_work_are_named),
                cmocka_unit_test(every_fault_is_told_with_its_setting),
                cmocka_unit_test(a_credential_is_one_line_of_as_many_bytes_as_is_said),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
