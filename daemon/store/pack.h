/*
 * pack - numbers and texts as bytes: what the blobs in the tables are made of.
 *
 * Unsigned numbers in groups of seven bits, lowest first; signed ones folded
 * (0, -1, 1, -2 ...); texts by length. Reading checks every length, since a
 * database may have been damaged.
 */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack_reader {
        const uint8_t *bytes;
        size_t length;
        size_t at;
        bool failed;            /* what was read last was not there */
};

/* Purpose: append; gives the number of bytes written. Shape: room for 10 bytes, for length + 5. */
size_t pack_number(uint8_t *bytes, uint64_t number);
size_t pack_signed(uint8_t *bytes, int64_t number);
size_t pack_text(uint8_t *bytes, const char *text);
/* Purpose: read on. After a failure everything reads as 0 or "". */
uint64_t unpack_long_number(struct pack_reader *reader);
static inline uint64_t unpack_number(struct pack_reader *reader)
{
        const uint8_t *bytes = reader->bytes + reader->at;
        bool two = !reader->failed && reader->at + 1 < reader->length; /* nearly every number has one byte or two */

        if (two && bytes[0] < 0x80) {
                reader->at++;
                return bytes[0];
        }
        if (two && bytes[1] < 0x80) {
                reader->at += 2;
                return (uint64_t)bytes[1] << 7 | (bytes[0] & 0x7f);
        }
        return unpack_long_number(reader);
}
int64_t unpack_signed(struct pack_reader *reader);
int32_t unpack_int(struct pack_reader *reader);         /* a signed number that fits 32 bits */
void unpack_text(struct pack_reader *reader, char *ret_text, size_t size);

#endif
