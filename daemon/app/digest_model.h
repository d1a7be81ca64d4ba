/*
 * digest_model - a digest put in order and counted, before it becomes words.
 * Private to daemon/app.
 *
 * digest.c makes it; digest_text.c writes the text part from it, and whatever
 * other part a message has is written from it as well, so that no part can say
 * something that another does not.
 */
#ifndef APP_DIGEST_MODEL_H
#define APP_DIGEST_MODEL_H

#include "mappad/digest.h"

struct digest_model {
        const struct digest_options *options;
        const char *marking;                    /* without brackets; "" for none */
        const struct digest_row **rows;         /* in order of printing */
        size_t count;
        size_t counts[DIGEST_GROUP_COUNT];
};

/* Text that grows in an arena. Once memory ran out nothing more is added. */
struct digest_writer {
        struct arena *arena;
        char *bytes;
        size_t used, room;
        bool failed;
};

/* Purpose: add text as it is, with bytes that are no text (C0 and DEL) as "?"; add a number; add a
 * text a number of times. */
void digest_put(struct digest_writer *writer, const char *text);
void digest_put_number(struct digest_writer *writer, uint64_t number);
void digest_put_times(struct digest_writer *writer, const char *text, size_t times);
/* Purpose: add "1 day", "3 days": a number and its noun. */
void digest_put_counted(struct digest_writer *writer, uint64_t number, const char *noun);
/* Purpose: add "Tue 21 Mar 2023". */
void digest_put_day(struct digest_writer *writer, int32_t day);
/* Purpose: add "1 overdue, 2 due soon", or "nothing due". */
void digest_put_counts(struct digest_writer *writer, const struct digest_model *model);
/* Purpose: end the text. NULL when memory ran out. */
const char *digest_finish(struct digest_writer *writer);

/* Purpose: columns of a text: its characters, not its bytes. */
size_t digest_columns(const char *text);

/* Purpose: write the text part. NULL when memory ran out. */
const char *digest_text(const struct digest_model *model, struct arena *arena);

#endif
