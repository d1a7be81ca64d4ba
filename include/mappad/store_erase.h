/*
 * store_erase - what is left of a case when its content is erased.
 *
 * Of each line of the record stay its number, when and by whom it was recorded,
 * and its hash, by which the chain goes on. The case is called "erased-N" from
 * then on, after the number of its erasure, which no reference can be. Erasures
 * are a log of their own, numbered and chained: one says who, when and why, and
 * holds the SHA-256 of all that is left of the lines and of the log of accesses
 * about the case, so that nothing can pass for erased that was not, and what is
 * left cannot be altered unnoticed. What an erased line said cannot be computed
 * again: that it is linked, and covered by an erasure, is all that can be checked.
 */
#ifndef MAPPAD_STORE_ERASE_H
#define MAPPAD_STORE_ERASE_H

#include "mappad/store_record.h"

#define STORE_ERASED_SIZE 32            /* "erased-" and a number, and NUL */

/* What would be erased. digest: of what would be left of the lines, so that it changes with every line. */
struct store_erase_view {
        uint64_t lines, first, last;    /* of the record */
        int64_t first_ms, last_ms;      /* when these were recorded */
        uint64_t alerts, acks, messages, dates, accesses;
        uint64_t waiting;               /* messages that tell of the case and are not sent yet */
        uint8_t digest[STORE_HASH_SIZE];
};
/* Purpose: look at a case. Cost: every line of it, and an index range of everything else. */
MUST_CHECK enum status store_erase_look(struct store *store, uint64_t case_id, struct store_erase_view *ret_view);

struct store_erasure {
        uint64_t seq;                   /* given by the store */
        int64_t at_ms;
        uint32_t person, uid;
        const char *user, *why, *purpose;       /* purpose NULL: none; it stands in the log of accesses */
        uint64_t case_id;
        const char *ref;                /* of the case, as long as it has one; else NULL */
        uint64_t lines, first, last, accesses;
        uint8_t digest[STORE_HASH_SIZE], access_digest[STORE_HASH_SIZE], hash[STORE_HASH_SIZE];
};
/* Purpose: erase: lines, alerts, marks, reasons of acknowledgements, texts of messages, dates in diaries, and the
 * reference wherever the log of accesses has it; and write the line of that log which says so. Obligations are the
 * caller's. Shape: in a transaction; at_ms, person, uid, user, why, purpose, case_id and ref are given, the rest is
 * filled. Cost: as looking, and one walk through the log of accesses. */
MUST_CHECK enum status store_erase(struct store *store, struct store_erasure *erasure);

/* Purpose: erasures with numbers below before, newest first, at most limit. Texts live during the call of the sink. */
typedef enum status (*store_erasure_fn)(void *context, const struct store_erasure *erasure);
MUST_CHECK enum status store_erasures(struct store *store, uint64_t before, uint64_t limit, store_erasure_fn sink,
                                      void *context);

/* Purpose: what is left of each line of a case, by number. Texts live during the call of the sink; line->hash NULL: it
 * has none. */
struct store_erased_line { uint64_t seq; int64_t recorded_ms; uint32_t uid; const char *user; const uint8_t *hash; };
typedef enum status (*store_erased_line_fn)(void *context, const struct store_erased_line *line);
MUST_CHECK enum status store_erased_lines(struct store *store, uint64_t case_id, store_erased_line_fn sink,
                                          void *context);

/* Purpose: whether a stretch of text names a case by its reference, as a whole word. */
bool store_names_case(const char *text, size_t length, const char *ref);

/* Purpose: write the write-ahead log back and cut it off, so that what was erased is in no file any more. *ret_done
 * false: somebody still reads an older view; try again. */
MUST_CHECK enum status store_scrub(struct store *store, bool *ret_done);

#endif
