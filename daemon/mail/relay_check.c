/*
 * relay_check.c - whether the options of the room can work, as far as that shows without a connection.
 *
 * Every fault is told with the setting that it is about. Without TLS mail goes to
 * this machine or nowhere: that is checked here by name, and again at each
 * connection by address.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "mappad/mailbox.h"
#include "relay.h"

bool relay_given(const char *text)
{
        return text != NULL && text[0] != '\0';
}

bool relay_refuse(char problem[static MAIL_PROBLEM_SIZE], const char *format, ...)
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

/* libcurl takes it, and nobody listens there. */
static bool has_port_zero(CURLU *parts)
{
        char *port = NULL;
        bool zero;

        if (curl_url_get(parts, CURLUPART_PORT, &port, 0) != CURLUE_OK)
                return false;
        zero = strtoul(port, NULL, 10) == 0;
        curl_free(port);
        return zero;
}

bool relay_url(const char *url, const char *ehlo, char ret_url[static RELAY_URL_SIZE], bool *ret_loopback,
               char ret_problem[static MAIL_PROBLEM_SIZE])
{
        CURLUcode code;
        CURLU *parts;
        bool fine;

        if (!relay_given(url))
                return relay_refuse(ret_problem, "the mail setting \"%s\" is missing", "url");
        if (strncasecmp(url, "smtp://", 7) != 0 && strncasecmp(url, "smtps://", 8) != 0)
                return relay_refuse(ret_problem, "\"%s\" is no mail relay: write smtp://host:port or smtps://host:port",
                                    url);
        parts = curl_url();
        if (parts == NULL)
                return relay_refuse(ret_problem, "%s", "no memory");
        code = curl_url_set(parts, CURLUPART_URL, url, 0);
        fine = code == CURLUE_OK && !has_more(parts) && put_url(parts, ehlo, ret_url, ret_loopback);
        if (code == CURLUE_OK && has_port_zero(parts))
                code = CURLUE_BAD_PORT_NUMBER;
        curl_url_cleanup(parts);
        if (code == CURLUE_BAD_PORT_NUMBER)
                return relay_refuse(ret_problem, "\"%s\" has no port of a relay: it is a number from 1 to 65535", url);
        if (!fine)
                return relay_refuse(ret_problem, "\"%s\" is no mail relay: a host and a port are all it may name", url);
        return true;
}

const char *relay_ehlo(const struct mail_options *options)
{
        return relay_given(options->ehlo) ? options->ehlo : mailbox_domain(options->from);
}

struct examination {
        mail_fault_fn *tell;
        void *context;
        bool fine;
};

__attribute__((format(printf, 4, 5))) static void find(struct examination *examination, const char *setting,
                                                       size_t element, const char *format, ...)
{
        char sentence[MAIL_PROBLEM_SIZE];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(sentence, sizeof(sentence), format, arguments);
        va_end(arguments);
        examination->fine = false;
        examination->tell(examination->context, &(struct mail_fault){setting, element, false, sentence});
}

static void check_from(const struct mail_options *options, struct examination *examination)
{
        if (!relay_given(options->from))
                find(examination, "from", 0, "the mail setting \"%s\" is missing", "from");
        else if (!mailbox_valid(options->from))
                find(examination, "from", 0, "\"%s\" is no mailbox: %s", options->from,
                     mailbox_problem_sentence(mailbox_examine(options->from, strlen(options->from))));
        else if (!mailbox_domain_valid(relay_ehlo(options)))
                find(examination, "from", 0, "\"%s\" is no domain to greet a relay with", relay_ehlo(options));
}

static void check_domains(const struct mail_options *options, struct examination *examination)
{
        if (options->allow_domain_count == 0)
                find(examination, "allow-domains", 0, "\"%s\" names no domain: nobody could be written to",
                     "allow-domains");
        for (size_t i = 0; i < options->allow_domain_count; i++)
                if (!mailbox_domain_valid(options->allow_domains[i]))
                        find(examination, "allow-domains", i, "\"%s\" is no domain: write it as in \"police.uk\"",
                             options->allow_domains[i]);
}

static void check_url(const struct mail_options *options, struct examination *examination)
{
        char url[RELAY_URL_SIZE], problem[MAIL_PROBLEM_SIZE];
        const char *ehlo = mailbox_valid(options->from) ? relay_ehlo(options) : "localhost";
        bool loopback = false;

        if (!relay_url(options->url, ehlo, url, &loopback, problem))
                find(examination, "url", 0, "%s", problem);
        else if (options->tls == MAIL_TLS_NONE && !loopback)
                find(examination, "tls", 0, "tls \"none\" is for a relay on this machine, and \"%s\" is another",
                     options->url);
}

#define BEGIN "-----BEGIN "
#define END "-----END "
#define CERTIFICATE "CERTIFICATE-----"

/* Whether there is one certificate at least from its first line to its last. What is in it is for libcurl's TLS. */
static bool holds_certificate(FILE *stream)
{
        char *line = NULL;
        size_t size = 0;
        bool begun = false, ended = false;

        while (!ended && getline(&line, &size, stream) > 0) {
                bool certificate = strstr(line, CERTIFICATE) != NULL;

                ended = begun && certificate && strncmp(line, END, sizeof(END) - 1) == 0;
                if (strncmp(line, BEGIN, sizeof(BEGIN) - 1) == 0)
                        begun = certificate;
        }
        free(line);
        return ended;
}

static void check_authorities(const struct mail_options *options, struct examination *examination)
{
        FILE *stream = NULL;
        struct stat facts;

        if (!relay_given(options->ca_file))
                return;
        if (stat(options->ca_file, &facts) == 0 && !S_ISREG(facts.st_mode)) {
                find(examination, "ca-file", 0, "the ca-file \"%s\" is no regular file: it is one file of certificates",
                     options->ca_file);
                return;
        }
        stream = fopen(options->ca_file, "re");
        if (stream == NULL)
                find(examination, "ca-file", 0, "the ca-file \"%s\" cannot be read: %s", options->ca_file,
                     strerror(errno));
        else if (!holds_certificate(stream))
                find(examination, "ca-file", 0,
                     "the ca-file \"%s\" holds no certificate in PEM form, \"-----BEGIN CERTIFICATE-----\" and what "
                     "follows",
                     options->ca_file);
        if (stream != NULL)
                fclose(stream);
}

/* A credential is there for the service alone: whoever checks a file by hand has none to look at. */
static void check_credential(const struct mail_options *options, struct examination *examination)
{
        char problem[MAIL_PROBLEM_SIZE], sentence[MAIL_PROBLEM_SIZE];
        struct relay relay = {.from = NULL};

        if (!relay_given(options->credentials_directory)) {
                snprintf(sentence, sizeof(sentence),
                         "the credential \"%s\" is not looked at: CREDENTIALS_DIRECTORY is not set, which the service "
                         "manager does",
                         options->password_credential);
                examination->tell(examination->context, &(struct mail_fault){"password-credential", 0, true, sentence});
                return;
        }
        if (relay_read_secret(&relay, options, problem) != STATUS_OK)
                find(examination, "password-credential", 0, "%s", problem);
        explicit_bzero(relay.secret, sizeof(relay.secret));
}

static void check_login(const struct mail_options *options, struct examination *examination)
{
        const char *name = options->password_credential;
        bool named = relay_given(name);

        if (relay_given(options->user) != named)
                find(examination, named ? "password-credential" : "user", 0, "\"%s\" go together or not at all",
                     "user and password-credential");
        for (const char *c = options->user; c != NULL && *c != '\0'; c++)
                if ((unsigned char)*c < ' ' || *c == 0x7f) {
                        find(examination, "user", 0, "\"%s\" holds a control byte", "user");
                        break;
                }
        if (!named)
                return;
        if (options->tls == MAIL_TLS_NONE)
                find(examination, "tls", 0, "a password is never sent without TLS, and tls is \"%s\"", "none");
        if (strchr(name, '/') != NULL || name[0] == '.')
                find(examination, "password-credential", 0, "\"%s\" is no name of a credential", name);
        else
                check_credential(options, examination);
}

bool mail_examine(const struct mail_options *options, mail_fault_fn *tell, void *context)
{
        struct examination examination = {tell, context, true};

        check_from(options, &examination);
        check_domains(options, &examination);
        check_url(options, &examination);
        if (options->connections < 1 || options->connections > MAIL_CONNECTIONS_MAX)
                find(&examination, "connections", 0, "\"%s\" must be 1 to 16", "connections");
        check_authorities(options, &examination);
        check_login(options, &examination);
        return examination.fine;
}

static void take_first(void *context, const struct mail_fault *fault)
{
        char *problem = context;

        if (problem[0] == '\0' && !fault->doubt)
                snprintf(problem, MAIL_PROBLEM_SIZE, "%s", fault->sentence);
}

bool mail_check(const struct mail_options *options, char ret_problem[static MAIL_PROBLEM_SIZE])
{
        ret_problem[0] = '\0';
        return mail_examine(options, take_first, ret_problem);
}
