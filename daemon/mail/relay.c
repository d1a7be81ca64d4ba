/*
 * relay.c - the options of the room, checked before anything is connected.
 *
 * Without TLS mail goes to this machine or nowhere: that is checked here by
 * name, and again at each connection by address. The password is read once into
 * one buffer that is wiped; the copies libcurl makes for each transfer are
 * freed by it, which is why the service allows no core files.
 */
#include "relay.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "mappad/mailbox.h"

#define CONNECT_TIMEOUT_MS 15000
#define TIMEOUT_MS 120000 /* a relay that scans may take a minute over the end of the text */
#define PATH_SIZE 4096

static bool given(const char *text)
{
        return text != NULL && text[0] != '\0';
}

__attribute__((format(printf, 2, 3))) static bool refuse(char problem[static MAIL_PROBLEM_SIZE], const char *format,
                                                         ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(problem, MAIL_PROBLEM_SIZE, format, arguments);
        va_end(arguments);
        return false;
}

/* An IPv6 address in brackets, an IPv4 address, or a domain. libcurl would accept far more. */
static bool host_fits(const char *host)
{
        size_t length = strlen(host);

        if (length > 2 && host[0] == '[' && host[length - 1] == ']')
                return strspn(host + 1, "0123456789abcdefABCDEF:.") == length - 2;
        return mailbox_domain_valid(host) || (length > 0 && length < 16 && strspn(host, "0123456789.") == length);
}

static bool is_loopback(const char *host)
{
        return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
               (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

/* Whether a part of the URL is there that has no business in it. */
static bool has_more(CURLU *parts)
{
        static const CURLUPart others[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY,
                                           CURLUPART_FRAGMENT};
        char *text = NULL;
        bool more;

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                if (curl_url_get(parts, others[i], &text, 0) == CURLUE_OK) {
                        curl_free(text);
                        return true;
                }
        }
        if (curl_url_get(parts, CURLUPART_PATH, &text, 0) != CURLUE_OK)
                return false;
        more = text[0] != '\0' && strcmp(text, "/") != 0;
        curl_free(text);
        return more;
}

static bool put_url(CURLU *parts, const char *ehlo, char ret_url[static RELAY_URL_SIZE], bool *ret_loopback)
{
        char *scheme = NULL, *host = NULL, *port = NULL;
        bool fits = false;

        if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
            curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
                goto out;
        if (curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK)
                goto out;
        if ((strcmp(scheme, "smtp") != 0 && strcmp(scheme, "smtps") != 0) || !host_fits(host))
                goto out;
        fits = snprintf(ret_url, RELAY_URL_SIZE, "%s://%s:%s/%s", scheme, host, port, ehlo) < RELAY_URL_SIZE;
        *ret_loopback = is_loopback(host);
out:
        curl_free(scheme);
        curl_free(host);
        curl_free(port);
        return fits;
}

bool relay_url(const char *url, const char *ehlo, char ret_url[static RELAY_URL_SIZE], bool *ret_loopback,
               char ret_problem[static MAIL_PROBLEM_SIZE])
{
        CURLU *parts;
        bool fine;

        if (!given(url))
                return refuse(ret_problem, "the mail setting \"%s\" is missing", "url");
        if (strncasecmp(url, "smtp://", 7) != 0 && strncasecmp(url, "smtps://", 8) != 0)
                return refuse(ret_problem, "\"%s\" is no mail relay: write smtp://host:port or smtps://host:port", url);
        parts = curl_url();
        if (parts == NULL)
                return refuse(ret_problem, "%s", "no memory");
        fine = curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK && !has_more(parts) &&
               put_url(parts, ehlo, ret_url, ret_loopback);
        curl_url_cleanup(parts);
        if (!fine)
                return refuse(ret_problem, "\"%s\" is no mail relay: a host and a port are all it may name", url);
        return true;
}

static const char *ehlo_name(const struct mail_options *options)
{
        return given(options->ehlo) ? options->ehlo : mailbox_domain(options->from);
}

static bool check_addresses(const struct mail_options *options, char ret_problem[static MAIL_PROBLEM_SIZE])
{
        if (!given(options->from))
                return refuse(ret_problem, "the mail setting \"%s\" is missing", "from");
        if (!mailbox_valid(options->from))
                return refuse(ret_problem, "\"%s\" is no mailbox: %s", options->from,
                              mailbox_problem_sentence(mailbox_examine(options->from, strlen(options->from))));
        if (!mailbox_domain_valid(ehlo_name(options)))
                return refuse(ret_problem, "\"%s\" is no domain to greet a relay with", ehlo_name(options));
        if (options->allow_domain_count == 0)
                return refuse(ret_problem, "\"%s\" names no domain: nobody could be written to", "allow-domains");
        for (size_t i = 0; i < options->allow_domain_count; i++)
                if (!mailbox_domain_valid(options->allow_domains[i]))
                        return refuse(ret_problem, "\"%s\" is no domain", options->allow_domains[i]);
        return true;
}

static bool check_login(const struct mail_options *options, char ret_problem[static MAIL_PROBLEM_SIZE])
{
        const char *name = options->password_credential;

        if (given(options->user) != given(name))
                return refuse(ret_problem, "\"%s\" go together or not at all", "user and password-credential");
        if (!given(name))
                return true;
        if (options->tls == MAIL_TLS_NONE)
                return refuse(ret_problem, "a password is never sent without TLS, and tls is \"%s\"", "none");
        if (strchr(name, '/') != NULL || name[0] == '.')
                return refuse(ret_problem, "\"%s\" is no name of a credential", name);
        for (const char *c = options->user; *c != '\0'; c++)
                if ((unsigned char)*c < ' ' || *c == 0x7f)
                        return refuse(ret_problem, "\"%s\" holds a control byte", "user");
        return true;
}

bool mail_check(const struct mail_options *options, char ret_problem[static MAIL_PROBLEM_SIZE])
{
        char url[RELAY_URL_SIZE];
        bool loopback = false;

        if (!check_addresses(options, ret_problem) ||
            !relay_url(options->url, ehlo_name(options), url, &loopback, ret_problem))
                return false;
        if (options->tls == MAIL_TLS_NONE && !loopback)
                return refuse(ret_problem, "tls \"none\" is for a relay on this machine, and \"%s\" is another",
                              options->url);
        if (options->connections < 1 || options->connections > MAIL_CONNECTIONS_MAX)
                return refuse(ret_problem, "\"%s\" must be 1 to 16", "connections");
        if (given(options->ca_file) && access(options->ca_file, R_OK) != 0)
                return refuse(ret_problem, "the ca-file \"%s\" cannot be read", options->ca_file);
        return check_login(options, ret_problem);
}

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

static enum status read_secret(struct relay *relay, const struct mail_options *options,
                               char ret_problem[static MAIL_PROBLEM_SIZE])
{
        char path[PATH_SIZE];
        ssize_t got = -1;
        int fd;

        if (!given(options->password_credential))
                return STATUS_OK;
        if (!given(options->credentials_directory)) {
                refuse(ret_problem, "there are no credentials: the service manager must load \"%s\"",
                       options->password_credential);
                return STATUS_INVALID;
        }
        if (snprintf(path, sizeof(path), "%s/%s", options->credentials_directory, options->password_credential) >=
            (int)sizeof(path)) {
                refuse(ret_problem, "the name of the credential \"%s\" is too long", options->password_credential);
                return STATUS_INVALID;
        }
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd >= 0) {
                got = read(fd, relay->secret, sizeof(relay->secret));
                close(fd);
        }
        if (got >= 0 && take_secret(relay, got))
                return STATUS_OK;
        refuse(ret_problem, "the credential \"%s\" %s%s", options->password_credential,
               got < 0 ? "cannot be read: " : "must hold one line of 1 to 511 bytes", got < 0 ? strerror(errno) : "");
        return STATUS_INVALID;
}

static char *copy(const char *text, bool *fine)
{
        char *copied = given(text) ? strdup(text) : NULL;

        *fine = *fine && (!given(text) || copied != NULL);
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
        if (!relay_url(options->url, ehlo_name(options), relay->url, &loopback, ret_problem))
                return STATUS_INVALID;
        if (!copy_options(relay, options))
                return STATUS_NO_MEMORY;
        return read_secret(relay, options, ret_problem);
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
