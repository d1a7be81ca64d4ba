/*
 * store_diary - the dates that messages have put into people's diaries.
 *
 * An entry is one obligation and what was published of it last, whoever it was
 * sent to; its sequence rises with each change, so that a diary can tell which
 * word is the newer. A copy says which of that one mailbox was sent.
 */
#ifndef MAPPAD_STORE_DIARY_H
#define MAPPAD_STORE_DIARY_H

#include "mappad/store.h"

#define STORE_DIARY_SECRET_SIZE 32

/* Which obligation. */
struct store_diary_key {
        uint64_t case_id;
        uint32_t rule;                  /* word */
        const char *item;               /* "": none */
        int32_t started;
};
/* What was published of it. */
struct store_diary_entry {
        uint64_t id;                    /* given by store_diary_add; stays when the obligation is keyed anew */
        int32_t due;
        int32_t plan_by;                /* CIVIL_NONE: none */
        uint32_t sequence;              /* 0 at first */
        bool gone;                      /* it was taken out again */
};

/* Purpose: random bytes made with the record, which nothing outside can guess. */
MUST_CHECK enum status store_diary_secret(struct store *store, uint8_t ret_secret[static STORE_DIARY_SECRET_SIZE]);
/* Purpose: the entry of an obligation; a new one, of sequence 0; what is published of it now. */
MUST_CHECK enum status store_diary_get(struct store *store, const struct store_diary_key *key,
                                       struct store_diary_entry *ret_entry, bool *ret_found);
MUST_CHECK enum status store_diary_add(struct store *store, const struct store_diary_key *key,
                                       struct store_diary_entry *entry);
MUST_CHECK enum status store_diary_put(struct store *store, const struct store_diary_entry *entry);
/* Purpose: an obligation took the place of one of the same case, rule and item that was published as due on a day and
 * is not open any more: its entry is from now on that of key. Nothing if there is none such. */
MUST_CHECK enum status store_diary_rekey(struct store *store, const struct store_diary_key *key, int32_t was_due);

/* Purpose: note that a mailbox is sent an entry as it is now; whether it was sent it before and has it still. */
MUST_CHECK enum status store_diary_copy(struct store *store, const char *recipient,
                                        const struct store_diary_entry *entry);
MUST_CHECK enum status store_diary_copied(struct store *store, const char *recipient, uint64_t entry,
                                          bool *ret_copied);
/* Purpose: of the entries that a mailbox has, those whose obligation is not open any more, is due on another day, or
 * was published anew since; by entry above after, at most limit. ref: of its case. Sink must not ask this again.
 * Cost: two index probes for each entry that the mailbox has. */
typedef enum status (*store_diary_fn)(void *context, const struct store_diary_key *key, const char *ref);
struct store_diary_page { const char *recipient; uint64_t after; uint64_t limit; int32_t today; };
MUST_CHECK enum status store_diary_stale(struct store *store, const struct store_diary_page *page, store_diary_fn sink,
                                         void *context);
/* Purpose: of the entries that were taken out of a mailbox's diary again, those whose obligation is open after all and
 * due on today or later: what met it was retracted. Pages as above.
 * Cost: two index probes for each entry that the mailbox was ever sent and has no more. */
MUST_CHECK enum status store_diary_back(struct store *store, const struct store_diary_page *page, store_diary_fn sink,
                                        void *context);

#endif
