/*
 * store_ack - who has seen an alert, and whom that kept from being told again.
 *
 * Both are append-only: an acknowledgement is never taken out, it ends on its
 * last day. That a repeat was not told to somebody is written down with the
 * acknowledgement that kept it, in the transaction that raised the repeat.
 */
#ifndef MAPPAD_STORE_ACK_H
#define MAPPAD_STORE_ACK_H

#include "mappad/store_alert.h"

struct store_ack {
        uint64_t id;                    /* given by store_ack_add */
        uint64_t alert;
        const char *name;               /* the role or agency that it speaks for */
        int64_t at_ms;
        int32_t until;                  /* the last day on which it holds */
        uint32_t person;                /* when adding */
        uint32_t uid; const char *user; /* when reading */
        const char *why;
        struct store_mark key;          /* what was raised, under the date that it had when this was given; case 0:
                                           about no case. nominal and alert unused */
        int32_t told_due;               /* when reading: the date that the alert told of */
};
/* Purpose: write an acknowledgement and give its id. Shape: in a transaction. Owns: texts are copied. */
MUST_CHECK enum status store_ack_add(struct store *store, const struct store_ack *ack, uint64_t *ret_id);
/* Purpose: one; those of an alert; those of any alert about one obligation (case, rule, item, started of key); those
 * of a case. By id. Texts live during the call of the sink, which must ask for no others. Cost: an index range. */
typedef enum status (*store_ack_fn)(void *context, const struct store_ack *ack);
MUST_CHECK enum status store_ack_get(struct store *store, uint64_t id, store_ack_fn sink, void *context,
                                     bool *ret_found);
MUST_CHECK enum status store_acks_of_alert(struct store *store, uint64_t alert, store_ack_fn sink, void *context);
MUST_CHECK enum status store_acks_of(struct store *store, const struct store_mark *key, store_ack_fn sink,
                                     void *context);
MUST_CHECK enum status store_acks_of_case(struct store *store, uint64_t case_id, store_ack_fn sink, void *context);

/* Purpose: note that an acknowledgement kept an alert from somebody; of whom it was kept, by name. */
MUST_CHECK enum status store_silenced_add(struct store *store, uint64_t alert, const char *name, uint64_t ack);
typedef enum status (*store_silenced_fn)(void *context, const char *name, uint64_t ack);
MUST_CHECK enum status store_silenced_of(struct store *store, uint64_t alert, store_silenced_fn sink, void *context);

#endif
