/*
 * store_change - what was in force when: rules, calendar and contacts as they
 * stood, who changed them, and what was accepted beforehand.
 *
 * All of it is append-only. Texts are kept by digest, so that whatever was said
 * under them can be explained for ever.
 */
#ifndef MAPPAD_STORE_CHANGE_H
#define MAPPAD_STORE_CHANGE_H

#include "mappad/store.h"

/* Purpose: keep a rule set or contacts file by digest; kind is the caller's word. A digest that is kept
 * stays as it is. Shape: in a transaction. */
MUST_CHECK enum status store_keep(struct store *store, const char *kind, const char *digest, const char *text);

/* Something kept. Texts live during the call of the sink. */
struct store_edition { const char *digest, *kind, *text; /* text NULL: not kept */ };
typedef enum status (*store_edition_fn)(void *context, const struct store_edition *edition);
/* Purpose: up to two editions whose digest begins so (two: the beginning is not enough). Cost: an index probe. */
MUST_CHECK enum status store_editions(struct store *store, const char *beginning, store_edition_fn sink, void *context);

/* One change of what is in force. */
struct store_change {
        uint64_t id;                    /* given by the store; rises */
        int64_t at_ms;
        const char *rules, *contacts;   /* digests; contacts "" without */
        const char *seal;               /* of both together */
        int way;                        /* how it came about: the caller's number */
        uint32_t person;                /* when adding; 0: nobody asked for it */
        bool has_person;                /* when reading: uid and name are known */
        uint32_t uid;
        const char *name;
        bool accepted;                  /* somebody had seen its effect */
        const char *effect;             /* counts, a JSON object; NULL: none were made */
};
MUST_CHECK enum status store_change_add(struct store *store, const struct store_change *change);
/* Purpose: up to limit changes with ids below before (UINT64_MAX: the latest), newest first. Texts live during
 * the call of the sink. */
typedef enum status (*store_change_fn)(void *context, const struct store_change *change);
MUST_CHECK enum status store_changes(struct store *store, uint64_t before, uint64_t limit, store_change_fn sink,
                                     void *context);
/* Purpose: the digests that a seal stood for when it was last in force; *ret_found false if it never was. */
struct store_sealed { char rules[65], contacts[65]; };
MUST_CHECK enum status store_sealed_get(struct store *store, const char *seal, struct store_sealed *ret_sealed,
                                        bool *ret_found);

/* Purpose: note that a seal may come into force without being asked about, once; whether it still may.
 * Shape: store_accept in a transaction. */
MUST_CHECK enum status store_accept(struct store *store, const char *seal, int64_t at_ms, uint32_t person);
MUST_CHECK enum status store_accepted(struct store *store, const char *seal, bool *ret_accepted);

#endif
