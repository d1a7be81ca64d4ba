/*
 * erase - what erasing and checking erasures share. Private to daemon/store.
 */
#ifndef STORE_ERASE_ROOM_H
#define STORE_ERASE_ROOM_H

#include "access.h"
#include "mappad/store_erase.h"

/* Purpose: what a case is called once it is erased. */
void erased_ref(uint64_t seq, char ret_ref[static STORE_ERASED_SIZE]);
/* Purpose: what the log of accesses says of an erasure: its number and its hash. */
#define ERASED_DETAIL_SIZE 96
void erased_detail(const struct store_erasure *erasure, char ret_detail[static ERASED_DETAIL_SIZE]);
/* Purpose: a row as ERASURE_COLUMNS of sql.c give it. false: a hash of it is none. */
bool erasure_read(const struct query *query, struct store_erasure *ret_erasure);
/* Purpose: the hash of an erasure that stands after another. */
MUST_CHECK enum status erasure_hash(struct store *store, const uint8_t before[static STORE_HASH_SIZE],
                                    const struct store_erasure *erasure, uint8_t ret_hash[static STORE_HASH_SIZE]);
/* Purpose: the SHA-256 of what is left, or would be left, of a case's lines; how many there are, the first and last. */
struct erased_lines { uint64_t lines, first, last; int64_t first_ms, last_ms; uint8_t digest[STORE_HASH_SIZE]; };
MUST_CHECK enum status erased_digest(struct store *store, uint64_t case_id, struct erased_lines *ret_lines);
/* Purpose: the same of the lines that an erasure changed in the log of accesses, by number: one more of them; all that
 * are kept. */
struct redacted_digest { uint64_t count; uint8_t digest[STORE_HASH_SIZE]; };
MUST_CHECK enum status redacted_add(struct store *store, struct redacted_digest *digest, uint64_t access,
                                    const uint8_t hash[static STORE_HASH_SIZE]);
MUST_CHECK enum status redacted_of(struct store *store, uint64_t erasure, struct redacted_digest *ret_digest);

/* ---- erase_verify.c ---- */

/* Purpose: the hash that a line of accesses ought to have: that which stands there, if it was changed by an erasure and
 * reads as that left it. stored NULL: it has none. */
MUST_CHECK enum status access_ought(struct store *store, const uint8_t before[static STORE_HASH_SIZE],
                                    const struct store_access *access, const uint8_t *stored,
                                    uint8_t ret_hash[static STORE_HASH_SIZE]);

#endif
