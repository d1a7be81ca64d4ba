/*
 * dialogue.c - MAIL, RCPT, DATA, the text, and what the relay says to each.
 *
 * One message has one recipient, so that a refusal is always a refusal of this
 * message. DATA is not said before RCPT was accepted: no relay can take a text for
 * nobody. The phase of an end is the first command without an answer, and the text
 * counts as handed over when its last byte was, not before: from then on nobody can
 * know whether it was taken until the relay says so.
 */
#include "dialogue.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLY_DATA 354
#define REPLY_CLOSING 421 /* the relay is about to close the connection; RFC 5321 4.2.2 */
#define TEXT_END ".\r\n"

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

void dialogue_keep(char ret_answer[static DIALOGUE_ANSWER_SIZE], const char *text, size_t length)
{
        size_t used = 0;

        while (length > 0 && (text[length - 1] == '\r' || text[length - 1] == '\n'))
                length--;
        for (; used < length && used < DIALOGUE_ANSWER_SIZE - 1; used++)
                ret_answer[used] = text[used] >= ' ' && text[used] <= '~' ? text[used] : '?';
        ret_answer[used] = '\0';
}

int dialogue_code(const char *line, size_t length, bool *ret_last)
{
        if (length < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2]) || line[0] < '2' ||
            line[0] > '5')
                return 0;
        *ret_last = length == 3 || line[3] != '-';
        return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* ---- what is said ---- */

/* Doubles the dot that begins a line, and says where the text ends. Source: RFC 5321 4.5.2. */
static bool stuff(struct octets *text)
{
        struct octets stuffed = {.bytes = NULL};
        const char *at = text->bytes, *end = at + text->used;
        struct octets *target;
        bool fine;

        for (bool dot = text->used > 0 && *at == '.'; at < end;) {
                const char *stop = memmem(at + dot, (size_t)(end - at) - dot, "\n.", 2);

                if (dot)
                        octets_add(&stuffed, ".", 1);
                if (stop == NULL && stuffed.used == 0)
                        break; /* none at all, as nearly always: nothing is copied */
                stop = stop == NULL ? end : stop + 1;
                octets_add(&stuffed, at, (size_t)(stop - at));
                at = stop;
                dot = at < end;
        }
        target = stuffed.used > 0 || stuffed.failed ? &stuffed : text;
        octets_add(target, TEXT_END, sizeof(TEXT_END) - 1);
        fine = !target->failed;
        if (target == &stuffed)
                octets_fini(fine ? text : &stuffed);
        if (fine && target == &stuffed)
                *text = stuffed;
        text->failed = false; /* it is whole, as it was or as it goes */
        return fine;
}

bool dialogue_begin(struct dialogue *dialogue, struct dialogue_offers offers, const char *from, const char *recipient,
                    struct octets *text)
{
        size_t size = text->used, used;

        if (!stuff(text))
                return false;
        *dialogue = (struct dialogue){
                .text = *text, .pipelined = offers.pipelining, .end = {.curl = CURLE_OK, .phase = SMTP_PHASE_MAIL}};
        *text = (struct octets){.bytes = NULL};
        snprintf(dialogue->recipient, sizeof(dialogue->recipient), "%s", recipient);
        used = (size_t)snprintf(dialogue->commands, sizeof(dialogue->commands), "MAIL FROM:<%s>", from);
        if (offers.size)
                used += (size_t)snprintf(dialogue->commands + used, sizeof(dialogue->commands) - used, " SIZE=%zu",
                                         size);
        used += (size_t)snprintf(dialogue->commands + used, sizeof(dialogue->commands) - used, "\r\n");
        if (offers.pipelining)
                used += (size_t)snprintf(dialogue->commands + used, sizeof(dialogue->commands) - used,
                                         "RCPT TO:<%s>\r\n", recipient);
        dialogue->out = dialogue->commands;
        dialogue->left = used;
        return true;
}

static void finish(struct dialogue *dialogue, int curl, bool usable)
{
        dialogue->ended = true;
        dialogue->usable = usable;
        dialogue->end.curl = curl;
        dialogue->left = 0;
}

/* The relay spoke before it had heard all, or what it said is no answer to what it was asked. */
static void misheard(struct dialogue *dialogue)
{
        dialogue->end.reply = 0;
        finish(dialogue, CURLE_WEIRD_SERVER_REPLY, false);
}

static void say(struct dialogue *dialogue, const char *bytes, size_t length)
{
        dialogue->out = bytes;
        dialogue->left = length;
}

static void say_rcpt(struct dialogue *dialogue)
{
        int length = snprintf(dialogue->commands, sizeof(dialogue->commands), "RCPT TO:<%s>\r\n", dialogue->recipient);

        say(dialogue, dialogue->commands, (size_t)length);
}

void dialogue_wrote(struct dialogue *dialogue, size_t length)
{
        dialogue->out += length;
        dialogue->left -= length;
        if (dialogue->left == 0 && dialogue->in_text && !dialogue->ended)
                dialogue->end.phase = SMTP_PHASE_WHOLE;
}

/* ---- what is heard ---- */

static void go_on(struct dialogue *dialogue, int code)
{
        /* Only MAIL can be answered while something is still to be said: RCPT, which went with it. */
        if (dialogue->left > 0 && !(dialogue->end.phase == SMTP_PHASE_MAIL && dialogue->pipelined)) {
                misheard(dialogue);
                return;
        }
        switch (dialogue->end.phase) {
        case SMTP_PHASE_SESSION:
        case SMTP_PHASE_MAIL:
                dialogue->end.phase = SMTP_PHASE_RCPT;
                if (!dialogue->pipelined)
                        say_rcpt(dialogue);
                return;
        case SMTP_PHASE_RCPT:
                dialogue->end.phase = SMTP_PHASE_DATA;
                say(dialogue, "DATA\r\n", 6);
                return;
        case SMTP_PHASE_DATA:
                if (code != REPLY_DATA) {
                        misheard(dialogue);
                        return;
                }
                say(dialogue, dialogue->text.bytes, dialogue->text.used);
                dialogue->in_text = true;
                return;
        case SMTP_PHASE_WHOLE:
                finish(dialogue, CURLE_OK, true);
                return;
        }
}

static void hear_line(struct dialogue *dialogue)
{
        size_t kept = dialogue->line_length < sizeof(dialogue->line) ? dialogue->line_length : sizeof(dialogue->line);
        bool last = true;
        int code = dialogue_code(dialogue->line, kept, &last);

        if (dialogue->ended) { /* more than was asked for: who knows what comes next */
                dialogue->usable = false;
                return;
        }
        dialogue_keep(dialogue->answer, dialogue->line, kept);
        dialogue->end.reply = code;
        if (code == 0)
                misheard(dialogue);
        else if (!last)
                return;
        else if (code >= 400)
                finish(dialogue, CURLE_WEIRD_SERVER_REPLY,
                       dialogue->end.phase == SMTP_PHASE_WHOLE && code != REPLY_CLOSING);
        else if ((code >= 300) != (dialogue->end.phase == SMTP_PHASE_DATA))
                misheard(dialogue);
        else
                go_on(dialogue, code);
}

void dialogue_heard(struct dialogue *dialogue, const char *bytes, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                if (bytes[i] != '\n') {
                        if (dialogue->line_length < sizeof(dialogue->line))
                                dialogue->line[dialogue->line_length] = bytes[i];
                        dialogue->line_length++;
                        continue;
                }
                if (dialogue->line_length > 0 && dialogue->line_length <= sizeof(dialogue->line) &&
                    dialogue->line[dialogue->line_length - 1] == '\r')
                        dialogue->line_length--;
                hear_line(dialogue);
                dialogue->line_length = 0;
        }
        if (dialogue->ended && dialogue->line_length > 0)
                dialogue->usable = false;
}

void dialogue_break(struct dialogue *dialogue, int curl, const char *words)
{
        dialogue->end.reply = 0;
        dialogue_keep(dialogue->answer, words, strlen(words));
        finish(dialogue, curl, false);
}

void dialogue_fini(struct dialogue *dialogue)
{
        octets_fini(&dialogue->text);
}
