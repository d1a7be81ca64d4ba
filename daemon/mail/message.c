/*
 * message.c - composing messages: RFC 5322 and MIME.
 *
 * Bodies that are short lines of ASCII go as they are; everything else is
 * quoted-printable, so that no relay has a reason to rewrite a message. Each
 * message says that a machine sent it, lest holiday answers come back.
 */
#include "message.h"

#include <stdio.h>
#include <string.h>

#include "header.h"
#include "mappad/civil.h"

#define SECOND_MS 1000
#define DAY_S 86400
#define PLAIN_COLUMNS 78  /* RFC 5322 2.1.1: lines should be no longer */
#define QUOTED_COLUMNS 76 /* RFC 2045 6.7 */
/* "=_" never occurs in quoted-printable text, so no body can hold a boundary (RFC 2045 6.7). Neither begins with the
 * other. */
#define WHOLE_BOUNDARY "=_mappad_whole"
#define PART_BOUNDARY "=_mappad_part"
#define CALENDAR_TYPE "text/calendar; method=PUBLISH; name=\"dates.ics\""

static bool is_id_byte(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c != '\0' && strchr(".-_+=", c) != NULL);
}

bool message_id_valid(const char *text)
{
        size_t length = text == NULL ? 0 : strnlen(text, MESSAGE_ID_MAX + 1);
        size_t ats = 0;

        if (length < 3 || length > MESSAGE_ID_MAX || text[0] == '@' || text[length - 1] == '@')
                return false;
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '@')
                        ats++;
                else if (!is_id_byte(text[i]))
                        return false;
        }
        return ats == 1;
}

static void put_date(struct octets *octets, int64_t ms)
{
        static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        int64_t seconds = ms / SECOND_MS - (ms % SECOND_MS < 0);
        int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
        int of_day = (int)(seconds - days * DAY_S);
        int32_t day = civil_add_days(0, days);
        struct civil date = civil_to_date(day);
        char text[64];

        snprintf(text, sizeof(text), "Date: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", weekdays[civil_weekday(day)],
                 date.day, months[date.month - 1], date.year, of_day / 3600, of_day / 60 % 60, of_day % 60);
        octets_text(octets, text);
}

/* The high bit of each of eight bytes that is no printable ASCII; a borrow or a carry comes only from such a byte. */
static uint64_t odd_bytes(const char *eight)
{
        const uint64_t ones = UINT64_C(0x0101010101010101);
        uint64_t bytes;

        memcpy(&bytes, eight, sizeof(bytes));
        return (bytes | (bytes - ones * ' ') | (bytes + ones)) & (ones << 7);
}

/* How many bytes at text, most at the most, are ASCII without controls. */
static size_t ascii_run(const char *text, size_t most)
{
        size_t length = 0;

        while (most - length >= sizeof(uint64_t) && odd_bytes(text + length) == 0)
                length += sizeof(uint64_t);
        while (length < most && text[length] >= ' ' && text[length] <= '~')
                length++;
        return length;
}

/* The bytes of a text up to its next line break, or its end. */
static size_t line_length(const char *text, const char *end)
{
        const char *found = memchr(text, '\n', (size_t)(end - text));

        return (size_t)((found == NULL ? end : found) - text);
}

/* Whether a body may go as it is: ASCII without controls, short lines, nothing a relay would touch. */
static bool is_plain(const char *body, const char *end)
{
        while (body < end) {
                size_t length = line_length(body, end);
                bool broken = body + length < end;

                if (length > PLAIN_COLUMNS || ascii_run(body, length) < length ||
                    (broken && length > 0 && body[length - 1] == ' '))
                        return false;
                body += length + broken;
        }
        return true;
}

static void put_plain(struct octets *octets, const char *body, const char *end)
{
        while (body < end) {
                size_t length = line_length(body, end);

                octets_add(octets, body, length);
                octets_add(octets, "\r\n", 2);
                body += length + (body + length < end);
        }
}

/* How many bytes at text, most at the most, are written as they are: none of the controls, and no space that ends a
 * line. */
static size_t unquoted(const char *text, const char *end, size_t most)
{
        size_t length = ascii_run(text, most < (size_t)(end - text) ? most : (size_t)(end - text));
        const char *equals = memchr(text, '=', length);

        if (equals != NULL)
                length = (size_t)(equals - text);
        if (length > 0 && text[length - 1] == ' ' && (text + length == end || text[length] == '\n'))
                length--;
        return length;
}

/* CR alone has no business in a body of ours and is encoded like any other control. */
static void put_quoted(struct octets *octets, const char *body, const char *end)
{
        static const char digits[] = "0123456789ABCDEF";
        size_t column = 0;

        while (body < end) {
                const unsigned char c = (unsigned char)*body;
                const char code[] = {'=', digits[c >> 4], digits[c & 15]};
                const size_t run = unquoted(body, end, QUOTED_COLUMNS - 1 - column);

                if (c == '\n') {
                        octets_add(octets, "\r\n", 2);
                        column = 0;
                        body++;
                } else if (run > 0) {
                        octets_add(octets, body, run);
                        column += run;
                        body += run;
                } else if (column + sizeof(code) > QUOTED_COLUMNS - 1 || unquoted(body, end, 1) > 0) {
                        octets_add(octets, "=\r\n", 3);
                        column = 0;
                } else {
                        octets_add(octets, code, sizeof(code));
                        column += sizeof(code);
                        body++;
                }
        }
        if (column > 0)
                octets_text(octets, "\r\n");
}

/* One body with the headers that describe it. Within alternatives everything is quoted-printable, for the boundary. */
static void put_body(struct octets *octets, const char *type, const char *body, bool quoted)
{
        const char *end = body + strlen(body);
        bool plain = !quoted && is_plain(body, end);

        if (strcmp(type, CALENDAR_TYPE) == 0)
                octets_text(octets, "Content-Disposition: attachment; filename=\"dates.ics\"\r\n");

        octets_text(octets, "Content-Type: ");
        octets_text(octets, type);
        octets_text(octets, "; charset=utf-8\r\nContent-Transfer-Encoding: ");
        octets_text(octets, plain ? "7bit\r\n\r\n" : "quoted-printable\r\n\r\n");
        if (plain)
                put_plain(octets, body, end);
        else
                put_quoted(octets, body, end);
}

static void put_part(struct octets *octets, const char *boundary, const char *type, const char *body)
{
        octets_text(octets, "--");
        octets_text(octets, boundary);
        octets_text(octets, "\r\n");
        put_body(octets, type, body, true);
        /* The line break before a boundary is the boundary's; the body keeps its own. */
        octets_text(octets, "\r\n");
}

/* Text, and HTML that says the same. */
static void put_words(struct octets *octets, const struct app_message *message, bool inside)
{
        if (message->html == NULL && !inside) {
                put_body(octets, "text/plain", message->text, false);
                return;
        }
        octets_text(octets, "Content-Type: multipart/alternative; boundary=\"" PART_BOUNDARY "\"\r\n\r\n");
        put_part(octets, PART_BOUNDARY, "text/plain", message->text);
        if (message->html != NULL)
                put_part(octets, PART_BOUNDARY, "text/html", message->html);
        octets_text(octets, "--" PART_BOUNDARY "--\r\n");
}

void message_write(const struct app_message *message, struct message_sender sender, struct octets *ret_octets)
{
        put_date(ret_octets, message->created_ms);
        header_mailbox(ret_octets, "From", sender.display, sender.mailbox);
        header_mailbox(ret_octets, "To", NULL, message->recipient);
        octets_text(ret_octets, "Message-ID: <");
        octets_text(ret_octets, message->message_id);
        octets_text(ret_octets, ">\r\n");
        header_text(ret_octets, "Subject", message->subject);
        octets_text(ret_octets,
                    "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n");
        if (message->calendar == NULL) {
                put_words(ret_octets, message, false);
                return;
        }
        /* The calendar stands beside the words, not among the alternatives: a program that takes the last of them that
         * it knows would show the dates in place of the message. */
        octets_text(ret_octets, "Content-Type: multipart/mixed; boundary=\"" WHOLE_BOUNDARY "\"\r\n\r\n"
                                "--" WHOLE_BOUNDARY "\r\n");
        put_words(ret_octets, message, true);
        octets_text(ret_octets, "\r\n");
        put_part(ret_octets, WHOLE_BOUNDARY, CALENDAR_TYPE, message->calendar);
        octets_text(ret_octets, "--" WHOLE_BOUNDARY "--\r\n");
}
