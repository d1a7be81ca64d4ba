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

#endif
