/*
 * scoped - what lies in a scope, in the order in which it is listed, so that a page
 * for whoever sees one scope alone does not pass over everything else.
 *
 * An entry is no more than a place where to look: whoever reads one looks at the
 * row and at its bits. So one too many tells nothing, and one that is missing is
 * found by a check.
 */
#include "scoped.h"

/* An entry for each of the bits of a row. */
enum status scoped_each(struct store *store, enum sql sql, const struct store_obligation *row, uint64_t bits)
{
        enum status status = STATUS_OK;

        for (int bit = 0; status == STATUS_OK && bits != 0; bit++, bits >>= 1) {
                if ((bits & 1) == 0)
                        continue;
                struct query query = query_begin(store, sql);
                query_int(&query, bit);
                query_int(&query, row->state);
                query_key_day(&query, row->due);
                query_text(&query, row->ref);
                query_int(&query, row->rule);
                query_text(&query, row->item);
                query_key_day(&query, row->started);
                status = query_run(&query);
        }
        return status;
}

enum status scoped_move(struct store *store, const struct store_obligation *old, const struct store_obligation *row)
{
        uint64_t gone = old == NULL ? 0 : old->scope, added = row == NULL ? 0 : row->scope;
        bool stays = old != NULL && row != NULL && old->state == row->state && old->due == row->due;
        uint64_t kept = stays ? gone & added : 0;
        enum status status = STATUS_OK;

        if ((gone & ~kept) != 0)
                status = scoped_each(store, SQL_SCOPED_REMOVE, old, gone & ~kept);
        if (status == STATUS_OK && (added & ~kept) != 0)
                status = scoped_each(store, SQL_SCOPED_ADD, row, added & ~kept);
        return status;
}

enum status store_scoped_missing(struct store *store, const struct store_obligation *row, bool *ret_missing)
{
        enum status status = STATUS_OK;

        *ret_missing = false;
        for (int bit = 0; status == STATUS_OK && bit < 63 && !*ret_missing; bit++) {
                struct query query;
                bool found = false;

                if ((row->scope >> bit & 1) == 0)
                        continue;
                query = query_begin(store, SQL_SCOPED_FIND);
                query_int(&query, bit);
                query_int(&query, row->state);
                query_key_day(&query, row->due);
                query_text(&query, row->ref);
                query_int(&query, row->rule);
                query_text(&query, row->item);
                query_key_day(&query, row->started);
                status = query_step(&query, &found);
                if (status == STATUS_OK && found)
                        query_end(&query);
                *ret_missing = !found;
        }
        return status;
}

enum status store_scoped_case_missing(struct store *store, const char *ref, uint64_t scope, bool *ret_missing)
{
        enum status status = STATUS_OK;

        *ret_missing = false;
        for (int bit = 0; status == STATUS_OK && scope != 0 && !*ret_missing; bit++, scope >>= 1) {
                struct query query;
                bool found = false;

                if ((scope & 1) == 0)
                        continue;
                query = query_begin(store, SQL_SCOPED_CASE_FIND);
                query_int(&query, bit);
                query_text(&query, ref);
                status = query_step(&query, &found);
                if (status == STATUS_OK && found)
                        query_end(&query);
                *ret_missing = !found;
        }
        return status;
}

enum status scoped_cases(struct store *store, enum sql sql, const char *ref, uint64_t bits)
{
        enum status status = STATUS_OK;

        for (int bit = 0; status == STATUS_OK && bits != 0; bit++, bits >>= 1) {
                if ((bits & 1) == 0)
                        continue;
                struct query query = query_begin(store, sql);
                query_int(&query, bit);
                query_text(&query, ref);
                status = query_run(&query);
        }
        return status;
}

enum status store_case_scope(struct store *store, uint64_t case_id, uint64_t scope)
{
        struct store_case before = {0};
        struct query query;
        bool found = false;
        enum status status = store_case_get(store, case_id, &before, &found);

        if (status != STATUS_OK || !found || before.scope == scope)
                return status;
        query = query_begin(store, SQL_CASE_SCOPE);
        query_int(&query, (int64_t)case_id);
        query_int(&query, (int64_t)scope);
        status = query_run(&query);
        if (status == STATUS_OK)
                status = scoped_cases(store, SQL_SCOPED_CASE_REMOVE, before.ref, before.scope & ~scope);
        return status == STATUS_OK ? scoped_cases(store, SQL_SCOPED_CASE_ADD, before.ref, scope & ~before.scope)
                                   : status;
}
