/*
 * store_seal - reports as they stood when somebody sealed them.
 *
 * A log of its own beside the record: numbered 1, 2, 3 ..., append-only and
 * chained like it. A seal holds texts whose meaning is the caller's, is named by
 * the SHA-256 of what may be shown, and says on which line of the record it ends.
 */
#ifndef MAPPAD_STORE_SEAL_H
#define MAPPAD_STORE_SEAL_H

#include "mappad/store_verify.h"

#define STORE_DIGEST_SIZE 65            /* 64 hex digits and a NUL */
#define STORE_SALT_SIZE 32

struct store_seal {
        uint64_t seq;                   /* given by the store */
        const char *report, *period;
        uint32_t version;               /* given by the store: 1, 2 ... of a report and period */
        const char *digest;             /* of content; given by the store */
        const char *content;            /* what may be shown */
        const char *whole;              /* the same with nothing hidden; NULL: nothing is */
        const uint8_t *salt;            /* of whole, STORE_SALT_SIZE bytes; given by the store */
        bool hides;                     /* there is a whole; when reading */
        const char *rules;              /* digest of the rules that it was made under */
        struct store_head head;         /* the last line of the record that counts; 0: there was none */
        int64_t known_ms;               /* when it was counted ... */
        int64_t at_ms;                  /* ... and when it was sealed */
        uint32_t person;                /* when adding */
        uint32_t uid; const char *user; /* when reading, and for the hash */
        bool forced;                    /* it does not add up, and was sealed all the same */
        const char *why;                /* NULL: nobody had to say */
        const uint8_t *hash;            /* STORE_HASH_SIZE bytes, by which it is chained; NULL: they are none */
};

/* Purpose: seal, and give the number. Shape: in a transaction; uid and user are those of person.
 * Errors: STATUS_NO_MEMORY; of the store. */
MUST_CHECK enum status store_seal_add(struct store *store, const struct store_seal *seal, uint64_t *ret_seq);

/* Purpose: one by number; those with numbers below before, newest first, at most limit, without their texts. They live
 * during the call of the sink. *ret_found false: there is none. Cost: an index probe and the rows. */
typedef enum status (*store_seal_fn)(void *context, const struct store_seal *seal);
MUST_CHECK enum status store_seal_get(struct store *store, uint64_t seq, store_seal_fn sink, void *context,
                                      bool *ret_found);
MUST_CHECK enum status store_seals(struct store *store, uint64_t before, uint64_t limit, store_seal_fn sink,
                                   void *context);

/* Purpose: whether a seal that is read is what was sealed: its content has its name, and all of it its hash.
 * Shape: read with its texts. Cost: an index probe and two hashes. */
MUST_CHECK enum status store_seal_sound(struct store *store, const struct store_seal *seal, bool *ret_sound);

/* Purpose: the number of versions of a report and period; the number of the seal of one of them; of the last of a
 * report in any period. 0: there is none. */
MUST_CHECK enum status store_seal_versions(struct store *store, const char *report, const char *period,
                                           uint64_t *ret_count);
MUST_CHECK enum status store_seal_of(struct store *store, const char *report, const char *period, uint64_t version,
                                     uint64_t *ret_seq);
MUST_CHECK enum status store_seal_latest(struct store *store, const char *report, uint64_t *ret_seq);
/* Purpose: the numbers of seals, one a digest, whose digests begin so; two at most. Shape: hex, one digit at least. */
MUST_CHECK enum status store_seal_find(struct store *store, const char *beginning, uint64_t ret_seqs[static 2]);

/* Purpose: the name of a content: its SHA-256 as hex. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status store_seal_digest(const char *content, char ret_digest[static STORE_DIGEST_SIZE]);

#endif
