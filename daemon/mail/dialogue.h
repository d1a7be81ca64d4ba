/*
 * dialogue - what is said to a relay about one message, and what its answers mean.
 * Bytes in, bytes out; no socket. Private to daemon/mail.
 */
#ifndef MAIL_DIALOGUE_H
#define MAIL_DIALOGUE_H

#include "mappad/mailbox.h"
#include "octets.h"
#include "verdict.h"

#define DIALOGUE_ANSWER_SIZE 201
#define DIALOGUE_COMMANDS_SIZE (2 * MAILBOX_MAX + 64)   /* MAIL with a size, and RCPT */

/* What a relay offers beyond the commands of old. */
struct dialogue_offers {
        bool pipelining;        /* MAIL and RCPT may go in one piece. Source: RFC 2920 */
        bool size;              /* MAIL may say how long the text is. Source: RFC 1870 */
};

/* Shape: dialogue_begin sets everything; dialogue_fini releases the text. */
struct dialogue {
        struct octets text;             /* with its dots doubled and its end */
        char commands[DIALOGUE_COMMANDS_SIZE];
        char recipient[MAILBOX_MAX + 1];
        const char *out;                /* what is to be written next ... */
        size_t left;                    /* ... and how much of it */
        bool in_text;                   /* it is the text */
        bool pipelined;                 /* RCPT went with MAIL */
        char line[DIALOGUE_ANSWER_SIZE];
        size_t line_length;             /* as it came; what is longer than line is cut */
        bool ended;
        bool usable;                    /* ended, and the connection can carry another message */
        struct attempt_end end;         /* phase: the first command that was not answered */
        char answer[DIALOGUE_ANSWER_SIZE];      /* the relay's last words, printable ASCII */
};

/* Purpose: begin: MAIL is what is to be written. Shape: from and recipient are valid mailboxes; each line of the text
 * ends in CRLF, the last one too. Owns: the bytes of text pass over. Errors: false without memory; then text is as it
 * was. */
bool dialogue_begin(struct dialogue *dialogue, struct dialogue_offers offers, const char *from, const char *recipient,
                    struct octets *text);
/* Purpose: so many bytes of out were written. */
void dialogue_wrote(struct dialogue *dialogue, size_t length);
/* Purpose: bytes came from the relay. They may end the dialogue, or give more to write. */
void dialogue_heard(struct dialogue *dialogue, const char *bytes, size_t length);
/* Purpose: the connection or the time came to an end; curl: a CURLcode that stands for no answer of a relay. */
void dialogue_break(struct dialogue *dialogue, int curl, const char *words);
void dialogue_fini(struct dialogue *dialogue);

/* Purpose: note text as printable ASCII without line breaks, cut to fit. */
void dialogue_keep(char ret_answer[static DIALOGUE_ANSWER_SIZE], const char *text, size_t length);
/* Purpose: the code of a line of a reply, 0 if it is none. ret_last: no other line follows. */
int dialogue_code(const char *line, size_t length, bool *ret_last);

#endif
