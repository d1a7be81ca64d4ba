/*
 * row - rows of obligations, in force or beside. Private to daemon/store.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include "db.h"
#include "mappad/store_cache.h"

/* Purpose: write a row by a statement that takes the columns of one. */
MUST_CHECK enum status row_put(struct store *store, enum sql sql, const struct store_obligation *row);
/* Purpose: the row that a statement has found, whose first columns are those of one. Errors: STATUS_CORRUPT. */
MUST_CHECK enum status row_read(const struct query *query, struct store_obligation *row);
/* Purpose: give the rows of a case that a statement finds. */
struct row_sink { store_obligation_fn give; void *context; };
MUST_CHECK enum status rows_of(struct store *store, enum sql sql, uint64_t case_id, struct row_sink sink);
/* Purpose: the numbers that a statement answers with, capacity at most. */
MUST_CHECK enum status collect_ids(struct query *query, uint64_t *ret_ids, size_t capacity, size_t *ret_count);

#endif
