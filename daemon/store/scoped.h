/*
 * scoped - keeping the entries of rows in line with the rows. Private to daemon/store.
 */
#ifndef STORE_SCOPED_H
#define STORE_SCOPED_H

#include "db.h"
#include "mappad/store_cache.h"
#include "mappad/store_record.h"

/* Purpose: entries of a row as it was (NULL: there was none) become those of the row as it is (NULL: there is none). */
MUST_CHECK enum status scoped_move(struct store *store, const struct store_obligation *old,
                                   const struct store_obligation *row);
/* Purpose: run a statement about the entry of a row, or of a case, for each of some bits. */
MUST_CHECK enum status scoped_each(struct store *store, enum sql sql, const struct store_obligation *row,
                                   uint64_t bits);
MUST_CHECK enum status scoped_cases(struct store *store, enum sql sql, const char *ref, uint64_t bits);

#endif
