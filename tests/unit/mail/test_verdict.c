/*
 * test_verdict - what the end of an attempt means: what was seen of libcurl 7.88 for every way in which SMTP
 * fails, and when to try again.
 *
 * Two readings: a 5xx before RCPT (the sender or the login refused) is tried again and not final, since no
 * recipient was named and the trouble is ours or the relay's; and where the whole text was handed over nobody can
 * know, whatever libcurl says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <curl/curl.h>

#include "../../../daemon/mail/verdict.h"

static const struct {
        const char *why;
        CURLcode curl;
        int reply;
        enum smtp_phase phase;
        enum app_verdict verdict;
        enum backoff_kind backoff;
} table[] = {
        {"taken", CURLE_OK, 250, SMTP_PHASE_WHOLE, VERDICT_SENT, BACKOFF_MAILBOX},
        {"RCPT 4xx", CURLE_SEND_ERROR, 451, SMTP_PHASE_RCPT, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"RCPT 421", CURLE_SEND_ERROR, 421, SMTP_PHASE_RCPT, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"RCPT 5xx", CURLE_SEND_ERROR, 550, SMTP_PHASE_RCPT, VERDICT_PERMANENT, BACKOFF_MAILBOX},
        {"RCPT 599", CURLE_SEND_ERROR, 599, SMTP_PHASE_RCPT, VERDICT_PERMANENT, BACKOFF_MAILBOX},
        {"MAIL 4xx", CURLE_SEND_ERROR, 451, SMTP_PHASE_MAIL, VERDICT_RETRY, BACKOFF_RELAY},
        {"MAIL 5xx: no recipient was named", CURLE_SEND_ERROR, 550, SMTP_PHASE_MAIL, VERDICT_RETRY, BACKOFF_RELAY},
        {"MAIL 530: log in first", CURLE_SEND_ERROR, 530, SMTP_PHASE_MAIL, VERDICT_RETRY, BACKOFF_RELAY},
        {"DATA 4xx", CURLE_SEND_ERROR, 451, SMTP_PHASE_DATA, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"DATA 5xx", CURLE_SEND_ERROR, 554, SMTP_PHASE_DATA, VERDICT_PERMANENT, BACKOFF_MAILBOX},
        {"4xx after the text", CURLE_WEIRD_SERVER_REPLY, 452, SMTP_PHASE_WHOLE, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"421 after the text", CURLE_WEIRD_SERVER_REPLY, 421, SMTP_PHASE_WHOLE, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"5xx after the text", CURLE_WEIRD_SERVER_REPLY, 554, SMTP_PHASE_WHOLE, VERDICT_PERMANENT, BACKOFF_MAILBOX},
        {"no SMTP at all", CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"a greeting of 554", CURLE_WEIRD_SERVER_REPLY, 554, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"a weird reply after the text", CURLE_WEIRD_SERVER_REPLY, 250, SMTP_PHASE_WHOLE, VERDICT_AMBIGUOUS, BACKOFF_MAILBOX},
        {"a reply of no range after the text", CURLE_WEIRD_SERVER_REPLY, 999, SMTP_PHASE_WHOLE, VERDICT_AMBIGUOUS, BACKOFF_MAILBOX},
        {"a session out of step", CURLE_SEND_ERROR, 250, SMTP_PHASE_RCPT, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"out of step before any recipient", CURLE_SEND_ERROR, 250, SMTP_PHASE_MAIL, VERDICT_RETRY, BACKOFF_RELAY},
        {"out of step after the text", CURLE_SEND_ERROR, 250, SMTP_PHASE_WHOLE, VERDICT_AMBIGUOUS, BACKOFF_MAILBOX},
        {"a timeout in the session", CURLE_OPERATION_TIMEDOUT, 220, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"a timeout at MAIL, last seen 250", CURLE_OPERATION_TIMEDOUT, 250, SMTP_PHASE_MAIL, VERDICT_RETRY, BACKOFF_RELAY},
        {"a timeout at RCPT, last seen 250", CURLE_OPERATION_TIMEDOUT, 250, SMTP_PHASE_RCPT, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"a timeout in the text", CURLE_OPERATION_TIMEDOUT, 354, SMTP_PHASE_DATA, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"a timeout after the text, last seen 250", CURLE_OPERATION_TIMEDOUT, 250, SMTP_PHASE_WHOLE, VERDICT_AMBIGUOUS, BACKOFF_MAILBOX},
        {"a timeout after an old 550", CURLE_OPERATION_TIMEDOUT, 550, SMTP_PHASE_RCPT, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"a drop, last seen 250", CURLE_RECV_ERROR, 250, SMTP_PHASE_RCPT, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"a drop after an old 554", CURLE_RECV_ERROR, 554, SMTP_PHASE_DATA, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"a drop after the text", CURLE_RECV_ERROR, 250, SMTP_PHASE_WHOLE, VERDICT_AMBIGUOUS, BACKOFF_MAILBOX},
        {"a drop after the text and an old 554", CURLE_RECV_ERROR, 554, SMTP_PHASE_WHOLE, VERDICT_AMBIGUOUS, BACKOFF_MAILBOX},
        {"nothing where something was wanted", CURLE_GOT_NOTHING, 0, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"refused", CURLE_COULDNT_CONNECT, 0, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"no such host", CURLE_COULDNT_RESOLVE_HOST, 0, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"no STARTTLS offered", CURLE_USE_SSL_FAILED, 250, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"no STARTTLS, an old 550", CURLE_USE_SSL_FAILED, 550, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"an untrusted, expired or foreign certificate", CURLE_PEER_FAILED_VERIFICATION, 220, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"no file of authorities", CURLE_SSL_CACERT_BADFILE, 220, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"TLS broken", CURLE_SSL_CONNECT_ERROR, 220, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"login refused", CURLE_LOGIN_DENIED, 535, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"login put off", CURLE_LOGIN_DENIED, 454, SMTP_PHASE_SESSION, VERDICT_RETRY, BACKOFF_RELAY},
        {"no memory", CURLE_OUT_OF_MEMORY, 250, SMTP_PHASE_RCPT, VERDICT_RETRY, BACKOFF_MAILBOX},
        {"cut here after the text", CURLE_ABORTED_BY_CALLBACK, 354, SMTP_PHASE_WHOLE, VERDICT_AMBIGUOUS, BACKOFF_MAILBOX},
};

static void each_end_has_its_verdict(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                struct verdict verdict = verdict_of((struct attempt_end){(int)table[i].curl, table[i].reply, table[i].phase, false});

                if (verdict.verdict != table[i].verdict)
                        fail_msg("%s: verdict %d", table[i].why, (int)verdict.verdict);
                if (verdict.verdict != VERDICT_SENT && verdict.verdict != VERDICT_PERMANENT && verdict.backoff != table[i].backoff)
                        fail_msg("%s: whose trouble it is", table[i].why);
        }
}

/* For every code, reply and phase there is: what must never be said. */
static void nothing_is_called_sent_or_lost_that_may_be_otherwise(void **state)
{
        (void)state;
        for (int curl = 0; curl < CURL_LAST; curl++)
                for (int reply = 0; reply < 700; reply += 50)
                        for (int phase = SMTP_PHASE_SESSION; phase <= SMTP_PHASE_WHOLE; phase++) {
                                struct attempt_end end = {curl, reply, (enum smtp_phase)phase, reply % 100 == 0};
                                enum app_verdict verdict = verdict_of(end).verdict;

                                assert_true((verdict == VERDICT_SENT) == (curl == CURLE_OK));
                                if (verdict == VERDICT_PERMANENT)
                                        assert_true(reply >= 500 && reply < 600 && phase >= SMTP_PHASE_RCPT &&
                                                    (curl == CURLE_SEND_ERROR || curl == CURLE_WEIRD_SERVER_REPLY ||
                                                            curl == CURLE_LOGIN_DENIED));
                                if (phase == SMTP_PHASE_WHOLE && verdict == VERDICT_RETRY)
                                        assert_true(reply >= 400 && reply < 500);       /* the server said that it did not take it */
                        }
}

static void a_connection_that_was_idle_and_is_found_closed_is_no_attempt(void **state)
{
        static const struct {
                const char *why;
                CURLcode curl;
                int reply;
                enum smtp_phase phase;
                bool reused;
                enum app_verdict verdict;
        } ends_of_old[] = {
                {"closed while it was idle", CURLE_RECV_ERROR, 0, SMTP_PHASE_MAIL, true, VERDICT_UNTRIED},
                {"closed with a word", CURLE_WEIRD_SERVER_REPLY, 421, SMTP_PHASE_MAIL, true, VERDICT_UNTRIED},
                {"closed, and new", CURLE_RECV_ERROR, 0, SMTP_PHASE_MAIL, false, VERDICT_RETRY},
                {"closed with a word, and new", CURLE_WEIRD_SERVER_REPLY, 421, SMTP_PHASE_MAIL, false, VERDICT_RETRY},
                {"MAIL refused", CURLE_WEIRD_SERVER_REPLY, 451, SMTP_PHASE_MAIL, true, VERDICT_RETRY},
                {"no answer to MAIL", CURLE_OPERATION_TIMEDOUT, 0, SMTP_PHASE_MAIL, true, VERDICT_RETRY},
                {"no answer of SMTP to MAIL", CURLE_WEIRD_SERVER_REPLY, 0, SMTP_PHASE_MAIL, true, VERDICT_RETRY},
                {"closed at RCPT", CURLE_RECV_ERROR, 0, SMTP_PHASE_RCPT, true, VERDICT_RETRY},
                {"closed with a word at RCPT", CURLE_WEIRD_SERVER_REPLY, 421, SMTP_PHASE_RCPT, true, VERDICT_RETRY},
                {"closed in the text", CURLE_RECV_ERROR, 0, SMTP_PHASE_DATA, true, VERDICT_RETRY},
                {"closed after the text", CURLE_RECV_ERROR, 0, SMTP_PHASE_WHOLE, true, VERDICT_AMBIGUOUS},
        };

        (void)state;
        for (size_t i = 0; i < sizeof ends_of_old / sizeof ends_of_old[0]; i++) {
                struct attempt_end end = {(int)ends_of_old[i].curl, ends_of_old[i].reply, ends_of_old[i].phase, ends_of_old[i].reused};
                struct verdict verdict = verdict_of(end);

                if (verdict.verdict != ends_of_old[i].verdict)
                        fail_msg("%s: verdict %d", ends_of_old[i].why, (int)verdict.verdict);
        }
}

static void waits_double_within_their_bounds(void **state)
{
        static const struct {
                enum backoff_kind kind;
                uint32_t n;
                int64_t full_ms;
        } waits[] = {
                {BACKOFF_MAILBOX, 1, 60000},      {BACKOFF_MAILBOX, 2, 120000},   {BACKOFF_MAILBOX, 8, 7680000},
                {BACKOFF_MAILBOX, 9, 14400000},   {BACKOFF_MAILBOX, 10, 14400000}, {BACKOFF_MAILBOX, UINT32_MAX, 14400000},
                {BACKOFF_RELAY, 1, 30000},        {BACKOFF_RELAY, 5, 480000},     {BACKOFF_RELAY, 6, 600000},
                {BACKOFF_RELAY, UINT32_MAX, 600000},
        };

        (void)state;
        for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
                int64_t least = INT64_MAX, most = 0;

                for (uint64_t key = 0; key < 1000; key++) {
                        int64_t wait = backoff_ms(waits[i].kind, waits[i].n, key * UINT64_C(0x123456789abcdef));

                        assert_in_range(wait, waits[i].full_ms * 3 / 4, waits[i].full_ms);
                        assert_true(wait == backoff_ms(waits[i].kind, waits[i].n, key * UINT64_C(0x123456789abcdef)));
                        least = wait < least ? wait : least;
                        most = wait > most ? wait : most;
                }
                /* A thousand messages that failed together do not come back together. */
                assert_true(most - least > waits[i].full_ms / 5);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_end_has_its_verdict),
                cmocka_unit_test(a_connection_that_was_idle_and_is_found_closed_is_no_attempt),
                cmocka_unit_test(nothing_is_called_sent_or_lost_that_may_be_otherwise),
                cmocka_unit_test(waits_double_within_their_bounds),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
