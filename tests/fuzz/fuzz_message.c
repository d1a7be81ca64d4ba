/*
 * fuzz_message - can any text get out of its place in a message?
 *
 * fuzz-layer: mail
 * Input: subject, display name, text, HTML, calendar and Message-ID, divided by NUL. The message that is made of
 * them must have exactly the headers that are meant, lines of ASCII that are short enough, and no boundary but its own; also
 * a relay's URL, a test of instants and of what a log shows, since they take bytes from outside too.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/mail/message.h"
#include "../../daemon/mail/relay.h"
#include "mappad/wire.h"

#define PARTS 6

static void must(bool right)
{
        if (!right)
                abort();
}

/* Headers, one a line once unfolded: each of ours once, and no other. */
static void check_headers(const char *bytes, size_t length)
{
        static const char *const names[] = {"Date: ", "From: ", "To: ", "Message-ID: ", "Subject: ", "Auto-Submitted: ",
                                            "X-Auto-Response-Suppress: ", "MIME-Version: ", "Content-Type: ", "Content-Transfer-Encoding: "};
        const char *end = memmem(bytes, length, "\r\n\r\n", 4);
        size_t next = 0;

        must(end != NULL);
        for (const char *line = bytes; line < end;) {
                const char *stop = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);

                must(stop != NULL && stop - line <= 998);
                for (const char *c = line; c < stop; c++)
                        must(*c >= ' ' && *c <= '~');
                if (line[0] != ' ') {
                        while (next < 10 && strncmp(line, names[next], strlen(names[next])) != 0)
                                next++;
                        must(next < 10);
                        next++;
                }
                line = stop + 2;
        }
}

static void check_lines(const char *bytes, size_t length)
{
        must(length >= 2 && memcmp(bytes + length - 2, "\r\n", 2) == 0);
        for (size_t i = 0; i < length; i++) {
                must(bytes[i] != '\n' || (i > 0 && bytes[i - 1] == '\r'));
                must(bytes[i] != '\r' || (i + 1 < length && bytes[i + 1] == '\n'));
                must((bytes[i] >= ' ' && bytes[i] <= '~') || bytes[i] == '\r' || bytes[i] == '\n');
        }
}

static size_t count_boundaries(const char *bytes, size_t length, const char *boundary)
{
        size_t count = 0;

        for (const char *at = bytes; (at = memmem(at, length - (size_t)(at - bytes), boundary, strlen(boundary))) != NULL; at++)
                count++;
        return count;
}

static void write_message(char *const parts[PARTS])
{
        struct app_message message = {.recipient = "a@x.police.uk", .message_id = message_id_valid(parts[5]) ? parts[5] : "1@x",
                                      .subject = parts[0], .text = parts[2], .html = parts[3][0] == '\0' ? NULL : parts[3],
                                      .calendar = parts[4][0] == '\0' ? NULL : parts[4], .created_ms = INT64_C(1679470200000)};
        struct octets octets = {.bytes = NULL}, again = {.bytes = NULL};

        message_write(&message, (struct message_sender){"u@x.police.uk", parts[1]}, &octets);
        message.attempts = 3;
        message_write(&message, (struct message_sender){"u@x.police.uk", parts[1]}, &again);
        must(!octets.failed && !again.failed && octets.used == again.used && memcmp(octets.bytes, again.bytes, octets.used) == 0);
        check_headers(octets.bytes, octets.used);
        check_lines(octets.bytes, octets.used);
        if (message.html != NULL || message.calendar != NULL)
                must(count_boundaries(octets.bytes, octets.used, "\r\n--=_mappad_part") == 2U + (message.html != NULL));
        if (message.calendar != NULL)
                must(count_boundaries(octets.bytes, octets.used, "\r\n--=_mappad_whole") == 3);
        octets_fini(&octets);
        octets_fini(&again);
}

/* Other texts from outside that end in a log, an answer or a connection. */
static void read_others(const char *text)
{
        char url[RELAY_URL_SIZE], problem[MAIL_PROBLEM_SIZE] = "", clean[64], instant[WIRE_INSTANT_SIZE];
        int64_t ms = 0, back = 0;
        bool loopback = false;

        if (relay_url(text, "ehlo.example", url, &loopback, problem))
                must(strncmp(url, "smtp", 4) == 0 && strlen(url) > 12 && strpbrk(url, "\r\n @\\") == NULL);
        wire_clean(text, strlen(text), clean, sizeof clean);
        for (const char *c = clean; *c != '\0'; c++)
                must((unsigned char)*c >= ' ' && *c != 0x7f);
        if (wire_instant_parse(text, strlen(text), &ms)) {
                wire_instant_format(ms, instant);
                must(wire_instant_parse(instant, strlen(instant), &back));
                must(back == ms || strncmp(instant, "1583-01-01", 10) == 0 || strncmp(instant, "9999-12-31", 10) == 0);
        }
        (void)casefile_id_valid(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = malloc(size + PARTS), *parts[PARTS];
        size_t at = 0;

        must(text != NULL);
        memcpy(text, data, size);
        memset(text + size, 0, PARTS);
        for (size_t i = 0; i < PARTS; i++) {
                parts[i] = text + (at < size + PARTS - 1 ? at : size + PARTS - 1);
                at += strlen(parts[i]) + 1;
        }
        write_message(parts);
        read_others(parts[0]);
        free(text);
        return 0;
}
