/*
 * hasher - the canonical text that both chains hash. Private to daemon/store.
 *
 * A text is a row of parts, each as "length:bytes," or "-," for none. It is
 * gathered and handed to libcrypto in one piece, since a call of it costs as
 * much as a hundred bytes.
 */
#ifndef STORE_HASHER_H
#define STORE_HASHER_H

#include "db.h"

#define HASHER_SIZE 2048

struct hasher {
        void *context;
        size_t length;
        bool failed;
        uint8_t bytes[HASHER_SIZE];
};

/* Purpose: begin a text. False: no memory for libcrypto's context, which the store keeps from then on. */
bool hasher_begin(struct hasher *hasher, struct store *store);
/* Purpose: add a part: bytes (NULL: none), a text (NULL: none), a number, a day (CIVIL_NONE: none). */
void hash_part(struct hasher *hasher, const void *bytes, size_t length);
void hash_text(struct hasher *hasher, const char *text);
void hash_number(struct hasher *hasher, int64_t number);
void hash_day(struct hasher *hasher, int32_t day);
/* Purpose: the SHA-256 of it all. */
MUST_CHECK enum status hasher_end(struct hasher *hasher, uint8_t ret_hash[static STORE_HASH_SIZE]);
/* Purpose: release what the store keeps for it. */
void hasher_free(struct store *store);

#endif
