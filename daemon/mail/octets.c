/*
 * octets.c - bytes that grow on the heap.
 *
 * Failure is remembered instead of returned, so that whoever composes a message
 * asks once, at the end.
 */
#include "octets.h"

#include <stdlib.h>
#include <string.h>

#define OCTETS_FIRST 2048
#define OCTETS_MAX ((size_t)64 << 20) /* far above any digest; ends a runaway */

void octets_add(struct octets *octets, const char *bytes, size_t length)
{
        size_t room = octets->room == 0 ? OCTETS_FIRST : octets->room;
        char *grown;

        if (octets->failed || length > OCTETS_MAX - octets->used) {
                octets->failed = true;
                return;
        }
        if (octets->used + length > octets->room) {
                while (room < octets->used + length)
                        room *= 2;
                grown = realloc(octets->bytes, room);
                if (grown == NULL) {
                        octets->failed = true;
                        return;
                }
                octets->bytes = grown;
                octets->room = room;
        }
        if (length > 0)
                memcpy(octets->bytes + octets->used, bytes, length);
        octets->used += length;
}

void octets_text(struct octets *octets, const char *text)
{
        octets_add(octets, text, strlen(text));
}

void octets_fini(struct octets *octets)
{
        free(octets->bytes);
        *octets = (struct octets){.bytes = NULL};
}
