/*
 * verdict.c - what the end of an attempt means.
 *
 * A code alone says too little: with libcurl, which leads the session, 55 is both
 * a refusal and a broken connection, and the last reply may be that of an earlier
 * command. tests/unit/mail/test_verdict.c lists what there is.
 * The one thing that must not happen is calling a message lost or sent when
 * nobody can know; that is VERDICT_AMBIGUOUS.
 */
#include "verdict.h"

#include <curl/curl.h>

#define REPLY_TRANSIENT 400
#define REPLY_PERMANENT 500
#define REPLY_END 600
#define REPLY_CLOSING 421

static bool server_spoke(struct attempt_end end)
{
        bool refusal =
                end.curl == CURLE_SEND_ERROR || end.curl == CURLE_WEIRD_SERVER_REPLY || end.curl == CURLE_LOGIN_DENIED;

        return refusal && end.reply >= REPLY_TRANSIENT && end.reply < REPLY_END;
}

static bool found_closed(struct attempt_end end)
{
        return end.reused && end.phase <= SMTP_PHASE_MAIL &&
               (end.curl == CURLE_RECV_ERROR || (server_spoke(end) && end.reply == REPLY_CLOSING));
}

struct verdict verdict_of(struct attempt_end end)
{
        struct verdict verdict = {VERDICT_RETRY, end.phase < SMTP_PHASE_RCPT ? BACKOFF_RELAY : BACKOFF_MAILBOX};

        if (end.curl == CURLE_OK)
                verdict.verdict = VERDICT_SENT;
        else if (found_closed(end))
                verdict.verdict = VERDICT_UNTRIED;
        else if (server_spoke(end))
                verdict.verdict = end.reply >= REPLY_PERMANENT && end.phase >= SMTP_PHASE_RCPT ? VERDICT_PERMANENT
                                                                                               : VERDICT_RETRY;
        else if (end.phase == SMTP_PHASE_WHOLE)
                verdict.verdict = VERDICT_AMBIGUOUS;
        return verdict;
}
