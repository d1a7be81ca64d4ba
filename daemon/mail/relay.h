/*
 * relay - where mail goes, checked and in the form that libcurl wants. Private to daemon/mail.
 */
#ifndef MAIL_RELAY_H
#define MAIL_RELAY_H

#include "mappad/mail.h"

#define RELAY_URL_SIZE 640              /* scheme, host of 253, port, EHLO name of 189 */
#define RELAY_SECRET_MAX 511
#define RELAY_SECRET_SIZE (RELAY_SECRET_MAX + 3) /* with the end of its line, and a byte that would be too much */

/* The options, owned. */
struct relay {
        char url[RELAY_URL_SIZE];       /* with the EHLO name as its path */
        bool plain;                     /* no TLS: to loopback addresses alone */
        char *from, *from_name;         /* from_name NULL without */
        char *ca_file;                  /* NULL: the system's */
        char *user;                     /* NULL: no login */
        char secret[RELAY_SECRET_SIZE];
        char **allow_domains; size_t allow_domain_count;
        uint32_t connections, connect_timeout_ms, timeout_ms;
        uint64_t seed;
};

/* Purpose: check options and copy them; read the password.
 * Owns: relay_fini releases and wipes it, also after a failure. Errors: STATUS_INVALID with a sentence;
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status relay_init(struct relay *relay, const struct mail_options *options,
                                  char ret_problem[static MAIL_PROBLEM_SIZE]);
void relay_fini(struct relay *relay);

/* Purpose: write the URL for libcurl, or say what is wrong. *ret_loopback: the host is this machine by name or
 * address. */
bool relay_url(const char *url, const char *ehlo, char ret_url[static RELAY_URL_SIZE], bool *ret_loopback,
               char ret_problem[static MAIL_PROBLEM_SIZE]);

/* Purpose: read the password, if there is one, into relay->secret. Owns: the caller wipes it.
 * Errors: STATUS_INVALID with a sentence. */
MUST_CHECK enum status relay_read_secret(struct relay *relay, const struct mail_options *options,
                                         char ret_problem[static MAIL_PROBLEM_SIZE]);

/* Purpose: whether an optional text is there. */
bool relay_given(const char *text);
/* Purpose: the domain that a relay is greeted with. */
const char *relay_ehlo(const struct mail_options *options);
/* Purpose: write a sentence about a problem; false, for whoever returns at once. */
__attribute__((format(printf, 2, 3)))
bool relay_refuse(char problem[static MAIL_PROBLEM_SIZE], const char *format, ...);

#endif
