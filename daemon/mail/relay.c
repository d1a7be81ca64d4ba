/*
 * relay.c - the options of the room, kept once they are checked (relay_check.c).
 *
 * The password is read once into one buffer that is wiped; the copies libcurl
 * makes for each transfer are freed by it, which is why the service allows no
 * core files.
 */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 15000
#define TIMEOUT_MS 120000 /* a relay that scans may take a minute over the end of the text */
#define PATH_SIZE 4096

/* What the credential holds, without the line break that editors leave at its end. */
static bool take_secret(struct relay *relay, ssize_t length)
{
        if (length == (ssize_t)sizeof(relay->secret))
                return false;
        if (length > 0 && relay->secret[length - 1] == '\n')
                length--;
        if (length > 0 && relay->secret[length - 1] == '\r')
                length--;
        if (length <= 0 || length > RELAY_SECRET_MAX)
                return false;
        relay->secret[length] = '\0';
        for (ssize_t i = 0; i < length; i++)
                if ((unsigned char)relay->secret[i] < ' ')
                        return false;
        return true;
}

enum status relay_read_secret(struct relay *relay, const struct mail_options *options,
                              char ret_problem[static MAIL_PROBLEM_SIZE])
{
        char path[PATH_SIZE];
        ssize_t got = -1;
        int fd;

        if (!relay_given(options->password_credential))
                return STATUS_OK;
        if (!relay_given(options->credentials_directory)) {
                relay_refuse(ret_problem, "there are no credentials: the service manager must load \"%s\"",
                             options->password_credential);
                return STATUS_INVALID;
        }
        if (snprintf(path, sizeof(path), "%s/%s", options->credentials_directory, options->password_credential) >=
            (int)sizeof(path)) {
                relay_refuse(ret_problem, "the name of the credential \"%s\" is too long",
                             options->password_credential);
                return STATUS_INVALID;
        }
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd >= 0) {
                got = read(fd, relay->secret, sizeof(relay->secret));
                close(fd);
        }
        if (got >= 0 && take_secret(relay, got))
                return STATUS_OK;
        relay_refuse(ret_problem, "the credential \"%s\" %s%s", options->password_credential,
                     got < 0 ? "cannot be read: " : "must hold one line of 1 to 511 bytes",
                     got < 0 ? strerror(errno) : "");
        return STATUS_INVALID;
}

static char *copy(const char *text, bool *fine)
{
        char *copied = relay_given(text) ? strdup(text) : NULL;

        *fine = *fine && (!relay_given(text) || copied != NULL);
        return copied;
}

static bool copy_options(struct relay *relay, const struct mail_options *options)
{
        bool fine = true;

        relay->plain = options->tls == MAIL_TLS_NONE;
        relay->connections = options->connections;
        relay->connect_timeout_ms = options->connect_timeout_ms == 0 ? CONNECT_TIMEOUT_MS : options->connect_timeout_ms;
        relay->timeout_ms = options->timeout_ms == 0 ? TIMEOUT_MS : options->timeout_ms;
        relay->seed = options->seed;
        relay->from = copy(options->from, &fine);
        relay->from_name = copy(options->from_name, &fine);
        relay->ca_file = copy(options->ca_file, &fine);
        relay->user = copy(options->user, &fine);
        relay->allow_domains = calloc(options->allow_domain_count, sizeof(*relay->allow_domains));
        if (relay->allow_domains == NULL)
                return false;
        for (size_t i = 0; i < options->allow_domain_count; i++)
                relay->allow_domains[relay->allow_domain_count++] = copy(options->allow_domains[i], &fine);
        return fine;
}

enum status relay_init(struct relay *relay, const struct mail_options *options,
                       char ret_problem[static MAIL_PROBLEM_SIZE])
{
        bool loopback;

        *relay = (struct relay){.from = NULL};
        if (!mail_check(options, ret_problem))
                return STATUS_INVALID;
        if (!relay_url(options->url, relay_ehlo(options), relay->url, &loopback, ret_problem))
                return STATUS_INVALID;
        if (!copy_options(relay, options))
                return STATUS_NO_MEMORY;
        return relay_read_secret(relay, options, ret_problem);
}

void relay_fini(struct relay *relay)
{
        explicit_bzero(relay->secret, sizeof(relay->secret));
        for (size_t i = 0; i < relay->allow_domain_count; i++)
                free(relay->allow_domains[i]);
        free(relay->allow_domains);
        free(relay->from);
        free(relay->from_name);
        free(relay->ca_file);
        free(relay->user);
        *relay = (struct relay){.from = NULL};
}
