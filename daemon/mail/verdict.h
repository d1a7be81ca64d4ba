/*
 * verdict - what the end of an attempt means. Private to daemon/mail.
 */
#ifndef MAIL_VERDICT_H
#define MAIL_VERDICT_H

#include <stdbool.h>

#include "backoff.h"
#include "mappad/app_alert.h"

/* How far an attempt came: the first command that has no answer. */
enum smtp_phase {
        SMTP_PHASE_SESSION,     /* greeting, EHLO, STARTTLS, AUTH */
        SMTP_PHASE_MAIL,
        SMTP_PHASE_RCPT,
        SMTP_PHASE_DATA,        /* the command, and the text while some of it was still ours */
        SMTP_PHASE_WHOLE        /* the whole text was handed over */
};

struct attempt_end {
        int curl;               /* CURLcode */
        int reply;              /* code of the server's last reply before any QUIT; 0: none */
        enum smtp_phase phase;
        bool reused;            /* the connection had carried a message before */
};

struct verdict {
        enum app_verdict verdict;
        enum backoff_kind backoff;      /* for RETRY and AMBIGUOUS */
};

/* Purpose: classify. Pure. A refusal counts as the server's verdict only with the CURLcodes that stand for one,
 * libcurl's for the session and those of dialogue.c after it; with any other the reply is an old one. A 5xx is final
 * only when it answers RCPT, DATA or the text: before that no recipient was named, and the trouble is the relay's or
 * our configuration's. A connection that was used again and found closed at MAIL never carried the message, which is
 * untried: it goes over another. Source: RFC 5321 3.8, by which a relay may close one that is idle. */
struct verdict verdict_of(struct attempt_end end);

#endif
