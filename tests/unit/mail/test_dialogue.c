/*
 * test_dialogue - what is said to a relay, and what its answers are taken for.
 *
 * Each row is a conversation: what the relay says, a piece at a time, with what was
 * said to it in between.
 */
#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../daemon/mail/dialogue.h"

#define FROM "u@x.police.uk"
#define TO "a@x.police.uk"

/* All that was said, with "|" before what the relay says next. */
struct talk {
        struct dialogue dialogue;
        char said[4096];
};

static void begin(struct talk *talk, struct dialogue_offers offers, const char *text)
{
        struct octets octets = {.bytes = NULL};

        talk->said[0] = '\0';
        octets_text(&octets, text);
        assert_true(dialogue_begin(&talk->dialogue, offers, FROM, TO, &octets));
        assert_null(octets.bytes);
}

/* Writes so many bytes of what is to be said, or all. */
static void say(struct talk *talk, size_t most)
{
        size_t length = talk->dialogue.left < most ? talk->dialogue.left : most;

        assert_true(strlen(talk->said) + length < sizeof talk->said);
        strncat(talk->said, talk->dialogue.out, length);
        dialogue_wrote(&talk->dialogue, length);
}

static void hear(struct talk *talk, const char *words)
{
        dialogue_heard(&talk->dialogue, words, strlen(words));
}

static void a_message_is_told_a_command_at_a_time(void **state)
{
        struct talk talk;

        (void)state;
        begin(&talk, (struct dialogue_offers){false, false}, "S: s\r\n\r\nHello\r\n");
        say(&talk, SIZE_MAX);
        assert_string_equal(talk.said, "MAIL FROM:<" FROM ">\r\n");
        hear(&talk, "250-a\r\n250 ok\r\n");
        say(&talk, SIZE_MAX);
        assert_string_equal(talk.said, "MAIL FROM:<" FROM ">\r\nRCPT TO:<" TO ">\r\n");
        hear(&talk, "251 forwarded\r\n");
        talk.said[0] = '\0';
        say(&talk, SIZE_MAX);
        assert_string_equal(talk.said, "DATA\r\n");
        hear(&talk, "354 go on\r\n");
        talk.said[0] = '\0';
        say(&talk, SIZE_MAX);
        assert_string_equal(talk.said, "S: s\r\n\r\nHello\r\n.\r\n");
        assert_false(talk.dialogue.ended);
        hear(&talk, "250 2.0.0 queued as 1\r\n");
        assert_true(talk.dialogue.ended && talk.dialogue.usable);
        assert_int_equal(talk.dialogue.end.curl, CURLE_OK);
        assert_int_equal(talk.dialogue.end.reply, 250);
        assert_string_equal(talk.dialogue.answer, "250 2.0.0 queued as 1");
        dialogue_fini(&talk.dialogue);
}

static void what_is_offered_is_used(void **state)
{
        struct talk talk;

        (void)state;
        begin(&talk, (struct dialogue_offers){.pipelining = true, .size = true}, "S: s\r\n\r\n.\r\n");
        say(&talk, SIZE_MAX);
        assert_string_equal(talk.said, "MAIL FROM:<" FROM "> SIZE=11\r\nRCPT TO:<" TO ">\r\n");
        hear(&talk, "250 ok\r\n");
        assert_int_equal(talk.dialogue.left, 0);
        hear(&talk, "250 ok\r\n");
        say(&talk, SIZE_MAX);
        assert_string_equal(strstr(talk.said, "DATA"), "DATA\r\n");
        dialogue_fini(&talk.dialogue);
}

static void dots_that_begin_a_line_are_doubled(void **state)
{
        static const struct { const char *text, *wire; } table[] = {
                {"a\r\n", "a\r\n.\r\n"},
                {"a.b\r\n", "a.b\r\n.\r\n"},
                {".\r\n", "..\r\n.\r\n"},
                {"..\r\n.\r\n", "...\r\n..\r\n.\r\n"},
                {"a\r\n.b\r\n.\r\nc\r\n", "a\r\n..b\r\n..\r\nc\r\n.\r\n"},
                {"a\r\n.\r\n", "a\r\n..\r\n.\r\n"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
                struct talk talk;

                begin(&talk, (struct dialogue_offers){false, false}, table[i].text);
                assert_int_equal(talk.dialogue.text.used, strlen(table[i].wire));
                assert_memory_equal(talk.dialogue.text.bytes, table[i].wire, strlen(table[i].wire));
                dialogue_fini(&talk.dialogue);
        }
}

/* Answers in order, each after all that was to be said was said; "!" breaks the connection. */
static const struct { const char *answers[5]; int curl, reply, phase; bool usable; } ends[] = {
        {{"421 closing\r\n"}, CURLE_WEIRD_SERVER_REPLY, 421, SMTP_PHASE_MAIL, false},
        {{"550 no\r\n"}, CURLE_WEIRD_SERVER_REPLY, 550, SMTP_PHASE_MAIL, false},
        {{"250 ok\r\n", "450 busy\r\n"}, CURLE_WEIRD_SERVER_REPLY, 450, SMTP_PHASE_RCPT, false},
        {{"250 ok\r\n", "550-no\r\n550 such\r\n"}, CURLE_WEIRD_SERVER_REPLY, 550, SMTP_PHASE_RCPT, false},
        {{"250 ok\r\n", "250 ok\r\n", "554 no\r\n"}, CURLE_WEIRD_SERVER_REPLY, 554, SMTP_PHASE_DATA, false},
        {{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "452 full\r\n"}, CURLE_WEIRD_SERVER_REPLY, 452, SMTP_PHASE_WHOLE, true},
        /* by which a relay says that it closes */
        {{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "421 closing\r\n"}, CURLE_WEIRD_SERVER_REPLY, 421, SMTP_PHASE_WHOLE, false},
        {{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n"}, CURLE_OK, 250, SMTP_PHASE_WHOLE, true},
        /* more than was asked for */
        {{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n250 ok\r\n"}, CURLE_OK, 250, SMTP_PHASE_WHOLE, false},
        {{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n2"}, CURLE_OK, 250, SMTP_PHASE_WHOLE, false},
        {{"250 ok\r\n250 ok\r\n"}, CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_RCPT, false},
        /* no answers to what was said */
        {{"354 go\r\n"}, CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_MAIL, false},
        {{"250 ok\r\n", "250 ok\r\n", "250 ok\r\n"}, CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_DATA, false},
        {{"250 ok\r\n", "250 ok\r\n", "355 go\r\n"}, CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_DATA, false},
        {{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "hello\r\n"}, CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_WHOLE, false},
        {{"999 what\r\n"}, CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_MAIL, false},
        {{"\r\n"}, CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_MAIL, false},
        {{"2 5 0\r\n"}, CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_MAIL, false},
        /* no answer at all */
        {{"!"}, CURLE_RECV_ERROR, 0, SMTP_PHASE_MAIL, false},
        {{"250 ok\r\n", "250 ok\r\n", "!"}, CURLE_RECV_ERROR, 0, SMTP_PHASE_DATA, false},
        {{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "!"}, CURLE_RECV_ERROR, 0, SMTP_PHASE_WHOLE, false},
        {{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250-ok\r\n", "!"}, CURLE_RECV_ERROR, 0, SMTP_PHASE_WHOLE, false},
};

static void an_end_says_how_far_it_came_and_whose_word_it_is(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
                struct talk talk;

                begin(&talk, (struct dialogue_offers){false, false}, "a\r\n");
                for (size_t k = 0; k < 5 && ends[i].answers[k] != NULL; k++) {
                        say(&talk, SIZE_MAX);
                        if (ends[i].answers[k][0] == '!')
                                dialogue_break(&talk.dialogue, CURLE_RECV_ERROR, "cut");
                        else
                                hear(&talk, ends[i].answers[k]);
                }
                if (!talk.dialogue.ended || talk.dialogue.end.curl != ends[i].curl || talk.dialogue.end.reply != ends[i].reply ||
                    (int)talk.dialogue.end.phase != ends[i].phase || talk.dialogue.usable != ends[i].usable)
                        fail_msg("conversation %zu: %d, %d, %d", i, talk.dialogue.end.curl, talk.dialogue.end.reply,
                                 (int)talk.dialogue.end.phase);
                dialogue_fini(&talk.dialogue);
        }
}

/* Nobody can have taken a text whose end never left. */
static void a_text_is_handed_over_with_its_last_byte(void **state)
{
        struct talk talk;

        (void)state;
        begin(&talk, (struct dialogue_offers){false, false}, "abc\r\n");
        for (int i = 0; i < 3; i++) {
                say(&talk, SIZE_MAX);
                hear(&talk, i < 2 ? "250 ok\r\n" : "354 go\r\n");
        }
        while (talk.dialogue.left > 1) {
                say(&talk, 1);
                assert_int_equal(talk.dialogue.end.phase, SMTP_PHASE_DATA);
        }
        say(&talk, 1);
        assert_int_equal(talk.dialogue.end.phase, SMTP_PHASE_WHOLE);
        dialogue_fini(&talk.dialogue);
        /* A relay that has heard enough may say so in the middle of it. */
        begin(&talk, (struct dialogue_offers){false, false}, "abc\r\n");
        for (int i = 0; i < 3; i++) {
                say(&talk, SIZE_MAX);
                hear(&talk, i < 2 ? "250 ok\r\n" : "354 go\r\n");
        }
        say(&talk, 2);
        hear(&talk, "552 too much\r\n");
        assert_true(talk.dialogue.ended && !talk.dialogue.usable);
        assert_int_equal(talk.dialogue.end.phase, SMTP_PHASE_DATA);
        assert_int_equal(talk.dialogue.left, 0);
        dialogue_fini(&talk.dialogue);
}

static void answers_come_in_any_pieces_and_of_any_length(void **state)
{
        char lengthy[5000];
        struct talk talk;

        (void)state;
        begin(&talk, (struct dialogue_offers){false, false}, "a\r\n");
        say(&talk, SIZE_MAX);
        for (const char *c = "250-one\r\n250 two\r\n"; *c != '\0'; c++)
                dialogue_heard(&talk.dialogue, c, 1);
        assert_int_equal(talk.dialogue.end.phase, SMTP_PHASE_RCPT);
        say(&talk, SIZE_MAX);
        memset(lengthy, 'x', sizeof lengthy);
        memcpy(lengthy, "550 \x01\xff", 6);
        dialogue_heard(&talk.dialogue, lengthy, sizeof lengthy);
        assert_false(talk.dialogue.ended);
        hear(&talk, "\r\n");
        assert_true(talk.dialogue.ended);
        assert_int_equal(talk.dialogue.end.reply, 550);
        assert_int_equal(strlen(talk.dialogue.answer), DIALOGUE_ANSWER_SIZE - 1);
        assert_memory_equal(talk.dialogue.answer, "550 ??xxx", 9);
        dialogue_fini(&talk.dialogue);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_message_is_told_a_command_at_a_time),
                cmocka_unit_test(what_is_offered_is_used),
                cmocka_unit_test(dots_that_begin_a_line_are_doubled),
                cmocka_unit_test(an_end_says_how_far_it_came_and_whose_word_it_is),
                cmocka_unit_test(a_text_is_handed_over_with_its_last_byte),
                cmocka_unit_test(answers_come_in_any_pieces_and_of_any_length),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
