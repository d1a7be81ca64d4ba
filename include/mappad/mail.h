/*
 * mail - the room that delivers: messages of the outbox go to a relay by SMTP.
 *
 * libcurl's multi interface on the event loop. It asks the outbox for messages
 * that are due, sends each to its one recipient, and reports what became of it.
 * It remembers nothing that matters: killed at any instant, the outbox is as it
 * was, and a message that was on its way goes again with the same Message-ID.
 */
#ifndef MAPPAD_MAIL_H
#define MAPPAD_MAIL_H

#include "mappad/app_alert.h"

#define MAIL_CONNECTIONS_MAX 16
#define MAIL_PROBLEM_SIZE 512
#define MAIL_IDLE INT64_MAX             /* nothing to wake for */

struct event_base;      /* libevent's */
struct mail;

enum mail_tls {
        MAIL_TLS_REQUIRED,              /* encrypted, certificate and name verified, or nothing is sent */
        MAIL_TLS_NONE                   /* plain, to this machine alone: any other host is refused */
};

/* What became of one attempt, for the log of whoever opened the room. */
struct mail_attempt {
        const struct app_report *report;        /* answer is printable ASCII */
        const char *recipient, *message_id;
        uint32_t attempts;                      /* this one included */
};

/* Shape: texts are copied by mail_open. NULL and "" mean the same. */
struct mail_options {
        const char *url;                /* smtp://host[:port] or smtps://host[:port], nothing else in it */
        const char *from;               /* a mailbox; sender of the envelope and of the header */
        const char *from_name;          /* display name, UTF-8; NULL: none */
        const char *ehlo;               /* domain we greet with; NULL: that of from */
        enum mail_tls tls;
        const char *ca_file;            /* the only authorities trusted; NULL: the system's */
        const char *user;               /* NULL: no login */
        const char *password_credential;        /* a file in credentials_directory */
        const char *credentials_directory;      /* systemd's $CREDENTIALS_DIRECTORY */
        const char *const *allow_domains; size_t allow_domain_count;
        uint32_t connections;           /* 1 .. MAIL_CONNECTIONS_MAX at once */
        uint32_t connect_timeout_ms;    /* 0: 15 s */
        uint32_t timeout_ms;            /* of a whole attempt; 0: 120 s */
        uint64_t seed;                  /* of the jitter of retries */
        void (*tell)(void *context, const struct mail_attempt *attempt);        /* NULL: nobody listens */
        void *tell_context;
};

/* Where messages come from and verdicts go: the app's outbox, or a test's. The functions keep what
 * app_outbox_due, app_outbox_letter and app_outbox_report promise. */
struct mail_outbox {
        void *context;
        enum status (*due)(void *context, struct moment moment, struct app_outbox_place after, app_message_fn sink,
                           void *sink_context);
        enum status (*letter)(void *context, const struct app_message *message, app_message_fn sink,
                              void *sink_context);
        enum status (*report)(void *context, struct app_report report);
};

/* Purpose: the outbox of an app. */
struct mail_outbox mail_outbox_of(struct app *app);

/* What is wrong with one setting. */
struct mail_fault {
        const char *setting;            /* as the configuration calls it: "url", "from", "allow-domains", ... */
        size_t element;                 /* of allow-domains: which; else 0 */
        bool doubt;                     /* it could not be looked at here, and may be well */
        const char *sentence;
};
typedef void mail_fault_fn(void *context, const struct mail_fault *fault);
/* Purpose: whether options can work, as far as that shows without a connection: grammar of the URL and addresses, tls
 * "none" only to this machine, no password without TLS, a file of certificates, the credential in its directory. Each
 * fault is told, by setting; what is but a doubt leaves the answer true. Owns: the sentence is gone after the call. */
bool mail_examine(const struct mail_options *options, mail_fault_fn *tell, void *context);
/* Purpose: the same with the first fault alone. Errors: false with a sentence in ret_problem. */
bool mail_check(const struct mail_options *options, char ret_problem[static MAIL_PROBLEM_SIZE]);

/* Purpose: open the room. No connection is made before there is a message. The password is read here, kept in one
 * buffer and wiped by mail_close. Shape: base and the outbox outlive the room.
 * Errors: STATUS_INVALID with a sentence in ret_problem; STATUS_NO_MEMORY. */
MUST_CHECK enum status mail_open(const struct mail_options *options, struct event_base *base, struct mail_outbox outbox,
                                 struct mail **ret_mail, char ret_problem[static MAIL_PROBLEM_SIZE]);

/* Purpose: the first half of a turn, before app_flush makes the reports durable: report what ended, and choose what
 * is sent next, which is reported as under way. Both are done for many messages at a time, so that a commit serves
 * many; a report is held back for 50 ms at most.
 * Errors: none; what could not be asked or reported is tried again at mail_next_wake.
 * Cost: one question to the outbox when fewer messages are chosen than there are connections. */
void mail_kick(struct mail *mail, struct moment moment);
/* Purpose: the second half, after app_flush: start what was chosen while there are free connections. Messages that
 * failed before never take the last free connection nor more than half of what is chosen, and a recipient has one
 * message under way at most: so no mailbox delays another. */
void mail_go(struct mail *mail);

/* Purpose: when mail_kick wants to be called next though nothing happened, given when the outbox
 * has its next message (app_wake.outbox_ms); MAIL_IDLE: not at all. Never a past instant. */
int64_t mail_next_wake(struct mail *mail, struct moment moment, int64_t outbox_ms);

/* Purpose: how many messages are on their way. */
size_t mail_under_way(const struct mail *mail);

/* Purpose: cut what is under way and release everything, at once: nothing is waited for. Attempts that
 * ended are reported first; those cut are VERDICT_UNTRIED, so their messages stay due; one whose whole text may have
 * been taken is VERDICT_AMBIGUOUS, due at moment. NULL is nothing. */
void mail_close(struct mail *mail, struct moment moment);

#endif
