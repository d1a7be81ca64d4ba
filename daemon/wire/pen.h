/*
 * pen - members of a JSON object written into room that was made for all of them.
 *
 * A list writes some ten million of them; asking for room and measuring a
 * constant text at each costs more than the text. Private to daemon/wire.
 */
#ifndef WIRE_PEN_H
#define WIRE_PEN_H

#include <string.h>

#include "mappad/civil.h"
#include "mappad/wire.h"

struct pen {
        char *at;                       /* NULL: there is no room, nothing is written */
        const char *end;
};

/* Purpose: take room for at most size bytes at the end of a buffer; give back what was not written. */
struct pen pen_begin(struct wire_buffer *buffer, size_t size);
void pen_end(struct wire_buffer *buffer, struct pen pen);

static inline void pen_put(struct pen *pen, const char *bytes, size_t length)
{
        if (pen->at == NULL)
                return;
        memcpy(pen->at, bytes, length);
        pen->at += length;
}

/* Purpose: write a string constant. */
#define PEN_PUT(pen, literal) pen_put((pen), (literal), sizeof(literal) - 1)

static inline void pen_text(struct pen *pen, const char *text)
{
        pen_put(pen, text, strlen(text));
}

/* Purpose: write a day as a string, or null. Size: PEN_DATE_MAX. */
#define PEN_DATE_MAX (CIVIL_TEXT_SIZE + 1)
static inline void pen_date(struct pen *pen, int32_t day)
{
        if (day == CIVIL_NONE) {
                PEN_PUT(pen, "null");
                return;
        }
        if (pen->at == NULL)
                return;
        pen->at[0] = '"';
        civil_format(day, pen->at + 1);
        pen->at[CIVIL_TEXT_SIZE] = '"';
        pen->at += CIVIL_TEXT_SIZE + 1;
}

static inline void pen_bool(struct pen *pen, bool truth)
{
        if (truth)
                PEN_PUT(pen, "true");
        else
                PEN_PUT(pen, "false");
}

/* Purpose: write a text as a JSON string. Size: PEN_STRING_MAX of its length. */
#define PEN_STRING_MAX(length) (6 * (length) + 2)
void pen_string(struct pen *pen, const char *text, size_t length);

/* Purpose: write a number. Size: PEN_NUMBER_MAX. */
#define PEN_NUMBER_MAX 20
void pen_number(struct pen *pen, int64_t number);

#endif
