/*
 * mailbox.c - the one grammar of mail addresses.
 *
 * Pure functions over bytes, no locale. It refuses far more than the standards
 * do: what remains can stand in an SMTP command, a header or a log line as it
 * is. libcurl checks none of this, so a byte let through here would reach the
 * mail server raw.
 */
#include "mappad/mailbox.h"

#include <string.h>
#include <strings.h>

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_atom_byte(char c)
{
        return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool local_part_fits(const char *text, size_t length)
{
        if (length == 0 || length > MAILBOX_LOCAL_MAX || text[0] == '.' || text[length - 1] == '.')
                return false;
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '.' && text[i - 1] == '.')
                        return false;
                if (text[i] != '.' && !is_atom_byte(text[i]))
                        return false;
        }
        return true;
}

static bool label_fits(const char *text, size_t length)
{
        if (length == 0 || length > LABEL_MAX || text[0] == '-' || text[length - 1] == '-')
                return false;
        for (size_t i = 0; i < length; i++)
                if (!is_alnum(text[i]) && text[i] != '-')
                        return false;
        return true;
}

static bool all_digits(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (!is_digit(text[i]))
                        return false;
        return true;
}

static bool domain_fits(const char *text, size_t length)
{
        size_t start = 0;

        if (length == 0 || length > MAILBOX_DOMAIN_MAX)
                return false;
        for (size_t i = 0; i <= length; i++) {
                if (i < length && text[i] != '.')
                        continue;
                if (!label_fits(text + start, i - start))
                        return false;
                if (i == length && all_digits(text + start, i - start))
                        return false;
                start = i + 1;
        }
        return true;
}

static enum mailbox_problem examine_bytes(const char *text, size_t length)
{
        bool foreign = false;

        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char)text[i];

                if (c <= ' ' || c == 0x7f)
                        return MAILBOX_CONTROL;
                if (c > 0x7f)
                        foreign = true;
        }
        return foreign ? MAILBOX_NOT_ASCII : MAILBOX_FINE;
}

enum mailbox_problem mailbox_examine(const char *text, size_t length)
{
        enum mailbox_problem problem;
        const char *at;

        if (length == 0)
                return MAILBOX_EMPTY;
        if (length > MAILBOX_MAX)
                return MAILBOX_TOO_LONG;
        problem = examine_bytes(text, length);
        if (problem != MAILBOX_FINE)
                return problem;
        at = memchr(text, '@', length);
        if (at == NULL)
                return MAILBOX_NO_AT;
        if (!local_part_fits(text, (size_t)(at - text)))
                return MAILBOX_LOCAL_PART;
        /* A second "@" is no byte of a domain and is found there. */
        if (!domain_fits(at + 1, length - (size_t)(at - text) - 1))
                return MAILBOX_DOMAIN;
        return MAILBOX_FINE;
}

bool mailbox_valid(const char *text)
{
        /* One byte beyond the bound is enough to see that a text is too long. */
        return text != NULL && mailbox_examine(text, strnlen(text, MAILBOX_MAX + 1)) == MAILBOX_FINE;
}

const char *mailbox_problem_sentence(enum mailbox_problem problem)
{
        switch (problem) {
        case MAILBOX_FINE:
                return "nothing is wrong with it";
        case MAILBOX_EMPTY:
                return "it is empty";
        case MAILBOX_TOO_LONG:
                return "it is longer than 254 bytes";
        case MAILBOX_NOT_ASCII:
                return "it holds a byte outside ASCII (write an international domain in its xn-- form)";
        case MAILBOX_CONTROL:
                return "it holds a control byte or a space";
        case MAILBOX_NO_AT:
                return "it has no @";
        case MAILBOX_LOCAL_PART:
                return "what stands before the @ is not 1 to 64 letters, digits and !#$%&'*+-/=?^_`{|}~ "
                       "with single dots between them";
        case MAILBOX_DOMAIN:
                return "what follows the @ is not a domain name";
        }
        return "it is no mailbox";
}

bool mailbox_domain_valid(const char *text)
{
        return text != NULL && domain_fits(text, strnlen(text, MAILBOX_DOMAIN_MAX + 1));
}

const char *mailbox_domain(const char *mailbox)
{
        const char *at = strchr(mailbox, '@');

        return at == NULL ? "" : at + 1;
}

/* A domain lies within another if it ends in it at the start of a label. */
static bool domain_within(const char *domain, const char *outer)
{
        size_t length = strlen(domain), outer_length = strlen(outer);

        if (outer_length == 0 || length < outer_length)
                return false;
        if (strcasecmp(domain + length - outer_length, outer) != 0)
                return false;
        return length == outer_length || domain[length - outer_length - 1] == '.';
}

bool mailbox_allowed(const char *mailbox, const char *const *domains, size_t count)
{
        const char *domain = mailbox_domain(mailbox);

        for (size_t i = 0; i < count; i++)
                if (domain_within(domain, domains[i]))
                        return true;
        return false;
}

bool mailbox_same(const char *one, const char *other)
{
        return strcasecmp(one, other) == 0;
}
