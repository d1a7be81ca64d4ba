/*
 * fuzz_dialogue - can the bytes of a relay hurt us, or have a message called sent that was not?
 *
 * fuzz-layer: mail
 * Input: one byte for what the relay offered, one for how much it takes at a time; the rest is what it says, in pieces of
 * the length that a byte before each of them names. Between two pieces as much is said to it as it takes. A message that
 * is sent without the end of its text and an answer of 2xx to that, one lost without a 5xx, a connection used again that
 * is out of step, an answer that is not printable, a sanitizer's report or a failing ENSURE is a finding; so is a
 * line of a reply whose code is none.
 */
#include <curl/curl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/mail/dialogue.h"

#define TEXT "Subject: s\r\n\r\n.\r\nHello\r\n.."
#define WIRE "Subject: s\r\n\r\n..\r\nHello\r\n...\r\n"

static void must(bool right)
{
        if (!right)
                abort();
}

/* What was said to the relay, to be looked at in the end. */
struct said {
        char bytes[1024];
        size_t length;
};

static void say(struct dialogue *dialogue, struct said *said, size_t most)
{
        size_t length = dialogue->left < most ? dialogue->left : most;

        must(said->length + length <= sizeof said->bytes);
        if (length == 0)
                return;
        memcpy(said->bytes + said->length, dialogue->out, length);
        said->length += length;
        dialogue_wrote(dialogue, length);
}

static bool ends_with(const struct said *said, const char *text)
{
        size_t length = strlen(text);

        return said->length >= length && memcmp(said->bytes + said->length - length, text, length) == 0;
}

static void look_at(const struct dialogue *dialogue, const struct said *said)
{
        struct verdict verdict = verdict_of(dialogue->end);

        must(strlen(dialogue->answer) < DIALOGUE_ANSWER_SIZE);
        for (const char *c = dialogue->answer; *c != '\0'; c++)
                must(*c >= ' ' && *c <= '~');
        if (!dialogue->ended)
                return;
        must(dialogue->left == 0);
        if (verdict.verdict == VERDICT_SENT)
                must(ends_with(said, WIRE ".\r\n") && dialogue->end.reply >= 200 && dialogue->end.reply < 300);
        if (verdict.verdict == VERDICT_PERMANENT)
                must(dialogue->end.reply >= 500 && dialogue->end.reply < 600 && dialogue->end.phase >= SMTP_PHASE_RCPT);
        if (ends_with(said, WIRE ".\r\n") && dialogue->end.reply < 200)
                must(verdict.verdict == VERDICT_AMBIGUOUS);
        if (dialogue->usable)
                must(dialogue->end.phase == SMTP_PHASE_WHOLE && dialogue->end.reply != 421);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct dialogue dialogue;
        struct octets text = {.bytes = NULL};
        struct said said = {.length = 0};

        if (size < 2)
                return 0;
        size_t most = data[1] % 64 + 1, at = 2;
        octets_text(&text, TEXT "\r\n");
        const struct dialogue_offers offers = {.pipelining = (data[0] & 1) != 0, .size = (data[0] & 2) != 0};
        must(dialogue_begin(&dialogue, offers, "u@x.police.uk", "a@x.police.uk", &text));
        while (at < size) {
                size_t length = data[at++];

                if (length > size - at)
                        length = size - at;
                say(&dialogue, &said, (data[0] & 4) != 0 ? SIZE_MAX : most);
                dialogue_heard(&dialogue, (const char *)data + at, length);
                at += length;
        }
        if (!dialogue.ended && (data[0] & 8) != 0)
                dialogue_break(&dialogue, CURLE_RECV_ERROR, "cut");
        look_at(&dialogue, &said);
        dialogue_fini(&dialogue);
        return 0;
}
