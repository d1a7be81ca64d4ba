/*
 * shape - the schema of a file against the steps of this program. Private to daemon/store.
 */
#ifndef STORE_SHAPE_H
#define STORE_SHAPE_H

#include "db.h"

typedef void (*shape_fn)(void *context, const char *name, const char *what);
/* Purpose: give what a file of a version has otherwise than the steps up to there make it. */
MUST_CHECK enum status shape_check(struct store *store, int version, shape_fn sink, void *context);

#endif
